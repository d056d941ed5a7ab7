//! The container of data science over fakes.

use std::sync::{Arc, Mutex};

use data_science_application::{DataScienceContainer, DetectorTrainer, RepositoryCatalog};
use data_science_domain::anomaly::{AnomalyReport, AnomalyRepository};
use data_science_domain::dataset::{Dataset, DatasetRepository, DatasetVersion};
use data_science_domain::feedback::{Feedback, FeedbackRepository, RowOfVersion};
use data_science_domain::pipeline::{Pipeline, PipelineRepository, PipelineRevision};
use data_science_domain::scores::{
    ScoredRow, ScoresColumns, ScoresFile, ScoresFormat, ScoresSink, ScoresWriter,
};
use shared_kernel_application::SharedContainer;
use shared_kernel_domain::event::EventPayload;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, PipelineId};
use shared_kernel_domain::ingest::{BadRow, IngestEvidence, TableFormat};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use testkit::{Fakes, MemoryTable};

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
    feedback: Vec<Feedback>,
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

    fn refer_to(&self, version: &DatasetVersion, unit: UnitOfWork) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        for known in state.versions.iter_mut().filter(|known| known.id == version.id) {
            *known = version.clone();
        }
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

impl FeedbackRepository for MemoryStore {
    fn of_pipeline(&self, pipeline: &PipelineId) -> Result<Vec<Feedback>> {
        let state = self.state.lock().unwrap();
        let own = state.feedback.iter().filter(|given| given.pipeline_id == *pipeline);
        let mut own: Vec<Feedback> = own.cloned().collect();
        own.sort_by_key(|given| (given.version, given.row));
        Ok(own)
    }

    fn give(&self, feedback: &[Feedback], unit: UnitOfWork) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        for given in feedback {
            if !state.pipelines.iter().any(|pipeline| pipeline.id == given.pipeline_id) {
                return Err(Error::unavailable("the pipeline was deleted meanwhile"));
            }
            let is_same = |known: &Feedback| {
                known.pipeline_id == given.pipeline_id && known.key() == given.key()
            };
            state.feedback.retain(|known| !is_same(known));
            state.feedback.push(given.clone());
        }
        state.units.push(unit);
        Ok(())
    }

    fn withdraw(
        &self,
        pipeline: &PipelineId,
        rows: &[RowOfVersion],
        unit: UnitOfWork,
    ) -> Result<()> {
        let mut state = self.state.lock().unwrap();
        state
            .feedback
            .retain(|known| known.pipeline_id != *pipeline || !rows.contains(&known.key()));
        state.units.push(unit);
        Ok(())
    }
}

/// Writes scores as one line of text per row, with the number of reasons when it explains.
pub(crate) struct PlainScores;

struct PlainFile<'a> {
    sink: Box<ScoresSink<'a>>,
    columns: ScoresColumns,
}

impl ScoresWriter for PlainScores {
    fn begin<'a>(
        &self,
        _format: ScoresFormat,
        columns: ScoresColumns,
        sink: Box<ScoresSink<'a>>,
    ) -> Result<Box<dyn ScoresFile + 'a>> {
        Ok(Box::new(PlainFile { sink, columns }))
    }
}

impl ScoresFile for PlainFile<'_> {
    fn write(&mut self, rows: &[ScoredRow]) -> Result<()> {
        for row in rows {
            let reasons = row.reasons.as_ref().filter(|_| self.columns.reasons).map_or(0, Vec::len);
            let segment = row.segment.as_deref().filter(|_| self.columns.segment);
            let segment = segment.map(|name| format!(" {name}")).unwrap_or_default();
            let mark = row.feedback.as_ref().filter(|_| self.columns.feedback);
            let mark = mark.map(|mark| format!(" {:?}", mark.verdict)).unwrap_or_default();
            let ScoredRow { row, score, percentile, p_value, anomaly, .. } = row;
            let line = format!(
                "{row} {anomaly} {reasons} {score} {percentile} {p_value}{segment}{mark}\n"
            );
            (self.sink)(line.as_bytes())?;
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
    fakes: Fakes,
}

impl World {
    /// The same world, in which files are uploaded without a label.
    pub(crate) fn without_label(self) -> Self {
        Self { label: None, ..self }
    }

    /// A world in which `flights.csv` is [`flights`].
    pub(crate) fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let fakes = Fakes::default();
        let catalog = Arc::new(RepositoryCatalog::new(store.clone()));
        let container = DataScienceContainer {
            shared: SharedContainer { catalog, ..fakes.container() },
            datasets: store.clone(),
            pipelines: store.clone(),
            anomalies: store.clone(),
            feedback: store.clone(),
            scores: Arc::new(PlainScores),
            memory_bytes: 1 << 30,
        };
        let world = Self { container, store, label: Some("odd".to_owned()), fakes };
        world.put_file("flights.csv", &flights(0));
        world
    }

    /// Puts a file there, in which one record could not be read.
    pub(crate) fn put_file(&self, location: &str, table: &MemoryTable) {
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
        self.fakes.ingest.put(location, self.fakes.scanner.add(table), evidence);
    }

    pub(crate) fn trainer(&self) -> DetectorTrainer {
        DetectorTrainer::new(
            self.store.clone(),
            self.container.shared.scanner.clone(),
            self.container.shared.artifacts.clone(),
            self.container.memory_bytes,
        )
    }
}

/// The odd row of [`flights`].
pub(crate) const ODD_ROW: u64 = 123;

/// 300 flights, one of them 900 minutes late with a carrier of its own; `odd` says which. Another
/// `shift` gives other values.
pub(crate) fn flights(shift: i64) -> MemoryTable {
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
    MemoryTable::named("flights")
        .integers("delay", rows.clone().map(delay))
        .floats("distance", rows.clone().map(|row| Some((row * 13 % 97) as f64)))
        .texts("carrier", rows.clone().map(|row| Some(carrier(row))))
        .integers("odd", rows.map(|row| Some(i64::from(is_odd(row)))))
}
