//! **mixed_types** (consistency, text columns): values of another kind among numbers, dates or
//! truth values.
//!
//! A text column counts as mostly numbers, dates or truth values when at least 90 % of its texts
//! (those that stand for "no value" left out) are of that kind; then every other text is counted.
//! Among plain numbers, numbers with separators, currency or percent signs are of another kind
//! too. Any is a warning, more than 1 % an error, because the column can't be used as what it
//! is. In identifiers and in codes with leading zeros, where letters are usual, never an error.

use shared_kernel_domain::summary::TextKind;
use shared_kernel_domain::table::Cell;

use super::{counted, number, percent};
use crate::check::disguised_nulls;
use crate::name;
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Threshold, Unit};
use crate::summary::TextForms;
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "mixed_types";

const PLAIN_NUMBERS: &[TextKind] = &[TextKind::Integer, TextKind::Decimal, TextKind::DigitCode];
const ALL_NUMBERS: &[TextKind] =
    &[TextKind::Integer, TextKind::Decimal, TextKind::DigitCode, TextKind::FormattedNumber];
const DATES: &[TextKind] = &[TextKind::IsoDate, TextKind::OtherDate, TextKind::Timestamp];
const BOOLEANS: &[TextKind] = &[TextKind::Boolean];

/// What most texts of a column are.
#[derive(Clone, Copy)]
pub(crate) struct Majority {
    kinds: &'static [TextKind],
    name: &'static str,
}

/// Whether most texts are numbers, dates or truth values.
pub(crate) fn majority(forms: &TextForms, policy: &CheckPolicy) -> Option<Majority> {
    let values = forms.values() - forms.count(&disguised_nulls::KINDS);
    let candidates = [
        Majority { kinds: PLAIN_NUMBERS, name: "numbers" },
        Majority { kinds: ALL_NUMBERS, name: "numbers" },
        Majority { kinds: DATES, name: "dates" },
        Majority { kinds: BOOLEANS, name: "truth values" },
    ];
    candidates.into_iter().find(|candidate| {
        let count = forms.count(candidate.kinds);
        count > 0 && count as f64 >= policy.mixed_majority * values as f64
    })
}

/// Judges a text column; a column that is mostly text is consistent as it is.
pub(crate) fn judge(column: &str, forms: &TextForms, policy: &CheckPolicy) -> CheckResult {
    let values = forms.values() - forms.count(&disguised_nulls::KINDS);
    let majority = majority(forms, policy);
    let is_code = name::identifies(column) || forms.count(&[TextKind::DigitCode]) > 0;
    let subject = Subject {
        check: NAME,
        columns: &[column],
        dimension: Dimension::Consistency,
        severity: Severity::Warning,
        unit: Unit::Values,
        threshold: Threshold {
            error: policy.mixed_types.error.filter(|_| !is_code),
            ..policy.mixed_types
        },
    };
    let Some(majority) = majority else {
        let sentence = format!("{column} holds text throughout");
        return subject.judge(values, 0, Vec::new(), sentence);
    };
    let foreign: Vec<TextKind> = forms
        .kinds()
        .map(|(kind, _)| kind)
        .filter(|kind| !majority.kinds.contains(kind) && !disguised_nulls::KINDS.contains(kind))
        .collect();
    let count = forms.count(&foreign);
    let evidence = forms
        .first(&foreign)
        .into_iter()
        .take(policy.examples)
        .map(|(row, text)| Evidence::at(row, Cell::Text(text.to_owned())))
        .collect();
    let sentence = if count == 0 {
        format!("all values of {column} are {}", majority.name)
    } else {
        format!(
            "{column} is mostly {}, but {} of {} ({}) {} not",
            majority.name,
            counted(count, "value", "values"),
            number(values),
            percent(count, values),
            if count == 1 { "is" } else { "are" }
        )
    };
    subject.judge(values, count, evidence, sentence)
}
