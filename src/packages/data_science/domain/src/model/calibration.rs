use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::{Error, Result};

/// Scores kept in a stored model at most.
const MAX_KEPT: usize = 10_000;

/// The scores a percentile is counted against.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    rows: u64,
    /// Ascending, finite: all scores, or evenly spaced quantiles of them.
    sorted: Vec<f64>,
}

impl Calibration {
    /// All scores: percentiles are exact.
    pub fn exact(scores: &[f64]) -> Self {
        let mut sorted = scores.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { rows: sorted.len() as u64, sorted }
    }

    /// At most 10,000 evenly spaced quantiles: percentiles are off by at most 0.01.
    pub fn thinned(scores: &[f64]) -> Self {
        let all = Self::exact(scores);
        if all.sorted.len() <= MAX_KEPT {
            return all;
        }
        let last = all.sorted.len() - 1;
        let sorted = (0..MAX_KEPT)
            .map(|index| {
                all.sorted[(index as u128 * last as u128 / (MAX_KEPT as u128 - 1)) as usize]
            })
            .collect();
        Self { rows: all.rows, sorted }
    }

    /// Rows it was made from.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The share of the scores that are not higher than `score`, in percent.
    pub fn percentile(&self, score: f64) -> f64 {
        if self.sorted.is_empty() {
            return 0.0;
        }
        let upto = self.sorted.partition_point(|&kept| kept <= score);
        100.0 * upto as f64 / self.sorted.len() as f64
    }

    /// The score below which a share of the scores lies, from 0 to 1; `None` without scores.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.sorted.len().checked_sub(1)?;
        self.sorted.get((share.clamp(0.0, 1.0) * last as f64).round() as usize).copied()
    }

    /// How far percentiles can be trusted: the error is in percentage points.
    pub fn exactness(&self) -> Exactness {
        if self.sorted.len() as u64 == self.rows {
            return Exactness::Exact;
        }
        Exactness::Approximate { error: 100.0 / self.sorted.len() as f64 }
    }

    /// Refuses what no scores can give.
    pub(super) fn check(&self) -> Result<()> {
        let sound = !self.sorted.is_empty()
            && self.sorted.len() <= MAX_KEPT
            && self.sorted.len() as u64 <= self.rows
            && self.sorted.iter().all(|score| score.is_finite())
            && self.sorted.is_sorted();
        if sound { Ok(()) } else { Err(Error::input("the calibration in the model is broken")) }
    }
}
