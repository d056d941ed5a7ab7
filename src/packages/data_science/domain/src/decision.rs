//! Which rows are called anomalies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use crate::model::Calibration;

/// The share of false ones expected among anomalies when nobody says otherwise.
pub const DEFAULT_FALSE_SHARE: f64 = 0.1;

/// How anomalies are told from other rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DecisionRule {
    /// As many of the highest scores as keep the share of false ones expected among them: from
    /// p-values, after Benjamini and Hochberg (1995). Often none.
    Fdr {
        /// The share of false ones, above 0 and at most 0.5.
        share: f64,
    },
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
    /// Scores that a row like the calibration rows reaches with at most this probability: the
    /// extreme-value threshold of peaks over threshold (Siffer et al., KDD 2017).
    Pot {
        /// The probability, above 0 and at most 0.5.
        risk: f64,
    },
    /// Scores from a threshold on: the one a model took from its training scores.
    Threshold {
        /// The lowest anomalous score.
        score: f64,
    },
}

impl Default for DecisionRule {
    fn default() -> Self {
        Self::Fdr { share: DEFAULT_FALSE_SHARE }
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

    /// A share of false ones among the anomalies, above 0 and at most 0.5.
    pub fn fdr(share: f64) -> Result<Self> {
        if share > 0.0 && share <= 0.5 {
            return Ok(Self::Fdr { share });
        }
        Err(Error::usage(format!("a false discovery rate of {share} is no share"))
            .hint("give a number above 0 and at most 0.5, such as 0.1"))
    }

    /// A probability of a score as high as the threshold, above 0 and at most 0.5.
    pub fn pot(risk: f64) -> Result<Self> {
        if risk > 0.0 && risk <= 0.5 {
            return Ok(Self::Pot { risk });
        }
        Err(Error::usage(format!("a risk of {risk} is no probability of an extreme value"))
            .hint("give a number above 0 and at most 0.5, such as 0.0001"))
    }

    /// The rule in words.
    pub fn words(&self) -> String {
        match self {
            Self::Fdr { share } => format!(
                "at most {} % of them expected to be false by Benjamini–Hochberg",
                percent(*share)
            ),
            Self::Pot { risk } => {
                format!("scores that a usual row reaches with probability {risk} at most")
            }
            Self::Contamination { share } => {
                format!("the {} % of rows with the highest scores", percent(*share))
            }
            Self::Budget { rows } => format!("the {rows} rows with the highest scores"),
            Self::Threshold { score } => format!("rows with a score of at least {score:.4}"),
        }
    }

    /// Applies the rule to the scores of all rows, of the model that was calibrated so.
    pub fn decide(&self, scores: &[f64], calibration: &Calibration) -> Decision {
        let rows = match *self {
            Self::Fdr { share } => {
                rows_from(scores, false_discovery_border(scores, share, calibration))
            }
            Self::Pot { risk } => {
                let unlikely = scores.iter().filter(|&&s| calibration.p_value(s) <= risk);
                rows_from(scores, unlikely.copied().fold(f64::INFINITY, f64::min))
            }
            Self::Budget { rows } => {
                most_anomalous(scores, usize::try_from(rows).unwrap_or(usize::MAX))
            }
            Self::Threshold { score } => rows_from(scores, score),
            Self::Contamination { share } => rows_from(scores, contamination_border(scores, share)),
        };
        self.drawn(scores, rows)
    }

    /// Applies the rule to the rows of several models, whose p-values were counted among different
    /// rows. Of two rows the one with the smaller p-value scores at least as high.
    pub fn decide_by_p_values(&self, scores: &[f64], p_values: &[f64]) -> Decision {
        let up_to = |border: f64| {
            let likely = scores.iter().zip(p_values).filter(|(_, p_value)| **p_value <= border);
            rows_from(scores, likely.map(|(&score, _)| score).fold(f64::INFINITY, f64::min))
        };
        let rows = match *self {
            Self::Fdr { share } => step_up(p_values, share).map_or_else(Vec::new, up_to),
            Self::Pot { risk } => up_to(risk),
            Self::Budget { rows } => {
                most_anomalous(scores, usize::try_from(rows).unwrap_or(usize::MAX))
            }
            Self::Threshold { score } => rows_from(scores, score),
            Self::Contamination { share } => rows_from(scores, contamination_border(scores, share)),
        };
        self.drawn(scores, rows)
    }

    fn drawn(&self, scores: &[f64], rows: Vec<u64>) -> Decision {
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
    let higher = |a: &(f64, u64), b: &(f64, u64)| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1));
    let Some(last) = count.checked_sub(1) else { return Vec::new() };
    let mut highest: Vec<(f64, u64)> = Vec::new();
    // Of the highest so far the lowest: a later row must be above it to count.
    let mut lowest = f64::NEG_INFINITY;
    for (row, &score) in (0..).zip(scores) {
        if score.total_cmp(&lowest).is_gt() {
            highest.push((score, row));
            if highest.len() == count.saturating_mul(2) {
                highest.select_nth_unstable_by(last, higher);
                highest.truncate(count);
                lowest = highest[last].0;
            }
        }
    }
    highest.sort_unstable_by(higher);
    highest.truncate(count);
    highest.into_iter().map(|(_, row)| row).collect()
}

/// A share in percent, without the digits that binary fractions add.
fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

fn rows_from(scores: &[f64], threshold: f64) -> Vec<u64> {
    let mut rows: Vec<u64> =
        (0..scores.len() as u64).filter(|&row| scores[row as usize] >= threshold).collect();
    rows.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
    rows
}

/// The lowest score of the rows that Benjamini and Hochberg's step-up procedure finds: the `i`th
/// smallest of `m` p-values is the last that is at most `share × i / m`. Infinity when none is.
pub(crate) fn false_discovery_border(scores: &[f64], share: f64, calibration: &Calibration) -> f64 {
    // No lower score can have a p-value that small, even when a twentieth was set aside.
    let floor = calibration.quantile(1.0 - share - 0.1).unwrap_or(f64::INFINITY);
    let mut descending: Vec<f64> = scores.iter().copied().filter(|&s| s >= floor).collect();
    descending.sort_unstable_by(|a, b| b.total_cmp(a));
    let step = share / scores.len() as f64;
    let mut places = descending.iter().enumerate();
    let last =
        places.rfind(|&(place, &score)| calibration.p_value(score) <= step * (place as f64 + 1.0));
    last.map_or(f64::INFINITY, |(_, &score)| score)
}

/// The largest p-value that Benjamini and Hochberg's step-up procedure finds; `None` when there is
/// none.
fn step_up(p_values: &[f64], share: f64) -> Option<f64> {
    // No larger one can be found.
    let mut ascending: Vec<f64> = p_values.iter().copied().filter(|&p| p <= share).collect();
    ascending.sort_unstable_by(f64::total_cmp);
    let step = share / p_values.len() as f64;
    let mut places = ascending.iter().enumerate();
    places.rfind(|&(place, &p_value)| p_value <= step * (place as f64 + 1.0)).map(|(_, &p)| p)
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
    use crate::model::CalibrationSource;

    /// The decision on scores that calibrate themselves.
    fn decide(rule: DecisionRule, scores: &[f64]) -> Decision {
        rule.decide(scores, &Calibration::of(CalibrationSource::InSample, scores))
    }

    fn contamination(share: f64, scores: &[f64]) -> Vec<u64> {
        decide(DecisionRule::contamination(share).unwrap(), scores).rows
    }

    #[test]
    fn benjamini_and_hochberg_step_up() {
        // A score of s + ½ has the p-value (40 − s) / 40.
        let calibration: Vec<f64> = (1..=39).map(f64::from).collect();
        let calibration = Calibration::of(CalibrationSource::HeldBack, &calibration);
        let rule = DecisionRule::fdr(0.2).unwrap();
        // P-values 0.025, 0.1, 0.15, 0.9: the third is at most 0.2 × 3 / 4, so all three are.
        let found = rule.decide(&[39.5, 36.5, 4.5, 34.5], &calibration);
        assert_eq!((found.rows, found.threshold), (vec![0, 1, 3], 34.5));
        let found = rule.decide(&[39.5, 36.5, 4.5, 33.5], &calibration);
        assert_eq!(found.rows, [0, 1], "0.175 is not, and 0.1 is at most 0.2 × 2 / 4");
        assert!(rule.decide(&[30.5, 20.5, 10.5], &calibration).rows.is_empty());
    }

    #[test]
    fn p_values_of_several_models_are_decided_together() {
        let p_values = [0.025, 0.1, 0.9, 0.15];
        let scores = p_values.map(|p: f64| -p.ln());
        let decide = |rule: DecisionRule| rule.decide_by_p_values(&scores, &p_values);
        let found = decide(DecisionRule::fdr(0.2).unwrap());
        assert_eq!((found.rows, found.threshold), (vec![0, 1, 3], scores[3]));
        assert_eq!(decide(DecisionRule::fdr(0.1).unwrap()).rows, [0]);
        assert!(decide(DecisionRule::fdr(0.05).unwrap()).rows.is_empty());
        assert_eq!(decide(DecisionRule::pot(0.1).unwrap()).rows, [0, 1], "the risk itself is in");
        assert_eq!(decide(DecisionRule::Budget { rows: 1 }).rows, [0]);
        assert_eq!(decide(DecisionRule::contamination(0.5).unwrap()).rows, [0, 1]);
    }

    #[test]
    fn an_extreme_value_is_one_whose_probability_is_at_most_the_risk() {
        let usual: Vec<f64> = (1..=1_000).map(|row| -(f64::from(row) / 1_001.0).ln()).collect();
        let calibration = Calibration::of(CalibrationSource::HeldBack, &usual);
        let found = DecisionRule::pot(1e-4).unwrap().decide(&[1.0, 20.0, 6.0], &calibration);
        assert_eq!(found.rows, [1]);
        assert!(DecisionRule::pot(0.0).is_err() && DecisionRule::fdr(0.9).is_err());
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
        let decision = decide(DecisionRule::Budget { rows: 2 }, &[1.0, 5.0, 5.0, 5.0]);
        assert_eq!(decision.rows, [1, 2]);
        assert_eq!(decide(DecisionRule::Budget { rows: 9 }, &[1.0, 2.0]).rows, [1, 0]);
        assert_eq!(decide(DecisionRule::Budget { rows: 0 }, &[1.0, 2.0]).rows, [0_u64; 0]);
    }

    #[test]
    fn no_rows_no_anomalies() {
        for rule in [DecisionRule::default(), DecisionRule::Budget { rows: 3 }] {
            assert!(decide(rule, &[]).rows.is_empty());
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
        fn the_most_anomalous_are_the_first_of_all_in_order(
            scores in prop::collection::vec(prop_oneof![(0_u8..9).prop_map(f64::from), -9.0..9.0_f64, Just(-0.0)], 0..60),
            count in 0_usize..70,
        ) {
            let mut order: Vec<u64> = (0..scores.len() as u64).collect();
            order.sort_by(|&a, &b| scores[b as usize].total_cmp(&scores[a as usize]));
            order.truncate(count);
            prop_assert_eq!(most_anomalous(&scores, count), order);
        }

        #[test]
        fn contamination_never_calls_more_than_twice_what_was_asked(
            scores in prop::collection::vec((0_u8..20).prop_map(f64::from), 1..200),
            share in 0.001..0.5,
        ) {
            let decision = decide(DecisionRule::contamination(share).unwrap(), &scores);
            let wanted = ((share * scores.len() as f64).round()).max(1.0);
            prop_assert!(decision.rows.len() as f64 <= 2.0 * wanted);
            let from_threshold =
                scores.iter().filter(|&&score| score >= decision.threshold).count();
            prop_assert_eq!(from_threshold, decision.rows.len());
        }
    }
}
