//! The report repository over a real store.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use data_quality_domain::testing::{
    MemoryReports, gate_repository_conformance, incident_repository_conformance,
    quality_report_repository_conformance, webhook_repository_conformance,
};
use data_quality_domain::{QualityReportRepository, VersionBefore};
use data_quality_infrastructure::{SqlQualityReportRepository, migrations};
use shared_kernel_domain::event::Context;
use shared_kernel_domain::identity::DatasetId;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::store::{Location, Signal, Store, Transaction};
use testkit::servers::StorePlace;
use testkit::{CountingIds, FixedClock, on_every_store};

on_every_store! {
    reports_are_kept_as_the_port_promises
    gates_are_kept_as_the_port_promises
    incidents_are_kept_as_the_port_promises
    webhooks_are_kept_as_the_port_promises
    a_report_is_found_again_after_the_store_was_closed
    reports_of_older_stores_know_whether_their_gate_was_open
}

fn repository(place: &StorePlace) -> SqlQualityReportRepository {
    SqlQualityReportRepository::new(opened(place))
}

fn opened(place: &StorePlace) -> Arc<Store> {
    let store = Store::open(
        &Location::parse(&place.of(Context::DataQuality)).expect("a location"),
        Context::DataQuality,
        migrations(),
        Arc::new(FixedClock::default()),
        Arc::new(CountingIds::default()),
        Arc::new(Signal::default()),
    );
    store.expect("a store")
}

fn reports_are_kept_as_the_port_promises(place: StorePlace) {
    // Another process, another dataset: what was kept is still there and in nobody's way.
    for first in [1, 1_000] {
        let ids = CountingIds::from(first);
        quality_report_repository_conformance(&repository(&place), &ids);
    }
}

fn incidents_are_kept_as_the_port_promises(place: StorePlace) {
    for first in [1, 1_000] {
        incident_repository_conformance(&repository(&place), &CountingIds::from(first));
    }
}

fn gates_are_kept_as_the_port_promises(place: StorePlace) {
    for first in [1, 1_000] {
        let gates = repository(&place);
        gate_repository_conformance(&gates, &gates, &CountingIds::from(first));
    }
}

fn webhooks_are_kept_as_the_port_promises(place: StorePlace) {
    for first in [1, 1_000] {
        webhook_repository_conformance(&repository(&place), &CountingIds::from(first));
    }
}

fn a_report_is_found_again_after_the_store_was_closed(place: StorePlace) {
    quality_report_repository_conformance(&repository(&place), &CountingIds::default());
    let dataset = DatasetId::generate(&CountingIds::default());
    let history = repository(&place).history(&dataset).expect("read");
    let versions: Vec<u32> = history.iter().map(|report| report.dataset.version).collect();
    assert_eq!(versions, [10, 2, 1]);
}

fn reports_of_older_stores_know_whether_their_gate_was_open(place: StorePlace) {
    let repository = repository(&place);
    quality_report_repository_conformance(&repository, &CountingIds::default());
    let dataset = DatasetId::generate(&CountingIds::default());
    let known = repository.open_before(&dataset, 99).expect("read");
    let step = migrations().iter().find(|step| step.version == 5).expect("the step");
    let (_, fill) = step.sql.split_once(';').expect("two statements");
    let store = opened(&place);
    let run = |sql: &str| {
        let sql = sql.trim().trim_end_matches(';').to_owned();
        let work =
            move |transaction: &mut dyn Transaction| transaction.execute(&sql, &[]).map(drop);
        store.commit(UnitOfWork::of_command(), work).expect("it runs");
    };
    run("UPDATE quality_report SET gate_open = 0");
    assert_eq!(repository.open_before(&dataset, 99).expect("read"), VersionBefore::AllClosed);
    run(fill);
    assert_eq!(repository.open_before(&dataset, 99).expect("read"), known);
    assert!(matches!(known, VersionBefore::Open(_)));
}

#[test]
fn the_fake_keeps_the_same_promises() {
    quality_report_repository_conformance(&MemoryReports::default(), &CountingIds::default());
    incident_repository_conformance(&MemoryReports::default(), &CountingIds::default());
    let gates = MemoryReports::default();
    gate_repository_conformance(&gates, &gates, &CountingIds::default());
}
