use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::summary::MissingRows;

use crate::column::ColumnProfile;
use crate::figure::{Figure, share};

const NO_ROWS: &str = "the table has no rows";

/// Figures of a table as a whole. All counts are exact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableOverview {
    /// Rows that lack a value in at least one column.
    pub rows_with_missing: u64,
    /// Their share.
    pub rows_with_missing_share: Figure<f64>,
    /// Rows that lack a value in every column.
    pub empty_rows: u64,
    /// Their share.
    pub empty_row_share: Figure<f64>,
    /// Columns without a missing value.
    pub complete_columns: u64,
    /// Columns with a missing value.
    pub columns_with_missing: u64,
    /// Columns of which every value is missing.
    pub empty_columns: u64,
    /// Columns with one value, however often.
    pub constant_columns: u64,
    /// Columns whose values are all different, missing ones left out; those where this is not
    /// known exactly are not counted.
    pub unique_columns: u64,
    /// Memory of the decoded columns in bytes; see the columns.
    pub memory_bytes: u64,
    /// The mean of a row.
    pub mean_row_bytes: Figure<f64>,
}

impl TableOverview {
    pub(crate) fn new(columns: &[ColumnProfile], rows: u64, missing: &MissingRows) -> Self {
        let count = |is: &dyn Fn(&ColumnProfile) -> bool| {
            columns.iter().filter(|&column| is(column)).count() as u64
        };
        let bytes = columns.iter().filter_map(|column| column.memory_bytes.value()).sum();
        let exactly = |column: &ColumnProfile, distinct: u64| {
            column.distinct.measured().is_some_and(|it| it.is_exact() && it.value == distinct)
        };
        Self {
            rows_with_missing: missing.any(),
            rows_with_missing_share: share(missing.any(), rows, NO_ROWS),
            empty_rows: missing.all(),
            empty_row_share: share(missing.all(), rows, NO_ROWS),
            complete_columns: count(&|column| column.nulls == 0),
            columns_with_missing: count(&|column| column.nulls > 0),
            empty_columns: count(&|column| column.rows > 0 && column.values() == 0),
            constant_columns: count(&|column| exactly(column, 1)),
            unique_columns: count(&|column| {
                column.values() > 0 && exactly(column, column.values())
            }),
            memory_bytes: bytes,
            mean_row_bytes: share(bytes, rows, NO_ROWS),
        }
    }
}
