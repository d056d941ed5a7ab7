//! Rules of rows and values that other tools have under names of their own.

use super::arguments::{Arguments, Dialect, Reason};
use super::draft::Draft;
use super::forms::{SQL, value_set};
use crate::rule::Period;
use crate::yaml::{list, plain, text};

type Made = Result<Draft, Reason>;
type Several = Result<Vec<Draft>, Reason>;

/// Values that follow one another, from row to row.
pub(super) fn increasing(arguments: &Arguments<'_>) -> Made {
    sequence("increasing", arguments)
}

pub(super) fn decreasing(arguments: &Arguments<'_>) -> Made {
    sequence("decreasing", arguments)
}

fn sequence(rule: &'static str, arguments: &Arguments<'_>) -> Made {
    if arguments.dialect == Dialect::Sql {
        return Err("rows are in the order of a column there, and of the table here".to_owned());
    }
    if arguments.flag("parse_strings_as_datetimes")? == Some(true) {
        return Err("texts are compared as they are here, and not as dates".to_owned());
    }
    let draft = Draft::of(rule, [arguments.column()?]);
    let strictly = arguments.flag("strictly")? == Some(true);
    Ok(if strictly { draft.with("strictly", plain(true)) } else { draft })
}

/// Scores below a threshold, on one side or on both.
pub(super) fn z_scores(arguments: &Arguments<'_>) -> Made {
    let threshold = arguments.number("threshold")?.ok_or("it has no threshold")?;
    let both = arguments.flag("double_sided")?.unwrap_or(true);
    let draft = Draft::of("z_score", [arguments.column()?]);
    if !both {
        return Ok(draft.with("exclusiveMaximum", plain(threshold)));
    }
    let threshold = threshold.float.abs();
    let draft = draft.with("exclusiveMinimum", plain(-threshold));
    Ok(draft.with("exclusiveMaximum", plain(threshold)))
}

/// Values near the mean, in standard deviations, or near the median, in interquartile ranges.
pub(super) fn outliers(arguments: &Arguments<'_>) -> Made {
    let rule = match arguments.text("method")? {
        Some("std") => "z_score",
        None | Some("iqr") => "interquartile_score",
        Some(other) => return Err(format!("the method {other} is not known here")),
    };
    let times = arguments.number("multiplier")?.map_or(1.5, |times| times.float);
    let draft = Draft::of(rule, [arguments.column()?]);
    Ok(draft.with("exclusiveMinimum", plain(-times)).with("exclusiveMaximum", plain(times)))
}

/// Values that are at most so many standard deviations from the mean.
pub(super) fn within_deviations(arguments: &Arguments<'_>) -> Several {
    let is_set = |key| arguments.get(key).is_some_and(|node| node.text() != Some("false"));
    if is_set("group_by") || is_set("take_logs") {
        return Err("deviations of groups of rows, or of logarithms, are no rules here".to_owned());
    }
    let times = arguments.number("sigma_threshold")?.map_or(3.0, |times| times.float);
    let draft = Draft::of("z_score", [arguments.column()?]);
    Ok(vec![draft.with("minimum", plain(-times)).with("maximum", plain(times))])
}

/// Values near the mean of those before them. There, values are summed by period, and, unless it is said
/// otherwise, it is their logarithms' changes that are looked at.
pub(super) fn within_moving_deviations(arguments: &Arguments<'_>) -> Several {
    const ROWS: &str =
        "each row is a period here, and not its sum; all are looked at, not the last test_periods";
    let is_off = |key| Ok::<_, Reason>(arguments.flag(key)? == Some(false));
    if !is_off("take_diffs")? || !is_off("take_logs")? {
        return Err("changes from period to period, or of logarithms, are no rules here".to_owned());
    }
    if arguments.get("group_by").is_some() {
        return Err("sums of groups of rows are no rules here".to_owned());
    }
    arguments.know(&["period", "test_periods", "lookback_periods"]);
    let number = |key| Ok::<_, Reason>(arguments.number(key)?.map(|number| number.float));
    let both = number("sigma_threshold")?.unwrap_or(3.0);
    let upper = number("sigma_threshold_upper")?.filter(|it| *it != 0.0).unwrap_or(both);
    let lower = number("sigma_threshold_lower")?.filter(|it| *it != 0.0).unwrap_or(-both);
    let window = arguments.number("trend_periods")?.map_or_else(|| plain(7), plain);
    let draft = Draft::of("moving_z_score", [arguments.column()?])
        .with("order", text(arguments.needed("date_column_name")?))
        .with("window", window)
        .with("minimum", plain(lower))
        .with("maximum", plain(upper));
    Ok(vec![draft.noting(ROWS)])
}

pub(super) fn contain_set(arguments: &Arguments<'_>) -> Several {
    let draft = Draft::of("contains_set", [arguments.column()?]);
    Ok(vec![draft.with("values", list(value_set(arguments)?))])
}

pub(super) fn equal_set(arguments: &Arguments<'_>) -> Several {
    let mut drafts = contain_set(arguments)?;
    for draft in &mut drafts {
        draft.arguments.push(("exact", plain(true)));
    }
    Ok(drafts)
}

pub(super) fn most_common(arguments: &Arguments<'_>) -> Several {
    if arguments.get("top_n").is_some() {
        return Err(SQL.to_owned());
    }
    arguments.know(&["data_type", "quote_values", "strictly"]);
    let draft = Draft::of("most_common_value", [arguments.column()?]);
    let draft = draft.with("values", list(value_set(arguments)?));
    let ties = arguments.flag("ties_okay")? == Some(true);
    Ok(vec![if ties { draft.with("ties", plain(true)) } else { draft }])
}

pub(super) fn json(arguments: &Arguments<'_>) -> Made {
    const NUMBERS: &str = "NaN and Infinity are no JSON here, as in RFC 8259";
    let draft = Draft::of("has_format", [arguments.column()?]);
    Ok(draft.with("format", text("json")).noting(NUMBERS))
}

/// Documents that satisfy a schema; what is no JSON breaks it too.
pub(super) fn json_schema(arguments: &Arguments<'_>) -> Made {
    let schema = arguments.get("json_schema").ok_or("it has no json_schema")?;
    Ok(Draft::of("matches_json_schema", [arguments.column()?]).with("schema", schema.clone()))
}

/// Dates in any of some ways, which are fewer here.
pub(super) fn any_date(arguments: &Arguments<'_>) -> Made {
    const WAYS: &str =
        "the ways to write a date are those of any_date, fewer than dateutil guesses";
    let draft = Draft::of("has_format", [arguments.column()?]);
    Ok(draft.with("format", text("any_date")).noting(WAYS))
}

pub(super) fn consistent_casing(arguments: &Arguments<'_>) -> Several {
    const MISSING: &str = "a row without a value is unknown here, and fails the test there";
    let draft = Draft::of("consistent_casing", [arguments.column()?]);
    // there, all different values are held against those in small letters, and null is among the former alone
    let by_value = arguments.flag("display_inconsistent_columns")? == Some(true);
    Ok(vec![if by_value { draft } else { draft.noting(MISSING) }])
}

pub(super) fn columns_not_there(arguments: &Arguments<'_>) -> Several {
    arguments.know(&["transform"]);
    let names = arguments.names("column_list")?;
    Ok(vec![Draft::of("forbidden_columns", []).with("names", list(names.into_iter().map(text)))])
}

/// Values that go on by an interval, in their own order.
pub(super) fn sequential(arguments: &Arguments<'_>) -> Several {
    let mut draft = Draft::of("sequential", [arguments.column()?]);
    if let Some(interval) = arguments.number("interval")?.filter(|it| it.float != 1.0) {
        draft = draft.with("interval", plain(interval));
    }
    if let Some(part) = arguments.text("datepart")? {
        draft = draft.with("in", text(period(part)?));
    }
    if arguments.get("group_by_columns").is_some() {
        let by = arguments.names("group_by_columns")?;
        draft =
            if by.is_empty() { draft } else { draft.with("by", list(by.into_iter().map(text))) };
    }
    Ok(vec![draft])
}

/// Every period of time has rows.
pub(super) fn every_period(arguments: &Arguments<'_>) -> Several {
    let mut draft = Draft::of("no_gaps", [arguments.needed("date_col")?.to_owned()]);
    if let Some(interval) = arguments.number("interval")?.filter(|it| it.float != 1.0) {
        draft = draft.with("interval", plain(interval));
    }
    let part = arguments.text("date_part")?.unwrap_or("day");
    Ok(vec![if part == "day" { draft } else { draft.with("in", text(period(part)?)) }])
}

/// A period of a name in SQL.
fn period(part: &str) -> Result<&'static str, Reason> {
    let part = part.to_ascii_lowercase();
    let found = Period::NAMES.iter().find(|(name, _)| name.trim_end_matches('s') == part);
    found.map(|(name, _)| *name).ok_or(format!("there are no periods of a {part} here"))
}

/// Ranges that do not overlap.
pub(super) fn ranges(arguments: &Arguments<'_>) -> Several {
    const OPEN: &str = "a row without one of its bounds is unknown here, and breaks the test there";
    let bounds = [arguments.needed("lower_bound_column")?, arguments.needed("upper_bound_column")?];
    let mut draft = Draft::of("ranges_apart", bounds.map(str::to_owned)).noting(OPEN);
    if let Some(by) = arguments.text("partition_by")? {
        let names: Vec<&str> = by.split(',').map(str::trim).collect();
        let is_name = |name: &&str| name.chars().all(|it| it.is_alphanumeric() || it == '_');
        if !names.iter().all(is_name) {
            return Err("rows are parted by columns here, and not by expressions".to_owned());
        }
        draft = draft.with("by", list(names.into_iter().map(text)));
    }
    draft = match arguments.text("gaps")? {
        None | Some("allowed") => draft,
        Some("not_allowed") => draft.with("gaps", text("forbidden")),
        Some("required") => draft.with("gaps", text("required")),
        Some(other) => return Err(format!("gaps that are {other} are not known here")),
    };
    let empty = arguments.flag("zero_length_range_allowed")? == Some(true);
    Ok(vec![if empty { draft.with("empty", plain(true)) } else { draft }])
}
