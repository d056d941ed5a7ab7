//! HBOS: rows whose values fall into sparse bins of many columns' histograms are anomalous.
//!
//! Goldstein, Dengel: "Histogram-based Outlier Score (HBOS): A fast Unsupervised Anomaly Detection
//! Algorithm" (KI 2012). Per feature, the height `h` of a bin is its density over the column's
//! range, so that a uniform column has the height 1 everywhere; the value's term is
//! `−log₂ (h + α)`, and the score is the sum of the terms. A row's reasons are its terms.
//!
//! Static bins are PyOD's on columns scaled to [0, 1]: a value outside takes the nearest bin when it
//! is at most `tolerance` of that bin's width away, the sparsest bin's term otherwise. Two things
//! differ. On columns as they are, PyOD's heights have the unit 1/value, so that `α` drowns columns
//! of large numbers; here no unit matters. And PyOD looks a value on a border up in the bin below,
//! though it was counted in the one above, so that ordinary whole numbers seem to fall into empty
//! bins; here a value is looked up where it was counted.
//!
//! Dynamic bins hold as many rows each as possible of `n / bins`, a value with more of them has a
//! bin of its own; borders lie midway between values; a value outside takes an empty bin's term.

mod histogram;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::histogram::Histogram;
use super::{Algorithm, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;
use crate::portable::{Combination, Formula, ScoreForm};

/// How a column's range is cut into bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bins {
    /// All equally wide.
    Static,
    /// All with about as many rows.
    Dynamic,
}

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Hbos {
    /// How bins are cut.
    pub kind: Bins,
    /// Bins per column, at least 1; 0 takes √n.
    pub bins: u32,
    /// `α`, above 0: the height that is added to every bin, so that an empty one has a logarithm.
    pub alpha: f64,
    /// How far outside, in widths of the nearest bin, a value still belongs to it.
    pub tolerance: f64,
}

/// The histograms of the training rows.
#[derive(Serialize, Deserialize)]
pub struct FittedHbos {
    kind: Bins,
    bins: u32,
    alpha: f64,
    tolerance: f64,
    features: Vec<Histogram>,
}

impl Algorithm for Hbos {
    fn name(&self) -> &'static str {
        "hbos"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "histograms, column by column: values in sparse bins are anomalous".to_owned(),
            good_for: "the fastest first look at very many rows; any scale; sees gaps between \
                       values, which tail methods do not; blind to combinations of columns"
                .to_owned(),
            parameters: vec![
                Parameter::word(
                    "kind",
                    self.kind,
                    &["static", "dynamic"],
                    "static: equally wide bins; dynamic: bins of about as many rows",
                ),
                Parameter::whole(
                    "bins",
                    self.bins,
                    0..=histogram::MAX_BINS as u32,
                    "bins per column; 0 takes √n",
                ),
                Parameter::number(
                    "alpha",
                    self.alpha,
                    1e-6..=1.0,
                    "height added to every bin; less makes rare values odder",
                ),
                Parameter::number(
                    "tolerance",
                    self.tolerance,
                    0.0..=1e6,
                    "how far outside, in bin widths, a value still belongs to the last bin",
                ),
            ],
            cost: "fit and score: one pass (dynamic bins: one sort per column); the model keeps \
                   only the histograms"
                .to_owned(),
            contribution:
                "the column's term −log₂(height + alpha), in bits; a row's contributions \
                           sum to its score"
                    .to_owned(),
            reference: "Goldstein, Dengel: Histogram-based Outlier Score, KI 2012".to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        _seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let bins = match self.bins {
            0 => features.rows().isqrt().clamp(1, histogram::MAX_BINS) as u32,
            bins => bins.min(histogram::MAX_BINS as u32),
        };
        let of_column = |column: &Vec<f64>| {
            cancellation.check()?;
            Ok(match self.kind {
                Bins::Static => Histogram::with_equal_widths(column, bins as usize, self.alpha),
                Bins::Dynamic => Histogram::with_equal_counts(column, bins as usize, self.alpha),
            })
        };
        let fitted = features.columns().par_iter().map(of_column).collect::<Result<_>>()?;
        let Self { kind, alpha, tolerance, .. } = *self;
        Ok(Box::new(FittedHbos { kind, bins, alpha, tolerance, features: fitted }))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let fitted: FittedHbos = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the HBOS state in the model cannot be read").caused_by(cause)
        })?;
        if fitted.features.len() != features {
            return Err(Error::input(format!(
                "the HBOS state in the model has {} features, expected {features}",
                fitted.features.len()
            )));
        }
        let sound = fitted.tolerance >= 0.0 && fitted.tolerance.is_finite() && fitted.alpha > 0.0;
        if !sound || fitted.alpha.is_infinite() {
            return Err(Error::input("the HBOS state in the model has impossible parameters"));
        }
        for histogram in &fitted.features {
            histogram.check()?;
        }
        Ok(Box::new(fitted))
    }
}

impl Detector for FittedHbos {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scores = vec![0.0; features.rows()];
        for (histogram, column) in self.features.iter().zip(features.columns()) {
            histogram.add_terms(column, self.tolerance, &mut scores);
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let term = |(histogram, &value): (&Histogram, &f64)| {
            let mut term = [0.0];
            histogram.add_terms(&[value], self.tolerance, &mut term);
            term[0]
        };
        self.features.iter().zip(row).map(term).collect()
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("kind".to_owned(), json!(self.kind)),
            ("bins".to_owned(), json!(self.bins)),
            ("alpha".to_owned(), json!(self.alpha)),
            ("tolerance".to_owned(), json!(self.tolerance)),
        ])
    }

    fn formula(&self) -> Result<Formula> {
        let steps = |(feature, histogram): (usize, &Histogram)| {
            (Combination::Feature(feature), histogram.steps(self.tolerance))
        };
        let terms = self.features.iter().enumerate().map(steps).collect();
        Ok(Formula { scaler: None, score: ScoreForm::Steps { terms, divisor: 1.0 } })
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(self)
            .map_err(|cause| Error::internal("histograms do not serialise").caused_by(cause))
    }
}
