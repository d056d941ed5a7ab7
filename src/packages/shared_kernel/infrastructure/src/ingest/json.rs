//! JSON as a source of records: an object a line, an array of objects, or objects in a row.
//!
//! Numbers keep their digits: a record is checked by serde_json, then cut into the raw text of
//! its members here, because a parsed number would be rounded to a 64-bit float.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use serde::de::IgnoredAny;
use shared_kernel_domain::{Error, Result};

use super::block::{BadRows, Block, CellForm, CellView, RecordSource, SourceReport};

/// A record larger than this is taken for damage.
const LARGEST_RECORD: usize = 64 << 20;

/// How records follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JsonLayout {
    /// One object a line: a broken line spoils nothing else.
    Lines,
    /// An array of objects, or objects in a row that may span lines.
    Values,
}

/// Reads JSON objects as records; a member is a column.
pub(super) struct JsonSource {
    input: BufReader<Box<dyn Read + Send>>,
    layout: JsonLayout,
    line: u64,
    /// Arrays around the values that are open.
    open_arrays: i64,
    names: Arc<Vec<String>>,
    places: HashMap<String, usize>,
    record: Vec<u8>,
    /// Where `record` begins, if it is still to be given out.
    pending: Option<u64>,
    ended: bool,
    bad_rows: BadRows,
    notes: Vec<String>,
}

impl JsonSource {
    /// Reads UTF-8 text.
    pub(super) fn open(text: Box<dyn Read + Send>, layout: JsonLayout) -> Self {
        Self {
            input: BufReader::with_capacity(256 * 1024, text),
            layout,
            line: 1,
            open_arrays: 0,
            names: Arc::default(),
            places: HashMap::new(),
            record: Vec::new(),
            pending: None,
            ended: false,
            bad_rows: BadRows::default(),
            notes: Vec::new(),
        }
    }

    /// Reads the text of the next record; gives the line it begins at.
    fn advance(&mut self) -> Result<Option<u64>> {
        if let Some(line) = self.pending.take() {
            return Ok(Some(line));
        }
        self.record.clear();
        match self.layout {
            JsonLayout::Lines => self.next_line(),
            JsonLayout::Values => self.next_value(),
        }
    }

    fn next_line(&mut self) -> Result<Option<u64>> {
        loop {
            self.record.clear();
            let mut limited = (&mut self.input).take(LARGEST_RECORD as u64);
            let count = limited.read_until(b'\n', &mut self.record).map_err(cannot_read)?;
            if count == 0 {
                return Ok(None);
            }
            let line = self.line;
            self.line += 1;
            if !self.record.trim_ascii().is_empty() {
                return Ok(Some(line));
            }
        }
    }

    /// The next value below the outermost array, by counting brackets outside strings.
    fn next_value(&mut self) -> Result<Option<u64>> {
        let mut nesting = Nesting::default();
        let mut start = None;
        while !self.ended {
            let bytes = self.input.fill_buf().map_err(cannot_read)?;
            if bytes.is_empty() {
                self.ended = true;
                if start.is_none() && self.open_arrays > 0 {
                    let reason = "the array never ends: the file may be cut off";
                    self.bad_rows.add(self.line, reason, b"");
                }
                break;
            }
            let mut used = 0;
            let mut complete = false;
            for &byte in bytes {
                used += 1;
                if start.is_none() {
                    let skipped = byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']');
                    self.line += u64::from(byte == b'\n');
                    if skipped {
                        self.open_arrays += i64::from(byte == b'[') - i64::from(byte == b']');
                        continue;
                    }
                    start = Some(self.line);
                    self.record.push(byte);
                    nesting.take(byte);
                    continue;
                }
                if nesting.ends_before(byte) {
                    used -= 1;
                    complete = true;
                    break;
                }
                self.line += u64::from(byte == b'\n');
                self.record.push(byte);
                nesting.take(byte);
                if nesting.is_closed() || self.record.len() > LARGEST_RECORD {
                    complete = true;
                    break;
                }
            }
            self.input.consume(used);
            if complete {
                break;
            }
        }
        Ok(start)
    }

    /// Makes room for the members of an object; gives the column of each.
    fn columns(&mut self, members: &[Member<'_>]) -> Vec<usize> {
        let mut columns = Vec::with_capacity(members.len());
        for (index, member) in members.iter().enumerate() {
            // records mostly have the same members in the same order
            if self.names.get(index).is_some_and(|name| *name == member.name) {
                columns.push(index);
                continue;
            }
            let next = self.names.len();
            let column = *self.places.entry(member.name.clone()).or_insert(next);
            if column == next {
                Arc::make_mut(&mut self.names).push(member.name.clone());
            }
            columns.push(column);
        }
        columns
    }
}

impl RecordSource for JsonSource {
    fn next_block(&mut self) -> Result<Option<Block>> {
        let mut block = Block::new(Arc::clone(&self.names));
        while !block.is_full() {
            let Some(line) = self.advance()? else { break };
            let record = std::mem::take(&mut self.record);
            match members(&record) {
                Ok(members) => {
                    let columns = self.columns(&members);
                    if block.width() < self.names.len() {
                        if block.rows > 0 {
                            // all records of a block are equally wide, so this one waits
                            self.pending = Some(line);
                            self.record = record;
                            break;
                        }
                        block = Block::new(Arc::clone(&self.names));
                    }
                    push(&mut block, &columns, &members);
                }
                Err(reason) => self.bad_rows.add(line, reason, record.trim_ascii()),
            }
            self.record = record;
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

/// Adds an object; of members of the same name the last counts.
fn push(block: &mut Block, columns: &[usize], members: &[Member<'_>]) {
    let missing = CellView { form: CellForm::Null, bytes: b"" };
    let mut cells = vec![missing; block.width()];
    for (&column, member) in columns.iter().zip(members) {
        if let Some(cell) = cells.get_mut(column) {
            *cell = CellView { form: member.form, bytes: &member.value };
        }
    }
    block.push_cells(cells.into_iter());
}

fn cannot_read(error: std::io::Error) -> Error {
    Error::input(format!("the text could not be read: {error}"))
        .hint("the file may be cut off or damaged")
        .caused_by(error)
}

/// Brackets and strings around a place in JSON text.
#[derive(Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
    closed: bool,
}

impl Nesting {
    fn take(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    self.closed = self.depth == 0;
                }
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                self.closed = self.depth == 0;
            }
            _ => {}
        }
    }

    /// Whether a bare value (a number, a word) ends before this byte.
    fn ends_before(&self, byte: u8) -> bool {
        self.depth == 0
            && !self.in_string
            && (byte.is_ascii_whitespace() || matches!(byte, b',' | b']'))
    }

    fn is_closed(&self) -> bool {
        self.closed
    }
}

/// A member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member<'a> {
    name: String,
    form: CellForm,
    value: std::borrow::Cow<'a, [u8]>,
}

/// The members of an object's text, or why it is not an object.
fn members(record: &[u8]) -> std::result::Result<Vec<Member<'_>>, String> {
    serde_json::from_slice::<IgnoredAny>(record).map_err(|error| format!("not JSON: {error}"))?;
    let text = record.trim_ascii();
    if text.first() != Some(&b'{') {
        return Err("not a JSON object".to_owned());
    }
    // the text is valid from here on, so it is enough to follow its brackets
    let mut members = Vec::new();
    let mut rest = text.get(1..).unwrap_or_default().trim_ascii_start();
    while rest.first() == Some(&b'"') {
        let (name, after) = split_value(rest);
        let after = after.trim_ascii_start().strip_prefix(b":").unwrap_or(after);
        let (value, after) = split_value(after.trim_ascii_start());
        members.push(member(name, value)?);
        let after = after.trim_ascii_start();
        rest = after.strip_prefix(b",").unwrap_or(after).trim_ascii_start();
    }
    Ok(members)
}

fn member<'a>(name: &[u8], value: &'a [u8]) -> std::result::Result<Member<'a>, String> {
    let invalid = |error: serde_json::Error| format!("not JSON: {error}");
    let name: String = serde_json::from_slice(name).map_err(invalid)?;
    let (form, value) = match value.first() {
        Some(b'"') => {
            let inner = value.get(1..value.len() - 1).unwrap_or_default();
            let text = if inner.contains(&b'\\') {
                serde_json::from_slice::<String>(value).map_err(invalid)?.into_bytes().into()
            } else {
                inner.into()
            };
            (CellForm::Quoted, text)
        }
        Some(b'{') => (CellForm::Struct, compact(value).into()),
        Some(b'[') => (CellForm::List, compact(value).into()),
        Some(b'n') | None => (CellForm::Null, (&[][..]).into()),
        Some(_) => (CellForm::Bare, value.into()),
    };
    Ok(Member { name, form, value })
}

/// The value that valid JSON text begins with, and what follows it.
fn split_value(text: &[u8]) -> (&[u8], &[u8]) {
    let mut nesting = Nesting::default();
    for (index, &byte) in text.iter().enumerate() {
        let ends = index > 0
            && (nesting.ends_before(byte)
                || nesting.depth == 0 && !nesting.in_string && byte == b'}');
        if ends {
            return text.split_at(index);
        }
        nesting.take(byte);
        if nesting.is_closed() {
            return text.split_at(index + 1);
        }
    }
    (text, &[])
}

/// JSON text without the white space between its tokens.
fn compact(text: &[u8]) -> Vec<u8> {
    let mut nesting = Nesting::default();
    let mut compact = Vec::with_capacity(text.len());
    for &byte in text {
        if nesting.in_string || !byte.is_ascii_whitespace() {
            compact.push(byte);
        }
        nesting.take(byte);
    }
    compact
}

/// How the records of a JSON text are laid out, or `None` if it is something else.
/// `whole` says that the sample is all there is.
pub(super) fn layout(sample: &[u8], whole: bool) -> Option<JsonLayout> {
    let text = sample.trim_ascii_start();
    let after = text.get(1..).unwrap_or_default().trim_ascii_start().first();
    match text.first()? {
        b'[' if matches!(after, Some(b'{' | b'[' | b']') | None) => Some(JsonLayout::Values),
        b'[' if whole && serde_json::from_slice::<IgnoredAny>(text).is_ok() => {
            Some(JsonLayout::Values)
        }
        b'{' if matches!(after, Some(b'"' | b'}') | None) => {
            let mut lines = text.split(|&byte| byte == b'\n');
            let first = lines.next().unwrap_or_default();
            let one_line = lines.next().is_some() || whole;
            let is_object = serde_json::from_slice::<IgnoredAny>(first).is_ok();
            // a first line that is cut off or broken is still a line if the next begins an object
            let next_begins = text
                .split(|&byte| byte == b'\n')
                .skip(1)
                .find(|line| !line.trim_ascii().is_empty());
            let next_begins = next_begins.is_some_and(|line| line.starts_with(b"{"));
            let lines = is_object || next_begins || !one_line;
            Some(if lines { JsonLayout::Lines } else { JsonLayout::Values })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Names, cells by row ("~" where there is none), and report.
    fn read(text: &[u8]) -> (Vec<String>, Vec<Vec<String>>, SourceReport) {
        let layout = layout(text, true).unwrap();
        let mut source = JsonSource::open(Box::new(std::io::Cursor::new(text.to_vec())), layout);
        let mut rows = Vec::new();
        while let Some(block) = source.next_block().unwrap() {
            for row in 0..block.rows {
                let cells = (0..block.width()).filter_map(|column| block.column(column).nth(row));
                let text = |cell: CellView<'_>| match cell.form {
                    CellForm::Null => "~".to_owned(),
                    _ => String::from_utf8_lossy(cell.bytes).into_owned(),
                };
                rows.push(cells.map(text).collect());
            }
        }
        let report = source.report();
        (report.names.to_vec(), rows, report)
    }

    #[test]
    fn lines_keep_digits_and_nested_text() {
        let (names, rows, _) = read(
            br#"{"id": 1, "tags": ["a", "b c"]}
{"id": 12345678901234567890123, "who": {"n": "x\"y"}, "tags": []}

{"id": "3\n", "tags": null}
"#,
        );
        assert_eq!(names, ["id", "tags", "who"]);
        assert_eq!(rows[0], ["1", r#"["a","b c"]"#]);
        assert_eq!(rows[1], ["12345678901234567890123", "[]", r#"{"n":"x\"y"}"#]);
        assert_eq!(rows[2], ["3\n", "~", "~"]);
    }

    #[test]
    fn broken_lines_are_set_aside() {
        let (_, rows, report) = read(b"{\"a\":1}\n\n{\"a\":2}\n[1]\n{\"a\":");
        assert_eq!(rows.len(), 2);
        let lines: Vec<_> = report.bad_rows.examples.iter().map(|bad| bad.line).collect();
        assert_eq!(lines, [4, 5]);
    }

    #[test]
    fn arrays_and_objects_over_lines_are_read() {
        let array = b"[\n {\"a\": 1,\n  \"b\": \"x]}\"},\n {\"a\": 2, \"a\": 3}, 7, \"t\"]\n";
        let (names, rows, report) = read(array);
        assert_eq!(names, ["a", "b"]);
        assert_eq!(rows, [["1", "x]}"], ["3", "~"]]);
        assert_eq!(report.bad_rows.count, 2);
        assert_eq!(report.bad_rows.examples[0].line, 4);
        let (_, rows, _) = read(b"{\n \"a\": 1\n}\n");
        assert_eq!(rows, [["1"]]);
    }

    #[test]
    fn other_text_is_not_json() {
        assert_eq!(layout(b"[section]\nkey=1\n", true), None);
        assert_eq!(layout(b"a,b\n{1},2\n", true), None);
        assert_eq!(layout(b"{}", true), Some(JsonLayout::Lines));
    }

    proptest! {
        #[test]
        fn any_text_ends(text in r#"[\[{]["{}\[\],:a1\\ \n]{0,60}"#) {
            if layout(text.as_bytes(), true).is_some() {
                read(text.as_bytes());
            }
        }
    }
}
