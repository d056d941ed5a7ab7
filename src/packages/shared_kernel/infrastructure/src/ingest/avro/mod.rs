//! Avro object container files: written to a snapshot batch by batch.
//!
//! The frame of the file is checked strictly: a file that is cut off, whose blocks do not end with
//! its sync marker, or whose records do not fill their blocks is an error, and no block unpacks to
//! more than a share of the memory limit. Logical types become what they mean, a union with null
//! is a column with missing values, and nested values become JSON text, as everywhere.

mod column;
mod container;
mod cursor;
mod nested;
mod schema;
mod value;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema as ArrowSchema, SchemaRef};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use self::column::Column;
use self::container::{Block, Container, Flaw};
use self::cursor::Cursor;
use self::schema::Schema;
use super::dialect::column_names;
use super::snapshot::{Destination, Snapshot, SnapshotWriter};
use crate::engine::parts::cannot_open;

/// Rows of a batch.
const BATCH_ROWS: usize = 16_384;
/// Bytes of values from which on a batch has no more rows.
const BATCH_BYTES: usize = 8 << 20;
/// Bytes of the largest block, where memory allows it.
const LARGEST_BLOCK: u64 = 512 << 20;
const BUFFER: usize = 256 * 1024;

/// What an Avro file begins with.
pub(super) const MAGIC: &[u8] = b"Obj\x01";

/// Writes the table to a snapshot; gives it with notes. `memory` is the memory limit in bytes.
pub(super) fn write_snapshot(
    path: &Path,
    memory: u64,
    destination: &Destination<'_>,
    progress: &dyn Fn(u64),
    cancellation: &Cancellation,
) -> Result<(Snapshot, Vec<String>)> {
    let location = path.display().to_string();
    let file = File::open(path).map_err(|error| cannot_open(&location, error))?;
    let refused = |flaw: Flaw, block: u64| match flaw {
        Flaw::Damage(reason) => Error::input(format!("{location} is not readable Avro: {reason}"))
            .at(if block > 0 { format!("{location}, block {block}") } else { location.clone() })
            .hint("the file may be damaged, cut off, or of another format"),
        Flaw::Unsupported(reason) => Error::input(format!("{location} cannot be read: {reason}"))
            .at(location.clone())
            .hint("write the file again with another codec or smaller blocks, or as Parquet"),
    };
    // a packed block and what it unpacks to are held at once, beside the batch under way
    let largest = usize::try_from((memory / 4).min(LARGEST_BLOCK)).unwrap_or(usize::MAX);
    let input = BufReader::with_capacity(BUFFER, file);
    let mut container = Container::open(input, largest).map_err(|flaw| refused(flaw, 0))?;
    let schema = Schema::parse(&container.schema).map_err(|flaw| refused(flaw, 0))?;
    let (mut rows, notes) = Rows::new(&schema).map_err(|flaw| refused(flaw, 0))?;
    if rows.columns.is_empty() {
        return Err(Error::input(format!("{location} has no columns"))
            .at(location.clone())
            .hint("give a file whose records have fields"));
    }
    let mut writer = SnapshotWriter::create(Arc::clone(&rows.target), destination)?;
    while let Some(block) = next(&mut container).map_err(|(flaw, block)| refused(flaw, block))? {
        let mut cursor = Cursor::new(&block.bytes);
        let mut left = block.records;
        let number = container.block_number();
        while left > 0 {
            cancellation.check()?;
            rows.read(&mut cursor, &mut left).map_err(|flaw| refused(flaw, number))?;
            if rows.is_full() {
                writer.write(rows.batch()?)?;
            }
        }
        if cursor.left() > 0 {
            let reason = format!("{} bytes follow the last record of a block", cursor.left());
            return Err(refused(Flaw::Damage(reason), number));
        }
        progress(container.position());
    }
    if rows.count > 0 {
        writer.write(rows.batch()?)?;
    }
    Ok((writer.finish(destination)?, notes))
}

/// The next block, or a flaw and the number of the block that has it.
fn next<R: Read>(container: &mut Container<R>) -> Result<Option<Block>, (Flaw, u64)> {
    container.next_block().map_err(|flaw| (flaw, container.block_number()))
}

/// Rows on their way to a batch.
struct Rows<'s> {
    schema: &'s Schema,
    columns: Vec<Column>,
    target: SchemaRef,
    count: usize,
    /// Bytes of their values, about.
    bytes: usize,
}

impl<'s> Rows<'s> {
    fn new(schema: &'s Schema) -> Result<(Self, Vec<String>), Flaw> {
        let given: Vec<String> = schema.fields.iter().map(|field| field.name.clone()).collect();
        let (names, mut notes) = column_names(&given);
        let mut columns = Vec::with_capacity(names.len());
        let mut fields = Vec::with_capacity(names.len());
        for (field, name) in schema.fields.iter().zip(&names) {
            let (column, note) = Column::new(name, &field.of)?;
            fields.push(column.field(name));
            columns.push(column);
            notes.extend(note);
        }
        let target = Arc::new(ArrowSchema::new(fields));
        Ok((Self { schema, columns, target, count: 0, bytes: 0 }, notes))
    }

    fn is_full(&self) -> bool {
        self.count >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    /// Reads records until there are none left or the batch is full.
    fn read(&mut self, cursor: &mut Cursor<'_>, left: &mut u64) -> Result<(), Flaw> {
        while *left > 0 && !self.is_full() {
            let before = cursor.left();
            for column in &mut self.columns {
                self.bytes += column.read(self.schema, cursor)?;
            }
            self.bytes += before - cursor.left();
            self.count += 1;
            *left -= 1;
        }
        Ok(())
    }

    fn batch(&mut self) -> Result<RecordBatch> {
        let arrays = self.columns.iter_mut().map(Column::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(self.count));
        self.count = 0;
        self.bytes = 0;
        RecordBatch::try_new_with_options(Arc::clone(&self.target), arrays, &options)
            .map_err(|error| Error::internal("columns do not agree").caused_by(error))
    }
}
