//! Columns of times and columns that count.

use data_profiling_domain::{SequenceColumn, TableStructure, TimeColumn, ValueOrder};
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::format;
use shared_kernel_presentation::page::{self, Align, Html};

use super::{column_link, cut};
use crate::figure::{NONE, cell, figure};

/// Columns shown of each.
const SHOWN: usize = 40;
/// Characters of a time.
const VALUE: usize = 30;

/// Nothing where there are neither times nor sequences.
pub(super) fn series(structure: &TableStructure) -> Option<Html> {
    if structure.times.is_empty() && structure.sequences.is_empty() {
        return None;
    }
    Some(Html::concat([times(&structure.times), sequences(&structure.sequences)]))
}

fn times(columns: &[TimeColumn]) -> Html {
    if columns.is_empty() {
        return Html::default();
    }
    let rows = columns.iter().take(SHOWN).map(|time| {
        vec![
            column_link(&time.column),
            Html::text(&told(&time.earliest)),
            Html::text(&told(&time.latest)),
            Html::text(order(time.order)),
            Html::text(&figure(&time.cadence, |cadence| {
                format!("{} ({})", cadence.step, format::share(cadence.share))
            })),
            Html::text(&figure(&time.gaps, |gaps| format::count(*gaps))),
            Html::text(&figure(&time.longest_step, |step| step.length.clone())),
            Html::text(&remarks(time)),
        ]
    });
    let head = [
        ("Column", Align::Left),
        ("earliest", Align::Left),
        ("latest", Align::Left),
        ("order", Align::Left),
        ("usual step", Align::Left),
        ("gaps", Align::Right),
        ("longest step", Align::Left),
        ("remarks", Align::Left),
    ];
    Html::concat([
        page::table("Dates and points in time", &head, rows),
        cut(columns.len(), SHOWN, "columns"),
    ])
}

/// A time that is not there was redacted.
fn told(time: &Cell) -> String {
    if *time == Cell::Null { NONE.to_owned() } else { cell(time, VALUE) }
}

fn remarks(time: &TimeColumn) -> String {
    let mut remarks = Vec::new();
    if let Some(future) = time.future.filter(|&future| future > 0) {
        remarks.push(format!("{} in the future", format::count(future)));
    }
    if let Some(saving) = &time.daylight_saving {
        let days = (saving.short_days.len() + saving.long_days.len()) as u64;
        let days = format::plural(days, "day", "days");
        remarks.push(format!("{days} of 23 or 25 hours: local times with daylight saving"));
    }
    for default in &time.default_dates {
        remarks.push(format!("{} {} times", default.date, format::count(default.count)));
    }
    if time.repeated.value > 0 {
        let repeated = format::measured(&time.repeated, |repeated| format::count(*repeated));
        remarks.push(format!("{repeated} repeated"));
    }
    remarks.join("; ")
}

fn sequences(columns: &[SequenceColumn]) -> Html {
    if columns.is_empty() {
        return Html::default();
    }
    let rows = columns.iter().take(SHOWN).map(|sequence| {
        vec![
            column_link(&sequence.column),
            Html::text(&sequence.step.to_string()),
            Html::text(&sequence.first.to_string()),
            Html::text(&sequence.last.to_string()),
            Html::text(&format::count(sequence.gaps)),
            Html::text(&format::count(sequence.left_out_numbers)),
            Html::text(&format::count(sequence.repeats)),
            Html::text(&format::count(sequence.steps_back)),
        ]
    });
    let head = [
        ("Column", Align::Left),
        ("counts by", Align::Right),
        ("first", Align::Right),
        ("last", Align::Right),
        ("gaps", Align::Right),
        ("numbers left out", Align::Right),
        ("repeats", Align::Right),
        ("steps back", Align::Right),
    ];
    Html::concat([
        page::table("Numbers that count", &head, rows),
        cut(columns.len(), SHOWN, "columns"),
    ])
}

fn order(order: ValueOrder) -> &'static str {
    match order {
        ValueOrder::Constant => "constant",
        ValueOrder::StrictlyAscending => "ascending, none twice",
        ValueOrder::Ascending => "ascending",
        ValueOrder::MostlyAscending => "mostly ascending",
        ValueOrder::StrictlyDescending => "descending, none twice",
        ValueOrder::Descending => "descending",
        ValueOrder::MostlyDescending => "mostly descending",
        ValueOrder::Unordered => "none",
    }
}
