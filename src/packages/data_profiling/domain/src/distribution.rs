use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::{ColumnProfileSummary, NumberForms, OrderedValues, ValueKind};
use shared_kernel_domain::table::Cell;

use crate::chi_squared::p_value;
use crate::figure::{Figure, NO_VALUES};
use crate::histogram::{self, FittedHistogram};
use crate::numbers::no_numbers;

/// The quantiles that are listed.
pub(crate) const SHARES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

/// Tukey's fences stand so many interquartile ranges beyond the quartiles: the inner and the outer.
const FENCES: [f64; 2] = [1.5, 3.0];

/// A chi-squared test needs so many expected values in each bin.
const LEAST_EXPECTED: f64 = 5.0;

/// Bins of the test of uniformity.
const TESTED_BINS: usize = 32;

/// A quantile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuantileFigure {
    /// The share of values that are not larger, from 0 to 1.
    pub share: f64,
    /// The value; of dates and times in ISO 8601.
    pub value: Figure<Cell>,
}

/// How numbers are spread. When approximate, the error of a value bounds the share of values by
/// which its rank may be wrong, that of a count is so many values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// From the lower to the upper quartile.
    pub interquartile_range: Figure<f64>,
    /// The median of the distances from the median. When approximate, the error bounds by which
    /// share of the values the distances up to it may differ from one half.
    pub median_absolute_deviation: Figure<f64>,
    /// Tukey's inner fences: 1.5 interquartile ranges beyond the quartiles.
    pub lower_fence: Figure<f64>,
    /// See [`Self::lower_fence`].
    pub upper_fence: Figure<f64>,
    /// Values below the lower fence.
    pub outliers_below: Figure<u64>,
    /// Values above the upper fence.
    pub outliers_above: Figure<u64>,
    /// Values beyond the outer fences: 3 interquartile ranges beyond the quartiles.
    pub far_outliers: Figure<u64>,
    /// How well the values fit a uniform distribution from the smallest to the largest.
    pub uniformity: Figure<ChiSquared>,
    /// The shares of values, other than zero, that begin with the digits 1 to 9.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_digits: Option<FirstDigits>,
    /// The share of values whose last digit is 0 or 5, with as many digits behind the point as
    /// the column needs, if these are at most six.
    pub rounded_share: Figure<f64>,
    /// Bins that hold about equally many values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal_count_histogram: Option<FittedHistogram>,
    /// The values between the outer fences, where there are some beyond.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub core_histogram: Option<FittedHistogram>,
}

/// A chi-squared test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChiSquared {
    /// The sum of (observed - expected)² / expected.
    pub statistic: f64,
    /// Degrees of freedom.
    pub degrees: u64,
    /// The chance of counts that fit no better, if the values were drawn so.
    pub p_value: f64,
}

/// First digits of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FirstDigits {
    /// Shares of the digits 1 to 9.
    pub shares: Vec<f64>,
    /// The mean absolute deviation from Benford's law, log₁₀(1 + 1 / digit). When approximate, the
    /// error bounds it.
    pub deviation: Figure<f64>,
}

/// The quantiles of numbers, dates and times.
pub(crate) fn quantiles(
    summary: &ColumnProfileSummary,
    ordered: &OrderedValues,
) -> Vec<QuantileFigure> {
    listed(ordered, no_numbers(summary.counts()))
}

/// The quantiles of values of which there are some.
pub(crate) fn quantiles_of(ordered: &OrderedValues) -> Vec<QuantileFigure> {
    listed(ordered, NO_VALUES)
}

fn listed(ordered: &OrderedValues, reason: &str) -> Vec<QuantileFigure> {
    let figure = |share| Figure::or_missing(ordered.cell(share), reason);
    SHARES.into_iter().map(|share| QuantileFigure { share, value: figure(share) }).collect()
}

/// Tukey's fences, so many interquartile ranges beyond the quartiles.
fn fences(
    quartiles: Option<&(Measured<f64>, Measured<f64>)>,
    reach: f64,
) -> Option<(Measured<f64>, Measured<f64>)> {
    let (lower, upper) = quartiles?;
    let beyond = reach * (upper.value - lower.value);
    let (low, high) = (lower.value - beyond, upper.value + beyond);
    (low.is_finite() && high.is_finite()).then(|| (lower.map(|_| low), upper.map(|_| high)))
}

/// How many values lie below and above fences.
fn outside(
    ordered: &OrderedValues,
    fences: Option<&(Measured<f64>, Measured<f64>)>,
) -> Option<(u64, u64)> {
    let (low, high) = fences?;
    let below = ordered.ranks_of(low.value).0;
    let above = ordered.count() - ordered.ranks_of(high.value).1;
    Some((below, above))
}

/// A count by rank.
fn counted(ordered: &OrderedValues, count: u64) -> Measured<u64> {
    match ordered.rank_error() {
        0 => Measured::exact(count),
        error => Measured::approximate(count, error as f64),
    }
}

impl Distribution {
    /// Takes over exact quartiles; what lies beyond the fences is counted as before.
    pub(crate) fn take_quartiles(&mut self, exact: &OrderedValues, counting: &OrderedValues) {
        let quartiles = exact.value(0.25).zip(exact.value(0.75));
        let Some((lower, upper)) = &quartiles else { return };
        self.interquartile_range = Figure::Known(upper.map(|upper| upper - lower.value));
        if let Some(inner) = fences(quartiles.as_ref(), FENCES[0]) {
            if let Some((below, above)) = outside(counting, Some(&inner)) {
                self.outliers_below = Figure::Known(counted(counting, below));
                self.outliers_above = Figure::Known(counted(counting, above));
            }
            self.lower_fence = Figure::Known(inner.0);
            self.upper_fence = Figure::Known(inner.1);
        }
        let outer = fences(quartiles.as_ref(), FENCES[1]);
        if let Some((below, above)) = outside(counting, outer.as_ref()) {
            self.far_outliers = Figure::Known(counted(counting, below + above));
        }
    }

    pub(crate) fn new(
        summary: &ColumnProfileSummary,
        ordered: &OrderedValues,
        forms: &NumberForms,
    ) -> Self {
        let reason = no_numbers(summary.counts());
        let quartiles = ordered.value(0.25).zip(ordered.value(0.75));
        let inner = fences(quartiles.as_ref(), FENCES[0]);
        let outer = fences(quartiles.as_ref(), FENCES[1]);
        let beyond_inner = outside(ordered, inner.as_ref());
        let beyond_outer = outside(ordered, outer.as_ref()).map(|(below, above)| below + above);
        let count =
            |count: Option<u64>| Figure::or_missing(count.map(|it| counted(ordered, it)), reason);
        let range = quartiles.as_ref().map(|(lower, upper)| upper.map(|upper| upper - lower.value));
        Self {
            interquartile_range: Figure::or_missing(range, reason),
            median_absolute_deviation: Figure::or_missing(absolute_deviation(ordered), reason),
            lower_fence: Figure::or_missing(inner.as_ref().map(|fences| fences.0), reason),
            upper_fence: Figure::or_missing(inner.as_ref().map(|fences| fences.1), reason),
            outliers_below: count(beyond_inner.map(|(below, _)| below)),
            outliers_above: count(beyond_inner.map(|(_, above)| above)),
            far_outliers: count(beyond_outer),
            uniformity: uniformity(summary),
            first_digits: first_digits(ordered),
            rounded_share: rounded_share(ordered, forms.decimals(), reason),
            equal_count_histogram: histogram::equal_counts(ordered),
            core_histogram: outer
                .filter(|_| beyond_outer.is_some_and(|beyond| beyond > 0))
                .and_then(|(low, high)| histogram::core(ordered, low.value, high.value)),
        }
    }
}

/// The median of the distances from the median, found by walking outwards from it.
fn absolute_deviation(ordered: &OrderedValues) -> Option<Measured<f64>> {
    let median = ordered.value(0.5)?.value;
    let values: Vec<(f64, u64)> = ordered.weighted().collect();
    let mut right = values.partition_point(|&(value, _)| value < median);
    let mut left = right;
    let last = ordered.count().checked_sub(1)?;
    let (lower_rank, upper_rank) = (last / 2, last.div_ceil(2));
    let mut passed = 0;
    let mut lower = None;
    loop {
        let below = left.checked_sub(1).and_then(|left| values.get(left));
        let above = values.get(right);
        let to_left = below.map(|&(value, _)| median - value);
        let to_right = above.map(|&(value, _)| value - median);
        let (distance, weight) = match (to_left, to_right) {
            (Some(distance), other) if other.is_none_or(|other| distance <= other) => {
                left -= 1;
                (distance, below?.1)
            }
            (_, Some(distance)) => {
                right += 1;
                (distance, above?.1)
            }
            _ => return None,
        };
        passed += weight;
        if lower.is_none() && passed > lower_rank {
            lower = Some(distance);
        }
        if passed > upper_rank {
            let lower = lower.unwrap_or(distance);
            let middle = lower + (distance - lower) / 2.0;
            let error = ordered.rank_error() as f64 / ordered.count() as f64;
            let exact = ordered.rank_error() == 0;
            return middle.is_finite().then(|| {
                if exact {
                    Measured::exact(middle)
                } else {
                    Measured::approximate(middle, 2.0 * error)
                }
            });
        }
    }
}

/// Counts of the histogram against what a uniform distribution gives its bins: at the ends only as
/// much as lies within the range; of whole numbers, by how many there are.
fn uniformity(summary: &ColumnProfileSummary) -> Figure<ChiSquared> {
    let moments = summary.moments();
    let (Some(min), Some(max)) = (moments.min(), moments.max()) else {
        return Figure::missing(no_numbers(summary.counts()));
    };
    let whole =
        !matches!(summary.histogram().kind(), Some(ValueKind::Float | ValueKind::Decimal { .. }));
    let reach = if whole { max - min + 1.0 } else { max - min };
    if max <= min || !reach.is_finite() {
        return Figure::missing("all values are equal or too far apart");
    }
    let (min, end) = (min, min + reach);
    let bins = summary.histogram().bins(TESTED_BINS);
    let share = |lower: f64, upper: f64| (upper.min(end) - lower.max(min)).max(0.0) / reach;
    let expected = |share: f64| share * moments.count() as f64;
    let cells = bins.iter().map(|bin| (bin.count, expected(share(bin.lower, bin.upper))));
    ChiSquared::of(cells).map_or_else(|| Figure::missing("there are too few values"), Figure::exact)
}

impl ChiSquared {
    /// The test of observed against expected counts; neighbours are joined until they are expected
    /// to hold enough.
    pub(crate) fn of(cells: impl Iterator<Item = (u64, f64)>) -> Option<Self> {
        let mut joined: Vec<(f64, f64)> = Vec::new();
        let (mut observed, mut expected) = (0.0, 0.0);
        for (count, share) in cells {
            observed += count as f64;
            expected += share;
            if expected >= LEAST_EXPECTED {
                joined.push((observed, expected));
                (observed, expected) = (0.0, 0.0);
            }
        }
        if let Some(last) = joined.last_mut() {
            last.0 += observed;
            last.1 += expected;
        }
        let degrees = (joined.len() as u64).checked_sub(1).filter(|&degrees| degrees > 0)?;
        let term = |&(observed, expected): &(f64, f64)| {
            (observed - expected) * (observed - expected) / expected
        };
        let statistic: f64 = joined.iter().map(term).sum();
        statistic.is_finite().then(|| Self {
            statistic,
            degrees,
            p_value: p_value(statistic, degrees),
        })
    }
}

fn first_digits(ordered: &OrderedValues) -> Option<FirstDigits> {
    let mut counts = [0_u64; 9];
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for (value, weight) in ordered.weighted() {
        if value == 0.0 {
            continue;
        }
        least = least.min(value.abs());
        most = most.max(value.abs());
        if let Some(count) = counts.get_mut(first_digit(value.abs()) - 1) {
            *count += weight;
        }
    }
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return None;
    }
    let shares: Vec<f64> = counts.iter().map(|&count| count as f64 / total as f64).collect();
    let expected = (1..=9).map(|digit| (1.0 + 1.0 / f64::from(digit)).log10());
    let off: f64 = shares.iter().zip(expected).map(|(share, law)| (share - law).abs()).sum();
    let deviation = match ordered.rank_error() {
        0 => Measured::exact(off / 9.0),
        error => {
            // Each decade, of either sign, holds one stretch of values for a digit; both its ends
            // may be off.
            let decades = 2.0 * (most.log10().floor() - least.log10().floor() + 1.0);
            let bound = 2.0 * decades * error as f64 / total as f64;
            Measured::approximate(off / 9.0, bound.min(1.0))
        }
    };
    Some(FirstDigits { shares, deviation: Figure::Known(deviation) })
}

fn rounded_share(ordered: &OrderedValues, decimals: u8, reason: &str) -> Figure<f64> {
    /// With more digits these are measured, not rounded by hand.
    const MOST_DECIMALS: u8 = 6;
    /// Up to here a float tells every whole number.
    const LARGEST: f64 = 9_007_199_254_740_992.0;
    if decimals > MOST_DECIMALS {
        return Figure::missing("the values have more than six digits behind the point");
    }
    let unit = 10_f64.powi(i32::from(decimals));
    let (mut rounded, mut total) = (0, 0);
    for (value, weight) in ordered.weighted() {
        let scaled = (value * unit).round();
        total += weight;
        if scaled.abs() < LARGEST && (scaled as i64) % 5 == 0 {
            rounded += weight;
        }
    }
    if total == 0 {
        return Figure::missing(reason);
    }
    let share = rounded as f64 / total as f64;
    Figure::Known(match ordered.rank_error() {
        0 => Measured::exact(share),
        // The keys that stand for others were not chosen by their last digit: a sample.
        _ => Measured::sampled(share, ordered.weighted().count() as u64),
    })
}

/// The first digit other than zero of a number above zero, as its shortest decimal form writes it.
fn first_digit(value: f64) -> usize {
    let digit = format!("{value:e}").bytes().next().unwrap_or(b'1');
    usize::from(digit.saturating_sub(b'0')).clamp(1, 9)
}
