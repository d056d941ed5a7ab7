use std::sync::Arc;

use data_science_domain::dataset::{Dataset, DatasetRepository, DatasetVersion};
use shared_kernel_domain::catalog::{CatalogEntry, DatasetCatalog};
use shared_kernel_domain::identity::DatasetVersionId;
use shared_kernel_domain::{Error, Result};

/// The datasets there are, from data science's own repository.
pub struct RepositoryCatalog {
    datasets: Arc<dyn DatasetRepository>,
}

impl RepositoryCatalog {
    /// The catalogue of a repository.
    pub fn new(datasets: Arc<dyn DatasetRepository>) -> Self {
        Self { datasets }
    }
}

impl DatasetCatalog for RepositoryCatalog {
    fn version(&self, id: &DatasetVersionId) -> Result<CatalogEntry> {
        let (dataset, version) = find_version(self.datasets.as_ref(), id)?;
        Ok(version.catalog_entry(&dataset))
    }

    fn newest(&self, dataset_name: &str) -> Result<Option<CatalogEntry>> {
        let Some(dataset) = self.datasets.by_name(dataset_name)? else { return Ok(None) };
        let version = self.datasets.newest_version(&dataset.id)?;
        Ok(version.map(|version| version.catalog_entry(&dataset)))
    }
}

/// A version and its dataset, or the error for one that is not there.
pub(crate) fn find_version(
    datasets: &dyn DatasetRepository,
    id: &DatasetVersionId,
) -> Result<(Dataset, DatasetVersion)> {
    let missing = || {
        Error::input(format!("there is no dataset version {id}"))
            .hint("it may have been deleted; see `pynomaly dataset list`")
    };
    let version = datasets.version(id)?.ok_or_else(missing)?;
    let dataset = datasets.by_id(&version.dataset_id)?.ok_or_else(missing)?;
    Ok((dataset, version))
}
