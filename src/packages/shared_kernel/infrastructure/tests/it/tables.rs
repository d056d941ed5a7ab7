//! Tables for tests: written by the test, read through the ports.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{IngestedTable, TableIngest, TableSource};
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::table::{Cell, TableReference};
use shared_kernel_infrastructure::engine::{Engine, EngineConfig};
use shared_kernel_infrastructure::ingest::Ingest;
use tempfile::TempDir;

/// An engine, an ingest and a folder for a test's files; all gone when dropped.
pub(crate) struct Bench {
    pub(crate) engine: Arc<Engine>,
    pub(crate) ingest: Ingest,
    pub(crate) folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(2, 256 << 20)
    }

    pub(crate) fn with(threads: usize, memory_bytes: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spill_directory = folder.path().join("spill");
        let home = folder.path().to_owned();
        let config = EngineConfig { home, threads, memory_bytes, spill_directory };
        let engine = Arc::new(Engine::new(config).unwrap());
        let ingest = Ingest::new(
            Arc::clone(&engine),
            folder.path().join("snapshots"),
            folder.path().join("temporary"),
        );
        Self { engine, ingest, folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn ingest(&self, location: &str) -> Result<IngestedTable> {
        let source = TableSource { location: location.to_owned(), ..TableSource::default() };
        self.ingest.ingest(&source, &|_, _| (), &Cancellation::default())
    }

    /// Writes a file and reads it as a table.
    pub(crate) fn read(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<IngestedTable> {
        self.ingest(&self.write(name, bytes))
    }

    /// All cells as people read them, row by row.
    pub(crate) fn cells(&self, table: &TableReference) -> Vec<Vec<String>> {
        let names: Vec<String> = table.schema.names().map(str::to_owned).collect();
        let rows: Vec<u64> = (0..table.rows).collect();
        let cells = self.engine.rows(table, &names, &rows).unwrap();
        cells.iter().map(|row| row.iter().map(Cell::to_string).collect()).collect()
    }
}

/// Names and types of a table, such as `a:integer b:text`.
pub(crate) fn schema(table: &TableReference) -> String {
    let fields = table.schema.fields.iter();
    let fields = fields.map(|field| format!("{}:{}", field.name, field.column_type.name()));
    fields.collect::<Vec<_>>().join(" ")
}

/// Writes a Parquet file with row groups of `group` rows.
pub(crate) fn write_parquet(path: &Path, columns: Vec<(&str, ArrayRef)>, group: usize) {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
    write_batches(path, batch.schema(), &[batch], properties);
}

fn write_batches(
    path: &Path,
    schema: SchemaRef,
    batches: &[RecordBatch],
    properties: WriterProperties,
) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.close().unwrap();
}

/// `rows` rows of a number, the number as text with a null in every tenth row.
pub(crate) fn numbered(from: i64, rows: i64) -> Vec<(&'static str, ArrayRef)> {
    let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values(from..from + rows));
    let texts = (from..from + rows).map(|row| (row % 10 != 3).then(|| format!("text {row}")));
    vec![("number", numbers), ("text", Arc::new(texts.collect::<StringArray>()))]
}
