//! Dates and times in texts, as Great Expectations says them.

use super::arguments::{Arguments, Reason};
use super::draft::Draft;
use crate::expression::TimeFormat;
use crate::yaml::text;

/// `column_values_to_match_strftime_format`, as Python's `strptime` reads it.
pub(super) fn time_format(arguments: &Arguments<'_>) -> Result<Draft, Reason> {
    let format = arguments.needed("strftime_format")?;
    if !format.contains('%') {
        return Err(format!("{format} says nothing of a date or time"));
    }
    TimeFormat::new(format)?;
    let draft = Draft::of("has_time_format", [arguments.column()?]).with("format", text(format));
    Ok(if format.contains("%a") || format.contains("%A") {
        draft.noting("a weekday that is not the date's breaks it here")
    } else {
        draft
    })
}
