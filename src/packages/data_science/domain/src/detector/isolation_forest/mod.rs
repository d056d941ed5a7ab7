//! Isolation forest: rows that random splits separate early are anomalous.
//!
//! Liu, Ting, Zhou: "Isolation Forest" (ICDM 2008) and "Isolation-Based Anomaly Detection"
//! (TKDD 2012). In the paper's names: `t` trees ([`IsolationForest::trees`]), ψ rows per tree
//! ([`IsolationForest::sample_rows`], drawn without replacement), height limit `l = ⌈log₂ ψ⌉`,
//! score `s(x) = 2^(−E[h(x)] / c(ψ))` in (0, 1), where `h` is the depth of the leaf a row falls
//! into plus `c` of the rows the leaf kept.
//!
//! Reasons are exact: at a split from a node of `n` sampled rows to a child of `m`, the split's
//! feature gets `c(n) − (1 + c(m))`: how much shorter the expected path became than one average
//! split would have made it. The parts of a row's path sum to `c(ψ) − h(x)`; averaged over the
//! trees, a row's contributions sum to `c(ψ) − E[h(x)]`, which is what the score grows with.

mod grow;
pub(super) mod shape;
pub(super) mod tree;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::shape::{
    LANES, forest_formula, sample_rows_parameter, score_of_mean_path, trees_parameter,
};
use self::tree::{Tree, TreeDocument};
use self::walk::RankedForest;
use super::{Algorithm, Detector, DetectorDescription};
use crate::matrix::FeatureMatrix;
use crate::portable::Formula;

pub use self::shape::average_path_length;

/// Rows scored together at most.
const MAX_BLOCK_ROWS: usize = 256;

/// Numbers in a block of rows: few enough to stay in the first-level cache beside one tree.
const BLOCK_NUMBERS: usize = 2_560;

/// Trees that a stored forest may have at most.
const MAX_TREES: usize = 100_000;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct IsolationForest {
    /// Trees to grow.
    pub trees: u32,
    /// Rows each tree sees at most (ψ).
    pub sample_rows: u32,
}

/// A grown forest.
pub struct FittedForest {
    trees: Vec<Tree>,
    /// The same trees for scoring many rows, where they fit its form.
    ranked: Option<RankedForest>,
    /// ψ: rows that each tree saw.
    sample_rows: u32,
}

#[derive(Serialize, Deserialize)]
struct ForestDocument {
    sample_rows: u32,
    trees: Vec<TreeDocument>,
}

impl Algorithm for IsolationForest {
    fn name(&self) -> &'static str {
        "isolation_forest"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "random trees; rows that few splits separate are anomalous".to_owned(),
            good_for: "the most robust single choice: any scale, many rows, irrelevant columns; \
                       weak when a row is odd only among its near neighbours"
                .to_owned(),
            parameters: vec![
                trees_parameter(self.trees),
                sample_rows_parameter(self.sample_rows, 16_384),
            ],
            cost: "fit: trees × sample_rows × log(sample_rows), whatever n; score: n × trees × \
                   log(sample_rows); the model keeps no training row"
                .to_owned(),
            contribution: "splits saved: how much shorter the column made the path that isolates \
                           the row; a row's contributions sum to c(sample_rows) − E[path]"
                .to_owned(),
            reference: "Liu, Ting, Zhou: Isolation Forest, ICDM 2008; Isolation-Based Anomaly \
                        Detection, TKDD 2012"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let sample_rows = self.sample_rows.min(u32::try_from(features.rows()).unwrap_or(u32::MAX));
        let tree = |index: u32| {
            cancellation.check()?;
            Ok(grow::grow(features, sample_rows, seed, u64::from(index)))
        };
        let trees: Vec<_> = (0..self.trees).into_par_iter().map(tree).collect::<Result<_>>()?;
        Ok(Box::new(FittedForest::new(trees, sample_rows)))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let document: ForestDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the isolation forest in the model cannot be read").caused_by(cause)
        })?;
        if document.trees.is_empty() || document.trees.len() > MAX_TREES {
            return Err(Error::input(format!(
                "the isolation forest in the model has {} trees",
                document.trees.len()
            )));
        }
        for tree in &document.trees {
            tree.check(document.sample_rows, features)?;
        }
        Ok(Box::new(FittedForest::new(document.trees, document.sample_rows)))
    }
}

impl FittedForest {
    /// A forest of checked trees.
    fn new(trees: Vec<TreeDocument>, sample_rows: u32) -> Self {
        let ranked = RankedForest::new(&trees);
        Self { trees: trees.into_iter().map(Tree::new).collect(), ranked, sample_rows }
    }

    /// `Σ h(x)` over the trees of each row, node by node.
    fn path_sums(&self, features: &FeatureMatrix) -> Vec<f64> {
        let width = features.features();
        let block_rows = (BLOCK_NUMBERS / width.max(1)).clamp(LANES, MAX_BLOCK_ROWS);
        let mut path_sums = vec![0.0; features.rows()];
        let mut block = Vec::new();
        for (index, sums) in path_sums.chunks_mut(block_rows).enumerate() {
            let start = index * block_rows;
            features.copy_block(start, start + sums.len(), &mut block);
            for tree in &self.trees {
                tree.add_path_lengths(&block, width, sums);
            }
        }
        path_sums
    }
}

impl Detector for FittedForest {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let tree_count = self.trees.len() as f64;
        let mut scores = match &self.ranked {
            Some(ranked) => ranked.path_sums(features.rows(), features.columns()),
            None => self.path_sums(features),
        };
        for score in &mut scores {
            *score = score_of_mean_path(*score / tree_count, self.sample_rows);
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let mut contributions = vec![0.0; row.len()];
        for tree in &self.trees {
            tree.add_contributions(row, &mut contributions);
        }
        let tree_count = self.trees.len() as f64;
        for part in &mut contributions {
            *part /= tree_count;
        }
        contributions
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("trees".to_owned(), json!(self.trees.len())),
            ("sample_rows".to_owned(), json!(self.sample_rows)),
        ])
    }

    fn formula(&self) -> Result<Formula> {
        let trees = self.trees.iter().map(|tree| tree.document().portable());
        forest_formula(trees.collect(), self.sample_rows)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let document = ForestDocument {
            sample_rows: self.sample_rows,
            trees: self.trees.iter().map(|tree| tree.document().clone()).collect(),
        };
        postcard::to_allocvec(&document)
            .map_err(|cause| Error::internal("a forest does not serialise").caused_by(cause))
    }
}
