//! **sequential** (consistency): in the order of its values, and not of the rows, each value of the column
//! is the one before it plus `interval` (1 without it): 3, 1, 2 are sequential, 1, 2, 2 and 1, 3 are not. Of
//! dates and points in time the interval is `in` `minutes`, `hours`, `days` (without it), `weeks`, `months`
//! or `years`; a month after 31 January is the last of February. Fractions may differ by a billionth.
//! With `by`, a column or several, it holds among the rows that agree in them. The row after a step that
//! is another breaks the rule; of equal values all but the first do. Unknown where there is no value.
//!
//! **no_gaps** (coverage, dates and points in time): from the first value to the last, each `interval` (1
//! without it) of the `minutes`, `hours`, `days` (without it), `weeks` (from Monday), `months` or `years` that
//! `in` names has a row, counted from that of the first value; in UTC where there is a time zone. With `weekdays:
//! true`, Saturdays and Sundays need none. With `by`, so for each. The first row after a gap breaks the rule.
//! Unknown where there is no value.
//!
//! **ranges_apart** (consistency): of `columns: [from, to]`, the ranges that begin at the one and end before
//! the other do not overlap; each ends after it begins, or, with `empty: true`, where it begins. `gaps` between
//! one and the next are `allowed` (without it), `forbidden` or `required`. With `by`, so for each. A row
//! breaks the rule when its range ends before it begins, or is not as it should be to those that begin before it.
//! Unknown where one of the two is missing.

use super::in_order::InOrder;
use super::{Arguments, Made, Test};
use crate::contract::Record;
use crate::problem::{Problem, nearest};
use crate::verdict::Dimension;

/// Rows that are looked at in the order of their values, among those that agree in some columns.
#[derive(Clone, Debug, PartialEq)]
pub struct ByValue {
    /// What is tested.
    pub test: ValueTest,
    /// The columns that the rows agree in.
    pub by: Vec<String>,
}

/// What is tested of values in their order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueTest {
    /// Each is the one before and so much.
    Sequential {
        /// How much, above 0.
        interval: f64,
        /// Of what, where it is said; of dates and times: days.
        period: Option<Period>,
    },
    /// So many periods of time each have a value.
    NoGaps {
        /// How many, from 1.
        interval: i64,
        /// Which.
        period: Period,
        /// Saturdays and Sundays need none.
        weekdays: bool,
    },
    /// Ranges do not overlap.
    RangesApart {
        /// What may be between them.
        gaps: Gaps,
        /// Whether a range may end where it begins.
        empty: bool,
    },
    /// How far values are from the mean of those before them, in their deviations.
    Moving {
        /// How many are before.
        window: usize,
        /// The lower bound, and whether it is left out itself.
        least: Option<(f64, bool)>,
        /// The upper one.
        most: Option<(f64, bool)>,
    },
}

/// A period of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// 60 seconds.
    Minutes,
    /// 60 minutes.
    Hours,
    /// 24 hours.
    Days,
    /// 7 days, from Monday.
    Weeks,
    /// A month of the calendar.
    Months,
    /// A year of the calendar.
    Years,
}

impl Period {
    /// All periods and their names.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("minutes", Self::Minutes),
        ("hours", Self::Hours),
        ("days", Self::Days),
        ("weeks", Self::Weeks),
        ("months", Self::Months),
        ("years", Self::Years),
    ];

    /// The name as it is written.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }
}

/// Whether ranges have something between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// They may.
    Allowed,
    /// Each begins where the one before ends.
    Forbidden,
    /// Each begins after the one before ends.
    Required,
}

impl Gaps {
    /// All of them and their names.
    pub const NAMES: [(&'static str, Self); 3] =
        [("allowed", Self::Allowed), ("forbidden", Self::Forbidden), ("required", Self::Required)];
}

/// One of some words at a key; `None` when it is none of them, which is told.
fn word<T: Copy, const N: usize>(
    record: &Record<'_>,
    key: &'static str,
    words: [(&'static str, T); N],
    otherwise: T,
) -> Option<T> {
    let Some(written) = record.text(key) else { return Some(otherwise) };
    let found = words.iter().find(|(known, _)| *known == written);
    if found.is_none() {
        let names = words.map(|(name, _)| name);
        let hint = nearest(written, names).unwrap_or_else(|| format!("write {}", names.join(", ")));
        let problem = Problem::error(record.place_of(key), format!("{key} is not {written}"));
        record.problems().add(problem.hint(hint));
    }
    found.map(|(_, value)| *value)
}

fn made(
    kind: &'static str,
    columns: Vec<String>,
    (test, by): (ValueTest, Vec<String>),
    phrase: String,
    dimension: Dimension,
) -> Made {
    let within = if by.is_empty() { String::new() } else { format!(" for each {}", by.join(", ")) };
    let test = Test::InOrder(InOrder::ByValue(ByValue { test, by }));
    Made { kind, columns, test, phrase: phrase + &within, dimension }
}

pub(super) fn sequential(arguments: &Arguments<'_>) -> Option<Made> {
    let (column, record) = (arguments.column()?, arguments.record);
    let interval = record.number("interval").map_or(1.0, |interval| interval.float);
    let period = match record.get("in") {
        None => None,
        Some(_) => Some(word(record, "in", Period::NAMES, Period::Days)?),
    };
    if interval <= 0.0 || !interval.is_finite() || (period.is_some() && interval.fract() != 0.0) {
        let what = match period {
            Some(period) => format!("an interval is a whole number of {} above 0", period.name()),
            None => "an interval is above 0".to_owned(),
        };
        record.problems().error(record.place_of("interval"), what);
        return None;
    }
    let unit = period.map_or_else(String::new, |period| format!(" {}", period.name()));
    let phrase = format!("{column} goes on by {interval}{unit}");
    let test = (ValueTest::Sequential { interval, period }, record.texts("by"));
    Some(made("sequential", vec![column], test, phrase, Dimension::Consistency))
}

pub(super) fn no_gaps(arguments: &Arguments<'_>) -> Option<Made> {
    let (column, record) = (arguments.column()?, arguments.record);
    let period = word(record, "in", Period::NAMES, Period::Days)?;
    let interval = record.whole("interval").map_or(Some(1), |whole| i64::try_from(whole).ok());
    let weekdays = record.flag("weekdays").unwrap_or_default();
    let Some(interval @ 1..) = interval else {
        record.problems().error(record.place_of("interval"), "an interval is above 0");
        return None;
    };
    if weekdays && (period, interval) != (Period::Days, 1) {
        let problem = Problem::error(record.place_of("weekdays"), "weekdays are single days");
        record.problems().add(problem.hint("leave `in` and `interval` out"));
        return None;
    }
    let told = match (interval, weekdays) {
        (_, true) => "each weekday".to_owned(),
        (1, _) => format!("each of the {}", period.name()),
        _ => format!("each {interval} {}", period.name()),
    };
    let phrase = format!("{column} has a row for {told}");
    let test = (ValueTest::NoGaps { interval, period, weekdays }, record.texts("by"));
    Some(made("no_gaps", vec![column], test, phrase, Dimension::Coverage))
}

pub(super) fn ranges_apart(arguments: &Arguments<'_>) -> Option<Made> {
    let record = arguments.record;
    let [from, to] = arguments.columns.as_slice() else {
        let problem = Problem::error(record.place_of("columns"), "a range has two columns");
        record.problems().add(problem.hint("name them with `columns: [FROM, TO]`"));
        return None;
    };
    let gaps = word(record, "gaps", Gaps::NAMES, Gaps::Allowed)?;
    let empty = record.flag("empty").unwrap_or_default();
    let between = match gaps {
        Gaps::Allowed => "",
        Gaps::Forbidden => " and leave no gap",
        Gaps::Required => " and leave a gap",
    };
    let phrase = format!("ranges from {from} to {to} do not overlap{between}");
    let test = (ValueTest::RangesApart { gaps, empty }, record.texts("by"));
    let columns = arguments.columns.clone();
    Some(made("ranges_apart", columns, test, phrase, Dimension::Consistency))
}
