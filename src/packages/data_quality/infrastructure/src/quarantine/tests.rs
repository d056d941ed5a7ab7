use std::sync::Arc;

use arrow::array::{
    Array, AsArray, Int32Array, Int64Array, ListArray, RecordBatch, RecordBatchReader, StringArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema};
use data_quality_domain::testing::{MemoryQuarantine, quarantine_writer_conformance};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::table::{
    ColumnType, ContentDigest, Field as TableField, TablePart, TableReference, TableSchema,
};

use super::*;

/// Two files: the second has other integers, another order and no list.
fn table(home: &Path) -> TableReference {
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>([
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
    ]);
    let list = Field::new("pynomaly_row", lists.data_type().clone(), true);
    let number = Field::new("number", DataType::Int32, false);
    let text = Field::new("text", DataType::Utf8, true);
    let first = RecordBatch::try_new(
        Arc::new(Schema::new(vec![number, text.clone(), list])),
        vec![
            Arc::new(Int32Array::from(vec![0, 1, 2])),
            Arc::new(StringArray::from(vec![Some("a"), None, Some("")])),
            Arc::new(lists),
        ],
    );
    let number = Field::new("number", DataType::Int64, true);
    let second = RecordBatch::try_new(
        Arc::new(Schema::new(vec![text, number])),
        vec![
            Arc::new(StringArray::from(vec!["d", "e", "f"])),
            Arc::new(Int64Array::from(vec![Some(3), Some(4), None])),
        ],
    );
    let mut parts = Vec::new();
    for (name, batch) in [("first.parquet", first.unwrap()), ("second.parquet", second.unwrap())] {
        let file = std::fs::File::create(home.join(name)).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        parts.push(TablePart { location: name.to_owned(), rows: 3, bytes: 0, modified: 0 });
    }
    let field = |name: &str, column_type| TableField { name: name.to_owned(), column_type };
    let fields = vec![
        field("number", ColumnType::Integer),
        field("text", ColumnType::Text),
        field("pynomaly_row", ColumnType::List),
    ];
    TableReference {
        parts,
        schema: TableSchema { fields },
        rows: 6,
        digest: ContentDigest::from_hex("00"),
    }
}

fn read(path: &Path) -> RecordBatch {
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    let schema = reader.schema();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

#[test]
fn every_row_is_in_one_file_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let table = table(home.path());
    let folder = home.path().join("split");
    let writer = LocalQuarantine::new(home.path().to_owned());
    let mut files = writer.begin(folder.to_str().unwrap(), &table, false).unwrap();
    let row = |row, rules: &[&str]| InvalidRow {
        row,
        rules: rules.iter().map(|&rule| rule.to_owned()).collect(),
    };
    files.take(4, &[row(1, &["a"]), row(3, &["a", "b; c"])]).unwrap();
    files.take(2, &[row(5, &["a"])]).unwrap();
    let split = files.finish().unwrap();
    assert_eq!((split.all.rows, split.valid.rows, split.invalid.rows), (6, 3, 3));

    let valid = read(&folder.join(VALID));
    let names: Vec<_> = valid.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["number", "text", "pynomaly_row"]);
    assert_eq!(valid.column(0).as_primitive::<Int32Type>().values(), &[0, 2, 4]);
    assert!(valid.column(2).as_list::<i32>().is_valid(1) && valid.column(2).is_null(2));
    let invalid = read(&folder.join(INVALID));
    let names: Vec<_> =
        invalid.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["number", "text", "pynomaly_row", "pynomaly_row_", "pynomaly_rules"]);
    assert_eq!(invalid.column(3).as_primitive::<Int64Type>().values(), &[1, 3, 5]);
    assert_eq!(invalid.column(4).as_string::<i32>().value(1), "a; b; c");
    assert!(invalid.column(0).is_null(2));
}

#[test]
fn the_digest_does_not_depend_on_the_order_and_sees_every_change() {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, true)]));
    let sum = |numbers: &[i32]| {
        let column = Arc::new(Int32Array::from(numbers.to_vec()));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column]).unwrap();
        let mut digests = RowDigests::of(&schema).unwrap();
        digests.add(&batch).unwrap();
        digests.row_set()
    };
    assert_eq!(sum(&[1, 2, 2, 3]), sum(&[2, 3, 1, 2]));
    assert_ne!(sum(&[1, 2, 2, 3]), sum(&[1, 2, 3, 3]));
    assert!(sum(&[1, 2]).makes_with(&sum(&[3, 2]), &sum(&[3, 2, 2, 1])));
    assert!(!sum(&[1, 2]).makes_with(&sum(&[3, 3]), &sum(&[3, 2, 2, 1])));
    assert!(!sum(&[1, 2]).makes_with(&sum(&[2, 3, 2]), &sum(&[3, 2, 2, 1])));
}

#[test]
fn what_is_in_the_way_stays() {
    let home = tempfile::tempdir().unwrap();
    let table = table(home.path());
    let writer = LocalQuarantine::new(home.path().to_owned());
    let file = home.path().join("first.parquet");
    let begin = |path: &Path, replace| {
        writer.begin(path.to_str().unwrap(), &table, replace).err().map(|error| error.kind())
    };
    assert_eq!(begin(&file, true), Some(ErrorKind::Usage), "a file is no folder");
    let folder = home.path().join("mine");
    std::fs::create_dir(&folder).unwrap();
    assert_eq!(begin(&folder, false), None, "an empty folder is none");
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    assert_eq!(begin(&folder, false), Some(ErrorKind::Usage));
    assert_eq!(begin(&folder, true), Some(ErrorKind::Usage), "only a split is replaced");
    assert_eq!(begin(&home.path().join("no/where"), false), Some(ErrorKind::Unavailable));
    let left: Vec<_> = std::fs::read_dir(home.path()).unwrap().collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn a_table_that_changed_is_not_split() {
    let home = tempfile::tempdir().unwrap();
    let table = table(home.path());
    let folder = home.path().join("split");
    let writer = LocalQuarantine::new(home.path().to_owned());
    let mut files = writer.begin(folder.to_str().unwrap(), &table, false).unwrap();
    assert_eq!(files.take(7, &[]).unwrap_err().kind(), ErrorKind::Input);
    drop(files);
    assert!(!folder.exists());
}

#[test]
fn splits_and_their_fake_keep_the_promises_of_the_ports() {
    let home = tempfile::tempdir().unwrap();
    let table = table(home.path());
    let folder = home.path().join("split");
    let writer = LocalQuarantine::new(home.path().to_owned());
    quarantine_writer_conformance(&writer, folder.to_str().unwrap(), &table, &|| folder.exists());
    let fake = MemoryQuarantine::default();
    quarantine_writer_conformance(&fake, "split", &table, &|| fake.of("split").is_some());
}
