use serde::{Deserialize, Serialize};

use super::kind::{ValueKind, civil_date};
use super::support::{Present, PresentValues, single_column_summary};
use crate::Result;

const HOURS_OF_WEEK: usize = 7 * 24;
const SECONDS_OF_HOUR: i64 = 3_600;

/// 1970-01-01 was a Thursday; weeks begin on Monday.
const FIRST_WEEKDAY: i64 = 3;

/// How dates and points in time lie in the week, the year and the day; times of day, in the day.
/// Points in time are taken as they are stored: in UTC where the column has a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    kind: Option<ValueKind>,
    /// By the hour of the week, from Monday midnight; grown when first needed.
    hours: Vec<u64>,
    months: [u64; 12],
    midnights: u64,
}

impl Calendar {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Dates and times taken in.
    pub fn count(&self) -> u64 {
        self.hours.iter().sum()
    }

    /// Values by day of the week, from Monday; of dates and points in time.
    pub fn weekdays(&self) -> Option<[u64; 7]> {
        if !self.has_days() {
            return None;
        }
        let mut weekdays = [0; 7];
        for (weekday, hours) in weekdays.iter_mut().zip(self.hours.chunks(24)) {
            *weekday = hours.iter().sum();
        }
        Some(weekdays)
    }

    /// Values by month, from January; of dates and points in time.
    pub fn months(&self) -> Option<[u64; 12]> {
        self.has_days().then_some(self.months)
    }

    /// Values by hour of the day; of times and points in time.
    pub fn hours(&self) -> Option<[u64; 24]> {
        if !matches!(self.kind, Some(ValueKind::Time { .. } | ValueKind::Timestamp { .. })) {
            return None;
        }
        let mut hours = [0; 24];
        for (place, count) in self.hours.iter().enumerate() {
            if let Some(hour) = hours.get_mut(place % 24) {
                *hour += count;
            }
        }
        Some(hours)
    }

    /// Points in time at midnight sharp; of times too.
    pub fn midnights(&self) -> Option<u64> {
        self.hours().map(|_| self.midnights)
    }

    fn has_days(&self) -> bool {
        matches!(self.kind, Some(ValueKind::Date | ValueKind::Timestamp { .. }))
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `take` may refuse a column")]
    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        let PresentValues::Integers(values, kind) = &present.values else { return Ok(()) };
        // With the unit known to the compiler, division is multiplication.
        match kind {
            ValueKind::Date | ValueKind::Time { .. } | ValueKind::Timestamp { per_second: 1 } => {
                self.take_slowly(values, *kind);
            }
            ValueKind::Timestamp { per_second: 1_000 } => self.take_times::<1_000>(values, *kind),
            ValueKind::Timestamp { per_second: 1_000_000 } => {
                self.take_times::<1_000_000>(values, *kind);
            }
            ValueKind::Timestamp { .. } => self.take_times::<1_000_000_000>(values, *kind),
            _ => {}
        }
        Ok(())
    }

    fn take_slowly(&mut self, values: &[i64], kind: ValueKind) {
        for &value in values {
            self.take_value(kind, value, 1);
        }
    }

    fn take_times<const PER_SECOND: i64>(&mut self, values: &[i64], kind: ValueKind) {
        self.begin(kind);
        for &value in values {
            let hour = value.div_euclid(SECONDS_OF_HOUR * PER_SECOND);
            let day = hour.div_euclid(24);
            // The hour's remainders are taken with it, so that nothing branches.
            let of_hour = value.wrapping_sub(hour.wrapping_mul(SECONDS_OF_HOUR * PER_SECOND));
            let of_day = hour - day * 24;
            self.midnights += u64::from(of_hour | of_day == 0);
            self.add(hour, month_of(day), 1);
        }
    }

    /// Takes in a date or time `count` times.
    pub(super) fn take_value(&mut self, kind: ValueKind, value: i64, count: u64) {
        let hour = match kind {
            ValueKind::Date => value.saturating_mul(24),
            ValueKind::Time { per_second } | ValueKind::Timestamp { per_second } => {
                let of_hour = SECONDS_OF_HOUR * per_second;
                if value.rem_euclid(24 * of_hour) == 0 {
                    self.midnights += count;
                }
                value.div_euclid(of_hour)
            }
            _ => return,
        };
        self.begin(kind);
        let month = if self.has_days() { month_of(hour.div_euclid(24)) } else { 0 };
        self.add(hour, month, count);
    }

    fn begin(&mut self, kind: ValueKind) {
        self.kind = Some(kind);
        self.hours.resize(HOURS_OF_WEEK, 0);
    }

    #[inline]
    fn add(&mut self, hour: i64, month: usize, count: u64) {
        let place = hour.rem_euclid(HOURS_OF_WEEK as i64) + FIRST_WEEKDAY * 24;
        let place = place as usize % HOURS_OF_WEEK;
        if let Some(hours) = self.hours.get_mut(place) {
            *hours += count;
        }
        if let Some(months) = self.months.get_mut(month) {
            *months += count;
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `merge` may refuse a part")]
    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        let Some(kind) = later.kind else { return Ok(()) };
        self.begin(kind);
        for (count, later) in self.hours.iter_mut().zip(&later.hours) {
            *count += later;
        }
        for (count, later) in self.months.iter_mut().zip(&later.months) {
            *count += later;
        }
        self.midnights += later.midnights;
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.hours.capacity() * size_of::<u64>()
    }
}

single_column_summary!(Calendar, "calendar");

/// The month of a day number, from 0.
///
/// Near our time by C. Neri and L. Schneider, "Euclidean affine functions and their application to
/// calendar algorithms" (2022), figure 12, which needs no division by anything unknown.
#[inline]
fn month_of(day: i64) -> usize {
    /// Whole eras of 400 years that keep the numbers above zero.
    const ERAS: i64 = 82;
    let shifted = day.saturating_add(719_468 + 146_097 * ERAS);
    if !(0..=i64::from(u32::MAX / 4 - 1)).contains(&shifted) {
        let (_, month, _) = civil_date(day);
        return month as usize - 1;
    }
    let of_century = (4 * shifted as u32 + 3) % 146_097 / 4;
    let product = 2_939_745 * u64::from(4 * of_century + 3);
    let of_year = product as u32 / 2_939_745 / 4;
    let month = (2_141 * of_year + 197_913) >> 16;
    (if of_year >= 306 { month - 13 } else { month - 1 }) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn months_agree_with_the_slow_way(day in prop_oneof![-60_000_000_i64..60_000_000, any::<i64>()]) {
            prop_assert_eq!(month_of(day) as u32 + 1, civil_date(day).1);
        }
    }
}
