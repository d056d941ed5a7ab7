//! `pipeline list|show|history|export`.

use clap::{Args, Subcommand};
use data_science_application::{
    DataScienceContainer, PipelineDetails, list_pipelines, pipeline_details,
};
use data_science_domain::pipeline::{Pipeline, PipelineRevision};
use shared_kernel_domain::Result;
use shared_kernel_presentation::cli::{Console, Format, Outcome, Palette, json_document};
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, Tone, format};

use super::export;
use super::{anomalies_text, paragraph};
use crate::document::{PipelineDocument, PipelineListDocument};
use crate::sentence;

/// Anomalies shown of the newest version.
const SHOWN_ANOMALIES: usize = 10;

/// Detection pipelines: which model watches a dataset.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// All pipelines with their champions
    List,
    /// A pipeline, and what it found in the newest version of its dataset
    Show(NameArguments),
    /// All champions a pipeline ever had
    History(NameArguments),
    /// The model that watches, as an ONNX file or as a SQL query
    Export(export::Command),
}

/// Which pipeline.
#[derive(Args, Clone, Debug)]
pub struct NameArguments {
    /// The pipeline's name: the dataset's
    #[arg(value_name = "PIPELINE")]
    pub name: String,
}

/// Runs a command on pipelines.
pub fn run(
    command: &Command,
    container: &DataScienceContainer,
    console: &Console,
) -> Result<Outcome> {
    let is_json = console.format(&[Format::Table, Format::Json])? == Format::Json;
    let (width, palette) = (console.width(), console.palette());
    let text = match command {
        Command::Export(arguments) => return export::run(arguments, container, console),
        Command::List => {
            let pipelines = list_pipelines(container)?;
            if is_json {
                json_document(&PipelineListDocument::of(&pipelines))?
            } else {
                list_text(&pipelines, width, palette)
            }
        }
        Command::Show(NameArguments { name }) | Command::History(NameArguments { name }) => {
            let details = pipeline_details(container, name)?;
            match command {
                _ if is_json => json_document(&PipelineDocument::of(&details))?,
                Command::Show(_) => show_text(&details, width, palette),
                _ => revisions_text(&details.history, width, palette),
            }
        }
    };
    console.result(&text)?;
    Ok(Outcome::Done)
}

fn champion(revision: &PipelineRevision) -> String {
    format!("{} version {}", revision.champion.model_name, revision.champion.model_version)
}

fn list_text(pipelines: &[Pipeline], width: usize, palette: Palette) -> String {
    if pipelines.is_empty() {
        return "no pipelines yet; `pynomaly run DATA` makes one for a dataset\n".to_owned();
    }
    let mut table = Table::new([
        Column::text("pipeline"),
        Column::number("revision"),
        Column::text("champion"),
        Column::text("detector").optional(),
        Column::text("since").optional(),
    ]);
    for pipeline in pipelines {
        table.row([
            pipeline.name.clone().into(),
            pipeline.current.number.to_string().into(),
            champion(&pipeline.current).into(),
            pipeline.current.detector.clone().into(),
            format::timestamp(pipeline.current.created_at).into(),
        ]);
    }
    table.to_text(width, palette)
}

fn revisions_text(history: &[PipelineRevision], width: usize, palette: Palette) -> String {
    let mut table = Table::new([
        Column::number("revision"),
        Column::text("champion"),
        Column::text("detector").optional(),
        Column::number("dataset version"),
        Column::text("since"),
    ]);
    for revision in history {
        table.row([
            revision.number.to_string().into(),
            champion(revision).into(),
            revision.detector.clone().into(),
            revision.version.to_string().into(),
            format::timestamp(revision.created_at).into(),
        ]);
    }
    table.to_text(width, palette)
}

fn show_text(details: &PipelineDetails, width: usize, palette: Palette) -> String {
    let current = &details.pipeline.current;
    let mut lines = vec![format!(
        "{} is watched by {} ({}), revision {}, trained on version {}",
        palette.paint(Tone::Strong, &details.pipeline.name),
        format::printable(&champion(current)),
        current.detector,
        current.number,
        current.version
    )];
    let Some(report) = &details.newest_report else {
        lines.push("the newest version of the dataset was not scored".to_owned());
        return paragraph(&lines);
    };
    lines.push(format!(
        "newest version: {} of {} called anomalies ({})",
        format::count(report.anomaly_count),
        format::plural(report.rows, "row is", "rows are"),
        report.decision_rule
    ));
    lines.extend(report.feedback.as_ref().map(sentence::effect));
    let shown = report.anomalies.len().min(SHOWN_ANOMALIES);
    let anomalies = anomalies_text(&report.anomalies[..shown], 1, width, palette);
    format!("{}\n{anomalies}", paragraph(&lines))
}
