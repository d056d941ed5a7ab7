use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::scratch::{ScratchTable, ScratchTables};
use shared_kernel_domain::table::Cell;
use shared_kernel_domain::{Error, ErrorKind};

use crate::{MemoryTable, scanner_example, table_scanner_conformance};

/// What every store of tables for a while must do, with the scanner that reads them.
pub fn scratch_tables_conformance(scratch: &dyn ScratchTables, scanner: &dyn TableScanner) {
    let first = store(scratch, &scanner_example());
    table_scanner_conformance(scanner, &first.table);
    an_equal_table_goes_alone(scratch, scanner, &first);
    a_table_without_rows_has_its_columns(scratch, scanner);
    errors_come_out_as_they_are(scratch);
}

fn store(scratch: &dyn ScratchTables, table: &MemoryTable) -> ScratchTable {
    let schema = table.reference().schema;
    let columns: Vec<String> = schema.names().map(str::to_owned).collect();
    let mut rows = |sink: &mut shared_kernel_domain::scan::BatchSink<'_>| {
        table.for_each_batch(&columns, 37, |batch| sink(batch))
    };
    scratch.store(&schema, &mut rows).expect("a stored table")
}

fn an_equal_table_goes_alone(
    scratch: &dyn ScratchTables,
    scanner: &dyn TableScanner,
    first: &ScratchTable,
) {
    let number = ["number".to_owned()];
    let second = store(scratch, &scanner_example());
    let gone = second.table.clone();
    drop(second);
    scanner.rows(&gone, &number, &[3]).expect_err("the table is gone");
    let cells = scanner.rows(&first.table, &number, &[3]).expect("the other one is there");
    assert_eq!(cells, [[Cell::Integer(3)]]);
}

fn a_table_without_rows_has_its_columns(scratch: &dyn ScratchTables, scanner: &dyn TableScanner) {
    let example = MemoryTable::named("empty").integers("n", []).texts("t", []);
    let schema = example.reference().schema;
    let empty = scratch
        .store(&schema, &mut |sink| {
            let table = MemoryTable::named("one").integers("n", [Some(1)]).texts("t", [None]);
            let columns = ["n".to_owned(), "t".to_owned()];
            table.for_each_batch(&columns, 1, |batch| {
                let cut = crate::cells::without_rows;
                let columns: Vec<_> = batch.columns.iter().map(cut).collect();
                sink(&shared_kernel_domain::table::Batch { rows: &[], columns: &columns })
            })
        })
        .expect("a stored table");
    assert_eq!((empty.table.rows, &empty.table.schema), (0, &schema));
    let none = Cancellation::default();
    let mut rows = 0;
    let columns = ["n".to_owned()];
    let counted = scanner.stream(&empty.table, &columns, &none, &mut |batch| {
        rows += batch.len();
        Ok(())
    });
    counted.expect("a scan");
    assert_eq!(rows, 0);
}

fn errors_come_out_as_they_are(scratch: &dyn ScratchTables) {
    let schema = scanner_example().reference().schema;
    let failed = scratch.store(&schema, &mut |_| Err(Error::interrupted()));
    assert_eq!(failed.expect_err("no table").kind(), ErrorKind::Interrupted);
    let nothing = scratch.store(&schema, &mut |_| Ok(()));
    assert_eq!(nothing.expect_err("no batch").kind(), ErrorKind::Internal);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryScanner;

    #[test]
    fn tables_in_memory_are_held() {
        let scanner = MemoryScanner::in_batches_of(64);
        scratch_tables_conformance(&scanner, &scanner);
    }
}
