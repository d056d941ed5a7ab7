//! What a column of texts speaks for.

use std::collections::BTreeSet;

use shared_kernel_domain::summary::{ColumnProfileSummary, TextKind};
use shared_kernel_domain::table::Cell;

use super::FEWEST;
use super::column::{Board, completeness, of, stand_ins};
use super::misspelt::misspelt;
use super::shape;
use crate::check::number;
use crate::expression::{Format, Pattern};
use crate::yaml::quoted;

/// Numbers among other texts are what is meant from this share on.
const MOSTLY_NUMBERS: f64 = 2.0 / 3.0;
/// Dates, addresses and the like from this one.
const MOSTLY: f64 = 0.9;
/// A list of values holds at most so many.
const MOST_VALUES: usize = 100;
/// And each stands for so many rows on average.
const ROWS_OF_A_VALUE: u64 = 5;
/// The share of values that occur once, which is that of values not seen yet (Good 1953), up to
/// which a list is taken for complete.
const MOST_SINGLE: f64 = 0.02;
/// Longer texts are known by their beginning only.
const LONGEST: usize = 196;

/// A column's different texts, each with how often it occurs, most frequent first.
struct Texts<'a> {
    /// Those that stand for a value.
    real: Vec<(&'a str, u64)>,
    /// Those that stand for none.
    stand_ins: Vec<(&'a str, u64)>,
    rows: u64,
}

impl Texts<'_> {
    fn count(&self) -> u64 {
        self.real.iter().map(|(_, count)| count).sum()
    }

    fn all(&self) -> impl Iterator<Item = &(&str, u64)> {
        self.real.iter().chain(&self.stand_ins)
    }

    /// The texts, counted, for which something does not hold.
    fn broken(&self, holds: impl Fn(&str) -> bool) -> u64 {
        self.all().filter(|(text, _)| !holds(text)).map(|(_, count)| count).sum()
    }

    /// The share of texts that stand for a value for which something holds.
    fn share(&self, holds: impl Fn(&str) -> bool) -> f64 {
        let real = self.real.iter();
        let holding: u64 = real.filter(|(text, _)| holds(text)).map(|(_, count)| count).sum();
        holding as f64 / self.count().max(1) as f64
    }
}

pub(super) fn suggest(column: &ColumnProfileSummary, missing: u64, board: &mut Board) {
    let rows = column.counts().rows;
    let Some(values) = different(column) else {
        completeness(rows, missing, board);
        lengths(column, board);
        return;
    };
    let all = values.iter().map(|(text, count)| (text.as_str(), *count));
    let is_none = |text: &str| matches!(TextKind::of(text), TextKind::Blank | TextKind::NullLike);
    let (stands_in, real): (Vec<_>, Vec<_>) = all.partition(|(text, _)| is_none(text));
    let mut texts = Texts { real, stand_ins: stands_in, rows };
    if !stand_ins((rows, missing), &texts.stand_ins, board) {
        completeness(rows, missing, board);
        let words = std::mem::take(&mut texts.stand_ins);
        texts.real.extend(words);
        texts.real.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    }
    if texts.count() < FEWEST {
        return;
    }
    if format(&texts, board) || set(&texts, board) || pattern(&texts, board) {
        return;
    }
    lengths(column, board);
}

/// All different texts, where all are known as a whole.
fn different(column: &ColumnProfileSummary) -> Option<Vec<(String, u64)>> {
    let frequent = column.frequent();
    if !frequent.is_exact() {
        return None;
    }
    let text = |found: shared_kernel_domain::summary::FrequentValue| match found.value {
        Cell::Text(text) if text.len() <= LONGEST => Some((text, found.count.value)),
        _ => None,
    };
    frequent.top(usize::MAX).into_iter().map(text).collect()
}

/// Texts that are nearly all numbers, dates, addresses.
fn format(texts: &Texts<'_>, board: &mut Board) -> bool {
    const FORMATS: [Format; 7] = [
        Format::Number,
        Format::Date,
        Format::Timestamp,
        Format::Uuid,
        Format::Email,
        Format::Ipv4,
        Format::Uri,
    ];
    for format in FORMATS {
        let share = texts.share(|text| format.is_of(text));
        let least = if format == Format::Number { MOSTLY_NUMBERS } else { MOSTLY };
        // texts that are all numbers, and were not read as such, are codes
        if share < least || (format == Format::Number && share >= 1.0) {
            continue;
        }
        let broken = texts.broken(|text| format.is_of(text));
        let fits = texts.all().map(|(_, count)| count).sum::<u64>() - broken;
        let evidence = of(fits, fits + broken);
        let arguments = format!("format: {}", format.name());
        board.rule("has_format", &arguments, evidence, (texts.rows, broken));
        return true;
    }
    false
}

/// Few different values, each many times; or the values that look like others, misspelt. Only the
/// former says enough of a column.
fn set(texts: &Texts<'_>, board: &mut Board) -> bool {
    let misspelt: BTreeSet<&str> = misspelt(&texts.real);
    let is_kept = |text: &str| !misspelt.contains(text);
    let kept = || texts.all().filter(|(text, _)| is_kept(text));
    let broken = texts.broken(is_kept);
    let single = texts.real.iter().filter(|(text, count)| *count == 1 && is_kept(text)).count();
    let different = texts.real.len() - misspelt.len();
    let list = |values: &mut dyn Iterator<Item = &str>| {
        let mut values: Vec<String> = values.map(quoted).collect();
        values.sort();
        values.join(", ")
    };
    let is_complete = different <= MOST_VALUES
        && texts.count() >= ROWS_OF_A_VALUE * different as u64
        && single as f64 <= MOST_SINGLE * texts.count() as f64;
    let odd = if misspelt.is_empty() {
        String::new()
    } else {
        format!("; {} look like misspelt ones, in {} rows", misspelt.len(), number(broken))
    };
    if is_complete {
        let evidence = format!("{different} different values in {} rows{odd}", number(texts.rows));
        let values = list(&mut kept().map(|(text, _)| *text));
        board.rule("in_set", &format!("values: [{values}]"), evidence, (texts.rows, broken));
        return true;
    }
    if !misspelt.is_empty() && misspelt.len() <= MOST_VALUES {
        let evidence = format!("{different} different values in {} rows{odd}", number(texts.rows));
        let values = list(&mut misspelt.iter().copied());
        board.rule("not_in_set", &format!("values: [{values}]"), evidence, (texts.rows, broken));
    }
    false
}

/// Texts that are nearly all written alike.
fn pattern(texts: &Texts<'_>, board: &mut Board) -> bool {
    let Some(pattern) = shape::pattern(&texts.real, texts.count()) else { return false };
    let Ok(tested) = Pattern::new(&pattern) else { return false };
    let broken = texts.broken(|text| tested.is_match(text));
    let all: u64 = texts.all().map(|(_, count)| count).sum();
    let evidence = format!("{} are written so", of(all - broken, all));
    let arguments = format!("pattern: {}", quoted(&pattern));
    board.rule("matches", &arguments, evidence, (texts.rows, broken));
    true
}

/// From one character to half more than the longest text; all of one length stay so.
fn lengths(column: &ColumnProfileSummary, board: &mut Board) {
    let lengths = column.lengths();
    let (Some(least), Some(most)) = (lengths.min(), lengths.max()) else { return };
    if lengths.count() < FEWEST {
        return;
    }
    let (low, high) =
        if least == most { (least, most) } else { (least.min(1), most + most.div_ceil(2)) };
    let evidence = format!("{} texts of {least} to {most} characters", number(lengths.count()));
    let arguments = format!("minimum: {low}, maximum: {high}");
    board.rule("length_between", &arguments, evidence, (column.counts().rows, 0));
}
