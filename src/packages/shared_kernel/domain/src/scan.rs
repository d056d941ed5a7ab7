//! Scanning a table: many summaries in one pass, rows in order, exact duplicates, rows by number.

use std::any::Any;
use std::collections::HashMap;
use std::marker::PhantomData;

use crate::cancellation::Cancellation;
use crate::summary::Summary;
use crate::table::{Batch, Cell, NestedField, NestedSchema, TableReference};
use crate::{Error, Result};

/// One summary over some columns.
pub struct ScanItem {
    /// The columns the summary sees, in this order.
    pub columns: Vec<String>,
    /// The place of the nested field that it sees of its one column, instead of the column itself.
    pub nested: Option<u32>,
    /// An empty summary.
    pub summary: Box<dyn Summary>,
}

/// What one scan computes. Equal summaries of equal columns are computed once.
#[derive(Default)]
pub struct ScanPlan {
    items: Vec<ScanItem>,
    /// The place of each item, by the key of its summary, its columns and its nested field.
    places: HashMap<(String, Vec<String>, Option<u32>), usize>,
}

/// Where a summary's result will be found.
pub struct Slot<S> {
    index: usize,
    summary: PhantomData<fn() -> S>,
}

impl<S> Clone for Slot<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Slot<S> {}

impl ScanPlan {
    /// Adds a summary, unless an equal one over the same columns is there already.
    pub fn add<S: Summary>(&mut self, columns: &[&str], summary: S) -> Slot<S> {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        self.add_item(columns, None, summary)
    }

    /// Adds a summary of the values within a nested column, unless an equal one is there already.
    /// It sees a batch of one column; where the values are counted in items there are as many as
    /// items, each with the number of the row that it is in.
    pub fn add_nested<S: Summary>(&mut self, field: &NestedField, summary: S) -> Slot<S> {
        self.add_item(vec![field.column.clone()], Some(field.place), summary)
    }

    fn add_item<S: Summary>(
        &mut self,
        columns: Vec<String>,
        nested: Option<u32>,
        summary: S,
    ) -> Slot<S> {
        let key = (summary.key(), columns.clone(), nested);
        let index = *self.places.entry(key).or_insert_with(|| {
            self.items.push(ScanItem { columns, nested, summary: Box::new(summary) });
            self.items.len() - 1
        });
        Slot { index, summary: PhantomData }
    }

    /// The items, for the scanner.
    pub fn into_items(self) -> Vec<ScanItem> {
        self.items
    }
}

/// The filled summaries of a scan.
pub struct ScanOutcome {
    summaries: Vec<Box<dyn Summary>>,
    /// Rows read.
    pub rows: u64,
}

impl ScanOutcome {
    /// An outcome, in the order of the plan's items.
    pub fn new(summaries: Vec<Box<dyn Summary>>, rows: u64) -> Self {
        Self { summaries, rows }
    }

    /// All filled summaries, in the order of the plan's items.
    pub fn summaries(&self) -> impl Iterator<Item = &dyn Summary> {
        self.summaries.iter().map(AsRef::as_ref)
    }

    /// The filled summary of a slot.
    pub fn get<S: Summary>(&self, slot: Slot<S>) -> Result<&S> {
        self.summaries
            .get(slot.index)
            .and_then(|summary| (summary.as_ref() as &dyn Any).downcast_ref())
            .ok_or_else(|| Error::internal("a scan slot was used with another scan's outcome"))
    }
}

/// A number for each row, computed from some columns: a model's score.
pub trait RowFunction: Send + Sync {
    /// Columns it reads, in the order it expects them.
    fn columns(&self) -> &[String];

    /// One finite number per row of the batch.
    fn evaluate(&self, batch: &Batch<'_>) -> Result<Vec<f64>>;
}

/// Gets row numbers and their values, in row order.
pub type RowValueSink<'a> = dyn FnMut(&[i64], &[f64]) -> Result<()> + 'a;

/// Gets batches, in row order.
pub type BatchSink<'a> = dyn FnMut(&Batch<'_>) -> Result<()> + 'a;

/// Rows that agree in all compared columns.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DuplicateGroup {
    /// The first such row.
    pub first_row: u64,
    /// How many rows agree.
    pub count: u64,
}

/// Exact duplicates of a table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Duplicates {
    /// Rows compared (rows whose compared columns are all null are left out).
    pub evaluated_rows: u64,
    /// Rows beyond the first of each group.
    pub duplicate_rows: u64,
    /// The largest groups, then by first row; at most as many as asked for.
    pub groups: Vec<DuplicateGroup>,
}

/// Scans tables. One scan reads the columns it needs once, in bounded memory; results do not
/// depend on the number of threads.
pub trait TableScanner: Send + Sync {
    /// What lies within the table's nested columns, for [`ScanPlan::add_nested`]; nothing where a
    /// scanner does not look into values.
    fn nested(&self, _: &TableReference) -> Result<NestedSchema> {
        Ok(NestedSchema::default())
    }

    /// Fills all summaries of a plan in one pass.
    fn summarize(
        &self,
        table: &TableReference,
        plan: ScanPlan,
        cancellation: &Cancellation,
    ) -> Result<ScanOutcome> {
        self.summarize_from(table, 0, plan, cancellation)
    }

    /// The same of the table's parts from `first_part` on: earlier files are not touched, rows keep
    /// the numbers they have in the whole table, and the outcome's rows are those of the later parts.
    fn summarize_from(
        &self,
        table: &TableReference,
        first_part: usize,
        plan: ScanPlan,
        cancellation: &Cancellation,
    ) -> Result<ScanOutcome>;

    /// Evaluates a function on every row; `sink` gets row numbers and values in row order.
    fn evaluate(
        &self,
        table: &TableReference,
        function: std::sync::Arc<dyn RowFunction>,
        cancellation: &Cancellation,
        sink: &mut RowValueSink<'_>,
    ) -> Result<()>;

    /// Streams columns in row order.
    fn stream(
        &self,
        table: &TableReference,
        columns: &[String],
        cancellation: &Cancellation,
        sink: &mut BatchSink<'_>,
    ) -> Result<()>;

    /// Counts rows that agree in all of `columns` (all columns of the table when empty), exactly:
    /// rows are compared by a 128-bit digest of their values.
    fn duplicates(
        &self,
        table: &TableReference,
        columns: &[String],
        examples: usize,
        cancellation: &Cancellation,
    ) -> Result<Duplicates>;

    /// The cells of some rows, one vector per row number, in the order asked for.
    fn rows(
        &self,
        table: &TableReference,
        columns: &[String],
        rows: &[u64],
    ) -> Result<Vec<Vec<Cell>>>;
}
