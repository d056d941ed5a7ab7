use jiff::Timestamp;
use shared_kernel_domain::event::{DatasetVersionRef, GateDecision, GateOverride, IncidentChange};
use shared_kernel_domain::identity::{
    DatasetId, DatasetVersionId, IdGenerator, IncidentId, QualityReportId,
};
use shared_kernel_domain::table::ContentDigest;
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::monitor::VersionMetrics;
use crate::verdict::Dimension;
use crate::{
    Acknowledgement, Gate, GatePolicy, GateRepository, Handling, Incident, IncidentRepository,
    IngestFacts, Pass, QualityReport, QualityReportRepository, StoredReport, TableFacts,
    VersionBefore, WatchedDataset, Webhook, WebhookRepository,
};

/// What every repository of quality reports must do; panics where one does not.
pub fn quality_report_repository_conformance(
    reports: &dyn QualityReportRepository,
    ids: &dyn IdGenerator,
) {
    let dataset = DatasetId::generate(ids);
    let other = DatasetId::generate(ids);
    let second = example(dataset, 2, ids);
    let closed = |mut report: StoredReport| {
        // what a text says of a gate opens none
        let reason = "\"gate\":{\"passed\":true".to_owned();
        report.report.gate = GateDecision::by_reasons(vec![reason]);
        report
    };
    let tenth = closed(example(dataset, 10, ids));
    let first = closed(example(dataset, 1, ids));
    let foreign = example(other, 3, ids);
    for report in [&second, &tenth, &first, &foreign] {
        reports.save(report, None, UnitOfWork::of_command()).expect("kept");
    }

    let of_version =
        |version: &DatasetVersionId| reports.of_version(version).expect("the repository answers");
    for report in [&second, &tenth, &first, &foreign] {
        let found = of_version(&report.dataset.version_id);
        assert_eq!(found.as_ref(), Some(report), "a report comes back as it was kept");
    }
    assert_eq!(of_version(&DatasetVersionId::generate(ids)), None, "an unknown version");

    let again = StoredReport { id: QualityReportId::generate(ids), ..first.clone() };
    reports.save(&again, None, UnitOfWork::of_command()).expect("kept");
    let kept = of_version(&first.dataset.version_id);
    assert_eq!(kept.as_ref(), Some(&first), "a version keeps its first report");

    let metrics = |before: u32, most: usize| -> Vec<u32> {
        let found = reports.metrics_before(&dataset, before, most).expect("the repository answers");
        found.into_iter().map(|metrics| metrics.version).collect()
    };
    assert_eq!(metrics(11, 60), [2, 10], "in order, without the one that has none");
    assert_eq!(metrics(10, 60), [2], "never the version itself");
    assert_eq!(metrics(11, 1), [10], "the newest of them");

    let before = |dataset: &DatasetId, version: u32| {
        reports.open_before(dataset, version).expect("the repository answers")
    };
    assert_eq!(before(&dataset, 1), VersionBefore::None);
    assert_eq!(before(&dataset, 99), VersionBefore::Open(second.dataset.version_id), "the newest");
    assert_eq!(before(&dataset, 2), VersionBefore::AllClosed, "the first is closed");
    assert_eq!(before(&other, 99), VersionBefore::Open(foreign.dataset.version_id));
    assert_eq!(before(&DatasetId::generate(ids), 5), VersionBefore::None, "an unknown dataset");

    let history = |dataset: &DatasetId| reports.history(dataset).expect("the repository answers");
    assert_eq!(history(&dataset), [tenth, second, first], "newest version first");
    assert_eq!(history(&other), [foreign], "each dataset has its own history");
    assert_eq!(history(&DatasetId::generate(ids)), [], "an unknown dataset");
}

/// What every repository of incidents must do; panics where one does not.
pub fn incident_repository_conformance<R: QualityReportRepository + IncidentRepository>(
    store: &R,
    ids: &dyn IdGenerator,
) {
    let dataset = DatasetId::generate(ids);
    let bad = |version: u32| {
        let mut report = example(dataset, version, ids);
        report.report.gate = GateDecision::by_reasons(vec!["bad".to_owned()]);
        report
    };
    let step = |report: &StoredReport| {
        let open = store.open_of(&dataset).expect("the repository answers");
        let incident = Incident::after(open, report, IncidentId::generate(ids));
        store.save(report, incident.as_ref(), UnitOfWork::of_command()).expect("kept");
        incident
    };
    let first = step(&bad(1)).expect("a bad version opens an incident");
    assert_eq!(store.open_of(&dataset).expect("read").as_ref(), Some(&first));
    let said = Acknowledgement {
        by: "user".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        note: Some("größer".to_owned()),
    };
    for handling in [
        Handling::Acknowledge(said.clone()),
        Handling::Snooze(Timestamp::from_second(60).expect("a time")),
    ] {
        store.handle(&first.id, &handling, UnitOfWork::of_command()).expect("kept");
    }
    let second = step(&bad(2)).expect("the next one goes on with it");
    assert_eq!((second.id, second.bad_versions), (first.id, 2));
    // somebody's word comes between reading and writing, and stays
    store.save(&bad(3), Some(&first), UnitOfWork::of_command()).expect("kept");
    let known = store.incident(&first.id).expect("read").expect("it is there");
    assert_eq!((known.bad_versions, known.acknowledgement.as_ref()), (1, Some(&said)));
    assert_eq!(known.snoozed_until.map(Timestamp::as_second), Some(60));

    let mut good = example(dataset, 4, ids);
    good.report.gate = GateDecision::by_reasons(Vec::new());
    let closed = step(&good).expect("a good version closes it");
    assert_eq!(closed.closed_by, Some(4));
    assert_eq!(store.open_of(&dataset).expect("read"), None);
    let other = step(&bad(5)).expect("another one");
    assert_ne!(other.id, first.id);
    let listed = |all: bool, most: usize| -> Vec<IncidentId> {
        let found = store.incidents(all, most).expect("the repository answers").into_iter();
        found
            .filter(|incident| incident.dataset_id == dataset)
            .map(|incident| incident.id)
            .collect()
    };
    assert_eq!(listed(true, 10), [other.id, first.id], "newest first");
    assert_eq!(listed(false, 10), [other.id], "open ones");
    assert_eq!(listed(true, 1), [other.id], "the newest of them");
    assert_eq!(store.incident(&IncidentId::generate(ids)).expect("read"), None);
}

/// What every repository of gates must do; panics where one does not.
pub fn gate_repository_conformance(
    gates: &dyn GateRepository,
    reports: &dyn QualityReportRepository,
    ids: &dyn IdGenerator,
) {
    let (dataset, other) = (DatasetId::generate(ids), DatasetId::generate(ids));
    let policy = |dataset: &DatasetId| gates.policy_of(dataset).expect("the repository answers");
    let unit = UnitOfWork::of_command;
    assert_eq!(policy(&dataset), None, "none at first");
    let mut own = GatePolicy { least_score: 0.9, fail_on: None, ..GatePolicy::default() };
    own.required.insert("größer".to_owned());
    own.least_of_dimension.insert(Dimension::Completeness, 0.1 + 0.2);
    gates.set_policy(&dataset, Some(&own), unit()).expect("kept");
    assert_eq!(policy(&dataset).as_ref(), Some(&own), "a policy comes back as it was kept");
    assert_eq!(policy(&other), None, "each dataset has its own");
    gates.set_policy(&dataset, Some(&GatePolicy::default()), unit()).expect("kept");
    assert_eq!(policy(&dataset), Some(GatePolicy::default()), "the newest counts");
    gates.set_policy(&dataset, None, unit()).expect("taken away");
    gates.set_policy(&dataset, None, unit()).expect("nothing to take away");
    assert_eq!(policy(&dataset), None);

    let mut judged = example(dataset, 2, ids);
    judged.report.gate = GateDecision::by_reasons(vec!["bad".to_owned()]);
    let untouched = example(dataset, 3, ids);
    for report in [&judged, &untouched] {
        reports.save(report, None, unit()).expect("kept");
    }
    let overridden = Some(GateOverride {
        reason: "known".to_owned(),
        by: "user".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        closed_for: vec!["bad".to_owned()],
    });
    let mut again = judged.clone();
    again.report.gate = GateDecision { passed: true, reasons: Vec::new(), overridden };
    gates.decide_again(&again, unit()).expect("kept");
    let of = |report: &StoredReport| reports.of_version(&report.dataset.version_id).expect("read");
    assert_eq!(of(&judged).as_ref(), Some(&again), "the decision is another, all else stays");
    assert_eq!(of(&untouched).as_ref(), Some(&untouched));
    let before = reports.open_before(&dataset, 3).expect("the repository answers");
    assert_eq!(before, VersionBefore::Open(judged.dataset.version_id), "it was opened");
}

/// What every repository of webhooks must do; panics where one does not.
pub fn webhook_repository_conformance(webhooks: &dyn WebhookRepository, ids: &dyn IdGenerator) {
    let dataset = WatchedDataset { id: DatasetId::generate(ids), name: "flights".to_owned() };
    let webhook = |name: &str, dataset: Option<WatchedDataset>| Webhook {
        name: name.to_owned(),
        url: "https://example.org/hook".to_owned(),
        on: vec![IncidentChange::Opened, IncidentChange::Closed],
        dataset,
        secret_variable: "SECRET".to_owned(),
        private: false,
        created_at: Timestamp::UNIX_EPOCH,
    };
    let (second, first) = (webhook("b", None), webhook("a", Some(dataset)));
    for webhook in [&second, &first] {
        webhooks.keep(webhook, UnitOfWork::of_command()).expect("kept");
    }
    let all = || webhooks.webhooks().expect("the repository answers");
    let named = |name: &str| webhooks.webhook(name).expect("the repository answers");
    assert_eq!(all(), [first.clone(), second.clone()], "by name");
    assert_eq!(named("b").as_ref(), Some(&second));
    assert_eq!(named("c"), None, "an unknown one");
    let moved = Webhook { url: "https://example.org/moved".to_owned(), ..second };
    webhooks.keep(&moved, UnitOfWork::of_command()).expect("kept");
    webhooks.hand_out(UnitOfWork::of_command()).expect("nothing to commit is committed");
    assert_eq!(all(), [first, moved], "one takes the place of another");
    for name in ["a", "b", "c"] {
        webhooks.forget(name, UnitOfWork::of_command()).expect("forgotten");
    }
    assert_eq!(all(), []);
}

fn example(dataset: DatasetId, version: u32, ids: &dyn IdGenerator) -> StoredReport {
    let table = TableFacts {
        name: "Flüge.csv".to_owned(),
        digest: ContentDigest::from_hex(format!("{version:064}")),
        rows: u64::MAX,
        columns: version,
    };
    let pass = Pass { purpose: "all checks".to_owned(), columns: version, rows: 7 };
    let day = jiff::civil::date(2026, 11, 23);
    let gate = Gate::default();
    let mut report = QualityReport::assemble(table, day, Vec::new(), Vec::new(), vec![pass], &gate);
    report.ingest = Some(IngestFacts::default());
    report.gate = GateDecision::by_reasons(Vec::new());
    StoredReport {
        id: QualityReportId::generate(ids),
        dataset: DatasetVersionRef {
            dataset_id: dataset,
            dataset_name: "flights".to_owned(),
            version_id: DatasetVersionId::generate(ids),
            version,
        },
        created_at: Timestamp::UNIX_EPOCH,
        report,
        metrics: (version > 1).then(|| VersionMetrics {
            version,
            arrived_at: Timestamp::UNIX_EPOCH,
            rows: u64::from(version) * 7,
            columns: Vec::new(),
        }),
    }
}
