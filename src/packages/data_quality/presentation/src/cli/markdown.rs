//! A report as Markdown, made for a comment on a pull request: what failed first, in a table, then
//! what could not be evaluated; what passed is folded.
//!
//! Nothing that came from data or contracts can call people, link or format: values stand in code
//! spans, all else is escaped.

use std::fmt::Write;

use data_quality_domain::{CheckResult, Evidence, QualityReport};
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::format;

use super::text;
use crate::issue;

/// A comment on GitHub is no longer than 65,536 characters: lists end before.
const ROOM: usize = 45_000;
/// Room of the passed checks, beyond that.
const ROOM_PASSED: usize = 58_000;
/// Failing rows shown of each check.
const EXAMPLES: usize = 3;
/// Characters of a value.
const VALUE_CHARACTERS: usize = 40;

/// The report as Markdown.
pub fn markdown(report: &QualityReport) -> String {
    let mut page = String::new();
    let (word, _) = issue::verdict_word(report);
    let _ = writeln!(page, "## {}\n", plain(&text::heading(report)));
    let _ = writeln!(
        page,
        "**{word}** — {} — {}",
        plain(&text::score(report)),
        issue::outcome_counts(report)
    );
    for contract in &report.contracts {
        let version = contract.version.as_deref().map_or_else(String::new, |it| format!(" {it}"));
        let rules = format::plural(contract.rules.into(), "rule", "rules");
        let (id, object) = (format!("{}{version}", contract.id), &contract.object);
        let _ = writeln!(
            page,
            "\nContract {} ({}), table {}: {rules}",
            code(&contract.file),
            plain(&id),
            code(object)
        );
    }
    let reasons = text::gate_reasons(report);
    if !reasons.is_empty() {
        page.push('\n');
    }
    for reason in reasons {
        let _ = writeln!(page, "- {}", plain(&reason));
    }
    checks(&mut page, report);
    let split: Vec<String> =
        text::quarantine(report).iter().map(|line| plain(line.trim())).collect();
    if !split.is_empty() {
        let _ = writeln!(page, "{}", split.join("\n\n").trim_end());
    }
    let dimensions = text::dimensions(report, false);
    if !dimensions.is_empty() {
        let _ = write!(page, "\n### Score by dimension\n\n{}", dimensions.to_markdown());
    }
    let _ = writeln!(page, "\n{}", plain(&text::footer(report)));
    page
}

fn checks(page: &mut String, report: &QualityReport) {
    let issues = report.issues();
    let unknown: Vec<&CheckResult> = report.not_evaluated().collect();
    if issues.len() + unknown.len() > 0 {
        page.push_str("\n### What is not as it should be\n\n");
        page.push_str("| result | check | what was found | failing rows |\n");
        page.push_str("| --- | --- | --- | --- |\n");
        rows(page, issues.into_iter().chain(unknown), ROOM, |result| {
            let level = if result.is_not_evaluated() {
                "not evaluated".to_owned()
            } else {
                format!("**{}**", issue::level_word(result))
            };
            let reason = result.sentence.strip_prefix("not evaluated: ");
            let found = plain(reason.unwrap_or(&result.sentence));
            format!("| {level} | {} | {found} | {} |", name(result), failing_rows(result))
        });
    }
    let passed: Vec<&CheckResult> = report
        .results
        .iter()
        .filter(|result| !result.has_failed() && !result.is_not_evaluated())
        .collect();
    if passed.is_empty() {
        return;
    }
    let count = format::count(passed.len() as u64);
    let _ = writeln!(page, "\n<details><summary>{count} passed</summary>\n");
    page.push_str("| check | what was found |\n| --- | --- |\n");
    rows(page, passed.into_iter(), ROOM_PASSED, |result| {
        format!("| {} | {} |", name(result), plain(&result.sentence))
    });
    page.push_str("\n</details>\n");
}

/// Rows of a table as far as there is room for them, and how many more there are.
fn rows<'a>(
    page: &mut String,
    results: impl Iterator<Item = &'a CheckResult>,
    room: usize,
    row: impl Fn(&CheckResult) -> String,
) {
    let mut more = 0_u64;
    for result in results {
        let line = row(result);
        if more == 0 && page.chars().count() + line.chars().count() < room {
            page.push_str(&line);
            page.push('\n');
        } else {
            more += 1;
        }
    }
    if more > 0 {
        let _ = writeln!(page, "\n{} more: `--format json` has all.", format::count(more));
    }
}

/// The check, and the columns where its name does not say them.
fn name(result: &CheckResult) -> String {
    match &result.contract {
        Some(rule) => code(&rule.rule),
        None if result.columns.is_empty() => format!("{} of the table", code(&result.check)),
        None => format!("{} of {}", code(&result.check), code(&result.subject())),
    }
}

fn failing_rows(result: &CheckResult) -> String {
    let shown: Vec<String> = result.evidence.iter().take(EXAMPLES).map(example).collect();
    shown.join("<br>")
}

fn example(example: &Evidence) -> String {
    let mut text = example.row.map_or_else(String::new, |row| format!("row {row}"));
    if example.value != Cell::Null {
        let value = code(&format::shorten(&format::cell(&example.value), VALUE_CHARACTERS));
        text = if text.is_empty() { value } else { format!("{text}: {value}") };
    }
    match &example.note {
        Some(note) => format!("{text} ({})", plain(note)),
        None => text,
    }
}

/// Text that is only text: no mark-up, no call of a person, no link.
fn plain(text: &str) -> String {
    format::markdown_text(text)
        .replace('@', "@<!-- -->")
        .replace("\\#", "\\#<!-- -->")
        .replace("://", ":<!-- -->//")
}

/// A code span in a table's cell (GitHub Flavored Markdown, 6.1 and 4.10): fenced by more backticks
/// than stand together in it, its bars escaped.
fn code(text: &str) -> String {
    let text = format::printable(text).replace('|', "\\|");
    if text.trim().is_empty() {
        return format!("`{}`", if text.is_empty() { "\"\"" } else { text.as_str() });
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let gap = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{gap}{text}{gap}{fence}")
}
