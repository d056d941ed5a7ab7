//! The container of data profiling over fakes.

use std::sync::Arc;

use data_profiling_application::DataProfilingContainer;
use data_profiling_domain::testing::{MemoryProfileFiles, MemoryProfiles};
use shared_kernel_domain::ingest::{IngestEvidence, TableFormat};
use testkit::{Fakes, MemoryScanner, MemoryTable, flights_version};

/// The dataset `flights` with one version per table, and the file `flights.csv` (the first table).
pub(crate) struct World {
    pub(crate) profiles: Arc<MemoryProfiles>,
    pub(crate) files: Arc<MemoryProfileFiles>,
    pub(crate) scanner: Arc<MemoryScanner>,
    pub(crate) container: DataProfilingContainer,
}

impl World {
    pub(crate) fn of(tables: Vec<MemoryTable>) -> Self {
        let fakes = Fakes::default();
        for (number, table) in (1..).zip(&tables) {
            let reference = fakes.scanner.add(table);
            if number == 1 {
                let evidence = IngestEvidence::of_self_describing(TableFormat::Csv);
                fakes.ingest.put("flights.csv", reference.clone(), evidence);
            }
            fakes.catalog.add(flights_version(number), reference);
        }
        let profiles = Arc::new(MemoryProfiles::default());
        let files = Arc::new(MemoryProfileFiles::default());
        let scanner = Arc::clone(&fakes.scanner);
        let container =
            DataProfilingContainer::new(fakes.container(), profiles.clone(), files.clone());
        Self { profiles, files, scanner, container }
    }
}
