//! **not_null**, **is_null** (completeness): a column has a value in every row, or in none. NaN
//! counts as missing. Never unknown.
//!
//! **not_blank** (completeness, text): a text holds more than white space. Unknown where there is
//! no text; use `not_null` for that.
//!
//! **missing_values** (completeness): a column has a value, and none of `values`, which stand for "no
//! value". Never unknown.

use super::{Arguments, Made, Test, list_of};
use crate::expression::{Comparison, Expression, Function};
use crate::verdict::Dimension;

pub(super) fn not_null(arguments: &Arguments<'_>) -> Option<Made> {
    arguments.column().map(|column| has_value(&column))
}

/// A column has a value in every row.
pub(crate) fn has_value(column: &str) -> Made {
    let condition = Expression::IsNull(Box::new(Expression::column(column))).negated();
    Made::rows("not_null", Dimension::Completeness, condition, format!("{column} has a value"))
}

pub(super) fn is_null(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let condition = Expression::IsNull(Box::new(Expression::column(&column)));
    let phrase = format!("{column} has no value");
    Some(Made::rows("is_null", Dimension::Conformity, condition, phrase))
}

pub(super) fn not_blank(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let trimmed = Expression::Call(Function::Trim, Box::new(Expression::column(&column)));
    let condition = trimmed.compared(Comparison::NotEqual, Expression::Text(String::new()));
    let phrase = format!("{column} is not blank");
    Some(Made::rows("not_blank", Dimension::Completeness, condition, phrase))
}

pub(super) fn missing_values(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    Some(of_missing(&column, arguments.record.constants("values")))
}

/// A column has a value that is none of some.
pub(crate) fn of_missing(column: &str, values: Vec<Expression>) -> Made {
    let phrase = if values.is_empty() {
        format!("{column} has a value")
    } else {
        format!("{column} has a value that is not {}", list_of(&values))
    };
    Made {
        kind: "missing_values",
        columns: vec![column.to_owned()],
        test: Test::Missing(column.to_owned(), values),
        phrase,
        dimension: Dimension::Completeness,
    }
}
