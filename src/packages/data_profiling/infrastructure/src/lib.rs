//! Data profiling, infrastructure: where profiles are kept, and the files they are read from.
//!
//! The figures themselves are summaries of the kernel; its engine runs them.

mod local_profile_files;
mod profile_repository;

pub use local_profile_files::LocalProfileFiles;
pub use profile_repository::SqlProfileRepository;

use shared_kernel_infrastructure::store::Migration;

/// The database of data profiling, step by step; a released step never changes.
pub fn migrations() -> &'static [Migration] {
    &[Migration {
        version: 1,
        sql: "CREATE TABLE profile (
                  version_id TEXT NOT NULL PRIMARY KEY,
                  profile_id TEXT NOT NULL UNIQUE,
                  dataset_id TEXT NOT NULL,
                  version INTEGER NOT NULL,
                  created_at TEXT NOT NULL,
                  document TEXT NOT NULL
              );
              CREATE UNIQUE INDEX profile_history ON profile (dataset_id, version);",
    }]
}
