//! Rows in order: whole columns as a stream of batches, and the cells of single rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::runtime::SpawnedTask;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use futures::channel::mpsc::{Sender, channel};
use futures::{SinkExt, StreamExt};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::BatchSink;
use shared_kernel_domain::table::{Batch, Cell, TableReference};
use shared_kernel_domain::{Error, Result};

use super::Engine;
use super::cells::cell;
use super::columns::{view, views};
use super::errors::from_datafusion;
use super::scan::Scan;

/// Batches read ahead of the sink.
const READ_AHEAD: usize = 4;

/// Streams columns in row order; reading runs ahead of the sink by a few batches.
pub(super) fn stream(
    engine: &Engine,
    table: &TableReference,
    columns: &[String],
    cancellation: &Cancellation,
    sink: &mut BatchSink<'_>,
) -> Result<()> {
    cancellation.check()?;
    let scan = Scan::of_columns(&engine.config.home, table, columns)?;
    let mut read = 0;
    for_each_batch(engine, scan.plan, |batch| {
        cancellation.check()?;
        let rows: &[i64] = batch.column(0).as_primitive::<Int64Type>().values();
        let columns = batch.columns().get(1..).unwrap_or_default();
        read += rows.len() as u64;
        sink(&Batch { rows, columns: &views(columns)? })
    })?;
    if read != table.rows {
        return Err(Error::internal(format!("{read} rows were read of {}", table.rows)));
    }
    Ok(())
}

/// The cells of some rows, in the order asked for.
pub(super) fn rows(
    engine: &Engine,
    table: &TableReference,
    columns: &[String],
    rows: &[u64],
) -> Result<Vec<Vec<Cell>>> {
    if let Some(missing) = rows.iter().find(|&&row| row >= table.rows) {
        return Err(Error::input(format!("row {missing} does not exist"))
            .hint(format!("the table has {} rows, numbered from 0", table.rows)));
    }
    let mut wanted = rows.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found: HashMap<u64, Vec<Cell>> = HashMap::with_capacity(wanted.len());
    if !wanted.is_empty() {
        let scan = Scan::of_rows(&engine.config.home, table, columns, &wanted)?;
        for_each_batch(engine, scan.plan, |batch| take_cells(batch, &mut found))?;
    }
    rows.iter()
        .map(|row| {
            found.get(row).cloned().ok_or_else(|| Error::internal(format!("row {row} was lost")))
        })
        .collect()
}

fn take_cells(batch: &RecordBatch, found: &mut HashMap<u64, Vec<Cell>>) -> Result<()> {
    let arrays = batch.columns().get(1..).unwrap_or_default();
    let columns = arrays.iter().map(view).collect::<Result<Vec<_>>>()?;
    let zoned: Vec<bool> = arrays
        .iter()
        .map(|array| matches!(array.data_type(), DataType::Timestamp(_, Some(_))))
        .collect();
    for (index, &row) in batch.column(0).as_primitive::<Int64Type>().values().iter().enumerate() {
        let cells = columns.iter().zip(&zoned).map(|(column, &zoned)| cell(column, index, zoned));
        found.insert(row as u64, cells.collect());
    }
    Ok(())
}

/// Gives every batch of a plan, partition after partition, to `take`, on the calling thread.
fn for_each_batch(
    engine: &Engine,
    plan: Arc<dyn ExecutionPlan>,
    mut take: impl FnMut(&RecordBatch) -> Result<()>,
) -> Result<()> {
    let context = engine.task_context();
    engine.block_on(async move {
        let (sender, mut receiver) = channel(READ_AHEAD);
        // the task stops when it is dropped, so leaving early reads no further
        let reader = SpawnedTask::spawn(read_ahead(plan, context, sender));
        while let Some(batch) = receiver.next().await {
            take(&batch?)?;
        }
        // a task that panicked sends nothing more: that is no end of the table
        reader
            .join_unwind()
            .await
            .map_err(|error| Error::internal("a task was lost").caused_by(error))
    })?
}

async fn read_ahead(
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    mut sender: Sender<Result<RecordBatch>>,
) {
    for partition in 0..plan.properties().output_partitioning().partition_count() {
        let mut batches = match plan.execute(partition, Arc::clone(&context)) {
            Ok(batches) => batches,
            Err(error) => {
                let _ = sender.send(Err(from_datafusion(error))).await;
                return;
            }
        };
        while let Some(batch) = batches.next().await {
            let failed = batch.is_err();
            let sent = sender.send(batch.map_err(from_datafusion)).await;
            if failed || sent.is_err() {
                return;
            }
        }
    }
}
