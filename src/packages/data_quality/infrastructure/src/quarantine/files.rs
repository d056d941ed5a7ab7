//! The two files of a split.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use data_quality_domain::examination::InvalidRow;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use shared_kernel_domain::{Error, Result};

use super::{lost, unwritten};

/// Rows of a row group of a narrow table.
const GROUP_ROWS: usize = 131_072;
/// Cells of a row group: wide tables get fewer rows, so that memory stays bounded.
const GROUP_CELLS: usize = 8 << 20;
/// Between two rules.
const BETWEEN: &str = "; ";

/// The number of the row, and the rules that it breaks.
const REASONS: [(&str, DataType); 2] =
    [("pynomaly_row", DataType::Int64), ("pynomaly_rules", DataType::Utf8)];

pub(super) struct HalfFile {
    path: PathBuf,
    writer: ArrowWriter<File>,
    schema: SchemaRef,
}

impl HalfFile {
    pub(super) fn create(path: PathBuf, schema: SchemaRef) -> Result<Self> {
        let file = File::create_new(&path).map_err(|cause| lost(&path, cause))?;
        let columns = schema.fields().len().max(1);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("pynomaly".to_owned())
            .set_max_row_group_row_count(Some((GROUP_CELLS / columns).clamp(1_024, GROUP_ROWS)))
            .build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
            .map_err(|cause| unwritten(&path, cause))?;
        Ok(Self { path, writer, schema })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.writer.write(batch).map_err(|cause| unwritten(&self.path, cause))
    }

    /// Ends the file; it is on the disk then.
    pub(super) fn finish(self) -> Result<PathBuf> {
        let Self { path, writer, .. } = self;
        let file = writer.into_inner().map_err(|cause| unwritten(&path, cause))?;
        file.sync_all().map_err(|cause| lost(&path, cause))?;
        Ok(path)
    }
}

/// The columns of the rows that are set aside: those of the table, then the reasons, under names
/// that the table does not have.
pub(super) fn with_reasons(schema: &Schema) -> SchemaRef {
    let mut fields = schema.fields().to_vec();
    for (name, data_type) in REASONS {
        let mut name = name.to_owned();
        while schema.field_with_name(&name).is_ok() {
            name.push('_');
        }
        fields.push(Arc::new(Field::new(name, data_type, false)));
    }
    Arc::new(Schema::new(fields))
}

/// Writes a batch that begins at row `first` into the two files; `rows` are those of it that are set
/// aside.
pub(super) fn write(
    valid: &mut HalfFile,
    invalid: &mut HalfFile,
    batch: &RecordBatch,
    first: u64,
    rows: &[InvalidRow],
) -> Result<()> {
    if rows.is_empty() {
        return valid.write(batch);
    }
    let mut is_valid = vec![true; batch.num_rows()];
    for row in rows {
        let place = row.row.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        let place = place.and_then(|place| is_valid.get_mut(place));
        *place.ok_or_else(|| Error::internal("a row came out of order"))? = false;
    }
    let aside: BooleanArray = is_valid.iter().map(|valid| Some(!valid)).collect();
    let is_valid = BooleanArray::from(is_valid);
    let path = invalid.path.clone();
    let parted = |mask: &BooleanArray| {
        filter_record_batch(batch, mask).map_err(|cause| internal(&path, &cause))
    };
    valid.write(&parted(&is_valid)?)?;
    let rest = parted(&aside)?;
    let mut columns: Vec<ArrayRef> = rest.columns().to_vec();
    columns.push(Arc::new(rows.iter().map(|row| row.row as i64).collect::<Int64Array>()));
    let rules = rows.iter().map(|row| Some(row.rules.join(BETWEEN)));
    columns.push(Arc::new(rules.collect::<StringArray>()));
    let rest = RecordBatch::try_new(Arc::clone(&invalid.schema), columns)
        .map_err(|cause| internal(&invalid.path, &cause))?;
    invalid.write(&rest)
}

fn internal(path: &Path, cause: &arrow::error::ArrowError) -> Error {
    Error::internal(format!("rows could not be parted: {cause}")).at(path.display().to_string())
}
