//! How results read, whatever they are shown on.

use data_quality_domain::{CheckResult, ContractFacts, Evidence, QualityReport, Severity};
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

/// Characters of an example value.
const VALUE_CHARACTERS: usize = 32;

/// The answer in two or three words.
pub(crate) fn verdict_word(report: &QualityReport) -> (&'static str, Tone) {
    let gaps = report.checks.not_evaluated > 0;
    if report.gate.overridden.is_some() {
        return ("not fit for use, let pass by override", Tone::Warning);
    }
    match (report.gate.passed, report.score.overall.is_some()) {
        (_, false) => ("not evaluated", Tone::NotEvaluated),
        (false, true) => ("not fit for use", Tone::Bad),
        (true, true) if gaps => ("fit for use as far as evaluated", Tone::Warning),
        (true, true) if report.checks.warnings > 0 => ("fit for use, with warnings", Tone::Warning),
        (true, true) => ("fit for use", Tone::Good),
    }
}

/// Why the gate is closed, or was before somebody let the table pass, and who did.
pub(crate) fn gate_lines(report: &QualityReport) -> Vec<String> {
    let Some(taken) = &report.gate.overridden else { return report.gate.reasons.clone() };
    let word =
        format!("{} let it pass at {}: {}", taken.by, format::timestamp(taken.at), taken.reason);
    std::iter::once(word).chain(taken.closed_for.iter().cloned()).collect()
}

/// Results by outcome in one line.
pub(crate) fn outcome_counts(report: &QualityReport) -> String {
    let checks = &report.checks;
    let mut parts = Vec::new();
    for (count, one, many) in [
        (checks.errors, "error", "errors"),
        (checks.warnings, "warning", "warnings"),
        (checks.infos, "note", "notes"),
    ] {
        if count > 0 {
            parts.push(format::plural(count.into(), one, many));
        }
    }
    parts.push(format!("{} passed", format::count(checks.passed.into())));
    if checks.not_evaluated > 0 {
        parts.push(format!("{} not evaluated", format::count(checks.not_evaluated.into())));
    }
    parts.join(", ")
}

/// What became of each contract, in a line.
pub(crate) fn contract_lines(report: &QualityReport) -> Vec<String> {
    let line = |contract: &ContractFacts| {
        let of_it = report.results.iter().filter(|result| {
            result.contract.as_ref().is_some_and(|rule| rule.contract == contract.file)
        });
        let (mut broken, mut unknown) = (0_u64, 0_u64);
        for result in of_it {
            broken += u64::from(result.has_failed());
            unknown += u64::from(result.is_not_evaluated());
        }
        let mut what = vec![format::plural(contract.rules.into(), "rule", "rules")];
        if contract.rules == 0 {
            what.push("nothing was evaluated".to_owned());
        } else {
            let none = || "none broken".to_owned();
            what.push(if broken == 0 { none() } else { format!("{broken} broken") });
        }
        if unknown > 0 && contract.rules > 0 {
            what.push(format!("{unknown} not evaluated"));
        }
        let version = contract.version.as_deref().map_or_else(String::new, |it| format!(" {it}"));
        format!("contract {}{version}: {}", contract.id, what.join(", "))
    };
    report.contracts.iter().map(line).collect()
}

/// The level of a failed check as a cell.
pub(crate) fn level(result: &CheckResult) -> TableCell {
    let tone = match result.severity {
        Severity::Error => Tone::Bad,
        Severity::Warning => Tone::Warning,
        Severity::Info => Tone::Muted,
    };
    TableCell::toned(level_word(result), tone)
}

/// The level of a failed check.
pub(crate) fn level_word(result: &CheckResult) -> &'static str {
    match result.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// What a result is called: the rule of a contract, or the check.
fn name(result: &CheckResult) -> &str {
    result.contract.as_ref().map_or(result.check.as_str(), |contract| contract.rule.as_str())
}

/// The worst issues, at most `limit`, and how many there are in all.
pub(crate) fn issues(report: &QualityReport, limit: usize, examples: usize) -> (Table, usize) {
    let mut table = Table::new([
        Column::text("level"),
        Column::text("check"),
        Column::text("what was found"),
        Column::text("examples"),
    ]);
    let issues = report.issues();
    for issue in issues.iter().take(limit) {
        table.row([
            level(issue),
            name(issue).into(),
            issue.sentence.as_str().into(),
            TableCell::toned(examples_of(issue, examples), Tone::Muted),
        ]);
    }
    (table, issues.len())
}

/// What could not be evaluated, and why.
pub(crate) fn not_evaluated(report: &QualityReport) -> Table {
    let mut table = Table::new([
        Column::text("check"),
        Column::text("of"),
        Column::text("not evaluated because"),
    ]);
    for result in report.not_evaluated() {
        let reason = result.sentence.strip_prefix("not evaluated: ").unwrap_or(&result.sentence);
        table.row([
            name(result).into(),
            result.subject().into(),
            TableCell::toned(reason, Tone::NotEvaluated),
        ]);
    }
    table
}

/// Example rows in a few words.
fn examples_of(result: &CheckResult, limit: usize) -> String {
    let only_rows = result.evidence.iter().all(|example| {
        example.value == Cell::Null && example.note.is_none() && example.row.is_some()
    });
    let shown = result.evidence.iter().take(limit);
    if only_rows && !result.evidence.is_empty() {
        let rows: Vec<String> =
            shown.filter_map(|example| example.row).map(|row| row.to_string()).collect();
        let noun = if rows.len() == 1 { "row" } else { "rows" };
        return format!("{noun} {}", rows.join(", "));
    }
    shown.map(example).collect::<Vec<_>>().join("; ")
}

/// An example in a few words: its row, its value, what else is to be said.
pub(crate) fn example(example: &Evidence) -> String {
    let mut text = String::new();
    if let Some(row) = example.row {
        text = format!("row {row}");
    }
    if example.value != Cell::Null {
        let value = format::shorten(&format::cell(&example.value), VALUE_CHARACTERS);
        text = if text.is_empty() { value } else { format!("{text}: {value}") };
    }
    match &example.note {
        Some(note) => format!("{text} ({note})"),
        None => text,
    }
}
