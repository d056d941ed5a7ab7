use data_quality_domain::StoredReport;
use data_quality_domain::monitor::{MetricHistory, judge};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::{Error, Result};

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

/// The figures of a dataset's newest analysed version beside those of the versions before it, and
/// what the monitors say of them.
///
/// # Errors
/// When there is no such dataset, or none of its versions has figures yet.
pub fn metric_history(
    container: &DataQualityContainer,
    dataset_name: &str,
) -> Result<MetricHistory> {
    let entry = container.shared.catalog.newest(dataset_name)?.ok_or_else(|| {
        Error::input(format!("there is no dataset called {dataset_name:?}"))
            .hint("`pynomaly dataset list` shows the datasets there are")
    })?;
    let most = container.policy.monitors.most_versions + 1;
    // the largest that an INTEGER column holds
    let all = container.reports.metrics_before(&entry.dataset_id, i32::MAX as u32, most)?;
    let Some((newest, earlier)) = all.split_last() else {
        return Err(Error::input(format!("no version of {dataset_name} is analysed yet"))
            .hint("`pynomaly run DATA` analyses what it stores"));
    };
    let judgement = judge(newest, earlier, &container.policy);
    Ok(MetricHistory::of(dataset_name, newest, earlier, judgement))
}
