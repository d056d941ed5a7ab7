//! Hashes of rows by value: equal values hash alike, whatever type or unit they are stored in.
//!
//! The canonical forms: numbers by numeric value (517, 517.0 and 517.00 are equal, -0.0 is 0, all
//! NaN are one); points in time as instants, a date as its midnight; text and bytes by their
//! bytes; null is a value of its own, unlike empty text.
//!
//! A cell is mixed into two lanes of 64 bits by `SplitMix64`'s finaliser (Steele, Lea and Flood
//! 2014, "Fast splittable pseudorandom number generators"), a bijection, so that two different
//! integers never collide; bytes are folded by 64 × 64 → 128 bit products.

use std::ops::Range;

use crate::table::{Batch, Bits, Column, TimeUnit, Values};

/// Two lanes of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lanes(u64, u64);

const INTEGER: u64 = 0x9e37_79b9_7f4a_7c15;
const WIDE_INTEGER: u64 = 0xc2b2_ae3d_27d4_eb4f;
const FLOAT: u64 = 0x1656_67b1_9e37_79f9;
const DECIMAL: u64 = 0x8576_93c5_1d3b_3a6d;
const BOOLEAN: u64 = 0x27d4_eb2f_1656_67c5;
const INSTANT: u64 = 0xd6e8_feb8_6659_fd93;
const TIME: u64 = 0xa076_1d64_78bd_642f;
const DURATION: u64 = 0xe703_7ed1_a0b4_28db;
const TEXT: u64 = 0x8ebc_6af0_9c88_c6e3;
const BINARY: u64 = 0x5899_65cc_7537_4cc3;
const NULL: Lanes = Lanes(0x1d8e_4e27_c47d_124f, 0xeb44_acca_b455_d165);

const CHAIN: (u64, u64) = (0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53);

/// So many rows are hashed over all columns before the next ones: their lanes stay in the nearest
/// cache.
const BLOCK: usize = 1_024;

/// Hashes of the rows of a batch.
#[derive(Clone, Debug)]
pub struct RowHashes {
    first: Vec<u64>,
    second: Vec<u64>,
    has_value: Vec<bool>,
}

impl RowHashes {
    /// Hashes every row of `batch` over all its columns, in their order.
    pub fn of(batch: &Batch<'_>) -> Self {
        let len = batch.len();
        let mut hashes =
            Self { first: vec![0; len], second: vec![0; len], has_value: vec![false; len] };
        for start in (0..len).step_by(BLOCK) {
            for column in batch.columns {
                hashes.add(column, start..len.min(start + BLOCK));
            }
        }
        hashes
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.first.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// The 128-bit hash of row `index`; `None` when all its cells are null.
    pub fn get(&self, index: usize) -> Option<u128> {
        let Lanes(first, second) = self.lanes(index);
        self.has_value[index].then_some(u128::from(first) << 64 | u128::from(second))
    }

    fn lanes(&self, index: usize) -> Lanes {
        Lanes(mix(self.first[index]), mix(self.second[index]))
    }

    /// The two lanes of all rows, in order.
    pub(super) fn iter_lanes(&self) -> impl Iterator<Item = (u64, u64)> {
        (0..self.len()).map(|index| {
            let Lanes(first, second) = self.lanes(index);
            (first, second)
        })
    }

    /// Chains the cells of a column to the rows of a block.
    fn add(&mut self, column: &Column<'_>, rows: Range<usize>) {
        let validity = column.validity.filter(|_| column.null_count > 0);
        match column.values {
            Values::Null => self.chain_nulls(rows),
            Values::Boolean(bits) => {
                self.chain(rows, validity, |row| word(BOOLEAN, u64::from(bits.get(row))));
            }
            Values::Integer(values) => self.chain_slice(rows, validity, values, integer),
            Values::Float(values) => self.chain_slice(rows, validity, values, float),
            Values::Decimal { values, scale } => {
                self.chain_slice(rows, validity, values, |value| decimal(value, scale));
            }
            Values::Text(values) => {
                self.chain(rows, validity, |row| bytes(TEXT, values.bytes_at(row)));
            }
            Values::Binary(values) => {
                self.chain(rows, validity, |row| bytes(BINARY, values.bytes_at(row)));
            }
            Values::Date(values) => {
                let instant = |day| words(INSTANT, i64::from(day) * 86_400, 0);
                self.chain_slice(rows, validity, values, instant);
            }
            Values::Time { values, unit } => {
                self.chain_slice(rows, validity, values, |value| moment(TIME, value, unit));
            }
            Values::Timestamp { values, unit } => {
                self.chain_slice(rows, validity, values, |value| moment(INSTANT, value, unit));
            }
            Values::Duration { values, unit } => {
                self.chain_slice(rows, validity, values, |value| moment(DURATION, value, unit));
            }
        }
    }

    fn chain_slice<T: Copy>(
        &mut self,
        rows: Range<usize>,
        validity: Option<Bits<'_>>,
        values: &[T],
        hash: impl Fn(T) -> Lanes,
    ) {
        self.chain(rows, validity, |row| hash(values[row]));
    }

    fn chain(
        &mut self,
        rows: Range<usize>,
        validity: Option<Bits<'_>>,
        hash: impl Fn(usize) -> Lanes,
    ) {
        self.has_value[rows.clone()].iter_mut().zip(rows.clone()).for_each(|(has_value, row)| {
            *has_value |= validity.is_none_or(|bits| bits.get(row));
        });
        let (first, second) = (&mut self.first[rows.clone()], &mut self.second[rows.clone()]);
        let lanes = first.iter_mut().zip(second).zip(rows);
        match validity {
            None => lanes.for_each(|((first, second), row)| link(first, second, hash(row))),
            Some(bits) => lanes.for_each(|((first, second), row)| {
                link(first, second, if bits.get(row) { hash(row) } else { NULL });
            }),
        }
    }

    fn chain_nulls(&mut self, rows: Range<usize>) {
        let (first, second) = (&mut self.first[rows.clone()], &mut self.second[rows]);
        for (first, second) in first.iter_mut().zip(second) {
            link(first, second, NULL);
        }
    }
}

/// Chains one more cell to a row; each step is a bijection of the row's lanes.
#[inline]
fn link(first: &mut u64, second: &mut u64, Lanes(a, b): Lanes) {
    *first = (first.rotate_left(29) ^ a).wrapping_mul(CHAIN.0);
    *second = (second.rotate_left(31) ^ b).wrapping_mul(CHAIN.1);
}

/// `SplitMix64`'s finaliser: a bijection of 64 bits.
#[inline]
pub(super) fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[inline]
fn word(tag: u64, value: u64) -> Lanes {
    Lanes(mix(value.wrapping_add(tag)), mix(value.rotate_left(32) ^ tag))
}

#[inline]
fn words(tag: u64, high: i64, low: u64) -> Lanes {
    let Lanes(a, b) = word(tag, high as u64);
    Lanes(mix(a ^ low), mix(b.wrapping_add(low)))
}

#[inline]
fn integer(value: i64) -> Lanes {
    word(INTEGER, value as u64)
}

fn wide_integer(value: i128) -> Lanes {
    match i64::try_from(value) {
        Ok(narrow) => integer(narrow),
        Err(_) => words(WIDE_INTEGER, (value >> 64) as i64, value as u64),
    }
}

/// Whole floats hash as the integer they are, as far as 128 bits go.
#[inline]
fn float(value: f64) -> Lanes {
    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;
    const TWO_POW_127: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;
    let magnitude = value.abs();
    if magnitude < TWO_POW_63 {
        let whole = value as i64;
        if whole as f64 == value {
            return integer(whole);
        }
    } else if magnitude < TWO_POW_127 {
        // so large that it is whole
        return wide_integer(value as i128);
    }
    let canonical = if value.is_nan() { f64::NAN.to_bits() & !(1 << 63) } else { value.to_bits() };
    word(FLOAT, canonical)
}

/// A decimal hashes as an integer where it is whole, as a float where one is meant (15 digits
/// name a float uniquely) or equal, and else by its digits.
fn decimal(mut digits: i128, scale: i8) -> Lanes {
    if scale <= 0 {
        let power = 10_i128.checked_pow(u32::from(scale.unsigned_abs()));
        return match power.and_then(|power| digits.checked_mul(power)) {
            Some(whole) => wide_integer(whole),
            None => words(DECIMAL ^ scale as u64, (digits >> 64) as i64, digits as u64),
        };
    }
    let mut scale = u32::from(scale.unsigned_abs());
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    if scale == 0 {
        return wide_integer(digits);
    }
    if digits.unsigned_abs() < 1_000_000_000_000_000 && scale <= 22 {
        // both sides are exact, so the quotient is the nearest float (Clinger 1990)
        return float(digits as f64 / 10_f64.powi(scale as i32));
    }
    match exact_float(digits, scale) {
        Some(value) => float(value),
        None => words(DECIMAL ^ u64::from(scale), (digits >> 64) as i64, digits as u64),
    }
}

/// The float that equals `digits` × 10^-`scale`, if there is one: 10^scale = 5^scale × 2^scale,
/// so 5^scale must divide the digits.
fn exact_float(digits: i128, scale: u32) -> Option<f64> {
    let fives = 5_i128.checked_pow(scale)?;
    if digits % fives != 0 {
        return None;
    }
    let quotient = digits / fives;
    let significant = quotient.unsigned_abs() >> quotient.trailing_zeros();
    (significant < 1 << 53).then(|| quotient as f64 * 0.5_f64.powi(scale as i32))
}

#[inline]
fn moment(tag: u64, value: i64, unit: TimeUnit) -> Lanes {
    let per_second = unit.per_second();
    let nanoseconds = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
    words(tag, value.div_euclid(per_second), nanoseconds as u64)
}

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

#[inline]
fn bytes(tag: u64, bytes: &[u8]) -> Lanes {
    let (mut a, mut b) = (tag, tag.rotate_left(32));
    let (pairs, rest) = bytes.as_chunks::<16>();
    for pair in pairs {
        absorb(&mut a, &mut b, u128::from_le_bytes(*pair));
    }
    if !rest.is_empty() {
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        absorb(&mut a, &mut b, u128::from_le_bytes(last));
    }
    let len = bytes.len() as u64;
    Lanes(mix(a ^ len), mix(b.wrapping_add(len.rotate_left(40))))
}

#[inline]
fn absorb(a: &mut u64, b: &mut u64, pair: u128) {
    let (low, high) = (pair as u64, (pair >> 64) as u64);
    let (before_a, before_b) = (*a, *b);
    *a = fold(low ^ before_a, high ^ CHAIN.0) ^ before_b.rotate_left(17);
    *b = fold(high ^ before_b, low ^ CHAIN.1) ^ before_a.rotate_left(41);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_hash_by_value() {
        for (left, right) in [
            (integer(517), float(517.0)),
            (integer(517), decimal(51_700, 2)),
            (integer(0), float(-0.0)),
            (float(0.1), decimal(100, 3)),
            (float(0.5), decimal(5, 1)),
            (float(2_f64.powi(-30)), decimal(931_322_574_615_478_515_625, 30)),
            (float(f64::NAN), float(-f64::NAN)),
            (wide_integer(1 << 70), float(2_f64.powi(70))),
            (integer(1000), decimal(1, -3)),
        ] {
            assert_eq!(left, right);
        }
        assert_ne!(decimal(1_000_000_000_000_000_001, 19), float(0.1));
        assert_ne!(wide_integer(1 << 64), wide_integer(1 << 65));
        assert_ne!(float(f64::INFINITY), float(f64::NEG_INFINITY));
    }

    #[test]
    fn instants_hash_by_value_and_not_as_numbers() {
        let hour = moment(INSTANT, 3_600, TimeUnit::Second);
        assert_eq!(hour, moment(INSTANT, 3_600_000_000_000, TimeUnit::Nanosecond));
        assert_eq!(
            moment(INSTANT, -1, TimeUnit::Millisecond),
            moment(INSTANT, -1_000_000, TimeUnit::Nanosecond)
        );
        assert_ne!(hour, integer(3_600));
        assert_ne!(hour, moment(DURATION, 3_600, TimeUnit::Second));
    }

    #[test]
    fn empty_text_is_not_null_and_padding_is_not_text() {
        assert_ne!(bytes(TEXT, b""), NULL);
        assert_ne!(bytes(TEXT, b"a"), bytes(TEXT, b"a\0"));
        assert_ne!(bytes(TEXT, b"a"), bytes(BINARY, b"a"));
    }

    proptest! {
        #[test]
        fn different_short_texts_differ(left in "[a-c]{0,20}", right in "[a-c]{0,20}") {
            let equal = bytes(TEXT, left.as_bytes()) == bytes(TEXT, right.as_bytes());
            prop_assert_eq!(equal, left == right);
        }

        #[test]
        fn a_decimal_of_few_digits_hashes_as_the_float_it_is_written_as(
            digits in -999_999_999_999_999_i64..999_999_999_999_999, scale in 0_i8..20
        ) {
            let written: f64 = format!("{digits}e-{scale}").parse().unwrap();
            prop_assert_eq!(decimal(digits.into(), scale), float(written));
        }
    }
}
