//! What every detector must do whatever it measures: finite scores for any finite input, the same
//! bytes for the same seed, the same scores in any batch and after a round trip, no panic from hostile
//! bytes, and reasons that name the feature that was corrupted.

use proptest::prelude::*;
use shared_kernel_domain::cancellation::Cancellation;

use super::hbos::{Bins, Hbos};
use super::knn::{Aggregation, Knn};
use super::pca::{Pca, PcaScore};
use super::random::{below, normal, stream};
use super::{Accepted, Algorithm, Detector, Parameter, algorithms, configured_algorithm};
use crate::matrix::FeatureMatrix;

/// Options that the registry does not take.
static VARIANTS: [&dyn Algorithm; 4] = [
    &Hbos { kind: Bins::Dynamic, bins: 0, alpha: 0.1, tolerance: 0.5 },
    &Pca { score: PcaScore::ComponentScores, trimmed: 0.1 },
    &Knn { neighbours: 20, aggregation: Aggregation::Mean },
    &Knn { neighbours: 20, aggregation: Aggregation::Median },
];

/// Detectors whose contributions sum to the score, whatever the row.
const SHARES_OF_THE_SCORE: [&str; 5] = ["ecod", "copod", "hbos", "pca", "mcd"];

fn checked() -> impl Iterator<Item = &'static dyn Algorithm> {
    algorithms().iter().chain(&VARIANTS).copied()
}

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn fit(algorithm: &dyn Algorithm, features: &FeatureMatrix) -> Box<dyn Detector> {
    algorithm.fit(features, 3, &Cancellation::default()).unwrap()
}

/// Rows of six features of different units that share a common part.
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

/// Scores and contributions are finite, of the right number, the same in any batch and after
/// turning into bytes and back.
fn check(algorithm: &dyn Algorithm, features: &FeatureMatrix) {
    let name = algorithm.name();
    let detector = fit(algorithm, features);
    let bytes = detector.to_bytes().unwrap();
    assert!(fit(algorithm, features).to_bytes().unwrap() == bytes, "{name}: same seed, same bytes");
    let restored = algorithm.restore(&bytes, features.features()).unwrap();
    assert!(restored.to_bytes().unwrap() == bytes, "{name}");
    assert_eq!(restored.parameters(), detector.parameters(), "{name}");
    assert_eq!(restored.choices(), detector.choices(), "{name}");

    let odd = [0.0, -1.0, 1e-300, 1e300, -1e300, f64::MAX, f64::MIN];
    let others = matrix(vec![odd.to_vec(); features.features()]);
    for rows in [features, &others] {
        let scores = detector.score(rows);
        assert_eq!(scores.len(), rows.rows(), "{name}");
        assert!(scores.iter().all(|score| score.is_finite()), "{name}: {scores:?} of {rows:?}");
        assert_eq!(restored.score(rows), scores, "{name}");
        let mut row = Vec::new();
        for (index, score) in scores.iter().enumerate().step_by(1 + rows.rows() / 12) {
            rows.copy_row(index, &mut row);
            let alone = matrix(row.iter().map(|&value| vec![value]).collect());
            assert_eq!(detector.score(&alone), [*score], "{name}");
            let parts = detector.contributions(&row);
            assert!(parts.len() == row.len(), "{name}");
            assert!(parts.iter().all(|part| part.is_finite()), "{name}: {parts:?} of {row:?}");
            assert_eq!(restored.contributions(&row), parts, "{name}");
            let sum: f64 = parts.iter().sum();
            let tolerance = 1e-9 * parts.iter().map(|part| part.abs()).sum::<f64>().max(1.0);
            let is_shared = SHARES_OF_THE_SCORE.contains(&name);
            assert!(!is_shared || (sum - score).abs() <= tolerance, "{name}: {sum} {score}");
        }
    }
}

fn hostile() -> Vec<Vec<Vec<f64>>> {
    let ramp = |rows: i32| -> Vec<f64> { (0..rows).map(f64::from).collect() };
    let wavy: Vec<f64> = ramp(30).iter().map(|x| (x * 1.7).sin()).collect();
    let huge: Vec<f64> = wavy.iter().map(|x| x * 1e300).collect();
    vec![
        vec![vec![3.0]],
        vec![vec![3.0], vec![-7.5]],
        vec![vec![1.0, 2.0], vec![5.0, 5.0]],
        vec![vec![7.0; 40]; 3],
        vec![ramp(50), vec![2.5; 50]],
        vec![ramp(50); 4],
        vec![ramp(30), wavy.clone(), wavy.clone(), ramp(30)],
        // Fewer rows than columns.
        (0..30).map(|column| vec![f64::from(column), 1.0, -2.0]).collect(),
        (0..9).map(|column| wavy[column..column + 5].to_vec()).collect(),
        vec![huge.clone(), wavy.clone(), huge],
        vec![vec![-1e300, -1.0, 0.0, 1.0, 1e300], vec![0.0, 5e-324, 1e-310, 0.0, -5e-324]],
        vec![vec![1e300, -1e300, 0.0, 1.0, 1e-300], vec![f64::MAX, f64::MIN, 0.0, 1.0, 2.0]],
        // Nearly all zero.
        vec![(0..30).map(|row| f64::from(u8::from(row == 7))).collect(), wavy],
        vec![(0..60).map(|row| if row == 9 { 1e300 } else { 0.0 }).collect(), ramp(60)],
    ]
}

#[test]
fn hostile_tables_are_scored() {
    for table in hostile() {
        for algorithm in checked() {
            check(algorithm, &matrix(table.clone()));
        }
    }
}

#[test]
fn common_tables_are_scored_and_their_width_is_checked() {
    let features = matrix(correlated(300, 4));
    for algorithm in checked() {
        check(algorithm, &features);
        let name = algorithm.name();
        let bytes = fit(algorithm, &features).to_bytes().unwrap();
        // Trees without medians need only the columns that they ask for.
        assert!(algorithm.restore(&bytes, 5).is_err() || name == "isolation_forest", "{name}");
    }
}

#[test]
fn equal_rows_score_alike() {
    let features = matrix(vec![vec![7.0; 40]; 3]);
    for algorithm in checked() {
        let scores = fit(algorithm, &features).score(&features);
        assert!(scores.iter().all(|&score| score == scores[0]), "{}", algorithm.name());
    }
}

#[test]
fn hostile_bytes_are_refused_or_harmless() {
    let features = matrix(correlated(30, 4).into_iter().take(2).collect());
    let others = matrix(vec![vec![0.0, 1e300, -1e300, f64::MAX, f64::MIN, 0.7]; 2]);
    let mut random = stream(11, 0);
    for algorithm in checked() {
        let name = algorithm.name();
        let bytes = fit(algorithm, &features).to_bytes().unwrap();
        for cut in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            assert!(algorithm.restore(&bytes[..cut], 2).is_err(), "{name}");
        }
        for _ in 0..150 {
            let mut bytes = bytes.clone();
            for _ in 0..=below(&mut random, 3) {
                let place = below(&mut random, bytes.len() as u64) as usize;
                bytes[place] = below(&mut random, 256) as u8;
            }
            let Ok(restored) = algorithm.restore(&bytes, 2) else { continue };
            for rows in [&features, &others] {
                let scores = restored.score(rows);
                assert!(scores.iter().all(|score| score.is_finite()), "{name}: {scores:?}");
            }
            for row in [[1e300, -1e300], [0.5, 50.0]] {
                let parts = restored.contributions(&row);
                assert_eq!(parts.len(), 2, "{name}");
                assert!(parts.iter().all(|part| part.is_finite()), "{name}: {parts:?}");
            }
        }
    }
}

#[test]
fn the_corrupted_feature_ranks_first() {
    let columns = correlated(1_000, 4);
    for algorithm in checked() {
        let name = algorithm.name();
        // COPOD looks for the tail on the side of the skewness: give it one.
        let bend = |value: f64, feature: usize| {
            let unit = 10_f64.powi(feature as i32 - 2);
            if name == "copod" { unit * (value / unit - 5.0).exp() } else { value }
        };
        let bent = columns
            .iter()
            .enumerate()
            .map(|(feature, column)| column.iter().map(|&value| bend(value, feature)).collect());
        let detector = fit(algorithm, &matrix(bent.collect()));
        let found = (0..200).filter(|&index| {
            let feature = index % 6;
            let sign = if name == "copod" || index % 4 < 2 { 1.0 } else { -1.0 };
            let mut row: Vec<f64> = columns.iter().map(|column| column[index]).collect();
            row[feature] += sign * 8.0 * 10_f64.powi(feature as i32 - 2);
            for (feature, value) in row.iter_mut().enumerate() {
                *value = bend(*value, feature);
            }
            let parts = detector.contributions(&row);
            (0..6).max_by(|&a, &b| parts[a].total_cmp(&parts[b])) == Some(feature)
        });
        let found = found.count();
        assert!(found >= 190, "{name}: {found} of 200");
    }
}

/// Scaled by the value far out, the distances of the others are next to nothing.
#[test]
fn values_beside_one_far_out_are_scored() {
    let far_out = [0.0, 1.0, -3.7e189, 0.0, -2.7, 2.0, -2.6e107, 0.0];
    for algorithm in checked() {
        check(algorithm, &matrix(vec![far_out.to_vec()]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

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
        for algorithm in checked() {
            check(algorithm, &matrix(columns.clone()));
        }
    }
}

/// The text that sets a parameter to what it accepts at the ends.
fn extremes(parameter: &Parameter) -> Vec<String> {
    match &parameter.accepted {
        None => Vec::new(),
        Some(Accepted::Whole { minimum, maximum }) => {
            vec![minimum.to_string(), maximum.to_string()]
        }
        Some(Accepted::Number { minimum, maximum }) => {
            vec![minimum.to_string(), maximum.to_string()]
        }
        Some(Accepted::OneOf { words }) => words.clone(),
    }
}

#[test]
fn every_parameter_can_be_set_to_all_it_accepts() {
    let features = matrix(correlated(60, 5));
    for algorithm in algorithms() {
        for parameter in algorithm.describe().parameters {
            for value in extremes(&parameter) {
                let text = format!("{}:{} = {value}", algorithm.name(), parameter.name);
                let configured = configured_algorithm(&text).unwrap();
                let set = configured.describe().parameters;
                let set = set.iter().find(|set| set.name == parameter.name).unwrap();
                let told = set.default.as_str().map_or(set.default.to_string(), str::to_owned);
                assert_eq!(told.parse::<f64>().ok(), value.parse().ok(), "{text}");
                check(configured.as_ref(), &features);
            }
        }
    }
}

#[test]
fn what_a_parameter_cannot_be_is_refused_with_what_it_can() {
    let refused = |text: &str| {
        let error = configured_algorithm(text).err().unwrap();
        (error.what().to_owned(), error.hint_text().unwrap_or_default().to_owned())
    };
    let (why, hint) = refused("knn:neighbours=0");
    assert_eq!(why, "neighbours cannot be \"0\"");
    assert_eq!(
        hint,
        "knn takes neighbours (a whole number from 2 to 200), aggregation (largest or mean or median)"
    );
    assert_eq!(refused("knn:k=3").0, "knn has no parameter \"k\"");
    assert_eq!(refused("knn:reference_rows=3").0, "knn has no parameter \"reference_rows\"");
    assert_eq!(refused("knn:").0, "\"\" is not a parameter and its value, NAME=VALUE");
    assert_eq!(refused("knn:neighbours=3,neighbours=4").0, "neighbours is set twice");
    assert_eq!(refused("hbos:alpha=NaN").0, "alpha cannot be \"NaN\"");
    assert_eq!(refused("ecod:x=1").1, "ecod has no parameters");
    assert!(refused("nobody:x=1").0.contains("no detector called \"nobody\""));
}
