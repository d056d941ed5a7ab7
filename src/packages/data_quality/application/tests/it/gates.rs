//! Policies of gates, and decisions in their place.

use data_quality_application::{
    GateChange, change_gate, dataset_gate, override_gate, report_of_version, reset_gate,
    subscriptions,
};
use data_quality_domain::{Dimension, Severity};
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{DatasetUploaded, QualityAnalyzed};
use shared_kernel_domain::table::ContentDigest;
use testkit::{MemoryTable, flights_version};

use crate::world::World;

fn world() -> World {
    let amounts = (0..100).map(|row| (row % 5 != 0).then_some(f64::from(row)));
    World::of(&MemoryTable::named("flights").floats("amount", amounts))
}

/// The version arrives, with some records that could not be read.
fn arrive(world: &World, bad_rows: u64) -> bool {
    let payload = DatasetUploaded {
        dataset: flights_version(1),
        digest: ContentDigest::from_hex("00"),
        rows: 100,
        columns: world.table.schema.clone(),
        bad_rows,
        blank_rows: 0,
        bad_row_examples: Vec::new(),
        typed: false,
        contract: None,
    };
    let delivery = testkit::delivery("data_quality.analyze", 1, &payload);
    let handler = &subscriptions(&world.container)[0].handler;
    handler.handle(&delivery, &Cancellation::default()).unwrap();
    let stored = report_of_version(&world.container, &flights_version(1).version_id).unwrap();
    stored.unwrap().report.gate.passed
}

#[test]
fn a_dataset_is_judged_by_its_own_policy() {
    let strict = GateChange {
        least_of_dimension: [(Dimension::Completeness, 0.9)].into(),
        ..GateChange::default()
    };
    let open = world();
    assert!(arrive(&open, 0));
    let closed = world();
    let gate = change_gate(&closed.container, "flights", &strict).unwrap();
    assert!(gate.own && gate.newest.is_none());
    assert!(!arrive(&closed, 0));
    let gate = dataset_gate(&closed.container, "flights").unwrap();
    let (version, decision) = gate.newest.unwrap();
    assert_eq!(version, 1);
    assert_eq!(
        decision.reasons,
        ["the score of completeness 0.800 is below 0.900, the least that passes"]
    );
}

#[test]
fn changes_add_up_are_audited_and_can_be_taken_back() {
    let world = world();
    let change =
        |change: GateChange| change_gate(&world.container, "flights", &change).unwrap().policy;
    let policy = change(GateChange {
        require: vec!["a".to_owned()],
        tolerate: vec!["b".to_owned()],
        fail_on: Some(None),
        ..GateChange::default()
    });
    assert_eq!((policy.fail_on, policy.least_score), (None, 0.75));
    let policy = change(GateChange {
        tolerate: vec!["a".to_owned()],
        forget: vec!["b".to_owned()],
        fail_on: Some(Some(Severity::Warning)),
        ..GateChange::default()
    });
    assert!(policy.required.is_empty(), "a name is required or tolerated, not both");
    assert_eq!(policy.tolerated, ["a".to_owned()].into());
    let wrong = GateChange { least_score: Some(1.5), ..GateChange::default() };
    let error = change_gate(&world.container, "flights", &wrong).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(!reset_gate(&world.container, "flights").unwrap().own);
    let units = world.reports.take_units();
    let actions: Vec<&str> =
        units.iter().flat_map(|unit| &unit.audit).map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["gate.policy.changed", "gate.policy.changed", "gate.policy.reset"]);
    assert_eq!(dataset_gate(&world.container, "boats").unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn an_override_needs_a_reason_and_is_published_and_audited() {
    let world = world();
    let refused = |reason: &str| {
        let error = override_gate(&world.container, "flights", reason).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error.what().to_owned()
    };
    assert_eq!(refused("why"), "version 1 of flights has not been judged yet");
    assert!(!arrive(&world, 50), "half of the records could not be read");
    assert_eq!(refused("  "), "an override needs a reason");
    world.reports.take_units();

    let (stored, _) = override_gate(&world.container, "flights", " known outage ").unwrap();
    let taken = stored.report.gate.overridden.clone().unwrap();
    assert_eq!(taken.reason, "known outage");
    assert_eq!(taken.closed_for[0], "50 records of 150 (33.3 %) could not be read as rows");
    let units = world.reports.take_units();
    let event = &units[0].events[0];
    let published: QualityAnalyzed = serde_json::from_value(event.data.clone()).unwrap();
    assert!(published.gate.passed);
    assert_eq!(published.gate, stored.report.gate);
    assert_eq!(units[0].audit[0].action, "gate.decision.overridden");
    let kept = report_of_version(&world.container, &flights_version(1).version_id).unwrap();
    assert_eq!(kept.unwrap().report.gate, stored.report.gate);
    assert_eq!(refused("again"), "the gate is open for version 1 of flights");
}
