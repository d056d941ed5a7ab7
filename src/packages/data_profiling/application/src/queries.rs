use data_profiling_domain::{
    ProfileChanges, ProfileHistory, ProfileRecord, VersionProfile, compare,
};
use shared_kernel_domain::identity::DatasetVersionId;
use shared_kernel_domain::{Error, Result};

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

/// The newest `most` profiled versions of a dataset, and what each changed.
pub fn history_of_dataset(
    container: &DataProfilingContainer,
    dataset: &str,
    most: usize,
) -> Result<ProfileHistory> {
    let entry = container.shared.catalog.newest(dataset)?.ok_or_else(|| {
        Error::input(format!("there is no dataset called {dataset:?}"))
            .hint("`pynomaly dataset list` shows the datasets there are")
    })?;
    let before = |version| container.profiles.previous(&entry.dataset_id, version);
    let mut versions = Vec::new();
    // the largest that an INTEGER column holds
    let mut current = before(i32::MAX as u32)?;
    while let Some(record) = current {
        if versions.len() == most {
            return Ok(history(dataset, versions, record.dataset.version.into()));
        }
        current = before(record.dataset.version)?;
        versions.push(VersionProfile::new(&record, current.as_ref()));
    }
    Ok(history(dataset, versions, 0))
}

fn history(dataset: &str, versions: Vec<VersionProfile>, unlisted: u64) -> ProfileHistory {
    ProfileHistory {
        schema: ProfileHistory::SCHEMA.to_owned(),
        dataset: dataset.to_owned(),
        versions,
        unlisted_versions: unlisted,
    }
}
