//! The rules that Great Expectations and `dbt_expectations` call by the same names, and what they
//! are here.

use super::arguments::{Arguments, Dialect, Reason};
use super::distributions::divergence;
use super::draft::{Draft, limits, logical_type, rest_in_percent};
use super::import::condition;
use super::other_tables;
use super::queries::{no_unexpected_rows, same_answers};
use super::rows;
use super::times::time_format;
use crate::expression::{Comparison, Expression, Number};
use crate::yaml::{Node, list, mapping, plain, text};

type Made = Result<Draft, Reason>;

/// What a name means.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// A condition for each row in which the column has a value.
    Values(fn(&Arguments<'_>) -> Made),
    /// A condition for each row.
    Rows(fn(&Arguments<'_>) -> Made),
    /// A figure of the column, between `min_value` and `max_value`.
    Figure(&'static str),
    /// Anything about the whole table.
    Whole(fn(&Arguments<'_>) -> Result<Vec<Draft>, Reason>),
    /// Nothing that we have, and why.
    No(&'static str),
}

/// Reasons that several rules share. SQL: one place, so that it changes in one place.
pub(super) const SQL: &str = "it is SQL of a kind that no import writes yet";
pub(super) const OCCUR: &str = "no rule says here which values must occur";

/// The names without `expect_`, in small letters.
pub(super) const FORMS: [(&str, Form); 62] = [
    ("column_distinct_values_to_be_in_set", Form::Rows(in_set)),
    ("column_distinct_values_to_contain_set", Form::Whole(rows::contain_set)),
    ("column_distinct_values_to_equal_set", Form::Whole(rows::equal_set)),
    ("column_max_to_be_between", Form::Figure("maximum")),
    ("column_min_to_be_between", Form::Figure("minimum")),
    ("column_mean_to_be_between", Form::Figure("mean")),
    ("column_median_to_be_between", Form::Figure("median")),
    ("column_sum_to_be_between", Form::Figure("sum")),
    ("column_stdev_to_be_between", Form::Figure("standard_deviation")),
    ("column_quantile_values_to_be_between", Form::Whole(quantiles)),
    ("column_unique_value_count_to_be_between", Form::Figure("distinct_count")),
    ("column_proportion_of_unique_values_to_be_between", Form::Figure("distinct_share")),
    ("column_proportion_of_non_null_values_to_be_between", Form::Whole(non_null_share)),
    ("column_most_common_value_to_be_in_set", Form::Whole(rows::most_common)),
    ("column_kl_divergence_to_be_less_than", Form::Whole(divergence)),
    ("column_value_z_scores_to_be_less_than", Form::Values(rows::z_scores)),
    ("column_value_lengths_to_be_between", Form::Values(lengths_between)),
    ("column_value_lengths_to_equal", Form::Values(length)),
    ("column_to_exist", Form::Whole(exists)),
    ("column_type_to_be", Form::Whole(of_type)),
    ("column_values_to_be_between", Form::Values(between)),
    ("column_values_to_be_in_set", Form::Values(in_set)),
    ("column_values_to_not_be_in_set", Form::Values(not_in_set)),
    ("column_values_to_be_in_type_list", Form::Whole(of_types)),
    ("column_values_to_be_of_type", Form::Whole(of_type)),
    ("column_values_to_be_null", Form::Rows(null)),
    ("column_values_to_not_be_null", Form::Rows(not_null)),
    ("column_values_to_be_unique", Form::Whole(unique)),
    ("column_values_to_be_increasing", Form::Values(rows::increasing)),
    ("column_values_to_be_decreasing", Form::Values(rows::decreasing)),
    ("column_values_to_be_dateutil_parseable", Form::Values(rows::any_date)),
    ("column_values_to_be_json_parseable", Form::Values(rows::json)),
    ("column_values_to_match_json_schema", Form::Values(rows::json_schema)),
    ("column_values_to_match_strftime_format", Form::Values(time_format)),
    ("column_values_to_match_regex", Form::Values(matches)),
    ("column_values_to_not_match_regex", Form::Values(not_matches)),
    ("column_values_to_match_regex_list", Form::Values(matches_list)),
    ("column_values_to_not_match_regex_list", Form::Values(matches_none)),
    ("column_values_to_match_like_pattern", Form::Values(like)),
    ("column_values_to_not_match_like_pattern", Form::Values(not_like)),
    ("column_values_to_match_like_pattern_list", Form::Values(like_list)),
    ("column_values_to_not_match_like_pattern_list", Form::Values(like_none)),
    ("column_values_to_not_be_outliers", Form::Values(rows::outliers)),
    ("column_pair_values_a_to_be_greater_than_b", Form::Rows(pair_greater)),
    ("column_pair_values_to_be_equal", Form::Rows(pair_equal)),
    ("column_pair_values_to_be_in_set", Form::Rows(pair_in_set)),
    ("compound_columns_to_be_unique", Form::Whole(compound_unique)),
    ("select_column_values_to_be_unique_within_record", Form::Rows(all_differ)),
    ("multicolumn_sum_to_equal", Form::Rows(sum_of_columns)),
    ("multicolumn_values_to_be_equal", Form::Rows(all_equal)),
    ("multicolumn_values_to_be_unique", Form::Rows(all_differ)),
    ("table_column_count_to_be_between", Form::Figure("column_count")),
    ("table_column_count_to_equal", Form::Whole(column_count)),
    ("table_columns_to_match_ordered_list", Form::Whole(columns_in_order)),
    ("table_columns_to_match_set", Form::Whole(columns_as_set)),
    ("table_row_count_to_be_between", Form::Figure("row_count")),
    ("table_row_count_to_equal", Form::Whole(row_count)),
    ("table_row_count_to_equal_other_table", Form::Whole(other_tables::row_count)),
    ("query_results_to_match_comparison", Form::Whole(same_answers)),
    ("unexpected_rows", Form::Whole(no_unexpected_rows)),
    ("unexpected_rows_expectation", Form::Whole(no_unexpected_rows)),
    ("query_unexpected_rows", Form::No(SQL)),
];

/// The form of a name such as `expect_column_values_to_be_unique` or `ExpectColumnMaxToBeBetween`.
pub(super) fn form_of(name: &str) -> Option<Form> {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    let name = snake.strip_prefix("expect_").unwrap_or(&snake);
    FORMS.iter().find(|(known, _)| *known == name).map(|(_, form)| *form)
}

/// The rules that a form makes of its arguments.
pub(super) fn make(form: Form, arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    if let Form::No(why) = form {
        return Err(why.to_owned());
    }
    let filter = arguments.filter()?;
    let drafts = match form {
        Form::Values(make) => vec![mostly(make(arguments)?, true, arguments)?],
        Form::Rows(make) => vec![mostly(make(arguments)?, false, arguments)?],
        Form::Figure(figure) => vec![figure_between(figure, arguments)?],
        Form::Whole(make) => make(arguments)?,
        Form::No(_) => Vec::new(),
    };
    arguments.finish()?;
    let of_columns =
        |draft: &Draft| matches!(draft.rule, "columns" | "column_count" | "logical_type");
    if filter.is_some() && drafts.iter().any(of_columns) {
        return Err("columns are there in all rows or in none".to_owned());
    }
    Ok(drafts.into_iter().map(|draft| draft.filtered(filter.clone())).collect())
}

/// Lets as many rows break a rule as `mostly` does: a share of those that are looked at.
fn mostly(draft: Draft, of_values: bool, arguments: &Arguments<'_>) -> Made {
    let Some(share) = arguments.number("mostly")?.filter(|share| share.float != 1.0) else {
        return Ok(draft);
    };
    let rest = rest_in_percent(share).ok_or("its mostly is not between 0 and 1")?;
    let draft = draft.must("mustBeLessOrEqualTo", plain(rest));
    let draft = if of_values { draft.of_values_only() } else { draft };
    Ok(Draft { percent: true, ..draft })
}

/// Whether the lower and the upper bound are left out themselves.
fn strict(arguments: &Arguments<'_>) -> Result<(bool, bool), Reason> {
    let flag = |key| Ok::<_, Reason>(arguments.flag(key)?.unwrap_or_default());
    let both = flag("strictly")?;
    Ok((both || flag("strict_min")?, both || flag("strict_max")?))
}

fn figure_between(figure: &'static str, arguments: &Arguments<'_>) -> Made {
    let is_of_table = matches!(figure, "row_count" | "column_count");
    let column = if is_of_table { None } else { Some(arguments.column()?) };
    let bounds = (arguments.number("min_value")?, arguments.number("max_value")?);
    let limit = limits(bounds.0, bounds.1, strict(arguments)?)?;
    Ok(Draft { limit, ..Draft::of(figure, column) })
}

fn quantiles(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    const NEAREST: &str =
        "between two values a quantile is interpolated here, and one of the two there";
    let column = arguments.column()?;
    let quantile = |share: Node, limit| {
        Draft { limit, ..Draft::of("quantile", [column.clone()]) }
            .with("share", share)
            .noting(NEAREST)
    };
    if let Some(share) = arguments.number("quantile")? {
        let bounds = (arguments.number("min_value")?, arguments.number("max_value")?);
        return Ok(vec![quantile(plain(share), limits(bounds.0, bounds.1, strict(arguments)?)?)]);
    }
    let ranges = arguments.get("quantile_ranges").ok_or("it has no quantile_ranges")?;
    let of = |key| ranges.get(key).and_then(Node::items).ok_or(format!("it has no {key}"));
    let (shares, ranges) = (of("quantiles")?, of("value_ranges")?);
    if shares.len() != ranges.len() || shares.is_empty() {
        return Err("its quantiles and value_ranges are not as many".to_owned());
    }
    if arguments.flag("allow_relative_error")? == Some(true) {
        return Err("quantiles are exact here, without allow_relative_error".to_owned());
    }
    let bound = |range: &Node, place| {
        range
            .items()
            .and_then(|bounds| bounds.get::<usize>(place))
            .and_then(crate::contract::number_of)
    };
    let of_range = |(share, range): (&Node, &Node)| {
        Ok(quantile(share.clone(), limits(bound(range, 0), bound(range, 1), (false, false))?))
    };
    shares.iter().zip(ranges).map(of_range).collect()
}

fn non_null_share(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    let share = |key| match arguments.number(key)? {
        None => Ok(None),
        Some(share) => rest_in_percent(share).map(Some).ok_or(format!("its {key} is no share")),
    };
    let (most, least) = (share("min_value")?, share("max_value")?);
    let (strict_most, strict_least) = strict(arguments)?;
    let limit = limits(least, most, (strict_least, strict_most))?;
    Ok(vec![Draft { limit, percent: true, ..Draft::of("not_null", [arguments.column()?]) }])
}

fn lengths_between(arguments: &Arguments<'_>) -> Made {
    let (strict_least, strict_most) = strict(arguments)?;
    let whole = |key, step: i64| match arguments.number(key)? {
        None => Ok(None),
        Some(number) => {
            let whole = number.whole().and_then(|whole| whole.checked_add(step));
            whole.map(Some).ok_or(format!("its {key} is no whole number"))
        }
    };
    let least = whole("min_value", i64::from(strict_least))?;
    let most = whole("max_value", -i64::from(strict_most))?;
    let mut draft = Draft::of("length_between", [arguments.column()?]);
    draft.arguments.extend(least.map(|bound| ("minimum", plain(bound.max(0)))));
    draft.arguments.extend(most.map(|bound| ("maximum", plain(bound))));
    Ok(draft)
}

fn length(arguments: &Arguments<'_>) -> Made {
    let length = arguments.number("value")?.ok_or("it has no value")?;
    let draft = Draft::of("length_between", [arguments.column()?]);
    Ok(draft.with("minimum", plain(length)).with("maximum", plain(length)))
}

fn exists(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    let names = list([text(arguments.column()?)]);
    Ok(vec![Draft::of("columns", []).with("names", names)])
}

const WIDTH: &str = "the type counts here, and not the width in which it is stored";

fn of_type(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    let key = if arguments.get("column_type").is_some() { "column_type" } else { "type_" };
    typed(arguments, &[arguments.needed(key)?.to_owned()])
}

fn of_types(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    let key =
        if arguments.get("column_type_list").is_some() { "column_type_list" } else { "type_list" };
    typed(arguments, &arguments.names(key)?)
}

fn typed(arguments: &Arguments<'_>, names: &[String]) -> Result<Vec<Draft>, Reason> {
    use crate::rule::LogicalType;
    let mut found: Vec<LogicalType> = Vec::new();
    for name in names {
        let logical = logical_type(name).ok_or(format!("the type {name} is not known here"))?;
        if !found.contains(&logical) {
            found.push(logical);
        }
    }
    let logical = match found.as_slice() {
        [only] => *only,
        [LogicalType::Integer, LogicalType::Number]
        | [LogicalType::Number, LogicalType::Integer] => LogicalType::Number,
        _ => return Err("a column has one type here".to_owned()),
    };
    let draft = Draft::of("logical_type", [arguments.column()?]);
    Ok(vec![draft.with("type", text(logical.name())).noting(WIDTH)])
}

fn between(arguments: &Arguments<'_>) -> Made {
    let (strict_least, strict_most) = strict(arguments)?;
    let mut draft = Draft::of("between", [arguments.column()?]);
    let bounds = [
        ("min_value", if strict_least { "exclusiveMinimum" } else { "minimum" }),
        ("max_value", if strict_most { "exclusiveMaximum" } else { "maximum" }),
    ];
    for (theirs, ours) in bounds {
        if let Some(bound) = arguments.get(theirs) {
            bound.text().ok_or(format!("its {theirs} is no single value"))?;
            draft = draft.with(ours, bound.clone());
        }
    }
    Ok(draft)
}

fn in_set(arguments: &Arguments<'_>) -> Made {
    Ok(Draft::of("in_set", [arguments.column()?]).with("values", list(value_set(arguments)?)))
}

fn not_in_set(arguments: &Arguments<'_>) -> Made {
    Ok(Draft::of("not_in_set", [arguments.column()?]).with("values", list(value_set(arguments)?)))
}

pub(super) fn value_set(arguments: &Arguments<'_>) -> Result<Vec<Node>, Reason> {
    // texts that are SQL, and not values
    if arguments.flag("quote_values")? == Some(false) {
        let values = arguments.constants("value_set")?;
        let all_numbers = values.iter().all(|value| crate::contract::number_of(value).is_some());
        return if all_numbers { Ok(values) } else { Err(SQL.to_owned()) };
    }
    arguments.constants("value_set")
}

fn null(arguments: &Arguments<'_>) -> Made {
    Ok(Draft::of("is_null", [arguments.column()?]))
}

fn not_null(arguments: &Arguments<'_>) -> Made {
    Ok(Draft::of("not_null", [arguments.column()?]))
}

fn unique(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    all_of_group(arguments)?;
    Ok(vec![Draft::of("unique", [arguments.column()?])])
}

/// Every row of a repeated value breaks their rule, and all but the first break ours: the same as
/// long as none may.
fn all_of_group(arguments: &Arguments<'_>) -> Result<(), Reason> {
    match arguments.number("mostly")? {
        Some(share) if share.float != 1.0 => {
            Err("of repeated rows it counts all, and all but the first are counted here".to_owned())
        }
        _ => Ok(()),
    }
}

fn compound_unique(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    all_of_group(arguments)?;
    match arguments.text("ignore_row_if")? {
        None | Some("all_values_are_missing") => {}
        Some(other) => return Err(format!("rows are not compared here as {other} says")),
    }
    let columns = arguments.names("column_list")?;
    Ok(vec![Draft::of("unique", columns)])
}

fn matches(arguments: &Arguments<'_>) -> Made {
    pattern("matches", arguments)
}

fn not_matches(arguments: &Arguments<'_>) -> Made {
    pattern("not_matches", arguments)
}

fn pattern(rule: &'static str, arguments: &Arguments<'_>) -> Made {
    arguments.know(&["is_raw"]);
    let pattern = text(arguments.needed("regex")?);
    Ok(Draft::of(rule, [arguments.column()?]).with("pattern", pattern))
}

fn matches_list(arguments: &Arguments<'_>) -> Made {
    arguments.know(&["is_raw"]);
    any_or_all(arguments, arguments.names("regex_list")?, false)
}

fn matches_none(arguments: &Arguments<'_>) -> Made {
    arguments.know(&["is_raw"]);
    any_or_all(arguments, arguments.names("regex_list")?, true)
}

fn like(arguments: &Arguments<'_>) -> Made {
    let pattern = text(like_as_regex(arguments.needed("like_pattern")?));
    Ok(Draft::of("matches", [arguments.column()?]).with("pattern", pattern))
}

fn not_like(arguments: &Arguments<'_>) -> Made {
    let pattern = text(like_as_regex(arguments.needed("like_pattern")?));
    Ok(Draft::of("not_matches", [arguments.column()?]).with("pattern", pattern))
}

fn like_list(arguments: &Arguments<'_>) -> Made {
    let patterns = arguments.names("like_pattern_list")?;
    any_or_all(arguments, patterns.iter().map(|it| like_as_regex(it)).collect(), false)
}

fn like_none(arguments: &Arguments<'_>) -> Made {
    let patterns = arguments.names("like_pattern_list")?;
    any_or_all(arguments, patterns.iter().map(|it| like_as_regex(it)).collect(), true)
}

/// `%` and `_` of SQL, over the whole text.
fn like_as_regex(pattern: &str) -> String {
    let letters = pattern.chars().map(|letter| match letter {
        '%' => ".*".to_owned(),
        '_' => ".".to_owned(),
        other => regex::escape(&other.to_string()),
    });
    format!("(?s)^{}$", letters.collect::<String>())
}

/// Some, all or none of several patterns.
fn any_or_all(arguments: &Arguments<'_>, patterns: Vec<String>, none: bool) -> Made {
    let column = arguments.column()?;
    let test = |pattern: &String| {
        let pattern = crate::expression::Pattern::new(pattern)?;
        let test = Expression::Matches(Box::new(Expression::column(&column)), pattern);
        Ok::<_, Reason>(if none { test.negated() } else { test })
    };
    let tests: Vec<Expression> = patterns.iter().map(test).collect::<Result<_, _>>()?;
    if tests.is_empty() {
        return Err("its list of patterns is empty".to_owned());
    }
    let all = none || arguments.text("match_on")? == Some("all");
    let condition = if all { Expression::And(tests) } else { Expression::Or(tests) };
    let draft = Draft::of("expression", [column]);
    Ok(draft.with("expression", text(condition.to_string())))
}

/// Two columns of a row, and in which rows they are compared.
struct Pair {
    columns: [Expression; 2],
    filter: Option<String>,
    /// Whether a row in which only one has a value breaks the rule.
    one_is_wrong: bool,
}

impl Pair {
    fn of(arguments: &Arguments<'_>) -> Result<Self, Reason> {
        let column = |key| Ok::<_, Reason>(Expression::column(arguments.needed(key)?));
        let columns = [column("column_A")?, column("column_B")?];
        let [first, second] = &columns;
        let (filter, one_is_wrong) = match arguments.text("ignore_row_if")? {
            None | Some("both_values_are_missing") => {
                (Some(format!("{first} is not null or {second} is not null")), true)
            }
            Some("either_value_is_missing") => {
                (Some(format!("{first} is not null and {second} is not null")), false)
            }
            Some("neither" | "never") => (None, true),
            Some(other) => return Err(format!("rows are not left out here as {other} says")),
        };
        let one_is_wrong = one_is_wrong && arguments.dialect == Dialect::GreatExpectations;
        Ok(Self { columns, filter, one_is_wrong })
    }

    fn draft(self, comparison: Comparison) -> Draft {
        let [first, second] = self.columns;
        let mut parts = vec![first.clone().compared(comparison, second.clone())];
        if self.one_is_wrong {
            parts.extend([first, second].map(|side| Expression::IsNull(Box::new(side)).negated()));
        }
        let condition = match parts.as_slice() {
            [only] => only.clone(),
            _ => Expression::And(parts),
        };
        Draft::condition(condition).filtered(self.filter)
    }
}

fn pair_greater(arguments: &Arguments<'_>) -> Made {
    let or_equal = arguments.flag("or_equal")?.unwrap_or_default();
    let comparison = if or_equal { Comparison::GreaterOrEqual } else { Comparison::Greater };
    Ok(Pair::of(arguments)?.draft(comparison))
}

fn pair_equal(arguments: &Arguments<'_>) -> Made {
    Ok(Pair::of(arguments)?.draft(Comparison::Equal))
}

fn pair_in_set(arguments: &Arguments<'_>) -> Made {
    let pair = Pair::of(arguments)?;
    let [first, second] = &pair.columns;
    let is = |column: &Expression, value: &Node| {
        if value.is_null() {
            return Ok(Expression::IsNull(Box::new(column.clone())));
        }
        Ok::<_, Reason>(column.clone().compared(Comparison::Equal, condition::constant(value)?))
    };
    let mut pairs = Vec::new();
    for values in arguments.items("value_pairs_set")? {
        let Some([one, other]) = values.items() else {
            return Err("its value_pairs_set holds more than pairs".to_owned());
        };
        pairs.push(Expression::And(vec![is(first, one)?, is(second, other)?]));
    }
    if pairs.is_empty() {
        return Err("its value_pairs_set is empty".to_owned());
    }
    // a row with one missing value is in no pair: unknown is made false
    let known = |column: &Expression| Expression::IsNull(Box::new(column.clone())).negated();
    let nulls = pairs.iter().any(|pair| pair.to_string().contains(" is null"));
    let condition = match (pair.one_is_wrong, nulls) {
        (true, true) => {
            return Err("pairs with and without values are not told apart here".to_owned());
        }
        (true, false) => Expression::And(vec![Expression::Or(pairs), known(first), known(second)]),
        (false, _) => Expression::Or(pairs),
    };
    Ok(Draft::condition(condition).filtered(pair.filter.clone()))
}

/// The columns of a rule over several, and the rows in which they are looked at.
fn several(arguments: &Arguments<'_>) -> Result<(Vec<Expression>, Option<String>), Reason> {
    let columns: Vec<Expression> =
        arguments.names("column_list")?.into_iter().map(Expression::Column).collect();
    if columns.len() < 2 {
        return Err("its column_list has fewer than two columns".to_owned());
    }
    let joined = |by: &str| {
        let parts: Vec<String> = columns.iter().map(|it| format!("{it} is not null")).collect();
        Some(parts.join(by))
    };
    let filter = match arguments.text("ignore_row_if")? {
        None | Some("all_values_are_missing") => joined(" or "),
        Some("any_value_is_missing") => joined(" and "),
        Some("never") => None,
        Some(other) => return Err(format!("rows are not left out here as {other} says")),
    };
    Ok((columns, filter))
}

fn sum_of_columns(arguments: &Arguments<'_>) -> Made {
    let (columns, filter) = several(arguments)?;
    let total = arguments.number("sum_total")?.ok_or("it has no sum_total")?;
    let sum: Vec<String> = columns.iter().map(ToString::to_string).collect();
    let draft = Draft::condition(format!("{} = {total}", sum.join(" + "))).filtered(filter);
    Ok(draft.noting(
        "a row in which a column has no value is not judged, as in SQL; pandas takes it for 0",
    ))
}

fn all_differ(arguments: &Arguments<'_>) -> Made {
    // a missing value is a value like any other
    rows_of_pairs(arguments, |one, other| {
        format!(
            "(({one} != {other} or {one} is null or {other} is null) and ({one} is not null or {other} is not null))"
        )
    })
}

fn all_equal(arguments: &Arguments<'_>) -> Made {
    rows_of_pairs(arguments, |one, other| {
        format!(
            "(({one} = {other} and {one} is not null and {other} is not null) or ({one} is null and {other} is null))"
        )
    })
}

fn rows_of_pairs(arguments: &Arguments<'_>, test: fn(&Expression, &Expression) -> String) -> Made {
    let (columns, filter) = several(arguments)?;
    let mut tests = Vec::new();
    for (index, one) in columns.iter().enumerate() {
        tests.extend(columns.iter().skip(index + 1).map(|other| test(one, other)));
    }
    Ok(Draft::condition(tests.join(" and ")).filtered(filter))
}

fn columns_in_order(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    let names = arguments.names("column_list")?;
    let draft = Draft::of("columns", []).with("names", list(names.into_iter().map(text)));
    Ok(vec![draft.with("ordered", plain(true)).with("exact", plain(true))])
}

fn columns_as_set(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    let key = if arguments.get("column_list").is_some() { "column_list" } else { "column_set" };
    let names = arguments.names(key)?;
    let exact = arguments.flag("exact_match")?.unwrap_or(true);
    let draft = Draft::of("columns", []).with("names", list(names.into_iter().map(text)));
    Ok(vec![if exact { draft.with("exact", plain(true)) } else { draft }])
}

fn row_count(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    count("row_count", arguments)
}

fn column_count(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    count("column_count", arguments)
}

fn count(rule: &'static str, arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    let value: Number = arguments.number("value")?.ok_or("it has no value")?;
    Ok(vec![Draft::of(rule, []).must("mustBe", plain(value))])
}

/// A tree for a message: one line of JSON.
pub(super) fn as_line(node: &Node) -> String {
    crate::yaml::write_json(node, false)
}

/// A name and its arguments, as the list of what was left out tells them.
pub(super) fn told(name: &str, arguments: &[&crate::yaml::Entry]) -> String {
    if arguments.is_empty() {
        return name.to_owned();
    }
    let entries = arguments.iter().map(|entry| (entry.key.clone(), entry.value.clone()));
    format!("{name} {}", as_line(&mapping(entries)))
}
