//! `store restore`: a backup becomes a home, or the databases of one on PostgreSQL.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::artifact::ArtifactStore;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::files;
use shared_kernel_infrastructure::store::{Location, Snapshots, TableDigest};
use shared_kernel_presentation::cli::{Console, Format, Outcome, json_document};
use shared_kernel_presentation::format;
use tempfile::TempDir;

use super::backup::{elsewhere, refuse_as_guest};
use super::manifest::{Manifest, TableEntry};
use super::{moving, tables};
use crate::configuration::{Configuration, PostgresChoice, StoreChoice};
use crate::home::Home;
use crate::platform::{open_artifacts, open_databases};

/// What was restored.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RestoreDocument {
    schema: &'static str,
    /// The backup.
    from: String,
    /// The home it was restored into.
    home: String,
    /// Every table that was restored.
    tables: Vec<TableEntry>,
    /// Files of the backup.
    files: u64,
    /// Their size.
    bytes: u64,
    /// Parquet files that tables refer to where they are: they were not in the backup.
    elsewhere: Vec<String>,
}

/// Restores a backup.
pub(super) fn run(
    configuration: &Configuration,
    folder: &Path,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    refuse_as_guest(configuration)?;
    let manifest = Manifest::read(folder)?;
    let step = console.progress().step("verify the backup");
    manifest.verify_files(folder, cancellation)?;
    step.done(&format::bytes(manifest.bytes()));
    let step = console.progress().step("restore it");
    let home = Home::open_to_restore(&configuration.home)?;
    let artifacts = open_artifacts(&configuration.artifacts, &home)?;
    let restore = Restore { folder, manifest: &manifest, home: &home, cancellation };
    match &configuration.store {
        StoreChoice::Sqlite => restore.put_into_home(artifacts.as_ref())?,
        StoreChoice::Postgres(choice) => restore.put_into_postgres(choice, artifacts.as_ref())?,
    }
    step.done("");
    let document = RestoreDocument {
        schema: "pynomaly.store_restore/1",
        from: folder.display().to_string(),
        home: home.root().display().to_string(),
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

struct Restore<'a> {
    folder: &'a Path,
    manifest: &'a Manifest,
    home: &'a Home,
    cancellation: &'a Cancellation,
}

/// Copies of a backup's databases, in a folder that goes with this.
struct Staged {
    folder: TempDir,
    databases: BTreeMap<Context, PathBuf>,
}

impl Restore<'_> {
    fn put_into_home(&self, artifacts: &dyn ArtifactStore) -> Result<()> {
        let _lock = moving::lock(self.home)?;
        if !self.home.is_half_restored() {
            self.refuse_occupied_home()?;
        }
        let staged = self.stage_databases()?;
        self.add_files(artifacts)?;
        self.put_databases(&staged)
    }

    fn put_into_postgres(
        &self,
        choice: &PostgresChoice,
        artifacts: &dyn ArtifactStore,
    ) -> Result<()> {
        let targets = open_databases(|context| choice.location(context))?;
        Snapshots::take(&targets)?.must_be_empty()?;
        let staged = self.stage_databases()?;
        // What an older version made is brought up to date on the way.
        let staged_at = |context| staged.folder.path().join(Home::database_name(context));
        let sources = open_databases(|context| Ok(Location::Sqlite(staged_at(context))))?;
        self.add_files(artifacts)?;
        Snapshots::take(&sources)?.copy_into(&targets, self.cancellation)?;
        Ok(())
    }

    /// A home may have databases, as long as nothing is in them and nobody works there.
    fn refuse_occupied_home(&self) -> Result<()> {
        let mut files: BTreeMap<Context, PathBuf> =
            Context::ALL.map(|context| (context, self.home.database(context))).into();
        files.retain(|_, path| path.exists());
        Snapshots::of_files(&files)?
            .must_be_empty()
            .map_err(|error| error.hint("name an empty home with --home DIR"))?;
        // Whoever closes a database last, leaves it alone in its file.
        match files.values().find(|path| beside(path, "-wal").exists()) {
            None => Ok(()),
            Some(path) => Err(Error::unavailable("another process works in this home")
                .at(path.display().to_string())
                .hint("wait for it to end, and try again")),
        }
    }

    /// Copies the databases, so that the backup stays as it is, and sees that they hold what they
    /// should.
    fn stage_databases(&self) -> Result<Staged> {
        let root = self.home.root();
        let folder = tempfile::Builder::new()
            .prefix(".restore.unfinished-")
            .tempdir_in(root)
            .map_err(|cause| files::cannot("make", root, cause))?;
        let mut databases = BTreeMap::new();
        for context in self.manifest.contexts() {
            let name = Home::database_name(context);
            let path = folder.path().join(&name);
            files::copy(&self.folder.join(&name), &path, self.cancellation)?;
            databases.insert(context, path);
        }
        let found = Snapshots::of_files(&databases)?.digests(self.cancellation)?;
        TableDigest::compare(&self.manifest.table_digests(), &found, "a table of the backup")
            .map_err(|error| error.hint("nothing was restored; use another backup"))?;
        Ok(Staged { folder, databases })
    }

    /// Adds snapshots and models. They are named by their content, so nothing is lost if more is
    /// added than is used in the end.
    fn add_files(&self, artifacts: &dyn ArtifactStore) -> Result<()> {
        for file in self.manifest.files_in("snapshots") {
            let (from, to) = (self.folder.join(&file.path), self.home.root().join(&file.path));
            files::link_or_copy(&from, &to, self.cancellation)?;
        }
        let snapshots = self.home.snapshots();
        if snapshots.exists() {
            files::sync_tree(&snapshots)?;
        }
        for file in self.manifest.files_in("artifacts") {
            self.cancellation.check()?;
            let path = self.folder.join(&file.path);
            let bytes =
                std::fs::read(&path).map_err(|cause| files::cannot("read", &path, cause))?;
            artifacts.put(&bytes)?;
        }
        Ok(())
    }

    /// Puts the databases in their places. From the first one to the last the home says that it is
    /// half restored, and nobody works in it.
    fn put_databases(&self, staged: &Staged) -> Result<()> {
        files::sync_tree(staged.folder.path())?;
        self.cancellation.check()?;
        let (root, unfinished) = (self.home.root(), self.home.unfinished());
        std::fs::write(&unfinished, "")
            .map_err(|cause| files::cannot("write", &unfinished, cause))?;
        files::sync_folder(root)?;
        for (context, from) in &staged.databases {
            let to = self.home.database(*context);
            for rest in [beside(&to, "-wal"), beside(&to, "-shm")] {
                files::remove(&rest)?;
            }
            std::fs::rename(from, &to).map_err(|cause| files::cannot("make", &to, cause))?;
        }
        files::sync_folder(root)?;
        files::remove(&unfinished)?;
        files::sync_folder(root)
    }
}

/// A file that SQLite keeps beside a database.
fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn as_text(document: &RestoreDocument, console: &Console) -> String {
    let mut text = tables::as_text(&document.tables, console);
    text.push_str(&format!(
        "\nrestored from {}: {}, {}; all of it is as it was backed up\n",
        document.from,
        format::plural(document.files, "file", "files"),
        format::bytes(document.bytes)
    ));
    text.push_str(&elsewhere(&document.elsewhere));
    text
}
