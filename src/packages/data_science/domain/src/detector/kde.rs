//! Kernel density: rows with few rows around them are anomalous.
//!
//! Parzen (1962) with a Gaussian kernel over robustly standardised columns, and the bandwidth
//! `h = σ n^(−1/(d + 4))` of Scott (1992), σ being the root mean square deviation of the reference
//! rows. The score is `−ln` of the density, up to a constant. The model keeps at most
//! [`MAX_REFERENCE_ROWS`] reference rows, drawn at random.
//!
//! A row is never its own neighbour: one reference row that equals it is left out, so that an
//! outlier among the reference rows does not vouch for itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::cblof::scaled_rows;
use super::k_means::squared_distance;
use super::random::{sample, stream};
use super::scaling::{LIMIT, Scaler};
use super::{Algorithm, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;

/// Reference rows that a model keeps at most.
pub const MAX_REFERENCE_ROWS: u32 = 2_048;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug)]
pub struct KernelDensity {
    /// Reference rows to keep at most.
    pub reference_rows: u32,
}

/// Reference rows.
#[derive(Serialize, Deserialize)]
pub struct FittedDensity {
    scaler: Scaler,
    /// Scaled, row-major.
    reference: Vec<f64>,
    /// Of the scaled reference rows.
    medians: Vec<f64>,
    /// h.
    bandwidth: f64,
}

impl Algorithm for KernelDensity {
    fn name(&self) -> &'static str {
        "kde"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "density of normal kernels around reference rows".to_owned(),
            good_for: "smooth data of any form in few columns; columns are standardised robustly; \
                       in many columns no better than the distance to the nearest row"
                .to_owned(),
            parameters: vec![Parameter {
                name: "reference_rows".to_owned(),
                default: json!(self.reference_rows),
                meaning: "training rows kept as reference at most".to_owned(),
            }],
            cost: "score: n × reference_rows × d; the model keeps the reference rows".to_owned(),
            contribution: "how much −ln density would fall, in nats, if the column had the \
                           reference's median"
                .to_owned(),
            reference: "Parzen: On Estimation of a Probability Density Function and Mode, 1962; \
                        Scott: Multivariate Density Estimation, 1992"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        _cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let scaler = Scaler::robust(features);
        let most = u64::from(self.reference_rows.clamp(1, MAX_REFERENCE_ROWS));
        let rows = sample(&mut stream(seed, 0), features.rows() as u64, most);
        let reference = scaled_rows(&scaler, features, &rows);
        let width = features.features();
        let medians = (0..width).map(|column| median(&reference, width, column)).collect();
        let bandwidth = bandwidth(&reference, width);
        Ok(Box::new(FittedDensity { scaler, reference, medians, bandwidth }))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let fitted: FittedDensity = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the reference rows in the model cannot be read").caused_by(cause)
        })?;
        fitted.scaler.check(features)?;
        let inside = |value: &f64| value.abs() <= LIMIT;
        let sound = fitted.reference.len().is_multiple_of(features.max(1))
            && (features..=features.saturating_mul(MAX_REFERENCE_ROWS as usize))
                .contains(&fitted.reference.len())
            && fitted.medians.len() == features
            && fitted.reference.iter().chain(&fitted.medians).all(inside)
            && (MIN_BANDWIDTH..=LIMIT).contains(&fitted.bandwidth);
        if !sound {
            return Err(Error::input("the reference rows in the model are broken"));
        }
        Ok(Box::new(fitted))
    }
}

/// The least bandwidth, in scaled units.
const MIN_BANDWIDTH: f64 = 1e-6;

/// Scott's rule; the deviation is the median over the columns that vary, so that a few wide ones
/// do not blur the others.
fn bandwidth(reference: &[f64], width: usize) -> f64 {
    let rows = (reference.len() / width) as f64;
    let mut deviations = Vec::new();
    for column in 0..width {
        let values = || reference.iter().skip(column).step_by(width);
        let mean = values().sum::<f64>() / rows;
        let variance = values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / rows;
        if variance > 0.0 {
            deviations.push(variance.sqrt());
        }
    }
    deviations.sort_unstable_by(f64::total_cmp);
    let deviation = deviations.get(deviations.len() / 2).copied().unwrap_or(1.0);
    (deviation * rows.powf(-1.0 / (width as f64 + 4.0))).clamp(MIN_BANDWIDTH, LIMIT)
}

/// The lower median of a column.
pub(super) fn median(rows: &[f64], width: usize, column: usize) -> f64 {
    let mut values: Vec<f64> = rows.iter().skip(column).step_by(width).copied().collect();
    let middle = values.len().saturating_sub(1) / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}

impl FittedDensity {
    /// `−ln Σ exp(−‖x − r‖² / 2h²)` from squared distances, without their 0 of the row itself.
    fn score_of(&self, distances: &[f64], own: Option<usize>) -> f64 {
        let least = |(index, &distance): (usize, &f64)| {
            if Some(index) == own { f64::INFINITY } else { distance }
        };
        let nearest = distances.iter().enumerate().map(least).fold(f64::INFINITY, f64::min);
        if nearest.is_infinite() {
            return 0.0; // the only reference row is the row itself: nothing to compare with
        }
        let unit = 2.0 * self.bandwidth * self.bandwidth;
        let mut sum = 0.0;
        for (index, distance) in distances.iter().enumerate() {
            if Some(index) != own {
                sum += ((nearest - distance) / unit).exp();
            }
        }
        let rows = distances.len() - usize::from(own.is_some());
        nearest / unit - (sum / rows as f64).ln()
    }

    /// Squared distances to all reference rows, and which of them is the row itself.
    fn distances(&self, scaled: &[f64], distances: &mut Vec<f64>) -> Option<usize> {
        distances.clear();
        let reference = self.reference.chunks_exact(scaled.len().max(1));
        distances.extend(reference.map(|reference| squared_distance(reference, scaled)));
        distances.iter().position(|&distance| distance == 0.0)
    }
}

impl Detector for FittedDensity {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let (mut row, mut distances) = (Vec::new(), Vec::new());
        let score = |index| {
            features.copy_row(index, &mut row);
            let own = self.distances(&self.scaler.apply_row(&row), &mut distances);
            self.score_of(&distances, own)
        };
        (0..features.rows()).map(score).collect()
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let scaled = self.scaler.apply_row(row);
        let mut distances = Vec::new();
        let own = self.distances(&scaled, &mut distances);
        let score = self.score_of(&distances, own);
        let width = row.len();
        let without = |column: usize| {
            let reference = self.reference.iter().skip(column).step_by(width);
            let moved: Vec<f64> = distances
                .iter()
                .zip(reference)
                .map(|(distance, r)| {
                    let (old, new) = (scaled[column] - r, self.medians[column] - r);
                    (distance - old * old + new * new).max(0.0)
                })
                .collect();
            self.score_of(&moved, own)
        };
        (0..width).map(|column| score - without(column)).collect()
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let rows = self.reference.len() / self.medians.len().max(1);
        BTreeMap::from([
            ("reference_rows".to_owned(), json!(rows)),
            ("bandwidth".to_owned(), json!(self.bandwidth)),
        ])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self)
            .map_err(|cause| Error::internal("reference rows do not serialise").caused_by(cause))
    }
}
