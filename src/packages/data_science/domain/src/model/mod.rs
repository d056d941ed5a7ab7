//! The model: encoder, detector, calibration and decision threshold in one document.
//!
//! What is stored is all that scoring new rows needs; training rows are not kept (a detector that
//! keeps values says so). The bytes have a format of their own, see `format.rs`.

mod calibration;
mod format;
mod learn;
mod portable;
mod scorer;
mod suggest;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::table::Cell;

pub(crate) use self::calibration::SMALLEST_P;
pub use self::calibration::{Calibration, CalibrationSource, CalibrationSummary};
pub use self::learn::{CROSS_FITTED_ROWS, MIN_CROSS_FITTED_ROWS};
pub use self::scorer::ModelScorer;

use crate::decision::{DEFAULT_FALSE_SHARE, DecisionRule};
use crate::detector::Detector;
use crate::encoder::Encoder;
use crate::matrix::FeatureMatrix;
use crate::reason::Reason;

/// Reasons told of a row.
const TOLD_REASONS: usize = 8;

/// A row whose score is to be explained.
pub struct RowToExplain<'a> {
    /// Encoded.
    pub features: &'a [f64],
    /// Its values by column.
    pub cells: BTreeMap<&'a str, &'a Cell>,
}

/// A trained model.
pub struct AnomalyModel {
    encoder: Encoder,
    detector_name: String,
    detector: Box<dyn Detector>,
    seed: u64,
    calibration: Calibration,
    border: Border,
    training_rows: u64,
}

/// Where a model's own decision draws the line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Border {
    /// By p-values, so that this share of anomalies is expected to be false.
    FalseShare(f64),
    /// By a score: models of format version 1.
    Score { threshold: f64, contamination: f64 },
}

impl Default for Border {
    fn default() -> Self {
        Self::FalseShare(DEFAULT_FALSE_SHARE)
    }
}

impl AnomalyModel {
    /// How rows become features.
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The detector's name.
    pub fn detector_name(&self) -> &str {
        &self.detector_name
    }

    /// The scores that percentiles and p-values are counted against.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Rows it learned from; those that were held back are not among them.
    pub fn training_rows(&self) -> u64 {
        self.training_rows
    }

    /// Its own decision.
    pub fn decision_rule(&self) -> DecisionRule {
        match self.border {
            Border::FalseShare(share) => DecisionRule::Fdr { share },
            Border::Score { threshold, .. } => DecisionRule::Threshold { score: threshold },
        }
    }

    /// The decision in words, with where a threshold comes from.
    pub fn decision_words(&self) -> String {
        match self.border {
            Border::FalseShare(_) => self.decision_rule().words(),
            Border::Score { threshold, contamination } => format!(
                "score of at least {threshold:.4}, the border of the highest {} % of training \
                 scores",
                contamination * 100.0
            ),
        }
    }

    /// Parameters as used, by name.
    pub fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let mut parameters = self.detector.parameters();
        parameters.insert("seed".to_owned(), self.seed.into());
        parameters
    }

    /// What the detector chose and why, a line each; nothing where it had nothing to choose.
    pub fn choices(&self) -> Vec<String> {
        self.detector.choices()
    }

    /// One finite score per encoded row.
    pub fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        self.detector.score(features)
    }

    /// Why an encoded row scores as it does, heaviest column first; `cells` are its values by
    /// column. Of the heaviest columns the usual value told is the one that, all else unchanged,
    /// makes the row least anomalous.
    pub fn reasons(&self, row: &[f64], cells: &BTreeMap<&str, &Cell>) -> Vec<Reason> {
        let mut reasons = self.plain_reasons(row, cells);
        self.suggest(row, &mut reasons);
        reasons
    }

    /// [`Self::reasons`] of several rows, on all threads.
    pub fn reasons_of(&self, rows: &[RowToExplain<'_>]) -> Vec<Vec<Reason>> {
        rows.par_iter().map(|row| self.reasons(row.features, &row.cells)).collect()
    }

    /// The same with the usual value of each column instead of the one that suits the row, which
    /// takes long to find.
    pub fn plain_reasons_of(&self, rows: &[RowToExplain<'_>]) -> Vec<Vec<Reason>> {
        rows.par_iter().map(|row| self.plain_reasons(row.features, &row.cells)).collect()
    }

    fn plain_reasons(&self, row: &[f64], cells: &BTreeMap<&str, &Cell>) -> Vec<Reason> {
        let contributions = self.detector.contributions(row);
        self.encoder.reasons(&contributions, cells, TOLD_REASONS)
    }
}
