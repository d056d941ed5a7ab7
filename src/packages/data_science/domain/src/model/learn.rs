//! Learning, and calibrating on rows that were not learned from.
//!
//! A table of more than [`CROSS_FITTED_ROWS`] rows has a fifth of them held back: the model learns
//! from the others and the scores of these calibrate it, which makes p-values of new rows exact
//! whatever the detector. A smaller table is too short for that: the model learns from all of it,
//! and each tenth is scored by another that learned from the other nine (cross-conformal, Vovk
//! 2015), encoder included. Fewer than [`MIN_CROSS_FITTED_ROWS`] rows calibrate themselves.

use rayon::prelude::*;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, ErrorKind, Result};

use super::calibration::{Calibration, CalibrationSource};
use super::{AnomalyModel, Border};
use crate::detector::{Algorithm, Detector, configured_algorithm, score_rows};
use crate::encoder::{Encoder, Learner};
use crate::matrix::FeatureMatrix;
use crate::sampling::{RowSampler, fold_of_rows};

/// Rows up to which each tenth is scored by a model of the other nine.
pub const CROSS_FITTED_ROWS: usize = 2_500;

/// Rows from which on that is done.
pub const MIN_CROSS_FITTED_ROWS: usize = 20;

/// Parts that a small table is cut into.
const FOLDS: usize = 10;

/// Rows held back of a large table: one of so many, and at most so many.
const HELD_BACK_SHARE: u64 = 5;
const MAX_HELD_BACK: u64 = 100_000;

/// Sets the choice of rows held back apart from that of rows learned from.
const HELD_BACK_SEED: u64 = 0x5EED_0FCA_11B4_A7E5;

impl AnomalyModel {
    /// Learns from the rows a learner has taken in; also returns their scores, in row order.
    ///
    /// The detector may have parameters, see [`configured_algorithm`]. The result depends on the rows,
    /// the detector and the seed only. Rows that say nothing are an `Input`
    /// error.
    pub fn learn(
        learner: Learner,
        detector: &str,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<(Self, Vec<f64>)> {
        let lesson = Lesson { algorithm: configured_algorithm(detector)?, seed, cancellation };
        let rows = learner.rows();
        if rows > CROSS_FITTED_ROWS {
            return lesson.with_rows_held_back(learner);
        }
        let cross_fitted = if rows < MIN_CROSS_FITTED_ROWS {
            None
        } else {
            match lesson.cross_fitted_scores(&learner) {
                // A part of the rows may say nothing where all of them do.
                Err(error) if error.kind() == ErrorKind::Input => None,
                scores => Some(scores?),
            }
        };
        let (encoder, features) = learner.finish(None)?;
        let detector = lesson.fit(&features)?;
        let scores = lesson.score(detector.as_ref(), &features)?;
        let calibration = match &cross_fitted {
            Some(cross_fitted) => Calibration::of(CalibrationSource::CrossFitted, cross_fitted),
            None => Calibration::of(CalibrationSource::InSample, &scores),
        };
        Ok((lesson.model(encoder, detector, calibration, scores.len()), scores))
    }
}

/// How to learn.
struct Lesson<'a> {
    algorithm: Box<dyn Algorithm>,
    seed: u64,
    cancellation: &'a Cancellation,
}

impl Lesson<'_> {
    fn fit(&self, features: &FeatureMatrix) -> Result<Box<dyn Detector>> {
        if features.rows() == 0 || features.features() == 0 {
            return Err(Error::input("there is nothing to learn from"));
        }
        let detector = self.algorithm.fit(features, self.seed, self.cancellation)?;
        self.cancellation.check()?;
        Ok(detector)
    }

    fn score(&self, detector: &dyn Detector, features: &FeatureMatrix) -> Result<Vec<f64>> {
        score_rows(self.algorithm.as_ref(), detector, features, self.cancellation)
    }

    fn with_rows_held_back(&self, learner: Learner) -> Result<(AnomalyModel, Vec<f64>)> {
        let rows = learner.rows();
        let wanted = (rows as u64 / HELD_BACK_SHARE).min(MAX_HELD_BACK);
        let sampler = RowSampler::new(self.seed ^ HELD_BACK_SEED, rows as u64, 1, wanted);
        let held_back: Vec<bool> = (0..rows as i64).map(|row| sampler.keeps(row)).collect();
        let (encoder, features) = learner.finish(Some(&held_back))?;
        let (calibrating, fitted) = features.split(&held_back);
        let detector = self.fit(&fitted)?;
        let calibrating = self.score(detector.as_ref(), &calibrating)?;
        let calibration = Calibration::of(CalibrationSource::HeldBack, &calibrating);
        let scores = self.score(detector.as_ref(), &fitted)?;
        let scores = interleaved(&held_back, &calibrating, &scores);
        Ok((self.model(encoder, detector, calibration, fitted.rows()), scores))
    }

    /// Each row's score by a model that did not see it.
    fn cross_fitted_scores(&self, learner: &Learner) -> Result<Vec<f64>> {
        let folds = fold_of_rows(self.seed, learner.rows(), FOLDS);
        let of_fold = |fold: usize| {
            let held_back: Vec<bool> = folds.iter().map(|&own| own == fold).collect();
            let (_, features) = learner.clone().finish(Some(&held_back))?;
            let (left_out, fitted) = features.split(&held_back);
            Ok(self.fit(&fitted)?.score(&left_out))
        };
        let found: Vec<Result<Vec<f64>>> = (0..FOLDS).into_par_iter().map(of_fold).collect();
        // In the order of folds, so that of several errors always the same is told.
        let mut scores = vec![0.0; folds.len()];
        for (fold, found) in found.into_iter().enumerate() {
            let own = scores.iter_mut().zip(&folds).filter(|(_, own)| **own == fold);
            own.zip(found?).for_each(|((score, _), found)| *score = found);
        }
        Ok(scores)
    }

    fn model(
        &self,
        encoder: Encoder,
        detector: Box<dyn Detector>,
        calibration: Calibration,
        training_rows: usize,
    ) -> AnomalyModel {
        AnomalyModel {
            encoder,
            detector_name: self.algorithm.name().to_owned(),
            detector,
            seed: self.seed,
            calibration,
            border: Border::default(),
            training_rows: training_rows as u64,
        }
    }
}

/// Scores in row order, of marked rows and of the others.
fn interleaved(marks: &[bool], marked: &[f64], others: &[f64]) -> Vec<f64> {
    let (mut marked, mut others) = (marked.iter().copied(), others.iter().copied());
    let next = |&mark: &bool| if mark { marked.next() } else { others.next() };
    marks.iter().filter_map(next).collect()
}
