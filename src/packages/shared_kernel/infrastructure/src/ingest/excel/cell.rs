//! Cells of a sheet as the text that columns are typed from.
//!
//! Excel keeps dates, times and durations as numbers of days; only a cell's style says which they
//! are. Days count from 1899-12-31, with a 29 February 1900 that never was as day 60, or from
//! 1904-01-01. Times are kept to the millisecond.

use std::fmt::Write;

use calamine::{DataRef, ExcelDateTime};
use jiff::Span;
use jiff::civil::Date;

use crate::ingest::block::CellForm;
use crate::ingest::kind::is_null_text;

const DAY: i64 = 86_400_000;
/// 1904-01-01 in days since 1970.
const EPOCH_1904: i64 = -24_107;
/// 1899-12-31 in days since 1970.
const EPOCH_1900: i64 = -25_568;
/// The day that Excel has and the calendar has not.
const NO_DAY: i64 = 60;
/// Whole numbers from here on are not all numbers of Excel.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// What the dated cells of a column have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moments {
    /// One had a date and a time of day: all dates are written with their time.
    pub(super) timed: bool,
}

impl Moments {
    /// Takes a cell into account.
    pub(super) fn add(&mut self, cell: &DataRef<'_>) {
        if let DataRef::DateTime(moment) = cell {
            let time = milliseconds(moment);
            self.timed |= !moment.is_duration() && time >= DAY && time % DAY != 0;
        }
    }
}

/// Whether there is nothing in a cell.
pub(super) fn is_blank(cell: &DataRef<'_>) -> bool {
    match cell {
        DataRef::Empty => true,
        DataRef::String(text) => text.is_empty(),
        DataRef::SharedString(text) => text.is_empty(),
        _ => false,
    }
}

/// Writes a cell's text and says what it is. An error is no value: nothing is written.
pub(super) fn write_cell(
    cell: &DataRef<'_>,
    moments: Moments,
    since_1904: bool,
    text: &mut String,
) -> CellForm {
    match cell {
        DataRef::Empty | DataRef::Error(_) => return CellForm::Null,
        DataRef::Int(number) => push(text, number),
        DataRef::Float(number) => write_number(*number, text),
        DataRef::Bool(truth) => push(text, truth),
        DataRef::String(value) => return write_text(value, text),
        DataRef::SharedString(value) => return write_text(value, text),
        DataRef::DateTimeIso(value) | DataRef::DurationIso(value) => {
            text.push_str(value);
            return CellForm::Quoted;
        }
        DataRef::DateTime(moment) => return write_moment(moment, moments, since_1904, text),
    }
    CellForm::Bare
}

/// A text that often means null may be one here too; any other is text and no number, even if it
/// has only digits.
fn write_text(value: &str, text: &mut String) -> CellForm {
    if value.is_empty() {
        return CellForm::Null;
    }
    text.push_str(value);
    if is_null_text(value.trim_ascii().as_bytes()) { CellForm::Bare } else { CellForm::Quoted }
}

fn write_number(number: f64, text: &mut String) {
    if number.fract() == 0.0 && number.abs() < LARGEST_WHOLE {
        push(text, number as i64);
    } else if number.is_finite() {
        // shortest text that reads back, with a point or an exponent
        push(text, format_args!("{number:?}"));
    }
}

fn write_moment(
    moment: &ExcelDateTime,
    moments: Moments,
    since_1904: bool,
    text: &mut String,
) -> CellForm {
    let time = milliseconds(moment);
    if moment.is_duration() {
        if time < 0 {
            text.push('-');
        }
        write_clock(time.unsigned_abs(), text);
        return CellForm::Elapsed;
    }
    if (0..DAY).contains(&time) {
        write_clock(time.unsigned_abs(), text);
        return CellForm::Clock;
    }
    let Some(date) = date(time.div_euclid(DAY), since_1904).filter(|_| time >= 0) else {
        write_number(moment.as_f64(), text);
        return CellForm::Bare;
    };
    text.push_str(&date);
    if moments.timed {
        text.push('T');
        write_clock(time.rem_euclid(DAY).unsigned_abs(), text);
    }
    CellForm::Bare
}

/// Days as milliseconds, rounded.
fn milliseconds(moment: &ExcelDateTime) -> i64 {
    (moment.as_f64() * DAY as f64).round() as i64
}

/// A day of Excel's as the calendar has it.
fn date(day: i64, since_1904: bool) -> Option<String> {
    let since_1970 = match day {
        day if since_1904 => day + EPOCH_1904,
        NO_DAY => return Some("1900-02-29".to_owned()),
        day if day < NO_DAY => day + EPOCH_1900,
        day => day - 1 + EPOCH_1900,
    };
    let span = Span::new().try_days(since_1970).ok()?;
    Some(Date::constant(1970, 1, 1).checked_add(span).ok()?.to_string())
}

/// Milliseconds as hours, minutes and seconds.
fn write_clock(time: u64, text: &mut String) {
    let (seconds, rest) = (time / 1_000, time % 1_000);
    let (minutes, hours) = (seconds / 60 % 60, seconds / 3_600);
    push(text, format_args!("{hours:02}:{minutes:02}:{:02}", seconds % 60));
    if rest > 0 {
        push(text, format_args!(".{rest:03}"));
    }
}

fn push(text: &mut String, value: impl std::fmt::Display) {
    // writing to a string cannot fail
    let _ = write!(text, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType;

    fn moment(days: f64, timed: bool, since_1904: bool) -> (String, CellForm) {
        let cell = ExcelDateTime::new(days, ExcelDateTimeType::DateTime, since_1904);
        written(&DataRef::DateTime(cell), Moments { timed }, since_1904)
    }

    fn written(cell: &DataRef<'_>, moments: Moments, since_1904: bool) -> (String, CellForm) {
        let mut text = String::new();
        let form = write_cell(cell, moments, since_1904, &mut text);
        (text, form)
    }

    #[test]
    fn days_follow_the_calendar() {
        for (days, text) in [
            (1.0, "1900-01-01"),
            (59.0, "1900-02-28"),
            (60.0, "1900-02-29"),
            (61.0, "1900-03-01"),
            (25_569.0, "1970-01-01"),
            (45_351.0, "2024-02-29"),
            (2_958_465.0, "9999-12-31"),
        ] {
            assert_eq!(moment(days, false, false), (text.to_owned(), CellForm::Bare));
        }
        assert_eq!(moment(43_889.0, false, true).0, "2024-02-29");
        assert_eq!(moment(1e18, false, false).1, CellForm::Bare);
        assert_eq!(moment(-5.5, false, false), ("-5.5".to_owned(), CellForm::Bare));
    }

    #[test]
    fn times_are_kept_to_the_millisecond() {
        let days = 45_351.0 + 47_100.0 / 86_400.0;
        assert_eq!(moment(days, true, false).0, "2024-02-29T13:05:00");
        assert_eq!(moment(45_351.0, true, false).0, "2024-02-29T00:00:00");
        assert_eq!(moment(0.5, true, false), ("12:00:00".to_owned(), CellForm::Clock));
        assert_eq!(moment(45_351.999_999_999_9, true, false).0, "2024-03-01T00:00:00");
        let elapsed = ExcelDateTime::new(-1.25, ExcelDateTimeType::TimeDelta, false);
        let elapsed = written(&DataRef::DateTime(elapsed), Moments::default(), false);
        assert_eq!(elapsed, ("-30:00:00".to_owned(), CellForm::Elapsed));
    }

    #[test]
    fn a_whole_column_is_timed_if_one_cell_is() {
        let cell =
            |days| DataRef::DateTime(ExcelDateTime::new(days, ExcelDateTimeType::DateTime, false));
        let mut moments = Moments::default();
        moments.add(&cell(45_351.0));
        moments.add(&cell(0.25));
        assert!(!moments.timed);
        moments.add(&cell(45_351.5));
        assert!(moments.timed);
    }

    #[test]
    fn numbers_are_whole_where_they_can_be_and_texts_stay_texts() {
        let plain = |cell: DataRef<'_>| written(&cell, Moments::default(), false);
        assert_eq!(plain(DataRef::Float(3.0)), ("3".to_owned(), CellForm::Bare));
        assert_eq!(plain(DataRef::Float(0.1)), ("0.1".to_owned(), CellForm::Bare));
        assert_eq!(plain(DataRef::Float(1e300)), ("1e300".to_owned(), CellForm::Bare));
        assert_eq!(plain(DataRef::SharedString("007")), ("007".to_owned(), CellForm::Quoted));
        assert_eq!(plain(DataRef::SharedString("n/a")), ("n/a".to_owned(), CellForm::Bare));
        assert_eq!(plain(DataRef::SharedString("")).1, CellForm::Null);
    }
}
