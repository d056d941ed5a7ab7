//! Which rows are called anomalies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

/// The share of rows called anomalies when nobody says otherwise.
pub const DEFAULT_CONTAMINATION: f64 = 0.01;

/// How anomalies are told from other rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DecisionRule {
    /// The highest share of the scores. Equal scores at the border stay together: all of them are
    /// in when that calls at most twice as many rows as asked for, else none of them.
    Contamination {
        /// The share, above 0 and at most 0.5.
        share: f64,
    },
    /// The highest scores; of equal scores at the border the first rows.
    Budget {
        /// How many rows.
        rows: u64,
    },
    /// Scores from a threshold on: the one a model took from its training scores.
    Threshold {
        /// The lowest anomalous score.
        score: f64,
    },
}

impl Default for DecisionRule {
    fn default() -> Self {
        Self::Contamination { share: DEFAULT_CONTAMINATION }
    }
}

/// What a rule decided about some scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The rule.
    pub rule: DecisionRule,
    /// The lowest anomalous score; above all scores when no row is anomalous.
    pub threshold: f64,
    /// The anomalous rows, most anomalous first, equal scores in row order.
    pub rows: Vec<u64>,
}

impl Decision {
    /// Whether a row with its score is called an anomaly.
    pub fn calls(&self, row: u64, score: f64) -> bool {
        match self.rule {
            // Equal scores at the border may be on both sides of it.
            DecisionRule::Budget { .. } if score == self.threshold => self.rows.contains(&row),
            _ => score >= self.threshold,
        }
    }
}

impl DecisionRule {
    /// A share of anomalous rows, above 0 and at most 0.5.
    pub fn contamination(share: f64) -> Result<Self> {
        if share > 0.0 && share <= 0.5 {
            return Ok(Self::Contamination { share });
        }
        Err(Error::usage(format!("a contamination of {share} is not a share of anomalous rows"))
            .hint("give a number above 0 and at most 0.5, such as 0.01"))
    }

    /// The rule in words.
    pub fn words(&self) -> String {
        match self {
            Self::Contamination { share } => {
                format!("the {} % of rows with the highest scores", share * 100.0)
            }
            Self::Budget { rows } => format!("the {rows} rows with the highest scores"),
            Self::Threshold { score } => format!("rows with a score of at least {score:.4}"),
        }
    }

    /// Applies the rule to the scores of all rows.
    pub fn decide(&self, scores: &[f64]) -> Decision {
        let rows = match *self {
            Self::Budget { rows } => {
                most_anomalous(scores, usize::try_from(rows).unwrap_or(usize::MAX))
            }
            Self::Threshold { score } => rows_from(scores, score),
            Self::Contamination { share } => rows_from(scores, contamination_border(scores, share)),
        };
        let above_all = || scores.iter().copied().fold(f64::MIN, f64::max).next_up();
        let threshold = match *self {
            Self::Threshold { score } => score,
            _ => rows.last().map_or_else(above_all, |&row| scores[row as usize]),
        };
        Decision { rule: *self, threshold, rows }
    }
}

/// The `count` rows with the highest scores, highest first, equal scores in row order.
pub fn most_anomalous(scores: &[f64], count: usize) -> Vec<u64> {
    let mut order: Vec<u64> = (0..scores.len() as u64).collect();
    let higher = |a: &u64, b: &u64| {
        scores[*b as usize].total_cmp(&scores[*a as usize]).then_with(|| a.cmp(b))
    };
    if count < order.len() {
        if count > 0 {
            order.select_nth_unstable_by(count - 1, higher);
        }
        order.truncate(count);
    }
    order.sort_unstable_by(higher);
    order
}

fn rows_from(scores: &[f64], threshold: f64) -> Vec<u64> {
    let mut rows: Vec<u64> =
        (0..scores.len() as u64).filter(|&row| scores[row as usize] >= threshold).collect();
    rows.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
    rows
}

/// The lowest anomalous score for a share of the rows (at least one), ties kept whole.
fn contamination_border(scores: &[f64], share: f64) -> f64 {
    if scores.is_empty() {
        return f64::MAX;
    }
    let wanted = ((share * scores.len() as f64).round() as usize).clamp(1, scores.len());
    let mut descending = scores.to_vec();
    let (_, border, _) = descending.select_nth_unstable_by(wanted - 1, |a, b| b.total_cmp(a));
    let border = *border;
    let with_ties = scores.iter().filter(|&&score| score >= border).count();
    if with_ties <= 2 * wanted { border } else { border.next_up() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contamination(share: f64, scores: &[f64]) -> Vec<u64> {
        DecisionRule::contamination(share).unwrap().decide(scores).rows
    }

    #[test]
    fn a_share_of_distinct_scores_is_that_share() {
        let scores: Vec<f64> = (0..200).map(f64::from).collect();
        assert_eq!(contamination(0.01, &scores), [199, 198]);
        assert_eq!(contamination(0.001, &scores), [199]);
    }

    #[test]
    fn ties_at_the_border_stay_together() {
        let few = [1.0, 9.0, 9.0, 2.0, 3.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(contamination(0.1, &few), [1, 2]);
        assert_eq!(contamination(0.1, &[5.0; 10]), [0_u64; 0]);
        let border = [9.0, 8.0, 8.0, 8.0, 8.0, 8.0, 1.0, 1.0, 1.0, 1.0];
        assert_eq!(contamination(0.2, &border), [0]);
    }

    #[test]
    fn a_budget_is_kept_exactly_and_ties_go_to_the_first_rows() {
        let decision = DecisionRule::Budget { rows: 2 }.decide(&[1.0, 5.0, 5.0, 5.0]);
        assert_eq!(decision.rows, [1, 2]);
        assert_eq!(DecisionRule::Budget { rows: 9 }.decide(&[1.0, 2.0]).rows, [1, 0]);
        assert_eq!(DecisionRule::Budget { rows: 0 }.decide(&[1.0, 2.0]).rows, [0_u64; 0]);
    }

    #[test]
    fn no_rows_no_anomalies() {
        for rule in [DecisionRule::default(), DecisionRule::Budget { rows: 3 }] {
            assert!(rule.decide(&[]).rows.is_empty());
        }
    }

    #[test]
    fn shares_out_of_range_are_refused() {
        for share in [0.0, -0.1, 0.6, f64::NAN] {
            assert!(DecisionRule::contamination(share).is_err());
        }
    }

    proptest! {
        #[test]
        fn contamination_never_calls_more_than_twice_what_was_asked(
            scores in prop::collection::vec((0_u8..20).prop_map(f64::from), 1..200),
            share in 0.001..0.5,
        ) {
            let decision = DecisionRule::contamination(share).unwrap().decide(&scores);
            let wanted = ((share * scores.len() as f64).round()).max(1.0);
            prop_assert!(decision.rows.len() as f64 <= 2.0 * wanted);
            let from_threshold =
                scores.iter().filter(|&&score| score >= decision.threshold).count();
            prop_assert_eq!(from_threshold, decision.rows.len());
        }
    }
}
