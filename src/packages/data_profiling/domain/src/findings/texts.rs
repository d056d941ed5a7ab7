//! How texts are written.

use serde_json::json;
use shared_kernel_domain::summary::{ColumnProfileSummary, TextKind};
use shared_kernel_domain::table::ColumnType;

use super::{FEW_VALUES, Finding, FindingKind, finding, percent, texts};
use crate::column::ColumnProfile;
use crate::texts::TextProfile;

/// From this share of its telling texts on, a column is one of dates, or of codes.
const TELLING_SHARE: f64 = 0.95;

/// Texts are not cut below this length on purpose.
const LEAST_CUT_LENGTH: u64 = 10;

/// Cut texts are at least this share of all.
const LEAST_CUT_SHARE: f64 = 0.01;

/// And so many times as frequent as each of the lengths before.
const CUT_FACTOR: f64 = 5.0;

pub(super) fn mixed_types(column: &ColumnProfile) -> Option<Finding> {
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
        [("kinds", json!(telling)), ("share", json!(share)), ("threshold", json!(1.0))],
    ))
}

/// Texts that say something: neither blank nor a way to write "no value".
fn telling(texts: &TextProfile) -> u64 {
    let silent = |kind: TextKind| matches!(kind, TextKind::Blank | TextKind::NullLike);
    texts.kinds.iter().filter(|known| !silent(known.kind)).map(|known| known.count).sum()
}

pub(super) fn dates(column: &ColumnProfile) -> Option<Finding> {
    let known = column.texts.as_ref()?;
    let dates = known.count(TextKind::IsoDate)
        + known.count(TextKind::OtherDate)
        + known.count(TextKind::Timestamp);
    let share = dates as f64 / telling(known) as f64;
    // Not a number without any telling text.
    if column.stored_type != ColumnType::Text || share.is_nan() || share < TELLING_SHARE {
        return None;
    }
    Some(finding(
        column,
        FindingKind::DatesInText,
        format!("{} of the texts are dates or points in time", percent(share)),
        [("dates", json!(dates)), ("share", json!(share)), ("threshold", json!(TELLING_SHARE))],
    ))
}

pub(super) fn leading_zeros(column: &ColumnProfile) -> Option<Finding> {
    let known = column.texts.as_ref()?;
    let codes = known.count(TextKind::DigitCode);
    let digits = codes + known.count(TextKind::Integer);
    let share = digits as f64 / telling(known) as f64;
    if codes == 0 || share.is_nan() || share < TELLING_SHARE {
        return None;
    }
    let have = texts(codes, "of digits has", "of digits have");
    Some(finding(
        column,
        FindingKind::LeadingZeros,
        format!("{have} zeros in front, which are lost if they are read as numbers"),
        [("codes", json!(codes)), ("share", json!(share)), ("threshold", json!(TELLING_SHARE))],
    ))
}

pub(super) fn padded(column: &ColumnProfile) -> Option<Finding> {
    let known = column.texts.as_ref()?;
    let writing = known.writing.as_ref()?;
    (known.padded > 0).then(|| {
        let begin = texts(known.padded, "begins or ends", "begin or end");
        finding(
            column,
            FindingKind::Padded,
            format!("{begin} with white space"),
            [
                ("padded", json!(known.padded)),
                ("leading", json!(writing.leading_blanks)),
                ("trailing", json!(writing.trailing_blanks)),
                ("threshold", json!(0)),
            ],
        )
    })
}

pub(super) fn invisible_characters(column: &ColumnProfile) -> Option<Finding> {
    let writing = column.texts.as_ref()?.writing.as_ref()?;
    let (invisible, control) = (writing.invisible_characters, writing.control_characters);
    (invisible + control > 0).then(|| {
        let hold = texts(invisible.max(control), "holds", "hold");
        finding(
            column,
            FindingKind::InvisibleCharacters,
            format!("{hold} a character that cannot be seen"),
            [
                ("invisible_characters", json!(invisible)),
                ("control_characters", json!(control)),
                ("threshold", json!(0)),
            ],
        )
    })
}

pub(super) fn constant_length(column: &ColumnProfile) -> Option<Finding> {
    let known = column.texts.as_ref()?;
    let length = *known.longest.value()?;
    let several = column.distinct.value().is_some_and(|&distinct| distinct > 1);
    let constant = known.constant_length.value() == Some(&true);
    (constant && several && column.values() >= FEW_VALUES).then(|| {
        let unit = if known.writing.is_some() { "characters" } else { "bytes" };
        finding(
            column,
            FindingKind::ConstantLength,
            format!("all values are {length} {unit} long"),
            [("length", json!(length)), ("threshold", json!(1))],
        )
    })
}

/// Many texts of the longest length, and far fewer of each of those just below.
pub(super) fn truncated(column: &ColumnProfile, summary: &ColumnProfileSummary) -> Option<Finding> {
    let known = column.texts.as_ref()?;
    let longest = *known.longest.value()?;
    let at_end = *known.of_longest_length.value()?;
    let share = at_end as f64 / column.values() as f64;
    if known.constant_length.value() != Some(&false)
        || longest < LEAST_CUT_LENGTH
        || at_end < FEW_VALUES
        || share < LEAST_CUT_SHARE
    {
        return None;
    }
    // The lengths before, as many as a fifth of the longest.
    let window = longest / 5;
    let from = longest - window;
    let lengths = summary.lengths();
    let before: Vec<u64> = lengths
        .counts()
        .filter(|&(length, _)| (from..longest).contains(&length))
        .map(|(_, count)| count)
        .collect();
    let most = before.iter().copied().max().unwrap_or(0);
    // With nothing just below, the longest are another kind of text rather than cut ones.
    if most == 0 || (at_end as f64) < CUT_FACTOR * most as f64 {
        return None;
    }
    Some(finding(
        column,
        FindingKind::Truncated,
        format!("{at_end} texts are {longest} characters long and none is longer: they may be cut"),
        [
            ("length", json!(longest)),
            ("count", json!(at_end)),
            ("most_of_a_length_before", json!(most)),
            ("threshold", json!(CUT_FACTOR)),
        ],
    ))
}
