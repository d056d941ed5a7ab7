use proptest::prelude::*;

use super::*;

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn fit(features: &FeatureMatrix) -> Box<dyn Detector> {
    Ecod.fit(features, 0, &Cancellation::default()).unwrap()
}

/// The formulas of the paper and of PyOD 3.6, one comparison at a time.
fn slow_ecod(features: &FeatureMatrix) -> Vec<f64> {
    let n = features.rows() as f64;
    let mut scores = vec![0.0; features.rows()];
    for column in features.columns() {
        let mean = column.iter().sum::<f64>() / n;
        let moment = |order| column.iter().map(|x| (x - mean).powi(order)).sum::<f64>() / n;
        let skewness = if moment(2) <= (f64::EPSILON * mean).powi(2) {
            0.0
        } else {
            moment(3) / moment(2).powf(1.5)
        };
        let sign = if skewness == 0.0 { 0.0 } else { skewness.signum() };
        let step = |value: f64| if value == 0.0 { 0.0 } else { value.signum() };
        for (score, x) in scores.iter_mut().zip(column) {
            let left = -(column.iter().filter(|&other| other <= x).count() as f64 / n).ln();
            let right = -(column.iter().filter(|&other| other >= x).count() as f64 / n).ln();
            let skewed = -left * step(sign - 1.0) + right * step(sign + 1.0);
            *score += skewed.max(left).max(right);
        }
    }
    scores
}

#[test]
fn agrees_with_scores_that_pyod_printed() {
    // pyod 3.6.7: ECOD().fit(X).decision_scores_ for the rows below.
    let features = matrix(vec![vec![1.0, 2.0, 2.0, 3.0, 10.0], vec![-1.0, 0.0, 1.0, 0.0, 0.0]]);
    let scores = fit(&features).score(&features);
    let expected = [
        3.218_875_824_868_200_6,
        0.957_112_726_394_409_9,
        2.120_263_536_200_091,
        1.362_577_834_502_574_5,
        2.055_725_015_062_52,
    ];
    for (score, expected) in scores.iter().zip(expected) {
        assert!((score - expected).abs() < 1e-12, "{scores:?}");
    }
}

#[test]
fn a_value_beyond_all_training_values_is_the_oddest_and_finite() {
    let features = matrix(vec![(0..100).map(f64::from).collect()]);
    let ecod = fit(&features);
    let probe = matrix(vec![vec![-5.0, 0.0, 50.0, 99.0, 1e9]]);
    let scores = ecod.score(&probe);
    assert!(scores[0] > scores[1] && scores[4] > scores[3] && scores[1] > scores[2]);
    // Symmetric column: zero skewness sums both tails; beyond one end, the other tail is certain.
    assert!((scores[4] - 101.0_f64.ln()).abs() < 1e-12);
}

#[test]
fn a_row_of_a_constant_column_is_not_odd() {
    let features = matrix(vec![vec![4.0; 6]]);
    assert_eq!(fit(&features).score(&features), [0.0; 6]);
}

#[test]
fn hostile_bytes_are_refused() {
    let features = matrix(vec![vec![1.0, 2.0, 4.0], vec![0.0, 0.0, 1.0]]);
    let bytes = fit(&features).to_bytes().unwrap();
    assert!(Ecod.restore(&bytes, 3).is_err());
    for cut in 0..bytes.len() {
        assert!(Ecod.restore(&bytes[..cut], 2).is_err());
    }
}

fn columns() -> impl Strategy<Value = FeatureMatrix> {
    (2_usize..40, 1_usize..5).prop_flat_map(|(rows, features)| {
        // Few distinct values make ties; exact quarters keep both skewness sums free of rounding.
        let value = (-8_i32..8).prop_map(|quarters| f64::from(quarters) / 4.0);
        prop::collection::vec(prop::collection::vec(value, rows), features).prop_map(matrix)
    })
}

proptest! {
    #[test]
    fn agrees_with_the_slow_implementation(features in columns()) {
        let fast = fit(&features).score(&features);
        let slow = slow_ecod(&features);
        // Rounding of the mean may tip an exactly symmetric column either way: skip those.
        prop_assume!(features.columns().iter().all(|column| {
            let n = column.len() as f64;
            let mean = column.iter().sum::<f64>() / n;
            let third = column.iter().map(|x| (x - mean).powi(3)).sum::<f64>() / n;
            third == 0.0 || third.abs() > 1e-9
        }));
        for (fast, slow) in fast.iter().zip(&slow) {
            prop_assert!((fast - slow).abs() < 1e-9, "{} is not {}", fast, slow);
        }
    }

    #[test]
    fn contributions_sum_to_the_score_and_bytes_restore_it(features in columns()) {
        let ecod = fit(&features);
        let scores = ecod.score(&features);
        let restored = Ecod.restore(&ecod.to_bytes().unwrap(), features.features()).unwrap();
        prop_assert_eq!(&restored.score(&features), &scores);
        let mut row = Vec::new();
        for (index, score) in scores.iter().enumerate() {
            features.copy_row(index, &mut row);
            prop_assert!((ecod.contributions(&row).iter().sum::<f64>() - score).abs() < 1e-9);
        }
    }
}
