//! **text_length** (conformity, text columns with at least 20 values): texts far longer or
//! shorter than the rest.
//!
//! Lengths are counted in characters. A text is too long beyond the median length plus the largest
//! of ten robust standard deviations (1.4826 · MAD), three medians and 32 characters; too short
//! below the median minus the largest of ten robust standard deviations, three quarters of the
//! median and 8 characters. Any is a warning: fields glued together, cut off or mistaken for
//! another look like this, but so does an unusual name. The examples are the most extreme texts.

use shared_kernel_domain::table::Cell;

use super::{counted, number, percent};
use crate::policy::{CheckPolicy, LengthPolicy};
use crate::result::{CheckResult, Evidence, Subject, Unit};
use crate::summary::{Tail, TextTails};
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "text_length";

/// 1.4826 · MAD estimates the standard deviation of a normal distribution.
const MAD_TO_DEVIATION: f64 = 1.4826;

/// The lengths that are neither too short nor too long.
fn usual_lengths(median: u64, distance: u64, policy: &LengthPolicy) -> (u64, u64) {
    let median = median as f64;
    let spread = policy.deviations * MAD_TO_DEVIATION * distance as f64;
    let above = spread.max(policy.long_factor * median).max(policy.long_characters);
    let below = spread.max(policy.short_factor * median).max(policy.short_characters);
    ((median - below).max(0.0).ceil() as u64, (median + above).floor() as u64)
}

/// Judges a text column.
pub(crate) fn judge(column: &str, tails: &TextTails, policy: &CheckPolicy) -> CheckResult {
    let subject = Subject {
        check: NAME,
        columns: &[column],
        dimension: Dimension::Conformity,
        severity: Severity::Warning,
        unit: Unit::Values,
        threshold: policy.text_length.threshold,
    };
    let Some(median) = tails.median() else {
        return subject.not_evaluated("the column has no text");
    };
    let distance = tails.median_distance(median).unwrap_or_default();
    let (shortest, longest) = usual_lengths(median, distance, &policy.text_length);
    let odd = tails.count_where(|length| length < shortest || length > longest);
    let sentence = if odd == 0 {
        format!(
            "no text of {column} is far longer or shorter than the rest; the median is {median} characters"
        )
    } else {
        let short = tails.count_where(|length| length < shortest);
        format!(
            "{} of {} texts of {column} ({}) {} far {} than the rest: {}; the median is {median}",
            number(odd),
            number(tails.values()),
            percent(odd, tails.values()),
            if odd == 1 { "is" } else { "are" },
            match short {
                0 => "longer",
                all if all == odd => "shorter",
                _ => "longer or shorter",
            },
            match short {
                0 => format!("over {longest} characters"),
                all if all == odd => format!("under {shortest} characters"),
                _ => format!("over {longest} or under {shortest} characters"),
            }
        )
    };
    let evidence = tails
        .extremes(Tail::Long)
        .filter(|(length, ..)| *length > longest)
        .chain(tails.extremes(Tail::Short).filter(|(length, ..)| *length < shortest))
        .take(policy.examples)
        .map(|(length, row, text)| {
            Evidence::at(row, Cell::Text(text.to_owned())).noting(counted(
                length,
                "character",
                "characters",
            ))
        })
        .collect();
    subject.judge(tails.values(), odd, evidence, sentence)
}
