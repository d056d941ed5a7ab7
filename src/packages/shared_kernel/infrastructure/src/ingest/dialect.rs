//! The dialect of delimited text, found in a sample of its first records: which delimiter, how
//! many fields, what stands before the table, and whether the first record names the columns.

use csv::ByteRecord;

use super::block::{CellForm, CellView};
use super::kind::Signs;

/// Delimiters that are looked for; of equally good ones the earlier wins.
const DELIMITERS: &[u8] = b",\t;|^~\x01\x1f";
/// Records of the sample that are looked at.
const SAMPLE_RECORDS: usize = 500;
/// More records than this before a table are no preamble.
const LONGEST_PREAMBLE: usize = 30;

/// How to read delimited text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// Fields of a record.
    pub(super) fields: usize,
    /// Records before the table: titles, comments.
    pub(super) preamble: usize,
    /// Whether the first record of the table names the columns.
    pub(super) header: bool,
    /// Whether data records end with a delimiter that the header does not have.
    pub(super) trailing_delimiter: bool,
}

/// Finds the dialect of a sample of UTF-8 text. `whole` says that the sample is all there is.
pub(super) fn detect(sample: &[u8], whole: bool) -> Dialect {
    let mut best: Option<(f64, u8, Vec<ByteRecord>)> = None;
    for &delimiter in DELIMITERS {
        if !sample.contains(&delimiter) {
            continue;
        }
        let records = records(sample, delimiter, whole);
        let score = score(&records);
        if score > 0.0 && best.as_ref().is_none_or(|(most, ..)| score > *most) {
            best = Some((score, delimiter, records));
        }
    }
    let (_, delimiter, records) = best.unwrap_or_else(|| (0.0, b',', records(sample, b',', whole)));
    if mode(&records).0 < 2 {
        return single_column(sample, whole);
    }
    describe(delimiter, &records)
}

/// A table of one column: what looks like a delimiter is part of the text.
fn single_column(sample: &[u8], whole: bool) -> Dialect {
    let delimiter = DELIMITERS.iter().rev().find(|byte| !sample.contains(byte)).unwrap_or(&0x1f);
    let records = records(sample, *delimiter, whole);
    let header = has_header(&records);
    Dialect { delimiter: *delimiter, fields: 1, preamble: 0, header, trailing_delimiter: false }
}

fn describe(delimiter: u8, records: &[ByteRecord]) -> Dialect {
    let (mode, _) = mode(records);
    let start = records.iter().position(|record| record.len() == mode).unwrap_or_default();
    // a header that is one field shorter, because only data records end with a delimiter
    let before = start.checked_sub(1).and_then(|index| records.get(index));
    let body = records.get(start..).unwrap_or_default();
    let trailing_delimiter = mode > 2
        && before.is_some_and(|record| record.len() + 1 == mode)
        && body
            .iter()
            .filter(|record| record.len() == mode)
            .all(|record| record.get(mode - 1).is_some_and(<[u8]>::is_empty));
    let preamble = if trailing_delimiter { start - 1 } else { start };
    let preamble = if preamble > LONGEST_PREAMBLE { 0 } else { preamble };
    let table = records.get(preamble..).unwrap_or_default();
    let fields = if trailing_delimiter { mode - 1 } else { mode };
    Dialect { delimiter, fields, preamble, header: has_header(table), trailing_delimiter }
}

fn records(sample: &[u8], delimiter: u8, whole: bool) -> Vec<ByteRecord> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(sample);
    let mut records: Vec<ByteRecord> =
        reader.byte_records().take(SAMPLE_RECORDS + 1).map_while(Result::ok).collect();
    // the last record of a cut sample is cut too
    if records.len() > SAMPLE_RECORDS || (!whole && records.len() > 1) {
        records.pop();
    }
    records
}

/// The most frequent number of fields and how many records have it; of equally frequent ones the
/// first to appear.
fn mode(records: &[ByteRecord]) -> (usize, usize) {
    let mut best = (0, 0);
    for record in records {
        let fields = record.len();
        let count = records.iter().filter(|other| other.len() == fields).count();
        if count > best.1 {
            best = (fields, count);
        }
    }
    best
}

/// How well records agree on having several fields: the square of the agreeing share, weighted
/// so that more fields count a little more.
fn score(records: &[ByteRecord]) -> f64 {
    let (fields, count) = mode(records);
    if fields < 2 || records.is_empty() {
        return 0.0;
    }
    let share = count as f64 / records.len() as f64;
    share * share * (1.0 - 1.0 / fields as f64)
}

fn has_header(records: &[ByteRecord]) -> bool {
    let Some((first, rest)) = records.split_first() else { return false };
    let signs = |field: &[u8]| Signs::of(CellView { form: CellForm::Bare, bytes: field }, true);
    let below = |column: usize| {
        let mut below = Signs::default();
        for record in rest.iter().filter(|record| record.len() == first.len()).take(100) {
            below.add(signs(record.get(column).unwrap_or_default()));
        }
        below
    };
    names_columns(first.iter().enumerate().map(|(column, text)| HeaderCell {
        text,
        signs: signs(text),
        below: below(column),
    }))
}

/// A field of what may be a header, and the signs of what stands below it.
pub(super) struct HeaderCell<'a> {
    pub(super) text: &'a [u8],
    pub(super) signs: Signs,
    pub(super) below: Signs,
}

/// Whether the first record names the columns. Every column votes: for, if it is text above
/// values that are not; against, if it is such a value itself. Text above text says nothing, and
/// without a vote a first record of distinct texts is a header, as it is in most files.
pub(super) fn names_columns<'a>(cells: impl Iterator<Item = HeaderCell<'a>>) -> bool {
    let is_value = |signs: Signs| signs.any(Signs::VALUE) && !signs.any(Signs::TEXT);
    let mut votes = 0_i64;
    let mut names = Vec::new();
    let mut doubtful = false;
    for cell in cells {
        if is_value(cell.signs) {
            votes -= 1;
        } else if cell.signs.any(Signs::TEXT) && is_value(cell.below) {
            votes += 1;
        }
        doubtful |= cell.signs.any(Signs::NULL_TEXT);
        names.extend((!cell.text.is_empty()).then_some(cell.text));
    }
    if votes != 0 {
        return votes > 0;
    }
    let given = names.len();
    names.sort_unstable();
    names.dedup();
    given > 0 && names.len() == given && !doubtful
}

/// Usable, distinct column names from the fields of a header, and what was changed.
pub(super) fn column_names(fields: &[String]) -> (Vec<String>, Vec<String>) {
    let mut names: Vec<String> = Vec::with_capacity(fields.len());
    let mut notes = Vec::new();
    let mut taken: std::collections::HashSet<String> =
        fields.iter().map(|field| field.trim().to_owned()).collect();
    let mut used = std::collections::HashSet::new();
    for (index, field) in fields.iter().enumerate() {
        let wanted = field.trim();
        let base =
            if wanted.is_empty() { format!("column_{}", index + 1) } else { wanted.to_owned() };
        if !wanted.is_empty() && used.insert(base.clone()) {
            names.push(base);
            continue;
        }
        let mut name = base.clone();
        let mut number = 2;
        while taken.contains(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        taken.insert(name.clone());
        notes.push(if wanted.is_empty() {
            format!("column {} has no name and is called {name}", index + 1)
        } else {
            format!("the name {base} is given twice; column {} is called {name}", index + 1)
        });
        used.insert(name.clone());
        names.push(name);
    }
    (names, notes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dialect(sample: &str) -> Dialect {
        detect(sample.as_bytes(), true)
    }

    #[test]
    fn delimiters_are_found() {
        for (sample, delimiter, fields) in [
            ("a,b\n1,2\n", b',', 2),
            ("a\tb\tc\n1\tx,y\t2.5\n2\tz\t3.5\n", b'\t', 3),
            ("produkt;betrag\nA;1.234,56\nB;0,50\nC;-12,00\n", b';', 2),
            ("a|b|c\n1|x|2\n3|y|4\n", b'|', 3),
            ("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n13\n14,15,16\n", b',', 3),
            ("id,text\n1,\"line one\nline two\"\n2,\"comma, inside\"\n", b',', 2),
        ] {
            let found = dialect(sample);
            assert_eq!((found.delimiter, found.fields), (delimiter, fields), "{sample}");
            assert!(found.header && found.preamble == 0, "{sample}");
        }
    }

    #[test]
    fn a_single_column_has_no_delimiter() {
        for sample in ["word\nalpha\nbeta\n", "x\n1.5\n\n2.5\n", "note\nyes, please\nno\nmaybe\n"] {
            let found = dialect(sample);
            assert_eq!(found.fields, 1, "{sample}");
            assert!(found.header, "{sample}");
            assert!(!sample.as_bytes().contains(&found.delimiter));
        }
    }

    #[test]
    fn headers_are_told_from_data() {
        assert!(!dialect("1,2.5,x\n2,3.5,y\n3,4.5,z\n").header);
        assert!(!dialect("1,2,3\n").header);
        assert!(dialect("a,b,c\n").header);
        assert!(dialect("a,a,,b\n1,2,3,4\n5,6,7,8\n").header);
        assert!(dialect("name,city\nAnn,Bonn\nBob,Rome\n").header);
        assert!(dialect("country,1990,note,total\nFrance,1.5,x,3\nSpain,2.5,y,4\n").header);
        assert!(!dialect("Ann,Ann\nBob,Bob\n").header);
    }

    #[test]
    fn what_stands_before_the_table_is_a_preamble() {
        let found =
            dialect("Report generated 2024\nSource: office\n\nid,amount\n1,10\n2,20\n3,30\n");
        assert_eq!((found.preamble, found.header, found.fields), (2, true, 2));
        let found = dialect("a,b\n1,2,\n3,4,\n");
        assert_eq!((found.fields, found.trailing_delimiter, found.preamble), (2, true, 0));
    }

    #[test]
    fn names_become_distinct() {
        let fields = ["a", "a", "", "a_2", " b "].map(str::to_owned);
        let (names, notes) = column_names(&fields);
        assert_eq!(names, ["a", "a_3", "column_3", "a_2", "b"]);
        assert_eq!(notes.len(), 2);
    }
}
