//! The composition root: configuration, containers, command line and page assembly.
//!
//! The only crate that knows every context (R9), and next to the kernel's infrastructure the only
//! one that reads the environment (R11).

mod cli;
mod configuration;
mod doctor;
mod events;
mod home;
mod interrupt;
mod output;
mod platform;
mod run;
pub mod schemas;
mod serve;
mod store_command;

use std::process::ExitCode;

use clap::Parser;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::Outcome;

/// Runs the command line; the exit code says how it ended.
pub fn main() -> ExitCode {
    shared_kernel_infrastructure::engine::keep_decoders_quiet();
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version are answers; a refused argument is wrong usage.
            let code = if message.use_stderr() { 2 } else { 0 };
            return if message.print().is_ok() { ExitCode::from(code) } else { ExitCode::from(5) };
        }
    };
    let console = match output::console(&cli.global) {
        Ok(console) => console,
        Err(error) => {
            shared_kernel_presentation::cli::Console::standard(
                shared_kernel_presentation::cli::ConsoleSettings::detect(&cli.global),
            )
            .error(&error);
            return ExitCode::from(error.kind().exit_code());
        }
    };
    let outcome = interrupt::cancelled_by_signals()
        .and_then(|cancellation| cli::dispatch(&cli.command, &cli.global, &console, &cancellation))
        .and_then(|outcome| finished(&console, outcome));
    match outcome {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(error) => {
            console.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

fn finished(
    console: &shared_kernel_presentation::cli::Console,
    outcome: Outcome,
) -> Result<Outcome, Error> {
    console.finish()?;
    Ok(outcome)
}
