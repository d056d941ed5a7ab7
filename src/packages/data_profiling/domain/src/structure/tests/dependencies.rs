//! Functional dependencies, against a search that looks at every group.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shared_kernel_domain::table::Cell;
use testkit::MemoryTable;

use super::{columns, structure};

fn table() -> impl Strategy<Value = MemoryTable> {
    // The third column follows the first, but for a few rows.
    let row = (0..5_i64, 0..4_i64, prop::bool::weighted(0.01));
    prop::collection::vec(row, 40..220).prop_map(|rows| {
        MemoryTable::named("t")
            .integers("a", rows.iter().map(|row| Some(row.0)))
            .integers("b", rows.iter().map(|row| Some(row.1)))
            .integers("c", rows.iter().map(|row| Some(if row.2 { 9 } else { row.0 / 2 })))
    })
}

/// Rows to take away for `determinants` to determine `dependent`, and rows that can show it.
#[expect(clippy::needless_range_loop, reason = "columns stand outermost")]
fn exceptions(cells: &[Vec<Cell>], determinants: &[usize], dependent: usize) -> (usize, usize) {
    let mut groups: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let rows = cells[0].len();
    for row in 0..rows {
        let group: Vec<&Cell> = determinants.iter().map(|&place| &cells[place][row]).collect();
        let value = format!("{:?}", cells[dependent][row]);
        *groups.entry(format!("{group:?}")).or_default().entry(value).or_default() += 1;
    }
    let kept: usize = groups.values().filter_map(|values| values.values().max()).sum();
    (rows - kept, rows - groups.len())
}

fn most_frequent(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cells.iter().filter(|&other| other == cell).count()).max().unwrap()
}

proptest! {
    #[test]
    fn one_column_determines_another_where_every_group_says_so(table in table()) {
        let cells = columns(&table);
        let rows = cells[0].len();
        let found = structure(&table).dependencies;
        let names = ["a", "b", "c"];
        for determinant in 0..3 {
            for dependent in (0..3).filter(|&dependent| dependent != determinant) {
                let (exceptions, evidence) = exceptions(&cells, &[determinant], dependent);
                let varied = [determinant, dependent]
                    .iter()
                    .all(|&place| most_frequent(&cells[place]) * 100 < rows * 99);
                let expected = varied
                    && evidence >= 10
                    && evidence * 20 >= rows
                    && exceptions <= evidence / 100;
                let listed = found.dependencies.iter().find(|known| {
                    known.determinants == [names[determinant]] && known.dependent == names[dependent]
                });
                prop_assert_eq!(listed.is_some(), expected, "{} {}", determinant, dependent);
                if let Some(listed) = listed {
                    prop_assert_eq!(listed.exceptions, exceptions as u64);
                    prop_assert_eq!(listed.evidence, evidence as u64);
                    prop_assert_eq!(listed.error.value, exceptions as f64 / rows as f64);
                }
            }
        }
    }
}

#[test]
fn two_columns_determine_a_third_only_where_neither_does_alone() {
    let rows = 400;
    let table = MemoryTable::named("t")
        .integers("row", (0..rows).map(|row| Some(row % 8)))
        .integers("column", (0..rows).map(|row| Some(row / 8 % 5)))
        .integers("field", (0..rows).map(|row| Some((row % 8) * 31 + (row / 8 % 5) * 7 % 11)))
        .integers("colour", (0..rows).map(|row| Some((row % 8 + row / 8 % 5) % 2)));
    let found = structure(&table).dependencies.dependencies;
    let colour = found
        .iter()
        .find(|known| known.dependent == "colour" && known.determinants == ["row", "column"]);
    assert_eq!(colour.map(|known| known.exceptions), Some(0));
    // What one column determines is not told of two.
    let minimal = found.iter().filter(|known| known.determinants.len() == 2).all(|known| {
        known.determinants.iter().all(|one| {
            !found.iter().any(|other| {
                other.determinants == [one.clone()] && other.dependent == known.dependent
            })
        })
    });
    assert!(minimal);
}
