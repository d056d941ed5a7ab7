//! What the user, the environment and the machine say about where and how to work.

use std::path::PathBuf;

use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{GlobalArgs, MemorySize};

/// Memory for scans when nothing is said.
const DEFAULT_MEMORY: u64 = 1 << 30;

/// Below this no scan can work.
const LEAST_MEMORY: u64 = 16 << 20;

/// Where and how to work.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    /// The home folder: databases, snapshots, artifacts, reports.
    pub(crate) home: PathBuf,
    /// Why it is this folder, for `doctor`.
    pub(crate) home_reason: &'static str,
    /// Threads that compute.
    pub(crate) threads: usize,
    /// Memory for scans, in bytes.
    pub(crate) memory_bytes: u64,
}

impl Configuration {
    /// Flags first, then the environment, then defaults.
    pub(crate) fn detect(arguments: &GlobalArgs) -> Result<Self> {
        let (home, home_reason) = home(arguments)?;
        let threads = arguments.threads.unwrap_or_else(|| {
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
        });
        let memory_bytes = arguments.memory.map_or(DEFAULT_MEMORY, MemorySize::bytes);
        if memory_bytes < LEAST_MEMORY {
            return Err(Error::usage("too little memory to work with")
                .at("--memory")
                .hint("give at least 16MiB"));
        }
        Ok(Self { home, home_reason, threads, memory_bytes })
    }
}

fn home(arguments: &GlobalArgs) -> Result<(PathBuf, &'static str)> {
    if let Some(home) = &arguments.home {
        return Ok((home.clone(), "--home"));
    }
    if let Some(home) = std::env::var_os("PYNOMALY_HOME").filter(|home| !home.is_empty()) {
        return Ok((home.into(), "PYNOMALY_HOME"));
    }
    let here = PathBuf::from(".pynomaly");
    if here.is_dir() {
        return Ok((here, ".pynomaly in this folder"));
    }
    let data = std::env::var_os("XDG_DATA_HOME").filter(|data| !data.is_empty()).map(PathBuf::from);
    let data = data.or_else(|| {
        let user = std::env::var_os("HOME").filter(|user| !user.is_empty())?;
        Some(PathBuf::from(user).join(".local/share"))
    });
    match data {
        Some(data) => Ok((data.join("pynomaly"), "the user's data folder")),
        None => Err(Error::usage("there is no folder to keep data in: HOME is not set")
            .hint("give one with --home DIR or PYNOMALY_HOME")),
    }
}
