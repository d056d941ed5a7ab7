//! `dataset upload|list|show|versions|delete`.

use clap::{Args, Subcommand};
use data_science_application::{
    ContractChoice, DataScienceContainer, DatasetDetails, UploadOutcome, UploadRequest,
    dataset_details, delete_dataset, list_datasets, upload,
};
use data_science_domain::dataset::{Dataset, DatasetVersion};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_presentation::cli::{
    Console, ContractArguments, Format, Outcome, Palette, json_document,
};
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, Tone, format};

use super::{InputArguments, paragraph};
use crate::document::{DatasetDocument, DatasetListDocument, UploadDocument};

/// Datasets and their immutable versions.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Store a table as a new version of a dataset
    Upload(UploadArguments),
    /// All datasets with their newest versions
    List,
    /// The newest version of a dataset, with its columns and how it was read
    Show(NameArguments),
    /// All versions of a dataset
    Versions(NameArguments),
    /// Delete a dataset with its versions, pipeline and anomalies; source files stay
    Delete(NameArguments),
}

/// What to upload.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  pynomaly dataset upload flights.csv
  pynomaly dataset upload 'parts/*.parquet' --name sales --label is_fraud
  pynomaly dataset upload flights.csv --contract flights.odcs.yaml

A table with the values of the dataset's newest version is recognised; nothing is stored twice.")]
pub struct UploadArguments {
    /// A path, a glob, a folder of Parquet files, or - for standard input
    #[arg(value_name = "DATA")]
    pub data: String,

    /// The dataset's name [default: made from DATA]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// The column that says which rows are known anomalies: never learned from
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,

    /// The detector to watch it with, with parameters as in knn:neighbours=10 [default: the dataset's,
    /// else isolation_forest]
    #[arg(long, value_name = "NAME[:PARAMETERS]")]
    pub detector: Option<String>,

    /// Copy Parquet files into the store instead of referencing them in place
    #[arg(long)]
    pub copy: bool,

    /// What it is held against.
    #[command(flatten)]
    pub contract: ContractArguments,

    /// How DATA is to be read.
    #[command(flatten)]
    pub input: InputArguments,
}

/// Keeps the contract that DATA, or the dataset of a name, are held against; contracts belong to
/// another context.
pub type KeepContract<'a> = &'a dyn Fn(&ContractArguments, &str) -> Result<ContractChoice>;

/// Which dataset.
#[derive(Args, Clone, Debug)]
pub struct NameArguments {
    /// The dataset's name
    #[arg(value_name = "DATASET")]
    pub name: String,
}

/// Runs a command on datasets.
pub fn run(
    command: &Command,
    container: &DataScienceContainer,
    contract: KeepContract<'_>,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let is_json = console.format(&[Format::Table, Format::Json])? == Format::Json;
    let palette = console.palette();
    let text = match command {
        Command::Upload(arguments) => {
            let data = arguments.name.as_deref().unwrap_or(&arguments.data);
            let contract = contract(&arguments.contract, data)?;
            let outcome = run_upload(arguments, contract, container, console, cancellation)?;
            if is_json {
                json_document(&UploadDocument::of(&outcome))?
            } else {
                upload_text(&outcome)
            }
        }
        Command::List => {
            let datasets = list_datasets(container)?;
            if is_json {
                json_document(&DatasetListDocument::of(&datasets))?
            } else {
                list_text(&datasets, console.width(), palette)
            }
        }
        Command::Show(NameArguments { name })
        | Command::Versions(NameArguments { name })
        | Command::Delete(NameArguments { name }) => {
            let details = match command {
                Command::Delete(_) => delete_dataset(container, name)?,
                _ => dataset_details(container, name)?,
            };
            match command {
                _ if is_json => json_document(&DatasetDocument::of(&details))?,
                Command::Delete(_) => deleted_text(&details),
                Command::Show(_) => show_text(&details, console.width(), palette),
                _ => versions_text(&details.versions, console.width(), palette),
            }
        }
    };
    console.result(&text)?;
    Ok(Outcome::Done)
}

fn run_upload(
    arguments: &UploadArguments,
    contract: ContractChoice,
    container: &DataScienceContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<UploadOutcome> {
    let request = UploadRequest {
        data: arguments.data.clone(),
        format: arguments.input.format(),
        sheet: arguments.input.sheet.clone(),
        name: arguments.name.clone(),
        label: arguments.label.clone(),
        detector: arguments.detector.clone(),
        copy: arguments.copy,
        contract,
    };
    let step = console.progress().step("upload");
    let outcome =
        upload(container, &request, &|done, total| step.bytes(done, total), cancellation)?;
    step.done(&format::plural(outcome.version.table.rows, "row", "rows"));
    Ok(outcome)
}

fn upload_text(outcome: &UploadOutcome) -> String {
    let version = &outcome.version;
    let size = format!(
        "{}, {}",
        format::plural(version.table.rows, "row", "rows"),
        format::plural(version.table.schema.fields.len() as u64, "column", "columns")
    );
    let name = &outcome.dataset.name;
    if outcome.recognised {
        return format!(
            "{name} version {} has the same values already ({size}); nothing was stored\n",
            version.number
        );
    }
    let mut lines = vec![format!("{name} version {}: {size}", version.number)];
    let bad_rows = version.evidence.bad_rows;
    if bad_rows > 0 {
        lines.push(format!(
            "{} could not be read and were set aside",
            format::plural(bad_rows, "record", "records")
        ));
    }
    paragraph(&lines)
}

fn list_text(datasets: &[(Dataset, DatasetVersion)], width: usize, palette: Palette) -> String {
    if datasets.is_empty() {
        return "no datasets yet; add one with `pynomaly dataset upload DATA`\n".to_owned();
    }
    let mut table = Table::new([
        Column::text("dataset"),
        Column::number("version"),
        Column::number("rows"),
        Column::number("columns").optional(),
        Column::text("detector").optional(),
        Column::text("stored").optional(),
    ]);
    for (dataset, version) in datasets {
        table.row([
            dataset.name.to_string().into(),
            version.number.to_string().into(),
            format::count(version.table.rows).into(),
            format::count(version.table.schema.fields.len() as u64).into(),
            version.detector.clone().into(),
            format::timestamp(version.created_at).into(),
        ]);
    }
    table.to_text(width, palette)
}

fn versions_text(versions: &[DatasetVersion], width: usize, palette: Palette) -> String {
    let mut table = Table::new([
        Column::number("version"),
        Column::number("rows"),
        Column::number("columns").optional(),
        Column::number("bad rows").optional(),
        Column::text("digest"),
        Column::text("stored"),
        Column::text("source").optional(),
    ]);
    for version in versions {
        table.row([
            version.number.to_string().into(),
            format::count(version.table.rows).into(),
            format::count(version.table.schema.fields.len() as u64).into(),
            format::count(version.evidence.bad_rows).into(),
            version.digest().short().into(),
            format::timestamp(version.created_at).into(),
            version.source.clone().into(),
        ]);
    }
    table.to_text(width, palette)
}

fn show_text(details: &DatasetDetails, width: usize, palette: Palette) -> String {
    let Some(version) = details.versions.last() else { return String::new() };
    let mut lines = vec![format!(
        "{} version {}: {}, digest {}, read from {}",
        palette.paint(Tone::Strong, details.dataset.name.as_str()),
        version.number,
        format::plural(version.table.rows, "row", "rows"),
        version.digest().short(),
        format::printable(&version.source),
    )];
    let label = version.label.as_deref().map_or_else(
        || "no label".to_owned(),
        |label| format!("label {}", format::printable(label)),
    );
    lines.push(format!("detector {}, {label}", version.detector));
    for note in &version.evidence.notes {
        lines.push(format::printable(note).into_owned());
    }
    for bad in version.evidence.bad_row_examples.iter().take(5) {
        let line = format!("line {}: {}", bad.line, bad.reason);
        lines.push(palette.paint(Tone::Warning, &line));
    }
    let mut table = Table::new([Column::text("column"), Column::text("type")]);
    for field in &version.table.schema.fields {
        table.row([field.name.clone().into(), field.column_type.name().into()]);
    }
    paragraph(&lines) + &table.to_text(width, palette)
}

fn deleted_text(details: &DatasetDetails) -> String {
    format!(
        "{} was deleted with {}; reports, profiles and models of it stay\n",
        details.dataset.name,
        format::plural(details.versions.len() as u64, "version", "versions")
    )
}
