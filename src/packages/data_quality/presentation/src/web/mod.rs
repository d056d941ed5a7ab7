//! The quality report as part of a page.

use data_quality_domain::QualityReport;
use shared_kernel_presentation::chart::{self, Meter, Segment};
use shared_kernel_presentation::page::{self, Html, Section, Verdict};
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, Tone, format};

use crate::issue;

/// Issues shown in a page; a table of a thousand columns must stay small.
const ISSUES: usize = 200;
/// Examples shown of each.
const EXAMPLES: usize = 5;
/// A dimension is shown as a warning below this.
const GOOD: f64 = 0.95;
/// A dimension is shown as bad below this.
const POOR: f64 = 0.75;

/// The answer for the top of a page.
pub fn verdict(report: &QualityReport) -> Verdict {
    let (word, tone) = issue::verdict_word(report);
    let lines = issue::gate_lines(report);
    let sentence = if lines.is_empty() { issue::outcome_counts(report) } else { lines.join("; ") };
    Verdict { tone, word: word.to_owned(), sentence }
}

/// The quality part of a page.
pub fn section(report: &QualityReport) -> Section {
    let checks = &report.checks;
    let aside = match (checks.errors, checks.warnings, checks.not_evaluated) {
        (0, 0, 0) => String::new(),
        (0, 0, gaps) => format!("{gaps} not evaluated"),
        (0, warnings, _) => format::plural(warnings.into(), "warning", "warnings"),
        (errors, _, _) => format::plural(errors.into(), "error", "errors"),
    };
    let html = Html::concat([
        gate(report),
        contracts(report),
        scores(report),
        outcomes(report),
        issues(report),
        not_evaluated(report),
        coverage(report),
    ]);
    Section { id: "quality".to_owned(), title: "Quality".to_owned(), aside, html }
}

fn gate(report: &QualityReport) -> Html {
    let (word, tone) = issue::verdict_word(report);
    let reasons: Vec<Html> = issue::gate_lines(report)
        .iter()
        .map(|reason| {
            Html::concat([Html::trusted("<li>"), Html::text(reason), Html::trusted("</li>")])
        })
        .collect();
    let body = if reasons.is_empty() {
        Html::text(&format!(" {}", issue::outcome_counts(report)))
    } else {
        Html::concat([Html::trusted("<ul>"), Html::concat(reasons), Html::trusted("</ul>")])
    };
    page::notice(tone, word, &body)
}

fn contracts(report: &QualityReport) -> Html {
    let line = |line: String| {
        Html::concat([Html::trusted("<p>"), Html::text(&line), Html::trusted("</p>")])
    };
    Html::concat(issue::contract_lines(report).into_iter().map(line).collect::<Vec<_>>())
}

fn tone_of(score: f64) -> Tone {
    match score {
        _ if score >= GOOD => Tone::Good,
        _ if score >= POOR => Tone::Warning,
        _ => Tone::Bad,
    }
}

fn scores(report: &QualityReport) -> Html {
    let overall = report.score.overall.map(|score| score.value);
    let tone = overall.map_or(Tone::NotEvaluated, tone_of);
    let meters: Vec<Meter> = report
        .score
        .dimensions
        .iter()
        .map(|score| Meter {
            label: score.dimension.name().to_owned(),
            score: Some(score.score.value),
            tone: tone_of(score.score.value),
            note: format::plural(score.results.into(), "result", "results"),
        })
        .collect();
    Html::concat([
        chart::score_ring("Quality score", overall, tone),
        chart::meters("Score by dimension", &meters),
    ])
}

fn outcomes(report: &QualityReport) -> Html {
    let checks = &report.checks;
    let segment = |label: &str, count: u32, tone| Segment {
        label: label.to_owned(),
        count: count.into(),
        tone,
    };
    let segments = [
        segment("passed", checks.passed, Tone::Good),
        segment("notes", checks.infos, Tone::Neutral),
        segment("warnings", checks.warnings, Tone::Warning),
        segment("errors", checks.errors, Tone::Bad),
        segment("not evaluated", checks.not_evaluated, Tone::NotEvaluated),
    ];
    chart::stacked_bar("Checks by outcome", &segments)
}

fn issues(report: &QualityReport) -> Html {
    let (table, found) = issue::issues(report, ISSUES, EXAMPLES);
    if found == 0 {
        return Html::trusted("<p>No check failed.</p>");
    }
    let caption = if found > ISSUES {
        format!("The worst {ISSUES} of {found} issues")
    } else {
        "Issues, worst first; rows are counted from 0".to_owned()
    };
    table.to_html(&caption)
}

fn not_evaluated(report: &QualityReport) -> Html {
    let table = issue::not_evaluated(report);
    if table.is_empty() { Html::empty() } else { table.to_html("What could not be evaluated") }
}

/// What was read, and what no check looked at.
fn coverage(report: &QualityReport) -> Html {
    let mut passes =
        Table::new([Column::text("pass for"), Column::number("columns"), Column::number("rows")]);
    for pass in &report.passes {
        passes.row([
            pass.purpose.as_str().into(),
            format::count(pass.columns.into()).into(),
            format::count(pass.rows).into(),
        ]);
    }
    let mut parts = vec![passes.to_html("Passes over the table")];
    if !report.left_out.is_empty() {
        let mut left_out = Table::new([
            Column::text("check"),
            Column::text("left out because"),
            Column::text("columns"),
        ]);
        for entry in &report.left_out {
            left_out.row([
                entry.check.as_str().into(),
                entry.reason.as_str().into(),
                entry.columns.join(", ").into(),
            ]);
        }
        parts.push(left_out.to_html("Columns that a check left out"));
    }
    Html::concat(parts)
}
