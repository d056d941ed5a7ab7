//! How other contexts find the table behind a dataset version.

use crate::Result;
use crate::event::ContractReference;
use crate::identity::{DatasetId, DatasetVersionId};
use crate::table::TableReference;

/// A dataset version as other contexts see it.
#[derive(Clone, Debug)]
pub struct CatalogEntry {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// The dataset's name.
    pub dataset_name: String,
    /// The version's id.
    pub version_id: DatasetVersionId,
    /// The version's number, from 1.
    pub version: u32,
    /// The table.
    pub table: TableReference,
    /// Whether its source has types of its own, and is not text.
    pub typed: bool,
    /// The contract that it is held against.
    pub contract: Option<ContractReference>,
}

/// The datasets there are. Implemented by data science.
pub trait DatasetCatalog: Send + Sync {
    /// A version by id.
    fn version(&self, id: &DatasetVersionId) -> Result<CatalogEntry>;

    /// The newest version of a dataset by name, if there is such a dataset.
    fn newest(&self, dataset_name: &str) -> Result<Option<CatalogEntry>>;
}
