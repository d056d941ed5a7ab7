//! **matches**, **not_matches** (conformity, text): the text matches `pattern` somewhere, or
//! nowhere; `^` and `$` tie the pattern to the whole text. Patterns are regular expressions
//! without back references and look-around, so that each is matched in time linear in the text.
//! Unknown where there is no text.

use super::{Arguments, Made};
use crate::contract::Record;
use crate::expression::{Expression, Pattern};
use crate::problem::Problem;
use crate::verdict::Dimension;

pub(super) fn matches(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let pattern = needed(arguments)?;
    Some(of_pattern(&column, pattern))
}

/// A column's texts match a pattern.
pub(crate) fn of_pattern(column: &str, pattern: Pattern) -> Made {
    let phrase = format!("{column} matches {}", pattern.text());
    let condition = Expression::Matches(Box::new(Expression::column(column)), pattern);
    Made::rows("matches", Dimension::Conformity, condition, phrase)
}

pub(super) fn not_matches(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let pattern = needed(arguments)?;
    let phrase = format!("{column} does not match {}", pattern.text());
    let condition = Expression::Matches(Box::new(Expression::column(&column)), pattern).negated();
    Some(Made::rows("not_matches", Dimension::Conformity, condition, phrase))
}

fn needed(arguments: &Arguments<'_>) -> Option<Pattern> {
    if arguments.record.get("pattern").is_none() {
        arguments.record.problems().error(arguments.record.place(), "there is no pattern");
    }
    read(arguments.record)
}

/// The pattern of a record, if it has one that can be used.
pub(crate) fn read(record: &Record<'_>) -> Option<Pattern> {
    let text = record.text("pattern")?;
    Pattern::new(text)
        .map_err(|what| {
            let place = record.get("pattern").map_or(record.place(), |node| node.place);
            record.problems().add(
                Problem::error(place, format!("{text:?} is no pattern: {what}"))
                    .hint("patterns have no back references and no look-around"),
            );
        })
        .ok()
}
