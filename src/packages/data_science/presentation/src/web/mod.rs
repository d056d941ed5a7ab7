//! What a pipeline found, as part of a page.

use data_science_domain::anomaly::{Anomaly, AnomalyReport};
use data_science_domain::feedback::{FeedbackEffect, Verdict};
use shared_kernel_domain::table::Cell;
use shared_kernel_presentation::chart::{self, Contribution, Histogram};
use shared_kernel_presentation::page::{self, Card, Html, Section, Tile};
use shared_kernel_presentation::{Tone, format};

use crate::sentence;

/// Anomalous rows shown in a page.
const SHOWN_ANOMALIES: usize = 25;
/// Reasons drawn of each.
const SHOWN_REASONS: usize = 4;
/// Cells listed of each.
const SHOWN_CELLS: usize = 40;
/// Characters of a cell that are shown.
const SHOWN_CHARACTERS: usize = 80;

#[cfg(test)]
pub(crate) mod tests;

/// The anomalies' part of a page.
pub fn section(report: &AnomalyReport) -> Section {
    let feedback = report.feedback.as_ref().map(|effect| feedback(effect, &report.anomalies));
    let parts = [Some(figures(report)), feedback, Some(scores(report))];
    let parts = parts.into_iter().flatten().chain([most_anomalous(report)]);
    let html = Html::concat(parts);
    Section {
        id: "anomalies".to_owned(),
        title: "Anomalies".to_owned(),
        aside: format::count(report.anomaly_count),
        html,
    }
}

fn figures(report: &AnomalyReport) -> Html {
    page::tiles(&[
        Tile {
            label: "anomalies".to_owned(),
            value: format::count(report.anomaly_count).into(),
            note: format!("{} of all rows", format::share_of(report.anomaly_count, report.rows)),
        },
        Tile {
            label: "rows scored".to_owned(),
            value: format::count(report.rows).into(),
            note: format!("by {}", report.detector),
        },
        Tile {
            label: "threshold".to_owned(),
            value: format!("{:.4}", report.threshold).into(),
            note: report.decision_rule.clone(),
        },
    ])
}

/// What feedback did, and the rows that are like a dismissed one: most of them are not shown.
fn feedback(effect: &FeedbackEffect, anomalies: &[Anomaly]) -> Html {
    let line = page::note(&sentence::effect(effect));
    let dismissed = anomalies.iter().filter_map(|anomaly| {
        let mark = anomaly.feedback.as_ref()?;
        let row = format!("row {}: {}", format::count(anomaly.row), sentence::mark(mark));
        (mark.verdict == Verdict::Dismissed).then(|| Html::text(&row))
    });
    let dismissed: Vec<Html> = dismissed.collect();
    if dismissed.is_empty() {
        return line;
    }
    let told = page::details("rows like dismissed ones", &page::list("plain", dismissed));
    Html::concat([line, told])
}

fn scores(report: &AnomalyReport) -> Html {
    let histogram = &report.histogram;
    let width = (histogram.high - histogram.low) / histogram.counts.len().max(1) as f64;
    let edges: Vec<f64> =
        (0..=histogram.counts.len()).map(|bar| histogram.low + width * bar as f64).collect();
    let drawing = chart::histogram(&Histogram {
        title: "score",
        edges: &edges,
        counts: &histogram.counts,
        label: &|score| format!("{score:.3}"),
        note: "scores of all rows; higher is more anomalous",
    });
    Html::concat([Html::trusted("<h3>Scores</h3>"), page::panel(&drawing)])
}

fn most_anomalous(report: &AnomalyReport) -> Html {
    if report.anomalies.is_empty() {
        return page::paragraph("There are no rows.");
    }
    let cards: Vec<Card> = report
        .anomalies
        .iter()
        .take(SHOWN_ANOMALIES)
        .map(|anomaly| anomaly_card(&report.columns, anomaly))
        .collect();
    Html::concat([
        Html::trusted("<h3>The most anomalous rows</h3>"),
        page::paragraph(
            "Rows are numbered from 0. A bar shows how much a column pushed the row's score up.",
        ),
        page::cards(None, &cards),
    ])
}

fn anomaly_card(columns: &[String], anomaly: &Anomaly) -> Card {
    let (tone, word) =
        if anomaly.anomaly { (Tone::Bad, "anomaly") } else { (Tone::Muted, "not an anomaly") };
    let mut badges = vec![page::badge(tone, word)];
    badges.extend(anomaly.feedback.as_ref().map(|mark| {
        let tone = if mark.verdict == Verdict::Confirmed { Tone::Warning } else { Tone::Muted };
        page::badge(tone, &sentence::mark(mark))
    }));
    let body = if anomaly.reasons.is_empty() {
        page::paragraph("No column stands out.")
    } else {
        let parts: Vec<Contribution> = anomaly
            .reasons
            .iter()
            .take(SHOWN_REASONS)
            .map(|reason| Contribution {
                label: reason.column.clone(),
                amount: (reason.contribution * 1e3).round() / 1e3,
                note: sentence::sentence(reason),
            })
            .collect();
        chart::contributions(&format!("why row {} is unusual", anomaly.row), &parts)
    };
    Card {
        id: format!("row-{}", anomaly.row),
        title: format!("Row {}", format::count(anomaly.row)),
        meta: format!(
            "score {:.4}, percentile {:.2}{}",
            anomaly.score,
            anomaly.percentile,
            anomaly.p_value.map(|p| format!(", p-value {}", format::number(p))).unwrap_or_default()
        ),
        badges,
        body: Html::concat([body, cells(columns, &anomaly.cells)]),
    }
}

fn cells(columns: &[String], cells: &[Cell]) -> Html {
    let shown = |cell: &Cell| Html::text(&format::shorten(&format::cell(cell), SHOWN_CHARACTERS));
    let pairs = columns
        .iter()
        .zip(cells)
        .take(SHOWN_CELLS)
        .map(|(column, cell)| (column.as_str(), shown(cell)));
    page::details("the whole row", &page::key_values(pairs))
}
