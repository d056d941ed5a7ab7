use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{DatasetVersionRef, GateDecision, ModelVersionRef};
use shared_kernel_domain::identity::{
    DatasetId, EventId, IdGenerator, ModelId, ModelVersionId, ProfileId, RunId,
};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::training::TrainedModel;

use crate::Run;

/// The registered model of a dataset: what its versions have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Model {
    /// Its id.
    pub id: ModelId,
    /// Its name: the dataset's.
    pub name: String,
    /// The dataset it watches.
    pub dataset_id: DatasetId,
    /// When its first version was registered.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
}

impl Model {
    /// The model of a dataset that has none yet.
    pub fn of_dataset(dataset: &DatasetVersionRef, ids: &dyn IdGenerator, now: Timestamp) -> Self {
        Self {
            id: ModelId::generate(ids),
            name: dataset.dataset_name.clone(),
            dataset_id: dataset.dataset_id,
            created_at: now,
        }
    }
}

/// Where a run and its model came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lineage {
    /// The dataset version it learned from.
    pub dataset: DatasetVersionRef,
    /// What the quality gate decided about that version.
    pub gate: GateDecision,
    /// The profile of that version.
    pub profile_id: ProfileId,
    /// The `profile.generated` event that asked for it.
    pub cause: EventId,
}

/// One trained version of a model; it never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelVersion {
    /// Its id.
    pub id: ModelVersionId,
    /// The model.
    pub model_id: ModelId,
    /// The model's name.
    pub model_name: String,
    /// Its number, from 1, without gaps.
    pub number: u32,
    /// The run that trained it.
    pub run_id: RunId,
    /// Its bytes in the artifact store.
    pub artifact: ArtifactDigest,
    /// Size of the artifact in bytes.
    pub artifact_bytes: u64,
    /// The detector's name.
    pub detector: String,
    /// Parameters as used, by name.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// The seed of every random choice.
    pub seed: u64,
    /// What was measured while training, by name.
    pub metrics: BTreeMap<String, Measured<f64>>,
    /// Columns the model reads.
    pub columns: Vec<String>,
    /// Columns left out, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// Rows the model learned from.
    pub training_rows: u64,
    /// Where it came from.
    pub lineage: Lineage,
    /// When it was registered.
    #[schemars(with = "String")]
    pub created_at: Timestamp,
}

impl ModelVersion {
    /// The version that a run trained; `number` is one more than the newest version's.
    pub fn trained(
        id: ModelVersionId,
        model: &Model,
        number: u32,
        run: &Run,
        trained: TrainedModel,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            model_id: model.id,
            model_name: model.name.clone(),
            number,
            run_id: run.id,
            artifact: trained.artifact,
            artifact_bytes: trained.artifact_bytes,
            detector: trained.detector,
            parameters: trained.parameters,
            seed: run.request.seed,
            metrics: trained.metrics,
            columns: trained.columns,
            left_out: trained.left_out,
            training_rows: trained.training_rows,
            lineage: run.lineage.clone(),
            created_at: now,
        }
    }

    /// How events name it.
    pub fn reference(&self) -> ModelVersionRef {
        ModelVersionRef {
            model_id: self.model_id,
            model_name: self.model_name.clone(),
            model_version_id: self.id,
            model_version: self.number,
        }
    }
}
