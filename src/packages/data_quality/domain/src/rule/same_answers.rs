//! **same_answers** (consistency): the queries `query` and `to_query` give the same rows, each as often, in
//! any order. Columns are compared by their place; a missing value equals another one, and types that
//! differ are made alike as by SQL's UNION. A row that only one of the two gives, or gives more often, breaks the
//! rule, as often as it is given too often. Both queries are as those of `sql`.

use super::query::{shown, written};
use super::{Arguments, Made, Test};
use crate::verdict::Dimension;

/// Two queries whose answers are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameAnswers {
    /// The one.
    pub query: String,
    /// The other.
    pub to_query: String,
}

pub(super) fn same_answers(arguments: &Arguments<'_>) -> Option<Made> {
    let query = written(arguments.record, "query", arguments.standing)?;
    let to_query = written(arguments.record, "to_query", arguments.standing)?;
    let phrase = format!("the rows of {} are those of {}", shown(&query), shown(&to_query));
    Some(Made {
        kind: "same_answers",
        columns: arguments.columns.clone(),
        test: Test::SameAnswers(SameAnswers { query, to_query }),
        phrase,
        dimension: Dimension::Consistency,
    })
}
