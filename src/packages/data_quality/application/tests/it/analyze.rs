//! The handler of `dataset.uploaded`.

use data_quality_application::{GROUP, history, newest_report, report_of_version, subscriptions};
use shared_kernel_domain::bus::Delivery;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{
    DatasetUploaded, DatasetVersionRef, Envelope, EventPayload, QualityAnalyzed,
};
use shared_kernel_domain::identity::{CorrelationId, EventId};
use shared_kernel_domain::table::ContentDigest;
use uuid::Uuid;

use crate::memory::{Cells, MemoryTable};
use crate::world::{World, dataset_id, version_id};

fn table() -> MemoryTable {
    MemoryTable::new(vec![
        ("id", Cells::integers(0..100)),
        ("value", Cells::Float((0..100).map(|row| Some(f64::from(row) / 3.0)).collect())),
    ])
}

fn delivery(bad_rows: u64) -> Delivery {
    let payload = DatasetUploaded {
        dataset: DatasetVersionRef {
            dataset_id: dataset_id(),
            dataset_name: "flights".to_owned(),
            version_id: version_id(),
            version: 1,
        },
        digest: ContentDigest::from_hex("00"),
        rows: 100,
        columns: table().reference().schema,
        bad_rows,
        blank_rows: 0,
        bad_row_examples: vec!["line 3: 1 field, expected 2".to_owned()],
    };
    let envelope = Envelope {
        specversion: "1.0".to_owned(),
        id: EventId::new(Uuid::from_u128(7)),
        source: "/pynomaly/data_science".to_owned(),
        event_type: DatasetUploaded::TYPE.to_owned(),
        subject: payload.subject(),
        time: "2026-11-23T11:00:00Z".parse().expect("a time"),
        datacontenttype: "application/json".to_owned(),
        dataschema: String::new(),
        sequence: 1,
        correlation_id: CorrelationId::new(Uuid::from_u128(8)),
        causation_id: None,
        traceparent: None,
        data: serde_json::to_value(&payload).expect("JSON"),
        extensions: serde_json::Map::new(),
    };
    Delivery { group: GROUP.to_owned(), envelope, attempt: 1 }
}

fn handle(world: &World, delivery: &Delivery) {
    let subscriptions = subscriptions(&world.container);
    assert_eq!(subscriptions.len(), 1);
    assert_eq!(subscriptions[0].group, GROUP);
    assert_eq!(subscriptions[0].types, [DatasetUploaded::TYPE]);
    let handled = subscriptions[0].handler.handle(delivery, &Cancellation::default());
    handled.expect("handled");
}

fn published(world: &World) -> Vec<QualityAnalyzed> {
    let units = world.reports.units.lock().expect("lock");
    let events = units.iter().flat_map(|unit| &unit.events);
    events.map(|event| serde_json::from_value(event.data.clone()).expect("payload")).collect()
}

#[test]
fn report_event_audit_and_receipt_are_one_commit() {
    let world = World::of(table());
    handle(&world, &delivery(0));

    let units = world.reports.units.lock().expect("lock");
    assert_eq!(units.len(), 1);
    assert_eq!(units[0].completes, Some(delivery(0).receipt()));
    assert_eq!(units[0].events.len(), 1);
    assert_eq!(units[0].events[0].causation_id, Some(EventId::new(Uuid::from_u128(7))));
    assert_eq!(units[0].audit.len(), 1);
    drop(units);

    let stored = report_of_version(&world.container, &version_id()).expect("read").expect("some");
    let event = &published(&world)[0];
    assert_eq!(event.report_id, stored.id);
    assert_eq!(event.gate, stored.report.gate);
    assert!(event.gate.passed);
    assert_eq!(event.score, Some(1.0));
    assert_eq!(event.checks.passed, stored.report.checks.passed);
    assert_eq!(event.dimensions.get("completeness"), Some(&1.0));
    assert_eq!(newest_report(&world.container, "flights").expect("read"), Some(stored));
    assert_eq!(history(&world.container, &dataset_id()).expect("read").len(), 1);
}

#[test]
fn bad_rows_come_with_the_event_and_close_the_gate() {
    let world = World::of(table());
    handle(&world, &delivery(50));
    let event = &published(&world)[0];
    assert!(!event.gate.passed);
    assert_eq!(event.gate.reasons, ["50 records of 150 (33.3 %) could not be read as rows"]);
    assert_eq!(event.checks.errors, 1);
}

#[test]
fn an_event_that_comes_again_makes_no_second_report() {
    let world = World::of(table());
    handle(&world, &delivery(0));
    let passes = world.table.duplicate_passes.load(std::sync::atomic::Ordering::Relaxed);
    handle(&world, &delivery(0));
    assert_eq!(world.reports.saved.lock().expect("lock").len(), 1);
    assert_eq!(world.table.duplicate_passes.load(std::sync::atomic::Ordering::Relaxed), passes);
    let events = published(&world);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0], events[1]);
}
