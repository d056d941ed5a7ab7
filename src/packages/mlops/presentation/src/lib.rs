//! MLOps, presentation: the `model` command and the model's part of a report.
//!
//! `cli` answers `model list|show|history`; `web` says in a report which model now watches the
//! dataset, or why none may. Both say the same in the same words, which stand at the crate's root.
//!
//! What is not here: `model promote|rollback`. A promotion by hand must reach the pipelines, and
//! the event that tells them of one is not published yet.

pub mod cli;
pub mod web;
mod words;

pub use words::{OutcomeWords, outcome_words};
