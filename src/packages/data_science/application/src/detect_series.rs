use std::collections::BTreeMap;

use data_science_domain::anomaly::{Anomaly, ScoreHistogram};
use data_science_domain::decision::{Decision, most_anomalous};
use data_science_domain::label::read_labels;
use data_science_domain::metrics::evaluation_of_labelled;
use data_science_domain::series::{
    Finding, SeriesColumns, SeriesReader, SeriesSettings, series_algorithm,
};
use serde_json::Value;
use shared_kernel_application::ResolvedTable;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::{Cell, TableReference};
use shared_kernel_domain::{Error, Result};

use crate::DataScienceContainer;
use crate::detect::{DetectRequest, Detection};
use crate::explain::cell_columns;
use crate::write_scores::{ScoredRows, ScoresOutput, Standing, write_scores};

/// The series to judge, and how.
pub(crate) struct JudgedSeries<'a> {
    pub(crate) resolved: &'a ResolvedTable,
    pub(crate) label: Option<&'a str>,
    pub(crate) detector: &'a str,
    pub(crate) columns: &'a SeriesColumns,
    pub(crate) settings: SeriesSettings,
}

/// Judges every row of a table along time, tells the most anomalous ones and writes the scores of
/// all.
pub(crate) fn detect_in_series(
    container: &DataScienceContainer,
    series: &JudgedSeries<'_>,
    request: &DetectRequest,
    output: Option<ScoresOutput<'_>>,
    cancellation: &Cancellation,
) -> Result<Detection> {
    let (finding, mut labels) = judge(container, series, cancellation)?;
    let table = &series.resolved.table;
    let rule = request.decision.unwrap_or_default();
    let decision = finding.decide(rule);
    let tell = |rows: &[u64]| tell(container, table, &finding, &decision, rows);
    let looked_at: Vec<f64> =
        finding.scores().iter().copied().filter(|&score| score >= 0.0).collect();
    let told = most_anomalous(finding.scores(), request.told.min(looked_at.len()));
    let anomalies = tell(&told)?;
    if let Some(output) = output {
        let scored = ScoredRows {
            scores: finding.scores(),
            decision: &decision,
            standings: &|rows| Standing::among(finding.calibration(), &finding.scores()[rows]),
            segments: false,
            marks: None,
            tell: &tell,
        };
        write_scores(container, output, &scored, cancellation)?;
    }
    for (row, label) in labels.iter_mut().enumerate() {
        *label = label.filter(|_| finding.looked_at(row));
    }
    Ok(Detection {
        name: series.resolved.name.clone(),
        rows: finding.scores().len() as u64,
        detector: series.detector.to_owned(),
        parameters: parameters(series),
        choices: finding.choices().to_vec(),
        pipeline: None,
        training_rows: looked_at.len() as u64,
        columns: finding.columns(),
        left_out: finding.left_out().clone(),
        calibration: finding.calibration().summary(),
        decision_words: rule.words(),
        histogram: ScoreHistogram::of(&looked_at),
        cell_columns: cell_columns(table),
        anomalies,
        evaluation: evaluation_of_labelled(finding.scores(), &labels),
        label: series.label.map(str::to_owned),
        segments: None,
        series: Some(finding.report().clone()),
        picture: told.first().and_then(|&row| finding.picture(row, &decision)),
        decision,
        feedback: None,
    })
}

fn judge(
    container: &DataScienceContainer,
    series: &JudgedSeries<'_>,
    cancellation: &Cancellation,
) -> Result<(Finding, Vec<Option<bool>>)> {
    let algorithm = series_algorithm(series.detector, series.settings)?;
    let table = &series.resolved.table;
    let mut reader = SeriesReader::new(&table.schema, series.columns, series.label, table.rows)?;
    let mut columns = reader.columns();
    columns.extend(series.label.map(str::to_owned));
    let mut labels = Vec::new();
    container.shared.scanner.stream(table, &columns, cancellation, &mut |batch| {
        if let Some((label, column)) = series.label.zip(batch.columns.last()) {
            labels.extend(read_labels(label, column)?);
        }
        reader.take(batch)
    })?;
    let finding = Finding::of(reader.finish()?, algorithm, series.settings, cancellation)?;
    Ok((finding, labels))
}

fn parameters(series: &JudgedSeries<'_>) -> BTreeMap<String, Value> {
    let SeriesSettings { period, window } = series.settings;
    [
        ("time", Some(Value::from(series.columns.time.clone()))),
        ("by", series.columns.by.clone().map(Value::from)),
        ("period", period.map(Value::from)),
        ("window", window.map(Value::from)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// Tells some rows with reasons and cells, in the order asked for.
fn tell(
    container: &DataScienceContainer,
    table: &TableReference,
    finding: &Finding,
    decision: &Decision,
    rows: &[u64],
) -> Result<Vec<Anomaly>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let shown = cell_columns(table);
    let mut columns = shown.clone();
    columns.extend(finding.columns().into_iter().filter(|name| !shown.contains(name)));
    let cells = container.shared.scanner.rows(table, &columns, rows)?;
    let mut told = Vec::with_capacity(rows.len());
    for (&row, mut cells) in rows.iter().zip(cells) {
        let by_column: BTreeMap<&str, &Cell> =
            columns.iter().map(String::as_str).zip(&cells).collect();
        let reasons = finding.reasons(row as usize, &by_column);
        let score = *finding.scores().get(row as usize).ok_or_else(|| {
            Error::internal(format!("row {row} was judged and is not in the table"))
        })?;
        cells.truncate(shown.len());
        told.push(Anomaly {
            row,
            score,
            percentile: finding.calibration().percentile(score),
            p_value: Some(finding.calibration().p_value(score)),
            anomaly: decision.calls(row, score),
            feedback: None,
            segment: None,
            reasons,
            cells,
        });
    }
    Ok(told)
}
