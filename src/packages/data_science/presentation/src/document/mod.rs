//! The JSON documents of the commands; each names its schema first.

mod dataset;
mod detect;
mod detector;
mod feedback;
mod pipeline;

use schemars::{Schema, schema_for};

pub use dataset::{DatasetDocument, DatasetListDocument, UploadDocument, VersionDocument};
pub use detect::{
    AnomalyDocument, DecisionDocument, DetectDocument, EvaluationDocument, PrecisionDocument,
};
pub use detector::{DetectorDocument, DetectorListDocument};
pub use feedback::{FeedbackChangeDocument, FeedbackDocument};
pub use pipeline::{PipelineDocument, PipelineListDocument, PipelineSummary, RevisionDocument};

/// The schemas of all documents, by name.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        (UploadDocument::SCHEMA, schema_for!(UploadDocument)),
        (DatasetListDocument::SCHEMA, schema_for!(DatasetListDocument)),
        (DatasetDocument::SCHEMA, schema_for!(DatasetDocument)),
        (DetectDocument::SCHEMA, schema_for!(DetectDocument)),
        (DetectorListDocument::SCHEMA, schema_for!(DetectorListDocument)),
        (DetectorDocument::SCHEMA, schema_for!(DetectorDocument)),
        (PipelineListDocument::SCHEMA, schema_for!(PipelineListDocument)),
        (PipelineDocument::SCHEMA, schema_for!(PipelineDocument)),
        (FeedbackDocument::SCHEMA, schema_for!(FeedbackDocument)),
        (FeedbackChangeDocument::SCHEMA, schema_for!(FeedbackChangeDocument)),
    ]
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_schema_has_its_own_name_and_demands_it() {
        let schemas = super::schemas();
        for (index, (name, schema)) in schemas.iter().enumerate() {
            assert!(name.starts_with("pynomaly.") && name.ends_with("/1"), "{name}");
            assert!(schemas[..index].iter().all(|(other, _)| other != name), "{name} twice");
            let text = serde_json::to_string(schema).unwrap();
            assert!(text.contains("\"schema\""), "{name}");
        }
    }
}
