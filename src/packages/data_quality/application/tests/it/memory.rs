//! Tables in memory: a scanner that cuts every table into small parts and merges them, as the
//! engine may.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{
    BatchSink, DuplicateGroup, Duplicates, RowFunction, RowValueSink, ScanOutcome, ScanPlan,
    TableScanner,
};
use shared_kernel_domain::table::{
    Batch, Bits, Cell, Column, ColumnType, ContentDigest, Field, TableReference, TableSchema,
    TextValues, TimeUnit, Values,
};
use shared_kernel_domain::{Error, Result};

/// The values of a column.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    Integer(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
    Text(Vec<Option<String>>),
    Date(Vec<Option<i32>>),
    Timestamp(Vec<Option<i64>>),
}

impl Cells {
    pub(crate) fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Text(values.into_iter().map(|value| Some(value.to_string())).collect())
    }

    pub(crate) fn integers(values: impl IntoIterator<Item = i64>) -> Self {
        Self::Integer(values.into_iter().map(Some).collect())
    }

    fn column_type(&self) -> ColumnType {
        match self {
            Self::Integer(_) => ColumnType::Integer,
            Self::Float(_) => ColumnType::Float,
            Self::Text(_) => ColumnType::Text,
            Self::Date(_) => ColumnType::Date,
            Self::Timestamp(_) => ColumnType::Timestamp,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Integer(values) | Self::Timestamp(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Date(values) => values.len(),
        }
    }

    fn cell(&self, row: usize) -> Cell {
        let cell = match self {
            Self::Integer(values) | Self::Timestamp(values) => values[row].map(Cell::Integer),
            Self::Float(values) => values[row].map(Cell::Float),
            Self::Text(values) => values[row].clone().map(Cell::Text),
            Self::Date(values) => values[row].map(|day| Cell::Integer(day.into())),
        };
        cell.unwrap_or(Cell::Null)
    }

    /// Some rows as the plain slices that summaries see.
    fn slice(&self, from: usize, to: usize) -> Slice {
        fn split<T: Copy + Default>(values: &[Option<T>]) -> (Vec<T>, Vec<bool>) {
            (
                values.iter().map(|value| value.unwrap_or_default()).collect(),
                values.iter().map(Option::is_some).collect(),
            )
        }
        let mut slice = Slice::default();
        let valid = match self {
            Self::Integer(values) | Self::Timestamp(values) => {
                let (values, valid) = split(&values[from..to]);
                slice.integers = values;
                valid
            }
            Self::Float(values) => {
                let (values, valid) = split(&values[from..to]);
                slice.floats = values;
                valid
            }
            Self::Date(values) => {
                let (values, valid) = split(&values[from..to]);
                slice.days = values;
                valid
            }
            Self::Text(values) => {
                slice.offsets.push(0);
                for value in &values[from..to] {
                    slice.bytes.extend(value.iter().flat_map(|text| text.bytes()));
                    slice.offsets.push(slice.bytes.len() as i32);
                }
                values[from..to].iter().map(Option::is_some).collect()
            }
        };
        slice.len = valid.len();
        slice.validity = vec![0; valid.len().div_ceil(8)];
        for (index, valid) in valid.into_iter().enumerate() {
            if valid {
                slice.validity[index / 8] |= 1 << (index % 8);
            } else {
                slice.nulls += 1;
            }
        }
        slice
    }
}

#[derive(Default)]
struct Slice {
    integers: Vec<i64>,
    floats: Vec<f64>,
    days: Vec<i32>,
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    validity: Vec<u8>,
    len: usize,
    nulls: usize,
}

impl Slice {
    fn column(&self, column_type: ColumnType) -> Column<'_> {
        let values = match column_type {
            ColumnType::Integer => Values::Integer(&self.integers),
            ColumnType::Float => Values::Float(&self.floats),
            ColumnType::Date => Values::Date(&self.days),
            ColumnType::Timestamp => {
                Values::Timestamp { values: &self.integers, unit: TimeUnit::Second }
            }
            _ => Values::Text(TextValues { offsets: &self.offsets, bytes: &self.bytes }),
        };
        let validity = (self.nulls > 0).then(|| Bits::new(&self.validity, 0, self.len)).flatten();
        Column { values, validity, len: self.len, null_count: self.nulls }
    }
}

/// A table and the scanner that reads it.
pub(crate) struct MemoryTable {
    columns: Vec<(String, Cells)>,
    rows: usize,
    part_rows: usize,
    /// Passes made for duplicates.
    pub(crate) duplicate_passes: AtomicU64,
    /// Whether duplicates are beyond this machine.
    pub(crate) short_of_memory: bool,
}

impl MemoryTable {
    pub(crate) fn new(columns: Vec<(&str, Cells)>) -> Self {
        let rows = columns.first().map_or(0, |(_, cells)| cells.len());
        assert!(columns.iter().all(|(_, cells)| cells.len() == rows));
        Self {
            columns: columns.into_iter().map(|(name, cells)| (name.to_owned(), cells)).collect(),
            rows,
            part_rows: 7,
            duplicate_passes: AtomicU64::new(0),
            short_of_memory: false,
        }
    }

    pub(crate) fn in_parts_of(self, part_rows: usize) -> Self {
        Self { part_rows, ..self }
    }

    pub(crate) fn reference(&self) -> TableReference {
        let fields = self
            .columns
            .iter()
            .map(|(name, cells)| Field { name: name.clone(), column_type: cells.column_type() });
        TableReference {
            parts: Vec::new(),
            schema: TableSchema { fields: fields.collect() },
            rows: self.rows as u64,
            digest: ContentDigest::from_hex("00"),
        }
    }

    fn column(&self, name: &str) -> Result<&Cells> {
        let found = self.columns.iter().find(|(column, _)| column == name);
        found.map(|(_, cells)| cells).ok_or_else(|| Error::internal(format!("no column {name}")))
    }

    fn key(&self, columns: &[String], row: usize) -> Result<Option<String>> {
        let mut key = String::new();
        let mut any = false;
        for column in columns {
            let cell = self.column(column)?.cell(row);
            any |= cell != Cell::Null;
            let _ = write!(key, "{cell:?}|");
        }
        Ok(any.then_some(key))
    }
}

impl TableScanner for MemoryTable {
    fn summarize(
        &self,
        _table: &TableReference,
        plan: ScanPlan,
        _cancellation: &Cancellation,
    ) -> Result<ScanOutcome> {
        let mut summaries = Vec::new();
        for item in plan.into_items() {
            let mut whole = item.summary.fresh();
            for from in (0..self.rows).step_by(self.part_rows) {
                let to = (from + self.part_rows).min(self.rows);
                let rows: Vec<i64> = (from as i64..to as i64).collect();
                let mut slices = Vec::new();
                for column in &item.columns {
                    let cells = self.column(column)?;
                    slices.push((cells.slice(from, to), cells.column_type()));
                }
                let columns: Vec<Column<'_>> =
                    slices.iter().map(|(slice, column_type)| slice.column(*column_type)).collect();
                let mut part = item.summary.fresh();
                part.update(&Batch { rows: &rows, columns: &columns })?;
                whole.merge_bytes(&part.to_bytes()?)?;
            }
            summaries.push(whole);
        }
        Ok(ScanOutcome::new(summaries, self.rows as u64))
    }

    fn evaluate(
        &self,
        _table: &TableReference,
        _function: Arc<dyn RowFunction>,
        _cancellation: &Cancellation,
        _sink: &mut RowValueSink<'_>,
    ) -> Result<()> {
        Err(Error::internal("not needed here"))
    }

    fn stream(
        &self,
        _table: &TableReference,
        _columns: &[String],
        _cancellation: &Cancellation,
        _sink: &mut BatchSink<'_>,
    ) -> Result<()> {
        Err(Error::internal("not needed here"))
    }

    fn duplicates(
        &self,
        table: &TableReference,
        columns: &[String],
        examples: usize,
        _cancellation: &Cancellation,
    ) -> Result<Duplicates> {
        if self.short_of_memory {
            return Err(Error::unavailable("not enough memory to compare rows"));
        }
        self.duplicate_passes.fetch_add(1, Ordering::Relaxed);
        let all: Vec<String> = table.schema.names().map(str::to_owned).collect();
        let columns = if columns.is_empty() { &all } else { columns };
        let mut groups: BTreeMap<String, DuplicateGroup> = BTreeMap::new();
        let mut evaluated_rows = 0;
        for row in 0..self.rows {
            let Some(key) = self.key(columns, row)? else { continue };
            evaluated_rows += 1;
            let first = DuplicateGroup { first_row: row as u64, count: 0 };
            groups.entry(key).or_insert(first).count += 1;
        }
        let mut groups: Vec<DuplicateGroup> =
            groups.into_values().filter(|group| group.count > 1).collect();
        groups.sort_by_key(|group| (std::cmp::Reverse(group.count), group.first_row));
        let duplicate_rows = groups.iter().map(|group| group.count - 1).sum();
        groups.truncate(examples);
        Ok(Duplicates { evaluated_rows, duplicate_rows, groups })
    }

    fn rows(
        &self,
        _table: &TableReference,
        columns: &[String],
        rows: &[u64],
    ) -> Result<Vec<Vec<Cell>>> {
        rows.iter()
            .map(|&row| {
                columns.iter().map(|column| Ok(self.column(column)?.cell(row as usize))).collect()
            })
            .collect()
    }
}
