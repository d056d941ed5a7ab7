//! **in_set**, **not_in_set** (conformity): the value is one of `values`, or none of them. Values
//! are compared by type: text with text, numbers by value, dates as text in ISO 8601. Unknown
//! where there is no value.

use super::{Arguments, Made};
use crate::expression::Expression;
use crate::problem::Problem;
use crate::verdict::Dimension;

/// Values that a phrase names.
const NAMED: usize = 5;

pub(super) fn in_set(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let values = values(arguments)?;
    let phrase = format!("{column} is {}", list(&values));
    let condition = Expression::In(Box::new(Expression::column(&column)), values);
    Some(Made::rows("in_set", Dimension::Conformity, condition, phrase))
}

pub(super) fn not_in_set(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let values = values(arguments)?;
    let phrase = format!("{column} is not {}", list(&values));
    let condition = Expression::In(Box::new(Expression::column(&column)), values).negated();
    Some(Made::rows("not_in_set", Dimension::Conformity, condition, phrase))
}

fn values(arguments: &Arguments<'_>) -> Option<Vec<Expression>> {
    let values = arguments.record.constants("values");
    if values.is_empty() {
        let place = arguments.record.place_of("values");
        let problem = Problem::error(place, "the list of values is empty or missing");
        arguments.record.problems().add(problem.hint("write `values: [A, B]`"));
        return None;
    }
    Some(values)
}

/// Some values as a phrase tells them.
pub(crate) fn list(values: &[Expression]) -> String {
    let named: Vec<String> = values
        .iter()
        .take(NAMED)
        .map(|value| match value {
            Expression::Text(text) if !text.is_empty() => text.clone(),
            value => value.to_string(),
        })
        .collect();
    match values.len() {
        1 => named.concat(),
        count if count > NAMED => format!("one of {} and {} more", named.join(", "), count - NAMED),
        _ => format!("one of {}", named.join(", ")),
    }
}
