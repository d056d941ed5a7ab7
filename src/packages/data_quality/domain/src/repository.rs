//! Where quality reports are kept.

use shared_kernel_domain::Result;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::incident::Incident;
use crate::monitor::VersionMetrics;
use crate::report::StoredReport;

/// What there is before a version of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionBefore {
    /// No other version.
    None,
    /// Versions for which the gate was closed.
    AllClosed,
    /// The newest version for which it was open, or was opened.
    Open(DatasetVersionId),
}

/// The quality reports of dataset versions.
pub trait QualityReportRepository: Send + Sync {
    /// Keeps a report together with its companions, in one transaction. A version has one report:
    /// when it has one already, that one stays and only the companions are committed. `incident` is
    /// the one that the version opens, goes on with or closes.
    fn save(
        &self,
        report: &StoredReport,
        incident: Option<&Incident>,
        unit: UnitOfWork,
    ) -> Result<()>;

    /// The report of a version.
    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<StoredReport>>;

    /// What is known of the newest `most` versions of a dataset before one, in the order of their
    /// numbers.
    fn metrics_before(
        &self,
        dataset: &DatasetId,
        version: u32,
        most: usize,
    ) -> Result<Vec<VersionMetrics>>;

    /// The newest version of a dataset before one for which the gate was open.
    fn open_before(&self, dataset: &DatasetId, version: u32) -> Result<VersionBefore>;

    /// The reports of a dataset, newest version first.
    fn history(&self, dataset: &DatasetId) -> Result<Vec<StoredReport>>;
}
