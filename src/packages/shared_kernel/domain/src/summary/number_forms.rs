use serde::{Deserialize, Serialize};

use super::bounds::{Bounds, LANES};
use super::support::{Present, PresentValues, single_column_summary};
use crate::Result;

/// More decimals are not looked for: 10^22 is the largest power of ten that is a float.
const MOST_DECIMALS: usize = 22;

/// From here on, 64-bit floats do not tell decimals apart reliably: 2^51.
const DIGITS_END: f64 = 2_251_799_813_685_248.0;

/// Added and taken away again, it rounds smaller floats above zero to whole numbers: 2^52. Larger
/// ones are whole.
const ROUNDING: f64 = 4_503_599_627_370_496.0;

/// Products of so many numbers below two stay finite.
const FACTORS: usize = 512;

const POWERS_OF_TEN: [f64; MOST_DECIMALS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// How the finite numbers of a column are written: whole ones, decimals; and, when all of them are
/// above zero, the means that only these have. Dates and times are whole numbers of their unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NumberForms {
    count: u64,
    whole: u64,
    decimals: u8,
    all_positive: bool,
    /// Of the natural logarithms.
    logarithms: f64,
    reciprocals: f64,
}

impl Default for NumberForms {
    fn default() -> Self {
        Self {
            count: 0,
            whole: 0,
            decimals: 0,
            all_positive: true,
            logarithms: 0.0,
            reciprocals: 0.0,
        }
    }
}

impl NumberForms {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finite numbers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Numbers without a fraction.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// The most digits behind the point that a number needs, at most 22. Of a float these are the
    /// fewest that name it among floats, as far as it has 15 significant digits: 0.1 has one.
    pub fn decimals(&self) -> u8 {
        self.decimals
    }

    /// Whether every finite number is above zero.
    pub fn all_positive(&self) -> bool {
        self.all_positive && self.count > 0
    }

    /// The geometric mean, when every finite number is above zero.
    pub fn geometric_mean(&self) -> Option<f64> {
        let mean = (self.logarithms / self.count as f64).exp();
        (self.all_positive() && mean.is_finite()).then_some(mean)
    }

    /// The harmonic mean, when every finite number is above zero.
    pub fn harmonic_mean(&self) -> Option<f64> {
        let mean = self.count as f64 / self.reciprocals;
        (self.all_positive() && self.reciprocals.is_finite() && mean.is_finite()).then_some(mean)
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `take` may refuse a column")]
    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        match (&present.values, present.bounds()) {
            (PresentValues::Integers(values, _), Bounds::Integers(min, _)) => {
                self.whole += values.len() as u64;
                if self.stays_positive(min > 0) {
                    self.take_positive(values, |value| value as f64);
                }
                self.count += values.len() as u64;
            }
            (PresentValues::Floats { all, finite }, Bounds::Floats(min, _)) => {
                let values = finite.as_deref().unwrap_or(all);
                self.whole += values.iter().map(|&value| u64::from(is_whole(value))).sum::<u64>();
                self.decimals = decimals_of(values, self.decimals);
                if self.stays_positive(min > 0.0) {
                    if min >= f64::MIN_POSITIVE {
                        self.take_positive(values, |value| value);
                    } else {
                        for &value in values {
                            self.add_positive(value, 1);
                        }
                    }
                }
                self.count += values.len() as u64;
            }
            (PresentValues::Decimals(values, kind), Bounds::Decimals(min, _)) => {
                let super::kind::ValueKind::Decimal { scale } = *kind else { return Ok(()) };
                self.note_decimals(values, scale, 1);
                if self.stays_positive(min > 0) {
                    self.take_positive(present.decimal_numbers(), |value| value);
                }
                self.count += values.len() as u64;
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes in a whole number `count` times.
    pub(super) fn take_integer(&mut self, value: i64, count: u64) {
        self.whole += count;
        self.take_number(value as f64, count);
    }

    /// Takes in a finite float `count` times.
    pub(super) fn take_float(&mut self, value: f64, count: u64) {
        self.whole += if is_whole(value) { count } else { 0 };
        self.decimals = decimals_of(&[value], self.decimals);
        self.take_number(value, count);
    }

    /// Takes in an unscaled decimal, and the number it stands for, `count` times.
    pub(super) fn take_decimal(&mut self, value: i128, scale: i8, number: f64, count: u64) {
        self.note_decimals(&[value], scale, count);
        self.take_number(number, count);
    }

    fn take_number(&mut self, value: f64, count: u64) {
        if self.stays_positive(value > 0.0) {
            self.add_positive(value, count);
        }
        self.count += count;
    }

    /// Whether all numbers are above zero, knowing whether the next ones are.
    fn stays_positive(&mut self, positive: bool) -> bool {
        self.all_positive &= positive;
        if !self.all_positive {
            (self.logarithms, self.reciprocals) = (0.0, 0.0);
        }
        self.all_positive
    }

    fn add_positive(&mut self, value: f64, count: u64) {
        self.logarithms += value.ln() * count as f64;
        self.reciprocals += count as f64 / value;
    }

    /// Sums logarithms by multiplying: a float is a number from one to two times a power of two,
    /// and the logarithm of a product of the former is that of their sum. `number` is positive and
    /// not subnormal.
    fn take_positive<V: Copy>(&mut self, values: &[V], number: impl Fn(V) -> f64) {
        const FRACTION: u64 = (1 << 52) - 1;
        const ONE: u64 = 1_023 << 52;
        for part in values.chunks(FACTORS * LANES) {
            let mut products = [1.0; LANES];
            let mut reciprocals = [0.0; LANES];
            let mut exponents = [0_u64; LANES];
            let mut add = |lane: usize, value: V| {
                let number = number(value);
                let bits = number.to_bits();
                products[lane] *= f64::from_bits(bits & FRACTION | ONE);
                exponents[lane] += bits >> 52;
                reciprocals[lane] += 1.0 / number;
            };
            let (chunks, rest) = part.as_chunks::<LANES>();
            for chunk in chunks {
                for (lane, &value) in chunk.iter().enumerate() {
                    add(lane, value);
                }
            }
            for (lane, &value) in rest.iter().enumerate() {
                add(lane, value);
            }
            let exponent = exponents.iter().sum::<u64>() as i64 - 1_023 * part.len() as i64;
            let products: f64 = products.iter().map(|product| product.ln()).sum();
            self.logarithms += products + exponent as f64 * std::f64::consts::LN_2;
            self.reciprocals += reciprocals.iter().sum::<f64>();
        }
    }

    /// Notes how unscaled decimals are written; zeros at the end are not needed.
    fn note_decimals(&mut self, values: &[i128], scale: i8, count: u64) {
        let whole = if scale <= 0 { values.len() } else { multiples(values, scale as u8) };
        self.whole += count * whole as u64;
        if whole == values.len() {
            return;
        }
        let scale = scale as u8;
        while self.decimals < scale && multiples(values, scale - self.decimals) < values.len() {
            self.decimals += 1;
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `merge` may refuse a part")]
    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.count += later.count;
        self.whole += later.whole;
        self.decimals = self.decimals.max(later.decimals);
        self.logarithms += later.logarithms;
        self.reciprocals += later.reciprocals;
        // Both parts are: what is not is zero.
        self.stays_positive(later.all_positive);
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "the form every summary has")]
    pub(super) fn heap_bytes(&self) -> usize {
        0
    }
}

single_column_summary!(NumberForms, "number_forms");

/// How many of `values` are multiples of a power of ten.
fn multiples(values: &[i128], exponent: u8) -> usize {
    let unit = 10_i128.checked_pow(u32::from(exponent)).unwrap_or(i128::MAX);
    let short_unit = i64::try_from(unit);
    let is_multiple = |&&value: &&i128| match (i64::try_from(value), short_unit) {
        (Ok(value), Ok(unit)) => value % unit == 0,
        _ => value % unit == 0,
    };
    values.iter().filter(is_multiple).count()
}

/// Whether a finite float has no fraction.
#[inline]
fn is_whole(value: f64) -> bool {
    let magnitude = value.abs();
    (magnitude + ROUNDING) - ROUNDING == magnitude || magnitude >= ROUNDING
}

/// The most decimals that a float among `values` needs, if more than `least`.
fn decimals_of(values: &[f64], least: u8) -> u8 {
    let mut decimals = usize::from(least);
    for part in values.chunks(64) {
        // Decimals that suffice for a number suffice if there are more of them, too.
        while let Some(&unit) = POWERS_OF_TEN.get(decimals)
            && decimals < MOST_DECIMALS
            && !part.iter().fold(true, |all, &value| all & suffices(value, unit))
        {
            decimals += 1;
        }
    }
    decimals as u8
}

/// Whether a float is a whole number of 1 / `unit`, or too large to tell.
#[inline]
fn suffices(value: f64, unit: f64) -> bool {
    let scaled = value.abs() * unit;
    let rounded = (scaled + ROUNDING) - ROUNDING;
    // Both are computed, so that a loop over this has no branches.
    let (is_decimal, is_beyond) = (rounded / unit == value.abs(), scaled >= DIGITS_END);
    is_decimal | is_beyond
}
