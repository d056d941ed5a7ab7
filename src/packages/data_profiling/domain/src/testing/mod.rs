//! For tests of this and other crates: profiles of tables in memory, and the ports' fakes with the
//! suites that every implementation of them must pass.

mod memory_profile_files;
mod memory_profiles;
mod profile_files_suite;
mod suite;

use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::table::TableReference;

use crate::{
    PortableProfile, Profile, ProfileOptions, ProfileSubject, mergeable_plan, profile_plan,
};

pub use memory_profile_files::MemoryProfileFiles;
pub use memory_profiles::MemoryProfiles;
pub use profile_files_suite::profile_files_conformance;
pub use suite::profile_repository_conformance;

/// The profile of a table under a name.
pub fn profile_of(
    name: &str,
    table: &TableReference,
    scanner: &dyn TableScanner,
) -> Result<Profile> {
    let (plan, slots) = profile_plan(
        &table.schema,
        &scanner.nested(table)?,
        Some(table.rows),
        ProfileOptions::default(),
    );
    let subject =
        ProfileSubject { name: name.to_owned(), digest: table.digest.clone(), dataset: None };
    let outcome = scanner.summarize(table, plan, &Cancellation::default())?;
    Profile::from_outcome(subject, &slots, &outcome)
}

/// The same as it can be merged.
pub fn portable_profile_of(
    name: &str,
    table: &TableReference,
    scanner: &dyn TableScanner,
) -> Result<PortableProfile> {
    let nested = scanner.nested(table)?;
    let (plan, _) = mergeable_plan(&table.schema, &nested);
    let subject =
        ProfileSubject { name: name.to_owned(), digest: table.digest.clone(), dataset: None };
    let outcome = scanner.summarize(table, plan, &Cancellation::default())?;
    PortableProfile::new(&subject, &table.schema, &nested, &outcome)
}
