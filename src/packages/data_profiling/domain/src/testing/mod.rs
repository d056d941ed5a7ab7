//! For tests of this and other crates: tables in memory, their scanner, and the port's fake with
//! the suite that every implementation of it must pass.

mod memory_profiles;
mod memory_table;
mod suite;

pub use memory_profiles::MemoryProfiles;
pub use memory_table::{MemoryScanner, MemoryTable};
pub use suite::profile_repository_conformance;
