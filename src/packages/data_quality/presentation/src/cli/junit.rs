//! A report as JUnit XML, for the test pages of CI servers.
//!
//! A failed check is a failure at the level at which the command fails, and skipped below it; what
//! could not be evaluated is an error, so that no server shows it green. The gate is a test of its
//! own: together the tests say what the exit code says.

use std::fmt::{Display, Write};

use data_quality_domain::{CheckResult, QualityReport, Verdict};
use shared_kernel_presentation::format;

use super::{FailOn, is_closed};
use crate::issue;

/// Failing rows told of a test.
const EXAMPLES: usize = 10;

/// The report as one `testsuites` document, ending with a line break.
pub fn junit(report: &QualityReport, fail_on: FailOn) -> String {
    let suites = suites(report, fail_on);
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pynomaly check\""
            .to_owned();
    let _ = writeln!(text, "{}>", Tally::of(suites.iter().flat_map(|suite| &suite.tests)));
    for suite in &suites {
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\"{}>",
            xml(&suite.name),
            Tally::of(&suite.tests)
        );
        properties(&mut text, report);
        for test in &suite.tests {
            test.write(&mut text);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// What the tests of a suite are about.
struct Suite {
    name: String,
    tests: Vec<Test>,
}

struct Test {
    name: String,
    class: String,
    place: Option<(String, u32)>,
    answer: Answer,
}

enum Answer {
    Passed,
    Failed { kind: &'static str, message: String, detail: String },
    Error { kind: &'static str, message: String },
    Skipped(String),
}

/// Tests by how they ended, as attributes.
#[derive(Default)]
struct Tally {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Tally {
    fn of<'a>(tests: impl IntoIterator<Item = &'a Test>) -> Self {
        let mut tally = Self::default();
        for test in tests {
            tally.tests += 1;
            match test.answer {
                Answer::Passed => {}
                Answer::Failed { .. } => tally.failures += 1,
                Answer::Error { .. } => tally.errors += 1,
                Answer::Skipped(_) => tally.skipped += 1,
            }
        }
        tally
    }
}

impl Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tests, failures, errors, skipped } = self;
        write!(
            formatter,
            " tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\""
        )
    }
}

/// One suite for each contract, one for the built-in checks, one for the gate.
fn suites(report: &QualityReport, fail_on: FailOn) -> Vec<Suite> {
    let table = &report.table.name;
    let mut suites = Vec::new();
    for contract in &report.contracts {
        let of_it = |result: &&CheckResult| {
            result.contract.as_ref().is_some_and(|rule| rule.contract == contract.file)
        };
        let class = format!("{}.{}", contract.id, contract.object);
        let tests = report.results.iter().filter(of_it);
        let tests = tests.map(|result| Test::of(result, &class, fail_on)).collect();
        suites.push(Suite { name: format!("{table}: {}", contract.file), tests });
    }
    let built_in: Vec<Test> = report
        .results
        .iter()
        .filter(|result| result.contract.is_none())
        .map(|result| Test::of(result, "built-in", fail_on))
        .collect();
    if !built_in.is_empty() {
        suites.push(Suite { name: format!("{table}: built-in checks"), tests: built_in });
    }
    suites.push(Suite { name: format!("{table}: gate"), tests: vec![Test::of_gate(report)] });
    suites
}

impl Test {
    fn of(result: &CheckResult, class: &str, fail_on: FailOn) -> Self {
        let message = result.sentence.clone();
        let answer = match &result.verdict {
            Verdict::Passed => Answer::Passed,
            Verdict::NotEvaluated { reason } => {
                Answer::Error { kind: "not evaluated", message: reason.clone() }
            }
            Verdict::Failed if result.severity >= fail_on.level() => {
                Answer::Failed { kind: result.severity.name(), message, detail: detail(result) }
            }
            Verdict::Failed => Answer::Skipped(format!("{}: {message}", result.severity)),
        };
        let (name, place) = match &result.contract {
            Some(rule) => (rule.rule.clone(), Some((rule.contract.clone(), rule.place.line))),
            None => (format!("{} of {}", result.check, result.subject()), None),
        };
        Self { name, class: class.to_owned(), place, answer }
    }

    fn of_gate(report: &QualityReport) -> Self {
        let message = report.gate.reasons.join("; ");
        let answer = if is_closed(report) {
            let detail = report.gate.reasons.join("\n");
            Answer::Failed { kind: "gate", message, detail }
        } else if report.score.overall.is_none() {
            Answer::Error { kind: "not evaluated", message }
        } else {
            Answer::Passed
        };
        let name = "a model may learn from the table".to_owned();
        Self { name, class: "gate".to_owned(), place: None, answer }
    }

    fn write(&self, text: &mut String) {
        let (name, class) = (xml(&self.name), xml(&self.class));
        let _ = write!(text, "    <testcase name=\"{name}\" classname=\"{class}\"");
        if let Some((file, line)) = &self.place {
            let _ = write!(text, " file=\"{}\" line=\"{line}\"", xml(file));
        }
        match &self.answer {
            Answer::Passed => text.push_str("/>\n"),
            Answer::Failed { kind, message, detail } => {
                let (message, detail) = (xml(message), xml_lines(detail));
                let _ = writeln!(
                    text,
                    ">\n      <failure type=\"{kind}\" message=\"{message}\">{detail}</failure>\n    </testcase>"
                );
            }
            Answer::Error { kind, message } => {
                let message = xml(message);
                let _ = writeln!(
                    text,
                    ">\n      <error type=\"{kind}\" message=\"{message}\"/>\n    </testcase>"
                );
            }
            Answer::Skipped(message) => {
                let message = xml(message);
                let _ =
                    writeln!(text, ">\n      <skipped message=\"{message}\"/>\n    </testcase>");
            }
        }
    }
}

fn properties(text: &mut String, report: &QualityReport) {
    text.push_str("    <properties>\n");
    for (name, value) in [
        ("table", report.table.name.clone()),
        ("rows", report.table.rows.to_string()),
        ("columns", report.table.columns.to_string()),
        ("reference_date", report.reference_date.to_string()),
    ] {
        let value = xml(&value);
        let _ = writeln!(text, "      <property name=\"{name}\" value=\"{value}\"/>");
    }
    text.push_str("    </properties>\n");
}

/// A failure in some lines: what was found, where the rule stands, the first failing rows.
fn detail(result: &CheckResult) -> String {
    let mut lines = vec![format::printable(&result.sentence).into_owned()];
    if let Some(rule) = &result.contract {
        lines.push(format!("rule at {}, {}", format::printable(&rule.contract), rule.place));
    }
    lines.extend(result.evidence.iter().take(EXAMPLES).map(issue::example));
    lines.join("\n")
}

/// Text for an attribute: on one line, and without what XML 1.0 can't hold, which is written out.
fn xml(text: &str) -> String {
    escaped(&format::printable(text))
}

/// Text for an element, with its line breaks.
fn xml_lines(text: &str) -> String {
    escaped(&format::printable_lines(text))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // no characters of XML (§2.2); control characters are escapes already
            '\u{fffe}' | '\u{ffff}' => safe.extend(character.escape_unicode()),
            other => safe.push(other),
        }
    }
    safe
}
