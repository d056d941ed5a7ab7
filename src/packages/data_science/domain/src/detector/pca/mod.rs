//! PCA: rows far from the others along principal components are anomalous, along minor ones most.
//!
//! Shyu, Chen, Sarinnapakorn, Chang: "A Novel Anomaly Detection Scheme Based on Principal Component
//! Classifier" (ICDM workshop 2003). Features are standardised, so components are those of the
//! correlation matrix, with eigenvalues `λ_k` and eigenvectors `e_k`. Two scores:
//!
//! - `eigenvector_distances`, as PyOD computes it: `Σ_k ‖z − e_k‖ / (λ_k / Σ λ)`. It grows about as
//!   the length of `z`: good where anomalies are far out in any direction.
//! - `component_scores`, the paper's over all components: `Σ_k y_k² / λ_k` with `y_k = e_k · z`, the
//!   Mahalanobis distance: it also sees rows that break a correlation.
//!
//! Components without variance (repeated columns, fewer rows than columns) don't count, so no score
//! is infinite. The robust option is the paper's multivariate trimming: the rows farthest by
//! Mahalanobis distance are left out, and all is learned again from the rest.
//!
//! A row's reasons sum to its score: `Σ_k (z_j − e_kj)² / ‖z − e_k‖` weighted as above, or
//! `z_j (P z)_j` with `P = Σ_k e_k e_kᵀ / λ_k`, which is the Shapley value of feature `j`.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::linear_algebra::{
    add_scaled, column_means, covariance, dot, squared_distance, symmetric_eigen,
};
use super::scaling::{LIMIT, Scaler};
use super::{Algorithm, Cost, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;
use crate::portable::{Formula, ScoreForm, Weighted, not_portable};

/// A component with a smaller share of the first one's variance has none but rounding.
const NO_VARIANCE: f64 = 1e-10;

/// Nor has one with a smaller variance, in squares of standardised units.
const LEAST_VARIANCE: f64 = 1e-20;

/// The largest weight that a component may have; none that was learned does.
const MAX_WEIGHT: f64 = 1e30;

/// Rows scaled together.
const BLOCK_ROWS: usize = 256;

/// What a row's score is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PcaScore {
    /// Distances to the eigenvectors, by the inverse share of variance (PyOD).
    EigenvectorDistances,
    /// Squared component scores by the inverse variance (Shyu 2003).
    ComponentScores,
}

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Pca {
    /// What a row's score is.
    pub score: PcaScore,
    /// The share of the rows that is trimmed, from 0 to below 1; the paper takes 0.005.
    pub trimmed: f64,
}

/// The components of the training rows.
#[derive(Serialize, Deserialize)]
pub struct FittedPca {
    score: PcaScore,
    trimmed: f64,
    scaler: Scaler,
    /// Per kept component, largest variance first.
    weights: Vec<f64>,
    /// `components × features`, row-major: unit vectors.
    components: Vec<f64>,
}

impl Algorithm for Pca {
    fn name(&self) -> &'static str {
        "pca"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "distance along principal components of the standardised columns".to_owned(),
            good_for: "correlated numeric columns with one centre; standardises columns; weak \
                       with several clusters"
                .to_owned(),
            parameters: vec![
                Parameter::word(
                    "score",
                    self.score,
                    &["eigenvector_distances", "component_scores"],
                    "eigenvector_distances (as PyOD) or component_scores (the paper's, the \
                     Mahalanobis distance)",
                ),
                Parameter::number(
                    "trimmed",
                    self.trimmed,
                    0.0..=0.5,
                    "share of the rows left out as too far before learning again; robust above 0",
                ),
            ],
            cost: "fit: n × d² + 9 d³; score: n × d²; the model keeps d² numbers".to_owned(),
            contribution: "the column's part of the score; a row's contributions sum to its score"
                .to_owned(),
            reference: "Shyu, Chen, Sarinnapakorn, Chang: A Novel Anomaly Detection Scheme Based \
                        on Principal Component Classifier, 2003"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        _seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let trimmed_rows = (self.trimmed.clamp(0.0, 1.0) * features.rows() as f64) as usize;
        if trimmed_rows == 0 || trimmed_rows >= features.rows() {
            return Ok(Box::new(self.fit_to(features)?));
        }
        let distant = Self { score: PcaScore::ComponentScores, ..*self };
        let distances = distant.fit_to(features)?.score(features);
        cancellation.check()?;
        let mut rows: Vec<usize> = (0..features.rows()).collect();
        rows.sort_by(|&a, &b| distances[a].total_cmp(&distances[b]));
        rows.truncate(features.rows() - trimmed_rows);
        rows.sort_unstable();
        let kept = features.columns().iter();
        let kept = kept.map(|column| rows.iter().map(|&row| column[row]).collect()).collect();
        Ok(Box::new(self.fit_to(&FeatureMatrix::from_columns(rows.len(), kept)?)?))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        // The covariances, their eigenvectors, and what these are found in.
        Cost::of_cells(rows, features, 3.0)
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let fitted: FittedPca = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the PCA state in the model cannot be read").caused_by(cause)
        })?;
        fitted.scaler.check(features)?;
        let components = fitted.weights.len();
        let sized = components <= features && fitted.components.len() == components * features;
        let weighted = fitted.weights.iter().all(|weight| (0.0..=MAX_WEIGHT).contains(weight));
        let directed = fitted.components.iter().all(|entry| entry.abs() < 1.5);
        if sized && weighted && directed && fitted.trimmed.is_finite() {
            return Ok(Box::new(fitted));
        }
        Err(Error::input("the PCA state in the model is not one of its features"))
    }
}

impl Pca {
    fn fit_to(&self, features: &FeatureMatrix) -> Result<FittedPca> {
        let scaler = Scaler::standard(features);
        let scaled = scaled_columns(&scaler, features)?;
        let degrees = features.rows().saturating_sub(1).max(1) as f64;
        let eigen = symmetric_eigen(&covariance(&scaled, &column_means(&scaled), degrees))?;
        let least =
            (NO_VARIANCE * eigen.values.first().copied().unwrap_or(0.0)).max(LEAST_VARIANCE);
        let kept = eigen.values.iter().take_while(|&&value| value > least).count();
        let kept = kept.min(features.rows().saturating_sub(1));
        let total: f64 = eigen.values[..kept].iter().sum();
        let weight = |value: &f64| match self.score {
            PcaScore::EigenvectorDistances => total / value,
            PcaScore::ComponentScores => 1.0 / value,
        };
        Ok(FittedPca {
            score: self.score,
            trimmed: self.trimmed,
            scaler,
            weights: eigen.values[..kept].iter().map(weight).collect(),
            components: eigen.vectors.entries()[..kept * features.features()].to_vec(),
        })
    }
}

/// All columns scaled.
fn scaled_columns(scaler: &Scaler, features: &FeatureMatrix) -> Result<FeatureMatrix> {
    let scales = scaler.centres().iter().zip(scaler.scales());
    let columns = features.columns().iter().zip(scales).map(|(column, (centre, scale))| {
        column.iter().map(|value| ((value - centre) / scale).clamp(-LIMIT, LIMIT)).collect()
    });
    FeatureMatrix::from_columns(features.rows(), columns.collect())
}

impl FittedPca {
    /// Every component's weight and unit vector.
    fn weighted_components(&self) -> impl Iterator<Item = (f64, &[f64])> {
        let features = self.scaler.features().max(1);
        self.weights.iter().copied().zip(self.components.chunks_exact(features))
    }

    /// The score of a standardised row.
    fn score_of(&self, row: &[f64]) -> f64 {
        let components = self.weighted_components();
        match self.score {
            PcaScore::EigenvectorDistances => components
                .map(|(weight, component)| weight * squared_distance(row, component).sqrt())
                .sum(),
            PcaScore::ComponentScores => {
                components.map(|(weight, component)| weight * dot(row, component).powi(2)).sum()
            }
        }
    }
}

impl Detector for FittedPca {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scores = Vec::with_capacity(features.rows());
        let mut block = Vec::new();
        for start in (0..features.rows()).step_by(BLOCK_ROWS) {
            let end = (start + BLOCK_ROWS).min(features.rows());
            self.scaler.apply_block(features, start..end, &mut block);
            let rows = block.chunks_exact(self.scaler.features().max(1));
            scores.extend(rows.map(|row| self.score_of(row)));
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let row = self.scaler.apply_row(row);
        let mut parts = vec![0.0; row.len()];
        let mut weighted = vec![0.0; row.len()];
        for (weight, component) in self.weighted_components() {
            match self.score {
                PcaScore::EigenvectorDistances => {
                    let squares =
                        row.iter().zip(component).map(|(value, entry)| (value - entry).powi(2));
                    let distance = squares.clone().sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
                    for (part, square) in parts.iter_mut().zip(squares) {
                        *part += weight * square / distance;
                    }
                }
                PcaScore::ComponentScores => {
                    add_scaled(&mut weighted, weight * dot(&row, component), component);
                }
            }
        }
        if self.score == PcaScore::ComponentScores {
            parts = row.iter().zip(&weighted).map(|(value, weighted)| value * weighted).collect();
        }
        parts
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("score".to_owned(), json!(self.score)),
            ("trimmed".to_owned(), json!(self.trimmed)),
            ("components".to_owned(), json!(self.weights.len())),
        ])
    }

    fn formula(&self) -> Result<Formula> {
        if self.weights.is_empty() {
            return Err(not_portable("no component of its rows varies"));
        }
        let weighted =
            |(weight, component): (f64, &[f64])| Weighted { weight, entries: component.to_vec() };
        let components = self.weighted_components().map(weighted).collect();
        let score = match self.score {
            PcaScore::EigenvectorDistances => ScoreForm::Distances { points: components },
            PcaScore::ComponentScores => {
                let centre = vec![0.0; self.scaler.features()];
                ScoreForm::Squares { centre, directions: components }
            }
        };
        Ok(Formula { scaler: Some(self.scaler.clone()), score })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self)
            .map_err(|cause| Error::internal("components do not serialise").caused_by(cause))
    }
}
