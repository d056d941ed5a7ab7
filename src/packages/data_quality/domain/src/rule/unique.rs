//! **unique** (uniqueness): no row repeats another in `columns`, or, without them, in all columns.
//! Of rows that agree, all but the first fail. Counted exactly, in a pass of its own: rows are
//! compared by a 128-bit digest of their values. Rows whose columns are all missing are not
//! compared; a missing value equals another one. Takes no filter.

use super::{Arguments, Made, Test};
use crate::verdict::Dimension;

#[expect(clippy::unnecessary_wraps, reason = "the form every kind has")]
pub(super) fn unique(arguments: &Arguments<'_>) -> Option<Made> {
    if let Some(node) = arguments.record.get("filter") {
        arguments.record.problems().error(node.place, "a rule of uniqueness takes no filter");
    }
    Some(of_columns(arguments.columns.clone()))
}

/// No row repeats another in some columns.
pub(crate) fn of_columns(columns: Vec<String>) -> Made {
    let phrase = match columns.as_slice() {
        [] => "every row is different".to_owned(),
        [only] => format!("{only} is different in every row"),
        several => format!("{} together are different in every row", several.join(", ")),
    };
    Made { kind: "unique", columns, test: Test::Unique, phrase, dimension: Dimension::Uniqueness }
}
