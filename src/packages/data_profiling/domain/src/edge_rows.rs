//! The first and the last rows of a table, as they stand there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::summary::{Summary, cell_at};
use shared_kernel_domain::table::{Batch, Cell};
use shared_kernel_domain::{Error, Result};

use crate::state::{damaged, decode, encode};

/// At most so many rows at either end.
const MOST_ROWS: usize = 10;

/// At most so many cells at either end, so that of very wide tables there are fewer rows.
const MOST_CELLS: usize = 10_000;

/// Characters of a text that are kept.
const MOST_CHARACTERS: usize = 120;

/// The first and the last rows of a table. Of texts the first 120 characters are told, then an
/// ellipsis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableSample {
    /// The first rows, at most ten.
    pub head: Vec<TableRow>,
    /// The last rows, at most ten, that are not among the first.
    pub tail: Vec<TableRow>,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableRow {
    /// Its number, from 0.
    pub row: u64,
    /// Its cells, in the order of the columns; `null` also where values are left out on request.
    pub cells: Vec<Cell>,
}

/// Takes the first and the last rows of a table from its scan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EdgeRows {
    columns: usize,
    first: Vec<HeldRow>,
    last: Vec<HeldRow>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct HeldRow {
    row: u64,
    cells: Vec<HeldCell>,
}

/// A cell as bytes can hold it: [`Cell`] itself travels untagged, for people.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum HeldCell {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

impl EdgeRows {
    /// Nothing taken in yet, of a table of so many columns.
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns, first: Vec::new(), last: Vec::new() }
    }

    /// The rows.
    pub(crate) fn sample(&self) -> TableSample {
        let told = |row: &HeldRow| TableRow {
            row: row.row,
            cells: row.cells.iter().cloned().map(Cell::from).collect(),
        };
        let in_head = |row: &&HeldRow| self.first.iter().any(|first| first.row == row.row);
        TableSample {
            head: self.first.iter().map(told).collect(),
            tail: self.last.iter().filter(|row| !in_head(row)).map(told).collect(),
        }
    }

    /// Rows kept at either end.
    fn limit(&self) -> usize {
        MOST_ROWS.min(MOST_CELLS / self.columns.max(1)).max(1)
    }

    fn take_later(&mut self, first: Vec<HeldRow>, last: Vec<HeldRow>) {
        let limit = self.limit();
        let room = limit.saturating_sub(self.first.len());
        self.first.extend(first.into_iter().take(room));
        self.last.extend(last);
        self.last.drain(..self.last.len().saturating_sub(limit));
    }
}

impl Summary for EdgeRows {
    fn key(&self) -> String {
        format!("edge_rows({})", self.columns)
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::new(self.columns))
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        if batch.columns.len() != self.columns {
            return Err(Error::internal("a sample was given other columns than its own"));
        }
        let row = |place: usize| HeldRow {
            row: batch.rows[place] as u64,
            cells: batch.columns.iter().map(|column| cell_at(column, place).into()).collect(),
        };
        let (rows, limit) = (batch.len(), self.limit());
        let missing = limit.saturating_sub(self.first.len()).min(rows);
        let first = (0..missing).map(row).collect();
        let last = (rows.saturating_sub(limit)..rows).map(row).collect();
        self.take_later(first, last);
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Self = decode(later)?;
        let mut rows = later.first.iter().chain(&later.last);
        if later.columns != self.columns || rows.any(|row| row.cells.len() != self.columns) {
            return Err(damaged("a sample of rows"));
        }
        self.take_later(later.first, later.last);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    fn memory_bytes(&self) -> usize {
        let rows = self.first.len() + self.last.len();
        size_of::<Self>() + rows * self.columns * (size_of::<HeldCell>() + MOST_CHARACTERS)
    }
}

impl From<Cell> for HeldCell {
    fn from(cell: Cell) -> Self {
        match shortened(cell) {
            Cell::Null => Self::Null,
            Cell::Boolean(value) => Self::Boolean(value),
            Cell::Integer(value) => Self::Integer(value),
            Cell::Float(value) => Self::Float(value),
            Cell::Text(value) => Self::Text(value),
        }
    }
}

impl From<HeldCell> for Cell {
    fn from(cell: HeldCell) -> Self {
        match cell {
            HeldCell::Null => Self::Null,
            HeldCell::Boolean(value) => Self::Boolean(value),
            HeldCell::Integer(value) => Self::Integer(value),
            HeldCell::Float(value) => Self::Float(value),
            HeldCell::Text(value) => Self::Text(value),
        }
    }
}

/// The cell, with an ellipsis where its text is long.
pub(crate) fn shortened(cell: Cell) -> Cell {
    let Cell::Text(mut text) = cell else { return cell };
    if let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) {
        text.truncate(end);
        text.push('…');
    }
    Cell::Text(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared_kernel_domain::table::Cell;
    use testkit::{Cells, MemoryScanner, MemoryTable};

    use super::TableSample;
    use crate::testing::profile_of;

    fn sample(table: &MemoryTable, batch: usize) -> TableSample {
        let scanner = MemoryScanner::in_batches_of(batch);
        profile_of(table.name(), &scanner.add(table), &scanner).unwrap().sample.unwrap()
    }

    fn numbers(rows: impl Iterator<Item = u64>) -> Vec<(u64, Vec<Cell>)> {
        rows.map(|row| (row, vec![Cell::Integer(row as i64), Cell::Text(format!("row {row}"))]))
            .collect()
    }

    proptest! {
        #[test]
        fn the_first_and_last_rows_are_told_however_a_table_is_cut(
            rows in 0_u64..60,
            batch in 1_usize..70,
        ) {
            let table = MemoryTable::new([
                ("number", Cells::integers(0..rows as i64)),
                ("text", Cells::texts((0..rows).map(|row| format!("row {row}")))),
            ]);
            let TableSample { head, tail } = sample(&table, batch);
            let plain = |rows: Vec<super::TableRow>| -> Vec<_> {
                rows.into_iter().map(|row| (row.row, row.cells)).collect()
            };
            prop_assert_eq!(plain(head), numbers(0..rows.min(10)));
            prop_assert_eq!(plain(tail), numbers(rows.saturating_sub(10).max(10)..rows));
        }
    }

    #[test]
    fn long_texts_are_cut_with_an_ellipsis() {
        let table = MemoryTable::new([("text", Cells::texts(["é".repeat(121), "é".repeat(120)]))]);
        let head = sample(&table, 5).head;
        assert_eq!(head[0].cells, [Cell::Text(format!("{}…", "é".repeat(120)))]);
        assert_eq!(head[1].cells, [Cell::Text("é".repeat(120))]);
    }

    #[test]
    fn of_very_wide_tables_there_are_fewer_rows() {
        let names: Vec<String> = (0..2_500).map(|place| format!("c{place}")).collect();
        let columns = names.iter().map(|name| (name.as_str(), Cells::integers(0..30)));
        let table = MemoryTable::new(columns);
        let TableSample { head, tail } = sample(&table, 7);
        assert_eq!((head.len(), tail.len(), tail[3].row), (4, 4, 29));
    }
}
