use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::identity::{ModelVersionId, RunId};
use shared_kernel_domain::training::TrainingRequest;

use crate::Lineage;

/// The seed of every training that nobody gave another one: fixed, so that the same data give the
/// same model.
pub const DEFAULT_SEED: u64 = 42;

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum RunStatus {
    /// Training, or interrupted and waiting for its event to be handed out again.
    Running,
    /// It trained a model version.
    Finished {
        /// The version.
        model_version_id: ModelVersionId,
    },
    /// The last attempt failed; another may follow.
    Failed {
        /// What went wrong.
        error: String,
    },
    /// No model may or can learn from the dataset version.
    Declined {
        /// Why, one plain sentence each.
        reasons: Vec<String>,
    },
}

impl RunStatus {
    /// The status in a word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Finished { .. } => "finished",
            Self::Failed { .. } => "failed",
            Self::Declined { .. } => "declined",
        }
    }
}

/// A training run: everything one event led to, over all attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What it learns from.
    pub lineage: Lineage,
    /// What the trainer was asked for.
    pub request: TrainingRequest,
    /// How often it was begun.
    pub attempts: u32,
    /// When the last attempt began.
    #[schemars(with = "String")]
    pub started_at: Timestamp,
    /// When the last attempt ended; `None` while it runs.
    #[schemars(with = "Option<String>")]
    pub ended_at: Option<Timestamp>,
    /// What became of it.
    #[serde(flatten)]
    pub status: RunStatus,
}

impl Run {
    /// The first attempt, with the detector chosen at upload and the default seed.
    pub fn begin(id: RunId, lineage: Lineage, now: Timestamp) -> Self {
        let request = TrainingRequest {
            dataset_version_id: lineage.dataset.version_id,
            detector: None,
            seed: DEFAULT_SEED,
        };
        Self {
            id,
            lineage,
            request,
            attempts: 1,
            started_at: now,
            ended_at: None,
            status: RunStatus::Running,
        }
    }

    /// The next attempt of a run that failed or was interrupted.
    #[must_use]
    pub fn again(self, now: Timestamp) -> Self {
        Self {
            attempts: self.attempts.saturating_add(1),
            started_at: now,
            ended_at: None,
            status: RunStatus::Running,
            ..self
        }
    }

    /// The run, ended.
    #[must_use]
    pub fn ended(self, status: RunStatus, now: Timestamp) -> Self {
        Self { ended_at: Some(now), status, ..self }
    }

    /// Whether nothing more will come of it.
    pub fn is_over(&self) -> bool {
        matches!(self.status, RunStatus::Finished { .. } | RunStatus::Declined { .. })
    }
}
