use std::borrow::Cow;

use shared_kernel_domain::table::{Bits, Column, TextValues, TimeUnit, Values};

use super::compiled::{FALSE, TRUE, UNKNOWN};

/// Nanoseconds of a day.
pub(super) const DAY: i64 = 86_400_000_000_000;

/// The values of a step for the rows of a batch: one for each row, or a single one that stands
/// for all rows.
pub(super) enum Vector<'a> {
    /// No value in any row.
    Nothing,
    /// Truth values: [`FALSE`], [`UNKNOWN`] or [`TRUE`], one for each row.
    Truths(Vec<u8>),
    Integers(Cow<'a, [i64]>, Valid<'a>),
    Floats(Cow<'a, [f64]>, Valid<'a>),
    /// Values × 10^-scale.
    Decimals(Cow<'a, [i128]>, i8, Valid<'a>),
    Texts(Texts<'a>, Valid<'a>),
    /// Dates, times and durations, in units of so many nanoseconds.
    Moments(Cow<'a, [i64]>, i64, Valid<'a>),
    /// Values that can only be asked whether they are there.
    Opaque(Valid<'a>),
}

/// Where there are values.
#[derive(Clone)]
pub(super) enum Valid<'a> {
    All,
    Bits(Bits<'a>),
    Flags(Vec<bool>),
}

/// Texts of the rows of a batch.
pub(super) enum Texts<'a> {
    Column(TextValues<'a>),
    Owned(Vec<String>),
    One(&'a str),
}

impl Texts<'_> {
    /// The bytes of a text, in whose order texts are compared.
    pub(super) fn bytes(&self, index: usize) -> &[u8] {
        match self {
            Self::Column(values) => values.bytes_at(index),
            Self::Owned(texts) => texts.get(index).map_or(&[], String::as_bytes),
            Self::One(text) => text.as_bytes(),
        }
    }

    pub(super) fn get(&self, index: usize) -> &str {
        match self {
            Self::Column(values) => values.get(index),
            Self::Owned(texts) => texts.get(index).map_or("", String::as_str),
            Self::One(text) => text,
        }
    }
}

impl Valid<'_> {
    #[inline]
    pub(super) fn get(&self, index: usize) -> bool {
        match self {
            Self::All => true,
            Self::Bits(bits) => bits.get(index),
            Self::Flags(flags) => flags.get(index).copied().unwrap_or_default(),
        }
    }

    /// Where both are.
    pub(super) fn and(self, other: Self, len: usize) -> Self {
        match (self, other) {
            (Self::All, valid) | (valid, Self::All) => valid,
            (left, right) => {
                Self::Flags((0..len).map(|row| left.get(row) && right.get(row)).collect())
            }
        }
    }

    /// Makes the truth unknown where there are no values.
    pub(super) fn mark(&self, truths: &mut [u8]) {
        if matches!(self, Self::All) {
            return;
        }
        for (index, truth) in truths.iter_mut().enumerate() {
            if !self.get(index) {
                *truth = UNKNOWN;
            }
        }
    }

    /// Where it is, and numbers are not NaN.
    pub(super) fn of_floats(self, values: &[f64]) -> Self {
        if !values.iter().any(|value| value.is_nan()) {
            return self;
        }
        let flags = values.iter().enumerate().map(|(row, value)| !value.is_nan() && self.get(row));
        Self::Flags(flags.collect())
    }
}

impl<'a> Vector<'a> {
    /// The values of a column.
    pub(super) fn of(column: &Column<'a>) -> Self {
        let valid = match column.validity {
            Some(bits) if column.null_count > 0 => Valid::Bits(bits),
            _ => Valid::All,
        };
        match column.values {
            Values::Null => Self::Nothing,
            Values::Boolean(bits) => {
                let truth = |row| if bits.get(row) { TRUE } else { FALSE };
                let mut truths: Vec<u8> = (0..column.len).map(truth).collect();
                valid.mark(&mut truths);
                Self::Truths(truths)
            }
            Values::Integer(values) => Self::Integers(Cow::Borrowed(values), valid),
            Values::Float(values) => Self::Floats(Cow::Borrowed(values), valid.of_floats(values)),
            Values::Decimal { values, scale } => {
                Self::Decimals(Cow::Borrowed(values), scale, valid)
            }
            Values::Text(values) => Self::Texts(Texts::Column(values), valid),
            Values::Binary(_) => Self::Opaque(valid),
            Values::Date(days) => {
                Self::Moments(days.iter().copied().map(i64::from).collect(), DAY, valid)
            }
            Values::Time { values, unit }
            | Values::Timestamp { values, unit }
            | Values::Duration { values, unit } => {
                Self::Moments(Cow::Borrowed(values), nanoseconds(unit), valid)
            }
        }
    }

    /// Whether each row has a value.
    pub(super) fn present(&self, len: usize) -> Vec<u8> {
        let truth = |there| if there { TRUE } else { FALSE };
        match self {
            Self::Nothing => vec![FALSE; len],
            Self::Truths(truths) => truths.iter().map(|&known| truth(known != UNKNOWN)).collect(),
            Self::Integers(_, valid)
            | Self::Floats(_, valid)
            | Self::Decimals(_, _, valid)
            | Self::Texts(_, valid)
            | Self::Moments(_, _, valid)
            | Self::Opaque(valid) => (0..len).map(|row| truth(valid.get(row))).collect(),
        }
    }

    /// The numbers as floating-point numbers; other values are none.
    pub(super) fn into_floats(self) -> Option<(Cow<'a, [f64]>, Valid<'a>)> {
        match self {
            Self::Floats(values, valid) => Some((values, valid)),
            Self::Integers(values, valid) => {
                Some((values.iter().map(|&value| value as f64).collect(), valid))
            }
            Self::Decimals(values, scale, valid) => {
                let unit = 10_f64.powi(i32::from(scale));
                Some((values.iter().map(|&value| value as f64 / unit).collect(), valid))
            }
            _ => None,
        }
    }

    /// The exact numbers as decimals; other values are none.
    pub(super) fn into_decimals(self) -> Option<(Cow<'a, [i128]>, i8, Valid<'a>)> {
        match self {
            Self::Decimals(values, scale, valid) => Some((values, scale, valid)),
            Self::Integers(values, valid) => {
                Some((values.iter().copied().map(i128::from).collect(), 0, valid))
            }
            _ => None,
        }
    }
}

fn nanoseconds(unit: TimeUnit) -> i64 {
    1_000_000_000 / unit.per_second()
}

/// Applies a function to the values of two vectors row by row, where a single value stands for all
/// rows.
pub(super) fn zip<T: Copy, R: Clone>(
    left: &[T],
    right: &[T],
    len: usize,
    apply: impl Fn(T, T) -> R,
) -> Vec<R> {
    match (left, right) {
        (&[left], &[right]) => vec![apply(left, right); len],
        (&[left], right) => right.iter().map(|&right| apply(left, right)).collect(),
        (left, &[right]) => left.iter().map(|&left| apply(left, right)).collect(),
        (left, right) => left.iter().zip(right).map(|(&left, &right)| apply(left, right)).collect(),
    }
}
