//! Profiles and their comparison, on tables in memory.

mod changes;
mod drift;
mod figures;
mod findings;
mod nested;
mod portable;
mod profile;
mod redact;

use testkit::{MemoryScanner, MemoryTable};

use crate::Profile;
use crate::testing::profile_of;

/// The profile of a table that is read in three parts.
fn profile(table: &MemoryTable) -> Profile {
    profile_in_parts(table, 3)
}

fn profile_in_parts(table: &MemoryTable, parts: usize) -> Profile {
    let scanner = MemoryScanner::in_batches_of(table.rows().div_ceil(parts));
    profile_of(table.name(), &scanner.add(table), &scanner).unwrap()
}
