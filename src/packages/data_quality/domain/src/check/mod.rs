//! The built-in checks: one per file, its doc comment is the user's documentation.
//!
//! None needs configuration; [`crate::CheckPolicy`] holds all thresholds.

pub mod bad_rows;
pub mod constant_column;
pub mod date_domain;
pub mod disguised_nulls;
pub mod duplicate_keys;
pub mod duplicate_rows;
pub mod mixed_types;
pub mod null_share;
pub mod text_length;

use crate::monitor;

/// The built-in checks and the monitors by name, in the order in which reports list them.
pub const NAMES: [&str; 14] = [
    null_share::NAME,
    disguised_nulls::NAME,
    duplicate_rows::NAME,
    duplicate_keys::NAME,
    mixed_types::NAME,
    constant_column::NAME,
    date_domain::NAME,
    text_length::NAME,
    bad_rows::NAME,
    monitor::VOLUME,
    monitor::SCHEMA,
    monitor::MISSING,
    monitor::DISTRIBUTION,
    monitor::FRESHNESS,
];

/// A share in percent, as sentences say it: enough digits to tell it from 0 and from all.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "0 %".to_owned();
    }
    percent_of(part as f64 / whole as f64)
}

/// A share from 0 to 1 in percent, in the same way.
pub(crate) fn percent_of(share: f64) -> String {
    let share = 100.0 * share;
    match share {
        _ if share <= 0.0 => "0 %".to_owned(),
        _ if share >= 100.0 => "100 %".to_owned(),
        _ if share < 0.01 => "less than 0.01 %".to_owned(),
        _ if share < 1.0 => format!("{share:.2} %"),
        _ if share > 99.9 => format!("{:.2} %", share.min(99.99)),
        _ => format!("{share:.1} %"),
    }
}

/// A count with thousands separators, as sentences say it.
pub(crate) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 value`, `2 values`: the count and the noun.
pub(crate) fn counted(count: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", number(count), if count == 1 { singular } else { plural })
}

#[cfg(test)]
mod tests {
    use super::{counted, number, percent};

    #[test]
    fn shares_are_never_rounded_to_nothing_or_all() {
        assert_eq!(percent(0, 10), "0 %");
        assert_eq!(percent(1, 1_000_000), "less than 0.01 %");
        assert_eq!(percent(999_999, 1_000_000), "99.99 %");
        assert_eq!(percent(10, 10), "100 %");
        assert_eq!(percent(557, 1313), "42.4 %");
    }

    #[test]
    fn counts_read_well() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(336_776), "336,776");
        assert_eq!(counted(1, "row", "rows"), "1 row");
    }
}
