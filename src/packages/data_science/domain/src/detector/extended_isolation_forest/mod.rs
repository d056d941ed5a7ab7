//! Extended isolation forest: random splits across several features at once.
//!
//! Hariri, Carrasco Kind, Brunner: "Extended Isolation Forest" (TKDE 2019), with the hyperplanes
//! of isotree (Cortes 2019): a split draws [`TERMS`] features that vary in its node, a normal
//! coefficient for each, divided by the feature's standard deviation within the node, so that no
//! scale counts more than another, and a threshold uniform over the projections of the node's
//! rows. Trees, heights, path lengths and scores are those of the isolation forest.
//!
//! Reasons: a split's saving `c(n) − (1 + c(m))` (see the isolation forest) is shared among its
//! features by `|coefficient × (value − median)|`; a row's contributions sum to `c(ψ) − E[h(x)]`.

pub(super) mod grow;
pub(super) mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::tree::{CompleteTree, MAX_ROWS, TreeDocument, block_rows};
use super::isolation_forest::shape::{LANES, PLACES, forest_formula, score_of_mean_path};
use super::{Algorithm, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;
use crate::portable::Formula;

/// Features in a split.
pub(super) const TERMS: usize = 2;

/// Trees that a stored forest may have at most.
const MAX_TREES: usize = 10_000;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug)]
pub struct ExtendedIsolationForest {
    /// Trees to grow.
    pub trees: u32,
    /// Rows each tree sees at most (ψ), 256 or fewer.
    pub sample_rows: u32,
}

/// A grown forest.
pub struct FittedExtendedForest {
    document: ForestDocument,
    complete: Vec<CompleteTree>,
}

#[derive(Serialize, Deserialize)]
struct ForestDocument {
    /// ψ: rows that each tree saw.
    sample_rows: u32,
    /// The median of each feature.
    medians: Vec<f64>,
    trees: Vec<TreeDocument>,
}

impl Algorithm for ExtendedIsolationForest {
    fn name(&self) -> &'static str {
        "extended_isolation_forest"
    }

    fn describe(&self) -> DetectorDescription {
        let parameter = |name: &str, default: u32, meaning: &str| Parameter {
            name: name.to_owned(),
            default: json!(default),
            meaning: meaning.to_owned(),
        };
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "random trees that split across two columns at once".to_owned(),
            good_for: "like isolation_forest, and better when columns depend on each other; takes \
                       raw values of any scale"
                .to_owned(),
            parameters: vec![
                parameter("trees", self.trees, "trees to grow; more make scores steadier"),
                parameter("sample_rows", self.sample_rows, "rows each tree sees at most, ≤ 256"),
            ],
            cost: "fit: trees × sample_rows × log(sample_rows), and one median per column; score: \
                   n × trees × 8; the model keeps no training row"
                .to_owned(),
            contribution: "splits saved on the path that isolates the row, shared among the \
                           columns of a split by |coefficient × deviation from the median|; a \
                           row's contributions sum to c(sample_rows) − E[path]"
                .to_owned(),
            reference: "Hariri, Carrasco Kind, Brunner: Extended Isolation Forest, TKDE 2019; \
                        Cortes: isotree"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let most = self.sample_rows.min(PLACES as u32);
        let sample_rows = most.min(u32::try_from(features.rows()).unwrap_or(u32::MAX));
        let mut trees = Vec::with_capacity(self.trees as usize);
        for index in 0..u64::from(self.trees) {
            cancellation.check()?;
            trees.push(grow::grow(features, sample_rows, seed, index));
        }
        let medians = features.columns().iter().map(|column| median(column)).collect();
        let document = ForestDocument { sample_rows, medians, trees };
        Ok(Box::new(FittedExtendedForest::new(document)?))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let document: ForestDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the extended isolation forest in the model cannot be read")
                .caused_by(cause)
        })?;
        let medians = &document.medians;
        if medians.len() != features || medians.iter().any(|median| !median.is_finite()) {
            return Err(Error::input("the extended isolation forest in the model lacks medians"));
        }
        if document.trees.is_empty() || document.trees.len() > MAX_TREES {
            return Err(Error::input(format!(
                "the extended isolation forest in the model has {} trees",
                document.trees.len()
            )));
        }
        for tree in &document.trees {
            tree.check(document.sample_rows, features)?;
        }
        Ok(Box::new(FittedExtendedForest::new(document)?))
    }
}

/// The lower median.
pub(super) fn median(column: &[f64]) -> f64 {
    let mut values = column.to_vec();
    let middle = values.len().saturating_sub(1) / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

impl FittedExtendedForest {
    fn new(document: ForestDocument) -> Result<Self> {
        let rows = block_rows(document.medians.len());
        let complete = document.trees.iter().map(|tree| CompleteTree::new(tree, rows));
        let complete = complete.collect::<Option<_>>().ok_or_else(|| {
            Error::input("a tree of the extended isolation forest is higher than 8")
        })?;
        Ok(Self { document, complete })
    }
}

impl Detector for FittedExtendedForest {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let tree_count = self.complete.len() as f64;
        let rows = block_rows(features.features());
        let mut block = vec![0.0; features.features() * rows + MAX_ROWS];
        let mut scores = vec![0.0; features.rows().next_multiple_of(LANES)];
        for (index, scores) in scores.chunks_mut(rows).enumerate() {
            let start = index * rows;
            let end = (start + rows).min(features.rows());
            for (column, values) in features.columns().iter().zip(block.chunks_exact_mut(rows)) {
                values[..end - start].copy_from_slice(&column[start..end]);
            }
            for tree in &self.complete {
                tree.add_path_lengths(&block, scores);
            }
            for score in scores {
                *score = score_of_mean_path(*score / tree_count, self.document.sample_rows);
            }
        }
        scores.truncate(features.rows());
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let mut contributions = vec![0.0; row.len()];
        for tree in &self.document.trees {
            tree.add_contributions(row, &self.document.medians, &mut contributions);
        }
        for part in &mut contributions {
            *part /= self.complete.len() as f64;
        }
        contributions
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("trees".to_owned(), json!(self.document.trees.len())),
            ("sample_rows".to_owned(), json!(self.document.sample_rows)),
            ("features_per_split".to_owned(), json!(TERMS)),
        ])
    }

    fn formula(&self) -> Result<Formula> {
        let trees = self.document.trees.iter().map(TreeDocument::portable);
        forest_formula(trees.collect(), self.document.sample_rows)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(&self.document)
            .map_err(|cause| Error::internal("a forest does not serialise").caused_by(cause))
    }
}
