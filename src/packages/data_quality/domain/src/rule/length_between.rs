//! **length_between** (conformity, text): the text has at least `minimum` and at most `maximum`
//! characters (Unicode scalar values); each may be left out. Unknown where there is no text.

use super::{Arguments, Made};
use crate::expression::{Comparison, Expression, Function, Number};
use crate::problem::Problem;
use crate::verdict::Dimension;

pub(super) fn length_between(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    let (least, most) = (record.whole("minimum"), record.whole("maximum"));
    if least > most && most.is_some() {
        let what = "no text has more than its maximum of characters";
        record.problems().add(
            Problem::error(record.place_of("minimum"), what).hint("exchange minimum and maximum"),
        );
    }
    let rule = of_lengths(&column, least, most);
    if rule.is_none() {
        let problem = Problem::error(record.place(), "there is no bound");
        record.problems().add(problem.hint("write `minimum: 1`, `maximum: 9` or both"));
    }
    rule
}

/// A column's texts have so many characters; `None` when there is no bound.
pub(crate) fn of_lengths(column: &str, least: Option<u64>, most: Option<u64>) -> Option<Made> {
    let phrase = match (least, most) {
        (None, None) => return None,
        (Some(least), Some(most)) if least == most => {
            format!("{column} has {least} characters")
        }
        (Some(least), Some(most)) => format!("{column} has {least} to {most} characters"),
        (Some(least), None) => format!("{column} has at least {least} characters"),
        (None, Some(most)) => format!("{column} has at most {most} characters"),
    };
    let part = |comparison, bound: u64| {
        let bound = Number::from(i64::try_from(bound).unwrap_or(i64::MAX));
        Expression::Call(Function::Length, Box::new(Expression::column(column)))
            .compared(comparison, Expression::Number(bound))
    };
    let parts = [
        least.map(|bound| part(Comparison::GreaterOrEqual, bound)),
        most.map(|bound| part(Comparison::LessOrEqual, bound)),
    ];
    let condition = Expression::And(parts.into_iter().flatten().collect());
    Some(Made::rows("length_between", Dimension::Conformity, condition, phrase))
}
