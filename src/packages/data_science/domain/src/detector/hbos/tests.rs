use proptest::prelude::*;

use super::*;

const STATIC: Hbos = Hbos { kind: Bins::Static, bins: 10, alpha: 0.1, tolerance: 0.5 };

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn fit(hbos: Hbos, features: &FeatureMatrix) -> Box<dyn Detector> {
    hbos.fit(features, 0, &Cancellation::default()).unwrap()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
}

#[test]
fn agrees_with_scores_that_pyod_printed() {
    // pyod 3.6.7: HBOS().fit((X - X.min(0)) / (X.max(0) - X.min(0))).decision_scores_, no value on a
    // border between bins.
    let features = matrix(vec![
        vec![1.0, 2.0, 2.0, 3.0, 10.0, 4.0, 7.0, 2.5],
        vec![-1.03, 0.04, 1.07, 0.02, 0.01, 0.53, 3.0, -2.0],
    ]);
    assert_close(
        &fit(STATIC, &features).score(&features),
        &[
            -0.865_918_814_552_212_5,
            -3.889_716_891_615_078_6,
            -2.377_817_853_083_646,
            -2.377_817_853_083_645,
            -2.377_817_853_083_646,
            -0.865_918_814_552_211_6,
            -0.865_918_814_552_213_1,
            -2.377_817_853_083_645_3,
        ],
    );
}

#[test]
fn values_outside_take_the_nearest_bin_or_the_sparsest() {
    // Ten bins of width 1 over 0 to 10, holding 2, 1 and seven times none, and 1.
    let features = matrix(vec![vec![0.0, 0.5, 1.5, 10.0]]);
    let new = matrix(vec![vec![-0.5, -0.6, 10.5, 10.6, 5.0]]);
    let [two, one, none] = [0.5, 0.25, 0.0].map(|share: f64| -(share * 10.0 + 0.1).log2());
    assert_close(&fit(STATIC, &features).score(&features), &[two, two, one, one]);
    assert_close(&fit(STATIC, &features).score(&new), &[two, none, one, none, none]);
}

#[test]
fn dynamic_bins_are_those_worked_out_by_hand() {
    // Two rows a bin: the crowded 0 alone, then 1 and 2, then 3 and 10; borders at ½ and 2½.
    let features = matrix(vec![vec![0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 10.0]]);
    let hbos = fit(Hbos { kind: Bins::Dynamic, bins: 4, ..STATIC }, &features);
    let [zero, middle, far] = [4.0 / 8.0 / 0.05, 2.0 / 8.0 / 0.2, 2.0 / 8.0 / 0.75]
        .map(|height: f64| -(height + 0.1).log2());
    assert_close(&hbos.score(&features), &[zero, zero, zero, zero, middle, middle, far, far]);
    let new = matrix(vec![vec![-1.0, 0.4, 2.4, 2.6, 13.0]]);
    // −1 lies two widths of its bin outside: an empty bin's term.
    assert_close(&hbos.score(&new), &[10.0_f64.log2(), zero, middle, far, far]);
}

#[test]
fn no_unit_of_measurement_matters() {
    let column: Vec<f64> = (0..200).map(|row| f64::from(row * row % 97)).collect();
    for kind in [Bins::Static, Bins::Dynamic] {
        let scores = |unit: f64| {
            let features = matrix(vec![column.iter().map(|value| value * unit).collect()]);
            fit(Hbos { kind, ..STATIC }, &features).score(&features)
        };
        // Powers of two, so that nothing is rounded another way.
        assert_eq!(scores(1.0), scores(1_048_576.0));
        assert_eq!(scores(1.0), scores(2.0_f64.powi(-40)));
    }
}

/// Static bins from their definition, border by border.
fn slow_hbos(features: &FeatureMatrix) -> Vec<f64> {
    let n = features.rows() as f64;
    let mut scores = vec![0.0; features.rows()];
    for column in features.columns() {
        let low = column.iter().copied().fold(f64::INFINITY, f64::min);
        let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if low == high {
            for score in &mut scores {
                *score -= 10.1_f64.log2();
            }
            continue;
        }
        let step = (high - low) / 10.0;
        let border = |bin: usize| if bin == 10 { high } else { bin as f64 * step + low };
        for (score, &x) in scores.iter_mut().zip(column) {
            let bin = (0..10).rev().find(|&bin| border(bin) <= x).unwrap_or(0);
            let upper = |value: f64| value < border(bin + 1) || bin == 9;
            let count =
                column.iter().filter(|&&value| value >= border(bin) && upper(value)).count();
            *score -= (count as f64 / n * 10.0 + 0.1).log2();
        }
    }
    scores
}

proptest! {
    #[test]
    fn agrees_with_the_slow_implementation(
        columns in (1_usize..40, 1_usize..5).prop_flat_map(|(rows, features)| {
            let value = prop_oneof![(-5_i32..6).prop_map(f64::from), -9.0..9.0_f64];
            prop::collection::vec(prop::collection::vec(value, rows), features)
        }),
    ) {
        let features = matrix(columns);
        let fast = fit(STATIC, &features).score(&features);
        for (fast, slow) in fast.iter().zip(&slow_hbos(&features)) {
            prop_assert!((fast - slow).abs() < 1e-9, "{} is not {}", fast, slow);
        }
    }
}
