//! Every figure against a slow, plain computation of it, over any grouping of the rows.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::measured::{Exactness, Measured};
use crate::table::{Batch, Bits, Cell, Column, TextValues, TimeUnit, Values};

/// A column that owns its values.
#[derive(Clone, Debug)]
enum Owned {
    Null(usize),
    Booleans(Vec<Option<bool>>),
    Integers(Vec<Option<i64>>),
    Floats(Vec<Option<f64>>),
    Decimals(Vec<Option<i128>>, i8),
    Texts(Vec<Option<String>>),
    Dates(Vec<Option<i32>>),
    Timestamps(Vec<Option<i64>>),
}

fn bitmap(bits: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, bit) in bits.enumerate() {
        if index % 8 == 0 {
            bytes.push(0);
        }
        bytes[index / 8] |= u8::from(bit) << (index % 8);
    }
    bytes
}

fn split<T: Clone + Default>(values: &[Option<T>]) -> (Vec<T>, Vec<bool>) {
    let filled = values.iter().map(|value| value.clone().unwrap_or_default()).collect();
    (filled, values.iter().map(Option::is_some).collect())
}

impl Owned {
    fn len(&self) -> usize {
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

    fn update(&self, summary: &mut dyn Summary) {
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

fn give(summary: &mut dyn Summary, values: Values<'_>, valid: &[bool]) {
    let bytes = bitmap(valid.iter().copied());
    let null_count = valid.iter().filter(|&&valid| !valid).count();
    let validity = (null_count > 0).then(|| Bits::new(&bytes, 0, valid.len()).unwrap());
    let column = Column { values, validity, len: valid.len(), null_count };
    let rows: Vec<i64> = (0..valid.len() as i64).collect();
    summary.update(&Batch { rows: &rows, columns: &[column] }).unwrap();
}

/// Takes in a column in parts, each in batches, and merges the parts in order.
fn summarize<S: Summary>(mut whole: S, column: &Owned, parts: usize, batches: usize) -> S {
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

fn assert_close(what: &str, actual: Option<f64>, expected: f64, tolerance: f64) {
    let actual = actual.unwrap_or_else(|| panic!("{what} is missing, expected {expected}"));
    assert!((actual - expected).abs() <= tolerance, "{what}: {actual} instead of {expected}");
}

fn nullable<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Vec<Option<T>>> {
    prop::collection::vec(prop::option::weighted(0.8, value), 0..120)
}

fn any_float() -> impl Strategy<Value = f64> {
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

fn any_integer() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => -20..20_i64,
        2 => any::<i64>(),
        1 => prop::sample::select(vec![i64::MIN, i64::MAX, 0, i64::MAX - 1]),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-c]{0,3}",
        2 => "\\PC{0,12}",
        1 => prop::sample::select(vec!["NA", " 5 ", "2020-01-31", "1.5", "true", "00501", ""])
            .prop_map(str::to_owned),
    ]
}

fn any_column() -> impl Strategy<Value = Owned> {
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

proptest! {
    #[test]
    fn counts_are_exact(values in nullable(any_float()), parts in 1..5_usize) {
        let column = Owned::Floats(values.clone());
        let counts = summarize(ColumnCounts::new(), &column, parts, 2);
        let present: Vec<f64> = values.iter().copied().flatten().collect();
        let count = |is: fn(&&f64) -> bool| present.iter().filter(is).count() as u64;
        prop_assert_eq!(counts, ColumnCounts {
            rows: values.len() as u64,
            nulls: (values.len() - present.len()) as u64,
            nan: count(|value| value.is_nan()),
            positive_infinities: count(|&&value| value == f64::INFINITY),
            negative_infinities: count(|&&value| value == f64::NEG_INFINITY),
            zeros: count(|&&value| value == 0.0),
            negatives: count(|&&value| value < 0.0),
            ..ColumnCounts::default()
        });
    }

    #[test]
    fn moments_of_floats(
        values in nullable(prop_oneof![-1e6..1e6_f64, Just(f64::NAN), Just(f64::INFINITY)]),
        offset in prop::sample::select(vec![0.0, 1e9]),
        parts in 1..5_usize,
    ) {
        let values: Vec<Option<f64>> =
            values.into_iter().map(|value| value.map(|value| value + offset)).collect();
        let moments = summarize(Moments::new(), &Owned::Floats(values.clone()), parts, 2);
        let finite: Vec<f64> =
            values.into_iter().flatten().filter(|value| value.is_finite()).collect();
        check_moments(&moments, &finite);
    }

    #[test]
    fn moments_of_integers(values in nullable(any_integer()), parts in 1..5_usize) {
        let moments = summarize(Moments::new(), &Owned::Integers(values.clone()), parts, 2);
        let values: Vec<i64> = values.into_iter().flatten().collect();
        prop_assert_eq!(moments.count(), values.len() as u64);
        if !values.is_empty() {
            let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
            prop_assert_eq!(moments.sum(), Some(sum as f64));
            let mean = sum as f64 / values.len() as f64;
            assert_close("mean", moments.mean(), mean, mean.abs() * 1e-15);
        }
        if values.len() > 1 {
            // n² × variance is a whole number: the sum of squares of n x - sum.
            let n = values.len() as i128;
            let sum: i128 = values.iter().map(|&value| i128::from(value)).sum();
            let squares: f64 = values
                .iter()
                .map(|&value| (n * i128::from(value) - sum) as f64)
                .map(|deviation| deviation / n as f64 * (deviation / n as f64))
                .sum();
            let variance = squares / (n - 1) as f64;
            assert_close("variance", moments.variance(), variance, variance * 1e-12);
        }
    }

    #[test]
    fn moments_of_decimals_are_those_of_their_numbers(
        values in nullable(-1_000_000_i128..1_000_000), parts in 1..4_usize,
    ) {
        let moments = summarize(Moments::new(), &Owned::Decimals(values.clone(), 2), parts, 2);
        let values: Vec<f64> =
            values.into_iter().flatten().map(|value| value as f64 / 100.0).collect();
        check_moments(&moments, &values);
    }

    #[test]
    fn no_figure_is_ever_nan(values in nullable(any_float()), parts in 1..4_usize) {
        let column = Owned::Floats(values);
        let moments = summarize(Moments::new(), &column, parts, 2);
        for figure in [
            moments.sum(), moments.mean(), moments.variance(), moments.skewness(),
            moments.kurtosis(), moments.min(), moments.max(),
        ] {
            prop_assert!(figure.is_none_or(f64::is_finite));
        }
        let quantiles = summarize(Quantiles::new(), &column, parts, 2);
        prop_assert!(quantiles.value(0.3).is_none_or(|figure| figure.value.is_finite()));
    }

    #[test]
    fn quantiles_of_few_values_are_exact(
        values in nullable(any_float()), share in 0.0..=1.0_f64, parts in 1..5_usize,
    ) {
        let quantiles = summarize(Quantiles::new(), &Owned::Floats(values.clone()), parts, 2);
        let mut sorted: Vec<f64> =
            values.into_iter().flatten().filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else {
            prop_assert_eq!(quantiles.value(share), None);
            return Ok(());
        };
        let position = share * last as f64;
        let (low, high) = (sorted[position.floor() as usize], sorted[position.ceil() as usize]);
        let fraction = position.fract();
        let expected = low * (1.0 - fraction) + high * fraction;
        let Measured { value, exactness } = quantiles.value(share).unwrap();
        prop_assert_eq!(exactness, Exactness::Exact);
        prop_assert!((value - expected).abs() <= expected.abs() * 1e-12, "{} {}", value, expected);
    }

    #[test]
    fn distinct_values_and_top_values_are_exact(
        values in nullable(any_text()), parts in 1..5_usize,
    ) {
        let column = Owned::Texts(values.clone());
        let present: Vec<String> = values.into_iter().flatten().collect();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for value in &present {
            *counts.entry(value).or_default() += 1;
        }
        let distinct = summarize(Distinct::new(), &column, parts, 2);
        prop_assert_eq!(distinct.count(), Measured::exact(counts.len() as u64));
        prop_assert_eq!(distinct.values(), present.len() as u64);

        let mut expected: Vec<(&str, u64)> = counts.into_iter().collect();
        expected.sort_by_key(|&(value, count)| (std::cmp::Reverse(count), value));
        let expected: Vec<FrequentValue> = expected
            .into_iter()
            .take(10)
            .map(|(value, count)| FrequentValue {
                value: Cell::Text(value.to_owned()),
                count: Measured::exact(count),
            })
            .collect();
        let frequent = summarize(FrequentValues::new(), &column, parts, 2);
        prop_assert_eq!(frequent.top(10), expected);
        prop_assert_eq!(frequent.values(), present.len() as u64);
    }

    #[test]
    fn extremes_are_exact(values in nullable(any_integer()), parts in 1..5_usize) {
        let extremes = summarize(Extremes::new(), &Owned::Integers(values.clone()), parts, 2);
        let present = values.into_iter().flatten();
        prop_assert_eq!(extremes.min(), present.clone().min().map(Cell::Integer));
        prop_assert_eq!(extremes.max(), present.max().map(Cell::Integer));
    }

    #[test]
    fn extreme_texts_are_in_the_order_of_bytes(
        values in nullable(any_text()), parts in 1..5_usize,
    ) {
        let extremes = summarize(Extremes::new(), &Owned::Texts(values.clone()), parts, 2);
        let present: BTreeSet<String> = values.into_iter().flatten().collect();
        prop_assert_eq!(extremes.min(), present.first().cloned().map(Cell::Text));
        prop_assert_eq!(extremes.max(), present.last().cloned().map(Cell::Text));
    }

    #[test]
    fn histograms_count_every_value_in_its_bin(
        values in nullable(any_float()), parts in 1..5_usize, limit in 4..130_usize,
    ) {
        let column = Owned::Floats(values.clone());
        let histogram = summarize(BinaryHistogram::new(), &column, parts, 2);
        let finite: Vec<f64> =
            values.into_iter().flatten().filter(|value| value.is_finite()).collect();
        check_histogram(&histogram, &finite, limit);
        let reversed = Owned::Floats(finite.iter().rev().copied().map(Some).collect());
        let other = summarize(BinaryHistogram::new(), &reversed, 1, 7);
        prop_assert_eq!(other.bins(limit), histogram.bins(limit));
    }

    #[test]
    fn histograms_of_integers(values in nullable(any_integer()), parts in 1..5_usize) {
        let column = Owned::Integers(values.clone());
        let histogram = summarize(BinaryHistogram::new(), &column, parts, 3);
        let bins = histogram.bins(128);
        prop_assert_eq!(
            bins.iter().map(|bin| bin.count).sum::<u64>(),
            values.iter().flatten().count() as u64
        );
        prop_assert!(bins.len() <= 128);
        // Whole numbers this small are compared without rounding.
        let small: Vec<f64> =
            values.iter().flatten().filter(|value| value.unsigned_abs() < 1 << 50).map(|&v| v as f64).collect();
        if small.len() == values.iter().flatten().count() {
            check_histogram(&histogram, &small, 128);
        }
        let mut reversed = values;
        reversed.reverse();
        let other = summarize(BinaryHistogram::new(), &Owned::Integers(reversed), 2, 2);
        prop_assert_eq!(other.bins(20), histogram.bins(20));
    }

    #[test]
    fn lengths_are_in_characters(values in nullable(any_text()), parts in 1..5_usize) {
        let lengths = summarize(TextLengths::new(), &Owned::Texts(values.clone()), parts, 2);
        let mut expected: Vec<u64> =
            values.into_iter().flatten().map(|text| text.chars().count() as u64).collect();
        expected.sort_unstable();
        prop_assert_eq!(lengths.count(), expected.len() as u64);
        prop_assert_eq!(lengths.min(), expected.first().copied());
        prop_assert_eq!(lengths.max(), expected.last().copied());
        if let Some(last) = expected.len().checked_sub(1) {
            let total: u64 = expected.iter().sum();
            assert_close("mean", lengths.mean(), total as f64 / expected.len() as f64, 1e-12);
            prop_assert_eq!(lengths.quantile(0.5), Some(Measured::exact(expected[last / 2])));
        }
        let counted: u64 = lengths.counts().map(|(_, count)| count).sum();
        prop_assert_eq!(counted, expected.len() as u64);
    }

    #[test]
    fn kinds_are_counted(values in nullable(any_text()), parts in 1..5_usize) {
        let kinds = summarize(TextKinds::new(), &Owned::Texts(values.clone()), parts, 2);
        for kind in TextKind::ALL {
            let expected = values.iter().flatten().filter(|text| TextKind::of(text) == kind);
            prop_assert_eq!(kinds.count(kind), expected.count() as u64);
        }
        let nulls = kinds.null_texts().iter().map(|(_, count)| count).sum::<u64>();
        prop_assert_eq!(nulls, kinds.count(TextKind::NullLike));
    }

    #[test]
    fn a_profile_agrees_with_its_parts(column in any_column(), parts in 1..5_usize) {
        let profile = summarize(ColumnProfileSummary::new(), &column, parts, 2);
        check_profile(&profile, &column);
    }

    #[test]
    fn bytes_bring_back_the_same_summary(column in any_column()) {
        let profile = summarize(ColumnProfileSummary::new(), &column, 1, 1);
        let bytes = profile.to_bytes().unwrap();
        let mut copy = ColumnProfileSummary::new();
        copy.merge_bytes(&bytes).unwrap();
        prop_assert_eq!(copy.to_bytes().unwrap(), bytes);
        prop_assert_eq!(copy.key(), profile.key());
    }
}

fn check_moments(moments: &Moments, values: &[f64]) {
    assert_eq!(moments.count(), values.len() as u64);
    if values.is_empty() {
        assert_eq!((moments.mean(), moments.sum(), moments.min()), (None, None, None));
        return;
    }
    let n = values.len() as f64;
    let magnitude = values.iter().map(|value| value.abs()).sum::<f64>();
    let mean = values.iter().map(|value| value / n).sum::<f64>();
    let mean = mean + values.iter().map(|value| value - mean).sum::<f64>() / n;
    assert_close("mean", moments.mean(), mean, magnitude / n * 1e-14);
    assert_close("sum", moments.sum(), mean * n, magnitude * 1e-13 + 1e-12);
    let power = |exponent| values.iter().map(|value| (value - mean).powi(exponent)).sum::<f64>();
    if values.len() < 2 {
        assert_eq!(moments.variance(), None);
        return;
    }
    let variance = power(2) / (n - 1.0);
    assert_close("variance", moments.variance(), variance, variance * 1e-8 + 1e-9);
    if variance > 1e-3 {
        let skewness = power(3) / n / (power(2) / n).powf(1.5);
        let kurtosis = power(4) / n / (power(2) / n).powi(2) - 3.0;
        assert_close("skewness", moments.skewness(), skewness, 1e-6);
        assert_close("kurtosis", moments.kurtosis(), kurtosis, 1e-6 * n);
    }
}

fn check_histogram(histogram: &BinaryHistogram, values: &[f64], limit: usize) {
    let bins = histogram.bins(limit);
    assert!(bins.len() <= limit);
    assert_eq!(bins.is_empty(), values.is_empty());
    for bin in &bins {
        let expected = values.iter().filter(|&&value| {
            bin.lower <= value && (value < bin.upper || bin.upper == f64::MAX)
        });
        assert_eq!(bin.count, expected.count() as u64, "{bin:?} of {values:?}");
    }
    for pair in bins.windows(2) {
        assert_eq!(pair[0].upper, pair[1].lower);
    }
    if let (Some(first), Some(last)) = (bins.first(), bins.last()) {
        assert!(first.count > 0 && last.count > 0);
    }
}

fn check_profile(profile: &ColumnProfileSummary, column: &Owned) {
    assert_eq!(*profile.counts(), summarize(ColumnCounts::new(), column, 1, 1));
    assert_eq!(profile.counts().rows, column.len() as u64);
    let distinct = summarize(Distinct::new(), column, 1, 1);
    assert_eq!(profile.distinct(), distinct.count());
    let extremes = summarize(Extremes::new(), column, 1, 1);
    let ours = profile.extremes();
    assert_eq!((ours.min(), ours.max()), (extremes.min(), extremes.max()));
    match column {
        Owned::Null(_) | Owned::Booleans(_) => {}
        Owned::Texts(_) => {
            assert_eq!(profile.lengths(), summarize(TextLengths::new(), column, 1, 1));
            let kinds = summarize(TextKinds::new(), column, 1, 1);
            for kind in TextKind::ALL {
                assert_eq!(profile.kinds().count(kind), kinds.count(kind));
            }
            assert_eq!(profile.kinds().padded(), kinds.padded());
            assert_eq!(profile.kinds().null_texts(), kinds.null_texts());
        }
        _ => {
            let quantiles = summarize(Quantiles::new(), column, 1, 1).ordered();
            for share in [0.0, 0.25, 0.5, 0.99, 1.0] {
                assert_eq!(profile.ordered().cell(share), quantiles.cell(share));
            }
            assert_eq!(profile.moments().count(), quantiles.count());
        }
    }
}

/// Numbers without order or repetition, the same each time.
fn scattered(count: u64) -> Vec<u64> {
    (0..count).map(super::hash::hash_word).collect()
}

#[test]
fn many_distinct_values_stay_within_the_bound() {
    for count in [8_192, 8_193, 20_000, 150_000] {
        for texts in [false, true] {
            let column = if texts {
                Owned::Texts((0..count).map(|number| Some(format!("id-{number}"))).collect())
            } else {
                Owned::Integers((0..count).map(|number| Some(number * 1_000)).collect())
            };
            for parts in [1, 7] {
                let distinct = summarize(Distinct::new(), &column, parts, 3).count();
                match distinct.exactness {
                    Exactness::Exact => assert_eq!(distinct.value, count as u64),
                    Exactness::Approximate { error } => {
                        let off = (distinct.value as f64 - count as f64).abs() / count as f64;
                        assert!(off <= error, "{count} became {distinct:?}");
                        assert!(distinct.value <= count as u64);
                    }
                    Exactness::Sampled { .. } => panic!("not a sample"),
                }
                assert_eq!(distinct.is_exact(), count <= 8_192);
            }
        }
    }
}

#[test]
fn quantiles_of_many_values_stay_within_their_bound() {
    let mut values: Vec<i64> =
        scattered(200_000).into_iter().map(|value| (value >> 20) as i64).collect();
    // Sorted, reversed and scattered rows, in one part and in many.
    for order in 0..3 {
        match order {
            1 => values.sort_unstable(),
            2 => values.reverse(),
            _ => {}
        }
        let column = Owned::Integers(values.iter().copied().map(Some).collect());
        let mut sorted = values.clone();
        sorted.sort_unstable();
        for parts in [1, 50] {
            let quantiles = summarize(Quantiles::new(), &column, parts, 4);
            let ordered = quantiles.ordered();
            assert_eq!(ordered.count(), values.len() as u64);
            for share in [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0] {
                let found = ordered.value(share).unwrap();
                let Exactness::Approximate { error } = found.exactness else {
                    panic!("200,000 values cannot be exact")
                };
                assert!(error < 0.02, "{error}");
                let rank = sorted.partition_point(|&value| (value as f64) < found.value);
                let off = (rank as f64 / sorted.len() as f64 - share).abs();
                assert!(off <= error + 1e-5, "{share}: {off} > {error}");
            }
        }
    }
}

#[test]
fn frequent_values_of_many_stay_within_their_bound() {
    // Value v of 0..50 comes 400 - 8 v times, among 40,000 that come once.
    let mut values: Vec<i64> = Vec::new();
    for frequent in 0..50 {
        values.extend(std::iter::repeat_n(frequent, (4_000 - 80 * frequent) as usize));
    }
    values.extend(1_000..41_000);
    let mut order: Vec<(u64, i64)> =
        scattered(values.len() as u64).into_iter().zip(values).collect();
    order.sort_unstable();
    let column = Owned::Integers(order.into_iter().map(|(_, value)| Some(value)).collect());
    for parts in [1, 9] {
        let frequent = summarize(FrequentValues::new(), &column, parts, 5);
        assert!(!frequent.is_exact());
        assert_eq!(frequent.distinct(), None);
        let top = frequent.top(30);
        assert_eq!(top.len(), 30);
        for FrequentValue { value, count } in top {
            let Cell::Integer(value) = value else { panic!("{value:?}") };
            let Exactness::Approximate { error } = count.exactness else { panic!("{count:?}") };
            let truth = (4_000 - 80 * value) as u64;
            assert!(value < 50, "{value} comes once");
            assert!(count.value <= truth && truth <= count.value + error as u64);
            assert!(error <= frequent.values() as f64 / 1_024.0);
        }
    }
}

#[test]
fn a_profile_goes_over_to_sketches_without_a_seam() {
    let count = 30_000_u64;
    for texts in [false, true] {
        let column = if texts {
            let texts = scattered(count).into_iter().map(|value| Some(format!("{value:x}")));
            Owned::Texts(texts.collect())
        } else {
            Owned::Floats(scattered(count).into_iter().map(|value| Some(value as f64)).collect())
        };
        // 2 parts stay above the bound of exact counting, 6 below it until they are merged.
        for parts in [1, 2, 6] {
            let profile = summarize(ColumnProfileSummary::new(), &column, parts, 5);
            assert_eq!(profile.counts().rows, count);
            let distinct = profile.distinct();
            assert!(!distinct.is_exact());
            assert!((distinct.value as f64 / count as f64 - 1.0).abs() < 0.024);
            assert_eq!(profile.frequent().values(), count);
            if texts {
                assert_eq!(profile.lengths(), summarize(TextLengths::new(), &column, 1, 1));
                assert_eq!(profile.kinds().values(), count);
            } else {
                assert_eq!(profile.ordered().count(), count);
                let median = profile.ordered().value(0.5).unwrap().value;
                assert!((median / (u64::MAX as f64) - 0.5).abs() < 0.02);
            }
            let extremes = summarize(Extremes::new(), &column, 1, 1);
            let ours = profile.extremes();
            assert_eq!((ours.min(), ours.max()), (extremes.min(), extremes.max()));
        }
    }
}

#[test]
fn a_stable_variance_far_from_zero() {
    let values = [4, 7, 13, 16].map(|value| Some(1_000_000_000 + value));
    for column in [
        Owned::Integers(values.to_vec()),
        Owned::Floats(values.iter().map(|value| value.map(|value| value as f64)).collect()),
        Owned::Decimals(values.iter().map(|value| value.map(|v| i128::from(v) * 10)).collect(), 1),
    ] {
        for parts in [1, 2, 4] {
            let moments = summarize(Moments::new(), &column, parts, 1);
            assert_eq!(moments.mean(), Some(1_000_000_010.0));
            assert_eq!(moments.standard_deviation(), Some(5.477_225_575_051_661));
        }
    }
}

#[test]
fn equal_values_do_not_deviate() {
    let tenth = Owned::Floats(vec![Some(0.1); 1_000]);
    let moments = summarize(Moments::new(), &tenth, 7, 3);
    assert_eq!(moments.mean(), Some(0.1));
    assert_eq!(moments.variance(), Some(0.0));
    assert_eq!((moments.skewness(), moments.kurtosis()), (None, None));
}

#[test]
fn huge_whole_numbers_are_not_rounded() {
    let huge = 10_i128.pow(30);
    let column = Owned::Decimals(vec![Some(huge), Some(i128::from(i64::MIN)), None], 0);
    let profile = summarize(ColumnProfileSummary::new(), &column, 2, 1);
    let extremes = profile.extremes();
    assert_eq!(extremes.max(), Some(Cell::Text(huge.to_string())));
    assert_eq!(extremes.min(), Some(Cell::Integer(i64::MIN)));
    assert_eq!(profile.frequent().top(1)[0].value, Cell::Integer(i64::MIN));

    let near = Owned::Integers(vec![Some(i64::MAX), Some(i64::MAX - 1), Some(i64::MAX - 2)]);
    let moments = summarize(Moments::new(), &near, 3, 1);
    assert_eq!(moments.variance(), Some(1.0));
}

#[test]
fn dates_are_read_as_dates() {
    let column = Owned::Dates(vec![Some(0), Some(19_000), Some(19_001), None]);
    let profile = summarize(ColumnProfileSummary::new(), &column, 2, 1);
    assert_eq!(profile.extremes().min(), Some(Cell::Text("1970-01-01".to_owned())));
    assert_eq!(
        profile.ordered().cell(0.5),
        Some(Measured::exact(Cell::Text("2022-01-08".to_owned())))
    );
}

#[test]
fn long_texts_are_cut_for_people_and_measured_whole() {
    let long = "é".repeat(3_000);
    let column = Owned::Texts(vec![Some(long.clone()), Some(long), Some("b".to_owned())]);
    let profile = summarize(ColumnProfileSummary::new(), &column, 2, 1);
    assert_eq!(profile.lengths().max(), Some(3_000));
    assert_eq!(profile.lengths().longer_texts(), 2);
    let Some(Measured { value, exactness: Exactness::Approximate { error } }) =
        profile.lengths().quantile(1.0)
    else {
        panic!("a length this long is not counted by itself")
    };
    assert!(value <= 3_000 && 3_000.0 <= value as f64 + error);
    let top = profile.frequent().top(1);
    assert_eq!(top[0].count, Measured::exact(2));
    assert_eq!(top[0].value, Cell::Text(format!("{}…", "é".repeat(100))));
    assert_eq!(profile.extremes().max(), Some(Cell::Text(format!("{}…", "é".repeat(128)))));
}

#[test]
fn a_column_without_meaning_for_a_summary_is_refused() {
    let texts = Owned::Texts(vec![Some("a".to_owned())]);
    let (values, valid) = ([1_i64], [true]);
    let mut moments = Moments::new();
    Owned::Integers(vec![Some(1)]).update(&mut moments);
    let Owned::Texts(_) = texts else { unreachable!() };
    let mut lengths = TextLengths::new();
    let column = Column {
        values: Values::Integer(&values),
        validity: None,
        len: valid.len(),
        null_count: 0,
    };
    let batch = Batch { rows: &[0], columns: &[column] };
    assert!(lengths.update(&batch).is_err());
    assert!(lengths.update(&Batch { rows: &[], columns: &[] }).is_err());
    assert!(Moments::new().merge_bytes(&[255; 3]).is_err());
}
