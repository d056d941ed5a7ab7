//! SodaCL: `checks for customers: [missing_count(name) = 0, …]`.

use super::reconciliation;
use super::threshold::{self, Limit};
use super::validity::Values;
use super::{ABOUT, FIGURES, normalised};
use crate::exchange::arguments::{Arguments, Dialect, Reason};
use crate::exchange::draft::{Board, Draft, Subject, logical_type};
use crate::exchange::forms::{OCCUR, SQL, as_line, told};
use crate::exchange::import::{condition, shape};
use crate::exchange::other_tables::same_row_count;
use crate::exchange::queries;
use crate::expression::Number;
use crate::problem::Problem;
use crate::rule::{Figure, PREVIOUS_VERSION};
use crate::verdict::Severity;
use crate::yaml::{Entry, Node, list, plain, text};

/// How the sections of a file begin.
pub(crate) const SECTIONS: [&str; 3] = ["checks for ", "for each dataset ", "reconciliation "];

const DISTRIBUTION: &str = "its reference is in another file, and has no shares in this one";

/// What is to be said of every change.
const BEFORE: &str = "it is held against the newest version whose gate was open";

const CHANGES: &str =
    "figures are compared with those of the version before here, and not of several";

/// Checks that we do not have, by how they begin.
const UNKNOWN: [(&str, &str); 13] = [
    ("anomaly ", "anomalies of figures over time are no rules here"),
    ("change avg ", CHANGES),
    ("change min ", CHANGES),
    ("change max ", CHANGES),
    ("change same ", CHANGES),
    ("distribution_difference", DISTRIBUTION),
    ("group by", "figures of groups of rows are no rules here"),
    ("group evolution", "figures of groups of rows are no rules here"),
    ("rows diff", "rows are compared in a reconciliation, which names both tables"),
    ("freshness using", "the age is of one column, as of now"),
    ("changes ", CHANGES),
    ("percent change", CHANGES),
    ("distribution_score", DISTRIBUTION),
];

pub(super) fn read(board: &mut Board, document: &Node) -> Result<(), Problem> {
    for entry in document.entries().unwrap_or_default() {
        if let Some(of) = entry.key.strip_prefix("checks for ") {
            let (table, partition) = match of.split_once('[') {
                Some((table, partition)) => (table.trim(), Some(partition.trim_end_matches(']'))),
                None => (of.trim(), None),
            };
            let filter = partition.map(|name| partition_filter(document, table, name)).transpose();
            checks(board, table.trim_matches('"'), &entry.value, &filter)?;
        } else if entry.key.starts_with("for each dataset ") {
            for_each(board, entry)?;
        } else if entry.key.starts_with("reconciliation ") {
            reconciliation::read(board, entry)?;
        } else if let Some(why) = section(&entry.key) {
            let what = format!("{}: {}", entry.key, as_line(&entry.value));
            board.leave_out(entry.place, &what, why);
        }
    }
    Ok(())
}

/// Why a section has no rules for us; `None` for those that other sections use.
fn section(key: &str) -> Option<&'static str> {
    match key {
        "variables" => None,
        _ if key.starts_with("filter ") => None,
        _ if key.starts_with("configurations for ") => {
            Some("valid and missing values are looked for with each check only")
        }
        _ => Some("it holds no checks that are known here"),
    }
}

/// `filter customers [daily]: {where: …}`.
fn partition_filter(document: &Node, table: &str, name: &str) -> Result<String, Reason> {
    let key = format!("filter {table} [{}]", name.trim());
    let filter = document.get(&key).and_then(|node| node.get("where")).and_then(Node::text);
    condition::of_sql(filter.ok_or(format!("there is no {key}"))?)
}

type Filter = Result<Option<String>, Reason>;

fn for_each(board: &mut Board, entry: &Entry) -> Result<(), Problem> {
    let datasets = entry.value.get("datasets").and_then(Node::items).unwrap_or_default();
    let names: Vec<&str> = datasets.iter().filter_map(Node::text).collect();
    let is_name = |name: &&str| !name.contains(['%', ' ']);
    let (Some(node), true) = (entry.value.get("checks"), names.iter().all(is_name)) else {
        let what = format!("{}: {}", entry.key, as_line(&entry.value));
        board.leave_out(entry.place, &what, "which tables these are is not known here");
        return Ok(());
    };
    names.into_iter().try_for_each(|name| checks(board, name, node, &Ok(None)))
}

fn checks(board: &mut Board, table: &str, node: &Node, filter: &Filter) -> Result<(), Problem> {
    let table = board.table(table);
    if node.is_null() {
        return Ok(());
    }
    let Some(nodes) = node.items() else { return Err(shape(node, "checks", "a list")) };
    for node in nodes {
        let (line, settings): (&str, &[Entry]) = match (node.text(), node.entries()) {
            (Some(line), _) => (line, &[]),
            (None, Some([only])) => (&only.key, only.value.entries().unwrap_or_default()),
            _ => return Err(shape(node, "a check", "a line, alone or with settings")),
        };
        check(board, Subject { table, place: node.place, what: line }, settings, filter);
    }
    Ok(())
}

fn check(board: &mut Board, subject: Subject<'_>, settings: &[Entry], filter: &Filter) {
    let what = told(subject.what, &settings.iter().collect::<Vec<_>>());
    let line = subject.what.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = Subject { what: &what, ..subject };
    if line == "schema" {
        return schema(board, subject, settings);
    }
    let settings = normalised(settings);
    let arguments = Arguments::new(Dialect::Sql, settings.iter().collect(), None);
    let drafts = filter.clone().and_then(|filter| {
        let drafts = Check { line: &line, arguments: &arguments, is_part: filter.is_some() };
        let drafts = drafts.drafts()?;
        Ok(drafts.into_iter().map(|draft| draft.filtered(filter.clone())).collect())
    });
    board.add(subject, drafts);
}

/// A check: its line, and what stands under it.
struct Check<'a> {
    line: &'a str,
    arguments: &'a Arguments<'a>,
    /// Whether it is about some rows alone.
    is_part: bool,
}

impl Check<'_> {
    fn drafts(&self) -> Result<Vec<Draft>, Reason> {
        let unknown = UNKNOWN.iter().find(|(start, _)| self.line.starts_with(start));
        if let Some((_, why)) = unknown {
            return Err((*why).to_owned());
        }
        self.arguments.know(&ABOUT);
        let name = self.arguments.text("name")?.map(str::to_owned);
        let filter = self.arguments.text("filter")?.map(condition::of_sql).transpose()?;
        let (draft, threshold, metric) = self.tested()?;
        let levels = self.levels(threshold, metric)?;
        self.arguments.finish()?;
        if draft.note == Some(BEFORE) && (filter.is_some() || self.is_part) {
            return Err("a change of some rows alone is no rule here".to_owned());
        }
        let draft = Draft { name, ..draft }.filtered(filter);
        let leveled = |(severity, limit): (Severity, Limit)| {
            if metric.starts_with("duplicate_") && !threshold::is_of_none(&limit) {
                return Err(
                    "repeated values are counted there, and here the rows that repeat another"
                        .to_owned(),
                );
            }
            Ok(Draft { severity: Some(severity), limit, ..draft.clone() })
        };
        levels.into_iter().map(leveled).collect()
    }

    /// What is tested, the threshold in the line, and the name of the metric.
    fn tested(&self) -> Result<(Draft, &str, &str), Reason> {
        if let Some(rest) = self.line.strip_prefix("values in ") {
            return Ok((reference(rest)?, "= 0", "reference"));
        }
        if let Some(rest) = self.line.strip_prefix("row_count same as ") {
            return Ok((same_row_count(rest)?, "= 0", "row_count"));
        }
        if self.line == "failed rows" {
            let Some(condition) = self.arguments.text("fail_condition")? else {
                let query = self.arguments.text("fail_query")?.ok_or(SQL)?;
                return Ok((queries::count_of(query), "= 0", "failed rows"));
            };
            let condition = condition::of_sql(condition)?;
            return Ok((Draft::condition(format!("not ({condition})")), "", "failed rows"));
        }
        for (start, percent) in [("change for ", false), ("change percent for ", true)] {
            if let Some(line) = self.line.strip_prefix(start) {
                let (draft, threshold, _) = self.measured(line)?;
                return Ok((change_of(draft, percent)?, threshold, "change"));
            }
        }
        self.measured(self.line)
    }

    /// The metric that a line begins with, the threshold behind it, and its name.
    fn measured<'b>(&self, line: &'b str) -> Result<(Draft, &'b str, &'b str), Reason> {
        let end = line.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let (metric, rest) = line.split_at(end.unwrap_or(line.len()));
        let (named, threshold) = match rest.strip_prefix('(').and_then(|it| it.split_once(')')) {
            Some(parts) => parts,
            None => ("", rest),
        };
        let names: Vec<String> = named
            .split(',')
            .map(|name| name.trim().trim_matches(['"', '`']).to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        match self.arguments.text(&format!("{metric}_query"))? {
            Some(query) => Ok((queries::value(query), threshold, metric)),
            None => Ok((self.metric(metric, &names)?, threshold, metric)),
        }
    }

    fn metric(&self, metric: &str, names: &[String]) -> Result<Draft, Reason> {
        let column = || match names {
            [only] => Ok(only.clone()),
            _ => Err("it is not about one column".to_owned()),
        };
        let values = || Ok::<_, Reason>(Values { column: column()?, arguments: self.arguments });
        let of_rows = |draft: Draft| Draft { percent: metric.ends_with("_percent"), ..draft };
        match metric {
            "row_count" => Ok(Draft::of("row_count", [])),
            "missing_count" | "missing_percent" => Ok(of_rows(values()?.present()?)),
            "invalid_count" | "invalid_percent" => Ok(of_rows(values()?.valid()?)),
            "duplicate_count" | "duplicate_percent" if !names.is_empty() => {
                Ok(of_rows(Draft::of("unique", names.iter().cloned())))
            }
            "freshness" => Ok(Draft::of("freshness", [column()?]).with("in", text("minutes"))),
            "percentile" => match names {
                [column, share] => {
                    let share = Number::read(share).ok_or("its share is no number")?;
                    Ok(Draft::of("quantile", [column.clone()]).with("share", plain(share)))
                }
                _ => Err("a percentile has a column and a share".to_owned()),
            },
            _ => match FIGURES.iter().find(|(known, _)| *known == metric) {
                Some((_, figure)) => Ok(Draft::of(figure, [column()?])),
                None => {
                    Err(format!("{metric} is a metric of the project's own, or is not known here"))
                }
            },
        }
    }

    /// The levels at which it fails: by the line, or by `warn` and `fail`.
    fn levels(&self, line: &str, metric: &str) -> Result<Vec<(Severity, Limit)>, Reason> {
        let number = if metric == "freshness" { threshold::minutes } else { Number::read };
        let mut levels = Vec::new();
        if !line.trim().is_empty() {
            levels.push((Severity::Error, threshold::read(line, false, number)?));
        }
        for (key, severity) in [("fail", Severity::Error), ("warn", Severity::Warning)] {
            if let Some(when) = self.arguments.text(key)? {
                let when = when.trim().strip_prefix("when ").unwrap_or(when);
                levels.push((severity, threshold::read(when, true, number)?));
            }
        }
        match levels.len() {
            0 if metric == "failed rows" => Ok(vec![(Severity::Error, Limit::new())]),
            0 => Err("it has no threshold".to_owned()),
            _ => Ok(levels),
        }
    }
}

/// How far a metric is from what it was, as a difference with a sign.
fn change_of(metric: Draft, percent: bool) -> Result<Draft, Reason> {
    let is_figure = metric.rule == "row_count" || Figure::NAMES.contains(&metric.rule);
    if !is_figure || !metric.filters.is_empty() {
        return Err("only figures are compared with those of the version before here".to_owned());
    }
    let draft = Draft::of("tie_out", metric.columns).with("figure", text(metric.rule));
    let arguments = metric.arguments.into_iter();
    let draft = arguments.fold(draft, |draft, (key, value)| draft.with(key, value));
    let draft = draft.with("to", text(PREVIOUS_VERSION)).with("signed", plain(true));
    Ok(Draft { percent, ..draft.noting(BEFORE) })
}

/// `(a, b) must exist in customers (c, d)`.
fn reference(rest: &str) -> Result<Draft, Reason> {
    let refused = || "the reference is not understood here".to_owned();
    let names = |text: &str| -> Vec<String> {
        let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
        inner.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect()
    };
    if rest.contains("must not exist in") {
        return Err("no rule says here that a value is not in another table".to_owned());
    }
    let (from, to) = rest.split_once("must exist in").ok_or_else(refused)?;
    let (table, columns) = to.split_once('(').ok_or_else(refused)?;
    let draft = Draft::of("reference", names(from)).with("to", text(table.trim()));
    Ok(draft.with("to_columns", list(names(columns).into_iter().map(text))))
}

/// `schema: {fail: {when required column missing: [a]}}`: each condition is a rule of its own.
fn schema(board: &mut Board, subject: Subject<'_>, settings: &[Entry]) {
    for entry in settings {
        let severity = match entry.key.as_str() {
            "fail" => Severity::Error,
            "warn" => Severity::Warning,
            "name" | "attributes" | "identity" => continue,
            _ => {
                board.leave(subject, format!("its {} is not understood here", entry.key));
                continue;
            }
        };
        for condition in entry.value.entries().unwrap_or_default() {
            let what =
                format!("schema: {}: {}: {}", entry.key, condition.key, as_line(&condition.value));
            let subject = Subject { place: condition.place, what: &what, ..subject };
            board.add(subject, schema_condition(condition, severity));
        }
    }
}

fn schema_condition(condition: &Entry, severity: Severity) -> Result<Vec<Draft>, Reason> {
    match condition.key.as_str() {
        "when required column missing" => {
            let items = condition.value.items().unwrap_or_default();
            if items.iter().any(|item| item.text().is_none_or(|name| name.contains('%'))) {
                return Err("columns are named here, and not described".to_owned());
            }
            let draft = Draft::of("columns", []).with("names", list(items.iter().cloned()));
            Ok(vec![Draft { severity: Some(severity), ..draft }])
        }
        "when wrong column type" if severity == Severity::Error => {
            let typed = |entry: &Entry| {
                let name = entry.value.text().unwrap_or_default();
                let logical =
                    logical_type(name).ok_or(format!("the type {name} is not known here"))?;
                let draft = Draft::of("logical_type", [entry.key.clone()]);
                Ok(draft.with("type", text(logical.name())))
            };
            condition.value.entries().unwrap_or_default().iter().map(typed).collect()
        }
        "when wrong column type" => Err("a type is an error or nothing here".to_owned()),
        "when forbidden column present" => {
            let items = condition.value.items().unwrap_or_default();
            if items.iter().any(|item| item.text().is_none_or(|name| name.contains('%'))) {
                return Err("columns are named here, and not described".to_owned());
            }
            let draft = Draft::of("forbidden_columns", []);
            let draft = draft.with("names", list(items.iter().cloned()));
            Ok(vec![Draft { severity: Some(severity), ..draft }])
        }
        "when wrong column index" => Err("no rule says here where one column stands".to_owned()),
        _ => Err(OCCUR.replace("which values must occur", "how columns change over time")),
    }
}
