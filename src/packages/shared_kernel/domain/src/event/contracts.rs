//! The published contracts, one struct per event type and version.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Context, Envelope, EventPayload};
use crate::artifact::ArtifactDigest;
use crate::clock::Timestamp;
use crate::identity::{
    DatasetId, DatasetVersionId, IncidentId, ModelId, ModelVersionId, PipelineId, ProfileId,
    QualityReportId, RunId,
};
use crate::measured::Measured;
use crate::table::{ContentDigest, TableSchema};

/// The dataset version an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DatasetVersionRef {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// Its name.
    pub dataset_name: String,
    /// The version.
    pub version_id: DatasetVersionId,
    /// Its number, from 1.
    pub version: u32,
}

/// The model version an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelVersionRef {
    /// The model.
    pub model_id: ModelId,
    /// Its name.
    pub model_name: String,
    /// The version.
    pub model_version_id: ModelVersionId,
    /// Its number, from 1.
    pub model_version: u32,
}

/// What the quality gate decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateDecision {
    /// Whether a model may learn from the version.
    pub passed: bool,
    /// Why not, one plain sentence each; empty when passed.
    pub reasons: Vec<String>,
    /// Who let it pass although it was closed; left out when nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<GateOverride>,
}

impl GateDecision {
    /// The decision that there are these reasons not to pass.
    pub fn by_reasons(reasons: Vec<String>) -> Self {
        Self { passed: reasons.is_empty(), reasons, overridden: None }
    }
}

/// What a person decided in the gate's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GateOverride {
    /// Why a model may learn from the version all the same.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Why the gate was closed.
    pub closed_for: Vec<String>,
}

/// Checks by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssueCounts {
    /// Checks passed.
    pub passed: u32,
    /// Checks failed at warning level.
    pub warnings: u32,
    /// Checks failed at error level.
    pub errors: u32,
    /// Checks that could not be evaluated.
    pub not_evaluated: u32,
}

/// A data contract that a dataset version is held against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContractReference {
    /// Its text in the artifact store.
    pub artifact: ArtifactDigest,
    /// Where it was read; the tables that it refers to lie beside it.
    pub file: String,
    /// The table of the contract that the dataset is.
    pub object: String,
}

/// What a contract's rules said of a dataset version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContractDecision {
    /// The contract.
    pub contract: ContractReference,
    /// Its `id`.
    pub id: String,
    /// Its `version`.
    pub version: Option<String>,
    /// Whether every rule was evaluated and none failed at error level.
    pub kept: bool,
    /// Its rules by outcome.
    pub rules: IssueCounts,
}

/// A new dataset version is stored and can be scanned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DatasetUploaded {
    /// The version.
    pub dataset: DatasetVersionRef,
    /// Digest of its values.
    pub digest: ContentDigest,
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: TableSchema,
    /// Records of the source that could not be read as rows.
    pub bad_rows: u64,
    /// Those of them that stand in the table as rows without values.
    #[serde(default)]
    pub blank_rows: u64,
    /// The first of them, as `line N: reason`.
    #[serde(default)]
    pub bad_row_examples: Vec<String>,
    /// Whether the source has types of its own, and is not text.
    #[serde(default)]
    pub typed: bool,
    /// The contract that it is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractReference>,
}

/// The quality of a dataset version was analysed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QualityAnalyzed {
    /// The version.
    pub dataset: DatasetVersionRef,
    /// The report.
    pub report_id: QualityReportId,
    /// Score from 0 to 1, if anything could be evaluated.
    pub score: Option<f64>,
    /// Score by dimension, each from 0 to 1.
    pub dimensions: BTreeMap<String, f64>,
    /// Checks by outcome.
    pub checks: IssueCounts,
    /// The gate's decision.
    pub gate: GateDecision,
    /// What the contract's rules said, where the version has one; the gate counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractDecision>,
}

/// A dataset version was profiled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProfileGenerated {
    /// The version.
    pub dataset: DatasetVersionRef,
    /// The profile.
    pub profile_id: ProfileId,
    /// Rows profiled.
    pub rows: u64,
    /// Columns profiled.
    pub columns: u32,
    /// The gate's decision, carried on from `quality.analyzed`.
    pub gate: GateDecision,
}

/// A model learned from a dataset version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelTrained {
    /// The version it learned from.
    pub dataset: DatasetVersionRef,
    /// The run that trained it.
    pub run_id: RunId,
    /// The model version.
    pub model: ModelVersionRef,
    /// Its bytes in the artifact store.
    pub artifact: ArtifactDigest,
    /// The detector.
    pub detector: String,
    /// Whether it became the champion.
    pub champion: bool,
    /// What was measured while training.
    pub metrics: BTreeMap<String, Measured<f64>>,
}

/// No model may learn from a dataset version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelDeclined {
    /// The version.
    pub dataset: DatasetVersionRef,
    /// Why, one plain sentence each.
    pub reasons: Vec<String>,
    /// The champion that stays, if there is one.
    pub champion: Option<ModelVersionRef>,
}

/// A detection pipeline watches with a new champion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PipelineUpdated {
    /// The version it was updated for.
    pub dataset: DatasetVersionRef,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The champion.
    pub champion: ModelVersionRef,
    /// Its number in the pipeline's history, from 1.
    pub revision: u32,
}

/// A pipeline scored a dataset version and stored its anomalies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnomaliesDetected {
    /// The version scored.
    pub dataset: DatasetVersionRef,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The model that scored.
    pub model: ModelVersionRef,
    /// Rows scored.
    pub rows: u64,
    /// Rows called anomalous.
    pub anomalies: u64,
    /// The rule that called them so, in words.
    pub decision_rule: String,
}

/// What a dataset version did to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IncidentChange {
    /// It is bad, and none was open.
    Opened,
    /// It is bad as well.
    Continued,
    /// It is good.
    Closed,
}

/// A check that failed in an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IncidentCause {
    /// The check, monitor or rule.
    pub check: String,
    /// The columns.
    pub columns: Vec<String>,
    /// `warning` or `error`.
    pub severity: String,
    /// What was found, of the first version in which it was.
    pub sentence: String,
    /// That version.
    pub version: u32,
}

/// A dataset version opened, went on with or closed an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IncidentChanged {
    /// The version.
    pub dataset: DatasetVersionRef,
    /// The incident.
    pub incident_id: IncidentId,
    /// What the version did to it.
    pub change: IncidentChange,
    /// All of it in one sentence.
    pub summary: String,
    /// The first bad version.
    pub opened_by: u32,
    /// How many versions were bad.
    pub bad_versions: u32,
    /// Whether the gate was closed for one of them, so that no model learned from it.
    pub gate_closed: bool,
    /// What failed, worst first.
    pub causes: Vec<IncidentCause>,
    /// Causes that are not listed.
    pub unlisted_causes: u32,
}

/// A webhook is to be told of an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookDue {
    /// The webhook's name.
    pub webhook: String,
    /// The event: the body of the call.
    pub event: Envelope,
}

impl EventPayload for WebhookDue {
    const TYPE: &'static str = "io.pynomaly.webhook.due.v1";
    const SOURCE: Context = Context::DataQuality;

    fn subject(&self) -> String {
        format!("webhook/{}", self.webhook)
    }
}

macro_rules! contract {
    ($payload:ty, $event_type:literal, $source:ident) => {
        impl EventPayload for $payload {
            const TYPE: &'static str = $event_type;
            const SOURCE: Context = Context::$source;

            fn subject(&self) -> String {
                self.dataset.dataset_id.to_string()
            }
        }
    };
}

contract!(DatasetUploaded, "io.pynomaly.dataset.uploaded.v1", DataScience);
contract!(QualityAnalyzed, "io.pynomaly.quality.analyzed.v1", DataQuality);
contract!(ProfileGenerated, "io.pynomaly.profile.generated.v1", DataProfiling);
contract!(ModelTrained, "io.pynomaly.model.trained.v1", Mlops);
contract!(ModelDeclined, "io.pynomaly.model.declined.v1", Mlops);
contract!(PipelineUpdated, "io.pynomaly.pipeline.updated.v1", DataScience);
contract!(AnomaliesDetected, "io.pynomaly.anomalies.detected.v1", DataScience);
contract!(IncidentChanged, "io.pynomaly.incident.changed.v1", DataQuality);

/// A contract as its documents describe it.
pub struct ContractDescription {
    /// The CloudEvents `type`.
    pub event_type: &'static str,
    /// Who publishes it.
    pub source: Context,
    /// The JSON Schema of the payload.
    pub schema: schemars::Schema,
    /// Reads a payload: whether a golden file still fits.
    pub reads: fn(&serde_json::Value) -> Result<(), serde_json::Error>,
}

fn describe<E: EventPayload>() -> ContractDescription {
    ContractDescription {
        event_type: E::TYPE,
        source: E::SOURCE,
        schema: schemars::schema_for!(E),
        reads: |value| serde_json::from_value::<E>(value.clone()).map(drop),
    }
}

/// Every published contract: the list that schemas, golden files and AsyncAPI are made from.
pub fn contracts() -> Vec<ContractDescription> {
    vec![
        describe::<DatasetUploaded>(),
        describe::<QualityAnalyzed>(),
        describe::<ProfileGenerated>(),
        describe::<ModelTrained>(),
        describe::<ModelDeclined>(),
        describe::<PipelineUpdated>(),
        describe::<AnomaliesDetected>(),
        describe::<IncidentChanged>(),
        describe::<WebhookDue>(),
    ]
}
