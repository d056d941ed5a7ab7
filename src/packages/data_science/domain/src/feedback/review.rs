//! What follows from feedback: another order of the rows told, and another decision on some.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::identity::DatasetVersionId;

use super::likeness::{Likeness, RowFacts, SAME_LIKENESS, SIMILAR_LIKENESS, likeness};
use super::{Feedback, Verdict};
use crate::anomaly::{Anomaly, AnomalyReport};

/// Surprise of a p-value that is too small to be told.
const MOST_SURPRISE: f64 = 35.0;

/// The piece of feedback that a row is most like, and what makes it so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedbackMark {
    /// What was said.
    pub verdict: Verdict,
    /// The number of the version whose row it was said of.
    pub version: u32,
    /// That row's number.
    pub row: u64,
    /// Whether it was said of this row itself.
    pub itself: bool,
    /// How far this row is like that one, from 0.5 to 1.
    pub likeness: f64,
    /// The column that makes most of the likeness; null when no column stood out.
    pub column: Option<String>,
}

/// What feedback did to the rows of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FeedbackEffect {
    /// Rows of the pipeline, of any version, that were confirmed.
    pub confirmed: u64,
    /// Rows of the pipeline, of any version, that were dismissed.
    pub dismissed: u64,
    /// Rows of this version that were held against them.
    pub compared: u64,
    /// Those ranked higher, as like a confirmed one.
    pub raised: u64,
    /// Those ranked lower, as like a dismissed one.
    pub lowered: u64,
    /// Rows that the model's decision calls anomalies.
    pub called_by_model: u64,
    /// Those of them that are no longer called so, as nearly the same as a dismissed one.
    pub no_longer_called: u64,
    /// Rows that are called anomalies only because they are nearly the same as a confirmed one.
    pub also_called: u64,
    /// Rows that the model's decision calls anomalies and that were not held against feedback: they
    /// are called so still.
    pub not_compared: u64,
}

impl FeedbackEffect {
    /// Rows called anomalies in the end.
    pub fn called(&self) -> u64 {
        (self.called_by_model + self.also_called).saturating_sub(self.no_longer_called)
    }
}

/// A row that feedback may change.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its number.
    pub row: u64,
    /// How surprising the model finds it: −ln of its p-value.
    pub surprise: f64,
    /// Whether the model's decision calls it an anomaly.
    pub anomaly: bool,
    /// What is known of it.
    pub facts: RowFacts<'a>,
}

/// What feedback made of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The row's number.
    pub row: u64,
    /// Its place among the candidates, from 0.
    pub candidate: usize,
    /// Whether it is called an anomaly.
    pub anomaly: bool,
    /// What it is like.
    pub mark: Option<FeedbackMark>,
}

/// The rows in their new order. Candidates come in the model's order, most anomalous first, and rows
/// without a mark keep it among each other.
///
/// Rows that are called anomalies stay before all others. Among each other a row is ranked by `surprise × (1 − likeness)` when it is like a dismissed one, and by
/// `surprise × (1 + likeness)` when like a confirmed one; confirmed rows themselves come first. Of
/// several pieces of feedback the nearest counts, of equally near ones the confirming one. Above
/// [`SAME_LIKENESS`] it also decides whether the row is called an anomaly.
pub fn judge(
    feedback: &[Feedback],
    version: Option<&DatasetVersionId>,
    candidates: &[Candidate<'_>],
) -> Vec<Judged> {
    let mut judged = Vec::with_capacity(candidates.len());
    for (place, candidate) in candidates.iter().enumerate() {
        let mark = nearest(feedback, version, candidate);
        let (rank, anomaly) = match &mark {
            None => (candidate.surprise, candidate.anomaly),
            Some(mark) => {
                let weight = (mark.likeness - SIMILAR_LIKENESS) / (1.0 - SIMILAR_LIKENESS);
                let is_same = mark.itself || mark.likeness > SAME_LIKENESS;
                match mark.verdict {
                    Verdict::Confirmed if mark.itself => (f64::INFINITY, true),
                    Verdict::Confirmed => {
                        (candidate.surprise * (1.0 + weight), is_same || candidate.anomaly)
                    }
                    Verdict::Dismissed => {
                        (candidate.surprise * (1.0 - weight), !is_same && candidate.anomaly)
                    }
                }
            }
        };
        judged.push((rank, Judged { row: candidate.row, candidate: place, anomaly, mark }));
    }
    let called_first = |it: &Judged| !it.anomaly;
    judged.sort_by(|(own_rank, own), (rank, other)| {
        called_first(own).cmp(&called_first(other)).then(rank.total_cmp(own_rank))
    });
    judged.into_iter().map(|(_, judged)| judged).collect()
}

/// The mark of the piece of feedback that a row is most like, if it is like one.
fn nearest(
    feedback: &[Feedback],
    version: Option<&DatasetVersionId>,
    candidate: &Candidate<'_>,
) -> Option<FeedbackMark> {
    let mut best: Option<(bool, Likeness<'_>, &Feedback)> = None;
    for given in feedback {
        let itself = given.row == candidate.row && version == Some(&given.version_id);
        let mut likeness = likeness(given, &candidate.facts);
        if itself {
            likeness.value = 1.0;
        }
        if likeness.value < SIMILAR_LIKENESS {
            continue;
        }
        let next = (itself, likeness, given);
        if best.as_ref().is_none_or(|best| nearer(&next, best) == Ordering::Greater) {
            best = Some(next);
        }
    }
    best.map(|(itself, likeness, given)| FeedbackMark {
        verdict: given.verdict,
        version: given.version,
        row: given.row,
        itself,
        likeness: likeness.value,
        column: likeness.column.map(str::to_owned),
    })
}

/// Which of two pieces of feedback counts: the order they were given in does not.
fn nearer(
    (itself, likeness, given): &(bool, Likeness<'_>, &Feedback),
    (was_itself, other_likeness, other): &(bool, Likeness<'_>, &Feedback),
) -> Ordering {
    let confirms = |it: &Feedback| it.verdict == Verdict::Confirmed;
    itself
        .cmp(was_itself)
        .then(likeness.value.total_cmp(&other_likeness.value))
        .then(confirms(given).cmp(&confirms(other)))
        .then((other.version, other.row).cmp(&(given.version, given.row)))
}

/// What feedback did, by what became of the candidates; `called_by_model` counts all rows of the
/// version.
pub fn effect(
    feedback: &[Feedback],
    candidates: &[Candidate<'_>],
    judged: &[Judged],
    called_by_model: u64,
) -> FeedbackEffect {
    let given = |verdict| feedback.iter().filter(|it| it.verdict == verdict).count() as u64;
    let marked = |verdict| {
        let has = |it: &&Judged| it.mark.as_ref().is_some_and(|mark| mark.verdict == verdict);
        judged.iter().filter(has).count() as u64
    };
    let was_called = |it: &Judged| candidates.get(it.candidate).is_some_and(|was| was.anomaly);
    let turned = |to: bool| {
        judged.iter().filter(|it| it.anomaly == to && was_called(it) != to).count() as u64
    };
    let compared = candidates.iter().filter(|candidate| candidate.anomaly).count() as u64;
    FeedbackEffect {
        confirmed: given(Verdict::Confirmed),
        dismissed: given(Verdict::Dismissed),
        compared: candidates.len() as u64,
        raised: marked(Verdict::Confirmed),
        lowered: marked(Verdict::Dismissed),
        called_by_model,
        no_longer_called: turned(false),
        also_called: turned(true),
        not_compared: called_by_model.saturating_sub(compared),
    }
}

/// A report as feedback leaves it; without feedback it is the same report.
pub fn review(report: &AnomalyReport, feedback: &[Feedback]) -> AnomalyReport {
    if feedback.is_empty() {
        return report.clone();
    }
    let candidates: Vec<Candidate<'_>> = report
        .anomalies
        .iter()
        .map(|anomaly| Candidate {
            row: anomaly.row,
            surprise: surprise(anomaly),
            anomaly: anomaly.anomaly,
            facts: RowFacts {
                reasons: &anomaly.reasons,
                columns: &report.columns,
                cells: &anomaly.cells,
            },
        })
        .collect();
    let judged = judge(feedback, Some(&report.version_id), &candidates);
    let effect = effect(feedback, &candidates, &judged, report.anomaly_count);
    let mut anomalies = Vec::with_capacity(judged.len());
    for Judged { candidate, anomaly: called, mark, .. } in judged {
        let Some(anomaly) = report.anomalies.get(candidate) else { continue };
        anomalies.push(Anomaly { anomaly: called, feedback: mark, ..anomaly.clone() });
    }
    AnomalyReport {
        anomaly_count: effect.called(),
        feedback: Some(effect),
        anomalies,
        ..report.clone()
    }
}

/// −ln of a row's p-value; of reports that have none, of the share of higher scores.
fn surprise(anomaly: &Anomaly) -> f64 {
    let p_value = anomaly.p_value.unwrap_or(1.0 - anomaly.percentile / 100.0);
    let surprise = -p_value.ln();
    if surprise.is_nan() { MOST_SURPRISE } else { surprise.clamp(0.0, MOST_SURPRISE) }
}

/// What a change of feedback makes of one of the rows told.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FeedbackChange {
    /// The row's number, from 0.
    pub row: u64,
    /// Its place among the rows told, from 1, before.
    pub place_before: u64,
    /// Its place after.
    pub place_after: u64,
    /// Whether it was called an anomaly before.
    pub anomaly_before: bool,
    /// Whether it is called one after.
    pub anomaly_after: bool,
    /// What it is like after; null when it is like nothing that feedback was given on.
    pub feedback: Option<FeedbackMark>,
}

/// The rows of which feedback says something else in one review of a report than in another, in the
/// order of the second; rows that only make room for others are not among them.
pub fn changes(before: &AnomalyReport, after: &AnomalyReport) -> Vec<FeedbackChange> {
    let earlier: BTreeMap<u64, (u64, &Anomaly)> =
        (1..).zip(&before.anomalies).map(|(place, it)| (it.row, (place, it))).collect();
    let mut changes = Vec::new();
    for (place_after, anomaly) in (1..).zip(&after.anomalies) {
        let Some(&(place_before, was)) = earlier.get(&anomaly.row) else { continue };
        if was.feedback == anomaly.feedback && was.anomaly == anomaly.anomaly {
            continue;
        }
        changes.push(FeedbackChange {
            row: anomaly.row,
            place_before,
            place_after,
            anomaly_before: was.anomaly,
            anomaly_after: anomaly.anomaly,
            feedback: anomaly.feedback.clone(),
        });
    }
    changes
}
