use std::sync::Arc;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{DuplicateGroup, RowFunction, ScanPlan, TableScanner};
use shared_kernel_domain::summary::{ContentDigestSummary, Summary};
use shared_kernel_domain::table::{Batch, TableReference, Values};
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::{MemoryTable, Trace};

/// Rows of [`scanner_example`].
const ROWS: i64 = 500;

/// After so many rows the example begins anew: 100 of its rows stand there three times, 100 twice.
const PERIOD: i64 = 200;

/// The table of [`table_scanner_conformance`]: a column of each usual type, most with nulls.
pub fn scanner_example() -> MemoryTable {
    let rows = || (0..ROWS).map(|row| row % PERIOD);
    MemoryTable::named("example")
        .integers("number", rows().map(Some))
        .floats("share", rows().map(|row| (row % 7 != 2).then_some(row as f64 / 4.0 + 0.125)))
        .texts("carrier", rows().map(carrier))
        .booleans("late", rows().map(|row| (row % 5 != 1).then_some(row % 2 == 0)))
        .dates("day", rows().map(|row| Some(15_706 + row as i32 % 40)))
}

/// Half of the rows are Zürich, a quarter each are UA, which comes first, and null.
fn carrier(number: i64) -> Option<&'static str> {
    [Some("UA"), Some("Zürich"), Some("Zürich"), None][number as usize % 4]
}

/// Twice the whole number of a row; an error for other values.
pub struct Double(pub Vec<String>);

impl RowFunction for Double {
    fn columns(&self) -> &[String] {
        &self.0
    }

    fn evaluate(&self, batch: &Batch<'_>) -> Result<Vec<f64>> {
        let Some(Values::Integer(values)) = batch.columns.first().map(|column| column.values)
        else {
            return Err(Error::input("the column is not whole numbers").hint("choose another"));
        };
        Ok(values.iter().map(|&value| value as f64 * 2.0).collect())
    }
}

/// What every scanner must do with `table`, by which it knows [`scanner_example`].
pub fn table_scanner_conformance(scanner: &dyn TableScanner, table: &TableReference) {
    let example = scanner_example();
    assert_eq!(table.schema, example.reference().schema, "the scanner knows the example");
    assert_eq!(table.rows, ROWS as u64);
    summaries_see_every_row_once_in_order(scanner, table, &example);
    values_of_a_function_come_in_row_order(scanner, table);
    columns_stream_as_they_were_asked_for(scanner, table);
    duplicates_are_exact(scanner, table);
    rows_come_as_they_were_asked_for(scanner, table, &example);
    errors_come_out_as_they_are(scanner, table);
    what_is_not_there_is_named(scanner, table);
    a_stop_is_heard(scanner, table);
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn summaries_see_every_row_once_in_order(
    scanner: &dyn TableScanner,
    table: &TableReference,
    example: &MemoryTable,
) {
    let columns: Vec<&str> = table.schema.names().collect();
    let mut plan = ScanPlan::default();
    let trace = plan.add(&["number"], Trace::default());
    let digest = plan.add(&columns, ContentDigestSummary::default());
    let same = plan.add(&["number"], Trace::default());
    let outcome = scanner.summarize(table, plan, &Cancellation::default()).expect("a scan");
    assert_eq!(outcome.rows, table.rows);
    let expected: Vec<(i64, i64)> = (0..ROWS).map(|row| (row, row % PERIOD)).collect();
    assert_eq!(outcome.get(trace).expect("its summary").0, expected);
    assert_eq!(outcome.get(same).expect("its summary").0, expected);

    let mut whole = ContentDigestSummary::default();
    let filled = example.for_each_batch(&names(&columns), ROWS as usize, |all| whole.update(all));
    filled.expect("a table in memory");
    let digest = outcome.get(digest).expect("its summary");
    assert_eq!(
        digest.to_bytes().expect("bytes"),
        whole.to_bytes().expect("bytes"),
        "every value of every type is seen as it is"
    );
}

fn values_of_a_function_come_in_row_order(scanner: &dyn TableScanner, table: &TableReference) {
    let mut seen = Vec::new();
    let function = Arc::new(Double(names(&["number"])));
    let evaluated =
        scanner.evaluate(table, function, &Cancellation::default(), &mut |rows, values| {
            seen.extend(rows.iter().copied().zip(values.iter().copied()));
            Ok(())
        });
    evaluated.expect("a scan");
    assert!(seen.into_iter().eq((0..ROWS).map(|row| (row, (row % PERIOD) as f64 * 2.0))));
}

fn columns_stream_as_they_were_asked_for(scanner: &dyn TableScanner, table: &TableReference) {
    let mut seen = Vec::new();
    let columns = names(&["carrier", "number"]);
    let streamed = scanner.stream(table, &columns, &Cancellation::default(), &mut |batch| {
        let [carrier, number] = batch.columns else { return Err(Error::internal("two columns")) };
        let (Values::Text(texts), Values::Integer(numbers)) = (carrier.values, number.values)
        else {
            return Err(Error::internal("other columns"));
        };
        for (index, &row) in batch.rows.iter().enumerate() {
            let text = carrier.is_valid(index).then(|| texts.get(index).to_owned());
            seen.push((row, text, numbers[index]));
        }
        Ok(())
    });
    streamed.expect("a scan");
    let expected = (0..ROWS).map(|row| {
        let number = row % PERIOD;
        (row, carrier(number).map(str::to_owned), number)
    });
    assert!(seen.into_iter().eq(expected));
}

fn duplicates_are_exact(scanner: &dyn TableScanner, table: &TableReference) {
    let find = |columns: &[&str], examples| {
        let found = scanner.duplicates(table, &names(columns), examples, &Cancellation::default());
        found.expect("a scan")
    };
    let group = |first_row, count| DuplicateGroup { first_row, count };
    let of_all = find(&[], 3);
    assert_eq!((of_all.evaluated_rows, of_all.duplicate_rows), (500, 300));
    assert_eq!(of_all.groups, [group(0, 3), group(1, 3), group(2, 3)]);
    assert_eq!(find(&["number"], 200).groups.last(), Some(&group(199, 2)));
    let of_one = find(&["carrier"], 9);
    assert_eq!((of_one.evaluated_rows, of_one.duplicate_rows), (375, 373));
    assert_eq!(of_one.groups, [group(1, 250), group(0, 125)], "the largest first");
    assert!(find(&["carrier"], 0).groups.is_empty());
}

fn rows_come_as_they_were_asked_for(
    scanner: &dyn TableScanner,
    table: &TableReference,
    example: &MemoryTable,
) {
    let columns = names(&["day", "carrier", "number", "late", "share"]);
    let rows = [499, 0, 2, 251, 0];
    let cells = scanner.rows(table, &columns, &rows).expect("rows");
    let expected = rows.map(|row| example.cells(&columns, row as usize).expect("a row"));
    assert_eq!(cells, expected);
    assert!(scanner.rows(table, &columns, &[]).expect("no rows").is_empty());
}

fn errors_come_out_as_they_are(scanner: &dyn TableScanner, table: &TableReference) {
    let none = Cancellation::default();
    let function = Arc::new(Double(names(&["carrier"])));
    let error = scanner.evaluate(table, function, &none, &mut |_, _| Ok(()));
    let error = error.expect_err("not whole numbers");
    assert_eq!(error.what(), "the column is not whole numbers");
    assert_eq!(error.hint_text(), Some("choose another"));
    let sink = &mut |_: &Batch<'_>| Err(Error::unavailable("the sink is full"));
    let error = scanner.stream(table, &names(&["number"]), &none, sink).expect_err("a full sink");
    assert_eq!((error.kind(), error.what()), (ErrorKind::Unavailable, "the sink is full"));
}

fn what_is_not_there_is_named(scanner: &dyn TableScanner, table: &TableReference) {
    let none = Cancellation::default();
    let nothing = names(&["nothing"]);
    let function = Arc::new(Double(nothing.clone()));
    let mut plan = ScanPlan::default();
    plan.add(&["nothing"], Trace::default());
    let errors = [
        scanner.summarize(table, plan, &none).map(|_| ()),
        scanner.evaluate(table, function, &none, &mut |_, _| Ok(())),
        scanner.stream(table, &nothing, &none, &mut |_| Ok(())),
        scanner.duplicates(table, &nothing, 1, &none).map(|_| ()),
        scanner.rows(table, &nothing, &[0]).map(|_| ()),
    ]
    .map(|result| result.expect_err("no such column"));
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.what().contains("nothing"), "{error}");
    }
    let error = scanner.rows(table, &names(&["number"]), &[0, 500]).expect_err("no such row");
    assert_eq!((error.kind(), error.what()), (ErrorKind::Input, "row 500 does not exist"));
}

fn a_stop_is_heard(scanner: &dyn TableScanner, table: &TableReference) {
    let stop = Cancellation::default();
    stop.cancel();
    let columns = names(&["number"]);
    let function = Arc::new(Double(columns.clone()));
    let mut plan = ScanPlan::default();
    plan.add(&["number"], Trace::default());
    let kinds = [
        scanner.summarize(table, plan, &stop).map(|_| ()),
        scanner.evaluate(table, function, &stop, &mut |_, _| Ok(())),
        scanner.stream(table, &columns, &stop, &mut |_| Ok(())),
        scanner.duplicates(table, &columns, 1, &stop).map(|_| ()),
    ]
    .map(|result| result.expect_err("stopped").kind());
    assert_eq!(kinds, [ErrorKind::Interrupted; 4]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryScanner;

    #[test]
    fn tables_in_memory_are_scanned() {
        for rows in [1, 64, 1_000] {
            let scanner = MemoryScanner::in_batches_of(rows);
            let table = scanner.add(&scanner_example());
            table_scanner_conformance(&scanner, &table);
        }
    }
}
