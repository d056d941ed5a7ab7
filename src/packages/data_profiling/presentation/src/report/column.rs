//! The card of a column.

use data_profiling_domain::{ColumnProfile, Figure, Profile};
use shared_kernel_domain::measured::Exactness;
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::chart::{self, Histogram, ValueBar};
use shared_kernel_presentation::page::{self, Card, Html};
use shared_kernel_presentation::{Tone, format};

use crate::figure::{NONE, cell, condense, type_name};

/// Characters of a value in a card.
const VALUE: usize = 40;

/// How much a card may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    bins: usize,
    values: usize,
}

impl Room {
    /// In a page of few columns.
    pub(super) const MUCH: Self = Self { bins: 24, values: 8 };
    /// In a page of many columns.
    pub(super) const LITTLE: Self = Self { bins: 8, values: 3 };
}

/// The card of a column of a profile.
pub(super) fn column_card(profile: &Profile, column: &ColumnProfile, room: Room) -> Card {
    let findings: Vec<_> = profile.findings_of(&column.name).collect();
    let badges =
        findings.iter().map(|finding| page::badge(Tone::Warning, finding.kind.name())).collect();
    let sentences = findings.iter().map(|finding| page::paragraph(&finding.sentence));
    let body = Html::concat(
        sentences.chain([page::key_values(figures(column)), distribution(column, room)]),
    );
    Card {
        id: page::anchor("column", &column.name),
        title: column.name.clone(),
        meta: type_name(column),
        badges,
        body,
    }
}

fn shown<T>(figure: &Figure<T>, render: impl Fn(&T) -> String) -> Html {
    match figure {
        Figure::Known(known) => page::measured(known, render),
        Figure::Missing(missing) => {
            Html::concat([Html::text(NONE), Html::text(&format!(" ({})", missing.reason))])
        }
    }
}

fn figures(column: &ColumnProfile) -> Vec<(&'static str, Html)> {
    let value = |figure: &Figure<Cell>| shown(figure, |value| cell(value, VALUE));
    let number = |figure: &Figure<f64>| shown(figure, |number| format::number(*number));
    let count = |count: u64| Html::text(&format::count(count));
    let mut figures = vec![
        ("missing", shown(&column.null_share, |share| format::share(*share))),
        ("distinct", shown(&column.distinct, |distinct| format::count(*distinct))),
    ];
    if column.values() == 0 {
        return figures;
    }
    figures.push(("smallest", value(&column.minimum)));
    if let Some(median) = column.median() {
        figures.push(("median", value(median)));
    }
    figures.push(("largest", value(&column.maximum)));
    if let Some(numbers) = &column.numbers {
        figures.push(("mean", number(&numbers.mean)));
        figures.push(("standard deviation", number(&numbers.standard_deviation)));
        for (name, of) in [
            ("zeros", numbers.zeros),
            ("negatives", numbers.negatives),
            ("NaN", numbers.nan),
            ("infinite", numbers.infinite),
        ] {
            if of > 0 {
                figures.push((name, count(of)));
            }
        }
    }
    if let Some(texts) = &column.texts {
        let length = |figure: &Figure<u64>| shown(figure, |length| format::count(*length));
        figures.push(("shortest", length(&texts.shortest)));
        figures.push(("median length", length(&texts.median_length)));
        figures.push(("longest", length(&texts.longest)));
        for (name, of) in [("empty", texts.empty), ("padded", texts.padded)] {
            if of > 0 {
                figures.push((name, count(of)));
            }
        }
    }
    figures
}

fn distribution(column: &ColumnProfile, room: Room) -> Html {
    let several = column.distinct.value().is_some_and(|&distinct| distinct > 1);
    match &column.histogram {
        Some(histogram) if several => {
            let shown = condense(histogram, room.bins);
            let label = |edge: f64| {
                let place = shown.edges.iter().position(|&known| known == edge);
                let named = place.and_then(|place| shown.edge_labels.get(place));
                named.map_or_else(
                    || format::number(edge),
                    |name| cell(&Cell::Text(name.clone()), VALUE),
                )
            };
            chart::histogram(&Histogram {
                title: &column.name,
                edges: &shown.edges,
                counts: &shown.counts,
                label: &label,
                note: "",
            })
        }
        _ => top_values(column, room),
    }
}

fn top_values(column: &ColumnProfile, room: Room) -> Html {
    if column.top_values.is_empty() {
        if column.values() == 0 {
            return Html::default();
        }
        return page::paragraph("no value is frequent");
    }
    let listed = column.top_values.iter().take(room.values);
    let bars: Vec<ValueBar> = listed
        .map(|top| ValueBar {
            label: format::shorten(&format::cell(&top.value), VALUE),
            count: top.count.value,
            tone: Tone::Neutral,
        })
        .collect();
    let title = match column.top_values.first().map(|top| top.count.exactness) {
        Some(Exactness::Approximate { error }) => {
            format!("Frequent values (counts may be up to {} higher)", format::count(error as u64))
        }
        _ => "Frequent values".to_owned(),
    };
    chart::value_bars(&title, &bars, column.values())
}
