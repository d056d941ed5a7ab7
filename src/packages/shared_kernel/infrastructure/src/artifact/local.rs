//! Artifacts in a local folder: `<folder>/<first two digits>/<digest>`.
//!
//! An artifact appears whole or not at all: it is written beside its place, made durable, and
//! renamed; a crash leaves at most a temporary file that nothing refers to.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use shared_kernel_domain::artifact::{ArtifactDigest, ArtifactStore};
use shared_kernel_domain::{Error, Result};

use super::shelf;

/// Artifacts in a local folder.
pub struct LocalArtifactStore {
    directory: PathBuf,
}

impl LocalArtifactStore {
    /// A store under `directory`, which is made when the first artifact is put.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Where an artifact lies, if it is there.
    pub fn path(&self, digest: &ArtifactDigest) -> PathBuf {
        self.directory.join(shelf(digest)).join(digest.as_str())
    }
}

impl ArtifactStore for LocalArtifactStore {
    fn put(&self, bytes: &[u8]) -> Result<ArtifactDigest> {
        let digest = ArtifactDigest::of(bytes);
        let path = self.path(&digest);
        if std::fs::read(&path).is_ok_and(|stored| stored == bytes) {
            return Ok(digest);
        }
        let shelf = path.parent().unwrap_or(&self.directory);
        write_durably(shelf, &path, bytes).map_err(|error| {
            Error::unavailable("an artifact could not be stored")
                .at(path.display().to_string())
                .hint("check that the home folder is writable and the disk is not full")
                .caused_by(error)
        })?;
        Ok(digest)
    }

    fn get(&self, digest: &ArtifactDigest) -> Result<Vec<u8>> {
        let path = self.path(digest);
        let bytes = std::fs::read(&path).map_err(|error| {
            let what = if error.kind() == ErrorKind::NotFound {
                format!("artifact {digest} is not in the store")
            } else {
                format!("artifact {digest} could not be read")
            };
            Error::unavailable(what).at(path.display().to_string()).caused_by(error)
        })?;
        if ArtifactDigest::of(&bytes) != *digest {
            return Err(Error::unavailable(format!("artifact {digest} is damaged"))
                .at(path.display().to_string())
                .hint("restore the file from a backup, or make the artifact again"));
        }
        Ok(bytes)
    }

    fn check(&self) -> Result<()> {
        let writable = || {
            make_directory(&self.directory)?;
            tempfile::tempfile_in(&self.directory)?.write_all(b"writable")
        };
        writable().map_err(|error: std::io::Error| {
            Error::unavailable("the folder of the artifacts is not writable")
                .at(self.directory.display().to_string())
                .hint("check who owns the home folder and that the disk is not full")
                .caused_by(error)
        })
    }
}

/// Writes a file so that it is whole after any crash: temporary file, flush, rename, and a flush of
/// the folders whose entries changed.
fn write_durably(shelf: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    make_directory(shelf)?;
    let mut file = tempfile::NamedTempFile::new_in(shelf)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_directory(shelf)
}

/// Makes a folder and those above it, each durably: a power loss takes none back.
pub fn make_directory(directory: &Path) -> std::io::Result<()> {
    let missing: Vec<&Path> = directory.ancestors().take_while(|folder| !folder.is_dir()).collect();
    std::fs::create_dir_all(directory)?;
    let parents = missing.iter().filter_map(|made| made.parent());
    parents.filter(|parent| !parent.as_os_str().is_empty()).try_for_each(sync_directory)
}

/// Makes the entries of a folder durable; does nothing where folders cannot be opened.
pub(crate) fn sync_directory(directory: &Path) -> std::io::Result<()> {
    match File::open(directory) {
        Ok(handle) if cfg!(unix) => handle.sync_all(),
        _ => Ok(()),
    }
}
