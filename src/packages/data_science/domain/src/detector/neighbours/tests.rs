use proptest::prelude::*;

use super::*;

/// All rows in order, one by one.
fn slow_nearest(values: &[f64], features: usize, row: &[f64]) -> Vec<(f64, u32)> {
    let mut all: Vec<(f64, u32)> = values
        .chunks(features)
        .map(|other| other.iter().zip(row).map(|(a, b)| (a - b).powi(2)).sum())
        .zip(0..)
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    all
}

fn assert_finds(values: &[f64], features: usize, row: &[f64], count: usize) {
    let rows = ReferenceRows::new(values, features);
    let slow = slow_nearest(values, features, row);
    let mut search = Search::default();
    let found = rows.nearest(row, count, &mut search);
    assert_eq!(found.len(), count.min(slow.len()));
    for (found, slow) in found.iter().zip(&slow) {
        let tolerance = 1e-12 * slow.0;
        assert!((found.squared_distance - slow.0).abs() <= tolerance, "{found:?} is not {slow:?}");
    }
    let exact = found.windows(2).all(|pair| pair[0].is_before(&pair[1]));
    assert!(exact, "in order and different: {found:?}");
    let first = slow.first().filter(|first| first.0 == 0.0).map(|first| first.1);
    assert_eq!(rows.find(row, &mut search), first);
}

#[test]
fn equally_far_rows_come_by_number_whatever_the_tree() {
    // A grid: every distance occurs often, and is exact.
    let values: Vec<f64> =
        (0..3_000).flat_map(|row| [f64::from(row % 7), f64::from(row % 5), 1.0]).collect();
    let rows = ReferenceRows::new(&values, 3);
    let mut search = Search::default();
    for query in [[0.0, 0.0, 1.0], [3.0, 2.0, 1.0], [2.5, 9.0, 0.0]] {
        let found = rows.nearest(&query, 120, &mut search).to_vec();
        let slow = slow_nearest(&values, 3, &query);
        for (found, slow) in found.iter().zip(&slow) {
            assert_eq!((found.squared_distance, found.row), *slow);
        }
    }
}

#[test]
fn rows_come_back_as_they_were() {
    let values: Vec<f64> = (0..900).map(|number| f64::from(number * 37 % 1_001)).collect();
    let rows = ReferenceRows::new(&values, 3);
    assert_eq!((rows.rows(), rows.features()), (300, 3));
    let mut row = Vec::new();
    for (index, expected) in values.chunks(3).enumerate() {
        rows.copy_row(index as u32, &mut row);
        assert_eq!(row, expected);
    }
}

#[test]
fn repeated_rows_are_found_without_looking_at_all() {
    let values = vec![1.0; 200_000];
    let rows = ReferenceRows::new(&values, 2);
    let mut search = Search::default();
    for _ in 0..2_000 {
        let found = rows.nearest(&[1.0, 1.0], 20, &mut search);
        assert!(found.iter().map(|found| found.row).eq(0..20));
    }
}

#[test]
fn values_of_any_size_are_told_apart() {
    let huge: Vec<f64> = (0..400).map(|row| f64::from(row) * 1e48).collect();
    assert_finds(&huge, 1, &[2.4e49], 7);
    let tiny: Vec<f64> = (0..400).map(|row| 1.0 + f64::from(row) * 1e-14).collect();
    assert_finds(&tiny, 1, &[1.0 + 1.23e-12], 9);
    let minute: Vec<f64> = (0..400).map(|row| f64::from(row * 37 % 400) * 1e-23).collect();
    assert_finds(&minute, 1, &[1.234e-21], 9);
    assert_finds(&minute, 4, &minute[80..84], 9);
    // Far beyond what single precision tells apart, and one row that is elsewhere.
    let mut mixed: Vec<f64> = (0..400).map(|row| 1e9 + f64::from(row) * 1e-6).collect();
    mixed[17] = -1e50;
    assert_finds(&mixed, 1, &[1e9 + 1.5e-4], 11);
    assert_finds(&mixed, 2, &[1e9, 1e9], 11);
    let wide: Vec<f64> = (0..40 * 300).map(|number| f64::from(number * 7919 % 10_007)).collect();
    assert_finds(&wide, 40, &wide[80..120], 11);
}

proptest! {
    #[test]
    fn finds_what_looking_at_all_rows_finds(
        features in 1_usize..6,
        numbers in prop::collection::vec(
            prop_oneof![(-3_i32..3).prop_map(f64::from), -1e3..1e3, -1e-3..1e-3], 6..1_500),
        query in prop::collection::vec(prop_oneof![(-3_i32..3).prop_map(f64::from), -2e3..2e3], 6),
        count in 1_usize..80,
        own: prop::sample::Index,
    ) {
        let rows = numbers.len() / features;
        let values = &numbers[..rows * features];
        assert_finds(values, features, &query[..features], count);
        let own = own.index(rows) * features;
        assert_finds(values, features, &values[own..own + features], count);
    }
}
