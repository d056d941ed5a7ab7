//! The rows of a table as they are stored, in order, in the types that they have there.

use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{Schema, SchemaRef};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::engine::PartPlace;

/// Rows read at once.
const BATCH_ROWS: usize = 8_192;

pub(super) struct Source {
    /// Files that were not begun yet.
    files: VecDeque<PathBuf>,
    current: Option<(PathBuf, ParquetRecordBatchReader)>,
    /// What was read and not given yet.
    rest: Option<RecordBatch>,
    schema: SchemaRef,
}

impl Source {
    /// The columns are those of the first file; what later files lack is missing there.
    pub(super) fn open(home: &Path, table: &TableReference) -> Result<Self> {
        let place = |location: &str| PartPlace::of(home, location).path(home);
        let files: VecDeque<PathBuf> =
            table.parts.iter().map(|part| place(&part.location)).collect();
        let first = files.front().ok_or_else(|| {
            Error::usage("a table without files cannot be split").hint("name a table that has rows")
        })?;
        let found = builder(first)?.schema().clone();
        let fields =
            found.fields().iter().filter(|field| table.schema.field(field.name()).is_some());
        let fields: Vec<_> =
            fields.map(|field| Arc::new(field.as_ref().clone().with_nullable(true))).collect();
        let schema = Arc::new(Schema::new(fields));
        Ok(Self { files, current: None, rest: None, schema })
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next rows, at most so many; `None` at the end.
    pub(super) fn next(&mut self, most: u64) -> Result<Option<RecordBatch>> {
        let Some(batch) = (match self.rest.take() {
            Some(batch) => Some(batch),
            None => self.read()?,
        }) else {
            return Ok(None);
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if batch.num_rows() <= most {
            return Ok(Some(batch));
        }
        self.rest = Some(batch.slice(most, batch.num_rows() - most));
        Ok(Some(batch.slice(0, most)))
    }

    fn read(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some((path, reader)) = &mut self.current {
                match reader.next() {
                    Some(Ok(batch)) if batch.num_rows() == 0 => {}
                    Some(Ok(batch)) => return fitted(&batch, &self.schema, path).map(Some),
                    Some(Err(cause)) => return Err(unreadable(path, cause.to_string())),
                    None => self.current = None,
                }
                continue;
            }
            let Some(path) = self.files.pop_front() else { return Ok(None) };
            let reader = builder(&path)?
                .with_batch_size(BATCH_ROWS)
                .build()
                .map_err(|cause| unreadable(&path, cause.to_string()))?;
            self.current = Some((path, reader));
        }
    }
}

pub(super) fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path).map_err(|cause| unreadable(path, cause.kind().to_string()))?;
    ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|cause| unreadable(path, cause.to_string()))
}

pub(super) fn unreadable(path: &Path, cause: String) -> Error {
    Error::input(format!("the table's rows cannot be read again: {cause}"))
        .at(path.display().to_string())
        .hint("something changed or damaged the file meanwhile: run the command again")
}

/// A batch in the columns and types of the first file.
fn fitted(batch: &RecordBatch, schema: &SchemaRef, path: &Path) -> Result<RecordBatch> {
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    // what does not fit is told, and not made null
    let options = CastOptions { safe: false, ..CastOptions::default() };
    for field in schema.fields() {
        columns.push(match batch.column_by_name(field.name()) {
            None => new_null_array(field.data_type(), batch.num_rows()),
            Some(column) if column.data_type() == field.data_type() => Arc::clone(column),
            Some(column) => cast_with_options(column, field.data_type(), &options)
                .map_err(|cause| unreadable(path, format!("{}: {cause}", field.name())))?,
        });
    }
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(|cause| unreadable(path, cause.to_string()))
}
