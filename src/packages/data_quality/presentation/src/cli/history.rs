//! The figures of a dataset's versions, as text.

use std::fmt::Write;

use data_quality_domain::monitor::{MetricHistory, Reading};
use shared_kernel_presentation::cli::{Palette, text_sparkline};
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

/// Figures shown on one screen; unusual ones are always shown.
const FIGURES: usize = 20;

/// The newest version beside the ones before it, ending with a line break. `column` shows the figures
/// of one column alone, `all` more than a screen holds.
pub(super) fn text(
    history: &MetricHistory,
    column: Option<&str>,
    all: bool,
    width: usize,
    palette: Palette,
) -> String {
    let earlier = history.earlier_versions.len() as u64;
    let heading = format!(
        "{} version {} of {}, held against {}",
        format::printable(&history.dataset),
        history.version,
        format::timestamp(history.arrived_at),
        format::plural(earlier, "earlier version", "earlier versions"),
    );
    let mut text = format!("{}\n", palette.paint(Tone::Strong, &heading));
    for result in &history.results {
        let tone = if result.has_failed() { Tone::Warning } else { Tone::Neutral };
        let line = format!("{}: {}", result.check, result.sentence);
        let _ = writeln!(text, "{}", palette.paint(tone, &format::printable(&line)));
    }
    for left_out in &history.left_out {
        let line = format!("{}: not watched: {}", left_out.check, left_out.reason);
        let _ = writeln!(text, "{}", palette.paint(Tone::Muted, &line));
    }
    let shown =
        |reading: &&Reading| column.is_none_or(|name| reading.column.as_deref() == Some(name));
    let mut readings: Vec<&Reading> = history.readings.iter().filter(shown).collect();
    // unusual figures first, those that never change last
    let is_constant = |reading: &Reading| reading.earlier.iter().all(|it| *it == reading.value);
    readings.sort_by_key(|reading| (!reading.is_unusual, is_constant(reading)));
    let unusual = readings.iter().filter(|reading| reading.is_unusual).count();
    let most = if all || column.is_some() { readings.len() } else { FIGURES.max(unusual) };
    let mut table = Table::new([
        Column::text("figure"),
        Column::number("now"),
        Column::text("usually"),
        Column::text("").optional(),
    ]);
    for reading in readings.iter().take(most) {
        let tone = if reading.is_unusual { Tone::Warning } else { Tone::Neutral };
        let series: Vec<Option<f64>> =
            reading.earlier.iter().copied().chain([reading.value]).map(Some).collect();
        table.row([
            TableCell::toned(format::printable(&reading.name()), tone),
            TableCell::toned(reading.shown(reading.value), tone),
            usually(reading).into(),
            TableCell::toned(text_sparkline(&series), Tone::Muted),
        ]);
    }
    if !readings.is_empty() {
        let _ = write!(text, "\n{}", table.to_text(width, palette));
    }
    if readings.len() > most {
        let more =
            format!("{} more: --all shows them, --column NAME those of one", readings.len() - most);
        let _ = writeln!(text, "{}", palette.paint(Tone::Muted, &more));
    }
    text
}

fn usually(reading: &Reading) -> String {
    let Some(usual) = &reading.usual else { return "not known yet".to_owned() };
    let (low, high) = (reading.shown(usual.low), reading.shown(usual.high));
    if low == high { low } else { format!("{low} to {high}") }
}
