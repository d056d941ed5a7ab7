use proptest::prelude::*;

use super::tree::NodeDocument;
use super::*;

const FOREST: IsolationForest = IsolationForest { trees: 30, sample_rows: 64 };

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

fn fit(features: &FeatureMatrix, seed: u64) -> Box<dyn Detector> {
    FOREST.fit(features, seed, &Cancellation::default()).unwrap()
}

#[test]
fn average_path_length_follows_the_paper() {
    assert_eq!(average_path_length(0), 0.0);
    assert_eq!(average_path_length(1), 0.0);
    assert_eq!(average_path_length(2), 1.0);
    // By hand: 2 (ln 2 + γ) − 4/3 and 2 (ln 255 + γ) − 2 · 255/256.
    assert!((average_path_length(3) - 1.207_392_357_589_623).abs() < 1e-14);
    assert!((average_path_length(256) - 10.244_770_920_119_917).abs() < 1e-12);
}

/// Five rows: `x0 < 2` keeps two on the left; on the right `x1 < 5` parts one from two.
fn small_tree() -> TreeDocument {
    let leaf = |child, rows| NodeDocument { feature: 0, threshold: 0.0, child, rows };
    TreeDocument {
        nodes: vec![
            NodeDocument { feature: 0, threshold: 2.0, child: 1, rows: 5 },
            leaf(1, 2),
            NodeDocument { feature: 1, threshold: 5.0, child: 3, rows: 3 },
            leaf(3, 1),
            leaf(4, 2),
        ],
    }
}

#[test]
fn a_small_tree_gives_the_scores_worked_out_by_hand() {
    let forest = FittedForest::new(vec![small_tree()], 5);
    let rows = matrix(vec![vec![1.0, 3.0, 3.0, 2.0], vec![9.0, 4.0, 5.0, -1.0]]);
    // h: left leaf 1 + c(2) = 2; right-left 2 + c(1) = 2; right-right 2 + c(2) = 3; 2.0 is not < 2.
    let c5 = 2.0 * (4.0_f64.ln() + 0.577_215_664_901_532_9) - 8.0 / 5.0;
    let expected = [2.0, 2.0, 3.0, 2.0].map(|h: f64| (-h / c5).exp2());
    assert_eq!(forest.score(&rows), expected);

    // Contributions of row 2, by hand: x0 takes 5 rows to 3, x1 takes 3 to 2.
    let parts = forest.contributions(&[3.0, 5.0]);
    let c3 = average_path_length(3);
    assert!((parts[0] - (c5 - 1.0 - c3)).abs() < 1e-15);
    assert!((parts[1] - (c3 - 1.0 - 1.0)).abs() < 1e-15);
}

#[test]
fn a_tree_that_could_lead_astray_is_refused() {
    small_tree().check(5, 2).unwrap();
    for break_it in [
        (|tree: &mut TreeDocument| tree.nodes.clear()) as fn(&mut TreeDocument),
        |tree| tree.nodes[2].child = 0,
        |tree| tree.nodes[2].child = 4,
        |tree| tree.nodes[2].child = u32::MAX,
        |tree| tree.nodes[2].feature = 2,
        |tree| tree.nodes[0].threshold = f64::NAN,
        |tree| tree.nodes[0].threshold = f64::INFINITY,
        |tree| tree.nodes[1].rows = 0,
        |tree| tree.nodes[1].rows = u32::MAX,
    ] {
        let mut tree = small_tree();
        break_it(&mut tree);
        assert!(tree.check(5, 2).is_err(), "{tree:?}");
    }
    assert!(small_tree().check(6, 2).is_err());
}

#[test]
fn a_planted_outlier_scores_highest() {
    let mut x: Vec<f64> = (0..200).map(|row| f64::from(row % 20)).collect();
    let mut y: Vec<f64> = (0..200).map(|row| f64::from(row % 7)).collect();
    x[150] = 100.0;
    y[150] = -50.0;
    let features = matrix(vec![x, y]);
    let scores = fit(&features, 1).score(&features);
    let highest = (0..200).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
    assert_eq!(highest, 150);
    assert!(scores.iter().all(|score| (0.0..1.0).contains(score)));
}

#[test]
fn one_row_and_constant_rows_are_scored_alike() {
    let one = matrix(vec![vec![3.0]]);
    assert_eq!(fit(&one, 1).score(&one), [0.5]);
    let constant = matrix(vec![vec![3.0; 10]]);
    let scores = fit(&constant, 1).score(&constant);
    assert!(scores.iter().all(|&score| score == scores[0] && score.is_finite()));
}

#[test]
fn extreme_values_do_not_overflow() {
    let features = matrix(vec![vec![f64::MIN, -1.0, 0.0, 1.0, f64::MAX]]);
    let scores = fit(&features, 3).score(&features);
    assert!(scores.iter().all(|score| score.is_finite()));
    assert!(scores[0] > scores[2]);
}

#[test]
fn hostile_bytes_are_refused() {
    let features = matrix(vec![vec![1.0, 2.0, 4.0, 9.0]]);
    let bytes = fit(&features, 1).to_bytes().unwrap();
    for cut in 0..bytes.len() {
        assert!(FOREST.restore(&bytes[..cut], 1).is_err());
    }
    assert!(FOREST.restore(&bytes, 0).is_err());
}

fn columns() -> impl Strategy<Value = FeatureMatrix> {
    (1_usize..150, 1_usize..4).prop_flat_map(|(rows, features)| {
        let value = prop_oneof![(-5_i32..5).prop_map(f64::from), -1e3..1e3];
        prop::collection::vec(prop::collection::vec(value, rows), features).prop_map(matrix)
    })
}

proptest! {
    #[test]
    fn contributions_sum_to_the_path_saved(features in columns(), seed in 0_u64..50) {
        let forest = fit(&features, seed);
        let sample = features.rows().min(64) as u32;
        let normal = average_path_length(sample);
        prop_assume!(normal > 0.0);
        let scores = forest.score(&features);
        let mut row = Vec::new();
        for (index, score) in scores.iter().enumerate() {
            features.copy_row(index, &mut row);
            let saved: f64 = forest.contributions(&row).iter().sum();
            // s = 2^(−E[h]/c)  ⇔  c − E[h] = c (1 + log₂ s)
            prop_assert!((saved - normal * (1.0 + score.log2())).abs() < 1e-9);
        }
    }

    #[test]
    fn fast_and_plain_walks_agree_to_the_last_bit(features in columns(), seed in 0_u64..50) {
        let trees = (0..20).map(|tree| grow::grow(&features, features.rows() as u32, seed, tree));
        let forest = FittedForest::new(trees.collect(), features.rows() as u32);
        prop_assert!(forest.ranked.is_some());
        let fast = forest.score(&features);
        let plain = FittedForest { ranked: None, ..forest };
        prop_assert_eq!(fast, plain.score(&features));
    }

    #[test]
    fn same_seed_same_bytes_and_bytes_restore_the_scores(features in columns(), seed: u64) {
        let forest = fit(&features, seed);
        let bytes = forest.to_bytes().unwrap();
        prop_assert_eq!(&fit(&features, seed).to_bytes().unwrap(), &bytes);
        let restored = FOREST.restore(&bytes, features.features()).unwrap();
        prop_assert_eq!(restored.score(&features), forest.score(&features));
        prop_assert_eq!(restored.to_bytes().unwrap(), bytes);
    }

    #[test]
    fn a_row_scores_the_same_in_any_batch(features in columns(), cut in 0_usize..150) {
        let forest = fit(&features, 5);
        let cut = cut.min(features.rows());
        let part = |range: std::ops::Range<usize>| FeatureMatrix::from_columns(
            range.len(),
            features.columns().iter().map(|column| column[range.clone()].to_vec()).collect(),
        ).unwrap();
        let mut parts = forest.score(&part(0..cut));
        parts.extend(forest.score(&part(cut..features.rows())));
        prop_assert_eq!(parts, forest.score(&features));
    }
}
