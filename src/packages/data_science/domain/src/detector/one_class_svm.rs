//! One-class support vector machine: rows outside the region that holds most of the rows are
//! anomalous.
//!
//! Schölkopf, Platt, Shawe-Taylor, Smola, Williamson: "Estimating the Support of a
//! High-Dimensional Distribution" (Neural Computation 2001), with the Gaussian kernel
//! `exp(−γ‖x − y‖²)` by random Fourier features (Rahimi, Recht 2007), so that neither training nor
//! scoring depends on the square of the rows: `min ½‖w‖² − ρ + 1/(νn) Σ max(0, ρ − w·φ(x))` is
//! solved by stochastic gradient steps of `1/t`, averaged over the second half of them. The score
//! is `ρ − w·φ(x)`: above 0 outside. Columns are standardised robustly; γ is one over the median
//! squared distance of two rows.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::cblof::scaled_rows;
use super::k_means::squared_distance;
use super::kde::median;
use super::linear_algebra::dot;
use super::random::{below, normal, sample, stream, unit};
use super::scaling::{LIMIT, Scaler};
use super::{Algorithm, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;

/// Rows that training draws from at most.
const MAX_ROWS: u64 = 16_384;

/// Gradient steps.
const STEPS: usize = 60_000;

/// The largest inverse of a squared distance: frequencies of its root stay within [`LIMIT`].
const MOST_INVERSE: f64 = 1e90;

/// Fourier features that a stored machine may have at most.
const MAX_FOURIER_FEATURES: usize = 65_536;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct OneClassSvm {
    /// Random Fourier features (D).
    pub fourier_features: u32,
    /// The share of training rows outside at most (ν).
    pub outside_share: f64,
}

/// A trained machine.
#[derive(Serialize, Deserialize)]
pub struct FittedOneClassSvm {
    scaler: Scaler,
    /// Of the scaled training rows.
    medians: Vec<f64>,
    /// `D × d`, row-major, drawn from N(0, 2γ).
    frequencies: Vec<f64>,
    /// `D`, uniform in [0, 2π).
    phases: Vec<f64>,
    /// w, already times `√(2/D)`.
    weights: Vec<f64>,
    /// ρ.
    offset: f64,
}

impl Algorithm for OneClassSvm {
    fn name(&self) -> &'static str {
        "ocsvm"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "a smooth border around most of the rows".to_owned(),
            good_for: "few columns and a compact normal region of any form; columns are \
                       standardised robustly; far outliers all score alike"
                .to_owned(),
            parameters: vec![
                Parameter::whole(
                    "fourier_features",
                    self.fourier_features,
                    1..=4_096,
                    "random features",
                ),
                Parameter::number(
                    "outside_share",
                    self.outside_share,
                    0.001..=1.0,
                    "training rows outside (ν)",
                ),
            ],
            cost: "fit: 60,000 steps of fourier_features; score: n × fourier_features × d; the \
                   model keeps no training row"
                .to_owned(),
            contribution: "how much the score would fall if the column had the median".to_owned(),
            reference: "Schölkopf et al.: Estimating the Support of a High-Dimensional \
                        Distribution, Neural Computation 2001; Rahimi, Recht: Random Features for \
                        Large-Scale Kernel Machines, NIPS 2007"
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
        let mut random = stream(seed, 0);
        let drawn = sample(&mut random, features.rows() as u64, MAX_ROWS);
        let rows = scaled_rows(&scaler, features, &drawn);
        let deviation = (2.0 * inverse_squared_distance(&rows, width, &mut random)).sqrt();
        let size = self.fourier_features.max(1) as usize;
        let frequencies = (0..size * width).map(|_| deviation * normal(&mut random)).collect();
        let phases = (0..size).map(|_| std::f64::consts::TAU * unit(&mut random)).collect();
        let mut machine = FittedOneClassSvm {
            medians: (0..width).map(|column| median(&rows, width, column)).collect(),
            scaler,
            frequencies,
            phases,
            weights: vec![0.0; size],
            offset: 0.0,
        };
        machine.train(&rows, width, self.outside_share, &mut random, cancellation)?;
        Ok(Box::new(machine))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let machine: FittedOneClassSvm = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the support vector machine in the model cannot be read").caused_by(cause)
        })?;
        machine.scaler.check(features)?;
        let size = machine.weights.len();
        let inside = |value: &f64| value.abs() <= LIMIT;
        let numbers = [&machine.medians, &machine.frequencies, &machine.phases, &machine.weights];
        let sound = (1..=MAX_FOURIER_FEATURES).contains(&size)
            && machine.phases.len() == size
            && machine.frequencies.len() == size * features
            && machine.medians.len() == features
            && numbers.into_iter().flatten().all(inside)
            && machine.offset.abs() <= LIMIT;
        if !sound {
            return Err(Error::input("the support vector machine in the model is broken"));
        }
        Ok(Box::new(machine))
    }
}

/// γ: one over the median squared distance of 1,000 pairs of different rows.
fn inverse_squared_distance(rows: &[f64], width: usize, random: &mut ChaCha8Rng) -> f64 {
    let count = (rows.len() / width) as u64;
    let mut distances = Vec::new();
    for _ in 0..1_000 {
        let [a, b] = [(); 2].map(|()| below(random, count) as usize * width);
        let distance = squared_distance(&rows[a..a + width], &rows[b..b + width]);
        if distance > 0.0 {
            distances.push(distance);
        }
    }
    if distances.is_empty() {
        return 1.0;
    }
    let middle = distances.len() / 2;
    // Beside a value far out, all others may be next to nothing apart.
    (1.0 / *distances.select_nth_unstable_by(middle, f64::total_cmp).1).min(MOST_INVERSE)
}

impl FittedOneClassSvm {
    /// `cos(ω·x + b)` of a scaled row: `φ(x)` without its factor `√(2/D)`.
    fn fourier(&self, scaled: &[f64], fourier: &mut Vec<f64>) {
        fourier.clear();
        let frequencies = self.frequencies.chunks_exact(scaled.len().max(1));
        let phases = frequencies.zip(&self.phases);
        fourier.extend(phases.map(|(frequency, phase)| (dot(frequency, scaled) + phase).cos()));
    }

    fn train(
        &mut self,
        rows: &[f64],
        width: usize,
        outside_share: f64,
        random: &mut ChaCha8Rng,
        cancellation: &Cancellation,
    ) -> Result<()> {
        let size = self.weights.len();
        let norm = (2.0 / size as f64).sqrt();
        let mut features = Vec::with_capacity(rows.len() / width);
        let mut fourier = Vec::new();
        for row in rows.chunks_exact(width) {
            self.fourier(row, &mut fourier);
            features.push(fourier.iter().map(|x| (norm * x) as f32).collect::<Vec<f32>>());
        }
        let mut weights = vec![0.0; size];
        let (mut mean_weights, mut offset, mut mean_offset) = (vec![0.0; size], 0.0, 0.0);
        for step in 1..=STEPS {
            if step % 1_024 == 0 {
                cancellation.check()?;
            }
            let row = &features[below(random, features.len() as u64) as usize];
            let inner: f64 = weights.iter().zip(row).map(|(w, &x)| w * f64::from(x)).sum();
            let rate = 1.0 / step as f64;
            let push = if inner < offset { rate / outside_share } else { 0.0 };
            for (weight, &x) in weights.iter_mut().zip(row) {
                *weight = *weight * (1.0 - rate) + push * f64::from(x);
            }
            offset += rate - push;
            if step > STEPS / 2 {
                let share = 1.0 / (step - STEPS / 2) as f64;
                for (mean, weight) in mean_weights.iter_mut().zip(&weights) {
                    *mean += share * (weight - *mean);
                }
                mean_offset += share * (offset - mean_offset);
            }
        }
        self.weights = mean_weights.iter().map(|weight| weight * norm).collect();
        self.offset = mean_offset;
        Ok(())
    }
}

impl Detector for FittedOneClassSvm {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let (mut row, mut fourier) = (Vec::new(), Vec::new());
        let score = |index| {
            features.copy_row(index, &mut row);
            self.fourier(&self.scaler.apply_row(&row), &mut fourier);
            self.offset - dot(&self.weights, &fourier)
        };
        (0..features.rows()).map(score).collect()
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let scaled = self.scaler.apply_row(row);
        let mut fourier = Vec::new();
        let mut contributions = Vec::with_capacity(row.len());
        let mut score = |scaled: &[f64]| {
            self.fourier(scaled, &mut fourier);
            self.offset - dot(&self.weights, &fourier)
        };
        let whole = score(&scaled);
        let mut replaced = scaled.clone();
        for (column, median) in self.medians.iter().enumerate() {
            replaced[column] = *median;
            contributions.push(whole - score(&replaced));
            replaced[column] = scaled[column];
        }
        contributions
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([("fourier_features".to_owned(), json!(self.weights.len()))])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self)
            .map_err(|cause| Error::internal("a machine does not serialise").caused_by(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_outside_is_the_one_asked_for_and_far_is_outside() {
        let mut random = stream(3, 0);
        let columns = (0..2).map(|_| (0..800).map(|_| normal(&mut random)).collect()).collect();
        let features = FeatureMatrix::from_columns(800, columns).unwrap();
        // Proposition 3 of the paper: ν is the share of outliers, for many rows.
        for outside_share in [0.1, 0.5] {
            let svm = OneClassSvm { fourier_features: 256, outside_share };
            let fitted = svm.fit(&features, 1, &Cancellation::default()).unwrap();
            let scores = fitted.score(&features);
            let outside = scores.iter().filter(|&&score| score > 0.0).count() as f64 / 800.0;
            assert!((outside - outside_share).abs() < 0.05, "{outside} for {outside_share}");
            let probe = vec![vec![0.0, 1.5, 4.0], vec![0.0, 0.0, 0.0]];
            let probe = fitted.score(&FeatureMatrix::from_columns(3, probe).unwrap());
            assert!(probe[2] > 0.0 && probe[2] > probe[0].max(probe[1]), "{probe:?}");
        }
    }

    #[test]
    fn random_features_approximate_the_kernel() {
        let machine = FittedOneClassSvm {
            scaler: Scaler::identity(2),
            medians: vec![0.0; 2],
            frequencies: {
                let mut random = stream(5, 0);
                (0..8_192).map(|_| normal(&mut random)).collect()
            },
            phases: {
                let mut random = stream(6, 0);
                (0..4_096).map(|_| std::f64::consts::TAU * unit(&mut random)).collect()
            },
            weights: vec![0.0; 4_096],
            offset: 0.0,
        };
        let (mut a, mut b) = (Vec::new(), Vec::new());
        machine.fourier(&[0.3, -0.2], &mut a);
        machine.fourier(&[1.0, 0.5], &mut b);
        // Deviation 1, so γ = ½: exp(−0.49) for a squared distance of 0.98.
        let kernel = 2.0 * dot(&a, &b) / 4_096.0;
        assert!((kernel - (-0.49_f64).exp()).abs() < 0.05, "{kernel}");
    }
}
