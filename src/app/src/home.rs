//! The home folder: what lies where, and who may work in it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::artifact::make_directory;

/// The folder all state lives in.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    root: PathBuf,
}

/// The right to run the event flow in a home; given back when dropped, or when the process ends.
pub(crate) struct FlowLock {
    _file: File,
}

impl Home {
    /// Makes the folder when it is missing.
    pub(crate) fn open(root: &Path) -> Result<Self> {
        let home = Self::open_to_restore(root)?;
        if home.is_half_restored() {
            return Err(Error::unavailable("a backup was restored here only in part")
                .at(home.root.display().to_string())
                .hint("run the same `pynomaly store restore` again"));
        }
        Ok(home)
    }

    /// The same, also when a backup was restored here only in part.
    pub(crate) fn open_to_restore(root: &Path) -> Result<Self> {
        make_directory(root).map_err(|cause| {
            Error::unavailable(format!("the home folder cannot be made: {cause}"))
                .at(root.display().to_string())
                .hint("choose another folder with --home DIR or PYNOMALY_HOME")
                .caused_by(cause)
        })?;
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        Ok(Self { root })
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A context's database.
    pub(crate) fn database(&self, context: Context) -> PathBuf {
        self.root.join(Self::database_name(context))
    }

    /// The name of a context's database in a home.
    pub(crate) fn database_name(context: Context) -> String {
        format!("{context}.sqlite")
    }

    /// Whether databases of a backup were being put in when the process ended.
    pub(crate) fn is_half_restored(&self) -> bool {
        self.unfinished().exists()
    }

    /// What says that databases of a backup are being put in.
    pub(crate) fn unfinished(&self) -> PathBuf {
        self.root.join("restore.unfinished")
    }

    /// Typed snapshots of dataset versions.
    pub(crate) fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// Models and other artifacts.
    pub(crate) fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }

    /// What need not outlive the process.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// HTML reports.
    pub(crate) fn reports(&self) -> PathBuf {
        self.root.join("reports")
    }

    /// Takes the right to run the event flow, which one process at a time has; `None` while
    /// another one has it.
    pub(crate) fn try_lock_flow(&self) -> Result<Option<FlowLock>> {
        let path = self.root.join("flow.lock");
        let unavailable = |cause: std::io::Error| {
            Error::unavailable(format!("the home folder cannot be locked: {cause}"))
                .at(path.display().to_string())
                .caused_by(cause)
        };
        let file = File::create(&path).map_err(unavailable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(FlowLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(cause)) => Err(unavailable(cause)),
        }
    }
}
