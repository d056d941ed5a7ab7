//! MCD: rows far from the densest half of the table, by its own ellipsoid, are anomalous.
//!
//! Rousseeuw, Van Driessen: "A Fast Algorithm for the Minimum Covariance Determinant Estimator"
//! (Technometrics 1999). FastMCD finds the `h` rows whose covariance has about the smallest
//! determinant: random starts of `d + 1` rows, concentration steps, the best starts of up to five
//! groups of rows merged and then settled on the whole table. Mean and covariance of those rows,
//! made consistent for normal rows (Croux, Haesbroeck 1999), are reweighted once: those of the rows
//! within the 97.5 % quantile of χ². The score is the squared Mahalanobis distance from them,
//! `(x − μ)ᵀ Σ⁻¹ (x − μ)`, as in PyOD and scikit-learn.
//!
//! Features are standardised robustly first, which the distance does not depend on but rounding
//! does. In directions without variance (repeated columns, fewer rows than columns) the distance is
//! that of the pseudo-inverse: they don't count.
//!
//! A row's reasons are `z_j (Σ⁻¹ z)_j` of its centred features `z`: they sum to the score, and are
//! the Shapley values of the distance with the centre as what is normal.

mod chi_squared;
mod ellipsoid;
mod search;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::ellipsoid::Ellipsoid;
use super::linear_algebra::{add_scaled, dot};
use super::scaling::Scaler;
use super::{Algorithm, Cost, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;
use crate::portable::{Formula, ScoreForm, Weighted, not_portable};

/// The share of normal rows that reweighting keeps.
const REWEIGHTED: f64 = 0.975;

/// The largest entry that whitening may have.
const MAX_WHITENING: f64 = 1e80;

/// More features would take hours: every step factors their covariance.
const MAX_FEATURES: usize = 300;

/// Rows scaled together.
const BLOCK_ROWS: usize = 256;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Mcd {
    /// The share of the rows whose determinant is minimised, above 0.5 and up to 1; 0 takes
    /// `h = ⌈(n + d + 1) / 2⌉` rows, which stands the most anomalies.
    pub support: f64,
}

/// The centre and covariance of the reweighted rows.
#[derive(Serialize, Deserialize)]
pub struct FittedMcd {
    support_rows: u64,
    scaler: Scaler,
    /// In scaled units.
    centre: Vec<f64>,
    /// `rank × features`, row-major.
    whitening: Vec<f64>,
}

impl Algorithm for Mcd {
    fn name(&self) -> &'static str {
        "mcd"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "distance from the densest half of the rows, by its own covariance".to_owned(),
            good_for: "correlated numeric columns with one centre, also with many anomalies; \
                       standardises columns robustly; weak with several clusters and with many \
                       columns of few values"
                .to_owned(),
            parameters: vec![Parameter::number(
                "support",
                self.support,
                0.0..=1.0,
                "share of the rows that are taken for normal; 0 takes about half",
            )],
            cost:
                "fit: at most 500 starts × 1,500 × d², then some steps of n × d²; score: n × d²; \
                   the model keeps d² numbers"
                    .to_owned(),
            contribution: "the column's part of the squared Mahalanobis distance, its Shapley \
                           value; a row's contributions sum to its score"
                .to_owned(),
            reference: "Rousseeuw, Van Driessen: A Fast Algorithm for the Minimum Covariance \
                        Determinant Estimator, Technometrics 1999"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let (rows, width) = (features.rows(), features.features());
        if width > MAX_FEATURES || u32::try_from(rows).is_err() {
            return Err(Error::input(format!(
                "mcd would take too long with {rows} rows of {width} features"
            ))
            .hint(format!("mcd takes up to {MAX_FEATURES} features; pca and ecod take more")));
        }
        let scaler = Scaler::robust(features);
        let data = scaler.apply(features);
        let support = if self.support > 0.0 {
            (self.support * rows as f64) as usize
        } else {
            (rows + width + 1).div_ceil(2)
        };
        let support = support.clamp(1, rows);
        let raw = search::smallest(&data, width, support, seed, cancellation)?;
        let reweighted = reweight(&data, raw, support as f64 / rows as f64)?;
        let Ellipsoid { centre, whitening, .. } = reweighted;
        Ok(Box::new(FittedMcd { support_rows: support as u64, scaler, centre, whitening }))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        // The covariances of the best starts, and the factors by which distances are measured.
        Cost::of_cells(rows, features, 6.0)
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let fitted: FittedMcd = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the MCD state in the model cannot be read").caused_by(cause)
        })?;
        fitted.scaler.check(features)?;
        let rank = fitted.whitening.len() / features.max(1);
        let sized = fitted.centre.len() == features
            && rank <= features
            && fitted.whitening.len() == rank * features;
        let bounded = |limit: f64| move |entry: &f64| entry.abs() <= limit;
        let sound = fitted.centre.iter().all(bounded(super::scaling::LIMIT))
            && fitted.whitening.iter().all(bounded(MAX_WHITENING));
        if sized && sound {
            return Ok(Box::new(fitted));
        }
        Err(Error::input("the MCD state in the model is not one of its features"))
    }
}

/// The ellipsoid of the rows that a raw one, made consistent, calls normal.
fn reweight(data: &[f64], raw: Ellipsoid, kept: f64) -> Result<Ellipsoid> {
    let (rank, width) = (raw.rank(), raw.centre.len());
    if rank == 0 {
        return Ok(raw);
    }
    let raw = raw.scaled(chi_squared::consistency_factor(kept, rank));
    let border = chi_squared::quantile(REWEIGHTED, rank);
    let distances = raw.squared_distances(data);
    let rows = (0_u32..).zip(distances).filter(|(_, distance)| *distance < border);
    let rows: Vec<u32> = rows.map(|(row, _)| row).collect();
    if rows.len() <= rank {
        return Ok(raw);
    }
    let reweighted = Ellipsoid::of(data, width, &rows)?;
    let rank = reweighted.rank().max(1);
    Ok(reweighted.scaled(chi_squared::consistency_factor(REWEIGHTED, rank)))
}

impl FittedMcd {
    /// Directions that count.
    fn directions(&self) -> impl Iterator<Item = &[f64]> {
        self.whitening.chunks_exact(self.centre.len().max(1))
    }

    /// Replaces a scaled row by its deviation from the centre.
    fn centre(&self, row: &mut [f64]) {
        for (value, centre) in row.iter_mut().zip(&self.centre) {
            *value -= centre;
        }
    }
}

impl Detector for FittedMcd {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scores = Vec::with_capacity(features.rows());
        let mut block = Vec::new();
        for start in (0..features.rows()).step_by(BLOCK_ROWS) {
            let end = (start + BLOCK_ROWS).min(features.rows());
            self.scaler.apply_block(features, start..end, &mut block);
            for row in block.chunks_exact_mut(self.centre.len().max(1)) {
                self.centre(row);
                let squares = self.directions().map(|direction| dot(direction, row).powi(2));
                scores.push(squares.sum());
            }
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let mut row = self.scaler.apply_row(row);
        self.centre(&mut row);
        let mut weighted = vec![0.0; row.len()];
        for direction in self.directions() {
            add_scaled(&mut weighted, dot(direction, &row), direction);
        }
        row.iter().zip(&weighted).map(|(value, weighted)| value * weighted).collect()
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let rank = self.whitening.len() / self.centre.len().max(1);
        BTreeMap::from([
            ("support_rows".to_owned(), json!(self.support_rows)),
            ("rank".to_owned(), json!(rank)),
        ])
    }

    fn formula(&self) -> Result<Formula> {
        if self.whitening.is_empty() {
            return Err(not_portable("no direction of its rows varies"));
        }
        let directions = self.directions();
        let directions = directions.map(|it| Weighted { weight: 1.0, entries: it.to_vec() });
        let (centre, directions) = (self.centre.clone(), directions.collect());
        let score = ScoreForm::Squares { centre, directions };
        Ok(Formula { scaler: Some(self.scaler.clone()), score })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self)
            .map_err(|cause| Error::internal("an ellipsoid does not serialise").caused_by(cause))
    }
}
