//! `pynomaly.run/1`: the result of `run` as JSON.

use std::path::Path;

use data_profiling_domain::{Profile, ProfileChanges};
use data_quality_domain::QualityReport;
use data_science_domain::anomaly::AnomalyReport;
use mlops_application::TrainingOutcome;
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::identity::CorrelationId;
use shared_kernel_domain::table::ContentDigest;

use super::findings::Findings;

/// The result of `run`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RunDocument<'a> {
    /// `pynomaly.run/1`.
    schema: &'static str,
    /// The version.
    dataset: DatasetVersionRef,
    /// Digest of its values.
    digest: &'a ContentDigest,
    /// Whether the table was the newest version already.
    recognised: bool,
    /// The chain of events; `null` when they are not kept any more.
    chain: Option<CorrelationId>,
    /// Whether a model may learn from it, and why not.
    quality: &'a QualityReport,
    /// What is in it.
    profile: &'a Profile,
    /// What changed since the version before; `null` for the first.
    changes: Option<&'a ProfileChanges>,
    /// What became of training.
    training: &'a TrainingOutcome,
    /// The anomalous rows; `null` when no model scored the version.
    anomalies: Option<&'a AnomalyReport>,
    /// The steps that were timed.
    steps: Vec<StepDocument>,
    /// The HTML report.
    report: String,
}

/// A step and its time.
#[derive(Serialize, JsonSchema)]
struct StepDocument {
    name: &'static str,
    seconds: f64,
    rows_per_second: f64,
}

impl<'a> RunDocument<'a> {
    /// The schema's name.
    pub(crate) const SCHEMA: &'static str = "pynomaly.run/1";

    /// The document of what was found.
    pub(crate) fn of(findings: &'a Findings, report: &Path) -> Self {
        let upload = &findings.upload;
        let rows = upload.version.table.rows as f64;
        let steps = findings.steps.iter().map(|step| {
            let seconds = step.took.as_secs_f64();
            StepDocument { name: step.name, seconds, rows_per_second: rows / seconds.max(1e-9) }
        });
        Self {
            schema: Self::SCHEMA,
            dataset: upload.version.reference(&upload.dataset),
            digest: upload.version.digest(),
            recognised: upload.recognised,
            chain: findings.chain,
            quality: &findings.quality.report,
            profile: &findings.profile.profile,
            changes: findings.changes.as_ref(),
            training: &findings.training,
            anomalies: findings.anomalies.as_ref(),
            steps: steps.collect(),
            report: report.display().to_string(),
        }
    }
}
