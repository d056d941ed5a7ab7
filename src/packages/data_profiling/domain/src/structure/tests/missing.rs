//! What is missing together, against a count of every row.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::Cell;
use testkit::MemoryTable;

use super::{columns, structure};

proptest! {
    #[test]
    fn patterns_are_counted_row_by_row(rows in prop::collection::vec(prop::array::uniform3(prop::option::of(0..2_i64)), 1..60)) {
        let names = ["a", "b", "c"];
        let table = names.iter().enumerate().fold(MemoryTable::named("t"), |table, (place, name)| {
            table.integers(name, rows.iter().map(|row| row[place]))
        });
        let mut expected: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        let cells = columns(&table);
        for row in rows.iter().enumerate().map(|(row, _)| row) {
            let missed = (0..3).filter(|&place| cells[place][row] == Cell::Null);
            let missed: Vec<String> = missed.map(|place| names[place].to_owned()).collect();
            *expected.entry(missed).or_default() += 1;
        }
        let missing = structure(&table).missing;
        prop_assert_eq!(missing.complete_rows, expected.remove(&Vec::new()).unwrap_or(0));
        prop_assert_eq!((missing.patterns, missing.is_exact), (expected.len() as u64, true));
        let listed: BTreeMap<Vec<String>, u64> = missing
            .most_frequent
            .iter()
            .map(|pattern| (pattern.columns.clone(), pattern.rows.value))
            .collect();
        prop_assert_eq!(listed, expected);
        let falling = missing.most_frequent.windows(2).all(|two| two[0].rows.value >= two[1].rows.value);
        prop_assert!(falling);
    }
}

#[test]
fn columns_that_are_always_missing_together_are_a_group() {
    let rows = 50;
    let gap = |row: i64, every: i64| (row % every != 0).then_some(row);
    let table = MemoryTable::named("t")
        .integers("left", (0..rows).map(|row| gap(row, 5)))
        .integers("right", (0..rows).map(|row| gap(row, 5)))
        .integers("alone", (0..rows).map(|row| gap(row, 7)))
        .integers("gone", (0..rows).map(|_| None));
    let missing = structure(&table).missing;
    let [group] = missing.together.as_slice() else { panic!("{:?}", missing.together) };
    assert_eq!(group.columns, ["left", "right"]);
    assert_eq!(group.rows, Measured::exact(10));
    let strongest = &missing.associations[0];
    assert_eq!((strongest.left.as_str(), strongest.right.as_str()), ("left", "right"));
    assert!((strongest.phi.value - 1.0).abs() < 1e-12);
}
