//! How far a row is like one that feedback was given on: by what makes both unusual, and by nothing
//! else of the data or the model.

use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::table::Cell;

use super::{Feedback, JudgedColumn, Verdict};
use crate::reason::{Aspect, Reason};

/// Columns count that contribute at least this share of what the heaviest one of the row does: what
/// hardly weighs is there by chance.
pub const MAIN_SHARE: f64 = 1.0 / 3.0;

/// From this likeness on, feedback moves a row.
pub const SIMILAR_LIKENESS: f64 = 0.5;

/// Above this likeness feedback decides whether a row is called an anomaly. A row that has a main
/// column which is not like the other's never gets there.
pub const SAME_LIKENESS: f64 = 0.9;

const DAY: f64 = 86_400.0;
const HOUR: f64 = 3_600.0;

/// What is known of a row: why it is unusual, and some of its cells.
#[derive(Clone, Copy, Debug)]
pub struct RowFacts<'a> {
    /// Why, heaviest column first.
    pub reasons: &'a [Reason],
    /// The columns of the cells.
    pub columns: &'a [String],
    /// The row's cells.
    pub cells: &'a [Cell],
}

impl RowFacts<'_> {
    fn cell(&self, column: &str) -> Option<&Cell> {
        let told = self.reasons.iter().find(|reason| reason.column == column);
        told.map(|reason| &reason.value).or_else(|| {
            let mut cells = self.columns.iter().zip(self.cells);
            cells.find(|(name, _)| *name == column).map(|(_, cell)| cell)
        })
    }
}

/// How far a row is like another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Likeness<'a> {
    /// From 0 to 1.
    pub(super) value: f64,
    /// The column that makes most of it.
    pub(super) column: Option<&'a str>,
}

/// A main column of one of the two rows: its weight, and how far the other is like it there.
struct Compared<'a> {
    column: &'a str,
    weight: f64,
    resemblance: f64,
}

/// How far a row is like the one that feedback was given on, from 0 to 1: the lower of the share of
/// what makes the row unusual that the feedback speaks of, and the share of what the feedback speaks
/// of that the row has. 1 for the row itself.
pub(super) fn likeness<'a>(feedback: &'a Feedback, row: &RowFacts<'_>) -> Likeness<'a> {
    let of_feedback = main_columns_in(feedback, row);
    let of_row = main_reasons_in(feedback, row);
    let mut value = covered(&of_feedback).min(covered(&of_row));
    if of_feedback.iter().chain(&of_row).any(|it| it.resemblance <= 0.0) {
        value = value.min(SAME_LIKENESS);
    }
    let heaviest = |best: Option<&Compared<'a>>, next: &Compared<'a>| {
        best.is_none_or(|best| next.weight * next.resemblance > best.weight * best.resemblance)
    };
    let mut best: Option<&Compared<'a>> = None;
    for compared in &of_feedback {
        if heaviest(best, compared) {
            best = Some(compared);
        }
    }
    Likeness { value, column: best.filter(|_| value > 0.0).map(|best| best.column) }
}

/// Whether a row can be similar to the one that feedback was given on, going by its cells alone: of
/// other rows reasons need not be known.
pub fn may_be_similar(feedback: &Feedback, row: &RowFacts<'_>) -> bool {
    covered(&main_columns_in(feedback, row)) >= SIMILAR_LIKENESS
}

impl Feedback {
    /// The columns that make most of why the row was unusual.
    pub fn main_columns(&self) -> impl Iterator<Item = &JudgedColumn> {
        let heaviest = self.columns.iter().map(|column| column.share).fold(0.0, f64::max);
        self.columns.iter().filter(move |column| column.share >= MAIN_SHARE * heaviest)
    }
}

/// What the feedback speaks of, and how far the row has it.
fn main_columns_in<'a>(feedback: &'a Feedback, row: &RowFacts<'_>) -> Vec<Compared<'a>> {
    let compared = |judged: &'a JudgedColumn| Compared {
        column: &judged.column,
        weight: judged.share,
        resemblance: row
            .cell(&judged.column)
            .map_or(0.0, |cell| resemblance(feedback.verdict, judged, cell)),
    };
    feedback.main_columns().map(compared).collect()
}

/// What makes the row unusual, and how far the feedback speaks of it.
fn main_reasons_in<'b>(feedback: &Feedback, row: &RowFacts<'b>) -> Vec<Compared<'b>> {
    let heaviest = row.reasons.iter().map(|reason| reason.contribution).fold(0.0, f64::max);
    let main = row
        .reasons
        .iter()
        .filter(|reason| reason.contribution > 0.0 && reason.contribution >= MAIN_SHARE * heaviest);
    main.map(|reason| {
        let judged = feedback
            .columns
            .iter()
            .find(|judged| judged.column == reason.column && judged.aspect == reason.aspect);
        Compared {
            column: &reason.column,
            weight: reason.contribution / heaviest,
            resemblance: judged
                .map_or(0.0, |judged| resemblance(feedback.verdict, judged, &reason.value)),
        }
    })
    .collect()
}

/// The share of the weight that is alike; 0 of nothing.
fn covered(compared: &[Compared<'_>]) -> f64 {
    let total: f64 = compared.iter().map(|it| it.weight).sum();
    let alike: f64 = compared.iter().map(|it| it.weight * it.resemblance).sum();
    if total > 0.0 && total.is_finite() { (alike / total).clamp(0.0, 1.0) } else { 0.0 }
}

/// How far a value is like the one that was judged, from 0 to 1.
fn resemblance(verdict: Verdict, judged: &JudgedColumn, value: &Cell) -> f64 {
    let all_or_nothing = |alike: bool| if alike { 1.0 } else { 0.0 };
    match judged.aspect {
        Aspect::Missing => all_or_nothing(is_missing(value) == is_missing(&judged.value)),
        Aspect::Rarity => all_or_nothing(*value == judged.value),
        Aspect::HourOfDay => all_or_nothing(same_part(value, &judged.value, |moment| {
            (moment.rem_euclid(DAY) / HOUR).floor()
        })),
        Aspect::Weekday => all_or_nothing(same_part(value, &judged.value, |moment| {
            (moment / DAY).floor().rem_euclid(7.0)
        })),
        Aspect::Value => {
            let usual = judged.usual.as_ref().and_then(number);
            match (number(value), number(&judged.value), usual) {
                (Some(value), Some(to), Some(from)) => way(verdict, value, from, to),
                _ => all_or_nothing(*value == judged.value),
            }
        }
    }
}

/// How far a value has come on the way from the usual one to the one that was judged. Beyond that, it
/// is more unusual still: as much an anomaly as a confirmed one, and nothing that was dismissed.
fn way(verdict: Verdict, value: f64, usual: f64, judged: f64) -> f64 {
    if value == judged {
        return 1.0;
    }
    if judged == usual {
        return 0.0;
    }
    let is_beyond = if judged > usual { value > judged } else { value < judged };
    if is_beyond {
        return if verdict == Verdict::Confirmed { 1.0 } else { 0.0 };
    }
    let way = (value - usual) / (judged - usual);
    // Not a number where they are too far apart.
    if way > 0.0 { way.min(1.0) } else { 0.0 }
}

fn is_missing(cell: &Cell) -> bool {
    match cell {
        Cell::Null => true,
        Cell::Text(text) => text == "NaN",
        _ => false,
    }
}

fn same_part(one: &Cell, other: &Cell, part: fn(f64) -> f64) -> bool {
    match (number(one), number(other)) {
        (Some(own), Some(its)) => part(own) == part(its),
        _ => one == other,
    }
}

/// A finite number, or a point in time as seconds since 1970, a time of day as seconds of its day.
fn number(cell: &Cell) -> Option<f64> {
    let number = match cell {
        Cell::Integer(number) => *number as f64,
        Cell::Float(number) => *number,
        Cell::Text(text) => text.parse().ok().or_else(|| seconds(text))?,
        Cell::Null | Cell::Boolean(_) => return None,
    };
    number.is_finite().then_some(number)
}

fn seconds(text: &str) -> Option<f64> {
    // Longer texts are no dates, and would be copied for nothing.
    if text.len() > 40 {
        return None;
    }
    let forms = [
        text.to_owned(),
        format!("{text}Z"),
        format!("{text}T00:00Z"),
        format!("1970-01-01T{text}Z"),
    ];
    let read = forms.iter().find_map(|form| form.parse::<Timestamp>().ok())?;
    Some(read.as_second() as f64 + f64::from(read.subsec_nanosecond()) / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(aspect: Aspect, value: Cell, usual: Option<Cell>) -> JudgedColumn {
        JudgedColumn { column: "x".to_owned(), aspect, share: 1.0, value, usual }
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn a_number_is_alike_by_its_way_from_the_usual_one() {
        let delay = judged(Aspect::Value, Cell::Integer(900), Some(Cell::Float(100.0)));
        let like = |verdict, value: f64| resemblance(verdict, &delay, &Cell::Float(value));
        for (value, dismissed, confirmed) in [
            (900.0, 1.0, 1.0),
            (700.0, 0.75, 0.75),
            (100.0, 0.0, 0.0),
            (-700.0, 0.0, 0.0),
            (900.1, 0.0, 1.0),
            (9e300, 0.0, 1.0),
        ] {
            assert_eq!(like(Verdict::Dismissed, value), dismissed, "{value}");
            assert_eq!(like(Verdict::Confirmed, value), confirmed, "{value}");
        }
        let low = judged(Aspect::Value, Cell::Float(-8.0), Some(Cell::Integer(0)));
        assert_eq!(resemblance(Verdict::Dismissed, &low, &Cell::Integer(-4)), 0.5);
        assert_eq!(resemblance(Verdict::Dismissed, &low, &Cell::Integer(-9)), 0.0);
    }

    #[test]
    fn numbers_that_are_none_are_alike_or_not() {
        for odd in [text("inf"), text("NaN"), Cell::Null, Cell::Boolean(true)] {
            let column = judged(Aspect::Value, odd.clone(), Some(Cell::Float(1.0)));
            assert_eq!(resemblance(Verdict::Dismissed, &column, &odd), 1.0);
            assert_eq!(resemblance(Verdict::Dismissed, &column, &Cell::Float(1e9)), 0.0);
            let usual = judged(Aspect::Value, Cell::Float(2.0), Some(odd));
            assert_eq!(resemblance(Verdict::Dismissed, &usual, &Cell::Float(2.0)), 1.0);
            assert_eq!(resemblance(Verdict::Dismissed, &usual, &Cell::Float(1.9)), 0.0);
        }
        let usual = judged(Aspect::Value, Cell::Float(3.0), Some(Cell::Float(3.0)));
        assert_eq!(resemblance(Verdict::Confirmed, &usual, &Cell::Float(3.0)), 1.0);
        assert_eq!(resemblance(Verdict::Confirmed, &usual, &Cell::Float(4.0)), 0.0);
        let far = judged(Aspect::Value, Cell::Float(1.7e308), Some(Cell::Float(-1.7e308)));
        assert_eq!(resemblance(Verdict::Dismissed, &far, &Cell::Float(0.0)), 0.0);
    }

    #[test]
    fn moments_are_alike_by_their_way_their_hour_or_their_weekday() {
        let day = judged(Aspect::Value, text("2024-03-11"), Some(text("2024-03-01")));
        assert_eq!(resemblance(Verdict::Dismissed, &day, &text("2024-03-06")), 0.5);
        assert_eq!(resemblance(Verdict::Dismissed, &day, &text("2024-03-12")), 0.0);
        let time = judged(Aspect::Value, text("20:00:00"), Some(text("10:00:00")));
        assert_eq!(resemblance(Verdict::Dismissed, &time, &text("15:00:00")), 0.5);
        let hour = judged(Aspect::HourOfDay, text("2024-03-11T03:20:00"), None);
        assert_eq!(resemblance(Verdict::Dismissed, &hour, &text("2025-01-01T03:59:59Z")), 1.0);
        assert_eq!(resemblance(Verdict::Dismissed, &hour, &text("2024-03-11T04:00:00")), 0.0);
        let monday = judged(Aspect::Weekday, text("2024-03-11"), None);
        assert_eq!(resemblance(Verdict::Dismissed, &monday, &text("2024-03-18T23:00:00")), 1.0);
        assert_eq!(resemblance(Verdict::Dismissed, &monday, &text("2024-03-19")), 0.0);
    }

    #[test]
    fn categories_and_missing_values_are_alike_or_not() {
        let carrier = judged(Aspect::Rarity, text("ZZ"), None);
        assert_eq!(resemblance(Verdict::Dismissed, &carrier, &text("ZZ")), 1.0);
        assert_eq!(resemblance(Verdict::Dismissed, &carrier, &text("Z")), 0.0);
        let missing = judged(Aspect::Missing, Cell::Null, Some(Cell::Float(1.0)));
        assert_eq!(resemblance(Verdict::Dismissed, &missing, &text("NaN")), 1.0);
        assert_eq!(resemblance(Verdict::Dismissed, &missing, &Cell::Integer(0)), 0.0);
        let present = judged(Aspect::Missing, Cell::Integer(5), None);
        assert_eq!(resemblance(Verdict::Dismissed, &present, &Cell::Integer(70)), 1.0);
    }
}
