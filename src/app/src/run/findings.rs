//! Everything the contexts found out about a dataset version, gathered once for all faces.

use std::time::Duration;

use data_profiling_application::{changes_of_version, profile_of_version};
use data_profiling_domain::{ProfileChanges, ProfileRecord};
use data_quality_application::report_of_version;
use data_quality_domain::StoredReport;
use data_science_application::{UploadOutcome, anomalies_of_version};
use data_science_domain::anomaly::AnomalyReport;
use mlops_application::{TrainingOutcome, training_outcome};
use shared_kernel_domain::identity::CorrelationId;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::Outcome;

use super::flow::STEPS;
use crate::platform::Platform;

/// A step of the flow and the time it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepTime {
    /// What was done.
    pub(crate) name: &'static str,
    /// How long.
    pub(crate) took: Duration,
}

/// What is known of a dataset version at the end of its chain.
pub(crate) struct Findings {
    /// The version and how it came.
    pub(crate) upload: UploadOutcome,
    /// Its chain of events, while it is kept.
    pub(crate) chain: Option<CorrelationId>,
    /// Whether a step was taken for it now, and not all of them in an earlier run.
    pub(crate) flowed: bool,
    /// Its quality.
    pub(crate) quality: StoredReport,
    /// What is in it.
    pub(crate) profile: ProfileRecord,
    /// What changed since the version before.
    pub(crate) changes: Option<ProfileChanges>,
    /// What became of training.
    pub(crate) training: TrainingOutcome,
    /// The anomalous rows; `None` when no model scored the version.
    pub(crate) anomalies: Option<AnomalyReport>,
    /// The steps that were timed, in order.
    pub(crate) steps: Vec<StepTime>,
}

impl Findings {
    /// Asks every context; `flowed` says whether the event flow ran just now.
    pub(crate) fn gather(
        platform: &Platform,
        upload: UploadOutcome,
        chain: Option<&CorrelationId>,
        flowed: bool,
        upload_took: Option<Duration>,
    ) -> Result<Self> {
        let version = upload.version.id;
        let missing = |what: &str| Error::internal(format!("version {version} has no {what}"));
        let mut steps: Vec<StepTime> =
            upload_took.map(|took| StepTime { name: "read and store", took }).into_iter().collect();
        let deliveries = match chain {
            Some(chain) => platform.shared.events.deliveries(Some(chain))?,
            None => Vec::new(),
        };
        // The times of an earlier run are no news.
        let timed = if flowed { STEPS.as_slice() } else { [].as_slice() };
        for &(group, name) in timed {
            let delivery = deliveries.iter().find(|delivery| delivery.group == group);
            if let Some(milliseconds) = delivery.and_then(|delivery| delivery.handled_in_ms) {
                steps.push(StepTime { name, took: Duration::from_secs_f64(milliseconds / 1e3) });
            }
        }
        Ok(Self {
            chain: chain.copied(),
            flowed,
            quality: report_of_version(&platform.data_quality, &version)?
                .ok_or_else(|| missing("quality report"))?,
            profile: profile_of_version(&platform.data_profiling, &version)?
                .ok_or_else(|| missing("profile"))?,
            changes: changes_of_version(&platform.data_profiling, &version)?,
            training: training_outcome(platform.mlops.models.as_ref(), &version)?,
            anomalies: anomalies_of_version(&platform.data_science, &version)?,
            steps,
            upload,
        })
    }

    /// How the command ends: a closed gate is a failure; a gap in the checks, or a table that
    /// no model could learn from, is said.
    pub(crate) fn outcome(&self) -> Outcome {
        let report = &self.quality.report;
        if !report.gate.passed {
            Outcome::Failed
        } else if report.checks.not_evaluated > 0
            || !matches!(self.training, TrainingOutcome::Trained { .. })
        {
            Outcome::NotEvaluated
        } else {
            Outcome::Done
        }
    }
}
