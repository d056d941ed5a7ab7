#![expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]

use std::cmp::Ordering;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use super::{Combine, radix};
use crate::detector::vectors::{VectorLoop, widest};
use crate::portable::Steps;

/// Values per bucket of the index that begins a search.
const BUCKET_VALUES: usize = 2;

/// Buckets that an index has at most: few enough to stay in the second-level cache.
const MAX_BUCKETS: usize = 131_072;

/// Values that a search compares at once, without a branch; a fuller bucket is searched by halves.
const COMPARED: usize = 8;

/// Values looked up at the same time.
const TOGETHER: usize = 64;

/// The sign of a column's skewness, which chooses the tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Skewness {
    /// The left tail is the longer one.
    Negative,
    /// Neither is.
    Zero,
    /// The right tail is the longer one.
    Positive,
}

/// One kept value and how many training values lie below it and up to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    value: f64,
    /// Training values < `value`.
    below: u32,
    /// Training values ≤ `value`.
    through: u32,
}

/// A column's distribution as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DistributionDocument {
    /// Training values, at least 1.
    rows: u32,
    skewness: Skewness,
    /// Ascending; the smallest and the largest training value are always kept.
    steps: Vec<Step>,
}

impl DistributionDocument {
    /// The distribution of a column of finite values, of which at most about `budget` distinct
    /// ones are kept.
    pub(super) fn of(column: &[f64], budget: usize) -> Self {
        let mut sorted = column.to_vec();
        radix::sort(&mut sorted);
        let rows = sorted.len() as u32;
        let distinct = sorted.windows(2).filter(|pair| pair[0] != pair[1]).count() + 1;
        let steps = if distinct > budget {
            thin(steps(&sorted), rows, budget)
        } else {
            let mut all = Vec::with_capacity(distinct);
            all.extend(steps(&sorted));
            all
        };
        Self { rows, skewness: skewness_sign(column), steps }
    }

    /// Refuses counts and values that no column can have.
    pub(super) fn check(&self) -> Result<()> {
        let first = self.steps.first().is_some_and(|step| step.below == 0);
        let last = self.steps.last().is_some_and(|step| step.through == self.rows);
        let each =
            self.steps.iter().all(|step| step.value.is_finite() && step.below < step.through);
        let ascending = self.steps.windows(2).all(|pair| match pair {
            [a, b] => a.value < b.value && a.through <= b.below,
            _ => false,
        });
        if first && last && each && ascending {
            return Ok(());
        }
        Err(Error::input("a distribution in the model is not one of a column"))
    }
}

/// Keeps values so that between two kept ones lies at most a fraction 1/K of the nearer tail.
///
/// The K outermost values of both tails are kept whole. A kept value's tail probabilities stay
/// exact; a value that was not kept gets those of the middle of its gap, off by at most a factor
/// 1 ± 1/K, so its term by at most about 1/K nats. K is the largest halving of the budget for
/// which 2K (1 + ln(n / 2K)) values fit.
fn thin(steps: impl Iterator<Item = Step>, rows: u32, budget: usize) -> Vec<Step> {
    let mut tail = budget as f64 / 2.0;
    while 2.0 * tail * (1.0 + (f64::from(rows) / (2.0 * tail)).max(1.0).ln()) > budget as f64 {
        tail /= 2.0;
    }
    let mut kept: Vec<Step> = Vec::with_capacity(budget);
    for step in steps {
        let nearer_tail = step.below.min(rows - step.through);
        let gap = kept.last().map_or(u32::MAX, |previous| step.through - previous.through);
        let is_last = step.through == rows;
        if is_last || f64::from(gap) >= (f64::from(nearer_tail) / tail).max(1.0) {
            kept.push(step);
        }
    }
    kept
}

/// Every different value of a sorted column.
fn steps(sorted: &[f64]) -> impl Iterator<Item = Step> {
    let mut below = 0_u32;
    sorted.chunk_by(|a, b| a == b).filter_map(move |group| {
        let through = below + group.len() as u32;
        let step = Step { value: *group.first()?, below, through };
        below = through;
        Some(step)
    })
}

/// The sign of `m₃ / m₂^1.5` as SciPy finds it: sums in row order, and zero for a column whose
/// spread is within rounding of its mean.
pub(super) fn skewness_sign(column: &[f64]) -> Skewness {
    let (mut mean, mut second, mut third) = moments(column, 1.0);
    if !(mean * second * third).is_finite() {
        // Far out values overflow the cube; skewness does not change with the scale.
        let largest = column.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        (mean, second, third) = moments(column, largest);
    }
    if second <= (f64::EPSILON * mean).powi(2) {
        return Skewness::Zero;
    }
    match third.partial_cmp(&0.0) {
        Some(Ordering::Less) => Skewness::Negative,
        Some(Ordering::Greater) => Skewness::Positive,
        _ => Skewness::Zero,
    }
}

/// Mean and second and third central moments of `column / divisor`.
fn moments(column: &[f64], divisor: f64) -> (f64, f64, f64) {
    let n = column.len() as f64;
    let mean = column.iter().fold(0.0, |sum, value| sum + value / divisor) / n;
    let (mut second, mut third) = (0.0, 0.0);
    for value in column {
        let deviation = value / divisor - mean;
        let square = deviation * deviation;
        second += square;
        third += square * deviation;
    }
    (mean, second / n, third / n)
}

/// A column's distribution, ready to be looked up.
///
/// When more distinct values came than the budget of `VALUE_BUDGET / features` (4,096 to 262,144),
/// a term of a value that was not kept is off by at most about 1/K nats (K of the order of a tenth
/// of the budget); otherwise every training value's term is exact.
pub struct Distribution {
    document: DistributionDocument,
    /// Ascending, followed by [`COMPARED`] infinities.
    values: Vec<f64>,
    /// Entry `i`: the term in the gap below value `i`, and of value `i − 1` itself.
    terms: Vec<[f64; 2]>,
    index: BucketIndex,
}

/// Where to begin a search: buckets of equal width over the middle of the values.
struct BucketIndex {
    low: f64,
    /// Buckets per unit of value.
    scale: f64,
    /// Entry `b`: the first value in bucket `b` or a later one; one more entry than buckets.
    starts: Vec<u32>,
}

impl BucketIndex {
    fn of(values: &[f64]) -> Self {
        let buckets = (values.len() / BUCKET_VALUES).clamp(1, MAX_BUCKETS);
        // Without the outermost values, which may be very far out.
        let trimmed = values.len() / 100;
        let low = values.get(trimmed).copied().unwrap_or(0.0);
        let high = values.iter().rev().nth(trimmed).copied().unwrap_or(low);
        let width = high - low;
        let scale = if width > 0.0 && width.is_finite() { buckets as f64 / width } else { 0.0 };
        let mut index = Self { low, scale, starts: vec![0; buckets + 1] };
        for &value in values {
            let bucket = index.bucket(value);
            index.starts[bucket + 1] += 1;
        }
        for bucket in 0..buckets {
            index.starts[bucket + 1] += index.starts[bucket];
        }
        index
    }

    /// The bucket of a value; never lower for a higher value, because no rounding is.
    #[inline(always)]
    fn bucket(&self, value: f64) -> usize {
        (((value - self.low) * self.scale) as usize).min(self.starts.len() - 2)
    }

    /// Where the values of the bucket of `value` stand.
    #[inline(always)]
    fn range(&self, value: f64) -> Range<usize> {
        let bucket = self.bucket(value);
        self.starts[bucket] as usize..self.starts[bucket + 1] as usize
    }
}

impl Distribution {
    /// Prepares a checked document for look-ups.
    pub(super) fn new(document: DistributionDocument, combine: Combine) -> Self {
        let steps = &document.steps;
        let rows = f64::from(document.rows);
        // Training values up to x, and from x on.
        let term = |through: f64, from: f64| {
            let tail = |count: f64| -> f64 {
                if count > 0.0 { -(count / rows).ln() } else { (rows + 1.0).ln() }
            };
            combine(tail(through), tail(from), document.skewness)
        };
        let mut terms = Vec::with_capacity(steps.len() + 1);
        for index in 0..=steps.len() {
            let before = index.checked_sub(1).and_then(|previous| steps.get(previous));
            let gap_start = before.map_or(0, |step| step.through);
            let gap_end = steps.get(index).map_or(document.rows, |step| step.below);
            let middle = f64::midpoint(f64::from(gap_start), f64::from(gap_end));
            let value = before
                .map_or(0.0, |step| term(f64::from(step.through), rows - f64::from(step.below)));
            terms.push([term(middle, rows - middle), value]);
        }
        let mut values: Vec<f64> = steps.iter().map(|step| step.value).collect();
        let index = BucketIndex::of(&values);
        values.extend([f64::INFINITY; COMPARED]);
        Self { document, values, terms, index }
    }

    /// The distribution as it is stored.
    pub(super) fn document(&self) -> DistributionDocument {
        self.document.clone()
    }

    /// How many distinct values are kept.
    pub fn kept_values(&self) -> usize {
        self.document.steps.len()
    }

    /// [`Self::term`] in terms that other programs know.
    pub(super) fn steps(&self) -> Steps {
        let terms = self.terms.iter().skip(1);
        let breaks =
            self.document.steps.iter().zip(terms).flat_map(|(step, &[beyond, at])| {
                [(step.value, at), (step.value.next_up(), beyond)]
            });
        Steps::new(self.terms.first().map_or(0.0, |[below, _]| *below), breaks)
    }

    /// The feature's part in the score of a row with this value.
    #[inline]
    pub fn term(&self, value: f64) -> f64 {
        let (upto, is_kept) = self.place(value, self.index.range(value));
        self.terms[upto][usize::from(is_kept)]
    }

    /// Adds the term of each value of a column to the score of its row.
    pub(super) fn add_terms(&self, column: &[f64], scores: &mut [f64]) {
        for (column, scores) in column.chunks(TOGETHER).zip(scores.chunks_mut(TOGETHER)) {
            widest(Terms { distribution: self, column, scores });
        }
    }

    /// How many kept values are at most `value`, and whether the last of them is; `range` is that of
    /// its bucket.
    #[inline(always)]
    fn place(&self, value: f64, range: Range<usize>) -> (usize, bool) {
        let start = range.start;
        let upto = if range.len() <= COMPARED {
            // Values of later buckets are larger, so comparing a few of them too counts none.
            let near = &self.values[start..start + COMPARED];
            start + near.iter().map(|&kept| usize::from(kept <= value)).sum::<usize>()
        } else {
            start + self.values[range].partition_point(|&kept| kept <= value)
        };
        (upto, upto > 0 && self.values[upto - 1] == value)
    }
}

/// At most [`TOGETHER`] values whose terms are looked up.
struct Terms<'a> {
    distribution: &'a Distribution,
    column: &'a [f64],
    scores: &'a mut [f64],
}

impl VectorLoop for Terms<'_> {
    type Output = ();

    /// Step by step for all values: each step is a load from a large table, and so many of them
    /// are under way at the same time.
    #[inline(always)]
    fn run(self) {
        let Self { distribution, column, scores } = self;
        let mut ranges = [const { 0..0 }; TOGETHER];
        for (range, &value) in ranges.iter_mut().zip(column) {
            *range = distribution.index.range(value);
        }
        let mut places = [(0, false); TOGETHER];
        for ((place, range), &value) in places.iter_mut().zip(ranges).zip(column) {
            *place = distribution.place(value, range);
        }
        for (score, (upto, is_kept)) in scores.iter_mut().zip(places) {
            *score += distribution.terms[upto][usize::from(is_kept)];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(document: DistributionDocument) -> Distribution {
        Distribution::new(document, |left, right, _| left.max(right))
    }

    #[test]
    fn a_thinned_distribution_keeps_both_tails_and_its_bound() {
        let rows = 200_000_u32;
        let column: Vec<f64> = (0..rows).map(|row| f64::from(row).powf(1.5)).collect();
        let exact = prepared(DistributionDocument::of(&column, usize::MAX));
        let document = DistributionDocument::of(&column, 4_096);
        assert!(document.steps.len() <= 4_096 + 2, "{} kept", document.steps.len());
        document.check().unwrap();
        let thinned = prepared(document);
        for (row, &value) in column.iter().enumerate() {
            let off = (exact.term(value) - thinned.term(value)).abs();
            assert!(off < 1.0 / 200.0, "row {row} is off by {off}");
            if row < 100 || row >= column.len() - 100 {
                assert_eq!(exact.term(value), thinned.term(value));
            }
        }
    }

    #[test]
    fn every_value_is_found_whatever_the_shape() {
        let columns: [Vec<f64>; 5] = [
            (0..5_000).map(f64::from).collect(),
            (0..600).map(|power| 1.05_f64.powi(power)).collect(),
            vec![f64::MIN, -1.0, 0.0, 1.0, f64::MAX],
            vec![7.0],
            (0..900).map(|row| f64::from(row % 3) * 1e200 + f64::from(row)).collect(),
        ];
        for column in columns {
            let distribution = prepared(DistributionDocument::of(&column, usize::MAX));
            let mut sorted = column.clone();
            sorted.sort_by(f64::total_cmp);
            sorted.dedup();
            for (place, &value) in sorted.iter().enumerate() {
                assert_eq!(distribution.term(value), distribution.terms[place + 1][1], "{value}");
                let above = value.next_up();
                if sorted.get(place + 1) != Some(&above) && above.is_finite() {
                    assert_eq!(distribution.term(above), distribution.terms[place + 1][0]);
                }
            }
        }
    }

    #[test]
    fn skewness_of_far_out_values_has_a_sign() {
        assert_eq!(skewness_sign(&[1.0, 1.0, 1.0, 1e300]), Skewness::Positive);
        assert_eq!(skewness_sign(&[-1e308, 1.0, 1e307, 1e307]), Skewness::Negative);
        assert_eq!(skewness_sign(&[-1.0, 0.0, 1.0]), Skewness::Zero);
        assert_eq!(skewness_sign(&[4.0, 4.0]), Skewness::Zero);
    }

    #[test]
    fn impossible_distributions_are_refused() {
        let good = DistributionDocument::of(&[1.0, 2.0, 2.0, 5.0], 10);
        good.check().unwrap();
        for break_it in [
            (|document: &mut DistributionDocument| document.steps.clear()) as fn(&mut _),
            |document| document.rows = 7,
            |document| document.steps[1].value = 0.5,
            |document| document.steps[1].value = f64::NAN,
            |document| document.steps[1].through = 1,
            |document| document.steps[0].below = 1,
        ] {
            let mut document = good.clone();
            break_it(&mut document);
            assert!(document.check().is_err(), "{document:?}");
        }
    }
}
