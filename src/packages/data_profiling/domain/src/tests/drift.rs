use proptest::collection::vec;
use proptest::prelude::*;
use shared_kernel_domain::measured::Exactness;
use testkit::MemoryTable;

use super::profile;
use crate::{ColumnDrift, Compatibility, EffectSize, Figure, compare};

fn drift(before: MemoryTable, after: MemoryTable) -> ColumnDrift {
    compare(&profile(&before), &profile(&after)).drift.swap_remove(0)
}

fn numbers(values: impl IntoIterator<Item = f64>) -> MemoryTable {
    MemoryTable::named("t").floats("x", values.into_iter().map(Some))
}

fn words(values: &[usize]) -> MemoryTable {
    let texts: Vec<String> = values.iter().map(|value| format!("word {value}")).collect();
    MemoryTable::named("t").texts("x", texts.iter().map(|text| Some(text.as_str())))
}

/// The value and by how much it may be larger.
fn bounds(figure: Option<&Figure<f64>>) -> (f64, f64) {
    let measured = figure.and_then(Figure::measured).unwrap();
    match measured.exactness {
        Exactness::Approximate { error } => (measured.value, measured.value + error),
        _ => (measured.value, measured.value),
    }
}

#[test]
fn equal_columns_have_not_moved() {
    let table = || numbers((0..500).map(|row| f64::from(row % 37)));
    let drift = drift(table(), table());
    assert_eq!(drift.effect, EffectSize::Negligible);
    assert_eq!(drift.standardized_mean_difference.unwrap().value(), Some(&0.0));
    assert_eq!(bounds(drift.kolmogorov_smirnov.as_ref()).0, 0.0);
    assert_eq!(drift.population_stability_index.unwrap().value(), Some(&0.0));
}

#[test]
fn a_column_that_moved_by_its_spread_moved_far() {
    let before = numbers((0..1000).map(|row| f64::from(row % 100)));
    let after = numbers((0..1000).map(|row| f64::from(row % 100) + 29.0));
    let drift = drift(before, after);
    assert_eq!(drift.effect, EffectSize::Large);
    let d = drift.standardized_mean_difference.unwrap();
    assert!((d.value().unwrap() - 1.0).abs() < 0.01, "{d:?}");
}

#[test]
fn the_column_that_moved_farthest_stands_first_and_types_are_judged() {
    let before = numbers((0..100).map(f64::from))
        .integers("moved", (0..100).map(Some))
        .integers("wider", (0..100).map(Some))
        .texts("narrower", (0..100).map(|_| Some("1")));
    let after = numbers((0..100).map(f64::from))
        .integers("moved", (500..600).map(Some))
        .floats("wider", (0..100).map(|row| Some(f64::from(row))))
        .integers("narrower", (0..100).map(Some));
    let changes = compare(&profile(&before), &profile(&after));
    let order: Vec<_> = changes.drift.iter().map(|it| (it.column.as_str(), it.effect)).collect();
    assert_eq!(order, [("moved", EffectSize::Large), ("x", EffectSize::Negligible)]);
    let judged = |name: &str| {
        let change = changes.changes.iter().find(|it| it.column.as_deref() == Some(name));
        change.unwrap().compatibility
    };
    assert_eq!(judged("wider"), Some(Compatibility::Widening));
    assert_eq!(judged("narrower"), Some(Compatibility::Breaking));
}

#[test]
fn what_cannot_be_compared_says_why() {
    let empty = MemoryTable::named("t").floats("x", [None, None]);
    let drift = drift(empty, numbers([1.0, 2.0]));
    assert_eq!(drift.null_share_difference.value(), Some(&-1.0));
    let reason = drift.kolmogorov_smirnov.unwrap();
    assert_eq!(reason.reason(), Some("one of the two has no histogram"));
}

proptest! {
    #[test]
    fn the_distance_of_numbers_lies_within_its_bounds(
        before in vec(-100.0..100.0, 1..80),
        after in vec(prop_oneof![-100.0..100.0, 1e4..1e5], 1..80),
    ) {
        let below = |values: &[f64], edge: f64| {
            values.iter().filter(|value| **value <= edge).count() as f64 / values.len() as f64
        };
        let edges = before.iter().chain(&after);
        let exact = edges.map(|edge| (below(&before, *edge) - below(&after, *edge)).abs());
        let exact = exact.fold(0.0, f64::max);
        let drift = drift(numbers(before.clone()), numbers(after.clone()));
        let (least, most) = bounds(drift.kolmogorov_smirnov.as_ref());
        prop_assert!((least - 1e-9..=most + 1e-9).contains(&exact), "{exact} in {least}..{most}");
    }

    #[test]
    fn the_distance_of_texts_lies_within_its_bounds(
        before in vec(0_usize..60, 1..200),
        after in vec(20_usize..80, 1..200),
    ) {
        let share = |values: &[usize], word: usize| {
            values.iter().filter(|value| **value == word).count() as f64 / values.len() as f64
        };
        let exact: f64 = (0..80).map(|word| (share(&before, word) - share(&after, word)).abs()).sum();
        let drift = drift(words(&before), words(&after));
        let (least, most) = bounds(drift.total_variation.as_ref());
        let exact = exact / 2.0;
        prop_assert!((least - 1e-9..=most + 1e-9).contains(&exact), "{exact} in {least}..{most}");
    }
}
