//! Keys, against a search that compares every two rows.

use proptest::prelude::*;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::scan::Duplicates;
use shared_kernel_domain::table::Cell;
use testkit::MemoryTable;

use super::{columns, options, structure};
use crate::structure::{StructureOptions, WorkBudget};

/// Three columns of few numbers, so that some sets of them are keys.
fn table() -> impl Strategy<Value = MemoryTable> {
    let row = prop::array::uniform3(prop::option::weighted(0.97, 0..6_i64));
    prop::collection::vec(row, 2..14).prop_map(|rows| {
        ["a", "b", "c"].iter().enumerate().fold(MemoryTable::named("t"), |table, (place, name)| {
            table.integers(name, rows.iter().map(|row| row[place]))
        })
    })
}

/// Sets of columns without nulls in which no two rows agree and of which no part is one.
fn oracle(cells: &[Vec<Cell>]) -> Vec<Vec<usize>> {
    let mut keys: Vec<Vec<usize>> = Vec::new();
    let sets: [&[usize]; 7] = [&[0], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]];
    for set in sets {
        let has_null = set.iter().any(|&place| cells[place].contains(&Cell::Null));
        let agree =
            |a: usize, b: usize| set.iter().all(|&place| cells[place][a] == cells[place][b]);
        let repeats = (0..cells[0].len()).any(|row| (0..row).any(|before| agree(row, before)));
        let holds_key = keys.iter().any(|key| key.iter().all(|place| set.contains(place)));
        if !has_null && !repeats && !holds_key {
            keys.push(set.to_vec());
        }
    }
    keys
}

proptest! {
    #[test]
    fn keys_are_the_smallest_sets_in_which_no_two_rows_agree(table in table()) {
        let found = structure(&table).keys;
        let name = |place: &usize| ["a", "b", "c"][*place].to_owned();
        let mut expected: Vec<Vec<String>> =
            oracle(&columns(&table)).iter().map(|key| key.iter().map(name).collect()).collect();
        let mut keys: Vec<Vec<String>> = found.keys.iter().map(|key| key.columns.clone()).collect();
        expected.sort();
        keys.sort();
        prop_assert_eq!(keys, expected);
        prop_assert!(found.keys.iter().all(|key| key.duplicate_rows == Measured::exact(0)));
        prop_assert_eq!((found.left_out_sets, found.unlisted_keys), (0, 0));
    }
}

#[test]
fn a_key_of_a_sample_is_one_until_all_rows_are_compared() {
    let rows = 20_000;
    let table = MemoryTable::named("t")
        .integers("shop", (0..rows).map(|row| Some(row % 200)))
        .integers("number", (0..rows).map(|row| Some(row / 200)));
    let structure = structure(&table);
    let key = vec!["shop".to_owned(), "number".to_owned()];
    assert_eq!(structure.keys.to_verify(3), std::slice::from_ref(&key));
    let duplicates = |duplicate_rows| Duplicates {
        evaluated_rows: rows as u64,
        duplicate_rows,
        groups: Vec::new(),
    };
    let verified = structure.clone().with_verified_key(&key, &duplicates(0));
    assert_eq!(verified.keys.keys[0].duplicate_rows, Measured::exact(0));
    assert!(verified.keys.to_verify(3).is_empty());
    let nearly = structure.clone().with_verified_key(&key, &duplicates(7));
    assert_eq!(nearly.keys.near_keys[0].duplicate_rows, Measured::exact(7));
    assert!(nearly.keys.keys.is_empty());
    let none = structure.with_verified_key(&key, &duplicates(9_000));
    assert!(none.keys.keys.is_empty() && none.keys.near_keys.is_empty());
}

#[test]
fn without_a_budget_sets_are_left_out_and_counted() {
    let table = ["a", "b", "c"].iter().fold(MemoryTable::named("t"), |table, name| {
        table.integers(name, (0..60).map(|row| Some(row % 30)))
    });
    let options = StructureOptions { budget: WorkBudget::steps(0), ..options() };
    let structure = super::structure_in_batches(&table, 9, options);
    assert_eq!(structure.keys.left_out_sets, 4);
    assert_eq!(structure.near_duplicates.left_out_pairs, 3);
    assert_eq!(structure.dependencies.left_out_sets, 6);
    assert_eq!(structure.associations.left_out_pairs, 3);
}
