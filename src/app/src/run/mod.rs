//! `pynomaly run DATA`: the main job, from upload to a watching model.

mod document;
mod findings;
mod flow;
mod report;
mod summary;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use data_quality_application::keep_contract;
use data_science_application::{ContractChoice, UploadOutcome, UploadRequest, upload};
use shared_kernel_domain::bus::DeliveryRecord;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::identity::CorrelationId;
use shared_kernel_domain::{Error, ErrorKind, Result};
use shared_kernel_presentation::cli::{
    Console, ContractArguments, Format, InputArguments, Outcome, json_document,
};
use shared_kernel_presentation::format;

use crate::output::write_file;
use crate::platform::Platform;
pub(crate) use document::RunDocument;
use findings::Findings;
use flow::{ChainEnd, Participation, await_chain, chain_end, chain_of_version};

/// How long running steps may take to hand back their work after Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(800);
/// How long the bus may take to end when nothing is left to do.
const IDLE_PATIENCE: Duration = Duration::from_secs(10);

/// Takes a table from upload to a watching model: is it fit for use, what is in it, which rows
/// are odd and why, and which model now watches it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  pynomaly run flights.csv
  pynomaly run 'exports/2026-*.parquet' --name exports --report exports.html
  pynomaly run labelled.csv --label is_fraud --detector ecod
  pynomaly run flights.csv --contract flights.odcs.yaml

The same table again is recognised and costs one look; a changed table, or another contract, becomes
the next version. A contract is kept by its content: what changes in its file later does not count.

Exit code: 0 a model learned from the table, 1 the quality gate is closed and the model declined,
4 something could not be evaluated: a check, a step, or no column to learn from.")]
pub(crate) struct Command {
    /// A path, a glob, a folder of Parquet files, or - for standard input
    #[arg(value_name = "DATA")]
    data: String,
    /// The dataset's name [default: made from DATA]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A column with known anomalies: never used for learning, only to evaluate
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// What it is held against.
    #[command(flatten)]
    contract: ContractArguments,
    /// The detector that watches the dataset, with parameters as in knn:neighbours=10; see
    /// `pynomaly detector list`
    #[arg(long, value_name = "NAME[:PARAMETERS]")]
    detector: Option<String>,
    /// Where to write the HTML report [default: the reports folder of the home]
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    input: InputArguments,
    /// Copy Parquet files into the home instead of referring to them where they are
    #[arg(long)]
    copy: bool,
}

/// Runs the command.
pub(crate) fn run(
    command: &Command,
    platform: &Platform,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json, Format::Html])?;
    if let Some(report) = &command.report {
        check_folder(report)?;
    }
    let (upload, took) = store_version(command, platform, console, cancellation)?;
    let events = platform.shared.events.as_ref();
    let chain = chain_of_version(events, &upload.dataset.id, &upload.version.id)?;
    let mut flowed = false;
    if let Some(chain) = &chain {
        let end = if let Some(end) = chain_end(events, chain)? {
            end
        } else {
            flowed = true;
            let mut part = Participation::new(platform);
            let end = await_chain(&mut part, events, chain, console.progress(), cancellation);
            part.stop(if end.is_ok() { IDLE_PATIENCE } else { PATIENCE });
            end.map_err(|error| with_what_was_kept(error, &upload))?
        };
        match end {
            ChainEnd::Parked(step) => return Err(parked_error(&upload, &step)),
            ChainEnd::Discarded(step) => return Err(discarded_error(&upload, &step)),
            ChainEnd::Updated | ChainEnd::Declined => {}
        }
    }
    let findings = Findings::gather(platform, upload, chain.as_ref(), flowed, took)?;
    let page = report::whole_page(&findings)?;
    let path = report_path(command, platform, &findings)?;
    write_file(&path, page.as_bytes())?;
    let result = match format {
        Format::Json => json_document(&RunDocument::of(&findings, &path))?,
        Format::Html => page,
        _ => summary::text(&findings, &path, console),
    };
    console.result(&result)?;
    Ok(findings.outcome())
}

/// Takes a chain of events that goes on to its end. One whose beginning is not kept any more is left
/// to whoever runs the flow next.
pub(crate) fn carry_on(
    platform: &Platform,
    chain: Option<CorrelationId>,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<()> {
    let Some(chain) = chain else { return Ok(()) };
    let events = platform.shared.events.as_ref();
    let mut part = Participation::new(platform);
    let end = await_chain(&mut part, events, &chain, console.progress(), cancellation);
    part.stop(if end.is_ok() { IDLE_PATIENCE } else { PATIENCE });
    let what = match end? {
        ChainEnd::Updated => return Ok(()),
        ChainEnd::Declined => "the model declined to learn from the version".to_owned(),
        ChainEnd::Parked(step) | ChainEnd::Discarded(step) => {
            let why = step.last_error.as_deref().unwrap_or("no reason was recorded");
            format!("the flow stopped in {}: {why}", step.group)
        }
    };
    Err(Error::new(ErrorKind::NotEvaluated, what)
        .hint("`pynomaly model history` and `pynomaly events dead-letters list` tell more"))
}

fn store_version(
    command: &Command,
    platform: &Platform,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<(UploadOutcome, Option<Duration>)> {
    let data = command.name.as_deref().unwrap_or(&command.data);
    let request = UploadRequest {
        data: command.data.clone(),
        format: command.input.format(),
        sheet: command.input.sheet.clone(),
        name: command.name.clone(),
        label: command.label.clone(),
        detector: command.detector.clone(),
        copy: command.copy,
        contract: contract_choice(&command.contract, data, platform)?,
    };
    let step = console.progress().step("read and store");
    let begun = Instant::now();
    let progress = |done, total| step.bytes(done, total);
    let outcome = upload(&platform.data_science, &request, &progress, cancellation);
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(error) => {
            step.failed(error.what());
            let interrupted = error.kind() == ErrorKind::Interrupted;
            return Err(if interrupted { error.hint("nothing was stored") } else { error });
        }
    };
    if outcome.recognised {
        step.skipped(&format!("unchanged since version {}", outcome.version.number));
        return Ok((outcome, None));
    }
    let rows = format::count(outcome.version.table.rows);
    step.done(&format!("{rows} rows, version {}", outcome.version.number));
    Ok((outcome, Some(begun.elapsed())))
}

/// The contract that a new version is held against. It is kept before the table is read: one that
/// cannot be used stores nothing.
pub(crate) fn contract_choice(
    arguments: &ContractArguments,
    data: &str,
    platform: &Platform,
) -> Result<ContractChoice> {
    let Some(file) = &arguments.contract else {
        let leave = arguments.no_contract;
        return Ok(if leave { ContractChoice::Leave } else { ContractChoice::Keep });
    };
    // what it refers to is looked for beside it, whatever folder a later process works in
    let path = std::path::absolute(file).map_err(|cause| {
        Error::usage("the contract's path leads nowhere")
            .at(file.display().to_string())
            .hint("give the path of a YAML file")
            .caused_by(cause)
    })?;
    let path = path.to_string_lossy();
    let kept = keep_contract(&platform.data_quality, &path, arguments.table.as_deref(), data)?;
    Ok(ContractChoice::Take(kept))
}

fn with_what_was_kept(error: Error, upload: &UploadOutcome) -> Error {
    if error.kind() != ErrorKind::Interrupted {
        return error;
    }
    error.hint(format!(
        "version {} of {} is stored and its finished steps are kept; the same command goes on from there",
        upload.version.number, upload.dataset.name
    ))
}

fn parked_error(upload: &UploadOutcome, step: &DeliveryRecord) -> Error {
    stopped_in(upload, step).hint(format!(
        "when the cause is gone: `pynomaly events dead-letters requeue {} --group {}`",
        step.event_id, step.group
    ))
}

fn discarded_error(upload: &UploadOutcome, step: &DeliveryRecord) -> Error {
    stopped_in(upload, step).hint(
        "somebody discarded the event, so this version goes no further; a changed table makes the next one",
    )
}

fn stopped_in(upload: &UploadOutcome, step: &DeliveryRecord) -> Error {
    let why = step.last_error.as_deref().unwrap_or("no reason was recorded");
    Error::new(ErrorKind::NotEvaluated, format!("the flow stopped in {}: {why}", step.group))
        .at(format!("version {} of {}", upload.version.number, upload.dataset.name))
}

fn report_path(command: &Command, platform: &Platform, findings: &Findings) -> Result<PathBuf> {
    if let Some(path) = &command.report {
        return Ok(path.clone());
    }
    let folder = platform.home.reports();
    make_folder(&folder)?;
    let version = &findings.upload.version;
    Ok(folder.join(format!("{}-v{}.html", findings.upload.dataset.name, version.number)))
}

/// A report that cannot be written is told before the work, not after it.
fn check_folder(report: &Path) -> Result<()> {
    let folder = report.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_none_or(Path::is_dir) {
        return Ok(());
    }
    Err(Error::usage("the folder for the report does not exist")
        .at(report.display().to_string())
        .hint("make the folder first, or name another file with --report"))
}

fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|cause| {
        Error::unavailable(format!("the folder of reports cannot be made: {cause}"))
            .at(folder.display().to_string())
            .hint("say where to write the report with --report FILE")
            .caused_by(cause)
    })
}
