//! **reference** (consistency): the values of `columns`, taken together, stand in `to_columns` of
//! another table, `to`: a file, its path relative to the contract, or the name of a dataset.
//! Without `to_columns`, the columns have the same names there. Numbers are compared by value.
//! Unknown where one of the columns is missing.

use super::{Arguments, Made, Test};
use crate::problem::Problem;
use crate::verdict::Dimension;

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
        reference.table
    );
    Made {
        kind: "reference",
        columns,
        test: Test::Reference(reference),
        phrase,
        dimension: Dimension::Consistency,
    }
}
