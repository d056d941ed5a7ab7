use data_science_application::{
    ContractChoice, UploadOutcome, UploadRequest, dataset_details, delete_dataset, upload,
    version_of_dataset,
};
use data_science_domain::dataset::{Dataset, DatasetName, DatasetVersion};
use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{ContractReference, DatasetUploaded};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::{ErrorKind, Result};
use uuid::Uuid;

use crate::world::{World, flights};

fn request(data: &str) -> UploadRequest {
    UploadRequest { data: data.to_owned(), ..UploadRequest::default() }
}

fn send(world: &World, request: &UploadRequest) -> Result<UploadOutcome> {
    upload(&world.container, request, &|_, _| {}, &Cancellation::default())
}

#[test]
fn a_first_upload_makes_a_dataset_and_publishes_what_it_holds() {
    let world = World::new();
    let outcome = send(&world, &request("flights.csv")).unwrap();
    assert_eq!((outcome.dataset.name.as_str(), outcome.version.number), ("flights", 1));
    assert_eq!(outcome.version.detector, "isolation_forest");
    assert!(!outcome.recognised);
    let events = world.store.published::<DatasetUploaded>();
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].rows, events[0].bad_rows), (300, 1));
    assert_eq!(events[0].bad_row_examples, ["line 7: 5 fields, expected 3"]);
    assert_eq!(events[0].dataset, outcome.version.reference(&outcome.dataset));
    world.store.last_unit(|unit| {
        assert_eq!(unit.events[0].correlation_id, outcome.correlation_id);
        assert_eq!(unit.audit[0].action, "dataset.version.created");
        assert!(unit.completes.is_none());
    });
}

#[test]
fn the_same_values_are_recognised_and_others_make_the_next_version() {
    let world = World::new();
    let first = UploadRequest {
        label: Some("odd".to_owned()),
        detector: Some("ecod".to_owned()),
        ..request("flights.csv")
    };
    send(&world, &first).unwrap();
    let again = send(&world, &request("flights.csv")).unwrap();
    assert!(again.recognised && again.correlation_id.is_none());
    assert_eq!(world.store.commits(), 1);

    world.put_file("flights.csv", &flights(1));
    let second = send(&world, &request("flights.csv")).unwrap();
    assert_eq!(second.version.number, 2);
    assert_eq!(second.previous.unwrap().number, 1);
    assert_eq!(second.version.label.as_deref(), Some("odd"), "the label is kept");
    assert_eq!(second.version.detector, "ecod", "the detector is kept");

    world.put_file("flights.csv", &flights(0));
    let third = send(&world, &request("flights.csv")).unwrap();
    assert_eq!(third.version.number, 3, "old values after newer ones are a new version");
}

#[test]
fn a_contract_stays_with_the_dataset_until_another_is_taken() {
    let world = World::new();
    let contract = |text: &str| ContractReference {
        artifact: ArtifactDigest::of(text.as_bytes()),
        file: "flights.odcs.yaml".to_owned(),
        object: "flights".to_owned(),
    };
    let with = |choice: ContractChoice| {
        let request = UploadRequest { contract: choice, ..request("flights.csv") };
        send(&world, &request).unwrap()
    };
    let first = with(ContractChoice::Take(contract("a")));
    assert_eq!(first.version.contract, Some(contract("a")));
    assert!(with(ContractChoice::Keep).recognised);
    assert!(with(ContractChoice::Take(contract("a"))).recognised);
    world.put_file("flights.csv", &flights(1));
    assert_eq!(with(ContractChoice::Keep).version.contract, Some(contract("a")));
    let judged_anew = with(ContractChoice::Take(contract("b")));
    assert!(!judged_anew.recognised, "the same values under another contract are a new version");
    assert_eq!(judged_anew.version.number, 3);
    let without = with(ContractChoice::Leave);
    assert_eq!((without.version.number, without.version.contract), (4, None));
    let told = world.store.published::<DatasetUploaded>();
    let told: Vec<_> = told.into_iter().map(|event| event.contract).collect();
    assert_eq!(told, [Some(contract("a")), Some(contract("a")), Some(contract("b")), None]);
}

#[test]
fn an_upload_overtaken_by_another_begins_anew() {
    let world = World::new();
    let other = send(&world, &request("flights.csv")).unwrap().version;
    let fresh = World::new();
    let dataset = Dataset {
        id: DatasetId::new(Uuid::from_u128(77)),
        name: DatasetName::new("flights").unwrap(),
        created_at: fresh.container.shared.clock.now(),
    };
    let version = DatasetVersion {
        id: DatasetVersionId::new(Uuid::from_u128(78)),
        dataset_id: dataset.id,
        ..other
    };
    *fresh.store.overtaken_by.lock().unwrap() = Some((dataset.clone(), version));
    let outcome = send(&fresh, &request("flights.csv")).unwrap();
    assert!(outcome.recognised, "the other upload stored the same values");
    assert_eq!(outcome.dataset, dataset);
}

#[test]
fn wrong_names_labels_and_detectors_are_usage_errors() {
    let world = World::new();
    for request in [
        UploadRequest { name: Some("../x".to_owned()), ..request("flights.csv") },
        UploadRequest { label: Some("nope".to_owned()), ..request("flights.csv") },
        UploadRequest { detector: Some("nope".to_owned()), ..request("flights.csv") },
    ] {
        assert_eq!(send(&world, &request).unwrap_err().kind(), ErrorKind::Usage);
    }
    assert_eq!(world.store.commits(), 0);
}

#[test]
fn versions_are_found_by_number_and_a_deleted_dataset_is_gone() {
    let world = World::new();
    send(&world, &request("flights.csv")).unwrap();
    world.put_file("flights.csv", &flights(1));
    send(&world, &request("flights.csv")).unwrap();
    let container = &world.container;
    assert_eq!(version_of_dataset(container, "flights", Some(1)).unwrap().1.number, 1);
    assert_eq!(version_of_dataset(container, "flights", None).unwrap().1.number, 2);
    assert!(version_of_dataset(container, "flights", Some(3)).is_err());
    assert_eq!(delete_dataset(container, "flights").unwrap().versions.len(), 2);
    world.store.last_unit(|unit| assert_eq!(unit.audit[0].action, "dataset.deleted"));
    assert!(dataset_details(container, "flights").is_err());
    assert!(container.shared.catalog.newest("flights").unwrap().is_none());
}
