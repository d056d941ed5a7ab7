use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::{ColumnCounts, ColumnProfileSummary, Moments, NumberForms};

use crate::figure::{Figure, NO_FINITE_VALUES, NO_VALUES, TOO_LARGE, share};

/// Figures of numbers: NaN and infinities are counted, and left out of all else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NumberProfile {
    /// Values that are not a number.
    pub nan: u64,
    /// Infinite values of either sign.
    pub infinite: u64,
    /// Zeros.
    pub zeros: u64,
    /// Values below zero.
    pub negatives: u64,
    /// The sum.
    pub sum: Figure<f64>,
    /// The mean.
    pub mean: Figure<f64>,
    /// The sample standard deviation (n - 1).
    pub standard_deviation: Figure<f64>,
    /// The sample variance (n - 1).
    pub variance: Figure<f64>,
    /// The skewness g1.
    pub skewness: Figure<f64>,
    /// The excess kurtosis g2.
    pub kurtosis: Figure<f64>,
    /// Values above zero.
    #[serde(default)]
    pub positives: Figure<u64>,
    /// NaN as a share of the values.
    #[serde(default)]
    pub nan_share: Figure<f64>,
    /// Infinities as a share of the values.
    #[serde(default)]
    pub infinite_share: Figure<f64>,
    /// Zeros as a share of the values.
    #[serde(default)]
    pub zero_share: Figure<f64>,
    /// Values below zero as a share of the values.
    #[serde(default)]
    pub negative_share: Figure<f64>,
    /// Values above zero as a share of the values.
    #[serde(default)]
    pub positive_share: Figure<f64>,
    /// From the smallest to the largest finite value.
    #[serde(default)]
    pub range: Figure<f64>,
    /// The standard deviation by the magnitude of the mean.
    #[serde(default)]
    pub coefficient_of_variation: Figure<f64>,
    /// The standard error of the mean: the standard deviation by the square root of n.
    #[serde(default)]
    pub standard_error: Figure<f64>,
    /// The geometric mean, when all finite values are above zero.
    #[serde(default)]
    pub geometric_mean: Figure<f64>,
    /// The harmonic mean, when all finite values are above zero.
    #[serde(default)]
    pub harmonic_mean: Figure<f64>,
    /// Whole numbers as a share of the finite values.
    #[serde(default)]
    pub whole_share: Figure<f64>,
    /// The most digits behind the point that a value needs; of floats at most 22.
    #[serde(default)]
    pub decimals: Figure<u64>,
}

impl NumberProfile {
    pub(crate) fn new(summary: &ColumnProfileSummary, forms: &NumberForms) -> Self {
        let (counts, moments) = (summary.counts(), summary.moments());
        let infinite = counts.positive_infinities + counts.negative_infinities;
        let positives = counts.values() - counts.nan - counts.zeros - counts.negatives;
        let values = counts.values();
        let part = |part: u64| share(part, values, NO_VALUES);
        let figure = |value: Option<f64>, least: u64, equal: bool| {
            Figure::or_missing(value.map(Measured::exact), reason(counts, moments, least, equal))
        };
        let deviation = moments.standard_deviation();
        Self {
            nan: counts.nan,
            infinite,
            zeros: counts.zeros,
            negatives: counts.negatives,
            sum: figure(moments.sum(), 1, false),
            mean: figure(moments.mean(), 1, false),
            standard_deviation: figure(deviation, 2, false),
            variance: figure(moments.variance(), 2, false),
            skewness: figure(moments.skewness(), 2, true),
            kurtosis: figure(moments.kurtosis(), 2, true),
            positives: Figure::exact(positives),
            nan_share: part(counts.nan),
            infinite_share: part(infinite),
            zero_share: part(counts.zeros),
            negative_share: part(counts.negatives),
            positive_share: part(positives),
            range: figure(range(moments), 1, false),
            coefficient_of_variation: match (moments.mean(), deviation) {
                (Some(0.0), Some(_)) => Figure::missing("the mean is zero"),
                (mean, deviation) => {
                    let ratio = mean.zip(deviation).map(|(mean, spread)| spread / mean.abs());
                    figure(ratio.filter(|ratio| ratio.is_finite()), 2, false)
                }
            },
            standard_error: figure(
                deviation.map(|spread| spread / (moments.count() as f64).sqrt()),
                2,
                false,
            ),
            geometric_mean: positive_mean(counts, forms, forms.geometric_mean()),
            harmonic_mean: positive_mean(counts, forms, forms.harmonic_mean()),
            whole_share: share(forms.whole(), forms.count(), no_numbers(counts)),
            decimals: if forms.count() == 0 {
                Figure::missing(no_numbers(counts))
            } else {
                Figure::exact(forms.decimals().into())
            },
        }
    }
}

/// Why there is no figure of the finite values.
pub(crate) fn no_numbers(counts: &ColumnCounts) -> &'static str {
    if counts.values() == 0 { NO_VALUES } else { NO_FINITE_VALUES }
}

/// Why a moment is missing that needs `least` values, and different ones if `equal`.
fn reason(counts: &ColumnCounts, moments: &Moments, least: u64, equal: bool) -> &'static str {
    match moments.count() {
        0 => no_numbers(counts),
        count if count < least => "one value has no spread",
        _ if equal && moments.variance() == Some(0.0) => "all values are equal",
        _ => TOO_LARGE,
    }
}

fn range(moments: &Moments) -> Option<f64> {
    Some(moments.max()? - moments.min()?).filter(|range| range.is_finite())
}

fn positive_mean(counts: &ColumnCounts, forms: &NumberForms, mean: Option<f64>) -> Figure<f64> {
    let reason = match forms.count() {
        0 => no_numbers(counts),
        _ if !forms.all_positive() => "a value is not above zero",
        _ => TOO_LARGE,
    };
    Figure::or_missing(mean.map(Measured::exact), reason)
}
