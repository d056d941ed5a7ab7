//! Gaussian mixture: rows where a mixture of normal distributions is thin are anomalous.
//!
//! Expectation and maximisation after Dempster, Laird, Rubin (1977) with full covariances, started
//! by k-means++; the score is `−ln p(x)` over robustly standardised columns. Each covariance gets
//! [`REGULARISATION`] of its own diagonal (at least of 1) added, so that constant and repeated
//! columns do not make it singular.
//!
//! Reasons: with `z = Σ⁻¹(x − μ)`, feature `j` gets `(x − μ)ⱼ zⱼ / 2`, averaged over the components
//! by their responsibility for the row: the parts of half the squared Mahalanobis distance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::cblof::scaled_rows;
use super::k_means::{k_means, nearest};
use super::linear_algebra::{Cholesky, SquareMatrix, add_scaled, covariance, dot};
use super::random::{sample, stream};
use super::scaling::{LIMIT, Scaler};
use super::{Algorithm, Cost, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;

/// Added to covariances, in units of their diagonal.
const REGULARISATION: f64 = 1e-6;

/// Iterations at most, and the mean gain in log-likelihood that ends them, as in scikit-learn.
const MAX_ITERATIONS: usize = 100;
const TOLERANCE: f64 = 1e-3;

/// Rows that several components are fitted to at most.
const MAX_ROWS: u64 = 65_536;

/// Components that a stored mixture may have at most.
const MAX_COMPONENTS: usize = 256;

/// The largest entry of a stored whitening matrix.
const MAX_WHITENING: f64 = 1e60;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GaussianMixture {
    /// Normal distributions.
    pub components: u32,
}

/// A normal distribution of the mixture.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Component {
    mean: Vec<f64>,
    /// `L⁻¹` with `Σ = L Lᵀ`: the lower triangle, row by row.
    whitening: Vec<f64>,
    /// `ln w − ½ (d ln 2π + ln |Σ|)`.
    log_height: f64,
}

/// A fitted mixture.
#[derive(Serialize, Deserialize)]
pub struct FittedMixture {
    scaler: Scaler,
    components: Vec<Component>,
}

impl Algorithm for GaussianMixture {
    fn name(&self) -> &'static str {
        "gmm"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "density of a mixture of normal distributions".to_owned(),
            good_for: "elliptic data and broken dependencies between columns; columns are \
                       standardised robustly; outliers in training widen the distribution"
                .to_owned(),
            parameters: vec![Parameter::whole(
                "components",
                self.components,
                1..=64,
                "normal distributions in the mixture",
            )],
            cost:
                "fit and score: n × d² per component (and iteration); the model keeps d² numbers \
                   per component"
                    .to_owned(),
            contribution: "the column's part of half the squared Mahalanobis distance, in nats; \
                           with one component a row's contributions sum to its score less a \
                           constant"
                .to_owned(),
            reference:
                "Dempster, Laird, Rubin: Maximum Likelihood from Incomplete Data via the EM \
                        Algorithm, JRSS B 1977"
                    .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let scaler = Scaler::robust(features);
        let components = if self.components <= 1 {
            vec![one_component(&scaler, features)?]
        } else {
            let mut random = stream(seed, 0);
            let rows = sample(&mut random, features.rows() as u64, MAX_ROWS);
            let scaled = scaled_rows(&scaler, features, &rows);
            let width = features.features();
            let centres =
                k_means(&scaled, width, self.components as usize, &mut random, cancellation)?;
            mixture(&scaled, width, &centres, cancellation)?
        };
        Ok(Box::new(FittedMixture { scaler, components }))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        // Of each component the covariances and their factors.
        Cost::of_cells(rows, features, 2.0 * f64::from(self.components))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let fitted: FittedMixture = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the mixture in the model cannot be read").caused_by(cause)
        })?;
        fitted.scaler.check(features)?;
        let sound = |component: &Component| {
            component.mean.len() == features
                && component.whitening.len() == features * (features + 1) / 2
                && component.mean.iter().all(|value| value.abs() <= LIMIT)
                && component.whitening.iter().all(|value| value.abs() <= MAX_WHITENING)
                && component.log_height.is_finite()
        };
        let count = fitted.components.len();
        if !(1..=MAX_COMPONENTS).contains(&count) || !fitted.components.iter().all(sound) {
            return Err(Error::input("the mixture in the model is broken"));
        }
        Ok(Box::new(fitted))
    }
}

/// One normal distribution: mean and covariance of all rows.
fn one_component(scaler: &Scaler, features: &FeatureMatrix) -> Result<Component> {
    let n = features.rows() as f64;
    let mut columns = Vec::with_capacity(features.features());
    for ((column, centre), scale) in
        features.columns().iter().zip(scaler.centres()).zip(scaler.scales())
    {
        let scaled = |value: &f64| ((value - centre) / scale).clamp(-LIMIT, LIMIT);
        columns.push(column.iter().map(scaled).collect::<Vec<_>>());
    }
    let scaled = FeatureMatrix::from_columns(features.rows(), columns)?;
    let mean: Vec<f64> =
        scaled.columns().iter().map(|column| column.iter().sum::<f64>() / n).collect();
    let spread = covariance(&scaled, &mean, n);
    Component::new(mean, spread, 1.0)
}

impl Component {
    fn new(mean: Vec<f64>, mut spread: SquareMatrix, weight: f64) -> Result<Self> {
        let size = mean.len();
        let diagonal: Vec<f64> = (0..size).map(|at| spread.row(at)[at]).collect();
        for (at, entry) in diagonal.iter().enumerate() {
            spread.row_mut(at)[at] += REGULARISATION * entry.max(1.0);
        }
        // Rounding may still leave no factor: then dependencies are given up, not the answer.
        let factor = Cholesky::of(&spread).or_else(|| {
            let mut alone = SquareMatrix::zeros(size);
            for (at, entry) in diagonal.iter().enumerate() {
                alone.row_mut(at)[at] = entry.max(REGULARISATION);
            }
            Cholesky::of(&alone)
        });
        let factor =
            factor.ok_or_else(|| Error::internal("the covariance of a mixture has no factor"))?;
        let inverse = factor.inverse_lower();
        let whitening = (0..size).flat_map(|row| inverse.row(row)[..=row].to_vec()).collect();
        let log_norm = size as f64 * std::f64::consts::TAU.ln() + factor.log_determinant();
        Ok(Self { mean, whitening, log_height: weight.ln() - 0.5 * log_norm })
    }

    /// `ln (w N(x; μ, Σ))`; `white` becomes `L⁻¹ (x − μ)`, `centred` `x − μ`.
    fn log_density(&self, row: &[f64], centred: &mut Vec<f64>, white: &mut Vec<f64>) -> f64 {
        centred.clear();
        centred.extend(row.iter().zip(&self.mean).map(|(x, mean)| x - mean));
        white.clear();
        let mut begin = 0;
        for length in 1..=row.len() {
            white.push(dot(&self.whitening[begin..begin + length], &centred[..length]));
            begin += length;
        }
        self.log_height - 0.5 * dot(white, white)
    }
}

/// Expectation and maximisation from hard assignments to the centres.
fn mixture(
    rows: &[f64],
    width: usize,
    centres: &[f64],
    cancellation: &Cancellation,
) -> Result<Vec<Component>> {
    let count = centres.len() / width;
    let mut responsibilities = vec![0.0; rows.len() / width * count];
    for (row, parts) in rows.chunks_exact(width).zip(responsibilities.chunks_exact_mut(count)) {
        parts[nearest(centres, row).0] = 1.0;
    }
    let mut before = f64::NEG_INFINITY;
    let (mut centred, mut white) = (Vec::new(), Vec::new());
    for _ in 0..MAX_ITERATIONS {
        let components = maximise(rows, width, &responsibilities, count, cancellation)?;
        let mut total = 0.0;
        for (row, parts) in rows.chunks_exact(width).zip(responsibilities.chunks_exact_mut(count)) {
            for (part, component) in parts.iter_mut().zip(&components) {
                *part = component.log_density(row, &mut centred, &mut white);
            }
            total += normalise(parts);
        }
        let mean = total / (rows.len() / width) as f64;
        if mean - before < TOLERANCE {
            return Ok(components);
        }
        before = mean;
    }
    maximise(rows, width, &responsibilities, count, cancellation)
}

/// The components that fit the responsibilities best.
fn maximise(
    rows: &[f64],
    width: usize,
    responsibilities: &[f64],
    count: usize,
    cancellation: &Cancellation,
) -> Result<Vec<Component>> {
    let mut components = Vec::with_capacity(count);
    for index in 0..count {
        cancellation.check()?;
        let parts = || responsibilities.iter().skip(index).step_by(count);
        let weight = parts().sum::<f64>().max(f64::EPSILON);
        let mut mean = vec![0.0; width];
        for (row, part) in rows.chunks_exact(width).zip(parts()) {
            add_scaled(&mut mean, part / weight, row);
        }
        let mut spread = SquareMatrix::zeros(width);
        let mut centred = vec![0.0; width];
        for (row, part) in rows.chunks_exact(width).zip(parts()) {
            for ((centred, x), mean) in centred.iter_mut().zip(row).zip(&mean) {
                *centred = x - mean;
            }
            for at in 0..width {
                let factor = part / weight * centred[at];
                add_scaled(&mut spread.row_mut(at)[..=at], factor, &centred[..=at]);
            }
        }
        let share = weight / (rows.len() / width) as f64;
        components.push(Component::new(mean, spread, share)?);
    }
    Ok(components)
}

/// Turns logarithms into shares of their sum; returns the logarithm of the sum.
fn normalise(logarithms: &mut [f64]) -> f64 {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logarithms.iter().map(|value| (value - largest).exp()).sum();
    for value in logarithms.iter_mut() {
        *value = (*value - largest).exp() / sum;
    }
    largest + sum.ln()
}

impl Detector for FittedMixture {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let (mut row, mut centred, mut white) = (Vec::new(), Vec::new(), Vec::new());
        let mut parts = vec![0.0; self.components.len()];
        let score = |index| {
            features.copy_row(index, &mut row);
            let scaled = self.scaler.apply_row(&row);
            for (part, component) in parts.iter_mut().zip(&self.components) {
                *part = component.log_density(&scaled, &mut centred, &mut white);
            }
            (-normalise(&mut parts)).min(f64::MAX)
        };
        (0..features.rows()).map(score).collect()
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let scaled = self.scaler.apply_row(row);
        let (mut centred, mut white) = (Vec::new(), Vec::new());
        let density =
            |component: &Component| component.log_density(&scaled, &mut centred, &mut white);
        let mut shares: Vec<f64> = self.components.iter().map(density).collect();
        normalise(&mut shares);
        let mut contributions = vec![0.0; row.len()];
        for (component, share) in self.components.iter().zip(shares) {
            component.log_density(&scaled, &mut centred, &mut white);
            // z = L⁻ᵀ L⁻¹ (x − μ)
            let mut z = vec![0.0; row.len()];
            let mut begin = 0;
            for (place, &white) in white.iter().enumerate() {
                add_scaled(&mut z[..=place], white, &component.whitening[begin..=begin + place]);
                begin += place + 1;
            }
            for ((part, x), z) in contributions.iter_mut().zip(&centred).zip(&z) {
                *part += 0.5 * share * x * z;
            }
        }
        contributions
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([("components".to_owned(), json!(self.components.len()))])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self)
            .map_err(|cause| Error::internal("a mixture does not serialise").caused_by(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
        FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
    }

    fn fit(features: &FeatureMatrix, components: u32) -> Box<dyn Detector> {
        let mixture = GaussianMixture { components };
        mixture.fit(features, 1, &Cancellation::default()).unwrap()
    }

    #[test]
    fn one_component_scores_as_scikit_learn_up_to_the_scaling_constant() {
        // scikit-learn 1.9.1: −GaussianMixture(1, reg_covar=0).fit(X).score_samples(rows) for X
        // below; the five first rows and (30, −9).
        let x: Vec<f64> = (0..30).map(|row| f64::from((row * 7) % 13)).collect();
        let y = (0..30).map(|row| f64::from((row * 5) % 11) + x[row as usize] / 2.0).collect();
        let features = matrix(vec![x, y]);
        let mixture = fit(&features, 1);
        let scores = mixture.score(&features);
        let far = mixture.score(&matrix(vec![vec![30.0], vec![-9.0]]))[0];
        let expected = [10.883_713_58, 4.150_733_07, 5.306_918_62, 4.241_161_84, 4.850_139_45];
        let constant = scores[1] - expected[1];
        for (score, expected) in scores.iter().zip(expected) {
            assert!((score - expected - constant).abs() < 1e-4, "{scores:?}");
        }
        assert!((far - 45.229_074_03 - constant).abs() < 1e-3, "{far}");
    }

    #[test]
    fn one_component_contributes_half_the_mahalanobis_distance() {
        let x: Vec<f64> = (0..40).map(|row| f64::from((row * 7) % 13)).collect();
        let y: Vec<f64> = x.iter().enumerate().map(|(row, x)| x + (row % 5) as f64).collect();
        let features = matrix(vec![x, y]);
        let mixture = fit(&features, 1);
        let scores = mixture.score(&features);
        let (mut row, mut constants) = (Vec::new(), Vec::new());
        for (index, score) in scores.iter().enumerate() {
            features.copy_row(index, &mut row);
            constants.push(score - mixture.contributions(&row).iter().sum::<f64>());
        }
        assert!(constants.iter().all(|constant| (constant - constants[0]).abs() < 1e-9));
    }

    #[test]
    fn two_components_find_two_groups_and_what_lies_between() {
        let side = |row: i32| if row % 2 == 0 { 0.0 } else { 100.0 };
        let mut x: Vec<f64> = (0..200).map(|row| side(row) + f64::from((row * 7) % 11)).collect();
        let mut y: Vec<f64> = (0..200).map(|row| side(row) + f64::from((row * 3) % 7)).collect();
        (x[50], y[50]) = (55.0, 53.0);
        let features = matrix(vec![x, y]);
        let highest = |components| {
            let scores = fit(&features, components).score(&features);
            (0..200).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap()
        };
        assert_eq!(highest(2), 50);
        assert_ne!(highest(1), 50, "one distribution is widest in the middle");
    }

    #[test]
    fn logarithms_become_shares_without_overflow() {
        let mut shares = [-1e6, -1e6 + 3.0_f64.ln()];
        let sum = normalise(&mut shares);
        assert!((shares[0] - 0.25).abs() < 1e-9 && (shares[1] - 0.75).abs() < 1e-9);
        assert!((sum - (-1e6 + 4.0_f64.ln())).abs() < 1e-9);
    }
}
