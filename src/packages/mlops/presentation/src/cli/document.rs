use mlops_application::{ModelHistory, ModelOverview};
use mlops_domain::{AliasChange, ModelVersion};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::clock::Timestamp;

/// `model list --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ModelListDocument {
    /// Always `pynomaly.model_list/1`.
    schema: &'static str,
    /// The models, by name.
    models: Vec<ModelOverview>,
}

impl ModelListDocument {
    /// The document of all models.
    pub fn new(models: Vec<ModelOverview>) -> Self {
        Self { schema: "pynomaly.model_list/1", models }
    }
}

/// `model show --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ModelDocument {
    /// Always `pynomaly.model/1`.
    schema: &'static str,
    /// Whether it is the version that watches now.
    champion: bool,
    /// The version.
    version: ModelVersion,
}

impl ModelDocument {
    /// The document of a version.
    pub fn new(version: ModelVersion, champion: bool) -> Self {
        Self { schema: "pynomaly.model/1", champion, version }
    }
}

/// Who was champion at a time.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HolderDocument {
    /// The time asked for.
    #[schemars(with = "String")]
    at: Timestamp,
    /// The change by which the champion of that time became it; `null` when there was none.
    champion: Option<AliasChange>,
    /// Why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// `model history --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ModelHistoryDocument {
    /// Always `pynomaly.model_history/1`.
    schema: &'static str,
    /// The answer to `--at`.
    #[serde(skip_serializing_if = "Option::is_none")]
    champion_at: Option<HolderDocument>,
    /// Model, champions and runs.
    #[serde(flatten)]
    history: ModelHistory,
}

impl ModelHistoryDocument {
    /// The document of a history and the answer to a time asked for.
    pub fn new(history: ModelHistory, holder: Option<(Timestamp, Option<AliasChange>)>) -> Self {
        let champion_at = holder.map(|(at, champion)| {
            let reason = champion.is_none().then_some("no version was champion yet");
            HolderDocument { at, champion, reason }
        });
        Self { schema: "pynomaly.model_history/1", champion_at, history }
    }
}
