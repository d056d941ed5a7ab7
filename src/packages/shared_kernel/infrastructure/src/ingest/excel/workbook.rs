//! An open workbook: its sheets, and the rows of one of them as they stream by.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx, XlsxError};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::cell::is_blank;
use super::damaged;
use crate::engine::parts::cannot_open;

/// Cells of a row.
const MOST_CELLS: usize = 16_384;

/// A sheet with rows and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SheetName {
    pub(super) name: String,
    pub(super) hidden: bool,
}

/// An open workbook. It holds the shared texts and styles; cells stream by.
pub(super) struct Workbook {
    xlsx: Xlsx<BufReader<Counted>>,
    /// What to call it in messages.
    name: String,
    pub(super) since_1904: bool,
}

/// A row's cells that are not blank, by column.
pub(super) type Cells<'a> = [(u32, DataRef<'a>)];

impl Workbook {
    /// Opens a workbook; `bytes_read` follows what is read of the file.
    pub(super) fn open(path: &Path, name: &str, bytes_read: &Arc<AtomicU64>) -> Result<Self> {
        let file = File::open(path).map_err(|error| cannot_open(name, error))?;
        let counted = Counted { file, bytes_read: Arc::clone(bytes_read) };
        let xlsx = Xlsx::new(BufReader::new(counted)).map_err(|e| refused(name, e))?;
        let since_1904 = xlsx.has_1904_epoch();
        Ok(Self { xlsx, name: name.to_owned(), since_1904 })
    }

    /// The sheets that have cells, in their order; no charts and dialogs.
    pub(super) fn sheets(&self) -> Vec<SheetName> {
        let sheets = self.xlsx.sheets_metadata().iter();
        sheets
            .filter(|sheet| sheet.typ == SheetType::WorkSheet)
            .map(|sheet| SheetName {
                name: sheet.name.clone(),
                hidden: sheet.visible != SheetVisible::Visible,
            })
            .collect()
    }

    /// Merged areas of a sheet.
    pub(super) fn merged_areas(&mut self, sheet: &str) -> usize {
        self.xlsx.merge_cells_by_sheet_name(sheet).map_or(0, |areas| areas.len())
    }

    /// Calls for every row that is not blank, with its number from 0, until it says `false`.
    pub(super) fn each_row(
        &mut self,
        sheet: &str,
        cancellation: &Cancellation,
        mut take: impl FnMut(u32, &mut Cells<'_>) -> Result<bool>,
    ) -> Result<()> {
        let name = self.name.as_str();
        let mut reader =
            self.xlsx.worksheet_cells_reader(sheet).map_err(|error| refused(name, error))?;
        let mut number = 0;
        let mut cells = Vec::new();
        while let Some(cell) = reader.next_cell().map_err(|error| refused(name, error))? {
            let (row, column) = cell.get_position();
            if row != number {
                if row < number {
                    return Err(damaged(name, "the rows of a sheet are not in order")
                        .hint("open the workbook in Excel and save it again"));
                }
                if !give(number, &mut cells, &mut take)? {
                    return Ok(());
                }
                number = row;
                cancellation.check()?;
            }
            if !is_blank(cell.get_value()) {
                cells.push((column, cell.get_value().clone()));
            }
            if cells.len() > MOST_CELLS {
                return Err(damaged(name, "a row has more cells than a sheet has columns"));
            }
        }
        give(number, &mut cells, &mut take)?;
        Ok(())
    }
}

/// Hands a row on and empties it.
fn give(
    number: u32,
    cells: &mut Vec<(u32, DataRef<'_>)>,
    take: &mut impl FnMut(u32, &mut Cells<'_>) -> Result<bool>,
) -> Result<bool> {
    if cells.is_empty() {
        return Ok(true);
    }
    cells.sort_by_key(|(column, _)| *column);
    let more = take(number, cells)?;
    cells.clear();
    Ok(more)
}

fn refused(name: &str, error: XlsxError) -> Error {
    match error {
        XlsxError::Password => super::protected(name),
        error => damaged(name, error),
    }
}

struct Counted {
    file: File,
    bytes_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Counted {
    fn seek(&mut self, position: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(position)
    }
}
