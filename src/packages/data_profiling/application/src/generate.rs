use data_profiling_domain::{
    PortableProfile, Profile, ProfileFile, ProfileOptions, ProfileSubject, mergeable_plan,
    profile_plan,
};
use shared_kernel_application::{DataRequest, SharedContainer, resolve_table};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};

use crate::DataProfilingContainer;

/// Profiles a table, in one scan; `as_of` says which of its times lie in the future. The same table
/// gives the same profile.
pub fn generate_profile(
    shared: &SharedContainer,
    name: &str,
    dataset: Option<DatasetVersionRef>,
    table: &TableReference,
    as_of: Timestamp,
    cancellation: &Cancellation,
) -> Result<Profile> {
    let options = ProfileOptions { as_of: Some(as_of.as_second()) };
    let (plan, slots) = profile_plan(&table.schema, Some(table.rows), options);
    let outcome = shared.scanner.summarize(table, plan, cancellation)?;
    Profile::from_outcome(subject(name, dataset, table), &slots, &outcome)
}

/// The same as it can be merged with others.
fn generate_portable_profile(
    shared: &SharedContainer,
    name: &str,
    table: &TableReference,
    cancellation: &Cancellation,
) -> Result<PortableProfile> {
    let (plan, _) = mergeable_plan(&table.schema);
    let outcome = shared.scanner.summarize(table, plan, cancellation)?;
    PortableProfile::new(&subject(name, None, table), &table.schema, &outcome)
}

fn subject(
    name: &str,
    dataset: Option<DatasetVersionRef>,
    table: &TableReference,
) -> ProfileSubject {
    ProfileSubject { name: name.to_owned(), digest: table.digest.clone(), dataset }
}

/// Profiles what a user calls DATA so that it can be merged; a file may hold such a profile already.
pub fn portable_profile(
    container: &DataProfilingContainer,
    request: &DataRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<PortableProfile> {
    match container.files.read(&request.data)? {
        Some(ProfileFile::Portable(portable)) => Ok(portable),
        Some(ProfileFile::Document(profile)) => Err(Error::input(format!(
            "the profile of {} is a document of figures, which cannot be merged",
            profile.name
        ))
        .at(&request.data)
        .hint("write it with `pynomaly profile DATA --format binary --output NAME.profile`")),
        None => {
            let resolved = resolve_table(&container.shared, request, progress, cancellation)?;
            let (shared, name) = (&container.shared, &resolved.name);
            generate_portable_profile(shared, name, &resolved.table, cancellation)
        }
    }
}

/// One profile of the rows of several tables, in this order.
pub fn merge_profiles(
    container: &DataProfilingContainer,
    requests: &[DataRequest],
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<PortableProfile> {
    let (first, others) =
        requests.split_first().ok_or_else(|| Error::internal("nothing to merge"))?;
    let mut merged = portable_profile(container, first, progress, cancellation)?;
    for request in others {
        merged.append(portable_profile(container, request, progress, cancellation)?)?;
    }
    Ok(merged)
}

/// The profile of what a user names: a file that holds one, else DATA, which is profiled now.
pub fn profile_of(
    container: &DataProfilingContainer,
    request: &DataRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<Profile> {
    match container.files.read(&request.data)? {
        Some(file) => file.into_profile(),
        None => profile_data(container, request, progress, cancellation),
    }
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
    let now = shared.clock.now();
    let profile = generate_profile(shared, &resolved.name, dataset, table, now, cancellation)?;
    Ok(Profile { ingest: resolved.evidence, ..profile })
}
