//! For tests of this and other crates: profiles of tables in memory, and the port's fake with the
//! suite that every implementation of it must pass.

mod memory_profiles;
mod suite;

use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::table::TableReference;

use crate::{Profile, ProfileSubject, profile_plan};

pub use memory_profiles::MemoryProfiles;
pub use suite::profile_repository_conformance;

/// The profile of a table under a name.
pub fn profile_of(
    name: &str,
    table: &TableReference,
    scanner: &dyn TableScanner,
) -> Result<Profile> {
    let (plan, slots) = profile_plan(&table.schema);
    let subject =
        ProfileSubject { name: name.to_owned(), digest: table.digest.clone(), dataset: None };
    let outcome = scanner.summarize(table, plan, &Cancellation::default())?;
    Profile::from_outcome(subject, &slots, &outcome)
}
