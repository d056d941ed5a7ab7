//! **expression** (consistency): a condition over the columns of a row holds, such as
//! `arr_delay - dep_delay between -120 and 250`; see `docs/guide/contracts.md` for its words.
//! Unknown where a missing value leaves it open.

use super::{Arguments, Made};
use crate::contract::Record;
use crate::expression::{Expression, parse};
use crate::problem::Problem;
use crate::verdict::Dimension;

pub(super) fn expression(arguments: &Arguments<'_>) -> Option<Made> {
    let record = arguments.record;
    let text = record.required_text("expression")?;
    of_text(text, record, "expression")
}

/// The rule that a written condition holds.
pub(crate) fn of_text(text: &str, record: &Record<'_>, key: &'static str) -> Option<Made> {
    let condition = read(text, record, key)?;
    let phrase = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Made::rows("expression", Dimension::Consistency, condition, phrase))
}

/// Reads a condition that stands at a key.
pub(crate) fn read(text: &str, record: &Record<'_>, key: &'static str) -> Option<Expression> {
    parse(text)
        .map_err(|what| {
            let place = record.get(key).map_or(record.place(), |node| node.place);
            record.problems().add(Problem::error(place, what));
        })
        .ok()
}
