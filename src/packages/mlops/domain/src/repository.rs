use shared_kernel_domain::Result;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, EventId, ModelId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::{AliasChange, Model, ModelVersion, Run};

/// Everything a finished run adds to the registry.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The model, new or known.
    pub model: Model,
    /// The run, finished.
    pub run: Run,
    /// The version it trained.
    pub version: ModelVersion,
    /// The champion alias, if the version got it.
    pub promotion: Option<AliasChange>,
}

/// The registry. Each writing method commits its change and the unit of work together, or neither.
pub trait ModelRepository: Send + Sync {
    /// Adds a run, or replaces what is known of it. A second run of the same event is refused.
    fn record_run(&self, run: &Run, unit: UnitOfWork) -> Result<()>;

    /// Adds a model version with its run, its model if it is new, and its promotion. A number the
    /// model has already is refused.
    fn register(&self, registration: &Registration, unit: UnitOfWork) -> Result<()>;

    /// Commits a unit of work that changes nothing here: an event that asks for nothing.
    fn acknowledge(&self, unit: UnitOfWork) -> Result<()>;

    /// All models, by name, then by id.
    fn models(&self) -> Result<Vec<Model>>;

    /// The model of a dataset.
    fn model_of(&self, dataset: &DatasetId) -> Result<Option<Model>>;

    /// The versions of a model, by number.
    fn versions(&self, model: &ModelId) -> Result<Vec<ModelVersion>>;

    /// The newest model version that learned from a dataset version.
    fn version_trained_on(
        &self,
        dataset_version: &DatasetVersionId,
    ) -> Result<Option<ModelVersion>>;

    /// The version that has the champion alias now.
    fn champion(&self, model: &ModelId) -> Result<Option<ModelVersion>>;

    /// All changes of a model's aliases, in the order of recording.
    fn alias_history(&self, model: &ModelId) -> Result<Vec<AliasChange>>;

    /// The run an event led to.
    fn run_caused_by(&self, event: &EventId) -> Result<Option<Run>>;

    /// The last run about a dataset version.
    fn last_run_on(&self, dataset_version: &DatasetVersionId) -> Result<Option<Run>>;

    /// The runs about the datasets of a name, oldest first.
    fn runs_of(&self, dataset_name: &str) -> Result<Vec<Run>>;
}
