//! ECOD: rows far out in the tails of many columns are anomalous.
//!
//! Li, Zhao, Hu, Botta, Ionescu, Chen: "ECOD: Unsupervised Outlier Detection Using Empirical
//! Cumulative Distribution Functions" (TKDE 2022), computed as PyOD computes it: per feature,
//! `U_l = −ln F(x)` and `U_r = −ln (1 − F(x⁻))` with the empirical distribution `F`, ties counted
//! in; the feature's term is `max(U_l, U_r, U_skew)`, where `U_skew` is the left tail for a
//! negative skewness, the right tail for a positive one and `U_l + U_r` for exactly zero; the
//! score is the sum of the terms. A row's reasons are its terms.
//!
//! A training row scores the same as in PyOD. A new value between training values takes the
//! distribution at that place; one beyond them takes the tail probability `1 / (n + 1)`, as if it
//! had been there. A feature keeps its distinct values up to a budget; beyond it, a selection
//! dense in both tails, so that a term is off by at most [`EcodDistribution`]'s documented bound.

mod distribution;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::distribution::{Distribution, DistributionDocument};
use super::{Algorithm, Detector, DetectorDescription};
use crate::matrix::FeatureMatrix;

pub use self::distribution::Distribution as EcodDistribution;

/// Distinct values kept over all features; each feature gets an equal part.
const VALUE_BUDGET: usize = 4 << 20;

/// The least and the most distinct values a feature may keep.
const FEATURE_BUDGET: std::ops::RangeInclusive<usize> = 4_096..=262_144;

/// The algorithm; it has no parameters.
#[derive(Clone, Copy, Debug)]
pub struct Ecod;

/// The distributions of the training rows.
pub struct FittedEcod {
    features: Vec<Distribution>,
}

#[derive(Serialize, Deserialize)]
struct EcodDocument {
    features: Vec<DistributionDocument>,
}

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
        let budget = feature_budget(features.features());
        let mut fitted = Vec::with_capacity(features.features());
        for column in features.columns() {
            cancellation.check()?;
            fitted.push(Distribution::new(DistributionDocument::of(column, budget)));
        }
        Ok(Box::new(FittedEcod { features: fitted }))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let document: EcodDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the ECOD state in the model cannot be read").caused_by(cause)
        })?;
        if document.features.len() != features {
            return Err(Error::input(format!(
                "the ECOD state in the model has {} features, expected {features}",
                document.features.len()
            )));
        }
        for feature in &document.features {
            feature.check()?;
        }
        let features = document.features.into_iter().map(Distribution::new).collect();
        Ok(Box::new(FittedEcod { features }))
    }
}

fn feature_budget(features: usize) -> usize {
    (VALUE_BUDGET / features.max(1)).clamp(*FEATURE_BUDGET.start(), *FEATURE_BUDGET.end())
}

impl Detector for FittedEcod {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scores = vec![0.0; features.rows()];
        for (distribution, column) in self.features.iter().zip(features.columns()) {
            for (score, &value) in scores.iter_mut().zip(column) {
                *score += distribution.term(value);
            }
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        self.features
            .iter()
            .zip(row)
            .map(|(distribution, &value)| distribution.term(value))
            .collect()
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let kept = self.features.iter().map(Distribution::kept_values).max().unwrap_or(0);
        BTreeMap::from([("values_kept_per_feature".to_owned(), json!(kept))])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let document =
            EcodDocument { features: self.features.iter().map(Distribution::document).collect() };
        postcard::to_allocvec(&document)
            .map_err(|cause| Error::internal("an ECOD state does not serialise").caused_by(cause))
    }
}
