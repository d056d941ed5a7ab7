//! What tests of this context share: a registry in memory, examples, and the conformance suite
//! that every [`ModelRepository`](crate::ModelRepository) passes. Behind the feature `testing`.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "tests fail by panicking")]

mod conformance;
mod examples;
mod in_memory;

pub use conformance::model_repository_conformance;
pub use examples::{alias_change, dataset_version, example_id, lineage, model, trained, version};
pub use in_memory::{Committed, InMemoryModels};
