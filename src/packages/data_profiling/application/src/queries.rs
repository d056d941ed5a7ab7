use data_profiling_domain::{ProfileChanges, ProfileRecord, compare};
use shared_kernel_domain::Result;
use shared_kernel_domain::identity::DatasetVersionId;

use crate::DataProfilingContainer;

/// The profile of a dataset version, if it was made.
pub fn profile_of_version(
    container: &DataProfilingContainer,
    version: &DatasetVersionId,
) -> Result<Option<ProfileRecord>> {
    container.profiles.by_version(version)
}

/// What changed in a version since the newest profiled version before it; `None` when either has
/// no profile.
pub fn changes_of_version(
    container: &DataProfilingContainer,
    version: &DatasetVersionId,
) -> Result<Option<ProfileChanges>> {
    let profiles = &container.profiles;
    let Some(current) = profiles.by_version(version)? else { return Ok(None) };
    let dataset = &current.dataset;
    let previous = profiles.previous(&dataset.dataset_id, dataset.version)?;
    Ok(previous.map(|previous| compare(&previous.profile, &current.profile)))
}
