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

/// `base_query` and `comparison_query` give the same rows; the latter is asked of another data source there.
pub(super) fn same_answers(arguments: &Arguments<'_>) -> Result<Vec<Draft>, Reason> {
    const SOURCE: &str = "both queries are of the tables of the contract here, and the second of another data source there";
    arguments.know(&["comparison_data_source_name"]);
    if arguments.number("mostly")?.is_some_and(|share| share.float != 1.0) {
        return Err("the share is of the rows of the second query there".to_owned());
    }
    let query =
        |key| Ok::<_, Reason>(text(single(&arguments.needed(key)?.replace("{batch}", "{object}"))));
    let draft = Draft::of("same_answers", [])
        .with("query", query("base_query")?)
        .with("to_query", query("comparison_query")?);
    Ok(vec![draft.noting(SOURCE)])
}

/// A query without the sign that ends a statement.
fn single(query: &str) -> &str {
    query.trim().trim_end_matches(';').trim_end()
}
