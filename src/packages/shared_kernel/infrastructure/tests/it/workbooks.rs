//! Excel workbooks through the ingest port. The workbooks are made here, part by part.

use std::io::Write;

use proptest::prelude::*;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{
    IngestedTable, NullText, TableFormat, TableIngest, TableSource,
};
use shared_kernel_domain::{ErrorKind, Result};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::tables::{Bench, schema};

/// Styles of cells: 0 plain, 1 a date, 2 a date with time, 3 a time of day, 4 a length of time.
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<numFmts count="1"><numFmt numFmtId="170" formatCode="[h]:mm:ss"/></numFmts>
<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="21"/><xf numFmtId="170"/></cellXfs></styleSheet>"#;

/// A sheet's name, how it is shown, and the XML of its rows.
type SheetXml<'a> = (&'a str, &'a str, String);

fn archive(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn parts(sheets: &[SheetXml<'_>], strings: &str) -> Vec<(String, Vec<u8>)> {
    let mut relations = String::new();
    let mut names = String::new();
    let mut parts = Vec::new();
    let space = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    for (index, (name, state, xml)) in sheets.iter().enumerate() {
        let number = index + 1;
        relations += &format!(
            r#"<Relationship Id="r{number}" Type="{space}/worksheet" Target="worksheets/sheet{number}.xml"/>"#
        );
        names += &format!(
            r#"<sheet name="{name}" sheetId="{number}" state="{state}" r:id="r{number}"/>"#
        );
        parts.push((format!("xl/worksheets/sheet{number}.xml"), xml.clone().into_bytes()));
    }
    let relations = format!("<Relationships>{relations}</Relationships>");
    let book = format!(r#"<workbook xmlns:r="{space}"><sheets>{names}</sheets></workbook>"#);
    let package = format!(
        r#"<Relationships><Relationship Id="b" Type="{space}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    parts.push(("_rels/.rels".to_owned(), package.into_bytes()));
    parts.push(("xl/workbook.xml".to_owned(), book.into_bytes()));
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), relations.into_bytes()));
    parts.push(("xl/styles.xml".to_owned(), STYLES.as_bytes().to_vec()));
    parts.push(("xl/sharedStrings.xml".to_owned(), strings.as_bytes().to_vec()));
    parts
}

const NO_STRINGS: &str = "<sst count=\"0\" uniqueCount=\"0\"></sst>";

/// The XML of a sheet: rows of cells as `3.5`, `'text`, `=TRUE`, `#N/A`, `d45351` (a date by
/// style), `m…` (date and time), `t…` (time), `h…` (length of time), or nothing.
fn sheet(rows: &[&[&str]]) -> String {
    sheet_with(rows, "")
}

fn sheet_with(rows: &[&[&str]], after: &str) -> String {
    let mut xml = String::from("<worksheet><sheetData>");
    for (row, cells) in rows.iter().enumerate() {
        xml += &format!("<row r=\"{}\">", row + 1);
        for (column, cell) in cells.iter().enumerate() {
            let place = format!("{}{}", char::from(b'A' + column as u8), row + 1);
            let (first, rest) = cell.split_at(cell.len().min(1));
            xml += &match first {
                "" => continue,
                "'" => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{rest}</t></is></c>"),
                "=" => format!("<c r=\"{place}\" t=\"b\"><v>{}</v></c>", u8::from(rest == "TRUE")),
                "#" => format!("<c r=\"{place}\" t=\"e\"><v>{cell}</v></c>"),
                "d" => format!("<c r=\"{place}\" s=\"1\"><v>{rest}</v></c>"),
                "m" => format!("<c r=\"{place}\" s=\"2\"><v>{rest}</v></c>"),
                "t" => format!("<c r=\"{place}\" s=\"3\"><v>{rest}</v></c>"),
                "h" => format!("<c r=\"{place}\" s=\"4\"><v>{rest}</v></c>"),
                _ => format!("<c r=\"{place}\"><v>{cell}</v></c>"),
            };
        }
        xml += "</row>";
    }
    xml + "</sheetData>" + after + "</worksheet>"
}

/// A workbook of one sheet.
fn book(rows: &[&[&str]]) -> Vec<u8> {
    archive(&parts(&[("Data", "visible", sheet(rows))], NO_STRINGS))
}

fn read_sheet(bench: &Bench, bytes: &[u8], sheet: Option<&str>) -> Result<IngestedTable> {
    let source = TableSource {
        location: bench.write("book.xlsx", bytes),
        sheet: sheet.map(str::to_owned),
        ..TableSource::default()
    };
    bench.ingest.ingest(&source, &|_, _| (), &Cancellation::default())
}

#[test]
fn cells_keep_their_types() {
    let bench = Bench::new();
    let rows = book(&[
        &["'id", "'share", "'name", "'ok", "'day", "'at", "'time", "'took"],
        &["1", "0.5", "'Ann", "=TRUE", "d45351", "m45351.545138888889", "t0.25", "h1.5"],
        &["2", "2", "'007", "=FALSE", "d1", "m45352", "t0.5", "h0.001"],
    ]);
    let read = bench.read("book.xlsx", rows).unwrap();
    assert_eq!(
        schema(&read.table),
        "id:integer share:float name:text ok:boolean day:date at:timestamp time:time took:duration"
    );
    let cells = bench.cells(&read.table);
    assert_eq!(
        cells[0][..7],
        ["1", "0.5", "Ann", "true", "2024-02-29", "2024-02-29T13:05:00", "06:00:00"]
    );
    assert_eq!(cells[1][..6], ["2", "2", "007", "false", "1900-01-01", "2024-03-01T00:00:00"]);
    assert_eq!(read.evidence.format, TableFormat::Excel);
    assert_eq!(read.evidence.header, Some(true));
    assert_eq!(read.evidence.notes, ["sheet \"Data\" is read; it is the only one"]);
}

#[test]
fn errors_are_missing_and_counted_and_mixtures_are_text() {
    let bench = Bench::new();
    let rows = book(&[
        &["'n", "'mixed", "'dated"],
        &["1", "1", "d45351"],
        &["#DIV/0!", "'2", "5"],
        &["#N/A", "'x", ""],
        &["#N/A", "", "d45352"],
        &["'NA", "4", "d45353"],
    ]);
    let read = bench.read("book.xlsx", rows).unwrap();
    assert_eq!(schema(&read.table), "n:integer mixed:text dated:text");
    let null =
        |text: &str, count| NullText { column: "n".to_owned(), text: text.to_owned(), count };
    assert_eq!(read.evidence.null_texts, [null("#DIV/0!", 1), null("#N/A", 2), null("NA", 1)]);
    for column in ["mixed", "dated"] {
        assert!(read.evidence.notes.iter().any(|note| note.contains(column)), "{column}");
    }
    assert_eq!(bench.cells(&read.table)[1], ["null", "2", "5"]);
}

#[test]
fn the_table_is_found_among_titles_and_blanks() {
    let bench = Bench::new();
    let rows = book(&[
        &[],
        &["", "'Report 2024", "", "", "", "", "", "", "'page 1"],
        &[],
        &["", "'id", "", "'amount", "'note"],
        &["", "1", "", "10", ""],
        &[],
        &["", "2", "", "20", "'late"],
        &["", "3", "", "30", ""],
    ]);
    let read = bench.read("book.xlsx", rows).unwrap();
    assert_eq!(schema(&read.table), "id:integer amount:integer note:text");
    assert_eq!(
        bench.cells(&read.table),
        [["1", "10", "null"], ["2", "20", "late"], ["3", "30", "null"]]
    );
    for note in [
        "1 row before the table were skipped",
        "1 blank column was left out",
        "1 blank row within the table was left out",
    ] {
        assert!(read.evidence.notes.contains(&note.to_owned()), "{:?}", read.evidence.notes);
    }
    let plain = bench.read("plain.xlsx", book(&[&["1", "'x"], &["2", "'y"]])).unwrap();
    assert_eq!(schema(&plain.table), "column_1:integer column_2:text");
    let merged = sheet_with(
        &[&["'a", "'b"], &["1", "2"]],
        "<mergeCells count=\"1\"><mergeCell ref=\"A2:A3\"/></mergeCells>",
    );
    let merged = archive(&parts(&[("Data", "visible", merged)], NO_STRINGS));
    let merged = bench.read("merged.xlsx", merged).unwrap();
    assert!(merged.evidence.notes.iter().any(|note| note.contains("1 merged area")));
    let header = bench.read("header.xlsx", book(&[&["'a", "'b"]])).unwrap();
    assert_eq!((schema(&header.table).as_str(), header.table.rows), ("a:null b:null", 0));
}

#[test]
fn sheets_are_chosen_and_told() {
    let bench = Bench::new();
    let book = archive(&parts(
        &[
            ("Cover", "visible", sheet(&[])),
            ("Secret", "hidden", sheet(&[&["'s"], &["1"]])),
            ("Sales", "visible", sheet(&[&["'a"], &["1"]])),
            ("2", "visible", sheet(&[&["'b"], &["1"]])),
        ],
        NO_STRINGS,
    ));
    for (wanted, column) in [
        (None, "a:integer"),
        (Some("sales"), "a:integer"),
        (Some("3"), "a:integer"),
        (Some("Secret"), "s:integer"),
        (Some("2"), "b:integer"),
    ] {
        let read = read_sheet(&bench, &book, wanted).unwrap();
        assert_eq!(schema(&read.table), column, "{wanted:?}");
    }
    let read = read_sheet(&bench, &book, None).unwrap();
    let told = r#"sheet "Sales" is read; the others are "Cover", "Secret" (hidden), "2""#;
    assert_eq!(read.evidence.notes[0], told);
    for (wanted, what) in
        [("Nope", "has no sheet \"Nope\""), ("9", "has no"), ("Cover", "is blank")]
    {
        let error = read_sheet(&bench, &book, Some(wanted)).unwrap_err();
        assert!(error.what().contains(what), "{error}");
        assert!(error.hint_text().unwrap().contains("\"Sales\""));
    }
    let text = bench.write("t.csv", "a,b\n1,2\n");
    let source = TableSource { location: text, sheet: Some("x".into()), ..TableSource::default() };
    let refused = bench.ingest.ingest(&source, &|_, _| (), &Cancellation::default());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn the_same_rows_have_the_digest_of_text() {
    let bench = Bench::new();
    let text =
        "id,share,name,day,ok\n517,2.0,Ann,2024-02-29,true\n,0.25,Bob,,false\n3,,,2024-03-01,\n";
    let text = bench.read("t.csv", text).unwrap();
    let strings =
        "<sst count=\"1\" uniqueCount=\"1\"><si><r><t>An</t></r><r><t>n</t></r></si></sst>";
    let inline = book(&[
        &["'id", "'share", "'name", "'day", "'ok"],
        &["517", "2", "'Ann", "d45351", "=TRUE"],
        &["", "0.25", "'Bob", "", "=FALSE"],
        &["3", "", "", "d45352", ""],
    ]);
    assert_eq!(bench.read("t.xlsx", inline.clone()).unwrap().table.digest, text.table.digest);
    // the same with shared text
    let rows = sheet(&[
        &["'id", "'share", "'name", "'day", "'ok"],
        &["517", "2", "'Ann", "d45351", "=TRUE"],
        &["", "0.25", "'Bob", "", "=FALSE"],
        &["3", "", "", "d45352", ""],
    ]);
    let shared = rows.replace("t=\"inlineStr\"><is><t>Ann</t></is>", "t=\"s\"><v>0</v>");
    let shared = archive(&parts(&[("Data", "visible", shared)], strings));
    assert_eq!(bench.read("t.xlsx", shared).unwrap().table.digest, text.table.digest);
}

#[test]
fn a_type_that_changes_late_is_found() {
    let bench = Bench::new();
    let mut xml = String::from(
        "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>n</t></is></c></row>",
    );
    for row in 2..=20_002 {
        xml += &format!("<row r=\"{row}\"><c r=\"A{row}\"><v>{row}</v></c></row>");
    }
    xml += "<row r=\"30000\"><c r=\"A30000\"><v>0.5</v></c></row></sheetData></worksheet>";
    let read =
        bench.read("late.xlsx", archive(&parts(&[("Data", "visible", xml)], NO_STRINGS))).unwrap();
    assert_eq!((schema(&read.table).as_str(), read.table.rows), ("n:float", 20_002));
    let notes = &read.evidence.notes;
    assert!(notes.iter().any(|note| note.contains("9997 blank rows")), "{notes:?}");
}

#[test]
fn what_is_no_workbook_is_told_clearly() {
    let bench = Bench::new();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    let good = parts(&[("Data", "visible", sheet(&[&["'a"], &["1"]]))], NO_STRINGS);
    let with = |name: &str, bytes: &[u8]| {
        let mut parts = good.clone();
        parts.iter_mut().filter(|part| part.0 == name).for_each(|part| part.1 = bytes.to_vec());
        archive(&parts)
    };
    let sheet_name = "xl/worksheets/sheet1.xml";
    let claim = b"<sst uniqueCount=\"99999999999999\"></sst>";
    let disorder = b"<worksheet><sheetData><row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>";
    for (name, bytes, what) in [
        ("old.xls", compound.clone(), "old Excel workbook"),
        (
            "locked.xlsx",
            [compound, vec![0; 70_000], utf16("EncryptedPackage")].concat(),
            "protected by a password",
        ),
        ("zip.zip", archive(&[("a.csv".into(), b"a\n1\n".to_vec())]), "ZIP archive without"),
        ("b.xlsb", archive(&[("xl/workbook.bin".into(), vec![0])]), "binary Excel workbook"),
        ("cut.xlsx", archive(&good)[..500].to_vec(), "not a readable workbook"),
        ("claim.xlsx", with("xl/sharedStrings.xml", claim), "claims more texts"),
        ("order.xlsx", with(sheet_name, disorder), "not in order"),
        ("broken.xlsx", with(sheet_name, b"<worksheet><sheetData><row"), "not a readable workbook"),
        ("blank.xlsx", archive(&parts(&[("Data", "visible", sheet(&[]))], NO_STRINGS)), "no sheet"),
        ("none.xlsx", archive(&parts(&[], NO_STRINGS)), "no sheet"),
    ] {
        let error = bench.read(name, bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{name}");
        assert!(error.what().contains(what), "{name}: {error}");
        assert!(error.hint_text().is_some() && error.location().is_some(), "{name}");
    }
}

#[test]
fn a_workbook_that_unpacks_to_more_than_memory_is_refused() {
    let bench = Bench::with(2, 8 << 20);
    let good = parts(&[("Data", "visible", sheet(&[&["'a"], &["1"]]))], NO_STRINGS);
    assert!(bench.read("good.xlsx", archive(&good)).is_ok());
    for (place, bytes) in [("xl/sharedStrings.xml", 3 << 20), ("xl/worksheets/sheet1.xml", 9 << 20)]
    {
        let mut parts = good.clone();
        parts.iter_mut().filter(|part| part.0 == place).for_each(|part| part.1.resize(bytes, b' '));
        let file = archive(&parts);
        assert!(file.len() < 100_000, "it is small as it lies");
        let error = bench.read("bomb.xlsx", file).unwrap_err();
        assert!(error.what().contains("memory limit of 8 MiB"), "{error}");
        assert!(error.hint_text().unwrap().contains("--memory"));
    }
    // two cells in far corners are a table of two columns and no more rows than cells
    let far = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>";
    let far = archive(&parts(&[("Data", "visible", far.to_owned())], NO_STRINGS));
    assert_eq!(bench.read("far.xlsx", far).unwrap().table.rows, 2);
}

#[test]
fn cut_anywhere_a_workbook_is_an_error() {
    let bench = Bench::new();
    let file = book(&[&["'a", "'b"], &["1", "'x"], &["2", "d45351"]]);
    for end in (4..file.len()).step_by(11) {
        let error = bench.read("cut.xlsx", &file[..end]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{end}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_damage_of_the_file_ends_in_a_table_or_an_error(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let bench = Bench::new();
        let mut file = book(&[&["'a", "'b"], &["1", "'x"], &["2", "d45351"]]);
        for (place, value) in flips {
            let place = place.index(file.len() - 4) + 4;
            file[place] = value;
        }
        if let Err(error) = bench.read("t.xlsx", file) {
            prop_assert!(error.kind() == ErrorKind::Input, "{}", error);
        }
    }

    #[test]
    fn any_damage_of_a_sheet_ends_in_a_table_or_an_error(
        flips in prop::collection::vec((any::<prop::sample::Index>(), "[ -~]"), 1..4),
    ) {
        let bench = Bench::new();
        let mut xml = sheet(&[&["'a", "'b"], &["1", "'x"], &["2", "d45351"], &["#N/A", "h1.5"]]);
        for (place, value) in flips {
            let place = place.index(xml.len());
            xml.replace_range(place..=place, &value);
        }
        let file = archive(&parts(&[("Data", "visible", xml)], NO_STRINGS));
        if let Err(error) = bench.read("t.xlsx", file) {
            prop_assert!(error.kind() == ErrorKind::Input, "{}", error);
        }
    }
}
