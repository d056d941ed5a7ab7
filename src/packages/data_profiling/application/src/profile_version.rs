//! Profiles of dataset versions, which begin where that of the version before ended.

use data_profiling_domain::{AppendableProfile, Profile, ProfileOptions, profile_plan};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::table::{NestedSchema, TableReference};

use crate::DataProfilingContainer;
use crate::generate::subject;

/// A state of more bytes than this is not kept: scanning the rows again is the smaller evil.
const MOST_STATE_BYTES: usize = 64 << 20;

/// What is known of the first parts of a table.
struct EarlierRows {
    state: AppendableProfile,
    /// How many parts they are.
    parts: usize,
}

/// Profiles a version of a dataset; of one that only grew, the later parts alone are scanned. Also
/// gives the state to go on from, where the table may grow.
pub(crate) fn profile_version(
    container: &DataProfilingContainer,
    dataset: &DatasetVersionRef,
    table: &TableReference,
    as_of: Timestamp,
    cancellation: &Cancellation,
) -> Result<(Profile, Option<Vec<u8>>)> {
    let scanner = &container.shared.scanner;
    let options = ProfileOptions { as_of: Some(as_of.as_second()) };
    let nested = scanner.nested(table)?;
    let plan = || profile_plan(&table.schema, &nested, Some(table.rows), options);
    let (to_scan, slots) = plan();
    let outcome = match earlier_rows(container, dataset, table, &nested)? {
        None => scanner.summarize(table, to_scan, cancellation)?,
        Some(EarlierRows { state, parts }) => {
            let later = scanner.summarize_from(table, parts, to_scan, cancellation)?;
            match state.go_on(plan().0, &later) {
                Ok(outcome) => outcome,
                // A state that another version of this program left: its figures are others.
                Err(_) => scanner.summarize(table, plan().0, cancellation)?,
            }
        }
    };
    let subject = subject(&dataset.dataset_name, Some(dataset.clone()), table.digest.clone());
    let profile = Profile::from_outcome(subject, &slots, &outcome)?;
    if !table.may_grow() {
        return Ok((profile, None));
    }
    let state = AppendableProfile::of(&table.schema, &nested, &outcome)?.to_bytes()?;
    Ok((profile, (state.len() <= MOST_STATE_BYTES).then_some(state)))
}

/// The state of the version before, if the table only grew since. Without it all rows are scanned,
/// so a state that is gone, or of another version of this program, does no harm.
fn earlier_rows(
    container: &DataProfilingContainer,
    dataset: &DatasetVersionRef,
    table: &TableReference,
    nested: &NestedSchema,
) -> Result<Option<EarlierRows>> {
    let shared = &container.shared;
    let previous = container.profiles.previous(&dataset.dataset_id, dataset.version)?;
    let Some((previous, digest)) = previous.and_then(|it| Some((it.dataset, it.state?))) else {
        return Ok(None);
    };
    let Ok(before) = shared.catalog.version(&previous.version_id) else { return Ok(None) };
    if !table.appends_to(&before.table) {
        return Ok(None);
    }
    let Ok(bytes) = shared.artifacts.get(&digest) else { return Ok(None) };
    let state = AppendableProfile::from_bytes(&bytes, &table.schema, nested)
        .filter(|state| state.rows() == before.table.rows);
    Ok(state.map(|state| EarlierRows { state, parts: before.table.parts.len() }))
}
