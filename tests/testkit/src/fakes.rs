use std::sync::Arc;

use shared_kernel_application::SharedContainer;

use crate::{
    CountingIds, FixedClock, MemoryArtifacts, MemoryCatalog, MemoryIngest, MemoryQueries,
    MemoryScanner, MemoryWebhooks, NoEvents,
};

/// The kernel's ports as fakes, for a context's container.
#[derive(Debug, Default)]
pub struct Fakes {
    /// Files.
    pub ingest: Arc<MemoryIngest>,
    /// Tables.
    pub scanner: Arc<MemoryScanner>,
    /// Queries.
    pub queries: Arc<MemoryQueries>,
    /// Big things.
    pub artifacts: Arc<MemoryArtifacts>,
    /// Calls to the outside.
    pub webhooks: Arc<MemoryWebhooks>,
    /// Datasets.
    pub catalog: Arc<MemoryCatalog>,
}

impl Fakes {
    /// A container of these fakes, with a clock that stands still, ids that count and no events.
    pub fn container(&self) -> SharedContainer {
        SharedContainer {
            clock: Arc::new(FixedClock::default()),
            ids: Arc::new(CountingIds::default()),
            ingest: self.ingest.clone(),
            scanner: self.scanner.clone(),
            queries: self.queries.clone(),
            scratch: self.scanner.clone(),
            artifacts: self.artifacts.clone(),
            webhooks: self.webhooks.clone(),
            catalog: self.catalog.clone(),
            events: Arc::new(NoEvents),
        }
    }
}
