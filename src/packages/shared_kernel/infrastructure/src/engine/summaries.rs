//! Any mergeable summary as an aggregate function.
//!
//! The arguments are the row number and the summary's columns; the state is one binary value: the
//! first row seen and the summary's bytes. The last stage keeps the states it is given and merges
//! them by first row, so the result does not depend on the order in which they arrive.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type};
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{Result as DataFusionResult, ScalarValue};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateExprBuilder, AggregateFunctionExpr};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::{ExecutionPlan, collect};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{ScanItem, ScanOutcome, ScanPlan};
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{Batch, TableReference};
use shared_kernel_domain::{Error, Result};

use super::Engine;
use super::columns::{view, views};
use super::errors::{from_datafusion, into_datafusion};
use super::nested::field_values;
use super::scan::Division;

/// Fills all summaries of a plan in one pass over the parts from `first_part` on. Partitions are
/// read at once; of a table that has only one, the columns are shared out among the threads.
pub(super) fn summarize(
    engine: &Engine,
    table: &TableReference,
    first_part: usize,
    plan: ScanPlan,
    cancellation: &Cancellation,
) -> Result<ScanOutcome> {
    cancellation.check()?;
    let items = plan.into_items();
    let columns = needed_columns(items.iter().filter(|item| item.nested.is_none()));
    let nested = needed_columns(items.iter().filter(|item| item.nested.is_some()));
    let home = &engine.config.home;
    let division = Division::of_parts(home, table, first_part, &columns, &nested)?;
    let row_counter =
        ScanItem { columns: Vec::new(), nested: None, summary: Box::new(RowCount::default()) };
    let all: Vec<&ScanItem> = items.iter().chain([&row_counter]).collect();
    let threads = if division.partitions() > 1 { 1 } else { engine.config.threads };
    let shares = column_shares(&all, &columns, threads);
    let mut plans = Vec::with_capacity(shares.len());
    for share in &shares {
        let items: Vec<&ScanItem> = share.iter().map(|&place| all[place]).collect();
        plans.push(share_plan(&division, &items, cancellation)?);
    }
    let states = engine.block_on(run_all(plans, engine.task_context()))??;
    let mut filled: Vec<(usize, Box<dyn Summary>)> = Vec::with_capacity(all.len());
    for (&place, state) in shares.iter().flatten().zip(states.iter().flatten()) {
        let mut summary = all[place].summary.fresh();
        summary.merge_bytes(state)?;
        filled.push((place, summary));
    }
    filled.sort_unstable_by_key(|(place, _)| *place);
    let mut filled: Vec<_> = filled.into_iter().map(|(_, summary)| summary).collect();
    let rows = filled.pop().map_or(Ok(0), |counter| RowCount::read(counter.as_ref()))?;
    let expected: u64 = table.parts.iter().skip(first_part).map(|part| part.rows).sum();
    if rows != expected {
        return Err(Error::internal(format!("{rows} rows were read of {expected}")));
    }
    Ok(ScanOutcome::new(filled, rows))
}

/// The places of items, shared out so that each column is read for one share, but for summaries
/// of several columns, which are all in the first.
fn column_shares(items: &[&ScanItem], columns: &[String], threads: usize) -> Vec<Vec<usize>> {
    // below this, threads cost more than they save
    const LEAST_COLUMNS: usize = 16;
    let shares = threads.min(columns.len() / LEAST_COLUMNS).max(1);
    // what sees several columns costs about as much as a tenth of as many summaries of one
    let weight = |item: &&ScanItem| 10.max(item.columns.len());
    let order: HashMap<&str, usize> = columns.iter().map(String::as_str).zip(1..).collect();
    // of several columns: 0, so that they come first
    let column = |item: &ScanItem| match item.columns.as_slice() {
        [column] => order.get(column.as_str()).copied().unwrap_or(1),
        _ => 0,
    };
    let mut places: Vec<(usize, usize)> =
        items.iter().enumerate().map(|(place, item)| (column(item), place)).collect();
    places.sort_unstable();
    let total: usize = items.iter().map(weight).sum();
    let mut divided = vec![Vec::new(); shares];
    let (mut before, mut share, mut previous) = (0, 0, 0);
    for (column, place) in places {
        if column != previous {
            share = (before * shares / total.max(1)).min(shares - 1);
            previous = column;
        }
        divided[share].push(place);
        before += weight(&items[place]);
    }
    divided.retain(|share| !share.is_empty());
    divided
}

/// The plan of some items, over the columns that they need.
fn share_plan(
    division: &Division,
    items: &[&ScanItem],
    cancellation: &Cancellation,
) -> Result<Arc<dyn ExecutionPlan>> {
    let columns = needed_columns(items.iter().copied().filter(|item| item.nested.is_none()));
    let nested = needed_columns(items.iter().copied().filter(|item| item.nested.is_some()));
    let scan = division.scan(&columns, &nested)?;
    aggregate_plan(items, (&columns, &nested), scan.plan, cancellation).map_err(from_datafusion)
}

fn needed_columns<'a>(items: impl Iterator<Item = &'a ScanItem>) -> Vec<String> {
    let mut seen = HashSet::new();
    let names = items.flat_map(|item| &item.columns);
    names.filter(|name| seen.insert(name.as_str())).cloned().collect()
}

/// Partial aggregation of each partition, then one final aggregation of their states; of one
/// partition there is nothing to put together.
fn aggregate_plan(
    items: &[&ScanItem],
    (columns, nested): (&[String], &[String]),
    source: Arc<dyn ExecutionPlan>,
    cancellation: &Cancellation,
) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
    let schema = source.schema();
    let named = columns.iter().map(|name| (name.as_str(), false));
    let named = named.chain(nested.iter().map(|name| (name.as_str(), true)));
    let places: HashMap<(&str, bool), usize> = named.zip(1..).collect();
    let mut aggregates: Vec<Arc<AggregateFunctionExpr>> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let mut arguments: Vec<Arc<dyn PhysicalExpr>> = vec![Arc::new(Column::new("row", 0))];
        for name in &item.columns {
            let place = places.get(&(name.as_str(), item.nested.is_some())).copied();
            let place = place.unwrap_or_default();
            arguments.push(Arc::new(Column::new(schema.field(place).name(), place)));
        }
        let function = SummaryFunction::new(index, item, cancellation.clone());
        let function = Arc::new(AggregateUDF::from(function));
        let aggregate = AggregateExprBuilder::new(function, arguments)
            .schema(Arc::clone(&schema))
            .alias(format!("summary_{index}"))
            .build()?;
        aggregates.push(Arc::new(aggregate));
    }
    let filters = vec![None; aggregates.len()];
    let groups = Arc::new(PhysicalGroupBy::default());
    if source.properties().output_partitioning().partition_count() == 1 {
        let mode = AggregateMode::Single;
        let whole = AggregateExec::try_new(mode, groups, aggregates, filters, source, schema)?;
        return Ok(Arc::new(whole));
    }
    let partial = AggregateExec::try_new(
        AggregateMode::Partial,
        Arc::clone(&groups),
        aggregates.clone(),
        filters.clone(),
        source,
        Arc::clone(&schema),
    )?;
    let gathered = Arc::new(CoalescePartitionsExec::new(Arc::new(partial)));
    let whole = AggregateExec::try_new(
        AggregateMode::Final,
        groups,
        aggregates,
        filters,
        gathered,
        schema,
    )?;
    Ok(Arc::new(whole))
}

/// The final states of the plans, each of which runs on a thread of its own.
async fn run_all(
    plans: Vec<Arc<dyn ExecutionPlan>>,
    context: Arc<TaskContext>,
) -> Result<Vec<Vec<Vec<u8>>>> {
    let tasks: Vec<_> =
        plans.into_iter().map(|plan| SpawnedTask::spawn(run(plan, Arc::clone(&context)))).collect();
    let mut states = Vec::with_capacity(tasks.len());
    for task in tasks {
        let done = task.join_unwind().await;
        states.push(done.map_err(|error| Error::internal("a task was lost").caused_by(error))??);
    }
    Ok(states)
}

/// The final state of each aggregate.
async fn run(plan: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> Result<Vec<Vec<u8>>> {
    let batches = collect(plan, context).await.map_err(from_datafusion)?;
    let batch = batches
        .iter()
        .find(|batch| batch.num_rows() > 0)
        .ok_or_else(|| Error::internal("an aggregation gave no row"))?;
    batch
        .columns()
        .iter()
        .map(|column| match column.as_binary_opt::<i32>() {
            Some(states) if states.is_valid(0) => Ok(states.value(0).to_vec()),
            _ => Err(Error::internal("an aggregation gave no state")),
        })
        .collect()
}

/// A summary as an aggregate function.
struct SummaryFunction {
    index: usize,
    name: String,
    /// Never filled: accumulators start from fresh copies.
    summary: Box<dyn Summary>,
    /// The field that is summarised of a nested column.
    nested: Option<u32>,
    cancellation: Cancellation,
    signature: Signature,
}

impl SummaryFunction {
    fn new(index: usize, item: &ScanItem, cancellation: Cancellation) -> Self {
        let name = format!("summary_{index}");
        let signature = Signature::variadic_any(Volatility::Immutable);
        let (summary, nested) = (item.summary.fresh(), item.nested);
        Self { index, name, summary, nested, cancellation, signature }
    }
}

impl fmt::Debug for SummaryFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SummaryFunction({})", self.summary.key())
    }
}

impl PartialEq for SummaryFunction {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.summary.key() == other.summary.key()
    }
}

impl Eq for SummaryFunction {}

impl Hash for SummaryFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}

impl AggregateUDFImpl for SummaryFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Binary)
    }

    fn state_fields(&self, _: StateFieldsArgs) -> DataFusionResult<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(&self.name, DataType::Binary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        Ok(Box::new(SummaryAccumulator {
            summary: self.summary.fresh(),
            nested: self.nested,
            first_row: None,
            states: Vec::new(),
            cancellation: self.cancellation.clone(),
        }))
    }
}

/// A summary being filled, or states being gathered.
struct SummaryAccumulator {
    summary: Box<dyn Summary>,
    nested: Option<u32>,
    first_row: Option<i64>,
    states: Vec<(i64, Vec<u8>)>,
    cancellation: Cancellation,
}

impl SummaryAccumulator {
    fn update(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.cancellation.check()?;
        let (rows, columns) =
            values.split_first().ok_or_else(|| Error::internal("a summary without row numbers"))?;
        let rows: &[i64] = rows.as_primitive::<Int64Type>().values();
        let Some(&first) = rows.first() else { return Ok(()) };
        if self.first_row.is_none() {
            self.first_row = Some(first);
        }
        let (Some(field), [record]) = (self.nested, columns) else {
            return self.summary.update(&Batch { rows, columns: &views(columns)? });
        };
        let (rows, values) = field_values(record, field, rows)?;
        if rows.is_empty() {
            return Ok(());
        }
        self.summary.update(&Batch { rows: &rows, columns: &[view(&values)?] })
    }

    fn keep(&mut self, states: &BinaryArray) -> Result<()> {
        self.cancellation.check()?;
        for state in states.iter().flatten() {
            let (first_row, bytes) = state
                .split_first_chunk::<8>()
                .ok_or_else(|| Error::internal("a summary's state is cut off"))?;
            self.states.push((i64::from_le_bytes(*first_row), bytes.to_vec()));
        }
        Ok(())
    }

    fn merged(&mut self) -> Result<Vec<u8>> {
        self.states.sort_unstable_by_key(|state| state.0);
        for (_, bytes) in std::mem::take(&mut self.states) {
            self.cancellation.check()?;
            self.summary.merge_bytes(&bytes)?;
        }
        self.summary.to_bytes()
    }

    fn own_state(&mut self) -> Result<Option<Vec<u8>>> {
        let Some(first_row) = self.first_row else { return Ok(None) };
        let mut state = first_row.to_le_bytes().to_vec();
        state.extend_from_slice(&self.summary.to_bytes()?);
        Ok(Some(state))
    }
}

impl fmt::Debug for SummaryAccumulator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SummaryAccumulator({})", self.summary.key())
    }
}

impl Accumulator for SummaryAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        self.update(values).map_err(into_datafusion)
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let bytes = self.merged().map_err(into_datafusion)?;
        Ok(ScalarValue::Binary(Some(bytes)))
    }

    fn size(&self) -> usize {
        let states: usize = self.states.iter().map(|state| state.1.capacity()).sum();
        size_of_val(self) + self.summary.memory_bytes() + states
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        let state = self.own_state().map_err(into_datafusion)?;
        Ok(vec![ScalarValue::Binary(state)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        for states in states {
            self.keep(states.as_binary()).map_err(into_datafusion)?;
        }
        Ok(())
    }
}

/// Counts the rows that went by, to prove that a scan saw the whole table.
#[derive(Default)]
struct RowCount(u64);

impl RowCount {
    fn read(summary: &dyn Summary) -> Result<u64> {
        let counter = (summary as &dyn std::any::Any).downcast_ref::<Self>();
        counter.map(|counter| counter.0).ok_or_else(|| Error::internal("the row count was lost"))
    }
}

impl Summary for RowCount {
    fn key(&self) -> String {
        "engine_row_count".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self(0))
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        self.0 += batch.len() as u64;
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let count = <[u8; 8]>::try_from(later)
            .map_err(|_| Error::internal("a row count's state is not 8 bytes"))?;
        self.0 += u64::from_le_bytes(count);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        Ok(self.0.to_le_bytes().to_vec())
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>()
    }
}
