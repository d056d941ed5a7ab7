//! The document as a whole.

use proptest::prelude::*;
use testkit::{Cells, MemoryTable};

use super::{NEW_YEAR, options, structure, structure_in_batches};
use crate::structure::findings;
use crate::{FindingKind, StructureOptions, TableStructure};

fn shop(rows: i64) -> MemoryTable {
    let secret = |row: i64| NEW_YEAR + 86_400 * (row * row % 97);
    MemoryTable::new([
        ("id", Cells::integers(0..rows)),
        ("born", Cells::Timestamp((0..rows).map(|row| Some(secret(row))).collect())),
        ("city", Cells::texts((0..rows).map(|row| ["Berlin", "Paris", "Rome"][row as usize % 3]))),
        ("code", Cells::texts((0..rows).map(|row| ["B", "P", "R"][row as usize % 3]))),
        (
            "price",
            Cells::Float((0..rows).map(|row| (row % 9 > 0).then_some(row as f64 / 7.0)).collect()),
        ),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn the_document_does_not_depend_on_how_rows_are_grouped(rows in 1..200_i64, batch in 1..50_usize) {
        let table = shop(rows);
        prop_assert_eq!(
            structure_in_batches(&table, batch, options()),
            structure_in_batches(&table, 1_000, options())
        );
    }
}

#[test]
fn tables_without_anything_to_find_have_a_document() {
    let nothing =
        structure(&MemoryTable::new([("a", Cells::Integer(vec![])), ("b", Cells::Text(vec![]))]));
    assert_eq!((nothing.rows, findings(&nothing).0.len()), (0, 0));
    let gone =
        MemoryTable::new([("a", Cells::Float(vec![None; 30])), ("b", Cells::Text(vec![None; 30]))]);
    let gone = structure(&gone);
    assert!(gone.keys.keys.is_empty() && gone.near_duplicates.pairs.is_empty());
    assert_eq!(gone.associations.left_out_columns.len(), 2);
    let one = structure(&MemoryTable::new([("a", Cells::integers(0..30))]));
    assert_eq!(one.keys.keys[0].columns, ["a"]);
    assert_eq!(one.associations.pairs, 0);
}

#[test]
fn what_stands_out_is_told_in_sentences() {
    let (findings, unlisted) = findings(&structure(&shop(200)));
    assert_eq!(unlisted, 0);
    let told = |kind| findings.iter().find(|finding| finding.kind == kind);
    let twin = told(FindingKind::EquivalentColumns).unwrap();
    assert_eq!(twin.columns, ["city", "code"]);
    assert!(twin.sentence.starts_with("city and code say the same"));
    let counts = told(FindingKind::Sequence).unwrap();
    assert_eq!(
        (counts.column.as_str(), counts.sentence.as_str()),
        ("id", "counts up by 1 without a gap")
    );
    assert!(findings.iter().all(|finding| finding.evidence.contains_key("threshold")));
}

#[test]
fn a_redacted_structure_quotes_no_value() {
    let whole = structure(&shop(200));
    let json = |structure: &TableStructure| serde_json::to_string(structure).unwrap();
    assert!(json(&whole).contains("2024-"));
    let redacted = whole.redacted(|column| ["born", "id"].contains(&column));
    assert!(!json(&redacted).contains("2024-"));
    assert!(redacted.sequences.is_empty());
}

#[test]
fn a_thousand_columns_keep_to_the_budget() {
    let columns = (0..1_000).map(|column| {
        let name: &str = Box::leak(format!("c{column}").into_boxed_str());
        (name, Cells::integers((0..50).map(move |row| (row * (column + 3)) % 17)))
    });
    let table = MemoryTable::new(columns);
    let options = StructureOptions { most_pairs: 1_000, ..StructureOptions::within_seconds(0.01) };
    let found = structure_in_batches(&table, 50, options);
    let associations = &found.associations;
    assert_eq!(associations.pairs, associations.computed_pairs + associations.left_out_pairs);
    assert!(associations.computed_pairs <= 1_000 && associations.left_out_pairs > 400_000);
    assert!(found.keys.left_out_sets > 0 && found.near_duplicates.left_out_pairs > 0);
    assert!(!associations.rule.is_empty());
}
