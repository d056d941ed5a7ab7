//! Data science's use cases: upload, detect, train, keep pipelines up to date, take feedback on
//! what they tell, and export their models.
//!
//! The composition root builds a [`DataScienceContainer`], registers [`subscriptions`] with the
//! bus, and hands [`RepositoryCatalog`] and [`DetectorTrainer`] to the other contexts as the
//! kernel's `DatasetCatalog` and `ModelTrainer`.
//!
//! Invariants: what a use case stores and what it publishes are committed together; nothing here
//! reads the clock, the disk or a random number but through a port.

mod catalog;
mod container;
mod datasets;
mod detect;
mod detect_segments;
mod detect_series;
mod explain;
mod export_pipeline;
mod feedback;
mod learn;
mod learn_segments;
mod pipelines;
mod review;
mod trainer;
mod update_pipeline;
mod upload;
mod write_scores;

pub use catalog::RepositoryCatalog;
pub use container::{DataScienceContainer, GROUP, subscriptions};
pub use datasets::{
    DatasetDetails, dataset_details, delete_dataset, list_datasets, version_of_dataset,
};
pub use detect::{DetectRequest, Detection, Method, detect};
pub use export_pipeline::{ExportRequest, ExportTarget, Exported, export_pipeline};
pub use feedback::{
    FeedbackAction, FeedbackOutcome, FeedbackRequest, change_feedback, feedback_of_pipeline,
};
pub use pipelines::{
    PipelineDetails, anomalies_of_version, list_pipelines, pipeline_details, pipeline_of_dataset,
};
pub use trainer::DetectorTrainer;
pub use update_pipeline::UpdatePipeline;
pub use upload::{ContractChoice, UploadOutcome, UploadRequest, upload};
pub use write_scores::ScoresOutput;
