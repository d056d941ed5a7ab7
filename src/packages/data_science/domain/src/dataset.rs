//! Datasets: named tables through time, and their immutable versions.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::catalog::CatalogEntry;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{ContractReference, DatasetVersionRef};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::ingest::IngestEvidence;
use shared_kernel_domain::table::{ContentDigest, TableReference};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

/// The longest name of a dataset, in characters.
const MAX_NAME: usize = 100;

/// File endings that are no part of a dataset's name.
const ENDINGS: [&str; 14] = [
    "csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "arrow", "feather", "ipc", "gz",
    "zst", "avro", "xlsx",
];

/// A dataset's name: 1 to 100 letters, digits, `_`, `-` and `.`, beginning with a letter or digit.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct DatasetName(String);

impl DatasetName {
    /// Checks a name that a user chose.
    pub fn new(name: &str) -> Result<Self> {
        let fits = name.chars().next().is_some_and(char::is_alphanumeric)
            && name.chars().count() <= MAX_NAME
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
        if fits {
            return Ok(Self(name.to_owned()));
        }
        Err(Error::usage(format!("{name:?} cannot be the name of a dataset")).hint(format!(
            "use 1 to {MAX_NAME} letters, digits, _, - and ., beginning with a letter or digit, \
             such as {}",
            cleaned(name)
        )))
    }

    /// A name made from where a table was read: the last part of the path, without endings.
    pub fn from_location(location: &str) -> Self {
        if location == "-" {
            return Self("stdin".to_owned());
        }
        let mut stem = location
            .rsplit(['/', '\\'])
            .find(|part| !part.is_empty() && *part != "." && *part != "..")
            .unwrap_or_default();
        while let Some((before, ending)) = stem.rsplit_once('.') {
            if before.is_empty() || !ENDINGS.contains(&ending.to_lowercase().as_str()) {
                break;
            }
            stem = before;
        }
        Self(cleaned(stem))
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The nearest name that fits: runs of other characters become one `_`.
fn cleaned(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || matches!(character, '-' | '.') {
            name.push(character);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    let name: String = name.trim_matches(['_', '-', '.']).chars().take(MAX_NAME).collect();
    if name.is_empty() { "dataset".to_owned() } else { name }
}

/// A named table through time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// Its id.
    pub id: DatasetId,
    /// Its name, unique among datasets.
    pub name: DatasetName,
    /// When its first version came.
    pub created_at: Timestamp,
}

/// One immutable version of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetVersion {
    /// Its id.
    pub id: DatasetVersionId,
    /// The dataset.
    pub dataset_id: DatasetId,
    /// Its number, from 1.
    pub number: u32,
    /// The table; its digest is the version's.
    pub table: TableReference,
    /// What was found out while it was read.
    pub evidence: IngestEvidence,
    /// Where it was read.
    pub source: String,
    /// The column with known anomalies: never learned from.
    pub label: Option<String>,
    /// The detector to watch it with.
    pub detector: String,
    /// The data contract that it is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractReference>,
    /// When it was stored.
    pub created_at: Timestamp,
}

impl DatasetVersion {
    /// The digest of its values.
    pub fn digest(&self) -> &ContentDigest {
        &self.table.digest
    }

    /// The version as events speak of it.
    pub fn reference(&self, dataset: &Dataset) -> DatasetVersionRef {
        DatasetVersionRef {
            dataset_id: dataset.id,
            dataset_name: dataset.name.to_string(),
            version_id: self.id,
            version: self.number,
        }
    }

    /// The version as other contexts see it.
    pub fn catalog_entry(&self, dataset: &Dataset) -> CatalogEntry {
        CatalogEntry {
            dataset_id: dataset.id,
            dataset_name: dataset.name.to_string(),
            version_id: self.id,
            version: self.number,
            table: self.table.clone(),
            typed: self.evidence.format.is_typed(),
            contract: self.contract.clone(),
        }
    }
}

/// Where datasets are kept.
pub trait DatasetRepository: Send + Sync {
    /// All datasets with their newest versions, by name.
    fn list(&self) -> Result<Vec<(Dataset, DatasetVersion)>>;

    /// The dataset of a name.
    fn by_name(&self, name: &str) -> Result<Option<Dataset>>;

    /// The dataset of an id.
    fn by_id(&self, id: &DatasetId) -> Result<Option<Dataset>>;

    /// A version.
    fn version(&self, id: &DatasetVersionId) -> Result<Option<DatasetVersion>>;

    /// All versions of a dataset, oldest first.
    fn versions(&self, dataset: &DatasetId) -> Result<Vec<DatasetVersion>>;

    /// The newest version of a dataset.
    fn newest_version(&self, dataset: &DatasetId) -> Result<Option<DatasetVersion>>;

    /// Adds a version, and the dataset with its first one.
    ///
    /// Nothing is committed, and the error is `Unavailable`, when another version or a dataset of
    /// that name came in between.
    fn add_version(
        &self,
        dataset: &Dataset,
        version: &DatasetVersion,
        unit: UnitOfWork,
    ) -> Result<()>;

    /// Replaces where a version's table lies: the same values were found in another place.
    fn refer_to(&self, version: &DatasetVersion, unit: UnitOfWork) -> Result<()>;

    /// Deletes a dataset with its versions, pipeline and anomalies.
    fn delete(&self, dataset: &DatasetId, unit: UnitOfWork) -> Result<()>;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_come_from_file_names() {
        for (location, name) in [
            ("data/flights.csv", "flights"),
            ("flights 2013.CSV.gz", "flights_2013"),
            ("/tmp/parts/", "parts"),
            ("parts/part-*.parquet", "part"),
            ("https_dump.v2.parquet", "https_dump.v2"),
            ("-", "stdin"),
            (".csv", "csv"),
            ("../..", "dataset"),
            ("données.csv", "données"),
            ("C:\\tables\\a b.tsv", "a_b"),
        ] {
            assert_eq!(DatasetName::from_location(location).as_str(), name, "{location}");
        }
    }

    #[test]
    fn a_chosen_name_is_checked_and_a_better_one_is_offered() {
        DatasetName::new("flights-2013.v2").unwrap();
        for name in ["", "a b", "../x", "-x", ".hidden", &"x".repeat(101)] {
            assert!(DatasetName::new(name).is_err(), "{name}");
        }
        let error = DatasetName::new("my flights").unwrap_err();
        assert!(error.hint_text().unwrap().contains("my_flights"));
    }

    proptest! {
        #[test]
        fn a_made_name_is_always_a_good_name(location in ".{0,150}") {
            let name = DatasetName::from_location(&location);
            prop_assert_eq!(DatasetName::new(name.as_str()).unwrap(), name);
        }
    }
}
