//! What every writer of a split table does; each panics where one does not.

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::table::TableReference;

use crate::examination::{InvalidRow, QuarantineFiles, QuarantineWriter};

/// `table` has five rows at least; nothing is at `folder`, and `is_there` says whether something is.
pub fn quarantine_writer_conformance(
    writer: &dyn QuarantineWriter,
    folder: &str,
    table: &TableReference,
    is_there: &dyn Fn() -> bool,
) {
    let begin = |replace| writer.begin(folder, table, replace);
    drop(begin(false).expect("a split"));
    assert!(!is_there(), "a split that was given up leaves nothing");
    let mut unfinished = begin(false).expect("a split");
    unfinished.take(1, &[]).expect("a row");
    assert!(unfinished.finish().is_err(), "some rows were not taken");
    assert!(!is_there());
    quarantine_files_conformance(begin(false).expect("a split"), table.rows, is_there);
    let refused = begin(false).err().expect("nothing is replaced unasked");
    assert_eq!(refused.kind(), ErrorKind::Usage);
    quarantine_files_conformance(begin(true).expect("a split"), table.rows, &|| true);
}

/// A split of so many rows, at least five, that was just begun.
pub fn quarantine_files_conformance(
    mut files: Box<dyn QuarantineFiles>,
    rows: u64,
    is_there: &dyn Fn() -> bool,
) {
    let invalid = |row: u64| InvalidRow { row, rules: vec!["a".to_owned(), "b".to_owned()] };
    files.take(2, &[invalid(1)]).expect("rows");
    files.take(0, &[]).expect("nothing is a piece too");
    files.take(rows - 2, &[invalid(2), invalid(4)]).expect("rows");
    let split = files.finish().expect("finished");
    assert!(is_there());
    assert_eq!((split.all.rows, split.valid.rows, split.invalid.rows), (rows, rows - 3, 3));
    let number = |digest: &str| u128::from_str_radix(digest, 16).expect("a digest");
    let sum = number(&split.valid.digest).wrapping_add(number(&split.invalid.digest));
    assert_eq!(number(&split.all.digest), sum, "the parts make the whole");
    assert_eq!(split.all.digest.len(), 32);
}
