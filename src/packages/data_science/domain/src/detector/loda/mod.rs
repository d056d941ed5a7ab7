//! LODA: rows in sparse places of many random one-dimensional projections are anomalous.
//!
//! Pevný: "Loda: Lightweight on-line detector of anomalies" (Machine Learning 2016). Each of `k`
//! cuts projects a row on `⌊√d⌋` random features with normal weights and looks the projection up in
//! a histogram; the score is `−1/k Σ ln p̂ᵢ` over the cuts (equation 1).
//!
//! Features are standardised, as the paper's data are: a projection of raw ones is that of the
//! feature with the largest unit. (PyOD 3.6 projects raw values, divides by k twice, and looks a
//! projection up one bin beside the one it was counted in.)
//!
//! Reasons are the paper's (section 3.3): a feature's part is the mean of `−ln p̂` over the cuts
//! that see it less the mean over those that don't.

mod cut;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::cut::{Cut, CutHistogram};
use super::scaling::{LIMIT, Scaler};
use super::{Algorithm, Detector, DetectorDescription, Parameter, random};
use crate::matrix::FeatureMatrix;
use crate::portable::{Formula, ScoreForm};

/// Rows projected together: their scaled values stay in the cache for all cuts.
const BLOCK_ROWS: usize = 1_024;

/// Cuts, and bins of a cut, that a stored model may have at most.
const MAX_COUNT: usize = 10_000;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Loda {
    /// Random projections (`k`).
    pub cuts: u32,
    /// Equally wide bins of each projection's histogram.
    pub bins: u32,
}

/// The cuts with their histograms.
#[derive(Serialize, Deserialize)]
pub struct FittedLoda {
    scaler: Scaler,
    cuts: Vec<Cut>,
    histograms: Vec<CutHistogram>,
}

impl Algorithm for Loda {
    fn name(&self) -> &'static str {
        "loda"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "histograms of random projections; rows in their sparse bins are anomalous"
                .to_owned(),
            good_for: "many rows and combinations of a few columns; standardises columns; coarse, \
                       so better as one voice among several"
                .to_owned(),
            parameters: vec![
                Parameter::whole(
                    "cuts",
                    self.cuts,
                    1..=1_000,
                    "random projections; more make scores steadier",
                ),
                Parameter::whole(
                    "bins",
                    self.bins,
                    2..=1_000,
                    "bins of each projection's histogram",
                ),
            ],
            cost: "fit and score: n × cuts × √d; the model keeps no training row".to_owned(),
            contribution: "the mean −ln p of the cuts that see the column less that of those that \
                           do not, in nats"
                .to_owned(),
            reference: "Pevný: Loda: Lightweight on-line detector of anomalies, Machine Learning \
                        102, 2016"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let scaler = Scaler::standard(features);
        let seen = features.features().isqrt().max(1);
        let cuts: Vec<Cut> = (0..u64::from(self.cuts.max(1)))
            .map(|index| Cut::draw(&mut random::stream(seed, index), features.features(), seen))
            .collect();
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); cuts.len()];
        for_each_projection(&scaler, &cuts, features, |cut, _, projected| {
            let (low, high) = &mut ranges[cut];
            for &value in projected {
                *low = low.min(value);
                *high = high.max(value);
            }
        });
        cancellation.check()?;
        let bins = (self.bins.max(1) as usize).min(MAX_COUNT);
        let mut counts = vec![vec![0_u64; bins]; cuts.len()];
        for_each_projection(&scaler, &cuts, features, |cut, _, projected| {
            let (low, high) = ranges[cut];
            for &value in projected {
                counts[cut][cut::bin(cut::place(value, low, high, bins), bins)] += 1;
            }
        });
        let histograms = ranges
            .iter()
            .zip(&counts)
            .map(|(&(low, high), counts)| CutHistogram::of(low, high, counts))
            .collect();
        Ok(Box::new(FittedLoda { scaler, cuts, histograms }))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let fitted: FittedLoda = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the LODA state in the model cannot be read").caused_by(cause)
        })?;
        fitted.scaler.check(features)?;
        let cuts = fitted.cuts.len();
        if !(1..=MAX_COUNT).contains(&cuts) || fitted.histograms.len() != cuts {
            return Err(Error::input(format!(
                "the LODA state in the model has {cuts} cuts and {} histograms",
                fitted.histograms.len()
            )));
        }
        for (cut, histogram) in fitted.cuts.iter().zip(&fitted.histograms) {
            cut.check(features)?;
            histogram.check(MAX_COUNT)?;
        }
        Ok(Box::new(fitted))
    }
}

/// Hands on every cut's projections, block by block: cut, first row, projections.
fn for_each_projection(
    scaler: &Scaler,
    cuts: &[Cut],
    features: &FeatureMatrix,
    mut take: impl FnMut(usize, usize, &[f64]),
) {
    let mut scaled = vec![Vec::with_capacity(BLOCK_ROWS); features.features()];
    let mut projected = Vec::with_capacity(BLOCK_ROWS);
    for start in (0..features.rows()).step_by(BLOCK_ROWS) {
        let end = (start + BLOCK_ROWS).min(features.rows());
        for (feature, scaled) in scaled.iter_mut().enumerate() {
            scaled.clear();
            let column = &features.columns()[feature][start..end];
            let (centre, scale) = (scaler.centres()[feature], scaler.scales()[feature]);
            let standardised = |value: &f64| ((value - centre) / scale).clamp(-LIMIT, LIMIT);
            scaled.extend(column.iter().map(standardised));
        }
        for (index, cut) in cuts.iter().enumerate() {
            cut.project(&scaled, end - start, &mut projected);
            take(index, start, &projected);
        }
    }
}

impl Detector for FittedLoda {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scores = vec![0.0; features.rows()];
        for_each_projection(&self.scaler, &self.cuts, features, |cut, start, projected| {
            let histogram = &self.histograms[cut];
            for (score, &value) in scores[start..].iter_mut().zip(projected) {
                *score += histogram.term(value);
            }
        });
        let cuts = self.cuts.len() as f64;
        for score in &mut scores {
            *score /= cuts;
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let scaled = self.scaler.apply_row(row);
        let mut seen = vec![(0.0, 0_u32); row.len()];
        let mut total = 0.0;
        for (cut, histogram) in self.cuts.iter().zip(&self.histograms) {
            let term = histogram.term(cut.project_row(&scaled));
            total += term;
            for feature in cut.features() {
                seen[feature].0 += term;
                seen[feature].1 += 1;
            }
        }
        let cuts = self.cuts.len() as f64;
        let mean = total / cuts;
        let part = |(sum, count): (f64, u32)| {
            let (count, others) = (f64::from(count), cuts - f64::from(count));
            // What all cuts see is compared with nothing; what none sees has no part.
            let with = if count > 0.0 { sum / count } else { mean };
            let without = if others > 0.0 { (total - sum) / others } else { 0.0 };
            with - without
        };
        seen.into_iter().map(part).collect()
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let bins = self.histograms.first().map_or(0, CutHistogram::bins);
        BTreeMap::from([
            ("cuts".to_owned(), json!(self.cuts.len())),
            ("bins".to_owned(), json!(bins)),
        ])
    }

    fn formula(&self) -> Result<Formula> {
        let cuts = self.cuts.iter().zip(&self.histograms);
        let terms: Vec<_> =
            cuts.map(|(cut, histogram)| (cut.portable(), histogram.steps())).collect();
        let divisor = terms.len() as f64;
        Ok(Formula {
            scaler: Some(self.scaler.clone()),
            score: ScoreForm::Steps { terms, divisor },
        })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self)
            .map_err(|cause| Error::internal("cuts do not serialise").caused_by(cause))
    }
}
