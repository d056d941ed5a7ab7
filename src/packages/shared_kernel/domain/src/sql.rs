//! Questions in SQL: one reading statement over named tables.

use crate::Result;
use crate::cancellation::Cancellation;
use crate::table::{Cell, TableReference};

/// The column that a table of a query has beside its own: the number of each row, from 0. A table
/// with a column of this name has its own alone.
pub const ROW_NUMBER: &str = "row_number";

/// A table under the name that a query knows it by.
#[derive(Clone, Copy, Debug)]
pub struct NamedTable<'a> {
    /// The name, as the query writes it.
    pub name: &'a str,
    /// The table.
    pub table: &'a TableReference,
    /// Whether it has the column [`ROW_NUMBER`].
    pub row_numbers: bool,
}

/// What a query gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SqlAnswer {
    /// The names of its columns.
    pub columns: Vec<String>,
    /// How many rows it has.
    pub rows: u64,
    /// The first row.
    pub first: Vec<Cell>,
    /// The different values of the column [`ROW_NUMBER`], ascending; `None` when there is no such
    /// column of whole numbers.
    pub row_numbers: Option<Vec<i64>>,
    /// How many columns of the tables were read, a column as often as the query reads it.
    pub columns_read: u32,
}

/// Runs queries. An implementation reads the tables that it is given and no others, writes nothing,
/// and gives the same answer with any number of threads.
pub trait SqlQueries: Send + Sync {
    /// The names of the tables that a text reads, each once, in order.
    ///
    /// # Errors
    /// Why it is refused: it is not one statement that only reads, or it asks for more than tables,
    /// such as a function that reads files.
    fn tables(&self, sql: &str) -> std::result::Result<Vec<String>, String>;

    /// Runs a query.
    ///
    /// # Errors
    /// `NotEvaluated` when it is refused, does not fit the tables, fails on their values, or takes
    /// longer than an implementation has patience for; `Unavailable` when memory is too small.
    fn answer(
        &self,
        sql: &str,
        tables: &[NamedTable<'_>],
        cancellation: &Cancellation,
    ) -> Result<SqlAnswer>;
}
