//! The `profile` command.

mod changes;
mod history;
mod text;

use clap::{Args, Subcommand};
use data_profiling_application::{
    DataProfilingContainer, history_of_dataset, merge_profiles, portable_profile, profile_data,
    profile_of,
};
use data_profiling_domain::{PortableProfile, Profile, Redaction, compare};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, Format, InputArguments, Outcome, json_document};

pub use text::summary;

use crate::report;

/// What a profile can be written as.
const FORMATS: [Format; 4] = [Format::Table, Format::Json, Format::Html, Format::Binary];

/// Shows what is in every column of a table: types, missing and distinct values, range, quantiles,
/// distribution, frequent values, and what stands out. One scan, whatever the size.
#[derive(Args, Clone, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  pynomaly profile flights.parquet
  pynomaly profile flights.csv --format json --output profile.json
  pynomaly profile flights.csv --output profile.html
  pynomaly profile flights.csv --exact
  pynomaly profile customers.csv --redact=personal --output customers.html
  pynomaly profile flights          the newest version of the dataset of that name
  pynomaly profile january.csv --output january.profile    to be merged with others later

A file called diff, merge or history is ./diff, ./merge or ./history."
)]
pub struct Command {
    /// A path, a glob, a folder of Parquet files, - for standard input, or a dataset's name
    #[arg(value_name = "DATA", required = true)]
    data: Option<String>,

    #[command(flatten)]
    input: InputArguments,

    /// Count different values and quantiles of long columns exactly, in further scans
    #[arg(long)]
    exact: bool,

    /// Leave all values out, or with `=personal` those of columns with personal data
    #[arg(long, value_name = "COLUMNS", num_args = 0..=1, require_equals = true, default_missing_value = "all")]
    redact: Option<Redact>,

    #[command(subcommand)]
    action: Option<Action>,
}

/// Of which columns no value is shown.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Redact {
    /// Of all columns
    All,
    /// Of columns with personal data
    Personal,
}

impl From<Redact> for Redaction {
    fn from(redact: Redact) -> Self {
        match redact {
            Redact::All => Self::All,
            Redact::Personal => Self::Personal,
        }
    }
}

/// What is done with profiles that exist.
#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Tell what changed from one profile or table to another
    #[command(after_help = "Examples:
  pynomaly profile diff january.profile february.profile
  pynomaly profile diff profile.json flights.csv --format json")]
    Diff {
        /// A profile (JSON or binary), or DATA
        #[arg(value_name = "BEFORE")]
        before: String,
        /// A profile (JSON or binary), or DATA
        #[arg(value_name = "AFTER")]
        after: String,
    },
    /// Make one profile of several, as if their rows were one table, without the data
    #[command(after_help = "Examples:
  pynomaly profile merge january.profile february.profile march.csv
  pynomaly profile merge 2026-*.profile --output 2026.profile

Counts, extremes, sums and histograms are those of all rows together; what is approximate stays
within its bounds.")]
    Merge {
        /// Binary profiles, or DATA, in the order of their rows
        #[arg(value_name = "PROFILE", required = true, num_args = 1..)]
        sources: Vec<String>,
    },
    /// Tell how a dataset's columns and rows changed from version to version
    #[command(after_help = "Examples:
  pynomaly profile history flights
  pynomaly profile history flights --versions 100 --format json

Each version is compared with the profiled one before it: columns that came, went or changed their
type, with what that means for readers, and columns whose values moved by a large effect.")]
    History {
        /// The dataset's name
        #[arg(value_name = "DATASET")]
        dataset: String,
        /// How many of the newest versions to show
        #[arg(long, value_name = "NUMBER", default_value_t = 20)]
        versions: usize,
    },
}

/// Runs the command and writes the profile.
pub fn run(
    command: &Command,
    container: &DataProfilingContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    match &command.action {
        None => profile(command, container, console, cancellation),
        Some(Action::Diff { before, after }) => {
            diff(before, after, container, console, cancellation)
        }
        Some(Action::Merge { sources }) => merge(sources, container, console, cancellation),
        Some(Action::History { dataset, versions }) => {
            history(dataset, *versions, container, console)
        }
    }
}

fn profile(
    command: &Command,
    container: &DataProfilingContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&FORMATS)?;
    let request = DataRequest {
        data: command.data.clone().unwrap_or_default(),
        format: command.input.format(),
        sheet: command.input.sheet.clone(),
    };
    let step = console.progress().step("profile");
    let told = |done, total| step.bytes(done, total);
    if format == Format::Binary {
        if command.exact || command.redact.is_some() {
            return Err(Error::usage(
                "a profile to be merged holds values, and estimates of long columns",
            )
            .hint("leave out --exact and --redact, or write another format"));
        }
        let portable = portable_profile(container, &request, &told, cancellation)?;
        step.done("");
        return write_portable(&portable, format, console);
    }
    let profile = profile_data(container, &request, command.exact, &told, cancellation)?;
    step.done("");
    let profile = match command.redact {
        Some(redact) => profile.redacted(redact.into()),
        None => profile,
    };
    write(&profile, format, console)
}

fn diff(
    before: &str,
    after: &str,
    container: &DataProfilingContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json, Format::Html])?;
    let find = |data: &str| {
        let step = console.progress().step("profile");
        let told = |done, total| step.bytes(done, total);
        let profile = profile_of(container, &named(data), &told, cancellation)?;
        step.done(&profile.name);
        Ok(profile)
    };
    let (before, after) = (find(before)?, find(after)?);
    let changes = compare(&before, &after);
    console.result(&match format {
        Format::Json => json_document(&changes)?,
        Format::Html => report::changes_page(&before, &after, &changes)?,
        _ => changes::text(&before, &after, &changes, console.width(), console.palette()),
    })?;
    Ok(Outcome::Done)
}

fn merge(
    sources: &[String],
    container: &DataProfilingContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&FORMATS)?;
    let requests: Vec<DataRequest> = sources.iter().map(|source| named(source)).collect();
    let step = console.progress().step("merge");
    let told = |done, total| step.bytes(done, total);
    let merged = merge_profiles(container, &requests, &told, cancellation)?;
    step.done("");
    write_portable(&merged, format, console)
}

fn history(
    dataset: &str,
    versions: usize,
    container: &DataProfilingContainer,
    console: &Console,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    let history = history_of_dataset(container, dataset, versions)?;
    console.result(&match format {
        Format::Json => json_document(&history)?,
        _ => history::text(&history, console.width(), console.palette()),
    })?;
    Ok(Outcome::Done)
}

fn named(data: &str) -> DataRequest {
    DataRequest { data: data.to_owned(), ..DataRequest::default() }
}

fn write_portable(
    portable: &PortableProfile,
    format: Format,
    console: &Console,
) -> Result<Outcome> {
    if format == Format::Binary {
        console.result_bytes(&portable.to_bytes()?)?;
        return Ok(Outcome::Done);
    }
    write(&portable.profile()?, format, console)
}

fn write(profile: &Profile, format: Format, console: &Console) -> Result<Outcome> {
    console.result(&match format {
        Format::Json => json_document(profile)?,
        Format::Html => report::page(profile)?,
        _ => summary(profile, console.width(), console.palette()),
    })?;
    Ok(Outcome::Done)
}
