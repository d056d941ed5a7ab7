//! The table as a whole: the figures that matter, how it was read, how far figures can be trusted.

use data_profiling_domain::{ColumnProfile, Figure, Profile, TableOverview};
use shared_kernel_domain::ingest::{IngestEvidence, TableFormat};
use shared_kernel_presentation::chart::{self, Segment};
use shared_kernel_presentation::page::{self, Align, Html, Tile};
use shared_kernel_presentation::{Tone, format};

use super::findings;
use crate::figure::figure;

/// Records shown that could not be read.
const BAD_ROWS: usize = 20;
/// Columns named whose values are left out.
const NAMED: usize = 12;

pub(super) fn overview(profile: &Profile) -> Html {
    let reading = profile.ingest.as_ref().map(reading).unwrap_or_default();
    Html::concat([tiles(profile), redaction(profile), types(profile), reading, trust(profile)])
}

fn tiles(profile: &Profile) -> Html {
    let tile = |label: &str, value: String, note: String| Tile {
        label: label.to_owned(),
        value: Html::text(&value),
        note,
    };
    let mut tiles = vec![
        tile("Rows", format::count(profile.rows), rows_note(profile)),
        tile("Columns", format::count(profile.columns.len() as u64), columns_note(profile)),
        tile(
            "Missing cells",
            figure(&profile.null_share, |share| format::share(*share)),
            format::plural(profile.null_cells, "cell", "cells"),
        ),
    ];
    if let Some(overview) = &profile.overview {
        let share = figure(&overview.rows_with_missing_share, |share| format::share(*share));
        let complete = profile.rows.saturating_sub(overview.rows_with_missing);
        let note = format!("{} complete", format::count(complete));
        tiles.push(tile("Rows with gaps", share, note));
        let row = figure(&overview.mean_row_bytes, |bytes| format::bytes(bytes.round() as u64));
        let note = if profile.rows == 0 { String::new() } else { format!("{row} a row, decoded") };
        tiles.push(tile("Memory", format::bytes(overview.memory_bytes), note));
    }
    tiles.push(tile("Findings", format::count(findings::count(profile)), findings::note(profile)));
    page::tiles(&tiles)
}

/// A key tells that no two rows are equal, where they were not compared.
fn rows_note(profile: &Profile) -> String {
    let compared = profile.duplicate_rows.as_ref().and_then(|it| it.rows.value());
    let keys = profile.structure.iter().flat_map(|structure| &structure.keys.keys);
    let mut sure =
        keys.filter(|key| key.duplicate_rows.is_exact() && key.duplicate_rows.value == 0);
    match compared {
        Some(&repeated) if repeated > 0 => format!("{} repeated", format::count(repeated)),
        None if sure.next().is_none() => String::new(),
        _ => "no two are equal".to_owned(),
    }
}

fn columns_note(profile: &Profile) -> String {
    let Some(overview) = &profile.overview else { return String::new() };
    let TableOverview { empty_columns, constant_columns, unique_columns, .. } = overview;
    let parts: Vec<String> =
        [(empty_columns, "empty"), (constant_columns, "constant"), (unique_columns, "unique")]
            .into_iter()
            .filter(|(count, _)| **count > 0)
            .map(|(count, what)| format!("{} {what}", format::count(*count)))
            .collect();
    parts.join(", ")
}

fn redaction(profile: &Profile) -> Html {
    let left_out = &profile.redacted_columns;
    if left_out.is_empty() {
        return Html::default();
    }
    let sentence = if left_out.len() == profile.columns.len() {
        "of all columns; counts, shares, lengths and kinds are shown".to_owned()
    } else {
        let named: Vec<String> =
            left_out.iter().take(NAMED).map(|name| format::shorten(name, 40)).collect();
        let more = match left_out.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("of {}{more}; counts, shares, lengths and kinds are shown", named.join(", "))
    };
    page::notice(Tone::Neutral, "Values are left out", &page::paragraph(&sentence))
}

fn types(profile: &Profile) -> Html {
    if profile.types.len() < 2 {
        return Html::default();
    }
    let segments: Vec<Segment> = profile
        .types
        .iter()
        .map(|count| Segment {
            label: count.column_type.name().to_owned(),
            count: u64::from(count.columns),
            tone: Tone::Neutral,
        })
        .collect();
    Html::concat([
        page::heading("Types of columns"),
        chart::stacked_bar("Columns by type", &segments),
    ])
}

fn reading(evidence: &IngestEvidence) -> Html {
    let mut parts = vec![format_name(evidence.format).to_owned()];
    parts.extend(evidence.compression.clone());
    parts.extend(evidence.encoding.clone());
    if let Some(delimiter) = evidence.delimiter {
        parts.push(match delimiter {
            '\t' => "separated by tabulators".to_owned(),
            other => format!("separated by \u{201c}{other}\u{201d}"),
        });
    }
    if let Some(header) = evidence.header {
        let named = if header { "names in the first record" } else { "no record of names" };
        parts.push(named.to_owned());
    }
    if evidence.bad_rows > 0 {
        parts.push(format!("{} set aside", format::plural(evidence.bad_rows, "record", "records")));
    }
    let how = page::paragraph(&parts.join(" · "));
    let sentences: Vec<Html> = evidence.sentences().iter().map(|it| Html::text(it)).collect();
    let told = if sentences.is_empty() { Html::default() } else { page::list("plain", sentences) };
    Html::concat([
        page::heading("How it was read"),
        page::panel(&Html::concat([how, told, bad_rows(evidence)])),
    ])
}

fn bad_rows(evidence: &IngestEvidence) -> Html {
    if evidence.bad_row_examples.is_empty() {
        return Html::default();
    }
    let rows = evidence.bad_row_examples.iter().take(BAD_ROWS).map(|bad| {
        vec![
            Html::text(&format::count(bad.line)),
            Html::text(&bad.reason),
            Html::text(&format::shorten(&bad.text, 120)),
        ]
    });
    let columns = [("line", Align::Right), ("why", Align::Left), ("record", Align::Left)];
    page::details("records that could not be read", &page::table("", &columns, rows))
}

fn format_name(format: TableFormat) -> &'static str {
    match format {
        TableFormat::Csv => "delimited text",
        TableFormat::JsonLines => "JSON lines",
        TableFormat::JsonArray => "JSON array",
        TableFormat::Parquet => "Parquet",
        TableFormat::ArrowIpc => "Arrow IPC",
        TableFormat::Avro => "Avro",
        TableFormat::Excel => "Excel",
    }
}

/// What is not exact, and how far it can be trusted.
fn trust(profile: &Profile) -> Html {
    let mut parts = vec![
        "Figures are exact unless marked ≈; pointing at the mark, or the tab key, tells the bound."
            .to_owned(),
    ];
    let distinct = |column: &&ColumnProfile| is_estimate(Some(&column.distinct));
    let median = |column: &&ColumnProfile| is_estimate(column.median());
    for (what, count) in [
        ("Different values", profile.columns.iter().filter(distinct).count()),
        ("Quantiles", profile.columns.iter().filter(median).count()),
    ] {
        if count > 0 {
            let columns = format::plural(count as u64, "column", "columns");
            parts.push(format!("{what} are estimated in {columns}."));
        }
    }
    if let Some(structure) = profile.structure.as_ref().filter(|it| !it.sample_rows.is_exact()) {
        parts.push(format!(
            "Associations, keys and dependencies were searched in a sample of {}.",
            format::plural(structure.sample_rows.value, "row", "rows")
        ));
    }
    page::note(&parts.join(" "))
}

fn is_estimate<T>(figure: Option<&Figure<T>>) -> bool {
    figure.and_then(Figure::measured).is_some_and(|known| !known.is_exact())
}
