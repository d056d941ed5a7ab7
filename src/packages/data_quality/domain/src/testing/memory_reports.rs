use std::cmp::Reverse;
use std::sync::Mutex;

use shared_kernel_domain::Result;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::monitor::VersionMetrics;
use crate::{QualityReportRepository, StoredReport};

/// Reports kept in memory, with the units of work they were committed with.
#[derive(Debug, Default)]
pub struct MemoryReports {
    saved: Mutex<Vec<StoredReport>>,
    units: Mutex<Vec<UnitOfWork>>,
}

impl MemoryReports {
    /// The number of reports.
    pub fn count(&self) -> usize {
        self.saved.lock().expect("a lock").len()
    }

    /// Takes the units of work committed so far.
    pub fn take_units(&self) -> Vec<UnitOfWork> {
        std::mem::take(&mut self.units.lock().expect("a lock"))
    }
}

impl QualityReportRepository for MemoryReports {
    fn save(&self, report: &StoredReport, unit: UnitOfWork) -> Result<()> {
        let mut saved = self.saved.lock().expect("a lock");
        if saved.iter().all(|known| known.dataset.version_id != report.dataset.version_id) {
            saved.push(report.clone());
        }
        self.units.lock().expect("a lock").push(unit);
        Ok(())
    }

    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<StoredReport>> {
        let saved = self.saved.lock().expect("a lock");
        Ok(saved.iter().find(|report| report.dataset.version_id == *version).cloned())
    }

    fn metrics_before(
        &self,
        dataset: &DatasetId,
        version: u32,
        most: usize,
    ) -> Result<Vec<VersionMetrics>> {
        let newest_first = self.history(dataset)?.into_iter().filter_map(|report| report.metrics);
        let before = newest_first.filter(|metrics| metrics.version < version).take(most);
        let mut metrics: Vec<VersionMetrics> = before.collect();
        metrics.reverse();
        Ok(metrics)
    }

    fn history(&self, dataset: &DatasetId) -> Result<Vec<StoredReport>> {
        let saved = self.saved.lock().expect("a lock");
        let own = saved.iter().filter(|report| report.dataset.dataset_id == *dataset);
        let mut reports: Vec<StoredReport> = own.cloned().collect();
        reports.sort_by_key(|report| Reverse(report.dataset.version));
        Ok(reports)
    }
}
