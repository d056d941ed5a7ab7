use data_science_application::{
    UploadRequest, anomalies_of_version, pipeline_details, subscriptions, upload,
};
use data_science_domain::dataset::{Dataset, DatasetVersion};
use shared_kernel_domain::bus::Delivery;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{
    AnomaliesDetected, EventPayload, ModelTrained, ModelVersionRef, PipelineUpdated,
};
use shared_kernel_domain::identity::{ModelId, ModelVersionId, RunId};
use shared_kernel_domain::table::Cell;
use shared_kernel_domain::training::{ModelTrainer, TrainingRequest};
use testkit::MemoryTable;
use uuid::Uuid;

use crate::world::{ODD_ROW, World, flights};

pub(crate) fn uploaded(world: &World) -> (Dataset, DatasetVersion) {
    let request = UploadRequest {
        data: "flights.csv".to_owned(),
        label: world.label.clone(),
        ..UploadRequest::default()
    };
    let outcome = upload(&world.container, &request, &|_, _| {}, &Cancellation::default()).unwrap();
    (outcome.dataset, outcome.version)
}

/// `model.trained` about a version, as MLOps would publish it.
pub(crate) fn trained(
    world: &World,
    version: &(Dataset, DatasetVersion),
    number: u32,
    champion: bool,
) -> ModelTrained {
    let request = TrainingRequest {
        dataset_version_id: version.1.id,
        detector: None,
        seed: u64::from(number),
    };
    let model = world.trainer().train(&request, &Cancellation::default()).unwrap();
    ModelTrained {
        dataset: version.1.reference(&version.0),
        run_id: RunId::new(Uuid::from_u128(1)),
        model: ModelVersionRef {
            model_id: ModelId::new(Uuid::from_u128(2)),
            model_name: "flights".to_owned(),
            model_version_id: ModelVersionId::new(Uuid::from_u128(100 + u128::from(number))),
            model_version: number,
        },
        artifact: model.artifact,
        detector: model.detector,
        champion,
        metrics: model.metrics,
    }
}

pub(crate) fn handle(world: &World, event: &ModelTrained) -> shared_kernel_domain::Result<()> {
    let subscription = &subscriptions(&world.container)[0];
    let delivery = testkit::delivery(subscription.group, 1, event);
    subscription.handler.handle(&delivery, &Cancellation::default())
}

#[test]
fn a_champion_begins_to_watch_and_its_findings_are_kept() {
    let world = World::new();
    let version = uploaded(&world);
    handle(&world, &trained(&world, &version, 1, true)).unwrap();

    let details = pipeline_details(&world.container, "flights").unwrap();
    assert_eq!((details.pipeline.current.number, details.history.len()), (1, 1));
    let report = anomalies_of_version(&world.container, &version.1.id).unwrap().unwrap();
    assert_eq!((report.rows, report.anomalies.len()), (300, 100));
    let odd = &report.anomalies[0];
    assert_eq!((odd.row, odd.anomaly), (ODD_ROW, true));
    assert!(odd.percentile >= 99.0 && odd.p_value.is_some_and(|p| p < 0.001));
    assert!(report.decision_rule.contains("at most 10 % of them"), "{}", report.decision_rule);
    let columns: Vec<_> = odd.reasons.iter().take(2).map(|reason| &*reason.column).collect();
    assert!(columns.contains(&"delay") && columns.contains(&"carrier"), "{columns:?}");
    assert_eq!(report.columns, ["delay", "distance", "carrier", "odd"]);
    assert_eq!(odd.cells[0], Cell::Integer(900));
    assert_eq!(report.histogram.counts.iter().sum::<u64>(), 300);

    world.store.last_unit(|unit| {
        let types: Vec<_> = unit.events.iter().map(|event| event.event_type.as_str()).collect();
        assert_eq!(types, [PipelineUpdated::TYPE, AnomaliesDetected::TYPE]);
        assert!(unit.events.iter().all(|event| event.causation_id.is_some()));
        assert!(unit.completes.is_some());
    });
    let found = &world.store.published::<AnomaliesDetected>()[0];
    assert_eq!((found.rows, found.anomalies), (300, report.anomaly_count));
}

#[test]
fn an_event_handled_twice_makes_one_revision_and_one_report() {
    let world = World::new();
    let event = trained(&world, &uploaded(&world), 1, true);
    handle(&world, &event).unwrap();
    handle(&world, &event).unwrap();
    assert_eq!(world.store.published::<PipelineUpdated>().len(), 1);
    assert_eq!(world.store.published::<AnomaliesDetected>().len(), 1);
    world.store.last_unit(|unit| assert!(unit.completes.is_some() && unit.events.is_empty()));
}

#[test]
fn the_next_champion_is_the_next_revision() {
    let world = World::new();
    handle(&world, &trained(&world, &uploaded(&world), 1, true)).unwrap();
    world.put_file("flights.csv", &flights(5));
    handle(&world, &trained(&world, &uploaded(&world), 2, true)).unwrap();
    let details = pipeline_details(&world.container, "flights").unwrap();
    let numbers: Vec<_> = details.history.iter().map(|revision| revision.number).collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(details.pipeline.current.champion.model_version, 2);
    assert_eq!(world.store.published::<PipelineUpdated>()[1].revision, 2);
}

#[test]
fn events_that_are_replayed_change_nothing() {
    let world = World::new();
    let mut events = vec![trained(&world, &uploaded(&world), 1, true)];
    for (number, champion) in [(2, true), (3, false)] {
        world.put_file("flights.csv", &flights(number * 2));
        events.push(trained(&world, &uploaded(&world), number.try_into().unwrap(), champion));
    }
    for event in &events {
        handle(&world, event).unwrap();
    }
    let state = || {
        let details = pipeline_details(&world.container, "flights").unwrap();
        let report = |event: &ModelTrained| {
            anomalies_of_version(&world.container, &event.dataset.version_id).unwrap()
        };
        (details.pipeline, details.history, events.iter().map(report).collect::<Vec<_>>())
    };
    let before = state();
    assert_eq!(before.0.current.champion.model_version, 2);
    for event in &events {
        let subscription = &subscriptions(&world.container)[0];
        let delivery = Delivery { replay: true, ..testkit::delivery(subscription.group, 1, event) };
        subscription.handler.handle(&delivery, &Cancellation::default()).unwrap();
        world.store.last_unit(|unit| assert!(unit.completes.is_some() && unit.events.is_empty()));
    }
    assert_eq!(state(), before);
}

#[test]
fn a_model_that_is_no_champion_leaves_the_pipeline_and_the_champion_scores() {
    let world = World::new();
    handle(&world, &trained(&world, &uploaded(&world), 1, true)).unwrap();
    world.put_file("flights.csv", &flights(5));
    let second = uploaded(&world);
    handle(&world, &trained(&world, &second, 2, false)).unwrap();
    assert_eq!(world.store.published::<PipelineUpdated>().len(), 1);
    let found = world.store.published::<AnomaliesDetected>();
    assert_eq!(found[1].model.model_version, 1);
    let report = anomalies_of_version(&world.container, &second.1.id).unwrap().unwrap();
    assert_eq!(report.anomalies[0].row, ODD_ROW);
}

#[test]
fn a_version_the_champion_cannot_read_is_told_and_nothing_is_scored() {
    let world = World::new();
    handle(&world, &trained(&world, &uploaded(&world), 1, true)).unwrap();
    let other = (0..40).map(|row| Some(f64::from(row % 7)));
    world.put_file("flights.csv", &MemoryTable::default().floats("other", other));
    let world = world.without_label();
    let second = uploaded(&world);
    handle(&world, &trained(&world, &second, 2, false)).unwrap();
    world.store.last_unit(|unit| {
        assert_eq!(unit.audit[0].action, "pipeline.not_scored");
        assert!(unit.completes.is_some() && unit.events.is_empty());
    });
}

#[test]
fn a_model_of_a_deleted_version_is_let_go() {
    let world = World::new();
    let event = trained(&world, &uploaded(&world), 1, true);
    data_science_application::delete_dataset(&world.container, "flights").unwrap();
    handle(&world, &event).unwrap();
    world.store.last_unit(|unit| assert!(unit.completes.is_some() && unit.events.is_empty()));
    assert!(pipeline_details(&world.container, "flights").is_err());
}
