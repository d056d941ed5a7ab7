//! `contract import`: rule files of other tools.

use std::fmt::Write;

use clap::{Args, ValueEnum};
use data_quality_application::{DataQualityContainer, import_contract};
use data_quality_domain::exchange::{Imported, Mapped, Tool, Unmapped};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::Result;
use shared_kernel_presentation::cli::{Console, Format, Outcome, json_document};
use shared_kernel_presentation::format;

/// A tool on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ImportFrom {
    /// A suite of Great Expectations, 0.x or 1.x
    Gx,
    /// SodaCL, or a contract of Soda 4
    Soda,
    /// Properties of dbt, with the tests of dbt_utils and dbt_expectations
    Dbt,
}

impl ImportFrom {
    fn tool(self) -> Tool {
        match self {
            Self::Gx => Tool::GreatExpectations,
            Self::Soda => Tool::Soda,
            Self::Dbt => Tool::Dbt,
        }
    }
}

/// What `contract import` takes.
#[derive(Args, Clone, Debug)]
pub struct ImportArguments {
    /// The other tool's file
    #[arg(value_name = "FILE")]
    file: String,
    /// Whose file it is, where its content does not say so
    #[arg(long, value_enum, value_name = "TOOL")]
    from: Option<ImportFrom>,
    /// The one table of the file that is wanted; for a suite, which has no table, what it is called
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
}

/// A rule file of another tool as a contract (`pynomaly.contract_import/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct ImportDocument {
    /// `pynomaly.contract_import/1`.
    pub schema: String,
    /// The file, as the user wrote it.
    pub file: String,
    /// Whose file it is: `gx`, `soda` or `dbt`.
    pub from: String,
    /// The contract's YAML.
    pub contract: String,
    /// What was taken over, in the order of the file.
    pub mapped: Vec<Mapped>,
    /// What was not, in the order of the file.
    pub unmapped: Vec<Unmapped>,
}

/// Writes the contract, and tells what is not in it.
pub(super) fn import(
    arguments: &ImportArguments,
    container: &DataQualityContainer,
    console: &Console,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    let ImportArguments { file, from, table } = arguments;
    let from = from.map(ImportFrom::tool);
    let Imported { tool, contract, mapped, unmapped } =
        import_contract(container, file, from, table.as_deref())?;
    let document = ImportDocument {
        schema: "pynomaly.contract_import/1".to_owned(),
        file: file.clone(),
        from: tool.short_name().to_owned(),
        contract,
        mapped,
        unmapped,
    };
    match format {
        Format::Json => console.result(&json_document(&document)?)?,
        _ => {
            console.result(&document.contract)?;
            console.note(&told(&document, tool.name()));
        }
    }
    let all = document.unmapped.is_empty();
    Ok(if all { Outcome::Done } else { Outcome::NotEvaluated })
}

/// What was not taken over and what differs, a line each.
fn told(document: &ImportDocument, tool: &str) -> String {
    let file = format::printable(&document.file);
    let mut text = String::new();
    for Mapped { place, what, note, .. } in &document.mapped {
        if let Some(note) = note {
            let what = format::printable(what);
            // writing to a string cannot fail
            let _ = writeln!(text, "{file}:{}:{}: note: {what}: {note}", place.line, place.column);
        }
    }
    for Unmapped { place, what, why, .. } in &document.unmapped {
        let (what, why) = (format::printable(what), format::printable(why));
        let _ = writeln!(text, "{file}:{}:{}: not imported: {what}: {why}", place.line, place.column);
    }
    let (mapped, unmapped) = (document.mapped.len(), document.unmapped.len());
    let _ = write!(text, "{file}: {tool}: {mapped} imported, {unmapped} not");
    text
}
