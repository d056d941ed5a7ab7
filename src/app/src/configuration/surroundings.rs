//! The environment and the files a configuration is read from: the one place that asks for them.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// No configuration or password is larger.
const LARGEST_FILE: u64 = 1 << 20;

/// What a configuration is read from.
pub(super) trait Surroundings {
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// The names of all environment variables.
    fn variable_names(&self) -> Vec<OsString>;

    /// A small file.
    fn read(&self, path: &Path) -> io::Result<SmallFile>;

    /// Whether there is a folder.
    fn is_folder(&self, path: &Path) -> bool;

    /// How many threads can run at once.
    fn processors(&self) -> usize;
}

/// A file's text and who else can read it.
#[derive(Clone, Debug)]
pub(super) struct SmallFile {
    /// The text.
    pub(super) text: String,
    /// Whether the group or everybody may read or change it.
    pub(super) open_to_others: bool,
}

/// The process and the machine it runs on.
pub(super) struct Machine;

impl Surroundings for Machine {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn variable_names(&self) -> Vec<OsString> {
        std::env::vars_os().map(|(name, _)| name).collect()
    }

    fn read(&self, path: &Path) -> io::Result<SmallFile> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "larger than 1 MiB"));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text"))?;
        // A pipe has a mode, and nobody else.
        let open_to_others = metadata.is_file() && metadata.permissions().mode() & 0o077 != 0;
        Ok(SmallFile { text, open_to_others })
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn processors(&self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }
}
