//! `contract test`: which corruptions of a table a contract catches.

use std::fmt::Write;

use clap::Args;
use data_quality_application::{ContractTest, DataQualityContainer, test_contract};
use data_quality_domain::Verdict;
use data_quality_domain::mutation::{Attempt, CorruptionReport, Guard, MutationReport, Tally};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::{Error, Result};
use shared_kernel_presentation::cli::{
    Console, Format, InputArguments, Outcome, Palette, json_document,
};
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

/// Corruptions that survived, shown on one screen.
const SURVIVORS: usize = 12;
/// Rules that caught nothing, named on one screen.
const IDLE: usize = 10;

/// What `contract test` takes.
#[derive(Args, Clone, Debug)]
pub struct TestArguments {
    /// The contract's file
    #[arg(value_name = "CONTRACT")]
    contract: String,
    /// A path, a glob, a folder of Parquet files, - for standard input, or a dataset's name
    #[arg(value_name = "DATA")]
    data: String,
    /// How DATA is to be read.
    #[command(flatten)]
    input: InputArguments,
    /// The table in the contract that DATA is [default: the only one with rules, or the one of DATA's name]
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The share of corruptions, from 0 to 1, that the contract's rules must catch: below, the exit code is 1
    #[arg(long, value_name = "SHARE", value_parser = share)]
    at_least: Option<f64>,
    /// At how many places, columns or pairs of them, each corruption is tried, at most
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    places: u32,
    /// Rows that are looked at, at most, evenly from the whole table; fewer of wide tables
    #[arg(long, value_name = "N", default_value_t = 500_000, value_parser = clap::value_parser!(u64).range(1..))]
    rows: u64,
    /// The seed that chooses columns and rows
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

fn share(text: &str) -> std::result::Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "write a share from 0 to 1, such as 0.8".to_owned())
}

pub(super) fn test(
    arguments: &TestArguments,
    container: &DataQualityContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    let request = DataRequest {
        data: arguments.data.clone(),
        format: arguments.input.format(),
        sheet: arguments.input.sheet.clone(),
    };
    let wanted = ContractTest {
        contract: arguments.contract.clone(),
        table: arguments.table.clone(),
        seed: arguments.seed,
        places: usize::try_from(arguments.places)
            .map_err(|_| Error::usage("so many places are too many"))?,
        rows: arguments.rows,
    };
    let step = console.progress().step("contract test");
    let progress = |done, total| step.bytes(done, total);
    let at_work = |corruption: &str| step.message(corruption);
    let report = test_contract(container, &request, &wanted, &progress, &at_work, cancellation)?;
    let tried = format::plural(report.tally.attempts.into(), "corruption", "corruptions");
    step.done(&format!("{tried} tried"));
    for problem in &report.contract.warnings {
        console.warning(&format!("{}, {}: {}", report.contract.file, problem.place, problem.what));
    }
    console.result(&match format {
        Format::Json => json_document(&report)?,
        _ => text(&report, console.width(), console.palette()),
    })?;
    Ok(match (report.score, arguments.at_least) {
        (None, _) => Outcome::NotEvaluated,
        (Some(score), Some(least)) if score.value < least => Outcome::Failed,
        _ => Outcome::Done,
    })
}

/// The report on about one screen, ending with a line break.
pub fn text(report: &MutationReport, width: usize, palette: Palette) -> String {
    let mut text = String::new();
    let mut line = |tone: Tone, line: &str| {
        let _ = writeln!(text, "{}", palette.paint(tone, &format::printable(line)));
    };
    let (contract, table) = (&report.contract, &report.table);
    line(Tone::Strong, &format!("{} tested with {}", contract.file, table.name));
    for told in summary(report) {
        line(Tone::Neutral, &told);
    }
    let tried = attempts(report);
    if !tried.is_empty() {
        let _ = write!(text, "\n{}", tried.to_text(width, palette));
    }
    for (tone, told) in survivors(report).into_iter().chain(idle(report)) {
        let _ = writeln!(text, "{}", palette.paint(tone, &format::printable(&told)));
    }
    if !report.remedies_text.is_empty() {
        let catches: u32 = report.remedies.iter().map(|remedy| remedy.catches).sum();
        let rules = format::plural(report.remedies.len() as u64, "rule", "rules");
        let told = format!("{rules} that would catch {catches} more, for the contract's table:");
        let _ = writeln!(text, "\n{}", palette.paint(Tone::Strong, &told));
        text.push_str(&format::printable_lines(&report.remedies_text));
    }
    text
}

/// The score and what else was noticed by whom.
fn summary(report: &MutationReport) -> Vec<String> {
    let Tally { attempts, rules, built_in, monitors, any } = report.tally;
    let mut lines = Vec::new();
    if let Some(score) = &report.score {
        let share = format::measured(score, |share| format::share(*share));
        lines.push(format!(
            "mutation score {share}: rules of the contract catch {rules} of {} corruptions",
            format::count(attempts.into())
        ));
        lines.push(format!(
            "built-in checks catch {built_in}, monitors {monitors}, all together {any}"
        ));
    } else {
        let reason = report.reason.as_deref().unwrap_or("nothing could be tried");
        lines.push(format!("no score: {reason}"));
    }
    let rows = match report.rows.exactness {
        Exactness::Sampled { rows } => format!(
            "{} of {} rows, evenly from the whole table",
            format::count(rows),
            format::count(report.table.rows)
        ),
        _ => format!("all {}", format::plural(report.rows.value, "row", "rows")),
    };
    let versions = report.monitored.versions;
    let history = if report.monitored.assumed {
        format!("monitors as if {versions} versions before had been like this one")
    } else {
        format!("monitors by {versions} earlier versions")
    };
    lines.push(format!("{rows}; {history}; seed {}", report.seed));
    lines
}

/// What was tried, a line for each corruption.
fn attempts(report: &MutationReport) -> Table {
    let mut table = Table::new([
        Column::text("corruption"),
        Column::text("of"),
        Column::text("rules"),
        Column::text("built-in checks"),
        Column::text("monitors"),
    ]);
    for corruption in report.corruptions.iter().filter(|it| !it.attempts.is_empty()) {
        let all = &corruption.attempts;
        let cell = |caught: fn(&Attempt) -> bool| {
            let count = all.iter().filter(|attempt| caught(attempt)).count();
            let tone = match count {
                0 => Tone::Bad,
                _ if count == all.len() => Tone::Good,
                _ => Tone::Warning,
            };
            TableCell::toned(format!("{count} of {}", all.len()), tone)
        };
        table.row([
            corruption.corruption.as_str().into(),
            format::printable(&places(all)).into_owned().into(),
            cell(|attempt| !attempt.rules.is_empty()),
            cell(|attempt| !attempt.built_in.is_empty()),
            cell(|attempt| !attempt.monitors.is_empty()),
        ]);
    }
    table
}

fn places(attempts: &[Attempt]) -> String {
    /// Places that a line names.
    const NAMED: usize = 3;
    let mut names: Vec<String> = attempts.iter().take(NAMED).map(place).collect();
    if attempts.len() > NAMED {
        names.push(format!("and {} more", attempts.len() - NAMED));
    }
    names.join(", ")
}

fn place(attempt: &Attempt) -> String {
    match attempt.columns.as_slice() {
        [] => "the table".to_owned(),
        columns => columns.join(" and "),
    }
}

/// What no rule of the contract catches, and what would.
fn survivors(report: &MutationReport) -> Vec<(Tone, String)> {
    let missed = |corruption: &CorruptionReport| -> Vec<(Tone, String)> {
        let survived = corruption.attempts.iter().filter(|attempt| attempt.rules.is_empty());
        survived.map(|attempt| (Tone::Neutral, survivor(corruption, attempt))).collect()
    };
    let all: Vec<(Tone, String)> = report.corruptions.iter().flat_map(missed).collect();
    let mut lines = Vec::new();
    if !all.is_empty() {
        lines.push((Tone::Neutral, String::new()));
        lines.push((Tone::Strong, "no rule of the contract catches".to_owned()));
    }
    let more = all.len().saturating_sub(SURVIVORS);
    lines.extend(all.into_iter().take(SURVIVORS));
    if more > 0 {
        lines.push((Tone::Muted, format!("  and {more} more: --format json has all")));
    }
    let left: Vec<&str> = report
        .corruptions
        .iter()
        .filter(|it| it.attempts.is_empty())
        .map(|it| it.corruption.as_str())
        .collect();
    if !left.is_empty() {
        lines.push((Tone::Neutral, String::new()));
        let told = format!("not applicable to this table: {}", left.join(", "));
        lines.push((Tone::Muted, told));
    }
    lines
}

fn survivor(corruption: &CorruptionReport, attempt: &Attempt) -> String {
    /// Rules that a line names.
    const NAMED: usize = 2;
    let what = format!("  {} of {}", corruption.corruption, place(attempt));
    if attempt.suggested.is_empty() {
        return format!("{what}: {}", corruption.remedy);
    }
    let named: Vec<&str> = attempt.suggested.iter().take(NAMED).map(String::as_str).collect();
    format!("{what}: the suggested rule {} would", named.join(" or "))
}

/// Rules that caught nothing, and those that could not, as they fail already.
fn idle(report: &MutationReport) -> Vec<(Tone, String)> {
    let mut lines = Vec::new();
    let mut tell = |what: &str, is_one: &dyn Fn(&Guard) -> bool| {
        let found: Vec<&str> =
            report.rules.iter().filter(|it| is_one(it)).map(|it| it.rule.as_str()).collect();
        if found.is_empty() {
            return;
        }
        let named = found.iter().take(IDLE).copied().collect::<Vec<_>>().join(", ");
        let more = found.len().saturating_sub(IDLE);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push((Tone::Muted, format!("{what}: {named}{more}")));
    };
    let is_kept = |guard: &Guard| guard.clean == Verdict::Passed;
    tell("not kept by the table as it is", &|guard| guard.clean == Verdict::Failed);
    tell("not evaluated on the table as it is", &|guard| {
        matches!(guard.clean, Verdict::NotEvaluated { .. })
    });
    if report.tally.attempts > 0 {
        tell("rules that caught nothing", &|guard| is_kept(guard) && guard.caught == 0);
    }
    lines
}
