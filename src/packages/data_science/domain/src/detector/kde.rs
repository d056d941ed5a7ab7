//! Kernel density: rows with few rows around them are anomalous.
//!
//! Parzen (1962) with a Gaussian kernel over robustly standardised columns, and the bandwidth
//! `h = 2 σ n^(−1/(d + 4))`: twice that of Scott (1992), which suits the middle of a distribution
//! where rows are many, while anomalies are in the tails. σ is the median of the columns' standard
//! deviations. The score is `−ln` of the density, up to a constant. The model keeps at most
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
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
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
            parameters: vec![Parameter::whole(
                "reference_rows",
                self.reference_rows,
                1..=MAX_REFERENCE_ROWS,
                "training rows kept as reference at most",
            )],
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

/// `ln` of a share that a sum of kernels does not notice.
const NEGLIGIBLE: f64 = -40.0;

/// Twice Scott's rule; the deviation is the median over the columns that vary, so that a few wide ones
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
    (2.0 * deviation * rows.powf(-1.0 / (width as f64 + 4.0))).clamp(MIN_BANDWIDTH, LIMIT)
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
            let exponent = (nearest - distance) / unit;
            // What is below rounding of the nearest row's 1 is not worth an exponential.
            if exponent > NEGLIGIBLE && Some(index) != own {
                sum += exponent.exp();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn features() -> FeatureMatrix {
        let x: Vec<f64> = (0..30).map(|row| f64::from((row * 7) % 13)).collect();
        let y = (0..30).map(|row| f64::from((row * 5) % 11) + x[row as usize] / 2.0).collect();
        FeatureMatrix::from_columns(30, vec![x, y]).unwrap()
    }

    /// The formula, one kernel at a time, without the row itself.
    fn slow_score(reference: &[[f64; 2]], h: f64, row: [f64; 2], own: Option<usize>) -> f64 {
        let kernel = |other: &[f64; 2]| {
            let squares = (row[0] - other[0]).powi(2) + (row[1] - other[1]).powi(2);
            (-squares / (2.0 * h * h)).exp()
        };
        let others = reference.iter().enumerate().filter(|(index, _)| Some(*index) != own);
        let kernels: Vec<f64> = others.map(|(_, other)| kernel(other)).collect();
        -(kernels.iter().sum::<f64>() / kernels.len() as f64).ln()
    }

    #[test]
    fn scores_and_contributions_follow_the_formula() {
        let features = features();
        let kde = KernelDensity { reference_rows: 2_048 };
        let fitted = kde.fit(&features, 1, &Cancellation::default()).unwrap();
        let scaler = Scaler::robust(&features);
        let all: Vec<usize> = (0..30).collect();
        let rows = scaled_rows(&scaler, &features, &all);
        let reference: Vec<[f64; 2]> = rows.chunks(2).map(|row| [row[0], row[1]]).collect();
        let h = fitted.parameters()["bandwidth"].as_f64().unwrap();
        for (index, score) in fitted.score(&features).iter().enumerate() {
            let slow = slow_score(&reference, h, reference[index], Some(index));
            assert!((score - slow).abs() < 1e-9, "{score} is not {slow}");
        }
        let probe = scaler.apply_row(&[20.0, 3.0]);
        let slow = |x, y| slow_score(&reference, h, [x, y], None);
        let parts = fitted.contributions(&[20.0, 3.0]);
        let without_x = slow(median(&rows, 2, 0), probe[1]);
        assert!((parts[0] - (slow(probe[0], probe[1]) - without_x)).abs() < 1e-9);
    }

    #[test]
    fn an_outlier_among_the_reference_rows_does_not_vouch_for_itself() {
        let mut x: Vec<f64> = (0..100).map(|row| f64::from(row % 10)).collect();
        x.push(60.0);
        let features = FeatureMatrix::from_columns(101, vec![x]).unwrap();
        let kde = KernelDensity { reference_rows: 2_048 };
        let scores = kde.fit(&features, 1, &Cancellation::default()).unwrap().score(&features);
        assert!(scores[100] > 10.0 * scores[0].abs(), "{scores:?}");
    }
}
