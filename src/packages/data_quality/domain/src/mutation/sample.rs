//! A table in memory, column by column, that can be changed and given to a scan again.

use std::sync::Arc;

use shared_kernel_domain::scan::BatchSink;
use shared_kernel_domain::table::{
    Batch, Bits, Column, ColumnType, Field, TableSchema, TextValues, TimeUnit, Values,
};
use shared_kernel_domain::{Error, Result};

/// Bytes of texts that are held.
const MOST_BYTES: usize = 1 << 30;
/// Rows given at once.
const BATCH_ROWS: usize = 16_384;

/// The values of a column; `None` is null.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cells {
    Null(usize),
    Boolean(Vec<Option<bool>>),
    Integer(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
    Decimal { values: Vec<Option<i128>>, scale: i8 },
    Text(Vec<Option<Box<str>>>),
    Binary(Vec<Option<Box<[u8]>>>),
    Date(Vec<Option<i32>>),
    Time { values: Vec<Option<i64>>, unit: TimeUnit },
    Timestamp { values: Vec<Option<i64>>, unit: TimeUnit },
    Duration { values: Vec<Option<i64>>, unit: TimeUnit },
}

/// A column of a sample.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SampleColumn {
    pub(super) name: String,
    pub(super) column_type: ColumnType,
    pub(super) cells: Cells,
}

/// Rows of a table, in memory. Columns are shared between samples until they are changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub(super) columns: Vec<Arc<SampleColumn>>,
    rows: usize,
}

impl Sample {
    /// The rows of a table of so many rows of which at most `most` are taken, spread evenly over it:
    /// `stream` gives all its columns in row order.
    ///
    /// # Errors
    /// What `stream` fails with.
    pub fn of(
        schema: &TableSchema,
        rows: u64,
        most: u64,
        stream: impl FnOnce(&mut BatchSink<'_>) -> Result<()>,
    ) -> Result<Self> {
        let mut columns: Vec<Option<SampleColumn>> = vec![None; schema.fields.len()];
        let (mut taken, mut bytes) = (0_usize, 0_usize);
        stream(&mut |batch| {
            let is_taken =
                |row: &i64| is_taken(u64::try_from(*row).unwrap_or_default(), rows, most);
            let chosen: Vec<usize> =
                (0..batch.len()).filter(|&at| batch.rows.get(at).is_some_and(is_taken)).collect();
            taken += chosen.len();
            for ((field, column), found) in
                schema.fields.iter().zip(batch.columns).zip(&mut columns)
            {
                let found = found.get_or_insert_with(|| SampleColumn::empty(field, column));
                bytes += found.cells.add(column, &chosen)?;
            }
            if bytes > MOST_BYTES {
                let what = "the texts of the table are too long to be held in memory";
                return Err(Error::unavailable(what).hint("take fewer rows with --rows N"));
            }
            Ok(())
        })?;
        let column = |(found, field): (Option<SampleColumn>, &Field)| {
            Arc::new(found.unwrap_or_else(|| SampleColumn {
                name: field.name.clone(),
                column_type: field.column_type,
                cells: Cells::none(field.column_type),
            }))
        };
        let columns = columns.into_iter().zip(&schema.fields).map(column).collect();
        Ok(Self { columns, rows: taken })
    }

    #[cfg(test)]
    pub(super) fn of_columns(columns: Vec<Arc<SampleColumn>>) -> Self {
        let rows = columns.first().map_or(0, |column| column.cells.len());
        Self { columns, rows }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns as they are called, and their types.
    pub fn schema(&self) -> TableSchema {
        let field = |column: &Arc<SampleColumn>| Field {
            name: column.name.clone(),
            column_type: column.column_type,
        };
        TableSchema { fields: self.columns.iter().map(field).collect() }
    }

    /// Gives all rows, in order; one empty batch when there are none.
    ///
    /// # Errors
    /// What `sink` fails with.
    pub fn give(&self, sink: &mut BatchSink<'_>) -> Result<()> {
        let mut from = 0;
        loop {
            let to = (from + BATCH_ROWS).min(self.rows);
            let packed: Vec<Packed> =
                self.columns.iter().map(|column| column.cells.pack(from, to)).collect();
            let columns = packed.iter().map(Packed::column).collect::<Option<Vec<Column<'_>>>>();
            let columns = columns.ok_or_else(|| Error::internal("a bitmap is too short"))?;
            let rows: Vec<i64> = (from as i64..to as i64).collect();
            sink(&Batch { rows: &rows, columns: &columns })?;
            from = to;
            if from >= self.rows {
                return Ok(());
            }
        }
    }

    /// The same with another column in the place of one.
    pub(super) fn with(&self, place: usize, cells: Cells) -> Option<Self> {
        let column = self.columns.get(place)?;
        self.with_column(place, SampleColumn { cells, ..column.clone_without_cells() })
    }

    /// The same with a column of another name or type in the place of one.
    pub(super) fn with_column(&self, place: usize, column: SampleColumn) -> Option<Self> {
        let mut columns = self.columns.clone();
        *columns.get_mut(place)? = Arc::new(column);
        Some(Self { columns, rows: self.rows })
    }

    /// The same without a column.
    pub(super) fn without(&self, place: usize) -> Self {
        let mut columns = self.columns.clone();
        if place < columns.len() {
            columns.remove(place);
        }
        Self { columns, rows: self.rows }
    }

    /// Those of its rows, in that order, some perhaps more than once.
    pub(super) fn take(&self, rows: &[usize]) -> Self {
        let take = |column: &Arc<SampleColumn>| {
            Arc::new(SampleColumn {
                cells: column.cells.take(rows),
                ..column.clone_without_cells()
            })
        };
        Self { columns: self.columns.iter().map(take).collect(), rows: rows.len() }
    }

    pub(super) fn column(&self, place: usize) -> Option<&SampleColumn> {
        self.columns.get(place).map(AsRef::as_ref)
    }
}

/// Whether a row is among `most` that lie evenly among `rows`.
fn is_taken(row: u64, rows: u64, most: u64) -> bool {
    if most >= rows {
        return true;
    }
    let before = |row: u64| u128::from(row) * u128::from(most) / u128::from(rows.max(1));
    before(row + 1) > before(row)
}

impl SampleColumn {
    fn empty(field: &Field, column: &Column<'_>) -> Self {
        Self {
            name: field.name.clone(),
            column_type: field.column_type,
            cells: Cells::empty(&column.values),
        }
    }

    pub(super) fn clone_without_cells(&self) -> Self {
        Self { name: self.name.clone(), column_type: self.column_type, cells: Cells::Null(0) }
    }
}

impl Cells {
    /// No values of a type.
    fn none(column_type: ColumnType) -> Self {
        let unit = TimeUnit::Microsecond;
        match column_type {
            ColumnType::Null => Self::Null(0),
            ColumnType::Boolean => Self::Boolean(Vec::new()),
            ColumnType::Integer => Self::Integer(Vec::new()),
            ColumnType::Float => Self::Float(Vec::new()),
            ColumnType::Decimal => Self::Decimal { values: Vec::new(), scale: 0 },
            ColumnType::Text | ColumnType::List | ColumnType::Struct => Self::Text(Vec::new()),
            ColumnType::Binary => Self::Binary(Vec::new()),
            ColumnType::Date => Self::Date(Vec::new()),
            ColumnType::Time => Self::Time { values: Vec::new(), unit },
            ColumnType::Timestamp => Self::Timestamp { values: Vec::new(), unit },
            ColumnType::Duration => Self::Duration { values: Vec::new(), unit },
        }
    }

    fn empty(values: &Values<'_>) -> Self {
        match *values {
            Values::Null => Self::Null(0),
            Values::Boolean(_) => Self::Boolean(Vec::new()),
            Values::Integer(_) => Self::Integer(Vec::new()),
            Values::Float(_) => Self::Float(Vec::new()),
            Values::Decimal { scale, .. } => Self::Decimal { values: Vec::new(), scale },
            Values::Text(_) => Self::Text(Vec::new()),
            Values::Binary(_) => Self::Binary(Vec::new()),
            Values::Date(_) => Self::Date(Vec::new()),
            Values::Time { unit, .. } => Self::Time { values: Vec::new(), unit },
            Values::Timestamp { unit, .. } => Self::Timestamp { values: Vec::new(), unit },
            Values::Duration { unit, .. } => Self::Duration { values: Vec::new(), unit },
        }
    }

    /// Adds some rows of a column of the same type; the bytes that their texts take.
    fn add(&mut self, column: &Column<'_>, rows: &[usize]) -> Result<usize> {
        fn copy<T: Copy>(to: &mut Vec<Option<T>>, from: &[T], column: &Column<'_>, rows: &[usize]) {
            let cell = |&row: &usize| from.get(row).copied().filter(|_| column.is_valid(row));
            to.extend(rows.iter().map(cell));
        }
        let valid = |row: usize| column.is_valid(row);
        match (self, column.values) {
            (Self::Null(count), Values::Null) => *count += rows.len(),
            (Self::Boolean(to), Values::Boolean(bits)) => {
                to.extend(rows.iter().map(|&row| valid(row).then(|| bits.get(row))));
            }
            (Self::Integer(to), Values::Integer(from))
            | (Self::Time { values: to, .. }, Values::Time { values: from, .. })
            | (Self::Timestamp { values: to, .. }, Values::Timestamp { values: from, .. })
            | (Self::Duration { values: to, .. }, Values::Duration { values: from, .. }) => {
                copy(to, from, column, rows);
            }
            (Self::Float(to), Values::Float(from)) => copy(to, from, column, rows),
            (Self::Decimal { values: to, .. }, Values::Decimal { values: from, .. }) => {
                copy(to, from, column, rows);
            }
            (Self::Date(to), Values::Date(from)) => copy(to, from, column, rows),
            (Self::Text(to), Values::Text(texts)) => {
                to.extend(rows.iter().map(|&row| valid(row).then(|| texts.get(row).into())));
                return Ok(rows.iter().map(|&row| texts.bytes_at(row).len()).sum());
            }
            (Self::Binary(to), Values::Binary(texts)) => {
                to.extend(rows.iter().map(|&row| valid(row).then(|| texts.bytes_at(row).into())));
                return Ok(rows.iter().map(|&row| texts.bytes_at(row).len()).sum());
            }
            _ => return Err(Error::internal("the batches of a table are of different types")),
        }
        Ok(0)
    }

    pub(super) fn take(&self, rows: &[usize]) -> Self {
        fn pick<T: Clone>(from: &[Option<T>], rows: &[usize]) -> Vec<Option<T>> {
            rows.iter().map(|&row| from.get(row).cloned().flatten()).collect()
        }
        match self {
            Self::Null(_) => Self::Null(rows.len()),
            Self::Boolean(values) => Self::Boolean(pick(values, rows)),
            Self::Integer(values) => Self::Integer(pick(values, rows)),
            Self::Float(values) => Self::Float(pick(values, rows)),
            Self::Decimal { values, scale } => {
                Self::Decimal { values: pick(values, rows), scale: *scale }
            }
            Self::Text(values) => Self::Text(pick(values, rows)),
            Self::Binary(values) => Self::Binary(pick(values, rows)),
            Self::Date(values) => Self::Date(pick(values, rows)),
            Self::Time { values, unit } => Self::Time { values: pick(values, rows), unit: *unit },
            Self::Timestamp { values, unit } => {
                Self::Timestamp { values: pick(values, rows), unit: *unit }
            }
            Self::Duration { values, unit } => {
                Self::Duration { values: pick(values, rows), unit: *unit }
            }
        }
    }

    /// Nulls in the place of some rows.
    pub(super) fn with_nulls(&self, rows: &[usize]) -> Self {
        fn clear<T>(values: &mut [Option<T>], rows: &[usize]) {
            for &row in rows {
                if let Some(cell) = values.get_mut(row) {
                    *cell = None;
                }
            }
        }
        let mut changed = self.clone();
        match &mut changed {
            Self::Null(_) => {}
            Self::Boolean(values) => clear(values, rows),
            Self::Integer(values)
            | Self::Time { values, .. }
            | Self::Timestamp { values, .. }
            | Self::Duration { values, .. } => clear(values, rows),
            Self::Float(values) => clear(values, rows),
            Self::Decimal { values, .. } => clear(values, rows),
            Self::Text(values) => clear(values, rows),
            Self::Binary(values) => clear(values, rows),
            Self::Date(values) => clear(values, rows),
        }
        changed
    }

    /// Whether a row has a value.
    pub(super) fn has_value(&self, row: usize) -> bool {
        fn is_some<T>(values: &[Option<T>], row: usize) -> bool {
            values.get(row).is_some_and(Option::is_some)
        }
        match self {
            Self::Null(_) => false,
            Self::Boolean(values) => is_some(values, row),
            Self::Integer(values)
            | Self::Time { values, .. }
            | Self::Timestamp { values, .. }
            | Self::Duration { values, .. } => is_some(values, row),
            Self::Float(values) => is_some(values, row),
            Self::Decimal { values, .. } => is_some(values, row),
            Self::Text(values) => is_some(values, row),
            Self::Binary(values) => is_some(values, row),
            Self::Date(values) => is_some(values, row),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Null(count) => *count,
            Self::Boolean(values) => values.len(),
            Self::Integer(values)
            | Self::Time { values, .. }
            | Self::Timestamp { values, .. }
            | Self::Duration { values, .. } => values.len(),
            Self::Float(values) => values.len(),
            Self::Decimal { values, .. } => values.len(),
            Self::Text(values) => values.len(),
            Self::Binary(values) => values.len(),
            Self::Date(values) => values.len(),
        }
    }

    fn pack(&self, from: usize, to: usize) -> Packed {
        let rows = from..to;
        match self {
            Self::Null(_) => Packed::without_values(to - from),
            Self::Boolean(values) => Packed::of(values, rows, |bits| Buffer::Bits(bitmap(&bits))),
            Self::Integer(values) => Packed::of(values, rows, Buffer::Integers),
            Self::Float(values) => Packed::of(values, rows, Buffer::Floats),
            Self::Decimal { values, scale } => {
                Packed::of(values, rows, |values| Buffer::Decimals(values, *scale))
            }
            Self::Date(values) => Packed::of(values, rows, Buffer::Days),
            Self::Time { values, unit } => {
                Packed::of(values, rows, |values| Buffer::Times(values, *unit))
            }
            Self::Timestamp { values, unit } => {
                Packed::of(values, rows, |values| Buffer::Timestamps(values, *unit))
            }
            Self::Duration { values, unit } => {
                Packed::of(values, rows, |values| Buffer::Durations(values, *unit))
            }
            Self::Text(values) => Packed::of_bytes(values, rows, |text| text.as_bytes(), true),
            Self::Binary(values) => Packed::of_bytes(values, rows, |bytes| bytes, false),
        }
    }
}

enum Buffer {
    None,
    Bits(Vec<u8>),
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Decimals(Vec<i128>, i8),
    Days(Vec<i32>),
    Times(Vec<i64>, TimeUnit),
    Timestamps(Vec<i64>, TimeUnit),
    Durations(Vec<i64>, TimeUnit),
    Bytes { offsets: Vec<i32>, bytes: Vec<u8>, is_text: bool },
}

/// Some rows of a column, laid out as a batch shows them.
struct Packed {
    buffer: Buffer,
    validity: Vec<u8>,
    rows: usize,
    nulls: usize,
}

impl Packed {
    fn without_values(rows: usize) -> Self {
        Self { buffer: Buffer::None, validity: Vec::new(), rows, nulls: rows }
    }

    fn of<T: Copy + Default>(
        values: &[Option<T>],
        rows: std::ops::Range<usize>,
        buffer: impl FnOnce(Vec<T>) -> Buffer,
    ) -> Self {
        let values = values.get(rows).unwrap_or_default();
        let valid: Vec<bool> = values.iter().map(Option::is_some).collect();
        Self {
            buffer: buffer(values.iter().map(|cell| cell.unwrap_or_default()).collect()),
            nulls: valid.iter().filter(|valid| !**valid).count(),
            validity: bitmap(&valid),
            rows: values.len(),
        }
    }

    fn of_bytes<T>(
        values: &[Option<T>],
        rows: std::ops::Range<usize>,
        of: impl Fn(&T) -> &[u8],
        is_text: bool,
    ) -> Self {
        let values = values.get(rows).unwrap_or_default();
        let valid: Vec<bool> = values.iter().map(Option::is_some).collect();
        let mut offsets = Vec::with_capacity(values.len() + 1);
        offsets.push(0);
        let mut bytes = Vec::new();
        for cell in values {
            bytes.extend_from_slice(cell.as_ref().map(&of).unwrap_or_default());
            offsets.push(i32::try_from(bytes.len()).unwrap_or(i32::MAX));
        }
        Self {
            buffer: Buffer::Bytes { offsets, bytes, is_text },
            nulls: valid.iter().filter(|valid| !**valid).count(),
            validity: bitmap(&valid),
            rows: values.len(),
        }
    }

    fn column(&self) -> Option<Column<'_>> {
        let values = match &self.buffer {
            Buffer::None => Values::Null,
            Buffer::Bits(bytes) => Values::Boolean(Bits::new(bytes, 0, self.rows)?),
            Buffer::Integers(values) => Values::Integer(values),
            Buffer::Floats(values) => Values::Float(values),
            Buffer::Decimals(values, scale) => Values::Decimal { values, scale: *scale },
            Buffer::Days(values) => Values::Date(values),
            Buffer::Times(values, unit) => Values::Time { values, unit: *unit },
            Buffer::Timestamps(values, unit) => Values::Timestamp { values, unit: *unit },
            Buffer::Durations(values, unit) => Values::Duration { values, unit: *unit },
            Buffer::Bytes { offsets, bytes, is_text: true } => {
                Values::Text(TextValues { offsets, bytes })
            }
            Buffer::Bytes { offsets, bytes, is_text: false } => {
                Values::Binary(TextValues { offsets, bytes })
            }
        };
        let validity = match values {
            Values::Null => None,
            _ if self.nulls == 0 => None,
            _ => Some(Bits::new(&self.validity, 0, self.rows)?),
        };
        Some(Column { values, validity, len: self.rows, null_count: self.nulls })
    }
}

fn bitmap(bits: &[bool]) -> Vec<u8> {
    let byte = |bits: &[bool]| bits.iter().rev().fold(0_u8, |byte, &bit| byte << 1 | u8::from(bit));
    bits.chunks(8).map(byte).collect()
}
