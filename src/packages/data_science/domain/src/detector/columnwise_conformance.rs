//! What every detector does with any input, whatever its mathematics: run over those of this list.

use proptest::prelude::*;
use shared_kernel_domain::cancellation::Cancellation;

use super::copod::Copod;
use super::ecod::Ecod;
use super::hbos::{Bins, Hbos};
use super::loda::Loda;
use super::mcd::Mcd;
use super::pca::{Pca, PcaScore};
use super::{Algorithm, Detector, random};
use crate::matrix::FeatureMatrix;

const STATIC_BINS: Hbos = Hbos { kind: Bins::Static, bins: 10, alpha: 0.1, tolerance: 0.5 };
const PYOD_PCA: Pca = Pca { score: PcaScore::EigenvectorDistances, trimmed: 0.0 };

static DETECTORS: [&dyn Algorithm; 8] = [
    &Ecod,
    &Copod,
    &STATIC_BINS,
    &Hbos { kind: Bins::Dynamic, bins: 0, ..STATIC_BINS },
    &Loda { cuts: 100, bins: 10 },
    &PYOD_PCA,
    &Pca { score: PcaScore::ComponentScores, trimmed: 0.1 },
    &Mcd { support: 0.0 },
];

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn fit(algorithm: &dyn Algorithm, features: &FeatureMatrix) -> Box<dyn Detector> {
    algorithm.fit(features, 3, &Cancellation::default()).unwrap()
}

/// Scores and contributions are finite, of the right number, the same in any batch and after
/// turning into bytes and back.
fn check(algorithm: &dyn Algorithm, features: &FeatureMatrix) {
    let detector = fit(algorithm, features);
    let bytes = detector.to_bytes().unwrap();
    assert_eq!(fit(algorithm, features).to_bytes().unwrap(), bytes, "same seed, same bytes");
    let restored = algorithm.restore(&bytes, features.features()).unwrap();
    assert_eq!(restored.to_bytes().unwrap(), bytes);
    assert_eq!(restored.parameters(), detector.parameters());

    let odd = [0.0, -1.0, 1e-300, 1e300, -1e300, f64::MAX, f64::MIN];
    let others = matrix(vec![odd.to_vec(); features.features()]);
    for rows in [features, &others] {
        let scores = detector.score(rows);
        let name = algorithm.name();
        assert!(scores.iter().all(|score| score.is_finite()), "{name}: {scores:?} of {rows:?}");
        assert_eq!(restored.score(rows), scores);
        let mut row = Vec::new();
        for (index, score) in scores.iter().enumerate() {
            rows.copy_row(index, &mut row);
            let alone = matrix(row.iter().map(|&value| vec![value]).collect());
            assert_eq!(detector.score(&alone), [*score], "{name}");
            let parts = detector.contributions(&row);
            assert!(parts.len() == row.len() && parts.iter().all(|part| part.is_finite()));
            // LODA's compare cuts; the others' are shares.
            let sum: f64 = parts.iter().sum();
            let size: f64 = parts.iter().map(|part| part.abs()).sum();
            let tolerance = 1e-9 * size.max(1.0);
            assert!(name == "loda" || (sum - score).abs() <= tolerance, "{name}: {sum} {score}");
        }
    }
}

#[test]
fn hostile_tables_are_scored() {
    let ascending: Vec<f64> = (0..30).map(f64::from).collect();
    let wavy: Vec<f64> = ascending.iter().map(|x| (x * 1.7).sin()).collect();
    let huge: Vec<f64> = wavy.iter().map(|x| x * 1e300).collect();
    let tables = [
        vec![vec![3.0]],
        vec![vec![3.0], vec![-7.5]],
        vec![vec![1.0, 2.0], vec![5.0, 5.0]],
        vec![vec![4.0; 12]; 3],
        vec![ascending.clone(), vec![2.5; 30]],
        vec![ascending.clone(), wavy.clone(), wavy.clone(), ascending.clone()],
        // Fewer rows than columns.
        (0..9).map(|column| wavy[column..column + 5].to_vec()).collect(),
        vec![huge.clone(), wavy.clone(), huge],
        vec![vec![-1e300, -1.0, 0.0, 1.0, 1e300], vec![0.0, 5e-324, 1e-310, 0.0, -5e-324]],
        // Nearly all zero.
        vec![(0..30).map(|row| f64::from(u8::from(row == 7))).collect(), wavy],
    ];
    for table in tables {
        for algorithm in DETECTORS {
            check(algorithm, &matrix(table.clone()));
        }
    }
}

/// 6 normal columns with pairwise correlation ½.
fn correlated(rows: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut random = random::stream(seed, 0);
    let mut columns = vec![Vec::new(); 6];
    for _ in 0..rows {
        let common = random::normal(&mut random);
        for column in &mut columns {
            column.push((common + random::normal(&mut random)) / std::f64::consts::SQRT_2);
        }
    }
    columns
}

#[test]
fn the_corrupted_feature_is_the_first_reason() {
    for algorithm in DETECTORS {
        // COPOD looks for the tail on the side of the skewness: give it one.
        let skew = |value: f64| if algorithm.name() == "copod" { value.exp() } else { value };
        let skewed = |columns: Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            columns.into_iter().map(|column| column.into_iter().map(skew).collect()).collect()
        };
        let detector = fit(algorithm, &matrix(skewed(correlated(1_000, 1))));
        let rows = correlated(200, 2);
        let found = (0..200).filter(|&index| {
            let mut row: Vec<f64> = rows.iter().map(|column| column[index]).collect();
            row[index % 6] += 8.0;
            let row: Vec<f64> = row.into_iter().map(skew).collect();
            let parts = detector.contributions(&row);
            let first = (0..6).max_by(|&a, &b| parts[a].total_cmp(&parts[b])).unwrap();
            first == index % 6
        });
        let found = found.count();
        assert!(found >= 190, "{} found {found} of 200", algorithm.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_table_is_scored(
        columns in (1_usize..25, 1_usize..5).prop_flat_map(|(rows, features)| {
            let value = prop_oneof![
                (-3_i32..3).prop_map(f64::from),
                -9.0..9.0_f64,
                any::<f64>().prop_filter("finite", |value| value.is_finite()),
            ];
            prop::collection::vec(prop::collection::vec(value, rows), features)
        }),
    ) {
        for algorithm in DETECTORS {
            check(algorithm, &matrix(columns.clone()));
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_score_finitely(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let features = matrix(correlated(30, 4));
        for algorithm in DETECTORS {
            let good = fit(algorithm, &features).to_bytes().unwrap();
            prop_assert!(algorithm.restore(&good[..cut.index(good.len())], 6).is_err());
            prop_assert!(algorithm.restore(&good, 5).is_err());
            let mut bytes = good;
            for (place, value) in &damage {
                let place = place.index(bytes.len());
                bytes[place] = *value;
            }
            if let Ok(detector) = algorithm.restore(&bytes, 6) {
                let others = matrix(vec![vec![0.0, 1e300, -1e300, f64::MAX, f64::MIN, 0.7]; 6]);
                for rows in [&features, &others] {
                    let scores = detector.score(rows);
                    prop_assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}");
                    let mut row = Vec::new();
                    rows.copy_row(3, &mut row);
                    prop_assert!(detector.contributions(&row).iter().all(|part| part.is_finite()));
                }
            }
        }
    }
}
