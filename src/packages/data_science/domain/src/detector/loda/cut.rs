use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use crate::detector::random;
use crate::portable::{Combination, Steps};

/// What an empty bin counts.
const EMPTY: f64 = 1e-12;

/// How far outside, in widths of a bin, a projection still belongs to the nearest bin.
const TOLERANCE: f64 = 0.5;

/// The largest weight that a cut may have: far beyond any normal number.
const MAX_WEIGHT: f64 = 1e3;

/// A random direction, zero in all but a few features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Cut {
    /// Features seen, ascending, with their weights.
    weights: Vec<(u32, f64)>,
}

impl Cut {
    /// Draws `seen` of `features` features and their weights.
    pub(super) fn draw(random: &mut ChaCha8Rng, features: usize, seen: usize) -> Self {
        let chosen = random::sample(random, features as u64, seen as u64);
        let weights = chosen.into_iter().map(|feature| (feature as u32, random::normal(random)));
        Self { weights: weights.collect() }
    }

    /// The features it sees.
    pub(super) fn features(&self) -> impl Iterator<Item = usize> {
        self.weights.iter().map(|&(feature, _)| feature as usize)
    }

    /// The projections of `rows` rows, given by column, into `projected` (cleared first).
    pub(super) fn project(&self, columns: &[Vec<f64>], rows: usize, projected: &mut Vec<f64>) {
        projected.clear();
        projected.resize(rows, 0.0);
        for &(feature, weight) in &self.weights {
            for (projected, value) in projected.iter_mut().zip(&columns[feature as usize]) {
                *projected += weight * value;
            }
        }
    }

    /// The projection of one row.
    pub(super) fn project_row(&self, row: &[f64]) -> f64 {
        self.weights
            .iter()
            .fold(0.0, |sum, &(feature, weight)| sum + weight * row[feature as usize])
    }

    /// The projection in terms that other programs know.
    pub(super) fn portable(&self) -> Combination {
        let terms = self.weights.iter().map(|&(feature, weight)| (feature as usize, weight));
        Combination::Sum(terms.collect())
    }

    /// Refuses features that are not there and weights that could overflow.
    pub(super) fn check(&self, features: usize) -> Result<()> {
        let sound = |&(feature, weight): &(u32, f64)| {
            (feature as usize) < features && weight.abs() <= MAX_WEIGHT
        };
        if self.weights.len() <= features && self.weights.iter().all(sound) {
            return Ok(());
        }
        Err(Error::input("a cut in the model is not one of its features"))
    }
}

/// Where a value lies in a range of equally wide bins, in bins from its low end; not a number for
/// the one value of a range without width.
#[inline]
pub(super) fn place(value: f64, low: f64, high: f64, bins: usize) -> f64 {
    (value - low) / (high - low) * bins as f64
}

/// The bin at a place; the first or last for one outside.
#[inline]
pub(super) fn bin(place: f64, bins: usize) -> usize {
    (place as usize).min(bins - 1)
}

/// The histogram of a cut's projections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CutHistogram {
    low: f64,
    high: f64,
    /// `−ln p̂` per bin.
    terms: Vec<f64>,
    /// That of an empty bin.
    outside: f64,
}

impl CutHistogram {
    /// From the counts of equally wide bins.
    pub(super) fn of(low: f64, high: f64, counts: &[u64]) -> Self {
        let total: f64 = counts.iter().map(|&count| count as f64 + EMPTY).sum();
        let terms = counts.iter().map(|&count| -((count as f64 + EMPTY) / total).ln());
        Self { low, high, terms: terms.collect(), outside: -(EMPTY / total).ln() }
    }

    pub(super) fn bins(&self) -> usize {
        self.terms.len()
    }

    /// `−ln p̂` of a projection; beyond half a bin outside, that of an empty bin.
    #[inline]
    pub(super) fn term(&self, value: f64) -> f64 {
        let bins = self.terms.len();
        let place = place(value, self.low, self.high, bins);
        if place < -TOLERANCE || place > bins as f64 + TOLERANCE {
            return self.outside;
        }
        self.terms[bin(place, bins)]
    }

    /// [`Self::term`] in terms that other programs know.
    pub(super) fn steps(&self) -> Steps {
        let bins = self.terms.len();
        let values: Vec<f64> = std::iter::once(self.outside)
            .chain(self.terms.iter().copied())
            .chain([self.outside])
            .collect();
        Steps::of_levels(&values, |value| {
            let place = place(value, self.low, self.high, bins);
            match place {
                _ if place < -TOLERANCE => 0,
                _ if place > bins as f64 + TOLERANCE => bins + 1,
                _ => 1 + bin(place, bins),
            }
        })
    }

    /// Refuses what no projection gives.
    pub(super) fn check(&self, max_bins: usize) -> Result<()> {
        let counted = (1..=max_bins).contains(&self.terms.len());
        let finite = self.low.is_finite() && self.high.is_finite() && self.low <= self.high;
        if counted
            && finite
            && self.outside.is_finite()
            && self.terms.iter().all(|term| term.is_finite())
        {
            return Ok(());
        }
        Err(Error::input("a histogram in the model is not one of a projection"))
    }
}
