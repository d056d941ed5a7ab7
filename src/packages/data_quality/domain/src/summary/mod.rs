//! Summaries whose meaning belongs to data quality: counts together with the rows that show them.

mod dates;
mod missing;
mod text_forms;
mod text_tails;

pub(crate) use dates::days_since_epoch;
pub use dates::{DateClass, DateDomain};
pub use missing::MissingValues;
pub use text_forms::TextForms;
pub use text_tails::{Tail, TextTails};

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_kernel_domain::table::{Batch, Column, Values};
use shared_kernel_domain::{Error, Result};

/// Examples that a summary keeps of each kind of finding.
pub(crate) const KEPT: usize = 5;

/// Longest example text, in characters.
const EXAMPLE_CHARACTERS: usize = 80;

pub(crate) fn encode<S: Serialize>(summary: &S) -> Result<Vec<u8>> {
    postcard::to_allocvec(summary)
        .map_err(|cause| Error::internal("a summary does not serialise").caused_by(cause))
}

pub(crate) fn decode<S: DeserializeOwned>(bytes: &[u8]) -> Result<S> {
    postcard::from_bytes(bytes)
        .map_err(|cause| Error::internal("a summary's bytes are not readable").caused_by(cause))
}

/// The one column a summary of one column sees.
fn only_column<'a>(batch: &Batch<'a>) -> Result<&'a Column<'a>> {
    batch.columns.first().ok_or_else(|| Error::internal("a summary was given no column"))
}

/// A value of a column of numbers as a floating-point number.
pub(crate) fn number(column: &Column<'_>, row: usize) -> Option<f64> {
    if !column.is_valid(row) {
        return None;
    }
    match column.values {
        Values::Integer(values) => values.get(row).map(|&value| value as f64),
        Values::Float(values) => values.get(row).copied(),
        Values::Decimal { values, scale } => {
            values.get(row).map(|&value| value as f64 / 10_f64.powi(i32::from(scale)))
        }
        _ => None,
    }
}

/// Row numbers travel as `i64` from the engine; none is negative.
pub(crate) fn row_number(row: i64) -> u64 {
    u64::try_from(row).unwrap_or_default()
}

/// A text short enough for an example.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(EXAMPLE_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
