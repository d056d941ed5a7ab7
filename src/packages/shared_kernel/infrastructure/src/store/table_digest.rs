//! Digests of tables: equal on every database when the rows are equal.

use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};

use super::catalogue::Table;
use super::value::{Row, Value};

/// What a table held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDigest {
    /// Whose table it is.
    pub context: Context,
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// BLAKE3 over names, columns and rows in the order of their keys, in hexadecimal.
    pub digest: String,
}

impl TableDigest {
    /// Sees that two readings of the same tables agree; `what` the second one is, is told if not.
    pub fn compare(expected: &[Self], found: &[Self], what: &str) -> Result<()> {
        let name = |table: &Self| format!("{}.{}", table.context, table.table);
        for expected in expected {
            let same_table =
                |it: &&Self| it.context == expected.context && it.table == expected.table;
            let difference = match found.iter().find(same_table) {
                Some(found) if found == expected => continue,
                None => "it is not there".to_owned(),
                Some(found) if found.rows != expected.rows => {
                    format!("it has {} rows, and should have {}", found.rows, expected.rows)
                }
                Some(_) => "a row in it was changed".to_owned(),
            };
            return Err(differs(&name(expected), what, &difference));
        }
        let unknown = found.iter().find(|found| {
            !expected.iter().any(|it| it.context == found.context && it.table == found.table)
        });
        match unknown {
            Some(table) => Err(differs(&name(table), what, "it should not be there")),
            None => Ok(()),
        }
    }
}

fn differs(table: &str, what: &str, difference: &str) -> Error {
    Error::unavailable(format!("{what} is not what it should be: {difference}")).at(table)
}

/// Takes a table's digest row by row.
///
/// Every cell is a mark of its kind and its bytes; what has no fixed length is preceded by it. So
/// no two tables of different content are written the same.
pub(super) struct Digester {
    hasher: blake3::Hasher,
    rows: u64,
}

impl Digester {
    /// Begins with the table's name and columns.
    pub(super) fn new(table: &Table) -> Self {
        let mut digester = Self { hasher: blake3::Hasher::new(), rows: 0 };
        digester.text(&table.name);
        digester.length(table.columns.len());
        for column in &table.columns {
            digester.text(&column.name);
        }
        digester
    }

    /// Adds rows, in the order of their keys.
    pub(super) fn add(&mut self, rows: &[Row]) {
        for row in rows {
            row.0.iter().for_each(|cell| self.cell(cell));
        }
        self.rows += rows.len() as u64;
    }

    /// The digest.
    pub(super) fn finish(mut self, context: Context, table: &Table) -> TableDigest {
        self.hasher.update(&self.rows.to_le_bytes());
        let digest = self.hasher.finalize().to_hex().to_string();
        TableDigest { context, table: table.name.clone(), rows: self.rows, digest }
    }

    fn cell(&mut self, cell: &Value) {
        match cell {
            Value::Null => {
                self.hasher.update(b"n");
            }
            Value::Integer(number) => {
                self.hasher.update(b"i").update(&number.to_le_bytes());
            }
            Value::Real(number) => {
                self.hasher.update(b"r").update(&number.to_bits().to_le_bytes());
            }
            Value::Text(text) => {
                self.hasher.update(b"t");
                self.text(text);
            }
            Value::Blob(bytes) => {
                self.hasher.update(b"b");
                self.length(bytes.len());
                self.hasher.update(bytes);
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.hasher.update(text.as_bytes());
    }

    fn length(&mut self, length: usize) {
        self.hasher.update(&(length as u64).to_le_bytes());
    }
}
