//! **sql** (accuracy), the standard's `type: sql`: `query` gives one number, which must be what
//! `mustBe…` says, or, without such a bound, one truth value, which must be true.
//!
//! **failing_rows** (accuracy): `query` gives the rows that break the rule, by their column
//! `row_number`, which the table has beside its own.
//!
//! A query is one statement that reads. It knows the contract's tables by their `name` or
//! `physicalName`; `{object}` stands for the table at which the rule stands, `{property}` for the
//! column. What it gives for rows in which a value is missing is its own affair: nulls are SQL's.

use super::{Arguments, Made, Test};
use crate::contract::Record;
use crate::problem::Problem;
use crate::verdict::Dimension;

/// Most characters of a query that a sentence shows.
const SHOWN: usize = 100;

/// A query and what is asked of its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The SQL.
    pub text: String,
    /// What is asked.
    pub asks: Asks,
}

/// What is asked of a query's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// One number, which the limit bounds.
    Number,
    /// One truth value, which must be true.
    Truth,
    /// The rows that break the rule.
    FailingRows,
}

/// Where a query stands: what its placeholders mean.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing<'a> {
    /// The name of the table.
    pub object: &'a str,
    /// The column, when it stands at one.
    pub column: Option<&'a str>,
}

pub(super) fn failing_rows(arguments: &Arguments<'_>) -> Option<Made> {
    of_record(arguments.record, arguments.standing, &arguments.columns, Asks::FailingRows)
}

/// The rule of a record's `query`.
pub(crate) fn of_record(
    record: &Record<'_>,
    standing: Standing<'_>,
    columns: &[String],
    asks: Asks,
) -> Option<Made> {
    let text = written(record, "query", standing)?;
    let shown = shown(&text);
    let (kind, phrase) = match asks {
        Asks::FailingRows => ("failing_rows", format!("no row is given by {shown}")),
        Asks::Number | Asks::Truth => ("sql", format!("the answer to {shown}")),
    };
    Some(Made {
        kind,
        columns: columns.to_vec(),
        test: Test::Query(Query { text, asks }),
        phrase,
        dimension: Dimension::Accuracy,
    })
}

/// The query at a key, with its placeholders filled in.
pub(super) fn written(
    record: &Record<'_>,
    key: &'static str,
    standing: Standing<'_>,
) -> Option<String> {
    let written = record.required_text(key)?;
    if written.trim().is_empty() {
        record.problems().error(record.place_of(key), "the query says nothing");
        return None;
    }
    if record.get("filter").is_some() {
        let problem =
            Problem::error(record.place_of("filter"), "a query takes no filter beside its own");
        record.problems().add(problem.hint("write it into the query's WHERE"));
    }
    Some(filled(written, standing))
}

/// A query in a sentence.
pub(super) fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// A query at a table, with its placeholders filled in.
pub(crate) fn of_table(query: &str, object: &str) -> String {
    filled(query, Standing { object, column: None })
}

/// A query with its placeholders filled in, which the standard writes with or without `$`.
fn filled(text: &str, standing: Standing<'_>) -> String {
    let mut filled = text.to_owned();
    let object = quoted(standing.object);
    for name in ["object", "table", "model"] {
        filled = put_in(&filled, name, &object);
    }
    if let Some(column) = standing.column {
        let column = quoted(column);
        for name in ["property", "column", "field"] {
            filled = put_in(&filled, name, &column);
        }
    }
    filled
}

fn put_in(text: &str, name: &str, value: &str) -> String {
    text.replace(&format!("${{{name}}}"), value).replace(&format!("{{{name}}}"), value)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_quoted_names() {
        let standing = Standing { object: "my \"flights\"", column: Some("dep delay") };
        assert_eq!(
            filled("SELECT max({property}) FROM ${object} -- {other}", standing),
            "SELECT max(\"dep delay\") FROM \"my \"\"flights\"\"\" -- {other}"
        );
    }
}
