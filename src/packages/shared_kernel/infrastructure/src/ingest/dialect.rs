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
    /// Whether numbers may have a decimal comma.
    pub(super) decimal_comma: bool,
}

/// Finds the dialect of a sample of UTF-8 text. `whole` says that the sample is all there is.
pub(super) fn detect(sample: &[u8], whole: bool) -> Dialect {
    if let Some(delimiter) = named_delimiter(sample) {
        let records = records(sample, delimiter, whole);
        let table = records.get(1..).unwrap_or_default();
        if mode(table).0 > 1 {
            let dialect = describe(delimiter, table);
            return Dialect { preamble: dialect.preamble + 1, ..dialect };
        }
    }
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
    if let Some(decimal_comma) = decimals_of_one_column(delimiter, &records) {
        return Dialect { decimal_comma, ..single_column(sample, whole) };
    }
    describe(delimiter, &records)
}

/// The delimiter that a first line `sep=;` names, as Excel writes and reads it.
fn named_delimiter(sample: &[u8]) -> Option<u8> {
    let line = sample.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    match line.strip_prefix(b"sep=")? {
        [delimiter] => Some(*delimiter),
        _ => None,
    }
}

/// Whether commas only divide the numbers of one column, below a name that has none; and if so,
/// whether they are decimal commas for sure: `1,234` may mean more than a thousand.
fn decimals_of_one_column(delimiter: u8, records: &[ByteRecord]) -> Option<bool> {
    let (name, numbers) = records.split_first()?;
    if delimiter != b',' || name.len() != 1 || numbers.is_empty() {
        return None;
    }
    let fraction = |record: &ByteRecord| -> Option<usize> {
        let (whole, fraction) = (record.get(0)?.trim_ascii(), record.get(1)?.trim_ascii());
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        // what surrounds the digits is a currency or a unit
        let plain = |text: &[u8]| !text.iter().any(u8::is_ascii_alphanumeric);
        let is_number = whole.last().is_some_and(u8::is_ascii_digit)
            && digits > 0
            && fraction.get(digits..).is_some_and(plain);
        (record.len() == 2 && is_number).then_some(digits)
    };
    let digits = numbers.iter().map(fraction).collect::<Option<Vec<_>>>()?;
    Some(digits.iter().any(|&digits| digits != 3))
}

/// A table of one column: what looks like a delimiter is part of the text.
fn single_column(sample: &[u8], whole: bool) -> Dialect {
    let delimiter = DELIMITERS.iter().rev().find(|byte| !sample.contains(byte)).unwrap_or(&0x1f);
    let records = records(sample, *delimiter, whole);
    let header = has_header(&records);
    Dialect {
        delimiter: *delimiter,
        fields: 1,
        preamble: 0,
        header,
        trailing_delimiter: false,
        decimal_comma: false,
    }
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
    let preamble = preamble + titles(records.get(preamble..).unwrap_or_default());
    let preamble = if preamble > LONGEST_PREAMBLE { 0 } else { preamble };
    let table = records.get(preamble..).unwrap_or_default();
    let fields = if trailing_delimiter { mode - 1 } else { mode };
    Dialect {
        delimiter,
        fields,
        preamble,
        header: has_header(table),
        trailing_delimiter: trailing_delimiter || some_trailing_delimiters(table, fields),
        decimal_comma: delimiter == b';',
    }
}

/// Whether some records end with one delimiter more, and nothing stands after it in any.
fn some_trailing_delimiters(table: &[ByteRecord], fields: usize) -> bool {
    let mut longer = table.iter().filter(|record| record.len() == fields + 1).peekable();
    let is_longer = longer.peek().is_some();
    is_longer && longer.all(|record| record.get(fields).is_some_and(<[u8]>::is_empty))
}

/// Records before the table that have as many fields as it: comments that happen to have
/// delimiters, and titles that were filled up with them.
fn titles(table: &[ByteRecord]) -> usize {
    let filled = |record: &ByteRecord| record.iter().filter(|field| !field.is_empty()).count();
    let mut counts: Vec<usize> = table.iter().map(filled).collect();
    counts.sort_unstable();
    let usual = counts.get(counts.len() / 2).copied().unwrap_or_default();
    let is_title = |index: usize, record: &ByteRecord| {
        let first = record.get(0).unwrap_or_default().trim_ascii();
        if first.starts_with(b"# ") || first.starts_with(b"##") {
            return true;
        }
        let is_text = record.iter().all(|field| {
            let signs = signs(field);
            signs == Signs::default() || signs.any(Signs::TEXT)
        });
        let filled = filled(record);
        let rest = table.get(index + 1..).unwrap_or_default();
        let rest = rest.iter().position(|record| record.iter().any(|field| !field.is_empty()));
        let below = table.get(index + 1 + rest.unwrap_or_default()..).unwrap_or_default();
        let alone = filled < 2 && usual > 1 && header_votes(below) > 0;
        is_text && !below.is_empty() && (2 * filled < usual || alone)
    };
    let titles = table.iter().enumerate().take_while(|(index, record)| is_title(*index, record));
    match titles.count() {
        all if all == table.len() => 0,
        titles => titles,
    }
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

fn signs(field: &[u8]) -> Signs {
    Signs::of(CellView { form: CellForm::Bare, bytes: field }, true)
}

/// The first record with what stands below it.
fn header_cells(records: &[ByteRecord]) -> Vec<HeaderCell<'_>> {
    let Some((first, rest)) = records.split_first() else { return Vec::new() };
    let cells = first.iter().enumerate().map(|(column, text)| {
        let mut cell = HeaderCell { text, signs: signs(text), ..HeaderCell::default() };
        for record in rest.iter().filter(|record| record.len() == first.len()).take(100) {
            let below = record.get(column).unwrap_or_default();
            cell.below.add(signs(below));
            cell.years_below |= is_year(below);
        }
        cell
    });
    cells.collect()
}

fn has_header(records: &[ByteRecord]) -> bool {
    names_columns(&header_cells(records))
}

fn header_votes(records: &[ByteRecord]) -> i64 {
    votes(&header_cells(records))
}

/// A field of what may be a header, and what stands below it.
#[derive(Debug, Default)]
pub(super) struct HeaderCell<'a> {
    pub(super) text: &'a [u8],
    pub(super) signs: Signs,
    /// The signs of the values below.
    pub(super) below: Signs,
    /// Whether a value below reads as a year.
    pub(super) years_below: bool,
}

/// Whether a text reads as a year near ours.
pub(super) fn is_year(text: &[u8]) -> bool {
    matches!(text, [b'1', b'9', c, d] | [b'2', b'0', c, d] if c.is_ascii_digit() && d.is_ascii_digit())
}

/// Whether the first record names the columns. Every column votes: for, if it is text above
/// values that are not; against, if it is such a value itself. Text above text says nothing, and
/// without a vote a first record of distinct texts is a header, as it is in most files.
pub(super) fn names_columns(cells: &[HeaderCell<'_>]) -> bool {
    let votes = votes(cells);
    if votes != 0 {
        return votes > 0;
    }
    let mut names: Vec<&[u8]> =
        cells.iter().map(|cell| cell.text).filter(|text| !text.is_empty()).collect();
    let given = names.len();
    names.sort_unstable();
    names.dedup();
    let doubtful = cells.iter().any(|cell| cell.signs.any(Signs::NULL_TEXT));
    given > 0 && names.len() == given && !doubtful
}

fn votes(cells: &[HeaderCell<'_>]) -> i64 {
    let is_value = |signs: Signs| signs.any(Signs::VALUE) && !signs.any(Signs::TEXT);
    let names_years = years_are_names(cells);
    let vote = |cell: &HeaderCell<'_>| {
        if is_value(cell.signs) {
            i64::from(names_years && is_year(cell.text)) - 1
        } else {
            i64::from(cell.signs.any(Signs::TEXT) && is_value(cell.below))
        }
    };
    cells.iter().map(vote).sum()
}

/// Whether rising years beside at least one text are the names of columns that hold something
/// else, as in a table of a figure by year.
fn years_are_names(cells: &[HeaderCell<'_>]) -> bool {
    let years: Vec<_> = cells.iter().filter(|cell| is_year(cell.text)).collect();
    years.len() > 1
        && years.windows(2).all(|pair| matches!(pair, [a, b] if a.text < b.text))
        && years.iter().all(|year| !year.years_below && year.below.any(Signs::VALUE))
        && cells.iter().any(|cell| cell.signs.any(Signs::TEXT))
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
    fn decimal_commas_do_not_divide_a_single_column() {
        for (sample, fields, comma) in [
            ("betrag\n1,5\n-2,25\n", 1, true),
            ("price\n€1.234,50\n€7,00\n", 1, true),
            ("n\n1,234\n5,678\n", 1, false),
            ("id,n\n1,5\n2,6\n", 2, false),
            ("made by us\nid,n\n1,5\n", 2, false),
            ("a;b\n1;2\n", 2, true),
        ] {
            let found = dialect(sample);
            assert_eq!((found.fields, found.decimal_comma), (fields, comma), "{sample}");
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
        assert!(dialect("region,2020,2021\nN,1,2\nS,3,4\n").header);
        assert!(!dialect("Ann,1980,2021\nBob,1990,2020\n").header);
    }

    #[test]
    fn what_stands_before_the_table_is_a_preamble() {
        let found =
            dialect("Report generated 2024\nSource: office\n\nid,amount\n1,10\n2,20\n3,30\n");
        assert_eq!((found.preamble, found.header, found.fields), (2, true, 2));
        for (sample, preamble) in [
            ("# made by us\n# 2024, v2\nid,amount\n1,10\n2,20\n", 2),
            ("#id,name\n1,x\n2,y\n", 0),
            ("Report 2024,,\n,,\nid,amount,note\n1,10,x\n2,20,\n", 2),
            ("Report 2024,\nid,amount\n1,10\n2,20\n", 1),
            ("name,\nAnn,1\nBob,2\n", 0),
            ("5,,,,\n1,2,3,4,5\n6,7,8,9,10\n", 0),
            ("a,b,c,d\n1,,,\n,2,,\n", 0),
            ("sep=;\na;b\n1;2\n3;4\n", 1),
        ] {
            assert_eq!(dialect(sample).preamble, preamble, "{sample}");
        }
        let found = dialect("a,b\n1,2,\n3,4\n5,6,\n");
        assert_eq!((found.fields, found.trailing_delimiter), (2, true));
        let found = dialect("a,b\n1,2,\n3,4\n5,6,7\n");
        assert_eq!((found.fields, found.trailing_delimiter), (2, false));
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
