//! Days and units of time, as far as cadences need them.

use shared_kernel_domain::summary::ValueKind;
use shared_kernel_domain::table::Cell;

pub(super) const SECONDS_PER_DAY: i64 = 86_400;

/// How a column of dates or points in time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeScale {
    kind: ValueKind,
    /// How many of the column's unit make a day.
    per_day: i64,
}

impl TimeScale {
    /// The scale of dates and points in time; `None` of anything else.
    pub(super) fn of(kind: ValueKind) -> Option<Self> {
        match kind {
            ValueKind::Date => Some(Self { kind, per_day: 1 }),
            ValueKind::Timestamp { per_second } if per_second > 0 => {
                Some(Self { kind, per_day: per_second.checked_mul(SECONDS_PER_DAY)? })
            }
            _ => None,
        }
    }

    /// The number of units in an hour; `None` of dates.
    pub(super) fn per_hour(self) -> Option<i64> {
        (self.per_day > 1).then_some(self.per_day / 24)
    }

    /// A length in days, if it is a whole number of them.
    pub(super) fn whole_days(self, length: i64) -> Option<i64> {
        (length % self.per_day == 0).then_some(length / self.per_day)
    }

    /// A length in seconds.
    pub(super) fn seconds(self, length: i64) -> f64 {
        length as f64 * (SECONDS_PER_DAY as f64 / self.per_day as f64)
    }

    /// The day of a value, since 1970-01-01.
    pub(super) fn day(self, value: i64) -> i64 {
        value.div_euclid(self.per_day)
    }

    /// What has passed of the day.
    pub(super) fn of_day(self, value: i64) -> i64 {
        value.rem_euclid(self.per_day)
    }

    /// The weekday of a value, from Monday, 0.
    pub(super) fn weekday(self, value: i64) -> i64 {
        (self.day(value).rem_euclid(7) + 3) % 7
    }

    /// The month of a value, from 1; `None` before the year 0.
    pub(super) fn month(self, value: i64) -> Option<u32> {
        day_text(self.day(value)).split('-').nth(1)?.parse().ok()
    }

    /// A value as people read it, in ISO 8601.
    pub(super) fn cell(self, value: i64) -> Cell {
        self.kind.integer_cell(value)
    }

    /// A length as people say it.
    pub(super) fn length_text(self, length: i64) -> String {
        let plural = |count: i64, unit: &str| {
            if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
        };
        if let Some(days) = self.whole_days(length) {
            return match (days, days % 7) {
                (7.., 0) => plural(days / 7, "week"),
                _ => plural(days, "day"),
            };
        }
        let per_hour = self.per_day / 24;
        for (unit, name) in
            [(per_hour, "hour"), (per_hour / 60, "minute"), (per_hour / 3_600, "second")]
        {
            if unit > 0 && length % unit == 0 {
                return plural(length / unit, name);
            }
        }
        let seconds = self.seconds(length);
        if seconds >= 1.0 {
            format!("{seconds:.3} seconds")
        } else {
            format!("{seconds:e} seconds")
        }
    }
}

/// A day since 1970-01-01 as people read it.
pub(super) fn day_text(day: i64) -> String {
    ValueKind::Date.integer_cell(day).to_string()
}
