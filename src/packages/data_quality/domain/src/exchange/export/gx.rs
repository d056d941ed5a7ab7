//! A table's rules as a suite of Great Expectations 1.x.

use super::condition::{Said, as_tree, said, value, without_values};
use super::values::of_values;
use super::{Entries, Found, column, range, rest_of, same_row_count, unchecked};
use crate::contract::SchemaObject;
use crate::exchange::arguments::Reason;
use crate::exchange::forms::{FORMS, Form};
use crate::expression::{Comparison, Expression, Format};
use crate::rule::{
    Against, ColumnsTest, Distance, Distribution, Figure, LimitUnit, Operator, Rule, Test,
};
use crate::verdict::Severity;
use crate::yaml::{self, Node, list, mapping, plain, text, write_json};

/// An expectation: its name and its arguments.
type Made = Result<Vec<(&'static str, Entries)>, Reason>;

pub(super) fn write(object: &SchemaObject, found: &mut Found) -> String {
    let mut expectations = Vec::new();
    for rule in &object.rules {
        let made = expectations_of(rule)
            .map(|made| made.into_iter().map(|it| written(rule, it)).collect());
        expectations.extend(found.take(&object.name, rule, made));
    }
    let suite = [
        ("name", text(&object.name)),
        ("expectations", list(expectations)),
        ("meta", mapping::<String>([])),
    ];
    write_json(&mapping(suite), true) + "\n"
}

fn written(rule: &Rule, (name, kwargs): (&'static str, Entries)) -> (String, Node) {
    let name = format!("expect_{name}");
    let severity = match rule.severity {
        Severity::Error => "critical",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let meta = mapping([("pynomaly_rule", text(&rule.id))]);
    let parts = [
        ("type", text(&name)),
        ("kwargs", mapping(kwargs)),
        ("meta", meta),
        ("severity", text(severity)),
    ];
    (name, mapping(parts))
}

fn expectations_of(rule: &Rule) -> Made {
    if rule.segment.is_some() {
        return Err("there are no segments there".to_owned());
    }
    match &rule.test {
        Test::Rows(condition) => of_rows(rule, condition),
        Test::Missing(column, values) if values.is_empty() => {
            with_share(rule, column, vec![("column_values_to_not_be_null", vec![])], false)
        }
        Test::Missing(..) => Err("values that stand for none cannot be named there".to_owned()),
        Test::Reference(_) => Err("there is no reference to another table there".to_owned()),
        Test::SameRows(_) => Err("rows of two tables are not compared there".to_owned()),
        Test::Written(..) => Err("types are called differently there".to_owned()),
        Test::Distribution(distribution) => divergence(rule, distribution),
        Test::InOrder(_) | Test::ZScore(_) | Test::Occurring(_) => of_values(rule),
        Test::Unique => unique(rule),
        Test::RowCount if rule.filter.is_none() => {
            Ok(vec![("table_row_count_to_be_between", bounds(rule)?)])
        }
        Test::RowCount => Err("rows are counted without a filter there".to_owned()),
        Test::ColumnCount => Ok(vec![("table_column_count_to_be_between", bounds(rule)?)]),
        Test::TieOut(tie) => match same_row_count(rule, tie) {
            Some(table) => {
                let other = vec![("other_table_name", text(table?))];
                Ok(vec![("table_row_count_to_equal_other_table", other)])
            }
            None => Err("only equal numbers of rows tie out with another table there".to_owned()),
        },
        Test::Figure(Figure::Quantile(share)) if rule.kind == "quantile" => quantile(rule, *share),
        Test::Figure(_) => figure(rule),
        Test::Columns(ColumnsTest::Are { names, ordered, exact }) => {
            let names = list(names.iter().map(text));
            match (ordered, exact) {
                (true, true) => {
                    Ok(vec![("table_columns_to_match_ordered_list", vec![("column_list", names)])])
                }
                (true, false) => {
                    Err("an order with others between them cannot be said there".to_owned())
                }
                (false, exact) => Ok(vec![(
                    "table_columns_to_match_set",
                    vec![("column_set", names), ("exact_match", plain(exact))],
                )]),
            }
        }
        Test::Columns(ColumnsTest::AreNot(_)) => {
            Err("that a column is not there cannot be said there".to_owned())
        }
        Test::Columns(_) => Err("types are called differently by each engine there".to_owned()),
        Test::Query(_) | Test::SameAnswers(_) => {
            Err("it is a query in SQL, which no export writes yet".to_owned())
        }
        Test::Unchecked(why) => Err(unchecked(why)),
    }
}

fn of_rows(rule: &Rule, condition: &Expression) -> Made {
    if let Expression::HasFormat(inner, format) = condition {
        return match (inner.as_ref(), format) {
            (Expression::Column(column), Format::Date) => {
                let made = (
                    "column_values_to_match_strftime_format",
                    vec![("strftime_format", text("%Y-%m-%d"))],
                );
                with_share(rule, column, vec![made], true)
            }
            (Expression::Column(column), Format::Json) => {
                with_share(rule, column, vec![("column_values_to_be_json_parseable", vec![])], true)
            }
            _ => Err("there is no expectation of this format".to_owned()),
        };
    }
    if let Expression::HasTimeFormat(inner, format) = condition {
        let Expression::Column(column) = inner.as_ref() else {
            return Err("there is no expectation of a part of a text".to_owned());
        };
        // what is here and not in Python's letters
        let is_ours = |letters: &&str| format.text().contains(letters);
        if !format.text().contains('%') || ["%T", "%R", "%F", "%D", "%h"].iter().any(is_ours) {
            return Err(format!("{format} is not in the letters of Python's strptime"));
        }
        let kwargs = vec![("strftime_format", text(format.text()))];
        let made = ("column_values_to_match_strftime_format", kwargs);
        return with_share(rule, column, vec![made], true);
    }
    if let Expression::MatchesJsonSchema(inner, schema) = condition {
        let Expression::Column(column) = inner.as_ref() else {
            return Err("there is no expectation of a part of a text".to_owned());
        };
        let schema = yaml::read(schema.text()).map_err(|problem| problem.what)?;
        let kwargs = vec![("json_schema", schema)];
        let made = ("column_values_to_match_json_schema", kwargs);
        return with_share(rule, column, vec![made], true);
    }
    match said(condition) {
        Said::Pair(one, comparison, other) => pair(rule, (one, comparison, other), false),
        Said::All(parts) => {
            if let Some(compared) = known_pair(&parts) {
                return pair(rule, compared, true);
            }
            if !rule.limit.is_none() {
                return Err(
                    "several conditions together have no share of their own there".to_owned()
                );
            }
            let mut all = Vec::new();
            for part in &parts {
                all.extend(of_part(rule, part)?);
            }
            Ok(all)
        }
        part => of_part(rule, &part),
    }
}

fn of_part(rule: &Rule, part: &Said<'_>) -> Made {
    let one = |column: &str, name, kwargs| with_share(rule, column, vec![(name, kwargs)], true);
    match part {
        Said::NotNull(column) => {
            with_share(rule, column, vec![("column_values_to_not_be_null", vec![])], false)
        }
        Said::IsNull(column) => {
            with_share(rule, column, vec![("column_values_to_be_null", vec![])], false)
        }
        Said::InSet(column, items, is_in) => {
            let name = if *is_in {
                "column_values_to_be_in_set"
            } else {
                "column_values_to_not_be_in_set"
            };
            one(column, name, vec![("value_set", list(items.iter().map(value)))])
        }
        Said::Matches(column, pattern, is_match) => {
            let name = if *is_match {
                "column_values_to_match_regex"
            } else {
                "column_values_to_not_match_regex"
            };
            one(column, name, vec![("regex", text(*pattern))])
        }
        Said::Compared(column, bounds) => {
            one(column, "column_values_to_be_between", compared(bounds)?)
        }
        Said::Length(column, bounds) => {
            one(column, "column_value_lengths_to_be_between", compared(bounds)?)
        }
        Said::Pair(..) | Said::All(_) | Said::Other => {
            Err("conditions over columns are written in SQL or Python there".to_owned())
        }
    }
}

fn compared(bounds: &[(Comparison, &Expression)]) -> Result<Entries, Reason> {
    let mut entries = Entries::new();
    for (comparison, bound) in bounds {
        match comparison {
            Comparison::GreaterOrEqual => entries.push(("min_value", value(bound))),
            Comparison::LessOrEqual => entries.push(("max_value", value(bound))),
            Comparison::Greater => {
                entries.extend([("min_value", value(bound)), ("strict_min", plain(true))]);
            }
            Comparison::Less => {
                entries.extend([("max_value", value(bound)), ("strict_max", plain(true))]);
            }
            Comparison::Equal => {
                entries.extend([("min_value", value(bound)), ("max_value", value(bound))]);
            }
            Comparison::NotEqual => return Err("there is no expectation of this kind".to_owned()),
        }
    }
    Ok(entries)
}

/// With the column, the rows that are looked at, and the share that may break it.
pub(super) fn with_share(
    rule: &Rule,
    column: &str,
    made: Vec<(&'static str, Entries)>,
    of_values: bool,
) -> Made {
    let (values_only, rest) = without_values(rule.filter.as_ref(), column);
    let filter = if of_values { rest.as_ref() } else { rule.filter.as_ref() };
    let mut more = Entries::new();
    if !rule.limit.is_none() {
        let (Some(percent), LimitUnit::Percent) = (at_most(rule), rule.limit.unit) else {
            return Err(format!("that their number {} cannot be said there", rule.limit));
        };
        if of_values && !values_only {
            return Err("its share is of all rows, and theirs of those with a value".to_owned());
        }
        more.push(("mostly", plain(rest_of(percent))));
    }
    more.extend(row_condition(filter)?);
    let with = |(name, kwargs): (&'static str, Entries)| {
        let column = ("column", text(column));
        (name, [column].into_iter().chain(kwargs).chain(more.iter().cloned()).collect())
    };
    Ok(made.into_iter().map(with).collect())
}

/// The upper bound of a limit that has no other.
fn at_most(rule: &Rule) -> Option<f64> {
    match rule.limit.operators.as_slice() {
        [Operator::LessOrEqual(bound)] => Some(*bound),
        [Operator::Between(low, high)] if *low == 0.0 => Some(*high),
        _ => None,
    }
}

pub(super) fn row_condition(filter: Option<&Expression>) -> Result<Entries, Reason> {
    let Some(filter) = filter else { return Ok(Entries::new()) };
    Ok(vec![("row_condition", as_tree(filter)?)])
}

fn unique(rule: &Rule) -> Made {
    if !rule.limit.is_none() {
        return Err(
            "of repeated rows they count all, and all but the first are counted here".to_owned()
        );
    }
    match rule.columns.as_slice() {
        [] => Err("whole rows are compared by the names of all columns there".to_owned()),
        [only] => Ok(vec![("column_values_to_be_unique", vec![("column", text(only))])]),
        several => {
            let columns = list(several.iter().map(text));
            Ok(vec![("compound_columns_to_be_unique", vec![("column_list", columns)])])
        }
    }
}

fn bounds(rule: &Rule) -> Result<Entries, Reason> {
    let range = range(&rule.limit)?;
    let mut entries = Entries::new();
    entries.extend(range.least.map(|bound| ("min_value", plain(bound))));
    entries.extend(range.most.map(|bound| ("max_value", plain(bound))));
    for (key, strict) in [("strict_min", range.strict_least), ("strict_max", range.strict_most)] {
        if strict {
            entries.push((key, plain(true)));
        }
    }
    Ok(entries)
}

fn figure(rule: &Rule) -> Made {
    let name = column(rule)?;
    let of_kind =
        |(_, form): &&(&str, Form)| matches!(form, Form::Figure(kind) if *kind == rule.kind);
    let (name_there, _) = FORMS
        .iter()
        .find(of_kind)
        .ok_or(format!("there is no expectation of the {}", rule.kind.replace('_', " ")))?;
    let mut entries = vec![("column", text(name))];
    entries.extend(bounds(rule)?);
    entries.extend(row_condition(rule.filter.as_ref())?);
    Ok(vec![(name_there, entries)])
}

const GREATER: &str = "column_pair_values_a_to_be_greater_than_b";

type Compared<'a> = (&'a str, Comparison, &'a str);

/// Two columns that are compared and have to have a value.
fn known_pair<'a>(parts: &[Said<'a>]) -> Option<Compared<'a>> {
    let [Said::Pair(one, comparison, other), Said::NotNull(first), Said::NotNull(second)] = parts
    else {
        return None;
    };
    (one == first && other == second).then_some((*one, *comparison, *other))
}

/// A comparison of two columns; `one_is_wrong`: a row in which only one has a value breaks it, as is
/// so there, unless it is left out.
fn pair(rule: &Rule, (one, comparison, other): Compared<'_>, one_is_wrong: bool) -> Made {
    if !rule.limit.is_none() {
        return Err("a share of pairs is of other rows there".to_owned());
    }
    let (name, columns, or_equal) = match comparison {
        Comparison::Equal => ("column_pair_values_to_be_equal", (one, other), None),
        Comparison::Greater => (GREATER, (one, other), Some(false)),
        Comparison::GreaterOrEqual => (GREATER, (one, other), Some(true)),
        Comparison::Less => (GREATER, (other, one), Some(false)),
        Comparison::LessOrEqual => (GREATER, (other, one), Some(true)),
        Comparison::NotEqual => return Err("there is no expectation of this kind".to_owned()),
    };
    let has_value = |name: &str| Expression::IsNull(Box::new(Expression::column(name))).negated();
    let mut filters = match &rule.filter {
        None => Vec::new(),
        Some(Expression::And(parts)) => parts.clone(),
        Some(other) => vec![other.clone()],
    };
    let known = filters.len();
    let ignored = if one_is_wrong {
        filters.retain(|it| *it != Expression::Or(vec![has_value(one), has_value(other)]));
        if filters.len() < known { "both_values_are_missing" } else { "neither" }
    } else {
        filters.retain(|it| *it != has_value(one) && *it != has_value(other));
        "either_value_is_missing"
    };
    let filter = match filters.len() {
        0 => None,
        1 => filters.pop(),
        _ => Some(Expression::And(filters)),
    };
    let mut entries = vec![("column_A", text(columns.0)), ("column_B", text(columns.1))];
    entries.extend(or_equal.map(|or_equal| ("or_equal", plain(or_equal))));
    entries.push(("ignore_row_if", text(ignored)));
    entries.extend(row_condition(filter.as_ref())?);
    Ok(vec![(name, entries)])
}

/// One quantile; bounds that are left out themselves cannot be said.
fn quantile(rule: &Rule, share: f64) -> Made {
    let range = range(&rule.limit)?;
    if range.strict_least || range.strict_most {
        return Err("the bounds of a quantile are included there".to_owned());
    }
    let bound = |bound: Option<f64>| bound.map_or_else(|| plain("null"), plain);
    let ranges = mapping([
        ("quantiles", list([plain(share)])),
        ("value_ranges", list([list([bound(range.least), bound(range.most)])])),
    ]);
    let mut entries = vec![("column", text(column(rule)?)), ("quantile_ranges", ranges)];
    entries.extend(row_condition(rule.filter.as_ref())?);
    Ok(vec![("column_quantile_values_to_be_between", entries)])
}

/// The divergence from given shares; nothing else compares distributions there.
fn divergence(rule: &Rule, distribution: &Distribution) -> Made {
    if distribution.distance != Distance::KullbackLeibler {
        return Err("the only distance of distributions there is kullback_leibler".to_owned());
    }
    let [Operator::LessOrEqual(most)] = rule.limit.operators.as_slice() else {
        return Err("a distance is at most something there".to_owned());
    };
    let partition = match &distribution.against {
        Against::Values(values, shares) => mapping([
            ("values", list(values.iter().map(value))),
            ("weights", list(shares.iter().map(plain))),
        ]),
        Against::Periods(..) => {
            return Err("bins are of numbers there, and not of dates and times".to_owned());
        }
        Against::Bins(edges, shares) => {
            let (Some((below, rest)), edges) = (shares.split_first(), edges.iter().map(plain))
            else {
                return Err("it has no shares".to_owned());
            };
            let Some((above, between)) = rest.split_last() else {
                return Err("it has no shares".to_owned());
            };
            mapping([
                ("bins", list(edges)),
                ("weights", list(between.iter().map(plain))),
                ("tail_weights", list([plain(below), plain(above)])),
            ])
        }
        Against::Column(_) => return Err("there is no reference to another table there".to_owned()),
    };
    let mut kwargs = vec![
        ("column", text(column(rule)?)),
        ("partition_object", partition),
        ("threshold", plain(most)),
    ];
    kwargs.extend(row_condition(rule.filter.as_ref())?);
    Ok(vec![("column_kl_divergence_to_be_less_than", kwargs)])
}
