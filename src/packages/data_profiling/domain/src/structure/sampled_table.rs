//! The rows of a sample, column by column, as the searches need them.

use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::ValueKind;
use shared_kernel_domain::table::Field;
use shared_kernel_domain::{Error, Result};

use super::grouping::Grouper;
use super::row_sample::{RowSample, SampledCells};

/// A sample in memory.
#[derive(Debug)]
pub(super) struct SampledTable {
    /// Rows in the sample.
    pub(super) rows: usize,
    /// Whether they are all rows of the table.
    pub(super) is_whole: bool,
    pub(super) columns: Vec<SampledColumn>,
}

/// A column of a sample.
#[derive(Debug)]
pub(super) struct SampledColumn {
    pub(super) field: Field,
    /// What the values are; `None` if all are null.
    pub(super) kind: Option<ValueKind>,
    /// Whether a row has no value.
    pub(super) nulls: Vec<bool>,
    pub(super) null_count: usize,
    /// What tells values apart: numbers and times as they are, else hashes.
    pub(super) words: Vec<u64>,
    /// Numbers of the different values in the order they come; null is a value here.
    pub(super) codes: Vec<u32>,
    /// How many different values there are, null counting as one.
    pub(super) distinct: usize,
    /// How often the most frequent value occurs, null counting as one.
    pub(super) most_frequent: usize,
    /// Of numbers and times: the value, NaN where there is none or it is not finite.
    pub(super) numbers: Option<Vec<f64>>,
}

impl SampledTable {
    /// The `most` first-chosen rows of a sample.
    pub(super) fn of(sample: &RowSample, fields: &[Field], most: usize) -> Result<Self> {
        let (rows, columns) = sample.cells(most);
        if columns.len() != fields.len() {
            return Err(Error::internal("a sample has other columns than the table"));
        }
        let mut grouper = Grouper::default();
        let pairs = fields.iter().zip(columns);
        let columns =
            pairs.map(|(field, cells)| SampledColumn::of(field, cells, &mut grouper)).collect();
        let is_whole = sample.rows_seen() == rows.len() as u64;
        Ok(Self { rows: rows.len(), is_whole, columns })
    }

    /// A figure from so many rows of the sample.
    pub(super) fn measured<T>(&self, value: T, rows: usize) -> Measured<T> {
        if self.is_whole { Measured::exact(value) } else { Measured::sampled(value, rows as u64) }
    }
}

impl SampledColumn {
    fn of(field: &Field, cells: SampledCells, grouper: &mut Grouper) -> Self {
        let SampledCells { kind, words, nulls, nearest } = cells;
        grouper.clear(words.len() + 1);
        let mut null_code = None;
        let mut codes = Vec::with_capacity(words.len());
        let mut counts: Vec<usize> = Vec::new();
        for (&word, &null) in words.iter().zip(&nulls) {
            // A null is told apart from the value whose word is its own.
            let code = match (null, null_code) {
                (true, Some(code)) => code,
                (true, None) => {
                    let code = counts.len() as u32;
                    null_code = Some(code);
                    code
                }
                (false, null_code) => {
                    let group = grouper.group(word);
                    group + u32::from(null_code.is_some_and(|code| group >= code))
                }
            };
            if code as usize == counts.len() {
                counts.push(0);
            }
            if let Some(count) = counts.get_mut(code as usize) {
                *count += 1;
            }
            codes.push(code);
        }
        Self {
            field: field.clone(),
            numbers: numbers(kind, &words, &nulls, &nearest),
            kind,
            null_count: nulls.iter().filter(|&&null| null).count(),
            nulls,
            words,
            codes,
            distinct: counts.len(),
            most_frequent: counts.iter().copied().max().unwrap_or(0),
        }
    }

    /// Whether all rows, or nearly all (99 %), hold the same value.
    pub(super) fn is_nearly_constant(&self) -> bool {
        self.most_frequent * 100 >= self.codes.len() * 99
    }
}

/// The values of a column of numbers or times.
fn numbers(
    kind: Option<ValueKind>,
    words: &[u64],
    nulls: &[bool],
    nearest: &[u64],
) -> Option<Vec<f64>> {
    let (words, of_word): (_, fn(u64) -> f64) = match kind? {
        ValueKind::Float => (words, f64::from_bits),
        ValueKind::Decimal { .. } => (nearest, f64::from_bits),
        ValueKind::Integer
        | ValueKind::Date
        | ValueKind::Time { .. }
        | ValueKind::Timestamp { .. }
        | ValueKind::Duration { .. } => (words, |word| word as i64 as f64),
        ValueKind::Boolean | ValueKind::Text | ValueKind::Binary => return None,
    };
    let number = |(&word, &null): (&u64, &bool)| {
        let number = if null { f64::NAN } else { of_word(word) };
        if number.is_finite() { number } else { f64::NAN }
    };
    Some(words.iter().zip(nulls).map(number).collect())
}
