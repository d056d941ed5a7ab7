//! Typed Parquet snapshots: written once, durable before they are named, named by content.

use std::fs::File;
use std::io::{BufWriter, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use shared_kernel_domain::summary::ContentDigestSummary;
use shared_kernel_domain::table::{
    Batch, ContentDigest, Field, TablePart, TableReference, TableSchema,
};
use shared_kernel_domain::{Error, Result};
use tempfile::{NamedTempFile, TempPath};

use super::nested::{NestedKinds, write_kinds};
use crate::artifact::{make_directory, sync_directory};
use crate::engine::canonical::column_type;
use crate::engine::columns::views;
use crate::engine::parts::PartFile;

/// Rows of a row group of a narrow table.
const GROUP_ROWS: usize = 128 * 1024;
/// Cells of a row group: wide tables get fewer rows, so that memory stays bounded.
const GROUP_CELLS: usize = 8 << 20;
/// Batches under way to the writing thread.
const QUEUE: usize = 2;

/// Where a finished snapshot goes.
pub(super) enum Destination<'a> {
    /// Kept in a folder of the home, under its digest.
    Store { directory: &'a Path, home: &'a Path },
    /// In a folder for temporary files, until the ingest is dropped.
    Temporary(&'a Path),
}

impl Destination<'_> {
    fn directory(&self) -> &Path {
        match self {
            Self::Store { directory, .. } | Self::Temporary(directory) => directory,
        }
    }
}

/// A finished snapshot.
pub(super) struct Snapshot {
    pub(super) table: TableReference,
    /// Removes the file when dropped, if it is not kept.
    pub(super) temporary: Option<TempPath>,
}

/// A snapshot being written: batches go to a thread that encodes them, while the caller parses
/// the next ones. Dropped unfinished, it leaves nothing.
pub(super) struct SnapshotWriter {
    batches: SyncSender<RecordBatch>,
    encoder: JoinHandle<Result<()>>,
    file: TempPath,
    schema: SchemaRef,
    digest: ContentDigestSummary,
    rows: i64,
}

impl SnapshotWriter {
    /// Begins a snapshot of columns in canonical types.
    pub(super) fn create(schema: SchemaRef, destination: &Destination<'_>) -> Result<Self> {
        let directory = destination.directory();
        make_directory(directory).map_err(|error| cannot_write(directory, error))?;
        let file = tempfile::Builder::new()
            .prefix(".snapshot-")
            .suffix(".parquet")
            .tempfile_in(directory)
            .map_err(|error| cannot_write(directory, error))?;
        let (file, path) = NamedTempFile::into_parts(file);
        let durable = matches!(destination, Destination::Store { .. });
        let writer = ArrowWriter::try_new(
            BufWriter::new(file),
            Arc::clone(&schema),
            Some(properties(&schema, durable)),
        )
        .map_err(cannot_encode)?;
        let kinds = NestedKinds::of(&schema);
        let (batches, queue) = sync_channel::<RecordBatch>(QUEUE);
        let encoder = std::thread::Builder::new()
            .name("snapshot".to_owned())
            .spawn(move || encode(writer, kinds, queue.into_iter(), durable))
            .map_err(|error| {
                Error::unavailable("a thread could not be started").caused_by(error)
            })?;
        let digest = ContentDigestSummary::default();
        Ok(Self { batches, encoder, file: path, schema, digest, rows: 0 })
    }

    /// Adds rows; their digest is taken on the way.
    pub(super) fn write(&mut self, batch: RecordBatch) -> Result<()> {
        let numbers: Vec<i64> = (self.rows..).take(batch.num_rows()).collect();
        self.digest.add(&Batch { rows: &numbers, columns: &views(batch.columns())? });
        self.rows += batch.num_rows() as i64;
        // a closed queue means that the encoder failed; `finish` tells why
        let _ = self.batches.send(batch);
        Ok(())
    }

    /// Makes the snapshot durable and gives it its name.
    pub(super) fn finish(self, destination: &Destination<'_>) -> Result<Snapshot> {
        drop(self.batches);
        self.encoder.join().map_err(|_| Error::internal("the snapshot's encoder stopped"))??;
        let names = self.schema.fields().iter().map(|field| field.name().as_str());
        let digest = self.digest.digest(names);
        match destination {
            Destination::Temporary(_) => {
                let table = reference(&self.file, digest, PartFile::reference)?;
                Ok(Snapshot { table, temporary: Some(self.file) })
            }
            Destination::Store { directory, home } => {
                let path = keep(self.file, directory, &digest, &self.schema)?;
                let table = reference(&path, digest, |file| file.kept_reference(home))?;
                Ok(Snapshot { table, temporary: None })
            }
        }
    }
}

fn encode(
    mut writer: ArrowWriter<BufWriter<File>>,
    mut kinds: NestedKinds,
    batches: impl Iterator<Item = RecordBatch>,
    durable: bool,
) -> Result<()> {
    for batch in batches {
        writer.write(&batch).map_err(cannot_encode)?;
        kinds.take(&batch);
    }
    if let Some(kinds) = write_kinds(&kinds) {
        writer.append_key_value_metadata(kinds);
    }
    writer.finish().map_err(cannot_encode)?;
    let path = Path::new("the snapshot");
    writer.sync().map_err(|error| cannot_write(path, error))?;
    if durable {
        writer.inner().get_ref().sync_all().map_err(|error| cannot_write(path, error))?;
    }
    Ok(())
}

/// What is kept is compressed; what is read once or twice and removed is not worth it.
fn properties(schema: &SchemaRef, kept: bool) -> WriterProperties {
    let columns = schema.fields().len().max(1);
    WriterProperties::builder()
        .set_compression(if kept { Compression::SNAPPY } else { Compression::UNCOMPRESSED })
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some((GROUP_CELLS / columns).clamp(1_024, GROUP_ROWS)))
        .set_created_by("pynomaly".to_owned())
        .build()
}

/// Moves a finished file to its name. A file of that name with the same columns holds the same
/// table, so it stays: what refers to it must not see it change.
fn keep(
    mut file: TempPath,
    directory: &Path,
    digest: &ContentDigest,
    schema: &SchemaRef,
) -> Result<PathBuf> {
    let types: Vec<String> =
        schema.fields().iter().map(|field| field.data_type().to_string()).collect();
    let types = blake3::hash(types.join("\n").as_bytes()).to_hex();
    // equal values may be stored in other types (517 and 517.0), which is another file
    for name in [
        format!("{digest}.parquet"),
        format!("{digest}-{}.parquet", types.get(..8).unwrap_or_default()),
    ] {
        let path = directory.join(name);
        match file.persist_noclobber(&path) {
            Ok(()) => {
                sync_directory(directory).map_err(|error| cannot_write(directory, error))?;
                return Ok(path);
            }
            Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => file = taken.path,
            Err(failed) => return Err(cannot_write(&path, failed.error)),
        }
        if PartFile::open(&path.to_string_lossy()).is_ok_and(|known| same_types(&known, schema)) {
            return Ok(path);
        }
    }
    // both names are taken by files that cannot be read: replace the damaged one
    let path = directory.join(format!("{digest}.parquet"));
    file.persist(&path).map_err(|error| cannot_write(&path, error.error))?;
    sync_directory(directory).map_err(|error| cannot_write(directory, error))?;
    Ok(path)
}

fn same_types(known: &PartFile, schema: &SchemaRef) -> bool {
    let types = |schema: &SchemaRef| -> Vec<_> {
        schema.fields().iter().map(|field| field.data_type().clone()).collect()
    };
    types(&known.schema) == types(schema)
}

fn reference(
    path: &Path,
    digest: ContentDigest,
    refer: impl Fn(&PartFile) -> TablePart,
) -> Result<TableReference> {
    let location = path.to_str().ok_or_else(|| {
        Error::unavailable("the folder of snapshots has a name that is not UTF-8")
            .at(path.display().to_string())
    })?;
    let file = PartFile::open(location)?;
    Ok(TableReference {
        schema: table_schema(&file.schema),
        rows: file.rows(),
        parts: vec![refer(&file)],
        digest,
    })
}

/// The columns as a user thinks of them.
pub(super) fn table_schema(schema: &SchemaRef) -> TableSchema {
    let field = |field: &Arc<arrow::datatypes::Field>| Field {
        name: field.name().clone(),
        column_type: column_type(field),
    };
    TableSchema { fields: schema.fields().iter().map(field).collect() }
}

pub(super) fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    Error::unavailable(format!("a snapshot could not be written: {error}"))
        .at(path.display().to_string())
        .hint("check that the folder is writable and the disk is not full")
        .caused_by(error)
}

fn cannot_encode(error: parquet::errors::ParquetError) -> Error {
    Error::unavailable(format!("a snapshot could not be written: {error}"))
        .hint("check that the disk is not full")
        .caused_by(error)
}
