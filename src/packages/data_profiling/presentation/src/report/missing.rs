//! What is missing, and what is missing together.

use data_profiling_domain::{ColumnProfile, MissingStructure, Profile};
use shared_kernel_presentation::chart::{self, ValueBar};
use shared_kernel_presentation::page::{self, Align, Html};
use shared_kernel_presentation::{Tone, format};

use super::{column_link, column_links, cut};

/// Columns shown, those with the most gaps.
const COLUMNS: usize = 30;
/// Combinations shown.
const PATTERNS: usize = 12;
/// Groups and pairs shown.
const TOGETHER: usize = 10;
/// Pairs of columns that are missing together less than this are no news.
const TELLING_PHI: f64 = 0.3;

/// Gaps by column and what goes together; nothing where no value is missing.
pub(super) fn missing(profile: &Profile) -> Option<Html> {
    if profile.null_cells == 0 {
        return None;
    }
    let structure = profile.structure.as_ref().map(|structure| &structure.missing);
    let patterns = structure.map(|found| patterns(found, profile.rows)).unwrap_or_default();
    let together = structure.map(together).unwrap_or_default();
    Some(Html::concat([page::split([by_column(profile), patterns]), together]))
}

fn by_column(profile: &Profile) -> Html {
    let mut gappy: Vec<&ColumnProfile> =
        profile.columns.iter().filter(|column| column.nulls > 0).collect();
    gappy.sort_by_key(|column| std::cmp::Reverse(column.nulls));
    let bars: Vec<ValueBar> = gappy
        .iter()
        .take(COLUMNS)
        .map(|column| ValueBar {
            label: format::shorten(&column.name, 40),
            count: column.nulls,
            tone: Tone::Neutral,
        })
        .collect();
    let complete = (profile.columns.len() - gappy.len()) as u64;
    let note = match complete {
        0 => String::new(),
        _ => format!("{} without a gap", format::plural(complete, "column is", "columns are")),
    };
    Html::concat([
        page::heading("Missing by column"),
        chart::share_bars("Missing values by column", &bars, profile.rows),
        cut(gappy.len(), COLUMNS, "columns with gaps"),
        if note.is_empty() { Html::default() } else { page::paragraph(&note) },
    ])
}

fn patterns(found: &MissingStructure, rows: u64) -> Html {
    if found.most_frequent.is_empty() {
        return Html::default();
    }
    let of_rows = found.most_frequent.iter().take(PATTERNS).map(|pattern| {
        let mut columns = if pattern.columns.is_empty() {
            Html::text("nothing is missing")
        } else {
            column_links(&pattern.columns)
        };
        if pattern.further_columns > 0 {
            let more = format!(" and {} more", format::count(pattern.further_columns));
            columns = Html::concat([columns, Html::text(&more)]);
        }
        vec![
            page::measured(&pattern.rows, |rows| format::count(*rows)),
            Html::text(&format::share_of(pattern.rows.value, rows)),
            columns,
        ]
    });
    let columns = [("rows", Align::Right), ("share", Align::Right), ("missing", Align::Left)];
    let at_least = if found.is_exact { "" } else { "at least " };
    let caption = format!(
        "{at_least}{}; {} complete",
        format::plural(found.patterns, "combination", "combinations"),
        format::plural(found.complete_rows, "row is", "rows are"),
    );
    Html::concat([
        page::heading("Missing in the same row"),
        page::table(&caption, &columns, of_rows),
        cut(found.patterns as usize, PATTERNS.min(found.most_frequent.len()), "combinations"),
    ])
}

fn together(found: &MissingStructure) -> Html {
    let mut parts = Vec::new();
    if !found.together.is_empty() {
        let rows = found.together.iter().take(TOGETHER).map(|group| {
            let rows = page::measured(&group.rows, |rows| format::count(*rows));
            vec![column_links(&group.columns), rows]
        });
        let columns = [("Columns", Align::Left), ("rows", Align::Right)];
        parts.push(page::table("Always missing together", &columns, rows));
        parts.push(cut(found.together.len(), TOGETHER, "groups"));
    }
    let telling: Vec<_> =
        found.associations.iter().filter(|pair| pair.phi.value.abs() >= TELLING_PHI).collect();
    if !telling.is_empty() {
        let rows = telling.iter().take(TOGETHER).map(|pair| {
            let phi = page::measured(&pair.phi, |phi| format!("{phi:.3}"));
            vec![column_link(&pair.left), column_link(&pair.right), phi]
        });
        let columns = [("Column", Align::Left), ("Column", Align::Left), ("phi", Align::Right)];
        let caption = "Often missing together (phi, from -1, never, to 1, always)";
        let table = page::table(caption, &columns, rows);
        let table = Html::concat([table, cut(telling.len(), TOGETHER, "pairs")]);
        parts.push(page::details("pairs that are often missing together", &table));
    }
    Html::concat(parts)
}
