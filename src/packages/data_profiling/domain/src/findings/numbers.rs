//! How numbers are spread and rounded.

use serde_json::json;

use super::{FEW_VALUES, Finding, FindingKind, finding, percent};
use crate::column::ColumnProfile;
use crate::figure::Figure;

use shared_kernel_domain::measured::Exactness;

/// Above this skewness, in either direction, a mean says little.
const HIGH_SKEWNESS: f64 = 5.0;

/// Above this share zeros stand out.
const HIGH_ZERO_SHARE: f64 = 0.25;

/// Above this share of values with the last digit 0 or 5, where one in five is to be expected.
const HIGH_ROUNDED_SHARE: f64 = 0.5;

pub(super) fn not_finite(column: &ColumnProfile) -> Option<Finding> {
    let numbers = column.numbers.as_ref()?;
    (numbers.nan + numbers.infinite > 0).then(|| {
        finding(
            column,
            FindingKind::NotFinite,
            format!("{} values are NaN and {} are infinite", numbers.nan, numbers.infinite),
            [
                ("nan", json!(numbers.nan)),
                ("infinite", json!(numbers.infinite)),
                ("threshold", json!(0)),
            ],
        )
    })
}

pub(super) fn skewed(column: &ColumnProfile) -> Option<Finding> {
    let skewness = *column.numbers.as_ref()?.skewness.value()?;
    if column.values() < FEW_VALUES || skewness.abs() <= HIGH_SKEWNESS {
        return None;
    }
    let side = if skewness > 0.0 { "large" } else { "small" };
    Some(finding(
        column,
        FindingKind::Skewed,
        format!("a few very {side} values pull the mean away (skewness {skewness:.1})"),
        [("skewness", json!(skewness)), ("threshold", json!(HIGH_SKEWNESS))],
    ))
}

pub(super) fn zeros(column: &ColumnProfile) -> Option<Finding> {
    let numbers = column.numbers.as_ref()?;
    let share = *numbers.zero_share.value()?;
    let constant = column.distinct.value() == Some(&1);
    (share > HIGH_ZERO_SHARE && !constant).then(|| {
        finding(
            column,
            FindingKind::Zeros,
            format!("{} of the values are zero", percent(share)),
            [
                ("zeros", json!(numbers.zeros)),
                ("zero_share", json!(share)),
                ("threshold", json!(HIGH_ZERO_SHARE)),
            ],
        )
    })
}

/// Values beyond the outer fences, for certain.
pub(super) fn outliers(column: &ColumnProfile) -> Option<Finding> {
    let distribution = column.distribution.as_ref()?;
    let far = distribution.far_outliers.measured()?;
    let certain = match far.exactness {
        Exactness::Approximate { error } => far.value as f64 > error,
        _ => far.value > 0,
    };
    let spread = *distribution.interquartile_range.value()?;
    if !certain || column.values() < FEW_VALUES || spread <= 0.0 {
        return None;
    }
    let about = if far.is_exact() { "" } else { "about " };
    let lie = if far.value == 1 { "value lies" } else { "values lie" };
    Some(finding(
        column,
        FindingKind::Outliers,
        format!(
            "{about}{} {lie} more than three interquartile ranges outside of the quartiles",
            far.value
        ),
        [
            ("far_outliers", json!(far)),
            ("interquartile_range", json!(distribution.interquartile_range)),
            ("threshold", json!(3.0)),
        ],
    ))
}

/// More values than could be end with 0 or 5, and not all: then that is their unit.
pub(super) fn heaping(column: &ColumnProfile) -> Option<Finding> {
    let rounded = column.distribution.as_ref()?.rounded_share.measured()?;
    let decimals =
        column.numbers.as_ref().map(|numbers| &numbers.decimals).and_then(Figure::value)?;
    let several = column.distinct.value().is_some_and(|&distinct| distinct >= FEW_VALUES);
    let margin = match rounded.exactness {
        Exactness::Approximate { error } => error,
        _ => 0.0,
    };
    let heaped = rounded.value - margin > HIGH_ROUNDED_SHARE && rounded.value < 1.0;
    (several && heaped && column.values() >= 5 * FEW_VALUES).then(|| {
        finding(
            column,
            FindingKind::Heaping,
            format!(
                "{} of the values end with 0 or 5, where 20 % are to be expected",
                percent(rounded.value)
            ),
            [
                ("rounded_share", json!(rounded)),
                ("decimals", json!(decimals)),
                ("threshold", json!(HIGH_ROUNDED_SHARE)),
            ],
        )
    })
}
