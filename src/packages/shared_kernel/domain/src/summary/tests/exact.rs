//! Exact figures against plain computations of them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::super::*;
use super::columns::*;
use crate::measured::{Exactness, Measured};
use crate::table::Cell;

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
        let expected = values
            .iter()
            .filter(|&&value| bin.lower <= value && (value < bin.upper || bin.upper == f64::MAX));
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
