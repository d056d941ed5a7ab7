use data_science_application::{DatasetDetails, UploadOutcome};
use data_science_domain::dataset::{Dataset, DatasetVersion};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::event::ContractReference;
use shared_kernel_domain::ingest::IngestEvidence;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::TableSchema;

/// One version of a dataset.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct VersionDocument {
    /// The version's id.
    pub id: String,
    /// Its number, from 1.
    pub version: u32,
    /// The digest of its values.
    pub digest: String,
    /// Rows.
    pub rows: Measured<u64>,
    /// The columns.
    pub columns: TableSchema,
    /// Where it was read.
    pub source: String,
    /// The column with known anomalies; null when there is none.
    pub label: Option<String>,
    /// The detector to watch it with.
    pub detector: String,
    /// The data contract that it is held against; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<ContractReference>,
    /// When it was stored, in RFC 3339.
    pub created_at: String,
    /// What was found out while it was read.
    pub evidence: IngestEvidence,
}

impl VersionDocument {
    fn of(version: &DatasetVersion) -> Self {
        Self {
            id: version.id.to_string(),
            version: version.number,
            digest: version.digest().to_string(),
            rows: Measured::exact(version.table.rows),
            columns: version.table.schema.clone(),
            source: version.source.clone(),
            label: version.label.clone(),
            detector: version.detector.clone(),
            contract: version.contract.clone(),
            created_at: version.created_at.to_string(),
            evidence: version.evidence.clone(),
        }
    }
}

/// The answer of `dataset upload`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UploadDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The dataset's id.
    pub dataset_id: String,
    /// Its name.
    pub dataset: String,
    /// Whether the table was already the newest version: nothing was stored.
    pub recognised: bool,
    /// The version.
    pub version: VersionDocument,
}

impl UploadDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.dataset_upload/1";

    /// The document of an upload.
    pub fn of(outcome: &UploadOutcome) -> Self {
        Self {
            schema: Self::SCHEMA,
            dataset_id: outcome.dataset.id.to_string(),
            dataset: outcome.dataset.name.to_string(),
            recognised: outcome.recognised,
            version: VersionDocument::of(&outcome.version),
        }
    }
}

/// A dataset in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DatasetSummary {
    /// The dataset's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its newest version.
    pub newest: VersionDocument,
}

/// The answer of `dataset list`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DatasetListDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// All datasets, by name.
    pub datasets: Vec<DatasetSummary>,
}

impl DatasetListDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.datasets/1";

    /// The document of a list.
    pub fn of(datasets: &[(Dataset, DatasetVersion)]) -> Self {
        let summary = |(dataset, newest): &(Dataset, DatasetVersion)| DatasetSummary {
            id: dataset.id.to_string(),
            name: dataset.name.to_string(),
            newest: VersionDocument::of(newest),
        };
        Self { schema: Self::SCHEMA, datasets: datasets.iter().map(summary).collect() }
    }
}

/// The answer of `dataset show`, `versions` and `delete`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DatasetDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// The dataset's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When its first version came, in RFC 3339.
    pub created_at: String,
    /// Its versions, oldest first.
    pub versions: Vec<VersionDocument>,
}

impl DatasetDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.dataset/1";

    /// The document of a dataset.
    pub fn of(details: &DatasetDetails) -> Self {
        Self {
            schema: Self::SCHEMA,
            id: details.dataset.id.to_string(),
            name: details.dataset.name.to_string(),
            created_at: details.dataset.created_at.to_string(),
            versions: details.versions.iter().map(VersionDocument::of).collect(),
        }
    }
}
