//! What one column speaks for, whatever its type.

use shared_kernel_domain::summary::ColumnProfileSummary;
use shared_kernel_domain::table::{ColumnType, Field};

use super::{Entry, FEWEST, Suggestion, text};
use crate::check::{number, percent};
use crate::rule::LogicalType;
use crate::yaml::quoted;

/// A column of which more is missing than this promises nothing.
const MOST_MISSING: f64 = 0.5;
/// Room beyond the smallest and the largest number, as a share of what lies between.
const ROOM: f64 = 0.1;

/// Collects the suggestions for a column.
pub(super) struct Board {
    column: String,
    pub(super) found: Vec<Suggestion>,
}

impl Board {
    pub(super) fn of(column: &str) -> Self {
        Self { column: column.to_owned(), found: Vec::new() }
    }

    pub(super) fn add(
        &mut self,
        rule: &'static str,
        evidence: String,
        (rows, broken): (u64, u64),
        entry: Entry,
    ) {
        let column = Some(self.column.clone());
        self.found.push(Suggestion { column, rule, evidence, rows, broken, history: None, entry });
    }

    /// A rule of our own engine, with its arguments as YAML.
    pub(super) fn rule(
        &mut self,
        rule: &'static str,
        arguments: &str,
        evidence: String,
        (rows, broken): (u64, u64),
    ) {
        let mut entry = vec![
            ("type", "custom".to_owned()),
            ("engine", "pynomaly".to_owned()),
            ("implementation", format!("{{rule: {rule}, {arguments}}}")),
        ];
        entry.extend(allowance(rows, broken));
        self.add(rule, evidence, (rows, broken), Entry::Quality(entry));
    }
}

/// What allows as many rows to break a rule as do so here, and a quarter more; nothing where none
/// do.
pub(super) fn allowance(rows: u64, broken: u64) -> Vec<(&'static str, String)> {
    if broken == 0 { Vec::new() } else { with_slack(rows, broken) }
}

/// The same, and a thousandth where none do.
pub(super) fn with_slack(rows: u64, broken: u64) -> Vec<(&'static str, String)> {
    let share = 100.0 * broken as f64 / rows.max(1) as f64;
    let most = ((share * 1.25 + 0.1) * 10.0).ceil() / 10.0;
    let most = most.min(100.0);
    vec![("mustBeLessOrEqualTo", format!("{most}")), ("unit", "percent".to_owned())]
}

/// Adds what a column speaks for.
pub(super) fn suggest(
    field: &Field,
    column: &ColumnProfileSummary,
    typed: bool,
    board: &mut Board,
) {
    let counts = column.counts();
    let rows = counts.rows;
    if let Some(logical) = logical_type(field.column_type) {
        let evidence = format!("the column is {}", field.column_type.name());
        board.add("logical_type", evidence, (rows, 0), Entry::Type(logical));
    }
    // NaN is no value to a rule
    let missing = counts.nulls + counts.nan;
    if field.column_type == ColumnType::Text {
        text::suggest(column, missing, board);
        return;
    }
    completeness(rows, missing, board);
    if field.column_type.is_numeric() {
        if !typed {
            let format =
                if field.column_type == ColumnType::Integer { "integer" } else { "number" };
            let values = rows - missing;
            if values >= FEWEST {
                let evidence = format!("all {} values", number(values));
                board.rule("has_format", &format!("format: {format}"), evidence, (rows, 0));
            }
        }
        range(field, column, board);
    }
}

/// A value in each row, or in most.
pub(super) fn completeness(rows: u64, missing: u64, board: &mut Board) {
    if rows < FEWEST || missing as f64 > MOST_MISSING * rows as f64 {
        return;
    }
    if missing == 0 {
        let evidence = format!("a value in each of {} rows", number(rows));
        board.add("not_null", evidence, (rows, 0), Entry::Required);
        return;
    }
    let evidence = format!("missing in {} of {} rows", number(missing), number(rows));
    let mut entry = vec![("metric", "nullValues".to_owned())];
    entry.extend(allowance(rows, missing));
    board.add("not_null", evidence, (rows, missing), Entry::Quality(entry));
}

/// Texts that stand for no value, beside those that are none; `false` where they are too many to be
/// that.
pub(super) fn stand_ins(
    (rows, missing): (u64, u64),
    texts: &[(&str, u64)],
    board: &mut Board,
) -> bool {
    /// More ways to write nothing are not told apart.
    const MOST_TEXTS: usize = 20;
    let count: u64 = texts.iter().map(|(_, count)| count).sum();
    let broken = missing + count;
    if count == 0 || texts.len() > MOST_TEXTS || broken as f64 > MOST_MISSING * rows as f64 {
        return false;
    }
    let list: Vec<String> = texts.iter().map(|(text, _)| quoted(text)).collect();
    let list = list.join(", ");
    let evidence = format!("{list} or nothing in {} of {} rows", number(broken), number(rows));
    let mut entry = vec![
        ("metric", "missingValues".to_owned()),
        ("arguments", format!("{{missingValues: [{list}]}}")),
    ];
    entry.extend(allowance(rows, broken));
    board.add("missing_values", evidence, (rows, broken), Entry::Quality(entry));
    true
}

/// Between the smallest and the largest number, with room beyond; what has one sign keeps it.
fn range(field: &Field, column: &ColumnProfileSummary, board: &mut Board) {
    let (counts, moments) = (column.counts(), column.moments());
    let (Some(low), Some(high)) = (moments.min(), moments.max()) else { return };
    let infinite = counts.positive_infinities + counts.negative_infinities;
    if moments.count() < FEWEST || infinite > 0 {
        return;
    }
    let is_whole = field.column_type == ColumnType::Integer;
    if is_whole && is_dense(column, low, high) {
        let values = number(moments.count());
        let evidence = format!("{values} values; all whole numbers from {low} to {high} are there");
        let arguments = format!("minimum: {low}, maximum: {high}");
        board.rule("between", &arguments, evidence, (counts.rows, 0));
        return;
    }
    let room = if high > low { ROOM * (high - low) } else { ROOM * high.abs().max(1.0) };
    let unit = if is_whole { 1.0 } else { 10_f64.powf(room.abs().log10().floor() - 1.0) };
    let outward = |bound: f64, round: fn(f64) -> f64| {
        // steps below one are divided by, as they have no exact float
        if unit >= 1.0 {
            round(bound / unit) * unit
        } else {
            round(bound * (1.0 / unit).round()) / (1.0 / unit).round()
        }
    };
    let mut least = outward(low - room, f64::floor);
    let mut most = outward(high + room, f64::ceil);
    if low >= 0.0 {
        least = least.max(0.0);
    }
    if high <= 0.0 {
        most = most.min(0.0);
    }
    if !(least.is_finite() && most.is_finite() && least <= low && high <= most) {
        return;
    }
    let evidence = format!(
        "{} values from {low} to {high}; a tenth of the range is allowed beyond",
        number(moments.count())
    );
    let arguments = format!("minimum: {least}, maximum: {most}");
    board.rule("between", &arguments, evidence, (counts.rows, 0));
}

/// Whether all whole numbers between two occur, and many times: months, hours, grades.
fn is_dense(column: &ColumnProfileSummary, low: f64, high: f64) -> bool {
    let Some(different) = column.frequent().distinct() else { return false };
    let values = column.moments().count();
    different > 1 && different as f64 == high - low + 1.0 && values >= FEWEST * different
}

/// The standard's name for a type, where it has one.
fn logical_type(column_type: ColumnType) -> Option<LogicalType> {
    Some(match column_type {
        ColumnType::Boolean => LogicalType::Boolean,
        ColumnType::Integer => LogicalType::Integer,
        ColumnType::Float | ColumnType::Decimal => LogicalType::Number,
        ColumnType::Text => LogicalType::String,
        ColumnType::Date => LogicalType::Date,
        ColumnType::Timestamp => LogicalType::Timestamp,
        ColumnType::Time => LogicalType::Time,
        ColumnType::List => LogicalType::Array,
        ColumnType::Struct => LogicalType::Object,
        ColumnType::Null | ColumnType::Binary | ColumnType::Duration => return None,
    })
}

/// `12 of 2,410 (0.5 %)`.
pub(super) fn of(part: u64, whole: u64) -> String {
    format!("{} of {} ({})", number(part), number(whole), percent(part, whole))
}
