use data_science_application::{UploadRequest, upload};
use data_science_domain::model::AnomalyModel;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::identity::DatasetVersionId;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::training::{ModelTrainer, TrainedModel, TrainingRequest};
use shared_kernel_domain::{ErrorKind, Result};
use testkit::{MemoryTable, model_trainer_conformance};
use uuid::Uuid;

use crate::world::World;

fn uploaded(world: &World, label: Option<&str>) -> DatasetVersionId {
    let request = UploadRequest {
        data: "flights.csv".to_owned(),
        label: label.map(str::to_owned),
        ..UploadRequest::default()
    };
    upload(&world.container, &request, &|_, _| {}, &Cancellation::default()).unwrap().version.id
}

fn train(
    world: &World,
    dataset_version_id: DatasetVersionId,
    detector: Option<&str>,
) -> Result<TrainedModel> {
    let request =
        TrainingRequest { dataset_version_id, detector: detector.map(str::to_owned), seed: 3 };
    world.trainer().train(&request, &Cancellation::default())
}

#[test]
fn the_trainer_of_detectors_is_a_trainer() {
    let world = World::new();
    let version = uploaded(&world, Some("odd"));
    let unknown = DatasetVersionId::new(Uuid::from_u128(999));
    model_trainer_conformance(&world.trainer(), version, unknown);
}

#[test]
fn training_stores_a_model_and_never_reads_the_label() {
    let world = World::new();
    let version = uploaded(&world, Some("odd"));
    let trained = train(&world, version, None).unwrap();
    assert_eq!(trained.detector, "isolation_forest");
    assert_eq!(trained.columns, ["delay", "distance", "carrier"]);
    assert_eq!(trained.left_out["odd"], "it is the label");
    assert_eq!(trained.training_rows, 300);
    assert_eq!(trained.parameters["seed"], 3);
    assert_eq!(trained.metrics["auroc"].value, 1.0, "the odd row is the oddest");
    assert!(trained.metrics["threshold"].value > trained.metrics["score_p99"].value);
    assert!(trained.metrics.values().all(Measured::is_exact));
    let bytes = world.container.shared.artifacts.get(&trained.artifact).unwrap();
    assert_eq!(bytes.len() as u64, trained.artifact_bytes);
    AnomalyModel::from_bytes(&bytes).unwrap();
}

#[test]
fn the_same_request_gives_the_same_bytes() {
    let world = World::new();
    let version = uploaded(&world, None);
    let first = train(&world, version, Some("ecod")).unwrap();
    assert_eq!(train(&world, version, Some("ecod")).unwrap(), first);
    assert!(!first.metrics.contains_key("auroc"), "there is no label");
}

#[test]
fn what_cannot_be_learned_from_is_an_error() {
    let world = World::new();
    world.put_file("flights.csv", &MemoryTable::default().floats("x", []));
    let empty = uploaded(&world, None);
    assert_eq!(train(&world, empty, None).unwrap_err().kind(), ErrorKind::Input);
    let unknown = DatasetVersionId::new(Uuid::from_u128(999));
    assert_eq!(train(&world, unknown, None).unwrap_err().kind(), ErrorKind::Input);
}
