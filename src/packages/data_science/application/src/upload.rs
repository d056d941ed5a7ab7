use data_science_domain::dataset::{Dataset, DatasetName, DatasetVersion};
use data_science_domain::detector::{DEFAULT_DETECTOR, configured_algorithm};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{ContractReference, DatasetUploaded, NewEvent};
use shared_kernel_domain::identity::{CorrelationId, DatasetId, DatasetVersionId};
use shared_kernel_domain::ingest::{IngestedTable, TableFormat, TableSource};
use shared_kernel_domain::table::TableSchema;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::DataScienceContainer;

/// Bad rows told in the event.
const TOLD_BAD_ROWS: usize = 5;

/// How often an upload begins anew because another one of the same dataset came in between.
const ATTEMPTS: usize = 3;

/// The contract that a version is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ContractChoice {
    /// That of the version before.
    #[default]
    Keep,
    /// None.
    Leave,
    /// This one.
    Take(ContractReference),
}

impl ContractChoice {
    fn after(&self, before: Option<&DatasetVersion>) -> Option<ContractReference> {
        match self {
            Self::Keep => before.and_then(|version| version.contract.clone()),
            Self::Leave => None,
            Self::Take(contract) => Some(contract.clone()),
        }
    }
}

/// What to upload.
#[derive(Clone, Debug, Default)]
pub struct UploadRequest {
    /// A path, a glob, a folder of Parquet files, or `-`.
    pub data: String,
    /// The format, when the user names it.
    pub format: Option<TableFormat>,
    /// The sheet of a workbook, by name or by number from 1, when the user names one.
    pub sheet: Option<String>,
    /// The dataset's name; made from `data` when `None`.
    pub name: Option<String>,
    /// The column with known anomalies; `None` keeps the dataset's.
    pub label: Option<String>,
    /// The detector to watch it with; `None` keeps the dataset's, or takes the default.
    pub detector: Option<String>,
    /// Copy Parquet files into the store.
    pub copy: bool,
    /// The contract that the version is held against.
    pub contract: ContractChoice,
}

/// What came of an upload.
#[derive(Clone, Debug)]
pub struct UploadOutcome {
    /// The dataset.
    pub dataset: Dataset,
    /// The version the table is stored as.
    pub version: DatasetVersion,
    /// The version before it.
    pub previous: Option<DatasetVersion>,
    /// Whether the table was already the dataset's newest version: nothing was stored.
    pub recognised: bool,
    /// The chain of events that the upload began; `None` when it was recognised.
    pub correlation_id: Option<CorrelationId>,
}

/// Stores a table as a dataset version, and publishes `dataset.uploaded` with it.
///
/// A table with the values of the dataset's newest version is recognised: nothing is stored and
/// nothing published, and the version keeps its label and detector. Under another contract it is
/// another version: what was judged by one is not judged by the other.
pub fn upload(
    container: &DataScienceContainer,
    request: &UploadRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<UploadOutcome> {
    let name = match &request.name {
        Some(name) => DatasetName::new(name)?,
        None => DatasetName::from_location(&request.data),
    };
    if let Some(detector) = &request.detector {
        configured_algorithm(detector)?;
    }
    let source = TableSource {
        location: request.data.clone(),
        format: request.format,
        sheet: request.sheet.clone(),
        copy: request.copy,
        keep: true,
        leave_digest: false,
    };
    let ingested = container.shared.ingest.ingest(&source, progress, cancellation)?;
    if let Some(label) = &request.label {
        check_label(label, &ingested.table.schema)?;
    }
    let mut attempt = 1;
    loop {
        match store(container, request, &name, &ingested) {
            Err(error) if error.kind() == ErrorKind::Unavailable && attempt < ATTEMPTS => {
                attempt += 1;
            }
            done => return done,
        }
    }
}

fn store(
    container: &DataScienceContainer,
    request: &UploadRequest,
    name: &DatasetName,
    ingested: &IngestedTable,
) -> Result<UploadOutcome> {
    let now = container.shared.clock.now();
    let ids = container.shared.ids.as_ref();
    let known = container.datasets.by_name(name.as_str())?;
    let newest = match &known {
        Some(dataset) => container.datasets.newest_version(&dataset.id)?,
        None => None,
    };
    let dataset = known.unwrap_or_else(|| Dataset {
        id: DatasetId::generate(ids),
        name: name.clone(),
        created_at: now,
    });
    let contract = request.contract.after(newest.as_ref());
    if let Some(newest) = &newest
        && newest.digest() == &ingested.table.digest
        && newest.contract == contract
    {
        let mut version = newest.clone();
        let (known, found) = (&newest.table, &ingested.table);
        if known.parts != found.parts && known.schema == found.schema {
            // The file was moved or touched: from now on it is scanned where it was just read.
            version.table = found.clone();
            container.datasets.refer_to(&version, UnitOfWork::of_command())?;
        }
        return Ok(UploadOutcome {
            dataset,
            version,
            previous: None,
            recognised: true,
            correlation_id: None,
        });
    }
    // A label that an earlier version had and this one lacks is no label.
    let kept_label = newest.as_ref().and_then(|newest| newest.label.clone());
    let kept_label = kept_label.filter(|label| ingested.table.schema.field(label).is_some());
    let kept_detector = newest.as_ref().map(|newest| newest.detector.clone());
    let version = DatasetVersion {
        id: DatasetVersionId::generate(ids),
        dataset_id: dataset.id,
        number: newest.as_ref().map_or(1, |newest| newest.number + 1),
        table: ingested.table.clone(),
        evidence: ingested.evidence.clone(),
        source: request.data.clone(),
        label: request.label.clone().or(kept_label),
        detector: request
            .detector
            .clone()
            .or(kept_detector)
            .unwrap_or_else(|| DEFAULT_DETECTOR.to_owned()),
        contract,
        created_at: now,
    };
    let correlation_id = CorrelationId::generate(ids);
    let event = NewEvent {
        correlation_id: Some(correlation_id),
        ..NewEvent::beginning(&uploaded_event(&dataset, &version))?
    };
    let entry = AuditEntry::new(
        "user",
        "dataset.version.created",
        version.id,
        json!({
            "dataset": dataset.name,
            "version": version.number,
            "digest": version.digest(),
            "rows": version.table.rows,
            "source": version.source,
        }),
    );
    let unit = UnitOfWork::of_command().publish(event).audit(entry);
    container.datasets.add_version(&dataset, &version, unit)?;
    Ok(UploadOutcome {
        dataset,
        version,
        previous: newest,
        recognised: false,
        correlation_id: Some(correlation_id),
    })
}

fn uploaded_event(dataset: &Dataset, version: &DatasetVersion) -> DatasetUploaded {
    let evidence = &version.evidence;
    DatasetUploaded {
        dataset: version.reference(dataset),
        digest: version.digest().clone(),
        rows: version.table.rows,
        columns: version.table.schema.clone(),
        bad_rows: evidence.bad_rows,
        blank_rows: evidence.blank_rows,
        bad_row_examples: evidence
            .bad_row_examples
            .iter()
            .take(TOLD_BAD_ROWS)
            .map(|bad| format!("line {}: {}", bad.line, bad.reason))
            .collect(),
        typed: evidence.format.is_typed(),
        contract: version.contract.clone(),
    }
}

/// Refuses a label that is not a column.
pub(crate) fn check_label(label: &str, schema: &TableSchema) -> Result<()> {
    if schema.field(label).is_some() {
        return Ok(());
    }
    let names: Vec<_> = schema.names().take(20).collect();
    Err(Error::usage(format!("there is no column {label:?} to take labels from"))
        .hint(format!("the columns are {}", names.join(", "))))
}
