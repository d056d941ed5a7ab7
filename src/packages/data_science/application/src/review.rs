use std::collections::{BTreeMap, BTreeSet};

use data_science_domain::anomaly::{Anomaly, TOLD_ANOMALIES};
use data_science_domain::decision::{Decision, most_anomalous};
use data_science_domain::feedback::{
    Candidate, Feedback, FeedbackEffect, FeedbackMark, Judged, RowFacts, effect, judge,
    may_be_similar,
};
use data_science_domain::reason::Reason;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::identity::DatasetVersionId;
use shared_kernel_domain::scan::TableScanner;

use crate::explain::{Scored, tell};
use crate::write_scores::EXPLAINED_TOGETHER;

/// Rows called anomalies that are held against feedback at most; they are the most anomalous ones.
const MOST_COMPARED: usize = 10_000;

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

/// Holds the rows of a table that are called anomalies, and at least the `told` most anomalous ones,
/// against the feedback of a pipeline.
pub(crate) fn review_scored(
    scanner: &dyn TableScanner,
    scored: &Scored<'_>,
    version: Option<&DatasetVersionId>,
    feedback: &[Feedback],
    told: usize,
    cancellation: &Cancellation,
) -> Result<Reviewed> {
    let called = &scored.decision.rows;
    let compared = called.len().min(MOST_COMPARED).max(told).max(TOLD_ANOMALIES);
    // A decision takes rows in this order too.
    let rows = most_anomalous(scored.scores, compared);
    let columns = main_columns(scored, feedback);
    let cells = if columns.is_empty() {
        Vec::new()
    } else {
        scanner.rows(scored.table, &columns, &rows)?
    };
    let is_similar = |place: usize| {
        let cells = cells.get(place).map_or([].as_slice(), Vec::as_slice);
        let facts = RowFacts { reasons: &[], columns: &columns, cells };
        feedback.iter().any(|given| may_be_similar(given, &facts))
    };
    let similar: Vec<u64> =
        (0..).zip(&rows).filter(|(place, _)| is_similar(*place)).map(|(_, &row)| row).collect();
    let reasons = reasons_of(scanner, scored, &similar, cancellation)?;

    let called_by_model: BTreeSet<u64> = called.iter().copied().collect();
    let calibration = scored.model.calibration();
    let candidate = |place: usize, row: u64| Candidate {
        row,
        surprise: -calibration.p_value(scored.scores[row as usize]).ln(),
        anomaly: called_by_model.contains(&row),
        facts: RowFacts {
            reasons: reasons.get(&row).map_or(&[], Vec::as_slice),
            columns: &columns,
            cells: cells.get(place).map_or(&[], Vec::as_slice),
        },
    };
    let candidates: Vec<Candidate<'_>> =
        (0..).zip(&rows).map(|(place, &row)| candidate(place, row)).collect();
    let judged = judge(feedback, version, &candidates);
    let effect = effect(feedback, &candidates, &judged, called.len() as u64);
    let compared: BTreeSet<u64> = rows.into_iter().collect();
    let mut called_after: Vec<u64> =
        judged.iter().filter(|judged| judged.anomaly).map(|judged| judged.row).collect();
    called_after.extend(called.iter().filter(|row| !compared.contains(row)));
    Ok(Reviewed { judged, called: called_after, effect })
}

/// The columns that feedback speaks of and the table has.
fn main_columns(scored: &Scored<'_>, feedback: &[Feedback]) -> Vec<String> {
    let spoken_of = feedback.iter().flat_map(Feedback::main_columns);
    let names: BTreeSet<&str> = spoken_of.map(|judged| judged.column.as_str()).collect();
    let has = |name: &&str| scored.table.schema.field(name).is_some();
    names.into_iter().filter(has).map(str::to_owned).collect()
}

fn reasons_of(
    scanner: &dyn TableScanner,
    scored: &Scored<'_>,
    rows: &[u64],
    cancellation: &Cancellation,
) -> Result<BTreeMap<u64, Vec<Reason>>> {
    let mut reasons = BTreeMap::new();
    for rows in rows.chunks(EXPLAINED_TOGETHER) {
        cancellation.check()?;
        let told = tell(scanner, scored, rows, cancellation)?;
        reasons.extend(told.into_iter().map(|anomaly| (anomaly.row, anomaly.reasons)));
    }
    Ok(reasons)
}
