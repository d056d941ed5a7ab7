//! Reading foreign tables: what was found out about the source, and what could not be read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::cancellation::Cancellation;
use crate::table::TableReference;

/// A file format we read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TableFormat {
    /// Delimited text.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// One JSON array of objects.
    JsonArray,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC (file or stream).
    ArrowIpc,
    /// An Apache Avro object container file.
    Avro,
    /// A sheet of an Excel workbook (`.xlsx`, `.xls`).
    Excel,
}

impl TableFormat {
    /// Whether columns have types in the file, and need not be found out of texts.
    pub fn is_typed(self) -> bool {
        matches!(self, Self::Parquet | Self::ArrowIpc | Self::Avro)
    }
}

/// A record that could not be read as a row, kept aside with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BadRow {
    /// First line of the record in the file, from 1.
    pub line: u64,
    /// Why it is not a row, such as `5 fields, expected 3`.
    pub reason: String,
    /// The record's text, cut to 200 characters.
    pub text: String,
}

/// Texts that were read as null in one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NullText {
    /// The column.
    pub column: String,
    /// The text, such as `NA`.
    pub text: String,
    /// How often.
    pub count: u64,
}

/// What was detected while a table was read, and what was set aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IngestEvidence {
    /// The format.
    pub format: TableFormat,
    /// Character encoding of a text format, such as `UTF-8` or `windows-1252`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Compression around a text format, such as `gzip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// Field delimiter of delimited text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Whether the first record was taken as the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<bool>,
    /// Records set aside in all.
    pub bad_rows: u64,
    /// Those of them that stand in the table as rows without values, so that a row's number is
    /// that of its record.
    #[serde(default)]
    pub blank_rows: u64,
    /// The first of them, at most 100.
    pub bad_row_examples: Vec<BadRow>,
    /// Texts read as null in columns of another type.
    pub null_texts: Vec<NullText>,
    /// What else a careful reader would say, in plain sentences.
    pub notes: Vec<String>,
}

/// Bad rows and null texts told in sentences.
const TOLD: usize = 5;

impl IngestEvidence {
    /// What a reader of the result must know of the reading, in plain sentences.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.bad_rows > 0 {
            let lines: Vec<String> = self
                .bad_row_examples
                .iter()
                .take(TOLD)
                .map(|bad| format!("line {}: {}", bad.line, bad.reason))
                .collect();
            let records = if self.bad_rows == 1 { "record" } else { "records" };
            let more = if self.bad_rows > TOLD as u64 { "; …" } else { "" };
            sentences.push(format!(
                "{} {records} could not be read: {}{more}",
                self.bad_rows,
                lines.join("; ")
            ));
        }
        for null in self.null_texts.iter().take(TOLD) {
            sentences.push(format!(
                "{}: {:?} was read as missing, {} times",
                null.column, null.text, null.count
            ));
        }
        if self.null_texts.len() > TOLD {
            let more = self.null_texts.len() - TOLD;
            sentences.push(format!("and {more} more texts that were read as missing"));
        }
        sentences.extend(self.notes.iter().cloned());
        sentences
    }

    /// Evidence of a format that says everything about itself.
    pub fn of_self_describing(format: TableFormat) -> Self {
        Self {
            format,
            encoding: None,
            compression: None,
            delimiter: None,
            header: None,
            bad_rows: 0,
            blank_rows: 0,
            bad_row_examples: Vec::new(),
            null_texts: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// Where a foreign table is and how to read it; what is `None` is detected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableSource {
    /// A path, a glob, a folder of Parquet files, or `-` for standard input.
    pub location: String,
    /// The format, when the user names it.
    pub format: Option<TableFormat>,
    /// The sheet of a workbook, by name or by number from 1; else the first that holds data.
    pub sheet: Option<String>,
    /// Copy Parquet files into the store instead of referencing them in place.
    pub copy: bool,
    /// Keep the snapshot in the store; otherwise it goes when the process ends.
    pub keep: bool,
    /// Leave the digest of files that are only referred to unknown, so that the one scan that the
    /// caller makes anyway can take it: see [`ContentDigest::UNKNOWN`](crate::table::ContentDigest::UNKNOWN).
    pub leave_digest: bool,
}

/// A foreign table that became readable.
#[derive(Clone, Debug)]
pub struct IngestedTable {
    /// Where to scan it from now on.
    pub table: TableReference,
    /// What was found out.
    pub evidence: IngestEvidence,
}

/// Reads foreign tables into typed snapshots (text) or references (Parquet).
pub trait TableIngest: Send + Sync {
    /// Whether there is something to read at a location: a path, a matching glob, `-`.
    fn finds(&self, location: &str) -> bool;

    /// Reads the whole source once; the result carries the content digest.
    ///
    /// `progress` is told the bytes read so far and the bytes there are, when known.
    fn ingest(
        &self,
        source: &TableSource,
        progress: &dyn Fn(u64, Option<u64>),
        cancellation: &Cancellation,
    ) -> Result<IngestedTable>;
}
