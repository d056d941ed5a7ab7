//! Values that are not there.

use serde_json::json;

use super::{Finding, FindingKind, finding, percent, texts};
use crate::column::ColumnProfile;

/// Above this share of missing values a column is mostly missing.
const HIGH_NULL_SHARE: f64 = 0.3;

pub(super) fn all_null(column: &ColumnProfile) -> Finding {
    finding(
        column,
        FindingKind::AllNull,
        format!("all {} {} are missing", column.rows, column.unit()),
        [("nulls", json!(column.nulls)), ("rows", json!(column.rows))],
    )
}

pub(super) fn high_null_share(column: &ColumnProfile) -> Option<Finding> {
    let share = *column.null_share.value()?;
    (share > HIGH_NULL_SHARE).then(|| {
        finding(
            column,
            FindingKind::HighNullShare,
            format!("{} of the {} have no value", percent(share), column.unit()),
            [
                ("null_share", json!(share)),
                ("nulls", json!(column.nulls)),
                ("threshold", json!(HIGH_NULL_SHARE)),
            ],
        )
    })
}

pub(super) fn disguised_nulls(column: &ColumnProfile) -> Option<Finding> {
    let null_texts = &column.texts.as_ref()?.null_texts;
    let count: u64 = null_texts.iter().map(|null| null.count).sum();
    let first = null_texts.first()?;
    let stand = texts(count, "stands", "stand");
    Some(finding(
        column,
        FindingKind::DisguisedNulls,
        format!("{stand} for a missing value, such as {:?}", first.text),
        [("texts", json!(null_texts)), ("count", json!(count)), ("threshold", json!(0))],
    ))
}
