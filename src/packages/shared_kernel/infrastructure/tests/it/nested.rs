//! What lies within nested columns, through the scanning port, whatever file it comes from.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::Array as _;
use arrow::array::{
    ArrayRef, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    TimestampMillisecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Fields, TimeUnit};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{ScanPlan, TableScanner};
use shared_kernel_domain::summary::{ColumnProfileSummary, ListLengths};
use shared_kernel_domain::table::{Cell, NestedContent, TableReference};

use crate::avro::written;
use crate::tables::{Bench, schema, write_parquet};

/// Orders with lines: `at` where there is an order, two lines or none.
fn orders(rows: usize) -> ArrayRef {
    let lines: Vec<usize> = (0..rows).map(|row| row % 3).collect();
    let all: usize = lines.iter().sum();
    let fields = Fields::from(vec![
        Field::new("sku", DataType::Utf8, true),
        Field::new("count", DataType::Int64, true),
    ]);
    let line = StructArray::new(
        fields.clone(),
        vec![
            Arc::new(
                (0..all).map(|line| Some(format!("sku{}", line % 5))).collect::<StringArray>(),
            ),
            Arc::new(
                (0..all as i64).map(|line| (line % 4 > 0).then_some(line)).collect::<Int64Array>(),
            ),
        ],
        None,
    );
    let item = Arc::new(Field::new("item", DataType::Struct(fields), true));
    let list = ListArray::new(item, OffsetBuffer::from_lengths(lines), Arc::new(line), None);
    let at = (0..rows as i64).map(|row| 1_704_067_200_000 + row).collect::<Vec<_>>();
    let fields = Fields::from(vec![
        Field::new("at", DataType::Timestamp(TimeUnit::Millisecond, None), true),
        Field::new("lines", list.data_type().clone(), true),
    ]);
    let there: NullBuffer = (0..rows).map(|row| row % 10 != 9).collect();
    let at = Arc::new(TimestampMillisecondArray::from(at));
    Arc::new(StructArray::new(fields, vec![at, Arc::new(list)], Some(there)))
}

/// Every field with what was found, and the states of all summaries.
fn found(bench: &Bench, table: &TableReference) -> (Vec<String>, Vec<Vec<u8>>) {
    let nested = bench.engine.nested(table).unwrap();
    assert!(nested.left_out.is_empty(), "{:?}", nested.left_out);
    let mut plan = ScanPlan::default();
    let names: Vec<&str> = table.schema.names().collect();
    let _ = plan.add(&names[..1], ColumnProfileSummary::new());
    let slots: Vec<_> = nested
        .fields
        .iter()
        .map(|field| match field.content {
            NestedContent::Values(_) => Ok(plan.add_nested(field, ColumnProfileSummary::new())),
            NestedContent::Lengths => Err(plan.add_nested(field, ListLengths::new())),
        })
        .collect();
    let outcome = bench.engine.summarize(table, plan, &Cancellation::default()).unwrap();
    let mut told = Vec::new();
    for (field, slot) in nested.fields.iter().zip(slots) {
        let mut line = field.path.clone();
        match (field.content, slot) {
            (NestedContent::Values(column_type), Ok(slot)) => {
                let summary = outcome.get(slot).unwrap();
                let counts = summary.counts();
                let distinct = summary.distinct().value;
                let smallest = summary.extreme_values().smallest();
                let first = smallest.first().map_or_else(String::new, Cell::to_string);
                write!(
                    line,
                    " {} {}/{} {distinct} {first}",
                    column_type.name(),
                    counts.values(),
                    counts.rows
                )
                .unwrap();
            }
            (_, Err(slot)) => {
                let lengths = outcome.get(slot).unwrap();
                let (items, range) = (lengths.items(), lengths.range());
                write!(line, " {}/{} {items} {range:?}", lengths.lists(), lengths.places())
                    .unwrap();
            }
            _ => unreachable!(),
        }
        told.push(line);
    }
    let states = outcome.summaries().map(|summary| summary.to_bytes().unwrap());
    (told, states.collect())
}

#[test]
fn parquet_arrow_and_avro_tell_the_same_of_the_same() {
    let bench = Bench::new();
    let orders = orders(60);
    let path = bench.path("orders.parquet");
    write_parquet(&path, vec![("order", orders.clone())], 7);
    let parquet = bench.ingest(path.to_str().unwrap()).unwrap().table;
    assert_eq!(schema(&parquet), "order:struct");
    let expected = [
        "order.at timestamp 54/60 54 2024-01-01T00:00:00",
        "order.lines[] 54/60 54 Some((0, 2))",
        "order.lines[].sku text 54/54 5 sku0",
        "order.lines[].count integer 40/54 40 1",
    ];
    let of_parquet = found(&bench, &parquet).0;
    assert_eq!(of_parquet[..2], expected[..2]);
    assert!(of_parquet[2].starts_with("order.lines[].sku text 54/54 5"), "{of_parquet:?}");

    let batch = RecordBatch::try_from_iter_with_nullable([("order", orders, true)]).unwrap();
    let mut ipc = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    ipc.write(&batch).unwrap();
    let arrow = bench.read("orders.arrow", ipc.into_inner().unwrap()).unwrap().table;
    let avro = bench.read("orders.avro", written(&[batch], None)).unwrap().table;
    for table in [arrow, avro] {
        assert_eq!(found(&bench, &table).0, of_parquet);
    }
}

#[test]
fn fields_of_records_are_those_of_their_names_in_every_file() {
    let bench = Bench::new();
    let point = |names: [&str; 2], values: [i64; 2]| -> ArrayRef {
        let column = |place: usize| -> (Arc<Field>, ArrayRef) {
            let field = Field::new(names[place], DataType::Int64, true);
            (Arc::new(field), Arc::new(Int64Array::from(vec![values[place]])))
        };
        Arc::new(StructArray::from(vec![column(0), column(1)]))
    };
    let folder = |name: &str, second: ArrayRef| {
        let path = |part: &str| bench.path(&format!("{name}/{part}.parquet"));
        write_parquet(&path("a"), vec![("point", point(["lat", "lon"], [1, 2]))], 10);
        write_parquet(&path("b"), vec![("point", second)], 10);
        bench.ingest(bench.path(name).to_str().unwrap()).map(|read| read.table)
    };
    for (name, second, expected) in [
        ("turned", point(["lon", "lat"], [20, 10]), r#"{"lat":10,"lon":20}"#),
        ("renamed", point(["longitude", "lat"], [20, 10]), r#"{"lat":10}"#),
    ] {
        let cells = bench.cells(&folder(name, second).unwrap());
        assert_eq!(cells, [[r#"{"lat":1,"lon":2}"#], [expected]], "{name}");
    }
    let error = folder("others", point(["x", "y"], [20, 10])).unwrap_err();
    assert!(error.what().ends_with("the records in column \"point\" have other fields"), "{error}");
}

#[test]
fn json_lines_are_looked_into() {
    let bench = Bench::new();
    let text = r#"{"id": 1, "tags": ["a", "b"], "who": {"name": "Ann", "age": 30}}
{"id": 2, "who": {"name": "Bob", "since": "2024-02-29"}, "tags": []}
{"id": 3, "tags": null, "extra": true}
{"id": 4, "who": null, "tags": ["a", null]}
"#;
    let table = bench.read("people.jsonl", text).unwrap().table;
    assert_eq!(
        found(&bench, &table).0,
        [
            "tags[] 3/4 4 Some((0, 2))",
            "tags[] text 3/4 2 a",
            "who.name text 2/4 2 Ann",
            "who.age integer 1/4 1 30",
            "who.since date 1/4 1 2024-02-29",
        ]
    );
    // what is not nested is not looked into, and costs nothing
    let flat = bench.read("flat.jsonl", "{\"a\": 1}\n{\"a\": 2}\n").unwrap().table;
    assert_eq!(
        bench.engine.nested(&flat).unwrap(),
        shared_kernel_domain::table::NestedSchema::default()
    );
}

#[test]
fn one_thread_and_many_find_the_same_bytes_within() {
    let mut text = String::new();
    for row in 0..3_000 {
        let _ = writeln!(
            text,
            r#"{{"id":{row},"v":{{"x":{}.5,"l":[{{"n":{}}},{{"n":{}}}]}}}}"#,
            row % 700,
            row * 7 % 1_000,
            row % 3
        );
    }
    let of = |threads| {
        let bench = Bench::with(threads, 64 << 20);
        let json = bench.read("t.jsonl", &text).unwrap().table;
        let path = bench.path("orders.parquet");
        write_parquet(&path, vec![("order", orders(3_000))], 100);
        let parquet = bench.ingest(path.to_str().unwrap()).unwrap().table;
        (found(&bench, &json), found(&bench, &parquet))
    };
    let one = of(1);
    for _ in 0..2 {
        assert_eq!(of(4), one);
    }
    assert_eq!(one.0.0[2], "v.l[].n integer 6000/6000 1000 0");
}
