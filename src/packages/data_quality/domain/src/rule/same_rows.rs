//! **same_rows** (consistency): the rows of this table and of another one, `to` (a file, its path
//! relative to the contract, or the name of a dataset), are the same, told apart by the columns `key`
//! (`to_key`, where they are called otherwise there). `columns` are compared (`to_columns` there);
//! without them, all others of this table.
//!
//! Without a key, rows are told apart by all that is compared, and each must stand as often here as
//! there. A row that is not there, or stands less often there, is `added`, as often as there are more of it
//! here; one that stands less often here is `missing`, and none is changed.
//!
//! With a key, what breaks the rule, unless `differences` names some of it only: a row that is not there (`added`),
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
    /// What tells rows apart, here; none: all that is compared.
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
    if key.is_empty() && !stands_without_key(record) {
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
    let mut differences = differences(record)?;
    let told = told_table(&table);
    let (columns, by) = if key.is_empty() {
        differences.retain(|it| *it != Difference::Changed);
        (arguments.columns.clone(), "in")
    } else {
        (key.clone(), "by")
    };
    let by =
        if columns.is_empty() { String::new() } else { format!(" {by} {}", columns.join(", ")) };
    let phrase = format!("the rows are those of {told}{by}");
    let same = SameRows { table, key, key_there, compared, tolerance, differences, filter };
    Some(Made {
        kind: "same_rows",
        columns,
        test: Test::SameRows(Box::new(same)),
        phrase,
        dimension: Dimension::Consistency,
    })
}

/// Whether nothing is said that is only so of rows with a key.
fn stands_without_key(record: &Record<'_>) -> bool {
    let changed = record.texts("differences").iter().any(|name| name == "changed");
    let of_key = ["to_key", "tolerance"].into_iter().find(|key| record.get(key).is_some());
    let Some(argument) = of_key.or(changed.then_some("differences")) else { return true };
    let what = match argument {
        "to_key" => "there is no key here to be called otherwise there",
        "tolerance" => "rows without a key are the same or not, without a tolerance",
        _ => "rows without a key are there or not, and are not changed",
    };
    let problem = Problem::error(record.place_of(argument), what);
    record.problems().add(problem.hint("name the columns that tell rows apart with `key: [id]`"));
    false
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
