//! The engine: DataFusion behind the kernel's scanning port.
//!
//! Everything over a whole table is a DataFusion physical plan over Parquet files. The plans
//! are written here, node by node, and not left to an optimizer: how a table is divided depends
//! on the table alone, so the same table gives the same bytes with any number of threads, and a
//! table of thousands of columns costs no planning.
//!
//! Invariants: no summary, model or rule is known here; what is computed comes in through the
//! port. All memory that grows with the data is accounted with one pool and spills or fails there.

pub(crate) mod canonical;
mod cells;
pub(crate) mod columns;
pub(crate) mod decoding;
mod duplicates;
pub(crate) mod errors;
pub(crate) mod nested;
mod page_file;
pub(crate) mod parts;
mod read_parts;
mod row_values;
mod scan;
mod sql;
mod streaming;
mod summaries;

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::TaskContext;
use datafusion::execution::config::SessionConfig;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
pub use decoding::keep_decoders_quiet;
pub use parts::PartPlace;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{
    BatchSink, Duplicates, RowFunction, RowValueSink, ScanOutcome, ScanPlan, TableScanner,
};
use shared_kernel_domain::table::{Cell, NestedSchema, TableReference};
use shared_kernel_domain::{Error, Result};
use tokio::runtime::{Builder, Handle, Runtime};

/// Rows of a batch.
const BATCH_ROWS: usize = 8_192;

/// What the engine may use.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Folder that locations begin at which are not absolute: the home.
    pub home: PathBuf,
    /// Threads that compute.
    pub threads: usize,
    /// Memory that summaries, groups and buffers may hold, in bytes.
    pub memory_bytes: u64,
    /// Folder for data that does not fit in memory; made when missing, emptied at the end.
    pub spill_directory: PathBuf,
}

/// Scans tables with DataFusion. The face is synchronous: call it from plain threads.
pub struct Engine {
    config: EngineConfig,
    runtime: Runtime,
    environment: Arc<RuntimeEnv>,
    session: SessionConfig,
}

impl Engine {
    /// An engine with its own threads and memory limit.
    pub fn new(config: EngineConfig) -> Result<Self> {
        let cannot_start = |error: std::io::Error| {
            Error::unavailable("the engine's threads could not be started").caused_by(error)
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(config.threads.max(1))
            .thread_name(decoding::THREAD_NAME)
            .enable_time()
            .build()
            .map_err(cannot_start)?;
        std::fs::create_dir_all(&config.spill_directory).map_err(|error| {
            Error::unavailable("the folder for temporary data could not be made")
                .at(config.spill_directory.display().to_string())
                .caused_by(error)
        })?;
        let disk = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(vec![config.spill_directory.clone()]));
        let memory = usize::try_from(config.memory_bytes).unwrap_or(usize::MAX);
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(memory)))
            .with_disk_manager_builder(disk)
            .build_arc()
            .map_err(errors::from_datafusion)?;
        let mut session = SessionConfig::new()
            .with_batch_size(BATCH_ROWS)
            .with_target_partitions(config.threads.max(1));
        // merging spilled groups reserves this much a stream; the default asks for 10 MiB
        session.options_mut().execution.sort_spill_reservation_bytes = 1 << 20;
        Ok(Self { config, runtime, environment, session })
    }

    /// What the engine may use.
    pub fn config(&self) -> &EngineConfig {
        &self.config
    }

    fn task_context(&self) -> Arc<TaskContext> {
        let context = TaskContext::default()
            .with_session_config(self.session.clone())
            .with_runtime(Arc::clone(&self.environment));
        Arc::new(context)
    }

    /// Runs a future to its end on the calling thread, which must not be one of a runtime.
    fn block_on<F: Future>(&self, future: F) -> Result<F::Output> {
        if Handle::try_current().is_ok() {
            return Err(Error::internal("the engine was called from an asynchronous thread"));
        }
        let undecodable = || {
            Error::input("the values of a table could not be decoded").hint(
                "a file may be damaged: write it again; if other tools read it, please report this",
            )
        };
        decoding::caught(|| self.runtime.block_on(future), undecodable)
    }
}

impl TableScanner for Engine {
    fn nested(&self, table: &TableReference) -> Result<NestedSchema> {
        scan::nested(&self.config.home, table)
    }

    fn summarize_from(
        &self,
        table: &TableReference,
        first_part: usize,
        plan: ScanPlan,
        cancellation: &Cancellation,
    ) -> Result<ScanOutcome> {
        summaries::summarize(self, table, first_part, plan, cancellation)
    }

    fn evaluate(
        &self,
        table: &TableReference,
        function: Arc<dyn RowFunction>,
        cancellation: &Cancellation,
        sink: &mut RowValueSink<'_>,
    ) -> Result<()> {
        row_values::evaluate(self, table, function, cancellation, sink)
    }

    fn stream(
        &self,
        table: &TableReference,
        columns: &[String],
        cancellation: &Cancellation,
        sink: &mut BatchSink<'_>,
    ) -> Result<()> {
        streaming::stream(self, table, columns, cancellation, sink)
    }

    fn duplicates(
        &self,
        table: &TableReference,
        columns: &[String],
        examples: usize,
        cancellation: &Cancellation,
    ) -> Result<Duplicates> {
        duplicates::duplicates(self, table, columns, examples, cancellation)
    }

    fn rows(
        &self,
        table: &TableReference,
        columns: &[String],
        rows: &[u64],
    ) -> Result<Vec<Vec<Cell>>> {
        streaming::rows(self, table, columns, rows)
    }
}
