//! `Measured<T>`: a number that says how far it can be trusted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a figure came about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "exactness", rename_all = "snake_case")]
pub enum Exactness {
    /// Computed from every value.
    Exact,
    /// Computed from a summary with a bound; what `error` bounds is documented per metric.
    Approximate {
        /// The bound.
        error: f64,
    },
    /// Computed from a sample.
    Sampled {
        /// Rows in the sample.
        rows: u64,
    },
}

/// A figure and how it came about. Serialises as `{"value": …, "exactness": …}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured<T> {
    /// The figure.
    pub value: T,
    /// How it came about.
    #[serde(flatten)]
    pub exactness: Exactness,
}

impl<T> Measured<T> {
    /// A figure computed from every value.
    pub const fn exact(value: T) -> Self {
        Self { value, exactness: Exactness::Exact }
    }

    /// A figure with a bound.
    pub const fn approximate(value: T, error: f64) -> Self {
        Self { value, exactness: Exactness::Approximate { error } }
    }

    /// A figure from a sample of `rows` rows.
    pub const fn sampled(value: T, rows: u64) -> Self {
        Self { value, exactness: Exactness::Sampled { rows } }
    }

    /// The same exactness for a derived figure.
    pub fn map<U>(self, derive: impl FnOnce(T) -> U) -> Measured<U> {
        Measured { value: derive(self.value), exactness: self.exactness }
    }

    /// Whether the figure is exact.
    pub fn is_exact(&self) -> bool {
        matches!(self.exactness, Exactness::Exact)
    }
}
