//! The model: encoder, detector, calibration and decision threshold in one document.
//!
//! What is stored is all that scoring new rows needs; training rows are not kept (a detector that
//! keeps values says so). The bytes have a format of their own, see `format.rs`.

mod calibration;
mod format;
mod scorer;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::Cell;
use shared_kernel_domain::{Error, Result};

pub use self::calibration::Calibration;
pub use self::scorer::ModelScorer;

use crate::decision::DecisionRule;
use crate::detector::{Detector, algorithm};
use crate::encoder::Encoder;
use crate::matrix::FeatureMatrix;
use crate::reason::Reason;

/// Reasons told of a row.
const TOLD_REASONS: usize = 8;

/// A trained model.
pub struct AnomalyModel {
    encoder: Encoder,
    detector_name: String,
    detector: Box<dyn Detector>,
    seed: u64,
    calibration: Calibration,
    contamination: f64,
    threshold: f64,
}

impl AnomalyModel {
    /// Learns from encoded training rows; also returns their scores, in row order.
    pub fn learn(
        encoder: Encoder,
        features: &FeatureMatrix,
        detector_name: &str,
        seed: u64,
        contamination: f64,
        cancellation: &Cancellation,
    ) -> Result<(Self, Vec<f64>)> {
        if features.rows() == 0 || features.features() == 0 {
            return Err(Error::input("there is nothing to learn from"));
        }
        let detector = algorithm(detector_name)?.fit(features, seed, cancellation)?;
        cancellation.check()?;
        let scores = detector.score(features);
        let decision = DecisionRule::contamination(contamination)?.decide(&scores);
        let model = Self {
            encoder,
            detector_name: detector_name.to_owned(),
            detector,
            seed,
            calibration: Calibration::thinned(&scores),
            contamination,
            threshold: decision.threshold,
        };
        Ok((model, scores))
    }

    /// How rows become features.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The detector's name.
    pub fn detector_name(&self) -> &str {
        &self.detector_name
    }

    /// The training scores, for percentiles.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Training rows.
    pub fn training_rows(&self) -> u64 {
        self.calibration.rows()
    }

    /// The share of training rows that it calls anomalies.
    pub fn contamination(&self) -> f64 {
        self.contamination
    }

    /// Its own decision: scores from a threshold on.
    pub fn decision_rule(&self) -> DecisionRule {
        DecisionRule::Threshold { score: self.threshold }
    }

    /// The decision in words, with where the threshold comes from.
    pub fn decision_words(&self) -> String {
        format!(
            "score of at least {:.4}, the border of the highest {} % of training scores",
            self.threshold,
            self.contamination * 100.0
        )
    }

    /// Parameters as used, by name, those of the decision included.
    pub fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let mut parameters = self.detector.parameters();
        parameters.insert("seed".to_owned(), self.seed.into());
        parameters.insert("contamination".to_owned(), self.contamination.into());
        parameters
    }

    /// One finite score per encoded row.
    pub fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        self.detector.score(features)
    }

    /// Why an encoded row scores as it does, heaviest column first; `cells` are its values by
    /// column.
    pub fn reasons(&self, row: &[f64], cells: &BTreeMap<&str, &Cell>) -> Vec<Reason> {
        self.encoder.reasons(&self.detector.contributions(row), cells, TOLD_REASONS)
    }
}
