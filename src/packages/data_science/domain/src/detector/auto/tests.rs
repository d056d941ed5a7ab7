use shared_kernel_domain::ErrorKind;

use super::super::random::{below, normal};
use super::*;

const AUTO: Auto = Auto { budget_seconds: 60.0 };

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

/// Two clusters in four features, of which the second follows the first; the last rows are anomalies.
fn table(rows: usize, anomalies: usize, seed: u64) -> FeatureMatrix {
    let mut random = stream(seed, 0);
    let mut columns = vec![Vec::new(); 4];
    for row in 0..rows {
        let cluster = if below(&mut random, 3) == 0 { 9.0 } else { 0.0 };
        let first = cluster + normal(&mut random);
        let follows = if row < rows - anomalies { first } else { cluster - first };
        let values = [
            first,
            follows + 0.2 * normal(&mut random),
            normal(&mut random).exp(),
            1e6 * normal(&mut random),
        ];
        for (column, value) in columns.iter_mut().zip(values) {
            column.push(value);
        }
    }
    matrix(columns)
}

fn fit(auto: Auto, features: &FeatureMatrix) -> Box<dyn Detector> {
    auto.fit(features, 7, &Cancellation::default()).unwrap()
}

fn members(detector: &dyn Detector) -> serde_json::Map<String, serde_json::Value> {
    detector.parameters()["members"].as_object().unwrap().clone()
}

#[test]
fn every_member_is_told_with_its_weight_or_why_it_is_left_out() {
    let detector = fit(AUTO, &table(600, 6, 1));
    let choices = detector.choices();
    assert_eq!(choices.len(), MEMBERS.len(), "{choices:#?}");
    for name in MEMBERS {
        assert!(choices.iter().any(|line| line.starts_with(&format!("{name}: "))), "{name}");
    }
    let members_of = members(detector.as_ref());
    let weights = members_of.values().map(|one| one["weight"].as_f64().unwrap());
    assert!((weights.sum::<f64>() - 1.0).abs() < 1e-9);
    // Without a budget only what is always affordable is left, and the others say why.
    let poor = fit(Auto { budget_seconds: 0.0 }, &table(600, 6, 1));
    let left_out = poor.choices().iter().filter(|line| line.contains("left out, it ")).count();
    assert_eq!((members(poor.as_ref()).len(), left_out), (4, 5), "{:#?}", poor.choices());
}

#[test]
fn a_small_budget_makes_members_learn_from_a_part() {
    let detector = fit(Auto { budget_seconds: 0.5 }, &table(4_000, 40, 1));
    let rows = members(detector.as_ref())["knn"]["rows"].as_u64().unwrap();
    assert!((128..4_000).contains(&rows), "{rows}");
    let told = format!("learned from {rows} of 4000 rows");
    assert!(detector.choices().iter().any(|line| line.contains(&told)));
}

#[test]
fn anomalies_are_found_that_a_member_alone_does_not_see() {
    let features = table(2_000, 20, 3);
    let found = |scores: &[f64]| {
        let lowest = scores[1_980..].iter().copied().fold(f64::INFINITY, f64::min);
        scores[..1_980].iter().filter(|&&score| score >= lowest).count()
    };
    let ours = found(&fit(AUTO, &features).score(&features));
    let of = |name: &str| {
        let detector = algorithm(name).unwrap().fit(&features, 7, &Cancellation::default());
        found(&detector.unwrap().score(&features))
    };
    assert!(ours < of("isolation_forest") && ours < of("ecod"), "{ours}");
}

#[test]
fn a_wide_row_is_explained_by_the_feature_that_was_corrupted() {
    let mut random = stream(5, 0);
    let columns: Vec<Vec<f64>> =
        (0..80).map(|_| (0..300).map(|_| normal(&mut random)).collect()).collect();
    let features = matrix(columns);
    let detector = fit(AUTO, &features);
    let mut row = Vec::new();
    for feature in [0, 41, 79] {
        features.copy_row(17, &mut row);
        row[feature] = 12.0;
        let parts = detector.contributions(&row);
        let first = (0..80).max_by(|&a, &b| parts[a].total_cmp(&parts[b]));
        assert_eq!(first, Some(feature));
        assert!(parts.iter().filter(|part| **part != 0.0).count() <= 32);
    }
}

#[test]
fn another_order_of_columns_or_scale_changes_little_and_another_seed_draws_anew() {
    let features = table(500, 5, 1);
    let scores = fit(AUTO, &features).score(&features);
    let scaled = matrix(
        features.columns().iter().map(|column| column.iter().map(|v| v * 1e-3).collect()).collect(),
    );
    let other = fit(AUTO, &scaled).score(&scaled);
    let rank_of = |scores: &[f64]| scores.iter().filter(|score| **score > scores[499]).count();
    assert!(rank_of(&scores).abs_diff(rank_of(&other)) <= 10);
    let seeded = AUTO.fit(&features, 8, &Cancellation::default()).unwrap();
    assert_ne!(seeded.to_bytes().unwrap(), fit(AUTO, &features).to_bytes().unwrap());
}

#[test]
fn a_stop_is_heeded_and_strangers_members_are_refused() {
    let features = table(200, 2, 1);
    let stop = Cancellation::default();
    stop.cancel();
    let error = AUTO.fit(&features, 7, &stop).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(member_algorithm("auto").is_err(), "no ensemble within an ensemble");
    assert!(AUTO.restore(&fit(AUTO, &features).to_bytes().unwrap(), 5).is_err());
}
