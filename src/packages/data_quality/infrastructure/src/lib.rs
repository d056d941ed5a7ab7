//! Data quality, infrastructure: where reports are kept, contracts are read from, and failing rows
//! and split tables are written to.
//!
//! The checks themselves are summaries of the domain; the kernel's engine runs them.

mod failing_rows;
mod gate_repository;
mod incident_repository;
mod local_contract_files;
mod quarantine;
mod report_repository;
mod webhook_repository;

pub use failing_rows::LocalFailingRows;
pub use local_contract_files::LocalContractFiles;
pub use quarantine::LocalQuarantine;
pub use report_repository::SqlQualityReportRepository;

use shared_kernel_infrastructure::store::Migration;

/// The database of data quality, step by step; a released step never changes.
pub fn migrations() -> &'static [Migration] {
    &[
        Migration {
            version: 1,
            sql: "CREATE TABLE quality_report (
                      version_id TEXT NOT NULL PRIMARY KEY,
                      report_id TEXT NOT NULL UNIQUE,
                      dataset_id TEXT NOT NULL,
                      version INTEGER NOT NULL,
                      created_at TEXT NOT NULL,
                      document TEXT NOT NULL
                  );
                  CREATE UNIQUE INDEX quality_report_history ON quality_report (dataset_id, version);",
        },
        Migration {
            version: 2,
            sql: "ALTER TABLE quality_report ADD COLUMN metrics TEXT;
                  CREATE TABLE incident (
                      incident_id TEXT NOT NULL PRIMARY KEY,
                      dataset_id TEXT NOT NULL,
                      closed_by INTEGER,
                      document TEXT NOT NULL,
                      acknowledgement TEXT,
                      snoozed_until TEXT
                  );
                  CREATE INDEX incident_of_dataset ON incident (dataset_id, closed_by);",
        },
        Migration {
            version: 3,
            sql: "CREATE TABLE gate_policy (
                      dataset_id TEXT NOT NULL PRIMARY KEY,
                      document TEXT NOT NULL
                  );",
        },
        Migration {
            version: 4,
            sql: "CREATE TABLE webhook (
                      name TEXT NOT NULL PRIMARY KEY,
                      document TEXT NOT NULL
                  );",
        },
        Migration {
            version: 5,
            // a document is written without spaces, and quotes within its texts are escaped
            sql: "ALTER TABLE quality_report ADD COLUMN gate_open INTEGER NOT NULL DEFAULT 0;
                  UPDATE quality_report SET gate_open = 1
                  WHERE document LIKE '%\"gate\":{\"passed\":true%';",
        },
    ]
}
