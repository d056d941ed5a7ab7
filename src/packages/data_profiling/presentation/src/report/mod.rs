//! The profile as parts of a page, and as a page of its own.

mod associations;
mod column;
mod findings;
mod missing;
mod nested;
mod overview;
mod relations;
mod rows;
mod series;

use data_profiling_domain::{Profile, ProfileChanges};
use shared_kernel_domain::Result;
use shared_kernel_presentation::page::{self, Html, ReportPage, Section};
use shared_kernel_presentation::table::Column;
use shared_kernel_presentation::{Table, format};

use column::{Room, column_card};

/// Changes shown in a page, the largest.
const CHANGES: usize = 30;
/// Columns linked of a set.
const LINKS: usize = 8;
/// Characters of a column's name outside of its card.
const NAME: usize = 60;

/// The profile's parts of a page: what it is about first, then what stands out, the columns, and
/// what these have to do with one another. What there is nothing to say about is left out.
pub fn sections(profile: &Profile) -> Vec<Section> {
    let structure = profile.structure.as_ref();
    let count = |count: usize| format::count(count as u64);
    let mut sections =
        vec![section("profile", "Overview", String::new(), overview::overview(profile))];
    if !profile.findings.is_empty() {
        let html = findings::findings(profile);
        sections.push(section(
            "findings",
            "Findings",
            format::count(findings::count(profile)),
            html,
        ));
    }
    if !profile.columns.is_empty() {
        sections.push(section(
            "columns",
            "Columns",
            count(profile.columns.len()),
            columns(profile),
        ));
    }
    if let Some(html) = profile.nested.as_ref().and_then(nested::lists) {
        sections.push(section("lists", "Lists and maps", String::new(), html));
    }
    if let Some(html) = structure.and_then(|found| associations::associations(&found.associations))
    {
        sections.push(section("associations", "Associations", String::new(), html));
    }
    if let Some(html) = missing::missing(profile) {
        let share = profile.null_share.value().map(|share| format::share(*share));
        sections.push(section("missing", "Missing values", share.unwrap_or_default(), html));
    }
    if let Some(found) = structure.filter(|_| profile.rows > 1) {
        let html = relations::relations(found);
        sections.push(section("keys", "Keys and dependencies", String::new(), html));
    }
    if let Some(html) = structure.and_then(series::series) {
        sections.push(section("series", "Times and sequences", String::new(), html));
    }
    if let Some(html) = rows::rows(profile) {
        sections.push(section("rows", "Rows", String::new(), html));
    }
    sections
}

fn section(id: &str, title: &str, aside: String, html: Html) -> Section {
    Section { id: id.to_owned(), title: title.to_owned(), aside, html }
}

/// A link to the card of a column.
fn column_link(name: &str) -> Html {
    page::link(&page::anchor("column", name), &format::shorten(name, NAME))
}

/// Links to the cards of columns.
fn column_links(names: &[String]) -> Html {
    if names.is_empty() {
        return Html::text("(table)");
    }
    let mut parts = Vec::new();
    for (place, name) in names.iter().take(LINKS).enumerate() {
        if place > 0 {
            parts.push(Html::text(", "));
        }
        parts.push(column_link(name));
    }
    if names.len() > LINKS {
        parts.push(Html::text(&format!(" and {} more", names.len() - LINKS)));
    }
    Html::concat(parts)
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
        sections: sections(profile),
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
    let room = Room::of(profile.all_columns().count());
    let cards: Vec<_> =
        profile.all_columns().map(|column| column_card(profile, column, room)).collect();
    let filter = (cards.len() > 5).then_some("Find a column");
    let less = if room.is_much() {
        Html::default()
    } else {
        page::note("There are many columns: all figures of each are in the JSON document.")
    };
    Html::concat([less, page::cards_with_facets(filter, &column::facets(profile), &cards)])
}

#[cfg(test)]
mod tests;
