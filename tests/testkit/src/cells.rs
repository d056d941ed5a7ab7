use jiff::Span;
use jiff::civil::Date;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::table::{Bits, Cell, Column, ColumnType, TextValues, TimeUnit, Values};
use shared_kernel_domain::{Error, Result};

/// The values of a column in memory; `None` is null.
#[derive(Clone, Debug)]
pub enum Cells {
    /// Truth values.
    Boolean(Vec<Option<bool>>),
    /// Whole numbers.
    Integer(Vec<Option<i64>>),
    /// Floats.
    Float(Vec<Option<f64>>),
    /// Texts.
    Text(Vec<Option<String>>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i32>>),
    /// Seconds since 1970-01-01T00:00:00, local.
    Timestamp(Vec<Option<i64>>),
}

impl Cells {
    /// Texts without nulls.
    pub fn texts<T: ToString>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Text(values.into_iter().map(|value| Some(value.to_string())).collect())
    }

    /// Whole numbers without nulls.
    pub fn integers(values: impl IntoIterator<Item = i64>) -> Self {
        Self::Integer(values.into_iter().map(Some).collect())
    }

    /// The values of a column of a batch.
    pub(crate) fn of_column(column: &Column<'_>) -> Result<Self> {
        fn some<T: Clone>(column: &Column<'_>, values: &[T]) -> Vec<Option<T>> {
            let valid = |row: usize| column.is_valid(row);
            values.iter().enumerate().map(|(row, it)| valid(row).then(|| it.clone())).collect()
        }
        Ok(match column.values {
            Values::Boolean(bits) => {
                let values: Vec<bool> = (0..bits.len()).map(|row| bits.get(row)).collect();
                Self::Boolean(some(column, &values))
            }
            Values::Integer(values) => Self::Integer(some(column, values)),
            Values::Float(values) => Self::Float(some(column, values)),
            Values::Date(values) => Self::Date(some(column, values)),
            Values::Timestamp { values, unit: TimeUnit::Second } => {
                Self::Timestamp(some(column, values))
            }
            Values::Text(texts) => {
                let text = |row: usize| texts.get(row).to_owned();
                let values: Vec<String> = (0..column.len).map(text).collect();
                Self::Text(some(column, &values))
            }
            _ => return Err(Error::internal("tables in memory have no such columns")),
        })
    }

    /// Adds the values of a column of the same type.
    pub(crate) fn append(&mut self, more: Self) {
        match (self, more) {
            (Self::Boolean(values), Self::Boolean(more)) => values.extend(more),
            (Self::Integer(values), Self::Integer(more))
            | (Self::Timestamp(values), Self::Timestamp(more)) => values.extend(more),
            (Self::Float(values), Self::Float(more)) => values.extend(more),
            (Self::Text(values), Self::Text(more)) => values.extend(more),
            (Self::Date(values), Self::Date(more)) => values.extend(more),
            (one, other) => unreachable!("{one:?} and {other:?} are of different types"),
        }
    }

    pub(crate) fn column_type(&self) -> ColumnType {
        match self {
            Self::Boolean(_) => ColumnType::Boolean,
            Self::Integer(_) => ColumnType::Integer,
            Self::Float(_) => ColumnType::Float,
            Self::Text(_) => ColumnType::Text,
            Self::Date(_) => ColumnType::Date,
            Self::Timestamp(_) => ColumnType::Timestamp,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Boolean(values) => values.len(),
            Self::Integer(values) | Self::Timestamp(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Date(values) => values.len(),
        }
    }

    /// The value of a row, which must be there, as people read it.
    pub(crate) fn cell(&self, row: usize) -> Cell {
        let cell = match self {
            Self::Boolean(values) => values[row].map(Cell::Boolean),
            Self::Integer(values) => values[row].map(Cell::Integer),
            Self::Float(values) => values[row].map(float),
            Self::Text(values) => values[row].clone().map(Cell::Text),
            Self::Date(values) => values[row].map(|days| Cell::Text(date(days))),
            Self::Timestamp(values) => values[row].map(|seconds| Cell::Text(time(seconds))),
        };
        cell.unwrap_or(Cell::Null)
    }

    /// Rows `from..to` as plain slices.
    pub(crate) fn pack(&self, from: usize, to: usize) -> Packed {
        match self {
            Self::Boolean(values) => pack(&values[from..to], |bits| Buffer::Bits(bitmap(&bits))),
            Self::Integer(values) => pack(&values[from..to], Buffer::Integers),
            Self::Float(values) => pack(&values[from..to], Buffer::Floats),
            Self::Date(values) => pack(&values[from..to], Buffer::Days),
            Self::Timestamp(values) => pack(&values[from..to], Buffer::Seconds),
            Self::Text(values) => pack(&values[from..to], |texts| {
                let mut offsets = vec![0];
                let mut bytes = Vec::new();
                for text in texts {
                    bytes.extend_from_slice(text.as_bytes());
                    offsets.push(bytes.len() as i32);
                }
                Buffer::Texts { offsets, bytes }
            }),
        }
    }
}

fn float(value: f64) -> Cell {
    if value.is_finite() { Cell::Float(value) } else { Cell::Text(value.to_string()) }
}

fn date(days: i32) -> String {
    let epoch = Date::constant(1970, 1, 1);
    epoch.checked_add(Span::new().days(days)).expect("a date of our calendar").to_string()
}

fn time(seconds: i64) -> String {
    let time = Timestamp::from_second(seconds).expect("a time of our calendar");
    time.to_zoned(jiff::tz::TimeZone::UTC).datetime().to_string()
}

fn pack<T: Clone + Default>(values: &[Option<T>], buffer: impl Fn(Vec<T>) -> Buffer) -> Packed {
    let valid: Vec<bool> = values.iter().map(Option::is_some).collect();
    Packed {
        buffer: buffer(values.iter().cloned().map(Option::unwrap_or_default).collect()),
        validity: bitmap(&valid),
        len: valid.len(),
        null_count: valid.iter().filter(|&&valid| !valid).count(),
    }
}

fn bitmap(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8)
        .map(|byte| byte.iter().rev().fold(0, |byte, &bit| byte << 1 | u8::from(bit)))
        .collect()
}

enum Buffer {
    Bits(Vec<u8>),
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Texts { offsets: Vec<i32>, bytes: Vec<u8> },
    Days(Vec<i32>),
    Seconds(Vec<i64>),
}

/// Some rows of a column, laid out as a batch shows them.
pub(crate) struct Packed {
    buffer: Buffer,
    validity: Vec<u8>,
    len: usize,
    null_count: usize,
}

impl Packed {
    pub(crate) fn column(&self) -> Column<'_> {
        let bits = |bytes| Bits::new(bytes, 0, self.len).expect("a bit for each row");
        let values = match &self.buffer {
            Buffer::Bits(bytes) => Values::Boolean(bits(bytes)),
            Buffer::Integers(values) => Values::Integer(values),
            Buffer::Floats(values) => Values::Float(values),
            Buffer::Texts { offsets, bytes } => Values::Text(TextValues { offsets, bytes }),
            Buffer::Days(values) => Values::Date(values),
            Buffer::Seconds(values) => Values::Timestamp { values, unit: TimeUnit::Second },
        };
        let validity = (self.null_count > 0).then(|| bits(&self.validity));
        Column { values, validity, len: self.len, null_count: self.null_count }
    }
}

/// A column of the same type without its rows.
pub(crate) fn without_rows<'a>(column: &Column<'a>) -> Column<'a> {
    let values = match column.values {
        Values::Integer(_) => Values::Integer(&[]),
        Values::Text(_) => Values::Text(TextValues { offsets: &[0], bytes: &[] }),
        _ => Values::Null,
    };
    Column { values, validity: None, len: 0, null_count: 0 }
}
