use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::table::{
    Batch, Cell, Column, ContentDigest, Field, TablePart, TableReference, TableSchema,
};
use shared_kernel_domain::{Error, Result};

use crate::cells::{Cells, Packed};

/// A small table that lives in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryTable {
    name: String,
    columns: Vec<(String, Cells)>,
    /// Rows of each part; one table in memory has none.
    parts: Vec<u64>,
}

impl MemoryTable {
    /// A table without a name.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Cells)>) -> Self {
        columns.into_iter().fold(Self::default(), |table, (name, cells)| table.with(name, cells))
    }

    /// A table without columns.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Adds a column of whole numbers.
    #[must_use]
    pub fn integers(self, name: &str, values: impl IntoIterator<Item = Option<i64>>) -> Self {
        self.with(name, Cells::Integer(values.into_iter().collect()))
    }

    /// Adds a column of floats.
    #[must_use]
    pub fn floats(self, name: &str, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        self.with(name, Cells::Float(values.into_iter().collect()))
    }

    /// Adds a column of texts.
    #[must_use]
    pub fn texts<'a>(self, name: &str, values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let values = values.into_iter().map(|text| text.map(str::to_owned)).collect();
        self.with(name, Cells::Text(values))
    }

    /// Adds a column of booleans.
    #[must_use]
    pub fn booleans(self, name: &str, values: impl IntoIterator<Item = Option<bool>>) -> Self {
        self.with(name, Cells::Boolean(values.into_iter().collect()))
    }

    /// Adds a column of dates, in days since 1970.
    #[must_use]
    pub fn dates(self, name: &str, values: impl IntoIterator<Item = Option<i32>>) -> Self {
        self.with(name, Cells::Date(values.into_iter().collect()))
    }

    /// Divides the rows into parts of these sizes, as if each were a file read where it is.
    #[must_use]
    pub fn in_parts(mut self, rows: &[u64]) -> Self {
        assert_eq!(rows.iter().sum::<u64>(), self.rows() as u64, "the parts are all rows");
        self.parts = rows.to_vec();
        self
    }

    fn with(mut self, name: &str, cells: Cells) -> Self {
        assert!(self.columns.is_empty() || cells.len() == self.rows(), "{name:?} has other rows");
        self.columns.push((name.to_owned(), cells));
        self
    }

    /// The rows of a batch.
    ///
    /// # Errors
    /// When a column is of a type that tables in memory do not have.
    pub fn of_batch(schema: &TableSchema, batch: &Batch<'_>) -> Result<Self> {
        assert_eq!(schema.fields.len(), batch.columns.len(), "all columns are there");
        let mut table = Self::default();
        for (field, column) in schema.fields.iter().zip(batch.columns) {
            assert_eq!(column.len, batch.len(), "every column has all rows");
            table = table.with(&field.name, Cells::of_column(column)?);
        }
        Ok(table)
    }

    /// Adds the rows of a table with the same columns.
    pub fn append(&mut self, more: Self) {
        for ((name, cells), (other, more)) in self.columns.iter_mut().zip(more.columns) {
            assert_eq!(*name, other, "the columns are the same");
            cells.append(more);
        }
    }

    /// What the table is called; empty if it was not given a name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The number of rows: that of the first column.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| cells.len())
    }

    /// What stands for the table outside; its digest is that of its columns.
    pub fn reference(&self) -> TableReference {
        let fields = self
            .columns
            .iter()
            .map(|(name, cells)| Field { name: name.clone(), column_type: cells.column_type() });
        let digest = ArtifactDigest::of(format!("{:?}", self.columns).as_bytes());
        let part = |(index, &rows): (usize, &u64)| TablePart {
            location: format!("/memory/{}/{index}", self.name),
            rows,
            bytes: rows,
            modified: 0,
        };
        TableReference {
            parts: self.parts.iter().enumerate().map(part).collect(),
            schema: TableSchema { fields: fields.collect() },
            rows: self.rows() as u64,
            digest: ContentDigest::from_hex(digest.as_str()),
        }
    }

    /// The table as delimited text with a header; nulls are empty fields.
    pub fn to_csv(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut text = names.join(",") + "\n";
        for row in 0..self.rows() {
            let cells = self.columns.iter().map(|(_, cells)| match cells.cell(row) {
                Cell::Null => String::new(),
                cell => cell.to_string(),
            });
            text += &(cells.collect::<Vec<_>>().join(",") + "\n");
        }
        text
    }

    /// The cells of a row, in the order of `columns`.
    pub fn cells(&self, columns: &[String], row: usize) -> Result<Vec<Cell>> {
        if row >= self.rows() {
            return Err(Error::input(format!("row {row} does not exist")));
        }
        columns.iter().map(|name| Ok(self.column(name)?.cell(row))).collect()
    }

    /// Gives the rows in batches of at most `batch_rows`, in order, to `take`.
    pub fn for_each_batch(
        &self,
        columns: &[String],
        batch_rows: usize,
        take: impl FnMut(&Batch<'_>) -> Result<()>,
    ) -> Result<()> {
        self.for_each_batch_from(0, columns, batch_rows, take)
    }

    /// The same from a row on.
    pub fn for_each_batch_from(
        &self,
        first_row: usize,
        columns: &[String],
        batch_rows: usize,
        mut take: impl FnMut(&Batch<'_>) -> Result<()>,
    ) -> Result<()> {
        let found =
            columns.iter().map(|name| self.column(name)).collect::<Result<Vec<&Cells>>>()?;
        for from in (first_row..self.rows()).step_by(batch_rows.max(1)) {
            let to = (from + batch_rows.max(1)).min(self.rows());
            let packed: Vec<Packed> = found.iter().map(|cells| cells.pack(from, to)).collect();
            let columns: Vec<Column<'_>> = packed.iter().map(Packed::column).collect();
            let rows: Vec<i64> = (from as i64..to as i64).collect();
            take(&Batch { rows: &rows, columns: &columns })?;
        }
        Ok(())
    }

    fn column(&self, name: &str) -> Result<&Cells> {
        let found = self.columns.iter().find(|(column, _)| column == name);
        found.map(|(_, cells)| cells).ok_or_else(|| Error::input(format!("no column {name:?}")))
    }
}
