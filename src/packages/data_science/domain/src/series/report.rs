//! What is told of the series of a table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::reader::{Series, SeriesTable, skip};
use super::{NOT_LOOKED_AT, SeriesSettings};

/// Series told one by one.
const TOLD_SERIES: usize = 100;

/// Columns of which is told in words what was chosen.
const TOLD_COLUMNS: usize = 8;

/// What is told of a series.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SeriesSummary {
    /// The value of the column that tells series apart; null where there is one series.
    pub name: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// The difference between stamps, in words.
    pub step: String,
    /// Stamps from the first to the last in equal steps.
    pub stamps: u64,
    /// Stamps without a row.
    pub missing_stamps: u64,
    /// Rows that have the stamp of an earlier row.
    pub repeated_stamps: u64,
    /// What the detector chose, by column.
    pub chosen: BTreeMap<String, Chosen>,
    /// Columns that could not be judged in it, with the reason.
    pub left_out: BTreeMap<String, String>,
}

/// What a detector chose for a column of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Chosen {
    /// Steps after which it repeats; null where no season was found or none is looked for.
    pub period: Option<u64>,
    /// Steps looked at together; null where the detector has no window.
    pub window: Option<u64>,
}

/// Rows that were not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SkippedRows {
    /// Why.
    pub reason: String,
    /// How many.
    pub rows: u64,
    /// The first of them.
    pub first_row: u64,
}

/// The series of a table, and what was not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SeriesReport {
    /// The column of stamps.
    pub time: String,
    /// The column that tells series apart.
    pub by: Option<String>,
    /// Series that were judged.
    pub series: u64,
    /// The first hundred of them.
    pub first: Vec<SeriesSummary>,
    /// Stamps without a row, of all series: filled for the model where it needs that, never told as
    /// rows.
    pub missing_stamps: u64,
    /// Rows that have the stamp of an earlier row of their series: the model sees their median.
    pub repeated_stamps: u64,
    /// Rows that were not looked at: their score is −1.
    pub not_looked_at: Vec<SkippedRows>,
}

impl SeriesSummary {
    /// What is known of a series before it is judged.
    pub(super) fn of(table: &SeriesTable, series: &Series) -> Self {
        let grid = &series.grid;
        Self {
            name: series.name.clone(),
            rows: series.rows.len() as u64,
            step: step_words(grid.step as f64 / table.ticks, table.seconds_per_tick),
            stamps: grid.len as u64,
            missing_stamps: grid.missing() as u64,
            repeated_stamps: grid.repeated as u64,
            chosen: BTreeMap::new(),
            left_out: BTreeMap::new(),
        }
    }
}

/// A difference of stamps in words; without a unit a number.
fn step_words(step: f64, seconds_per_tick: Option<f64>) -> String {
    let Some(seconds) = seconds_per_tick.map(|seconds| step * seconds) else {
        return step.to_string();
    };
    let units = [(86_400.0, "day"), (3_600.0, "hour"), (60.0, "minute"), (1.0, "second")];
    let fits = |unit: &&(f64, &str)| seconds >= unit.0 && (seconds / unit.0).fract() == 0.0;
    let (size, name) = units.iter().find(fits).copied().unwrap_or((1.0, "second"));
    let count = seconds / size;
    format!("{count} {name}{}", if count == 1.0 { "" } else { "s" })
}

impl SeriesReport {
    /// The report of judged series, and what was chosen, a line each; nothing is `given` to a
    /// detector that chooses nothing.
    pub(super) fn of(
        table: &SeriesTable,
        mut summaries: Vec<SeriesSummary>,
        scores: &[f64],
        given: Option<SeriesSettings>,
    ) -> (Self, Vec<String>) {
        let mut skipped = table.skipped.clone();
        for &row in table.series.iter().flat_map(|series| &series.rows) {
            if scores.get(row as usize) == Some(&NOT_LOOKED_AT) {
                skip(&mut skipped, "no column could be judged there", u64::from(row));
            }
        }
        let sum = |count: fn(&SeriesSummary) -> u64| summaries.iter().map(count).sum();
        let mut report = Self {
            time: table.time.clone(),
            by: table.by.clone(),
            series: summaries.iter().filter(|series| !series.chosen.is_empty()).count() as u64,
            first: Vec::new(),
            missing_stamps: sum(|series| series.missing_stamps),
            repeated_stamps: sum(|series| series.repeated_stamps),
            not_looked_at: skipped
                .into_iter()
                .map(|(reason, (rows, first_row))| SkippedRows { reason, rows, first_row })
                .collect(),
        };
        let lines = report.lines(&summaries, given);
        summaries.truncate(TOLD_SERIES);
        report.first = summaries;
        (report, lines)
    }

    fn lines(&self, summaries: &[SeriesSummary], given: Option<SeriesSettings>) -> Vec<String> {
        let steps = tally(summaries.iter().map(|series| series.step.clone()));
        let steps = steps.into_iter().map(|(step, count)| of_several(step, count, summaries.len()));
        let steps: Vec<String> = steps.take(TOLD_COLUMNS).collect();
        let by = self.by.as_ref().map(|by| format!("{} series by {by}, ", self.series));
        let mut lines = vec![format!(
            "along {}: {}a step of {}, {} stamps missing, {} repeated",
            self.time,
            by.unwrap_or_default(),
            steps.join(" or "),
            self.missing_stamps,
            self.repeated_stamps
        )];
        let Some(given) = given else { return lines };
        let mut columns: BTreeMap<&str, Vec<Chosen>> = BTreeMap::new();
        for (column, chosen) in summaries.iter().flat_map(|series| &series.chosen) {
            columns.entry(column).or_default().push(*chosen);
        }
        for (column, chosen) in columns.into_iter().take(TOLD_COLUMNS) {
            let count = chosen.len();
            let told: Vec<String> = tally(chosen.into_iter())
                .into_iter()
                .take(TOLD_COLUMNS)
                .map(|(chosen, times)| of_several(chosen.words(given), times, count))
                .collect();
            lines.push(format!("{column}: {}", told.join("; ")));
        }
        lines
    }
}

impl Chosen {
    fn words(self, given: SeriesSettings) -> String {
        let how = |given: Option<usize>| if given.is_some() { "given" } else { "found" };
        let period = match self.period {
            Some(period) => format!("repeats after {period} steps ({})", how(given.period)),
            None => "no period found".to_owned(),
        };
        match self.window {
            Some(window) => format!("{period}, window of {window} steps"),
            None => period,
        }
    }
}

/// Different things with how often they occur, the most frequent first.
fn tally<T: Ord>(things: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    let mut counts: Vec<(T, usize)> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

/// Something with in how many of all series it holds.
fn of_several(what: String, series: usize, all: usize) -> String {
    if series == all { what } else { format!("{what} in {series} series") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_told_in_the_largest_whole_unit() {
        for (step, unit, words) in [
            (1.0, Some(86_400.0), "1 day"),
            (36.0, Some(3_600.0), "36 hours"),
            (900_000.0, Some(1e-3), "15 minutes"),
            (250.0, Some(1e-3), "0.25 seconds"),
            (5.0, None, "5"),
        ] {
            assert_eq!(step_words(step, unit), words);
        }
    }
}
