//! Encodes scores as Parquet or CSV.

mod csv_file;
mod parquet_file;

#[cfg(test)]
mod tests;

use std::io;

use data_science_domain::scores::{
    ScoresColumns, ScoresFile, ScoresFormat, ScoresSink, ScoresWriter,
};
use serde::Serialize;
use shared_kernel_domain::{Error, Result};

/// Writes files of scores with Arrow's Parquet writer, or as CSV.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArrowScoresWriter;

impl ScoresWriter for ArrowScoresWriter {
    fn begin<'a>(
        &self,
        format: ScoresFormat,
        columns: ScoresColumns,
        sink: Box<ScoresSink<'a>>,
    ) -> Result<Box<dyn ScoresFile + 'a>> {
        Ok(match format {
            ScoresFormat::Parquet => Box::new(parquet_file::ParquetScores::begin(columns, sink)?),
            ScoresFormat::Csv => Box::new(csv_file::CsvScores::begin(columns, sink)?),
        })
    }
}

/// What is told of a row as JSON text.
fn json_text<T: Serialize>(told: Option<&T>) -> Result<Option<String>> {
    told.map(|told| {
        serde_json::to_string(told)
            .map_err(|cause| Error::internal("a row does not serialise").caused_by(cause))
    })
    .transpose()
}

/// A sink as a writer.
struct SinkWriter<'a>(Box<ScoresSink<'a>>);

impl io::Write for SinkWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (self.0)(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The error of a file of scores that could not be written.
fn lost(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::unavailable("the scores could not be written")
        .hint("check that the place exists, may be written and has room")
        .caused_by(cause)
}
