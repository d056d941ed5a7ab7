//! Reasons: what about a row made its score, told per column.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::table::Cell;

/// Which side of a column's value was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// The number, truth value or point in time itself.
    Value,
    /// That the value is missing, or is not.
    Missing,
    /// How rare the category is.
    Rarity,
    /// The hour of the day of a point in time.
    HourOfDay,
    /// The weekday of a date or point in time.
    Weekday,
}

/// A value that many rows share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CommonValue {
    /// The value.
    pub value: Cell,
    /// The share of the training rows that have it, from 0 to 1.
    pub share: f64,
}

/// What would have been normal in a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Expected {
    /// A usual value for this row, and the values of all rows within three robust standard
    /// deviations (1.4826 × median absolute deviation) of the median that occurred; along time, what
    /// was expected at this place of the series, and three spreads on each side.
    Range {
        /// For the heaviest columns of a row the usual value that makes the row least anomalous
        /// when nothing else changes; for others the median.
        typical: Cell,
        /// The low end.
        low: Cell,
        /// The high end.
        high: Cell,
    },
    /// The most common values; for the heaviest columns of a row first the one that makes the row
    /// least anomalous when nothing else changes, then most common first.
    Common {
        /// At most three.
        values: Vec<CommonValue>,
    },
}

/// One column's part in making a row anomalous.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// The column.
    pub column: String,
    /// The side of its value that weighed most.
    pub aspect: Aspect,
    /// The column's part in the score, in the detector's own unit (`pynomaly detector show`).
    pub contribution: f64,
    /// The row's value.
    pub value: Cell,
    /// What would have been normal.
    pub expected: Expected,
    /// The share of the training rows without a value, from 0 to 1.
    pub missing_share: f64,
}
