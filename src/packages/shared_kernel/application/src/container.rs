use std::sync::Arc;

use shared_kernel_domain::artifact::ArtifactStore;
use shared_kernel_domain::bus::EventLog;
use shared_kernel_domain::catalog::DatasetCatalog;
use shared_kernel_domain::clock::Clock;
use shared_kernel_domain::identity::IdGenerator;
use shared_kernel_domain::ingest::TableIngest;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::scratch::ScratchTables;
use shared_kernel_domain::sql::SqlQueries;
use shared_kernel_domain::webhook::WebhookSender;

/// The kernel's ports, joined with what implements them by the composition root.
#[derive(Clone)]
pub struct SharedContainer {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// New ids.
    pub ids: Arc<dyn IdGenerator>,
    /// Readers of foreign tables.
    pub ingest: Arc<dyn TableIngest>,
    /// Scans of tables.
    pub scanner: Arc<dyn TableScanner>,
    /// Queries in SQL.
    pub queries: Arc<dyn SqlQueries>,
    /// Tables for the time in which they are held.
    pub scratch: Arc<dyn ScratchTables>,
    /// Big things.
    pub artifacts: Arc<dyn ArtifactStore>,
    /// Calls to the outside.
    pub webhooks: Arc<dyn WebhookSender>,
    /// The datasets there are.
    pub catalog: Arc<dyn DatasetCatalog>,
    /// What was published and what became of it.
    pub events: Arc<dyn EventLog>,
}
