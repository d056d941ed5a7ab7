//! **reference** (consistency): the values of `columns`, taken together, stand in `to_columns` of
//! another table, `to`: a file, its path relative to the contract, the name of a dataset, or
//! `previous_version`, the newest earlier version of the checked dataset for which the gate was open.
//! Without `to_columns`, the columns have the same names there. Numbers are compared by value.
//! Unknown where one of the columns is missing.

use super::{Arguments, Made, Test};
use crate::problem::Problem;
use crate::verdict::Dimension;

/// What the version before is called where a rule names a table.
pub const PREVIOUS_VERSION: &str = "previous_version";

/// A table that a rule names, as users read it.
pub(crate) fn told_table(table: &str) -> &str {
    if table == PREVIOUS_VERSION { "the version before" } else { table }
}

/// Columns of another table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// The table: a path, relative to the contract's file, or the name of a dataset.
    pub table: String,
    /// Its columns, in the order of the rule's columns.
    pub columns: Vec<String>,
}

pub(super) fn reference(arguments: &Arguments<'_>) -> Option<Made> {
    let record = arguments.record;
    if arguments.columns.is_empty() {
        let problem = Problem::error(record.place(), "a reference is from some column");
        record.problems().add(problem.hint("name it with `column: NAME`"));
    }
    let table = record.required_text("to")?;
    let named = record.texts("to_columns");
    let columns = if named.is_empty() { arguments.columns.clone() } else { named };
    if columns.len() != arguments.columns.len() {
        let what =
            format!("a reference from {} columns to {}", arguments.columns.len(), columns.len());
        record.problems().error(record.place_of("to_columns"), what);
        return None;
    }
    Some(to_table(arguments.columns.clone(), Reference { table: table.to_owned(), columns }))
}

/// Some columns refer to another table.
pub(crate) fn to_table(columns: Vec<String>, reference: Reference) -> Made {
    let phrase = format!(
        "{} stands in {} of {}",
        columns.join(", "),
        reference.columns.join(", "),
        told_table(&reference.table)
    );
    Made {
        kind: "reference",
        columns,
        test: Test::Reference(reference),
        phrase,
        dimension: Dimension::Consistency,
    }
}
