//! What ECOD and COPOD share: the empirical distribution of every column, whose tail
//! probabilities make a row's score.
//!
//! A new value between training values takes the distribution at that place; one beyond them takes
//! the tail probability `1 / (n + 1)`, as if it had been there. A feature keeps its distinct values
//! up to a budget; beyond it, a selection dense in both tails, so that a term is off by at most
//! [`Distribution`]'s documented bound.

mod distribution;
mod radix;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::distribution::DistributionDocument;
use super::Detector;
use crate::matrix::FeatureMatrix;
use crate::portable::{Combination, Formula, ScoreForm};

pub use self::distribution::{Distribution, Skewness};
pub(super) use self::radix::sort;

/// Distinct values kept over all features; each feature gets an equal part.
const VALUE_BUDGET: usize = 4 << 20;

/// The least and the most distinct values a feature may keep.
const FEATURE_BUDGET: std::ops::RangeInclusive<usize> = 4_096..=262_144;

/// A feature's term, of `−ln p` of the left and of the right tail and the side of the skewness.
pub(super) type Combine = fn(f64, f64, Skewness) -> f64;

/// The distributions of the training rows.
pub struct FittedTails {
    features: Vec<Distribution>,
}

#[derive(Serialize, Deserialize)]
struct TailsDocument {
    features: Vec<DistributionDocument>,
}

impl FittedTails {
    /// Learns every column's distribution.
    pub(super) fn fit(
        features: &FeatureMatrix,
        combine: Combine,
        cancellation: &Cancellation,
    ) -> Result<Self> {
        let budget = feature_budget(features.features());
        let of_column = |column: &Vec<f64>| {
            cancellation.check()?;
            Ok(Distribution::new(DistributionDocument::of(column, budget), combine))
        };
        let fitted = features.columns().par_iter().map(of_column).collect::<Result<_>>()?;
        Ok(Self { features: fitted })
    }

    /// Restores what [`Detector::to_bytes`] wrote; `name` is the detector's, for what is refused.
    pub(super) fn restore(
        bytes: &[u8],
        features: usize,
        combine: Combine,
        name: &str,
    ) -> Result<Self> {
        let document: TailsDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input(format!("the {name} state in the model cannot be read")).caused_by(cause)
        })?;
        if document.features.len() != features {
            return Err(Error::input(format!(
                "the {name} state in the model has {} features, expected {features}",
                document.features.len()
            )));
        }
        for feature in &document.features {
            feature.check()?;
        }
        let prepare = |document| Distribution::new(document, combine);
        Ok(Self { features: document.features.into_iter().map(prepare).collect() })
    }
}

fn feature_budget(features: usize) -> usize {
    (VALUE_BUDGET / features.max(1)).clamp(*FEATURE_BUDGET.start(), *FEATURE_BUDGET.end())
}

impl Detector for FittedTails {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scores = vec![0.0; features.rows()];
        for (distribution, column) in self.features.iter().zip(features.columns()) {
            distribution.add_terms(column, &mut scores);
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

    fn formula(&self) -> Result<Formula> {
        let steps = |(feature, distribution): (usize, &Distribution)| {
            (Combination::Feature(feature), distribution.steps())
        };
        let terms = self.features.iter().enumerate().map(steps).collect();
        Ok(Formula { scaler: None, score: ScoreForm::Steps { terms, divisor: 1.0 } })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let document =
            TailsDocument { features: self.features.iter().map(Distribution::document).collect() };
        postcard::to_allocvec(&document).map_err(|cause| {
            Error::internal("tail distributions do not serialise").caused_by(cause)
        })
    }
}
