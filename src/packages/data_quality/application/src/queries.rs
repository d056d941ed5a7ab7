use data_quality_domain::StoredReport;
use shared_kernel_domain::Result;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};

use crate::DataQualityContainer;

/// The report of a dataset version.
pub fn report_of_version(
    container: &DataQualityContainer,
    version: &DatasetVersionId,
) -> Result<Option<StoredReport>> {
    container.reports.of_version(version)
}

/// The report of a dataset's newest version; `None` when there is no such dataset or no report
/// of that version yet.
pub fn newest_report(
    container: &DataQualityContainer,
    dataset_name: &str,
) -> Result<Option<StoredReport>> {
    match container.shared.catalog.newest(dataset_name)? {
        Some(entry) => container.reports.of_version(&entry.version_id),
        None => Ok(None),
    }
}

/// The reports of a dataset, newest version first.
pub fn history(container: &DataQualityContainer, dataset: &DatasetId) -> Result<Vec<StoredReport>> {
    container.reports.history(dataset)
}
