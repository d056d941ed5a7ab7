//! How well scores separate labelled anomalies from the rest.
//!
//! Labels are used here and nowhere else: no detector ever sees them.

use std::ops::AddAssign;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::decision::most_anomalous;

/// Half the width of a 95 % interval of a normal distribution, in standard deviations.
const NORMAL_95: f64 = 1.959_963_984_540_054;

/// Rows looked at for a precision, beside as many as there are anomalies.
const PRECISION_ROWS: [u64; 2] = [10, 100];

/// A figure with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The low end.
    pub low: f64,
    /// The high end.
    pub high: f64,
}

impl Estimate {
    /// `value ± deviation × 1.96`, between 0 and 1.
    fn normal(value: f64, deviation: f64) -> Self {
        let reach = NORMAL_95 * deviation;
        Self { value, low: (value - reach).max(0.0), high: (value + reach).min(1.0) }
    }

    /// Wilson's interval (1927) of a share of `trials`.
    fn wilson(value: f64, trials: f64) -> Self {
        let square = NORMAL_95 * NORMAL_95 / trials;
        let middle = (value + square / 2.0) / (1.0 + square);
        let reach =
            (square * value * (1.0 - value) + square * square / 4.0).sqrt() / (1.0 + square);
        let (low, high) = ((middle - reach).max(0.0), (middle + reach).min(1.0));
        // Rounding must not leave the figure outside.
        Self { value, low: low.min(value), high: high.max(value) }
    }

    /// The interval of an area from a sample of `trials`, on the scale of `ln(a / (1 − a))` (Boyd,
    /// Eng, Page 2013).
    fn logistic(value: f64, trials: f64) -> Self {
        if value <= 0.0 || value >= 1.0 {
            return Self::wilson(value, trials);
        }
        let centre = (value / (1.0 - value)).ln();
        let reach = NORMAL_95 / (trials * value * (1.0 - value)).sqrt();
        let share = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        Self { value, low: share(centre - reach), high: share(centre + reach) }
    }
}

/// The share of anomalies among the rows with the highest scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Precision {
    /// How many rows; of equal scores at the border the first rows.
    pub rows: u64,
    /// The share of anomalies among them, with Wilson's interval.
    pub precision: Estimate,
}

/// How well scores agree with labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The area under the ROC curve, with the interval of `DeLong`, `DeLong` and Clarke-Pearson
    /// (1988); where that has no width, or a class only one row, Wilson's of the smaller class.
    pub auroc: Estimate,
    /// Average precision, with a logistic interval.
    pub average_precision: Estimate,
    /// Precision among the highest 10, 100 and as many rows as there are anomalies.
    pub precision_at: Vec<Precision>,
    /// Rows with a label.
    pub rows: u64,
    /// Rows labelled as anomalies.
    pub anomalies: u64,
}

/// The evaluation of the rows whose label is known; `None` unless there are anomalies and normal
/// rows.
pub fn evaluation_of_labelled(scores: &[f64], labels: &[Option<bool>]) -> Option<Evaluation> {
    let (scores, labels) = labelled(scores, labels);
    let separation = separation(&scores, &labels)?;
    let smaller = separation.anomalies.min(separation.rows - separation.anomalies) as f64;
    let auroc = match area_variance(&scores, &labels) {
        Some(variance) => Estimate::normal(separation.auroc, variance.sqrt()),
        None => Estimate::wilson(separation.auroc, smaller),
    };
    let mut looked_at = vec![separation.anomalies];
    looked_at.extend(PRECISION_ROWS.iter().filter(|&&rows| rows <= separation.rows));
    looked_at.sort_unstable();
    looked_at.dedup();
    let order = most_anomalous(&scores, looked_at.last().map_or(0, |&rows| rows as usize));
    let precision = |rows: u64| {
        let highest = order.iter().take(rows as usize);
        let found = highest.filter(|&&row| labels[row as usize]).count() as f64;
        Precision { rows, precision: Estimate::wilson(found / rows as f64, rows as f64) }
    };
    Some(Evaluation {
        auroc,
        average_precision: Estimate::logistic(
            separation.average_precision,
            separation.anomalies as f64,
        ),
        precision_at: looked_at.into_iter().map(precision).collect(),
        rows: separation.rows,
        anomalies: separation.anomalies,
    })
}

/// Count, sum and sum of squares.
#[derive(Clone, Copy, Default)]
struct Moments(f64, f64, f64);

impl AddAssign<(usize, f64)> for Moments {
    fn add_assign(&mut self, (count, value): (usize, f64)) {
        let count = count as f64;
        *self = Self(self.0 + count, self.1 + count * value, self.2 + count * value * value);
    }
}

impl Moments {
    fn variance_of_mean(self) -> f64 {
        let Self(count, sum, squares) = self;
        ((squares - sum * sum / count) / (count - 1.0)).max(0.0) / count
    }
}

/// The variance of the area under the ROC curve from its structural components: what share of the
/// other class each row wins against. `None` where it says nothing.
fn area_variance(scores: &[f64], is_anomaly: &[bool]) -> Option<f64> {
    let positives = is_anomaly.iter().filter(|&&label| label).count();
    let negatives = is_anomaly.len() - positives;
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let (mut of_positives, mut of_negatives) = (Moments::default(), Moments::default());
    let (mut positives_above, mut negatives_below) = (0_usize, negatives);
    for group in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let own = group.iter().filter(|&&row| is_anomaly[row]).count();
        let others = group.len() - own;
        negatives_below -= others;
        let wins = negatives_below as f64 + 0.5 * others as f64;
        of_positives += (own, wins / negatives as f64);
        let losses = positives_above as f64 + 0.5 * own as f64;
        of_negatives += (others, losses / positives as f64);
        positives_above += own;
    }
    let variance = of_positives.variance_of_mean() + of_negatives.variance_of_mean();
    (positives > 1 && negatives > 1 && variance > 0.0).then_some(variance)
}

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
    let (scores, labels) = labelled(scores, labels);
    separation(&scores, &labels)
}

fn labelled(scores: &[f64], labels: &[Option<bool>]) -> (Vec<f64>, Vec<bool>) {
    let pairs = scores.iter().zip(labels);
    pairs.filter_map(|(&score, &label)| label.map(|label| (score, label))).unzip()
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

    /// AUROC and average precision by scikit-learn 1.7, the deviation by DeLong's definition in
    /// NumPy, Wilson's intervals by SciPy's `binomtest`.
    #[test]
    fn intervals_are_those_of_the_references() {
        let scores = [0.9, 0.8, 0.8, 0.7, 0.6, 0.55, 0.5, 0.4, 0.3, 0.2, 0.2, 0.1];
        let labels = [1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0].map(|label| Some(label == 1));
        let found = evaluation_of_labelled(&scores, &labels).unwrap();
        let close = |estimate: Estimate, value: f64, low: f64, high: f64| {
            for (told, reference) in
                [(estimate.value, value), (estimate.low, low), (estimate.high, high)]
            {
                assert!((told - reference).abs() < 1e-12, "{estimate:?}: {reference}");
            }
        };
        close(found.auroc, 0.714_285_714_285_714_4, 0.382_006_801_881_099_5, 1.0);
        close(
            found.average_precision,
            0.688_528_138_528_138_5,
            0.249_833_408_129_167_6,
            0.936_195_186_064_867_3,
        );
        let looked_at: Vec<u64> = found.precision_at.iter().map(|at| at.rows).collect();
        assert_eq!(looked_at, [5, 10]);
        close(found.precision_at[0].precision, 0.6, 0.230_724_281_276_013, 0.882_379_225_767_352_1);
        close(
            found.precision_at[1].precision,
            0.4,
            0.168_180_329_706_236_14,
            0.687_326_230_266_341_7,
        );
    }

    #[test]
    fn a_perfect_order_of_few_rows_is_not_certain() {
        let labels = [true, true, false, false, false].map(Some);
        let found = evaluation_of_labelled(&[5.0, 4.0, 3.0, 2.0, 1.0], &labels).unwrap();
        for estimate in [found.auroc, found.average_precision, found.precision_at[0].precision] {
            assert!(estimate.value == 1.0 && estimate.high == 1.0 && estimate.low < 0.5);
        }
        assert!(evaluation_of_labelled(&[1.0, 2.0], &[Some(true), None]).is_none());
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
