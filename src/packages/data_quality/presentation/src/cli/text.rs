//! A report as text on one screen of the terminal.

use std::fmt::Write;

use data_quality_domain::QualityReport;
use shared_kernel_presentation::cli::{Palette, text_bar};
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

use crate::issue;

/// Issues shown on one screen.
const ISSUES: usize = 10;
/// Examples shown of each.
const EXAMPLES: usize = 3;
/// Not evaluated results shown on one screen.
const NOT_EVALUATED: usize = 5;
/// Width of a score's bar in characters.
const BAR: usize = 20;

/// The report on one screen, ending with a line break.
pub fn summary(report: &QualityReport, width: usize, palette: Palette) -> String {
    let mut text = String::new();
    let (word, tone) = issue::verdict_word(report);
    let _ = writeln!(text, "{}", palette.paint(Tone::Strong, &heading(report)));
    let _ = writeln!(
        text,
        "{}  {}  {}",
        palette.paint(tone, word),
        score(report),
        issue::outcome_counts(report)
    );
    for line in issue::contract_lines(report) {
        let _ = writeln!(text, "{}", format::printable(&line));
    }
    for reason in gate_reasons(report) {
        let _ = writeln!(text, "  {}", format::printable(&reason));
    }
    let dimensions = dimensions(report, true);
    if !dimensions.is_empty() {
        let _ = write!(text, "\n{}", dimensions.to_text(width, palette));
    }
    let (issues, found) = issue::issues(report, ISSUES, EXAMPLES);
    if found > 0 {
        let _ = write!(text, "\n{}", issues.to_text(width, palette));
    }
    if found > ISSUES {
        let more = format!("{} more: --format json shows all", found - ISSUES);
        let _ = writeln!(text, "{}", palette.paint(Tone::Muted, &more));
    }
    if report.checks.not_evaluated > 0 {
        let _ = write!(text, "\n{}", not_evaluated(report, width, palette));
    }
    for line in quarantine(report) {
        let _ = writeln!(text, "{}", format::printable(&line));
    }
    let _ = writeln!(text, "\n{}", palette.paint(Tone::Muted, &footer(report)));
    text
}

/// How the table was split, in some lines.
pub(super) fn quarantine(report: &QualityReport) -> Vec<String> {
    let Some(split) = &report.quarantine else { return Vec::new() };
    let (valid, invalid) = (format::count(split.valid.rows), format::count(split.invalid.rows));
    let by = match split.decided_by.len() {
        0 => "no failed rule is about single rows".to_owned(),
        count => format!("by {}", format::plural(count as u64, "failed rule", "failed rules")),
    };
    let mut lines = vec![
        String::new(),
        format!("split into {valid} valid and {invalid} invalid rows in {}, {by}", split.folder),
    ];
    let told = split.not_decided_by.iter().take(NOT_EVALUATED);
    lines.extend(told.map(|it| format!("  {} set no row aside: {}", it.rule, it.reason)));
    let more = split.not_decided_by.len().saturating_sub(NOT_EVALUATED);
    if more > 0 {
        lines.push(format!("  and {more} more: --format json has all"));
    }
    lines
}

pub(super) fn heading(report: &QualityReport) -> String {
    format!(
        "{}: {}, {}",
        report.table.name,
        format::plural(report.table.rows, "row", "rows"),
        format::plural(report.table.columns.into(), "column", "columns")
    )
}

pub(super) fn score(report: &QualityReport) -> String {
    match (&report.score.overall, &report.score.reason) {
        (Some(score), _) => format!("score {}", format::share(score.value)),
        (None, Some(reason)) => format!("no score: {reason}"),
        (None, None) => "no score".to_owned(),
    }
}

/// Why the gate is closed; what the line above says already is left out.
pub(super) fn gate_reasons(report: &QualityReport) -> Vec<String> {
    if report.score.overall.is_none() {
        return Vec::new();
    }
    let issues = report.issues();
    let told = |reason: &String| issues.iter().take(ISSUES).any(|issue| &issue.sentence == reason);
    let lines = issue::gate_lines(report);
    let count = lines.iter().filter(|reason| told(reason)).count();
    let mut reasons: Vec<String> = lines.into_iter().filter(|reason| !told(reason)).collect();
    if count > 0 && !report.gate.passed {
        let verb = if count == 1 { "closes" } else { "close" };
        let errors = format::plural(count as u64, "error", "errors");
        reasons.insert(0, format!("{errors} {verb} the gate: no model learns from this table"));
    }
    reasons
}

pub(super) fn dimensions(report: &QualityReport, bars: bool) -> Table {
    let mut columns =
        vec![Column::text("dimension"), Column::number("score"), Column::number("results")];
    if bars {
        columns.push(Column::text("").optional());
    }
    let mut table = Table::new(columns);
    for score in &report.score.dimensions {
        let mut row: Vec<TableCell> = vec![
            score.dimension.name().into(),
            format::measured(&score.score, |share| format::share(*share)).into(),
            format::count(score.results.into()).into(),
        ];
        if bars {
            row.push(TableCell::toned(text_bar(score.score.value, BAR), Tone::Muted));
        }
        table.row(row);
    }
    table
}

fn not_evaluated(report: &QualityReport, width: usize, palette: Palette) -> String {
    let count = report.checks.not_evaluated as usize;
    if count <= NOT_EVALUATED {
        return issue::not_evaluated(report).to_text(width, palette);
    }
    let line = format!("{count} results could not be evaluated: --format json says why");
    format!("{}\n", palette.paint(Tone::NotEvaluated, &line))
}

pub(super) fn footer(report: &QualityReport) -> String {
    let passes: Vec<&str> = report.passes.iter().map(|pass| pass.purpose.as_str()).collect();
    format!(
        "{} over the table: {}; rows are counted from 0; dates judged on {}",
        format::plural(passes.len() as u64, "pass", "passes"),
        format::printable(&passes.join(", ")),
        report.reference_date
    )
}
