//! The result of one check on one column, some columns or the whole table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::table::Cell;

use crate::monitor;
use crate::verdict::{Dimension, Severity, Verdict};
use crate::yaml::Place;

/// What a check counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Cells of a column.
    Values,
    /// Rows of the table.
    Rows,
    /// Records of the source, readable or not.
    Records,
    /// Columns.
    Columns,
    /// Figures computed of many values.
    Figures,
}

impl Unit {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Rows => "rows",
            Self::Records => "records",
            Self::Columns => "columns",
            Self::Figures => "figures",
        }
    }
}

/// The shares of failing units above which a check fails; both from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Threshold {
    /// Fails at the check's lowest level when the share is above this.
    pub warning: f64,
    /// Fails at error level when the share is above this; `null`: never an error.
    pub error: Option<f64>,
}

/// One example of what a check found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The row, from 0, as in every other output; `null` for what is not a row of the table.
    pub row: Option<u64>,
    /// The value; text is cut to 80 characters.
    pub value: Cell,
    /// What a reader needs besides the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Evidence {
    /// A value at a row.
    pub fn at(row: u64, value: Cell) -> Self {
        Self { row: Some(row), value, note: None }
    }

    /// The same with a remark.
    #[must_use]
    pub fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// What one check found out about some columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckResult {
    /// The check, such as `null_share`.
    pub check: String,
    /// The columns looked at; empty for the whole table.
    pub columns: Vec<String>,
    /// The dimension it counts in.
    pub dimension: Dimension,
    /// The level at which it failed, or the lowest at which it would have.
    pub severity: Severity,
    /// Passed, failed or not evaluated.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What is counted.
    pub unit: Unit,
    /// How many were looked at; `null` when not evaluated.
    pub evaluated: Option<Measured<u64>>,
    /// How many of them are wrong; `null` when not evaluated.
    pub failed: Option<Measured<u64>>,
    /// What share of wrong ones is too much; `null` where a contract's rule says it.
    pub threshold: Option<Threshold>,
    /// The first or plainest examples.
    pub evidence: Vec<Evidence>,
    /// All of it in one plain sentence.
    pub sentence: String,
    /// The contract's rule, when it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractRule>,
}

/// A rule of a contract and what it counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContractRule {
    /// What tells the rule apart in its contract.
    pub rule: String,
    /// The contract's file.
    pub contract: String,
    /// Where the rule stands in it.
    #[serde(flatten)]
    pub place: Place,
    /// What it says, such as `month is between 1 and 12`.
    pub requirement: String,
    /// What the number of failing rows, or the figure, must be.
    pub limit: String,
    /// Which rows are looked at; `null` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The figure, of a rule that is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<Measured<f64>>,
    /// What a distance of two distributions was computed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<ComparedDistribution>,
    /// Rows looked at, those of which the rule is unknown included, or values of the figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Rows that neither keep nor break the rule, because a value is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<u64>,
}

/// What a distance of two distributions, the rule's figure, was computed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComparedDistribution {
    /// The measure, such as `population_stability_index`.
    pub distance: String,
    /// Bins or values that the column or the reference has a share in.
    pub bins: u64,
}

impl CheckResult {
    /// The share of units that failed, from 0 to 1, when something was evaluated.
    pub fn failed_share(&self) -> Option<f64> {
        share(self.failed?.value, self.evaluated?.value)
    }

    /// Whether it failed.
    pub fn has_failed(&self) -> bool {
        self.verdict == Verdict::Failed
    }

    /// Whether it could not be evaluated.
    pub fn is_not_evaluated(&self) -> bool {
        matches!(self.verdict, Verdict::NotEvaluated { .. })
    }

    /// Whether the score counts it: it was evaluated, is more than information, and says what the
    /// table is and not how it changed.
    pub fn counts_in_score(&self) -> bool {
        let is_of_change = monitor::NAMES.contains(&self.check.as_str());
        !is_of_change && self.severity > Severity::Info && self.failed_share().is_some()
    }

    /// The columns as users read them.
    pub fn subject(&self) -> String {
        if self.columns.is_empty() { "the table".to_owned() } else { self.columns.join(", ") }
    }
}

/// `failed / evaluated`, when there is something to divide by.
pub(crate) fn share(failed: u64, evaluated: u64) -> Option<f64> {
    (evaluated > 0).then(|| failed as f64 / evaluated as f64)
}

/// What a check is and what it looked at, before the judgement.
pub(crate) struct Subject<'a> {
    /// The check's name.
    pub check: &'a str,
    /// The columns; empty for the table.
    pub columns: &'a [&'a str],
    /// The dimension.
    pub dimension: Dimension,
    /// The level below error at which the check fails.
    pub severity: Severity,
    /// What is counted.
    pub unit: Unit,
    /// The limits.
    pub threshold: Threshold,
}

impl Subject<'_> {
    /// Judges counts by the threshold: above `error` an error, above `warning` a failure at the
    /// check's own level, else passed.
    pub(crate) fn judge(
        &self,
        evaluated: u64,
        failed: u64,
        evidence: Vec<Evidence>,
        sentence: String,
    ) -> CheckResult {
        self.judge_with(evaluated, failed, failed, evidence, sentence)
    }

    /// As [`Self::judge`], where only `grave` of the failed units can make it an error.
    pub(crate) fn judge_with(
        &self,
        evaluated: u64,
        failed: u64,
        grave: u64,
        evidence: Vec<Evidence>,
        sentence: String,
    ) -> CheckResult {
        let Some(failed_share) = share(failed, evaluated) else {
            return self.not_evaluated(&format!("there are no {} to look at", self.unit.name()));
        };
        let grave_share = share(grave, evaluated).unwrap_or_default();
        let (verdict, severity) = match self.threshold.error {
            Some(limit) if grave_share > limit => (Verdict::Failed, Severity::Error),
            _ if failed_share > self.threshold.warning => (Verdict::Failed, self.severity),
            _ => (Verdict::Passed, self.severity),
        };
        CheckResult {
            verdict,
            severity,
            evaluated: Some(Measured { value: evaluated, exactness: Exactness::Exact }),
            failed: Some(Measured { value: failed, exactness: Exactness::Exact }),
            evidence,
            sentence,
            ..self.not_evaluated("")
        }
    }

    /// Says that and why there is no judgement.
    pub(crate) fn not_evaluated(&self, reason: &str) -> CheckResult {
        CheckResult {
            check: self.check.to_owned(),
            columns: self.columns.iter().map(|&column| column.to_owned()).collect(),
            dimension: self.dimension,
            severity: self.severity,
            verdict: Verdict::NotEvaluated { reason: reason.to_owned() },
            unit: self.unit,
            evaluated: None,
            failed: None,
            threshold: Some(self.threshold),
            evidence: Vec::new(),
            sentence: format!("not evaluated: {reason}"),
            contract: None,
        }
    }
}
