//! The card of a column: a plot, the figures that matter, what was found, all else on demand.

mod figures;
mod further;
mod plot;

use data_profiling_domain::{ColumnProfile, Finding, Profile};
use shared_kernel_presentation::format;
use shared_kernel_presentation::page::{self, Card, Facet, Html};

use super::findings;
use crate::figure::type_name;

/// Findings about several columns that a card tells.
const SHARED: usize = 1;

/// How much a card may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Bins of a histogram.
    bins: usize,
    /// Frequent values.
    values: usize,
    /// Findings with their sentences.
    findings: usize,
    /// Whether figures that only some ask for are there.
    further: bool,
}

impl Room {
    /// In a page of few columns.
    const MUCH: Self = Self { bins: 40, values: 8, findings: 4, further: true };
    /// In a page of some hundred columns.
    const SOME: Self = Self { bins: 20, values: 5, findings: 3, further: false };
    /// In a page of very many columns.
    const LITTLE: Self = Self { bins: 10, values: 3, findings: 2, further: false };

    /// How much room each of so many columns gets, so that a page of a thousand stays small.
    pub(super) fn of(columns: usize) -> Self {
        match columns {
            ..=120 => Self::MUCH,
            121..=400 => Self::SOME,
            _ => Self::LITTLE,
        }
    }

    /// Whether nothing is left out.
    pub(super) fn is_much(self) -> bool {
        self.further
    }
}

/// What columns can be chosen by: their type and what was found.
pub(super) fn facets(profile: &Profile) -> Vec<Facet> {
    let types = profile.all_columns().map(|column| vec![column.stored_type.name().to_owned()]);
    let found = profile.all_columns().map(|column| {
        let mut kinds: Vec<String> =
            profile.findings_of(&column.name).map(|found| found.kind.name().to_owned()).collect();
        kinds.dedup();
        kinds.sort();
        kinds.dedup();
        kinds
    });
    vec![
        Facet { key: "type", label: "Type", of_cards: types.collect() },
        Facet { key: "finding", label: "Finding", of_cards: found.collect() },
    ]
}

/// The card of a column of a profile.
pub(super) fn column_card(profile: &Profile, column: &ColumnProfile, room: Room) -> Card {
    let further = if room.further {
        page::details("more figures", &further::further(profile, column))
    } else {
        Html::default()
    };
    let body = Html::concat([
        plot::plot(column, room),
        page::key_values(figures::main(column)),
        found(profile, column, room.findings),
        further,
    ]);
    Card {
        id: page::anchor("column", &column.name),
        title: column.name.clone(),
        meta: type_name(column),
        badges: Vec::new(),
        body,
    }
}

/// What was found about the column itself, then what it has to do with others.
fn found(profile: &Profile, column: &ColumnProfile, most: usize) -> Html {
    let all: Vec<&Finding> = profile.findings_of(&column.name).collect();
    if all.is_empty() {
        return Html::default();
    }
    let (own, shared): (Vec<&Finding>, Vec<&Finding>) =
        all.into_iter().partition(|finding| finding.column == column.name);
    let count = own.len() + shared.len();
    // What goes for other columns too is told once, among the findings.
    let listed = most.min(own.len() + SHARED.min(shared.len()));
    let mut items: Vec<Html> = own
        .into_iter()
        .chain(shared)
        .take(listed)
        .map(|finding| {
            Html::concat([
                findings::badge(finding),
                Html::text(" "),
                Html::text(findings::sentence(finding)),
            ])
        })
        .collect();
    if count > listed {
        let more = format!("{} more", format::count((count - listed) as u64));
        items.push(page::link("findings", &more));
    }
    page::list("found", items)
}
