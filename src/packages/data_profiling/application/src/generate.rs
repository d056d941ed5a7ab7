use data_profiling_domain::{Profile, ProfileSubject, profile_plan};
use shared_kernel_application::{DataRequest, SharedContainer, resolve_table};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::table::TableReference;

use crate::DataProfilingContainer;

/// Profiles a table, in one scan. The same table gives the same profile.
pub fn generate_profile(
    shared: &SharedContainer,
    name: &str,
    dataset: Option<DatasetVersionRef>,
    table: &TableReference,
    cancellation: &Cancellation,
) -> Result<Profile> {
    let (plan, slots) = profile_plan(&table.schema);
    let outcome = shared.scanner.summarize(table, plan, cancellation)?;
    let subject = ProfileSubject { name: name.to_owned(), digest: table.digest.clone(), dataset };
    Profile::from_outcome(subject, &slots, &outcome)
}

/// Profiles what a user calls DATA: files, which are read now, or a dataset's newest version.
pub fn profile_data(
    container: &DataProfilingContainer,
    request: &DataRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<Profile> {
    let resolved = resolve_table(&container.shared, request, progress, cancellation)?;
    let dataset = resolved.entry.map(|entry| DatasetVersionRef {
        dataset_id: entry.dataset_id,
        dataset_name: entry.dataset_name,
        version_id: entry.version_id,
        version: entry.version,
    });
    let (shared, table) = (&container.shared, &resolved.table);
    let profile = generate_profile(shared, &resolved.name, dataset, table, cancellation)?;
    Ok(Profile { ingest: resolved.evidence, ..profile })
}
