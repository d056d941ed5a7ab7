//! The registry on SQLite passes the suite that every registry passes, and survives reopening.
#![expect(clippy::expect_used, reason = "helpers of tests fail by panicking")]

use std::path::Path;
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

fn open(folder: &Path) -> (Arc<Store>, SqlModelRepository) {
    let store = Store::open(
        &Location::Sqlite(folder.join("mlops.sqlite")),
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

#[test]
fn the_registry_on_sqlite_is_a_registry() {
    let folder = tempfile::tempdir().expect("a folder");
    model_repository_conformance(&open(folder.path()).1);
}

#[test]
fn what_was_registered_is_there_after_reopening() {
    let folder = tempfile::tempdir().expect("a folder");
    let registration = registration();
    let unit =
        UnitOfWork::of_command().audit(AuditEntry::new("test", "registered", "1", json!({})));
    open(folder.path()).1.register(&registration, unit).expect("registered");

    let (store, models) = open(folder.path());
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

#[test]
fn a_refused_registration_leaves_no_audit_record_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, models) = open(folder.path());
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
