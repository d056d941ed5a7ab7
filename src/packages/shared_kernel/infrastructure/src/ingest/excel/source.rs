//! A sheet as a source of records.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use calamine::DataRef;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::NullText;
use shared_kernel_domain::{Error, Result};

use super::cell::write_cell;
use super::damaged;
use super::layout::Layout;
use super::workbook::{Cells, Workbook};
use crate::ingest::block::{Block, CellForm, CellView, RecordSource, SourceReport};

/// What to read.
#[derive(Clone)]
pub(super) struct Sheet {
    pub(super) path: PathBuf,
    /// What to call the workbook in messages.
    pub(super) workbook: String,
    pub(super) name: String,
    pub(super) layout: Arc<Layout>,
    pub(super) bytes_read: Arc<AtomicU64>,
    pub(super) cancellation: Cancellation,
}

/// Reads the rows of a sheet. The cells borrow from the workbook, so both live on a thread of
/// their own, and blocks come from there.
pub(super) struct SheetSource {
    sheet: Sheet,
    blocks: Option<Receiver<Block>>,
    reader: Option<JoinHandle<Result<Findings>>>,
    findings: Findings,
}

/// What was seen on the way.
#[derive(Default)]
struct Findings {
    blank_rows: u64,
    /// How often each error stands in each column.
    errors: BTreeMap<(usize, String), u64>,
}

impl SheetSource {
    /// Begins to read.
    pub(super) fn open(sheet: Sheet) -> Result<Self> {
        let (sender, blocks) = sync_channel(1);
        let task = sheet.clone();
        let reader = std::thread::Builder::new()
            .name("workbook".to_owned())
            .spawn(move || read(&task, &sender))
            .map_err(|error| {
                Error::unavailable("a thread could not be started").caused_by(error)
            })?;
        let (blocks, reader) = (Some(blocks), Some(reader));
        Ok(Self { sheet, blocks, reader, findings: Findings::default() })
    }

    fn names(&self) -> Arc<Vec<String>> {
        names(&self.sheet.layout)
    }

    /// Waits for the thread; what made it stop early is the error.
    fn end(&mut self) -> Result<()> {
        self.blocks = None;
        if let Some(reader) = self.reader.take() {
            let ended = reader.join();
            self.findings =
                ended.map_err(|_| damaged(&self.sheet.workbook, "its cells make no sense"))??;
        }
        Ok(())
    }
}

impl RecordSource for SheetSource {
    fn next_block(&mut self) -> Result<Option<Block>> {
        if let Some(block) = self.blocks.as_ref().and_then(|blocks| blocks.recv().ok()) {
            return Ok(Some(block));
        }
        self.end()?;
        Ok(None)
    }

    fn report(&mut self) -> SourceReport {
        // a failure was told by the last block, or nobody waits for it any more
        let _ = self.end();
        let findings = std::mem::take(&mut self.findings);
        let mut notes = Vec::new();
        match findings.blank_rows {
            0 => {}
            1 => notes.push("1 blank row within the table was left out".to_owned()),
            rows => notes.push(format!("{rows} blank rows within the table were left out")),
        }
        let name = |column: usize| {
            self.sheet.layout.columns.get(column).map_or_else(String::new, |c| c.name.clone())
        };
        let errors = findings.errors.into_iter();
        SourceReport {
            names: self.names(),
            null_texts: errors
                .map(|((column, text), count)| NullText { column: name(column), text, count })
                .collect(),
            notes,
            ..SourceReport::default()
        }
    }
}

fn names(layout: &Layout) -> Arc<Vec<String>> {
    Arc::new(layout.columns.iter().map(|column| column.name.clone()).collect())
}

/// Reads all rows of the table; ends early when nobody takes them.
fn read(sheet: &Sheet, blocks: &SyncSender<Block>) -> Result<Findings> {
    let mut workbook = Workbook::open(&sheet.path, &sheet.workbook, &sheet.bytes_read)?;
    let since_1904 = workbook.since_1904;
    let names = names(&sheet.layout);
    let mut rows = Rows {
        layout: &sheet.layout,
        since_1904,
        next: sheet.layout.start,
        findings: Findings::default(),
        text: String::new(),
        ends: Vec::new(),
    };
    let mut block = Block::new(Arc::clone(&names));
    let mut wanted = true;
    workbook.each_row(&sheet.name, &sheet.cancellation, |row, cells| {
        if row < sheet.layout.start {
            return Ok(true);
        }
        rows.take(row, cells, &mut block);
        if block.is_full() {
            let full = std::mem::replace(&mut block, Block::new(Arc::clone(&names)));
            wanted = blocks.send(full).is_ok();
        }
        Ok(wanted)
    })?;
    if block.rows > 0 && wanted {
        // nobody left to take it is no failure
        let _ = blocks.send(block);
    }
    Ok(rows.findings)
}

/// Rows on their way to a block.
struct Rows<'l> {
    layout: &'l Layout,
    since_1904: bool,
    /// The row that would follow if none were blank.
    next: u32,
    findings: Findings,
    text: String,
    ends: Vec<(usize, CellForm)>,
}

impl Rows<'_> {
    fn take(&mut self, row: u32, cells: &Cells<'_>, block: &mut Block) {
        self.findings.blank_rows += u64::from(row - self.next);
        self.next = row + 1;
        self.text.clear();
        self.ends.clear();
        let mut cells = cells.iter().peekable();
        for (index, column) in self.layout.columns.iter().enumerate() {
            while cells.next_if(|(place, _)| *place < column.place).is_some() {}
            let mut form = CellForm::Null;
            // of several cells in one place the last counts
            while let Some((_, cell)) = cells.next_if(|(place, _)| *place == column.place) {
                self.text.truncate(self.ends.last().map_or(0, |(end, _)| *end));
                form = write_cell(cell, column.moments, self.since_1904, &mut self.text);
                if let DataRef::Error(error) = cell {
                    *self.findings.errors.entry((index, error.to_string())).or_default() += 1;
                }
            }
            self.ends.push((self.text.len(), form));
        }
        let text = self.text.as_bytes();
        let mut start = 0;
        block.push_cells(self.ends.iter().map(|&(end, form)| {
            let bytes = text.get(start..end).unwrap_or_default();
            start = end;
            CellView { form, bytes }
        }));
    }
}
