//! Scores, recomputable from the counts stored with each result.
//!
//! A result is *counted* when it was evaluated and its level is above information. Its pass share
//! is `1 − failed / evaluated`. The score of a dimension is the mean pass share of its counted
//! results, each with the same weight; the overall score is the mean of the scores of the
//! dimensions that have one. Sums run in the order of the stored results, then of
//! [`Dimension::ALL`], and scores are rounded to nine decimals; so the same counts give the same
//! bits, which JSON carries unchanged.

use crate::result::CheckResult;
use crate::verdict::Dimension;

/// The score of a dimension from 0 to 1 and the number of results counted; `None` when there is
/// none.
pub fn of_dimension(results: &[CheckResult], dimension: Dimension) -> Option<(f64, u32)> {
    let mut sum = 0.0;
    let mut counted = 0_u32;
    for result in results {
        if result.dimension != dimension || !result.counts_in_score() {
            continue;
        }
        if let Some(failed) = result.failed_share() {
            sum += 1.0 - failed;
            counted += 1;
        }
    }
    (counted > 0).then(|| (rounded(sum / f64::from(counted)), counted))
}

/// The overall score from 0 to 1; `None` when no dimension has one.
pub fn overall(results: &[CheckResult]) -> Option<f64> {
    let scores: Vec<f64> = Dimension::ALL
        .into_iter()
        .filter_map(|dimension| of_dimension(results, dimension))
        .map(|(score, _)| score)
        .collect();
    (!scores.is_empty()).then(|| rounded(scores.iter().sum::<f64>() / scores.len() as f64))
}

/// Nine decimals. A score rounds to 1 only when it is 1: what failed stays visible.
fn rounded(score: f64) -> f64 {
    const DECIMALS: f64 = 1e9;
    let rounded = (score * DECIMALS).round() / DECIMALS;
    if rounded >= 1.0 && score < 1.0 { 1.0 - 1.0 / DECIMALS } else { rounded }
}
