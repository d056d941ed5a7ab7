//! **moving_z_score** (accuracy, numbers): how many standard deviations (the sample's) a value lies above the mean
//! of the `window` values before it is within `minimum` and `maximum`, or above `exclusiveMinimum` and below
//! `exclusiveMaximum`. What is before it is said by the values of the column `order`, and of equal ones by the
//! rows; with `by`, a column or several, it is among the rows that agree in them. Neither the value itself nor what
//! comes after it is in the mean and the deviation. Unknown where one of the two columns has no value,
//! where fewer values than `window` are before it, and where these are all the same.

use super::in_order::InOrder;
use super::z_score::{ScoreBounds, score_bounds};
use super::{Arguments, ByValue, Made, Test, ValueTest};
use crate::problem::Problem;
use crate::verdict::Dimension;

/// How many values may be in a window: of fewer there is no deviation, and more are a history of their own.
const WINDOWS: std::ops::RangeInclusive<u64> = 2..=366;

pub(super) fn moving_z_score(arguments: &Arguments<'_>) -> Option<Made> {
    let (column, record) = (arguments.column()?, arguments.record);
    let order = record.required_text("order")?.to_owned();
    if record.get("window").is_none() {
        let problem = Problem::error(record.place(), "nothing says how many values are before one");
        record.problems().add(problem.hint("write `window: 7`"));
        return None;
    }
    let window = record.whole("window")?;
    if !WINDOWS.contains(&window) {
        let what = format!("a window holds {} to {} values", WINDOWS.start(), WINDOWS.end());
        record.problems().error(record.place_of("window"), what);
        return None;
    }
    let ScoreBounds { least, most, told } = score_bounds(record, "the moving z-score")?;
    let by = record.texts("by");
    let within = if by.is_empty() { String::new() } else { format!(" for each {}", by.join(", ")) };
    let phrase = format!(
        "the z-score of {column} among the {window} values before it by {order}{within} is {told}"
    );
    let test = ValueTest::Moving { window: window as usize, least, most };
    let test = Test::InOrder(InOrder::ByValue(ByValue { test, by }));
    let columns = if order == column { vec![column] } else { vec![column, order] };
    Some(Made { kind: "moving_z_score", columns, test, phrase, dimension: Dimension::Accuracy })
}
