use std::collections::HashSet;
use std::hash::Hash;

use shared_kernel_domain::table::ColumnType;

use super::numbers::number;
use super::sample::{Cells, Sample, SampleColumn};

/// What decides where a corruption can be applied.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnFacts {
    /// Rows.
    pub rows: usize,
    /// Rows with a value.
    pub values: usize,
    /// Different values.
    pub distinct: usize,
    /// Whether it tells all rows apart.
    pub is_key: bool,
    /// The smallest finite number; 0 where there is none.
    pub low: f64,
    /// The largest finite number; 0 where there is none.
    pub high: f64,
}

pub(super) fn facts(sample: &Sample) -> Vec<ColumnFacts> {
    sample.columns.iter().map(|column| ColumnFacts::of(column)).collect()
}

impl ColumnFacts {
    fn of(column: &SampleColumn) -> Self {
        let cells = &column.cells;
        let rows = cells.len();
        let (values, distinct) = match cells {
            Cells::Null(_) => (0, 0),
            Cells::Boolean(values) => counts(values.iter().flatten()),
            Cells::Integer(values)
            | Cells::Time { values, .. }
            | Cells::Timestamp { values, .. }
            | Cells::Duration { values, .. } => counts(values.iter().flatten()),
            Cells::Float(values) => counts(values.iter().flatten().map(|value| value.to_bits())),
            Cells::Decimal { values, .. } => counts(values.iter().flatten()),
            Cells::Text(values) => counts(values.iter().flatten()),
            Cells::Binary(values) => counts(values.iter().flatten()),
            Cells::Date(values) => counts(values.iter().flatten()),
        };
        let mut range: Option<(f64, f64)> = None;
        if column.column_type.is_numeric() {
            for value in (0..rows).filter_map(|row| number(cells, row)) {
                let (low, high) = range.unwrap_or((value, value));
                range = Some((low.min(value), high.max(value)));
            }
        }
        let (low, high) = range.unwrap_or_default();
        let can_name = matches!(column.column_type, ColumnType::Integer | ColumnType::Text);
        let is_key = can_name && rows > 1 && distinct == rows;
        Self { rows, values, distinct, is_key, low, high }
    }
}

fn counts<T: Hash + Eq>(values: impl Iterator<Item = T>) -> (usize, usize) {
    let mut different = HashSet::new();
    let mut count = 0;
    for value in values {
        count += 1;
        different.insert(value);
    }
    (count, different.len())
}
