//! How the share of scores beyond a high one falls.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

/// The scores whose shape the fit looks at: the highest one of so many, at least so many.
const FITTED: (usize, usize) = (10, 12);

/// Those at the very top whose distances are not looked at: anomalies may be among them.
const CENSORED: (usize, usize) = (50, 2);

/// Excesses that a fit needs.
const MIN_EXCESSES: usize = 8;

/// The spread of the shapes that are expected before looking, around 0: an exponential tail.
const SHAPE_SPREAD: f64 = 0.15;

/// The heaviest tail.
const MAX_SHAPE: f64 = 1.0;

/// Excesses that a fit looks at.
const MAX_EXCESSES: usize = 2_000;

/// Places tried per round, and rounds, in the search for the best fit.
const PLACES: usize = 16;
const ROUNDS: usize = 3;

/// How the share of scores beyond a high one falls: a generalised Pareto distribution.
///
/// Peaks over threshold (Pickands 1975; for anomalies Siffer et al., KDD 2017): beyond a high score
/// `start` the share falls as `share × (1 + shape × (s − start) / scale)^(−1/shape)`, for shape 0 as
/// `share × exp(−(s − start) / scale)`. The fit is the posterior mode with a normal prior on the
/// shape, never below 0 (a bounded tail would give scores beyond it a share of nothing), of the
/// highest tenth, of whose top fifth only the number counts: what lies far out cannot bend it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tail {
    start: f64,
    share: f64,
    scale: f64,
    shape: f64,
}

impl Tail {
    /// The tail of ascending scores, taken over at the `kept`th highest of them with the share
    /// that lies from there on; `None` where the scores say nothing of it.
    pub(crate) fn fit(ascending: &[f64], kept: usize) -> Option<Self> {
        let rows = ascending.len();
        let below = |(part, least): (usize, usize)| {
            ascending.get(rows.checked_sub((rows / part).max(least) + 1)?).copied()
        };
        let (base, censored_from) = (below(FITTED)?, below(CENSORED)?);
        let first = ascending.partition_point(|&score| score <= base);
        let censored = rows - ascending.partition_point(|&score| score <= censored_from);
        let excesses: Vec<f64> =
            ascending.get(first..rows - censored)?.iter().map(|score| score - base).collect();
        if excesses.len() < MIN_EXCESSES {
            return None;
        }
        let Candidate { scale, shape, .. } =
            Sample::new(&excesses, censored, censored_from - base).fit();
        let start = (*ascending.get(rows.checked_sub(kept)?)?).max(base);
        let from_start = rows - ascending.partition_point(|&score| score < start);
        let tail = Self {
            start,
            share: (from_start as f64 + 1.0) / (rows as f64 + 1.0),
            // The excesses over a higher threshold have the same shape and this scale.
            scale: scale + shape * (start - base),
            shape,
        };
        tail.check().ok().map(|()| tail)
    }

    /// The highest score that is not extrapolated.
    pub(crate) fn start(&self) -> f64 {
        self.start
    }

    /// The share of scores from [`Self::start`] on.
    pub(crate) fn share(&self) -> f64 {
        self.share
    }

    /// The share of scores that lie from a score beyond the start on.
    pub(crate) fn share_from(&self, score: f64) -> f64 {
        let distance = (score - self.start).max(0.0) / self.scale;
        let survival = if self.shape == 0.0 {
            (-distance).exp()
        } else {
            (-(self.shape * distance).ln_1p() / self.shape).exp()
        };
        self.share * survival
    }

    /// `−ln` of [`Self::share_from`], also where that is too small for a number.
    pub(crate) fn surprise_from(&self, score: f64) -> f64 {
        let distance = (score - self.start).max(0.0) / self.scale;
        let fallen =
            if self.shape == 0.0 { distance } else { (self.shape * distance).ln_1p() / self.shape };
        (fallen - self.share.ln()).min(f64::MAX)
    }

    /// Refuses what no scores can give.
    pub(crate) fn check(&self) -> Result<()> {
        let sound = self.start.is_finite()
            && self.share > 0.0
            && self.share <= 1.0
            && self.scale > 0.0
            && self.scale.is_finite()
            && (0.0..=MAX_SHAPE).contains(&self.shape);
        if sound { Ok(()) } else { Err(Error::input("the tail in the model is broken")) }
    }
}

/// Distances beyond the base; of `censored` others only that they are beyond `limit` is known.
struct Sample {
    excesses: Vec<f64>,
    censored: f64,
    limit: f64,
    /// One over the prior's variance, for one excess of this many.
    precision: f64,
}

/// A scale, a shape, and the logarithm of likelihood times prior but for a constant.
#[derive(Clone, Copy)]
struct Candidate {
    scale: f64,
    shape: f64,
    fitness: f64,
}

impl Sample {
    /// Ascending excesses; of very many, evenly spaced ones stand for all.
    fn new(excesses: &[f64], censored: usize, limit: f64) -> Self {
        let step = excesses.len().div_ceil(MAX_EXCESSES);
        let chosen: Vec<f64> = excesses.iter().skip(step / 2).step_by(step).copied().collect();
        let weight = excesses.len() as f64 / chosen.len() as f64;
        Self {
            excesses: chosen,
            censored: censored as f64 / weight,
            limit,
            precision: 1.0 / (SHAPE_SPREAD * SHAPE_SPREAD * weight),
        }
    }

    /// The best fit. The likelihood has one free number, the ratio of shape to scale (Grimshaw
    /// 1993); it is searched on a grid of logarithms, in units of one over the exponential's scale.
    fn fit(&self) -> Candidate {
        let exponential = self.exponential();
        let mut best = exponential;
        let (mut low, mut high) = (-7.0_f64, 3.0_f64);
        for _ in 0..ROUNDS {
            let step = (high - low) / PLACES as f64;
            let mut centre = low;
            for place in 0..=PLACES {
                let exponent = low + step * place as f64;
                let candidate = self.candidate(exponent.exp() / exponential.scale);
                if candidate.fitness >= best.fitness {
                    best = candidate;
                    centre = exponent;
                }
            }
            (low, high) = (centre - step, centre + step);
        }
        best
    }

    fn exponential(&self) -> Candidate {
        let known = self.excesses.len() as f64;
        let total = self.excesses.iter().sum::<f64>() + self.censored * self.limit;
        let scale = total / known;
        Candidate { scale, shape: 0.0, fitness: -known * scale.ln() - known }
    }

    /// The best fit for a ratio of shape to scale: its shape is the root of
    /// `precision × shape³ + known × shape = Σ ln(1 + ratio × excess)`.
    fn candidate(&self, ratio: f64) -> Candidate {
        let known = self.excesses.len() as f64;
        let logs: f64 = self.excesses.iter().map(|excess| (ratio * excess).ln_1p()).sum();
        let all_logs = logs + self.censored * (ratio * self.limit).ln_1p();
        let (mut low, mut high) = (0.0, MAX_SHAPE);
        for _ in 0..48 {
            let middle = 0.5 * (low + high);
            if middle * (known + middle * middle * self.precision) < all_logs {
                low = middle;
            } else {
                high = middle;
            }
        }
        let shape = 0.5 * (low + high);
        let scale = shape / ratio;
        let prior = 0.5 * shape * shape * self.precision;
        Candidate { scale, shape, fitness: -known * scale.ln() - logs - all_logs / shape - prior }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantiles of a generalised Pareto distribution of scale 1.
    fn quantiles(rows: usize, shape: f64) -> Vec<f64> {
        let survival = |row: usize| 1.0 - (row as f64 + 0.5) / rows as f64;
        (0..rows)
            .map(|row| match survival(row) {
                left if shape == 0.0 => -left.ln(),
                left => (left.powf(-shape) - 1.0) / shape,
            })
            .collect()
    }

    #[test]
    fn a_pareto_tail_is_extrapolated_by_its_own_law() {
        for (shape, tolerance) in [(0.0, 0.05), (0.2, 1.0)] {
            let scores = quantiles(20_000, shape);
            let tail = Tail::fit(&scores, 100).unwrap();
            assert!((tail.shape - shape).abs() < 0.06, "{} of {shape}", tail.shape);
            let far = (1e-5_f64).ln();
            let score = if shape == 0.0 { -far } else { ((-shape * far).exp() - 1.0) / shape };
            let told = tail.share_from(score);
            assert!((tail.surprise_from(score) + told.ln()).abs() < 1e-9);
            assert!((told / 1e-5).ln().abs() < tolerance, "{told} at shape {shape}");
        }
    }

    #[test]
    fn far_scores_do_not_bend_the_tail() {
        let clean = quantiles(2_000, 0.0);
        let mut planted = clean.clone();
        for score in &mut planted[1_990..] {
            *score = 1e6;
        }
        let (clean, planted) = (Tail::fit(&clean, 40).unwrap(), Tail::fit(&planted, 40).unwrap());
        assert_eq!(clean, planted);
        assert!(planted.share_from(30.0) < 1e-10);
    }

    #[test]
    fn scores_without_a_tail_have_none() {
        assert!(Tail::fit(&[], 10).is_none());
        assert!(Tail::fit(&[1.0; 500], 10).is_none());
        assert!(Tail::fit(&quantiles(12, 0.0), 10).is_none());
    }
}
