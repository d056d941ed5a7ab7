//! Versions that monitors look at.

use data_quality_domain::StoredReport;
use data_quality_domain::monitor::VersionMetrics;
use shared_kernel_domain::Result;
use shared_kernel_domain::catalog::CatalogEntry;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::identity::DatasetId;

use crate::DataQualityContainer;

/// A version that monitors look at, and the versions that it is held against.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) version: u32,
    pub(crate) arrived_at: Timestamp,
    pub(crate) earlier: Vec<VersionMetrics>,
}

impl Watched {
    /// A version that arrives.
    pub(crate) fn arriving(
        container: &DataQualityContainer,
        dataset: &DatasetId,
        version: u32,
        arrived_at: Timestamp,
    ) -> Result<Self> {
        let most = container.policy.monitors.most_versions;
        let earlier = container.reports.metrics_before(dataset, version, most)?;
        Ok(Self { version, arrived_at, earlier })
    }

    /// A version of the catalogue, as of the time at which it arrived.
    pub(crate) fn of(
        container: &DataQualityContainer,
        entry: &CatalogEntry,
        stored: Option<&StoredReport>,
    ) -> Result<Self> {
        let metrics = stored.and_then(|stored| stored.metrics.as_ref());
        let arrived_at = metrics.map(|metrics| metrics.arrived_at);
        let arrived_at = arrived_at.unwrap_or_else(|| container.shared.clock.now());
        Self::arriving(container, &entry.dataset_id, entry.version, arrived_at)
    }
}
