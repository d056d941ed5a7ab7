//! A contract's rules as tests of dbt, with its packages `dbt_utils` and `dbt_expectations`.

use super::condition::{Said, as_sql, said, value};
use super::{Entries, Found, column, model_of, range, rest_of, same_row_count, unchecked};
use crate::contract::SchemaObject;
use crate::exchange::arguments::Reason;
use crate::exchange::forms::{FORMS, Form};
use crate::expression::{Comparison, Expression};
use crate::rule::{
    ByValue, ColumnsTest, Difference, Figure, Gaps, InOrder, LimitUnit, Occurring, Operator,
    Period, Reference, Rule, SameRows, Scale, TableFigure, Test, TieOut, ValueTest, ZScores,
};
use crate::verdict::Severity;
use crate::yaml::{Node, list, mapping, plain, text, write_yaml};

/// A test: its column, if it stands at one, its name, its arguments, and whether it counts the
/// rows that fail.
struct Written {
    column: Option<String>,
    name: String,
    arguments: Entries,
    counts_rows: bool,
}

type Made = Result<Written, Reason>;

pub(super) fn write(objects: &[&SchemaObject], found: &mut Found) -> String {
    let models = objects.iter().map(|object| model(object, found)).collect::<Vec<_>>();
    write_yaml(&mapping([("version", plain(2)), ("models", list(models))]))
}

fn model(object: &SchemaObject, found: &mut Found) -> Node {
    let mut of_table = Vec::new();
    let mut columns: Vec<(String, Vec<Node>)> =
        object.properties.iter().map(|property| (property.column.clone(), Vec::new())).collect();
    for rule in &object.rules {
        let made = test_of(rule).and_then(|test| {
            let node = node(rule, &test)?;
            Ok(vec![(test.name, (test.column, node))])
        });
        for (column, node) in found.take(&object.name, rule, made) {
            let Some(name) = column else {
                of_table.push(node);
                continue;
            };
            match columns.iter_mut().find(|(known, _)| *known == name) {
                Some((_, tests)) => tests.push(node),
                None => columns.push((name, vec![node])),
            }
        }
    }
    let tested = |(name, tests): (String, Vec<Node>)| {
        let mut column = vec![("name", text(name))];
        if !tests.is_empty() {
            column.push(("data_tests", list(tests)));
        }
        mapping(column)
    };
    let mut model = vec![("name", text(&object.name))];
    if !of_table.is_empty() {
        model.push(("data_tests", list(of_table)));
    }
    if !columns.is_empty() {
        model.push(("columns", list(columns.into_iter().map(tested))));
    }
    mapping(model)
}

/// A test with its configuration.
fn node(rule: &Rule, test: &Written) -> Result<Node, Reason> {
    if rule.segment.is_some() {
        return Err("there are no segments there".to_owned());
    }
    let mut configuration = Entries::new();
    let is_warning = match rule.severity {
        Severity::Error => false,
        Severity::Warning => true,
        Severity::Info => return Err("there are errors and warnings only there".to_owned()),
    };
    if is_warning {
        configuration.push(("severity", text("warn")));
    }
    let of_rows = matches!(test_kind(rule), Counted::Rows) && !rule.limit.is_none();
    if of_rows && test.name != "dbt_utils.not_null_proportion" {
        let key = if is_warning { "warn_if" } else { "error_if" };
        configuration.push((key, text(failing(rule, test)?)));
        if !is_warning {
            // what is within the limit does not warn either
            configuration.push(("warn_if", text(failing(rule, test)?)));
        }
    }
    if let Some(filter) = &rule.filter {
        configuration.push(("where", text(as_sql(filter)?)));
    }
    let mut parts = Entries::new();
    if !test.arguments.is_empty() {
        parts.push(("arguments", mapping(test.arguments.iter().cloned())));
    }
    if !configuration.is_empty() {
        parts.push(("config", mapping(configuration)));
    }
    if parts.is_empty() {
        return Ok(text(&test.name));
    }
    Ok(mapping([(test.name.clone(), mapping(parts))]))
}

enum Counted {
    Rows,
    Else,
}

fn test_kind(rule: &Rule) -> Counted {
    if rule.names_rows() { Counted::Rows } else { Counted::Else }
}

/// The number of failing rows at which a test fails.
fn failing(rule: &Rule, test: &Written) -> Result<String, Reason> {
    if rule.limit.unit == LimitUnit::Percent {
        return Err("a share of failing rows cannot be said there".to_owned());
    }
    if !test.counts_rows {
        return Err(format!("{} counts something else than failing rows there", test.name));
    }
    match rule.limit.operators.as_slice() {
        [Operator::LessOrEqual(bound)] => Ok(format!(">{bound}")),
        [Operator::Less(bound)] => Ok(format!(">={bound}")),
        [Operator::Be(bound)] => Ok(format!("!={bound}")),
        _ => Err(format!("that their number {} cannot be said there", rule.limit)),
    }
}

fn of(column: &str, name: &str, arguments: Entries) -> Written {
    let (column, name) = (Some(column.to_owned()), name.to_owned());
    Written { column, name, arguments, counts_rows: false }
}

fn of_table(name: &str, arguments: Entries) -> Written {
    Written { column: None, name: name.to_owned(), arguments, counts_rows: false }
}

fn counting(written: Written) -> Written {
    Written { counts_rows: true, ..written }
}

fn test_of(rule: &Rule) -> Made {
    match &rule.test {
        Test::Rows(condition) => of_rows(rule, condition),
        Test::Missing(column, values) if values.is_empty() => not_null(rule, column),
        Test::Missing(..) => Err("values that stand for none cannot be named there".to_owned()),
        Test::Reference(reference) => relationship(rule, reference),
        Test::SameRows(same) => same_values(same),
        Test::Unique => match rule.columns.as_slice() {
            [] => Err("whole rows are compared by the names of all columns there".to_owned()),
            [only] => Ok(of(only, "unique", vec![])),
            several => {
                let columns = list(several.iter().map(text));
                let name = "dbt_utils.unique_combination_of_columns";
                Ok(of_table(name, vec![("combination_of_columns", columns)]))
            }
        },
        Test::RowCount => {
            let name = "dbt_expectations.expect_table_row_count_to_be_between";
            Ok(of_table(name, bounds(rule)?))
        }
        Test::ColumnCount => {
            let name = "dbt_expectations.expect_table_column_count_to_be_between";
            Ok(of_table(name, bounds(rule)?))
        }
        Test::TieOut(tie) => tie_out(rule, tie),
        Test::Figure(_) => figure(rule),
        Test::Columns(ColumnsTest::Are { names, ordered, exact }) => {
            let name = match (ordered, exact) {
                (true, true) => "expect_table_columns_to_match_ordered_list",
                (false, true) => "expect_table_columns_to_match_set",
                (false, false) => "expect_table_columns_to_contain_set",
                (true, false) => {
                    return Err("an order with others between them cannot be said there".to_owned());
                }
            };
            let names = list(names.iter().map(text));
            Ok(of_table(&format!("dbt_expectations.{name}"), vec![("column_list", names)]))
        }
        Test::Columns(ColumnsTest::AreNot(names)) => {
            let name = "dbt_expectations.expect_table_columns_to_not_contain_set";
            Ok(of_table(name, vec![("column_list", list(names.iter().map(text)))]))
        }
        Test::Columns(_) | Test::Written(..) => {
            Err("types are called differently by each database there".to_owned())
        }
        Test::InOrder(_) | Test::ZScore(_) | Test::Occurring(_) => of_values(rule),
        Test::Distribution(_) => Err("there is no test of distributions there".to_owned()),
        Test::Query(_) | Test::SameAnswers(_) => {
            Err("it is a query in SQL, which no export writes yet".to_owned())
        }
        Test::Unchecked(why) => Err(unchecked(why)),
    }
}

/// Rules of values in their own order.
fn of_order(rule: &Rule, values: &ByValue) -> Made {
    let part = |period: Period| text(period.name().trim_end_matches('s'));
    let by = list(values.by.iter().map(text));
    match values.test {
        ValueTest::Sequential { interval, period } => {
            let mut arguments = vec![("interval", plain(interval))];
            arguments.extend(period.map(|period| ("datepart", part(period))));
            if !values.by.is_empty() {
                arguments.push(("group_by_columns", by));
            }
            Ok(counting(of(column(rule)?, "dbt_utils.sequential_values", arguments)))
        }
        ValueTest::NoGaps { weekdays: false, interval, period } if values.by.is_empty() => {
            let name = "dbt_expectations.expect_row_values_to_have_data_for_every_n_datepart";
            let date = ("date_col", text(column(rule)?));
            let mut arguments = vec![date, ("date_part", part(period))];
            if interval != 1 {
                arguments.push(("interval", plain(interval)));
            }
            Ok(of_table(name, arguments))
        }
        ValueTest::NoGaps { .. } => {
            Err("there are neither weekdays nor groups of rows in this test there".to_owned())
        }
        ValueTest::Moving { .. } => {
            Err("deviations are of sums of periods there, and of the last ones".to_owned())
        }
        ValueTest::RangesApart { gaps, empty } => {
            let [from, to] = rule.columns.as_slice() else {
                return Err("it is not about two columns".to_owned());
            };
            let mut arguments =
                vec![("lower_bound_column", text(from)), ("upper_bound_column", text(to))];
            if !values.by.is_empty() {
                arguments.push(("partition_by", text(values.by.join(", "))));
            }
            arguments.push((
                "gaps",
                text(match gaps {
                    Gaps::Allowed => "allowed",
                    Gaps::Forbidden => "not_allowed",
                    Gaps::Required => "required",
                }),
            ));
            if empty {
                arguments.push(("zero_length_range_allowed", plain(true)));
            }
            Ok(of_table("dbt_utils.mutually_exclusive_ranges", arguments))
        }
    }
}

/// Rules of the order of rows, of scores, and of the values that occur.
fn of_values(rule: &Rule) -> Made {
    match &rule.test {
        Test::InOrder(InOrder::ConsistentCasing) => {
            let name = "dbt_expectations.expect_column_values_to_have_consistent_casing";
            Ok(of(column(rule)?, name, vec![]))
        }
        Test::InOrder(InOrder::ByValue(values)) => of_order(rule, values),
        Test::InOrder(_) => {
            Err("rows are in the order of a column there, and of the table here".to_owned())
        }
        Test::ZScore(ZScores {
            scale: Scale::Deviations,
            least: Some((least, false)),
            most: Some((most, false)),
        }) if *least == -most => {
            let name = "dbt_expectations.expect_column_values_to_be_within_n_stdevs";
            Ok(of(column(rule)?, name, vec![("sigma_threshold", plain(most))]))
        }
        Test::ZScore(ZScores { scale, .. }) if *scale != Scale::Deviations => {
            Err("there is no test of distances from a median or quartile there".to_owned())
        }
        Test::ZScore(_) => Err("scores are on both sides, the bounds included, there".to_owned()),
        Test::Occurring(Occurring::All { values, exact }) => {
            let which = if *exact { "equal" } else { "contain" };
            let name = format!("dbt_expectations.expect_column_distinct_values_to_{which}_set");
            let mut arguments = vec![("value_set", list(values.iter().map(value)))];
            if !values.iter().any(|value| matches!(value, Expression::Text(_))) {
                arguments.push(("quote_values", plain(false)));
            }
            Ok(of(column(rule)?, &name, arguments))
        }
        Test::Occurring(_) => Err("ties are not told apart there".to_owned()),
        _ => Err("there is no test of this kind there".to_owned()),
    }
}

fn not_null(rule: &Rule, column: &str) -> Made {
    if rule.limit.unit == LimitUnit::Percent && !rule.limit.is_none() {
        return match rule.limit.operators.as_slice() {
            [Operator::LessOrEqual(percent)] => {
                let share = plain(rest_of(*percent));
                Ok(of(column, "dbt_utils.not_null_proportion", vec![("at_least", share)]))
            }
            _ => Err(format!("that their share {} cannot be said there", rule.limit)),
        };
    }
    Ok(counting(of(column, "not_null", vec![])))
}

fn of_rows(rule: &Rule, condition: &Expression) -> Made {
    match said(condition) {
        Said::NotNull(column) => not_null(rule, column),
        Said::IsNull(column) => {
            Ok(of(column, "dbt_expectations.expect_column_values_to_be_null", vec![]))
        }
        Said::InSet(column, items, is_in) => {
            let name = if is_in { "accepted_values" } else { "dbt_utils.not_accepted_values" };
            let mut arguments = vec![("values", list(items.iter().map(value)))];
            if !items.iter().any(|item| matches!(item, Expression::Text(_))) {
                arguments.push(("quote", plain(false)));
            }
            Ok(of(column, name, arguments))
        }
        Said::Matches(column, pattern, is_match) => {
            let not = if is_match { "" } else { "not_" };
            let name = format!("dbt_expectations.expect_column_values_to_{not}match_regex");
            Ok(of(column, &name, vec![("regex", text(pattern))]))
        }
        Said::Compared(column, bounds) => match accepted_range(&bounds) {
            Some(range) => Ok(counting(of(column, "dbt_utils.accepted_range", range))),
            None => expression(condition),
        },
        Said::Length(column, bounds) => match lengths(&bounds) {
            Some(bounds) => {
                let name = "dbt_expectations.expect_column_value_lengths_to_be_between";
                Ok(of(column, name, bounds))
            }
            None => expression(condition),
        },
        _ => expression(condition),
    }
}

fn expression(condition: &Expression) -> Made {
    let condition = text(as_sql(condition)?);
    Ok(counting(of_table("dbt_utils.expression_is_true", vec![("expression", condition)])))
}

/// Bounds that are all included, or all left out; texts stand in quotes of SQL.
fn accepted_range(bounds: &[(Comparison, &Expression)]) -> Option<Entries> {
    let mut arguments = Entries::new();
    let mut inclusive = None;
    for (comparison, bound) in bounds {
        let (key, is_included) = match comparison {
            Comparison::GreaterOrEqual => ("min_value", true),
            Comparison::LessOrEqual => ("max_value", true),
            Comparison::Greater => ("min_value", false),
            Comparison::Less => ("max_value", false),
            Comparison::Equal | Comparison::NotEqual => return None,
        };
        if *inclusive.get_or_insert(is_included) != is_included {
            return None;
        }
        let bound = match bound {
            Expression::Text(_) => text(bound.to_string()),
            other => plain(other),
        };
        arguments.push((key, bound));
    }
    if inclusive == Some(false) {
        arguments.push(("inclusive", plain(false)));
    }
    Some(arguments)
}

fn lengths(bounds: &[(Comparison, &Expression)]) -> Option<Entries> {
    let bound = |(comparison, bound): &(Comparison, &Expression)| match comparison {
        Comparison::GreaterOrEqual => Some(("min_value", value(bound))),
        Comparison::LessOrEqual => Some(("max_value", value(bound))),
        _ => None,
    };
    bounds.iter().map(bound).collect()
}

fn relationship(rule: &Rule, reference: &Reference) -> Made {
    let (name, [field]) = (column(rule)?, reference.columns.as_slice()) else {
        return Err("a reference is of one column there".to_owned());
    };
    let model = model_of(&reference.table)?;
    let arguments = vec![("to", text(format!("ref('{model}')"))), ("field", text(field))];
    Ok(counting(of(name, "relationships", arguments)))
}

fn bounds(rule: &Rule) -> Result<Entries, Reason> {
    let range = range(&rule.limit)?;
    let mut entries = Entries::new();
    entries.extend(range.least.map(|bound| ("min_value", plain(bound))));
    entries.extend(range.most.map(|bound| ("max_value", plain(bound))));
    let strict = [(range.least, range.strict_least), (range.most, range.strict_most)];
    let mut there = strict.iter().filter(|(bound, _)| bound.is_some()).map(|(_, strict)| *strict);
    match (there.next(), there.next()) {
        (Some(one), Some(other)) if one != other => {
            Err("one bound included and one not cannot be said there".to_owned())
        }
        (Some(true), _) => {
            entries.push(("strictly", plain(true)));
            Ok(entries)
        }
        _ => Ok(entries),
    }
}

fn figure(rule: &Rule) -> Made {
    let name = column(rule)?;
    if rule.kind == "freshness" {
        return Err(
            "an age is written with a part of a date there, which is not done here".to_owned()
        );
    }
    let of_kind =
        |(_, form): &&(&str, Form)| matches!(form, Form::Figure(kind) if *kind == rule.kind);
    let (name_there, _) = FORMS
        .iter()
        .find(of_kind)
        .ok_or(format!("there is no test of the {}", rule.kind.replace('_', " ")))?;
    Ok(of(name, &format!("dbt_expectations.expect_{name_there}"), bounds(rule)?))
}

/// Values that stand as often in another table; rows of several columns are not counted there.
fn same_values(same: &SameRows) -> Made {
    if !same.key.is_empty() {
        return Err("rows are compared without a key there".to_owned());
    }
    let Some([(column, there)]) = same.compared.as_deref() else {
        return Err(
            "how often a row of several columns stands in a table does not count there".to_owned()
        );
    };
    let in_part = same.filter.is_some()
        || !same.looks_for(Difference::Added)
        || !same.looks_for(Difference::Missing);
    if in_part {
        return Err("all rows of the other table are compared there, in both directions".to_owned());
    }
    let to = text(format!("ref('{}')", model_of(&same.table)?));
    Ok(of(column, "dbt_utils.cardinality_equality", vec![("field", text(there)), ("to", to)]))
}

/// A figure against one of another model: numbers of rows, or an aggregate with a tolerance.
fn tie_out(rule: &Rule, tie: &TieOut) -> Made {
    let model = ("compare_model", text(format!("ref('{}')", model_of(&tie.there.table)?)));
    if let Some(table) = same_row_count(rule, tie) {
        table?;
        return Ok(of_table("dbt_utils.equal_rowcount", vec![model]));
    }
    let is_of_rows = tie.here == TableFigure::RowCount && tie.there.figure == TableFigure::RowCount;
    let has_filter = rule.filter.is_some() || tie.there.filter.is_some();
    let is_fewer = tie.signed && rule.limit.operators == [Operator::Less(0.0)];
    if is_of_rows && is_fewer && !has_filter && tie.factor == 1.0 {
        return Ok(of_table("dbt_utils.fewer_rows_than", vec![model]));
    }
    if is_of_rows && rule.limit.is_none() && !has_filter {
        let name = "dbt_expectations.expect_table_row_count_to_equal_other_table_times_factor";
        return Ok(of_table(name, vec![model, ("factor", plain(tie.factor))]));
    }
    let tolerance = match rule.limit.operators.as_slice() {
        [Operator::Be(bound)] if *bound == 0.0 => None,
        [Operator::LessOrEqual(bound)] if rule.limit.unit == LimitUnit::Rows => Some(*bound),
        _ => return Err(format!("that the difference {} cannot be said there", rule.limit)),
    };
    if tie.factor != 1.0 || has_filter || tie.signed {
        return Err("a factor, a sign or other rows cannot be said there".to_owned());
    }
    let expression = aggregate(tie.here, rule.columns.first())?;
    let there = aggregate(tie.there.figure, tie.there.columns.first())?;
    let mut arguments = vec![("expression", text(&expression)), model];
    if there != expression {
        arguments.push(("compare_expression", text(there)));
    }
    arguments.extend(tolerance.map(|bound| ("tolerance", plain(bound))));
    Ok(of_table("dbt_expectations.expect_table_aggregation_to_equal_other_table", arguments))
}

/// A figure as an aggregate in SQL.
fn aggregate(figure: TableFigure, column: Option<&String>) -> Result<String, Reason> {
    let function = match figure {
        TableFigure::RowCount => return Ok("count(*)".to_owned()),
        TableFigure::Of(Figure::DistinctCount) => "count(distinct",
        TableFigure::Of(Figure::Sum) => "sum(",
        TableFigure::Of(Figure::Mean) => "avg(",
        TableFigure::Of(Figure::Minimum) => "min(",
        TableFigure::Of(Figure::Maximum) => "max(",
        TableFigure::Of(Figure::StandardDeviation) => "stddev_samp(",
        TableFigure::Of(Figure::Variance) => "var_samp(",
        _ => return Err("there is no aggregate of this kind in SQL".to_owned()),
    };
    let column = Expression::column(column.map_or("", String::as_str)).to_string();
    let space = if function.ends_with('(') { "" } else { " " };
    Ok(format!("{function}{space}{column})"))
}
