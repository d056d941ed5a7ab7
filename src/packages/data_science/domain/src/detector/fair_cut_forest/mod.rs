//! Fair-cut forest: trees that split where the rows come apart best, instead of anywhere.
//!
//! Cortes: "Revisiting randomized choices in isolation forests" (2021), after the SCiForest of Liu,
//! Ting, Zhou: "On Detecting Clustered Anomalies Using SCiForest" (ECML PKDD 2010). A split draws
//! directions as the extended isolation forest does (two features that vary in the node, normal
//! coefficients over the features' standard deviations there); its threshold is where the pooled gain
//! `(σ − (nₗ σₗ + nᵣ σᵣ) / n) / σ` of the projections is greatest. The SCiForest averages `σₗ` and
//! `σᵣ` instead, which splits single rows off; pooled, small groups that lie together come off as a
//! whole. Of several directions (ten by default, as in 2010; one in 2021) the one with the greatest gain
//! is taken. Trees have no height limit and grow until rows are alone or equal; path lengths and scores
//! are those of the isolation forest. As in 2021, rows beyond the range of a split are not punished.
//!
//! Reasons are those of the extended isolation forest: a split's saving `c(n) − (1 + c(m))` is shared
//! among its features by `|coefficient × (value − median)|`.

mod grow;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::walk::WalkedTree;
use super::extended_isolation_forest::tree::{TreeDocument, block_rows};
use super::extended_isolation_forest::{TERMS, forest};
use super::isolation_forest::shape::{forest_formula, sample_rows_parameter, trees_parameter};
use super::{Algorithm, Cost, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;
use crate::portable::Formula;

/// Nodes on a usual path: half as many again as in a complete tree of 256 rows.
const USUAL_PATH: f64 = 12.0;

/// Bytes of a node: as it is stored and as it is walked.
const NODE_BYTES: f64 = 120.0;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct FairCutForest {
    /// Trees to grow.
    pub trees: u32,
    /// Rows each tree sees at most (ψ).
    pub sample_rows: u32,
    /// Directions drawn for a split, of which the one with the greatest gain is taken.
    pub candidates: u32,
}

/// A grown forest.
pub struct FittedFairCutForest {
    document: ForestDocument,
    walked: Vec<WalkedTree>,
}

#[derive(Serialize, Deserialize)]
struct ForestDocument {
    /// ψ: rows that each tree saw.
    sample_rows: u32,
    candidates: u32,
    /// The median of each feature.
    medians: Vec<f64>,
    trees: Vec<TreeDocument>,
}

impl Algorithm for FairCutForest {
    fn name(&self) -> &'static str {
        "fair_cut_forest"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "trees that split two columns at once where rows come apart best".to_owned(),
            good_for:
                "anomalies that lie together in small groups, and tables of several clusters; \
                       weaker than isolation_forest when anomalies are the far ends of one cloud; \
                       takes raw values of any scale"
                    .to_owned(),
            parameters: vec![
                trees_parameter(self.trees),
                sample_rows_parameter(self.sample_rows, 2_048),
                Parameter::whole(
                    "candidates",
                    self.candidates,
                    1..=100,
                    "random directions tried per split; the greatest gain is taken",
                ),
            ],
            cost: "fit: trees × candidates × sample_rows × log²(sample_rows), and one median per \
                   column; score: n × trees × about 12; the model keeps no training row"
                .to_owned(),
            contribution: "splits saved on the path that isolates the row, shared among the \
                           columns of a split by |coefficient × deviation from the median|; a \
                           row's contributions sum to c(sample_rows) − E[path]"
                .to_owned(),
            reference: "Cortes: Revisiting randomized choices in isolation forests, 2021; Liu, \
                        Ting, Zhou: On Detecting Clustered Anomalies Using SCiForest, ECML PKDD \
                        2010"
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
            Ok(grow::grow(features, sample_rows, self.candidates, seed, u64::from(index)))
        };
        let trees: Vec<_> = (0..self.trees).into_par_iter().map(tree).collect::<Result<_>>()?;
        let medians = forest::medians(features);
        let document = ForestDocument { sample_rows, candidates: self.candidates, medians, trees };
        Ok(Box::new(FittedFairCutForest::new(document)))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        let (rows, trees) = (rows as f64, f64::from(self.trees));
        let sampled = rows.min(f64::from(self.sample_rows));
        let grown = f64::from(self.candidates) * sampled * USUAL_PATH.powi(2);
        let visits = trees * rows * USUAL_PATH;
        Cost {
            operations: trees * grown + (TERMS + 1) as f64 * visits + 10.0 * rows * features as f64,
            bytes: trees * 2.0 * sampled * NODE_BYTES + 8.0 * rows,
        }
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let document: ForestDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the fair-cut forest in the model cannot be read").caused_by(cause)
        })?;
        let ForestDocument { sample_rows, medians, trees, .. } = &document;
        forest::check("fair-cut forest", trees, *sample_rows, medians, features)?;
        Ok(Box::new(FittedFairCutForest::new(document)))
    }
}

impl FittedFairCutForest {
    /// Of a checked document.
    fn new(document: ForestDocument) -> Self {
        let rows = block_rows(document.medians.len());
        let walked = document.trees.iter().map(|tree| WalkedTree::new(tree, rows)).collect();
        Self { document, walked }
    }
}

impl Detector for FittedFairCutForest {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        forest::scores(features, &self.walked, self.document.sample_rows)
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        forest::contributions(row, &self.document.trees, &self.document.medians)
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("trees".to_owned(), json!(self.document.trees.len())),
            ("sample_rows".to_owned(), json!(self.document.sample_rows)),
            ("candidates".to_owned(), json!(self.document.candidates)),
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
