//! The words of a judgement: verdict, severity, dimension.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Looked, and within the threshold.
    Passed,
    /// Looked, and beyond the threshold.
    Failed,
    /// Could not look; never to be read as passed.
    NotEvaluated {
        /// Why not, in a plain clause.
        reason: String,
    },
}

/// How much a failed check matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; neither the score nor the gate counts it.
    Info,
    /// Worth a look; lowers the score.
    Warning,
    /// Unfit as it is; lowers the score and closes the gate.
    Error,
}

impl Severity {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What a check is about: the quality dimensions of the Open Data Contract Standard 3.1.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Values are there.
    Completeness,
    /// Nothing is there twice that should be there once.
    Uniqueness,
    /// Values of a column are of one kind.
    Consistency,
    /// Values keep to the form and the range of what they stand for.
    Conformity,
    /// Values agree with the world.
    Accuracy,
    /// What should be described is described.
    Coverage,
    /// Values are there in time.
    Timeliness,
}

impl Dimension {
    /// All dimensions, in the order reports show them.
    pub const ALL: [Self; 7] = [
        Self::Completeness,
        Self::Uniqueness,
        Self::Consistency,
        Self::Conformity,
        Self::Accuracy,
        Self::Coverage,
        Self::Timeliness,
    ];

    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completeness => "completeness",
            Self::Uniqueness => "uniqueness",
            Self::Consistency => "consistency",
            Self::Conformity => "conformity",
            Self::Accuracy => "accuracy",
            Self::Coverage => "coverage",
            Self::Timeliness => "timeliness",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
