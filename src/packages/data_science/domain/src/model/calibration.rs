use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::{Error, Result};

use crate::decision::{DEFAULT_FALSE_SHARE, false_discovery_border};
use crate::tail::Tail;

/// Scores kept in a stored model at most: as many of the highest, and as many quantiles of others.
const MAX_KEPT: usize = 5_000;

/// Scores that a tail is fitted to at least.
const MIN_TAIL_ROWS: usize = 40;

/// Scores from where on the tail is extrapolated: the higher of a number and a share.
const TAIL_ROWS: usize = 10;
const TAIL_SHARE: f64 = 0.005;

/// The share of calibration scores that may be set aside as anomalies.
const MAX_SET_ASIDE: f64 = 0.05;

/// Times that anomalies are looked for anew after others were set aside.
const SET_ASIDE_ROUNDS: usize = 4;

/// The smallest p-value that is told: an extrapolation knows no more.
pub(crate) const SMALLEST_P: f64 = 1e-15;

/// What the scores were made of that others are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalibrationSource {
    /// Rows held back from learning.
    HeldBack,
    /// All rows, each scored by a model that learned from nine tenths of the rows, not from it.
    CrossFitted,
    /// The rows that were learned from: new rows may look more unusual than they are.
    InSample,
}

/// What is told of a calibration.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CalibrationSummary {
    /// What the scores were made of; of segments, of those that are told least surely.
    pub source: CalibrationSource,
    /// Rows.
    pub rows: u64,
    /// Those of the rows that are anomalies themselves and are not counted in p-values.
    pub set_aside: u64,
    /// P-values below this are extrapolated by a generalised Pareto tail, of segments in some of
    /// them; null when there are too few rows for that: no p-value is then smaller than
    /// 1 / (rows + 1).
    pub extrapolated_below: Option<f64>,
    /// How far percentiles can be trusted.
    #[serde(skip)]
    pub exactness: Exactness,
}

impl CalibrationSummary {
    /// What holds of the rows of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let trust = |source| match source {
            CalibrationSource::HeldBack => 2,
            CalibrationSource::CrossFitted => 1,
            CalibrationSource::InSample => 0,
        };
        let source =
            if trust(other.source) < trust(self.source) { other.source } else { self.source };
        let below = [self.extrapolated_below, other.extrapolated_below].into_iter().flatten();
        Self {
            source,
            rows: self.rows + other.rows,
            set_aside: self.set_aside + other.set_aside,
            extrapolated_below: below.reduce(f64::max),
            exactness: match (self.exactness, other.exactness) {
                (Exactness::Exact, other) => other,
                (own, _) => own,
            },
        }
    }
}

/// The scores that percentiles and p-values are counted against.
///
/// The p-value of a score `s` is conformal, `(1 + #{calibration scores ≥ s}) / (1 + n)`: of rows
/// like the calibration rows, the share with a p-value of at most `a` is at most `a`, whatever the
/// detector and the data (Vovk et al. 2005; Bates et al. 2023). Beyond [`Self::extrapolated_below`]
/// there are too few scores to count, and the share goes on as a generalised Pareto tail.
///
/// Calibration rows may hold anomalies themselves. Those that the tail of the others tells apart
/// (Benjamini–Hochberg at 0.1, at most 5 % of the rows) are set aside and not counted in `n`; what
/// stays hidden makes p-values larger, never smaller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    source: CalibrationSource,
    rows: u64,
    set_aside: u64,
    /// Ascending, finite, different: all scores, or the highest and quantiles of the others.
    scores: Vec<f64>,
    /// How many of the rows' scores are higher than each of these.
    above: Vec<u64>,
    tail: Option<Tail>,
}

impl Calibration {
    /// The calibration by scores in any order.
    pub fn of(source: CalibrationSource, scores: &[f64]) -> Self {
        let mut ascending = scores.to_vec();
        ascending.sort_unstable_by(f64::total_cmp);
        let rows = ascending.len();
        let mut calibration = Self {
            source,
            rows: rows as u64,
            set_aside: 0,
            scores: Vec::new(),
            above: Vec::new(),
            tail: None,
        };
        calibration.keep(&ascending);
        calibration.set_anomalies_aside(&ascending);
        calibration
    }

    /// The calibration of a stored model of format version 1: quantiles of its training scores.
    pub(super) fn of_quantiles(rows: u64, ascending: &[f64]) -> Self {
        let mut calibration = Self::of(CalibrationSource::InSample, ascending);
        let (kept, last) = (ascending.len() as u64, rows.saturating_sub(1));
        if rows > kept && kept > 1 {
            for above in &mut calibration.above {
                *above = (u128::from(*above) * u128::from(last) / u128::from(kept - 1)) as u64;
            }
            calibration.set_aside = calibration.set_aside * rows / kept;
            calibration.rows = rows;
        }
        calibration
    }

    fn keep(&mut self, ascending: &[f64]) {
        let rows = ascending.len();
        let step = (rows.saturating_sub(MAX_KEPT) as f64 / MAX_KEPT as f64).max(1.0);
        let mut next = 0.0;
        let mut upto = 0;
        for group in ascending.chunk_by(|a, b| a == b) {
            upto += group.len();
            if upto as f64 > next || rows - upto < MAX_KEPT {
                self.scores.push(group[0]);
                self.above.push((rows - upto) as u64);
                next = upto as f64 + step - 1.0;
            }
        }
    }

    /// Fits the tail, sets aside what it tells apart, and fits the tail of the others, until that
    /// changes nothing.
    fn set_anomalies_aside(&mut self, ascending: &[f64]) {
        let rows = ascending.len();
        if rows < MIN_TAIL_ROWS {
            return;
        }
        let kept = |rows: usize, share: f64| ((rows as f64 * share) as usize).max(TAIL_ROWS);
        // At first no score is trusted that anomalies may have made.
        self.tail = Tail::fit(ascending, kept(rows, 0.02));
        let most = (rows as f64 * MAX_SET_ASIDE) as usize;
        for _ in 0..SET_ASIDE_ROUNDS {
            let border = false_discovery_border(ascending, DEFAULT_FALSE_SHARE, self);
            let aside = rows - ascending.partition_point(|&score| score < border);
            let aside = if aside > most { 0 } else { aside };
            let others = &ascending[..rows - aside];
            let settled = self.set_aside == aside as u64;
            self.set_aside = aside as u64;
            let tail = Tail::fit(others, kept(others.len(), TAIL_SHARE));
            if settled && tail == self.tail {
                break;
            }
            self.tail = tail;
        }
    }

    /// What is told of it.
    pub fn summary(&self) -> CalibrationSummary {
        CalibrationSummary {
            source: self.source,
            rows: self.rows,
            set_aside: self.set_aside,
            extrapolated_below: self.extrapolated_below(),
            exactness: self.exactness(),
        }
    }

    /// What the scores were made of.
    pub fn source(&self) -> CalibrationSource {
        self.source
    }

    /// Rows it was made from.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Those of the rows that were found to be anomalies and are not counted in p-values.
    pub fn set_aside(&self) -> u64 {
        self.set_aside
    }

    /// The share of the scores that are not higher than `score`, in percent.
    pub fn percentile(&self, score: f64) -> f64 {
        self.percentile_above(self.below(score), score)
    }

    /// How likely a row like the calibration rows scores at least so high: above 0, at most 1, the
    /// smaller the more anomalous.
    pub fn p_value(&self, score: f64) -> f64 {
        self.p_value_above(self.below(score), score)
    }

    /// [`Self::percentile`] and [`Self::p_value`] of each score, on all threads.
    pub fn standings(&self, scores: &[f64]) -> Vec<(f64, f64)> {
        let standing = |&score: &f64| {
            let below = self.below(score);
            (self.percentile_above(below, score), self.p_value_above(below, score))
        };
        scores.par_iter().with_min_len(1_024).map(standing).collect()
    }

    /// How many of the scores kept are lower.
    fn below(&self, score: f64) -> usize {
        self.scores.partition_point(|&kept| kept < score)
    }

    fn percentile_above(&self, below: usize, score: f64) -> f64 {
        let upto = below + usize::from(self.scores.get(below) == Some(&score));
        100.0 * (1.0 - self.higher_than(upto) as f64 / (self.rows as f64).max(1.0))
    }

    fn p_value_above(&self, below: usize, score: f64) -> f64 {
        match &self.tail {
            Some(tail) if score > tail.start() => tail.share_from(score).max(SMALLEST_P),
            _ => {
                let at_least = self.higher_than(below).saturating_sub(self.set_aside);
                (1 + at_least) as f64 / (1 + self.rows - self.set_aside) as f64
            }
        }
    }

    /// `−ln` of [`Self::p_value`], also where that is too small to be told; finite and at least 0.
    pub(crate) fn surprise(&self, score: f64) -> f64 {
        match &self.tail {
            Some(tail) if score > tail.start() => tail.surprise_from(score),
            _ => -self.p_value(score).ln() + 0.0,
        }
    }

    /// P-values below this are extrapolated; `None` when all are counted and none is smaller than
    /// `1 / (1 + n)`.
    pub fn extrapolated_below(&self) -> Option<f64> {
        self.tail.as_ref().map(Tail::share)
    }

    /// The score below which a share of the scores lies, from 0 to 1; `None` without scores.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let above = (1.0 - share.clamp(0.0, 1.0)) * self.rows.saturating_sub(1) as f64;
        let place = self.above.partition_point(|&count| count as f64 > above.round());
        self.scores.get(place.min(self.scores.len().checked_sub(1)?)).copied()
    }

    /// How far percentiles can be trusted: the error is in percentage points.
    pub fn exactness(&self) -> Exactness {
        if self.rows <= 2 * MAX_KEPT as u64 {
            return Exactness::Exact;
        }
        Exactness::Approximate { error: 100.0 / MAX_KEPT as f64 }
    }

    /// Rows with higher scores than the last of the first `upto` scores kept.
    fn higher_than(&self, upto: usize) -> u64 {
        upto.checked_sub(1).and_then(|last| self.above.get(last)).copied().unwrap_or(self.rows)
    }

    /// Refuses what no scores can give.
    pub(super) fn check(&self) -> Result<()> {
        let sound = !self.scores.is_empty()
            && self.scores.len() == self.above.len()
            && self.scores.iter().all(|score| score.is_finite())
            && self.scores.is_sorted_by(|a, b| a < b)
            && self.above.is_sorted_by(|a, b| a > b)
            && self.above.first().is_some_and(|&above| above < self.rows)
            && self.above.last() == Some(&0)
            && self.set_aside < self.rows;
        if !sound {
            return Err(Error::input("the calibration in the model is broken"));
        }
        self.tail.as_ref().map_or(Ok(()), Tail::check)
    }
}

#[cfg(test)]
#[path = "calibration_tests.rs"]
mod tests;
