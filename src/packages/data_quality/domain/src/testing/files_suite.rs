//! What every reader of contracts and every writer of failing rows does; each panics where one does
//! not.

use crate::contract::ContractFiles;
use crate::examination::{FailingRow, FailingRowsFile, FailingRowsFormat, FailingRowsWriter};

/// `known` is the path of a contract with this text; nothing is at that path and `.not`.
pub fn contract_files_conformance(files: &dyn ContractFiles, known: &str, text: &str) {
    let found = files.read(known).expect("a contract");
    assert_eq!((found.path.as_str(), found.text.as_str()), (known, text));
    assert!(files.read(&format!("{known}.not")).is_err(), "what is not there is told");
    assert!(files.beside(known, "other.csv").ends_with("other.csv"));
    assert_eq!(files.beside(known, "s3://bucket/a"), "s3://bucket/a", "an address stays one");
}

/// `is_finished` says whether a whole file is at `path`, where there is none yet.
pub fn failing_rows_writer_conformance(
    writer: &dyn FailingRowsWriter,
    path: &str,
    is_finished: &dyn Fn() -> bool,
) {
    let keys = ["id".to_owned()];
    let begin = || writer.create(path, FailingRowsFormat::Csv, &keys).expect("a file");
    drop(begin());
    assert!(!is_finished(), "a file that was given up is none");
    failing_rows_file_conformance(begin(), is_finished);
}

/// A file that was just begun, with one key column.
pub fn failing_rows_file_conformance(
    mut file: Box<dyn FailingRowsFile>,
    is_finished: &dyn Fn() -> bool,
) {
    let row = FailingRow {
        row: Some(3),
        rule: "kind.in_set".to_owned(),
        column: "kind".to_owned(),
        value: None,
        keys: vec![Some("7".to_owned())],
    };
    file.write(&[row]).expect("written");
    file.write(&[]).expect("nothing is a piece too");
    assert!(!is_finished(), "nothing is seen before the end");
    file.finish().expect("finished");
    assert!(is_finished());
}
