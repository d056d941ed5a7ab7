//! Data science, infrastructure: where datasets, pipelines, anomalies and feedback on them are kept,
//! and how scores are written.
//!
//! Detectors are the domain's; the kernel's engine feeds them.

mod anomaly_repository;
mod dataset_repository;
mod document;
mod feedback_repository;
mod pipeline_repository;
mod scores;

pub use anomaly_repository::SqlAnomalyRepository;
pub use dataset_repository::SqlDatasetRepository;
pub use feedback_repository::SqlFeedbackRepository;
pub use pipeline_repository::SqlPipelineRepository;
pub use scores::ArrowScoresWriter;

use shared_kernel_infrastructure::store::Migration;

/// The tables behind the kernel's `DatasetCatalog`, which processes of other contexts read.
pub const PUBLISHED_TABLES: &[&str] = &["dataset", "dataset_version"];

/// The database of data science, step by step; a released step never changes.
pub fn migrations() -> &'static [Migration] {
    &[
        Migration {
            version: 1,
            sql: "CREATE TABLE dataset (
                      id TEXT NOT NULL PRIMARY KEY,
                      name TEXT NOT NULL UNIQUE,
                      document TEXT NOT NULL
                  );
                  CREATE TABLE dataset_version (
                      id TEXT NOT NULL PRIMARY KEY,
                      dataset_id TEXT NOT NULL,
                      number INTEGER NOT NULL,
                      digest TEXT NOT NULL,
                      document TEXT NOT NULL
                  );
                  CREATE UNIQUE INDEX dataset_version_order ON dataset_version (dataset_id, number);
                  CREATE TABLE pipeline (
                      id TEXT NOT NULL PRIMARY KEY,
                      dataset_id TEXT NOT NULL UNIQUE,
                      name TEXT NOT NULL,
                      document TEXT NOT NULL
                  );
                  CREATE TABLE pipeline_revision (
                      pipeline_id TEXT NOT NULL,
                      number INTEGER NOT NULL,
                      document TEXT NOT NULL,
                      PRIMARY KEY (pipeline_id, number)
                  );
                  CREATE TABLE anomaly_report (
                      version_id TEXT NOT NULL PRIMARY KEY,
                      pipeline_id TEXT NOT NULL,
                      document TEXT NOT NULL
                  );
                  CREATE TABLE anomaly (
                      version_id TEXT NOT NULL,
                      place INTEGER NOT NULL,
                      row_number BIGINT NOT NULL,
                      score DOUBLE PRECISION NOT NULL,
                      document TEXT NOT NULL,
                      PRIMARY KEY (version_id, place)
                  );",
        },
        Migration {
            version: 2,
            sql: "CREATE TABLE feedback (
                      pipeline_id TEXT NOT NULL,
                      version_id TEXT NOT NULL,
                      row_number BIGINT NOT NULL,
                      version INTEGER NOT NULL,
                      document TEXT NOT NULL,
                      PRIMARY KEY (pipeline_id, version_id, row_number)
                  );",
        },
    ]
}
