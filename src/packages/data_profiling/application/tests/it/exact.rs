//! Exact figures of columns with more different values than are counted in one scan.

use std::collections::HashSet;

use data_profiling_application::profile_data;
use data_profiling_domain::{ColumnProfile, Profile};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::Cell;
use testkit::MemoryTable;

use crate::world::World;

const ROWS: i64 = 70_000;

/// Scattered numbers, of which some repeat.
fn scattered(row: i64) -> i64 {
    (row / 2 * 2).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64) >> 20
}

fn profiled(exact: bool) -> Profile {
    let names: Vec<String> = (0..ROWS).map(|row| format!("name {}", row % 50_000)).collect();
    let table = MemoryTable::named("flights")
        .integers("number", (0..ROWS).map(|row| (row % 11 > 0).then(|| scattered(row))))
        .floats("price", (0..ROWS).map(|row| Some(scattered(row) as f64 / 3.0)))
        .texts("name", names.iter().map(|name| Some(name.as_str())))
        .integers("shop", (0..ROWS).map(|row| Some(row % 250)))
        .integers("receipt", (0..ROWS).map(|row| Some(if row == 5 { 1 } else { row / 250 })));
    let world = World::of(vec![table]);
    let request = DataRequest { data: "flights.csv".to_owned(), ..DataRequest::default() };
    let (told, cancellation) = (|_, _| {}, Cancellation::default());
    profile_data(&world.container, &request, exact, &told, &cancellation).unwrap()
}

fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Integer(value) => *value as f64,
        Cell::Float(value) => *value,
        other => panic!("{other:?}"),
    }
}

fn holds(column: &ColumnProfile, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    for quantile in &column.quantiles {
        let measured = quantile.value.measured().unwrap();
        assert!(measured.is_exact(), "{quantile:?}");
        let position = quantile.share * (values.len() - 1) as f64;
        let (low, high) = (values[position.floor() as usize], values[position.ceil() as usize]);
        let expected = low + (high - low) * position.fract();
        let found = number(&measured.value);
        assert!((found - expected).abs() <= expected.abs() * 1e-12, "{found} {expected}");
    }
}

#[test]
fn exact_figures_are_those_of_the_sorted_column() {
    let profile = profiled(true);
    let numbers: Vec<i64> = (0..ROWS).filter(|row| row % 11 > 0).map(scattered).collect();
    let column = profile.column("number").unwrap();
    let distinct: HashSet<&i64> = numbers.iter().collect();
    assert_eq!(column.distinct.measured().unwrap().value, distinct.len() as u64);
    holds(column, numbers.iter().map(|&value| value as f64).collect());
    let prices = (0..ROWS).map(|row| scattered(row) as f64 / 3.0).collect();
    holds(profile.column("price").unwrap(), prices);
    let name = profile.column("name").unwrap();
    assert!(name.distinct.measured().unwrap().is_exact());
    assert_eq!(name.distinct.value(), Some(&50_000));
    assert!(profile.columns.iter().all(|column| column.distinct.measured().unwrap().is_exact()));
}

#[test]
fn a_key_of_the_sample_is_held_against_all_rows() {
    let has_key = |profile: &Profile| {
        let keys = &profile.structure.as_ref().unwrap().keys.keys;
        keys.iter().any(|key| key.columns == ["shop", "receipt"])
    };
    assert!(has_key(&profiled(false)));
    let exact = profiled(true);
    assert!(!has_key(&exact));
    let near = &exact.structure.as_ref().unwrap().keys.near_keys;
    assert!(near.iter().any(|key| key.columns == ["shop", "receipt"]));
}

#[test]
fn estimates_say_that_they_are() {
    let profile = profiled(false);
    let column = profile.column("number").unwrap();
    assert!(!column.distinct.measured().unwrap().is_exact());
    assert!(column.quantiles.iter().all(|it| !it.value.measured().unwrap().is_exact()));
}
