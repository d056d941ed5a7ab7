//! Text files as tables: what they are is detected, then they are read into a typed snapshot.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{IngestEvidence, TableFormat};
use shared_kernel_domain::{Error, Result};

use super::block::RecordSource;
use super::delimited::DelimitedSource;
use super::dialect::{self, Dialect};
use super::json::{self, JsonLayout, JsonSource};
use super::kind::{Kind, Signs};
use super::snapshot::{Destination, Snapshot};
use super::text::{TextCompression, TextEncoding, decoded, detect_encoding, fill, open_raw};
use super::typed::{Reading, TypedTable, write_typed};

/// Text that the format and the dialect are found in.
const SAMPLE_BYTES: usize = 256 * 1024;

/// How to read a text file.
pub(super) struct TextTable<'a> {
    pub(super) path: &'a Path,
    /// What to call the file in messages.
    pub(super) name: &'a str,
    pub(super) compression: TextCompression,
    /// What the user says it is.
    pub(super) format: Option<TableFormat>,
    pub(super) threads: usize,
    /// Told the (compressed) bytes read so far.
    pub(super) progress: &'a dyn Fn(u64),
    pub(super) cancellation: &'a Cancellation,
}

/// How records lie in the text.
enum Layout {
    Delimited(Dialect),
    Json(JsonLayout),
}

impl TextTable<'_> {
    /// Reads the file into a snapshot.
    pub(super) fn write(&self, destination: Destination<'_>) -> Result<(Snapshot, IngestEvidence)> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let raw = || open_raw(self.path, self.compression, &bytes_read);
        let encoding = detect_encoding(raw()?).map_err(|error| self.cannot_decompress(error))?;
        let text = || decoded(raw()?, encoding).map_err(|error| self.cannot_decompress(error));
        let mut sample = vec![0; SAMPLE_BYTES];
        let filled =
            fill(&mut text()?, &mut sample).map_err(|error| self.cannot_decompress(error))?;
        sample.truncate(filled);
        let whole = filled < SAMPLE_BYTES;
        self.check_is_text(&sample, encoding)?;
        let layout = self.layout(&sample, whole);
        let is_decoded = encoding.encoding != encoding_rs::UTF_8;
        let open = || -> Result<Box<dyn RecordSource>> {
            bytes_read.store(0, Ordering::Relaxed);
            Ok(match &layout {
                Layout::Delimited(dialect) => {
                    Box::new(DelimitedSource::open(text()?, dialect.clone(), is_decoded)?)
                }
                Layout::Json(layout) => Box::new(JsonSource::open(text()?, *layout)),
            })
        };
        let table = write_typed(&Reading {
            open: &open,
            comma: matches!(&layout, Layout::Delimited(dialect) if dialect.decimal_comma),
            threads: self.threads,
            destination,
            progress: &|| (self.progress)(bytes_read.load(Ordering::Relaxed)),
            cancellation: self.cancellation,
        })
        .map_err(|error| self.locate(error))?;
        Ok(self.evidence(table, &layout, encoding))
    }

    fn layout(&self, sample: &[u8], whole: bool) -> Layout {
        match self.format {
            Some(TableFormat::JsonLines) => Layout::Json(JsonLayout::Lines),
            Some(TableFormat::JsonArray) => Layout::Json(JsonLayout::Values),
            Some(_) => Layout::Delimited(dialect::detect(sample, whole)),
            None => match json::layout(sample, whole) {
                Some(layout) => Layout::Json(layout),
                None => Layout::Delimited(dialect::detect(sample, whole)),
            },
        }
    }

    /// Text has few control characters. Any bytes at all can be taken for a one-byte encoding, so
    /// what is neither UTF-8 nor UTF-16 may have hardly any.
    fn check_is_text(&self, sample: &[u8], encoding: TextEncoding) -> Result<()> {
        if sample.trim_ascii().is_empty() {
            return Err(Error::input(format!("{} is empty", self.name))
                .at(self.name)
                .hint("give a file with at least a header or one record"));
        }
        if let Some(known) = markup(sample).filter(|_| self.format.is_none()) {
            let error = unknown_format(self.name);
            let hint = error.hint_text().unwrap_or_default().to_owned();
            return Err(error.hint(format!("it looks like {known}; {hint}")));
        }
        // what was never written after the end of a text is zeros
        let written = sample.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        let head = sample.get(..written.min(64 * 1024)).unwrap_or_default();
        if head.is_empty() {
            return Err(unknown_format(self.name));
        }
        let is_control = |byte: &&u8| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127);
        let controls = head.iter().filter(is_control).count();
        let unicode = [encoding_rs::UTF_8, encoding_rs::UTF_16LE, encoding_rs::UTF_16BE];
        let most = if unicode.contains(&encoding.encoding) { 30 } else { 2 };
        let share = controls * 100 / head.len().max(1);
        if share > most {
            return Err(unknown_format(self.name));
        }
        Ok(())
    }

    fn cannot_decompress(&self, error: std::io::Error) -> Error {
        let what = match self.compression.name() {
            Some(name) => format!("{} could not be unpacked ({name}): {error}", self.name),
            None => format!("{} could not be read: {error}", self.name),
        };
        Error::input(what).at(self.name).hint("the file may be cut off or damaged").caused_by(error)
    }

    /// Adds the file's name to an error that knows only a place in it.
    fn locate(&self, error: Error) -> Error {
        match error.location() {
            Some(place) if place.starts_with("line ") => {
                let place = format!("{}, {place}", self.name);
                error.at(place)
            }
            None if error.kind() == shared_kernel_domain::ErrorKind::Input => error.at(self.name),
            _ => error,
        }
    }

    fn evidence(
        &self,
        table: TypedTable,
        layout: &Layout,
        encoding: TextEncoding,
    ) -> (Snapshot, IngestEvidence) {
        let mut notes = table.report.notes;
        if let Some(rival) = encoding.rival {
            let (read, rival) = (encoding.encoding.name(), rival.name());
            notes.push(format!(
                "the text is read as {read}, but could be {rival}; it cannot be told"
            ));
        }
        let names = table.snapshot.table.schema.names();
        for (name, column) in names.zip(&table.columns) {
            let quoted = matches!(layout, Layout::Json(_));
            notes.extend(column_note(name, column.signs, column.kind, quoted));
        }
        let format = match layout {
            Layout::Delimited(_) => TableFormat::Csv,
            Layout::Json(JsonLayout::Lines) => TableFormat::JsonLines,
            Layout::Json(JsonLayout::Values) => TableFormat::JsonArray,
        };
        let mut evidence = IngestEvidence::of_self_describing(format);
        evidence.encoding = Some(encoding.encoding.name().to_owned());
        evidence.compression = self.compression.name().map(str::to_owned);
        if let Layout::Delimited(dialect) = layout {
            evidence.delimiter = (dialect.fields > 1).then(|| char::from(dialect.delimiter));
            evidence.header = Some(dialect.header);
        }
        evidence.bad_rows = table.report.bad_rows.count;
        evidence.blank_rows = table.report.bad_rows.blank;
        evidence.bad_row_examples = table.report.bad_rows.examples;
        evidence.null_texts = table.null_texts;
        evidence.notes = notes;
        (table.snapshot, evidence)
    }
}

/// The kind of markup that a text begins as.
fn markup(sample: &[u8]) -> Option<&'static str> {
    let head = sample.trim_ascii_start();
    let begins =
        |mark: &[u8]| head.get(..mark.len()).is_some_and(|head| head.eq_ignore_ascii_case(mark));
    match () {
        () if begins(b"<!doctype html") || begins(b"<html") => Some("a web page"),
        () if begins(b"<?xml") => Some("XML"),
        () => None,
    }
}

/// What a careful reader would say of a column's type. `quoted`: the format tells texts from other
/// values, so that a text among them is a mixture and not perhaps a slip.
pub(super) fn column_note(name: &str, signs: Signs, kind: Kind, quoted: bool) -> Option<String> {
    if kind == Kind::Float && signs.any(Signs::GROUPED) {
        return Some(format!(
            "column {name}: 1.234 is read as a fraction, but may mean 1234; it cannot be told"
        ));
    }
    if kind != Kind::Text {
        return None;
    }
    let mixed = !signs.any(Signs::TEXT) || quoted;
    if signs.any(Signs::INEXACT) && signs.any(Signs::FLOAT) && mixed {
        return Some(format!(
            "column {name} has fractions and whole numbers that a float would round, so it is read as text"
        ));
    }
    let families = signs.families();
    (mixed && families.len() > 1)
        .then(|| format!("column {name} mixes {}, so it is read as text", families.join(" and ")))
}

/// The error for bytes that are no table we know.
pub(super) fn unknown_format(name: &str) -> Error {
    Error::input(format!("{name} is not a table in a format that can be read"))
        .at(name)
        .hint("formats: CSV and other delimited text (also .gz, .zst), JSON Lines, a JSON array, Parquet, Arrow IPC, Avro, Excel (.xlsx)")
}
