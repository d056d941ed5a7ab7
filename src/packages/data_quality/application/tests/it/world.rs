//! The container of data quality over fakes.

use std::sync::Arc;

use data_quality_application::DataQualityContainer;
use data_quality_domain::testing::{
    MemoryContracts, MemoryFailingRows, MemoryQuarantine, MemoryReports,
};
use shared_kernel_domain::ingest::IngestEvidence;
use shared_kernel_domain::table::TableReference;
use testkit::{Fakes, MemoryScanner, MemoryTable, flights_version};

/// Everything around one table: version 1 of the dataset `flights`.
pub(crate) struct World {
    pub(crate) table: TableReference,
    pub(crate) scanner: Arc<MemoryScanner>,
    pub(crate) reports: Arc<MemoryReports>,
    pub(crate) files: Arc<MemoryContracts>,
    pub(crate) failing: Arc<MemoryFailingRows>,
    pub(crate) quarantine: Arc<MemoryQuarantine>,
    pub(crate) fakes: Fakes,
    pub(crate) container: DataQualityContainer,
}

impl World {
    pub(crate) fn of(table: &MemoryTable) -> Self {
        Self::over(table, 7, None)
    }

    /// A world in which tables are read in batches of this many rows.
    pub(crate) fn in_batches_of(rows: usize, table: &MemoryTable) -> Self {
        Self::over(table, rows, None)
    }

    /// A world in which the table also is the file `flights.csv`.
    pub(crate) fn with_evidence(table: &MemoryTable, evidence: IngestEvidence) -> Self {
        Self::over(table, 7, Some(evidence))
    }

    /// The same, read in batches of this many rows.
    pub(crate) fn with_batches(
        table: &MemoryTable,
        batch_rows: usize,
        evidence: IngestEvidence,
    ) -> Self {
        Self::over(table, batch_rows, Some(evidence))
    }

    fn over(table: &MemoryTable, batch_rows: usize, evidence: Option<IngestEvidence>) -> Self {
        let scanner = Arc::new(MemoryScanner::in_batches_of(batch_rows));
        let fakes = Fakes { scanner: scanner.clone(), ..Fakes::default() };
        let table = scanner.add(table);
        fakes.catalog.add(flights_version(1), table.clone());
        if let Some(evidence) = evidence {
            fakes.ingest.put("flights.csv", table.clone(), evidence);
        }
        let reports = Arc::new(MemoryReports::default());
        let files = Arc::new(MemoryContracts::default());
        let failing = Arc::new(MemoryFailingRows::default());
        let quarantine = Arc::new(MemoryQuarantine::default());
        let container = DataQualityContainer::new(
            fakes.container(),
            reports.clone(),
            files.clone(),
            failing.clone(),
            quarantine.clone(),
        );
        Self { table, scanner, reports, files, failing, quarantine, fakes, container }
    }
}
