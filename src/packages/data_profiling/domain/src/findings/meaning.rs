//! What values mean.

use serde_json::json;

use super::{Finding, FindingKind, finding, texts};
use crate::column::ColumnProfile;
use crate::semantic::{SemanticKind, SemanticVerdict};

/// The share of values with the form of a personal kind from which on a column is personal.
const PERSONAL_SHARE: f64 = 0.05;

pub(super) fn personal(column: &ColumnProfile) -> Option<Finding> {
    let semantic = column.semantic.as_ref().filter(|semantic| semantic.personal)?;
    let inside = semantic.emails_inside;
    let kind = match &semantic.verdict {
        SemanticVerdict::Kind(detected) if detected.personal => Some(detected.kind.name()),
        _ => semantic
            .runners_up
            .iter()
            .map(|other| other.kind)
            .find(|kind| kind.is_personal())
            .map(SemanticKind::name),
    };
    let sentence = match kind {
        Some(kind) => format!("personal data: {kind}"),
        None => format!("personal data: {} an e-mail address", texts(inside, "holds", "hold")),
    };
    let evidence = [
        ("kind", json!(kind)),
        ("emails_inside", json!(inside)),
        ("threshold", json!(PERSONAL_SHARE)),
    ];
    Some(finding(column, FindingKind::PersonalData, sentence, evidence))
}
