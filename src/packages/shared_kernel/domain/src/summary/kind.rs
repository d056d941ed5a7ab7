//! What the values of a column are, and how people read them.

use serde::{Deserialize, Serialize};

use crate::table::{Cell, Column, TimeUnit, Values};

/// The kind of a column's values, with what is needed to read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ValueKind {
    /// True or false.
    Boolean,
    /// Whole numbers.
    Integer,
    /// Floating-point numbers.
    Float,
    /// Whole numbers × 10^-scale.
    Decimal {
        /// Digits after the point.
        scale: i8,
    },
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// Days since 1970-01-01.
    Date,
    /// Time since midnight.
    Time {
        /// How many of the unit make a second.
        per_second: i64,
    },
    /// Time since 1970-01-01T00:00:00.
    Timestamp {
        /// How many of the unit make a second.
        per_second: i64,
    },
    /// Lengths of time.
    Duration {
        /// How many of the unit make a second.
        per_second: i64,
    },
}

impl ValueKind {
    /// The kind of the values of a column; `None` when it holds only nulls.
    pub fn of(values: &Values<'_>) -> Option<Self> {
        let per_second = |unit: &TimeUnit| unit.per_second();
        Some(match values {
            Values::Null => return None,
            Values::Boolean(_) => Self::Boolean,
            Values::Integer(_) => Self::Integer,
            Values::Float(_) => Self::Float,
            Values::Decimal { scale, .. } => Self::Decimal { scale: *scale },
            Values::Text(_) => Self::Text,
            Values::Binary(_) => Self::Binary,
            Values::Date(_) => Self::Date,
            Values::Time { unit, .. } => Self::Time { per_second: per_second(unit) },
            Values::Timestamp { unit, .. } => Self::Timestamp { per_second: per_second(unit) },
            Values::Duration { unit, .. } => Self::Duration { per_second: per_second(unit) },
        })
    }

    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Decimal { .. } => "decimal",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Date => "date",
            Self::Time { .. } => "time",
            Self::Timestamp { .. } => "timestamp",
            Self::Duration { .. } => "duration",
        }
    }

    /// By what unscaled decimals are divided; one for all other kinds.
    pub(super) fn decimal_unit(self) -> f64 {
        match self {
            Self::Decimal { scale } => 10_f64.powi(i32::from(scale)),
            _ => 1.0,
        }
    }

    /// How people read a value that is held as a whole number: dates and times in ISO 8601.
    pub fn integer_cell(self, value: i64) -> Cell {
        match self {
            Self::Boolean => Cell::Boolean(value != 0),
            Self::Date => Cell::Text(date_text(value)),
            Self::Time { per_second } => Cell::Text(time_text(value, per_second)),
            Self::Timestamp { per_second } => Cell::Text(timestamp_text(value, per_second)),
            Self::Duration { per_second } => Cell::Text(duration_text(value, per_second)),
            _ => Cell::Integer(value),
        }
    }
}

/// How people read the value at `row`: dates and times in ISO 8601, without a zone.
pub fn cell_at(column: &Column<'_>, row: usize) -> Cell {
    let (true, Some(kind)) = (column.is_valid(row), ValueKind::of(&column.values)) else {
        return Cell::Null;
    };
    match column.values {
        Values::Null => Cell::Null,
        Values::Boolean(bits) => Cell::Boolean(bits.get(row)),
        Values::Float(values) => float_cell(values[row]),
        Values::Decimal { values, scale } => decimal_cell(values[row], scale),
        Values::Text(texts) | Values::Binary(texts) => bytes_cell(kind, texts.bytes_at(row)),
        Values::Date(values) => kind.integer_cell(values[row].into()),
        Values::Integer(values)
        | Values::Time { values, .. }
        | Values::Timestamp { values, .. }
        | Values::Duration { values, .. } => kind.integer_cell(values[row]),
    }
}

/// How people read a floating-point number.
pub(super) fn float_cell(value: f64) -> Cell {
    if value.is_finite() { Cell::Float(value) } else { Cell::Text(value.to_string()) }
}

/// How people read bytes: text as it is, other bytes in hexadecimal.
pub(super) fn bytes_cell(kind: ValueKind, bytes: &[u8]) -> Cell {
    if kind == ValueKind::Binary {
        let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
        return Cell::Text(format!("0x{}", digits.collect::<String>()));
    }
    Cell::Text(String::from_utf8_lossy(bytes).into_owned())
}

/// How people read a decimal: a whole number where it is one and fits, else its digits.
pub(super) fn decimal_cell(value: i128, scale: i8) -> Cell {
    match i64::try_from(value) {
        Ok(whole) if scale == 0 => Cell::Integer(whole),
        _ => Cell::Text(decimal_text(value, scale)),
    }
}

fn decimal_text(value: i128, scale: i8) -> String {
    if scale <= 0 {
        let zeros = if value == 0 { 0 } else { usize::from(scale.unsigned_abs()) };
        return format!("{value}{}", "0".repeat(zeros));
    }
    let places = usize::from(scale.unsigned_abs());
    let digits = format!("{:0width$}", value.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{whole}.{fraction}")
}

/// The year, month and day of a day number: days since 1970-01-01 in the proleptic Gregorian
/// calendar.
///
/// Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
pub(super) fn civil_date(days: i64) -> (i64, u32, u32) {
    // Eras that 64 bits hold are divided much faster; only days beyond the age of the universe
    // need more.
    let (era, day_of_era) = if let Some(shifted) = days.checked_add(719_468) {
        (shifted.div_euclid(146_097), shifted.rem_euclid(146_097))
    } else {
        let shifted = i128::from(days) + 719_468;
        (shifted.div_euclid(146_097) as i64, shifted.rem_euclid(146_097) as i64)
    };
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u32, day as u32)
}

/// A day number as a calendar date.
fn date_text(days: i64) -> String {
    let (year, month, day) = civil_date(days);
    let sign = if year < 0 { "-" } else { "" };
    format!("{sign}{:04}-{month:02}-{day:02}", year.abs())
}

/// A time of day as `hh:mm:ss`, with the fraction of a second where there is one.
fn time_text(value: i64, per_second: i64) -> String {
    let seconds = value.div_euclid(per_second);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let fraction = fraction_text(value.rem_euclid(per_second), per_second);
    format!("{hours:02}:{minutes:02}:{seconds:02}{fraction}")
}

/// A point in time as `yyyy-mm-ddThh:mm:ss`, without a zone.
fn timestamp_text(value: i64, per_second: i64) -> String {
    let seconds = value.div_euclid(per_second);
    let within_day = seconds.rem_euclid(86_400) * per_second + value.rem_euclid(per_second);
    format!("{}T{}", date_text(seconds.div_euclid(86_400)), time_text(within_day, per_second))
}

/// A length of time in seconds as ISO 8601 writes it.
fn duration_text(value: i64, per_second: i64) -> String {
    let magnitude = value.unsigned_abs();
    let unit = per_second.unsigned_abs();
    let fraction = fraction_text((magnitude % unit) as i64, per_second);
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}PT{}{fraction}S", magnitude / unit)
}

fn fraction_text(value: i64, per_second: i64) -> String {
    if value == 0 {
        return String::new();
    }
    let digits = per_second.ilog10() as usize;
    let text = format!(".{value:0digits$}");
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use jiff::civil;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn dates_agree_with_jiff(days in -3_000_000_i64..2_900_000) {
            let date = civil::date(1970, 1, 1) + jiff::Span::new().days(days);
            prop_assume!(date.year() > 0);
            prop_assert_eq!(date_text(days), date.to_string());
        }

        #[test]
        fn points_in_time_agree_with_jiff(millis in -60_000_000_000_000_i64..250_000_000_000_000) {
            let time = civil::date(1970, 1, 1).at(0, 0, 0, 0)
                + jiff::Span::new().milliseconds(millis);
            prop_assert_eq!(timestamp_text(millis, 1_000), time.to_string());
        }

        #[test]
        fn any_whole_number_has_a_text(value: i64) {
            for kind in [
                ValueKind::Date,
                ValueKind::Timestamp { per_second: 1 },
                ValueKind::Timestamp { per_second: 1_000_000_000 },
                ValueKind::Duration { per_second: 1_000 },
            ] {
                prop_assert!(!kind.integer_cell(value).to_string().is_empty());
            }
        }
    }

    #[test]
    fn decimals_keep_every_digit() {
        assert_eq!(decimal_text(i128::MIN, 2), "-1701411834604692317316873037158841057.28");
        assert_eq!(decimal_text(5, 3), "0.005");
        assert_eq!(decimal_text(-5, 0), "-5");
        assert_eq!(decimal_text(7, -2), "700");
        assert_eq!(decimal_cell(1_i128 << 70, 0), Cell::Text((1_i128 << 70).to_string()));
        assert_eq!(decimal_cell(12, 0), Cell::Integer(12));
    }

    #[test]
    fn lengths_of_time_are_iso() {
        assert_eq!(duration_text(-1_500, 1_000), "-PT1.5S");
        assert_eq!(time_text(36_000_000_001, 1_000_000), "10:00:00.000001");
    }
}
