//! No value of a redacted column is left in a profile.

use shared_kernel_domain::scan::{DuplicateGroup, Duplicates};
use shared_kernel_domain::table::Cell;
use testkit::{Cells, MemoryTable};

use super::profile;
use crate::{Profile, Redaction};

/// Values that stand nowhere else, each often enough to be noticed by every figure.
fn customers() -> MemoryTable {
    let rows = 60;
    let mail = |row: usize| format!("canary{}@mail.example", row % 7);
    MemoryTable::new([
        ("mail", Cells::texts((0..rows).map(mail))),
        ("word", Cells::texts((0..rows).map(|row| if row == 3 { "N/A" } else { "canary word" }))),
        ("number", Cells::integers((0..rows as i64).map(|row| 313_370_000 + row))),
        (
            "price",
            Cells::Float((0..rows).map(|row| Some(313_370_000.125 + row as f64 / 8.0)).collect()),
        ),
        ("day", Cells::Date((0..rows as i32).map(|row| Some(19_723 + row)).collect())),
        (
            "at",
            Cells::Timestamp(
                (0..rows as i64).map(|row| Some(1_704_067_200 + 3_600 * row)).collect(),
            ),
        ),
        ("flag", Cells::Boolean((0..rows).map(|row| Some(row % 2 == 0)).collect())),
    ])
}

fn json(profile: &Profile) -> String {
    serde_json::to_string(profile).unwrap()
}

const CANARIES: [&str; 5] = ["canary", "31337", "2024-", "17040", "N/A"];

#[test]
fn no_value_is_left_when_all_are_redacted() {
    let whole = profile(&customers());
    for canary in CANARIES {
        assert!(json(&whole).contains(canary), "{canary} would show");
    }
    let redacted = whole.clone().redacted(Redaction::All);
    let document = json(&redacted);
    for canary in CANARIES {
        assert!(!document.contains(canary), "{canary}: {document}");
    }
    assert_eq!(redacted.redacted_columns.len(), 7);
    // What is found, and where, is still told.
    let kinds = |profile: &Profile| -> Vec<_> {
        profile.findings.iter().map(|it| (it.kind, it.column.clone(), it.columns.clone())).collect()
    };
    assert_eq!(kinds(&redacted), kinds(&whole));
    assert_eq!(redacted.columns[0].distinct, whole.columns[0].distinct);
    assert_eq!(redacted.columns[1].null_share, whole.columns[1].null_share);
}

/// The profile, now that its row 3 was found three times.
fn with_a_repeated_row(profile: Profile, text: &str) -> Profile {
    let group = DuplicateGroup { first_row: 3, count: 3 };
    let found = Duplicates { evaluated_rows: 60, duplicate_rows: 2, groups: vec![group] };
    let cells = profile.columns.iter().map(|column| Cell::Text(format!("{text} {}", column.name)));
    let cells = vec![cells.collect()];
    profile.with_duplicate_rows(&found, cells)
}

#[test]
fn repeated_rows_are_told_without_redacted_values() {
    let whole = with_a_repeated_row(profile(&customers()), "canary of");
    assert!(json(&whole).contains("canary of price"));
    let nothing = json(&whole.clone().redacted(Redaction::All));
    assert!(!nothing.contains("canary"), "{nothing}");
    let redacted = whole.redacted(Redaction::Personal);
    let [row] = &redacted.duplicate_rows.as_ref().unwrap().most_frequent[..] else { panic!() };
    assert_eq!((row.first_row, row.count, &row.cells[0]), (3, 3, &Cell::Null));
    assert_eq!(row.cells[3], Cell::Text("canary of price".to_owned()));
}

#[test]
fn only_personal_columns_are_redacted_on_request() {
    let redacted = profile(&customers()).redacted(Redaction::Personal);
    assert_eq!(redacted.redacted_columns, ["mail"]);
    let document = json(&redacted);
    assert!(!document.contains("mail.example"));
    assert!(document.contains("canary word") && document.contains("31337"));
}
