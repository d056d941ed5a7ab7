//! Delimited text as a source of records.
//!
//! A record that is not a row (ragged, or not text) is set aside with its line and its reason.
//! Its values go nowhere, because nobody can tell which columns they belong to; but it holds its
//! place with nulls, so that row numbers still follow the records of the file.

use std::io::Read;
use std::sync::Arc;

use shared_kernel_domain::Result;

use super::block::{BadRows, Block, RecordSource, SourceReport};
use super::dialect::{Dialect, column_names};
use super::records::{END, Line, Record, Records, bytes_count};

/// Reads records of delimited text.
pub(super) struct DelimitedSource {
    records: Records,
    dialect: Dialect,
    row: Row,
    names: Arc<Vec<String>>,
    record: Record,
    ended: bool,
    bad_rows: BadRows,
    notes: Vec<String>,
}

impl DelimitedSource {
    /// Reads up to and including the header. `text` is UTF-8, though perhaps broken in places.
    pub(super) fn open(
        text: Box<dyn Read + Send>,
        dialect: Dialect,
        decoded: bool,
    ) -> Result<Self> {
        let text = if dialect.fields == 1 { Box::new(BlankLines::new(text)) } else { text };
        let row = Row {
            fields: dialect.fields,
            delimiter: dialect.delimiter,
            trailing_delimiter: dialect.trailing_delimiter,
            decoded,
        };
        let mut source = Self {
            records: Records::new(text, dialect.delimiter),
            dialect,
            row,
            names: Arc::default(),
            record: Record::default(),
            ended: false,
            bad_rows: BadRows::default(),
            notes: Vec::new(),
        };
        source.skip_preamble()?;
        source.read_header()?;
        if source.dialect.trailing_delimiter {
            let note =
                "records end with one delimiter more than the header; nothing stands after it";
            source.notes.push(note.to_owned());
        }
        Ok(source)
    }

    fn skip_preamble(&mut self) -> Result<()> {
        let mut skipped = 0;
        while skipped < self.dialect.preamble && self.advance()? {
            skipped += 1;
        }
        if skipped > 0 {
            let lines = if skipped == 1 { "1 line".to_owned() } else { format!("{skipped} lines") };
            self.notes.push(format!("{lines} before the table were skipped"));
        }
        Ok(())
    }

    fn read_header(&mut self) -> Result<()> {
        if !self.dialect.header {
            let names = (1..=self.dialect.fields).map(|number| format!("column_{number}"));
            self.names = Arc::new(names.collect());
            self.notes.push("the first record is data, so the columns are numbered".to_owned());
            return Ok(());
        }
        if !self.advance()? {
            return Ok(());
        }
        let fields = self.record.fields();
        let mut fields: Vec<String> =
            fields.map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        fields.resize(self.dialect.fields, String::new());
        let (names, notes) = column_names(&fields);
        self.names = Arc::new(names);
        self.notes.extend(notes);
        Ok(())
    }

    /// Reads the next record; `false` at the end.
    fn advance(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if !self.records.next_record(&mut self.record)? {
            self.ended = true;
            return Ok(false);
        }
        if self.record.is_unclosed() {
            self.set_unclosed_aside();
            return Ok(false);
        }
        Ok(true)
    }

    /// The rest of the file went into one field.
    fn set_unclosed_aside(&mut self) {
        self.ended = true;
        let text = self.text_of_record();
        let text = text.strip_suffix(END).unwrap_or(&text).trim_ascii_end();
        let lines = match bytes_count(text, b'\n') {
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        };
        let line = self.record.line();
        self.bad_rows.add(line, "a quote is opened and never closed", text);
        self.notes.push(format!(
            "a quote opened in the record at line {line} is never closed, so the {lines} after it could not be read as rows"
        ));
    }

    fn text_of_record(&self) -> Vec<u8> {
        self.record.fields().collect::<Vec<_>>().join(&self.dialect.delimiter)
    }

    /// Adds lines to a block, until it is full, or a line has to be read as a record.
    fn take_lines(&mut self, block: &mut Block) -> Result<()> {
        while !block.is_full()
            && let Some(Line { text, ends, number }) = self.records.next_line()?
        {
            if let Some(flaw) = self.row.flaw_of_text(text, ends.len()) {
                self.bad_rows.add_blank(number, flaw, text);
                block.push_blank();
                continue;
            }
            // What stands behind a last delimiter is nothing, and no field.
            let ends = ends.get(..self.row.fields).unwrap_or(ends);
            let length = ends.last().copied().unwrap_or(text.len());
            block.push_line(text.get(..length).unwrap_or(text), ends);
        }
        Ok(())
    }

    /// Adds the next record to a block; `false` at the end.
    fn take_record(&mut self, block: &mut Block) -> Result<bool> {
        if !self.advance()? {
            return Ok(false);
        }
        if let Some(flaw) = self.row.flaw(&self.record) {
            self.bad_rows.add_blank(self.record.line(), flaw, &self.text_of_record());
            block.push_blank();
        } else {
            block.push_fields(self.record.fields().take(self.row.fields));
        }
        Ok(true)
    }
}

impl RecordSource for DelimitedSource {
    fn next_block(&mut self) -> Result<Option<Block>> {
        let mut block = Block::new(Arc::clone(&self.names));
        while !self.ended && !block.is_full() {
            self.take_lines(&mut block)?;
            if block.is_full() || !self.take_record(&mut block)? {
                break;
            }
        }
        Ok((block.rows > 0).then_some(block))
    }

    fn report(&mut self) -> SourceReport {
        SourceReport {
            names: Arc::clone(&self.names),
            bad_rows: std::mem::take(&mut self.bad_rows),
            null_texts: Vec::new(),
            notes: std::mem::take(&mut self.notes),
        }
    }
}

/// What a row looks like.
#[derive(Clone, Copy, Debug)]
struct Row {
    fields: usize,
    delimiter: u8,
    /// Whether one delimiter more may stand at the end.
    trailing_delimiter: bool,
    /// The text was decoded: U+FFFD stands for bytes that mean nothing in its encoding.
    decoded: bool,
}

impl Row {
    /// Why a record is not a row, if it is not.
    fn flaw(&self, record: &Record) -> Option<String> {
        let last_is_empty = record.fields().last().is_some_and(<[u8]>::is_empty);
        self.wrong_width(record.len(), last_is_empty).or_else(|| {
            let broken = |field: &[u8]| std::str::from_utf8(field).is_err();
            self.broken_text(record.text(), || record.fields().any(broken))
        })
    }

    /// The same of a line without quotes: a delimiter is ASCII, so its text is as good as its fields.
    fn flaw_of_text(&self, text: &[u8], fields: usize) -> Option<String> {
        self.wrong_width(fields, text.last() == Some(&self.delimiter))
            .or_else(|| self.broken_text(text, || std::str::from_utf8(text).is_err()))
    }

    fn wrong_width(&self, fields: usize, last_is_empty: bool) -> Option<String> {
        let expected = self.fields;
        let trailing = self.trailing_delimiter && fields == expected + 1 && last_is_empty;
        let noun = if fields == 1 { "field" } else { "fields" };
        (fields != expected && !trailing).then(|| format!("{fields} {noun}, expected {expected}"))
    }

    fn broken_text(&self, text: &[u8], is_broken: impl FnOnce() -> bool) -> Option<String> {
        if text.is_ascii() {
            return None;
        }
        if is_broken() {
            return Some("bytes that are not UTF-8".to_owned());
        }
        let replaced = self.decoded && contains(text, "\u{fffd}".as_bytes());
        replaced.then(|| "bytes that mean nothing in the file's encoding".to_owned())
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Makes blank lines visible: in a table of one column a blank line is a missing value, but the
/// reader of records skips it. Each blank line between others becomes a pair of quotes.
struct BlankLines<R> {
    inner: R,
    input: Vec<u8>,
    output: Vec<u8>,
    sent: usize,
    place: Place,
    previous: u8,
    /// Blank lines since the last text.
    blank: usize,
}

/// Where in the text of a single column a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeText,
    LineStart,
    Field,
    InQuotes,
    /// After a quote that closes the field or is the first of a pair.
    AfterQuote,
}

impl<R: Read> BlankLines<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            input: vec![0; 64 * 1024],
            output: Vec::new(),
            sent: 0,
            place: Place::BeforeText,
            previous: 0,
            blank: 0,
        }
    }

    fn take(&mut self, byte: u8) {
        let previous = std::mem::replace(&mut self.previous, byte);
        let ends_line = matches!(byte, b'\n' | b'\r') && self.place != Place::InQuotes;
        let starts_line = matches!(self.place, Place::BeforeText | Place::LineStart);
        if ends_line && starts_line {
            // \r\n is one end of line, and blank lines before the first text are none
            let second_half = byte == b'\n' && previous == b'\r';
            self.blank += usize::from(self.place == Place::LineStart && !second_half);
            return;
        }
        if starts_line {
            for _ in 0..std::mem::take(&mut self.blank) {
                self.output.extend_from_slice(b"\"\"\n");
            }
        }
        self.output.push(if ends_line { b'\n' } else { byte });
        self.place = match (self.place, byte) {
            _ if ends_line => Place::LineStart,
            (Place::InQuotes, b'"') => Place::AfterQuote,
            (Place::InQuotes, _)
            | (Place::BeforeText | Place::LineStart | Place::AfterQuote, b'"') => Place::InQuotes,
            _ => Place::Field,
        };
    }
}

impl<R: Read> Read for BlankLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.sent == self.output.len() {
            self.output.clear();
            self.sent = 0;
            let mut input = std::mem::take(&mut self.input);
            let count = self.inner.read(&mut input);
            if let Ok(count) = count {
                for &byte in &input[..count] {
                    self.take(byte);
                }
            }
            self.input = input;
            if count? == 0 {
                return Ok(0);
            }
        }
        let count = buffer.len().min(self.output.len() - self.sent);
        buffer[..count].copy_from_slice(&self.output[self.sent..self.sent + count]);
        self.sent += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::dialect::detect;

    /// Names, rows and report of a text.
    fn read(text: &'static [u8]) -> (Vec<String>, Vec<Vec<String>>, SourceReport) {
        let dialect = detect(text, true);
        let input: Box<dyn Read + Send> = Box::new(text);
        let mut source = DelimitedSource::open(input, dialect, false).unwrap();
        let mut rows = Vec::new();
        while let Some(block) = source.next_block().unwrap() {
            let columns: Vec<Vec<String>> = (0..block.width())
                .map(|column| {
                    let cells = block.column(column);
                    cells.map(|cell| String::from_utf8_lossy(cell.bytes).into_owned()).collect()
                })
                .collect();
            rows.extend(
                (0..block.rows).map(|row| {
                    columns.iter().map(|column| column[row].clone()).collect::<Vec<_>>()
                }),
            );
        }
        let report = source.report();
        (report.names.to_vec(), rows, report)
    }

    #[test]
    fn ragged_records_are_set_aside_with_their_line() {
        let (_, rows, report) = read(b"a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n13\n14,15,16\n");
        assert_eq!(rows.len(), 6);
        assert_eq!(rows[0], ["1", "2", "3"]);
        assert_eq!(rows[1], ["", "", ""]);
        assert_eq!(rows[5], ["14", "15", "16"]);
        assert_eq!(report.bad_rows.count, 3);
        let lines: Vec<_> = report.bad_rows.examples.iter().map(|bad| bad.line).collect();
        assert_eq!(lines, [3, 4, 6]);
        assert_eq!(report.bad_rows.examples[0].reason, "2 fields, expected 3");
        assert_eq!(report.bad_rows.examples[1].text, "6,7,8,9");
    }

    #[test]
    fn blank_lines_are_values_in_a_single_column_and_nothing_else() {
        let (names, rows, _) = read(b"\nx\n1\n\n\n2\n\"a\n\nb\"\n\n");
        assert_eq!(names, ["x"]);
        assert_eq!(rows, [["1"], [""], [""], ["2"], ["a\n\nb"]]);
        let (_, rows, _) = read(b"x\n5\" pipe\n\n\"a \"\"b\"\"\"\n");
        assert_eq!(rows, [["5\" pipe"], [""], ["a \"b\""]]);
        let (_, rows, _) = read(b"x\r\n1\r\n\r\n2\r\n");
        assert_eq!(rows, [["1"], [""], ["2"]]);
        let (_, rows, report) = read(b"a,b\n1,2\n\n3\n");
        assert_eq!(rows, [["1", "2"], ["", ""]]);
        assert_eq!(report.bad_rows.examples[0].line, 4);
    }

    #[test]
    fn all_ends_of_line_are_read() {
        let (_, rows, _) = read(b"a,b\n1,2\r\n3,4\r5,6\n7,8");
        assert_eq!(rows, [["1", "2"], ["3", "4"], ["5", "6"], ["7", "8"]]);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told() {
        let (_, rows, report) = read(b"a,b\n1,x\n2,\"y\n3,z\n4,w\n");
        assert_eq!(rows, [["1", "x"]]);
        assert_eq!(report.bad_rows.count, 1);
        assert_eq!(report.bad_rows.examples[0].line, 3);
        assert!(
            report.notes.iter().any(|note| note.contains("the 2 lines after it")),
            "{report:?}"
        );
    }

    #[test]
    fn bytes_that_are_not_text_are_set_aside() {
        let (_, rows, report) = read(b"a,b\n1,x\n2,\xff\n3,\xc3\xa9\n");
        assert_eq!(rows[2], ["3", "é"]);
        assert_eq!(report.bad_rows.examples[0].line, 3);
    }

    #[test]
    fn a_nul_byte_cuts_nothing() {
        let (_, rows, _) = read(b"a,b\n1,x\0y\n2,z\n");
        assert_eq!(rows[0][1], "x\0y");
    }
}
