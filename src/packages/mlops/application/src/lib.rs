//! MLOps, application: a model is trained, or declined, when a dataset version was profiled.
//!
//! [`TrainOnProfile`] handles `profile.generated` in the group [`TRAIN_GROUP`] and answers with
//! `model.trained` or `model.declined`, in one commit with run, version, champion alias, audit and
//! receipt. The queries say which model watches what, since when, and what became of a version.
//!
//! What is not here: detectors (behind the kernel's `ModelTrainer`), storage (behind
//! `ModelRepository`), promotion by hand (it needs an event of its own to reach the pipelines).

mod container;
mod queries;
mod train;

pub use container::{MlopsContainer, subscriptions};
pub use queries::{
    ModelHistory, ModelOverview, TrainingOutcome, champion_of_dataset, find_model, find_version,
    history, model_overviews, training_outcome,
};
pub use train::{TRAIN_GROUP, TrainOnProfile};
