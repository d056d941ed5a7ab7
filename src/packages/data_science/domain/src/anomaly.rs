//! Anomalies: the rows of a dataset version that a pipeline found most unusual.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::identity::{DatasetVersionId, ModelVersionId, PipelineId};
use shared_kernel_domain::table::Cell;

use crate::feedback::{FeedbackEffect, FeedbackMark};
use crate::reason::Reason;

/// The most anomalous rows of a version that are told and kept with their reasons.
pub const TOLD_ANOMALIES: usize = 100;

/// Bars of a score histogram.
pub const HISTOGRAM_BARS: usize = 40;

/// A row, why it is unusual, and what stands in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Anomaly {
    /// The row's number in the table, from 0.
    pub row: u64,
    /// Higher is more anomalous; comparable within one model.
    pub score: f64,
    /// The share of calibration scores that are not higher, in percent.
    pub percentile: f64,
    /// How likely a row like the calibration rows scores at least so high, above 0 and at most 1;
    /// reports of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// Whether the decision rule calls it an anomaly, or the feedback that it is nearly the same as.
    pub anomaly: bool,
    /// The piece of feedback it is most like; none where it is like none, and in stored reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<FeedbackMark>,
    /// The segment among whose rows it was judged; none where there are no segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Why, heaviest column first.
    pub reasons: Vec<Reason>,
    /// The row's cells, in the table's column order.
    pub cells: Vec<Cell>,
}

/// How the scores of all rows are distributed: bars of equal width.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreHistogram {
    /// The lowest score.
    pub low: f64,
    /// The highest score.
    pub high: f64,
    /// Rows per bar, from low to high.
    pub counts: Vec<u64>,
}

impl ScoreHistogram {
    /// The histogram of finite scores; without bars when there are none.
    pub fn of(scores: &[f64]) -> Self {
        if scores.is_empty() {
            return Self::default();
        }
        let low = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let high = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut counts = vec![0; HISTOGRAM_BARS];
        let width = (high - low) / HISTOGRAM_BARS as f64;
        for score in scores {
            let bar = if width > 0.0 { ((score - low) / width) as usize } else { 0 };
            counts[bar.min(HISTOGRAM_BARS - 1)] += 1;
        }
        Self { low, high, counts }
    }
}

/// What scoring a dataset version with a pipeline's champion found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnomalyReport {
    /// The version scored.
    pub version_id: DatasetVersionId,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The model that scored.
    pub model_version_id: ModelVersionId,
    /// Its detector.
    pub detector: String,
    /// Rows scored.
    pub rows: u64,
    /// Rows called anomalies: by the decision rule, and after feedback.
    pub anomaly_count: u64,
    /// The lowest anomalous score.
    pub threshold: f64,
    /// The decision rule in words.
    pub decision_rule: String,
    /// All scores.
    pub histogram: ScoreHistogram,
    /// The table's columns, in the order of the cells.
    pub columns: Vec<String>,
    /// When it was found.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
    /// What feedback did; none where there is no feedback, and in stored reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback: Option<FeedbackEffect>,
    /// The most anomalous rows, most anomalous first.
    pub anomalies: Vec<Anomaly>,
}

/// Where anomalies are kept; [`crate::pipeline::PipelineRepository`] writes them.
pub trait AnomalyRepository: Send + Sync {
    /// What was found in a version, with its anomalies.
    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<AnomalyReport>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_score_falls_into_a_bar() {
        let histogram = ScoreHistogram::of(&[0.0, 0.5, 1.0, 1.0]);
        assert_eq!(histogram.counts.iter().sum::<u64>(), 4);
        assert_eq!(histogram.counts[HISTOGRAM_BARS - 1], 2);
        assert_eq!(ScoreHistogram::of(&[2.0, 2.0]).counts[0], 2);
        assert!(ScoreHistogram::of(&[]).counts.is_empty());
    }
}
