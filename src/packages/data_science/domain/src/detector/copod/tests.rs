use proptest::prelude::*;

use super::*;

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn scores(features: &FeatureMatrix) -> Vec<f64> {
    Copod.fit(features, 0, &Cancellation::default()).unwrap().score(features)
}

#[test]
fn agrees_with_scores_that_pyod_printed() {
    // pyod 3.6.7: COPOD().fit(X).decision_scores_ for the rows below.
    let features = matrix(vec![vec![1.0, 2.0, 2.0, 3.0, 10.0], vec![-1.0, 0.0, 1.0, 0.0, 0.0]]);
    let expected = [
        2.414_156_868_651_150_3,
        0.813_271_690_168_519_5,
        1.976_422_499_974_200_4,
        1.362_577_834_502_574_5,
        2.055_725_015_062_52,
    ];
    for (score, expected) in scores(&features).iter().zip(expected) {
        assert!((score - expected).abs() < 1e-12, "{score} is not {expected}");
    }
}

#[test]
fn only_the_long_tail_is_odd() {
    let column: Vec<f64> = (0..100).map(|row| f64::from(row).powi(2)).collect();
    let found = scores(&matrix(vec![column]));
    assert!((found[99] - 100.0_f64.ln()).abs() < 1e-12);
    assert!((found[0] - 100.0_f64.ln() / 2.0).abs() < 1e-12, "half of the left tail");
}

/// The formulas of PyOD 3.6, one comparison at a time.
fn slow_copod(features: &FeatureMatrix) -> Vec<f64> {
    let n = features.rows() as f64;
    let mut scores = vec![0.0; features.rows()];
    for column in features.columns() {
        let mean = column.iter().sum::<f64>() / n;
        let third = column.iter().map(|x| (x - mean).powi(3)).sum::<f64>();
        let sign = |value: f64| if value == 0.0 { 0.0 } else { value.signum() };
        for (score, x) in scores.iter_mut().zip(column) {
            let left = -(column.iter().filter(|&other| other <= x).count() as f64 / n).ln();
            let right = -(column.iter().filter(|&other| other >= x).count() as f64 / n).ln();
            let skewed = -left * sign(sign(third) - 1.0) + right * sign(sign(third) + 1.0);
            *score += skewed.max(f64::midpoint(left, right));
        }
    }
    scores
}

proptest! {
    #[test]
    fn agrees_with_the_slow_implementation(
        columns in (2_usize..40, 1_usize..5).prop_flat_map(|(rows, features)| {
            let value = (-8_i32..8).prop_map(|quarters| f64::from(quarters) / 4.0);
            prop::collection::vec(prop::collection::vec(value, rows), features)
        }),
    ) {
        // Rounding of the mean may tip an exactly symmetric column either way: skip those.
        prop_assume!(columns.iter().all(|column| {
            let n = column.len() as f64;
            let mean = column.iter().sum::<f64>() / n;
            let third = column.iter().map(|x| (x - mean).powi(3)).sum::<f64>() / n;
            third == 0.0 || third.abs() > 1e-9
        }));
        let features = matrix(columns);
        for (fast, slow) in scores(&features).iter().zip(&slow_copod(&features)) {
            prop_assert!((fast - slow).abs() < 1e-9, "{} is not {}", fast, slow);
        }
    }
}
