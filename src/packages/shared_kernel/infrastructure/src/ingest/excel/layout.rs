//! Where the table of a sheet lies: found by one look at all of its cells.
//!
//! Blank rows and columns are no part of the table, wherever they are. Rows before it that fill
//! less than half of its columns, or are set apart by a blank row and shorter, are titles; whether the first row names the columns is decided
//! as for text, but a text cell is never a number.

use std::collections::BTreeMap;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::cell::{Moments, write_cell};
use super::workbook::{Cells, Workbook};
use crate::ingest::block::CellView;
use crate::ingest::dialect::{HeaderCell, column_names, is_year, names_columns};
use crate::ingest::kind::Signs;

/// Rows in which the table's begin is looked for.
const FIRST_ROWS: usize = 500;
/// Cells of them.
const FIRST_CELLS: usize = 1 << 18;
/// More rows than this before a table are no titles.
const MOST_TITLES: usize = 30;
/// Characters of a column's name.
const LONGEST_NAME: usize = 255;
/// Cells of a table, blank ones too, if hardly any of them is filled.
const MOST_CELLS: u64 = 1 << 30;
/// The share of filled cells, as one in so many, below which hardly any is.
const SPARSE: u64 = 64;

/// The table of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// The row of the names, from 0.
    pub(super) header: Option<u32>,
    /// The first row of the table or after its names.
    pub(super) start: u32,
    /// The columns that hold something.
    pub(super) columns: Vec<TableColumn>,
    pub(super) notes: Vec<String>,
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TableColumn {
    /// Its place in the sheet, from 0.
    pub(super) place: u32,
    pub(super) name: String,
    pub(super) moments: Moments,
}

/// A cell of the first rows.
struct FirstCell {
    column: u32,
    signs: Signs,
    text: String,
}

#[derive(Default)]
struct Survey {
    first: Vec<(u32, Vec<FirstCell>)>,
    first_cells: usize,
    columns: BTreeMap<u32, Moments>,
    /// Rows that are not blank.
    rows: u64,
    filled: u64,
}

/// Finds the table of a sheet; `None` if the sheet is blank.
pub(super) fn find(
    workbook: &mut Workbook,
    sheet: &str,
    cancellation: &Cancellation,
) -> Result<Option<Layout>> {
    let since_1904 = workbook.since_1904;
    let mut survey = Survey::default();
    // the titles are known after the first rows, and columns are counted from there on
    let mut begun = None;
    workbook.each_row(sheet, cancellation, |row, cells| {
        if begun.is_none() && survey.first_rows_are_full() {
            begun = Some(survey.begin());
        }
        if begun.is_none() {
            survey.keep(row, cells, since_1904);
        }
        survey.count(cells);
        Ok(true)
    })?;
    let (titles, begin) = match begun {
        Some(begun) => begun,
        None => survey.begin(),
    };
    if survey.rows == 0 {
        return Ok(None);
    }
    if titles > 0 {
        // what only titles fill is no column
        survey = Survey::default();
        workbook.each_row(sheet, cancellation, |row, cells| {
            if row >= begin {
                if !survey.first_rows_are_full() {
                    survey.keep(row, cells, since_1904);
                }
                survey.count(cells);
            }
            Ok(true)
        })?;
    }
    survey.check_density(sheet)?;
    Ok(Some(survey.layout(titles)))
}

impl Survey {
    fn first_rows_are_full(&self) -> bool {
        self.first.len() >= FIRST_ROWS || self.first_cells >= FIRST_CELLS
    }

    fn keep(&mut self, row: u32, cells: &Cells<'_>, since_1904: bool) {
        let mut text = String::new();
        let kept = cells.iter().map(|(column, cell)| {
            text.clear();
            let mut moments = Moments::default();
            moments.add(cell);
            let form = write_cell(cell, moments, since_1904, &mut text);
            let signs = Signs::of(CellView { form, bytes: text.as_bytes() }, false);
            let text = text.chars().take(LONGEST_NAME).collect();
            FirstCell { column: *column, signs, text }
        });
        self.first.push((row, kept.collect()));
        self.first_cells += cells.len();
    }

    fn count(&mut self, cells: &Cells<'_>) {
        self.rows += 1;
        self.filled += cells.len() as u64;
        for (column, cell) in cells {
            self.columns.entry(*column).or_default().add(cell);
        }
    }

    /// How many rows are titles, and the row after them.
    fn begin(&self) -> (usize, u32) {
        let usual = self.usual_cells();
        let first_column = self.first.iter().filter_map(|(_, cells)| cells.first());
        let first_column = first_column.map(|cell| cell.column).min();
        let is_title = |row: u32, cells: &[FirstCell], next: Option<&(u32, Vec<FirstCell>)>| {
            let alone = cells.len() == 1 && usual > 1;
            let in_front = cells.first().map(|cell| cell.column) == first_column;
            let set_apart =
                next.is_some_and(|(next, below)| *next > row + 1 && below.len() > cells.len());
            let is_text = cells.first().is_some_and(|cell| cell.signs.any(Signs::TEXT));
            is_text && (2 * cells.len() < usual || (alone && in_front) || set_apart)
        };
        let numbered = self.first.iter().enumerate();
        let titles = numbered
            .take_while(|(index, (row, cells))| is_title(*row, cells, self.first.get(index + 1)))
            .count();
        let titles = if titles > MOST_TITLES { 0 } else { titles };
        (titles, self.first.get(titles).map_or(0, |(row, _)| *row))
    }

    /// The most frequent number of filled cells; of equally frequent ones the largest.
    fn usual_cells(&self) -> usize {
        let mut counts = BTreeMap::<usize, usize>::new();
        for (_, cells) in &self.first {
            *counts.entry(cells.len()).or_default() += 1;
        }
        counts.into_iter().max_by_key(|&(cells, rows)| (rows, cells)).map_or(0, |(cells, _)| cells)
    }

    fn check_density(&self, sheet: &str) -> Result<()> {
        let cells = self.rows.saturating_mul(self.columns.len() as u64);
        if cells > MOST_CELLS && self.filled < cells / SPARSE {
            return Err(Error::input(format!(
                "sheet {sheet:?} has {} filled cells spread over {} rows and {} columns",
                self.filled,
                self.rows,
                self.columns.len()
            ))
            .hint("it is hardly a table; copy what is one into a sheet of its own"));
        }
        Ok(())
    }

    fn layout(self, titles: usize) -> Layout {
        let mut notes = Vec::new();
        if titles > 0 {
            let rows = if titles == 1 { "1 row".to_owned() } else { format!("{titles} rows") };
            notes.push(format!("{rows} before the table were skipped"));
        }
        let width = match (self.columns.first_key_value(), self.columns.last_key_value()) {
            (Some((first, _)), Some((last, _))) => (last - first + 1) as usize,
            _ => 0,
        };
        let blank = width.saturating_sub(self.columns.len());
        match blank {
            0 => {}
            1 => notes.push("1 blank column was left out".to_owned()),
            blank => notes.push(format!("{blank} blank columns were left out")),
        }
        let header = self.has_header();
        let first = self.first.first();
        let (row, cells) = first.map_or((0, &[][..]), |(row, cells)| (*row, cells.as_slice()));
        let given: Vec<String> = self
            .columns
            .keys()
            .map(|column| {
                let named = cells.iter().find(|cell| header && cell.column == *column);
                named.map(|cell| cell.text.clone()).unwrap_or_default()
            })
            .collect();
        let (names, changes) = column_names(&given);
        if header {
            notes.extend(changes);
        } else {
            notes.push("the first row is data, so the columns are numbered".to_owned());
        }
        let columns = self.columns.iter().zip(names);
        Layout {
            header: header.then_some(row),
            start: if header { row + 1 } else { row },
            columns: columns
                .map(|((&place, &moments), name)| TableColumn { place, name, moments })
                .collect(),
            notes,
        }
    }

    /// Whether the first row names the columns.
    fn has_header(&self) -> bool {
        let Some(((_, first), rest)) = self.first.split_first() else { return false };
        let mut below = BTreeMap::<u32, (Signs, bool)>::new();
        for cell in rest.iter().take(100).flat_map(|(_, cells)| cells) {
            let (signs, years) = below.entry(cell.column).or_default();
            signs.add(cell.signs);
            *years |= is_year(cell.text.as_bytes());
        }
        let cells = first.iter().map(|cell| {
            let (below, years_below) = below.get(&cell.column).copied().unwrap_or_default();
            HeaderCell { text: cell.text.as_bytes(), signs: cell.signs, below, years_below }
        });
        names_columns(&cells.collect::<Vec<_>>())
    }
}
