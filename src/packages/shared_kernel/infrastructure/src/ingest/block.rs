//! Blocks of records on their way from a reader to typed columns.

use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::ingest::{BadRow, NullText};

/// Bad rows kept as examples.
const BAD_ROW_EXAMPLES: usize = 100;
/// Characters kept of a bad row's text.
const BAD_ROW_CHARACTERS: usize = 200;

/// How a cell was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CellForm {
    /// Not at all, or as a JSON null.
    Null,
    /// As a field of delimited text, or as a JSON number or truth value.
    Bare,
    /// As a JSON string: text or a time, never a number.
    Quoted,
    /// As a JSON array; the bytes are its compact text.
    List,
    /// As a JSON object; the bytes are its compact text.
    Struct,
    /// As a time of day in a workbook: hours, minutes, seconds.
    Clock,
    /// As a length of time in a workbook: hours, minutes, seconds.
    Elapsed,
}

/// One cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellView<'a> {
    pub(super) form: CellForm,
    /// Valid UTF-8.
    pub(super) bytes: &'a [u8],
}

/// Behind every cell stands one byte that is not its own, so that whole lines can be taken in.
const BEHIND: u8 = b'\n';

/// Some records of equal width, row-major, with the text of all cells in one buffer.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) names: Arc<Vec<String>>,
    pub(super) rows: usize,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// Empty when all cells are bare.
    forms: Vec<CellForm>,
}

impl Block {
    /// An empty block for records of these columns.
    pub(super) fn new(names: Arc<Vec<String>>) -> Self {
        Self { names, ..Self::default() }
    }

    /// Number of columns.
    pub(super) fn width(&self) -> usize {
        self.names.len()
    }

    /// Whether it is time to hand the block on.
    pub(super) fn is_full(&self) -> bool {
        const MOST_ROWS: usize = 16_384;
        const MOST_CELLS: usize = 1 << 20;
        const MOST_BYTES: usize = 8 << 20;
        self.rows >= MOST_ROWS || self.ends.len() >= MOST_CELLS || self.bytes.len() >= MOST_BYTES
    }

    /// Adds a record of bare cells: their text with a delimiter between them, and where each ends.
    pub(super) fn push_line(&mut self, text: &[u8], ends: &[usize]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        self.bytes.push(BEHIND);
        self.ends.extend(ends.iter().map(|end| start + end));
        self.rows += 1;
    }

    /// Adds a record of bare cells.
    pub(super) fn push_fields<'a>(&mut self, fields: impl Iterator<Item = &'a [u8]>) {
        for field in fields {
            self.push_cell(field);
        }
        self.rows += 1;
    }

    /// Adds a row of missing values, in a block of bare cells.
    pub(super) fn push_blank(&mut self) {
        for _ in 0..self.names.len() {
            self.push_cell(b"");
        }
        self.rows += 1;
    }

    fn push_cell(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.bytes.push(BEHIND);
    }

    /// Adds a record of cells in any form, as many as the block is wide.
    pub(super) fn push_cells<'a>(&mut self, cells: impl Iterator<Item = CellView<'a>>) {
        for cell in cells {
            self.push_cell(cell.bytes);
            self.forms.push(cell.form);
        }
        self.rows += 1;
    }

    /// The cells of a column, from the first row to the last.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = CellView<'_>> {
        (0..self.rows).map(move |row| self.cell(row * self.width() + column))
    }

    #[inline]
    fn cell(&self, index: usize) -> CellView<'_> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] + 1 };
        let form = self.forms.get(index).copied().unwrap_or(CellForm::Bare);
        CellView { form, bytes: &self.bytes[start..self.ends[index]] }
    }
}

/// Records that are not rows: how many, and the first of them.
#[derive(Clone, Debug, Default)]
pub(super) struct BadRows {
    pub(super) count: u64,
    pub(super) blank: u64,
    pub(super) examples: Vec<BadRow>,
}

impl BadRows {
    /// Sets a record aside.
    pub(super) fn add(&mut self, line: u64, reason: impl Into<String>, text: &[u8]) {
        self.count += 1;
        if self.examples.len() < BAD_ROW_EXAMPLES {
            // four bytes make a character at most
            let text = &text[..text.len().min(4 * BAD_ROW_CHARACTERS)];
            let text = String::from_utf8_lossy(text).chars().take(BAD_ROW_CHARACTERS).collect();
            self.examples.push(BadRow { line, reason: reason.into(), text });
        }
    }

    /// The same of a record that keeps its place as a row without values.
    pub(super) fn add_blank(&mut self, line: u64, reason: impl Into<String>, text: &[u8]) {
        self.add(line, reason, text);
        self.blank += 1;
    }
}

/// What a source says at its end.
#[derive(Clone, Debug, Default)]
pub(super) struct SourceReport {
    pub(super) names: Arc<Vec<String>>,
    pub(super) bad_rows: BadRows,
    /// Texts that the source itself took for missing.
    pub(super) null_texts: Vec<NullText>,
    pub(super) notes: Vec<String>,
}

/// A reader of records. It can be opened again for a second pass.
pub(super) trait RecordSource: Send {
    /// The next block of at least one record; `None` at the end.
    fn next_block(&mut self) -> Result<Option<Block>>;

    /// What was found out, after the last block.
    fn report(&mut self) -> SourceReport;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_come_back_by_column() {
        let mut block = Block::new(Arc::new(vec!["a".to_owned(), "b".to_owned()]));
        block.push_fields([&b"1"[..], b"x"].into_iter());
        block.push_line(b"2,", &[1, 2]);
        block.push_blank();
        let column = |index| block.column(index).map(|cell| cell.bytes).collect::<Vec<_>>();
        assert_eq!(column(0), [&b"1"[..], b"2", b""]);
        assert_eq!(column(1), [&b"x"[..], b"", b""]);
    }

    #[test]
    fn bad_rows_are_counted_beyond_the_examples_and_cut() {
        let mut bad = BadRows::default();
        for line in 0..150 {
            bad.add(line, "too short", "ä".repeat(500).as_bytes());
        }
        assert_eq!((bad.count, bad.examples.len()), (150, 100));
        assert_eq!(bad.examples[0].text.chars().count(), 200);
    }
}
