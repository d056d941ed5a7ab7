//! Tables of what was copied, for people.

use shared_kernel_presentation::cli::Console;
use shared_kernel_presentation::format;
use shared_kernel_presentation::table::{Column, Table};

use super::manifest::TableEntry;

/// Characters of a digest that people compare.
const SHORT: usize = 12;

/// The tables that have rows, and a line of what all of them are.
pub(super) fn as_text(tables: &[TableEntry], console: &Console) -> String {
    let mut shown = Table::new([
        Column::text("context"),
        Column::text("table"),
        Column::number("rows"),
        Column::text("digest"),
    ]);
    for table in tables.iter().filter(|table| table.rows > 0) {
        shown.row([
            table.context.to_string().into(),
            table.table.clone().into(),
            format::count(table.rows).into(),
            table.digest.get(..SHORT).unwrap_or_default().to_owned().into(),
        ]);
    }
    let empty = tables.iter().filter(|table| table.rows == 0).count() as u64;
    let mut text = shown.to_text(console.width(), console.palette());
    text.push_str(&format!(
        "{} in {}, {} empty\n",
        format::plural(rows(tables), "row", "rows"),
        format::plural(tables.len() as u64, "table", "tables"),
        format::count(empty)
    ));
    text
}

/// Rows of all tables.
pub(super) fn rows(tables: &[TableEntry]) -> u64 {
    tables.iter().map(|table| table.rows).sum()
}
