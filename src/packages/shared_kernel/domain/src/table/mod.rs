//! The table vocabulary: columns and their types, references to stored tables, views of batches.

mod batch;
mod cell;
mod nested;
mod reference;
mod schema;

pub use batch::{Batch, Bits, Column, TextValues, TimeUnit, Values};
pub use cell::Cell;
pub use nested::{LeftOutPath, NestedContent, NestedField, NestedPath, NestedSchema, NestedUnit};
pub use reference::{ContentDigest, TablePart, TableReference};
pub use schema::{ColumnType, Field, TableSchema};
