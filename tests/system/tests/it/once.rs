//! What must be true of the databases when a flow has come to its end: everything was done, once,
//! in order (guarantees G1 to G7).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::pynomaly::Pynomaly;
use crate::witness::Witness;

const CONTEXTS: [&str; 4] = ["data_science", "data_quality", "data_profiling", "mlops"];

/// Between two looks at how far a flow is.
pub(crate) const LOOK: Duration = Duration::from_millis(10);
/// So long at most nothing comes to its end.
pub(crate) const STANDSTILL: Duration = Duration::from_mins(1);

/// A consumer group: its context and its name, whom it listens to, and for what.
pub(crate) const GROUPS: [(&str, &str, &str, &str); 4] = [
    ("data_quality", "data_quality.analyze", "data_science", UPLOADED),
    ("data_profiling", "data_profiling.profile", "data_quality", ANALYZED),
    ("mlops", "mlops.train", "data_profiling", GENERATED),
    ("data_science", "data_science.update_pipeline", "mlops", TRAINED),
];

const UPLOADED: &str = "io.pynomaly.dataset.uploaded.v1";
const ANALYZED: &str = "io.pynomaly.quality.analyzed.v1";
const GENERATED: &str = "io.pynomaly.profile.generated.v1";
const TRAINED: &str = "io.pynomaly.model.trained.v1";
const UPDATED: &str = "io.pynomaly.pipeline.updated.v1";
const DETECTED: &str = "io.pynomaly.anomalies.detected.v1";

/// The events of one chain, with the context that publishes each.
const CHAIN: [(&str, &str); 6] = [
    ("data_science", UPLOADED),
    ("data_quality", ANALYZED),
    ("data_profiling", GENERATED),
    ("mlops", TRAINED),
    ("data_science", UPDATED),
    ("data_science", DETECTED),
];

/// What was uploaded: how many versions of each dataset.
pub(crate) type Uploads = BTreeMap<String, usize>;

/// How often deliveries were tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    /// Deliveries that were tried more than once.
    pub(crate) repeated: i64,
    /// The most attempts at one.
    pub(crate) most: i64,
}

/// One version, report, profile, run, model version, pipeline revision and set of anomalies for
/// each upload; one event of each kind; one audit record per thing done; every delivery done.
pub(crate) fn assert_once(pynomaly: &Pynomaly, uploads: &Uploads) -> Attempts {
    let total = uploads.values().sum();
    let mut databases = Databases::of(pynomaly);
    versions_are(databases.of_context("data_science"), uploads);
    pipelines_are(databases.of_context("data_science"), uploads, total);
    findings_are(databases.of_context("data_quality"), "quality_report", total);
    findings_are(databases.of_context("data_profiling"), "profile", total);
    models_are(databases.of_context("mlops"), uploads, total);
    events_are(&mut databases, total);
    deliveries_are_done(&mut databases, total);
    audit_is(&mut databases, total);
    assert_eq!(pynomaly.json(&["events", "dead-letters"])["parked"].as_array().unwrap().len(), 0);
    let doctor = pynomaly.run(&["doctor"]);
    assert_eq!(doctor.code, 0, "{}", doctor.stderr);
    attempts(&mut databases)
}

/// A look into every context's database.
struct Databases(HashMap<&'static str, Witness>);

impl Databases {
    fn of(pynomaly: &Pynomaly) -> Self {
        Self(CONTEXTS.iter().map(|context| (*context, pynomaly.witness(context))).collect())
    }

    fn of_context(&mut self, context: &str) -> &mut Witness {
        self.0.get_mut(context).unwrap()
    }

    /// How far a group is in its source, and the newest event there.
    fn how_far(&mut self, context: &str, group: &str, source: &str) -> (i64, i64) {
        let sql = format!("SELECT MAX(position) FROM inbox_position WHERE group_name = '{group}'");
        let position = self.of_context(context).number(&sql);
        (position, self.of_context(source).number("SELECT MAX(position) FROM outbox"))
    }
}

/// The chains that have come to their end.
pub(crate) fn finished(science: &mut Witness) -> usize {
    let sql = "SELECT COUNT(*) FROM inbox
               WHERE group_name = 'data_science.update_pipeline' AND state = 'done'";
    science.number(sql) as usize
}

/// Waits for the end of so many chains; fails when nothing ends for long.
pub(crate) fn await_finished(pynomaly: &Pynomaly, chains: usize) {
    let mut science = pynomaly.witness("data_science");
    let (mut reached, mut since) = (0, Instant::now());
    loop {
        let ended = finished(&mut science);
        if ended >= chains {
            return;
        }
        if ended > reached {
            (reached, since) = (ended, Instant::now());
        }
        let status = || pynomaly.run(&["events", "status"]).stdout;
        assert!(since.elapsed() < STANDSTILL, "{ended} of {chains} chains ended: {}", status());
        std::thread::sleep(LOOK);
    }
}

fn versions_are(science: &mut Witness, uploads: &Uploads) {
    let rows = science.rows::<2>(
        "SELECT dataset.name, dataset_version.number FROM dataset_version
         JOIN dataset ON dataset.id = dataset_version.dataset_id
         ORDER BY dataset.name, dataset_version.number",
    );
    assert_eq!(counted(&rows), *uploads, "every upload that was acknowledged is there, once");
}

fn pipelines_are(science: &mut Witness, uploads: &Uploads, total: usize) {
    let rows = science.rows::<2>(
        "SELECT pipeline.name, pipeline_revision.number FROM pipeline_revision
         JOIN pipeline ON pipeline.id = pipeline_revision.pipeline_id
         ORDER BY pipeline.name, pipeline_revision.number",
    );
    assert_eq!(counted(&rows), *uploads, "revisions of pipelines");
    assert_eq!(science.number("SELECT COUNT(*) FROM pipeline") as usize, uploads.len());
    assert_eq!(science.number("SELECT COUNT(*) FROM anomaly_report") as usize, total);
    let anomalies = science
        .rows::<2>("SELECT COUNT(*), MAX(place) - MIN(place) + 1 FROM anomaly GROUP BY version_id");
    assert_eq!(anomalies.len(), total, "sets of anomalies");
    assert!(anomalies.iter().all(|[count, places]| count == places), "{anomalies:?}");
}

/// One report or profile of each version.
fn findings_are(database: &mut Witness, table: &str, total: usize) {
    let sql = format!("SELECT version_id, dataset_id || ' ' || version FROM {table}");
    let rows = database.rows::<2>(&sql);
    assert_eq!(rows.len(), total, "{table}");
    each_once(rows.iter().map(|[version, _]| version), table);
    each_once(rows.iter().map(|[_, place]| place), table);
}

fn models_are(mlops: &mut Witness, uploads: &Uploads, total: usize) {
    let rows = mlops.rows::<3>(
        "SELECT model.name, version_number, model_version.document FROM model_version
         JOIN model ON model.model_id = model_version.model_id
         ORDER BY model.name, version_number",
    );
    let versions: Vec<[String; 2]> =
        rows.iter().map(|[name, number, _]| [name.clone(), number.clone()]).collect();
    assert_eq!(counted(&versions), *uploads, "versions of models");
    for [name, number, document] in &rows {
        let document: Value = serde_json::from_str(document).unwrap();
        let learned_from = &document["lineage"]["dataset"]["version"];
        assert_eq!(learned_from.to_string(), *number, "the versions of {name} are in order");
    }
    let runs = mlops.rows::<2>("SELECT event_id, document FROM run");
    assert_eq!(runs.len(), total, "runs");
    each_once(runs.iter().map(|[event, _]| event), "a run of");
    for [event, document] in &runs {
        let document: Value = serde_json::from_str(document).unwrap();
        assert_eq!(document["status"], "finished", "the run that {event} asked for");
    }
    assert_eq!(mlops.number("SELECT COUNT(*) FROM alias_change") as usize, total, "champions");
}

/// Numbers of each name, which must begin with 1 and have no gap.
fn counted(rows: &[[String; 2]]) -> Uploads {
    let mut counts = Uploads::new();
    for [name, number] in rows {
        let count = counts.entry(name.clone()).or_default();
        *count += 1;
        assert_eq!(count.to_string(), *number, "the numbers of {name} have no gap");
    }
    counts
}

/// Positions and sequences are gapless; every chain has each of its events once; of each subject,
/// every context published in the order of the uploads.
fn events_are(databases: &mut Databases, total: usize) {
    let mut place_of_chain: HashMap<String, i64> = HashMap::new();
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    for context in CONTEXTS {
        let sql = "SELECT position, event_type, subject, sequence, correlation_id
                   FROM outbox ORDER BY position";
        let rows = databases.of_context(context).rows::<5>(sql);
        let mut newest: HashMap<&str, i64> = HashMap::new();
        let mut newest_chain: HashMap<(&str, &str), i64> = HashMap::new();
        for (index, [position, kind, subject, sequence, chain]) in rows.iter().enumerate() {
            assert_eq!(*position, (index + 1).to_string(), "positions of {context} have no gap");
            let sequence: i64 = sequence.parse().unwrap();
            let before = newest.insert(subject, sequence).unwrap_or(0);
            assert_eq!(sequence, before + 1, "sequences of {subject} in {context} have no gap");
            if kind == UPLOADED {
                place_of_chain.insert(chain.clone(), sequence);
            }
            let place = place_of_chain[chain];
            let before = newest_chain.insert((subject, kind), place).unwrap_or(0);
            assert!(place > before, "{kind} of {subject} was turned round or doubled");
            *seen.entry((context.to_owned(), kind.clone())).or_default() += 1;
        }
    }
    let expected: HashMap<(String, String), usize> = CHAIN
        .iter()
        .map(|(context, kind)| (((*context).to_owned(), (*kind).to_owned()), total))
        .collect();
    assert_eq!(seen, expected, "the events of every chain");
    assert_eq!(place_of_chain.len(), total, "chains");
}

/// Every group has handled each event of its source once, and has nothing else.
fn deliveries_are_done(databases: &mut Databases, total: usize) {
    for (context, group, source, kind) in GROUPS {
        let sql = format!("SELECT event_id FROM outbox WHERE event_type = '{kind}'");
        let published = databases.of_context(source).rows::<1>(&sql);
        let consumer = databases.of_context(context);
        let sql = format!("SELECT event_id, state FROM inbox WHERE group_name = '{group}'");
        let deliveries = consumer.rows::<2>(&sql);
        assert_eq!(deliveries.len(), total, "deliveries of {group}");
        assert!(deliveries.iter().all(|[_, state]| state == "done"), "{group} is not done");
        let handled: HashSet<&String> = deliveries.iter().map(|[event, _]| event).collect();
        assert_eq!(handled, published.iter().map(|[event]| event).collect(), "events of {group}");
        let (position, newest) = databases.how_far(context, group, source);
        assert_eq!(position, newest, "how far {group} is");
    }
}

/// Waits until something is reached.
pub(crate) fn await_that(what: &str, patience: Duration, mut reached: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !reached() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(LOOK);
    }
}

/// Whether every group has taken in or passed over all that its source published.
pub(crate) fn is_passed_over(pynomaly: &Pynomaly) -> bool {
    let mut databases = Databases::of(pynomaly);
    GROUPS.iter().all(|(context, group, source, _)| {
        let (position, newest) = databases.how_far(context, group, source);
        position == newest
    })
}

fn audit_is(databases: &mut Databases, total: usize) {
    let mut actions: BTreeMap<String, usize> = BTreeMap::new();
    for context in CONTEXTS {
        let sql = "SELECT position, action, subject, detail FROM audit ORDER BY position";
        let rows = databases.of_context(context).rows::<4>(sql);
        for (index, [position, ..]) in rows.iter().enumerate() {
            assert_eq!(*position, (index + 1).to_string(), "records of {context} have no gap");
        }
        each_once(
            rows.iter().map(|[_, action, subject, detail]| (action, subject, detail)),
            "audit",
        );
        for [_, action, ..] in rows {
            *actions.entry(action).or_default() += 1;
        }
    }
    let unequal: Vec<_> = actions.iter().filter(|(_, count)| **count != total).collect();
    assert!(unequal.is_empty(), "of {total} each: {unequal:?}");
    assert_eq!(actions.len(), 6, "{actions:?}");
}

fn attempts(databases: &mut Databases) -> Attempts {
    let mut attempts = Attempts::default();
    for database in databases.0.values_mut() {
        attempts.repeated += database.number("SELECT COUNT(*) FROM inbox WHERE attempts > 1");
        let most = database.number("SELECT COALESCE(MAX(attempts), 0) FROM inbox");
        attempts.most = attempts.most.max(most);
    }
    attempts
}

fn each_once<T: Hash + Eq + Debug + Copy>(all: impl Iterator<Item = T>, what: &str) {
    let mut known = HashSet::new();
    for one in all {
        assert!(known.insert(one), "{what} {one:?} is there twice");
    }
}
