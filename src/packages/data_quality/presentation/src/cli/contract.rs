//! The `contract` command: contracts and what is wrong with them.

use std::fmt::Write;

use clap::Subcommand;
use data_quality_application::{DataQualityContainer, LintedContract, lint_contract};
use data_quality_domain::{Problem, ProblemLevel};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{Console, Format, Outcome, Palette, json_document};
use shared_kernel_presentation::{Tone, format};

/// Data contracts: what a table promises
#[derive(Subcommand, Clone, Debug)]
pub enum ContractCommand {
    /// Tells what is wrong with contracts of the Open Data Contract Standard, and where
    #[command(after_help = "Examples:
  pynomaly contract lint flights.odcs.yaml
  pynomaly contract lint contracts/*.yaml --format json

Exit code: 0 the contracts can be used, 2 something in them is wrong.")]
    Lint {
        /// The contracts' files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<String>,
    },
}

/// What is wrong with some contracts (`pynomaly.contract_lint/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct LintDocument {
    /// `pynomaly.contract_lint/1`.
    pub schema: String,
    /// The files, in the order in which they were named.
    pub files: Vec<LintedFile>,
}

/// What is wrong with one contract.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LintedFile {
    /// The file, as the user wrote it.
    pub file: String,
    /// Problems that make it unusable.
    pub errors: u32,
    /// Problems that do not.
    pub warnings: u32,
    /// All of them, in the order of the file.
    pub problems: Vec<Problem>,
}

impl LintedFile {
    fn of(linted: LintedContract) -> Self {
        let count =
            |level| linted.problems.iter().filter(|problem| problem.level == level).count() as u32;
        let (errors, warnings) = (count(ProblemLevel::Error), count(ProblemLevel::Warning));
        Self { file: linted.file, errors, warnings, problems: linted.problems }
    }
}

/// Runs the command.
///
/// # Errors
/// A usage error when a contract cannot be read or used; what is wrong was written then.
pub fn run_contract(
    command: &ContractCommand,
    container: &DataQualityContainer,
    console: &Console,
) -> Result<Outcome> {
    let ContractCommand::Lint { files } = command;
    let format = console.format(&[Format::Table, Format::Json])?;
    let linted = files
        .iter()
        .map(|file| lint_contract(container, file).map(LintedFile::of))
        .collect::<Result<Vec<_>>>()?;
    let errors: u32 = linted.iter().map(|file| file.errors).sum();
    let bad: Vec<&LintedFile> = linted.iter().filter(|file| file.errors > 0).collect();
    let first = bad.first().map(|file| file.file.clone());
    let document = LintDocument { schema: "pynomaly.contract_lint/1".to_owned(), files: linted };
    match format {
        Format::Json => console.result(&json_document(&document)?)?,
        _ => console.result(&lines(&document, console.palette()))?,
    }
    match first {
        None => Ok(Outcome::Done),
        Some(file) => {
            console.finish()?;
            let what = format::plural(errors.into(), "error", "errors");
            Err(Error::usage(format!("the contract cannot be used: {what}"))
                .at(file)
                .hint("correct what is told above"))
        }
    }
}

/// One line for each problem, as editors and compilers know it: `file:line:column: level: what`.
fn lines(document: &LintDocument, palette: Palette) -> String {
    let mut text = String::new();
    for file in &document.files {
        let name = format::printable(&file.file);
        for problem in &file.problems {
            let tone = match problem.level {
                ProblemLevel::Error => Tone::Bad,
                ProblemLevel::Warning => Tone::Warning,
            };
            let (line, column) = (problem.place.line, problem.place.column);
            let level = palette.paint(tone, problem.level.name());
            let what = format::printable(&problem.what);
            let _ = writeln!(text, "{name}:{line}:{column}: {level}: {what}");
            if let Some(hint) = &problem.hint {
                let _ = writeln!(text, "  try: {}", format::printable(hint));
            }
        }
        let counts = match (file.errors, file.warnings) {
            (0, 0) => "nothing is wrong".to_owned(),
            (errors, warnings) => format!(
                "{}, {}",
                format::plural(errors.into(), "error", "errors"),
                format::plural(warnings.into(), "warning", "warnings")
            ),
        };
        let _ = writeln!(text, "{name}: {counts}");
    }
    text
}
