use data_science_domain::anomaly::Anomaly;
use shared_kernel_presentation::cli::Palette;
use shared_kernel_presentation::table::{Column, TableCell};
use shared_kernel_presentation::{Table, Tone, format};

use crate::sentence;

/// Characters of a segment that are told.
const TOLD_SEGMENT: usize = 40;

/// Lines under each other, each ended.
pub(super) fn paragraph(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// Anomalous rows as a table for the terminal, with the heaviest `reasons` of each.
pub fn anomalies_text(
    anomalies: &[Anomaly],
    reasons: usize,
    width: usize,
    palette: Palette,
) -> String {
    let in_segments = anomalies.iter().any(|anomaly| anomaly.segment.is_some());
    let mut columns = vec![
        Column::number("row"),
        Column::number("score"),
        Column::number("p-value").optional(),
        Column::text("anomaly").optional(),
    ];
    if in_segments {
        columns.push(Column::text("segment"));
    }
    let has_feedback = anomalies.iter().any(|anomaly| anomaly.feedback.is_some());
    if has_feedback {
        columns.push(Column::text("feedback"));
    }
    columns.push(Column::text("why"));
    let mut table = Table::new(columns);
    for anomaly in anomalies {
        let verdict = if anomaly.anomaly {
            TableCell::toned("yes", Tone::Bad)
        } else {
            TableCell::toned("no", Tone::Muted)
        };
        let mut cells = vec![
            format::count(anomaly.row).into(),
            format!("{:.4}", anomaly.score).into(),
            anomaly.p_value.map(told_p_value).unwrap_or_default().into(),
            verdict,
        ];
        if in_segments {
            let name = format::printable(anomaly.segment.as_deref().unwrap_or_default());
            cells.push(format::shorten(&name, TOLD_SEGMENT).into());
        }
        if has_feedback {
            let mark = anomaly.feedback.as_ref().map(sentence::mark);
            cells.push(mark.unwrap_or_default().into());
        }
        cells.push(sentence::reasons(&anomaly.reasons, reasons).into());
        table.row(cells);
    }
    table.to_text(width, palette)
}

/// Two digits of a p-value: more of them say nothing.
fn told_p_value(p_value: f64) -> String {
    if p_value < 0.001 { format!("{p_value:.0e}") } else { format!("{p_value:.3}") }
}
