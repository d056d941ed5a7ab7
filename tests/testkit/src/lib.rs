//! What tests of every context share: fakes of the kernel's ports, and the conformance suites that
//! each implementation of a port passes, the fake first; and, in [`servers`], real servers for the
//! tests of what speaks to them.
//!
//! A suite is a function `<port>_conformance` that takes the port and panics where a promise of the
//! port is not kept. Fakes and suites of a context's own ports stand in its domain crate, behind
//! the feature `testing`. Outside `servers` and `syscalls` nothing touches a disk or a network, so
//! the tests of a domain or application crate stay light.
#![expect(clippy::expect_used, reason = "tests fail by panicking")]

mod artifacts;
mod catalog;
mod cells;
mod clock;
mod event_log_suite;
mod events;
mod fakes;
mod ids;
mod ingest;
mod queries;
mod scanner;
mod scanner_suite;
mod scratch_suite;
pub mod servers;
pub mod syscalls;
mod table;
mod trace;
mod trainer_suite;
mod webhooks;

pub use artifacts::{MemoryArtifacts, artifact_store_conformance};
pub use catalog::{MemoryCatalog, dataset_catalog_conformance, flights_version};
pub use cells::Cells;
pub use clock::{FixedClock, clock_conformance};
pub use event_log_suite::event_log_conformance;
pub use events::{NoEvents, delivery};
pub use fakes::Fakes;
pub use ids::{CountingIds, id_generator_conformance};
pub use ingest::{MemoryIngest, table_ingest_conformance};
pub use queries::{MemoryQueries, example_answers, sql_queries_conformance};
pub use scanner::MemoryScanner;
pub use scanner_suite::{Double, scanner_example, table_scanner_conformance};
pub use scratch_suite::scratch_tables_conformance;
pub use table::MemoryTable;
pub use trace::Trace;
pub use trainer_suite::model_trainer_conformance;
pub use webhooks::{Call, MemoryWebhooks, WebhookPlaces, webhook_sender_conformance};
