//! Values as people read them.

use std::fmt::Write as _;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Span, Timestamp};
use shared_kernel_domain::table::{Cell, Column, TimeUnit, Values};

/// The cell at `row`; `zoned` says that a point in time is in UTC, and not local.
pub(super) fn cell(column: &Column<'_>, row: usize, zoned: bool) -> Cell {
    if !column.is_valid(row) {
        return Cell::Null;
    }
    match column.values {
        Values::Null => Cell::Null,
        Values::Boolean(bits) => Cell::Boolean(bits.get(row)),
        Values::Integer(values) => Cell::Integer(values[row]),
        Values::Float(values) if values[row].is_finite() => Cell::Float(values[row]),
        Values::Float(values) => Cell::Text(not_finite(values[row]).to_owned()),
        Values::Decimal { values, scale } => Cell::Text(decimal(values[row], scale)),
        Values::Text(values) => Cell::Text(values.get(row).to_owned()),
        Values::Binary(values) => Cell::Text(hexadecimal(values.bytes_at(row))),
        Values::Date(values) => Cell::Text(date(values[row])),
        Values::Time { values, unit } => Cell::Text(time(values[row], unit)),
        Values::Timestamp { values, unit } => Cell::Text(timestamp(values[row], unit, zoned)),
        Values::Duration { values, unit } => Cell::Text(duration(values[row], unit).to_string()),
    }
}

fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "inf"
    } else {
        "-inf"
    }
}

/// Digits with the point put in, such as `-0.05`.
fn decimal(value: i128, scale: i8) -> String {
    if scale <= 0 {
        let zeros = if value == 0 { 0 } else { usize::from(scale.unsigned_abs()) };
        return format!("{value}{}", "0".repeat(zeros));
    }
    let places = usize::from(scale.unsigned_abs());
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // writing to a string cannot fail
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn date(days: i32) -> String {
    let date =
        Span::new().try_days(days).and_then(|days| Date::constant(1970, 1, 1).checked_add(days));
    date.map_or_else(|_| format!("{days} days after 1970-01-01"), |date| date.to_string())
}

fn time(value: i64, unit: TimeUnit) -> String {
    match Time::midnight().checked_add(duration(value, unit)) {
        Ok(time) => time.to_string(),
        Err(_) => duration(value, unit).to_string(),
    }
}

fn timestamp(value: i64, unit: TimeUnit, zoned: bool) -> String {
    let duration = duration(value, unit);
    match Timestamp::from_duration(duration) {
        Ok(timestamp) if zoned => timestamp.to_string(),
        Ok(timestamp) => timestamp.to_zoned(jiff::tz::TimeZone::UTC).datetime().to_string(),
        Err(_) => format!("{} seconds after 1970-01-01", duration.as_secs()),
    }
}

fn duration(value: i64, unit: TimeUnit) -> SignedDuration {
    let per_second = unit.per_second();
    let nanoseconds = value % per_second * (1_000_000_000 / per_second);
    SignedDuration::new(value / per_second, nanoseconds as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_usual() {
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(12_345, 2), "123.45");
        assert_eq!(decimal(12, -2), "1200");
        assert_eq!(decimal(10_i128.pow(30), 0), "1000000000000000000000000000000");
        assert_eq!(hexadecimal(&[0, 255]), "00ff");
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(time(3_661_000_000, TimeUnit::Microsecond), "01:01:01");
        assert_eq!(timestamp(0, TimeUnit::Second, false), "1970-01-01T00:00:00");
        assert_eq!(timestamp(-1_500, TimeUnit::Millisecond, true), "1969-12-31T23:59:58.5Z");
        assert_eq!(duration(90, TimeUnit::Second).to_string(), "PT1M30S");
    }

    #[test]
    fn what_no_calendar_holds_is_told_all_the_same() {
        assert!(timestamp(i64::MAX, TimeUnit::Second, true).contains("seconds after"));
        assert!(date(i32::MAX).contains("days after"));
    }
}
