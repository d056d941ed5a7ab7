//! How MLOps has a model trained without knowing detectors: data science implements the port.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::artifact::ArtifactDigest;
use crate::cancellation::Cancellation;
use crate::identity::DatasetVersionId;
use crate::measured::Measured;

/// What to train.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrainingRequest {
    /// The version to learn from.
    pub dataset_version_id: DatasetVersionId,
    /// The detector's name, such as `isolation_forest`; `None` takes the one chosen at upload.
    pub detector: Option<String>,
    /// The seed of every random choice.
    pub seed: u64,
}

/// A trained model, stored as an artifact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrainedModel {
    /// The model's bytes in the artifact store.
    pub artifact: ArtifactDigest,
    /// Size of the artifact in bytes.
    pub artifact_bytes: u64,
    /// The detector's name.
    pub detector: String,
    /// Parameters as used, by name.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// What was measured while training, by name.
    pub metrics: BTreeMap<String, Measured<f64>>,
    /// Columns the model reads.
    pub columns: Vec<String>,
    /// Columns left out, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// Rows the model learned from.
    pub training_rows: u64,
}

/// Trains models. Implemented by data science.
pub trait ModelTrainer: Send + Sync {
    /// Trains and stores a model. The same request on the same version gives the same bytes.
    fn train(&self, request: &TrainingRequest, cancellation: &Cancellation)
    -> Result<TrainedModel>;
}
