use std::sync::Mutex;

use shared_kernel_domain::catalog::{CatalogEntry, DatasetCatalog};
use shared_kernel_domain::event::{ContractReference, DatasetVersionRef};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, ErrorKind, Result};
use uuid::Uuid;

/// Version `number` of the dataset `flights`, as events call it.
pub fn flights_version(number: u32) -> DatasetVersionRef {
    DatasetVersionRef {
        dataset_id: DatasetId::new(Uuid::from_u128(100)),
        dataset_name: "flights".to_owned(),
        version_id: DatasetVersionId::new(Uuid::from_u128(u128::from(number) + 200)),
        version: number,
    }
}

/// Datasets kept in memory.
#[derive(Debug, Default)]
pub struct MemoryCatalog(Mutex<Vec<CatalogEntry>>);

impl MemoryCatalog {
    /// Adds the table of a version, read from text and held against no contract.
    pub fn add(&self, version: DatasetVersionRef, table: TableReference) {
        self.add_held_against(version, table, None);
    }

    /// The same, held against a contract.
    pub fn add_held_against(
        &self,
        version: DatasetVersionRef,
        table: TableReference,
        contract: Option<ContractReference>,
    ) {
        self.0.lock().expect("a lock").push(CatalogEntry {
            dataset_id: version.dataset_id,
            dataset_name: version.dataset_name,
            version_id: version.version_id,
            version: version.version,
            table,
            typed: false,
            contract,
        });
    }
}

impl DatasetCatalog for MemoryCatalog {
    fn version(&self, id: &DatasetVersionId) -> Result<CatalogEntry> {
        let entries = self.0.lock().expect("a lock");
        let found = entries.iter().find(|entry| entry.version_id == *id);
        found.cloned().ok_or_else(|| Error::input(format!("there is no dataset version {id}")))
    }

    fn newest(&self, dataset_name: &str) -> Result<Option<CatalogEntry>> {
        let entries = self.0.lock().expect("a lock");
        let own = entries.iter().filter(|entry| entry.dataset_name == dataset_name);
        Ok(own.max_by_key(|entry| entry.version).cloned())
    }
}

/// What every catalogue must do that holds just these versions, at least one of them: find each
/// by its id and the newest of each dataset by name, and nothing else.
pub fn dataset_catalog_conformance(
    catalog: &dyn DatasetCatalog,
    held: &[(DatasetVersionRef, TableReference)],
) {
    assert!(!held.is_empty(), "an empty catalogue shows nothing");
    for (reference, table) in held {
        let found = catalog.version(&reference.version_id).expect("a version is found by its id");
        assert_same(&found, reference, table);
        let newest = catalog.newest(&reference.dataset_name).expect("the catalogue answers");
        let newest = newest.expect("a dataset is found by its name");
        let (reference, table) = held
            .iter()
            .filter(|(other, _)| other.dataset_name == reference.dataset_name)
            .max_by_key(|(other, _)| other.version)
            .expect("at least this one");
        assert_same(&newest, reference, table);
    }
    let unknown = catalog.version(&DatasetVersionId::new(Uuid::max())).map(|entry| entry.version);
    assert_eq!(unknown.map_err(|error| error.kind()).expect_err("no entry"), ErrorKind::Input);
    let unknown = catalog.newest("no such dataset").expect("the catalogue answers");
    assert!(unknown.is_none(), "{unknown:?}");
}

fn assert_same(found: &CatalogEntry, reference: &DatasetVersionRef, table: &TableReference) {
    assert_eq!(
        (found.dataset_id, found.version_id, found.version, found.dataset_name.as_str()),
        (reference.dataset_id, reference.version_id, reference.version, &*reference.dataset_name)
    );
    assert_eq!(found.table, *table);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryTable;

    #[test]
    fn datasets_in_memory_are_a_catalogue() {
        let table = |rows| MemoryTable::default().integers("n", (0..rows).map(Some)).reference();
        let mut trains = flights_version(9);
        trains.dataset_id = DatasetId::new(Uuid::from_u128(101));
        trains.dataset_name = "trains".to_owned();
        let held =
            [(flights_version(2), table(2)), (flights_version(1), table(1)), (trains, table(3))];
        let catalog = MemoryCatalog::default();
        for (version, table) in &held {
            catalog.add(version.clone(), table.clone());
        }
        dataset_catalog_conformance(&catalog, &held);
    }
}
