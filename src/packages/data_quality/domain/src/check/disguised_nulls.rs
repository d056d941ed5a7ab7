//! **disguised_nulls** (completeness, text columns): texts that stand for "no value".
//!
//! Counts empty and blank texts and ways to write "nothing" such as `NA`, `n/a`, `null`, `-` or
//! `?`. Any is a warning, never an error. Where only words stand there (`none`, `unknown`), it is
//! information: they may well be a category, and whether they are is for you to say. Texts that
//! were read as null in the first place are counted by null_share.

use shared_kernel_domain::summary::TextKind;
use shared_kernel_domain::table::Cell;

use super::{number, percent};
use crate::check::mixed_types;
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Unit};
use crate::summary::TextForms;
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "disguised_nulls";

/// Kinds of text that stand for "no value".
pub(crate) const KINDS: [TextKind; 2] = [TextKind::Blank, TextKind::NullLike];

/// Forms named in a sentence.
const NAMED_FORMS: usize = 3;

/// Judges a text column.
pub(crate) fn judge(column: &str, forms: &TextForms, policy: &CheckPolicy) -> CheckResult {
    let subject = Subject {
        check: NAME,
        columns: &[column],
        dimension: Dimension::Completeness,
        severity: severity(forms, policy),
        unit: Unit::Values,
        threshold: policy.disguised_nulls,
    };
    let values = forms.values();
    let disguised = forms.count(&KINDS);
    let evidence = forms
        .first(&KINDS)
        .into_iter()
        .take(policy.examples)
        .map(|(row, text)| Evidence::at(row, Cell::Text(text.to_owned())))
        .collect();
    let sentence = if disguised == 0 {
        format!("no text of {column} stands for a missing value")
    } else {
        format!(
            "{column} seems to write {} of {} values ({}) as missing: {}",
            number(disguised),
            number(values),
            percent(disguised, values),
            written(forms)
        )
    };
    subject.judge(values, disguised, evidence, sentence)
}

/// Words are information unless the column otherwise holds numbers, dates or truth values.
fn severity(forms: &TextForms, policy: &CheckPolicy) -> Severity {
    let signs = forms.count(&[TextKind::Blank]) > 0
        || forms.null_texts().iter().any(|(text, _)| !is_word(text));
    let disguised = forms.count(&KINDS) > 0;
    if disguised && !signs && mixed_types::majority(forms, policy).is_none() {
        Severity::Info
    } else {
        Severity::Warning
    }
}

/// Whether a null-like text is also a word of English that may be meant.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 6] = ["none", "unknown", "missing", "undefined", "unspecified", "empty"];
    WORDS.contains(&text.to_lowercase().as_str())
}

/// The commonest forms with their counts.
fn written(forms: &TextForms) -> String {
    let blank = forms.count(&[TextKind::Blank]);
    let mut named: Vec<(String, u64)> =
        forms.null_texts().into_iter().map(|(text, count)| (format!("{text:?}"), count)).collect();
    if blank > 0 {
        named.push(("blank".to_owned(), blank));
    }
    named.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    let more = named.len().saturating_sub(NAMED_FORMS);
    let mut parts: Vec<String> = named
        .into_iter()
        .take(NAMED_FORMS)
        .map(|(text, count)| format!("{text} × {}", number(count)))
        .collect();
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    parts.join(", ")
}
