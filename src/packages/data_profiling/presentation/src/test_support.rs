use data_profiling_domain::Profile;
use data_profiling_domain::testing::profile_of;
use testkit::{MemoryScanner, MemoryTable};

/// The profile of a table in memory.
pub(crate) fn profile(table: &MemoryTable) -> Profile {
    let scanner = MemoryScanner::in_batches_of(table.rows().div_ceil(3));
    profile_of(table.name(), &scanner.add(table), &scanner).unwrap()
}
