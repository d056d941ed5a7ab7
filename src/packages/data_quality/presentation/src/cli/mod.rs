//! The `check`, `contract`, `gate`, `incident` and `webhook` commands.

mod contract;
mod contract_test;
mod exchange;
mod gate;
mod history;
mod incident;
mod junit;
mod markdown;
mod openlineage;
mod sarif;
mod text;
mod webhook;

use clap::{Args, Subcommand, ValueEnum};
use data_quality_application::{
    ContractRequest, DataQualityContainer, QuarantineRequest, check_data, metric_history,
};
use data_quality_domain::{CheckResult, QualityReport, Severity};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::identity::RunId;
use shared_kernel_presentation::cli::{Console, Format, InputArguments, Outcome, json_document};

pub use contract::{
    ContractCommand, DiffDocument, DiffedContract, FailOnChange, LintDocument, LintedFile,
    SuggestDocument, run_contract,
};
pub use contract_test::{TestArguments, text as contract_test_text};
pub use exchange::{
    ExportArguments, ExportDocument, ExportTo, ImportArguments, ImportDocument, ImportFrom,
};
pub use gate::{GateCommand, GateDocument, GateLevel, OnGap, SetArguments, run_gate};
pub use incident::{IncidentCommand, IncidentDocument, IncidentsDocument, run_incident};
pub use junit::junit;
pub use markdown::markdown;
pub use openlineage::{LineageRun, openlineage};
pub use sarif::sarif;
pub use text::summary;
pub use webhook::{
    AddArguments, OnChange, WebhookCommand, WebhookFacts, WebhooksDocument, run_webhook,
};

/// Says whether a table is fit for use: missing values, duplicates, mixed types, odd dates, texts
/// and records, without any configuration; with a contract, whether the table keeps it.
#[derive(Args, Clone, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  pynomaly check flights.csv
  pynomaly check flights.csv --fail-on warning
  pynomaly check flights.csv --format json --output report.json
  pynomaly check flights            the newest version of that dataset, and the contract it was stored with
  pynomaly check flights.csv --contract flights.odcs.yaml --failed-rows failed.parquet
  pynomaly check flights.csv --contract flights.odcs.yaml --format junit --output checks.xml
  pynomaly check flights.csv --contract flights.odcs.yaml --quarantine parted

Exit code: 0 nothing failed, 1 a check failed at the level of --fail-on or the gate is closed,
2 a contract cannot be used, 3 DATA cannot be read, 4 something could not be evaluated and nothing
failed. A file called history is ./history."
)]
pub struct Command {
    /// A path, a glob, a folder of Parquet files, - for standard input, or a dataset's name
    #[arg(value_name = "DATA", required = true)]
    pub data: Option<String>,

    /// How DATA is to be read.
    #[command(flatten)]
    pub input: InputArguments,

    /// The level of failed checks at which the exit code is 1
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Error)]
    pub fail_on: FailOn,

    /// A contract of the Open Data Contract Standard; may be given several times. Built-in checks
    /// then only inform
    #[arg(long, value_name = "FILE")]
    pub contract: Vec<String>,

    /// The table in the contract that DATA is [default: the only one with rules, or the one of DATA's name]
    #[arg(long, value_name = "NAME", requires = "contract")]
    pub table: Option<String>,

    /// Do without the contract that the dataset DATA was stored with
    #[arg(long, conflicts_with = "contract")]
    pub no_contract: bool,

    /// Leave the built-in checks out
    #[arg(long)]
    pub contract_only: bool,

    /// Write every row that breaks a rule to this file, .parquet or .csv
    #[arg(long, value_name = "FILE")]
    pub failed_rows: Option<String>,

    /// Split DATA into this new folder: valid.parquet, and invalid.parquet with the rows that break
    /// a rule which failed at the level of --fail-on, their numbers and the rules
    #[arg(long, value_name = "DIR")]
    pub quarantine: Option<String>,

    /// Replace the split that is in the folder of --quarantine
    #[arg(long, requires = "quarantine")]
    pub overwrite: bool,

    /// The namespace of the table and of this check, in --format openlineage
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub lineage_namespace: String,

    /// What is asked of reports that exist.
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// What is asked of reports that exist.
#[derive(Subcommand, Clone, Debug)]
pub enum Action {
    /// Tell how the figures of a dataset's newest version lie beside those of the versions before it
    #[command(after_help = "Examples:
  pynomaly check history flights
  pynomaly check history flights --column distance
  pynomaly check history flights --format json

Watched without configuration: the number of rows, columns and their types, missing values, means,
deviations and different values, and how fresh versions are that come regularly. What is usual is
known from 7 earlier versions on; a version is never part of what it is held against.

Exit code: 0 all is as usual, or too little is known; 1 something is unusual and --fail-on warning.")]
    History {
        /// The dataset's name
        #[arg(value_name = "DATASET")]
        dataset: String,
        /// Only the figures of this column
        #[arg(long, value_name = "NAME")]
        column: Option<String>,
        /// All figures, and not a screen of them
        #[arg(long)]
        all: bool,
        /// The level of what is unusual at which the exit code is 1
        #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Error)]
        fail_on: FailOn,
    },
}

impl Command {
    fn contracts(&self) -> ContractRequest {
        ContractRequest {
            files: self.contract.clone(),
            table: self.table.clone(),
            no_contract: self.no_contract,
            contract_only: self.contract_only,
            failed_rows: self.failed_rows.clone(),
            quarantine: self.quarantine.clone().map(|folder| QuarantineRequest {
                folder,
                replace: self.overwrite,
                level: self.fail_on.level(),
            }),
        }
    }
}

/// The level from which a failed check fails the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Warnings and errors.
    Warning,
    /// Errors only.
    Error,
}

/// How the report can be written.
const FORMATS: [Format; 6] = [
    Format::Table,
    Format::Json,
    Format::Markdown,
    Format::Junit,
    Format::Sarif,
    Format::OpenLineage,
];

impl FailOn {
    fn level(self) -> Severity {
        match self {
            Self::Warning => Severity::Warning,
            Self::Error => Severity::Error,
        }
    }
}

/// Runs the command and writes the report.
pub fn run(
    command: &Command,
    container: &DataQualityContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    if let Some(Action::History { dataset, column, all, fail_on }) = &command.action {
        let history = metric_history(container, dataset)?;
        let is_json = console.format(&[Format::Table, Format::Json])? == Format::Json;
        console.result(&if is_json {
            json_document(&history)?
        } else {
            let (width, palette) = (console.width(), console.palette());
            history::text(&history, column.as_deref(), *all, width, palette)
        })?;
        let failed =
            |result: &CheckResult| result.has_failed() && result.severity >= fail_on.level();
        return Ok(if history.results.iter().any(failed) {
            Outcome::Failed
        } else {
            Outcome::Done
        });
    }
    let format = console.format(&FORMATS)?;
    let request = DataRequest {
        data: command.data.clone().unwrap_or_default(),
        format: command.input.format(),
        sheet: command.input.sheet.clone(),
    };
    let step = console.progress().step("check");
    let progress = |done, total| step.bytes(done, total);
    let report = check_data(container, &request, &command.contracts(), &progress, cancellation)?;
    step.done("");
    for contract in &report.contracts {
        for problem in &contract.warnings {
            console.warning(&format!("{}, {}: {}", contract.file, problem.place, problem.what));
        }
    }
    let document = match format {
        Format::Json => json_document(&report)?,
        Format::Markdown => markdown(&report),
        Format::Junit => junit(&report, command.fail_on),
        Format::Sarif => sarif(&report, outcome(&report, command.fail_on))?,
        Format::OpenLineage => {
            let shared = &container.shared;
            let run = LineageRun {
                id: RunId::generate(shared.ids.as_ref()),
                at: shared.clock.now(),
                namespace: &command.lineage_namespace,
            };
            openlineage(&report, run, command.fail_on)?
        }
        _ => summary(&report, console.width(), console.palette()),
    };
    console.result(&document)?;
    Ok(outcome(&report, command.fail_on))
}

/// How a report ends the command: what failed outweighs what could not be evaluated.
pub fn outcome(report: &QualityReport, fail_on: FailOn) -> Outcome {
    let closed = is_closed(report);
    if closed || report.fails_at(fail_on.level()) {
        Outcome::Failed
    } else if report.checks.not_evaluated > 0 || report.score.overall.is_none() {
        Outcome::NotEvaluated
    } else {
        Outcome::Done
    }
}

/// Whether the gate is closed for something that was found.
fn is_closed(report: &QualityReport) -> bool {
    !report.gate.passed && report.score.overall.is_some()
}
