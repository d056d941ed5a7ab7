//! A model in terms of other programs: as an ONNX graph and as a SQL query that give its scores.
//!
//! A [`Formula`] says what a detector computes with its own numbers: borders of bins are the very
//! numbers at which its look-up changes, thresholds are compared as it compares them, projections
//! are added in its order. What differs is the rounding of sums and, out of trees of ONNX, of a
//! result in single precision. A detector without such a form is refused, and so is a column whose
//! encoding the target cannot say: nothing is exported that would score differently.

mod formula;
mod onnx;
mod sql;
mod steps;
#[cfg(test)]
mod tests;

use shared_kernel_domain::Result;

pub(crate) use self::formula::{
    Combination, ScoreForm, SplitNode, SplitTree, Weighted, not_portable,
};
pub use self::formula::{Formula, PORTABLE};
pub(crate) use self::steps::{Steps, smallest};

use crate::encoder::PortableColumn;

/// Splits, steps and coefficients that an ONNX file may have at most: some 40 MB.
const MAX_ONNX_SIZE: usize = 400_000;

/// Those that a query may have at most: some 4 MB of text.
const MAX_SQL_SIZE: usize = 60_000;

/// Where a model comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The pipeline's name.
    pub pipeline: String,
    /// Its revision.
    pub revision: u32,
    /// The model's name.
    pub model: String,
    /// The model's version.
    pub model_version: u32,
    /// The digest of the model's bytes.
    pub digest: String,
}

/// A model that other programs can compute.
pub struct PortableModel {
    pub(crate) detector: String,
    pub(crate) training_rows: u64,
    /// The columns that it reads, in order.
    pub(crate) columns: Vec<PortableColumn>,
    /// Columns of the table that it does not read.
    pub(crate) other_columns: Vec<String>,
    pub(crate) formula: Formula,
    /// p-values and the smallest score that has at most each.
    pub(crate) borders: Vec<(f64, f64)>,
    /// Rows with their scores; none where columns of texts are read.
    pub(crate) examples: Vec<Example>,
}

/// A row and its score.
pub(crate) struct Example {
    /// By column; `None` is missing.
    pub(crate) row: Vec<Option<f64>>,
    pub(crate) score: f64,
}

impl PortableModel {
    /// An ONNX file. Its inputs are the columns, its output is the score.
    pub fn to_onnx(&self, provenance: &Provenance) -> Result<Vec<u8>> {
        self.check_size(MAX_ONNX_SIZE, "an ONNX file")?;
        onnx::write(self, provenance)
    }

    /// A query for DuckDB and PostgreSQL that gives every row of a table with its score. Of the
    /// table's name each part is quoted.
    pub fn to_sql(&self, provenance: &Provenance, table: &[&str]) -> Result<String> {
        self.check_size(MAX_SQL_SIZE, "a query")?;
        sql::write(self, provenance, table)
    }

    fn check_size(&self, most: usize, target: &str) -> Result<()> {
        let size = self.formula.size();
        if size <= most {
            return Ok(());
        }
        Err(not_portable(&format!(
            "{size} splits, steps or coefficients are too many for {target}, \
                                   which takes up to {most}"
        )))
    }
}
