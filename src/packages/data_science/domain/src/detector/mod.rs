//! The detectors: one file each, behind two object-safe traits.
//!
//! An [`Algorithm`] learns; what it learned is a [`Detector`], which scores rows, tells each
//! feature's part in a score, and turns into bytes and back. To add one, write its file and put it
//! into the list in `registry.rs`.

pub mod abod;
pub mod auto;
pub mod cblof;
pub mod cof;
#[cfg(test)]
mod conformance;
pub mod copod;
mod cost;
pub mod ecod;
pub mod extended_isolation_forest;
pub mod fair_cut_forest;
pub mod gmm;
pub mod half_space_trees;
pub mod hbos;
pub mod inne;
pub mod isolation_forest;
mod k_means;
pub mod kde;
pub mod knn;
mod linear_algebra;
pub mod loda;
pub mod lof;
pub mod mcd;
pub mod neighbours;
pub mod one_class_svm;
mod parameter;
pub mod pca;
mod random;
mod registry;
pub mod robust_random_cut_forest;
pub mod scaling;
pub mod tails;
mod vectors;

use std::collections::BTreeMap;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use crate::matrix::FeatureMatrix;
use crate::portable::{Formula, not_portable};

pub use cost::{Cost, Job, check_memory};
pub use parameter::{Accepted, Configurable, Parameter};
pub use registry::{DEFAULT_DETECTOR, algorithm, algorithms, configured_algorithm};

/// Rows that a thread scores before it looks for a request to stop: enough that what a detector knows of a
/// column is read for many of them, and so few that all threads have some ...
const MOST_ROWS_TOGETHER: usize = 65_536;

/// ... and that they take less than a second.
const OPERATIONS_TOGETHER: f64 = 2e8;

/// What a user should know before choosing a detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DetectorDescription {
    /// Name on the command line.
    pub name: String,
    /// One line.
    pub summary: String,
    /// When it is a good choice, and when not.
    pub good_for: String,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Time and memory in rows n, features d.
    pub cost: String,
    /// What a reason's contribution measures.
    pub contribution: String,
    /// The paper.
    pub reference: String,
}

/// A way to learn what is normal.
pub trait Algorithm: Configurable + Send + Sync {
    /// Name on the command line and in stored models.
    fn name(&self) -> &'static str;

    /// What a user should know.
    fn describe(&self) -> DetectorDescription;

    /// Learns from all rows of a matrix with at least one row and one feature.
    ///
    /// The result depends on the matrix and the seed only.
    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>>;

    /// What learning from and scoring `rows` rows of `features` features takes at most; unless a
    /// detector says otherwise, in proportion to the cells.
    fn cost(&self, rows: usize, features: usize) -> Cost {
        Cost::of_cells(rows, features, 0.0)
    }

    /// Restores what [`Detector::to_bytes`] wrote, for rows of `features` features; bytes that
    /// could make scoring fail are refused.
    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>>;
}

/// What an [`Algorithm`] learned. It is called with rows of as many features as it learned from.
pub trait Detector: Send + Sync {
    /// One finite score per row; higher is more anomalous.
    fn score(&self, features: &FeatureMatrix) -> Vec<f64>;

    /// Each feature's part in the score of one row, higher pushing towards anomalous.
    fn contributions(&self, row: &[f64]) -> Vec<f64>;

    /// What it chose and why, a line each; nothing where there was nothing to choose.
    fn choices(&self) -> Vec<String> {
        Vec::new()
    }

    /// Parameters as used, by name.
    fn parameters(&self) -> BTreeMap<String, serde_json::Value>;

    /// The score in terms that other programs know too; an error where it has none.
    fn formula(&self) -> Result<Formula> {
        Err(not_portable("its detector has no form that other programs compute"))
    }

    /// The whole state.
    fn to_bytes(&self) -> Result<Vec<u8>>;
}

/// [`Detector::score`] of what an algorithm learned, on all threads: the same scores, as each row has its
/// own.
pub fn score_rows(
    algorithm: &dyn Algorithm,
    detector: &dyn Detector,
    features: &FeatureMatrix,
    cancellation: &Cancellation,
) -> Result<Vec<f64>> {
    let rows = features.rows();
    let operations = algorithm.cost(rows, features.features()).operations / rows.max(1) as f64;
    let affordable = (OPERATIONS_TOGETHER / operations.max(1.0)) as usize;
    let shared = rows.div_ceil(4 * rayon::current_num_threads());
    let together = shared.min(affordable).clamp(64, MOST_ROWS_TOGETHER);
    let mut scores = vec![0.0; rows];
    let score = |part: &mut FeatureMatrix, (index, scores): (usize, &mut [f64])| {
        cancellation.check()?;
        let start = index * together;
        features.copy_rows(start..start + scores.len(), part);
        scores.copy_from_slice(&detector.score(part));
        Ok(())
    };
    let parts = scores.par_chunks_mut(together).enumerate();
    parts.map_init(FeatureMatrix::default, score).collect::<Result<()>>()?;
    Ok(scores)
}
