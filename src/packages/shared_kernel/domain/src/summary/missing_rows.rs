use serde::{Deserialize, Serialize};

use super::Summary;
use super::support::{decode, encode};
use crate::Result;
use crate::table::{Batch, Bits, Column, Values};

/// How many rows of some columns lack a value in any of them, and how many in all. Exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingRows {
    rows: u64,
    any: u64,
    all: u64,
}

impl MissingRows {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows taken in.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows that lack a value in at least one column.
    pub fn any(&self) -> u64 {
        self.any
    }

    /// Rows that lack a value in every column; none where there are no columns.
    pub fn all(&self) -> u64 {
        self.all
    }
}

impl Summary for MissingRows {
    fn key(&self) -> String {
        "missing_rows".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::default())
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let rows = batch.len();
        self.rows += rows as u64;
        let gaps: Vec<Gaps<'_>> = batch.columns.iter().map(Gaps::of).collect();
        if gaps.is_empty() {
            return Ok(());
        }
        for word in 0..rows.div_ceil(64) {
            let in_batch = u64::MAX >> (64 - (rows - word * 64).min(64));
            let (mut any, mut all) = (0, u64::MAX);
            for column in &gaps {
                let missing = column.word(word);
                any |= missing;
                all &= missing;
            }
            self.any += u64::from((any & in_batch).count_ones());
            self.all += u64::from((all & in_batch).count_ones());
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Self = decode(later)?;
        self.rows += later.rows;
        self.any += later.any;
        self.all += later.all;
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>()
    }
}

/// Where a column lacks values.
enum Gaps<'a> {
    Nowhere,
    Everywhere,
    Where(Bits<'a>),
}

impl<'a> Gaps<'a> {
    fn of(column: &Column<'a>) -> Self {
        match (column.values, column.validity) {
            (Values::Null, _) => Self::Everywhere,
            (_, Some(validity)) if column.null_count > 0 => Self::Where(validity),
            _ => Self::Nowhere,
        }
    }

    fn word(&self, index: usize) -> u64 {
        match self {
            Self::Nowhere => 0,
            Self::Everywhere => u64::MAX,
            Self::Where(validity) => !validity.word(index),
        }
    }
}
