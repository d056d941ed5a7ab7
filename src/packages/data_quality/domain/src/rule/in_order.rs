//! **increasing**, **decreasing** (consistency): each value of the column is at least, or at most, the
//! one before it, in the order of the table's rows; with `strictly: true` it is greater, or smaller.
//! With `by`, a column or several, it is compared with the one before it among the rows that agree in
//! them (a missing value is one of its own). Numbers, dates, times, and texts by code points. A row
//! without a value is unknown, and the next one is compared with the last value that is there; rows
//! that a filter leaves out are not there at all.
//!
//! **consistent_casing** (conformity, text): a text that is the same as an earlier one but for capitals
//! is the same altogether. Of several ways to write it, the one that stands first keeps the rule.
//! Unknown where there is no text.

use super::{Arguments, ByValue, Made, Test};
use crate::verdict::Dimension;

/// What is looked at in the order of the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum InOrder {
    /// Values follow one another, among rows that agree in some columns.
    Sequence(Sequence, Vec<String>),
    /// Texts are written alike.
    ConsistentCasing,
    /// Values in their own order, which needs all of them.
    ByValue(ByValue),
}

/// How values follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Upward, else downward.
    pub increasing: bool,
    /// Equal ones do not.
    pub strictly: bool,
}

pub(super) fn increasing(arguments: &Arguments<'_>) -> Option<Made> {
    sequence("increasing", arguments)
}

pub(super) fn decreasing(arguments: &Arguments<'_>) -> Option<Made> {
    sequence("decreasing", arguments)
}

fn sequence(kind: &'static str, arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let strictly = arguments.record.flag("strictly").unwrap_or_default();
    let by = arguments.record.texts("by");
    let told = if strictly { "strictly " } else { "" };
    let within = if by.is_empty() { String::new() } else { format!(" for each {}", by.join(", ")) };
    let phrase = format!("{column} is {told}{kind} from row to row{within}");
    let test = InOrder::Sequence(Sequence { increasing: kind == "increasing", strictly }, by);
    let (columns, dimension) = (vec![column], Dimension::Consistency);
    Some(Made { kind, columns, test: Test::InOrder(test), phrase, dimension })
}

pub(super) fn consistent_casing(arguments: &Arguments<'_>) -> Option<Made> {
    let column = arguments.column()?;
    let phrase = format!("{column} is written with the same capitals everywhere");
    Some(Made {
        kind: "consistent_casing",
        columns: vec![column],
        test: Test::InOrder(InOrder::ConsistentCasing),
        phrase,
        dimension: Dimension::Conformity,
    })
}
