//! Mergeable summaries: what a scan computes about columns, in one pass and bounded memory.
//!
//! Every summary can be cut into parts, merged and moved as bytes, so that the same plan runs on
//! one thread, many threads or many machines. Parts are merged in row order, and the parts of a
//! table depend only on the table; so the same table gives the same bytes everywhere.

mod bounds;
mod calendar;
mod characters;
mod column_profile;
mod content_digest;
mod counts;
mod distinct;
mod extreme_values;
mod extremes;
mod frequent_values;
mod hash;
mod histogram;
mod kind;
mod list_lengths;
mod missing_rows;
mod moments;
mod number_forms;
mod quantiles;
mod rank_selection;
mod row_comparison;
mod row_hash;
mod row_order;
mod support;
#[cfg(test)]
mod tests;
mod text_bytes;
mod text_kind;
mod text_kinds;
mod text_lengths;
mod text_shapes;

pub use calendar::Calendar;
pub use characters::Characters;
pub use column_profile::ColumnProfileSummary;
pub use content_digest::ContentDigestSummary;
pub use counts::ColumnCounts;
pub use distinct::Distinct;
pub use extreme_values::ExtremeValues;
pub use extremes::Extremes;
pub use frequent_values::{FrequentValue, FrequentValues};
pub use hash::hash_word;
pub use histogram::{BinaryHistogram, HistogramBin};
pub use kind::{ValueKind, cell_at};
pub use list_lengths::ListLengths;
pub use missing_rows::MissingRows;
pub use moments::Moments;
pub use number_forms::NumberForms;
pub use quantiles::{OrderedValues, Quantiles};
pub use rank_selection::RankSelection;
pub use row_comparison::RowComparison;
pub use row_hash::RowHashes;
pub use row_order::RowOrder;
pub use text_kind::{MONTHS, TextKind};
pub use text_kinds::TextKinds;
pub use text_lengths::TextLengths;
pub use text_shapes::{TextCases, TextShapes};

use std::any::Any;

use crate::Result;
use crate::table::Batch;

/// A one-pass, mergeable summary of one or more columns.
pub trait Summary: Any + Send + Sync {
    /// Names the summary and its parameters: equal keys compute equal results.
    fn key(&self) -> String;

    /// An empty summary with the same parameters.
    fn fresh(&self) -> Box<dyn Summary>;

    /// Takes in a batch of rows, after all rows already taken in.
    fn update(&mut self, batch: &Batch<'_>) -> Result<()>;

    /// Takes in, as later rows, a summary that was made by [`Summary::to_bytes`].
    fn merge_bytes(&mut self, later: &[u8]) -> Result<()>;

    /// The whole state.
    fn to_bytes(&self) -> Result<Vec<u8>>;

    /// Memory held, in bytes, roughly.
    fn memory_bytes(&self) -> usize;
}
