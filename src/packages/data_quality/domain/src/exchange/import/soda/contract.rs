//! Contracts of Soda 4: `dataset`, `checks` of the whole table, `columns` with theirs.

use super::threshold::{self, Limit};
use super::validity::Values;
use super::{ABOUT, FIGURES, normalised};
use crate::exchange::arguments::{Arguments, Dialect, Reason};
use crate::exchange::draft::{Board, Draft, Subject, logical_type};
use crate::exchange::forms::{SQL, told};
use crate::exchange::import::{condition, shape};
use crate::exchange::queries;
use crate::problem::Problem;
use crate::verdict::Severity;
use crate::yaml::{Entry, Node, list, plain, text};

/// Keys of a column that its checks are read with.
const OF_VALUES: [&str; 15] = [
    "missing_values",
    "missing_format",
    "missing_regex",
    "valid_values",
    "invalid_values",
    "valid_format",
    "invalid_format",
    "valid_regex",
    "invalid_regex",
    "valid_min",
    "valid_max",
    "valid_length",
    "valid_min_length",
    "valid_max_length",
    "valid_reference_data",
];

pub(super) fn read(board: &mut Board, document: &Node) -> Result<(), Problem> {
    let dataset = document.get("dataset").and_then(Node::text).unwrap_or_default();
    let name = dataset.rsplit('/').next().unwrap_or(dataset);
    let table = board.table(name);
    let filter = document.get("filter").and_then(Node::text).map(condition::of_sql).transpose();
    let columns = items(document.get("columns"), "columns")?;
    let scope = Scope { table, filter: &filter, columns };
    for node in items(document.get("checks"), "checks")? {
        scope.check(board, node, None)?;
    }
    for column in columns {
        for node in items(column.get("checks"), "checks")? {
            scope.check(board, node, Some(column))?;
        }
    }
    Ok(())
}

fn items<'a>(node: Option<&'a Node>, what: &str) -> Result<&'a [Node], Problem> {
    match node {
        Some(node) if !node.is_null() => node.items().ok_or_else(|| shape(node, what, "a list")),
        _ => Ok(&[]),
    }
}

struct Scope<'a> {
    table: usize,
    filter: &'a Result<Option<String>, Reason>,
    columns: &'a [Node],
}

impl Scope<'_> {
    fn check(&self, board: &mut Board, node: &Node, column: Option<&Node>) -> Result<(), Problem> {
        let (kind, own): (&str, &[Entry]) = match (node.text(), node.entries()) {
            (Some(kind), _) => (kind, &[]),
            (None, Some([only])) => (&only.key, only.value.entries().unwrap_or_default()),
            _ => return Err(shape(node, "a check", "its kind, alone or with settings")),
        };
        let name = column.and_then(|column| column.get("name")).and_then(Node::text);
        let of_column = name.map_or(String::new(), |name| format!("{name}: "));
        let what = format!("{of_column}{}", told(kind, &own.iter().collect::<Vec<_>>()));
        let subject = Subject { table: self.table, place: node.place, what: &what };
        let mut entries = normalised(own);
        let shared = column.and_then(Node::entries).unwrap_or_default();
        let is_of_values = |entry: &&Entry| OF_VALUES.contains(&entry.key.as_str());
        entries.extend(shared.iter().filter(is_of_values).cloned());
        let arguments = Arguments::new(Dialect::Sql, entries.iter().collect(), name);
        board.add(subject, self.drafts(kind, &arguments));
        Ok(())
    }

    fn drafts(&self, kind: &str, arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
        arguments.know(&ABOUT);
        let dataset = self.filter.clone()?;
        let name = arguments.text("name")?.map(str::to_owned);
        let filter = arguments.text("filter")?.map(condition::of_sql).transpose()?;
        let threshold = arguments.get("threshold");
        let of = |key| threshold.and_then(|node| node.get(key)).and_then(Node::text);
        let severity = severity_of(arguments.text("level")?.or(of("level")))?;
        if kind == "schema" {
            return self.schema(arguments, severity);
        }
        let limit = threshold.map(threshold::of_contract).transpose()?.unwrap_or_default();
        let percent = of("metric") == Some("percent");
        let draft = tested(kind, arguments, (&limit, percent, of("unit")))?;
        // the settings of a column are for all its checks, and each looks at some of them
        arguments.know(&OF_VALUES);
        arguments.finish()?;
        let draft = draft.filtered(dataset).filtered(filter);
        let limit = if draft.limit.is_empty() { limit } else { draft.limit.clone() };
        let mut drafts =
            vec![Draft { severity: Some(severity), name, limit, percent, ..draft.clone() }];
        // one more bound on the same, at another level
        if let Some(node) = threshold.and_then(|node| node.get("additional")) {
            let severity = severity_of(node.get("level").and_then(Node::text))?;
            let limit = threshold::of_contract(node)?;
            if limit.is_empty() {
                return Err("an additional threshold without a bound says nothing".to_owned());
            }
            if percent && kind == "duplicate" && !threshold::is_of_none(&limit) {
                return Err(OF_VALUED.to_owned());
            }
            drafts.push(Draft { severity: Some(severity), limit, percent, ..draft });
        }
        Ok(drafts)
    }

    /// The columns of the contract are the columns of the table.
    fn schema(&self, arguments: &Arguments<'_>, severity: Severity) -> Result<Vec<Draft>, Reason> {
        let extra = arguments.flag("allow_extra_columns")?.unwrap_or_default();
        let other_order = arguments.flag("allow_other_column_order")?.unwrap_or_default();
        arguments.finish()?;
        let says = |key: &str| self.columns.iter().any(|column| column.get(key).is_some());
        let is_optional =
            |column: &Node| column.get("optional").and_then(Node::text) == Some("true");
        if self.columns.iter().any(is_optional) {
            return Err("columns that may be there or not are no rule here".to_owned());
        }
        let name = |column: &Node| column.get("name").and_then(Node::text).map(text);
        let names = list(self.columns.iter().filter_map(name));
        let mut draft = Draft::of("columns", []).with("names", names);
        for (key, wanted) in [("exact", !extra), ("ordered", !other_order)] {
            if wanted {
                draft = draft.with(key, plain(true));
            }
        }
        let mut drafts = vec![Draft { severity: Some(severity), ..draft }];
        for column in self.columns {
            let get = |key| column.get(key).and_then(Node::text);
            let (Some(name), Some(stored)) = (get("name"), get("data_type")) else { continue };
            if severity != Severity::Error {
                return Err("a type is an error or nothing here".to_owned());
            }
            let logical =
                logical_type(stored).ok_or(format!("the type {stored} is not known here"))?;
            let draft = Draft::of("logical_type", [name.to_owned()]);
            let draft = draft.with("type", text(logical.name()));
            let has_length = says("character_maximum_length");
            drafts.push(if has_length { draft.noting(LENGTHS) } else { draft });
        }
        Ok(drafts)
    }
}

const LENGTHS: &str = "how long its texts may be is not looked at with a type here";

const OF_VALUED: &str = "its percent is of the rows that have a value";

fn severity_of(level: Option<&str>) -> Result<Severity, Reason> {
    match level {
        None | Some("fail") => Ok(Severity::Error),
        Some("warn") => Ok(Severity::Warning),
        Some(other) => Err(format!("the level {other} is not known here")),
    }
}

type Threshold<'a> = (&'a Limit, bool, Option<&'a str>);

/// What a check tests.
fn tested(
    kind: &str,
    arguments: &Arguments<'_>,
    (limit, percent, unit): Threshold<'_>,
) -> Result<Draft, Reason> {
    let values = || Ok::<_, Reason>(Values { column: arguments.column()?, arguments });
    match kind {
        "missing" => values()?.present(),
        "invalid" => match arguments.get("valid_reference_data") {
            Some(node) => {
                let get = |key| node.get(key).and_then(Node::text);
                let dataset = get("dataset").ok_or("its reference data have no dataset")?;
                let column = get("column").ok_or("its reference data have no column")?;
                let table = dataset.rsplit('/').next().unwrap_or(dataset);
                let draft = Draft::of("reference", [arguments.column()?]).with("to", text(table));
                Ok(draft.with("to_columns", list([text(column)])))
            }
            None => values()?.valid(),
        },
        "duplicate" => {
            let columns = match arguments.get("columns") {
                Some(_) => arguments.names("columns")?,
                None => vec![arguments.column()?],
            };
            if percent && !limit.is_empty() && !threshold::is_of_none(limit) {
                return Err(OF_VALUED.to_owned());
            }
            Ok(Draft::of("unique", columns))
        }
        "row_count" if limit.is_empty() => {
            Ok(Draft::of("row_count", []).must("mustBeGreaterThan", plain(0)))
        }
        "row_count" => Ok(Draft::of("row_count", [])),
        "aggregate" => {
            let function = arguments.needed("function")?;
            let known = FIGURES.iter().find(|(known, _)| *known == function);
            let (_, figure) = known.ok_or(format!("{function} is no figure here"))?;
            Ok(Draft::of(figure, [arguments.column()?]))
        }
        "freshness" => {
            let unit = match unit.unwrap_or("hour") {
                "minute" => "minutes",
                "hour" => "hours",
                "day" => "days",
                other => return Err(format!("the unit {other} is not known here")),
            };
            Ok(Draft::of("freshness", [arguments.column()?]).with("in", text(unit)))
        }
        "failed_rows" => {
            if let Some(query) = arguments.text("query")? {
                let draft = queries::count_of(query);
                return Ok(if limit.is_empty() { draft.must("mustBe", plain(0)) } else { draft });
            }
            let expression = arguments.text("expression")?.ok_or(SQL)?;
            let condition = condition::of_sql(expression)?;
            Ok(Draft::condition(format!("not ({condition})")))
        }
        "metric" => Ok(queries::value(arguments.text("query")?.ok_or(SQL)?)),
        _ => Err("a check of this kind is not known here".to_owned()),
    }
}
