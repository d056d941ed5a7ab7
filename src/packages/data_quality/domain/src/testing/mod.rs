//! For tests of other crates: the port's fake with the suite that every implementation of it must
//! pass. Behind the feature `testing`.
#![expect(clippy::expect_used, reason = "tests fail by panicking")]

mod files_suite;
mod memory_files;
mod memory_quarantine;
mod memory_reports;
mod quarantine_suite;
mod suite;

pub use files_suite::{
    contract_files_conformance, failing_rows_file_conformance, failing_rows_writer_conformance,
};
pub use memory_files::{MemoryContracts, MemoryFailingRows};
pub use memory_quarantine::MemoryQuarantine;
pub use memory_reports::MemoryReports;
pub use quarantine_suite::{quarantine_files_conformance, quarantine_writer_conformance};
pub use suite::{
    gate_repository_conformance, incident_repository_conformance,
    quality_report_repository_conformance, webhook_repository_conformance,
};
