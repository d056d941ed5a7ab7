use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use crate::detector::tails::sort;
use crate::portable::Steps;

/// Bins that a column may have at most.
pub(super) const MAX_BINS: usize = 4_096;

/// Values are multiplied by this before they are subtracted, so that no range overflows; a power
/// of two, so that nothing else changes.
const QUARTER: f64 = 0.25;

/// The bins of a column and their terms `−log₂ (height + α)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Histogram {
    /// Ascending; one more than bins. A column with one value has that value twice.
    borders: Vec<f64>,
    /// Per bin.
    terms: Vec<f64>,
    /// The term of a value outside: the sparsest static bin's, an empty bin's of dynamic ones.
    outside: f64,
}

/// Where to look for a value among borders that are about evenly spaced.
#[derive(Clone, Copy)]
struct Ruler {
    low: f64,
    /// Bins per quarter of a value.
    per_quarter: f64,
    last: usize,
}

impl Ruler {
    fn of(borders: &[f64]) -> Self {
        let bins = borders.len().saturating_sub(1);
        let low = borders.first().map_or(0.0, |low| low * QUARTER);
        let high = borders.last().map_or(0.0, |high| high * QUARTER);
        let per_quarter = bins as f64 / (high - low);
        let per_quarter = if per_quarter.is_finite() { per_quarter } else { 0.0 };
        Self { low, per_quarter, last: bins.saturating_sub(1) }
    }

    /// A bin at or near the value's.
    #[inline]
    fn guess(&self, value: f64) -> usize {
        (((value * QUARTER - self.low) * self.per_quarter) as usize).min(self.last)
    }
}

impl Histogram {
    /// Bins of equal width from the smallest to the largest value, counted as NumPy counts: a
    /// value on a border belongs to the bin above it, the largest value to the last bin.
    pub(super) fn with_equal_widths(column: &[f64], bins: usize, alpha: f64) -> Self {
        let (low, high) = range(column);
        let (low_quarter, width) = (low * QUARTER, (high - low) * QUARTER);
        let width = if width.is_finite() { width } else { high * QUARTER - low_quarter };
        if width <= 0.0 {
            return Self::of_constant(low, bins, alpha);
        }
        let step = width / bins as f64;
        let mut borders: Vec<f64> =
            (0..bins).map(|bin| (bin as f64 * step + low_quarter) / QUARTER).collect();
        borders.push(high);
        let ruler = Ruler::of(&borders);
        let mut counts = vec![0_u64; bins];
        for &value in column {
            counts[bin_of(&borders, value, ruler.guess(value))] += 1;
        }
        let share = bins as f64 / column.len() as f64;
        Self::of(borders, counts.iter().map(|&count| count as f64 * share), alpha)
    }

    /// Bins of about `n / bins` rows each.
    pub(super) fn with_equal_counts(column: &[f64], bins: usize, alpha: f64) -> Self {
        let mut sorted = column.to_vec();
        sort(&mut sorted);
        let (low, high) = range(&sorted);
        let range = high * QUARTER - low * QUARTER;
        if range <= 0.0 {
            return Self::of_constant(low, bins, alpha);
        }
        let wanted = sorted.len() as f64 / bins as f64;
        let mut borders = vec![low];
        let mut counts = Vec::new();
        let (mut held, mut before) = (0_usize, low);
        for values in sorted.chunk_by(|a, b| a == b) {
            let crowded = values.len() as f64 > wanted;
            if held > 0 && (crowded || held as f64 >= wanted) && counts.len() + 2 < MAX_BINS {
                let border = f64::midpoint(before, values[0]);
                // Between two neighbouring numbers there is none.
                if border > before {
                    borders.push(border);
                    counts.push(held as f64);
                    held = 0;
                }
            }
            held += values.len();
            before = values[0];
        }
        borders.push(high);
        counts.push(held as f64);
        let rows = column.len() as f64;
        let heights: Vec<f64> = counts
            .iter()
            .zip(borders.windows(2))
            .map(|(count, pair)| match pair {
                [left, right] => {
                    let width = (right * QUARTER - left * QUARTER) / range;
                    (count / rows / width).min(f64::MAX)
                }
                _ => 0.0,
            })
            .collect();
        let mut histogram = Self::of(borders, heights, alpha);
        histogram.outside = -alpha.log2();
        histogram
    }

    /// The histogram of a column with one value: one full bin among as many as there would be.
    fn of_constant(value: f64, bins: usize, alpha: f64) -> Self {
        let mut constant = Self::of(vec![value, value], [bins as f64], alpha);
        constant.outside = -alpha.log2();
        constant
    }

    fn of(borders: Vec<f64>, heights: impl IntoIterator<Item = f64>, alpha: f64) -> Self {
        let terms: Vec<f64> =
            heights.into_iter().map(|height| -(height + alpha).min(f64::MAX).log2()).collect();
        let outside = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self { borders, terms, outside }
    }

    /// Adds every value's term to its row's sum.
    pub(super) fn add_terms(&self, column: &[f64], tolerance: f64, sums: &mut [f64]) {
        let (Some(&low), Some(&high)) = (self.borders.first(), self.borders.last()) else { return };
        let (Some(&first), Some(&last)) = (self.terms.first(), self.terms.last()) else { return };
        let ruler = Ruler::of(&self.borders);
        let width = |bin: usize| self.borders[bin + 1] * QUARTER - self.borders[bin] * QUARTER;
        let (below, above) = (width(0) * tolerance, width(ruler.last) * tolerance);
        for (sum, &value) in sums.iter_mut().zip(column) {
            *sum += if value < low {
                let near = low * QUARTER - value * QUARTER <= below;
                if near { first } else { self.outside }
            } else if value > high {
                let near = value * QUARTER - high * QUARTER <= above;
                if near { last } else { self.outside }
            } else {
                self.terms[bin_of(&self.borders, value, ruler.guess(value))]
            };
        }
    }

    /// [`Self::add_terms`] in terms that other programs know.
    pub(super) fn steps(&self, tolerance: f64) -> Steps {
        let last = self.terms.len().saturating_sub(1);
        let (Some(&low), Some(&high)) = (self.borders.first(), self.borders.last()) else {
            return Steps::new(self.outside, []);
        };
        let reach = |bin: usize| {
            (self.borders[bin + 1] * QUARTER - self.borders[bin] * QUARTER) * tolerance
        };
        let (below, above) = (reach(0), reach(last));
        let values: Vec<f64> = std::iter::once(self.outside)
            .chain(self.terms.iter().copied())
            .chain([self.outside])
            .collect();
        Steps::of_levels(&values, |value| {
            if value < low {
                usize::from(low * QUARTER - value * QUARTER <= below)
            } else if value > high {
                let near = value * QUARTER - high * QUARTER <= above;
                last + if near { 1 } else { 2 }
            } else {
                1 + bin_of(&self.borders, value, 0)
            }
        })
    }

    /// Refuses what no column gives.
    pub(super) fn check(&self) -> Result<()> {
        let bins = self.terms.len();
        let counted = (1..=MAX_BINS).contains(&bins) && self.borders.len() == bins + 1;
        let finite = self.borders.iter().chain(&self.terms).all(|number| number.is_finite());
        if counted && finite && self.outside.is_finite() && self.borders.is_sorted() {
            return Ok(());
        }
        Err(Error::input("a histogram in the model is not one of a column"))
    }
}

/// The bin of a value inside: a border belongs to the bin above it, the last one to the last bin.
#[inline]
fn bin_of(borders: &[f64], value: f64, guess: usize) -> usize {
    if borders[guess] <= value && value < borders[guess + 1] {
        return guess;
    }
    let last = borders.len().saturating_sub(2);
    borders.partition_point(|&border| border <= value).saturating_sub(1).min(last)
}

/// The smallest and the largest value.
fn range(column: &[f64]) -> (f64, f64) {
    column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
        (low.min(value), high.max(value))
    })
}
