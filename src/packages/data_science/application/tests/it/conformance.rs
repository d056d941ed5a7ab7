//! The fakes are what they stand for.

use data_science_domain::testing::{
    anomaly_repository_conformance, dataset_repository_conformance, pipeline_repository_conformance,
};

use crate::world::MemoryStore;

#[test]
fn the_repositories_in_memory_are_repositories() {
    dataset_repository_conformance(&MemoryStore::default());
    pipeline_repository_conformance(&MemoryStore::default());
    let store = MemoryStore::default();
    anomaly_repository_conformance(&store, &store);
}
