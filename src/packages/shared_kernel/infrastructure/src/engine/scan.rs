//! What every plan begins with: columns in canonical types, with our partitions and row numbers.

use std::path::Path;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result as DataFusionResult;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use parquet::arrow::arrow_reader::RowSelector;
use shared_kernel_domain::table::{NestedSchema, TableReference};
use shared_kernel_domain::{Error, Result};

use super::canonical::{canonical_field, is_nested, json_text};
use super::errors::from_datafusion;
use super::nested::{NestedColumn, NestedFields, nested_columns};
use super::parts::{PartFile, PartRun, open_part, open_parts, partitions};
use super::read_parts::{ReadParts, RowsOfPart};

/// A plan whose column 0 is the row number in the table (`Int64`) and whose other columns are the
/// columns asked for, in that order, in canonical types; then the records of nested fields.
pub(super) struct Scan {
    pub(super) plan: Arc<dyn ExecutionPlan>,
}

/// The files of a table, divided into partitions as its columns demand.
pub(super) struct Division {
    parts: Vec<PartFile>,
    /// In the files before them.
    rows_before: i64,
    groups: Vec<Vec<PartRun>>,
}

impl Division {
    /// Divides the parts from `first_part` on for a scan of these columns and of what lies within
    /// those in `nested`; the files before are not opened.
    pub(super) fn of_parts(
        home: &Path,
        table: &TableReference,
        first_part: usize,
        columns: &[String],
        nested: &[String],
    ) -> Result<Self> {
        let (earlier, later) = table.parts.split_at(first_part.min(table.parts.len()));
        let parts = open_parts(home, later)?;
        let rows_before = earlier.iter().map(|part| part.rows as i64).sum();
        let within = if nested.is_empty() { Vec::new() } else { within(&parts, nested)? };
        let fields: usize = within.iter().map(|column| column.len()).sum();
        let groups = partitions(&parts, columns.len() + fields);
        Ok(Self { parts, rows_before, groups })
    }

    /// How many partitions there are.
    pub(super) fn partitions(&self) -> usize {
        self.groups.len()
    }

    /// A scan of some columns, and for each column named in `nested` of the record of what lies
    /// within it.
    pub(super) fn scan(&self, columns: &[String], nested: &[String]) -> Result<Scan> {
        let parts = &self.parts;
        let within = if nested.is_empty() { Vec::new() } else { within(parts, nested)? };
        let files = self.groups.iter().map(|runs| {
            let whole = |run: &PartRun| RowsOfPart {
                part: run.part,
                groups: run.groups.clone(),
                selection: None,
            };
            runs.iter().map(whole).collect()
        });
        Scan::build(parts, self.rows_before, columns, (nested, within), files.collect())
    }
}

/// What lies within the columns of a table.
pub(super) fn nested(home: &Path, table: &TableReference) -> Result<NestedSchema> {
    let Some(first) = table.parts.first() else { return Ok(NestedSchema::default()) };
    Ok(nested_columns(&open_part(home, first)?).0)
}

impl Scan {
    /// A scan of whole columns; the partitions of the plan are contiguous and in row order.
    pub(super) fn of_columns(
        home: &Path,
        table: &TableReference,
        columns: &[String],
    ) -> Result<Self> {
        Division::of_parts(home, table, 0, columns, &[])?.scan(columns, &[])
    }

    /// The same in one partition.
    pub(super) fn in_row_order(
        home: &Path,
        table: &TableReference,
        columns: &[String],
    ) -> Result<Self> {
        let parts = open_parts(home, &table.parts)?;
        let whole = |(part, file): (usize, &PartFile)| RowsOfPart {
            part,
            groups: (0..file.metadata.num_row_groups()).collect(),
            selection: None,
        };
        let files = parts.iter().enumerate().map(whole).collect();
        Self::build(&parts, 0, columns, (&[], Vec::new()), vec![files])
    }

    /// A scan of some rows, ascending and without repetition, in one partition.
    pub(super) fn of_rows(
        home: &Path,
        table: &TableReference,
        columns: &[String],
        rows: &[u64],
    ) -> Result<Self> {
        let parts = open_parts(home, &table.parts)?;
        let mut files = Vec::new();
        let mut first_row = 0;
        for (part, file) in parts.iter().enumerate() {
            let (mut groups, mut selectors) = (Vec::new(), Vec::new());
            for (group, metadata) in file.metadata.row_groups().iter().enumerate() {
                let end = first_row + metadata.num_rows().max(0) as u64;
                let start = rows.partition_point(|&row| row < first_row);
                let stop = rows.partition_point(|&row| row < end);
                if let Some(inside) = rows.get(start..stop).filter(|inside| !inside.is_empty()) {
                    groups.push(group);
                    select(inside, first_row, end, &mut selectors);
                }
                first_row = end;
            }
            if !groups.is_empty() {
                files.push(RowsOfPart { part, groups, selection: Some(selectors.into()) });
            }
        }
        Self::build(&parts, 0, columns, (&[], Vec::new()), vec![files])
    }

    fn build(
        parts: &[PartFile],
        rows_before: i64,
        columns: &[String],
        (nested, within): (&[String], Vec<Arc<NestedColumn>>),
        mut partitions: Vec<Vec<RowsOfPart>>,
    ) -> Result<Self> {
        let mut read = columns.to_vec();
        read.extend(nested.iter().filter(|name| !columns.contains(name)).cloned());
        let fields = file_fields(parts, &read)?;
        let row = helper_column("row number", &read);
        if partitions.is_empty() {
            partitions.push(Vec::new());
        }
        let outputs = Outputs { fields: &fields, columns: columns.len(), nested, within };
        let plan = ReadParts::new(parts, rows_before, &fields, &row, partitions)
            .and_then(|source| numbered_and_canonical(Arc::new(source), outputs));
        Ok(Self { plan: plan.map_err(from_datafusion)? })
    }
}

/// The fields to read: canonical where a cast gets there, as stored where JSON text is made later.
fn file_fields(parts: &[PartFile], columns: &[String]) -> Result<Vec<FieldRef>> {
    let first = parts.first().ok_or_else(|| Error::internal("a table without files"))?;
    let field = |name: &String| {
        let field = first.schema.field_with_name(name).map_err(|_| {
            Error::input(format!("there is no column {name:?}")).at(first.location.clone())
        })?;
        let kept = is_nested(field.data_type());
        Ok(Arc::new(if kept { field.clone().with_nullable(true) } else { canonical_field(field) }))
    };
    columns.iter().map(field).collect()
}

/// A name that no column of the table has.
fn helper_column(name: &str, columns: &[String]) -> String {
    let mut name = name.to_owned();
    while columns.contains(&name) {
        name.push('_');
    }
    name
}

/// Selects rows of a group that holds the rows `first..end` of the table.
fn select(rows: &[u64], first: u64, end: u64, selectors: &mut Vec<RowSelector>) {
    let mut next = first;
    for &row in rows {
        if row > next {
            selectors.push(RowSelector::skip((row - next) as usize));
        }
        selectors.push(RowSelector::select(1));
        next = row + 1;
    }
    if end > next {
        selectors.push(RowSelector::skip((end - next) as usize));
    }
}

/// What lies within the columns of that name.
fn within(parts: &[PartFile], columns: &[String]) -> Result<Vec<Arc<NestedColumn>>> {
    let first = parts.first().ok_or_else(|| Error::internal("a table without files"))?;
    let (_, mut known) = nested_columns(first);
    let column = |name: &String| {
        known
            .remove(name)
            .ok_or_else(|| Error::internal(format!("nothing lies within column {name:?}")))
    };
    columns.iter().map(column).collect()
}

/// What a scan gives out.
struct Outputs<'a> {
    /// What is read.
    fields: &'a [FieldRef],
    /// How many of them are given out themselves.
    columns: usize,
    /// Those of which the nested fields are given out.
    nested: &'a [String],
    within: Vec<Arc<NestedColumn>>,
}

/// Puts the row number first, makes JSON text of nested columns, and takes apart those that are to
/// be looked into.
fn numbered_and_canonical(
    source: Arc<dyn ExecutionPlan>,
    outputs: Outputs<'_>,
) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
    let fields = outputs.fields;
    let schema = source.schema();
    let number: Arc<dyn PhysicalExpr> =
        Arc::new(Column::new(schema.field(fields.len()).name(), fields.len()));
    let mut projected = vec![ProjectionExpr { expr: number, alias: "row".to_owned() }];
    let options = Arc::new(ConfigOptions::default());
    let call = |function: ScalarUDF, value: Arc<dyn PhysicalExpr>| {
        let (function, options) = (Arc::new(function), Arc::clone(&options));
        ScalarFunctionExpr::try_new(function, vec![value], &schema, options)
    };
    for (index, field) in fields.iter().enumerate().take(outputs.columns) {
        let mut value: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), index));
        if is_nested(field.data_type()) {
            value = Arc::new(call(ScalarUDF::from(JsonText::new()), value)?);
        }
        projected.push(ProjectionExpr { expr: value, alias: field.name().clone() });
    }
    for (name, column) in outputs.nested.iter().zip(outputs.within) {
        let place = fields.iter().position(|field| field.name() == name).unwrap_or_default();
        let value = Arc::new(Column::new(name, place));
        let within = call(ScalarUDF::from(NestedFields::of(column)), value)?;
        let alias = format!("within {name}");
        projected.push(ProjectionExpr { expr: Arc::new(within), alias });
    }
    Ok(Arc::new(ProjectionExec::try_new(projected, source)?))
}

/// The JSON text of nested values, as a scalar function.
#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonText {
    signature: Signature,
}

impl JsonText {
    fn new() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for JsonText {
    fn name(&self) -> &'static str {
        "json_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        let arrays: Vec<ArrayRef> = ColumnarValue::values_to_arrays(&args.args)?;
        let (Some(field), Some(array)) = (args.arg_fields.first(), arrays.first()) else {
            return datafusion::common::internal_err!("json_text takes one column");
        };
        Ok(ColumnarValue::Array(json_text(field, array)?))
    }
}
