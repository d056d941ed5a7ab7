//! **has_time_format** (conformity, text): the text is a date or time as `format` writes it, in the
//! letters of C's `strftime` (`%d.%m.%Y`) or of Java's `DateTimeFormatter` (`dd.MM.yyyy`), and a
//! real one. A column of dates has the formats of ISO 8601. Unknown where there is no value.

use super::{Arguments, Made};
use crate::expression::{Expression, TimeFormat};
use crate::problem::Problem;
use crate::verdict::Dimension;

pub(super) fn has_time_format(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let record = arguments.record;
    let text = record.required_text("format")?;
    match TimeFormat::new(text) {
        Ok(format) => Some(of_time_format(&column, format)),
        Err(what) => {
            let place = record.get("format").map_or(record.place(), |node| node.place);
            let problem = Problem::error(place, what);
            record.problems().add(problem.hint("write `format: '%d.%m.%Y'`"));
            None
        }
    }
}

/// A column's texts are dates or times that are written in a way.
pub(crate) fn of_time_format(column: &str, format: TimeFormat) -> Made {
    let phrase = format!("{column} is written as {format}");
    let condition = Expression::HasTimeFormat(Box::new(Expression::column(column)), format);
    Made::rows("has_time_format", Dimension::Conformity, condition, phrase)
}
