//! The `contract` command: contracts and what is wrong with them.

use std::fmt::Write;

use clap::{Subcommand, ValueEnum};
use data_quality_application::{
    DataQualityContainer, LintedContract, SuggestedContract, diff_contracts, lint_contract,
    suggest_contract,
};
use data_quality_domain::difference::{Change, Effect};
use data_quality_domain::suggest::{Suggestion, TriedVersions};
use data_quality_domain::{Problem, ProblemLevel, TableFacts};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{
    Console, Format, InputArguments, Outcome, Palette, json_document,
};
use shared_kernel_presentation::{Tone, format};

use super::contract_test::{TestArguments, test};
use super::exchange::{ExportArguments, ImportArguments, export, import};

/// Data contracts: what a table promises
#[derive(Subcommand, Clone, Debug)]
pub enum ContractCommand {
    /// Tells what is wrong with contracts of the Open Data Contract Standard or short rule files, and where
    #[command(after_help = "Examples:
  pynomaly contract lint flights.odcs.yaml
  pynomaly contract lint contracts/*.yaml --format json

Exit code: 0 the contracts can be used, 2 something in them is wrong.")]
    Lint {
        /// The contracts' files
        #[arg(value_name = "FILE", required = true)]
        files: Vec<String>,
    },
    /// Tells what changed from one contract to another, and for whom it matters
    #[command(after_help = "Examples:
  pynomaly contract diff flights-1.odcs.yaml flights-2.odcs.yaml
  pynomaly contract diff old.yaml new.yaml --fail-on stricter --format json

Breaking: a promise was taken back or made weaker, and readers of the data may be let down; also where
it cannot be told which way a rule changed. Stricter: a promise is new or firmer, and writers may have to
do more. Compatible: neither.

Exit code: 0 nothing of the kind of --fail-on changed, 1 something did, 2 a contract cannot be used.")]
    Diff {
        /// The contract as it was
        #[arg(value_name = "BEFORE")]
        before: String,
        /// The contract as it is
        #[arg(value_name = "AFTER")]
        after: String,
        /// The changes at which the exit code is 1: breaking ones, or stricter ones as well
        #[arg(long, value_enum, value_name = "EFFECT", default_value_t = FailOnChange::Breaking)]
        fail_on: FailOnChange,
    },
    /// Suggests a contract for a table, with what speaks for each rule
    #[command(after_help = "Examples:
  pynomaly contract suggest flights.csv --output flights.odcs.yaml
  pynomaly check flights.csv --contract flights.odcs.yaml --failed-rows odd.csv
  pynomaly contract suggest flights        the newest version of the dataset of that name

The table itself keeps the suggested contract: a rule that some rows break allows as many, and a quarter
more. Those rows are the odd ones. Of a dataset, the rules are tried on up to seven versions before; what most
of them break is left out, and told.")]
    Suggest {
        /// A path, a glob, a folder of Parquet files, - for standard input, or a dataset's name
        #[arg(value_name = "DATA")]
        data: String,
        /// How DATA is to be read.
        #[command(flatten)]
        input: InputArguments,
    },
    /// Corrupts a table in realistic ways and tells which corruptions a contract catches
    #[command(after_help = "Examples:
  pynomaly contract test flights.odcs.yaml flights.csv
  pynomaly contract test flights.odcs.yaml flights --at-least 0.6
  pynomaly contract test flights.odcs.yaml flights.csv --places 10 --seed 7 --format json

Values go missing, units change, rows come twice, columns are exchanged, files break off: each corruption is
done to a copy, and checked as `check` does. The mutation score is the share that the contract's rules catch.
For what they do not, rules are told that would.

Exit code: 0 done, 1 the contract's rules catch less than --at-least, 2 the contract cannot be used, 3 DATA
cannot be read, 4 nothing could be tried.")]
    Test(TestArguments),
    /// Brings a rule file of Great Expectations, Soda or dbt in as a contract
    #[command(after_help = "Examples:
  pynomaly contract import suite.json --table flights --output flights.odcs.yaml
  pynomaly contract import schema.yml --table customers
  pynomaly contract import checks.yml --from soda --format json
  pynomaly contract import flights.rules.yaml --output flights.odcs.yaml

Every rule of the file is in the contract and means the same there, or in the list of what could not be
said, with its line and the reason: on standard error, in the JSON document, and as text in the contract.

Exit code: 0 all rules are in the contract, 2 the file cannot be read, 4 the contract was written, and some
rules are not in it.")]
    Import(ImportArguments),
    /// Writes a contract as a suite of Great Expectations or as tests of dbt
    #[command(after_help = "Examples:
  pynomaly contract export flights.odcs.yaml --to gx --output suite.json
  pynomaly contract export shop.odcs.yaml --to dbt --table orders

Every rule of the contract is in the file, or in the list of what could not be said there, on standard error or
in the JSON document.

Exit code: 0 all rules are in the file, 2 the contract cannot be used, 4 the file was written, and some
rules are not in it.")]
    Export(ExportArguments),
}

/// The changes that fail `contract diff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOnChange {
    /// Breaking ones.
    Breaking,
    /// Breaking and stricter ones.
    Stricter,
}

/// What changed from one contract to another (`pynomaly.contract_diff/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffDocument {
    /// `pynomaly.contract_diff/1`.
    pub schema: String,
    /// The contract as it was.
    pub before: DiffedContract,
    /// The contract as it is.
    pub after: DiffedContract,
    /// Breaking changes.
    pub breaking: u32,
    /// Stricter ones.
    pub stricter: u32,
    /// The others.
    pub compatible: u32,
    /// All of them: breaking ones first, then stricter ones.
    pub changes: Vec<Change>,
}

/// A contract that is compared with another.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiffedContract {
    /// The file, as the user wrote it.
    pub file: String,
    /// `id`
    pub id: String,
    /// `version`
    pub version: Option<String>,
}

/// A contract that a table speaks for (`pynomaly.contract_suggest/1`).
#[derive(Debug, Serialize, JsonSchema)]
pub struct SuggestDocument {
    /// `pynomaly.contract_suggest/1`.
    pub schema: String,
    /// The table.
    pub table: TableFacts,
    /// The rules with what speaks for them, in the order of the contract; also those that earlier
    /// versions speak against, which are left out of it.
    pub suggestions: Vec<Suggestion>,
    /// The earlier versions that the rules were tried on, of a dataset that has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<TriedVersions>,
    /// The contract's YAML.
    pub contract: String,
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
    cancellation: &Cancellation,
) -> Result<Outcome> {
    match command {
        ContractCommand::Lint { files } => lint(files, container, console),
        ContractCommand::Suggest { data, input } => {
            let request = DataRequest {
                data: data.clone(),
                format: input.format(),
                sheet: input.sheet.clone(),
            };
            suggest(&request, container, console, cancellation)
        }
        ContractCommand::Test(arguments) => test(arguments, container, console, cancellation),
        ContractCommand::Import(arguments) => import(arguments, container, console),
        ContractCommand::Export(arguments) => export(arguments, container, console),
        ContractCommand::Diff { before, after, fail_on } => {
            diff((before, after), *fail_on, container, console)
        }
    }
}

fn suggest(
    request: &DataRequest,
    container: &DataQualityContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    let step = console.progress().step("suggest");
    let progress = |done, total| step.bytes(done, total);
    let found = suggest_contract(container, request, &progress, cancellation)?;
    let kept = found.suggestions.iter().filter(|it| it.is_in_contract()).count();
    step.done(&format::plural(kept as u64, "rule", "rules"));
    let SuggestedContract { table, suggestions, history, contract } = found;
    match format {
        Format::Json => {
            let schema = "pynomaly.contract_suggest/1".to_owned();
            let document = SuggestDocument { schema, table, suggestions, history, contract };
            console.result(&json_document(&document)?)?;
        }
        _ => console.result(&contract)?,
    }
    Ok(Outcome::Done)
}

fn diff(
    (before, after): (&str, &str),
    fail_on: FailOnChange,
    container: &DataQualityContainer,
    console: &Console,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    let found = diff_contracts(container, before, after)?;
    let of = |effect| found.changes.iter().filter(|change| change.effect == effect).count() as u32;
    let diffed = |file: &str, (id, version): (String, Option<String>)| DiffedContract {
        file: file.to_owned(),
        id,
        version,
    };
    let document = DiffDocument {
        schema: "pynomaly.contract_diff/1".to_owned(),
        breaking: of(Effect::Breaking),
        stricter: of(Effect::Stricter),
        compatible: of(Effect::Compatible),
        before: diffed(before, found.before),
        after: diffed(after, found.after),
        changes: found.changes,
    };
    match format {
        Format::Json => console.result(&json_document(&document)?)?,
        _ => console.result(&change_lines(&document, console.palette()))?,
    }
    let failing = match fail_on {
        FailOnChange::Breaking => document.breaking,
        FailOnChange::Stricter => document.breaking + document.stricter,
    };
    Ok(if failing > 0 { Outcome::Failed } else { Outcome::Done })
}

/// One line for each change, with where it stands.
fn change_lines(document: &DiffDocument, palette: Palette) -> String {
    let mut text = String::new();
    for change in &document.changes {
        let tone = match change.effect {
            Effect::Breaking => Tone::Bad,
            Effect::Stricter => Tone::Warning,
            Effect::Compatible => Tone::Muted,
        };
        let (file, place) = match (change.after, change.before) {
            (Some(place), _) => (&document.after.file, Some(place)),
            (None, place) => (&document.before.file, place),
        };
        let place = place.map_or_else(String::new, |place| {
            format!("{}:{}:{}: ", format::printable(file), place.line, place.column)
        });
        let table = change.table.as_deref().filter(|table| *table != change.subject);
        let table = table.map_or_else(String::new, |table| format!("{table}, "));
        let subject = format!("{table}{}", change.subject);
        let effect = palette.paint(tone, change.effect.name());
        let (subject, what) = (format::printable(&subject), format::printable(&change.what));
        let _ = writeln!(text, "{place}{effect}: {subject}: {what}");
    }
    if document.changes.is_empty() {
        return "nothing changed that is promised\n".to_owned();
    }
    let DiffDocument { breaking, stricter, compatible, .. } = document;
    let _ = writeln!(text, "{breaking} breaking, {stricter} stricter, {compatible} compatible");
    text
}

fn lint(files: &[String], container: &DataQualityContainer, console: &Console) -> Result<Outcome> {
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
