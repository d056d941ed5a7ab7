//! Frequent values that came, went, or gained and lost share.

use shared_kernel_domain::table::Cell;

use crate::changes::{Change, ChangeKind, percent};
use crate::column::{ColumnProfile, TopValue};
use crate::findings::quoted;

/// At most so many values per column, those with the largest change.
const MOST_VALUES: usize = 3;

/// A value that comes or goes must have had such a share.
const LEAST_SHARE: f64 = 0.01;

/// The share of a value that stays must move by so much.
const LEAST_MOVE: f64 = 0.05;

/// Changes of the shares of frequent values.
pub(crate) fn value_changes(before: &ColumnProfile, after: &ColumnProfile) -> Vec<Change> {
    if !before.lists_every_value() && !after.lists_every_value() {
        // Lists that are both cut tell little: a value that is missing from one may just have
        // fallen below its end.
        return Vec::new();
    }
    let mut changes: Vec<Change> = Vec::new();
    for top in &after.top_values {
        let old = share_of(before, &top.value);
        changes.extend(old.and_then(|old| value_change(after, top, old, top.share)));
    }
    for top in &before.top_values {
        if find(after, &top.value).is_none() {
            let new = share_of(after, &top.value);
            changes.extend(new.and_then(|new| value_change(after, top, top.share, new)));
        }
    }
    changes.sort_by(|a, b| b.size.total_cmp(&a.size));
    changes.truncate(MOST_VALUES);
    changes
}

fn find<'a>(column: &'a ColumnProfile, value: &Cell) -> Option<&'a TopValue> {
    column.top_values.iter().find(|top| top.value == *value)
}

/// The share of a value; 0 where it is known not to be there, none where it is not known.
fn share_of(column: &ColumnProfile, value: &Cell) -> Option<f64> {
    match find(column, value) {
        Some(top) => Some(top.share),
        None => column.lists_every_value().then_some(0.0),
    }
}

fn value_change(column: &ColumnProfile, top: &TopValue, old: f64, new: f64) -> Option<Change> {
    let size = (new - old).abs();
    let moves = old > 0.0 && new > 0.0;
    if size < if moves { LEAST_MOVE } else { LEAST_SHARE } {
        return None;
    }
    let (value, name) = (quoted(&top.value), &column.name);
    let (kind, sentence) = if old == 0.0 {
        (
            ChangeKind::NewValue,
            format!("{value} is new in {name:?}: {} of its values", percent(new)),
        )
    } else if new == 0.0 {
        (
            ChangeKind::VanishedValue,
            format!("{value} is gone from {name:?}, it was {} of its values", percent(old)),
        )
    } else {
        (
            ChangeKind::ValueShare,
            format!("{} of {name:?} is {value}, it was {}", percent(new), percent(old)),
        )
    };
    Some(Change {
        kind,
        column: Some(name.clone()),
        before: Cell::Float(old),
        after: Cell::Float(new),
        size,
        sentence,
        compatibility: None,
    })
}
