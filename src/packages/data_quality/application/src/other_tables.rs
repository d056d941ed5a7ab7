//! Tables that rules name beside the one that is checked.

use data_quality_domain::VersionBefore;
use data_quality_domain::rule::PREVIOUS_VERSION;
use shared_kernel_application::{DataRequest, ResolvedTable, resolve_table, resolve_table_to_scan};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::catalog::CatalogEntry;
use shared_kernel_domain::identity::DatasetId;
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::DataQualityContainer;
use crate::contract::UsableContract;

/// The dataset and version that a checked table is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VersionOf {
    pub(crate) dataset: DatasetId,
    pub(crate) version: u32,
}

impl VersionOf {
    /// Of a version of the catalogue.
    pub(crate) fn entry(entry: &CatalogEntry) -> Self {
        Self { dataset: entry.dataset_id, version: entry.version }
    }
}

/// Finds the tables that the rules of a contract name.
#[derive(Clone, Copy)]
pub(crate) struct OtherTables<'a> {
    pub(crate) container: &'a DataQualityContainer,
    pub(crate) contract: &'a UsableContract,
    /// The table that is checked, and what it is of a dataset, if of one.
    pub(crate) table: &'a TableReference,
    pub(crate) version: Option<VersionOf>,
    pub(crate) cancellation: &'a Cancellation,
}

impl OtherTables<'_> {
    /// The table that a rule names: a file, the newest version of a dataset, or the version before.
    pub(crate) fn find(&self, name: &str) -> Result<ResolvedTable> {
        if name == PREVIOUS_VERSION {
            return self.version_before();
        }
        let shared = &self.container.shared;
        resolve_table(shared, &self.request(name), &|_, _| (), self.cancellation)
    }

    /// The same, where nobody needs its digest.
    pub(crate) fn find_to_scan(&self, name: &str) -> Result<ResolvedTable> {
        if name == PREVIOUS_VERSION {
            return self.version_before();
        }
        let shared = &self.container.shared;
        resolve_table_to_scan(shared, &self.request(name), &|_, _| (), self.cancellation)
    }

    /// Whether the table that a rule names is the one that is checked. The version before is another
    /// one, even where nothing changed.
    pub(crate) fn is_itself(&self, name: &str, found: &TableReference) -> bool {
        name != PREVIOUS_VERSION && found.is_same_as(self.table)
    }

    fn request(&self, name: &str) -> DataRequest {
        let data = place_of(self.container, self.contract, name);
        DataRequest { data, ..DataRequest::default() }
    }

    /// The newest version before this one for which the gate was open.
    fn version_before(&self) -> Result<ResolvedTable> {
        let none = |why: &str| Err(Error::new(ErrorKind::NotEvaluated, why));
        let Some(VersionOf { dataset, version }) = self.version else {
            return none("the table is no version of a dataset, and has none before it");
        };
        let before = match self.container.reports.open_before(&dataset, version)? {
            VersionBefore::None => return none("there is no version before this one"),
            VersionBefore::AllClosed => {
                return none("the gate was closed for every version before this one");
            }
            VersionBefore::Open(before) => before,
        };
        let entry = self.container.shared.catalog.version(&before)?;
        Ok(ResolvedTable {
            table: entry.table.clone(),
            evidence: None,
            name: format!("version {} of {}", entry.version, entry.dataset_name),
            entry: Some(entry),
        })
    }
}

/// Where a table that a contract names is: where the contract itself says, beside the contract, or
/// what is called so from here.
pub(crate) fn place_of(
    container: &DataQualityContainer,
    contract: &UsableContract,
    name: &str,
) -> String {
    let described = contract.contract.objects.iter().find(|object| object.name == name);
    let physical = described.and_then(|object| object.physical_name.as_deref());
    let candidates = physical.into_iter().chain([name]);
    for candidate in candidates {
        for place in [container.contracts.beside(&contract.path, candidate), candidate.to_owned()] {
            if container.shared.ingest.finds(&place) {
                return place;
            }
        }
    }
    physical.unwrap_or(name).to_owned()
}
