//! Exact duplicates: rows grouped by a 128-bit hash of their values.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array, RecordBatch};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result as DataFusionResult;
use datafusion::common::config::ConfigOptions;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_aggregate::min_max::min_udaf;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::aggregate::AggregateExprBuilder;
use datafusion::physical_expr::expressions::{Column, IsNotNullExpr};
use datafusion::physical_expr::{Partitioning, PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, PhysicalGroupBy};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{DuplicateGroup, Duplicates};
use shared_kernel_domain::summary::RowHashes;
use shared_kernel_domain::table::{Batch, TableReference};
use shared_kernel_domain::{Error, Result};

use super::Engine;
use super::columns::views;
use super::errors::{from_datafusion, into_datafusion};
use super::scan::Scan;

/// Counts rows that agree in all of `columns`; see [`Duplicates`].
pub(super) fn duplicates(
    engine: &Engine,
    table: &TableReference,
    columns: &[String],
    examples: usize,
    cancellation: &Cancellation,
) -> Result<Duplicates> {
    cancellation.check()?;
    let all: Vec<String>;
    let columns = if columns.is_empty() {
        all = table.schema.names().map(str::to_owned).collect();
        &all
    } else {
        columns
    };
    let scan = Scan::of_columns(&engine.config.home, table, columns)?;
    let plan = group_plan(scan.plan, engine.config().threads.max(1), cancellation)
        .map_err(from_datafusion)?;
    let context = engine.task_context();
    engine.block_on(async {
        let mut groups = execute_stream(plan, context).map_err(from_datafusion)?;
        let mut counter = GroupCounter::new(examples);
        while let Some(batch) = groups.next().await {
            cancellation.check()?;
            counter.take(&batch.map_err(from_datafusion)?)?;
        }
        Ok(counter.finish())
    })?
}

/// scan → (row, hash) → rows that have a value → group by hash: first row and count.
///
/// The hash travels as a `Decimal128` because DataFusion groups by 128-bit integers fastest.
fn group_plan(
    source: Arc<dyn ExecutionPlan>,
    threads: usize,
    cancellation: &Cancellation,
) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
    let hashed = hash_rows(source, cancellation)?;
    let (row, hash) = (column("row", 0), column("hash", 1));
    let has_value = Arc::new(IsNotNullExpr::new(Arc::clone(&hash)));
    let present = Arc::new(FilterExec::try_new(has_value, hashed)?);
    let schema = present.schema();
    let together = Arc::new(RepartitionExec::try_new(
        present,
        Partitioning::Hash(vec![Arc::clone(&hash)], threads),
    )?);
    let first_row = AggregateExprBuilder::new(min_udaf(), vec![Arc::clone(&row)])
        .schema(Arc::clone(&schema))
        .alias("first_row")
        .build()?;
    let count = AggregateExprBuilder::new(count_udaf(), vec![row])
        .schema(Arc::clone(&schema))
        .alias("count")
        .build()?;
    let grouped = AggregateExec::try_new(
        AggregateMode::SinglePartitioned,
        PhysicalGroupBy::new_single(vec![(hash, "hash".to_owned())]),
        vec![Arc::new(first_row), Arc::new(count)],
        vec![None, None],
        together,
        schema,
    )?;
    Ok(Arc::new(CoalescePartitionsExec::new(Arc::new(grouped))))
}

fn hash_rows(
    source: Arc<dyn ExecutionPlan>,
    cancellation: &Cancellation,
) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
    let schema = source.schema();
    let columns: Vec<_> = schema
        .fields()
        .iter()
        .enumerate()
        .map(|(index, field)| column(field.name(), index))
        .collect();
    let row = Arc::clone(&columns[0]);
    let function = ScalarUDF::from(RowHash {
        cancellation: cancellation.clone(),
        signature: Signature::variadic_any(Volatility::Immutable),
    });
    let options = Arc::new(ConfigOptions::default());
    let hash = ScalarFunctionExpr::try_new(Arc::new(function), columns, &schema, options)?;
    let outputs = vec![
        ProjectionExpr { expr: row, alias: "row".to_owned() },
        ProjectionExpr { expr: Arc::new(hash), alias: "hash".to_owned() },
    ];
    Ok(Arc::new(ProjectionExec::try_new(outputs, source)?))
}

fn column(name: &str, index: usize) -> Arc<dyn PhysicalExpr> {
    Arc::new(Column::new(name, index))
}

/// Counts groups and keeps the largest.
struct GroupCounter {
    examples: usize,
    evaluated_rows: u64,
    duplicate_rows: u64,
    /// The smallest of the kept groups on top: fewest rows, then the later first row.
    largest: BinaryHeap<Reverse<(i64, Reverse<i64>)>>,
}

impl GroupCounter {
    fn new(examples: usize) -> Self {
        Self { examples, evaluated_rows: 0, duplicate_rows: 0, largest: BinaryHeap::new() }
    }

    fn take(&mut self, groups: &RecordBatch) -> Result<()> {
        if groups.num_columns() != 3 {
            return Err(Error::internal("duplicate groups have three columns"));
        }
        let first_rows = groups.column(1).as_primitive::<Int64Type>().values();
        let counts = groups.column(2).as_primitive::<Int64Type>().values();
        for (&first_row, &count) in first_rows.iter().zip(counts) {
            self.evaluated_rows += count as u64;
            if count < 2 {
                continue;
            }
            self.duplicate_rows += count as u64 - 1;
            self.largest.push(Reverse((count, Reverse(first_row))));
            if self.largest.len() > self.examples {
                self.largest.pop();
            }
        }
        Ok(())
    }

    fn finish(self) -> Duplicates {
        let groups = self.largest.into_sorted_vec().into_iter();
        Duplicates {
            evaluated_rows: self.evaluated_rows,
            duplicate_rows: self.duplicate_rows,
            groups: groups
                .map(|Reverse((count, Reverse(first_row)))| DuplicateGroup {
                    first_row: first_row as u64,
                    count: count as u64,
                })
                .collect(),
        }
    }
}

/// The hash of a row, as a scalar function of the row number and the columns; null where all
/// columns are null.
#[derive(Debug)]
struct RowHash {
    cancellation: Cancellation,
    signature: Signature,
}

impl RowHash {
    fn call(&self, arrays: &[ArrayRef]) -> Result<Decimal128Array> {
        self.cancellation.check()?;
        let (rows, columns) =
            arrays.split_first().ok_or_else(|| Error::internal("a scan without row numbers"))?;
        let rows: &[i64] = rows.as_primitive::<Int64Type>().values();
        let hashes = RowHashes::of(&Batch { rows, columns: &views(columns)? });
        let values = (0..hashes.len()).map(|row| hashes.get(row).map(|hash| hash as i128));
        Ok(values.collect::<Decimal128Array>().with_data_type(DataType::Decimal128(38, 0)))
    }
}

impl PartialEq for RowHash {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for RowHash {}

impl std::hash::Hash for RowHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        "row_hash".hash(state);
    }
}

impl ScalarUDFImpl for RowHash {
    fn name(&self) -> &'static str {
        "row_hash"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Decimal128(38, 0))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        Ok(ColumnarValue::Array(Arc::new(self.call(&arrays).map_err(into_datafusion)?)))
    }
}
