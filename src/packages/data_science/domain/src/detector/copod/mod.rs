//! COPOD: rows in the joint tails of an empirical copula are anomalous.
//!
//! Li, Zhao, Botta, Ionescu, Hu: "COPOD: Copula-Based Outlier Detection" (ICDM 2020), computed as
//! PyOD computes it: per feature, `U_l = −ln F(x)` and `U_r = −ln (1 − F(x⁻))` with the empirical
//! distribution `F`, ties counted in; `U_skew` is the left tail for a negative skewness, the right
//! tail for a positive one and `U_l + U_r` for exactly zero; the feature's term is
//! `max(U_skew, (U_l + U_r) / 2)`, and the score is the sum of the terms. A row's reasons are its
//! terms.
//!
//! A training row scores the same as in PyOD; how new values are scored: [`super::tails`].

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use super::tails::{FittedTails, Skewness};
use super::{Algorithm, Detector, DetectorDescription};
use crate::matrix::FeatureMatrix;

/// The algorithm; it has no parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Copod;

impl Algorithm for Copod {
    fn name(&self) -> &'static str {
        "copod"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "empirical copula: tail probabilities on the side of each column's skewness"
                .to_owned(),
            good_for: "skewed columns in which only the long tail is odd; any scale; no \
                       parameters, no randomness; blind to combinations of columns"
                .to_owned(),
            parameters: Vec::new(),
            cost: "fit: one sort per column; score: one search per cell; the model keeps at most \
                   262,144 distinct values per column"
                .to_owned(),
            contribution: "the column's tail term −ln p, in nats; a row's contributions sum to \
                           its score"
                .to_owned(),
            reference: "Li, Zhao, Botta, Ionescu, Hu: COPOD, ICDM 2020".to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        _seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        Ok(Box::new(FittedTails::fit(features, term, cancellation)?))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        Ok(Box::new(FittedTails::restore(bytes, features, term, self.name())?))
    }
}

/// The tail on the side of the skewness, or the mean of both where that is larger.
fn term(left: f64, right: f64, skewness: Skewness) -> f64 {
    let skewed = match skewness {
        Skewness::Negative => left,
        Skewness::Zero => left + right,
        Skewness::Positive => right,
    };
    skewed.max(f64::midpoint(left, right))
}
