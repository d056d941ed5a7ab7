//! Columns that repeat one another.

use proptest::prelude::*;
use shared_kernel_domain::table::Cell;
use testkit::MemoryTable;

use super::{columns, structure};
use crate::structure::{NearDuplicate, Repetition};

fn pairs(table: &MemoryTable) -> Vec<NearDuplicate> {
    structure(table).near_duplicates.pairs
}

proptest! {
    #[test]
    fn columns_are_equal_where_99_of_100_rows_are(
        values in prop::collection::vec(0..50_i64, 50..300),
        different in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut others = values.clone();
        for index in different {
            *index.get_mut(&mut others) = 1_000;
        }
        let table = MemoryTable::named("t")
            .integers("a", values.into_iter().map(Some))
            .integers("b", others.into_iter().map(Some));
        let cells = columns(&table);
        let rows = cells[0].len();
        let unequal = (0..rows).filter(|&row| cells[0][row] != cells[1][row]).count();
        let equal = pairs(&table).into_iter().find(|pair| pair.repetition == Repetition::Equal);
        prop_assert_eq!(equal.is_some(), unequal * 100 <= rows);
        if let Some(pair) = equal {
            prop_assert!((pair.share.value - (rows - unequal) as f64 / rows as f64).abs() < 1e-12);
        }
    }
}

#[test]
fn numbers_are_equal_whatever_their_type() {
    let table = MemoryTable::named("t")
        .integers("whole", (0..40_i32).map(|row| (row % 3 > 0).then_some(i64::from(row))))
        .floats("float", (0..40).map(|row| (row % 3 > 0).then_some(f64::from(row))));
    let [pair] = pairs(&table).try_into().unwrap();
    assert_eq!((pair.repetition, pair.share.value), (Repetition::Equal, 1.0));
}

#[test]
fn other_words_for_the_same_are_one_to_one() {
    let names = ["Berlin", "Paris", "Rome"];
    let table = MemoryTable::named("t")
        .texts("city", (0..60).map(|row| Some(names[row % 3])))
        .texts("code", (0..60).map(|row| Some(["B", "P", "R"][row % 3])))
        .integers("number", (0..60).map(|row| Some(row % 4)));
    let [pair] = pairs(&table).try_into().unwrap();
    assert_eq!((pair.left.as_str(), pair.right.as_str()), ("city", "code"));
    assert_eq!(pair.repetition, Repetition::OneToOne);
}

#[test]
fn columns_that_are_nearly_constant_do_not_repeat_one_another() {
    let flag = |at: i64| (0..400).map(move |row| Some(i64::from(row == at)));
    let table = MemoryTable::named("t")
        .integers("a", flag(3))
        .integers("b", flag(90))
        .integers("c", (0..400).map(|_| Some(0)));
    assert_eq!(pairs(&table), []);
    assert_eq!(columns(&table)[0][3], Cell::Integer(1));
}
