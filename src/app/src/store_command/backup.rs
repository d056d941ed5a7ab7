//! `store backup`: a home of one moment, whatever the store is, while others go on working.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::artifact::ArtifactStore;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::artifact::LocalArtifactStore;
use shared_kernel_infrastructure::store::files::{self, FileDigest};
use shared_kernel_infrastructure::store::{Copied, Location, Snapshots};
use shared_kernel_presentation::cli::{Console, Format, Outcome, json_document};
use shared_kernel_presentation::format;
use tempfile::TempDir;

use super::manifest::{self, FileEntry, Manifest, TableEntry};
use super::references::References;
use super::tables;
use crate::configuration::{Configuration, StoreChoice};
use crate::home::Home;
use crate::platform::{Platform, open_databases};

/// What was backed up.
#[derive(Serialize, JsonSchema)]
pub(crate) struct BackupDocument {
    schema: &'static str,
    /// The folder.
    folder: String,
    /// Every table, as it was read back from there.
    tables: Vec<TableEntry>,
    /// Files in it: databases, snapshots and models.
    files: u64,
    /// Their size.
    bytes: u64,
    /// Parquet files that tables refer to where they are: they are not in the backup.
    elsewhere: Vec<String>,
}

/// Makes a backup.
pub(super) fn run(
    configuration: &Configuration,
    folder: &Path,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    refuse_as_guest(configuration)?;
    let unfinished = begin(folder)?;
    let platform = Platform::open(configuration)?;
    let backup = Backup { platform: &platform, home: Home::open(unfinished.path())?, cancellation };
    let step = console.progress().step("back up the databases");
    let manifest = backup.make(&|| step.message("snapshots and models"))?;
    finish(unfinished, folder)?;
    step.done(&format::bytes(manifest.bytes()));
    let document = BackupDocument {
        schema: "pynomaly.store_backup/1",
        folder: folder.display().to_string(),
        files: manifest.files.len() as u64,
        bytes: manifest.bytes(),
        tables: manifest.tables,
        elsewhere: manifest.elsewhere,
    };
    match format {
        Format::Json => console.result(&json_document(&document)?)?,
        _ => console.result(&as_text(&document, console))?,
    }
    Ok(Outcome::Done)
}

/// Who may not read all of every context cannot back it up.
pub(super) fn refuse_as_guest(configuration: &Configuration) -> Result<()> {
    let StoreChoice::Postgres(choice) = &configuration.store else { return Ok(()) };
    for context in Context::ALL {
        if matches!(choice.location(context)?, Location::PostgresAsGuest(_)) {
            return Err(Error::usage(format!(
                "nothing is said of where {context} keeps its state"
            ))
            .hint("give the URL of every context's store: all of them go together"));
        }
    }
    Ok(())
}

/// A folder beside the one that is to be; it goes when it is not finished.
fn begin(folder: &Path) -> Result<TempDir> {
    let taken = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => false,
        Err(cause) => return Err(files::cannot("read", folder, cause)),
    };
    if taken {
        return Err(Error::usage("the folder of the backup is not empty")
            .at(folder.display().to_string())
            .hint("name a new one; a backup never replaces another"));
    }
    let name = folder.file_name().ok_or_else(|| {
        Error::usage("a backup needs a folder with a name").at(folder.display().to_string())
    })?;
    let parent = parent(folder);
    std::fs::create_dir_all(parent).map_err(|cause| files::cannot("make", parent, cause))?;
    tempfile::Builder::new()
        .prefix(&format!(".{}.unfinished-", name.to_string_lossy()))
        .tempdir_in(parent)
        .map_err(|cause| files::cannot("make", parent, cause))
}

/// Gives the folder its name, now that everything in it is durable.
fn finish(unfinished: TempDir, folder: &Path) -> Result<()> {
    files::sync_tree(unfinished.path())?;
    std::fs::rename(unfinished.path(), folder)
        .map_err(|cause| files::cannot("make", folder, cause))?;
    // It is not temporary any more.
    let _ = unfinished.keep();
    files::sync_folder(parent(folder))
}

fn parent(folder: &Path) -> &Path {
    folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

struct Backup<'a> {
    platform: &'a Platform,
    /// What becomes the backup.
    home: Home,
    cancellation: &'a Cancellation,
}

impl Backup<'_> {
    fn make(&self, databases_are_in: &dyn Fn()) -> Result<Manifest> {
        let created_at = self.platform.shared.clock.now();
        let (copied, references) = self.copy_databases()?;
        let mut manifest = Manifest::new(created_at, &copied.tables);
        for context in Context::ALL {
            let path = self.home.database(context);
            let digest = FileDigest::of(&path, self.cancellation)?;
            manifest.files.push(FileEntry::new(&self.within(&path)?, digest)?);
        }
        databases_are_in();
        self.add_snapshots(&references, &mut manifest)?;
        self.add_artifacts(&references, &mut manifest)?;
        let elsewhere = references.elsewhere.iter().map(|path| path.display().to_string());
        manifest.elsewhere = elsewhere.collect();
        let path = self.home.root().join(manifest::FILE_NAME);
        std::fs::write(&path, manifest.text()?)
            .map_err(|cause| files::cannot("write", &path, cause))?;
        Ok(manifest)
    }

    /// Copies what is committed now, and asks the copies which files belong to them.
    fn copy_databases(&self) -> Result<(Copied, References)> {
        let targets = open_databases(|context| Ok(Location::Sqlite(self.home.database(context))))?;
        let copied =
            Snapshots::take(&self.platform.stores)?.copy_into(&targets, self.cancellation)?;
        let references = References::of(&targets, self.platform.home.root())?;
        for store in targets.into_values() {
            store.close()?;
        }
        Ok((copied, references))
    }

    fn add_snapshots(&self, references: &References, manifest: &mut Manifest) -> Result<()> {
        for (path, bytes) in &references.snapshots {
            let (from, to) = (self.platform.home.root().join(path), self.home.root().join(path));
            let digest = files::link_or_copy(&from, &to, self.cancellation)?;
            if digest.bytes != *bytes {
                return Err(Error::unavailable("a snapshot was changed since it was made")
                    .at(from.display().to_string())
                    .hint("upload its table again; the dataset version that needs it is lost"));
            }
            manifest.files.push(FileEntry::new(path, digest)?);
        }
        Ok(())
    }

    fn add_artifacts(&self, references: &References, manifest: &mut Manifest) -> Result<()> {
        let artifacts = LocalArtifactStore::new(self.home.artifacts());
        for digest in &references.artifacts {
            self.cancellation.check()?;
            let bytes = self.platform.shared.artifacts.get(digest)?;
            artifacts.put(&bytes)?;
            let path = self.within(&artifacts.path(digest))?;
            let digest = FileDigest { bytes: bytes.len() as u64, digest: digest.to_string() };
            manifest.files.push(FileEntry::new(&path, digest)?);
        }
        Ok(())
    }

    fn within(&self, path: &Path) -> Result<PathBuf> {
        let within = path.strip_prefix(self.home.root());
        within.map(Path::to_owned).map_err(|_| {
            Error::internal("a file of a backup lies outside of it").at(path.display().to_string())
        })
    }
}

fn as_text(document: &BackupDocument, console: &Console) -> String {
    let mut text = tables::as_text(&document.tables, console);
    text.push_str(&format!(
        "\nbacked up to {}: {}, {}\n",
        document.folder,
        format::plural(document.files, "file", "files"),
        format::bytes(document.bytes)
    ));
    text.push_str(&elsewhere(&document.elsewhere));
    text
}

/// A word about files that are in no backup.
pub(super) fn elsewhere(paths: &[String]) -> String {
    const TOLD: usize = 5;
    if paths.is_empty() {
        return String::new();
    }
    let count = format::plural(paths.len() as u64, "Parquet file is", "Parquet files are");
    let told = paths.iter().take(TOLD).map(|path| format!("  {path}\n"));
    let more = if paths.len() > TOLD { "  …\n" } else { "" };
    format!("{count} read from elsewhere, and not in it:\n{}{more}", told.collect::<String>())
}
