//! From records to a typed snapshot.
//!
//! A clean file is parsed once: the first blocks tell the kinds, and all blocks are written as
//! those. When a later value does not fit, the rest of the file is only inferred, and a second
//! pass writes with the kinds that all values together allow.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::NullText;
use shared_kernel_domain::{Error, Result};

use super::block::{Block, RecordSource, SourceReport};
use super::column::{ColumnState, Misfit};
use super::kind::Signs;
use super::snapshot::{Destination, Snapshot, SnapshotWriter};

/// Records that tell the kinds at first.
const FIRST_ROWS: usize = 16_384;
/// Blocks under way from the reading thread.
const QUEUE: usize = 2;
/// Cells of a block from which on its columns are shared out to threads.
const PARALLEL_CELLS: usize = 16_384;

/// How to read.
pub(super) struct Reading<'a> {
    /// Opens the source, once for each pass.
    pub(super) open: &'a dyn Fn() -> Result<Box<dyn RecordSource>>,
    /// Whether decimal commas are looked for.
    pub(super) comma: bool,
    pub(super) threads: usize,
    pub(super) destination: Destination<'a>,
    /// Told after every block.
    pub(super) progress: &'a dyn Fn(),
    pub(super) cancellation: &'a Cancellation,
}

/// A snapshot and what was found out on the way.
pub(super) struct TypedTable {
    pub(super) snapshot: Snapshot,
    pub(super) report: SourceReport,
    pub(super) null_texts: Vec<NullText>,
    pub(super) columns: Vec<ColumnState>,
}

/// What a first pass found out for a second.
struct Known {
    signs: Vec<Signs>,
    names: Arc<Vec<String>>,
}

/// How a pass ended.
enum Pass {
    Written(Box<TypedTable>),
    /// The kinds were wrong; these are from all values.
    Retype(Known),
}

/// Reads a source to its end and writes the snapshot.
pub(super) fn write_typed(reading: &Reading<'_>) -> Result<TypedTable> {
    let mut known = None;
    // a third pass is never needed: the second knows the signs of all values
    for _ in 0..3 {
        match one_pass(reading, known)? {
            Pass::Written(table) => return Ok(*table),
            Pass::Retype(all) => known = Some(all),
        }
    }
    Err(Error::internal("the column types did not settle"))
}

/// Runs the source on a thread of its own and takes its blocks here.
fn one_pass(reading: &Reading<'_>, known: Option<Known>) -> Result<Pass> {
    let mut source = (reading.open)()?;
    let (sender, blocks) = sync_channel::<Result<Block>>(QUEUE);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || {
            while let Some(block) = source.next_block().transpose() {
                let failed = block.is_err();
                if sender.send(block).is_err() || failed {
                    break;
                }
            }
            drop(sender);
            source.report()
        });
        let outcome = take_blocks(reading, blocks, known);
        let report = reader.join().map_err(|_| Error::internal("the reading thread stopped"))?;
        outcome?.finish(reading, report)
    })
}

fn take_blocks(
    reading: &Reading<'_>,
    blocks: Receiver<Result<Block>>,
    known: Option<Known>,
) -> Result<PassState> {
    let mut first = VecDeque::new();
    let mut rows = 0;
    while rows < FIRST_ROWS {
        let Ok(block) = blocks.recv() else { break };
        let block = block?;
        reading.cancellation.check()?;
        rows += block.rows;
        first.push_back(block);
    }
    let known = match known {
        Some(known) => known,
        None => infer_first(reading, &first),
    };
    let mut pass = PassState::begin(reading, known)?;
    while let Some(block) = first.pop_front() {
        pass.take(reading, &block)?;
    }
    for block in blocks {
        pass.take(reading, &block?)?;
        (reading.progress)();
    }
    Ok(pass)
}

fn infer_first(reading: &Reading<'_>, first: &VecDeque<Block>) -> Known {
    let names = first.back().map_or_else(Default::default, |block| Arc::clone(&block.names));
    let undecided = ColumnState::new(Signs::default(), reading.comma);
    let mut columns = vec![undecided; names.len()];
    for block in first {
        infer(&mut columns, block, reading.threads);
    }
    Known { signs: columns.iter().map(|column| column.signs).collect(), names }
}

/// A pass between its first and its last block.
struct PassState {
    columns: Vec<ColumnState>,
    names: Arc<Vec<String>>,
    schema: SchemaRef,
    /// `None` once a value did not fit, and before there is a column.
    writer: Option<SnapshotWriter>,
}

impl PassState {
    fn begin(reading: &Reading<'_>, known: Known) -> Result<Self> {
        let columns: Vec<ColumnState> =
            known.signs.iter().map(|&signs| ColumnState::new(signs, reading.comma)).collect();
        let fields: Vec<_> = columns
            .iter()
            .zip(known.names.iter())
            .map(|(column, name)| column.kind.field(name))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let writer = if columns.is_empty() {
            None
        } else {
            Some(SnapshotWriter::create(Arc::clone(&schema), &reading.destination)?)
        };
        Ok(Self { columns, names: known.names, schema, writer })
    }

    fn take(&mut self, reading: &Reading<'_>, block: &Block) -> Result<()> {
        reading.cancellation.check()?;
        if block.width() > self.columns.len() {
            // a column that no earlier record had
            self.writer = None;
            self.names = Arc::clone(&block.names);
            let undecided = ColumnState::new(Signs::default(), reading.comma);
            self.columns.resize(block.width(), undecided);
        }
        let Some(writer) = &mut self.writer else {
            infer(&mut self.columns, block, reading.threads);
            return Ok(());
        };
        let Ok(arrays) = convert(&mut self.columns, block, reading.threads) else {
            self.writer = None;
            infer(&mut self.columns, block, reading.threads);
            return Ok(());
        };
        let options = RecordBatchOptions::new().with_row_count(Some(block.rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
            .map_err(|error| Error::internal("columns do not agree").caused_by(error))?;
        writer.write(batch)
    }

    fn finish(self, reading: &Reading<'_>, report: SourceReport) -> Result<Pass> {
        let Some(writer) = self.writer else {
            // no record at all, but perhaps a header
            let names = if self.columns.is_empty() { &report.names } else { &self.names };
            if names.is_empty() {
                return Err(Error::input("there are no columns to read")
                    .hint("give a table: delimited text, or JSON objects with members"));
            }
            let mut signs: Vec<_> = self.columns.iter().map(|column| column.signs).collect();
            signs.resize(names.len(), Signs::default());
            return Ok(Pass::Retype(Known { signs, names: Arc::clone(names) }));
        };
        reading.cancellation.check()?;
        let snapshot = writer.finish(&reading.destination)?;
        let converted = self.columns.iter().zip(self.names.iter()).flat_map(|(column, name)| {
            column.null_texts.iter().map(|(text, &count)| NullText {
                column: name.clone(),
                text: text.clone(),
                count,
            })
        });
        let null_texts = report.null_texts.iter().cloned().chain(converted).collect();
        Ok(Pass::Written(Box::new(TypedTable {
            snapshot,
            report,
            null_texts,
            columns: self.columns,
        })))
    }
}

/// Adds the signs of a block to its columns.
fn infer(columns: &mut [ColumnState], block: &Block, threads: usize) {
    let width = block.width().min(columns.len());
    let Some(columns) = columns.get_mut(..width) else { return };
    let share = share(block, width, threads);
    std::thread::scope(|scope| {
        for (index, columns) in columns.chunks_mut(share).enumerate() {
            let mut work = move || {
                for (offset, column) in columns.iter_mut().enumerate() {
                    column.infer(block, index * share + offset);
                }
            };
            if share == width { work() } else { drop(scope.spawn(work)) }
        }
    });
}

/// The values of a block, one array per column; columns are shared out to threads.
fn convert(
    columns: &mut [ColumnState],
    block: &Block,
    threads: usize,
) -> Result<Vec<ArrayRef>, Misfit> {
    let width = columns.len();
    let share = share(block, width, threads);
    let run = |columns: &mut [ColumnState], start: usize| -> Result<Vec<ArrayRef>, Misfit> {
        let numbered = columns.iter_mut().enumerate();
        numbered.map(|(offset, column)| column.convert(block, start + offset)).collect()
    };
    if share == width {
        return run(columns, 0);
    }
    let shares: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = columns
            .chunks_mut(share)
            .enumerate()
            .map(|(index, columns)| scope.spawn(move || run(columns, index * share)))
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(Err(Misfit))).collect()
    });
    let mut arrays = Vec::with_capacity(width);
    for share in shares {
        arrays.extend(share?);
    }
    Ok(arrays)
}

/// How many columns one thread takes.
fn share(block: &Block, width: usize, threads: usize) -> usize {
    let threads = if block.rows * width < PARALLEL_CELLS { 1 } else { threads };
    width.div_ceil(threads.max(1)).max(1)
}
