//! **has_format** (conformity, text): the text has the form that `format` names: `email`, `uuid`,
//! `uri`, `hostname`, `ipv4`, `ipv6`, `date` (2013-01-31), `timestamp` (2013-01-31T10:00:00Z),
//! `number`, `integer`; a column of numbers has the latter two. Unknown where there is no value.

use super::{Arguments, Made};
use crate::expression::{Expression, Format};
use crate::verdict::Dimension;

pub(super) fn has_format(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let name = arguments.record.required_text("format")?;
    match Format::of_name(name) {
        Ok(format) => Some(of_format(&column, format)),
        Err(what) => {
            arguments.record.problems().error(arguments.record.place_of("format"), what);
            None
        }
    }
}

/// A column's texts have a form.
pub(crate) fn of_format(column: &str, format: Format) -> Made {
    let condition = Expression::HasFormat(Box::new(Expression::column(column)), format);
    let phrase = format!("{column} has the format {}", format.name());
    Made::rows("has_format", Dimension::Conformity, condition, phrase)
}
