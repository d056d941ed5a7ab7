//! Rows as they stand in the table: the first, the last, and those that come most often.

use data_profiling_domain::Profile;
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::format;
use shared_kernel_presentation::page::{self, Align, Html};

use super::NAME;
use crate::figure::{NONE, cell};

/// Columns shown; all are in the JSON document.
const COLUMNS: usize = 60;
/// Characters of a cell.
const CHARACTERS: usize = 60;

/// The rows; nothing where a profile has none, or tells no value.
pub(super) fn rows(profile: &Profile) -> Option<Html> {
    let repeated = profile.duplicate_rows.iter().flat_map(|it| &it.most_frequent);
    let repeated: Vec<_> = repeated.filter(|row| !row.cells.is_empty()).collect();
    let sample = profile.sample.as_ref().filter(|sample| !sample.head.is_empty());
    if sample.is_none() && repeated.is_empty() {
        return None;
    }
    let mut parts = Vec::new();
    if let Some(sample) = sample {
        for (title, rows) in [("First rows", &sample.head), ("Last rows", &sample.tail)] {
            if !rows.is_empty() {
                let numbered = rows.iter().map(|row| (format::count(row.row), &row.cells));
                parts.push(page::heading(title));
                parts.push(table(
                    profile,
                    &["row"],
                    numbered.map(|(row, cells)| (vec![row], cells)),
                ));
            }
        }
    }
    if !repeated.is_empty() {
        let told = repeated
            .iter()
            .map(|row| (vec![format::count(row.count), format::count(row.first_row)], &row.cells));
        parts.push(page::heading("Rows that come most often"));
        parts.push(table(profile, &["times", "first row"], told));
    }
    let hidden = profile.columns.len().saturating_sub(COLUMNS);
    if hidden > 0 {
        let columns = format::plural(hidden as u64, "more column is", "more columns are");
        parts.push(page::note(&format!("{columns} in the JSON document.")));
    }
    Some(Html::concat(parts))
}

fn table<'a>(
    profile: &Profile,
    leading: &[&str],
    rows: impl Iterator<Item = (Vec<String>, &'a Vec<Cell>)>,
) -> Html {
    let shown = profile.columns.iter().take(COLUMNS);
    let names: Vec<String> = shown.clone().map(|it| format::shorten(&it.name, NAME)).collect();
    let aligns = shown
        .map(|column| if column.stored_type.is_numeric() { Align::Right } else { Align::Left });
    let columns: Vec<(&str, Align)> = leading
        .iter()
        .map(|title| (*title, Align::Right))
        .chain(names.iter().map(String::as_str).zip(aligns))
        .collect();
    let rows = rows.map(|(leading, cells)| {
        let leading = leading.iter().map(|text| Html::text(text));
        leading.chain(cells.iter().take(COLUMNS).map(text)).collect()
    });
    page::table("", &columns, rows)
}

fn text(value: &Cell) -> Html {
    let text = if *value == Cell::Null { NONE } else { &cell(value, CHARACTERS) };
    Html::text(text)
}
