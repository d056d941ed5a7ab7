//! Excel workbooks (`.xlsx`): one sheet as a table.
//!
//! The sheet that is named is read, else the first visible one that holds data; the notes say
//! which, and which others there are. Cells keep their types: numbers, truth values, texts, and
//! dates, times of day and lengths of time by the style of the cell; a text is never a number. An
//! error such as `#DIV/0!` is a missing value and counted. Formulas give the value that was last
//! computed and saved. Of a merged area only the first cell has the value, the others are missing,
//! and the notes say so; hidden rows and columns are read like all others.
//!
//! The cells of a sheet stream by, but the workbook's shared texts and styles are held in memory:
//! a workbook that would need more than the memory limit is refused. Old workbooks (`.xls`) are not
//! read, since their reader trusts the sizes that a file claims.

mod cell;
mod layout;
mod package;
mod source;
mod workbook;

use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{IngestEvidence, TableFormat};
use shared_kernel_domain::{Error, Result};

use self::layout::Layout;
use self::source::{Sheet, SheetSource};
use self::workbook::{SheetName, Workbook};
use super::snapshot::{Destination, Snapshot};
use super::text_table::column_note;
use super::typed::{Reading, write_typed};
use crate::engine::parts::cannot_open;

/// What a ZIP archive, and so a workbook, begins with.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";
/// What an old or a protected workbook begins with.
pub(super) const OLD_MAGIC: &[u8] = b"\xd0\xcf\x11\xe0";

/// How to read a workbook.
pub(super) struct ExcelTable<'a> {
    pub(super) path: &'a Path,
    /// What to call the file in messages.
    pub(super) name: &'a str,
    /// The sheet, by name or number from 1, when the user names one.
    pub(super) sheet: Option<&'a str>,
    /// The memory limit in bytes.
    pub(super) memory: u64,
    pub(super) threads: usize,
    /// Told the bytes read so far.
    pub(super) progress: &'a dyn Fn(u64),
    pub(super) cancellation: &'a Cancellation,
}

/// The sheet that is read.
struct Chosen {
    name: String,
    layout: Layout,
    notes: Vec<String>,
}

impl ExcelTable<'_> {
    /// Reads the sheet into a snapshot.
    pub(super) fn write(&self, destination: Destination<'_>) -> Result<(Snapshot, IngestEvidence)> {
        self.check_container()?;
        package::check(self.path, self.name, self.memory, self.cancellation)?;
        let bytes_read = Arc::new(AtomicU64::new(0));
        // the reader of workbooks may panic on what makes no sense
        let chosen = catch_unwind(AssertUnwindSafe(|| self.choose(&bytes_read)));
        let Chosen { name, layout, mut notes } =
            chosen.map_err(|_| damaged(self.name, "its cells make no sense"))??;
        let header = layout.header.is_some();
        notes.extend(layout.notes.iter().cloned());
        let sheet = Sheet {
            path: self.path.to_owned(),
            workbook: self.name.to_owned(),
            name,
            layout: Arc::new(layout),
            bytes_read: Arc::clone(&bytes_read),
            cancellation: self.cancellation.clone(),
        };
        let table = write_typed(&Reading {
            open: &|| {
                bytes_read.store(0, Ordering::Relaxed);
                Ok(Box::new(SheetSource::open(sheet.clone())?))
            },
            comma: false,
            threads: self.threads,
            destination,
            progress: &|| (self.progress)(bytes_read.load(Ordering::Relaxed)),
            cancellation: self.cancellation,
        })?;
        notes.extend(table.report.notes);
        let names = table.snapshot.table.schema.names();
        for (name, column) in names.zip(&table.columns) {
            notes.extend(column_note(name, column.signs, column.kind, true));
        }
        let mut evidence = IngestEvidence::of_self_describing(TableFormat::Excel);
        evidence.header = Some(header);
        evidence.null_texts = table.null_texts;
        evidence.notes = notes;
        Ok((table.snapshot, evidence))
    }

    fn check_container(&self) -> Result<()> {
        let mut file = File::open(self.path).map_err(|error| cannot_open(self.name, error))?;
        let mut head = [0; 4];
        let count = super::text::fill(&mut file, &mut head)
            .map_err(|error| cannot_open(self.name, error))?;
        match head.get(..count) {
            Some(MAGIC) => Ok(()),
            Some(OLD_MAGIC) if is_protected(&mut file) => Err(protected(self.name)),
            Some(OLD_MAGIC) => Err(Error::input(format!(
                "{} is an old Excel workbook (.xls), which is not read",
                self.name
            ))
            .at(self.name)
            .hint("open it in Excel and save it as .xlsx or CSV")),
            _ => Err(damaged(self.name, "it does not begin as a workbook")),
        }
    }

    /// Finds the sheet and its table.
    fn choose(&self, bytes_read: &Arc<AtomicU64>) -> Result<Chosen> {
        let mut workbook = Workbook::open(self.path, self.name, bytes_read)?;
        let sheets = workbook.sheets();
        let candidates = if let Some(wanted) = self.sheet {
            vec![self.named(&sheets, wanted)?]
        } else {
            let (hidden, visible): (Vec<_>, Vec<_>) = sheets.iter().partition(|sheet| sheet.hidden);
            [visible, hidden].concat()
        };
        for sheet in candidates {
            let found =
                layout::find(&mut workbook, &sheet.name, self.cancellation).map_err(|error| {
                    if error.location().is_none() { error.at(self.name) } else { error }
                })?;
            let Some(layout) = found else { continue };
            let mut notes = vec![told(&sheets, sheet)];
            notes.extend(match workbook.merged_areas(&sheet.name) {
                0 => None,
                1 => Some("1 merged area: only its first cell has the value".to_owned()),
                areas => {
                    Some(format!("{areas} merged areas: only the first cell of each has the value"))
                }
            });
            return Ok(Chosen { name: sheet.name.clone(), layout, notes });
        }
        let what = match self.sheet {
            Some(wanted) => format!("sheet {wanted:?} of {} is blank", self.name),
            None => format!("no sheet of {} holds data", self.name),
        };
        Err(Error::input(what).at(self.name).hint(hint(&sheets)))
    }

    /// The sheet of that name, in any case if there is none in this one, or of that number.
    fn named<'s>(&self, sheets: &'s [SheetName], wanted: &str) -> Result<&'s SheetName> {
        let lower = wanted.to_lowercase();
        let number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        sheets
            .iter()
            .find(|sheet| sheet.name == wanted)
            .or_else(|| sheets.iter().find(|sheet| sheet.name.to_lowercase() == lower))
            .or_else(|| number.and_then(|number| sheets.get(number)))
            .ok_or_else(|| {
                Error::input(format!("{} has no sheet {wanted:?}", self.name))
                    .at(self.name)
                    .hint(hint(sheets))
            })
    }
}

fn hint(sheets: &[SheetName]) -> String {
    format!("its sheets: {}", list(sheets.iter()))
}

/// Which sheet is read, and which others there are.
fn told(sheets: &[SheetName], read: &SheetName) -> String {
    let others: Vec<_> = sheets.iter().filter(|sheet| *sheet != read).collect();
    let name = &read.name;
    if others.is_empty() {
        return format!("sheet {name:?} is read; it is the only one");
    }
    format!("sheet {name:?} is read; the others are {}", list(others.into_iter()))
}

fn list<'s>(sheets: impl Iterator<Item = &'s SheetName>) -> String {
    let names = sheets.map(|sheet| {
        let hidden = if sheet.hidden { " (hidden)" } else { "" };
        format!("{:?}{hidden}", sheet.name)
    });
    names.collect::<Vec<_>>().join(", ")
}

fn damaged(name: &str, reason: impl Display) -> Error {
    Error::input(format!("{name} is not a readable workbook: {reason}"))
        .at(name)
        .hint("the file may be damaged or cut off; open it in Excel and save it again")
}

fn protected(name: &str) -> Error {
    Error::input(format!("{name} is protected by a password"))
        .at(name)
        .hint("open it in Excel and save it without a password")
}

/// Whether a compound file holds an encrypted workbook, as its directory names it.
fn is_protected(file: &mut File) -> bool {
    let wanted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut buffer = vec![0; 1 << 16];
    let mut kept = 0;
    loop {
        let Some(room) = buffer.get_mut(kept..) else { return false };
        let Ok(count) = file.read(room) else { return false };
        if count == 0 {
            return false;
        }
        let filled = kept + count;
        let seen = buffer.get(..filled).unwrap_or_default();
        if seen.windows(wanted.len()).any(|window| window == wanted) {
            return true;
        }
        // the name may lie across two readings
        kept = filled.min(wanted.len());
        buffer.copy_within(filled - kept..filled, 0);
    }
}
