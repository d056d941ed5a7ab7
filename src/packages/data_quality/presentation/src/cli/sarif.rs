//! A report as SARIF 2.1.0 (OASIS), for code scanning: each failed rule at its line of the contract.
//!
//! Rules that passed are listed under the tool and have no result, because servers show every
//! result as an alert. What could not be evaluated is a result of the kind `open` and a
//! notification, and the invocation is not successful.

use std::collections::BTreeMap;

use data_quality_domain::{CheckResult, Evidence, QualityReport, Severity};
use serde::Serialize;
use shared_kernel_domain::Result;
use shared_kernel_presentation::cli::{Outcome, json_document};
use shared_kernel_presentation::format;

use crate::issue;

/// Failing rows told of a result.
const EXAMPLES: usize = 10;

/// The report as one SARIF log, ending with a line break.
pub fn sarif(report: &QualityReport, outcome: Outcome) -> Result<String> {
    json_document(&Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Run::of(report, outcome)],
    })
}

#[derive(Serialize)]
struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<Finding>,
    properties: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: String,
    short_description: Text,
    default_configuration: Configuration,
    properties: BTreeMap<&'static str, Vec<String>>,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    level: &'static str,
    message: Text,
    associated_rule: RuleReference,
    locations: Vec<Location>,
}

#[derive(Serialize)]
struct RuleReference {
    id: String,
    index: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: String,
    rule_index: usize,
    kind: &'static str,
    level: &'static str,
    message: Text,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    properties: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the standard calls them so")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    physical_location: Option<PhysicalLocation>,
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
}

impl Run {
    fn of(report: &QualityReport, outcome: Outcome) -> Self {
        let mut rules = Rules::default();
        let (mut results, mut notifications) = (Vec::new(), Vec::new());
        for result in &report.results {
            let rule = rules.of(result, report);
            if result.is_not_evaluated() {
                notifications.push(Notification {
                    level: "error",
                    message: message(&result.sentence),
                    associated_rule: RuleReference { id: rule.1.clone(), index: rule.0 },
                    locations: vec![place_of(result, report)],
                });
            }
            if result.is_not_evaluated() || result.has_failed() {
                results.push(Finding::of(result, rule, report));
            }
        }
        let checks = &report.checks;
        let properties = [
            ("table", report.table.name.clone()),
            ("rows", report.table.rows.to_string()),
            ("passed", checks.passed.to_string()),
            ("gate", if report.gate.passed { "passed" } else { "closed" }.to_owned()),
        ];
        Self {
            tool: Tool {
                driver: Driver {
                    name: "Pynomaly",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: rules.list,
                },
            },
            invocations: [Invocation {
                execution_successful: checks.not_evaluated == 0 && report.score.overall.is_some(),
                exit_code: outcome.exit_code(),
                tool_execution_notifications: notifications,
            }],
            column_kind: "unicodeCodePoints",
            results,
            properties: properties.into(),
        }
    }
}

/// The rules of a run, each once.
#[derive(Default)]
struct Rules {
    list: Vec<Descriptor>,
    places: BTreeMap<String, usize>,
}

impl Rules {
    /// The place and the id of a result's rule.
    fn of(&mut self, result: &CheckResult, report: &QualityReport) -> (usize, String) {
        let (id, what) = match &result.contract {
            // ids are different within a contract
            Some(rule) if report.contracts.len() > 1 => {
                (format!("{}: {}", rule.contract, rule.rule), rule.requirement.clone())
            }
            Some(rule) => (rule.rule.clone(), rule.requirement.clone()),
            None => (format!("built-in/{}", result.check), format!("the check {}", result.check)),
        };
        let index = *self.places.entry(id.clone()).or_insert_with(|| {
            self.list.push(Descriptor {
                id: id.clone(),
                short_description: message(&what),
                default_configuration: Configuration { level: level(result.severity) },
                properties: [("tags", vec![result.dimension.name().to_owned()])].into(),
            });
            self.list.len() - 1
        });
        (index, id)
    }
}

impl Finding {
    fn of(
        result: &CheckResult,
        (rule_index, rule_id): (usize, String),
        report: &QualityReport,
    ) -> Self {
        let open = result.is_not_evaluated();
        let subject = format!("{rule_id} of {}", result.subject());
        let counts = [("evaluated", result.evaluated), ("failed", result.failed)];
        let counts = counts.into_iter().filter_map(|(name, count)| Some((name, count?.value)));
        let examples = result.evidence.iter().take(EXAMPLES).enumerate();
        Self {
            rule_id,
            rule_index,
            kind: if open { "open" } else { "fail" },
            // the standard wants no level but for failures (3.27.10)
            level: if open { "none" } else { level(result.severity) },
            message: message(&result.sentence),
            locations: vec![place_of(result, report)],
            related_locations: examples
                .map(|(index, example)| row_of(index, example, result, report))
                .collect(),
            partial_fingerprints: [("pynomalyRule/v1", subject)].into(),
            properties: counts.collect(),
        }
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Where a rule stands in its contract; a built-in check stands at the data.
fn place_of(result: &CheckResult, report: &QualityReport) -> Location {
    let physical_location = match &result.contract {
        Some(rule) => Some(PhysicalLocation {
            artifact_location: ArtifactLocation { uri: uri(&rule.contract) },
            region: Some(Region {
                start_line: rule.place.line.max(1),
                start_column: rule.place.column.max(1),
            }),
        }),
        None => data_file(report),
    };
    let columns = result.columns.iter();
    let mut named: Vec<LogicalLocation> =
        columns.map(|column| logical(&[&report.table.name, column])).collect();
    if named.is_empty() {
        named.push(logical(&[&report.table.name]));
    }
    Location { id: None, message: None, physical_location, logical_locations: named }
}

/// A failing row of the data. A record's line in the file is not known: values may hold line breaks.
fn row_of(
    index: usize,
    example: &Evidence,
    result: &CheckResult,
    report: &QualityReport,
) -> Location {
    let mut parts = vec![report.table.name.clone()];
    parts.extend(example.row.map(|row| format!("row {row}")));
    if let [column] = result.columns.as_slice() {
        parts.push(column.clone());
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    Location {
        id: Some(index),
        message: Some(message(&issue::example(example))),
        physical_location: data_file(report),
        logical_locations: vec![logical(&parts)],
    }
}

fn logical(parts: &[&str]) -> LogicalLocation {
    LogicalLocation { fully_qualified_name: format::printable(&parts.join("/")).into_owned() }
}

/// The file of the data, where they are one: not standard input, several files or a dataset.
fn data_file(report: &QualityReport) -> Option<PhysicalLocation> {
    let name = report.table.name.as_str();
    let file = name.rsplit('/').next().unwrap_or(name);
    let is_file = file.contains('.') && !name.contains("://") && !name.contains(['*', '?', '[']);
    is_file.then(|| PhysicalLocation {
        artifact_location: ArtifactLocation { uri: uri(name) },
        region: None,
    })
}

/// A path as a URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// Plain text; what the standard would take for an embedded link (3.11.6) is escaped.
fn message(text: &str) -> Text {
    let text = format::printable(text);
    if !text.contains("](") {
        return Text { text: text.into_owned() };
    }
    Text { text: text.replace('[', "\\[").replace(']', "\\]") }
}
