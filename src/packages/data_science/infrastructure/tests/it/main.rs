//! The repositories on every store pass the suites that every repository passes, and survive reopening.
#![expect(clippy::expect_used, reason = "helpers of tests fail by panicking")]

use std::sync::Arc;

use data_science_domain::anomaly::AnomalyRepository;
use data_science_domain::dataset::DatasetRepository;
use data_science_domain::feedback::{FeedbackRepository, Verdict};
use data_science_domain::pipeline::PipelineRepository;
use data_science_domain::testing::{
    anomaly_repository_conformance, dataset, dataset_repository_conformance, feedback,
    feedback_repository_conformance, pipeline, pipeline_repository_conformance, report,
    scores_writer_conformance, version,
};
use data_science_infrastructure::{
    ArrowScoresWriter, SqlAnomalyRepository, SqlDatasetRepository, SqlFeedbackRepository,
    SqlPipelineRepository, migrations,
};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::event::{Context, DatasetUploaded, NewEvent};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::store::{Location, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};
use testkit::on_every_store;
use testkit::servers::StorePlace;

on_every_store! {
    the_dataset_repository_is_one
    the_pipeline_repository_is_one
    the_anomaly_repository_is_one
    the_feedback_repository_is_one
    a_version_and_its_event_are_one_commit_and_survive_reopening
    a_deleted_dataset_takes_its_pipeline_and_anomalies_along
}

fn open(place: &StorePlace) -> Arc<Store> {
    Store::open(
        &Location::parse(&place.of(Context::DataScience)).expect("a location"),
        Context::DataScience,
        migrations(),
        Arc::new(SystemClock),
        Arc::new(UuidGenerator),
        Arc::new(Signal::default()),
    )
    .expect("a store")
}

fn rows_of(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let count = store.read(|transaction| {
        transaction.query(&sql, &[])?.first().map_or(Ok(0), |row| row.integer(0))
    });
    count.expect("a count")
}

#[test]
fn the_writer_of_parquet_and_csv_is_a_writer_of_scores() {
    scores_writer_conformance(&ArrowScoresWriter);
}

fn the_dataset_repository_is_one(place: StorePlace) {
    dataset_repository_conformance(&SqlDatasetRepository::new(open(&place)));
}

fn the_pipeline_repository_is_one(place: StorePlace) {
    pipeline_repository_conformance(&SqlPipelineRepository::new(with_datasets(&place)));
}

fn the_anomaly_repository_is_one(place: StorePlace) {
    let store = with_datasets(&place);
    anomaly_repository_conformance(
        &SqlAnomalyRepository::new(Arc::clone(&store)),
        &SqlPipelineRepository::new(store),
    );
}

fn the_feedback_repository_is_one(place: StorePlace) {
    let store = with_datasets(&place);
    feedback_repository_conformance(
        &SqlFeedbackRepository::new(Arc::clone(&store)),
        &SqlPipelineRepository::new(store),
    );
}

fn with_datasets(place: &StorePlace) -> Arc<Store> {
    let store = open(place);
    let datasets = SqlDatasetRepository::new(Arc::clone(&store));
    for number in 1..=3 {
        let dataset = dataset(number);
        let first = version(&dataset, number, 1);
        datasets.add_version(&dataset, &first, UnitOfWork::of_command()).expect("added");
    }
    store
}

fn a_version_and_its_event_are_one_commit_and_survive_reopening(place: StorePlace) {
    let (flights, first) = (dataset(1), version(&dataset(1), 1, 1));
    let unit = || {
        let uploaded = DatasetUploaded {
            dataset: first.reference(&flights),
            digest: first.digest().clone(),
            rows: first.table.rows,
            columns: first.table.schema.clone(),
            bad_rows: 0,
            blank_rows: 0,
            bad_row_examples: Vec::new(),
            typed: true,
            contract: None,
        };
        UnitOfWork::of_command()
            .publish(NewEvent::beginning(&uploaded).expect("an event"))
            .audit(AuditEntry::new("test", "uploaded", first.id, json!({})))
    };
    {
        let datasets = SqlDatasetRepository::new(open(&place));
        datasets.add_version(&flights, &first, unit()).expect("added");
        datasets.add_version(&flights, &first, unit()).expect_err("the number is taken");
    }
    let store = open(&place);
    assert_eq!((rows_of(&store, "audit"), rows_of(&store, "dataset_version")), (1, 1));
    let datasets = SqlDatasetRepository::new(store);
    assert_eq!(datasets.newest_version(&flights.id).expect("one"), Some(first));
}

fn a_deleted_dataset_takes_its_pipeline_and_anomalies_along(place: StorePlace) {
    let store = open(&place);
    let datasets = SqlDatasetRepository::new(Arc::clone(&store));
    let pipelines = SqlPipelineRepository::new(Arc::clone(&store));
    let anomalies = SqlAnomalyRepository::new(Arc::clone(&store));
    let flights = dataset(1);
    datasets
        .add_version(&flights, &version(&flights, 1, 1), UnitOfWork::of_command())
        .expect("added");
    let watching = pipeline(&flights, 1, 1);
    pipelines.save(&watching, &report(&watching, 5), UnitOfWork::of_command()).expect("saved");
    let said = SqlFeedbackRepository::new(Arc::clone(&store));
    let dismissed = feedback(&watching, 3, Verdict::Dismissed);
    said.give(&[dismissed], UnitOfWork::of_command()).expect("given");
    assert_eq!((rows_of(&store, "anomaly"), rows_of(&store, "feedback")), (5, 1));

    datasets.delete(&flights.id, UnitOfWork::of_command()).expect("deleted");
    assert!(pipelines.of_dataset(&flights.id).expect("an answer").is_none());
    assert!(anomalies.of_version(&watching.current.version_id).expect("an answer").is_none());
    let tables = ["dataset", "dataset_version", "pipeline", "pipeline_revision"];
    for table in tables.into_iter().chain(["anomaly", "feedback"]) {
        assert_eq!(rows_of(&store, table), 0, "{table}");
    }
}
