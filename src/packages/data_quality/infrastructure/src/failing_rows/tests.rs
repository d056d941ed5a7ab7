use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use data_quality_domain::examination::FailingRow;
use data_quality_domain::testing::{
    MemoryContracts, MemoryFailingRows, contract_files_conformance, failing_rows_writer_conformance,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use shared_kernel_domain::ErrorKind;

use super::*;

fn rows() -> Vec<FailingRow> {
    let row = |row, value: Option<&str>| FailingRow {
        row,
        rule: "kind.in_set".to_owned(),
        column: "kind".to_owned(),
        value: value.map(str::to_owned),
        keys: vec![Some("7".to_owned()), None],
    };
    // the last is of another table, and missing in this one
    vec![row(Some(3), Some("a \"b\", c")), row(Some(9), None), row(None, Some("x"))]
}

fn write(path: &Path, format: FailingRowsFormat) {
    let keys = ["id".to_owned(), "day".to_owned()];
    let mut file = LocalFailingRows.create(path.to_str().unwrap(), format, &keys).unwrap();
    file.write(&rows()).unwrap();
    file.write(&[]).unwrap();
    assert!(!path.exists(), "nothing is seen before the end");
    file.finish().unwrap();
}

#[test]
fn csv_quotes_what_needs_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failing.csv");
    write(&path, FailingRowsFormat::Csv);
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        "row,rule,column,value,key_id,key_day\n\
         3,kind.in_set,kind,\"a \"\"b\"\", c\",7,\n\
         9,kind.in_set,kind,,7,\n\
         ,kind.in_set,kind,x,7,\n"
    );
}

#[test]
fn parquet_reads_back_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failing.parquet");
    write(&path, FailingRowsFormat::Parquet);
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap());
    let batch = reader.unwrap().build().unwrap().next().unwrap().unwrap();
    let rows: Vec<Option<i64>> = batch.column(0).as_primitive::<Int64Type>().iter().collect();
    assert_eq!(rows, [Some(3), Some(9), None]);
    assert_eq!(batch.column(3).as_string::<i32>().value(0), "a \"b\", c");
    assert!(batch.column(3).is_null(1));
    assert_eq!(batch.column(4).as_string::<i32>().value(1), "7");
    assert!(batch.column(5).is_null(0));
}

#[test]
fn a_file_given_up_leaves_nothing_and_a_folder_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failing.csv");
    drop(LocalFailingRows.create(path.to_str().unwrap(), FailingRowsFormat::Csv, &[]).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let nowhere = folder.path().join("no/failing.csv");
    let refused =
        LocalFailingRows.create(nowhere.to_str().unwrap(), FailingRowsFormat::Csv, &[]).err();
    assert_eq!(refused.map(|error| error.kind()), Some(ErrorKind::Unavailable));
}

#[test]
fn files_and_their_fakes_keep_the_promises_of_the_ports() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failing.csv");
    failing_rows_writer_conformance(&LocalFailingRows, path.to_str().unwrap(), &|| path.exists());
    let fake = MemoryFailingRows::default();
    failing_rows_writer_conformance(&fake, "failing.csv", &|| fake.of("failing.csv").is_some());

    let contract = folder.path().join("contract.yaml");
    std::fs::write(&contract, "id: flights\n").unwrap();
    let known = contract.to_str().unwrap();
    contract_files_conformance(&crate::LocalContractFiles, known, "id: flights\n");
    let fake = MemoryContracts::default();
    fake.put("contract.yaml", "id: flights\n");
    contract_files_conformance(&fake, "contract.yaml", "id: flights\n");
}
