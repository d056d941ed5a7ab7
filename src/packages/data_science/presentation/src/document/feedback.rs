use data_science_application::{FeedbackAction, FeedbackOutcome};
use data_science_domain::feedback::{Feedback, FeedbackChange, FeedbackEffect};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::measured::Measured;

/// The answer of `feedback list`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FeedbackDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The pipeline's name.
    pub pipeline: String,
    /// What was said, by version and row.
    pub feedback: Vec<Feedback>,
}

impl FeedbackDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.feedback/1";

    /// The document of a list.
    pub fn of(pipeline: &str, feedback: &[Feedback]) -> Self {
        let pipeline = pipeline.to_owned();
        Self { schema: Self::SCHEMA, pipeline, feedback: feedback.to_vec() }
    }
}

/// The answer of `feedback confirm`, `feedback dismiss` and `feedback withdraw`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FeedbackChangeDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The pipeline's name.
    pub pipeline: String,
    /// `confirmed`, `dismissed` or `withdrawn`.
    pub action: &'static str,
    /// Whether nothing was kept.
    pub dry_run: bool,
    /// The feedback that was given, or taken back.
    pub feedback: Vec<Feedback>,
    /// Earlier feedback on the same rows that it took the place of.
    pub replaced: Vec<Feedback>,
    /// The newest version that was scored: what follows is about it.
    pub previewed_version: u32,
    /// Rows that were called anomalies before.
    pub anomalies_before: Measured<u64>,
    /// Rows that are after.
    pub anomalies_after: Measured<u64>,
    /// What all feedback together does; null when there is none any more.
    pub effect: Option<FeedbackEffect>,
    /// The rows told of which it changes place or verdict, in their new order.
    pub changes: Vec<FeedbackChange>,
}

impl FeedbackChangeDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.feedback_change/1";

    /// The document of what was done, or would be.
    pub fn of(outcome: &FeedbackOutcome, action: &FeedbackAction) -> Self {
        Self {
            schema: Self::SCHEMA,
            pipeline: outcome.pipeline.name.clone(),
            action: match action {
                FeedbackAction::Give(verdict, _) => verdict.name(),
                FeedbackAction::Withdraw => "withdrawn",
            },
            dry_run: outcome.dry_run,
            feedback: outcome.feedback.clone(),
            replaced: outcome.replaced.clone(),
            previewed_version: outcome.previewed_version,
            anomalies_before: Measured::exact(outcome.before.anomaly_count),
            anomalies_after: Measured::exact(outcome.after.anomaly_count),
            effect: outcome.after.feedback.clone(),
            changes: outcome.changes.clone(),
        }
    }
}
