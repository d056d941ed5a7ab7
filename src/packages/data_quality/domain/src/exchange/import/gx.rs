//! Suites of Great Expectations: `{name, expectations: [{type, kwargs, meta, severity}]}`, and
//! `{expectation_suite_name, expectations: [{expectation_type, kwargs, meta}]}` of 0.x.

use super::shape;
use crate::exchange::Tool;
use crate::exchange::arguments::{Arguments, Dialect};
use crate::exchange::draft::{Board, Draft, Subject};
use crate::exchange::forms::{form_of, make, told};
use crate::problem::Problem;
use crate::verdict::Severity;
use crate::yaml::{Entry, Node};

/// Arguments that say how results are told, and not what is tested.
const HOW: [&str; 8] = [
    "result_format",
    "catch_exceptions",
    "include_config",
    "batch_id",
    "auto",
    "profiler_config",
    "rendered_content",
    "windows",
];

pub(super) fn read(document: &Node, table: Option<&str>) -> Result<Board, Problem> {
    let name = ["name", "expectation_suite_name"]
        .into_iter()
        .find_map(|key| document.get(key).and_then(Node::text))
        .unwrap_or("suite");
    let expectations = match document.get("expectations") {
        Some(node) => node.items().ok_or_else(|| shape(node, "expectations", "a list"))?,
        None => return Err(Problem::error(document.place, "the suite has no expectations")),
    };
    let mut board = Board::new(Tool::GreatExpectations, name);
    let table = board.table(table.unwrap_or(name));
    for node in expectations {
        expectation(&mut board, table, node)?;
    }
    Ok(board)
}

fn expectation(board: &mut Board, table: usize, node: &Node) -> Result<(), Problem> {
    let name = node.get("type").or_else(|| node.get("expectation_type")).and_then(Node::text);
    let Some(name) = name else {
        return Err(shape(node, "an expectation", "keys with values, `type` among them"));
    };
    let entries: Vec<&Entry> =
        node.get("kwargs").and_then(Node::entries).unwrap_or_default().iter().collect();
    let what = told(name, &entries);
    let subject = Subject { table, place: node.place, what: &what };
    let Some(form) = form_of(name) else {
        board.leave(subject, "an expectation of this name is not known here");
        return Ok(());
    };
    let is_computed = |entry: &&Entry| {
        entry.value.entries().is_some_and(|keys| keys.iter().any(|key| key.key == "$PARAMETER"))
    };
    if entries.iter().any(is_computed) {
        board.leave(subject, "it takes a value that is computed when it runs");
        return Ok(());
    }
    let arguments = Arguments::new(Dialect::GreatExpectations, entries, None);
    arguments.know(&HOW);
    let severity = match node.get("severity").and_then(Node::text) {
        Some("warning") => Severity::Warning,
        Some("info") => Severity::Info,
        _ => Severity::Error,
    };
    let notes = node.get("notes").or_else(|| node.get("meta").and_then(|meta| meta.get("notes")));
    let notes = node.get("description").or(notes).and_then(Node::text);
    let drafts = make(form, &arguments).and_then(|drafts| {
        let of_type = |draft: &Draft| draft.rule == "logical_type";
        if severity != Severity::Error && drafts.iter().any(of_type) {
            return Err("a type is an error or nothing here".to_owned());
        }
        let finished = |draft| Draft {
            severity: Some(severity),
            description: notes.map(str::to_owned),
            ..draft
        };
        Ok(drafts.into_iter().map(finished).collect())
    });
    board.add(subject, drafts);
    Ok(())
}
