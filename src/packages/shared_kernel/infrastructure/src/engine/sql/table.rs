//! A table as a query sees it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result as DataFusionResult};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use shared_kernel_domain::sql::{NamedTable, ROW_NUMBER};
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};

use crate::engine::canonical::canonical_field;
use crate::engine::errors::into_datafusion;
use crate::engine::parts::open_part;
use crate::engine::scan::Scan;

/// A table, read in row order in one partition, so that an answer does not depend on threads.
#[derive(Debug)]
pub(super) struct QueriedTable {
    home: PathBuf,
    table: TableReference,
    schema: SchemaRef,
    /// Columns read so far, by all queries' scans.
    columns_read: Arc<AtomicU32>,
}

impl QueriedTable {
    pub(super) fn new(
        home: PathBuf,
        named: &NamedTable<'_>,
        columns_read: Arc<AtomicU32>,
    ) -> Result<Self> {
        let table = named.table.clone();
        let first = table.parts.first().ok_or_else(|| Error::internal("a table without files"))?;
        let stored = open_part(&home, first)?.schema;
        let mut fields: Vec<Field> = table
            .schema
            .names()
            .filter_map(|name| stored.field_with_name(name).ok())
            .map(canonical_field)
            .collect();
        if named.row_numbers && table.schema.field(ROW_NUMBER).is_none() {
            fields.push(Field::new(ROW_NUMBER, DataType::Int64, false));
        }
        Ok(Self { home, table, schema: Arc::new(Schema::new(fields)), columns_read })
    }

    /// A plan of these fields of the schema, in this order.
    fn plan(&self, wanted: &[usize]) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let names: Vec<&String> =
            wanted.iter().map(|&index| self.schema.field(index).name()).collect();
        let is_stored = |name: &&&String| self.table.schema.field(name).is_some();
        let stored: Vec<String> =
            names.iter().filter(is_stored).map(|&name| name.clone()).collect();
        self.columns_read.fetch_add(stored.len() as u32, Ordering::Relaxed);
        let scan = Scan::in_row_order(&self.home, &self.table, &stored).map_err(into_datafusion)?;
        // column 0 is the row number, the others are those asked for
        let place = |name: &String| stored.iter().position(|it| it == name).map_or(0, |at| at + 1);
        let outputs = names.iter().map(|name| {
            let place = place(name);
            let given = scan.plan.schema().field(place).name().clone();
            let expr: Arc<dyn PhysicalExpr> = Arc::new(Column::new(&given, place));
            ProjectionExpr { expr, alias: (*name).clone() }
        });
        let outputs: Vec<ProjectionExpr> = outputs.collect();
        Ok(Arc::new(ProjectionExec::try_new(outputs, scan.plan)?))
    }
}

#[async_trait]
impl TableProvider for QueriedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let all = || (0..self.schema.fields().len()).collect();
        let wanted: Vec<usize> = projection.map_or_else(all, Clone::clone);
        self.plan(&wanted)
    }
}
