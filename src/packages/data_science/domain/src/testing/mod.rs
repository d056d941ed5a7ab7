//! What tests of this context share: examples, and the conformance suites that every adapter of
//! the repositories passes. Behind the feature `testing`.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "tests fail by panicking")]

mod conformance;
mod examples;
pub mod fuzz;
mod scores;

pub use conformance::{
    anomaly_repository_conformance, dataset_repository_conformance,
    feedback_repository_conformance, pipeline_repository_conformance,
};
pub use examples::{dataset, example_id, feedback, pipeline, report, version};
pub use scores::{scores_file_conformance, scores_writer_conformance};
