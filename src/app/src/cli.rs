//! The command line: every context's commands joined, and the root's own.

use clap::{CommandFactory, Parser, Subcommand};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, GlobalArgs, Outcome};

use crate::configuration::Configuration;
use crate::platform::Platform;
use crate::{doctor, events, run, serve, store_command};

/// Can this table be trusted, what is in it, which rows are wrong and why, and a model that
/// keeps watching it.
#[derive(Parser)]
#[command(
    name = "pynomaly",
    version,
    after_help = "Begin with: pynomaly run DATA",
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Run(run::Command),
    #[command(subcommand)]
    Dataset(data_science_presentation::cli::dataset::Command),
    Check(data_quality_presentation::cli::Command),
    #[command(subcommand)]
    Contract(data_quality_presentation::cli::ContractCommand),
    #[command(subcommand)]
    Gate(data_quality_presentation::cli::GateCommand),
    #[command(subcommand)]
    Incident(data_quality_presentation::cli::IncidentCommand),
    #[command(subcommand)]
    Webhook(data_quality_presentation::cli::WebhookCommand),
    Profile(data_profiling_presentation::cli::Command),
    Detect(data_science_presentation::cli::detect::Command),
    #[command(subcommand)]
    Detector(data_science_presentation::cli::detector::Command),
    #[command(subcommand)]
    Pipeline(data_science_presentation::cli::pipeline::Command),
    #[command(subcommand)]
    Feedback(data_science_presentation::cli::feedback::Command),
    #[command(subcommand)]
    Model(mlops_presentation::cli::Command),
    Serve(serve::Command),
    /// The event flow: what was published and what became of it
    #[command(subcommand)]
    Events(events::Command),
    #[command(subcommand)]
    Store(store_command::Command),
    /// What is configured, what is there, and what is wrong with it
    Doctor,
    /// Completions for a shell, on standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Runs a command.
pub(crate) fn dispatch(
    command: &Command,
    arguments: &GlobalArgs,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    match command {
        Command::Completions { shell } => return completions(*shell, console),
        Command::Detector(command) => {
            return data_science_presentation::cli::detector::run(command, console);
        }
        _ => {}
    }
    if let Command::Serve(command) = command {
        let configuration = Configuration::detect_serving(arguments, &command.flags)?;
        return serve::run(&configuration, console, cancellation);
    }
    if let Command::Store(command) = command {
        return store_command::run(command, arguments, console, cancellation);
    }
    let configuration = Configuration::detect(arguments)?;
    if let Command::Doctor = command {
        return doctor::run(&configuration, console);
    }
    let platform = Platform::open(&configuration)?;
    match command {
        Command::Run(command) => run::run(command, &platform, console, cancellation),
        Command::Dataset(command) => data_science_presentation::cli::dataset::run(
            command,
            &platform.data_science,
            &|arguments, data| run::contract_choice(arguments, data, &platform),
            console,
            cancellation,
        ),
        Command::Check(command) => data_quality_presentation::cli::run(
            command,
            &platform.data_quality,
            console,
            cancellation,
        ),
        Command::Contract(command) => {
            let quality = &platform.data_quality;
            data_quality_presentation::cli::run_contract(command, quality, console, cancellation)
        }
        Command::Gate(command) => {
            let carry_on = |chain| run::carry_on(&platform, chain, console, cancellation);
            data_quality_presentation::cli::run_gate(
                command,
                &platform.data_quality,
                &carry_on,
                console,
            )
        }
        Command::Incident(command) => {
            data_quality_presentation::cli::run_incident(command, &platform.data_quality, console)
        }
        Command::Webhook(command) => {
            let quality = &platform.data_quality;
            data_quality_presentation::cli::run_webhook(command, quality, console, cancellation)
        }
        Command::Profile(command) => data_profiling_presentation::cli::run(
            command,
            &platform.data_profiling,
            console,
            cancellation,
        ),
        Command::Detect(command) => data_science_presentation::cli::detect::run(
            command,
            &platform.data_science,
            console,
            cancellation,
        ),
        Command::Pipeline(command) => {
            data_science_presentation::cli::pipeline::run(command, &platform.data_science, console)
        }
        Command::Feedback(command) => {
            data_science_presentation::cli::feedback::run(command, &platform.data_science, console)
        }
        Command::Model(command) => mlops_presentation::cli::run(command, &platform.mlops, console),
        Command::Events(command) => {
            events::run(command, platform.shared.events.as_ref(), console, cancellation)
        }
        Command::Completions { .. }
        | Command::Detector(_)
        | Command::Doctor
        | Command::Serve(_)
        | Command::Store(_) => Err(Error::internal("a command without a home was given one")),
    }
}

fn completions(shell: clap_complete::Shell, console: &Console) -> Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pynomaly", &mut script);
    console.result_bytes(&script)?;
    Ok(Outcome::Done)
}
