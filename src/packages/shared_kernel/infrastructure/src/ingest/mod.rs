//! Reading foreign tables: text, Arrow IPC, Avro and sheets of workbooks become a typed Parquet
//! snapshot, Parquet is referenced in place.
//!
//! The readers are forgiving and honest: what was detected is told as evidence, and a record that
//! is not a row is set aside with its line and its reason. Nothing is shifted, padded or dropped
//! in silence. A whole file is never held in memory; of a workbook, the shared texts are.

mod avro;
mod block;
mod column;
mod delimited;
mod dialect;
mod excel;
mod ipc;
mod json;
mod kind;
mod location;
pub(crate) mod nested;
mod parquet;
mod records;
mod scratch;
mod snapshot;
mod text;
mod text_table;
mod typed;
mod value;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{
    IngestEvidence, IngestedTable, TableFormat, TableIngest, TableSource,
};
use shared_kernel_domain::{Error, Result};
use tempfile::TempPath;

use self::excel::ExcelTable;
use self::location::{Located, exists, has_ending, locate};
use self::snapshot::{Destination, Snapshot, cannot_write};
use self::text::TextCompression;
use self::text_table::{TextTable, unknown_format};
use crate::engine::Engine;
use crate::engine::parts::{cannot_open, size_and_time};

/// Formats that are recognised to be told apart from garbage, though they are not read.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"ORC", "ORC"),
    (b"SQLite format 3\0", "a SQLite database"),
    (b"%PDF", "a PDF document"),
    (b"\x89HDF", "HDF5"),
    (b"\x89PNG", "an image"),
];

/// Reads foreign tables.
pub struct Ingest {
    engine: Arc<Engine>,
    snapshot_directory: PathBuf,
    temporary_directory: PathBuf,
    /// Snapshots that nobody asked to keep; removed with the ingest.
    temporary: Mutex<Vec<TempPath>>,
}

/// What the first bytes and the name of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Parquet,
    ArrowIpc,
    Avro,
    Excel,
    Text(TextCompression),
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
            temporary: Mutex::default(),
        }
    }

    fn read_files(
        &self,
        files: &[PathBuf],
        name: &str,
        source: &TableSource,
        progress: &dyn Fn(u64, Option<u64>),
        cancellation: &Cancellation,
    ) -> Result<IngestedTable> {
        let first = files.first().ok_or_else(|| Error::internal("a location without files"))?;
        let mut total = 0;
        for file in files {
            total += size_and_time(file)?.0;
        }
        progress(0, Some(total));
        let container = container(first, name, source.format)?;
        if source.sheet.is_some() && container != Container::Excel {
            return Err(Error::usage(format!("{name} is no Excel workbook, so it has no sheets"))
                .hint("leave --sheet out, or name a workbook"));
        }
        if files.len() > 1 && container != Container::Parquet {
            return Err(Error::input(format!(
                "{name} names {} files that are not Parquet",
                files.len()
            ))
            .hint("several files can be read together only as Parquet; name one file"));
        }
        let told = |bytes: u64| progress(bytes.min(total), Some(total));
        let ingested = match container {
            Container::Parquet => self.reference(files, source, cancellation)?,
            Container::ArrowIpc => {
                let (snapshot, notes) =
                    ipc::write_snapshot(first, &self.destination(source), &told, cancellation)?;
                let mut evidence = IngestEvidence::of_self_describing(TableFormat::ArrowIpc);
                evidence.notes = notes;
                self.hold(snapshot, evidence)
            }
            Container::Avro => {
                let (memory, destination) = (self.memory(), self.destination(source));
                let (snapshot, notes) =
                    avro::write_snapshot(first, memory, &destination, &told, cancellation)?;
                let mut evidence = IngestEvidence::of_self_describing(TableFormat::Avro);
                evidence.notes = notes;
                self.hold(snapshot, evidence)
            }
            Container::Excel => {
                let workbook = ExcelTable {
                    path: first,
                    name,
                    sheet: source.sheet.as_deref(),
                    memory: self.memory(),
                    threads: self.engine.config().threads,
                    progress: &told,
                    cancellation,
                };
                let (snapshot, evidence) = workbook.write(self.destination(source))?;
                self.hold(snapshot, evidence)
            }
            Container::Text(compression) => {
                let text = TextTable {
                    path: first,
                    name,
                    compression,
                    format: source.format,
                    threads: self.engine.config().threads,
                    progress: &told,
                    cancellation,
                };
                let (snapshot, evidence) = text.write(self.destination(source))?;
                self.hold(snapshot, evidence)
            }
        };
        progress(total, Some(total));
        Ok(ingested)
    }

    fn reference(
        &self,
        files: &[PathBuf],
        source: &TableSource,
        cancellation: &Cancellation,
    ) -> Result<IngestedTable> {
        let mut table = parquet::reference(&self.engine, files, source.leave_digest, cancellation)?;
        if source.copy {
            parquet::copy_into(&mut table, &self.snapshot_directory, self.home())?;
        }
        let mut evidence = IngestEvidence::of_self_describing(TableFormat::Parquet);
        if files.len() > 1 {
            evidence.notes.push(format!("{} files are read as one table, by name", files.len()));
        }
        Ok(IngestedTable { table, evidence })
    }

    fn memory(&self) -> u64 {
        self.engine.config().memory_bytes
    }

    fn home(&self) -> &Path {
        &self.engine.config().home
    }

    fn destination(&self, source: &TableSource) -> Destination<'_> {
        if source.keep {
            Destination::Store { directory: &self.snapshot_directory, home: self.home() }
        } else {
            Destination::Temporary(&self.temporary_directory)
        }
    }

    /// Keeps a temporary snapshot until the ingest is dropped.
    fn hold(&self, snapshot: Snapshot, evidence: IngestEvidence) -> IngestedTable {
        let mut temporary = self.temporary.lock().unwrap_or_else(PoisonError::into_inner);
        temporary.extend(snapshot.temporary);
        IngestedTable { table: snapshot.table, evidence }
    }

    /// Standard input can be read only once, so it goes to a temporary file first.
    fn spool(&self) -> Result<TempPath> {
        let directory = &self.temporary_directory;
        let spool = || -> std::io::Result<TempPath> {
            std::fs::create_dir_all(directory)?;
            let mut file = tempfile::Builder::new().prefix(".input-").tempfile_in(directory)?;
            std::io::copy(&mut std::io::stdin().lock(), &mut file)?;
            Ok(file.into_temp_path())
        };
        spool().map_err(|error| cannot_write(directory, error))
    }
}

impl TableIngest for Ingest {
    fn finds(&self, location: &str) -> bool {
        exists(location)
    }

    fn ingest(
        &self,
        source: &TableSource,
        progress: &dyn Fn(u64, Option<u64>),
        cancellation: &Cancellation,
    ) -> Result<IngestedTable> {
        cancellation.check()?;
        match locate(&source.location)? {
            Located::Files(files) => {
                self.read_files(&files, &source.location, source, progress, cancellation)
            }
            Located::StandardInput => {
                let spool = self.spool()?;
                let file = [spool.to_path_buf()];
                // Parquet is referenced in place, and this place will not last
                let source = TableSource { copy: source.keep, ..source.clone() };
                let read =
                    self.read_files(&file, "standard input", &source, progress, cancellation)?;
                let in_place =
                    read.table.parts.iter().any(|part| Path::new(&part.location) == file[0]);
                if in_place {
                    let mut temporary =
                        self.temporary.lock().unwrap_or_else(PoisonError::into_inner);
                    temporary.push(spool);
                }
                Ok(read)
            }
        }
    }
}

/// Finds out what a file is, by content, then by ending.
fn container(path: &Path, name: &str, format: Option<TableFormat>) -> Result<Container> {
    let cannot_read = |error| cannot_open(name, error);
    let mut file = File::open(path).map_err(cannot_read)?;
    let mut head = [0; 64];
    let count = text::fill(&mut file, &mut head).map_err(cannot_read)?;
    let head = &head[..count];
    if head.is_empty() {
        return Err(Error::input(format!("{name} is empty"))
            .at(name)
            .hint("give a file with at least a header or one record"));
    }
    match format {
        Some(TableFormat::Parquet) => return Ok(Container::Parquet),
        Some(TableFormat::ArrowIpc) => return Ok(Container::ArrowIpc),
        Some(TableFormat::Avro) => return Ok(Container::Avro),
        Some(TableFormat::Excel) => return Ok(Container::Excel),
        _ => {}
    }
    let is_text_format = format.is_some();
    if !is_text_format {
        if head.starts_with(b"PAR1") || has_ending(path, &["parquet", "parq", "pq"]) {
            return Ok(Container::Parquet);
        }
        if ipc::is_ipc(head) || has_ending(path, &["arrow", "arrows", "feather", "ipc"]) {
            return Ok(Container::ArrowIpc);
        }
        if head.starts_with(avro::MAGIC) {
            return Ok(Container::Avro);
        }
    }
    // no text begins like these
    if head.starts_with(excel::MAGIC) || head.starts_with(excel::OLD_MAGIC) {
        return Ok(Container::Excel);
    }
    if let Some((_, known)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
        let error = unknown_format(name);
        let hint = error.hint_text().unwrap_or_default().to_owned();
        return Err(error.hint(format!("it looks like {known}; {hint}")));
    }
    Ok(Container::Text(TextCompression::of(head)))
}
