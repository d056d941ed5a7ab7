//! The one-screen summary of `run`.

use std::fmt::Write;
use std::path::Path;

use shared_kernel_presentation::cli::Console;
use shared_kernel_presentation::{Tone, format};

use super::findings::Findings;

/// Anomalous rows shown.
const ROWS: usize = 5;
/// Reasons shown of each.
const REASONS: usize = 2;
/// Changes shown.
const CHANGES: usize = 6;

/// The summary.
pub fn text(findings: &Findings, report: &Path, console: &Console) -> String {
    let (width, palette) = (console.width(), console.palette());
    let mut text = String::new();
    // Writing to a string cannot fail.
    let mut heading = |text: &mut String, words: &str| {
        let _ = writeln!(text, "\n{}", palette.paint(Tone::Strong, words));
    };
    text.push_str(&data_quality_presentation::cli::summary(&findings.quality.report, width, palette));
    if let Some(changes) = &findings.changes {
        heading(&mut text, "What changed");
        text.push_str(&data_profiling_presentation::cli::changes_text(changes, CHANGES));
    }
    heading(&mut text, "What is in it");
    text.push_str(&data_profiling_presentation::cli::brief(&findings.profile.profile, width, palette));
    if let Some(anomalies) = &findings.anomalies {
        let told = anomalies.anomalies.len().min(ROWS);
        heading(
            &mut text,
            &format!(
                "Most anomalous rows ({} of {} called anomalies: {})",
                format::count(anomalies.anomaly_count),
                format::count(anomalies.rows),
                anomalies.decision_rule
            ),
        );
        text.push_str(&data_science_presentation::cli::anomalies_text(
            &anomalies.anomalies[..told],
            REASONS,
            width,
            palette,
        ));
    }
    let words = mlops_presentation::outcome_words(&findings.training);
    let _ = writeln!(text, "\n{}: {}", palette.paint(words.tone, words.word), words.sentence);
    let rows = findings.upload.version.table.rows;
    for step in &findings.steps {
        let (took, rate) = (format::duration(step.took), format::rate(rows, "rows", step.took));
        let _ = writeln!(text, "  {:<16} {took:>8}  {rate}", step.name);
    }
    let _ = writeln!(text, "report: {}", report.display());
    text
}
