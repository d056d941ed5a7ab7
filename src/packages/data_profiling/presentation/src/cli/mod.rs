//! The `profile` command.

mod text;

use clap::Args;
use data_profiling_application::{DataProfilingContainer, profile_data};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::TableFormat;
use shared_kernel_presentation::cli::{Console, Format, InputFormat, Outcome, json_document};

pub use text::summary;

use crate::report;

/// Shows what is in every column of a table: types, missing and distinct values, range, quantiles,
/// distribution, frequent values, and what stands out. One scan, whatever the size.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  pynomaly profile flights.parquet
  pynomaly profile flights.csv --format json --output profile.json
  pynomaly profile flights.csv --output profile.html
  pynomaly profile flights          the newest version of the dataset of that name")]
pub struct Command {
    /// A path, a glob, a folder of Parquet files, - for standard input, or a dataset's name
    #[arg(value_name = "DATA")]
    pub data: String,

    /// The format of DATA, instead of finding out
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub input_format: Option<InputFormat>,
}

/// Runs the command and writes the profile.
pub fn run(
    command: &Command,
    container: &DataProfilingContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json, Format::Html])?;
    let request = DataRequest {
        data: command.data.clone(),
        format: command.input_format.map(TableFormat::from),
    };
    let step = console.progress().step("profile");
    let profile =
        profile_data(container, &request, &|done, total| step.bytes(done, total), cancellation)?;
    step.done("");
    let document = match format {
        Format::Json => json_document(&profile)?,
        Format::Html => report::page(&profile)?,
        _ => summary(&profile, console.width(), console.palette()),
    };
    console.result(&document)?;
    Ok(Outcome::Done)
}
