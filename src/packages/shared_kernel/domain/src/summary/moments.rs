use serde::{Deserialize, Serialize};

use super::bounds::{Bounds, LANES, lanes};
use super::kind::ValueKind;
use super::support::{Present, PresentValues, join_kinds, single_column_summary, wrong_type};
use crate::Result;

/// Mean, variance, skewness and kurtosis of the finite values of a numeric column.
///
/// Each batch is taken in two passes (its mean, then powers of deviations from it) and joined
/// with what was there by the update formulas of P. Pébay, "Formulas for robust, one-pass parallel
/// computation of covariances and arbitrary-order statistical moments" (SAND2008-6212), eqs. 1.5,
/// 2.1, 2.2. Whole numbers and decimals are summed exactly in 128 bits, so that their mean never
/// passes through a sum of floats; NaN, infinities and nulls are left out.
///
/// Dates, times and lengths of time are taken as numbers of their unit. A figure that cannot be
/// told (too few values, all values equal, beyond the range of a 64-bit float) is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    kind: Option<ValueKind>,
    count: u64,
    /// Of whole numbers and unscaled decimals; `None` once it left 128 bits.
    exact_sum: Option<i128>,
    /// Of floats.
    sum: f64,
    /// Of floats.
    mean: f64,
    /// Sums of the powers of deviations from the mean, unscaled.
    powers: Powers,
    /// In the unit of the values, unscaled.
    min: f64,
    max: f64,
}

/// Sums of the second, third and fourth powers of deviations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Powers {
    second: f64,
    third: f64,
    fourth: f64,
}

impl Moments {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finite values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The smallest finite value.
    pub fn min(&self) -> Option<f64> {
        self.if_any(self.min / self.scale())
    }

    /// The largest finite value.
    pub fn max(&self) -> Option<f64> {
        self.if_any(self.max / self.scale())
    }

    /// The sum of the finite values.
    pub fn sum(&self) -> Option<f64> {
        if self.is_float() {
            return self.if_any(self.sum);
        }
        self.if_any(self.exact_sum? as f64 / self.scale())
    }

    /// The mean of the finite values.
    pub fn mean(&self) -> Option<f64> {
        if self.is_float() {
            return self.if_any(self.mean);
        }
        let (whole, rest) = exact_mean(self.exact_sum?, self.count)?;
        self.if_any((whole as f64 + rest) / self.scale())
    }

    /// The sample variance (divided by n - 1), from two values on.
    pub fn variance(&self) -> Option<f64> {
        if self.count < 2 {
            return None;
        }
        let scale = self.scale();
        self.if_any(self.powers.second / (self.count - 1) as f64 / (scale * scale))
    }

    /// The square root of the sample variance.
    pub fn standard_deviation(&self) -> Option<f64> {
        self.variance().map(f64::sqrt)
    }

    /// The skewness g1 = m3 / m2^(3/2); none when all values are equal.
    pub fn skewness(&self) -> Option<f64> {
        let Powers { second, third, .. } = self.powers;
        let deviation = (second / self.count as f64).sqrt();
        self.if_any(third / self.count as f64 / deviation / deviation / deviation)
    }

    /// The excess kurtosis g2 = m4 / m2² - 3; none when all values are equal.
    pub fn kurtosis(&self) -> Option<f64> {
        let Powers { second, fourth, .. } = self.powers;
        let variance = second / self.count as f64;
        self.if_any(fourth / self.count as f64 / variance / variance - 3.0)
    }

    fn if_any(&self, value: f64) -> Option<f64> {
        (self.count > 0 && value.is_finite() && self.is_complete()).then_some(value)
    }

    /// Whether every value could be summed.
    fn is_complete(&self) -> bool {
        self.is_float() || self.exact_sum.is_some()
    }

    fn is_float(&self) -> bool {
        self.kind == Some(ValueKind::Float)
    }

    /// By what unscaled figures are divided.
    fn scale(&self) -> f64 {
        match self.kind {
            Some(ValueKind::Decimal { scale }) => 10_f64.powi(i32::from(scale)),
            _ => 1.0,
        }
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        match &present.values {
            PresentValues::Nothing => Ok(()),
            PresentValues::Integers(values, kind) => {
                self.merge(of_integers(values, *kind, present.bounds()))
            }
            PresentValues::Decimals(values, kind) => {
                self.merge(of_decimals(values, *kind, present.bounds()))
            }
            PresentValues::Floats { all, finite } => {
                self.merge(of_floats(finite.as_deref().unwrap_or(all), present.bounds()))
            }
            PresentValues::Booleans(_) | PresentValues::Texts(..) => {
                Err(wrong_type("moments", &present.values))
            }
        }
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        let kind = join_kinds(self.kind, later.kind)?;
        if self.count == 0 || later.count == 0 {
            if self.count == 0 {
                *self = later;
            }
            self.kind = kind;
            return Ok(());
        }
        let delta = self.distance_of_means(&later);
        let (before, after) = (self.count as f64, later.count as f64);
        self.powers = Powers::join(&self.powers, before, &later.powers, after, delta);
        self.mean += delta * (after / (before + after));
        self.sum += later.sum;
        self.exact_sum = match (self.exact_sum, later.exact_sum) {
            (Some(sum), Some(later)) => sum.checked_add(later),
            _ => None,
        };
        self.count += later.count;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        Ok(())
    }

    /// The later part's mean less this part's, without rounding either first where sums are exact.
    fn distance_of_means(&self, later: &Self) -> f64 {
        if self.is_float() {
            return later.mean - self.mean;
        }
        let here = self.exact_sum.and_then(|sum| exact_mean(sum, self.count));
        let there = later.exact_sum.and_then(|sum| exact_mean(sum, later.count));
        match (here, there) {
            (Some((whole, rest)), Some((later_whole, later_rest))) => {
                difference(later_whole, whole) + (later_rest - rest)
            }
            _ => f64::NAN,
        }
    }

    #[expect(clippy::unused_self, reason = "the form every summary has")]
    fn heap_bytes(&self) -> usize {
        0
    }
}

single_column_summary!(Moments, "moments");

impl Powers {
    /// Sums of powers about a point, moved to the mean, which is `shift` above it.
    fn about_mean(self, count: f64, shift: f64) -> Self {
        let Self { second, third, fourth } = self;
        let square = shift * shift;
        Self {
            second: (second - count * square).max(0.0),
            third: third - 3.0 * shift * second + 2.0 * count * square * shift,
            fourth: fourth - 4.0 * shift * third + 6.0 * square * second
                - 3.0 * count * square * square,
        }
    }

    /// Of the values `a` and `b` together: Pébay's M2, M3, M4; `delta` is mean(b) - mean(a).
    fn join(a: &Self, count_a: f64, b: &Self, count_b: f64, delta: f64) -> Self {
        let count = count_a + count_b;
        let (share_a, share_b) = (count_a / count, count_b / count);
        let square = delta * delta;
        let between = square * count_a * share_b;
        Self {
            second: a.second + b.second + between,
            third: a.third
                + b.third
                + between * delta * (share_a - share_b)
                + 3.0 * delta * (share_a * b.second - share_b * a.second),
            fourth: a.fourth
                + b.fourth
                + between * square * (share_a * share_a - share_a * share_b + share_b * share_b)
                + 6.0 * square * (share_a * share_a * b.second + share_b * share_b * a.second)
                + 4.0 * delta * (share_a * b.third - share_b * a.third),
        }
    }
}

/// The mean as its floor and what is above it; `None` without values.
fn exact_mean(sum: i128, count: u64) -> Option<(i128, f64)> {
    let whole = sum.checked_div_euclid(i128::from(count))?;
    let rest = sum.checked_rem_euclid(i128::from(count))?;
    Some((whole, rest as f64 / count as f64))
}

fn difference(a: i128, b: i128) -> f64 {
    a.checked_sub(b).map_or_else(|| a as f64 - b as f64, |difference| difference as f64)
}

fn of_integers(values: &[i64], kind: ValueKind, bounds: Bounds) -> Moments {
    let Bounds::Integers(min, max) = bounds else {
        return Moments { kind: Some(kind), ..Moments::default() };
    };
    let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
    let (whole, rest) = exact_mean(sum, values.len() as u64).unwrap_or_default();
    // The mean lies between two 64-bit numbers, so it is one.
    let pivot = whole as i64;
    let powers = if max.checked_sub(min).is_some() {
        powers_about(values, |value| value.wrapping_sub(pivot) as f64)
    } else {
        powers_about(values, |value| (i128::from(value) - whole) as f64)
    };
    Moments {
        kind: Some(kind),
        count: values.len() as u64,
        exact_sum: Some(sum),
        powers: powers.about_mean(values.len() as f64, rest),
        min: min as f64,
        max: max as f64,
        ..Moments::default()
    }
}

fn of_decimals(values: &[i128], kind: ValueKind, bounds: Bounds) -> Moments {
    let Bounds::Decimals(min, max) = bounds else {
        return Moments { kind: Some(kind), ..Moments::default() };
    };
    let exact_sum = values.iter().try_fold(0_i128, |sum, &value| sum.checked_add(value));
    let mean = exact_sum.and_then(|sum| exact_mean(sum, values.len() as u64));
    let (whole, rest) = mean.unwrap_or_default();
    let powers = powers_about(values, |value| difference(value, whole));
    Moments {
        kind: Some(kind),
        count: values.len() as u64,
        exact_sum,
        powers: powers.about_mean(values.len() as f64, rest),
        min: min as f64,
        max: max as f64,
        ..Moments::default()
    }
}

fn of_floats(values: &[f64], bounds: Bounds) -> Moments {
    let kind = Some(ValueKind::Float);
    let Bounds::Floats(min, max) = bounds else {
        return Moments { kind, ..Moments::default() };
    };
    let count = values.len() as f64;
    let sum = lane_sum(values, |value| value);
    // Equal values have that mean and no deviation, whatever their sum was rounded to.
    let guess = if min == max { min } else { sum / count };
    let shift = lane_sum(values, |value| value - guess) / count;
    let powers = powers_about(values, |value| value - guess).about_mean(count, shift);
    Moments {
        kind,
        count: values.len() as u64,
        exact_sum: None,
        sum,
        mean: guess + shift,
        powers,
        min,
        max,
    }
}

fn lane_sum(values: &[f64], image: impl Fn(f64) -> f64) -> f64 {
    lanes(values, 0.0, image, |sum, value| sum + value)
}

/// Sums of powers of the deviations that `deviation` gives.
fn powers_about<T: Copy>(values: &[T], deviation: impl Fn(T) -> f64) -> Powers {
    let mut second = [0.0; LANES];
    let mut third = [0.0; LANES];
    let mut fourth = [0.0; LANES];
    let mut add = |lane: usize, value: T| {
        let deviation = deviation(value);
        let square = deviation * deviation;
        second[lane] += square;
        third[lane] += square * deviation;
        fourth[lane] += square * square;
    };
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in chunk.iter().enumerate() {
            add(lane, value);
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        add(lane, value);
    }
    let total = |lanes: [f64; LANES]| lanes.iter().sum();
    Powers { second: total(second), third: total(third), fourth: total(fourth) }
}
