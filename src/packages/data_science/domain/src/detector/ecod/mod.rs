//! ECOD: rows far out in the tails of many columns are anomalous.
//!
//! Li, Zhao, Hu, Botta, Ionescu, Chen: "ECOD: Unsupervised Outlier Detection Using Empirical
//! Cumulative Distribution Functions" (TKDE 2022), computed as PyOD computes it: per feature,
//! `U_l = −ln F(x)` and `U_r = −ln (1 − F(x⁻))` with the empirical distribution `F`, ties counted
//! in; the feature's term is `max(U_l, U_r, U_skew)`, where `U_skew` is the left tail for a
//! negative skewness, the right tail for a positive one and `U_l + U_r` for exactly zero; the
//! score is the sum of the terms. A row's reasons are its terms.
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
pub struct Ecod;

impl Algorithm for Ecod {
    fn name(&self) -> &'static str {
        "ecod"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "empirical tail probabilities, column by column".to_owned(),
            good_for: "rows with extreme values in single columns; no parameters, no randomness; \
                       blind to combinations of columns"
                .to_owned(),
            parameters: Vec::new(),
            cost: "fit: one sort per column; score: one search per cell; the model keeps at most \
                   262,144 distinct values per column"
                .to_owned(),
            contribution: "the column's tail term −ln p, in nats; a row's contributions sum to \
                           its score"
                .to_owned(),
            reference: "Li, Zhao, Hu, Botta, Ionescu, Chen: ECOD, TKDE 2022".to_owned(),
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

/// The largest of both tails and, for a column as long on both sides, their sum.
fn term(left: f64, right: f64, skewness: Skewness) -> f64 {
    if skewness == Skewness::Zero { left + right } else { left.max(right) }
}
