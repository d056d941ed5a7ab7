use proptest::prelude::*;

use super::*;

const LODA: Loda = Loda { cuts: 12, bins: 5 };

fn fit(features: &FeatureMatrix, seed: u64) -> FittedLoda {
    let detector = LODA.fit(features, seed, &Cancellation::default()).unwrap();
    postcard::from_bytes(&detector.to_bytes().unwrap()).unwrap()
}

#[test]
fn a_cut_sees_the_root_of_the_features_with_normal_weights() {
    let column: Vec<f64> = (0..40).map(|row| f64::from(row * row % 17)).collect();
    let features = FeatureMatrix::from_columns(40, vec![column; 10]).unwrap();
    let detector = Loda { cuts: 2_000, bins: 5 }.fit(&features, 1, &Cancellation::default());
    let fitted: FittedLoda = postcard::from_bytes(&detector.unwrap().to_bytes().unwrap()).unwrap();
    let mut seen = [0_u32; 10];
    for cut in &fitted.cuts {
        assert_eq!(cut.features().count(), 3);
        cut.features().for_each(|feature| seen[feature] += 1);
    }
    // 600 expected each, standard deviation 20.5.
    assert!(seen.iter().all(|count| (510..690).contains(count)), "{seen:?}");
}

#[test]
fn beyond_half_a_bin_outside_is_an_empty_bin() {
    let column: Vec<f64> = (0..=100).map(f64::from).collect();
    let features = FeatureMatrix::from_columns(101, vec![column]).unwrap();
    let fitted = fit(&features, 1);
    let probe = FeatureMatrix::from_columns(4, vec![vec![0.0, -9.0, -11.0, 1e9]]).unwrap();
    let scores = fitted.score(&probe);
    assert!((scores[0] - scores[1]).abs() < 1e-12, "{scores:?}");
    // −ln (1e-12 / 101), the sum of the counts being 101 but for rounding.
    assert!((scores[2] - (1e12_f64 * 101.0).ln()).abs() < 1e-9, "{scores:?}");
    assert_eq!(scores[2], scores[3]);
}

/// The score of each row from the definition, counting rows bin by bin.
fn slow_loda(fitted: &FittedLoda, features: &FeatureMatrix) -> Vec<f64> {
    let n = features.rows();
    let mut scores = vec![0.0; n];
    for cut in &fitted.cuts {
        let mut row = Vec::new();
        let projected: Vec<f64> = (0..n)
            .map(|index| {
                features.copy_row(index, &mut row);
                cut.project_row(&fitted.scaler.apply_row(&row))
            })
            .collect();
        let low = projected.iter().copied().fold(f64::INFINITY, f64::min);
        let high = projected.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let bin = |value: f64| {
            let place = (value - low) / (high - low) * 5.0;
            (0..4).filter(|&edge| place >= f64::from(edge + 1)).count()
        };
        for (score, &value) in scores.iter_mut().zip(&projected) {
            let count = projected.iter().filter(|&&other| bin(other) == bin(value)).count();
            *score -= ((count as f64 + 1e-12) / (n as f64 + 5e-12)).ln() / 12.0;
        }
    }
    scores
}

proptest! {
    #[test]
    fn agrees_with_the_slow_implementation(
        columns in (1_usize..40, 1_usize..8).prop_flat_map(|(rows, features)| {
            let value = prop_oneof![(-3_i32..3).prop_map(f64::from), -9.0..9.0_f64];
            prop::collection::vec(prop::collection::vec(value, rows), features)
        }),
        seed: u64,
    ) {
        let features = FeatureMatrix::from_columns(columns[0].len(), columns).unwrap();
        let fitted = fit(&features, seed);
        let slow = slow_loda(&fitted, &features);
        for (fast, slow) in fitted.score(&features).iter().zip(&slow) {
            prop_assert!((fast - slow).abs() < 1e-9, "{} is not {}", fast, slow);
        }
        // A feature's part: the mean of the cuts with it less that of those without.
        let mut row = Vec::new();
        features.copy_row(0, &mut row);
        let scaled = fitted.scaler.apply_row(&row);
        let parts = fitted.contributions(&row);
        for (feature, part) in parts.iter().enumerate() {
            let (mut with, mut without) = (Vec::new(), Vec::new());
            for (cut, histogram) in fitted.cuts.iter().zip(&fitted.histograms) {
                let term = histogram.term(cut.project_row(&scaled));
                let sees = cut.features().any(|seen| seen == feature);
                if sees { with.push(term) } else { without.push(term) }
            }
            let mean = |terms: &[f64]| terms.iter().sum::<f64>() / terms.len() as f64;
            if !with.is_empty() && !without.is_empty() {
                prop_assert!((part - (mean(&with) - mean(&without))).abs() < 1e-9);
            }
        }
    }
}
