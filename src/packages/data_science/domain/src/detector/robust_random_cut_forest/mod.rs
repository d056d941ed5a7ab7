//! Robust random cut forest: rows whose arrival would displace many others are anomalous.
//!
//! Guha, Mishra, Roy, Schrijvers: "Robust Random Cut Forest Based Anomaly Detection on Streams"
//! (ICML 2016). A tree cuts its rows at a feature drawn in proportion to the rows' range on it; the
//! score is the collusive displacement: over the ancestors of a row, the greatest ratio of the rows
//! beside to the rows with it. A row is not put into the trees: its expected displacement over all
//! cuts that its arrival could draw (the paper's insertion) is summed on the way down, so that
//! scores are not random and trees do not change. A row that equals a kept one is taken to be it.
//!
//! Each tree keeps a uniform sample of the rows, as a reservoir over a stream would; cutting the
//! reservoir as a whole gives trees of the same distribution as inserting and deleting row by row
//! (Theorem 1 and 2). Ranges decide on cuts, so columns are standardised robustly first.
//!
//! Reasons: what a cut at a node adds to the expected displacement is shared among the features by
//! how far the row lies outside the node's box on each; a row's contributions sum to its score,
//! unless it equals a kept row: then the cut with the greatest ratio gets it.

mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::tree::{BoxedTree, TreeDocument};
use super::cblof::scaled_rows;
use super::random::{sample, stream};
use super::scaling::Scaler;
use super::{Algorithm, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;

/// Numbers that the kept rows of all trees may take; wide tables keep fewer rows.
const NUMBER_BUDGET: usize = 4 << 20;

/// Rows scored together.
const BLOCK_ROWS: usize = 256;

/// Trees that a stored forest may have at most.
const MAX_TREES: usize = 10_000;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RobustRandomCutForest {
    /// Trees to cut.
    pub trees: u32,
    /// Rows each tree keeps at most.
    pub sample_rows: u32,
}

/// A forest that was cut.
pub struct FittedCutForest {
    document: ForestDocument,
    boxed: Vec<BoxedTree>,
}

#[derive(Serialize, Deserialize)]
struct ForestDocument {
    scaler: Scaler,
    sample_rows: u32,
    trees: Vec<TreeDocument>,
}

impl Algorithm for RobustRandomCutForest {
    fn name(&self) -> &'static str {
        "robust_random_cut_forest"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "how many rows the row's arrival would displace".to_owned(),
            good_for: "streams, and groups of anomalies that hide each other; columns are \
                       standardised robustly; irrelevant columns do less harm than in distances"
                .to_owned(),
            parameters: vec![
                Parameter::whole(
                    "trees",
                    self.trees,
                    1..=1_000,
                    "trees to cut; more make scores steadier",
                ),
                Parameter::whole(
                    "sample_rows",
                    self.sample_rows,
                    4..=4_096,
                    "rows each tree keeps at most",
                ),
            ],
            cost: "score: n × trees × log(sample_rows) × d; the model keeps trees × sample_rows \
                   training rows, fewer of wide tables"
                .to_owned(),
            contribution: "the column's share of the expected displacement, in rows; a row's \
                           contributions sum to its score"
                .to_owned(),
            reference: "Guha, Mishra, Roy, Schrijvers: Robust Random Cut Forest Based Anomaly \
                        Detection on Streams, ICML 2016"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let width = features.features();
        let scaler = Scaler::robust(features);
        let affordable = NUMBER_BUDGET / (width * self.trees.max(1) as usize).max(1);
        let most = u64::from(self.sample_rows.max(2)).min(affordable.max(16) as u64);
        let tree = |index: u32| {
            cancellation.check()?;
            let mut random = stream(seed, u64::from(index));
            let rows = sample(&mut random, features.rows() as u64, most);
            let points = scaled_rows(&scaler, features, &rows);
            Ok(TreeDocument::cut(&points, width, &mut random))
        };
        let trees = (0..self.trees).into_par_iter().map(tree).collect::<Result<_>>()?;
        let sample_rows = most.min(features.rows() as u64) as u32;
        Ok(Box::new(FittedCutForest::new(ForestDocument { scaler, sample_rows, trees })))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let document: ForestDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the random cut forest in the model cannot be read").caused_by(cause)
        })?;
        document.scaler.check(features)?;
        if document.trees.is_empty() || document.trees.len() > MAX_TREES {
            return Err(Error::input(format!(
                "the random cut forest in the model has {} trees",
                document.trees.len()
            )));
        }
        for tree in &document.trees {
            tree.check(document.sample_rows, features)?;
        }
        Ok(Box::new(FittedCutForest::new(document)))
    }
}

impl FittedCutForest {
    fn new(document: ForestDocument) -> Self {
        let width = document.scaler.features();
        let boxed = document.trees.iter().map(|tree| BoxedTree::new(tree, width)).collect();
        Self { document, boxed }
    }
}

impl Detector for FittedCutForest {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let width = features.features();
        let mut scores = vec![0.0; features.rows()];
        let mut block = Vec::new();
        for (index, scores) in scores.chunks_mut(BLOCK_ROWS).enumerate() {
            let start = index * BLOCK_ROWS;
            self.document.scaler.apply_block(features, start..start + scores.len(), &mut block);
            // Tree by tree, so that one tree's boxes stay in the cache.
            for tree in &self.boxed {
                for (score, row) in scores.iter_mut().zip(block.chunks_exact(width.max(1))) {
                    *score += tree.displacement(row, None);
                }
            }
            for score in scores {
                *score /= self.boxed.len() as f64;
            }
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let scaled = self.document.scaler.apply_row(row);
        let mut contributions = vec![0.0; row.len()];
        for tree in &self.boxed {
            tree.displacement(&scaled, Some(&mut contributions));
        }
        for part in &mut contributions {
            *part /= self.boxed.len() as f64;
        }
        contributions
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("trees".to_owned(), json!(self.boxed.len())),
            ("sample_rows".to_owned(), json!(self.document.sample_rows)),
        ])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(&self.document)
            .map_err(|cause| Error::internal("a forest does not serialise").caused_by(cause))
    }
}
