use data_science_domain::dataset::{Dataset, DatasetVersion};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

use crate::DataScienceContainer;

/// A dataset with all its versions, oldest first.
#[derive(Clone, Debug)]
pub struct DatasetDetails {
    /// The dataset.
    pub dataset: Dataset,
    /// Its versions.
    pub versions: Vec<DatasetVersion>,
}

/// All datasets with their newest versions, by name.
pub fn list_datasets(container: &DataScienceContainer) -> Result<Vec<(Dataset, DatasetVersion)>> {
    container.datasets.list()
}

/// A dataset by name.
pub fn dataset_details(container: &DataScienceContainer, name: &str) -> Result<DatasetDetails> {
    let dataset = find(container, name)?;
    let versions = container.datasets.versions(&dataset.id)?;
    Ok(DatasetDetails { dataset, versions })
}

/// A version of a dataset by number, the newest when `None`.
pub fn version_of_dataset(
    container: &DataScienceContainer,
    name: &str,
    number: Option<u32>,
) -> Result<(Dataset, DatasetVersion)> {
    let DatasetDetails { dataset, versions } = dataset_details(container, name)?;
    let count = versions.len();
    let version = match number {
        None => versions.into_iter().next_back(),
        Some(number) => versions.into_iter().find(|version| version.number == number),
    };
    match version {
        Some(version) => Ok((dataset, version)),
        None => Err(Error::usage(format!("{name} has no such version; it has {count}"))
            .hint(format!("see `pynomaly dataset versions {name}`"))),
    }
}

/// Deletes a dataset with its versions, pipeline and anomalies. Reports and models of other
/// contexts stay, and so do the files versions were read from.
pub fn delete_dataset(container: &DataScienceContainer, name: &str) -> Result<DatasetDetails> {
    let details = dataset_details(container, name)?;
    let entry = AuditEntry::new(
        "user",
        "dataset.deleted",
        details.dataset.id,
        json!({ "name": name, "versions": details.versions.len() }),
    );
    container.datasets.delete(&details.dataset.id, UnitOfWork::of_command().audit(entry))?;
    Ok(details)
}

fn find(container: &DataScienceContainer, name: &str) -> Result<Dataset> {
    container.datasets.by_name(name)?.ok_or_else(|| {
        Error::usage(format!("there is no dataset called {name:?}"))
            .hint("see `pynomaly dataset list`; `pynomaly dataset upload DATA` adds one")
    })
}
