//! What a backup holds: written as it is made, seen to before anything is made of it.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::TableDigest;
use shared_kernel_infrastructure::store::files::FileDigest;
use shared_kernel_presentation::cli::json_document;

/// Its name in a backup.
pub(super) const FILE_NAME: &str = "manifest.json";
/// What it calls itself.
const SCHEMA: &str = "pynomaly.backup/1";

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Manifest {
    /// `pynomaly.backup/1`.
    pub(super) schema: String,
    /// The version that made it.
    pub(super) version: String,
    /// The moment whose state it holds.
    #[schemars(with = "String")]
    pub(super) created_at: Timestamp,
    /// Every table of every context.
    pub(super) tables: Vec<TableEntry>,
    /// Every file but this one.
    pub(super) files: Vec<FileEntry>,
    /// Parquet files that tables refer to where they are: they are not in the backup.
    pub(super) elsewhere: Vec<String>,
}

/// What a table holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct TableEntry {
    /// Whose it is.
    pub(super) context: Context,
    /// Its name.
    pub(super) table: String,
    /// Its rows.
    pub(super) rows: u64,
    /// BLAKE3 of its content, in hexadecimal; the same on every database.
    pub(super) digest: String,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FileEntry {
    /// Its path within the backup.
    pub(super) path: String,
    /// Its size.
    pub(super) bytes: u64,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub(super) digest: String,
}

impl From<&TableDigest> for TableEntry {
    fn from(table: &TableDigest) -> Self {
        let TableDigest { context, table, rows, digest } = table.clone();
        Self { context, table, rows, digest }
    }
}

impl From<&TableEntry> for TableDigest {
    fn from(table: &TableEntry) -> Self {
        let TableEntry { context, table, rows, digest } = table.clone();
        Self { context, table, rows, digest }
    }
}

impl FileEntry {
    /// An entry of a file at a path within the backup.
    pub(super) fn new(path: &Path, file: FileDigest) -> Result<Self> {
        let text = path.to_str().ok_or_else(|| {
            Error::unavailable("a file has a name that is not UTF-8").at(path.display().to_string())
        })?;
        Ok(Self { path: text.to_owned(), bytes: file.bytes, digest: file.digest })
    }
}

impl Manifest {
    /// A manifest of a backup that is being made.
    pub(super) fn new(created_at: Timestamp, tables: &[TableDigest]) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created_at,
            tables: tables.iter().map(TableEntry::from).collect(),
            files: Vec::new(),
            elsewhere: Vec::new(),
        }
    }

    /// The document.
    pub(super) fn text(&self) -> Result<String> {
        json_document(self)
    }

    /// Reads the manifest of a backup.
    pub(super) fn read(backup: &Path) -> Result<Self> {
        let path = backup.join(FILE_NAME);
        let no_backup = |why: String| {
            Error::usage(format!("this is no backup: {why}"))
                .at(path.display().to_string())
                .hint("name a folder that `pynomaly store backup` made")
        };
        let text = std::fs::read_to_string(&path)
            .map_err(|cause| no_backup(cause.to_string()).caused_by(cause))?;
        let document: serde_json::Value = serde_json::from_str(&text)
            .map_err(|cause| no_backup(cause.to_string()).caused_by(cause))?;
        let schema = document["schema"].as_str().unwrap_or_default();
        if schema != SCHEMA {
            return Err(no_backup(format!("its manifest is {schema:?}, and not {SCHEMA:?}")));
        }
        let manifest: Self = serde_json::from_value(document)
            .map_err(|cause| no_backup(cause.to_string()).caused_by(cause))?;
        match manifest.files.iter().find(|file| !is_within(&file.path)) {
            Some(file) => Err(no_backup(format!("{:?} leads out of it", file.path))),
            None => Ok(manifest),
        }
    }

    /// Reads every file of a backup and sees that none was changed.
    pub(super) fn verify_files(&self, backup: &Path, cancellation: &Cancellation) -> Result<()> {
        for file in &self.files {
            let path = backup.join(&file.path);
            let damaged = |what: String| {
                Error::unavailable(format!("the backup is not as it was made: {what}"))
                    .at(path.display().to_string())
                    .hint("nothing was restored; use another backup")
            };
            if !path.is_file() {
                return Err(damaged(format!("{} is missing", file.path)));
            }
            let found = FileDigest::of(&path, cancellation)?;
            if found.bytes != file.bytes {
                return Err(damaged(format!(
                    "{} has {} bytes, and should have {}",
                    file.path, found.bytes, file.bytes
                )));
            }
            if found.digest != file.digest {
                return Err(damaged(format!("{} was changed", file.path)));
            }
        }
        Ok(())
    }

    /// What the tables must hold.
    pub(super) fn table_digests(&self) -> Vec<TableDigest> {
        self.tables.iter().map(TableDigest::from).collect()
    }

    /// The contexts it has tables of.
    pub(super) fn contexts(&self) -> BTreeSet<Context> {
        self.tables.iter().map(|table| table.context).collect()
    }

    /// The files below a folder of the backup.
    pub(super) fn files_in(&self, folder: &str) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().filter(move |file| Path::new(&file.path).starts_with(folder))
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

fn is_within(path: &str) -> bool {
    let path = PathBuf::from(path);
    path.components().count() > 0
        && path.components().all(|part| matches!(part, Component::Normal(_)))
}
