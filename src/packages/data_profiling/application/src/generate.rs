use data_profiling_domain::{
    PortableProfile, Profile, ProfileFile, ProfileOptions, ProfileSlots, ProfileSubject,
    mergeable_plan, profile_plan,
};
use shared_kernel_application::{
    DataRequest, RowsOnTheWay, SharedContainer, resolve_table_to_scan, summarize_with_digest,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::scan::{Duplicates, ScanOutcome};
use shared_kernel_domain::table::{ContentDigest, TableReference};
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::DataProfilingContainer;

/// In larger tables repeated rows are counted on request only, which takes a scan of its own.
const MOST_COMPARED_CELLS: u64 = 40_000_000;

/// Profiles a table, in one scan; `as_of` says which of its times lie in the future. The same table
/// gives the same profile.
fn generate_profile(
    shared: &SharedContainer,
    name: &str,
    dataset: Option<DatasetVersionRef>,
    table: &TableReference,
    as_of: Timestamp,
    cancellation: &Cancellation,
) -> Result<Profile> {
    let make = |subject: ProfileSubject, slots: &ProfileSlots, outcome: &ScanOutcome| {
        Profile::from_outcome(subject, slots, outcome)
    };
    generate(shared, (name, dataset), table, (as_of, false), cancellation, make)
}

/// The same with exact different values, quantiles and keys, whatever the number of rows: one more
/// scan for the quantiles (several of very large tables) and one of each column and key in question.
fn generate_exact_profile(
    shared: &SharedContainer,
    name: &str,
    dataset: Option<DatasetVersionRef>,
    table: &TableReference,
    as_of: Timestamp,
    cancellation: &Cancellation,
) -> Result<Profile> {
    let make = |subject: ProfileSubject, slots: &ProfileSlots, outcome: &ScanOutcome| {
        let mut profile = Profile::from_outcome(subject, slots, outcome)?;
        for (plan, scan) in Profile::quantile_scans(slots, outcome)? {
            let further = shared.scanner.summarize(table, plan, cancellation)?;
            profile = profile.with_exact_quantiles(&scan, &further)?;
        }
        for column in profile.estimated_distinct() {
            let columns = std::slice::from_ref(&column);
            let found = shared.scanner.duplicates(table, columns, 0, cancellation)?;
            profile = profile.with_exact_distinct(&column, &found);
        }
        for key in profile.sampled_keys() {
            let found = shared.scanner.duplicates(table, &key, 0, cancellation)?;
            profile = profile.with_verified_key(&key, &found);
        }
        profile.with_findings_anew(slots, outcome)
    };
    generate(shared, (name, dataset), table, (as_of, true), cancellation, make)
}

fn generate(
    shared: &SharedContainer,
    (name, dataset): (&str, Option<DatasetVersionRef>),
    table: &TableReference,
    (as_of, exact): (Timestamp, bool),
    cancellation: &Cancellation,
    make: impl FnOnce(ProfileSubject, &ProfileSlots, &ScanOutcome) -> Result<Profile>,
) -> Result<Profile> {
    let nested = shared.scanner.nested(table)?;
    let options = ProfileOptions { as_of: Some(as_of.as_second()) };
    let (mut plan, slots) = profile_plan(&table.schema, &nested, Some(table.rows), options);
    let rows = RowsOnTheWay::add_to(&mut plan, table, true);
    let outcome = shared.scanner.summarize(table, plan, cancellation)?;
    let digest = rows.digest(&outcome, table)?;
    let profile = make(subject(name, dataset, digest), &slots, &outcome)?;
    match rows.duplicates(&outcome, Profile::TOLD_DUPLICATES)? {
        Some(found) => with_duplicates(shared, profile, table, &found),
        None => with_duplicates_of_large(shared, profile, table, exact, cancellation),
    }
}

/// Compares the rows of a table that is too large to do so on the way, unless that is much work and
/// nobody asked for it.
fn with_duplicates_of_large(
    shared: &SharedContainer,
    profile: Profile,
    table: &TableReference,
    exact: bool,
    cancellation: &Cancellation,
) -> Result<Profile> {
    let cells = table.rows.saturating_mul(table.schema.fields.len() as u64);
    if cells > MOST_COMPARED_CELLS && !exact {
        return Ok(profile.without_duplicate_rows(
            "the table is large: --exact and `pynomaly check` count repeated rows",
        ));
    }
    match shared.scanner.duplicates(table, &[], Profile::TOLD_DUPLICATES, cancellation) {
        Ok(found) => with_duplicates(shared, profile, table, &found),
        Err(error) if error.kind() == ErrorKind::Unavailable => {
            Ok(profile.without_duplicate_rows(&error.to_string()))
        }
        Err(error) => Err(error),
    }
}

/// The profile with the repeated rows that were found, and the cells of those that are told.
fn with_duplicates(
    shared: &SharedContainer,
    profile: Profile,
    table: &TableReference,
    found: &Duplicates,
) -> Result<Profile> {
    let columns: Vec<String> = table.schema.names().map(str::to_owned).collect();
    let first: Vec<u64> = found.groups.iter().map(|group| group.first_row).collect();
    let cells = shared.scanner.rows(table, &columns, &first)?;
    Ok(profile.with_duplicate_rows(found, cells))
}

/// The same as it can be merged with others.
fn generate_portable_profile(
    shared: &SharedContainer,
    name: &str,
    table: &TableReference,
    cancellation: &Cancellation,
) -> Result<PortableProfile> {
    let nested = shared.scanner.nested(table)?;
    let (plan, _) = mergeable_plan(&table.schema, &nested);
    let (outcome, digest) = summarize_with_digest(shared, table, plan, cancellation)?;
    PortableProfile::new(&subject(name, None, digest), &table.schema, &nested, &outcome)
}

pub(crate) fn subject(
    name: &str,
    dataset: Option<DatasetVersionRef>,
    digest: ContentDigest,
) -> ProfileSubject {
    ProfileSubject { name: name.to_owned(), digest, dataset }
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
            let resolved =
                resolve_table_to_scan(&container.shared, request, progress, cancellation)?;
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
        None => profile_data(container, request, false, progress, cancellation),
    }
}

/// Profiles what a user calls DATA: files, which are read now, or a dataset's newest version; with
/// `exact`, no figure of different values, quantiles or keys is an estimate.
pub fn profile_data(
    container: &DataProfilingContainer,
    request: &DataRequest,
    exact: bool,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<Profile> {
    let resolved = resolve_table_to_scan(&container.shared, request, progress, cancellation)?;
    let dataset = resolved.entry.map(|entry| DatasetVersionRef {
        dataset_id: entry.dataset_id,
        dataset_name: entry.dataset_name,
        version_id: entry.version_id,
        version: entry.version,
    });
    let (shared, table) = (&container.shared, &resolved.table);
    let now = shared.clock.now();
    let generate = if exact { generate_exact_profile } else { generate_profile };
    let profile = generate(shared, &resolved.name, dataset, table, now, cancellation)?;
    Ok(Profile { ingest: resolved.evidence, ..profile })
}
