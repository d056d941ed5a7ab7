//! `contract import` and `contract export`: rule files of other tools, and short ones of our own.

use clap::{Args, ValueEnum};
use data_quality_application::{DataQualityContainer, export_contract, import_contract};
use data_quality_domain::exchange::{Exported, Imported, Mapped, Tool, Unmapped};
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
    /// A short rule file of our own
    Rules,
}

impl ImportFrom {
    fn tool(self) -> Tool {
        match self {
            Self::Gx => Tool::GreatExpectations,
            Self::Soda => Tool::Soda,
            Self::Dbt => Tool::Dbt,
            Self::Rules => Tool::Rules,
        }
    }
}

/// What `contract import` takes.
#[derive(Args, Clone, Debug)]
pub struct ImportArguments {
    /// The file of another tool, or a short rule file
    #[arg(value_name = "FILE")]
    file: String,
    /// Whose file it is, where its content does not say so
    #[arg(long, value_enum, value_name = "TOOL")]
    from: Option<ImportFrom>,
    /// The one table of the file that is wanted; for a file without a table, what it is called
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
    /// Whose file it is: `gx`, `soda`, `dbt` or `rules`.
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
    if format == Format::Json {
        console.result(&json_document(&document)?)?;
    } else {
        console.result(&document.contract)?;
        let lists = (document.mapped.as_slice(), document.unmapped.as_slice());
        tell(console, &document.file, tool, "imported", lists);
    }
    let all = document.unmapped.is_empty();
    Ok(if all { Outcome::Done } else { Outcome::NotEvaluated })
}

/// A tool that contracts are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportTo {
    /// A suite of Great Expectations 1.x
    Gx,
    /// Models of dbt with their tests, those of dbt_utils and dbt_expectations among them
    Dbt,
}

/// What `contract export` takes.
#[derive(Args, Clone, Debug)]
pub struct ExportArguments {
    /// The contract's file
    #[arg(value_name = "FILE")]
    file: String,
    /// The tool that the rules are written for
    #[arg(long, value_enum, value_name = "TOOL")]
    to: ExportTo,
    /// The one table of the contract that is wanted
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
}

/// A contract as a rule file of another tool (`pynomaly.contract_export/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct ExportDocument {
    /// `pynomaly.contract_export/1`.
    pub schema: String,
    /// The contract's file, as the user wrote it.
    pub file: String,
    /// Whose file it became: `gx` or `dbt`.
    pub to: String,
    /// The file's text.
    pub text: String,
    /// The rules that are in it, in the order of the contract; `rules` are their names there.
    pub mapped: Vec<Mapped>,
    /// Those that are not.
    pub unmapped: Vec<Unmapped>,
}

/// Writes the other tool's file, and tells what is not in it.
pub(super) fn export(
    arguments: &ExportArguments,
    container: &DataQualityContainer,
    console: &Console,
) -> Result<Outcome> {
    let format = console.format_asked(&[Format::Table, Format::Json])?;
    let tool = match arguments.to {
        ExportTo::Gx => Tool::GreatExpectations,
        ExportTo::Dbt => Tool::Dbt,
    };
    let Exported { text, exported, left } =
        export_contract(container, &arguments.file, tool, arguments.table.as_deref())?;
    let document = ExportDocument {
        schema: "pynomaly.contract_export/1".to_owned(),
        file: arguments.file.clone(),
        to: tool.short_name().to_owned(),
        text,
        mapped: exported,
        unmapped: left,
    };
    if format == Format::Json {
        console.result(&json_document(&document)?)?;
    } else {
        console.result(&document.text)?;
        let lists = (document.mapped.as_slice(), document.unmapped.as_slice());
        tell(console, &document.file, tool, "exported", lists);
    }
    let all = document.unmapped.is_empty();
    Ok(if all { Outcome::Done } else { Outcome::NotEvaluated })
}

/// Tells what differs there and what is not in the result, a line each; the latter also when quiet.
fn tell(
    console: &Console,
    file: &str,
    tool: Tool,
    done: &str,
    (mapped, unmapped): (&[Mapped], &[Unmapped]),
) {
    let file = format::printable(file);
    for Mapped { place, what, note, .. } in mapped {
        if let Some(note) = note {
            let what = format::printable(what);
            console.note(&format!("{file}:{}:{}: note: {what}: {note}", place.line, place.column));
        }
    }
    for Unmapped { place, what, why, .. } in unmapped {
        let (what, why) = (format::printable(what), format::printable(why));
        console
            .notice(&format!("{file}:{}:{}: not {done}: {what}: {why}", place.line, place.column));
    }
    let (mapped, unmapped, tool) = (mapped.len(), unmapped.len(), tool.name());
    console.note(&format!("{file}: {tool}: {mapped} {done}, {unmapped} not"));
}
