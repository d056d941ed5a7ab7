//! Rule files of other tools as contracts.

pub(super) mod condition;
mod dbt;
mod dbt_tests;
mod gx;
mod rules;
mod soda;

use super::Tool;
use super::draft::{Board, Mapped, Unmapped};
use super::queries::Reads;
use crate::contract;
use crate::problem::Problem;
use crate::yaml::{self, Node};

/// What became of a file of another tool.
#[derive(Clone, Debug)]
pub struct Imported {
    /// Whose file it was.
    pub tool: Tool,
    /// The contract's YAML.
    pub contract: String,
    /// What was taken over.
    pub mapped: Vec<Mapped>,
    /// What was not.
    pub unmapped: Vec<Unmapped>,
}

/// Reads a file of another tool; `from` says which, else its content does, and `table` names the one
/// table that is wanted, or what a file without names is about. `reads` says of a query in SQL whether
/// a check runs it.
///
/// # Errors
/// A problem with its place, when the text cannot be read, is of no known tool, or has no such table.
pub fn import(
    text: &str,
    from: Option<Tool>,
    table: Option<&str>,
    reads: Reads<'_>,
) -> Result<Imported, Problem> {
    let document = yaml::read(text)?;
    let Some(tool) = from.or_else(|| detected(&document)) else {
        let what = "this is no file of Great Expectations, Soda or dbt, and no short rule file";
        return Err(Problem::error(document.place, what)
            .hint("a suite has `expectations`, SodaCL `checks for`, a contract of Soda `dataset`, dbt `models`, `sources`, `seeds` or `snapshots`, a short rule file `rules`"));
    };
    let mut board = match tool {
        Tool::GreatExpectations => gx::read(&document, table)?,
        Tool::Soda => soda::read(&document)?,
        Tool::Dbt => dbt::read(&document)?,
        Tool::Rules => return rules::read(&document, table),
    };
    board.settle(reads);
    board.mapped.sort_by_key(|mapped| mapped.place);
    board.unmapped.sort_by_key(|unmapped| unmapped.place);
    if let Some(table) = table {
        keep(&mut board, table, &document)?;
    }
    let contract = board.contract();
    Ok(Imported { tool, contract, mapped: board.mapped, unmapped: board.unmapped })
}

fn keep(board: &mut Board, table: &str, document: &Node) -> Result<(), Problem> {
    board.keep(table).map_err(|names| {
        let problem = Problem::error(document.place, format!("the file is about no table {table}"));
        let names = names.join(", ");
        problem.hint(if names.is_empty() {
            "it is about no table at all".to_owned()
        } else {
            format!("it is about {names}")
        })
    })
}

/// Whose file a document is, by its keys.
fn detected(document: &Node) -> Option<Tool> {
    let entries = document.entries()?;
    let has = |keys: &[&str]| entries.iter().any(|entry| keys.contains(&entry.key.as_str()));
    let is_soda = |key: &str| soda::SECTIONS.iter().any(|section| key.starts_with(section));
    if has(&["expectations", "expectation_suite_name"]) {
        Some(Tool::GreatExpectations)
    } else if entries.iter().any(|entry| is_soda(&entry.key)) || has(&["dataset"]) {
        Some(Tool::Soda)
    } else if has(&["models", "sources", "seeds", "snapshots"]) {
        Some(Tool::Dbt)
    } else if contract::is_rule_file(document) {
        Some(Tool::Rules)
    } else {
        None
    }
}

/// The problem of a part that has another shape than the tool gives it.
fn shape(node: &Node, what: &str, expected: &str) -> Problem {
    Problem::error(node.place, format!("{what} is {expected}, and not {}", node.kind()))
}
