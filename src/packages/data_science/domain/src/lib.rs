//! Data science: datasets and their versions, detectors, pipelines, anomalies and their reasons.
//!
//! What is computed here is pure: [`encoder`] turns mixed columns into numbers, [`detector`] scores
//! them, [`model`] joins both with a calibration and a decision threshold into bytes that can be
//! stored, [`portable`] writes a model in terms of other programs. Repositories and the scores writer are ports; infrastructure implements them.
//!
//! Invariants: the same rows and the same seed give the same model bytes and the same scores,
//! whatever the number of threads; scores are finite and higher is more anomalous; a label column
//! is never learned from; model bytes from a stranger are refused, never trusted.

pub mod anomaly;
pub mod dataset;
pub mod decision;
pub mod detector;
pub mod encoder;
pub mod feedback;
pub mod label;
pub mod matrix;
pub mod metrics;
pub mod model;
pub mod pipeline;
pub mod portable;
pub mod reason;
pub mod sampling;
pub mod scores;
pub mod segments;
pub mod series;
mod tail;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
