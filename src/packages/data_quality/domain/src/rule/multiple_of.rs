//! **multiple_of** (conformity, numbers): the number is a whole multiple of `of`, which is above
//! 0. Exact for whole numbers; with fractions, both are floating-point numbers. Unknown where
//! there is no number.

use super::{Arguments, Made};
use crate::expression::{Comparison, Expression, Number, Operation};
use crate::verdict::Dimension;

pub(super) fn multiple_of(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    if record.get("of").is_none() {
        record.problems().error(record.place(), "there is no `of`: a multiple of what?");
    }
    let unit = record.number("of")?;
    if unit.float <= 0.0 {
        record.problems().error(record.place_of("of"), "multiples are of a number above 0");
        return None;
    }
    Some(of_unit(&column, unit))
}

/// A column's numbers are multiples of a number above 0.
pub(crate) fn of_unit(column: &str, unit: Number) -> Made {
    let rest = Expression::Computed(
        Operation::Remainder,
        Box::new(Expression::column(column)),
        Box::new(Expression::Number(unit)),
    );
    let condition = rest.compared(Comparison::Equal, Expression::Number(Number::from(0)));
    let phrase = format!("{column} is a multiple of {unit}");
    Made::rows("multiple_of", Dimension::Conformity, condition, phrase)
}
