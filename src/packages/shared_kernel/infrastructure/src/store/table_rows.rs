//! The rows of a whole table: read in the order of their keys, written many at a time.

use shared_kernel_domain::Result;

use super::backend::{Dialect, Transaction};
use super::catalogue::{Table, quoted};
use super::value::{Row, Value};

/// Rows under way at once; a row may hold a document of some megabytes.
const BATCH: usize = 64;

/// Reads all rows of a table, in the same order on every database: keys by number, or by the bytes
/// of their text.
pub(super) fn read(
    transaction: &mut dyn Transaction,
    table: &Table,
    each: &mut dyn FnMut(Vec<Row>) -> Result<()>,
) -> Result<()> {
    match transaction.dialect() {
        Dialect::Sqlite => read_by_key(transaction, table, each),
        Dialect::Postgres => read_by_cursor(transaction, table, each),
    }
}

/// SQLite compares text by its bytes, and so do its indexes: each batch begins after the last one.
fn read_by_key(
    transaction: &mut dyn Transaction,
    table: &Table,
    each: &mut dyn FnMut(Vec<Row>) -> Result<()>,
) -> Result<()> {
    let names: Vec<String> = table.key.iter().map(|column| quoted(&column.name)).collect();
    let places: Vec<usize> =
        table.key.iter().filter_map(|column| table.place(&column.name)).collect();
    let numbers: Vec<String> = (1..=names.len()).map(|number| format!("${number}")).collect();
    let (names, numbers) = (names.join(", "), numbers.join(", "));
    let select = format!("SELECT {} FROM {}", table.column_list(), quoted(&table.name));
    let first = format!("{select} ORDER BY {names} LIMIT {BATCH}");
    let next = format!("{select} WHERE ({names}) > ({numbers}) ORDER BY {names} LIMIT {BATCH}");
    let mut rows = transaction.query(&first, &[])?;
    while let Some(last) = rows.last() {
        let key: Vec<Value> =
            places.iter().filter_map(|place| last.0.get(*place)).cloned().collect();
        let is_last = rows.len() < BATCH;
        each(rows)?;
        if is_last {
            break;
        }
        rows = transaction.query(&next, &key)?;
    }
    Ok(())
}

/// PostgreSQL sorts by the rules of a language, and its indexes do: one sort by bytes serves all.
fn read_by_cursor(
    transaction: &mut dyn Transaction,
    table: &Table,
    each: &mut dyn FnMut(Vec<Row>) -> Result<()>,
) -> Result<()> {
    let order: Vec<String> = table
        .key
        .iter()
        .map(|column| {
            let name = quoted(&column.name);
            if column.is_text { format!("{name} COLLATE \"C\"") } else { name }
        })
        .collect();
    // The name is the table's own, so that what a session remembers of it stays right.
    let cursor = quoted(&format!("rows of {}", table.name));
    transaction.execute_script(&format!(
        "DECLARE {cursor} NO SCROLL CURSOR FOR SELECT {} FROM {} ORDER BY {}",
        table.column_list(),
        quoted(&table.name),
        order.join(", ")
    ))?;
    let fetch = format!("FETCH {BATCH} FROM {cursor}");
    loop {
        let rows = transaction.query(&fetch, &[])?;
        let is_last = rows.len() < BATCH;
        each(rows)?;
        if is_last {
            break;
        }
    }
    transaction.execute_script(&format!("CLOSE {cursor}"))
}

/// Adds rows that a table does not have yet.
pub(super) fn insert(transaction: &mut dyn Transaction, table: &Table, rows: &[Row]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let width = table.columns.len();
    let tuples: Vec<String> = (0..rows.len())
        .map(|row| {
            let numbers: Vec<String> =
                (1..=width).map(|column| format!("${}", row * width + column)).collect();
            format!("({})", numbers.join(", "))
        })
        .collect();
    let sql = format!(
        "INSERT INTO {} ({}) VALUES {}",
        quoted(&table.name),
        table.column_list(),
        tuples.join(", ")
    );
    let values: Vec<Value> = rows.iter().flat_map(|row| row.0.iter().cloned()).collect();
    transaction.execute(&sql, &values).map(drop)
}
