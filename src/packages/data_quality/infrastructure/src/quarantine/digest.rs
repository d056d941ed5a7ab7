//! What rows hold, in whatever order: the sum of a digest of each row.
//!
//! Two sets of rows with the same sum are the same but for a chance of about 2^-128 for rows that
//! nobody chose; it is no proof against somebody who makes rows for it.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchReader, StringArray};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ProjectionMask;
use shared_kernel_domain::{Error, Result};

use super::source::{builder, unreadable};

/// The number of some rows, and the sum of their digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RowSum {
    pub(super) rows: u64,
    sum: u128,
}

impl RowSum {
    /// Whether these rows and those are all.
    pub(super) fn makes_with(self, rest: &Self, all: &Self) -> bool {
        self.rows + rest.rows == all.rows && self.sum.wrapping_add(rest.sum) == all.sum
    }

    pub(super) fn text(self) -> String {
        format!("{:032x}", self.sum)
    }
}

/// Adds up the rows of batches with the same columns.
pub(super) struct RowDigests {
    converter: RowConverter,
    found: RowSum,
}

impl RowDigests {
    pub(super) fn of(schema: &Schema) -> Result<Self> {
        let field = |field: &arrow::datatypes::FieldRef| SortField::new(seen_as(field.data_type()));
        let converter = RowConverter::new(schema.fields().iter().map(field).collect());
        let converter = converter.map_err(|cause| undigested(&cause))?;
        Ok(Self { converter, found: RowSum::default() })
    }

    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = batch.columns().iter().map(seen).collect::<std::result::Result<Vec<_>, _>>();
        let columns = columns.map_err(|cause| undigested(&cause))?;
        let rows = self.converter.convert_columns(&columns).map_err(|cause| undigested(&cause))?;
        for row in &rows {
            let digest = blake3::hash(row.as_ref());
            let (first, _) = digest.as_bytes().split_at(16);
            let digest = u128::from_le_bytes(first.try_into().unwrap_or_default());
            self.found.sum = self.found.sum.wrapping_add(digest);
        }
        self.found.rows += batch.num_rows() as u64;
        Ok(())
    }

    pub(super) fn row_set(&self) -> RowSum {
        self.found
    }
}

/// The rows of a finished file, of its first so many columns.
pub(super) fn digest_of_file(path: &Path, columns: usize) -> Result<RowSum> {
    let found = builder(path)?;
    let mask = ProjectionMask::roots(found.parquet_schema(), 0..columns);
    let reader = found.with_projection(mask).build();
    let reader = reader.map_err(|cause| unreadable(path, cause.to_string()))?;
    let mut digests = RowDigests::of(&reader.schema())?;
    for batch in reader {
        digests.add(&batch.map_err(|cause| unreadable(path, cause.to_string()))?)?;
    }
    Ok(digests.found)
}

/// The type in which a column is compared: its own, or text where rows cannot be made of it.
fn seen_as(data_type: &DataType) -> DataType {
    if RowConverter::supports_fields(&[SortField::new(data_type.clone())]) {
        data_type.clone()
    } else {
        DataType::Utf8
    }
}

fn seen(array: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
    if seen_as(array.data_type()) == *array.data_type() {
        return Ok(Arc::clone(array));
    }
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options)?;
    let text = |row: usize| {
        let text = || formatter.value(row).try_to_string();
        (!array.is_null(row)).then(text).transpose()
    };
    let texts = (0..array.len()).map(text).collect::<std::result::Result<StringArray, _>>()?;
    Ok(Arc::new(texts))
}

fn undigested(cause: &ArrowError) -> Error {
    Error::internal(format!("the rows of a split could not be compared: {cause}"))
}
