//! Feedback: what people say of the rows that a pipeline told, and what follows from it.
//!
//! Scores, percentiles and p-values are the model's and never change. What changes is how rows are
//! ranked and which are called anomalies, when a report is read: the report itself stays as it was
//! found, so that taking feedback back restores it to the byte. Feedback keeps a copy of what stood
//! in the row's telling columns; it needs neither the data nor the model that told the row, and no
//! model learns from it.

mod likeness;
mod review;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::identity::{DatasetVersionId, PipelineId};
use shared_kernel_domain::table::Cell;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

use crate::anomaly::Anomaly;
use crate::reason::{Aspect, Expected};

pub use self::likeness::{MAIN_SHARE, RowFacts, SAME_LIKENESS, SIMILAR_LIKENESS, may_be_similar};
pub use self::review::{
    Candidate, FeedbackChange, FeedbackEffect, FeedbackMark, Judged, changes, effect, judge, review,
};

/// Rows that feedback is kept of in a pipeline at most: each is held against every row told.
pub const MOST_FEEDBACK: usize = 1_000;

/// What somebody says of a row that was told as unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is an anomaly.
    Confirmed,
    /// It is none: such rows are fine.
    Dismissed,
}

impl Verdict {
    /// Its name in text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Dismissed => "dismissed",
        }
    }
}

/// What stood in a column that made the row unusual, as it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgedColumn {
    /// The column.
    pub column: String,
    /// The side of its value that weighed most.
    pub aspect: Aspect,
    /// Its share of the contributions that were told of the row, above 0 and at most 1.
    pub share: f64,
    /// The row's value.
    pub value: Cell,
    /// The usual value for that row; null for categories, which are alike or not.
    pub usual: Option<Cell>,
}

/// What somebody said of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Feedback {
    /// The pipeline that told the row.
    pub pipeline_id: PipelineId,
    /// The dataset version that it is a row of.
    pub version_id: DatasetVersionId,
    /// That version's number.
    pub version: u32,
    /// The row's number in the version, from 0.
    pub row: u64,
    /// What was said.
    pub verdict: Verdict,
    /// Who said it.
    pub by: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
    /// What made the row unusual, heaviest column first; empty when no column stood out.
    pub columns: Vec<JudgedColumn>,
}

impl Feedback {
    /// The row it is about, which has one piece of feedback at most.
    pub fn key(&self) -> RowOfVersion {
        RowOfVersion { version_id: self.version_id, row: self.row }
    }
}

/// A row of a dataset version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowOfVersion {
    /// The version.
    pub version_id: DatasetVersionId,
    /// The row's number in it, from 0.
    pub row: u64,
}

/// What made a row unusual, as feedback keeps it.
pub fn judged_columns(anomaly: &Anomaly) -> Vec<JudgedColumn> {
    let counts = |contribution: f64| contribution.is_finite() && contribution > 0.0;
    let reasons = anomaly.reasons.iter().filter(|reason| counts(reason.contribution));
    let total: f64 = reasons.clone().map(|reason| reason.contribution).sum();
    reasons
        .map(|reason| JudgedColumn {
            column: reason.column.clone(),
            aspect: reason.aspect,
            share: reason.contribution / total,
            value: reason.value.clone(),
            usual: match &reason.expected {
                Expected::Range { typical, .. } => Some(typical.clone()),
                Expected::Common { .. } => None,
            },
        })
        .collect()
}

/// The error for a row that was not told.
pub fn no_such_finding(row: u64, version: u32, told: &[Anomaly]) -> Error {
    let first: Vec<String> = told.iter().take(8).map(|anomaly| anomaly.row.to_string()).collect();
    let what = format!("row {row} is not among the rows told of version {version}");
    Error::usage(what).hint(if first.is_empty() {
        "the version has no rows".to_owned()
    } else {
        format!(
            "feedback is given on the {} most anomalous rows, such as {}",
            told.len(),
            first.join(", ")
        )
    })
}

/// Where feedback is kept.
pub trait FeedbackRepository: Send + Sync {
    /// All feedback on what a pipeline told, by version and row.
    fn of_pipeline(&self, pipeline: &PipelineId) -> Result<Vec<Feedback>>;

    /// Keeps feedback on rows of a pipeline, in place of earlier feedback on the same rows.
    fn give(&self, feedback: &[Feedback], unit: UnitOfWork) -> Result<()>;

    /// Forgets the feedback on rows of a pipeline.
    fn withdraw(
        &self,
        pipeline: &PipelineId,
        rows: &[RowOfVersion],
        unit: UnitOfWork,
    ) -> Result<()>;
}
