//! Reasons, decisions and feedback in plain sentences.

use data_science_domain::feedback::{FeedbackEffect, FeedbackMark, JudgedColumn};
use data_science_domain::reason::{Aspect, Expected, Reason};
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::format;

/// Characters of a cell that are told.
const TOLD_CHARACTERS: usize = 40;

/// What was found: the column and its value.
pub fn found(reason: &Reason) -> String {
    match (&reason.value, reason.aspect) {
        (Cell::Null, _) => format!("{} is missing", reason.column),
        (_, Aspect::Missing) => format!("{} is present: {}", reason.column, told(&reason.value)),
        (_, Aspect::HourOfDay) => {
            format!("{} has an unusual hour: {}", reason.column, told(&reason.value))
        }
        (_, Aspect::Weekday) => {
            format!("{} has an unusual weekday: {}", reason.column, told(&reason.value))
        }
        (_, Aspect::Value | Aspect::Rarity) => {
            format!("{} is {}", reason.column, told(&reason.value))
        }
    }
}

/// What would have been normal.
pub fn expected(reason: &Reason) -> String {
    if reason.aspect == Aspect::Missing {
        return format!("missing in {} of rows", format::share(reason.missing_share));
    }
    match &reason.expected {
        Expected::Range { typical, low, high } if low == high => {
            format!("usually {}", rounded(typical))
        }
        Expected::Range { typical, low, high } => {
            format!(
                "usually {} to {}, here about {}",
                rounded(low),
                rounded(high),
                rounded(typical)
            )
        }
        Expected::Common { values } => {
            let values: Vec<String> = values
                .iter()
                .map(|common| format!("{} {}", told(&common.value), format::share(common.share)))
                .collect();
            format!("usually {}", values.join(", "))
        }
    }
}

/// A reason in one sentence.
pub fn sentence(reason: &Reason) -> String {
    format!("{} ({})", found(reason), expected(reason))
}

/// The heaviest reasons of a row, at most `limit`, in one line.
pub fn reasons(reasons: &[Reason], limit: usize) -> String {
    if reasons.is_empty() {
        return "no column stands out".to_owned();
    }
    let told: Vec<String> = reasons.iter().take(limit).map(sentence).collect();
    told.join("; ")
}

/// What feedback did to the rows of a version.
pub fn effect(effect: &FeedbackEffect) -> String {
    let rows = |count| format::plural(count, "row", "rows");
    let mut parts = Vec::new();
    if effect.no_longer_called > 0 {
        parts.push(format!(
            "{} like dismissed ones no longer called anomalies",
            rows(effect.no_longer_called)
        ));
    }
    if effect.also_called > 0 {
        parts
            .push(format!("{} like confirmed ones called anomalies too", rows(effect.also_called)));
    }
    if effect.lowered > 0 {
        parts.push(format!("{} ranked lower", rows(effect.lowered)));
    }
    if effect.raised > 0 {
        parts.push(format!("{} ranked higher", rows(effect.raised)));
    }
    if parts.is_empty() {
        parts.push(format!("none of {} is like them", rows(effect.compared)));
    }
    if effect.not_compared > 0 {
        parts.push(format!("{} called anomalies not compared", rows(effect.not_compared)));
    }
    let given = rows(effect.confirmed + effect.dismissed);
    format!(
        "feedback on {given} ({} confirmed, {} dismissed): {}",
        format::count(effect.confirmed),
        format::count(effect.dismissed),
        parts.join(", ")
    )
}

/// What a row is like, of which feedback was given.
pub fn mark(mark: &FeedbackMark) -> String {
    let said = mark.verdict.name();
    if mark.itself {
        return said.to_owned();
    }
    let column = mark.column.as_ref().map_or_else(String::new, |column| {
        format!(", by {}", format::shorten(&format::printable(column), TOLD_CHARACTERS))
    });
    format!(
        "{} like {said} row {} of version {}{column}",
        format::share(mark.likeness),
        format::count(mark.row),
        mark.version
    )
}

/// What made a row unusual of which feedback was given: its heaviest columns, at most `limit`.
pub fn judged_columns(columns: &[JudgedColumn], limit: usize) -> String {
    if columns.is_empty() {
        return "no column stood out".to_owned();
    }
    let one = |judged: &JudgedColumn| {
        let column = format::printable(&judged.column).into_owned();
        match &judged.value {
            Cell::Null => format!("{column} missing"),
            value => format!("{column} {}", told(value)),
        }
    };
    columns.iter().take(limit).map(one).collect::<Vec<_>>().join(", ")
}

/// A figure of the training rows: its last digits tell nothing.
fn rounded(cell: &Cell) -> String {
    match cell {
        Cell::Float(number) => format::number(*number),
        other => told(other),
    }
}

fn told(cell: &Cell) -> String {
    format::shorten(&format::cell(cell), TOLD_CHARACTERS)
}

#[cfg(test)]
mod tests {
    use data_science_domain::feedback::Verdict;
    use data_science_domain::reason::CommonValue;

    use super::*;

    fn reason(aspect: Aspect, value: Cell, expected: Expected) -> Reason {
        let column = "dep_delay".to_owned();
        Reason { column, aspect, contribution: 1.0, value, expected, missing_share: 0.025 }
    }

    fn range(low: i64, high: i64) -> Expected {
        Expected::Range {
            typical: Cell::Integer(low),
            low: Cell::Integer(low),
            high: Cell::Integer(high),
        }
    }

    #[test]
    fn sentences_say_what_was_found_and_what_is_normal() {
        let told = sentence(&reason(Aspect::Value, Cell::Integer(1301), range(-2, 57)));
        assert_eq!(told, "dep_delay is 1301 (usually -2 to 57, here about -2)");
        let told = sentence(&reason(Aspect::Value, Cell::Integer(7), range(0, 0)));
        assert_eq!(told, "dep_delay is 7 (usually 0)");
        let told = sentence(&reason(Aspect::Missing, Cell::Null, range(-2, 57)));
        assert_eq!(told, "dep_delay is missing (missing in 2.5 % of rows)");
        let float = Cell::Float(0.249_000_536_050_319_27);
        let thirds = Expected::Range { typical: float.clone(), low: float.clone(), high: float };
        let told = sentence(&reason(Aspect::Value, Cell::Float(0.487_145), thirds));
        assert_eq!(told, "dep_delay is 0.487145 (usually 0.249)");
        let common = CommonValue { value: Cell::Text("UA".to_owned()), share: 0.25 };
        let rare = reason(
            Aspect::Rarity,
            Cell::Text("ZZ".to_owned()),
            Expected::Common { values: vec![common] },
        );
        assert_eq!(sentence(&rare), "dep_delay is ZZ (usually UA 25 %)");
        assert_eq!(reasons(&[], 3), "no column stands out");
    }

    #[test]
    fn feedback_is_told_in_a_line() {
        let told = FeedbackEffect {
            confirmed: 1,
            dismissed: 2,
            compared: 100,
            raised: 0,
            lowered: 14,
            called_by_model: 1_300,
            no_longer_called: 12,
            also_called: 0,
            not_compared: 1_200,
        };
        assert_eq!(
            effect(&told),
            "feedback on 3 rows (1 confirmed, 2 dismissed): 12 rows like dismissed ones no longer \
             called anomalies, 14 rows ranked lower, 1,200 rows called anomalies not compared"
        );
        let none = FeedbackEffect { lowered: 0, no_longer_called: 0, not_compared: 0, ..told };
        assert!(effect(&none).ends_with(": none of 100 rows is like them"), "{}", effect(&none));
        let like = FeedbackMark {
            verdict: Verdict::Dismissed,
            version: 3,
            row: 1_205,
            itself: false,
            likeness: 0.97,
            column: Some("dep\u{1b}_delay".to_owned()),
        };
        let told = mark(&like);
        assert!(told.starts_with("97 % like dismissed row 1,205 of version 3, by dep"), "{told}");
        assert!(!told.contains('\u{1b}'), "{told}");
        assert_eq!(mark(&FeedbackMark { itself: true, ..like }), "dismissed");
    }
}
