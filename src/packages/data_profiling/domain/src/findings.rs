use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::summary::TextKind;
use shared_kernel_domain::table::{Cell, ColumnType};

use crate::column::ColumnProfile;

/// Above this share of missing values a column is mostly missing.
const HIGH_NULL_SHARE: f64 = 0.3;

/// Above this skewness, in either direction, a mean says little.
const HIGH_SKEWNESS: f64 = 5.0;

/// Above this share one value drowns the others.
const DOMINANT_SHARE: f64 = 0.95;

/// Fewer values than this tell little about skewness, uniqueness or balance.
const FEW_VALUES: u64 = 20;

/// What can be found about a column.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Every value is missing.
    AllNull,
    /// There is only one value.
    Constant,
    /// Every value is different.
    Unique,
    /// Many values are missing.
    HighNullShare,
    /// Texts stand for missing values.
    DisguisedNulls,
    /// Texts look like more than one type.
    MixedTypes,
    /// Values are NaN or infinite.
    NotFinite,
    /// The distribution leans far to one side.
    Skewed,
    /// One value drowns the others.
    Imbalanced,
}

impl FindingKind {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::AllNull => "all null",
            Self::Constant => "constant",
            Self::Unique => "unique",
            Self::HighNullShare => "many nulls",
            Self::DisguisedNulls => "disguised nulls",
            Self::MixedTypes => "mixed types",
            Self::NotFinite => "not finite",
            Self::Skewed => "skewed",
            Self::Imbalanced => "imbalanced",
        }
    }
}

/// Something a careful reader would point out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The column.
    pub column: String,
    /// It in a plain sentence.
    pub sentence: String,
    /// The figures it rests on, by name.
    pub evidence: BTreeMap<String, Value>,
}

/// What is to be pointed out about a column.
pub(crate) fn findings(column: &ColumnProfile) -> Vec<Finding> {
    if column.rows == 0 {
        return Vec::new();
    }
    if column.values() == 0 {
        return vec![finding(
            column,
            FindingKind::AllNull,
            format!("all {} rows are missing", column.rows),
            [("nulls", json!(column.nulls)), ("rows", json!(column.rows))],
        )];
    }
    [
        high_null_share(column),
        constant(column),
        unique(column),
        disguised_nulls(column),
        mixed_types(column),
        not_finite(column),
        skewed(column),
        imbalanced(column),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn finding<const N: usize>(
    column: &ColumnProfile,
    kind: FindingKind,
    sentence: String,
    evidence: [(&str, Value); N],
) -> Finding {
    let evidence = evidence.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Finding { kind, column: column.name.clone(), sentence, evidence }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A value within a sentence.
pub(crate) fn quoted(value: &Cell) -> String {
    match value {
        Cell::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

fn high_null_share(column: &ColumnProfile) -> Option<Finding> {
    let share = *column.null_share.value()?;
    (share > HIGH_NULL_SHARE).then(|| {
        finding(
            column,
            FindingKind::HighNullShare,
            format!("{} of the rows have no value", percent(share)),
            [("null_share", json!(share)), ("nulls", json!(column.nulls))],
        )
    })
}

fn constant(column: &ColumnProfile) -> Option<Finding> {
    let value = column.top_values.first()?;
    let distinct = column.distinct.measured()?;
    (distinct.is_exact() && distinct.value == 1 && column.values() > 1).then(|| {
        finding(
            column,
            FindingKind::Constant,
            format!("all {} values are {}", column.values(), quoted(&value.value)),
            [("value", json!(value.value)), ("values", json!(column.values()))],
        )
    })
}

/// Measured quantities are different by nature, so only what can identify a row counts.
fn unique(column: &ColumnProfile) -> Option<Finding> {
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
    let evidence = [("distinct", json!(distinct)), ("values", json!(values))];
    Some(finding(column, FindingKind::Unique, sentence, evidence))
}

fn disguised_nulls(column: &ColumnProfile) -> Option<Finding> {
    let texts = &column.texts.as_ref()?.null_texts;
    let count: u64 = texts.iter().map(|null| null.count).sum();
    let first = texts.first()?;
    let stand =
        if count == 1 { "1 text stands".to_owned() } else { format!("{count} texts stand") };
    Some(finding(
        column,
        FindingKind::DisguisedNulls,
        format!("{stand} for a missing value, such as {:?}", first.text),
        [("texts", json!(texts)), ("count", json!(count))],
    ))
}

fn mixed_types(column: &ColumnProfile) -> Option<Finding> {
    if column.stored_type != ColumnType::Text {
        return None;
    }
    let kinds = &column.texts.as_ref()?.kinds;
    let telling: Vec<_> = kinds
        .iter()
        .filter(|kind| !matches!(kind.kind, TextKind::Blank | TextKind::NullLike))
        .collect();
    let share = *column.inferred_type.share.value()?;
    let seems_text = column.inferred_type.name == "text";
    // Free text with a number in it here and there is free text.
    let other = telling.iter().find(|kind| kind.kind == TextKind::Other);
    let mostly_text = other.is_some_and(|other| {
        let all: u64 = telling.iter().map(|kind| kind.count).sum();
        other.count * 2 > all
    });
    let mixed = if seems_text { telling.len() > 1 && !mostly_text } else { share < 1.0 };
    if !mixed {
        return None;
    }
    let parts: Vec<String> =
        telling.iter().map(|kind| format!("{} {}", kind.count, kind.kind.name())).collect();
    Some(finding(
        column,
        FindingKind::MixedTypes,
        format!("values look like more than one type: {}", parts.join(", ")),
        [("kinds", json!(telling)), ("share", json!(share))],
    ))
}

fn not_finite(column: &ColumnProfile) -> Option<Finding> {
    let numbers = column.numbers.as_ref()?;
    (numbers.nan + numbers.infinite > 0).then(|| {
        finding(
            column,
            FindingKind::NotFinite,
            format!("{} values are NaN and {} are infinite", numbers.nan, numbers.infinite),
            [("nan", json!(numbers.nan)), ("infinite", json!(numbers.infinite))],
        )
    })
}

fn skewed(column: &ColumnProfile) -> Option<Finding> {
    let skewness = *column.numbers.as_ref()?.skewness.value()?;
    if column.values() < FEW_VALUES || skewness.abs() <= HIGH_SKEWNESS {
        return None;
    }
    let side = if skewness > 0.0 { "large" } else { "small" };
    Some(finding(
        column,
        FindingKind::Skewed,
        format!("a few very {side} values pull the mean away (skewness {skewness:.1})"),
        [("skewness", json!(skewness))],
    ))
}

fn imbalanced(column: &ColumnProfile) -> Option<Finding> {
    let top = column.top_values.first()?;
    let only = column.distinct.value().is_some_and(|&distinct| distinct == 1);
    if only || column.values() < FEW_VALUES || top.share <= DOMINANT_SHARE {
        return None;
    }
    Some(finding(
        column,
        FindingKind::Imbalanced,
        format!("{} of the values are {}", percent(top.share), quoted(&top.value)),
        [("value", json!(top.value)), ("share", json!(top.share))],
    ))
}
