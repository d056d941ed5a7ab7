//! Foreign tables through the ingest port: everything nasty that files do.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray, StructArray};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use proptest::prelude::*;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{NullText, TableFormat, TableIngest, TableSource};
use shared_kernel_domain::scan::TableScanner;
use testkit::table_ingest_conformance;

use crate::avro::written;
use crate::tables::{Bench, numbered, schema, write_parquet};

#[test]
fn the_ingest_of_files_is_an_ingest() {
    let bench = Bench::new();
    let text = bench.write("table.csv", "id,name\n1,Ann\n2,Bob\n3\n");
    let parquet = bench.path("table.parquet");
    write_parquet(&parquet, numbered(0, 10), 4);
    let missing = bench.path("missing.csv");
    for there in [text.as_str(), parquet.to_str().unwrap()] {
        table_ingest_conformance(&bench.ingest, there, missing.to_str().unwrap());
    }
}

#[test]
fn clean_text_becomes_typed_columns() {
    let bench = Bench::new();
    let text = "id,share,when,day,ok,name\n1,0.5,2024-02-29T13:05:00Z,2024-02-29,true,Ann\n2,,2024-03-01T00:00:00Z,,False,\n";
    let read = bench.read("table.csv", text).unwrap();
    assert_eq!(
        schema(&read.table),
        "id:integer share:float when:timestamp day:date ok:boolean name:text"
    );
    assert_eq!(
        bench.cells(&read.table),
        [
            ["1", "0.5", "2024-02-29T13:05:00Z", "2024-02-29", "true", "Ann"],
            ["2", "null", "2024-03-01T00:00:00Z", "null", "false", "null"]
        ]
    );
    assert_eq!(read.evidence.format, TableFormat::Csv);
    assert_eq!(read.evidence.encoding.as_deref(), Some("UTF-8"));
    assert_eq!((read.evidence.delimiter, read.evidence.header), (Some(','), Some(true)));
    assert_eq!(read.evidence.bad_rows, 0);
}

#[test]
fn encodings_and_compressions_give_the_same_table() {
    let bench = Bench::new();
    let text = "id,city\n1,Málaga\n2,Göteborg\n3,São Paulo\n";
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin1: Vec<u8> = text.chars().map(|character| character as u8).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let plain = bench.read("plain.csv", text).unwrap();
    for (name, bytes, encoding, compression) in [
        ("bom.csv", [b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8", None),
        ("utf16.csv", utf16, "UTF-16LE", None),
        ("latin1.csv", latin1, "windows-1252", None),
        ("gzip.csv.gz", gzip.finish().unwrap(), "UTF-8", Some("gzip")),
        ("zstd.csv.zst", zstd, "UTF-8", Some("zstd")),
    ] {
        let read = bench.read(name, bytes).unwrap();
        assert_eq!(read.table.digest, plain.table.digest, "{name}");
        assert_eq!(read.evidence.encoding.as_deref(), Some(encoding), "{name}");
        assert_eq!(read.evidence.compression.as_deref(), compression, "{name}");
    }
}

#[test]
fn ragged_records_hold_their_place_and_are_set_aside() {
    let bench = Bench::new();
    let text = "a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n13\n14,15,16\n";
    let read = bench.read("ragged.csv", text).unwrap();
    assert_eq!((read.table.rows, read.evidence.bad_rows), (6, 3));
    assert_eq!(read.evidence.blank_rows, 3);
    assert_eq!(schema(&read.table), "a:integer b:integer c:integer");
    let lines: Vec<_> = read.evidence.bad_row_examples.iter().map(|bad| bad.line).collect();
    assert_eq!(lines, [3, 4, 6]);
    let cells = bench.cells(&read.table);
    assert_eq!(cells[1], ["null", "null", "null"]);
    assert_eq!(cells[5], ["14", "15", "16"]);
}

#[test]
fn odd_headers_are_read() {
    let bench = Bench::new();
    for (text, expected) in [
        ("1,2.5,x\n2,3.5,y\n", "column_1:integer column_2:float column_3:text"),
        ("a,a,,b\n1,2,3,4\n", "a:integer a_2:integer column_3:integer b:integer"),
        ("a,b,c\n", "a:null b:null c:null"),
        ("a,b,\n1,2,\n", "a:integer b:integer column_3:null"),
        ("a,b\n1,2,\n3,4,\n", "a:integer b:integer"),
        ("a,b\n1,2,\n3,4\n5,6,\n", "a:integer b:integer"),
        ("# a, b\n# c, d\nid,amount\n1,10\n2,20\n", "id:integer amount:integer"),
        ("Title,,\n,,\nid,amount,n\n1,10,1\n2,20,2\n", "id:integer amount:integer n:integer"),
        ("sep=;\nid;amount\n1;1,5\n2;2\n", "id:integer amount:float"),
        ("betrag\n1,5\n1.234,25\n", "betrag:float"),
        ("region,2020,2021\nN,1,2\nS,3,4\n", "region:text 2020:integer 2021:integer"),
        ("made 2024\nby us\n\nid,amount\n1,10\n2,20\n", "id:integer amount:integer"),
        ("word\nalpha\n", "word:text"),
        ("x;y\n1,5;2\n-0,5;3\n", "x:float y:integer"),
        ("a|b\n1|x\n", "a:integer b:text"),
    ] {
        let read = bench.read("table.csv", text).unwrap();
        assert_eq!(schema(&read.table), expected, "{text}");
    }
}

#[test]
fn what_is_left_out_before_and_after_a_table_is_told() {
    let bench = Bench::new();
    for (text, told) in [
        (&b"a,b\n1,2,\n3,4,\n"[..], "one delimiter more than the header"),
        (b"Title,,\nid,amount,n\n1,10,1\n2,20,2\n", "1 line before the table were skipped"),
        (b"sep=;\na;b\n1;2\n", "1 line before the table were skipped"),
    ] {
        let notes = bench.read("table.csv", text).unwrap().evidence.notes;
        assert!(notes.iter().any(|note| note.contains(told)), "{notes:?}");
    }
    // a file that was made larger than its text
    let padded = [&b"a,b\n1,x\n2,y\n"[..], &[0; 512]].concat();
    let padded = bench.read("padded.csv", padded).unwrap();
    assert_eq!((padded.table.rows, padded.evidence.bad_rows), (3, 1));
}

#[test]
fn no_digit_and_no_zero_is_lost() {
    let bench = Bench::new();
    let text = "n,zip,mixed\n9223372036854775808,00501,1\n-1,10001,abc\n1000000000000000000000000000000,02134,N/A\n";
    let read = bench.read("table.csv", text).unwrap();
    assert_eq!(schema(&read.table), "n:decimal zip:text mixed:text");
    assert_eq!(
        bench.cells(&read.table),
        [
            ["9223372036854775808", "00501", "1"],
            ["-1", "10001", "abc"],
            ["1000000000000000000000000000000", "02134", "N/A"]
        ]
    );
    let read = bench.read("rounded.csv", "v\n9007199254740993\n0.5\n").unwrap();
    assert_eq!(schema(&read.table), "v:text");
    assert!(read.evidence.notes.iter().any(|note| note.contains("would round")));
}

#[test]
fn null_texts_are_listed_where_they_became_null() {
    let bench = Bench::new();
    let read = bench.read("table.csv", "n,t\n1,NA\nNA,x\n,y\nNA,z\nnan,w\n").unwrap();
    assert_eq!(schema(&read.table), "n:integer t:text");
    let null_text =
        |text: &str, count| NullText { column: "n".to_owned(), text: text.to_owned(), count };
    assert_eq!(read.evidence.null_texts, [null_text("NA", 2), null_text("nan", 1)]);
    assert_eq!(bench.cells(&read.table)[0], ["1", "NA"]);
    let read = bench.read("floats.csv", "x\n1.5\nNaN\ninf\n\n2.5\n").unwrap();
    let cells: Vec<_> = bench.cells(&read.table).concat();
    assert_eq!(cells, ["1.5", "NaN", "inf", "null", "2.5"]);
}

#[test]
fn a_type_that_changes_late_is_found_and_nothing_is_lost() {
    let bench = Bench::new();
    for (last, expected) in [("0.5", "float"), ("x", "text"), ("9223372036854775808", "decimal")] {
        let rows: Vec<String> = (0..40_000).map(|row| format!("{row},\n")).collect();
        let text = format!("v,w\n{}{last},7\n", rows.concat());
        let read = bench.read("late.csv", &text).unwrap();
        assert_eq!(schema(&read.table), format!("v:{expected} w:integer"));
        assert_eq!(read.table.rows, 40_001);
        let cells = bench.cells(&read.table);
        assert_eq!((cells[39_999][0].as_str(), cells[40_000][0].as_str()), ("39999", last));
    }
}

#[test]
fn json_in_every_layout_gives_the_same_table() {
    let bench = Bench::new();
    let lines =
        "{\"id\": 1, \"tags\": [\"a\", \"b\"]}\n{\"tags\": null, \"id\": 2, \"who\": {\"n\": 1}}\n";
    let array = "[{\"id\": 1, \"tags\": [\"a\", \"b\"]},\n {\"id\": 2,\n \"who\": {\"n\": 1}}]";
    let objects =
        "{\n \"id\": 1,\n \"tags\": [\"a\",\"b\"]\n}\n{\n \"id\": 2, \"who\": {\"n\":1}\n}\n";
    let lines = bench.read("table.jsonl", lines).unwrap();
    assert_eq!(schema(&lines.table), "id:integer tags:list who:struct");
    assert_eq!(lines.evidence.format, TableFormat::JsonLines);
    assert_eq!(
        bench.cells(&lines.table),
        [["1", r#"["a","b"]"#, "null"], ["2", "null", r#"{"n":1}"#]]
    );
    for (name, text) in [("array.json", array), ("objects.json", objects)] {
        let read = bench.read(name, text).unwrap();
        assert_eq!(read.table.digest, lines.table.digest, "{name}");
        assert_eq!(read.evidence.format, TableFormat::JsonArray, "{name}");
    }
}

#[test]
fn mixed_and_broken_json_is_told() {
    let bench = Bench::new();
    let text = "{\"id\": 1}\n\n{\"id\": \"3\"}\n{\"id\": 12345678901234567890}\n{\"id\":";
    let read = bench.read("table.jsonl", text).unwrap();
    assert_eq!((schema(&read.table).as_str(), read.table.rows), ("id:text", 3));
    assert_eq!((read.evidence.bad_rows, read.evidence.bad_row_examples[0].line), (1, 5));
    assert!(read.evidence.notes[0].contains("mixes numbers and text"));
    assert_eq!(bench.cells(&read.table).concat(), ["1", "3", "12345678901234567890"]);
    let rows: Vec<String> = (0..40_000).map(|row| format!("{{\"a\": {row}}}\n")).collect();
    let text = format!("{}{{\"b\": \"late\"}}\n", rows.concat());
    let read = bench.read("late.jsonl", text).unwrap();
    assert_eq!((schema(&read.table).as_str(), read.table.rows), ("a:integer b:text", 40_001));
}

#[test]
fn the_same_rows_have_one_digest_in_every_format() {
    let bench = Bench::new();
    let ids: ArrayRef = Arc::new(Int32Array::from(vec![Some(517), None, Some(3)]));
    let shares: ArrayRef = Arc::new(Float64Array::from(vec![Some(2.0), Some(0.25), None]));
    let names: ArrayRef = Arc::new(StringArray::from(vec![Some("Ann"), Some("Bob"), None]));
    let columns = vec![("id", ids), ("share", shares), ("name", names)];
    let nullable = columns.iter().map(|(name, array)| (*name, Arc::clone(array), true));
    let batch = RecordBatch::try_from_iter_with_nullable(nullable).unwrap();
    let mut file = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    file.write(&batch).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    stream.write(&batch).unwrap();
    write_parquet(&bench.path("table.parquet"), columns, 2);
    let parquet = bench.ingest(bench.path("table.parquet").to_str().unwrap()).unwrap();
    let digest = parquet.table.digest;
    for (name, bytes) in [
        ("t.csv", b"id,share,name\n517,2.0,Ann\n,0.25,Bob\n3,,\n".to_vec()),
        ("t.tsv", b"id\tshare\tname\n517.0\t2\tAnn\n\t0.25\tBob\n3\t\t\n".to_vec()),
        ("t.jsonl", b"{\"id\":517,\"share\":2,\"name\":\"Ann\"}\n{\"share\":0.25,\"name\":\"Bob\"}\n{\"id\":3}\n".to_vec()),
        ("t.arrow", file.into_inner().unwrap()),
        ("t.avro", written(&[batch], None)),
        ("t.arrows", stream.into_inner().unwrap()),
    ] {
        assert_eq!(bench.read(name, bytes).unwrap().table.digest, digest, "{name}");
    }
    let changed = bench.read("t.csv", "id,share,name\n517,2.0,Ann\n,0.26,Bob\n3,,\n").unwrap();
    assert_ne!(changed.table.digest, digest);
}

#[test]
fn nested_arrow_data_becomes_json_text() {
    let bench = Bench::new();
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
    let structs: ArrayRef = Arc::new(StructArray::from(batch));
    let batch = RecordBatch::try_from_iter([("s", structs)]).unwrap();
    let mut file = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    file.write(&batch).unwrap();
    let read = bench.read("t.arrow", file.into_inner().unwrap()).unwrap();
    assert_eq!(schema(&read.table), "s:struct");
    assert_eq!(bench.cells(&read.table), [[r#"{"n":1}"#], [r#"{"n":2}"#]]);
}

#[test]
fn kept_snapshots_stay_and_are_shared_by_equal_tables() {
    let bench = Bench::new();
    let keep = |text: &str| {
        let source = TableSource {
            location: bench.write("table.csv", text),
            keep: true,
            ..TableSource::default()
        };
        bench.ingest.ingest(&source, &|_, _| (), &Cancellation::default()).unwrap().table
    };
    let first = keep("a,b\n1,x\n");
    assert_eq!(first, keep("a,b\r\n1,x\r\n"));
    assert_eq!(first.parts[0].location, format!("snapshots/{}.parquet", first.digest));
    // equal values in another type are another file, and the first stays as it is
    let floats = keep("a,b\n1.0,x\n");
    assert_eq!(floats.digest, first.digest);
    assert_ne!(floats.parts[0].location, first.parts[0].location);
    assert_eq!(bench.cells(&first), [["1", "x"]]);
}

#[test]
fn kept_snapshots_move_with_the_home() {
    let bench = Bench::new();
    let location = bench.write("table.csv", "a,b\n1,x\n");
    let source = TableSource { location, keep: true, ..TableSource::default() };
    let none = Cancellation::default();
    let kept = bench.ingest.ingest(&source, &|_, _| (), &none).unwrap().table;
    let elsewhere = Bench::new();
    let path = elsewhere.path(&kept.parts[0].location);
    std::fs::create_dir(elsewhere.path("snapshots")).unwrap();
    std::fs::copy(bench.path(&kept.parts[0].location), &path).unwrap();
    assert_eq!(elsewhere.cells(&kept), [["1", "x"]]);
    // as it was referred to once: where it was, and where it was moved to from there
    let mut absolute = kept.clone();
    absolute.parts[0].location = bench.path(&kept.parts[0].location).display().to_string();
    assert_eq!(elsewhere.cells(&absolute), [["1", "x"]]);
    drop(bench);
    assert_eq!(elsewhere.cells(&absolute), [["1", "x"]]);
    std::fs::write(&path, "other").unwrap();
    let refused = |table| elsewhere.engine.rows(table, &["a".to_owned()], &[0]).unwrap_err();
    assert!(refused(&kept).what().ends_with("was changed since it was uploaded"));
    std::fs::remove_file(&path).unwrap();
    assert!(refused(&kept).hint_text().unwrap().contains("belongs to the home"));
}

#[test]
fn temporary_snapshots_go_with_the_ingest() {
    let Bench { engine, ingest, folder } = Bench::new();
    let path = folder.path().join("table.csv");
    std::fs::write(&path, "a,b\n1,x\n").unwrap();
    let source =
        TableSource { location: path.to_str().unwrap().to_owned(), ..TableSource::default() };
    let read = ingest.ingest(&source, &|_, _| (), &Cancellation::default()).unwrap();
    let snapshot = read.table.parts[0].location.clone();
    assert!(std::fs::exists(&snapshot).unwrap());
    drop((ingest, engine));
    assert!(!std::fs::exists(&snapshot).unwrap());
}

#[test]
fn parquet_is_referenced_in_place_or_copied() {
    let bench = Bench::new();
    for part in 0..2 {
        let path = bench.path(&format!("parts/{part}.parquet"));
        write_parquet(&path, numbered(part * 100, 100), 30);
    }
    bench.write("parts/_SUCCESS", "");
    let folder = bench.path("parts").to_str().unwrap().to_owned();
    let referenced = bench.ingest(&folder).unwrap().table;
    assert!(referenced.parts.iter().all(|part| part.location.contains("/parts/")));
    let by_glob = bench.ingest(&format!("{folder}/*.parquet")).unwrap().table;
    assert_eq!(by_glob, referenced);
    write_parquet(&bench.path("whole.parquet"), numbered(0, 200), 1_000);
    let whole = bench.ingest(bench.path("whole.parquet").to_str().unwrap()).unwrap().table;
    assert_eq!(whole.digest, referenced.digest);
    let source = TableSource { location: folder, copy: true, ..TableSource::default() };
    let none = Cancellation::default();
    let copied = bench.ingest.ingest(&source, &|_, _| (), &none).unwrap().table;
    assert_eq!(copied.digest, referenced.digest);
    assert!(copied.parts.iter().all(|part| part.location.starts_with("snapshots/")));
    assert_eq!(bench.cells(&copied), bench.cells(&referenced));
}

#[test]
fn parts_that_do_not_agree_are_refused_by_name() {
    let bench = Bench::new();
    write_parquet(&bench.path("parts/0.parquet"), numbered(0, 10), 10);
    let mut columns = numbered(10, 10);
    columns[1].1 = Arc::clone(&columns[0].1);
    write_parquet(&bench.path("parts/1.parquet"), columns, 10);
    let error = bench.ingest(bench.path("parts").to_str().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Input);
    assert!(error.what().contains("\"text\""), "{error}");
    assert!(error.location().unwrap().ends_with("1.parquet"));
}

#[test]
fn what_is_no_table_is_told_clearly() {
    let bench = Bench::new();
    let garbage: Vec<u8> = (0..4_000_u32).map(|byte| (byte * 7 % 251) as u8).collect();
    for (name, bytes, what) in [
        ("empty.csv", Vec::new(), "is empty"),
        ("blank.csv", b"\n \n".to_vec(), "is empty"),
        ("garbage.csv", garbage.clone(), "is not a table in a format that can be read"),
        ("book.xlsx", b"PK\x03\x04rest".to_vec(), "is not a readable workbook"),
        ("page.csv", b"<!DOCTYPE html>\n<html></html>".to_vec(), "is not a table in a format"),
        ("zeros.csv", vec![0; 600], "is not a table in a format"),
        ("bad.parquet", garbage.clone(), "is not a readable Parquet file"),
        ("cut.parquet", b"PAR1PAR1".to_vec(), "is not a readable Parquet file"),
        ("bad.arrow", garbage, "is not readable Arrow IPC"),
        ("bad.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), "could not be unpacked (gzip)"),
        ("scalars.json", b"[1, 2, 3]".to_vec(), "no columns"),
    ] {
        let error = bench.read(name, bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{name}");
        assert!(error.what().contains(what), "{name}: {error}");
        assert!(error.hint_text().is_some(), "{name}");
    }
    let cut = bench.read("cut.json", b"[{\"a\": 1}, {\"a\": 2},").unwrap();
    assert_eq!((cut.table.rows, cut.evidence.bad_rows), (2, 1));
    std::fs::create_dir(bench.path("folder")).unwrap();
    for (location, what) in [
        (bench.path("missing.csv"), "does not exist"),
        (bench.path("folder"), "is a folder without Parquet files"),
        (bench.path("*.nothing"), "no file matches"),
    ] {
        let location = location.to_str().unwrap().to_owned();
        let error = bench.ingest(&location).unwrap_err();
        assert!(error.what().contains(what), "{error}");
    }
}

#[test]
fn locations_are_found() {
    let bench = Bench::new();
    let path = bench.write("a.csv", "x\n1\n");
    let glob = bench.path("*.csv").to_str().unwrap().to_owned();
    let missing = bench.path("b.csv").to_str().unwrap().to_owned();
    let found = [path.as_str(), &glob, "-", &missing, "a-dataset-name"];
    assert_eq!(
        found.map(|location| bench.ingest.finds(location)),
        [true, true, true, false, false]
    );
    bench.write("c.csv", "x\n1\n");
    assert!(bench.ingest(&glob).unwrap_err().what().contains("2 files that are not Parquet"));
}

#[test]
fn progress_ends_at_the_size_of_the_file_and_a_stop_is_heard() {
    let bench = Bench::new();
    let rows: Vec<String> = (0..50_000).map(|row| format!("{row},x\n")).collect();
    let text = rows.concat();
    let source = TableSource { location: bench.write("t.csv", &text), ..TableSource::default() };
    let last = AtomicU64::new(0);
    let progress = |bytes, total| {
        assert_eq!(total, Some(text.len() as u64));
        last.store(bytes, Ordering::Relaxed);
    };
    bench.ingest.ingest(&source, &progress, &Cancellation::default()).unwrap();
    assert_eq!(last.into_inner(), text.len() as u64);
    let stop = Cancellation::default();
    let stop_at_once = |_, _| stop.cancel();
    let error = bench.ingest.ingest(&source, &stop_at_once, &stop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    let left = std::fs::read_dir(bench.path("temporary")).unwrap().count();
    assert_eq!(left, 1, "only the finished snapshot is left");
}

#[test]
fn a_format_that_the_user_names_is_taken() {
    let bench = Bench::new();
    let location = bench.write("t.txt", "{\"a\": 1}\n{\"a\": 2}\n");
    let read = |format| {
        let source = TableSource { location: location.clone(), format, ..TableSource::default() };
        bench.ingest.ingest(&source, &|_, _| (), &Cancellation::default())
    };
    assert_eq!(read(None).unwrap().evidence.format, TableFormat::JsonLines);
    assert_eq!(read(Some(TableFormat::Csv)).unwrap().evidence.format, TableFormat::Csv);
    assert_eq!(read(Some(TableFormat::Parquet)).unwrap_err().kind(), ErrorKind::Input);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_end_in_a_table_or_an_error(
        head in prop::sample::select(vec![
            &b""[..], b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff\x10\0\0\0", b"\x1f\x8b", b"{", b"[{", b"a,b\n",
            b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"Obj\x01", b"PK\x03\x04", b"\xd0\xcf\x11\xe0",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let bench = Bench::new();
        let bytes = [head, &rest].concat();
        match bench.read("any", bytes) {
            Ok(read) => prop_assert_eq!(bench.cells(&read.table).len() as u64, read.table.rows),
            Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Input),
        }
    }

    #[test]
    fn any_text_table_keeps_its_rows(
        rows in prop::collection::vec(("[a-z0-9.,\"\n ä-]{0,8}", "[0-9]{1,3}"), 1..40)
    ) {
        let bench = Bench::new();
        let records: Vec<String> = rows
            .iter()
            .map(|(name, number)| format!("\"x{}\",{number}\n", name.replace('"', "\"\"")))
            .collect();
        let text = format!("name,number\n{}", records.concat());
        let read = bench.read("table.csv", text).unwrap();
        prop_assert_eq!(read.evidence.bad_rows, 0);
        let cells = bench.cells(&read.table);
        prop_assert_eq!(cells.len(), rows.len());
        for (cells, (name, _)) in cells.iter().zip(&rows) {
            prop_assert_eq!(&cells[0], &format!("x{name}"));
        }
    }
}
