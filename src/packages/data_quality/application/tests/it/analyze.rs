//! The handler of `dataset.uploaded`.

use data_quality_application::{
    GROUP, acknowledge_incident, find_incident, history, keep_contract, metric_history,
    newest_report, open_incidents, report_of_version, snooze_incident, subscriptions,
};
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::bus::Delivery;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{
    ContractReference, DatasetUploaded, EventPayload, QualityAnalyzed,
};
use shared_kernel_domain::table::ContentDigest;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use testkit::{Cells, MemoryTable, flights_version};

use crate::world::World;

pub(crate) fn table() -> MemoryTable {
    MemoryTable::new(vec![
        ("id", Cells::integers(0..100)),
        ("value", Cells::Float((0..100).map(|row| Some(f64::from(row) / 3.0)).collect())),
    ])
}

pub(crate) fn delivery(bad_rows: u64) -> Delivery {
    delivery_with(bad_rows, None)
}

fn delivery_with(bad_rows: u64, contract: Option<ContractReference>) -> Delivery {
    let payload = DatasetUploaded {
        dataset: flights_version(1),
        digest: ContentDigest::from_hex("00"),
        rows: 100,
        columns: table().reference().schema,
        bad_rows,
        blank_rows: 0,
        bad_row_examples: vec!["line 3: 1 field, expected 2".to_owned()],
        typed: false,
        contract,
    };
    testkit::delivery(GROUP, 1, &payload)
}

pub(crate) fn handle(world: &World, delivery: &Delivery) {
    let subscriptions = subscriptions(&world.container);
    assert_eq!(subscriptions[0].group, GROUP);
    assert_eq!(subscriptions[0].types, [DatasetUploaded::TYPE]);
    let handled = subscriptions[0].handler.handle(delivery, &Cancellation::default());
    handled.expect("handled");
}

fn payloads(units: &[UnitOfWork]) -> Vec<QualityAnalyzed> {
    let events = units.iter().flat_map(|unit| &unit.events);
    let events = events.filter(|event| event.event_type == QualityAnalyzed::TYPE);
    events.map(|event| serde_json::from_value(event.data.clone()).expect("payload")).collect()
}

#[test]
fn report_event_audit_and_receipt_are_one_commit() {
    let world = World::of(&table());
    handle(&world, &delivery(0));

    let units = world.reports.take_units();
    assert_eq!(units.len(), 1);
    assert_eq!(units[0].completes, Some(delivery(0).receipt()));
    assert_eq!(units[0].events.len(), 1);
    assert_eq!(units[0].events[0].causation_id, Some(delivery(0).envelope.id));
    assert_eq!(units[0].audit.len(), 1);

    let stored = report_of_version(&world.container, &flights_version(1).version_id)
        .expect("read")
        .expect("some");
    let event = &payloads(&units)[0];
    assert_eq!(event.report_id, stored.id);
    assert_eq!(event.gate, stored.report.gate);
    assert!(event.gate.passed);
    assert_eq!(event.score, Some(1.0));
    assert_eq!(event.checks.passed, stored.report.checks.passed);
    assert_eq!(event.dimensions.get("completeness"), Some(&1.0));
    assert_eq!(newest_report(&world.container, "flights").expect("read"), Some(stored));
    assert_eq!(history(&world.container, &flights_version(1).dataset_id).expect("read").len(), 1);
}

#[test]
fn bad_rows_come_with_the_event_and_close_the_gate() {
    let world = World::of(&table());
    handle(&world, &delivery(50));
    let event = &payloads(&world.reports.take_units())[0];
    assert!(!event.gate.passed);
    assert_eq!(event.gate.reasons, ["50 records of 150 (33.3 %) could not be read as rows"]);
    assert_eq!(event.checks.errors, 1);
}

#[test]
fn an_event_that_comes_again_makes_no_second_report() {
    let world = World::of(&table());
    handle(&world, &delivery(0));
    let passes = world.scanner.duplicate_passes();
    handle(&world, &delivery(0));
    assert_eq!(world.reports.count(), 1);
    assert_eq!(world.scanner.duplicate_passes(), passes);
    let events = payloads(&world.reports.take_units());
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], events[1]);
}

/// A contract with one rule on `value`.
fn contract(world: &World, most: u32, severity: &str) -> ContractReference {
    let text = format!(
        "apiVersion: v3.1.0\nkind: DataContract\nid: c\nversion: 1.2.0\nschema:\n  - name: t\n    properties:\n      - name: value\n        quality:\n          - {{type: custom, engine: pynomaly, implementation: {{rule: between, maximum: {most}}}, severity: {severity}}}\n"
    );
    world.files.put("c.yaml", &text);
    keep_contract(&world.container, "c.yaml", None, "flights").expect("kept")
}

#[test]
fn a_broken_contract_closes_the_gate_and_the_event_says_so() {
    let world = World::of(&table());
    let reference = contract(&world, 30, "error");
    // what was kept counts, and not what the file says later
    world.files.put("c.yaml", "nothing");
    handle(&world, &delivery_with(0, Some(reference.clone())));
    let event = &payloads(&world.reports.take_units())[0];
    assert!(!event.gate.passed);
    let decision = event.contract.as_ref().expect("a decision");
    assert_eq!(decision.contract, reference);
    assert_eq!((decision.id.as_str(), decision.version.as_deref()), ("c", Some("1.2.0")));
    assert!(!decision.kept);
    assert_eq!((decision.rules.passed, decision.rules.errors), (1, 1));
    let stored = newest_report(&world.container, "flights").expect("read").expect("some");
    assert_eq!(stored.report.contracts[0].rules, 2);
    assert!(stored.report.results.iter().any(|result| result.contract.is_none()));
}

#[test]
fn a_kept_contract_leaves_the_gate_to_the_built_in_checks() {
    let world = World::of(&table());
    let kept = contract(&world, 34, "error");
    handle(&world, &delivery_with(0, Some(kept.clone())));
    let event = &payloads(&world.reports.take_units())[0];
    assert!(event.gate.passed && event.contract.as_ref().expect("a decision").kept);

    let world = World::of(&table());
    let kept = contract(&world, 34, "error");
    handle(&world, &delivery_with(50, Some(kept)));
    let event = &payloads(&world.reports.take_units())[0];
    assert!(event.contract.as_ref().expect("a decision").kept);
    assert!(!event.gate.passed, "a contract does not open a gate that is closed without it");
}

#[test]
fn nothing_is_judged_without_the_contract_that_it_should_be_judged_by() {
    let world = World::of(&table());
    let lost = ContractReference {
        artifact: shared_kernel_domain::artifact::ArtifactDigest::of(b"never put"),
        file: "c.yaml".to_owned(),
        object: "t".to_owned(),
    };
    let subscription = subscriptions(&world.container).remove(0);
    let handled =
        subscription.handler.handle(&delivery_with(0, Some(lost)), &Cancellation::default());
    assert_eq!(handled.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(world.reports.count(), 0);
    world.files.put("bad.yaml", "id: x");
    let refused = keep_contract(&world.container, "bad.yaml", None, "flights").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Usage);
}

/// A version of so many rows arrives.
fn arrives(world: &World, number: u32, rows: i64) {
    let table = MemoryTable::new(vec![
        ("id", Cells::integers(0..rows)),
        ("value", Cells::Float((0..rows).map(|row| Some((row % 97) as f64)).collect())),
    ]);
    let reference = world.scanner.add(&table);
    world.fakes.catalog.add(flights_version(number), reference.clone());
    let payload = DatasetUploaded {
        dataset: flights_version(number),
        digest: reference.digest,
        rows: rows as u64,
        columns: reference.schema,
        bad_rows: 0,
        blank_rows: 0,
        bad_row_examples: Vec::new(),
        typed: false,
        contract: None,
    };
    handle(world, &testkit::delivery(GROUP, number, &payload));
}

#[test]
fn versions_unlike_the_others_open_one_incident_that_the_next_good_one_closes() {
    let world = World::of(&table());
    for number in 2..=11 {
        arrives(&world, number, 1_000 + i64::from(number % 3));
    }
    assert_eq!(open_incidents(&world.container, true, 10).unwrap(), []);
    arrives(&world, 12, 400);
    arrives(&world, 13, 380);
    let [incident] = &open_incidents(&world.container, false, 10).unwrap()[..] else { panic!() };
    assert_eq!((incident.opened_by, incident.last_bad, incident.bad_versions), (12, 13, 2));
    assert!(!incident.gate_closed, "monitors warn, and do not close the gate");
    assert_eq!(incident.causes[0].check, "volume_change");
    assert!(incident.causes[0].sentence.starts_with("the number of rows is 400, usually "));

    let known = acknowledge_incident(&world.container, "flights", Some("cut".to_owned())).unwrap();
    assert_eq!(known.acknowledgement.unwrap().note.as_deref(), Some("cut"));
    let later = snooze_incident(&world.container, "flights", "3d").unwrap();
    assert!(later.snoozed_until.is_some());
    assert_eq!(open_incidents(&world.container, false, 10).unwrap(), [], "put off");
    let audited: Vec<String> = world
        .reports
        .take_units()
        .into_iter()
        .flat_map(|unit| unit.audit)
        .map(|entry| entry.action)
        .filter(|action| action.starts_with("incident"))
        .collect();
    assert_eq!(audited, ["incident.acknowledged", "incident.snoozed"]);
    for wrong in ["", "yesterday"] {
        let error = snooze_incident(&world.container, "flights", wrong).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }

    arrives(&world, 14, 1_001);
    assert_eq!(find_incident(&world.container, "flights").unwrap_err().kind(), ErrorKind::Usage);
    let closed = find_incident(&world.container, &incident.id.to_string()).unwrap();
    assert_eq!(closed.closed_by, Some(14));

    let history = metric_history(&world.container, "flights").unwrap();
    assert_eq!(history.version, 14);
    assert_eq!(history.earlier_versions, (2..=13).collect::<Vec<u32>>());
    assert!(history.readings.iter().all(|reading| !reading.is_unusual));
    assert_eq!(metric_history(&world.container, "ships").unwrap_err().kind(), ErrorKind::Input);
}

#[test]
fn a_version_that_is_judged_again_opens_nothing_twice() {
    let world = World::of(&table());
    handle(&world, &delivery(50));
    handle(&world, &delivery(50));
    let [incident] = &open_incidents(&world.container, false, 10).unwrap()[..] else { panic!() };
    assert_eq!(incident.bad_versions, 1);
    assert!(incident.gate_closed);
    assert_eq!(incident.causes[0].check, "bad_rows");
}
