//! Arrow IPC, as a file or a stream: written to a snapshot batch by batch.

use std::fs::File;
use std::io::{BufReader, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::dialect::column_names;
use super::snapshot::{Destination, Snapshot, SnapshotWriter};
use crate::engine::canonical::{canonical_array, canonical_field};
use crate::engine::parts::cannot_open;

/// Rows taken at a time of batches that may be of any size.
const SLICE_ROWS: usize = 16_384;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

/// Whether a file begins as an Arrow IPC file or stream.
pub(super) fn is_ipc(head: &[u8]) -> bool {
    is_ipc_file(head) || matches!(head, [0xff, 0xff, 0xff, 0xff, _, _, _, 0, ..])
}

fn is_ipc_file(head: &[u8]) -> bool {
    head.starts_with(b"ARROW1\0\0")
}

/// Writes the table to a snapshot; gives it with notes.
pub(super) fn write_snapshot(
    path: &Path,
    destination: &Destination<'_>,
    progress: &dyn Fn(u64),
    cancellation: &Cancellation,
) -> Result<(Snapshot, Vec<String>)> {
    let location = path.display().to_string();
    let damaged = |reason: String| {
        Error::input(format!("{location} is not readable Arrow IPC: {reason}"))
            .at(location.clone())
            .hint("the file may be damaged, cut off, or of another format")
    };
    let bytes_read = Arc::new(AtomicU64::new(0));
    // readers of Arrow data may panic on damaged buffers
    let guarded = |work: &mut dyn FnMut() -> Option<Result<RecordBatch, ArrowError>>| {
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| Some(Err(ArrowError::IpcError("damaged data".to_owned()))))
    };
    let opened = catch_unwind(AssertUnwindSafe(|| open(path, &bytes_read)));
    let (schema, mut batches) = opened.map_err(|_| damaged("damaged data".to_owned()))??;
    let (fields, notes) = canonical_fields(&schema)?;
    let target: SchemaRef = Arc::new(Schema::new(fields));
    let mut writer = SnapshotWriter::create(Arc::clone(&target), destination)?;
    while let Some(batch) = guarded(&mut || batches.next()) {
        let batch = batch.map_err(|error| damaged(error.to_string()))?;
        for start in (0..batch.num_rows()).step_by(SLICE_ROWS) {
            cancellation.check()?;
            let slice = batch.slice(start, SLICE_ROWS.min(batch.num_rows() - start));
            let mut canonical = None;
            let converted = guarded(&mut || {
                canonical = Some(convert(&slice, schema.fields(), &target));
                canonical.take()
            });
            let batch = converted.ok_or_else(|| Error::internal("a batch was lost"))?;
            writer.write(batch.map_err(|error| damaged(error.to_string()))?)?;
        }
        progress(bytes_read.load(Ordering::Relaxed));
    }
    Ok((writer.finish(destination)?, notes))
}

fn open(path: &Path, bytes_read: &Arc<AtomicU64>) -> Result<(SchemaRef, Batches)> {
    let location = path.display().to_string();
    let unreadable = |error: ArrowError| {
        Error::input(format!("{location} is not readable Arrow IPC: {error}"))
            .at(location.clone())
            .hint("the file may be damaged, cut off, or of another format")
            .caused_by(error)
    };
    let mut file = File::open(path).map_err(|error| cannot_open(&location, error))?;
    let mut head = [0; 8];
    let count = super::text::fill(&mut file, &mut head).map_err(|e| cannot_open(&location, e))?;
    let file = File::open(path).map_err(|error| cannot_open(&location, error))?;
    if is_ipc_file(&head[..count]) {
        let reader = FileReader::try_new(BufReader::new(file), None).map_err(unreadable)?;
        return Ok((reader.schema(), Box::new(reader)));
    }
    let counted = Counted { inner: BufReader::new(file), bytes_read: Arc::clone(bytes_read) };
    let reader = StreamReader::try_new(counted, None).map_err(unreadable)?;
    Ok((reader.schema(), Box::new(reader)))
}

/// Fields in canonical types with distinct names.
fn canonical_fields(schema: &SchemaRef) -> Result<(Vec<FieldRef>, Vec<String>)> {
    if schema.fields().is_empty() {
        return Err(Error::input("there are no columns to read")
            .hint("give a table: delimited text, or JSON objects with members"));
    }
    let given: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let (names, notes) = column_names(&given);
    let fields = schema
        .fields()
        .iter()
        .zip(names)
        .map(|(field, name)| Arc::new(canonical_field(field).with_name(name)))
        .collect();
    Ok((fields, notes))
}

fn convert(
    batch: &RecordBatch,
    fields: &[FieldRef],
    target: &SchemaRef,
) -> Result<RecordBatch, ArrowError> {
    let columns = fields.iter().zip(batch.columns());
    let arrays = columns
        .map(|(field, array)| canonical_array(field, array))
        .collect::<Result<Vec<_>, ArrowError>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(target), arrays, &options)
}

struct Counted<R> {
    inner: R,
    bytes_read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
