//! A profile as text: one line a column, then what stands out.

use std::fmt::Write;

use data_profiling_domain::{ColumnProfile, DuplicateRows, Histogram, Profile, TableOverview};
use shared_kernel_domain::ingest::IngestEvidence;
use shared_kernel_presentation::cli::{Palette, text_histogram};
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

use crate::figure::{NONE, cell, condense, figure, finding_column, type_name};

/// Columns shown on one screen.
const COLUMNS: usize = 100;
/// Findings shown on one screen.
const FINDINGS: usize = 12;
/// Bins of a histogram in a line.
const BINS: usize = 16;
/// Characters of a value.
const VALUE: usize = 19;
/// From this share of missing values on, it is shown as a warning.
const MANY_NULLS: f64 = 0.3;

/// The profile on one screen, ending with a line break.
pub fn summary(profile: &Profile, width: usize, palette: Palette) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", palette.paint(Tone::Strong, &heading(profile)));
    if let Some(overview) = &profile.overview
        && profile.rows > 0
    {
        let _ = writeln!(
            text,
            "{}",
            palette.paint(Tone::Muted, &gaps_and_memory(overview, profile.duplicate_rows.as_ref()))
        );
    }
    for sentence in profile.ingest.iter().flat_map(IngestEvidence::sentences) {
        let _ = writeln!(text, "{}", palette.paint(Tone::Warning, &format::printable(&sentence)));
    }
    if !profile.columns.is_empty() {
        let _ = write!(text, "\n{}", columns(profile).to_text(width, palette));
    }
    let all = profile.all_columns().count();
    if all > COLUMNS {
        let more = format!("{} more columns: --format json shows all", all - COLUMNS);
        let _ = writeln!(text, "{}", palette.paint(Tone::Muted, &more));
    }
    if !profile.findings.is_empty() {
        let _ = write!(text, "\n{}", findings(profile).to_text(width, palette));
    }
    if profile.findings.len() > FINDINGS {
        let more =
            format!("{} more findings: --format json shows all", profile.findings.len() - FINDINGS);
        let _ = writeln!(text, "{}", palette.paint(Tone::Muted, &more));
    }
    text
}

fn heading(profile: &Profile) -> String {
    let version =
        profile.dataset.as_ref().map_or_else(String::new, |known| format!(" v{}", known.version));
    format!(
        "{}{version} – {}, {}, {} of the cells missing",
        format::printable(&profile.name),
        format::plural(profile.rows, "row", "rows"),
        format::plural(profile.columns.len() as u64, "column", "columns"),
        figure(&profile.null_share, |share| format::share(*share)),
    )
}

/// What is to be said about the table as a whole, as far as it is not nothing.
fn gaps_and_memory(overview: &TableOverview, repeated: Option<&DuplicateRows>) -> String {
    let mut parts = Vec::new();
    if let Some(&repeated) = repeated.and_then(|it| it.rows.value()).filter(|&&rows| rows > 0) {
        parts.push(format!("{} repeated", format::plural(repeated, "row", "rows")));
    }
    if overview.rows_with_missing > 0 {
        let share = figure(&overview.rows_with_missing_share, |share| format::share(*share));
        parts.push(format!("{share} of the rows have gaps"));
    }
    if overview.empty_rows > 0 {
        parts.push(format!("{} empty", format::plural(overview.empty_rows, "row", "rows")));
    }
    for (columns, what) in [
        (overview.empty_columns, "empty"),
        (overview.constant_columns, "constant"),
        (overview.unique_columns, "unique"),
    ] {
        if columns > 0 {
            parts.push(format!("{} {what}", format::plural(columns, "column", "columns")));
        }
    }
    let row = figure(&overview.mean_row_bytes, |bytes| format::bytes(bytes.round() as u64));
    parts.push(format!("{} decoded, {row} a row", format::bytes(overview.memory_bytes)));
    parts.join(" · ")
}

fn columns(profile: &Profile) -> Table {
    let mut table = Table::new([
        Column::text("column"),
        Column::text("type"),
        Column::number("nulls"),
        Column::number("distinct"),
        Column::number("min").optional(),
        Column::number("median").optional(),
        Column::number("max").optional(),
        Column::text("distribution or top value"),
    ]);
    for column in profile.all_columns().take(COLUMNS) {
        let nulls = figure(&column.null_share, |share| format::share(*share));
        let many = column.null_share.value().is_some_and(|share| *share > MANY_NULLS);
        let tone = if many { Tone::Warning } else { Tone::Neutral };
        let value = |shown| figure(shown, |value| cell(value, VALUE));
        table.row([
            format::shorten(&column.name, 40).into(),
            type_name(column).into(),
            TableCell::toned(nulls, tone),
            figure(&column.distinct, |distinct| format::count(*distinct)).into(),
            value(&column.minimum).into(),
            column.median().map_or_else(|| NONE.to_owned(), value).into(),
            value(&column.maximum).into(),
            shape(column).into(),
        ]);
    }
    table
}

/// Heights of bars, of which the last may stand for fewer bins than the others.
fn heights(histogram: &Histogram) -> Vec<u64> {
    let condensed = condense(histogram, BINS);
    let widths = condensed.edges.iter().skip(1).zip(&condensed.edges).map(|(to, from)| to - from);
    let widest = widths.clone().fold(0.0, f64::max);
    let bars = condensed.counts.iter().zip(widths);
    // A bar of half the width that holds half as much is as high.
    bars.map(|(&count, width)| (count as f64 * (widest / width)).round() as u64).collect()
}

/// A histogram in a line, or the most frequent value.
fn shape(column: &ColumnProfile) -> String {
    if let Some(histogram) = &column.histogram
        && column.distinct.value().is_some_and(|&distinct| distinct > 1)
    {
        return text_histogram(&heights(histogram));
    }
    column.top_values.first().map_or_else(String::new, |top| {
        let value = format::shorten(&format::cell(&top.value), 24);
        format!("{value} {}", format::share(top.share))
    })
}

fn findings(profile: &Profile) -> Table {
    let mut table = Table::new([
        Column::text("finding"),
        Column::text("column"),
        Column::text("what it rests on"),
    ]);
    for finding in profile.findings.iter().take(FINDINGS) {
        table.row([
            finding.kind.name().into(),
            format::shorten(&finding_column(finding), 40).into(),
            format::shorten(&finding.sentence, 200).into(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use testkit::MemoryTable;

    use super::*;
    use crate::test_support::profile;

    #[test]
    fn one_line_a_column_and_what_stands_out() {
        let rows = 200;
        let table = MemoryTable::named("flights\u{1b}[2J.csv")
            .integers("year", (0..rows).map(|_| Some(2013)))
            .integers("delay", (0..rows).map(|row| (row % 3 > 0).then_some(row * row / 50 - 9)))
            .floats("air_time", (0..rows).map(|row| Some(row as f64 / 7.0)))
            .texts(
                "carrier",
                ["UA", "B6", "UA", "évil\u{1b}[31m"].map(Some).into_iter().cycle().take(200),
            )
            .texts("zip", ["00501", "10001", "2 B"].map(Some).into_iter().cycle().take(200))
            .booleans("late", (0..rows).map(|row| Some(row % 4 == 0)))
            .dates("day", (0..rows).map(|row| Some(15_706 + row as i32)))
            .floats("gone", (0..rows).map(|_| None));
        insta::assert_snapshot!(summary(&profile(&table), 120, Palette::default()));
    }

    #[test]
    fn an_empty_table_has_a_summary() {
        let profile = profile(&MemoryTable::named("t"));
        let text = summary(&profile, 80, Palette::default());
        assert_eq!(text, "t – 0 rows, 0 columns, – of the cells missing\n");
    }

    #[test]
    fn what_is_cut_is_said() {
        let mut table = MemoryTable::named("wide");
        for column in 0..130 {
            table = table.integers(&format!("c{column}"), [Some(1), Some(1)]);
        }
        let text = summary(&profile(&table), 100, Palette::default());
        assert!(text.contains("30 more columns: --format json shows all"));
        assert!(text.contains("118 more findings: --format json shows all"));
    }
}
