//! MLOps, domain: which model watches which dataset, where it came from, and since when.
//!
//! A dataset has one registered [`Model`]; each training adds a numbered [`ModelVersion`] with its
//! lineage (dataset version, gate decision, profile). Every attempt to train is a [`Run`], also
//! one that was declined. The alias `champion` names the version that watches; its history is
//! append-only ([`AliasChange`]), so "which version was champion when" always has an answer.
//!
//! Invariants: numbers count from 1 without gaps and are never reused; a version never changes;
//! one event leads to at most one run and one version. Detectors are unknown here: data science
//! trains behind the kernel's `ModelTrainer` port.

mod alias;
mod model;
mod promotion;
mod repository;
mod run;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use alias::{AliasChange, CHAMPION, holder_at};
pub use model::{Lineage, Model, ModelVersion};
pub use promotion::{Promotion, decide_promotion};
pub use repository::{ModelRepository, Registration};
pub use run::{DEFAULT_SEED, Run, RunStatus};
