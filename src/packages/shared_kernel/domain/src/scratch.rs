//! Tables made by the program itself, for a scan or two: they go when nobody holds them any more.

use std::any::Any;
use std::fmt;

use crate::Result;
use crate::scan::BatchSink;
use crate::table::{TableReference, TableSchema};

/// Gives all rows of a table to a sink, in row order: at least one batch, with the columns of the
/// schema; an empty one where there are no rows.
pub type BatchSource<'a> = dyn FnMut(&mut BatchSink<'_>) -> Result<()> + 'a;

/// A table that can be scanned while this is held; then it is removed.
pub struct ScratchTable {
    /// The table. Its digest may be unknown.
    pub table: TableReference,
    /// What removes it when dropped.
    _held: Box<dyn Any + Send + Sync>,
}

impl ScratchTable {
    /// A table, and what removes it when dropped.
    pub fn new(table: TableReference, held: impl Any + Send + Sync) -> Self {
        Self { table, _held: Box::new(held) }
    }
}

impl fmt::Debug for ScratchTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ScratchTable").field("table", &self.table).finish_non_exhaustive()
    }
}

/// Stores tables for the time in which they are held.
pub trait ScratchTables: Send + Sync {
    /// Stores a table of such columns, whose rows `rows` gives.
    ///
    /// # Errors
    /// What `rows` fails with, and `Unavailable` when there is no room.
    fn store(&self, schema: &TableSchema, rows: &mut BatchSource<'_>) -> Result<ScratchTable>;
}
