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

pub(super) mod forest;
pub(super) mod grow;
pub(super) mod tree;

#[cfg(test)]
pub(super) mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::tree::{CompleteTree, TreeDocument, block_rows};
use super::isolation_forest::shape::{
    PLACES, forest_formula, sample_rows_parameter, trees_parameter,
};
use super::{Algorithm, Detector, DetectorDescription};
use crate::matrix::FeatureMatrix;
use crate::portable::Formula;

/// Features in a split.
pub(super) const TERMS: usize = 2;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
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
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "random trees that split across two columns at once".to_owned(),
            good_for: "like isolation_forest, and better when columns depend on each other; takes \
                       raw values of any scale"
                .to_owned(),
            parameters: vec![
                trees_parameter(self.trees),
                sample_rows_parameter(self.sample_rows, 256),
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
        let tree = |index: u32| {
            cancellation.check()?;
            Ok(grow::grow(features, sample_rows, seed, u64::from(index)))
        };
        let trees: Vec<_> = (0..self.trees).into_par_iter().map(tree).collect::<Result<_>>()?;
        let medians = forest::medians(features);
        let document = ForestDocument { sample_rows, medians, trees };
        Ok(Box::new(FittedExtendedForest::new(document)?))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let document: ForestDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the extended isolation forest in the model cannot be read")
                .caused_by(cause)
        })?;
        let ForestDocument { sample_rows, medians, trees, .. } = &document;
        forest::check("extended isolation forest", trees, *sample_rows, medians, features)?;
        Ok(Box::new(FittedExtendedForest::new(document)?))
    }
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
        forest::scores(features, &self.complete, self.document.sample_rows)
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        forest::contributions(row, &self.document.trees, &self.document.medians)
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
