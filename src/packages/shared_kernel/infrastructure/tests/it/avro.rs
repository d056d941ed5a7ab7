//! Avro files through the ingest port; another writer writes what is read here.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array,
    Int32Array, Int64Array, ListArray, RecordBatch, StringArray, StructArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::WriterBuilder;
use arrow_avro::writer::format::AvroOcfFormat;
use proptest::prelude::*;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::ingest::TableFormat;

use crate::tables::{Bench, schema};

/// An Avro file of batches, a block each.
pub(crate) fn written(batches: &[RecordBatch], codec: Option<CompressionCodec>) -> Vec<u8> {
    let schema = batches[0].schema().as_ref().clone();
    let builder = WriterBuilder::new(schema).with_compression(codec);
    let mut writer = builder.build::<_, AvroOcfFormat>(Vec::new()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner()
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap()
}

fn long(value: i64) -> Vec<u8> {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    let mut bytes = Vec::new();
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

fn text(value: &[u8]) -> Vec<u8> {
    [long(value.len() as i64), value.to_vec()].concat()
}

const SYNC: &[u8; 16] = b"0123456789abcdef";

/// A file made by hand: a schema, a codec, and blocks of so many records.
fn made(schema: &str, codec: &str, blocks: &[(i64, &[u8])]) -> Vec<u8> {
    let mut file = b"Obj\x01".to_vec();
    file.extend(long(2));
    for (key, value) in [("avro.schema", schema), ("avro.codec", codec)] {
        file.extend([text(key.as_bytes()), text(value.as_bytes())].concat());
    }
    file.extend(long(0));
    file.extend(SYNC);
    for (records, bytes) in blocks {
        file.extend([long(*records), text(bytes), SYNC.to_vec()].concat());
    }
    file
}

fn record(fields: &str) -> String {
    format!(r#"{{"type":"record","name":"row","fields":[{fields}]}}"#)
}

fn people(rows: i64) -> RecordBatch {
    let names = (0..rows).map(|row| (row % 7 != 3).then(|| format!("name {row}")));
    batch(vec![
        ("id", Arc::new(Int64Array::from_iter_values(0..rows))),
        ("name", Arc::new(names.collect::<StringArray>())),
    ])
}

#[test]
fn every_codec_gives_the_same_table() {
    let bench = Bench::new();
    let batches = [people(20_000), people(1_000)];
    let plain = bench.read("plain.avro", written(&batches, None)).unwrap();
    assert_eq!((schema(&plain.table).as_str(), plain.table.rows), ("id:integer name:text", 21_000));
    assert_eq!(plain.evidence.format, TableFormat::Avro);
    for codec in [CompressionCodec::Deflate, CompressionCodec::Snappy, CompressionCodec::ZStandard]
    {
        let read = bench.read("packed", written(&batches, Some(codec))).unwrap();
        assert_eq!(read.table.digest, plain.table.digest, "{codec:?}");
    }
    let error = bench.read("xz.avro", made(r#""int""#, "xz", &[])).unwrap_err();
    assert!(error.what().contains("packed with xz"), "{error}");
}

#[test]
fn logical_types_are_what_they_mean() {
    let bench = Bench::new();
    let decimals = Decimal128Array::from(vec![Some(-1_234), None]);
    let decimals = decimals.with_precision_and_scale(9, 2).unwrap();
    let instants = TimestampMicrosecondArray::from(vec![Some(1_709_211_900_250_000), None]);
    let rows = batch(vec![
        ("day", Arc::new(Date32Array::from(vec![Some(19_782), None]))),
        ("time", Arc::new(Time64MicrosecondArray::from(vec![Some(47_100_000_000), None]))),
        ("at", Arc::new(instants.with_timezone("+00:00"))),
        ("local", Arc::new(TimestampMillisecondArray::from(vec![Some(1_709_211_900_000), None]))),
        ("price", Arc::new(decimals)),
        ("ok", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("raw", Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None]))),
        ("share", Arc::new(Float64Array::from(vec![Some(f64::NAN), None]))),
        ("small", Arc::new(Int32Array::from(vec![Some(i32::MIN), None]))),
    ]);
    let read = bench.read("types.avro", written(std::slice::from_ref(&rows), None)).unwrap();
    assert_eq!(
        schema(&read.table),
        "day:date time:time at:timestamp local:timestamp price:decimal ok:boolean raw:binary share:float small:integer"
    );
    let cells = bench.cells(&read.table);
    assert_eq!(
        cells[0][..6],
        [
            "2024-02-29",
            "13:05:00",
            "2024-02-29T13:05:00.25Z",
            "2024-02-29T13:05:00",
            "-12.34",
            "true",
        ]
    );
    assert!(cells[1].iter().all(|cell| cell == "null"), "{cells:?}");
}

#[test]
fn nested_values_are_json_as_in_arrow() {
    let bench = Bench::new();
    let inner = Fields::from(vec![
        Field::new("n", DataType::Int32, true),
        Field::new("t", DataType::Utf8, true),
        Field::new("f", DataType::Float64, true),
    ]);
    let structs = StructArray::new(
        inner,
        vec![
            Arc::new(Int32Array::from(vec![Some(1), None])),
            Arc::new(StringArray::from(vec![Some("a \"b\""), None])),
            Arc::new(Float64Array::from(vec![Some(0.5), Some(2.0)])),
        ],
        None,
    );
    let items = Arc::new(Field::new("item", DataType::Int32, true));
    let values = Arc::new(Int32Array::from(vec![Some(1), None, Some(3)]));
    let lists = ListArray::new(items, OffsetBuffer::from_lengths([3, 0]), values, None);
    let rows = batch(vec![("s", Arc::new(structs)), ("l", Arc::new(lists))]);
    let mut ipc = arrow::ipc::writer::FileWriter::try_new(Vec::new(), &rows.schema()).unwrap();
    ipc.write(&rows).unwrap();
    let arrow = bench.read("t.arrow", ipc.into_inner().unwrap()).unwrap();
    let avro = bench.read("t.avro", written(&[rows], None)).unwrap();
    assert_eq!(schema(&avro.table), "s:struct l:list");
    assert_eq!(bench.cells(&avro.table), bench.cells(&arrow.table));
    assert_eq!(avro.table.digest, arrow.table.digest);
    assert_eq!(bench.cells(&avro.table)[0][1], "[1,null,3]");
}

#[test]
fn unions_enums_and_maps_are_read() {
    let bench = Bench::new();
    let schema_text = record(
        r#"{"name":"u","type":["null","long","string"]},
           {"name":"n","type":["int","double"]},
           {"name":"e","type":{"type":"enum","name":"e","symbols":["red","blue"]}},
           {"name":"m","type":{"type":"map","values":["null","int"]}},
           {"name":"id","type":{"type":"fixed","name":"f","size":16,"logicalType":"uuid"}}"#,
    );
    let uuid = [0x11; 16];
    let first = [
        &long(1)[..],
        &long(-7),
        &long(1),
        &2.5_f64.to_le_bytes(),
        &long(1),
        &long(2),
        &text(b"a"),
        &long(1),
        &long(5),
        &text(b"b"),
        &long(0),
        &long(0),
        &uuid,
    ]
    .concat();
    let second =
        [&long(2)[..], &text(b"x"), &long(0), &long(4), &long(0), &long(0), &uuid].concat();
    let file = made(&schema_text, "null", &[(2, &[first, second].concat())]);
    let read = bench.read("t.avro", file).unwrap();
    assert_eq!(schema(&read.table), "u:text n:float e:text m:struct id:text");
    let id = "11111111-1111-1111-1111-111111111111";
    assert_eq!(
        bench.cells(&read.table),
        [["-7", "2.5", "blue", r#"{"a":5}"#, id], ["x", "4", "red", "{}", id]]
    );
    assert!(read.evidence.notes.iter().any(|note| note.contains("column u")), "{read:?}");
}

#[test]
fn a_damaged_file_is_an_error_that_says_where() {
    let bench = Bench::new();
    let good = made(&record(r#"{"name":"a","type":"long"}"#), "null", &[(2, &[2, 4])]);
    assert_eq!(bench.read("good.avro", &good).unwrap().table.rows, 2);
    let field = record(r#"{"name":"a","type":"long"}"#);
    let mut other_sync = good.clone();
    *other_sync.last_mut().unwrap() ^= 1;
    let bomb = zstd::encode_all(&vec![0_u8; 80 << 20][..], 1).unwrap();
    for (name, bytes, what) in [
        ("sync", other_sync, "sync marker"),
        ("cut", good[..good.len() - 17].to_vec(), "cut off"),
        ("few", made(&field, "null", &[(1, &[2, 4])]), "follow the last record"),
        ("many", made(&field, "null", &[(3, &[2, 4])]), "beyond the end"),
        ("claim", made(&field, "null", &[(1 << 60, &[2, 4])]), "cannot lie in 2 bytes"),
        ("snappy", made(&field, "snappy", &[(1, &[2])]), "checksum"),
        ("bomb", made(&field, "zstandard", &[(1, &bomb)]), "memory limit"),
        ("empty", made(&record(""), "null", &[]), "no columns"),
        ("header", b"Obj\x01\x02".to_vec(), "cut off"),
    ] {
        let error = bench.read(name, bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{name}");
        assert!(error.what().contains(what), "{name}: {error}");
        assert!(error.hint_text().is_some() && error.location().is_some(), "{name}");
    }
}

#[test]
fn a_file_without_rows_keeps_its_columns() {
    let bench = Bench::new();
    let schema_of = Schema::new(vec![Field::new("a", DataType::Int64, true)]);
    let empty = RecordBatch::new_empty(Arc::new(schema_of.with_metadata(HashMap::new())));
    let read = bench.read("t.avro", written(&[empty], None)).unwrap();
    assert_eq!((schema(&read.table).as_str(), read.table.rows), ("a:integer", 0));
}

/// A file with something of everything.
fn sample(codec: Option<CompressionCodec>) -> Vec<u8> {
    let rows = people(40);
    let lists = ListArray::new(
        Arc::new(Field::new("item", DataType::Utf8, true)),
        OffsetBuffer::from_lengths([1; 40]),
        Arc::clone(rows.column(1)),
        None,
    );
    let days: ArrayRef = Arc::new(Date32Array::from_iter_values(0..40));
    let columns = vec![
        ("id", Arc::clone(rows.column(0))),
        ("name", Arc::clone(rows.column(1))),
        ("l", Arc::new(lists) as ArrayRef),
        ("day", days),
    ];
    let rows = batch(columns);
    assert_eq!(rows.column(2).len(), 40);
    written(&[rows.slice(0, 15), rows.slice(15, 25)], codec)
}

#[test]
fn cut_anywhere_a_file_is_a_table_or_an_error() {
    let bench = Bench::new();
    for codec in [None, Some(CompressionCodec::Deflate), Some(CompressionCodec::Snappy)] {
        let file = sample(codec);
        for end in (1..file.len()).step_by(3) {
            match bench.read("cut.avro", &file[..end]) {
                // at the end of a block nothing is missing but blocks
                Ok(read) => assert!([0, 15].contains(&read.table.rows), "{end}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Input, "{end}: {error}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_damage_ends_in_a_table_or_an_error(
        packed in any::<bool>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let bench = Bench::new();
        let mut file = sample(packed.then_some(CompressionCodec::ZStandard));
        for (place, value) in flips {
            let place = place.index(file.len());
            file[place] = value;
        }
        if let Err(error) = bench.read("t.avro", file) {
            prop_assert!(error.kind() == ErrorKind::Input, "{}", error);
        }
    }
}
