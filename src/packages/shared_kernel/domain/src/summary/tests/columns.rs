//! Columns that own their values, how they are given to a summary, and how they are drawn.

use proptest::prelude::*;

use super::super::Summary;
use crate::table::{Batch, Bits, Column, TextValues, TimeUnit, Values};

/// A column that owns its values.
#[derive(Clone, Debug)]
pub(super) enum Owned {
    Null(usize),
    Booleans(Vec<Option<bool>>),
    Integers(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Decimals(Vec<Option<i128>>, i8),
    Texts(Vec<Option<String>>),
    Dates(Vec<Option<i32>>),
    Timestamps(Vec<Option<i64>>),
}

pub(super) fn bitmap(bits: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, bit) in bits.enumerate() {
        if index % 8 == 0 {
            bytes.push(0);
        }
        bytes[index / 8] |= u8::from(bit) << (index % 8);
    }
    bytes
}

pub(super) fn split<T: Clone + Default>(values: &[Option<T>]) -> (Vec<T>, Vec<bool>) {
    let filled = values.iter().map(|value| value.clone().unwrap_or_default()).collect();
    (filled, values.iter().map(Option::is_some).collect())
}

impl Owned {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Null(len) => *len,
            Self::Booleans(values) => values.len(),
            Self::Integers(values) | Self::Timestamps(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Decimals(values, _) => values.len(),
            Self::Texts(values) => values.len(),
            Self::Dates(values) => values.len(),
        }
    }

    fn slice(&self, from: usize, to: usize) -> Self {
        match self {
            Self::Null(_) => Self::Null(to - from),
            Self::Booleans(values) => Self::Booleans(values[from..to].to_vec()),
            Self::Integers(values) => Self::Integers(values[from..to].to_vec()),
            Self::Floats(values) => Self::Floats(values[from..to].to_vec()),
            Self::Decimals(values, scale) => Self::Decimals(values[from..to].to_vec(), *scale),
            Self::Texts(values) => Self::Texts(values[from..to].to_vec()),
            Self::Dates(values) => Self::Dates(values[from..to].to_vec()),
            Self::Timestamps(values) => Self::Timestamps(values[from..to].to_vec()),
        }
    }

    pub(super) fn update(&self, summary: &mut dyn Summary) {
        match self {
            Self::Null(len) => give(summary, Values::Null, &vec![false; *len]),
            Self::Booleans(values) => {
                let (values, valid) = split(values);
                let bytes = bitmap(values.iter().copied());
                let bits = Bits::new(&bytes, 0, values.len()).unwrap();
                give(summary, Values::Boolean(bits), &valid);
            }
            Self::Integers(values) => {
                let (values, valid) = split(values);
                give(summary, Values::Integer(&values), &valid);
            }
            Self::Floats(values) => {
                let (values, valid) = split(values);
                give(summary, Values::Float(&values), &valid);
            }
            Self::Decimals(values, scale) => {
                let (values, valid) = split(values);
                give(summary, Values::Decimal { values: &values, scale: *scale }, &valid);
            }
            Self::Texts(values) => {
                let (values, valid) = split(values);
                let mut offsets = vec![0];
                let mut bytes = Vec::new();
                for value in &values {
                    bytes.extend_from_slice(value.as_bytes());
                    offsets.push(bytes.len() as i32);
                }
                let texts = TextValues { offsets: &offsets, bytes: &bytes };
                give(summary, Values::Text(texts), &valid);
            }
            Self::Dates(values) => {
                let (values, valid) = split(values);
                give(summary, Values::Date(&values), &valid);
            }
            Self::Timestamps(values) => {
                let (values, valid) = split(values);
                let unit = TimeUnit::Microsecond;
                give(summary, Values::Timestamp { values: &values, unit }, &valid);
            }
        }
    }
}

pub(super) fn give(summary: &mut dyn Summary, values: Values<'_>, valid: &[bool]) {
    let bytes = bitmap(valid.iter().copied());
    let null_count = valid.iter().filter(|&&valid| !valid).count();
    let validity = (null_count > 0).then(|| Bits::new(&bytes, 0, valid.len()).unwrap());
    let column = Column { values, validity, len: valid.len(), null_count };
    let rows: Vec<i64> = (0..valid.len() as i64).collect();
    summary.update(&Batch { rows: &rows, columns: &[column] }).unwrap();
}

/// Takes in a column in parts, each in batches, and merges the parts in order.
pub(super) fn summarize<S: Summary>(
    mut whole: S,
    column: &Owned,
    parts: usize,
    batches: usize,
) -> S {
    let ends = |from: usize, to: usize, pieces: usize| {
        (0..pieces).map(move |piece| {
            (from + (to - from) * piece / pieces, from + (to - from) * (piece + 1) / pieces)
        })
    };
    for (from, to) in ends(0, column.len(), parts) {
        let mut part = whole.fresh();
        for (from, to) in ends(from, to, batches) {
            column.slice(from, to).update(part.as_mut());
        }
        whole.merge_bytes(&part.to_bytes().unwrap()).unwrap();
    }
    assert!(whole.memory_bytes() > 0);
    whole
}

pub(super) fn assert_close(what: &str, actual: Option<f64>, expected: f64, tolerance: f64) {
    let actual = actual.unwrap_or_else(|| panic!("{what} is missing, expected {expected}"));
    assert!((actual - expected).abs() <= tolerance, "{what}: {actual} instead of {expected}");
}

pub(super) fn nullable<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Vec<Option<T>>> {
    prop::collection::vec(prop::option::weighted(0.8, value), 0..120)
}

pub(super) fn any_float() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -1e6..1e6_f64,
        2 => (-50..50_i32).prop_map(f64::from),
        2 => any::<f64>(),
        1 => prop::sample::select(vec![
            f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, f64::MAX, f64::MIN,
            f64::MIN_POSITIVE, 5e-324,
        ]),
    ]
}

pub(super) fn any_integer() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => -20..20_i64,
        2 => any::<i64>(),
        1 => prop::sample::select(vec![i64::MIN, i64::MAX, 0, i64::MAX - 1]),
    ]
}

pub(super) fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{0,3}",
        2 => "\\PC{0,12}",
        1 => prop::sample::select(vec!["NA", " 5 ", "2020-01-31", "1.5", "true", "00501", ""])
            .prop_map(str::to_owned),
    ]
}

pub(super) fn any_column() -> impl Strategy<Value = Owned> {
    prop_oneof![
        (0..40_usize).prop_map(Owned::Null),
        nullable(any::<bool>()).prop_map(Owned::Booleans),
        nullable(any_integer()).prop_map(Owned::Integers),
        nullable(any_float()).prop_map(Owned::Floats),
        (nullable(-10_000_i128..10_000), 0..4_i8)
            .prop_map(|(values, scale)| Owned::Decimals(values, scale)),
        nullable(any::<i128>()).prop_map(|values| Owned::Decimals(values, 2)),
        nullable(any_text()).prop_map(Owned::Texts),
        nullable(-100_000..100_000_i32).prop_map(Owned::Dates),
        nullable(any::<i64>()).prop_map(Owned::Timestamps),
    ]
}
