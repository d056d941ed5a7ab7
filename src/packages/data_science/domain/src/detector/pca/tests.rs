use proptest::prelude::*;

use super::*;
use crate::detector::linear_algebra::Cholesky;

const DISTANCES: Pca = Pca { score: PcaScore::EigenvectorDistances, trimmed: 0.0 };
const SCORES: Pca = Pca { score: PcaScore::ComponentScores, trimmed: 0.0 };

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn fit(pca: Pca, features: &FeatureMatrix) -> Box<dyn Detector> {
    pca.fit(features, 0, &Cancellation::default()).unwrap()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} {expected}");
    }
}

fn example() -> FeatureMatrix {
    matrix(vec![
        vec![1.0, 2.0, 2.5, 3.0, 10.0, 4.0, 7.0, -1.0],
        vec![-1.0, 0.0, 1.0, 0.2, 0.0, 0.5, 3.0, -2.0],
        vec![2.0, 1.0, 0.0, 0.5, 1.5, 9.0, -3.0, 1.0],
    ])
}

#[test]
fn eigenvector_distances_are_those_that_pyod_printed() {
    // pyod 3.6.7: p = PCA().fit(X); p.decision_scores_, and p.decision_function of new rows.
    let pca = fit(DISTANCES, &example());
    assert_close(
        &pca.score(&example()),
        &[
            22.775_401_724_299_137,
            15.185_608_518_032_192,
            13.675_280_553_407_802,
            14.814_936_743_904_614,
            31.339_349_925_295_032,
            28.724_980_765_706_64,
            35.419_179_214_399_71,
            34.764_570_562_068_57,
        ],
    );
    let new = matrix(vec![vec![0.0, 50.0], vec![0.0, -3.0], vec![0.0, 2.0]]);
    assert_close(&pca.score(&new), &[20.231_546_304_713_888, 194.868_463_624_043_9]);
}

#[test]
fn component_scores_are_those_that_scikit_learn_gives() {
    // scikit-learn 1.9.1: Z = StandardScaler().fit_transform(X); p = PCA().fit(Z);
    // (p.transform(Z)**2 / p.explained_variance_).sum(1)
    assert_close(
        &fit(SCORES, &example()).score(&example()),
        &[
            0.789_495_982_815_174_9,
            0.247_573_458_788_038_94,
            0.930_858_035_348_216_3,
            0.123_933_937_484_431_82,
            5.896_855_302_146_793,
            5.851_076_772_256_046,
            4.233_692_922_021_222_5,
            2.926_513_589_141_066,
        ],
    );
}

#[test]
fn a_repeated_column_gives_no_infinite_score() {
    let column: Vec<f64> = (0..50).map(|row| f64::from(row * row % 23)).collect();
    let other: Vec<f64> = (0..50).map(|row| f64::from(row % 7)).collect();
    let twice = matrix(vec![column.clone(), other.clone(), column.clone()]);
    for pca in [DISTANCES, SCORES] {
        let pca = fit(pca, &twice);
        assert_eq!(pca.parameters()["components"], json!(2));
        assert!(pca.score(&twice).iter().all(|score| *score < 1e3));
    }
    // The repeated column changes no Mahalanobis distance.
    let once = matrix(vec![column, other]);
    assert_close(&fit(SCORES, &twice).score(&twice), &fit(SCORES, &once).score(&once));
}

#[test]
fn trimming_keeps_outliers_from_hiding_themselves() {
    // A line with noise, and a tenth of the rows far off it, all in one place.
    let noise = |row: u32| f64::from(row * 7_919 % 101) / 101.0;
    let off = |row: u32| row.is_multiple_of(10);
    let x = (0..200).map(|row| if off(row) { 30.0 + noise(row) } else { f64::from(row % 40) });
    let y = (0..200).map(|row| if off(row) { -30.0 } else { f64::from(row % 40) + noise(row) });
    let features = matrix(vec![x.collect(), y.collect()]);
    let farness = |pca: Pca| {
        let scores = fit(pca, &features).score(&features);
        let of = |wanted: bool| {
            let scores =
                scores.iter().enumerate().filter(move |(row, _)| off(*row as u32) == wanted);
            scores.map(|(_, &score)| score).collect::<Vec<_>>()
        };
        let least_off = of(true).into_iter().fold(f64::INFINITY, f64::min);
        least_off / of(false).into_iter().fold(0.0, f64::max)
    };
    let trimmed = farness(Pca { trimmed: 0.1, ..SCORES });
    assert!(trimmed > 100.0 * farness(SCORES), "{trimmed}");
}

proptest! {
    #[test]
    fn component_scores_are_mahalanobis_distances(
        columns in (12_usize..40, 1_usize..5).prop_flat_map(|(rows, features)| {
            prop::collection::vec(prop::collection::vec(-9.0..9.0_f64, rows), features)
        }),
    ) {
        let features = matrix(columns);
        let means = column_means(&features);
        let degrees = features.rows() as f64 - 1.0;
        let cholesky = Cholesky::of(&covariance(&features, &means, degrees)).unwrap();
        let scale = features.rows() as f64 / degrees;
        let mut row = Vec::new();
        for (index, score) in fit(SCORES, &features).score(&features).iter().enumerate() {
            features.copy_row(index, &mut row);
            row.iter_mut().zip(&means).for_each(|(value, mean)| *value -= mean);
            cholesky.solve_lower(&mut row);
            prop_assert!((dot(&row, &row) - score).abs() < 1e-9 * score.max(1.0) * scale);
        }
    }

    #[test]
    fn eigenvector_distances_are_lengths_of_differences(
        columns in (12_usize..40, 1_usize..5).prop_flat_map(|(rows, features)| {
            prop::collection::vec(prop::collection::vec(-9.0..9.0_f64, rows), features)
        }),
    ) {
        let features = matrix(columns);
        let detector = fit(DISTANCES, &features);
        let fitted: FittedPca = postcard::from_bytes(&detector.to_bytes().unwrap()).unwrap();
        let mut row = Vec::new();
        for (index, score) in detector.score(&features).iter().enumerate() {
            features.copy_row(index, &mut row);
            let z = fitted.scaler.apply_row(&row);
            let mut slow = 0.0;
            for (component, weight) in fitted.components.chunks(z.len()).zip(&fitted.weights) {
                let squares = z.iter().zip(component).map(|(z, e)| (z - e) * (z - e));
                slow += weight * squares.sum::<f64>().sqrt();
            }
            prop_assert!((slow - score).abs() < 1e-9 * slow.max(1.0), "{} {}", slow, score);
        }
    }
}
