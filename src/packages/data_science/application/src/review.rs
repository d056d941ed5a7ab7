use std::collections::{BTreeMap, BTreeSet};

use data_science_domain::anomaly::{Anomaly, TOLD_ANOMALIES};
use data_science_domain::decision::{Decision, most_anomalous};
use data_science_domain::feedback::{
    Candidate, Feedback, FeedbackEffect, FeedbackMark, Judged, RowFacts, Verdict, effect, judge,
    may_be_similar,
};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::identity::DatasetVersionId;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::table::Cell;

use crate::explain::{Scored, reasons_of};

/// Rows that are held against feedback at most; they are the most anomalous ones.
const MOST_COMPARED: usize = 10_000;
/// How many times as many rows are compared when too many of them are like dismissed ones.
const WIDENING: usize = 4;

/// What the feedback of a pipeline made of scored rows.
pub(crate) struct Reviewed {
    /// The most anomalous rows in their new order.
    judged: Vec<Judged>,
    /// Rows called anomalies, in their new order; those that were not compared are the last.
    called: Vec<u64>,
    pub(crate) effect: FeedbackEffect,
}

impl Reviewed {
    /// The most anomalous rows.
    pub(crate) fn first(&self, count: usize) -> Vec<u64> {
        self.judged.iter().take(count).map(|judged| judged.row).collect()
    }

    /// The decision of the model with what feedback changed of it.
    pub(crate) fn decision(&self, of_model: &Decision) -> Decision {
        Decision { rows: self.called.clone(), ..of_model.clone() }
    }

    /// Says of rows that are told what feedback made of them.
    pub(crate) fn mark(&self, anomalies: &mut [Anomaly]) {
        let judged: BTreeMap<u64, &Judged> = self.judged.iter().map(|it| (it.row, it)).collect();
        for anomaly in anomalies {
            if let Some(judged) = judged.get(&anomaly.row) {
                anomaly.anomaly = judged.anomaly;
                anomaly.feedback.clone_from(&judged.mark);
            }
        }
    }

    /// The marks by row.
    pub(crate) fn marks(&self) -> BTreeMap<u64, &FeedbackMark> {
        let marks = self.judged.iter();
        marks.filter_map(|judged| Some((judged.row, judged.mark.as_ref()?))).collect()
    }
}

/// Holds the rows of a table that are called anomalies against the feedback of a pipeline; and so
/// many of the most anomalous ones that the `told` first are known although others are dismissed.
pub(crate) fn review_scored(
    scanner: &dyn TableScanner,
    scored: &Scored<'_>,
    version: Option<&DatasetVersionId>,
    feedback: &[Feedback],
    told: usize,
    cancellation: &Cancellation,
) -> Result<Reviewed> {
    let columns = main_columns(scored, feedback);
    let (rows, cells) = compared_rows(scanner, scored, feedback, &columns, told)?;
    let facts = |place: usize, reasons| {
        let cells = cells.get(place).map_or([].as_slice(), Vec::as_slice);
        RowFacts { reasons, columns: &columns, cells }
    };
    let is_similar =
        |place: usize| feedback.iter().any(|given| may_be_similar(given, &facts(place, &[])));
    let similar: Vec<u64> =
        (0..).zip(&rows).filter(|(place, _)| is_similar(*place)).map(|(_, &row)| row).collect();
    let reasons = reasons_of(scanner, scored, &similar, cancellation)?;

    let called = &scored.decision.rows;
    let called_by_model: BTreeSet<u64> = called.iter().copied().collect();
    let candidate = |place: usize, row: u64| Candidate {
        row,
        surprise: scored.surprise(row),
        anomaly: called_by_model.contains(&row),
        facts: facts(place, reasons.get(&row).map_or(&[], Vec::as_slice)),
    };
    let candidates: Vec<Candidate<'_>> =
        (0..).zip(&rows).map(|(place, &row)| candidate(place, row)).collect();
    let judged = judge(feedback, version, &candidates);
    let effect = effect(feedback, &candidates, &judged, called.len() as u64);
    let compared: BTreeSet<u64> = rows.iter().copied().collect();
    let mut called_after: Vec<u64> =
        judged.iter().filter(|judged| judged.anomaly).map(|judged| judged.row).collect();
    called_after.extend(called.iter().filter(|row| !compared.contains(row)));
    Ok(Reviewed { judged, called: called_after, effect })
}

/// The rows to compare, most anomalous first, and their cells in the columns that feedback speaks of.
fn compared_rows(
    scanner: &dyn TableScanner,
    scored: &Scored<'_>,
    feedback: &[Feedback],
    columns: &[String],
    told: usize,
) -> Result<(Vec<u64>, Vec<Vec<Cell>>)> {
    let told = told.max(TOLD_ANOMALIES);
    let mut count = scored.decision.rows.len().min(MOST_COMPARED).max(told);
    // A decision takes rows in this order too.
    let order = most_anomalous(scored.scores, count.max(MOST_COMPARED));
    let mut cells: Vec<Vec<Cell>> = Vec::new();
    if columns.is_empty() {
        return Ok((order.into_iter().take(count).collect(), cells));
    }
    let is_dismissed = |cells: &Vec<Cell>| {
        let facts = RowFacts { reasons: &[], columns, cells };
        let mut dismissed = feedback.iter().filter(|it| it.verdict == Verdict::Dismissed);
        dismissed.any(|given| may_be_similar(given, &facts))
    };
    loop {
        let until = count.min(order.len());
        let next = order.get(cells.len()..until).unwrap_or_default();
        cells.extend(scanner.rows(scored.table, columns, next)?);
        let others = cells.iter().filter(|cells| !is_dismissed(cells)).count();
        if others >= told || until == order.len() {
            return Ok((order.into_iter().take(until).collect(), cells));
        }
        count *= WIDENING;
    }
}

/// The columns that feedback speaks of and the table has.
fn main_columns(scored: &Scored<'_>, feedback: &[Feedback]) -> Vec<String> {
    let spoken_of = feedback.iter().flat_map(Feedback::main_columns);
    let names: BTreeSet<&str> = spoken_of.map(|judged| judged.column.as_str()).collect();
    let has = |name: &&str| scored.table.schema.field(name).is_some();
    names.into_iter().filter(has).map(str::to_owned).collect()
}
