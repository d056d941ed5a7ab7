use std::collections::BTreeMap;

use data_profiling_application::{
    GROUP, changes_of_version, profile_data, profile_of_version, subscriptions,
};
use data_profiling_domain::ChangeKind;
use shared_kernel_application::DataRequest;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::bus::Delivery;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{
    EventPayload, GateDecision, IssueCounts, ProfileGenerated, QualityAnalyzed,
};
use shared_kernel_domain::identity::QualityReportId;
use testkit::{MemoryTable, flights_version as version};
use uuid::Uuid;

use crate::world::World;

fn flights(rows: i64) -> MemoryTable {
    MemoryTable::named("flights").integers("delay", (0..rows).map(|row| Some(row % 7)))
}

fn closed_gate() -> GateDecision {
    GateDecision::by_reasons(vec!["half of the rows are duplicates".to_owned()])
}

fn delivery(number: u32) -> Delivery {
    let analyzed = QualityAnalyzed {
        dataset: version(number),
        report_id: QualityReportId::new(Uuid::from_u128(5)),
        score: Some(0.4),
        dimensions: BTreeMap::new(),
        checks: IssueCounts::default(),
        gate: closed_gate(),
        contract: None,
    };
    testkit::delivery(GROUP, number, &analyzed)
}

pub(crate) fn handle(world: &World, number: u32) -> shared_kernel_domain::Result<()> {
    let subscription = subscriptions(&world.container).remove(0);
    assert_eq!(subscription.types, [QualityAnalyzed::TYPE]);
    subscription.handler.handle(&delivery(number), &Cancellation::default())
}

#[test]
fn a_version_that_failed_its_gate_is_profiled_and_the_decision_goes_on() {
    let world = World::of(vec![flights(30)]);
    handle(&world, 1).unwrap();
    let record = profile_of_version(&world.container, &version(1).version_id).unwrap().unwrap();
    assert_eq!(record.profile.rows, 30);
    assert_eq!(record.profile.dataset, Some(version(1)));

    let units = world.profiles.take_units();
    assert_eq!(units.len(), 1);
    assert_eq!(units[0].completes, Some(delivery(1).receipt()));
    assert_eq!(units[0].audit.len(), 1);
    let event = &units[0].events[0];
    assert_eq!(event.correlation_id, Some(delivery(1).envelope.correlation_id));
    assert_eq!(event.causation_id, Some(delivery(1).envelope.id));
    let generated: ProfileGenerated = serde_json::from_value(event.data.clone()).unwrap();
    assert_eq!(generated.gate, closed_gate());
    assert_eq!((generated.rows, generated.columns), (30, 1));
    assert_eq!(generated.profile_id, record.id);
}

#[test]
fn a_version_is_profiled_once_however_often_it_is_delivered() {
    let world = World::of(vec![flights(30)]);
    handle(&world, 1).unwrap();
    handle(&world, 1).unwrap();
    let units = world.profiles.take_units();
    let ids: Vec<_> = units.iter().map(|unit| unit.events[0].data["profile_id"].clone()).collect();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(units[1].audit.len(), 0);
}

#[test]
fn the_second_version_shows_what_changed() {
    let world = World::of(vec![flights(30), flights(60).texts("carrier", [Some("UA"); 60])]);
    assert_eq!(changes_of_version(&world.container, &version(1).version_id).unwrap(), None);
    handle(&world, 1).unwrap();
    handle(&world, 2).unwrap();
    assert_eq!(changes_of_version(&world.container, &version(1).version_id).unwrap(), None);
    let changes = changes_of_version(&world.container, &version(2).version_id).unwrap().unwrap();
    assert_eq!((changes.from_version, changes.to_version), (Some(1), Some(2)));
    let kinds: Vec<ChangeKind> = changes.changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::ColumnAdded, ChangeKind::Rows]);
}

#[test]
fn nothing_is_committed_when_the_version_cannot_be_read() {
    let world = World::of(vec![flights(30)]);
    assert_eq!(handle(&world, 9).unwrap_err().kind(), ErrorKind::Input);
    assert!(world.profiles.take_units().is_empty());

    let cancellation = Cancellation::default();
    cancellation.cancel();
    let subscription = subscriptions(&world.container).remove(0);
    let stopped = subscription.handler.handle(&delivery(1), &cancellation).unwrap_err();
    assert_eq!(stopped.kind(), ErrorKind::Interrupted);
    assert!(world.profiles.take_units().is_empty());
}

#[test]
fn files_and_datasets_are_profiled_on_request() {
    let world = World::of(vec![flights(30), flights(60)]);
    let profile = |data: &str| {
        let request = DataRequest { data: data.to_owned(), ..DataRequest::default() };
        profile_data(&world.container, &request, false, &|_, _| {}, &Cancellation::default())
    };
    let file = profile("flights.csv").unwrap();
    assert_eq!((file.rows, file.dataset), (30, None));
    let newest = profile("flights").unwrap();
    assert_eq!((newest.rows, newest.dataset), (60, Some(version(2))));
    assert_eq!(profile("trains").unwrap_err().kind(), ErrorKind::Input);
}
