//! A number for every row: a row function as a scalar function over the scan.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{Result as DataFusionResult, internal_datafusion_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use futures::{StreamExt, stream};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{RowFunction, RowValueSink};
use shared_kernel_domain::table::{Batch, TableReference};
use shared_kernel_domain::{Error, Result};

use super::Engine;
use super::columns::views;
use super::errors::{from_datafusion, into_datafusion};
use super::scan::Scan;

/// Evaluates a function on every row. As many partitions are computed at once as there are
/// threads, each kept as 16 bytes a row until it is its turn.
pub(super) fn evaluate(
    engine: &Engine,
    table: &TableReference,
    function: Arc<dyn RowFunction>,
    cancellation: &Cancellation,
    sink: &mut RowValueSink<'_>,
) -> Result<()> {
    cancellation.check()?;
    let scan = Scan::of_columns(&engine.config.home, table, function.columns())?;
    let plan = value_plan(scan.plan, function, cancellation).map_err(from_datafusion)?;
    let context = engine.task_context();
    let partitions = plan.properties().output_partitioning().partition_count();
    let tasks = (0..partitions).map(|partition| {
        let (plan, context) = (Arc::clone(&plan), Arc::clone(&context));
        async move { SpawnedTask::spawn(collect(plan, partition, context)).join_unwind().await }
    });
    engine.block_on(async {
        let mut values = stream::iter(tasks).buffered(engine.config().threads.max(1));
        while let Some(partition) = values.next().await {
            let partition = partition
                .map_err(|error| Error::internal("a task was lost").caused_by(error))??;
            for (rows, values) in &partition.batches {
                cancellation.check()?;
                sink(rows, values)?;
            }
        }
        Ok(())
    })?
}

/// The values of one partition, and the memory they are accounted with.
struct PartitionValues {
    batches: Vec<(Vec<i64>, Vec<f64>)>,
    _memory: MemoryReservation,
}

async fn collect(
    plan: Arc<dyn ExecutionPlan>,
    partition: usize,
    context: Arc<TaskContext>,
) -> Result<PartitionValues> {
    let memory = MemoryConsumer::new("row values").register(context.memory_pool());
    let mut stream: SendableRecordBatchStream =
        plan.execute(partition, context).map_err(from_datafusion)?;
    let mut batches = Vec::new();
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(from_datafusion)?;
        memory.try_grow(batch.num_rows() * 16).map_err(from_datafusion)?;
        let rows = batch.column(0).as_primitive::<Int64Type>().values().to_vec();
        let values = batch.column(1).as_primitive::<Float64Type>().values().to_vec();
        batches.push((rows, values));
    }
    Ok(PartitionValues { batches, _memory: memory })
}

/// Projects the scan to row number and value.
fn value_plan(
    source: Arc<dyn ExecutionPlan>,
    function: Arc<dyn RowFunction>,
    cancellation: &Cancellation,
) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
    let schema = source.schema();
    let columns: Vec<Arc<dyn PhysicalExpr>> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| Arc::new(Column::new(field.name(), index)) as _)
        .collect();
    let row = Arc::clone(&columns[0]);
    let function = ScalarUDF::from(RowFunctionCall {
        function,
        cancellation: cancellation.clone(),
        signature: Signature::variadic_any(Volatility::Immutable),
    });
    let options = Arc::new(ConfigOptions::default());
    let value = ScalarFunctionExpr::try_new(Arc::new(function), columns, &schema, options)?;
    let outputs = vec![
        ProjectionExpr { expr: row, alias: "row".to_owned() },
        ProjectionExpr { expr: Arc::new(value), alias: "value".to_owned() },
    ];
    Ok(Arc::new(ProjectionExec::try_new(outputs, source)?))
}

/// A row function as a scalar function of the row number and its columns.
struct RowFunctionCall {
    function: Arc<dyn RowFunction>,
    cancellation: Cancellation,
    signature: Signature,
}

impl RowFunctionCall {
    fn call(&self, arrays: &[ArrayRef]) -> Result<Vec<f64>> {
        self.cancellation.check()?;
        let (rows, columns) =
            arrays.split_first().ok_or_else(|| Error::internal("a scan without row numbers"))?;
        let rows: &[i64] = rows.as_primitive::<Int64Type>().values();
        let values = self.function.evaluate(&Batch { rows, columns: &views(columns)? })?;
        if values.len() != rows.len() {
            return Err(Error::internal("a row function gave another number of values than rows"));
        }
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::internal("a row function gave a number that is not finite")
                .at(format!("row {}", rows[index])));
        }
        Ok(values)
    }
}

impl fmt::Debug for RowFunctionCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RowFunctionCall").finish_non_exhaustive()
    }
}

impl PartialEq for RowFunctionCall {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.function, &other.function)
    }
}

impl Eq for RowFunctionCall {}

impl Hash for RowFunctionCall {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.columns().hash(state);
    }
}

impl ScalarUDFImpl for RowFunctionCall {
    fn name(&self) -> &'static str {
        "row_function"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        if arrays.is_empty() {
            return Err(internal_datafusion_err!("a row function needs the row number"));
        }
        let values = self.call(&arrays).map_err(into_datafusion)?;
        Ok(ColumnarValue::Array(Arc::new(Float64Array::from(values))))
    }
}
