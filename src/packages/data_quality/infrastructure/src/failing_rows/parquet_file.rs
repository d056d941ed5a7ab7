use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use data_quality_domain::examination::{FailingRow, FailingRowsFile};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use shared_kernel_domain::Result;
use tempfile::NamedTempFile;

use super::{Target, lost};

/// Rows of a row group.
const GROUP_ROWS: usize = 262_144;

pub(super) struct ParquetRows {
    path: PathBuf,
    writer: ArrowWriter<NamedTempFile>,
    schema: Arc<Schema>,
}

impl ParquetRows {
    pub(super) fn begin(target: Target, keys: &[String]) -> Result<Self> {
        let mut fields = vec![
            Field::new("row", DataType::Int64, true),
            Field::new("rule", DataType::Utf8, false),
            Field::new("column", DataType::Utf8, false),
            Field::new("value", DataType::Utf8, true),
        ];
        fields
            .extend(keys.iter().map(|key| Field::new(format!("key_{key}"), DataType::Utf8, true)));
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by("pynomaly".to_owned())
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .build();
        let Target { path, file } = target;
        let writer = ArrowWriter::try_new(file, schema.clone(), Some(properties))
            .map_err(|cause| lost(&path, io::Error::other(cause)))?;
        Ok(Self { path, writer, schema })
    }

    fn batch(
        &self,
        rows: &[FailingRow],
    ) -> std::result::Result<RecordBatch, arrow::error::ArrowError> {
        let texts = |text: &dyn Fn(&FailingRow) -> Option<String>| -> ArrayRef {
            Arc::new(rows.iter().map(text).collect::<StringArray>())
        };
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(rows.iter().map(|row| row.row.map(|row| row as i64)).collect::<Int64Array>()),
            texts(&|row| Some(row.rule.clone())),
            texts(&|row| Some(row.column.clone())),
            texts(&|row| row.value.clone()),
        ];
        for key in 0..self.schema.fields().len().saturating_sub(columns.len()) {
            columns.push(texts(&|row| row.keys.get(key).cloned().flatten()));
        }
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}

impl FailingRowsFile for ParquetRows {
    fn write(&mut self, rows: &[FailingRow]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let batch = self.batch(rows).map_err(|cause| lost(&self.path, io::Error::other(cause)))?;
        self.writer.write(&batch).map_err(|cause| lost(&self.path, io::Error::other(cause)))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        let Self { path, writer, .. } = *self;
        let file = writer.into_inner().map_err(|cause| lost(&path, io::Error::other(cause)))?;
        Target { path, file }.finish()
    }
}
