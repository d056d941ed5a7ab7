use data_science_application::PipelineDetails;
use data_science_domain::feedback::FeedbackEffect;
use data_science_domain::pipeline::{Pipeline, PipelineRevision};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::measured::Measured;

/// A step in a pipeline's history.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RevisionDocument {
    /// Its number, from 1.
    pub revision: u32,
    /// The champion's name.
    pub model: String,
    /// The champion's version.
    pub model_version: u32,
    /// The champion's detector.
    pub detector: String,
    /// The digest of the champion's bytes.
    pub artifact: String,
    /// The dataset version it came with.
    pub dataset_version: u32,
    /// When it became the champion, in RFC 3339.
    pub created_at: String,
}

impl RevisionDocument {
    fn of(revision: &PipelineRevision) -> Self {
        Self {
            revision: revision.number,
            model: revision.champion.model_name.clone(),
            model_version: revision.champion.model_version,
            detector: revision.detector.clone(),
            artifact: revision.artifact.to_string(),
            dataset_version: revision.version,
            created_at: revision.created_at.to_string(),
        }
    }
}

/// A pipeline in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PipelineSummary {
    /// Its id.
    pub id: String,
    /// Its name: the dataset's.
    pub name: String,
    /// What it watches with now.
    pub current: RevisionDocument,
}

impl PipelineSummary {
    fn of(pipeline: &Pipeline) -> Self {
        Self {
            id: pipeline.id.to_string(),
            name: pipeline.name.clone(),
            current: RevisionDocument::of(&pipeline.current),
        }
    }
}

/// The answer of `pipeline list`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PipelineListDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// All pipelines, by name.
    pub pipelines: Vec<PipelineSummary>,
}

impl PipelineListDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.pipelines/1";

    /// The document of a list.
    pub fn of(pipelines: &[Pipeline]) -> Self {
        let pipelines = pipelines.iter().map(PipelineSummary::of).collect();
        Self { schema: Self::SCHEMA, pipelines }
    }
}

/// The answer of `pipeline show` and `pipeline history`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PipelineDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The pipeline.
    pub pipeline: PipelineSummary,
    /// All its revisions, oldest first.
    pub history: Vec<RevisionDocument>,
    /// Rows of the dataset's newest version called anomalies, after feedback; null when it has not
    /// scored it.
    pub newest_anomalies: Option<Measured<u64>>,
    /// Rows of the dataset's newest version; null when it has not scored it.
    pub newest_rows: Option<Measured<u64>>,
    /// How it tells anomalies, in words; null when it has not scored the newest version.
    pub decision_rule: Option<String>,
    /// What feedback did to the newest version; null without feedback.
    pub feedback: Option<FeedbackEffect>,
    /// Why the newest version has no figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl PipelineDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.pipeline/1";

    /// The document of a pipeline.
    pub fn of(details: &PipelineDetails) -> Self {
        let report = details.newest_report.as_ref();
        Self {
            schema: Self::SCHEMA,
            pipeline: PipelineSummary::of(&details.pipeline),
            history: details.history.iter().map(RevisionDocument::of).collect(),
            newest_anomalies: report.map(|report| Measured::exact(report.anomaly_count)),
            newest_rows: report.map(|report| Measured::exact(report.rows)),
            decision_rule: report.map(|report| report.decision_rule.clone()),
            feedback: report.and_then(|report| report.feedback.clone()),
            reason: report
                .is_none()
                .then(|| "the newest version of the dataset was not scored".to_owned()),
        }
    }
}
