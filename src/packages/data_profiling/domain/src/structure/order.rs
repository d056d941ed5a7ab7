//! The order of a column's values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::steps::StepSummary;

/// Values go mostly one way when at most one step in so many goes the other.
const AGAINST_ONE_IN: u64 = 100;

/// In which order the values of a column come, missing ones passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ValueOrder {
    /// All values are equal, or there is at most one.
    Constant,
    /// Each value is larger than the one before.
    StrictlyAscending,
    /// No value is smaller than the one before.
    Ascending,
    /// At most 1 % of the values are smaller than the one before.
    MostlyAscending,
    /// Each value is smaller than the one before.
    StrictlyDescending,
    /// No value is larger than the one before.
    Descending,
    /// At most 1 % of the values are larger than the one before.
    MostlyDescending,
    /// None of these.
    Unordered,
}

impl ValueOrder {
    pub(super) fn of(steps: &StepSummary) -> Self {
        let StepSummary { rises, falls, repeats, .. } = *steps;
        let few = |against: u64| against.saturating_mul(AGAINST_ONE_IN) <= rises + falls + repeats;
        match (rises, falls, repeats) {
            (0, 0, _) => Self::Constant,
            (_, 0, 0) => Self::StrictlyAscending,
            (_, 0, _) => Self::Ascending,
            (0, _, 0) => Self::StrictlyDescending,
            (0, _, _) => Self::Descending,
            _ if few(falls) => Self::MostlyAscending,
            _ if few(rises) => Self::MostlyDescending,
            _ => Self::Unordered,
        }
    }

    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::StrictlyAscending => "strictly ascending",
            Self::Ascending => "ascending",
            Self::MostlyAscending => "mostly ascending",
            Self::StrictlyDescending => "strictly descending",
            Self::Descending => "descending",
            Self::MostlyDescending => "mostly descending",
            Self::Unordered => "not in order",
        }
    }

    /// Whether larger values come later (true) or earlier (false), exceptions aside.
    pub(super) fn is_ascending(self) -> Option<bool> {
        match self {
            Self::StrictlyAscending | Self::Ascending | Self::MostlyAscending => Some(true),
            Self::StrictlyDescending | Self::Descending | Self::MostlyDescending => Some(false),
            Self::Constant | Self::Unordered => None,
        }
    }
}
