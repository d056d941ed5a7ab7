//! The container of data quality over fakes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_quality_application::DataQualityContainer;
use data_quality_domain::{QualityReportRepository, StoredReport};
use shared_kernel_application::SharedContainer;
use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_domain::bus::{DeliveryRecord, EventFilter, EventLog, GroupStatus};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::catalog::{CatalogEntry, DatasetCatalog};
use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::event::Envelope;
use shared_kernel_domain::identity::{
    CorrelationId, DatasetId, DatasetVersionId, EventId, IdGenerator,
};
use shared_kernel_domain::ingest::{IngestEvidence, IngestedTable, TableIngest, TableSource};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use uuid::Uuid;

use crate::memory::MemoryTable;

/// Stands still on the day the tests are about.
pub(crate) struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        "2026-11-23T12:00:00Z".parse().expect("a time")
    }
}

#[derive(Default)]
struct CountingIds(AtomicU64);

impl IdGenerator for CountingIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

/// Reports in memory and the units of work they were committed with.
#[derive(Default)]
pub(crate) struct MemoryReports {
    pub(crate) saved: Mutex<Vec<StoredReport>>,
    pub(crate) units: Mutex<Vec<UnitOfWork>>,
}

impl QualityReportRepository for MemoryReports {
    fn save(&self, report: &StoredReport, unit: UnitOfWork) -> Result<()> {
        let mut saved = self.saved.lock().expect("lock");
        if !saved.iter().any(|known| known.dataset.version_id == report.dataset.version_id) {
            saved.push(report.clone());
        }
        self.units.lock().expect("lock").push(unit);
        Ok(())
    }

    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<StoredReport>> {
        let saved = self.saved.lock().expect("lock");
        Ok(saved.iter().find(|report| report.dataset.version_id == *version).cloned())
    }

    fn history(&self, dataset: &DatasetId) -> Result<Vec<StoredReport>> {
        let saved = self.saved.lock().expect("lock");
        let mut reports: Vec<_> =
            saved.iter().filter(|report| report.dataset.dataset_id == *dataset).cloned().collect();
        reports.sort_by_key(|report| std::cmp::Reverse(report.dataset.version));
        Ok(reports)
    }
}

/// One dataset `flights`, one version of it, and one file `flights.csv`.
struct OneTable {
    table: Arc<MemoryTable>,
    evidence: Option<IngestEvidence>,
}

pub(crate) fn dataset_id() -> DatasetId {
    DatasetId::new(Uuid::from_u128(100))
}

pub(crate) fn version_id() -> DatasetVersionId {
    DatasetVersionId::new(Uuid::from_u128(200))
}

impl DatasetCatalog for OneTable {
    fn version(&self, id: &DatasetVersionId) -> Result<CatalogEntry> {
        if *id != version_id() {
            return Err(Error::input(format!("no version {id}")));
        }
        Ok(CatalogEntry {
            dataset_id: dataset_id(),
            dataset_name: "flights".to_owned(),
            version_id: version_id(),
            version: 1,
            table: self.table.reference(),
        })
    }

    fn newest(&self, dataset_name: &str) -> Result<Option<CatalogEntry>> {
        if dataset_name == "flights" { self.version(&version_id()).map(Some) } else { Ok(None) }
    }
}

impl TableIngest for OneTable {
    fn finds(&self, location: &str) -> bool {
        location == "flights.csv"
    }

    fn ingest(
        &self,
        _source: &TableSource,
        _progress: &dyn Fn(u64, Option<u64>),
        _cancellation: &Cancellation,
    ) -> Result<IngestedTable> {
        let evidence = self.evidence.clone().ok_or_else(|| Error::input("no such file"))?;
        Ok(IngestedTable { table: self.table.reference(), evidence })
    }
}

struct Nothing;

impl ArtifactStore for Nothing {
    fn put(&self, bytes: &[u8]) -> Result<ArtifactDigest> {
        Ok(ArtifactDigest::of(bytes))
    }

    fn get(&self, _digest: &ArtifactDigest) -> Result<Vec<u8>> {
        Err(Error::internal("not needed here"))
    }
}

impl EventLog for Nothing {
    fn events(&self, _filter: &EventFilter) -> Result<Vec<Envelope>> {
        Ok(Vec::new())
    }

    fn event(&self, _id: &EventId) -> Result<Option<Envelope>> {
        Ok(None)
    }

    fn deliveries(&self, _correlation: Option<&CorrelationId>) -> Result<Vec<DeliveryRecord>> {
        Ok(Vec::new())
    }

    fn parked(&self) -> Result<Vec<DeliveryRecord>> {
        Ok(Vec::new())
    }

    fn requeue(&self, _group: &str, _event_id: &EventId, _actor: &str) -> Result<()> {
        Ok(())
    }

    fn status(&self) -> Result<Vec<GroupStatus>> {
        Ok(Vec::new())
    }

    fn activity(&self) -> u64 {
        0
    }

    fn wait(&self, _beyond: u64, _timeout: Duration) {}
}

/// Everything around one table.
pub(crate) struct World {
    pub(crate) table: Arc<MemoryTable>,
    pub(crate) reports: Arc<MemoryReports>,
    pub(crate) container: DataQualityContainer,
}

impl World {
    pub(crate) fn of(table: MemoryTable) -> Self {
        Self::with_evidence(table, None)
    }

    pub(crate) fn with_evidence(table: MemoryTable, evidence: Option<IngestEvidence>) -> Self {
        let table = Arc::new(table);
        let one = Arc::new(OneTable { table: Arc::clone(&table), evidence });
        let reports = Arc::new(MemoryReports::default());
        let shared = SharedContainer {
            clock: Arc::new(StillClock),
            ids: Arc::new(CountingIds::default()),
            ingest: Arc::clone(&one) as Arc<dyn TableIngest>,
            scanner: Arc::clone(&table) as Arc<dyn shared_kernel_domain::scan::TableScanner>,
            artifacts: Arc::new(Nothing),
            catalog: one,
            events: Arc::new(Nothing),
        };
        let container = DataQualityContainer::new(
            shared,
            Arc::clone(&reports) as Arc<dyn QualityReportRepository>,
        );
        Self { table, reports, container }
    }
}
