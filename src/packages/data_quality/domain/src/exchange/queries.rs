//! Rules of other tools that are queries in SQL.

use super::arguments::{Arguments, Reason};
use super::draft::Draft;
use crate::yaml::{plain, text};

/// Whether a query is one that a check runs: the names of the tables that it reads, or why it is
/// refused.
pub type Reads<'a> = &'a dyn Fn(&str) -> Result<Vec<String>, String>;

/// A query that gives a value.
pub(super) fn value(query: &str) -> Draft {
    Draft::of("sql", []).with("query", text(single(query)))
}

/// How many rows a query gives.
pub(super) fn count_of(query: &str) -> Draft {
    value(&format!("SELECT count(*) FROM (\n{}\n) AS rows_that_fail", single(query)))
}

/// No row is given by `unexpected_rows_query`, in which `{batch}` is the table.
pub(super) fn no_unexpected_rows(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    let query = arguments.needed("unexpected_rows_query")?;
    let query = query.replace("{batch}", "{object}");
    Ok(vec![count_of(&query).must("mustBe", plain(0))])
}

/// A query without the sign that ends a statement.
fn single(query: &str) -> &str {
    query.trim().trim_end_matches(';').trim_end()
}
