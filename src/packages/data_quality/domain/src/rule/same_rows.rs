//! **same_rows** (consistency): the rows of this table and of another one, `to` (a file, its path
//! relative to the contract, or the name of a dataset), are the same, told apart by the columns `key`
//! (`to_key`, where they are called otherwise there). `columns` are compared (`to_columns` there);
//! without them, all others of this table.
//!
//! What breaks the rule, unless `differences` names some of it only: a row that is not there (`added`),
//! one that differs in some column (`changed`), and one there that is missing here (`missing`). A
//! missing value equals another one. Numbers are compared by value; with `tolerance`, as floating-point
//! numbers that are at most so far apart. A row whose key stands twice, here or there, can't be
//! compared: of those here all but the first break the rule, and all of them where it is repeated
//! there. A row without a value in a key column is unknown here, and not looked at there.
//!
//! `filter` is about this table's rows, `to_filter` about the other's.

use super::{Arguments, Made, Test, told_table};
use crate::contract::Record;
use crate::expression::Expression;
use crate::problem::{Problem, nearest};
use crate::verdict::Dimension;

/// How rows of two tables can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A row is here and not there.
    Added,
    /// A row differs in some column.
    Changed,
    /// A row is there and not here.
    Missing,
}

impl Difference {
    /// All of them and their names.
    const NAMES: [(&'static str, Self); 3] =
        [("added", Self::Added), ("changed", Self::Changed), ("missing", Self::Missing)];
}

/// Rows of another table that a table's are the same as.
#[derive(Clone, Debug, PartialEq)]
pub struct SameRows {
    /// The table: a path, relative to the contract's file, or the name of a dataset.
    pub table: String,
    /// What tells rows apart, here; the rule's columns.
    pub key: Vec<String>,
    /// The same there.
    pub key_there: Vec<String>,
    /// What is compared, here and there; `None`: all other columns.
    pub compared: Option<Vec<(String, String)>>,
    /// How far apart numbers may be.
    pub tolerance: Option<f64>,
    /// What breaks the rule.
    pub differences: Vec<Difference>,
    /// Which rows of the other table are looked at.
    pub filter: Option<Expression>,
}

impl SameRows {
    /// Whether a difference breaks the rule.
    pub fn looks_for(&self, difference: Difference) -> bool {
        self.differences.contains(&difference)
    }
}

pub(super) fn same_rows(arguments: &Arguments<'_>) -> Option<Made> {
    let record = arguments.record;
    let problems = record.problems();
    let table = record.required_text("to")?.to_owned();
    let key = record.texts("key");
    if key.is_empty() {
        let problem = Problem::error(record.place(), "nothing says what tells rows apart");
        problems.add(problem.hint("name the key columns with `key: [id]`"));
        return None;
    }
    let key_there = other_names(record, "to_key", &key)?;
    let compared = if arguments.columns.is_empty() {
        if let Some(node) = record.get("to_columns") {
            let problem = Problem::error(node.place, "which columns here are these compared with?");
            problems.add(problem.hint("name them with `columns`"));
            return None;
        }
        None
    } else {
        let there = other_names(record, "to_columns", &arguments.columns)?;
        Some(arguments.columns.iter().cloned().zip(there).collect())
    };
    let tolerance = record.number("tolerance").map(|tolerance| tolerance.float);
    if tolerance.is_some_and(|tolerance| tolerance < 0.0) {
        problems.error(record.place_of("tolerance"), "a tolerance is from 0");
        return None;
    }
    let filter = match record.text("to_filter") {
        Some(text) => Some(super::read_condition(text, record, "to_filter")?),
        None => None,
    };
    let differences = differences(record)?;
    let told = told_table(&table);
    let phrase = format!("the rows are those of {told} by {}", key.join(", "));
    let columns = key.clone();
    let same = SameRows { table, key, key_there, compared, tolerance, differences, filter };
    Some(Made {
        kind: "same_rows",
        columns,
        test: Test::SameRows(Box::new(same)),
        phrase,
        dimension: Dimension::Consistency,
    })
}

/// What columns are called in the other table; the same where nothing is said.
fn other_names(record: &Record<'_>, key: &'static str, here: &[String]) -> Option<Vec<String>> {
    let there = record.texts(key);
    if there.is_empty() {
        return Some(here.to_vec());
    }
    if there.len() != here.len() {
        let what = format!("{} columns here and {} there", here.len(), there.len());
        record.problems().error(record.place_of(key), what);
        return None;
    }
    Some(there)
}

fn differences(record: &Record<'_>) -> Option<Vec<Difference>> {
    let mut found = Vec::new();
    for name in record.texts("differences") {
        let known = Difference::NAMES.iter().find(|(known, _)| *known == name);
        let Some((_, difference)) = known else {
            let names = Difference::NAMES.map(|(known, _)| known);
            let hint =
                nearest(&name, names).unwrap_or_else(|| format!("write {}", names.join(", ")));
            let what = format!("there is no difference {name}");
            let problem = Problem::error(record.place_of("differences"), what);
            record.problems().add(problem.hint(hint));
            return None;
        };
        found.push(*difference);
    }
    Some(if found.is_empty() {
        Difference::NAMES.map(|(_, difference)| difference).to_vec()
    } else {
        found
    })
}
