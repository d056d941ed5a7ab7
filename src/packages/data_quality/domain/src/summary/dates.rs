use std::collections::BTreeMap;

use jiff::civil::{self, Date};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{Batch, Values};

use super::{KEPT, decode, encode, only_column, row_number};

const SECONDS_PER_DAY: i64 = 86_400;
/// 0001-01-01, in days since 1970-01-01.
const YEAR_ONE: i64 = -719_162;
/// 9999-12-31, in days since 1970-01-01.
const LAST_DAY: i64 = 2_932_896;
/// 1583-01-01, the first year begun in the Gregorian calendar, in days since 1970-01-01.
const GREGORIAN: i64 = -141_349;
/// 1900-01-01, in days since 1970-01-01.
const NINETEEN_HUNDRED: i64 = -25_567;
/// 1970-01-01 is suspicious only when no other date lies within so many days of it.
const NEAR_EPOCH: i64 = 366;

/// What is odd about a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DateClass {
    /// 0001-01-01 or 9999-12-31: stands for "unknown" or "for ever".
    Placeholder,
    /// Exactly 1970-01-01T00:00:00: zero read as a time.
    Epoch,
    /// Before 1583-01-01 or more than 100 years ahead.
    Impossible,
    /// From 1583 to the end of 1899.
    Before1900,
    /// One to 100 years ahead.
    Future,
}

/// Dates or points in time of a column that lie outside the usual domain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DateDomain {
    /// The first day, in days since 1970-01-01, that is more than a year ahead.
    future: i64,
    /// The first day that is more than 100 years ahead.
    far_future: i64,
    /// Dates taken in.
    pub values: u64,
    near_epoch: u64,
    odd: BTreeMap<DateClass, Odd>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Odd {
    count: u64,
    first: Vec<(u64, String)>,
}

impl DateDomain {
    /// An empty summary, as seen from a day.
    pub fn seen_from(today: Date) -> Self {
        let ahead = |span: Span| days_since_epoch(today.saturating_add(span)) + 1;
        Self {
            future: ahead(1.year()),
            far_future: ahead(100.years()),
            values: 0,
            near_epoch: 0,
            odd: BTreeMap::new(),
        }
    }

    /// Dates of a class. 1970-01-01 counts as odd only where no other date is near.
    pub fn count(&self, class: DateClass) -> u64 {
        if class == DateClass::Epoch && self.near_epoch > 0 {
            return 0;
        }
        self.odd.get(&class).map_or(0, |odd| odd.count)
    }

    /// The first rows of a class and their dates.
    pub fn first(&self, class: DateClass) -> &[(u64, String)] {
        match self.odd.get(&class) {
            Some(odd) if self.count(class) > 0 => &odd.first,
            _ => &[],
        }
    }

    /// The class of a day; `at_midnight` is false for a time later that day.
    fn class(&self, day: i64, at_midnight: bool) -> Option<DateClass> {
        match day {
            YEAR_ONE | LAST_DAY => Some(DateClass::Placeholder),
            0 if at_midnight => Some(DateClass::Epoch),
            _ if day < GREGORIAN || day >= self.far_future => Some(DateClass::Impossible),
            _ if day < NINETEEN_HUNDRED => Some(DateClass::Before1900),
            _ if day >= self.future => Some(DateClass::Future),
            _ => None,
        }
    }

    #[inline]
    fn take(&mut self, row: i64, seconds: i64) {
        self.values += 1;
        let day = seconds.div_euclid(SECONDS_PER_DAY);
        let Some(class) = self.class(day, seconds.rem_euclid(SECONDS_PER_DAY) == 0) else {
            self.near_epoch += u64::from(day.abs() <= NEAR_EPOCH);
            return;
        };
        let odd = self.odd.entry(class).or_default();
        odd.count += 1;
        if odd.first.len() < KEPT {
            odd.first.push((row_number(row), written(seconds)));
        }
    }
}

/// Days from 1970-01-01 to a date.
pub(crate) fn days_since_epoch(date: Date) -> i64 {
    i64::from(date.duration_since(civil::date(1970, 1, 1)).as_hours() as i32 / 24)
}

/// A point in time as people read it: ISO 8601, without a midnight.
fn written(seconds: i64) -> String {
    let day = i32::try_from(seconds.div_euclid(SECONDS_PER_DAY))
        .ok()
        .and_then(|days| Span::new().try_days(days).ok())
        .and_then(|span| civil::date(1970, 1, 1).checked_add(span).ok());
    let Some(day) = day else {
        return format!("{seconds} seconds after 1970-01-01");
    };
    let second = seconds.rem_euclid(SECONDS_PER_DAY);
    if second == 0 {
        return day.to_string();
    }
    format!("{day}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

impl Summary for DateDomain {
    fn key(&self) -> String {
        format!("quality.date_domain({}, {})", self.future, self.far_future)
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self { values: 0, near_epoch: 0, odd: BTreeMap::new(), ..self.clone() })
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let column = only_column(batch)?;
        match column.values {
            Values::Date(days) => {
                for (index, (&row, &day)) in batch.rows.iter().zip(days).enumerate() {
                    if column.is_valid(index) {
                        self.take(row, i64::from(day) * SECONDS_PER_DAY);
                    }
                }
            }
            Values::Timestamp { values, unit } => {
                for (index, (&row, &value)) in batch.rows.iter().zip(values).enumerate() {
                    if column.is_valid(index) {
                        self.take(row, value.div_euclid(unit.per_second()));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Self = decode(later)?;
        self.values += later.values;
        self.near_epoch += later.near_epoch;
        for (class, odd) in later.odd {
            let mine = self.odd.entry(class).or_default();
            mine.count += odd.count;
            mine.first.extend(odd.first);
            mine.first.truncate(KEPT);
        }
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.odd.len() * KEPT * 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_named_in_constants_are_right() {
        let day = |year, month, day| days_since_epoch(civil::date(year, month, day));
        assert_eq!(day(1, 1, 1), YEAR_ONE);
        assert_eq!(day(9999, 12, 31), LAST_DAY);
        assert_eq!(day(1583, 1, 1), GREGORIAN);
        assert_eq!(day(1900, 1, 1), NINETEEN_HUNDRED);
        assert_eq!(day(1970, 1, 1), 0);
    }

    #[test]
    fn points_in_time_are_written_in_iso_8601() {
        assert_eq!(written(0), "1970-01-01");
        assert_eq!(written(-1), "1969-12-31T23:59:59");
        assert_eq!(written(i64::MAX), "9223372036854775807 seconds after 1970-01-01");
    }

    #[test]
    fn one_year_ahead_is_usual_and_a_day_more_is_future() {
        let domain = DateDomain::seen_from(civil::date(2026, 11, 23));
        let class = |date| domain.class(days_since_epoch(date), true);
        assert_eq!(class(civil::date(2027, 11, 23)), None);
        assert_eq!(class(civil::date(2027, 11, 24)), Some(DateClass::Future));
        assert_eq!(class(civil::date(2126, 11, 23)), Some(DateClass::Future));
        assert_eq!(class(civil::date(2126, 11, 24)), Some(DateClass::Impossible));
        assert_eq!(class(civil::date(1013, 1, 1)), Some(DateClass::Impossible));
    }
}
