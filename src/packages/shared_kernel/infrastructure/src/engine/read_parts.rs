//! The source of every plan: runs of row groups of local Parquet files, page by page.
//!
//! DataFusion's own Parquet source takes in all column chunks of a row group before it decodes the
//! first row: for a file of one row group, as most programs write them, as much memory as the file,
//! all of it touched for the first time ([decision 13](../../../../../../docs/adr/0013-pages.md)).

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchReader};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Int64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::nested_struct::cast_column;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result as DataFusionResult, internal_datafusion_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::coop::cooperative;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, SchedulingType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::stream;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder, RowSelection, RowSelectionPolicy,
};
use parquet::arrow::{ProjectionMask, RowNumber};
use shared_kernel_domain::Error;

use super::canonical::{canonical_array, is_nested};
use super::errors::into_datafusion;
use super::page_file::PageFile;
use super::parts::PartFile;

/// Some rows of a file.
#[derive(Clone, Debug)]
pub(super) struct RowsOfPart {
    /// Which file.
    pub(super) part: usize,
    /// Which row groups, ascending.
    pub(super) groups: Vec<usize>,
    /// Which of their rows; all, where there is none.
    pub(super) selection: Option<RowSelection>,
}

/// Reads some columns, each as a field says, and behind them the number of the row in the table.
pub(super) struct ReadParts {
    reader: Arc<Reader>,
    partitions: Vec<Vec<RowsOfPart>>,
    properties: Arc<PlanProperties>,
}

/// What the partitions of a plan have in common.
struct Reader {
    files: Vec<OpenedPart>,
    /// The columns, then the row number.
    schema: SchemaRef,
}

/// A file whose footer is read.
struct OpenedPart {
    location: String,
    metadata: ArrowReaderMetadata,
    columns: ProjectionMask,
    /// Of the row number.
    rows_before: i64,
}

impl ReadParts {
    /// A plan of these partitions; `rows_before` are those of the table before its first file, and
    /// `row` is the name of the row number, which no column has.
    pub(super) fn new(
        parts: &[PartFile],
        rows_before: i64,
        fields: &[FieldRef],
        row: &str,
        partitions: Vec<Vec<RowsOfPart>>,
    ) -> DataFusionResult<Self> {
        let number = Arc::new(Field::new(row, DataType::Int64, false));
        let mut rows_before = rows_before;
        let mut files = Vec::with_capacity(parts.len());
        for part in parts {
            files.push(OpenedPart::new(part, rows_before, fields, number.as_ref())?);
            rows_before += part.rows() as i64;
        }
        let columns = fields.iter().cloned().chain([number]);
        let schema: SchemaRef = Arc::new(Schema::new(columns.collect::<Vec<_>>()));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(partitions.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let properties = Arc::new(properties.with_scheduling_type(SchedulingType::Cooperative));
        Ok(Self { reader: Arc::new(Reader { files, schema }), partitions, properties })
    }
}

impl OpenedPart {
    fn new(
        part: &PartFile,
        rows_before: i64,
        fields: &[FieldRef],
        number: &Field,
    ) -> DataFusionResult<Self> {
        let number = Arc::new(number.clone().with_extension_type(RowNumber));
        let options = ArrowReaderOptions::new().with_virtual_columns(vec![number])?;
        let metadata = ArrowReaderMetadata::try_new(Arc::clone(&part.metadata), options)?;
        let place = |field: &FieldRef| part.schema.index_of(field.name());
        let places = fields.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let columns = ProjectionMask::roots(metadata.parquet_schema(), places);
        Ok(Self { location: part.location.clone(), metadata, columns, rows_before })
    }
}

impl Reader {
    /// The batches of some rows of a file.
    fn open(&self, rows: RowsOfPart, batch_rows: usize) -> DataFusionResult<Batches> {
        let file = self.files.get(rows.part).ok_or_else(|| internal_datafusion_err!("no file"))?;
        let pages = PageFile::open(&file.location, file.metadata.metadata(), &rows.groups)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
            pages.clone(),
            file.metadata.clone(),
        );
        let builder = builder
            .with_row_groups(rows.groups)
            .with_projection(file.columns.clone())
            .with_batch_size(batch_rows);
        let builder = match rows.selection {
            // Rows are few and far between: pages without any are not even read.
            Some(selection) => builder
                .with_row_selection(selection)
                .with_row_selection_policy(RowSelectionPolicy::Selectors),
            None => builder,
        };
        let read = builder.build()?;
        let stored = read.schema();
        let place = |field: &FieldRef| stored.index_of(field.name());
        let places = self.schema.fields().iter().map(place).collect::<Result<_, _>>()?;
        let (location, schema) = (file.location.clone(), Arc::clone(&self.schema));
        Ok(Batches { read, pages, location, places, schema, rows_before: file.rows_before })
    }
}

/// The batches of a file in the form of the plan.
struct Batches {
    read: ParquetRecordBatchReader,
    pages: PageFile,
    location: String,
    /// The place of each field of the schema in a batch.
    places: Vec<usize>,
    schema: SchemaRef,
    rows_before: i64,
}

impl Batches {
    fn formed(&self, batch: &RecordBatch) -> DataFusionResult<RecordBatch> {
        let (fields, count) = (self.schema.fields(), self.places.len() - 1);
        let mut arrays = Vec::with_capacity(count + 1);
        for (field, &place) in fields.iter().zip(&self.places).take(count) {
            arrays.push(as_field(field, batch.column(place))?);
        }
        let number = batch.column(self.places[count]).as_primitive::<Int64Type>();
        let before = self.rows_before;
        arrays.push(Arc::new(number.unary::<_, Int64Type>(|row| row + before)));
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }

    fn told(&self, error: ArrowError) -> DataFusionError {
        let told = match (self.pages.failure(), error) {
            (Some(cause), _) => {
                Error::unavailable(format!("a file could not be read: {cause}")).caused_by(cause)
            }
            (None, ArrowError::ParquetError(text)) => {
                let reason = text.trim_start_matches("Parquet error: ");
                Error::input(format!("a Parquet file could not be read: {reason}"))
                    .hint("the file may be damaged or cut off; write it again")
            }
            (None, error) => return error.into(),
        };
        into_datafusion(told.at(&self.location))
    }
}

impl Iterator for Batches {
    type Item = DataFusionResult<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.read.next()?;
        Some(match batch {
            Ok(batch) => self.formed(&batch),
            Err(error) => Err(self.told(error)),
        })
    }
}

/// Values as a field has them: canonical, or as they are stored.
fn as_field(field: &FieldRef, array: &ArrayRef) -> DataFusionResult<ArrayRef> {
    if array.data_type() == field.data_type() {
        return Ok(Arc::clone(array));
    }
    // an unsafe cast would turn what does not fit into null without a word
    let options = CastOptions { safe: false, ..CastOptions::default() };
    if is_nested(field.data_type()) {
        // The fields of records by name, whatever their order; Arrow's own cast would go by place.
        return cast_column(array, field.data_type(), &options);
    }
    let canonical = canonical_array(field, array)?;
    Ok(cast_with_options(&canonical, field.data_type(), &options)?)
}

impl fmt::Debug for ReadParts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReadParts")
            .field("partitions", &self.partitions)
            .finish_non_exhaustive()
    }
}

impl DisplayAs for ReadParts {
    fn fmt_as(&self, _: DisplayFormatType, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ReadParts")
    }
}

impl ExecutionPlan for ReadParts {
    fn name(&self) -> &'static str {
        "ReadParts"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        let runs = self.partitions.get(partition).cloned().unwrap_or_default();
        let reader = Arc::clone(&self.reader);
        let batch_rows = context.session_config().batch_size();
        let batches = runs.into_iter().flat_map(move |rows| {
            let (batches, refused) = match reader.open(rows, batch_rows) {
                Ok(batches) => (Some(batches), None),
                Err(error) => (None, Some(Err(error))),
            };
            batches.into_iter().flatten().chain(refused)
        });
        let schema = Arc::clone(&self.reader.schema);
        let stream = RecordBatchStreamAdapter::new(schema, stream::iter(batches));
        Ok(Box::pin(cooperative(stream)))
    }
}
