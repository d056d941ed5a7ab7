//! Records of delimited text, one after the other.
//!
//! Most files quote nothing, or few of their fields: there, lines are cut at their delimiters eight
//! bytes at a time. A record with a quote goes through the automaton of the `csv` crates, as do the
//! records after it for a while. Both read the same: a record ends with `\n`, `\r` or both, and
//! blank lines are none.

use std::io::{ErrorKind, Read};

use csv_core::ReadRecordResult;
use shared_kernel_domain::{Error, Result};

/// Stands after the last record. If it is found inside a field, a quote was never closed.
pub(super) const END: &[u8] = b"\n\x1epynomaly end of table\x1e\n";
const BUFFER: usize = 512 * 1024;

/// After a quote so many records are read one by one before lines are tried again.
const PATIENCE: u32 = 64;

/// A record and where it stood.
#[derive(Debug, Default)]
pub(super) struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    length: usize,
    fields: usize,
    line: u64,
}

impl Record {
    /// Number of fields.
    pub(super) fn len(&self) -> usize {
        self.fields
    }

    /// The fields, unquoted.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).take(self.fields).map(|(&start, &end)| &self.bytes[start..end])
    }

    /// The text of all fields, one after the other.
    pub(super) fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// The line of the file the record begins at, from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Whether it is what stands after the last record.
    fn is_end(&self) -> bool {
        self.text() == END.trim_ascii()
    }

    /// Whether a quote that was never closed took in all up to the end of the table.
    pub(super) fn is_unclosed(&self) -> bool {
        self.text().ends_with(END.trim_ascii_start())
    }
}

/// A line without quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Without its end.
    pub(super) text: &'a [u8],
    /// Where each field ends in it.
    pub(super) ends: &'a [usize],
    /// Its number in the file, from 1.
    pub(super) number: u64,
}

/// Reads records.
pub(super) struct Records {
    input: Box<dyn Read + Send>,
    delimiter: u8,
    automaton: csv_core::Reader,
    buffer: Vec<u8>,
    /// What of the buffer is not read yet.
    from: usize,
    to: usize,
    /// Where the text ends in the buffer, once all of it was taken in.
    end: Option<usize>,
    ends: Vec<usize>,
    /// Records to be read one by one before lines are tried again.
    patience: u32,
}

impl Records {
    pub(super) fn new(input: Box<dyn Read + Send>, delimiter: u8) -> Self {
        Self {
            input,
            delimiter,
            automaton: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            buffer: vec![0; BUFFER],
            from: 0,
            to: 0,
            end: None,
            ends: Vec::new(),
            patience: 0,
        }
    }

    /// Takes more text into the buffer; `false` when it is full, or there is no more.
    fn fill(&mut self) -> Result<bool> {
        if self.end.is_some() {
            return Ok(false);
        }
        self.buffer.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        if self.to == self.buffer.len() {
            return Ok(false);
        }
        let count = loop {
            match self.input.read(&mut self.buffer[self.to..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.map_err(|error| self.cannot_read(error))?,
            }
        };
        if count == 0 {
            self.end = Some(self.to);
            self.buffer.truncate(self.to);
            self.buffer.extend_from_slice(END);
            self.to = self.buffer.len();
        } else {
            self.to += count;
        }
        Ok(true)
    }

    fn cannot_read(&self, error: std::io::Error) -> Error {
        Error::input(format!("the text could not be read: {error}"))
            .at(format!("line {}", self.automaton.line()))
            .hint("the file may be cut off or damaged")
            .caused_by(error)
    }

    /// Reads the next record; `false` at the end. It may be [`Record::is_unclosed`].
    pub(super) fn next_record(&mut self, record: &mut Record) -> Result<bool> {
        self.patience = self.patience.saturating_sub(1);
        (record.length, record.fields) = (0, 0);
        let begins_at = self.automaton.line();
        loop {
            if self.from == self.to {
                self.fill()?;
            }
            let (result, read, written, ended) = self.automaton.read_record(
                &self.buffer[self.from..self.to],
                &mut record.bytes[record.length..],
                &mut record.ends[record.fields..],
            );
            self.from += read;
            record.length += written;
            record.fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    record.bytes.resize((2 * record.bytes.len()).max(1_024), 0);
                }
                ReadRecordResult::OutputEndsFull => {
                    record.ends.resize((2 * record.ends.len()).max(64), 0);
                }
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::Record => break,
            }
        }
        // The automaton counts blank lines before a record as its own.
        let own = bytes_count(record.text(), b'\n') as u64;
        let ended = u64::from(!record.is_unclosed());
        record.line = self.automaton.line().saturating_sub(own + ended).max(begins_at);
        Ok(!record.is_end())
    }

    /// The next line that is not blank, if it has no quote and can be read as a whole.
    pub(super) fn next_line(&mut self) -> Result<Option<Line<'_>>> {
        if self.patience > 0 {
            return Ok(None);
        }
        loop {
            let text = self.buffer.get(self.from..self.end.unwrap_or(self.to)).unwrap_or_default();
            self.ends.clear();
            match cut(text, self.delimiter, &mut self.ends) {
                Cut::Line { length } => {
                    let start = self.from;
                    let number = self.automaton.line();
                    // A half of it that was not read yet is a blank line later.
                    let pair = text.get(length..length + 2) == Some(b"\r\n");
                    self.from += length + if pair { 2 } else { 1 };
                    let breaks = pair || self.buffer[start + length] == b'\n';
                    self.automaton.set_line(number + u64::from(breaks));
                    if length > 0 {
                        let text = &self.buffer[start..start + length];
                        return Ok(Some(Line { text, ends: &self.ends, number }));
                    }
                }
                Cut::Quote => {
                    self.patience = PATIENCE;
                    return Ok(None);
                }
                Cut::Unfinished => {
                    if self.end.is_some() || !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }
}

pub(super) fn bytes_count(bytes: &[u8], wanted: u8) -> usize {
    bytes.split(|&byte| byte == wanted).count() - 1
}

/// What comes first in a text.
enum Cut {
    /// An end of line, after so many bytes.
    Line { length: usize },
    /// A quote.
    Quote,
    /// Neither.
    Unfinished,
}

/// Every byte of a word the same.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte that is zero, and no other (Mycroft 1987, in the exact form).
#[inline]
fn zeros(word: u64) -> u64 {
    !(((word & each(0x7f)) + each(0x7f)) | word | each(0x7f))
}

/// Finds where the fields of the first line end; the last one with the line.
#[inline]
fn cut(text: &[u8], delimiter: u8, ends: &mut Vec<usize>) -> Cut {
    let delimiters = each(delimiter);
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let mut found = zeros(word ^ delimiters)
            | zeros(word ^ each(b'\n'))
            | zeros(word ^ each(b'\r'))
            | zeros(word ^ each(b'"'));
        while found != 0 {
            let place = 8 * index + found.trailing_zeros() as usize / 8;
            if let Some(cut) = take(text[place], place, delimiter, ends) {
                return cut;
            }
            found &= found - 1;
        }
    }
    for (offset, &byte) in rest.iter().enumerate() {
        if (byte == delimiter || matches!(byte, b'\n' | b'\r' | b'"'))
            && let Some(cut) = take(byte, text.len() - rest.len() + offset, delimiter, ends)
        {
            return cut;
        }
    }
    Cut::Unfinished
}

#[inline]
fn take(byte: u8, place: usize, delimiter: u8, ends: &mut Vec<usize>) -> Option<Cut> {
    if byte == b'"' {
        return Some(Cut::Quote);
    }
    ends.push(place);
    (byte != delimiter).then_some(Cut::Line { length: place })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Hands out a few bytes at a time.
    struct Drops(Vec<u8>, usize);

    impl Read for Drops {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0.drain(..count);
            Ok(count)
        }
    }

    type Read1 = (u64, Vec<Vec<u8>>);

    fn all(text: &[u8], by_lines: bool) -> Vec<Read1> {
        let mut records = Records::new(Box::new(Drops(text.to_vec(), 5)), b',');
        let mut record = Record::default();
        let mut read = Vec::new();
        loop {
            while by_lines && let Some(line) = records.next_line().unwrap() {
                let starts = std::iter::once(0).chain(line.ends.iter().map(|end| end + 1));
                let fields =
                    starts.zip(line.ends).map(|(start, &end)| line.text[start..end].to_vec());
                read.push((line.number, fields.collect()));
            }
            if !records.next_record(&mut record).unwrap() {
                return read;
            }
            read.push((record.line(), record.fields().map(<[u8]>::to_vec).collect()));
            if record.is_unclosed() {
                return read;
            }
        }
    }

    #[test]
    fn lines_and_quoted_records_take_turns() {
        let mut text = b"a,b\r\n\r\n1,\n\"x\n,y\",2\n".to_vec();
        for row in 0..100 {
            text.extend(format!("{row},z\n").bytes());
        }
        let read = all(&text, true);
        assert_eq!(read[1], (3, vec![b"1".to_vec(), Vec::new()]));
        assert_eq!(read[2], (4, vec![b"x\n,y".to_vec(), b"2".to_vec()]));
        assert_eq!(read[102], (105, vec![b"99".to_vec(), b"z".to_vec()]));
        assert_eq!(read, all(&text, false));
    }

    /// Both ways read the same. Of lines that end with `\r` alone the automaton does not know the
    /// number.
    fn agree(text: &[u8]) -> Result<(), TestCaseError> {
        let (lines, records) = (all(text, true), all(text, false));
        let fields = |read: &[Read1]| -> Vec<Vec<Vec<u8>>> {
            read.iter().map(|(_, fields)| fields.clone()).collect()
        };
        prop_assert_eq!(fields(&lines), fields(&records));
        if !text.contains(&b'\r') {
            prop_assert_eq!(lines, records);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn lines_are_what_the_automaton_reads(
            text in prop::collection::vec(prop::sample::select(b"ab,,\n\n\r\"".to_vec()), 0..300),
        ) {
            agree(&text)?;
        }

        #[test]
        fn lines_without_quotes_are_what_the_automaton_reads(
            text in prop::collection::vec(prop::sample::select(b"ab,,\n\r\x8c".to_vec()), 0..300),
        ) {
            agree(&text)?;
        }

        #[test]
        fn lines_are_numbered_as_the_automaton_does(
            text in prop::collection::vec(prop::sample::select(b"ab,,\n\n\"".to_vec()), 0..300),
        ) {
            agree(&text)?;
        }
    }
}
