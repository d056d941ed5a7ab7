use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::catalog::CatalogEntry;
use shared_kernel_domain::ingest::{IngestEvidence, TableFormat, TableSource};
use shared_kernel_domain::scan::{Duplicates, ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::{ContentDigestSummary, RowComparison};
use shared_kernel_domain::table::{ContentDigest, TableReference};
use shared_kernel_domain::{Error, Result};

use crate::SharedContainer;

/// What a user calls DATA, and how to read it.
#[derive(Clone, Debug, Default)]
pub struct DataRequest {
    /// A path, a glob, a folder of Parquet files, `-`, or the name of a dataset.
    pub data: String,
    /// The format, when the user names it.
    pub format: Option<TableFormat>,
    /// The sheet of a workbook, by name or by number from 1, when the user names one.
    pub sheet: Option<String>,
}

/// A table that can be scanned, and where it came from.
#[derive(Clone, Debug)]
pub struct ResolvedTable {
    /// The table.
    pub table: TableReference,
    /// What was found out while reading a file; `None` for a registered dataset.
    pub evidence: Option<IngestEvidence>,
    /// The dataset version, when DATA named a dataset.
    pub entry: Option<CatalogEntry>,
    /// What to call it.
    pub name: String,
}

/// Finds the table behind DATA: a registered dataset's newest version, or files read now.
///
/// What exists as a path is a path; else the name of a dataset is tried.
pub fn resolve_table(
    shared: &SharedContainer,
    request: &DataRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<ResolvedTable> {
    resolve(shared, request, false, progress, cancellation)
}

/// The same for a caller that tells no digest, or scans all columns anyway: the digest of files that are
/// only referred to is unknown, and [`summarize_with_digest`] takes it along.
pub fn resolve_table_to_scan(
    shared: &SharedContainer,
    request: &DataRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<ResolvedTable> {
    resolve(shared, request, true, progress, cancellation)
}

/// Scans a table, and takes its digest along where it is unknown.
pub fn summarize_with_digest(
    shared: &SharedContainer,
    table: &TableReference,
    mut plan: ScanPlan,
    cancellation: &Cancellation,
) -> Result<(ScanOutcome, ContentDigest)> {
    let rows = RowsOnTheWay::add_to(&mut plan, table, false);
    let outcome = shared.scanner.summarize(table, plan, cancellation)?;
    let digest = rows.digest(&outcome, table)?;
    Ok((outcome, digest))
}

/// What a scan takes along of whole rows: the digest of a table where it is unknown, and the rows that
/// agree in all columns.
#[derive(Clone, Copy)]
pub struct RowsOnTheWay {
    digested: Option<Slot<ContentDigestSummary>>,
    compared: Option<Slot<RowComparison>>,
}

impl RowsOnTheWay {
    /// Adds to a plan what gives the digest, and with `compare` what compares the rows, unless they
    /// are more than [`RowComparison::MOST_ROWS`].
    pub fn add_to(plan: &mut ScanPlan, table: &TableReference, compare: bool) -> Self {
        let names: Vec<&str> = table.schema.names().collect();
        let compare = compare && table.rows <= RowComparison::MOST_ROWS;
        let digest = !compare && !table.digest.is_known();
        Self {
            digested: digest.then(|| plan.add(&names, ContentDigestSummary::default())),
            compared: compare.then(|| plan.add(&names, RowComparison::default())),
        }
    }

    /// The table's digest.
    pub fn digest(self, outcome: &ScanOutcome, table: &TableReference) -> Result<ContentDigest> {
        let names = || table.schema.names().collect::<Vec<&str>>();
        if let Some(slot) = self.digested {
            return Ok(outcome.get(slot)?.digest(names()));
        }
        match self.compared {
            Some(slot) if !table.digest.is_known() => {
                Ok(outcome.get(slot)?.digest().digest(names()))
            }
            _ => Ok(table.digest.clone()),
        }
    }

    /// The rows that agree in all columns, with the `examples` largest groups; `None` when they were
    /// not compared.
    pub fn duplicates(self, outcome: &ScanOutcome, examples: usize) -> Result<Option<Duplicates>> {
        let Some(slot) = self.compared else { return Ok(None) };
        Ok(Some(outcome.get(slot)?.duplicates(examples)))
    }
}

fn resolve(
    shared: &SharedContainer,
    request: &DataRequest,
    leave_digest: bool,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<ResolvedTable> {
    let data = request.data.as_str();
    if !shared.ingest.finds(data) {
        if let Some(entry) = shared.catalog.newest(data)? {
            return Ok(ResolvedTable {
                table: entry.table.clone(),
                evidence: None,
                name: entry.dataset_name.clone(),
                entry: Some(entry),
            });
        }
        return Err(Error::input(format!("no file and no dataset is called {data:?}"))
            .hint("give a path, a glob, a folder of Parquet files, - for standard input, or a name from `pynomaly dataset list`"));
    }
    let source = TableSource {
        location: data.to_owned(),
        format: request.format,
        sheet: request.sheet.clone(),
        leave_digest,
        ..TableSource::default()
    };
    let ingested = shared.ingest.ingest(&source, progress, cancellation)?;
    Ok(ResolvedTable {
        table: ingested.table,
        evidence: Some(ingested.evidence),
        entry: None,
        name: data.to_owned(),
    })
}
