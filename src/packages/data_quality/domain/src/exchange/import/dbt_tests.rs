//! The tests of dbt and of its packages `dbt_utils` and `dbt_expectations`, and what they are here.

use crate::exchange::arguments::{Arguments, Reason};
use crate::exchange::draft::{Draft, limits};
use crate::exchange::forms::{Form, SQL, form_of};
use crate::exchange::import::condition;
use crate::exchange::other_tables::{self, table_of};
use crate::exchange::rows;
use crate::expression::Expression;
use crate::yaml::{Node, list, plain, text};

/// What a test is here.
#[derive(Clone, Copy)]
pub(super) struct Test {
    pub form: Form,
    /// Whether it counts the rows that fail, as rules do here, and not values or groups.
    pub counts_rows: bool,
}

type Made = Result<Draft, Reason>;
type Several = Result<Vec<Draft>, Reason>;

const GROUPS: &str = "figures of groups of rows are no rules here";

/// The tests of dbt itself and of `dbt_utils`.
const TESTS: [(&str, Form, bool); 20] = [
    ("unique", Form::Whole(unique), false),
    ("not_null", Form::Rows(not_null), true),
    ("accepted_values", Form::Rows(accepted_values), false),
    ("relationships", Form::Rows(relationships), true),
    ("dbt_utils.accepted_range", Form::Rows(accepted_range), true),
    ("dbt_utils.at_least_one", Form::Whole(at_least_one), false),
    ("dbt_utils.cardinality_equality", Form::Whole(other_tables::same_values), false),
    ("dbt_utils.equal_rowcount", Form::Whole(other_tables::row_count), false),
    ("dbt_utils.equality", Form::Whole(other_tables::same_rows), false),
    ("dbt_utils.expression_is_true", Form::Rows(expression_is_true), true),
    ("dbt_utils.fewer_rows_than", Form::Whole(other_tables::fewer_rows), false),
    ("dbt_utils.mutually_exclusive_ranges", Form::Whole(rows::ranges), false),
    ("dbt_utils.not_accepted_values", Form::Rows(not_accepted_values), false),
    ("dbt_utils.not_constant", Form::Whole(not_constant), false),
    ("dbt_utils.not_empty_string", Form::Rows(not_empty_string), true),
    ("dbt_utils.not_null_proportion", Form::Whole(not_null_proportion), false),
    ("dbt_utils.recency", Form::Whole(recency), false),
    ("dbt_utils.relationships_where", Form::Rows(relationships_where), true),
    ("dbt_utils.sequential_values", Form::Whole(rows::sequential), true),
    ("dbt_utils.unique_combination_of_columns", Form::Whole(unique_combination), false),
];

/// What `dbt_expectations` has beside the names of Great Expectations.
const EXPECTATIONS: [(&str, Form); 18] = [
    ("equal_expression", Form::No(SQL)),
    ("expression_between", Form::No(SQL)),
    ("expression_is_true", Form::Rows(expression_is_true)),
    ("expect_column_distinct_count_to_equal", Form::Whole(distinct_equal)),
    ("expect_column_distinct_count_to_be_greater_than", Form::Whole(distinct_greater)),
    ("expect_column_distinct_count_to_be_less_than", Form::Whole(distinct_less)),
    (
        "expect_column_distinct_count_to_equal_other_table",
        Form::Whole(other_tables::distinct_count),
    ),
    ("expect_column_values_to_have_consistent_casing", Form::Whole(rows::consistent_casing)),
    ("expect_column_values_to_be_within_n_stdevs", Form::Whole(rows::within_deviations)),
    (
        "expect_column_values_to_be_within_n_moving_stdevs",
        Form::Whole(rows::within_moving_deviations),
    ),
    ("expect_row_values_to_have_recent_data", Form::Whole(recent_data)),
    ("expect_grouped_row_values_to_have_recent_data", Form::No(GROUPS)),
    ("expect_row_values_to_have_data_for_every_n_datepart", Form::Whole(rows::every_period)),
    ("expect_table_aggregation_to_equal_other_table", Form::Whole(other_tables::aggregation)),
    ("expect_table_columns_to_contain_set", Form::Whole(contain_set)),
    ("expect_table_columns_to_not_contain_set", Form::Whole(rows::columns_not_there)),
    (
        "expect_table_row_count_to_equal_other_table_times_factor",
        Form::Whole(other_tables::row_count),
    ),
    ("expect_table_column_count_to_equal_other_table", Form::Whole(other_tables::column_count)),
];

/// The test of a name.
pub(super) fn test_of(name: &str) -> Option<Test> {
    let name = name.strip_prefix("dbt.").unwrap_or(name);
    if let Some(name) = name.strip_prefix("dbt_expectations.") {
        let own = EXPECTATIONS.iter().find(|(known, _)| *known == name).map(|(_, form)| *form);
        return own.or_else(|| form_of(name)).map(|form| Test { form, counts_rows: false });
    }
    let found = TESTS.iter().find(|(known, ..)| *known == name);
    found.map(|(_, form, counts_rows)| Test { form: *form, counts_rows: *counts_rows })
}

fn unique(arguments: &Arguments<'_>) -> Several {
    Ok(vec![Draft::of("unique", [arguments.column()?])])
}

fn not_null(arguments: &Arguments<'_>) -> Made {
    Ok(Draft::of("not_null", [arguments.column()?]))
}

fn accepted_values(arguments: &Arguments<'_>) -> Made {
    Ok(Draft::of("in_set", [arguments.column()?]).with("values", values(arguments)?))
}

fn not_accepted_values(arguments: &Arguments<'_>) -> Made {
    Ok(Draft::of("not_in_set", [arguments.column()?]).with("values", values(arguments)?))
}

/// The values; without quotes, what is no number is an expression.
fn values(arguments: &Arguments<'_>) -> Result<Node, Reason> {
    let values = arguments.constants("values")?;
    let is_number = |value: &Node| crate::contract::number_of(value).is_some();
    if arguments.flag("quote")? == Some(false) && !values.iter().all(is_number) {
        return Err(SQL.to_owned());
    }
    Ok(list(values))
}

fn relationships(arguments: &Arguments<'_>) -> Made {
    let to = table_of(arguments.needed("to")?)?;
    let field = arguments.needed("field")?;
    let draft = Draft::of("reference", [arguments.column()?]);
    Ok(draft.with("to", text(to)).with("to_columns", list([text(field)])))
}

fn relationships_where(arguments: &Arguments<'_>) -> Made {
    if arguments.text("to_condition")?.is_some_and(|condition| condition.trim() != "1=1") {
        return Err("a filter on the other table is not applied here".to_owned());
    }
    let from = arguments.text("from_condition")?.filter(|condition| condition.trim() != "1=1");
    let from = from.map(condition::of_sql).transpose()?;
    Ok(relationships(arguments)?.filtered(from))
}

fn accepted_range(arguments: &Arguments<'_>) -> Made {
    let inclusive = arguments.flag("inclusive")?.unwrap_or(true);
    let mut draft = Draft::of("between", [arguments.column()?]);
    for (key, at, beyond) in
        [("min_value", "minimum", "exclusiveMinimum"), ("max_value", "maximum", "exclusiveMaximum")]
    {
        if let Some(node) = arguments.get(key) {
            draft = draft.with(if inclusive { at } else { beyond }, literal(node, key)?);
        }
    }
    Ok(draft)
}

/// A bound in SQL: a number, or a text in quotes of its own.
fn literal(node: &Node, key: &str) -> Result<Node, Reason> {
    let written = node.text().unwrap_or_default().trim();
    if crate::expression::Number::read(written).is_some() {
        return Ok(plain(written));
    }
    let inner = written.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    let inner = inner.filter(|inner| !inner.contains('\''));
    inner.map(text).ok_or(format!("its {key} is an expression, and no number or text"))
}

fn at_least_one(arguments: &Arguments<'_>) -> Several {
    let draft = Draft::of("not_null", [arguments.column()?]);
    Ok(vec![Draft { percent: true, ..draft.must("mustBeLessThan", plain(100)) }])
}

fn not_constant(arguments: &Arguments<'_>) -> Several {
    Ok(vec![Draft::of("distinct_count", [arguments.column()?]).must("mustNotBe", plain(1))])
}

fn not_empty_string(arguments: &Arguments<'_>) -> Made {
    let column = arguments.column()?;
    if arguments.flag("trim_whitespace")? == Some(false) {
        let condition = format!("{} != ''", Expression::column(&column));
        return Ok(Draft::of("expression", [column]).with("expression", text(condition)));
    }
    Ok(Draft::of("not_blank", [column]))
}

fn not_null_proportion(arguments: &Arguments<'_>) -> Several {
    let share = |key| match arguments.number(key)? {
        None => Ok(None),
        Some(share) => {
            let rest = crate::exchange::draft::rest_in_percent(share);
            rest.map(Some).ok_or(format!("its {key} is no share"))
        }
    };
    let (most, least) = (share("at_least")?, share("at_most")?);
    let limit = limits(least, most, (false, false))?;
    Ok(vec![Draft { limit, percent: true, ..Draft::of("not_null", [arguments.column()?]) }])
}

fn recency(arguments: &Arguments<'_>) -> Several {
    let field = arguments.needed("field")?.to_owned();
    if arguments.flag("ignore_time_component")? == Some(true) {
        return Err("ages are of points in time here, not of days of the calendar".to_owned());
    }
    aged(arguments, field)
}

fn recent_data(arguments: &Arguments<'_>) -> Several {
    aged(arguments, arguments.column()?)
}

/// The newest value is at most so old.
fn aged(arguments: &Arguments<'_>, column: String) -> Several {
    let interval = arguments.number("interval")?.ok_or("it has no interval")?;
    let (unit, times) = match arguments.needed("datepart")? {
        "minute" => ("minutes", 1),
        "hour" => ("hours", 1),
        "day" => ("days", 1),
        "week" => ("days", 7),
        other => return Err(format!("a {other} is not always as long")),
    };
    let whole = interval.whole().and_then(|whole| whole.checked_mul(times));
    let whole = whole.ok_or("its interval is no whole number")?;
    let draft = Draft::of("freshness", [column]).with("in", text(unit));
    Ok(vec![draft.must("mustBeLessOrEqualTo", plain(whole))])
}

fn expression_is_true(arguments: &Arguments<'_>) -> Made {
    let written = arguments.needed("expression")?;
    let filter = arguments.text("condition")?.map(condition::of_sql).transpose()?;
    if arguments.get("group_by_columns").is_some() {
        return Err(GROUPS.to_owned());
    }
    let written = match arguments.column() {
        Ok(column) => format!("{} {written}", Expression::column(column)),
        Err(_) => written.to_owned(),
    };
    Ok(Draft::condition(condition::of_sql(&written)?).filtered(filter))
}

fn unique_combination(arguments: &Arguments<'_>) -> Several {
    const MISSING: &str = "rows without any value are not compared here, and are there";
    arguments.know(&["quote_columns"]);
    let columns = arguments.names("combination_of_columns")?;
    Ok(vec![Draft::of("unique", columns).noting(MISSING)])
}

fn distinct_equal(arguments: &Arguments<'_>) -> Several {
    distinct(arguments, "mustBe")
}

fn distinct_greater(arguments: &Arguments<'_>) -> Several {
    distinct(arguments, "mustBeGreaterThan")
}

fn distinct_less(arguments: &Arguments<'_>) -> Several {
    distinct(arguments, "mustBeLessThan")
}

fn distinct(arguments: &Arguments<'_>, operator: &'static str) -> Several {
    let value = arguments.number("value")?.ok_or("it has no value")?;
    Ok(vec![Draft::of("distinct_count", [arguments.column()?]).must(operator, plain(value))])
}

fn contain_set(arguments: &Arguments<'_>) -> Several {
    let names = arguments.names("column_list")?;
    Ok(vec![Draft::of("columns", []).with("names", list(names.into_iter().map(text)))])
}
