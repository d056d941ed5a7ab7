//! What the user, the environment, a file and the machine say about where and how to work.
//!
//! A flag goes before an environment variable, that before the configuration file, that before a
//! default. `keys` declares every setting once; `surroundings` is the only place that asks the
//! environment, so that all else is tested without it. Passwords come from the environment or from
//! files, never from flags, and nothing here shows one.

mod file;
mod home;
mod keys;
mod moving;
mod nearest;
mod origin;
mod reader;
mod serve;
mod services;
mod sources;
mod surroundings;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;

use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{GlobalArgs, MemorySize, parse_threads};

pub(crate) use moving::move_target;
pub(crate) use origin::Setting;
pub(crate) use serve::{ServeFlags, only_loopback};
pub(crate) use services::{ArtifactChoice, BrokerChoice, PostgresChoice, StoreChoice};

use reader::Reader;
use sources::{Flags, Sources};
use surroundings::{Machine, Surroundings};

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
    pub(crate) home_reason: String,
    /// Threads that compute.
    pub(crate) threads: usize,
    /// Memory for scans, in bytes.
    pub(crate) memory_bytes: u64,
    /// Where the contexts keep their state.
    pub(crate) store: StoreChoice,
    /// What carries events between processes, if not the store.
    pub(crate) broker: Option<BrokerChoice>,
    /// Where models and other big things are kept.
    pub(crate) artifacts: ArtifactChoice,
    /// Where `serve` listens; always a loopback address.
    pub(crate) listen: SocketAddr,
    /// The contexts whose consumers `serve` runs, in the order of the main flow.
    pub(crate) contexts: Vec<Context>,
    settings: Vec<Setting>,
    notices: Vec<String>,
}

impl Configuration {
    /// Flags first, then the environment, then the file, then defaults.
    pub(crate) fn detect(arguments: &GlobalArgs) -> Result<Self> {
        Self::detect_serving(arguments, &ServeFlags::default())
    }

    /// The same with what `serve` takes.
    pub(crate) fn detect_serving(arguments: &GlobalArgs, serve: &ServeFlags) -> Result<Self> {
        Self::resolve(arguments, serve, &Machine)
    }

    /// Every setting, its value without passwords, and where it came from.
    pub(crate) fn settings(&self) -> &[Setting] {
        &self.settings
    }

    /// What an operator should know, and nothing fails for.
    pub(crate) fn notices(&self) -> &[String] {
        &self.notices
    }

    fn resolve(
        arguments: &GlobalArgs,
        serve: &ServeFlags,
        surroundings: &dyn Surroundings,
    ) -> Result<Self> {
        let mut reader = Reader::new(Sources::new(flags(arguments, serve), surroundings));
        let home = home::find(&mut reader)?;
        let threads = reader.or_default(
            &keys::THREADS,
            surroundings.processors(),
            threads,
            ToString::to_string,
        )?;
        let memory_bytes = reader.or_default(&keys::MEMORY, DEFAULT_MEMORY, memory, |bytes| {
            MemorySize::from_bytes(*bytes).to_string()
        })?;
        let store = services::store(&mut reader)?;
        let broker = services::broker(&mut reader)?;
        let artifacts = services::artifacts(&mut reader)?;
        let listen = serve::listen(&mut reader)?;
        let contexts = serve::contexts(&mut reader)?;
        reader.notices.extend(reader.sources.unknown_variables());
        Ok(Self {
            home: home.folder,
            home_reason: home.reason,
            threads,
            memory_bytes,
            store,
            broker,
            artifacts,
            listen,
            contexts,
            settings: reader.settings,
            notices: reader.notices,
        })
    }
}

/// What the command line says, by the names of the settings.
fn flags(arguments: &GlobalArgs, serve: &ServeFlags) -> Flags {
    let all = [
        (keys::CONFIGURATION_FILE, arguments.config.clone().map(Into::into)),
        (keys::HOME, arguments.home.clone().map(Into::into)),
        (keys::THREADS, arguments.threads.map(|threads| threads.to_string().into())),
        (keys::MEMORY, arguments.memory.map(|memory| memory.bytes().to_string().into())),
        (keys::SERVE_LISTEN, serve.listen.clone().map(Into::into)),
        (keys::SERVE_CONTEXTS, serve.contexts.clone().map(Into::into)),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key.name, value?))).collect()
}

fn threads(text: &str) -> Result<usize> {
    parse_threads(text)
        .map_err(|why| Error::usage(format!("`threads` cannot be {text:?}")).hint(why))
}

fn memory(text: &str) -> Result<u64> {
    let bytes = text.parse::<MemorySize>()?.bytes();
    if bytes < LEAST_MEMORY {
        return Err(Error::usage("too little memory to work with").hint("give at least 16MiB"));
    }
    Ok(bytes)
}
