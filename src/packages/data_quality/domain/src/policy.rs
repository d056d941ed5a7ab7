//! All thresholds of the built-in checks, in one place.

use crate::monitor::MonitorPolicy;
use crate::result::Threshold;

/// When a built-in check fails. The defaults were judged on open tables (flights, bird strikes,
/// zip codes, penguins, films, earthquakes…): what is usual there passes, what is odd warns, and
/// only what makes a table unfit to learn from is an error.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckPolicy {
    /// Examples kept for each result.
    pub examples: usize,
    /// With fewer values than this, checks of a column's shape (constant, mixed types, lengths,
    /// unnamed keys) are left out: the column is too short to have a shape.
    pub minimum_values: u64,
    /// Share of missing values. Sparse columns are usual, so never an error.
    pub null_share: Threshold,
    /// Share of texts that stand for "no value". Never an error.
    pub disguised_nulls: Threshold,
    /// Share of rows that repeat an earlier row. Information in tables that have nothing to tell
    /// their rows apart, which may rightly hold equal rows.
    pub duplicate_rows: Threshold,
    /// Share of values that repeat an earlier one, in a column that identifies rows.
    pub duplicate_keys: Threshold,
    /// A column named like an identifier is taken for a key from this share of distinct values;
    /// below, it refers to something else.
    pub named_key_distinct: f64,
    /// Any other column is taken for key-like from this share of distinct values.
    pub unnamed_key_distinct: f64,
    /// At most so many columns are counted exactly for duplicate keys, named ones first; each
    /// costs a pass over the column.
    pub key_passes: usize,
    /// A text column is mostly numbers, dates or truth values from this share of its values.
    pub mixed_majority: f64,
    /// Share of values of another kind in such a column. In identifiers never an error.
    pub mixed_types: Threshold,
    /// Share of dates out of the domain; impossible ones and placeholders count for the error.
    pub date_domain: Threshold,
    /// How far a text's length may lie from the median.
    pub text_length: LengthPolicy,
    /// Share of the source's records that could not be read as rows.
    pub bad_rows: Threshold,
    /// What monitors of a dataset's versions go by.
    pub monitors: MonitorPolicy,
    /// How many bytes the rows may take that rules of a check hold, all together: those that look at rows in
    /// their order or in that of their values, and those that compare rows with another table's.
    pub held_bytes: usize,
}

/// How far a text's length may lie from the median length of its column.
///
/// A text is too long beyond `median + max(deviations · s, long_factor · median,
/// long_characters)` and too short below `median − max(deviations · s, short_factor · median,
/// short_characters)`, where `s` = 1.4826 · MAD is the robust standard deviation (Rousseeuw and
/// Croux 1993, §1). The floors keep columns of short words, whose MAD is 0 or 1, quiet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LengthPolicy {
    /// Robust standard deviations.
    pub deviations: f64,
    /// Floor for long texts, in medians.
    pub long_factor: f64,
    /// Floor for long texts, in characters.
    pub long_characters: f64,
    /// Floor for short texts, in medians.
    pub short_factor: f64,
    /// Floor for short texts, in characters.
    pub short_characters: f64,
    /// Share of values with such a length.
    pub threshold: Threshold,
}

impl Default for CheckPolicy {
    fn default() -> Self {
        let any = |error| Threshold { warning: 0.0, error };
        Self {
            examples: 5,
            minimum_values: 20,
            null_share: Threshold { warning: 0.05, error: None },
            disguised_nulls: any(None),
            duplicate_rows: any(Some(0.05)),
            duplicate_keys: any(Some(0.01)),
            named_key_distinct: 0.8,
            unnamed_key_distinct: 0.99,
            key_passes: 4,
            mixed_majority: 0.9,
            mixed_types: any(Some(0.01)),
            date_domain: any(Some(0.01)),
            text_length: LengthPolicy {
                deviations: 10.0,
                long_factor: 3.0,
                long_characters: 32.0,
                short_factor: 0.75,
                short_characters: 8.0,
                threshold: any(None),
            },
            bad_rows: any(Some(0.01)),
            monitors: MonitorPolicy::default(),
            held_bytes: 1 << 30,
        }
    }
}
