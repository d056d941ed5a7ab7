//! What detectors must do whatever they measure: finite scores for any finite input, the same bytes
//! for the same seed, the same scores after a round trip, no panic from hostile bytes, and reasons
//! that name the feature that was corrupted.

use shared_kernel_domain::cancellation::Cancellation;

use super::random::{below, normal, stream};
use super::{Algorithm, algorithm};
use crate::matrix::FeatureMatrix;

const CHECKED: [&str; 9] = [
    "auto",
    "isolation_forest",
    "extended_isolation_forest",
    "gmm",
    "cblof",
    "kde",
    "ocsvm",
    "half_space_trees",
    "robust_random_cut_forest",
];

fn checked() -> impl Iterator<Item = &'static dyn Algorithm> {
    CHECKED.into_iter().map(|name| algorithm(name).unwrap())
}

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

/// Rows of six features that share a common part.
fn correlated(rows: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = stream(seed, 0);
    let mut columns = vec![Vec::new(); 6];
    for _ in 0..rows {
        let common = normal(&mut random);
        for (index, column) in columns.iter_mut().enumerate() {
            let unit = 10_f64.powi(index as i32 - 2);
            column.push(unit * (5.0 + 0.8 * common + 0.6 * normal(&mut random)));
        }
    }
    columns
}

fn hostile() -> Vec<FeatureMatrix> {
    let ramp = |rows: i32| -> Vec<f64> { (0..rows).map(f64::from).collect() };
    vec![
        matrix(vec![vec![3.0]]),
        matrix(vec![vec![3.0, 4.0], vec![0.0, 0.0]]),
        matrix(vec![vec![7.0; 40]; 3]),
        matrix(vec![ramp(50), vec![1.0; 50]]),
        matrix(vec![ramp(50); 4]),
        matrix((0..30).map(|column| vec![f64::from(column), 1.0, -2.0]).collect()),
        matrix(vec![
            vec![1e300, -1e300, 0.0, 1.0, 1e-300],
            vec![f64::MAX, f64::MIN, 0.0, 1.0, 2.0],
        ]),
        matrix(vec![(0..60).map(|row| if row == 9 { 1e300 } else { 0.0 }).collect(), ramp(60)]),
    ]
}

#[test]
fn hostile_tables_get_finite_scores_and_reasons() {
    for algorithm in checked() {
        for (index, features) in hostile().iter().enumerate() {
            let place = format!("{} on table {index}", algorithm.name());
            let detector = algorithm.fit(features, 3, &Cancellation::default()).unwrap();
            let scores = detector.score(features);
            assert_eq!(scores.len(), features.rows(), "{place}");
            assert!(scores.iter().all(|score| score.is_finite()), "{place}: {scores:?}");
            let far = vec![vec![1e300, -1e300, f64::MAX]; features.features()];
            let far = detector.score(&matrix(far));
            assert!(far.iter().all(|score| score.is_finite()), "{place}: {far:?}");
            for row in [vec![0.0; features.features()], vec![1e300; features.features()]] {
                let parts = detector.contributions(&row);
                assert_eq!(parts.len(), features.features());
                assert!(parts.iter().all(|part| part.is_finite()), "{place}: {parts:?}");
            }
        }
    }
}

#[test]
fn equal_rows_score_alike() {
    let features = matrix(vec![vec![7.0; 40]; 3]);
    for algorithm in checked() {
        let scores =
            algorithm.fit(&features, 3, &Cancellation::default()).unwrap().score(&features);
        assert!(scores.iter().all(|&score| score == scores[0]), "{}", algorithm.name());
    }
}

#[test]
fn same_seed_same_bytes_and_bytes_restore_the_scores() {
    let features = matrix(correlated(300, 4));
    for algorithm in checked() {
        let name = algorithm.name();
        let detector = algorithm.fit(&features, 5, &Cancellation::default()).unwrap();
        let bytes = detector.to_bytes().unwrap();
        let again = algorithm.fit(&features, 5, &Cancellation::default()).unwrap();
        assert!(again.to_bytes().unwrap() == bytes, "{name}");
        let restored = algorithm.restore(&bytes, 6).unwrap();
        assert!(restored.to_bytes().unwrap() == bytes, "{name}");
        assert_eq!(restored.score(&features), detector.score(&features), "{name}");
        assert_eq!(restored.parameters(), detector.parameters(), "{name}");
        let row = [1.0, 2.0, -3.0, 4.0, 5.0, 6.0];
        assert_eq!(restored.contributions(&row), detector.contributions(&row), "{name}");
        assert!(algorithm.restore(&bytes, 5).is_err() || name.ends_with("isolation_forest"));
    }
}

#[test]
fn a_row_scores_the_same_alone_and_among_others() {
    let columns = correlated(50, 8);
    let features = matrix(columns.clone());
    for algorithm in checked() {
        let detector = algorithm.fit(&features, 5, &Cancellation::default()).unwrap();
        let scores = detector.score(&features);
        for row in [0, 17, 49] {
            let alone = matrix(columns.iter().map(|column| vec![column[row]]).collect());
            assert_eq!(detector.score(&alone), [scores[row]], "{}", algorithm.name());
        }
    }
}

#[test]
fn hostile_bytes_are_refused_or_harmless() {
    let features = matrix(correlated(30, 4).into_iter().take(2).collect());
    let mut random = stream(11, 0);
    for algorithm in checked() {
        let detector = algorithm.fit(&features, 5, &Cancellation::default()).unwrap();
        let bytes = detector.to_bytes().unwrap();
        for cut in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            assert!(algorithm.restore(&bytes[..cut], 2).is_err(), "{}", algorithm.name());
        }
        for _ in 0..150 {
            let mut bytes = bytes.clone();
            for _ in 0..=below(&mut random, 3) {
                let place = below(&mut random, bytes.len() as u64) as usize;
                bytes[place] = below(&mut random, 256) as u8;
            }
            let Ok(restored) = algorithm.restore(&bytes, 2) else { continue };
            let scores = restored.score(&features);
            assert!(scores.iter().all(|score| score.is_finite()), "{}", algorithm.name());
            let parts = restored.contributions(&[1e300, -1e300]);
            assert_eq!(parts.len(), 2);
        }
    }
}

#[test]
fn the_corrupted_feature_ranks_first() {
    let columns = correlated(1_000, 4);
    let features = matrix(columns.clone());
    for algorithm in checked() {
        let detector = algorithm.fit(&features, 5, &Cancellation::default()).unwrap();
        let mut found = 0;
        let mut row = Vec::new();
        for index in 0..200 {
            features.copy_row(index, &mut row);
            let feature = index % 6;
            let sign = if index % 4 < 2 { 1.0 } else { -1.0 };
            row[feature] += sign * 8.0 * 10_f64.powi(feature as i32 - 2);
            let parts = detector.contributions(&row);
            let first = (0..6).max_by(|&a, &b| parts[a].total_cmp(&parts[b]));
            found += usize::from(first == Some(feature));
        }
        assert!(found >= 190, "{}: {found} of 200", algorithm.name());
    }
}
