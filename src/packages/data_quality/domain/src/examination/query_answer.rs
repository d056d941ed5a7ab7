//! What the answer to a rule's query says of the rule.

use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::sql::{ROW_NUMBER, SqlAnswer};
use shared_kernel_domain::table::Cell;

use super::judge::{Judge, RowsSeen};
use crate::result::CheckResult;
use crate::rule::{Asks, Query};
use crate::summary::KEPT;

/// Judges a rule by the answer to its query, on a table of so many rows.
pub(super) fn judge(
    judge: &Judge<'_>,
    query: &Query,
    answer: &Result<SqlAnswer, String>,
    rows: u64,
) -> CheckResult {
    let judged = answer.as_ref().map_err(Clone::clone).and_then(|answer| match query.asks {
        Asks::Number => Ok(judge.figure(Measured::exact(number(answer)?), rows)),
        Asks::Truth => Ok(judge.truth(truth(answer)?, rows)),
        Asks::FailingRows => {
            let failing = failing_rows(answer, rows)?;
            let first = failing.get(..failing.len().min(KEPT)).unwrap_or_default();
            Ok(judge.rows(&RowsSeen::of_rows(rows, failing.len() as u64, first)))
        }
    });
    judged.unwrap_or_else(|reason| judge.not_evaluated(&reason))
}

/// The rows that an answer names, ascending.
pub(super) fn named_rows(answer: &SqlAnswer) -> Vec<u64> {
    let numbers = answer.row_numbers.iter().flatten();
    numbers.filter_map(|number| u64::try_from(*number).ok()).collect()
}

/// The same, when they are rows of a table.
fn failing_rows(answer: &SqlAnswer, rows: u64) -> Result<Vec<u64>, String> {
    let Some(numbers) = &answer.row_numbers else {
        return Err(format!(
            "the query does not say which rows it gives: let it select {ROW_NUMBER} too"
        ));
    };
    let row = |number: &i64| u64::try_from(*number).ok().filter(|row| *row < rows);
    numbers
        .iter()
        .map(|number| row(number).ok_or_else(|| format!("the table has no row {number}")))
        .collect()
}

/// The one cell of an answer.
fn only(answer: &SqlAnswer) -> Result<&Cell, String> {
    match (answer.rows, answer.first.as_slice()) {
        (1, [Cell::Null]) => Err("the query gives no value".to_owned()),
        (1, [only]) => Ok(only),
        (rows, _) => {
            let columns = answer.columns.len();
            Err(format!(
                "a query gives one value, and this one has {rows} rows and {columns} columns"
            ))
        }
    }
}

fn number(answer: &SqlAnswer) -> Result<f64, String> {
    let number = match only(answer)? {
        Cell::Integer(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value),
        // exact decimals come as they are written
        Cell::Text(text) => text.parse().ok(),
        Cell::Boolean(_) => {
            return Err("the query gives true or false, and no number: leave mustBe out".to_owned());
        }
        Cell::Null => None,
    };
    number.filter(|number| number.is_finite()).ok_or_else(|| "the query gives no number".to_owned())
}

fn truth(answer: &SqlAnswer) -> Result<bool, String> {
    match only(answer)? {
        Cell::Boolean(value) => Ok(*value),
        _ => Err("nothing says what the query's answer must be".to_owned()),
    }
}
