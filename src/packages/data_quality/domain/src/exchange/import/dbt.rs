//! Properties of dbt: `models`, `sources`, `seeds` and `snapshots`, each with `columns` and their
//! `data_tests`, or `tests` as they were called before.

use super::super::forms::told;
use super::dbt_tests::{Test, test_of};
use super::{condition, shape};
use crate::contract::number_of;
use crate::exchange::Tool;
use crate::exchange::arguments::{Arguments, Dialect, Reason};
use crate::exchange::draft::{Board, Draft, Subject, logical_type};
use crate::exchange::forms::make;
use crate::problem::Problem;
use crate::verdict::Severity;
use crate::yaml::{Entry, Node, list, plain, text};

/// What is said of a test, and not to it.
const CONFIGURATION: [&str; 19] = [
    "arguments",
    "config",
    "name",
    "description",
    "where",
    "severity",
    "error_if",
    "warn_if",
    "store_failures",
    "store_failures_as",
    "limit",
    "fail_calc",
    "enabled",
    "tags",
    "meta",
    "alias",
    "schema",
    "database",
    "test_name",
];

pub(super) fn read(document: &Node) -> Result<Board, Problem> {
    let mut board = Board::new(Tool::Dbt, "dbt");
    for entry in document.entries().unwrap_or_default() {
        match entry.key.as_str() {
            "models" | "seeds" | "snapshots" => {
                for node in items(&entry.value, &entry.key)? {
                    table(&mut board, node, &Loaded::default())?;
                }
            }
            "sources" => {
                for source in items(&entry.value, "sources")? {
                    let loaded = Loaded::default().of(source);
                    for node in
                        source.get("tables").map_or(Ok(&[][..]), |it| items(it, "tables"))?
                    {
                        table(&mut board, node, &loaded)?;
                    }
                }
            }
            "unit_tests" | "data_tests" | "tests" => {
                let why =
                    "tests of how a model is computed, and single queries, are no rules of a table";
                board.leave_out(entry.place, &entry.key, why);
            }
            _ => {}
        }
    }
    Ok(board)
}

fn items<'a>(node: &'a Node, what: &str) -> Result<&'a [Node], Problem> {
    if node.is_null() {
        return Ok(&[]);
    }
    node.items().ok_or_else(|| shape(node, what, "a list"))
}

/// When the rows of a source were loaded, and how old they may be.
#[derive(Clone, Copy, Default)]
struct Loaded<'a> {
    field: Option<&'a str>,
    freshness: Option<&'a Node>,
}

impl<'a> Loaded<'a> {
    /// With what a source or table says of it, itself or in its `config`.
    fn of(self, node: &'a Node) -> Self {
        let get = |key| node.get(key).or_else(|| node.get("config").and_then(|it| it.get(key)));
        Self {
            field: get("loaded_at_field").and_then(Node::text).or(self.field),
            freshness: get("freshness").or(self.freshness),
        }
    }
}

fn table(board: &mut Board, node: &Node, loaded: &Loaded<'_>) -> Result<(), Problem> {
    let Some(name) = node.get("name").and_then(Node::text) else {
        return Err(shape(node, "a table of dbt", "keys with values, `name` among them"));
    };
    let table = board.table(name);
    if let (Some(told), Some(table)) =
        (node.get("description").and_then(Node::text), board.table_mut(table))
    {
        table.description = Some(told.trim().to_owned());
    }
    freshness(board, table, loaded.of(node));
    tests(board, table, node, None)?;
    for column in node.get("columns").map_or(Ok(&[][..]), |it| items(it, "columns"))? {
        let Some(name) = column.get("name").and_then(Node::text) else {
            return Err(shape(column, "a column", "keys with values, `name` among them"));
        };
        if let (Some(told), Some(table)) =
            (column.get("description").and_then(Node::text), board.table_mut(table))
        {
            table.describe(name, told.trim());
        }
        data_type(board, table, column, name);
        tests(board, table, column, Some(name))?;
    }
    Ok(())
}

/// `data_type` of a column.
fn data_type(board: &mut Board, table: usize, column: &Node, name: &str) {
    const KEPT: &str =
        "there it is kept only where the model's contract is enforced, and with its width";
    let Some(node) = column.get("data_type").filter(|node| !node.is_null()) else { return };
    let written = node.text().unwrap_or_default();
    let what = format!("{name}: data_type {written}");
    let known = logical_type(written).ok_or(format!("the type {written} is not known here"));
    let drafts = known.map(|logical| {
        let draft = Draft::of("logical_type", [name.to_owned()]);
        vec![draft.with("type", text(logical.name())).noting(KEPT)]
    });
    board.add(Subject { table, place: node.place, what: &what }, drafts);
}

fn tests(
    board: &mut Board,
    table: usize,
    node: &Node,
    column: Option<&str>,
) -> Result<(), Problem> {
    for key in ["data_tests", "tests"] {
        for test in node.get(key).map_or(Ok(&[][..]), |it| items(it, key))? {
            test_entry(board, table, test, column)?;
        }
    }
    for (key, why) in [
        ("constraints", "constraints are kept by the database that the table is written to"),
        ("versions", "versions of a model are not told apart here"),
    ] {
        if let Some(node) = node.get(key).filter(|node| !node.is_null()) {
            let what = column.map_or(key.to_owned(), |column| format!("{key} of {column}"));
            board.leave(Subject { table, place: node.place, what: &what }, why);
        }
    }
    Ok(())
}

/// A test: its name alone, its name with arguments under it, or `test_name` among them.
fn test_entry(
    board: &mut Board,
    table: usize,
    node: &Node,
    column: Option<&str>,
) -> Result<(), Problem> {
    let named = node.get("test_name").and_then(Node::text);
    let (name, own): (&str, &[Entry]) = match (node.text(), named, node.entries()) {
        (Some(name), ..) => (name, &[]),
        (None, Some(name), Some(entries)) => (name, entries),
        (None, None, Some([first, rest @ ..])) => {
            let under = first.value.entries().unwrap_or_default();
            (&first.key, if under.is_empty() { rest } else { under })
        }
        _ => return Err(shape(node, "a test", "a name, alone or with arguments")),
    };
    let is_argument = |entry: &&Entry| !CONFIGURATION.contains(&entry.key.as_str());
    let nested = own.iter().find(|entry| entry.key == "arguments");
    let nested = nested.and_then(|entry| entry.value.entries()).unwrap_or_default();
    let entries: Vec<&Entry> = nested.iter().chain(own.iter().filter(is_argument)).collect();
    let of_column = column.map_or(String::new(), |column| format!("{column}: "));
    let what = format!("{of_column}{}", told(name, &own.iter().collect::<Vec<_>>()));
    let subject = Subject { table, place: node.place, what: &what };
    let configuration = Configuration { own };
    let drafts = test_of(name)
        .ok_or_else(|| {
            "a test of the project's own, or of a package that is not known here".to_owned()
        })
        .and_then(|test| {
            let arguments = Arguments::new(Dialect::Sql, entries, column);
            let drafts = make(test.form, &arguments)?;
            configuration.apply(&test, drafts)
        });
    board.add(subject, drafts);
    Ok(())
}

/// A level at which a test fails, and what the number of failures must be for it not to.
type Level = (Severity, Vec<(&'static str, Node)>);

/// How a test is run, beside its arguments.
struct Configuration<'a> {
    own: &'a [Entry],
}

impl Configuration<'_> {
    fn get(&self, key: &str) -> Option<&Node> {
        let find = |entries: &'_ [Entry]| entries.iter().position(|entry| entry.key == key);
        let nested = self.own.iter().find(|entry| entry.key == "config");
        let nested = nested.and_then(|entry| entry.value.entries()).unwrap_or_default();
        let in_nested = find(nested).and_then(|place| nested.get(place));
        in_nested
            .or_else(|| self.own.get(find(self.own)?))
            .map(|entry| &entry.value)
            .filter(|node| !node.is_null())
    }

    fn apply(&self, test: &Test, drafts: Vec<Draft>) -> Result<Vec<Draft>, Reason> {
        let text = |key| self.get(key).and_then(Node::text);
        if text("enabled") == Some("false") {
            return Err("it is switched off".to_owned());
        }
        if self.get("fail_calc").is_some() {
            return Err("what is counted as a failure is a query of its own".to_owned());
        }
        let filter = text("where").map(condition::of_sql).transpose()?;
        let levels = self.levels()?;
        let counts = levels.iter().any(|(_, limit)| !limit.is_empty());
        if counts && (!test.counts_rows || drafts.iter().any(|draft| !draft.limit.is_empty())) {
            return Err(
                "error_if and warn_if count something else than failing rows there".to_owned()
            );
        }
        if counts && self.get("limit").is_some() {
            return Err("failures are counted up to a limit".to_owned());
        }
        if filter.is_some()
            && drafts.iter().any(|draft| matches!(draft.rule, "columns" | "logical_type"))
        {
            return Err("columns are there in all rows or in none".to_owned());
        }
        let of_type = |draft: &Draft| draft.rule == "logical_type";
        if drafts.iter().any(of_type) && levels.iter().any(|(level, _)| *level != Severity::Error) {
            return Err("a type is an error or nothing here".to_owned());
        }
        let made = |(severity, limit): &Level, draft: &Draft| {
            let mut draft = draft.clone().filtered(filter.clone());
            draft.severity = Some(*severity);
            draft.limit.extend(limit.iter().cloned());
            draft.name = text("name").map(str::to_owned);
            draft.description = text("description").map(str::to_owned);
            draft
        };
        Ok(levels
            .iter()
            .flat_map(|level| drafts.iter().map(move |draft| made(level, draft)))
            .collect())
    }

    /// The levels at which it fails, and what the number of failures must be for it not to.
    fn levels(&self) -> Result<Vec<Level>, Reason> {
        let limit = |key| match self.get(key) {
            None => Ok(None),
            Some(node) => kept_when_not(node.text().unwrap_or_default()).map(Some),
        };
        let (error, warning) = (limit("error_if")?, limit("warn_if")?);
        let level = self.get("severity").and_then(Node::text).unwrap_or("error");
        match level.to_ascii_lowercase().as_str() {
            "warn" => Ok(vec![(Severity::Warning, warning.unwrap_or_default())]),
            "error" => Ok(match (error, warning) {
                (None, _) => vec![(Severity::Error, Vec::new())],
                (Some(error), warning) => {
                    vec![(Severity::Error, error), (Severity::Warning, warning.unwrap_or_default())]
                }
            }),
            _ => Err(format!("the severity {level} is not known here")),
        }
    }
}

/// What a number of failures must be when a test fails at `> 10`, `!= 0` or `between 5 and 9`.
fn kept_when_not(condition: &str) -> Result<Vec<(&'static str, Node)>, Reason> {
    const OPERATORS: [(&str, &str); 8] = [
        (">=", "mustBeLessThan"),
        ("<=", "mustBeGreaterThan"),
        ("!=", "mustBe"),
        ("<>", "mustBe"),
        ("==", "mustNotBe"),
        (">", "mustBeLessOrEqualTo"),
        ("<", "mustBeGreaterOrEqualTo"),
        ("=", "mustNotBe"),
    ];
    let refused = || format!("the condition {condition:?} is not understood here");
    let whole = |text: &str| text.trim().parse::<u64>().map(plain).map_err(|_| refused());
    let words = condition.trim();
    if let Some(rest) = words.strip_prefix("between ") {
        let (low, high) = rest.split_once(" and ").ok_or_else(refused)?;
        return Ok(vec![("mustNotBeBetween", list([whole(low)?, whole(high)?]))]);
    }
    let found = OPERATORS.iter().find_map(|(sign, kept)| Some((words.strip_prefix(sign)?, *kept)));
    let (bound, kept) = found.ok_or_else(refused)?;
    let bound = whole(bound)?;
    // as a rule is without a limit
    if kept == "mustBe" && bound.text() == Some("0") {
        return Ok(Vec::new());
    }
    Ok(vec![(kept, bound)])
}

/// `freshness: {warn_after: {count: 12, period: hour}, error_after: …}` by `loaded_at_field`.
fn freshness(board: &mut Board, table: usize, loaded: Loaded<'_>) {
    let Some(node) = loaded.freshness.filter(|node| !node.is_null()) else { return };
    for (key, severity) in [("error_after", Severity::Error), ("warn_after", Severity::Warning)] {
        let Some(after) = node.get(key).filter(|after| !after.is_null()) else { continue };
        let made = || {
            let field = loaded.field.ok_or("no loaded_at_field names its column")?;
            let count = after.get("count").and_then(number_of).ok_or("it has no count")?;
            let unit = match after.get("period").and_then(Node::text) {
                Some("minute") => "minutes",
                Some("hour") => "hours",
                Some("day") => "days",
                _ => return Err("its period is none of minute, hour and day".to_owned()),
            };
            let filter =
                node.get("filter").and_then(Node::text).map(condition::of_sql).transpose()?;
            let draft = Draft::of("freshness", [field.to_owned()]).with("in", text(unit));
            let draft = draft.must("mustBeLessOrEqualTo", plain(count)).filtered(filter);
            Ok(vec![Draft { severity: Some(severity), ..draft }])
        };
        let what = format!("freshness: {key}");
        board.add(Subject { table, place: after.place, what: &what }, made());
    }
}
