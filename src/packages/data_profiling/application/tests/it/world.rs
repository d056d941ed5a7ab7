//! The container of data profiling over fakes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use data_profiling_application::DataProfilingContainer;
use data_profiling_domain::testing::{MemoryProfiles, MemoryScanner, MemoryTable};
use shared_kernel_application::SharedContainer;
use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_domain::bus::{DeliveryRecord, EventFilter, EventLog, GroupStatus};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::catalog::{CatalogEntry, DatasetCatalog};
use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::event::{DatasetVersionRef, Envelope};
use shared_kernel_domain::identity::{
    CorrelationId, DatasetId, DatasetVersionId, EventId, IdGenerator,
};
use shared_kernel_domain::ingest::{
    IngestEvidence, IngestedTable, TableFormat, TableIngest, TableSource,
};
use shared_kernel_domain::{Error, Result};
use uuid::Uuid;

struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

#[derive(Default)]
struct CountingIds(AtomicU64);

impl IdGenerator for CountingIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

/// The dataset `flights` with one version per table, and the file `flights.csv` (the first table).
struct Versions(Vec<MemoryTable>);

/// What events call version `version`, from 1.
pub(crate) fn version(version: u32) -> DatasetVersionRef {
    DatasetVersionRef {
        dataset_id: DatasetId::new(Uuid::from_u128(100)),
        dataset_name: "flights".to_owned(),
        version_id: DatasetVersionId::new(Uuid::from_u128(u128::from(version) + 200)),
        version,
    }
}

impl DatasetCatalog for Versions {
    fn version(&self, id: &DatasetVersionId) -> Result<CatalogEntry> {
        for (number, table) in (1..).zip(&self.0) {
            let reference = version(number);
            if reference.version_id == *id {
                return Ok(CatalogEntry {
                    dataset_id: reference.dataset_id,
                    dataset_name: reference.dataset_name,
                    version_id: reference.version_id,
                    version: number,
                    table: table.reference(),
                });
            }
        }
        Err(Error::input(format!("no version {id}")))
    }

    fn newest(&self, dataset_name: &str) -> Result<Option<CatalogEntry>> {
        if dataset_name != "flights" {
            return Ok(None);
        }
        self.version(&version(self.0.len() as u32).version_id).map(Some)
    }
}

impl TableIngest for Versions {
    fn finds(&self, location: &str) -> bool {
        location == "flights.csv"
    }

    fn ingest(
        &self,
        _source: &TableSource,
        _progress: &dyn Fn(u64, Option<u64>),
        _cancellation: &Cancellation,
    ) -> Result<IngestedTable> {
        let table = self.0.first().ok_or_else(|| Error::input("no such file"))?.reference();
        let evidence = IngestEvidence::of_self_describing(TableFormat::Csv);
        Ok(IngestedTable { table, evidence })
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

/// Everything around the versions of one dataset.
pub(crate) struct World {
    pub(crate) profiles: Arc<MemoryProfiles>,
    pub(crate) container: DataProfilingContainer,
}

impl World {
    pub(crate) fn of(tables: Vec<MemoryTable>) -> Self {
        let profiles = Arc::new(MemoryProfiles::default());
        let scanner = MemoryScanner::of(tables.clone(), 4);
        let versions = Arc::new(Versions(tables));
        let shared = SharedContainer {
            clock: Arc::new(StillClock),
            ids: Arc::new(CountingIds::default()),
            ingest: Arc::clone(&versions) as Arc<dyn TableIngest>,
            scanner: Arc::new(scanner),
            artifacts: Arc::new(Nothing),
            catalog: versions,
            events: Arc::new(Nothing),
        };
        let container = DataProfilingContainer::new(shared, Arc::clone(&profiles) as _);
        Self { profiles, container }
    }
}
