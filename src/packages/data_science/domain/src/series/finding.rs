use std::cmp::Ordering;
use std::collections::BTreeMap;

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::Cell;
use shared_kernel_domain::{Error, ErrorKind, Result};

use super::picture::Picture;
use super::reader::{MIN_ROWS, NumberColumn, Series, SeriesTable};
use super::report::{Chosen, SeriesReport, SeriesSummary};
use super::robust::median;
use super::{NOT_LOOKED_AT, SeriesAlgorithm, SeriesSettings, Verdict};
use crate::decision::{Decision, DecisionRule};
use crate::model::{Calibration, CalibrationSource};
use crate::reason::{Aspect, Expected, Reason};

/// Rows from which on a column of a series is calibrated by itself.
const OWN_CALIBRATION: usize = 500;

/// Operations that all series of a table may take: a minute or two.
const MAX_OPERATIONS: f64 = 3e10;

/// Spreads around the expected value that an interval tells.
const INTERVAL: f64 = 3.0;

/// Reasons told of a row.
const TOLD_REASONS: usize = 8;

/// What a contribution is, of all detectors of series.
pub(super) const CONTRIBUTION: &str =
    "how surprising the column's distance from normal is: −ln of its p-value, in nats";

/// A column's part of the judgement, by row.
struct JudgedColumn {
    name: String,
    unit: f64,
    /// NaN where there is none.
    surprises: Vec<f64>,
    expected: Vec<f64>,
    spread: Vec<f64>,
    missing_share: f64,
}

/// What was found in the series of a table.
///
/// A column's distances from normal become comparable by how rare they are: `−ln` of the p-value
/// among the distances of the same column and series, or, of series with fewer than 500 rows, among
/// those of all such series. A row's score is that of its most unusual column, for as many columns
/// as were looked at: `−ln(1 − (1 − p)^d)` (Šidák 1967). P-values of rows are counted among the
/// scores of all rows.
pub struct Finding {
    scores: Vec<f64>,
    calibration: Calibration,
    columns: Vec<JudgedColumn>,
    table: SeriesTable,
    report: SeriesReport,
    choices: Vec<String>,
}

impl Finding {
    /// Judges all series of a table.
    pub fn of(
        table: SeriesTable,
        algorithm: &dyn SeriesAlgorithm,
        settings: SeriesSettings,
        cancellation: &Cancellation,
    ) -> Result<Self> {
        check_cost(&table, algorithm)?;
        let mut judging = Judging {
            table: &table,
            algorithm,
            settings,
            cancellation,
            summaries: table
                .series
                .iter()
                .map(|series| SeriesSummary::of(&table, series))
                .collect(),
            shadowed: vec![false; table.rows],
            refused: None,
        };
        let columns = table
            .columns
            .iter()
            .map(|column| judging.column(column))
            .collect::<Result<Vec<_>>>()?;
        let Judging { summaries, shadowed, refused, .. } = judging;
        let scores: Vec<f64> = (0..table.rows).map(|row| score_of(&columns, row)).collect();
        let counted =
            scores.iter().zip(&shadowed).filter(|&(&score, &shadowed)| score >= 0.0 && !shadowed);
        let counted: Vec<f64> = counted.map(|(&score, _)| score).collect();
        if counted.is_empty() {
            let reason = refused.unwrap_or_else(|| "there are too few values".to_owned());
            return Err(Error::input(format!("no series can be judged: {reason}"))
                .hint("give longer series, or judge the rows without --time"));
        }
        let chooses = !algorithm.describe().parameters.is_empty();
        let given = chooses.then_some(settings);
        let (report, choices) = SeriesReport::of(&table, summaries, &scores, given);
        Ok(Self {
            calibration: Calibration::of(CalibrationSource::InSample, &counted),
            scores,
            columns,
            table,
            report,
            choices,
        })
    }

    /// One score per row, [`NOT_LOOKED_AT`] where there is none.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// The scores that p-values are counted against.
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The columns that were judged.
    pub fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Columns left out, with the reason.
    pub fn left_out(&self) -> &BTreeMap<String, String> {
        &self.table.left_out
    }

    /// The series, and what was not looked at.
    pub fn report(&self) -> &SeriesReport {
        &self.report
    }

    /// What was chosen and how rows are scored, a line each.
    pub fn choices(&self) -> &[String] {
        &self.choices
    }

    /// Whether a row was looked at.
    pub fn looked_at(&self, row: usize) -> bool {
        self.scores.get(row).is_some_and(|&score| score >= 0.0)
    }

    /// Applies a rule to the rows that were looked at.
    pub fn decide(&self, rule: DecisionRule) -> Decision {
        let looked_at: Vec<u64> = (0..self.scores.len())
            .filter(|&row| self.looked_at(row))
            .map(|row| row as u64)
            .collect();
        let scores: Vec<f64> = looked_at.iter().map(|&row| self.scores[row as usize]).collect();
        let mut decision = rule.decide(&scores, &self.calibration);
        for row in &mut decision.rows {
            *row = looked_at[*row as usize];
        }
        decision
    }

    /// The series of a row, by the column that is most surprising there.
    pub fn picture(&self, row: u64, decision: &Decision) -> Option<Picture> {
        let surprise = |column: &&JudgedColumn| column.surprises.get(row as usize).copied();
        let of = self.columns.iter().filter(|column| surprise(column).is_some_and(|own| own > 0.0));
        let column =
            of.max_by(|a, b| surprise(a).partial_cmp(&surprise(b)).unwrap_or(Ordering::Equal))?;
        let values = self.table.columns.iter().find(|numbers| numbers.name == column.name)?;
        let series = self.table.series.iter().find(|series| series.rows.contains(&(row as u32)))?;
        Some(Picture::of(series, values, &column.surprises, |row| {
            self.scores.get(row).is_some_and(|&score| decision.calls(row as u64, score))
        }))
    }

    /// Why a row scores as it does, most surprising column first; `cells` are its values.
    pub fn reasons(&self, row: usize, cells: &BTreeMap<&str, &Cell>) -> Vec<Reason> {
        let surprise = |column: &JudgedColumn| column.surprises.get(row).copied();
        let mut told: Vec<&JudgedColumn> =
            self.columns.iter().filter(|column| surprise(column) > Some(0.0)).collect();
        told.sort_by(|a, b| surprise(b).partial_cmp(&surprise(a)).unwrap_or(Ordering::Equal));
        let reason = |column: &&JudgedColumn| {
            let (expected, reach) =
                (*column.expected.get(row)?, INTERVAL * column.spread.get(row)?);
            let cell = |value: f64| Cell::Float((value * column.unit).clamp(f64::MIN, f64::MAX));
            Some(Reason {
                column: column.name.clone(),
                aspect: Aspect::Value,
                contribution: surprise(column)?,
                value: cells.get(column.name.as_str()).map_or(Cell::Null, |&cell| cell.clone()),
                expected: Expected::Range {
                    typical: cell(expected),
                    low: cell(expected - reach),
                    high: cell(expected + reach),
                },
                missing_share: column.missing_share,
            })
        };
        told.iter().take(TOLD_REASONS).filter_map(reason).collect()
    }
}

fn check_cost(table: &SeriesTable, algorithm: &dyn SeriesAlgorithm) -> Result<()> {
    let each = |series: &Series| algorithm.operations(series.grid.len);
    let operations = table.series.iter().map(each).sum::<f64>() * table.columns.len() as f64;
    if operations <= MAX_OPERATIONS {
        return Ok(());
    }
    let longest = table.series.iter().map(|series| series.grid.len).max().unwrap_or(0);
    Err(Error::input(format!(
        "{} would take {operations:.0e} steps on {} series of up to {longest} stamps and {} \
         columns, more than {MAX_OPERATIONS:.0e}",
        algorithm.name(),
        table.series.len(),
        table.columns.len()
    ))
    .hint(
        "choose columns by --column, take one value per hour or day first, judge a part of the \
         rows, or take --detector seasonal_residual, which takes time in proportion to the rows",
    ))
}

/// The judgement in the making.
struct Judging<'a> {
    table: &'a SeriesTable,
    algorithm: &'a dyn SeriesAlgorithm,
    settings: SeriesSettings,
    cancellation: &'a Cancellation,
    summaries: Vec<SeriesSummary>,
    /// By row.
    shadowed: Vec<bool>,
    /// The first reason why something could not be judged.
    refused: Option<String>,
}

impl Judging<'_> {
    fn column(&mut self, column: &NumberColumn) -> Result<JudgedColumn> {
        let none = || vec![f64::NAN; self.table.rows];
        let (mut expected, mut spread, mut deviations) = (none(), none(), none());
        let mut shadowed = vec![false; self.table.rows];
        for (index, series) in self.table.series.iter().enumerate() {
            self.cancellation.check()?;
            let Some(verdict) = self.verdict(index, series, column)? else { continue };
            for (&row, &place) in series.rows.iter().zip(&series.grid.places) {
                let row = row as usize;
                let value = column.values[row];
                if value.is_nan() {
                    continue;
                }
                (expected[row], spread[row]) = (verdict.expected[place], verdict.spread[place]);
                deviations[row] = verdict.deviation(place, value);
                shadowed[row] = verdict.shadowed.get(place) == Some(&true);
                self.shadowed[row] |= shadowed[row];
            }
        }
        let present = column.values.iter().filter(|value| !value.is_nan()).count();
        Ok(JudgedColumn {
            name: column.name.clone(),
            unit: column.unit,
            surprises: surprises(&self.table.series, &deviations, &shadowed),
            expected,
            spread,
            missing_share: 1.0 - present as f64 / self.table.rows as f64,
        })
    }

    /// What the detector says of a column of a series; `None` when it can't, which is noted.
    fn verdict(
        &mut self,
        index: usize,
        series: &Series,
        column: &NumberColumn,
    ) -> Result<Option<Verdict>> {
        let values = on_grid(series, &column.values);
        let mut known = values.iter().filter(|value| !value.is_nan());
        let count = known.clone().count();
        let verdict = if count < MIN_ROWS {
            Err(Error::input(format!("it has {count} values, fewer than {MIN_ROWS}")))
        } else if known.next().is_some_and(|first| known.all(|value| value == first)) {
            Ok(Verdict::constant(values))
        } else {
            self.algorithm.judge(&values, self.settings, self.cancellation)
        };
        let Some(summary) = self.summaries.get_mut(index) else { return Ok(None) };
        match verdict {
            Ok(verdict) => {
                let steps = |steps: Option<usize>| steps.map(|steps| steps as u64);
                let SeriesSettings { period, window } = verdict.chosen;
                let chosen = Chosen { period: steps(period), window: steps(window) };
                summary.chosen.insert(column.name.clone(), chosen);
                Ok(Some(verdict))
            }
            Err(error) if error.kind() == ErrorKind::Input => {
                let reason = error.what().to_owned();
                self.refused.get_or_insert_with(|| format!("{}: {reason}", column.name));
                summary.left_out.insert(column.name.clone(), reason);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Verdict {
    /// How far a value at a place is from normal.
    fn deviation(&self, place: usize, value: f64) -> f64 {
        let (expected, spread) = (self.expected[place], self.spread[place]);
        if self.of_values && spread > 0.0 && self.deviations[place] != 0.0 {
            (value - expected).abs() / spread
        } else {
            self.deviations[place]
        }
    }

    /// Of a series whose known values are one.
    fn constant(values: Vec<f64>) -> Self {
        let zeros = vec![0.0; values.len()];
        Self {
            deviations: zeros.clone(),
            expected: values,
            spread: zeros,
            of_values: false,
            shadowed: Vec::new(),
            chosen: SeriesSettings::default(),
        }
    }
}

/// The values of a series at the places of its grid; of a repeated stamp their median.
fn on_grid(series: &Series, values: &[f64]) -> Vec<f64> {
    let mut on_grid = vec![f64::NAN; series.grid.len];
    let mut rows = series.rows.iter();
    for same in series.grid.places.chunk_by(|a, b| a == b) {
        let mut here: Vec<f64> = rows
            .by_ref()
            .take(same.len())
            .map(|&row| values[row as usize])
            .filter(|value| !value.is_nan())
            .collect();
        if let Some((&place, value)) = same.first().zip(median(&mut here)) {
            on_grid[place] = value;
        }
    }
    on_grid
}

/// `−ln` of the p-values of deviations, NaN where there is none.
fn surprises(series: &[Series], deviations: &[f64], shadowed: &[bool]) -> Vec<f64> {
    let counted = |series: &Series| -> Vec<f64> {
        let rows = series.rows.iter().map(|&row| row as usize);
        rows.filter(|&row| !deviations[row].is_nan() && !shadowed[row])
            .map(|row| deviations[row])
            .collect()
    };
    let of_each: Vec<Vec<f64>> = series.iter().map(counted).collect();
    let short = |own: &&Vec<f64>| own.len() < OWN_CALIBRATION;
    let together: Vec<f64> = of_each.iter().filter(short).flatten().copied().collect();
    let shared = Calibration::of(CalibrationSource::InSample, &together);
    let mut surprises = vec![f64::NAN; deviations.len()];
    for (series, own) in series.iter().zip(&of_each) {
        let own = (!short(&own)).then(|| Calibration::of(CalibrationSource::InSample, own));
        let calibration = own.as_ref().unwrap_or(&shared);
        for &row in &series.rows {
            let deviation = deviations[row as usize];
            if !deviation.is_nan() {
                surprises[row as usize] = calibration.surprise(deviation);
            }
        }
    }
    surprises
}

/// The score of a row: of its most surprising column, for the number of columns.
fn score_of(columns: &[JudgedColumn], row: usize) -> f64 {
    let own = columns.iter().map(|column| column.surprises[row]).filter(|own| !own.is_nan());
    let (mut count, mut most) = (0, 0.0_f64);
    for surprise in own {
        count += 1;
        most = most.max(surprise);
    }
    match count {
        0 => NOT_LOOKED_AT,
        1 => most,
        _ => of_several(most, f64::from(count)),
    }
}

/// `−ln(1 − (1 − p)^d)` for `−ln p`, also where p is too small for a number.
fn of_several(surprise: f64, columns: f64) -> f64 {
    if surprise > 30.0 {
        return surprise - columns.ln();
    }
    let any = -(columns * (-(-surprise).exp()).ln_1p()).exp_m1();
    -any.min(1.0).ln() + 0.0
}
