//! Reading foreign tables: text becomes a typed Parquet snapshot, Parquet is referenced in place.

use std::path::PathBuf;
use std::sync::Arc;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{IngestedTable, TableIngest, TableSource};
use shared_kernel_domain::{Error, Result};

use crate::engine::Engine;

/// Reads foreign tables.
pub struct Ingest {
    engine: Arc<Engine>,
    snapshot_directory: PathBuf,
    temporary_directory: PathBuf,
}

impl Ingest {
    /// Keeps snapshots in `snapshot_directory`, and what need not be kept in `temporary_directory`
    /// until the ingest is dropped. Both are made when first needed.
    pub fn new(
        engine: Arc<Engine>,
        snapshot_directory: impl Into<PathBuf>,
        temporary_directory: impl Into<PathBuf>,
    ) -> Self {
        Self {
            engine,
            snapshot_directory: snapshot_directory.into(),
            temporary_directory: temporary_directory.into(),
        }
    }
}

impl TableIngest for Ingest {
    fn finds(&self, location: &str) -> bool {
        location == "-"
    }

    fn ingest(
        &self,
        _: &TableSource,
        _: &dyn Fn(u64, Option<u64>),
        _: &Cancellation,
    ) -> Result<IngestedTable> {
        Err(Error::internal("being written"))
    }
}
