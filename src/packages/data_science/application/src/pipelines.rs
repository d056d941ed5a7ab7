use data_science_domain::anomaly::{AnomalyReport, TOLD_ANOMALIES};
use data_science_domain::feedback::review;
use data_science_domain::pipeline::{Pipeline, PipelineRevision, no_such_pipeline};
use shared_kernel_domain::Result;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};

use crate::DataScienceContainer;

/// A pipeline with its history, oldest revision first.
#[derive(Clone, Debug)]
pub struct PipelineDetails {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// All its revisions.
    pub history: Vec<PipelineRevision>,
    /// What it found in the dataset's newest version, if it has scored that, after feedback.
    pub newest_report: Option<AnomalyReport>,
}

/// All pipelines, by name.
pub fn list_pipelines(container: &DataScienceContainer) -> Result<Vec<Pipeline>> {
    container.pipelines.list()
}

/// A pipeline by name.
pub fn pipeline_details(container: &DataScienceContainer, name: &str) -> Result<PipelineDetails> {
    let pipeline = container.pipelines.by_name(name)?.ok_or_else(|| no_such_pipeline(name))?;
    let history = container.pipelines.history(&pipeline.id)?;
    let newest = container.datasets.newest_version(&pipeline.dataset_id)?;
    let newest_report = match newest {
        Some(version) => anomalies_of_version(container, &version.id)?,
        None => None,
    };
    Ok(PipelineDetails { pipeline, history, newest_report })
}

/// The pipeline that watches a dataset.
pub fn pipeline_of_dataset(
    container: &DataScienceContainer,
    dataset: &DatasetId,
) -> Result<Option<Pipeline>> {
    container.pipelines.of_dataset(dataset)
}

/// What a pipeline found in a dataset version, as the feedback of now leaves it.
pub fn anomalies_of_version(
    container: &DataScienceContainer,
    version: &DatasetVersionId,
) -> Result<Option<AnomalyReport>> {
    let Some(report) = container.anomalies.of_version(version)? else { return Ok(None) };
    let feedback = container.feedback.of_pipeline(&report.pipeline_id)?;
    let mut reviewed = review(&report, &feedback);
    if feedback.is_empty() {
        // Rows that were kept in the place of dismissed ones have none without feedback.
        reviewed.anomalies.truncate(TOLD_ANOMALIES);
    }
    Ok(Some(reviewed))
}
