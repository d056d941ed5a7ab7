//! The one-screen summary of `run`.

use std::fmt::Write;
use std::path::Path;

use data_profiling_domain::Finding;
use data_profiling_domain::Profile;
use shared_kernel_presentation::cli::Console;
use shared_kernel_presentation::{Tone, format};

use super::findings::Findings;

/// Anomalous rows shown.
const ROWS: usize = 5;
/// Reasons shown of each.
const REASONS: usize = 2;
/// Changes shown.
const CHANGES: usize = 6;
/// Sentences on the reading shown.
const SENTENCES: usize = 4;
/// Findings of the profile shown.
const FINDINGS: usize = 4;

/// The summary.
pub(crate) fn text(findings: &Findings, report: &Path, console: &Console) -> String {
    let (width, palette) = (console.width(), console.palette());
    let mut text = String::new();
    // Writing to a string cannot fail.
    let heading = |text: &mut String, words: &str| {
        let _ = writeln!(text, "\n{}", palette.paint(Tone::Strong, words));
    };
    text.push_str(&data_quality_presentation::cli::summary(
        &findings.quality.report,
        width,
        palette,
    ));
    if let Some(changes) = &findings.changes {
        heading(&mut text, "What changed");
        list(
            &mut text,
            &changes.changes.iter().map(|change| change.sentence.clone()).collect::<Vec<_>>(),
            CHANGES,
        );
    }
    let read = findings.upload.version.evidence.sentences();
    if !read.is_empty() {
        heading(&mut text, "How it was read");
        list(&mut text, &read, SENTENCES);
    }
    heading(&mut text, "What is in it");
    let profile = &findings.profile.profile;
    let _ = writeln!(text, "  {}", contents(profile));
    list(&mut text, &profile.findings.iter().map(Finding::told).collect::<Vec<_>>(), FINDINGS);
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
        if let Some(effect) = &anomalies.feedback {
            let _ = writeln!(text, "  {}", data_science_presentation::sentence::effect(effect));
        }
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
    if !findings.flowed {
        let version = findings.upload.version.number;
        let _ = writeln!(text, "the table is that of version {version}, so nothing was done again");
    }
    for step in &findings.steps {
        let (took, rate) = (format::duration(step.took), format::rate(rows, "rows", step.took));
        let _ = writeln!(text, "  {:<16} {took:>8}  {rate}", step.name);
    }
    let _ = writeln!(text, "report: {}", report.display());
    text
}

/// Rows and columns by type, in one line.
fn contents(profile: &Profile) -> String {
    let types: Vec<String> = profile
        .types
        .iter()
        .map(|kind| format!("{} {}", kind.columns, kind.column_type.name()))
        .collect();
    format!(
        "{} rows × {} columns: {}",
        format::count(profile.rows),
        profile.columns.len(),
        types.join(", ")
    )
}

/// The first sentences, one a line, and how many more there are.
fn list(text: &mut String, sentences: &[String], limit: usize) {
    let more = sentences.len().saturating_sub(limit);
    for sentence in sentences.iter().take(limit) {
        let _ = writeln!(text, "  {}", format::printable(sentence));
    }
    if more > 0 {
        let _ = writeln!(text, "  and {more} more in the report");
    }
}
