//! How well scores separate labelled anomalies from the rest.
//!
//! Labels are used here and nowhere else: no detector ever sees them.

use serde::{Deserialize, Serialize};

/// Area under the ROC curve and average precision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Separation {
    /// Probability that a random anomaly scores above a random normal row, ties counting half.
    pub auroc: f64,
    /// Σ (Rᵢ − Rᵢ₋₁) Pᵢ over the distinct scores, as scikit-learn defines it.
    pub average_precision: f64,
    /// Rows with a label.
    pub rows: u64,
    /// Rows labelled as anomalies.
    pub anomalies: u64,
}

/// Both metrics; `None` unless there are anomalies and normal rows.
///
/// `scores` and `is_anomaly` have one entry per row; scores are finite.
pub fn separation(scores: &[f64], is_anomaly: &[bool]) -> Option<Separation> {
    let rows = scores.len().min(is_anomaly.len());
    let positives = is_anomaly[..rows].iter().filter(|&&label| label).count();
    let negatives = rows - positives;
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut order: Vec<usize> = (0..rows).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));

    // From the highest score down, a group of equal scores at a time.
    let (mut true_positives, mut false_positives) = (0_usize, 0_usize);
    let (mut pairs_won, mut average_precision) = (0.0, 0.0);
    for group in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let group_positives = group.iter().filter(|&&row| is_anomaly[row]).count();
        let group_negatives = group.len() - group_positives;
        let negatives_below = negatives - false_positives - group_negatives;
        pairs_won +=
            group_positives as f64 * (negatives_below as f64 + 0.5 * group_negatives as f64);
        true_positives += group_positives;
        false_positives += group_negatives;
        let precision = true_positives as f64 / (true_positives + false_positives) as f64;
        average_precision += group_positives as f64 / positives as f64 * precision;
    }
    Some(Separation {
        auroc: pairs_won / (positives as f64 * negatives as f64),
        average_precision,
        rows: rows as u64,
        anomalies: positives as u64,
    })
}

/// [`separation`] of the rows whose label is known.
pub fn separation_of_labelled(scores: &[f64], labels: &[Option<bool>]) -> Option<Separation> {
    let (scores, labels): (Vec<f64>, Vec<bool>) = scores
        .iter()
        .zip(labels)
        .filter_map(|(&score, &label)| label.map(|label| (score, label)))
        .unzip();
    separation(&scores, &labels)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scikit_learns_own_example_gives_its_numbers() {
        let found = separation(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]).unwrap();
        assert!((found.auroc - 0.75).abs() < 1e-15);
        assert!((found.average_precision - 0.833_333_333_333_333_3).abs() < 1e-15);
    }

    #[test]
    fn one_class_cannot_be_evaluated() {
        assert_eq!(separation(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(separation(&[1.0, 2.0], &[false, false]), None);
        assert_eq!(separation(&[], &[]), None);
    }

    #[test]
    fn constant_scores_are_a_coin() {
        let found =
            separation(&[3.0; 8], &[true, false, false, false, true, false, false, false]).unwrap();
        assert_eq!(found.auroc, 0.5);
        assert_eq!(found.average_precision, 0.25);
    }

    proptest! {
        #[test]
        fn agrees_with_counting_pairs(
            rows in prop::collection::vec((0_u8..6, any::<bool>()), 2..60),
        ) {
            let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let mut won = 0.0;
            let mut pairs = 0.0;
            for (anomaly, &label) in labels.iter().enumerate() {
                for (normal, &other) in labels.iter().enumerate() {
                    if label && !other {
                        pairs += 1.0;
                        won += match scores[anomaly].total_cmp(&scores[normal]) {
                            std::cmp::Ordering::Greater => 1.0,
                            std::cmp::Ordering::Equal => 0.5,
                            std::cmp::Ordering::Less => 0.0,
                        };
                    }
                }
            }
            let auroc = separation(&scores, &labels).map(|found| found.auroc);
            prop_assert_eq!(auroc.is_some(), pairs > 0.0);
            prop_assert!(auroc.is_none_or(|auroc| (auroc - won / pairs).abs() < 1e-12));
        }
    }
}
