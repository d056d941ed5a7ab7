//! `pipeline export`: a model in terms of other programs.

use clap::{Args, ValueEnum};
use data_science_application::{
    DataScienceContainer, ExportRequest, ExportTarget, Exported, export_pipeline,
};
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, Format, Outcome};
use shared_kernel_presentation::format;

/// What a model is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportTo {
    /// An ONNX file: an input for each column, the scores as output
    Onnx,
    /// A query for DuckDB and PostgreSQL: every row with its score
    Sql,
}

/// The model that watches, for other programs.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  pynomaly pipeline export flights --to onnx --output flights.onnx
  pynomaly pipeline export flights --to sql --table warehouse.flights --output flights.sql

Models of isolation_forest, extended_isolation_forest, fair_cut_forest, ecod, copod, hbos, loda, pca
and mcd can be exported; others, and columns that the target cannot say, are refused. Scores are
those of detect --pipeline: to 1e-5 from ONNX, but for rounding from SQL. docs/guide/export.md says
how to use both.")]
pub struct Command {
    /// The pipeline's name: the dataset's
    #[arg(value_name = "PIPELINE")]
    pub name: String,
    /// What the model is written for
    #[arg(long, value_enum, value_name = "TARGET")]
    pub to: ExportTo,
    /// The revision whose champion is wanted [default: the current one]
    #[arg(long, value_name = "NUMBER")]
    pub revision: Option<u32>,
    /// With --to sql: the table that the query reads, such as flights or shop.flights [default: the
    /// pipeline's name]
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
}

/// Writes the file, and says what it is.
pub(super) fn run(
    command: &Command,
    container: &DataScienceContainer,
    console: &Console,
) -> Result<Outcome> {
    // A file of another program is never one of our documents.
    console.format_asked(&[Format::Table])?;
    let target = match (command.to, &command.table) {
        (ExportTo::Onnx, None) => ExportTarget::Onnx,
        (ExportTo::Onnx, Some(_)) => {
            return Err(Error::usage("an ONNX file reads no table").hint("leave out --table"));
        }
        (ExportTo::Sql, table) => ExportTarget::Sql { table: table.clone() },
    };
    let (pipeline, revision) = (command.name.clone(), command.revision);
    let request = ExportRequest { pipeline, revision, target };
    let Exported { bytes, revision } = export_pipeline(container, &request)?;
    console.result_bytes(&bytes)?;
    console.note(&format!(
        "{}: {} revision {}, {} bytes",
        format::printable(&command.name),
        revision.detector,
        revision.number,
        format::count(bytes.len() as u64)
    ));
    Ok(Outcome::Done)
}
