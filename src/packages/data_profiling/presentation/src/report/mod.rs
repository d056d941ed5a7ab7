//! The profile as part of a page, and as a page of its own.

mod column;

use data_profiling_domain::{Profile, ProfileChanges};
use shared_kernel_domain::Result;
use shared_kernel_presentation::page::{self, Html, ReportPage, Section, Tile};
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, format};

use crate::figure::{figure, finding_column};
use column::{Room, column_card};

/// Findings shown in a page; all of them stand in the JSON document.
const FINDINGS: usize = 200;
/// Changes shown in a page, the largest.
const CHANGES: usize = 30;
/// From so many columns on, each gets less room, so that a page of a thousand stays small.
const MANY_COLUMNS: usize = 100;

/// The profile part of a page.
pub fn section(profile: &Profile) -> Section {
    let count = profile.columns.len() as u64;
    let html = Html::concat([tiles(profile), findings(profile), columns(profile)]);
    Section {
        id: "profile".to_owned(),
        title: "Profile".to_owned(),
        aside: format::plural(count, "column", "columns"),
        html,
    }
}

/// What changed since the version before, as a part of a page.
pub fn changes_section(changes: &ProfileChanges) -> Section {
    let count = changes.changes.len() as u64;
    Section {
        id: "changes".to_owned(),
        title: changes.from_version.map_or_else(
            || "Changes".to_owned(),
            |version| format!("Changes since version {version}"),
        ),
        aside: format::plural(count, "change", "changes"),
        html: self::changes(changes),
    }
}

/// A page of its own for a profile.
pub(crate) fn page(profile: &Profile) -> Result<String> {
    let version = profile
        .dataset
        .as_ref()
        .map_or_else(String::new, |known| format!("version {}, ", known.version));
    ReportPage {
        title: profile.name.clone(),
        subtitle: format!(
            "{version}{}, {}",
            format::plural(profile.rows, "row", "rows"),
            format::plural(profile.columns.len() as u64, "column", "columns")
        ),
        verdict: None,
        sections: vec![section(profile)],
        footer: format!("{} · digest {}", profile.schema, profile.digest.short()),
    }
    .render()
}

/// A page for what changed from one profile to another.
pub(crate) fn changes_page(
    before: &Profile,
    after: &Profile,
    changes: &ProfileChanges,
) -> Result<String> {
    let told = |profile: &Profile| {
        format!("{} ({})", profile.name, format::plural(profile.rows, "row", "rows"))
    };
    ReportPage {
        title: format!("{} → {}", before.name, after.name),
        subtitle: format!("{} and {}", told(before), told(after)),
        verdict: None,
        sections: vec![changes_section(changes)],
        footer: format!(
            "{} · digests {} and {}",
            changes.schema,
            before.digest.short(),
            after.digest.short()
        ),
    }
    .render()
}

fn tiles(profile: &Profile) -> Html {
    let tile = |label: &str, value: String, note: String| Tile {
        label: label.to_owned(),
        value: Html::text(&value),
        note,
    };
    let types: Vec<String> = profile
        .types
        .iter()
        .map(|count| format!("{} {}", count.columns, count.column_type.name()))
        .collect();
    page::tiles(&[
        tile("Rows", format::count(profile.rows), String::new()),
        tile("Columns", format::count(profile.columns.len() as u64), types.join(", ")),
        tile(
            "Missing cells",
            figure(&profile.null_share, |share| format::share(*share)),
            format::plural(profile.null_cells, "cell", "cells"),
        ),
        tile("Findings", format::count(profile.findings.len() as u64), String::new()),
    ])
}

fn findings(profile: &Profile) -> Html {
    if profile.findings.is_empty() {
        return Html::default();
    }
    let mut table = Table::new([
        Column::text("Finding"),
        Column::text("Column"),
        Column::text("What it rests on"),
    ]);
    for finding in profile.findings.iter().take(FINDINGS) {
        table.row([
            finding.kind.name().into(),
            finding_column(finding).into(),
            finding.sentence.as_str().into(),
        ]);
    }
    Html::concat([
        table.to_html("What stands out"),
        cut(profile.findings.len(), FINDINGS, "findings"),
    ])
}

fn changes(changes: &ProfileChanges) -> Html {
    if changes.changes.is_empty() {
        let sentence = if changes.identical {
            "every value is the same"
        } else {
            "no figure of the profile changed by much"
        };
        return page::paragraph(sentence);
    }
    let mut table = Table::new([Column::text("Column"), Column::text("What changed")]);
    for change in changes.changes.iter().take(CHANGES) {
        table.row([
            change.column.as_deref().unwrap_or("(table)").into(),
            change.sentence.as_str().into(),
        ]);
    }
    Html::concat([
        table.to_html("The largest first"),
        cut(changes.changes.len(), CHANGES, "changes"),
    ])
}

/// Says what is not shown.
fn cut(all: usize, shown: usize, what: &str) -> Html {
    if all <= shown {
        return Html::default();
    }
    page::paragraph(&format!("{} more {what} are in the JSON document", all - shown))
}

fn columns(profile: &Profile) -> Html {
    let room = if profile.columns.len() > MANY_COLUMNS { Room::LITTLE } else { Room::MUCH };
    let cards: Vec<_> =
        profile.columns.iter().map(|column| column_card(profile, column, room)).collect();
    let filter = (cards.len() > 5).then_some("Find a column");
    page::cards(filter, &cards)
}

#[cfg(test)]
mod tests;
