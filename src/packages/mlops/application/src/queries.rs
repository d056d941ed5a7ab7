use mlops_domain::{AliasChange, Model, ModelRepository, ModelVersion, Run, RunStatus};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::{Error, Result};

/// A model at a glance.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ModelOverview {
    /// The model.
    pub model: Model,
    /// How many versions it has.
    pub versions: u32,
    /// The version that watches now.
    pub champion: Option<ModelVersion>,
}

/// What happened to the model of a name.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ModelHistory {
    /// The model; `None` while every run was declined or failed.
    pub model: Option<Model>,
    /// Who was champion since when, oldest first.
    pub aliases: Vec<AliasChange>,
    /// Every run, oldest first.
    pub runs: Vec<Run>,
}

/// What became of a dataset version here.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum TrainingOutcome {
    /// A model learned from it.
    Trained {
        /// The version that did.
        version: Box<ModelVersion>,
        /// The version that watches now: this one, or another.
        champion: Option<Box<ModelVersion>>,
    },
    /// No model may or can learn from it.
    Declined {
        /// Why, one plain sentence each.
        reasons: Vec<String>,
        /// The version that goes on watching, if there is one.
        champion: Option<Box<ModelVersion>>,
    },
    /// The last attempt to train failed.
    Failed {
        /// What went wrong.
        error: String,
        /// Attempts so far.
        attempts: u32,
        /// The version that goes on watching, if there is one.
        champion: Option<Box<ModelVersion>>,
    },
    /// It is being trained, or waits for its next attempt.
    Running,
    /// Its profile has not arrived yet.
    NotBegun,
}

/// All models, by name.
pub fn model_overviews(models: &dyn ModelRepository) -> Result<Vec<ModelOverview>> {
    let mut overviews = Vec::new();
    for model in models.models()? {
        let versions = models.versions(&model.id)?.last().map_or(0, |version| version.number);
        let champion = models.champion(&model.id)?;
        overviews.push(ModelOverview { model, versions, champion });
    }
    Ok(overviews)
}

/// The model of a name or id; of several datasets that had the name, the newest.
pub fn find_model(models: &dyn ModelRepository, name: &str) -> Result<Model> {
    let mut all = models.models()?.into_iter().rev();
    all.find(|model| model.name == name || model.id.to_string() == name).ok_or_else(|| {
        Error::usage(format!("no model is called {name:?}"))
            .hint("see `pynomaly model list`; a model has the name of the dataset it watches")
    })
}

/// Version `number` of a model, or its champion, or its newest version while there is none.
pub fn find_version(
    models: &dyn ModelRepository,
    model: &Model,
    number: Option<u32>,
) -> Result<ModelVersion> {
    let mut versions = models.versions(&model.id)?;
    let newest = versions.last().map_or(0, |version| version.number);
    let found = match number {
        Some(number) => versions.into_iter().find(|version| version.number == number),
        None => models.champion(&model.id)?.or_else(|| versions.pop()),
    };
    found.ok_or_else(|| {
        Error::usage(format!(
            "model {:?} has no version {}",
            model.name,
            number.map_or_else(|| "at all".to_owned(), |number| number.to_string())
        ))
        .hint(format!("its versions are 1 to {newest}"))
    })
}

/// The model version that watches a dataset now.
pub fn champion_of_dataset(
    models: &dyn ModelRepository,
    dataset: &DatasetId,
) -> Result<Option<ModelVersion>> {
    match models.model_of(dataset)? {
        Some(model) => models.champion(&model.id),
        None => Ok(None),
    }
}

/// Everything that happened to the model of a name, declined and failed runs included.
pub fn history(models: &dyn ModelRepository, name: &str) -> Result<ModelHistory> {
    match find_model(models, name) {
        Ok(model) => {
            let aliases = models.alias_history(&model.id)?;
            let mut runs = models.runs_of(&model.name)?;
            runs.retain(|run| run.lineage.dataset.dataset_id == model.dataset_id);
            Ok(ModelHistory { model: Some(model), aliases, runs })
        }
        Err(unknown) => {
            let runs = models.runs_of(name)?;
            if runs.is_empty() {
                return Err(unknown);
            }
            Ok(ModelHistory { model: None, aliases: Vec::new(), runs })
        }
    }
}

/// What became of a dataset version: the last run about it decides.
pub fn training_outcome(
    models: &dyn ModelRepository,
    dataset_version: &DatasetVersionId,
) -> Result<TrainingOutcome> {
    let Some(run) = models.last_run_on(dataset_version)? else {
        return Ok(TrainingOutcome::NotBegun);
    };
    let champion = champion_of_dataset(models, &run.lineage.dataset.dataset_id)?.map(Box::new);
    Ok(match run.status {
        RunStatus::Running => TrainingOutcome::Running,
        RunStatus::Failed { error } => {
            TrainingOutcome::Failed { error, attempts: run.attempts, champion }
        }
        RunStatus::Declined { reasons } => TrainingOutcome::Declined { reasons, champion },
        RunStatus::Finished { model_version_id } => {
            let version = models
                .version_trained_on(dataset_version)?
                .filter(|version| version.id == model_version_id)
                .ok_or_else(|| Error::internal("a finished run has no model version"))?;
            TrainingOutcome::Trained { version: Box::new(version), champion }
        }
    })
}
