//! Many values, where figures are approximate, and single cases that are easy to get wrong.

use super::super::*;
use super::columns::{Owned, summarize};
use crate::measured::{Exactness, Measured};
use crate::table::{Batch, Cell, Column, Values};

/// Numbers without order or repetition, the same each time.
fn scattered(count: u64) -> Vec<u64> {
    (0..count).map(super::super::hash::hash_word).collect()
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
    let values = [1_i64];
    let column = Column { values: Values::Integer(&values), validity: None, len: 1, null_count: 0 };
    let batch = Batch { rows: &[0], columns: &[column] };
    assert!(TextLengths::new().update(&batch).is_err());
    assert!(TextKinds::new().update(&batch).is_err());
    assert!(Moments::new().update(&Batch { rows: &[], columns: &[] }).is_err());
    assert!(Moments::new().merge_bytes(&[255; 3]).is_err());
}
