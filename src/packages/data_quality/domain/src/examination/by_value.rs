//! Rows in the order of their values: each is kept with its group until all are there.

use std::cmp::Ordering;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use shared_kernel_domain::table::{Column, ColumnType, Field, Values};

use super::in_order::RowBits;
use crate::rule::{Gaps, Period, ValueTest};
use crate::summary::{KEPT, days_since_epoch, number};

/// By how much fractions may be more or less than an interval apart, in shares of it; beside that, only by
/// the last figures of floating-point numbers.
const NEAR: f64 = 1e-9;

/// A value that has a place in order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// A whole number; of dates days, of points in time their unit.
    Whole(i64),
    Float(f64),
}

impl Place {
    fn of(column: &Column<'_>, row: usize) -> Option<Self> {
        let whole = match column.values {
            Values::Integer(values) | Values::Timestamp { values, .. } => values.get(row).copied(),
            Values::Date(values) => values.get(row).map(|days| i64::from(*days)),
            Values::Float(_) | Values::Decimal { .. } => {
                let float = number(column, row).filter(|it| it.is_finite());
                // Adding zero makes −0 a 0: they are one place.
                return float.map(|it| Self::Float(it + 0.0));
            }
            _ => None,
        };
        whole.filter(|_| column.is_valid(row)).map(Self::Whole)
    }

    fn float(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Float(float) => float,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one.cmp(other),
            (one, other) => one.float().total_cmp(&other.float()),
        }
    }
}

/// A row that is kept: its group, its value and, of a range, where it ends.
struct Kept {
    group: u128,
    value: Place,
    end: Place,
    row: u64,
}

/// The rows of a rule, until all are there.
pub(super) struct Collected {
    test: ValueTest,
    kept: Vec<Kept>,
    /// What a day is in the values, of dates and points in time.
    day: Option<i64>,
}

/// The rows that break a rule.
#[derive(Default)]
pub(super) struct Broken {
    pub(super) failed: u64,
    /// Of which it is not known whether they do, once all are there.
    pub(super) unknown: u64,
    pub(super) first: Vec<u64>,
    pub(super) failing: RowBits,
}

impl Collected {
    /// Nothing yet.
    ///
    /// # Errors
    /// Why such columns are not looked at.
    pub(super) fn new(test: ValueTest, columns: &[&Field]) -> Result<Self, String> {
        for (index, field) in columns.iter().enumerate() {
            let (name, stored) = (&field.name, field.column_type);
            let is_time = stored.is_temporal();
            let wanted = match test {
                _ if stored == ColumnType::Null => continue,
                ValueTest::Moving { .. } if index == 0 => {
                    (!stored.is_numeric()).then_some("numbers")
                }
                ValueTest::NoGaps { .. } | ValueTest::Sequential { period: Some(_), .. } => {
                    (!is_time).then_some("dates or points in time")
                }
                _ => {
                    (!is_time && !stored.is_numeric()).then_some("numbers, dates or points in time")
                }
            };
            if let Some(wanted) = wanted {
                return Err(format!("the rule is about {wanted}, but {name} is {}", stored.name()));
            }
            let period = match test {
                ValueTest::Sequential { period, .. } => period,
                ValueTest::NoGaps { period, .. } => Some(period),
                ValueTest::RangesApart { .. } | ValueTest::Moving { .. } => None,
            };
            let is_shorter = matches!(period, Some(Period::Minutes | Period::Hours));
            if stored == ColumnType::Date && is_shorter {
                return Err(format!("{name} holds dates, which have no minutes and hours"));
            }
            if let (ValueTest::Sequential { interval, .. }, true) = (test, is_time)
                && interval.fract() != 0.0
            {
                return Err(format!("{interval} days are no dates or points in time apart"));
            }
        }
        if let (ValueTest::RangesApart { .. }, [from, to]) = (test, columns)
            && from.column_type != to.column_type
            && !(from.column_type.is_numeric() && to.column_type.is_numeric())
        {
            return Err(format!("{} and {} are not of one type", from.name, to.name));
        }
        Ok(Self { test, kept: Vec::new(), day: None })
    }

    /// How many bytes its rows take, and their numbers, should all of them break the rule.
    pub(super) fn bytes(&self) -> usize {
        self.kept.len() * (size_of::<Kept>() + size_of::<u64>())
    }

    /// Holds no rows any longer.
    pub(super) fn clear(&mut self) {
        self.kept = Vec::new();
    }

    /// Learns what the values of a batch are.
    ///
    /// # Errors
    /// Where they are not what they were.
    pub(super) fn learn(&mut self, columns: &[&Column<'_>]) -> Result<(), String> {
        for column in columns {
            let day = match column.values {
                Values::Date(_) => 1,
                Values::Timestamp { unit, .. } => 86_400 * unit.per_second(),
                _ => continue,
            };
            if *self.day.get_or_insert(day) != day {
                return Err("its points in time are not of one unit".to_owned());
            }
        }
        Ok(())
    }

    /// Takes in a row; whether it is known.
    pub(super) fn take(
        &mut self,
        group: u128,
        columns: &[&Column<'_>],
        (place, row): (usize, u64),
    ) -> bool {
        let mut values = columns.iter().map(|column| Place::of(column, place));
        let Some(Some(value)) = values.next() else { return false };
        let end = match values.next() {
            None => value,
            Some(Some(end)) => end,
            Some(None) => return false,
        };
        // the values that are looked at stand first, and what puts them in order behind
        let (value, end) =
            if matches!(self.test, ValueTest::Moving { .. }) { (end, value) } else { (value, end) };
        self.kept.push(Kept { group, value, end, row });
        true
    }

    /// The rows that break the rule.
    pub(super) fn finish(&mut self) -> Broken {
        self.kept.sort_unstable_by(|one, other| {
            let by_group = one.group.cmp(&other.group);
            let by_end = || match self.test {
                ValueTest::Moving { .. } => Ordering::Equal,
                _ => one.end.order(&other.end),
            };
            let by_value = || one.value.order(&other.value).then_with(by_end);
            by_group.then_with(by_value).then(one.row.cmp(&other.row))
        });
        let (mut rows, mut unknown): (Vec<u64>, u64) = (Vec::new(), 0);
        for group in self.kept.chunk_by(|one, other| one.group == other.group) {
            unknown += self.look(group, &mut rows);
        }
        rows.sort_unstable();
        let mut failing = RowBits::default();
        for row in &rows {
            failing.insert(*row);
        }
        let first = rows.iter().take(KEPT).copied().collect();
        Broken { failed: rows.len() as u64, unknown, first, failing }
    }

    /// The rows of a group that break the rule, and how many are unknown.
    fn look(&self, group: &[Kept], rows: &mut Vec<u64>) -> u64 {
        match self.test {
            ValueTest::RangesApart { gaps, empty } => {
                ranges(group, gaps, empty, rows);
                return 0;
            }
            ValueTest::Moving { window, least, most } => {
                return scores(group, window, (least, most), rows);
            }
            ValueTest::Sequential { .. } | ValueTest::NoGaps { .. } => {}
        }
        let Some(first) = group.first() else { return 0 };
        let day = self.day.unwrap_or(1);
        for (before, here) in group.iter().zip(group.iter().skip(1)) {
            let follows = match self.test {
                ValueTest::NoGaps { interval, period, weekdays } => {
                    let index = |kept: &Kept| match kept.value {
                        Place::Whole(ticks) => index(ticks, period, day),
                        Place::Float(_) => 0,
                    };
                    let (start, last, here) = (index(first), index(before), index(here));
                    let span = |index: i64| index.saturating_sub(start) / interval;
                    span(here) - span(last) <= 1 || (weekdays && is_weekend(last, here))
                }
                ValueTest::Sequential { interval, period } => {
                    let of_time = period.or(self.day.map(|_| Period::Days));
                    follows(before.value, here.value, interval, of_time.map(|it| (it, day)))
                }
                ValueTest::RangesApart { .. } | ValueTest::Moving { .. } => true,
            };
            if !follows {
                rows.push(here.row);
            }
        }
        0
    }
}

/// Whether a value is the one before and an interval.
fn follows(before: Place, here: Place, interval: f64, time: Option<(Period, i64)>) -> bool {
    match (before, here, time) {
        (Place::Whole(before), Place::Whole(here), Some((period, day))) => {
            later(before, interval as i64, period, day) == Some(here)
        }
        (Place::Whole(before), Place::Whole(here), None) if interval.fract() == 0.0 => {
            before.checked_add(interval as i64) == Some(here)
        }
        (before, here, _) => {
            let (wanted, here) = (before.float() + interval, here.float());
            let rounding = 4.0 * f64::EPSILON * wanted.abs().max(here.abs());
            (here - wanted).abs() <= NEAR * interval.abs() + rounding
        }
    }
}

/// A point in time so many periods later.
fn later(before: i64, interval: i64, period: Period, day: i64) -> Option<i64> {
    let ticks = |length: i64| interval.checked_mul(length)?.checked_add(before);
    match period {
        Period::Minutes => ticks(day / 1_440),
        Period::Hours => ticks(day / 24),
        Period::Days => ticks(day),
        Period::Weeks => ticks(day.checked_mul(7)?),
        Period::Months | Period::Years => {
            let months = if period == Period::Years { interval.checked_mul(12)? } else { interval };
            let span = jiff::Span::new().try_months(months).ok()?;
            let then = calendar(before.div_euclid(day))?.checked_add(span).ok()?;
            days_since_epoch(then).checked_mul(day)?.checked_add(before.rem_euclid(day))
        }
    }
}

/// Which of all periods a point in time is in.
fn index(ticks: i64, period: Period, day: i64) -> i64 {
    let days = ticks.div_euclid(day);
    let month = |date: Date| i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
    match period {
        Period::Minutes => ticks.div_euclid((day / 1_440).max(1)),
        Period::Hours => ticks.div_euclid((day / 24).max(1)),
        Period::Days => days,
        // 1 January 1970 was a Thursday
        Period::Weeks => days.saturating_add(3).div_euclid(7),
        // a year that no calendar has is far from all others
        Period::Months => calendar(days).map_or(days, month),
        Period::Years => calendar(days).map_or(days, |date| i64::from(date.year())),
    }
}

/// Whether nothing but Saturdays and Sundays lies between two days.
fn is_weekend(before: i64, here: i64) -> bool {
    here.saturating_sub(before) <= 3
        && (before + 1..here).all(|day| matches!(day.saturating_add(3).rem_euclid(7), 5 | 6))
}

fn calendar(days: i64) -> Option<Date> {
    date(1970, 1, 1).checked_add(i32::try_from(days).ok()?.days()).ok()
}

/// A bound, and whether it is left out itself.
type Bound = Option<(f64, bool)>;

/// The values too far from the mean of those before them, and how many have no such score. Mean and deviation are
/// computed anew for each: sums that go on would lose figures where values are large.
fn scores(
    group: &[Kept],
    window: usize,
    (least, most): (Bound, Bound),
    rows: &mut Vec<u64>,
) -> u64 {
    let values: Vec<f64> = group.iter().map(|kept| kept.end.float()).collect();
    let mut unknown = group.len().min(window) as u64;
    for (before, (value, kept)) in values.windows(window).zip(values.iter().zip(group).skip(window))
    {
        let mean = before.iter().sum::<f64>() / window as f64;
        let squares: f64 = before.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = (squares / (window - 1) as f64).sqrt();
        let is_same = before.iter().all(|value| Some(value) == before.first());
        let score = (value - mean) / deviation;
        if is_same || !score.is_finite() {
            unknown += 1;
            continue;
        }
        let too_low = least.is_some_and(|(low, open)| score < low || (open && score == low));
        let too_high = most.is_some_and(|(high, open)| score > high || (open && score == high));
        if too_low || too_high {
            rows.push(kept.row);
        }
    }
    unknown
}

/// The ranges that do not end after they begin, or are not apart from those that begin before them.
fn ranges(group: &[Kept], gaps: Gaps, empty: bool, rows: &mut Vec<u64>) {
    let mut furthest: Option<Place> = None;
    for Kept { value, end, row, .. } in group {
        let is_range = match end.order(value) {
            Ordering::Greater => true,
            Ordering::Equal => empty,
            Ordering::Less => false,
        };
        let is_apart = furthest.is_none_or(|furthest| {
            let order = value.order(&furthest);
            match gaps {
                Gaps::Allowed => order != Ordering::Less,
                Gaps::Forbidden => order == Ordering::Equal,
                Gaps::Required => order == Ordering::Greater,
            }
        });
        if !is_range || !is_apart {
            rows.push(*row);
        }
        if is_range && furthest.is_none_or(|furthest| end.order(&furthest) == Ordering::Greater) {
            furthest = Some(*end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i16, month: i8, day: i8) -> i64 {
        days_since_epoch(date(year, month, day))
    }

    #[test]
    fn periods_are_those_of_the_calendar() {
        let second = 86_400;
        assert_eq!(later(day(2024, 1, 31), 1, Period::Months, 1), Some(day(2024, 2, 29)));
        assert_eq!(later(day(2024, 2, 29), 1, Period::Years, 1), Some(day(2025, 2, 28)));
        let noon = |at: i64| at * second + 43_200;
        let (march, april) = (noon(day(2024, 3, 31)), noon(day(2024, 4, 30)));
        assert_eq!(later(march, 1, Period::Months, second), Some(april));
        assert_eq!(later(march, 2, Period::Hours, second), Some(march + 7_200));
        assert_eq!(later(i64::MAX, 1, Period::Weeks, 1), None);
        // Monday is the first day of a week
        let week = |at| index(at, Period::Weeks, 1);
        assert_eq!(week(day(2024, 1, 7)) + 1, week(day(2024, 1, 8)));
        assert_eq!(week(day(2024, 1, 8)), week(day(2024, 1, 14)));
        assert_eq!(index(-1, Period::Months, 1) + 1, index(0, Period::Months, 1));
        assert!(is_weekend(day(2024, 1, 5), day(2024, 1, 8)));
        assert!(!is_weekend(day(2024, 1, 4), day(2024, 1, 8)));
        assert!(!is_weekend(day(2024, 1, 5), day(2024, 1, 9)));
    }
}
