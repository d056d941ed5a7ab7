//! Detection pipelines: which model watches a dataset, and which ones did before.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::ModelVersionRef;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, PipelineId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

use crate::anomaly::AnomalyReport;

/// A step in a pipeline's history: a champion and the version it came with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineRevision {
    /// Its number, from 1.
    pub number: u32,
    /// The champion.
    pub champion: ModelVersionRef,
    /// The champion's bytes.
    pub artifact: ArtifactDigest,
    /// The champion's detector.
    pub detector: String,
    /// The dataset version it learned from.
    pub version_id: DatasetVersionId,
    /// That version's number.
    pub version: u32,
    /// When it became the champion.
    pub created_at: Timestamp,
}

/// The pipeline that watches a dataset; a dataset has at most one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Its id.
    pub id: PipelineId,
    /// The dataset it watches.
    pub dataset_id: DatasetId,
    /// Its name: the dataset's.
    pub name: String,
    /// What it watches with now.
    pub current: PipelineRevision,
}

impl Pipeline {
    /// The pipeline with another champion as its next revision; `None` when that champion is
    /// already in place, so that an event handled twice makes one revision.
    pub fn promoted(&self, revision: PipelineRevision) -> Option<Self> {
        if self.current.champion.model_version_id == revision.champion.model_version_id {
            return None;
        }
        let current = PipelineRevision { number: self.current.number + 1, ..revision };
        Some(Self { current, ..self.clone() })
    }
}

/// The error for a pipeline that is not there.
pub fn no_such_pipeline(name: &str) -> Error {
    Error::usage(format!("there is no pipeline called {name:?}"))
        .hint("see `pynomaly pipeline list`; `pynomaly run DATA` makes one for a dataset")
}

/// Where pipelines are kept.
pub trait PipelineRepository: Send + Sync {
    /// All pipelines, by name.
    fn list(&self) -> Result<Vec<Pipeline>>;

    /// The pipeline of a name.
    fn by_name(&self, name: &str) -> Result<Option<Pipeline>>;

    /// The pipeline of a dataset.
    fn of_dataset(&self, dataset: &DatasetId) -> Result<Option<Pipeline>>;

    /// All revisions, oldest first.
    fn history(&self, pipeline: &PipelineId) -> Result<Vec<PipelineRevision>>;

    /// Stores a pipeline with its current revision, if that is new, and what its champion found.
    /// An earlier report on the same version is replaced.
    fn save(&self, pipeline: &Pipeline, report: &AnomalyReport, unit: UnitOfWork) -> Result<()>;

    /// Commits a unit of work that changes no pipeline.
    fn acknowledge(&self, unit: UnitOfWork) -> Result<()>;
}
