//! The shared kernel's application layer: what the use cases of every context stand on.
//!
//! [`SharedContainer`] is built once by the composition root and handed to every context;
//! [`resolve_table`] turns what a user calls DATA into a table that can be scanned.

mod container;
mod data;

pub use container::SharedContainer;
pub use data::{
    DataRequest, ResolvedTable, RowsOnTheWay, resolve_table, resolve_table_to_scan,
    summarize_with_digest,
};
