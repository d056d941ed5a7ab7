//! How values repeat.

use serde_json::json;
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::table::ColumnType;

use super::{FEW_VALUES, Finding, FindingKind, finding, percent, quoted};
use crate::column::ColumnProfile;

/// Above this share one value drowns the others.
const DOMINANT_SHARE: f64 = 0.95;

/// Above this, one less the entropy by the largest there could be, categories are out of balance.
const HIGH_IMBALANCE: f64 = 0.5;

/// Columns of more different values than this are no categories.
const MOST_CATEGORIES: u64 = 50;

/// Texts of which so many are different do not repeat enough to be categories.
const REPEATED_SHARE: f64 = 0.5;

/// Chance of a fit no better than that to a uniform distribution.
const UNIFORM_P_VALUE: f64 = 0.999;

pub(super) fn constant(column: &ColumnProfile) -> Option<Finding> {
    let value = column.top_values.first()?;
    let distinct = column.distinct.measured()?;
    (distinct.is_exact() && distinct.value == 1 && column.values() > 1).then(|| {
        finding(
            column,
            FindingKind::Constant,
            format!("all {} values are {}", column.values(), quoted(&value.value)),
            [
                ("value", json!(value.value)),
                ("values", json!(column.values())),
                ("threshold", json!(1)),
            ],
        )
    })
}

pub(super) fn near_constant(column: &ColumnProfile) -> Option<Finding> {
    let top = column.top_values.first()?;
    if is_constant(column) || column.values() < FEW_VALUES || top.share <= DOMINANT_SHARE {
        return None;
    }
    Some(finding(
        column,
        FindingKind::NearConstant,
        format!("{} of the values are {}", percent(top.share), quoted(&top.value)),
        [
            ("value", json!(top.value)),
            ("share", json!(top.share)),
            ("threshold", json!(DOMINANT_SHARE)),
        ],
    ))
}

/// Of texts, truth values and whole numbers with few different values.
pub(super) fn imbalanced(column: &ColumnProfile) -> Option<Finding> {
    let top = column.top_values.first()?;
    let distinct = *column.distinct.value()?;
    let imbalance = *column.frequencies.as_ref()?.imbalance.value()?;
    let categories =
        matches!(column.stored_type, ColumnType::Text | ColumnType::Boolean | ColumnType::Integer);
    if !categories
        || distinct > MOST_CATEGORIES
        || column.values() < FEW_VALUES
        || imbalance <= HIGH_IMBALANCE
        || top.share > DOMINANT_SHARE
    {
        return None;
    }
    Some(finding(
        column,
        FindingKind::Imbalanced,
        format!(
            "of {distinct} different values one, {}, has {} of the {}",
            quoted(&top.value),
            percent(top.share),
            column.unit()
        ),
        [
            ("imbalance", json!(imbalance)),
            ("distinct", json!(distinct)),
            ("value", json!(top.value)),
            ("share", json!(top.share)),
            ("threshold", json!(HIGH_IMBALANCE)),
        ],
    ))
}

/// Measured quantities are different by nature, so only what can identify a row counts.
pub(super) fn unique(column: &ColumnProfile) -> Option<Finding> {
    let identifies = matches!(
        column.stored_type,
        ColumnType::Integer | ColumnType::Text | ColumnType::Binary | ColumnType::Timestamp
    );
    let distinct = column.distinct.measured()?;
    let values = column.values();
    if !identifies || values < FEW_VALUES {
        return None;
    }
    let sentence = match distinct.exactness {
        Exactness::Exact if distinct.value == values => {
            format!("all {values} values are different")
        }
        Exactness::Approximate { error } => {
            let repeated = column.top_values.iter().any(|top| top.count.value > 1);
            let share = distinct.value as f64 / values as f64;
            if repeated || share < 1.0 - error {
                return None;
            }
            format!("nearly all of the {values} values seem to be different (an estimate)")
        }
        _ => return None,
    };
    let evidence =
        [("distinct", json!(distinct)), ("values", json!(values)), ("threshold", json!(1.0))];
    Some(finding(column, FindingKind::Unique, sentence, evidence))
}

/// Texts that repeat as categories do, but have too many different values to be told apart.
pub(super) fn high_cardinality(column: &ColumnProfile) -> Option<Finding> {
    let distinct = column.distinct.measured()?;
    let share = distinct.value as f64 / column.values() as f64;
    let many = column.stored_type == ColumnType::Text
        && distinct.value > MOST_CATEGORIES
        && share < REPEATED_SHARE;
    many.then(|| {
        finding(
            column,
            FindingKind::HighCardinality,
            format!("{} different texts are many for a category", distinct.value),
            [
                ("distinct", json!(distinct)),
                ("distinct_share", json!(share)),
                ("threshold", json!(MOST_CATEGORIES)),
            ],
        )
    })
}

pub(super) fn uniform(column: &ColumnProfile) -> Option<Finding> {
    if column.values() < FEW_VALUES {
        return None;
    }
    let of_numbers = column.distribution.as_ref().map(|known| &known.uniformity);
    let of_values = column.frequencies.as_ref().map(|known| &known.uniformity);
    let test = *of_numbers.or(of_values)?.value()?;
    (test.p_value > UNIFORM_P_VALUE).then(|| {
        finding(
            column,
            FindingKind::Uniform,
            "the values are spread as evenly as can be".to_owned(),
            [("test", json!(test)), ("threshold", json!(UNIFORM_P_VALUE))],
        )
    })
}

pub(super) fn unsupported(column: &ColumnProfile) -> Option<Finding> {
    let what = match column.stored_type {
        ColumnType::List => "lists",
        ColumnType::Struct => "records",
        _ => return None,
    };
    Some(finding(
        column,
        FindingKind::Unsupported,
        format!("{what} are compared as JSON text; what is within them is not looked into"),
        [("stored_type", json!(column.stored_type))],
    ))
}

fn is_constant(column: &ColumnProfile) -> bool {
    column.distinct.value().is_some_and(|&distinct| distinct == 1)
}
