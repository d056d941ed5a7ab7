//! The fakes and the catalogue are what they stand for.

use std::sync::Arc;

use data_science_application::RepositoryCatalog;
use data_science_domain::dataset::DatasetRepository;
use data_science_domain::testing::{
    anomaly_repository_conformance, dataset, dataset_repository_conformance,
    feedback_repository_conformance, pipeline_repository_conformance, scores_writer_conformance,
    version,
};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use testkit::dataset_catalog_conformance;

use crate::world::{MemoryStore, PlainScores};

#[test]
fn the_repositories_in_memory_are_repositories() {
    dataset_repository_conformance(&MemoryStore::default());
    pipeline_repository_conformance(&MemoryStore::default());
    let store = MemoryStore::default();
    anomaly_repository_conformance(&store, &store);
    let store = MemoryStore::default();
    feedback_repository_conformance(&store, &store);
}

#[test]
fn the_catalogue_of_the_repository_is_a_catalogue() {
    let store = Arc::new(MemoryStore::default());
    let mut held = Vec::new();
    for (number, versions) in [(1, 3), (2, 1)] {
        let dataset = dataset(number);
        for version in (1..=versions).map(|of| version(&dataset, number, of)) {
            store.add_version(&dataset, &version, UnitOfWork::of_command()).unwrap();
            held.push((version.reference(&dataset), version.table));
        }
    }
    dataset_catalog_conformance(&RepositoryCatalog::new(store), &held);
}

#[test]
fn the_plain_writer_of_scores_is_a_writer() {
    scores_writer_conformance(&PlainScores);
}
