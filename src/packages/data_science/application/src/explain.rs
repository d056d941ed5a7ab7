use std::collections::BTreeMap;
use std::sync::Arc;

use data_science_domain::anomaly::Anomaly;
use data_science_domain::decision::Decision;
use data_science_domain::model::{AnomalyModel, ModelScorer, RowToExplain};
use data_science_domain::reason::Reason;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::table::{Cell, TableReference};
use shared_kernel_domain::{Error, Result};

/// Columns whose cells are kept beside an anomaly.
const MAX_CELL_COLUMNS: usize = 200;

/// Rows whose cells are held at a time.
const CELLS_TOGETHER: usize = 2_000;

/// Rows that are explained between two looks for a request to stop.
const EXPLAINED_TOGETHER: usize = 64;

/// Scores all rows of a table, in row order.
pub(crate) fn score_all(
    scanner: &dyn TableScanner,
    table: &TableReference,
    model: &Arc<AnomalyModel>,
    cancellation: &Cancellation,
) -> Result<Vec<f64>> {
    let mut scores = Vec::with_capacity(usize::try_from(table.rows).unwrap_or_default());
    let scorer = Arc::new(ModelScorer::new(model.clone()));
    scanner.evaluate(table, scorer, cancellation, &mut |_, values| {
        scores.extend_from_slice(values);
        Ok(())
    })?;
    Ok(scores)
}

/// What is known of a scored table.
pub(crate) struct Scored<'a> {
    pub(crate) table: &'a TableReference,
    pub(crate) model: &'a AnomalyModel,
    /// Of all rows.
    pub(crate) scores: &'a [f64],
    pub(crate) decision: &'a Decision,
}

/// The columns whose cells [`tell`] keeps.
pub(crate) fn cell_columns(table: &TableReference) -> Vec<String> {
    table.schema.names().take(MAX_CELL_COLUMNS).map(str::to_owned).collect()
}

impl Scored<'_> {
    /// How surprising the model finds a row: −ln of its p-value.
    pub(crate) fn surprise(&self, row: u64) -> f64 {
        let score = self.scores.get(row as usize).copied().unwrap_or(f64::MIN);
        -self.model.calibration().p_value(score).ln()
    }
}

/// Why some rows are unusual, by row, without the usual value that suits each.
pub(crate) fn reasons_of(
    scanner: &dyn TableScanner,
    scored: &Scored<'_>,
    rows: &[u64],
    cancellation: &Cancellation,
) -> Result<BTreeMap<u64, Vec<Reason>>> {
    let mut reasons = BTreeMap::new();
    if rows.is_empty() {
        return Ok(reasons);
    }
    let read = scored.model.encoder().columns();
    let features = encoded_rows(scanner, scored, &read, rows, cancellation)?;
    for rows in rows.chunks(CELLS_TOGETHER) {
        cancellation.check()?;
        let cells = scanner.rows(scored.table, &read, rows)?;
        let told = rows_to_explain(rows, &features, &read, &cells)?;
        for (rows, told) in rows.chunks(EXPLAINED_TOGETHER).zip(told.chunks(EXPLAINED_TOGETHER)) {
            cancellation.check()?;
            reasons.extend(rows.iter().copied().zip(scored.model.plain_reasons_of(told)));
        }
    }
    Ok(reasons)
}

/// Rows with their features and cells.
fn rows_to_explain<'a>(
    rows: &[u64],
    features: &'a BTreeMap<u64, Vec<f64>>,
    columns: &'a [String],
    cells: &'a [Vec<Cell>],
) -> Result<Vec<RowToExplain<'a>>> {
    let with_cells = |(&row, cells): (&u64, &'a Vec<Cell>)| {
        let features = features.get(&row).ok_or_else(|| no_such_row(row))?;
        let cells = columns.iter().map(String::as_str).zip(cells).collect();
        Ok(RowToExplain { features, cells })
    };
    rows.iter().zip(cells).map(with_cells).collect()
}

/// Tells some rows with reasons and cells, in the order asked for.
pub(crate) fn tell(
    scanner: &dyn TableScanner,
    scored: &Scored<'_>,
    rows: &[u64],
    cancellation: &Cancellation,
) -> Result<Vec<Anomaly>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let read = scored.model.encoder().columns();
    let shown = cell_columns(scored.table);
    let mut columns = shown.clone();
    columns.extend(read.iter().filter(|name| !shown.contains(name)).cloned());
    let features = encoded_rows(scanner, scored, &read, rows, cancellation)?;
    let cells = scanner.rows(scored.table, &columns, rows)?;
    let mut reasons = Vec::with_capacity(rows.len());
    for rows in rows_to_explain(rows, &features, &columns, &cells)?.chunks(EXPLAINED_TOGETHER) {
        cancellation.check()?;
        reasons.extend(scored.model.reasons_of(rows));
    }
    let mut told = Vec::with_capacity(rows.len());
    for ((&row, mut cells), reasons) in rows.iter().zip(cells).zip(reasons) {
        let score = *scored.scores.get(row as usize).ok_or_else(|| no_such_row(row))?;
        cells.truncate(shown.len());
        told.push(Anomaly {
            row,
            score,
            percentile: scored.model.calibration().percentile(score),
            p_value: Some(scored.model.calibration().p_value(score)),
            anomaly: scored.decision.calls(row, score),
            feedback: None,
            segment: None,
            reasons,
            cells,
        });
    }
    Ok(told)
}

/// The features of some rows, by row.
fn encoded_rows(
    scanner: &dyn TableScanner,
    scored: &Scored<'_>,
    columns: &[String],
    rows: &[u64],
    cancellation: &Cancellation,
) -> Result<BTreeMap<u64, Vec<f64>>> {
    let mut wanted: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
    wanted.sort_unstable();
    let mut wanted = wanted.as_slice();
    let mut found = BTreeMap::new();
    scanner.stream(scored.table, columns, cancellation, &mut |batch| {
        let Some(&last) = batch.rows.last() else { return Ok(()) };
        let (here, later) = wanted.split_at(wanted.partition_point(|&row| row <= last));
        wanted = later;
        if here.is_empty() {
            return Ok(());
        }
        let features = scored.model.encoder().encode(batch)?;
        for &row in here {
            let Ok(index) = batch.rows.binary_search(&row) else { continue };
            let mut encoded = Vec::new();
            features.copy_row(index, &mut encoded);
            found.insert(row as u64, encoded);
        }
        Ok(())
    })?;
    Ok(found)
}

fn no_such_row(row: u64) -> Error {
    Error::internal(format!("row {row} was scored and is not in the table"))
}
