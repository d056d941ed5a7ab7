//! The engine through the scanning port.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, DictionaryArray, Float32Array, Int16Array, LargeStringArray, ListArray,
    TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{Int8Type, Int32Type};
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{DuplicateGroup, ScanPlan, TableScanner};
use shared_kernel_domain::summary::{ContentDigestSummary, Summary};
use shared_kernel_domain::table::{Cell, TableReference};
use testkit::{
    Double, Trace, scanner_example, scratch_tables_conformance, table_scanner_conformance,
};

use crate::tables::{Bench, numbered, schema, write_parquet};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Three parts of 2,500 rows in row groups of 400, read as one table.
fn three_parts(bench: &Bench) -> TableReference {
    for part in 0..3 {
        let path = bench.path(&format!("parts/part-{part}.parquet"));
        write_parquet(&path, numbered(part * 2_500, 2_500), 400);
    }
    bench.ingest(bench.path("parts").to_str().unwrap()).unwrap().table
}

fn summarize<S: Summary>(
    bench: &Bench,
    table: &TableReference,
    columns: &[&str],
    summary: S,
) -> Vec<u8> {
    let mut plan = ScanPlan::default();
    let slot = plan.add(columns, summary);
    let outcome = bench.engine.summarize(table, plan, &Cancellation::default()).unwrap();
    assert_eq!(outcome.rows, table.rows);
    outcome.get(slot).unwrap().to_bytes().unwrap()
}

#[test]
fn the_engine_scans_as_the_port_promises() {
    for threads in [1, 4] {
        let bench = Bench::with(threads, 64 << 20);
        let table = bench.read("example.csv", scanner_example().to_csv()).unwrap().table;
        table_scanner_conformance(bench.engine.as_ref(), &table);
    }
}

#[test]
fn tables_are_stored_for_the_time_in_which_they_are_held() {
    let bench = Bench::with(2, 64 << 20);
    scratch_tables_conformance(&bench.ingest, bench.engine.as_ref());
}

/// Every type, and lists and structs as the columns that they are.
#[test]
fn a_table_that_is_stored_again_is_the_same() {
    use shared_kernel_domain::scratch::ScratchTables;
    let bench = Bench::with(2, 64 << 20);
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let decimals = arrow::array::Decimal128Array::from(vec![Some(-12_345), None]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("list", Arc::new(lists)),
        ("decimal", Arc::new(decimals.with_precision_and_scale(9, 2).unwrap())),
        ("bytes", Arc::new(arrow::array::BinaryArray::from(vec![Some(&b"\xff"[..]), None]))),
        ("truth", Arc::new(arrow::array::BooleanArray::from(vec![None, Some(true)]))),
        ("day", Arc::new(Date32Array::from(vec![Some(-1), None]))),
        ("at", Arc::new(TimestampSecondArray::from(vec![Some(7), None]).with_timezone("+02:00"))),
        ("time", Arc::new(arrow::array::Time32SecondArray::from(vec![Some(7), None]))),
        ("span", Arc::new(arrow::array::DurationSecondArray::from(vec![Some(7), None]))),
        ("nothing", Arc::new(arrow::array::NullArray::new(2))),
        ("text", Arc::new(LargeStringArray::from(vec![None, Some("Zürich")]))),
    ];
    let path = bench.path("all.parquet");
    write_parquet(&path, columns, 1);
    let table = bench.ingest(path.to_str().unwrap()).unwrap().table;
    let all = names(&table.schema.names().collect::<Vec<_>>());
    let stop = Cancellation::default();
    let again = bench
        .ingest
        .store(&table.schema, &mut |sink| bench.engine.stream(&table, &all, &stop, sink));
    let again = again.unwrap().table;
    assert_eq!((&again.schema, again.rows), (&table.schema, 2));
    assert_eq!(again.digest, table.digest, "the same values");
}

#[test]
fn rows_of_many_parts_are_numbered_and_merged_in_order() {
    let bench = Bench::with(4, 64 << 20);
    let table = three_parts(&bench);
    assert_eq!((table.parts.len(), table.rows), (3, 7_500));
    let seen = summarize(&bench, &table, &["number"], Trace::default());
    let mut trace = Trace::default();
    trace.merge_bytes(&seen).unwrap();
    assert!(trace.0.iter().copied().eq((0..7_500).map(|row| (row, row))));
}

#[test]
fn later_parts_are_scanned_without_the_earlier_ones() {
    let bench = Bench::with(4, 64 << 20);
    let table = three_parts(&bench);
    // Nobody looks at the first file any more.
    std::fs::remove_file(&table.parts[0].location).unwrap();
    for (first_part, rows) in [(1, 2_500..7_500), (2, 5_000..7_500)] {
        let mut plan = ScanPlan::default();
        let slot = plan.add(&["number"], Trace::default());
        let cancellation = Cancellation::default();
        let engine = &bench.engine;
        let outcome = engine.summarize_from(&table, first_part, plan, &cancellation).unwrap();
        assert_eq!(outcome.rows, rows.end as u64 - rows.start as u64);
        assert!(outcome.get(slot).unwrap().0.iter().copied().eq(rows.map(|row| (row, row))));
    }
}

#[test]
fn one_thread_and_many_give_the_same_bytes() {
    let one = Bench::with(1, 64 << 20);
    let many = Bench::with(4, 64 << 20);
    let table = three_parts(&one);
    let columns = ["number", "text"];
    for _ in 0..3 {
        assert_eq!(
            summarize(&one, &table, &["number"], Trace::default()),
            summarize(&many, &table, &["number"], Trace::default())
        );
        assert_eq!(
            summarize(&one, &table, &columns, ContentDigestSummary::default()),
            summarize(&many, &table, &columns, ContentDigestSummary::default())
        );
    }
}

#[test]
fn many_summaries_of_a_wide_table_take_one_scan() {
    let bench = Bench::new();
    let header: Vec<String> = (0..2_000).map(|column| format!("c{column}")).collect();
    let record: Vec<String> = (0..2_000).map(|column| column.to_string()).collect();
    let text = format!("{}\n{}\n{}\n", header.join(","), record.join(","), record.join(","));
    let table = bench.read("wide.csv", text).unwrap().table;
    let mut plan = ScanPlan::default();
    let slots: Vec<_> =
        header.iter().map(|name| plan.add(&[name.as_str()], Trace::default())).collect();
    let outcome = bench.engine.summarize(&table, plan, &Cancellation::default()).unwrap();
    for (column, slot) in (0..).zip(slots) {
        assert_eq!(outcome.get(slot).unwrap().0, [(0, column), (1, column)]);
    }
}

#[test]
fn values_of_a_row_function_come_in_row_order() {
    let bench = Bench::with(4, 64 << 20);
    let table = three_parts(&bench);
    let function = Arc::new(Double(names(&["number"])));
    let mut seen = Vec::new();
    bench
        .engine
        .evaluate(&table, function, &Cancellation::default(), &mut |rows, values| {
            seen.extend(rows.iter().copied().zip(values.iter().copied()));
            Ok(())
        })
        .unwrap();
    assert!(seen.iter().copied().eq((0..7_500).map(|row| (row, row as f64 * 2.0))));
}

#[test]
fn batches_stream_in_row_order() {
    let bench = Bench::new();
    let table = three_parts(&bench);
    let mut rows = Vec::new();
    bench
        .engine
        .stream(&table, &names(&["text"]), &Cancellation::default(), &mut |batch| {
            rows.extend_from_slice(batch.rows);
            assert_eq!(batch.columns.len(), 1);
            assert_eq!(batch.columns[0].len, batch.len());
            Ok(())
        })
        .unwrap();
    assert!(rows.iter().copied().eq(0..7_500));
}

#[test]
fn a_stop_in_the_middle_of_a_stream_ends_it() {
    let bench = Bench::new();
    let table = three_parts(&bench);
    let stop = Cancellation::default();
    let mut batches = 0;
    let result = bench.engine.stream(&table, &names(&["number"]), &stop, &mut |_| {
        batches += 1;
        stop.cancel();
        Ok(())
    });
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Interrupted);
    assert_eq!(batches, 1);
}

#[test]
fn duplicates_are_counted_exactly() {
    let bench = Bench::with(3, 64 << 20);
    let text = "a,b\n1,x\n2,y\n1,x\n,\n2,y\n1,x\n,\n3,\n3,\n";
    let table = bench.read("duplicates.csv", text).unwrap().table;
    let none = Cancellation::default();
    let found = bench.engine.duplicates(&table, &[], 2, &none).unwrap();
    assert_eq!((found.evaluated_rows, found.duplicate_rows), (7, 4));
    let group = |first_row, count| DuplicateGroup { first_row, count };
    assert_eq!(found.groups, [group(0, 3), group(1, 2)]);
    let found = bench.engine.duplicates(&table, &names(&["b"]), 9, &none).unwrap();
    assert_eq!((found.evaluated_rows, found.duplicate_rows), (5, 3));
    let found = bench.engine.duplicates(&table, &names(&["b"]), 0, &none).unwrap();
    assert!(found.groups.is_empty());
}

#[test]
fn grouping_spills_within_a_small_memory_limit() {
    let bench = Bench::with(2, 24 << 20);
    let path = bench.path("many.parquet");
    write_parquet(&path, numbered(0, 600_000), 100_000);
    let table = bench.ingest(path.to_str().unwrap()).unwrap().table;
    let columns = names(&["number"]);
    let found = bench.engine.duplicates(&table, &columns, 3, &Cancellation::default()).unwrap();
    assert_eq!((found.evaluated_rows, found.duplicate_rows), (600_000, 0));
}

#[test]
fn too_little_memory_is_told_with_the_option_to_raise_it() {
    let bench = Bench::with(2, 1 << 20);
    let path = bench.path("many.parquet");
    write_parquet(&path, numbered(0, 300_000), 100_000);
    let table = bench.ingest(path.to_str().unwrap()).unwrap().table;
    let mut plan = ScanPlan::default();
    plan.add(&["number"], Trace::default());
    let result = bench.engine.summarize(&table, plan, &Cancellation::default());
    let error = result.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.hint_text().unwrap().contains("--memory"));
}

#[test]
fn single_rows_come_in_the_order_asked_for() {
    let bench = Bench::new();
    let table = three_parts(&bench);
    let rows = [7_499, 0, 2_500, 0, 403];
    let cells = bench.engine.rows(&table, &names(&["text", "number"]), &rows).unwrap();
    let expected = rows.map(|row| {
        let text = if row % 10 == 3 { Cell::Null } else { Cell::Text(format!("text {row}")) };
        vec![text, Cell::Integer(row as i64)]
    });
    assert_eq!(cells, expected);
    let error = bench.engine.rows(&table, &names(&["number"]), &[7_500]).unwrap_err();
    assert_eq!(error.what(), "row 7500 does not exist");
    assert!(bench.engine.rows(&table, &names(&["number"]), &[]).unwrap().is_empty());
}

#[test]
fn a_changed_file_is_not_scanned() {
    let bench = Bench::new();
    let path = bench.path("table.parquet");
    write_parquet(&path, numbered(0, 100), 50);
    let table = bench.ingest(path.to_str().unwrap()).unwrap().table;
    write_parquet(&path, numbered(1, 101), 50);
    let error = bench.engine.rows(&table, &names(&["number"]), &[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.what().ends_with("was changed since it was uploaded"), "{error}");
    assert!(error.hint_text().is_some());
    std::fs::remove_file(&path).unwrap();
    let error = bench.engine.rows(&table, &names(&["number"]), &[0]).unwrap_err();
    assert!(error.what().ends_with("cannot be reached"), "{error}");
}

/// A decoder that panics on what was damaged must not look like the end of the table.
#[test]
fn a_damaged_file_is_read_whole_or_refused() {
    let bench = Bench::new();
    let path = bench.path("table.parquet");
    write_parquet(&path, numbered(0, 600), 200);
    let bytes = std::fs::read(&path).unwrap();
    let mut state = 7_u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % bound
    };
    let mut refused = 0;
    for number in 0..4_000 {
        let mut damaged = bytes.clone();
        for _ in 0..=number % 4 {
            let place = below(damaged.len());
            damaged[place] = below(256) as u8;
        }
        let name = format!("damaged/{number}.parquet");
        let mut rows = 0;
        let read = bench.read(&name, damaged).and_then(|read| {
            let columns: Vec<String> = read.table.schema.names().map(str::to_owned).collect();
            let none = Cancellation::default();
            bench.engine.stream(&read.table, &columns, &none, &mut |batch| {
                rows += batch.len();
                Ok(())
            })
        });
        match read {
            Ok(()) => assert_eq!(rows, 600, "{name}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Input, "{name}: {error}");
                refused += 1;
            }
        }
    }
    assert!((10..4_000).contains(&refused), "{refused}");
}

#[test]
fn stored_types_are_seen_as_a_few() {
    let bench = Bench::new();
    let path = bench.path("types.parquet");
    let dictionary: DictionaryArray<Int8Type> = [Some("a"), None, Some("b")].into_iter().collect();
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), None]),
        None,
        Some(vec![]),
    ]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("small", Arc::new(Int16Array::from(vec![Some(-5), None, Some(7)]))),
        ("single", Arc::new(Float32Array::from(vec![0.5, f32::NAN, -1.0]))),
        ("unsigned", Arc::new(UInt64Array::from(vec![u64::MAX, 0, 1]))),
        ("large", Arc::new(LargeStringArray::from(vec!["x", "", "z"]))),
        ("dictionary", Arc::new(dictionary)),
        ("list", Arc::new(lists)),
        ("date", Arc::new(Date32Array::from(vec![0, -1, 19_782]))),
        ("time", Arc::new(TimestampSecondArray::from(vec![0, 1, 2]).with_timezone("+01:00"))),
    ];
    write_parquet(&path, columns, 2);
    let table = bench.ingest(path.to_str().unwrap()).unwrap().table;
    assert_eq!(
        schema(&table),
        "small:integer single:float unsigned:decimal large:text dictionary:text list:list date:date time:timestamp"
    );
    let cells = bench.cells(&table);
    assert_eq!(
        cells[0],
        [
            "-5",
            "0.5",
            "18446744073709551615",
            "x",
            "a",
            "[1,null]",
            "1970-01-01",
            "1970-01-01T00:00:00Z"
        ]
    );
    assert_eq!(cells[1][..6], ["null", "NaN", "0", "", "null", "null"]);
    assert_eq!(cells[2][5..7], ["[]", "2024-02-29"]);
}
