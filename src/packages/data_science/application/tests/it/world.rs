//! The container of data science over fakes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_science_application::{DataScienceContainer, DetectorTrainer, RepositoryCatalog};
use data_science_domain::anomaly::{AnomalyReport, AnomalyRepository};
use data_science_domain::dataset::{Dataset, DatasetRepository, DatasetVersion};
use data_science_domain::pipeline::{Pipeline, PipelineRepository, PipelineRevision};
use data_science_domain::scores::{ScoredRow, ScoresFile, ScoresFormat, ScoresSink, ScoresWriter};
use shared_kernel_application::SharedContainer;
use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_domain::bus::{DeliveryRecord, EventFilter, EventLog, GroupStatus};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::event::{Envelope, EventPayload};
use shared_kernel_domain::identity::{
    CorrelationId, DatasetId, DatasetVersionId, EventId, IdGenerator, PipelineId,
};
use shared_kernel_domain::ingest::{
    BadRow, IngestEvidence, IngestedTable, TableFormat, TableIngest, TableSource,
};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use uuid::Uuid;

use crate::memory::{Cells, MemoryScanner, Table, reference, table};

struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }
}

#[derive(Default)]
struct CountingIds(AtomicU64);

impl IdGenerator for CountingIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)) + 1)
    }
}

/// All repositories of the context: one lock, like one database.
#[derive(Default)]
pub(crate) struct MemoryStore {
    state: Mutex<State>,
    /// Makes the next `add_version` lose against another upload.
    pub(crate) overtaken_by: Mutex<Option<(Dataset, DatasetVersion)>>,
}

#[derive(Default)]
struct State {
    datasets: Vec<Dataset>,
    versions: Vec<DatasetVersion>,
    pipelines: Vec<Pipeline>,
    revisions: Vec<(PipelineId, PipelineRevision)>,
    reports: Vec<AnomalyReport>,
    units: Vec<UnitOfWork>,
}

impl MemoryStore {
    pub(crate) fn commits(&self) -> usize {
        self.state.lock().unwrap().units.len()
    }

    /// Payloads of one type, in the order of publication.
    pub(crate) fn published<E: EventPayload>(&self) -> Vec<E> {
        let state = self.state.lock().unwrap();
        let events = state.units.iter().flat_map(|unit| &unit.events);
        events
            .filter(|event| event.event_type == E::TYPE)
            .map(|event| serde_json::from_value(event.data.clone()).unwrap())
            .collect()
    }

    pub(crate) fn last_unit<T>(&self, look: impl FnOnce(&UnitOfWork) -> T) -> T {
        look(self.state.lock().unwrap().units.last().unwrap())
    }
}

impl DatasetRepository for MemoryStore {
    fn list(&self) -> Result<Vec<(Dataset, DatasetVersion)>> {
        let mut datasets = self.state.lock().unwrap().datasets.clone();
        datasets.sort_by(|a, b| a.name.cmp(&b.name));
        datasets
            .into_iter()
            .map(|dataset| {
                let newest = self.newest_version(&dataset.id)?.unwrap();
                Ok((dataset, newest))
            })
            .collect()
    }

    fn by_name(&self, name: &str) -> Result<Option<Dataset>> {
        let state = self.state.lock().unwrap();
        Ok(state.datasets.iter().find(|dataset| dataset.name.as_str() == name).cloned())
    }

    fn by_id(&self, id: &DatasetId) -> Result<Option<Dataset>> {
        let state = self.state.lock().unwrap();
        Ok(state.datasets.iter().find(|dataset| dataset.id == *id).cloned())
    }

    fn version(&self, id: &DatasetVersionId) -> Result<Option<DatasetVersion>> {
        let state = self.state.lock().unwrap();
        Ok(state.versions.iter().find(|version| version.id == *id).cloned())
    }

    fn versions(&self, dataset: &DatasetId) -> Result<Vec<DatasetVersion>> {
        let state = self.state.lock().unwrap();
        let own = state.versions.iter().filter(|version| version.dataset_id == *dataset);
        Ok(own.cloned().collect())
    }

    fn newest_version(&self, dataset: &DatasetId) -> Result<Option<DatasetVersion>> {
        Ok(self.versions(dataset)?.pop())
    }

    fn add_version(
        &self,
        dataset: &Dataset,
        version: &DatasetVersion,
        unit: UnitOfWork,
    ) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        if let Some((dataset, version)) = self.overtaken_by.lock().unwrap().take() {
            state.datasets.push(dataset);
            state.versions.push(version);
            return Err(Error::unavailable("overtaken"));
        }
        let own = state.versions.iter().filter(|known| known.dataset_id == dataset.id).count();
        let namesake = state.datasets.iter().find(|known| known.name == dataset.name);
        if own + 1 != version.number as usize
            || namesake.is_some_and(|namesake| namesake.id != dataset.id)
        {
            return Err(Error::unavailable("overtaken"));
        }
        if own == 0 {
            state.datasets.push(dataset.clone());
        }
        state.versions.push(version.clone());
        state.units.push(unit);
        Ok(())
    }

    fn delete(&self, dataset: &DatasetId, unit: UnitOfWork) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        state.datasets.retain(|known| known.id != *dataset);
        state.versions.retain(|known| known.dataset_id != *dataset);
        state.pipelines.retain(|known| known.dataset_id != *dataset);
        state.units.push(unit);
        Ok(())
    }
}

impl PipelineRepository for MemoryStore {
    fn list(&self) -> Result<Vec<Pipeline>> {
        Ok(self.state.lock().unwrap().pipelines.clone())
    }

    fn by_name(&self, name: &str) -> Result<Option<Pipeline>> {
        let state = self.state.lock().unwrap();
        Ok(state.pipelines.iter().find(|pipeline| pipeline.name == name).cloned())
    }

    fn of_dataset(&self, dataset: &DatasetId) -> Result<Option<Pipeline>> {
        let state = self.state.lock().unwrap();
        Ok(state.pipelines.iter().find(|pipeline| pipeline.dataset_id == *dataset).cloned())
    }

    fn history(&self, pipeline: &PipelineId) -> Result<Vec<PipelineRevision>> {
        let state = self.state.lock().unwrap();
        let own = state.revisions.iter().filter(|(id, _)| id == pipeline);
        Ok(own.map(|(_, revision)| revision.clone()).collect())
    }

    fn save(&self, pipeline: &Pipeline, report: &AnomalyReport, unit: UnitOfWork) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        state.pipelines.retain(|known| known.id != pipeline.id);
        state.pipelines.push(pipeline.clone());
        let revision = (pipeline.id, pipeline.current.clone());
        if !state.revisions.iter().any(|known| known.1.number == revision.1.number) {
            state.revisions.push(revision);
        }
        state.reports.retain(|known| known.version_id != report.version_id);
        state.reports.push(report.clone());
        state.units.push(unit);
        Ok(())
    }

    fn acknowledge(&self, unit: UnitOfWork) -> Result<()> {
        self.state.lock().unwrap().units.push(unit);
        Ok(())
    }
}

impl AnomalyRepository for MemoryStore {
    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<AnomalyReport>> {
        let state = self.state.lock().unwrap();
        Ok(state.reports.iter().find(|report| report.version_id == *version).cloned())
    }
}

/// Files by location.
#[derive(Default)]
struct Files(Mutex<BTreeMap<String, Table>>);

impl TableIngest for Files {
    fn finds(&self, location: &str) -> bool {
        self.0.lock().unwrap().contains_key(location)
    }

    fn ingest(
        &self,
        source: &TableSource,
        _progress: &dyn Fn(u64, Option<u64>),
        _cancellation: &Cancellation,
    ) -> Result<IngestedTable> {
        let files = self.0.lock().unwrap();
        let table = files.get(&source.location).ok_or_else(|| Error::input("no such file"))?;
        let evidence = IngestEvidence {
            bad_rows: 1,
            blank_rows: 0,
            bad_row_examples: vec![BadRow {
                line: 7,
                reason: "5 fields, expected 3".to_owned(),
                text: "a,b,c,d,e".to_owned(),
            }],
            ..IngestEvidence::of_self_describing(TableFormat::Csv)
        };
        Ok(IngestedTable { table: reference(table), evidence })
    }
}

#[derive(Default)]
pub(crate) struct Artifacts(Mutex<BTreeMap<ArtifactDigest, Vec<u8>>>);

impl ArtifactStore for Artifacts {
    fn put(&self, bytes: &[u8]) -> Result<ArtifactDigest> {
        let digest = ArtifactDigest::of(bytes);
        self.0.lock().unwrap().insert(digest.clone(), bytes.to_vec());
        Ok(digest)
    }

    fn get(&self, digest: &ArtifactDigest) -> Result<Vec<u8>> {
        let artifacts = self.0.lock().unwrap();
        artifacts.get(digest).cloned().ok_or_else(|| Error::unavailable("no such artifact"))
    }
}

struct NoEvents;

impl EventLog for NoEvents {
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

/// Writes scores as one line of text per row.
struct PlainScores;

struct PlainFile<'a>(Box<ScoresSink<'a>>);

impl ScoresWriter for PlainScores {
    fn begin<'a>(
        &self,
        _format: ScoresFormat,
        _explain: bool,
        sink: Box<ScoresSink<'a>>,
    ) -> Result<Box<dyn ScoresFile + 'a>> {
        Ok(Box::new(PlainFile(sink)))
    }
}

impl ScoresFile for PlainFile<'_> {
    fn write(&mut self, rows: &[ScoredRow]) -> Result<()> {
        for row in rows {
            let reasons = row.reasons.as_ref().map_or(0, Vec::len);
            (self.0)(format!("{} {} {reasons}\n", row.row, row.anomaly).as_bytes())?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// A container and the fakes behind it.
pub(crate) struct World {
    pub(crate) container: DataScienceContainer,
    pub(crate) store: Arc<MemoryStore>,
    /// The label that tests upload `flights.csv` with.
    pub(crate) label: Option<String>,
    files: Arc<Files>,
    scanner: Arc<MemoryScanner>,
}

impl World {
    /// The same world, in which files are uploaded without a label.
    pub(crate) fn without_label(self) -> Self {
        Self { label: None, ..self }
    }

    /// A world in which `flights.csv` is [`flights`].
    pub(crate) fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let files = Arc::new(Files::default());
        let scanner = Arc::new(MemoryScanner::default());
        let shared = SharedContainer {
            clock: Arc::new(StillClock),
            ids: Arc::new(CountingIds::default()),
            ingest: files.clone(),
            scanner: scanner.clone(),
            artifacts: Arc::new(Artifacts::default()),
            catalog: Arc::new(RepositoryCatalog::new(store.clone())),
            events: Arc::new(NoEvents),
        };
        let container = DataScienceContainer {
            shared,
            datasets: store.clone(),
            pipelines: store.clone(),
            anomalies: store.clone(),
            scores: Arc::new(PlainScores),
        };
        let world = Self { container, store, label: Some("odd".to_owned()), files, scanner };
        world.put_file("flights.csv", flights(0));
        world
    }

    pub(crate) fn put_file(&self, location: &str, table: Table) {
        self.scanner.add(&table);
        self.files.0.lock().unwrap().insert(location.to_owned(), table);
    }

    pub(crate) fn trainer(&self) -> DetectorTrainer {
        DetectorTrainer::new(
            self.store.clone(),
            self.container.shared.scanner.clone(),
            self.container.shared.artifacts.clone(),
        )
    }
}

/// The odd row of [`flights`].
pub(crate) const ODD_ROW: u64 = 123;

/// 300 flights, one of them 900 minutes late with a carrier of its own; `odd` says which. Another
/// `shift` gives other values.
pub(crate) fn flights(shift: i64) -> Table {
    let rows = 0..300_i64;
    let is_odd = |row: i64| row == ODD_ROW as i64;
    let delay = |row: i64| {
        (row % 50 != 7).then_some(if is_odd(row) { 900 } else { (row * 7 + shift) % 23 - 5 })
    };
    let carrier = |row: i64| match row {
        _ if is_odd(row) => "ZZ",
        _ if row % 3 == 0 => "UA",
        _ => "AA",
    };
    table([
        ("delay", Cells::Integers(rows.clone().map(delay).collect())),
        ("distance", Cells::Floats(rows.clone().map(|row| (row * 13 % 97) as f64).collect())),
        ("carrier", Cells::Texts(rows.clone().map(carrier).collect())),
        ("odd", Cells::Integers(rows.map(|row| Some(i64::from(is_odd(row)))).collect())),
    ])
}
