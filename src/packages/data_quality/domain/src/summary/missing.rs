use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{Batch, Values};

use super::{KEPT, decode, encode, only_column, row_number};

/// Missing values of a column of any type, nulls and NaN, and the first rows without a value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MissingValues {
    /// Rows.
    pub rows: u64,
    /// Rows without a value.
    pub missing: u64,
    /// The first of them.
    pub first: Vec<u64>,
}

impl MissingValues {
    /// Rows that have a value.
    pub fn values(&self) -> u64 {
        self.rows - self.missing
    }

    fn note(&mut self, row: i64) {
        self.missing += 1;
        if self.first.len() < KEPT {
            self.first.push(row_number(row));
        }
    }
}

impl Summary for MissingValues {
    fn key(&self) -> String {
        "quality.missing_values".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::default())
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let column = only_column(batch)?;
        self.rows += batch.len() as u64;
        if let Values::Float(values) = column.values {
            for (index, (&row, value)) in batch.rows.iter().zip(values).enumerate() {
                if value.is_nan() || !column.is_valid(index) {
                    self.note(row);
                }
            }
            return Ok(());
        }
        let nulls =
            if matches!(column.values, Values::Null) { column.len } else { column.null_count };
        if self.first.len() >= KEPT {
            self.missing += nulls as u64;
            return Ok(());
        }
        if nulls > 0 {
            for (index, &row) in batch.rows.iter().enumerate() {
                if !column.is_valid(index) {
                    self.note(row);
                }
            }
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Self = decode(later)?;
        self.rows += later.rows;
        self.missing += later.missing;
        self.first.extend(later.first);
        self.first.truncate(KEPT);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + KEPT * size_of::<u64>()
    }
}
