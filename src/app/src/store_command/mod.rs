//! `pynomaly store`: everything there is, moved to PostgreSQL, backed up or brought back.

mod backup;
mod manifest;
mod moving;
mod references;
mod restore;
mod tables;

use std::path::PathBuf;

use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_presentation::cli::{Console, GlobalArgs, Outcome};

use crate::configuration::{Configuration, move_target};

pub(crate) use backup::BackupDocument;
pub(crate) use manifest::Manifest;
pub(crate) use moving::MoveDocument;
pub(crate) use restore::RestoreDocument;

/// The store: moved to another database, backed up, restored
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Copy the databases of the home to PostgreSQL, and verify every row
    #[command(after_help = "Examples:
  pynomaly store move --to postgres://pynomaly@db.example.org/pynomaly

A password comes from PYNOMALY_STORE_PASSWORD, or from the file that store.password_file names in
the configuration. The home stays as it is; what to do next is told at the end.

Exit code: 0 copied and verified, 2 the target holds data already, 5 a database could not be
reached, or what was read back differs; then nothing is kept of the copy.")]
    Move {
        /// The database: schemas are made in it, one for each context
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Write everything of one moment into a new folder, while other processes go on working
    #[command(after_help = "Examples:
  pynomaly store backup /backups/2024-06-01

The folder is a home that can be used as it is: SQLite files, snapshots and models, whatever the
store is, and a manifest with the digests of everything. Parquet files that are read where they are
stay where they are. It appears only when it is complete.")]
    Backup {
        /// A folder that does not exist yet, or is empty
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Bring a backup into an empty home, or into empty schemas of PostgreSQL
    #[command(after_help = "Examples:
  pynomaly store restore /backups/2024-06-01 --home /data/pynomaly
  PYNOMALY_STORE=postgres://pynomaly@db/pynomaly pynomaly store restore /backups/2024-06-01

Everything in the backup is compared with its manifest first; nothing is restored of one that was
changed.")]
    Restore {
        /// A folder that `store backup` made
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// Runs the command.
pub(crate) fn run(
    command: &Command,
    arguments: &GlobalArgs,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let configuration = Configuration::detect(arguments)?;
    match command {
        Command::Move { to } => {
            let target = move_target(arguments, to)?;
            moving::run(&configuration, &target, console, cancellation)
        }
        Command::Backup { folder } => backup::run(&configuration, folder, console, cancellation),
        Command::Restore { folder } => restore::run(&configuration, folder, console, cancellation),
    }
}
