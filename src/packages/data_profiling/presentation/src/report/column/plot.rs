//! The plot of a column: whatever shows its values best.

use data_profiling_domain::{BooleanProfile, ColumnProfile, Distribution, Figure, Histogram};
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::chart::{self, Segment, Spread, ValueBar};
use shared_kernel_presentation::page::{self, Html};
use shared_kernel_presentation::{Tone, format};

use super::Room;
use super::figures::VALUE;
use crate::figure::{cell, condense};

/// Up to so many different numbers, each gets a bar of its own.
const FEW: usize = 8;
/// A value with a smaller share says little about its column.
const TELLING_SHARE: f64 = 0.01;
/// Characters of a value beside its bar.
const LABEL: usize = 28;

/// What a card shows of its column.
pub(super) fn plot(column: &ColumnProfile, room: Room) -> Html {
    if column.values() == 0 {
        return Html::default();
    }
    if let Some(booleans) = &column.booleans {
        return truths(column, *booleans);
    }
    let few = column.lists_every_value() && column.top_values.len() <= FEW.min(room.values);
    if few || column.distinct.value() == Some(&1) {
        return top_values(column, room.values);
    }
    if let Some(core) = core(column, room.bins) {
        return core;
    }
    if let Some(histogram) = &column.histogram {
        return distribution(column, histogram, "", room.bins);
    }
    if is_repetitive(column) {
        return top_values(column, room.values);
    }
    lengths(column, room.bins).unwrap_or_else(|| page::note("no value is frequent"))
}

/// Whether the most frequent value is worth a bar.
pub(super) fn is_repetitive(column: &ColumnProfile) -> bool {
    column.top_values.first().is_some_and(|top| top.count.value > 1 && top.share >= TELLING_SHARE)
}

fn truths(column: &ColumnProfile, booleans: BooleanProfile) -> Html {
    let segment = |label: &str, count, tone| Segment { label: label.to_owned(), count, tone };
    let mut segments = vec![
        segment("true", booleans.trues, Tone::Neutral),
        segment("false", booleans.falses, Tone::Neutral),
    ];
    if column.nulls > 0 {
        segments.push(segment("missing", column.nulls, Tone::Muted));
    }
    chart::stacked_bar(&format!("{}: true and false", column.name), &segments)
}

/// Where a few values are far away, the others would be one bar: they are shown without these.
fn core(column: &ColumnProfile, bins: usize) -> Option<Html> {
    let core = column.distribution.as_ref()?.core_histogram.as_ref()?;
    let beyond = core.below + core.above;
    let mut note = format!("{} far away left out", format::plural(beyond, "value", "values"));
    if let Exactness::Approximate { error } = core.exactness {
        note = format!("≈ {note}; counts may be off by {}", format::count(error.ceil() as u64));
    }
    Some(distribution(column, &core.bins, &note, bins))
}

/// A histogram; of numbers with a box below.
pub(super) fn distribution(
    column: &ColumnProfile,
    histogram: &Histogram,
    note: &str,
    bins: usize,
) -> Html {
    let shown = condense(histogram, bins);
    let label = |edge: f64| {
        let place = shown.edges.iter().position(|&known| known == edge);
        let named = place.and_then(|place| shown.edge_labels.get(place));
        named.map_or_else(|| format::number(edge), |name| cell(&Cell::Text(name.clone()), VALUE))
    };
    let chart = chart::Histogram {
        title: &column.name,
        edges: &shown.edges,
        counts: &shown.counts,
        label: &label,
        note,
    };
    let box_below = column.distribution.as_ref().and_then(|found| spread(column, found));
    chart::histogram_with_box(&chart, box_below.filter(|_| shown.edge_labels.is_empty()))
}

/// The box of a column of numbers: whiskers reach to the fences, and never beyond the values.
fn spread(column: &ColumnProfile, distribution: &Distribution) -> Option<Spread> {
    let quantile = |share| column.quantile(share).and_then(Figure::value).and_then(as_number);
    let (lower, median, upper) = (quantile(0.25)?, quantile(0.5)?, quantile(0.75)?);
    let smallest = column.minimum.value().and_then(as_number)?;
    let largest = column.maximum.value().and_then(as_number)?;
    let low = distribution.lower_fence.value().map_or(smallest, |fence| fence.max(smallest));
    let high = distribution.upper_fence.value().map_or(largest, |fence| fence.min(largest));
    Some(Spread { whiskers: (low.min(lower), high.max(upper)), quartiles: (lower, upper), median })
}

/// Decimals travel as text.
fn as_number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Integer(value) => Some(*value as f64),
        Cell::Float(value) => Some(*value),
        Cell::Text(text) => text.parse().ok(),
        Cell::Null | Cell::Boolean(_) => None,
    }
}

/// Texts by length.
pub(super) fn lengths(column: &ColumnProfile, bins: usize) -> Option<Html> {
    let lengths = column.texts.as_ref()?.lengths.as_ref()?;
    if lengths.counts.len() < 2 {
        return None;
    }
    let shown = condense(lengths, bins);
    Some(chart::histogram(&chart::Histogram {
        title: &format!("{}: lengths", column.name),
        edges: &shown.edges,
        counts: &shown.counts,
        label: &format::number,
        note: if column.bytes.is_some() { "length in bytes" } else { "length in characters" },
    }))
}

/// The most frequent values, and how many others there are.
pub(super) fn top_values(column: &ColumnProfile, most: usize) -> Html {
    if column.top_values.is_empty() {
        return page::note("no value is frequent");
    }
    let bars: Vec<ValueBar> = column
        .top_values
        .iter()
        .take(most)
        .map(|top| ValueBar {
            label: named(&top.value),
            count: top.count.value,
            tone: Tone::Neutral,
        })
        .collect();
    let listed: u64 = bars.iter().map(|bar| bar.count).sum();
    let bars_html = chart::value_bars("Frequent values", &bars, column.values());
    Html::concat([bars_html, others(column, bars.len() as u64, listed)])
}

/// What is not listed, and how far the counts of what is can be trusted.
fn others(column: &ColumnProfile, values: u64, rows: u64) -> Html {
    let mut parts = Vec::new();
    let rest = column.values().saturating_sub(rows);
    if rest > 0 {
        let share = format::share_of(rest, column.values());
        parts.push(match column.distinct.measured() {
            Some(distinct) if distinct.is_exact() => {
                let more = distinct.value.saturating_sub(values);
                format!(
                    "{} in {share} of the rows",
                    format::plural(more, "other value", "other values")
                )
            }
            _ => format!("other values in {share} of the rows"),
        });
    }
    if let Some(Exactness::Approximate { error }) =
        column.top_values.first().map(|top| top.count.exactness)
    {
        parts.push(format!("counts may be up to {} higher", format::count(error as u64)));
    }
    if parts.is_empty() { Html::default() } else { page::note(&parts.join("; ")) }
}

/// A value beside its bar; one that was redacted has none.
fn named(value: &Cell) -> String {
    match value {
        Cell::Null => "(left out)".to_owned(),
        known => format::shorten(&format::cell(known), LABEL),
    }
}
