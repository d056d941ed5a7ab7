use std::collections::HashMap;

use super::record::{Problems, Record};
use crate::expression::Expression;
use crate::problem::{Problem, nearest};
use crate::rule::{
    self, Arguments, Asks, Figure, Limit, LimitUnit, Made, Query, Rule, Standing, Test,
    operator_names,
};
use crate::verdict::{Dimension, Severity};
use crate::yaml::{Content, Node};

/// Keys of a quality entry that are kept and mean nothing to a check.
const KEPT: [&str; 8] = [
    "description",
    "businessImpact",
    "schedule",
    "scheduler",
    "method",
    "tags",
    "authoritativeDefinitions",
    "customProperties",
];

/// The metrics of the standard's library, and what older versions call them.
const METRICS: [(&str, Metric); 9] = [
    ("nullValues", Metric::Nulls),
    ("missingValues", Metric::Missing),
    ("invalidValues", Metric::Invalid),
    ("duplicateValues", Metric::Duplicates),
    ("rowCount", Metric::Rows),
    ("nullCheck", Metric::Nulls),
    ("nullCount", Metric::Nulls),
    ("duplicateCount", Metric::Duplicates),
    ("countCheck", Metric::Rows),
];

/// The arguments of all kinds of rules.
pub(super) const ARGUMENTS: [&str; 46] = [
    "bins",
    "by",
    "column",
    "columns",
    "differences",
    "distance",
    "edges",
    "empty",
    "exact",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "expression",
    "factor",
    "figure",
    "filter",
    "format",
    "gaps",
    "in",
    "interval",
    "key",
    "maximum",
    "minimum",
    "names",
    "of",
    "order",
    "ordered",
    "pattern",
    "query",
    "schema",
    "segment",
    "share",
    "shares",
    "signed",
    "strictly",
    "ties",
    "to",
    "to_columns",
    "to_figure",
    "to_filter",
    "to_key",
    "to_query",
    "tolerance",
    "type",
    "values",
    "weekdays",
    "window",
];

#[derive(Clone, Copy)]
enum Metric {
    Nulls,
    Missing,
    Invalid,
    Duplicates,
    Rows,
}

/// Which rows a rule looks at, and how they are parted.
#[derive(Default)]
struct Rows {
    filter: Option<Expression>,
    segment: Option<String>,
}

/// The quality entries of a property or a table.
pub(super) struct Quality<'a> {
    /// The property's column; none at a table.
    pub columns: &'a [String],
    /// The property's name.
    pub property: Option<&'a str>,
    /// Columns by the names of their properties.
    pub names: &'a HashMap<String, String>,
    /// The name of the table.
    pub object: &'a str,
}

impl Quality<'_> {
    /// The rules of all entries; those that are only text give none.
    pub(super) fn rules(&self, nodes: &[Node], problems: &Problems) -> Vec<Rule> {
        nodes.iter().filter_map(|node| self.rule(node, problems)).collect()
    }

    fn rule(&self, node: &Node, problems: &Problems) -> Option<Rule> {
        let record = Record::of(node, "quality entry", problems)?;
        record.know(&KEPT);
        record.know(&["metric", "rule", "arguments", "engine", "implementation", "validValues"]);
        let limit = Limit::read(&record);
        let mut rows = Rows::default();
        let made = match record.text("type") {
            None | Some("library") => self.library(&record),
            Some("custom") => self.custom(&record, &mut rows),
            Some("text") => None,
            Some("sql") => {
                let asks = if limit.is_some() { Asks::Number } else { Asks::Truth };
                rule::of_query(&record, self.standing(), self.columns, asks)
            }
            Some(other) => {
                let hint = nearest(other, ["library", "custom", "text", "sql"]);
                let problem =
                    Problem::error(record.place_of("type"), format!("there is no type {other}"));
                problems.add(problem.maybe_hint(hint));
                None
            }
        };
        let named = record.text("id").or_else(|| record.text("name"));
        let severity = severity(&record);
        let dimension = dimension(&record);
        // a query's, and kept at the others
        record.know(&["id", "name", "query"]);
        let rule = made.and_then(|made| {
            let limit = limit_of(&made, limit, &record)?;
            let subject = self.property.map_or_else(
                || {
                    if made.columns.is_empty() {
                        String::new()
                    } else {
                        format!("{}.", made.columns.join("+"))
                    }
                },
                |name| format!("{name}."),
            );
            Some(Rule {
                id: named.map_or_else(|| format!("{subject}{}", made.kind), str::to_owned),
                kind: made.kind,
                columns: made.columns,
                dimension: dimension.unwrap_or(made.dimension),
                severity,
                test: made.test,
                phrase: made.phrase,
                filter: rows.filter,
                segment: rows.segment,
                limit,
                place: record.place(),
            })
        });
        record.finish();
        rule
    }

    fn standing(&self) -> Standing<'_> {
        Standing { object: self.object, column: self.columns.first().map(String::as_str) }
    }

    fn unchecked(&self, kind: &'static str, reason: &str) -> Made {
        Made {
            kind,
            columns: self.columns.to_vec(),
            test: Test::Unchecked(reason.to_owned()),
            phrase: format!("{kind} rule"),
            dimension: Dimension::Accuracy,
        }
    }

    /// A metric of the standard's library.
    fn library(&self, record: &Record<'_>) -> Option<Made> {
        let problems = record.problems();
        let key = if record.get("metric").is_some() { "metric" } else { "rule" };
        let Some(name) = record.text(key) else {
            let problem = Problem::error(record.place(), "the entry names no metric");
            problems.add(problem.hint("write `metric: nullValues`, or `type: text` for a remark"));
            return None;
        };
        let Some((_, metric)) = METRICS.iter().find(|(known, _)| *known == name) else {
            let hint = nearest(name, METRICS.map(|(known, _)| known).into_iter().take(5));
            let hint = hint.unwrap_or_else(|| "the library has nullValues, missingValues, invalidValues, duplicateValues and rowCount".to_owned());
            let problem =
                Problem::error(record.place_of(key), format!("there is no metric {name}"));
            problems.add(problem.hint(hint));
            return None;
        };
        let arguments = match record.get("arguments") {
            Some(node) => Some(Record::of(node, "set of arguments", problems)?),
            None => None,
        };
        let made = self.metric(*metric, record, arguments.as_ref());
        if let Some(arguments) = arguments {
            arguments.finish();
        }
        made
    }

    fn metric(
        &self,
        metric: Metric,
        record: &Record<'_>,
        arguments: Option<&Record<'_>>,
    ) -> Option<Made> {
        let column = || {
            let column = self.columns.first().cloned();
            if column.is_none() {
                let what = "this metric is of a column, and must stand at a property";
                record.problems().error(record.place(), what);
            }
            column
        };
        match metric {
            Metric::Rows => Some(rule::row_count()),
            Metric::Nulls => Some(rule::has_value(&column()?)),
            Metric::Missing => {
                let values = arguments.map(|it| it.constants("missingValues")).unwrap_or_default();
                Some(rule::of_missing(&column()?, values))
            }
            Metric::Invalid => invalid(&column()?, record, arguments),
            Metric::Duplicates => {
                let named = arguments.map(|it| it.texts("properties")).unwrap_or_default();
                if named.is_empty() {
                    return Some(rule::of_columns(self.columns.to_vec()));
                }
                Some(rule::of_columns(named.iter().map(|name| self.column(name)).collect()))
            }
        }
    }

    fn column(&self, name: &str) -> String {
        self.names.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// A rule of ours, or of another engine.
    fn custom(&self, record: &Record<'_>, rows: &mut Rows) -> Option<Made> {
        let engine = record.required_text("engine")?;
        if engine != "pynomaly" {
            return Some(self.unchecked("custom", &format!("rules of {engine} are not run here")));
        }
        let Some(node) = record.get("implementation") else {
            record.problems().error(record.place(), "the rule has no implementation");
            return None;
        };
        if let Content::Scalar(scalar) = &node.content {
            return rule::of_text(&scalar.text, record, "implementation");
        }
        let rule = Record::of(node, "rule", record.problems())?;
        let made = self.implementation(&rule, rows);
        if made.is_none() {
            // what is wrong was told: the other arguments were not looked at
            rule.know(&ARGUMENTS);
        }
        rule.finish();
        made
    }

    fn implementation(&self, record: &Record<'_>, rows: &mut Rows) -> Option<Made> {
        let name = record.required_text("rule")?;
        if let Some(text) = record.text("filter") {
            rows.filter = Some(rule::read_condition(text, record, "filter")?);
        }
        rows.segment = record.text("segment").map(|name| self.column(name));
        let mut named = record.texts("columns");
        named.extend(record.text("column").map(str::to_owned));
        let columns = if named.is_empty() {
            self.columns.to_vec()
        } else {
            named.iter().map(|name| self.column(name)).collect()
        };
        let arguments = Arguments { record, columns, standing: self.standing() };
        let made = rule::make(name, &arguments).unwrap_or_else(|()| {
            let problem =
                Problem::error(record.place_of("rule"), format!("there is no rule {name}"));
            let hint = nearest(name, rule::names());
            let all = || format!("there are {}", rule::names().collect::<Vec<_>>().join(", "));
            record.problems().add(problem.hint(hint.unwrap_or_else(all)));
            None
        });
        let is_whole = |made: &Made| rows.segment.is_some() && !Rule::has_parts(&made.test);
        if made.as_ref().is_some_and(is_whole) {
            let what = format!("{name} is about the whole table and has no segments");
            let problem = Problem::error(record.place_of("segment"), what);
            record.problems().add(problem.hint("leave `segment` out"));
            return None;
        }
        made
    }
}

fn invalid(column: &str, record: &Record<'_>, arguments: Option<&Record<'_>>) -> Option<Made> {
    // version 3.0 of the standard had the values beside the metric
    let mut values = record.constants("validValues");
    values.extend(arguments.map(|it| it.constants("validValues")).unwrap_or_default());
    let pattern = arguments.and_then(rule::read_pattern);
    let mut parts = Vec::new();
    let mut phrases = Vec::new();
    if !values.is_empty() {
        phrases.push(format!("is {}", rule::list_of(&values)));
        parts.push(Expression::In(Box::new(Expression::column(column)), values));
    }
    if let Some(pattern) = pattern {
        phrases.push(format!("matches {}", pattern.text()));
        parts.push(Expression::Matches(Box::new(Expression::column(column)), pattern));
    }
    if parts.is_empty() {
        let problem = Problem::error(record.place(), "nothing says which values are valid");
        record
            .problems()
            .add(problem.hint("write `arguments: {validValues: [A, B]}` or a pattern"));
        return None;
    }
    let phrase = format!("{column} {}", phrases.join(" and "));
    Some(Made::rows("invalid_values", Dimension::Conformity, Expression::And(parts), phrase))
}

/// What a rule must keep to: figures need a bound, failing rows have none by default.
fn limit_of(made: &Made, limit: Option<Limit>, record: &Record<'_>) -> Option<Limit> {
    let is_truth = matches!(&made.test, Test::Query(Query { asks: Asks::Truth, .. }));
    let is_figure = made.test.is_figure();
    if !matches!(made.test, Test::TieOut(_)) && limit.as_ref().is_some_and(Limit::is_no_share) {
        record.problems().error(record.place_of("unit"), "a share is between 0 and 100 percent");
    }
    match limit {
        // A bound that cannot be was told.
        None if is_figure && operator_names().any(|name| record.has(name)) => None,
        None if is_figure => {
            let problem = Problem::error(
                record.place(),
                format!("nothing says what {} must be", made.phrase),
            );
            record
                .problems()
                .add(problem.hint("write `mustBeBetween: [LOW, HIGH]` or another bound"));
            None
        }
        None if is_truth => Some(Limit::is_true()),
        None => Some(Limit::none_fails()),
        Some(limit) if is_figure && limit.unit == LimitUnit::Percent => {
            let is_share = matches!(made.test, Test::Figure(Figure::DistinctShare));
            let hint = if is_share { "a share is from 0 to 1" } else { "leave the unit out" };
            let problem = Problem::error(
                record.place_of("unit"),
                "only failing rows have a share in percent",
            );
            record.problems().add(problem.hint(hint));
            None
        }
        Some(limit) => Some(limit),
    }
}

fn severity(record: &Record<'_>) -> Severity {
    let Some(text) = record.text("severity") else { return Severity::Error };
    match text.to_ascii_lowercase().as_str() {
        "error" | "critical" | "high" | "fail" | "blocker" | "major" => Severity::Error,
        "warning" | "warn" | "medium" => Severity::Warning,
        "info" | "information" | "low" | "minor" => Severity::Info,
        _ => {
            let what = format!("the severity {text} is not known here, and taken for error");
            let problem = Problem::warning(record.place_of("severity"), what);
            record.problems().add(problem.hint("write error, warning or info"));
            Severity::Error
        }
    }
}

/// A dimension by its name or the abbreviation of the standard.
fn dimension(record: &Record<'_>) -> Option<Dimension> {
    let text = record.text("dimension")?;
    let found = match text.to_ascii_lowercase().as_str() {
        "ac" => Some(Dimension::Accuracy),
        "cp" => Some(Dimension::Completeness),
        "cf" => Some(Dimension::Conformity),
        "cs" => Some(Dimension::Consistency),
        "cv" => Some(Dimension::Coverage),
        "tm" => Some(Dimension::Timeliness),
        "uq" => Some(Dimension::Uniqueness),
        name => Dimension::ALL.into_iter().find(|dimension| dimension.name() == name),
    };
    if found.is_none() {
        let hint = nearest(text, Dimension::ALL.map(Dimension::name));
        let what = format!("there is no dimension {text}; the rule's own is taken");
        let problem = Problem::warning(record.place_of("dimension"), what);
        record.problems().add(problem.maybe_hint(hint));
    }
    found
}
