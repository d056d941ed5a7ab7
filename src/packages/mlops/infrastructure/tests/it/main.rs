//! The registry on every store passes the suite that every registry passes, and survives reopening.
#![expect(clippy::expect_used, reason = "helpers of tests fail by panicking")]

use std::sync::Arc;

use mlops_domain::testing::{
    alias_change, dataset_version, model, model_repository_conformance, version,
};
use mlops_domain::{ModelRepository, Registration};
use mlops_infrastructure::{SqlModelRepository, migrations};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::store::{Location, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};
use testkit::on_every_store;
use testkit::servers::StorePlace;

on_every_store! {
    the_registry_is_a_registry
    what_was_registered_is_there_after_reopening
    a_refused_registration_leaves_no_audit_record_behind
}

fn open(place: &StorePlace) -> (Arc<Store>, SqlModelRepository) {
    let store = Store::open(
        &Location::parse(&place.of(Context::Mlops)).expect("a location"),
        Context::Mlops,
        migrations(),
        Arc::new(SystemClock),
        Arc::new(UuidGenerator),
        Arc::new(Signal::default()),
    )
    .expect("a store");
    let models = SqlModelRepository::new(Arc::clone(&store));
    (store, models)
}

fn registration() -> Registration {
    let now = Timestamp::UNIX_EPOCH;
    let (version, run) = version(1, 1, now);
    let promotion = Some(alias_change(&version, now));
    Registration { model: model(1, now), run, version, promotion }
}

fn the_registry_is_a_registry(place: StorePlace) {
    model_repository_conformance(&open(&place).1);
}

fn what_was_registered_is_there_after_reopening(place: StorePlace) {
    let registration = registration();
    let unit =
        UnitOfWork::of_command().audit(AuditEntry::new("test", "registered", "1", json!({})));
    open(&place).1.register(&registration, unit).expect("registered");

    let (store, models) = open(&place);
    let model = models.model_of(&dataset_version(1, 1).dataset_id).expect("a model");
    assert_eq!(model, Some(registration.model.clone()));
    assert_eq!(models.champion(&registration.model.id).expect("it"), Some(registration.version));
    assert_eq!(models.runs_of("flights").expect("runs"), [registration.run]);
    let audited = store.read(|transaction| {
        transaction
            .query_one("SELECT COUNT(*) FROM audit", &[])?
            .map(|row| row.integer(0))
            .transpose()
    });
    assert_eq!(audited.expect("a count"), Some(1));
}

fn a_refused_registration_leaves_no_audit_record_behind(place: StorePlace) {
    let (store, models) = open(&place);
    let registration = registration();
    models.register(&registration, UnitOfWork::of_command()).expect("registered");
    let unit =
        UnitOfWork::of_command().audit(AuditEntry::new("test", "registered", "1", json!({})));
    assert!(models.register(&registration, unit).is_err());
    let audited = store.read(|transaction| {
        transaction
            .query_one("SELECT COUNT(*) FROM audit", &[])?
            .map(|row| row.integer(0))
            .transpose()
    });
    assert_eq!(audited.expect("a count"), Some(0));
}
