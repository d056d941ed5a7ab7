use proptest::prelude::*;

use super::tree::{NodeDocument, Split, Term};
use super::*;
use crate::detector::isolation_forest::average_path_length;
use crate::detector::isolation_forest::shape::score_of_mean_path;

const FOREST: ExtendedIsolationForest = ExtendedIsolationForest { trees: 30, sample_rows: 64 };

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

/// Five rows: `2 x0 − x1 < 1` keeps two on the left; on the right `x1 < 5` parts one from two.
fn small_tree() -> TreeDocument {
    let node = |child, rows, split| NodeDocument { child, rows, split };
    let term = |feature, coefficient| Term { feature, coefficient };
    let first = Split { terms: [term(0, 2.0), term(1, -1.0)], threshold: 1.0 };
    let second = Split { terms: [term(1, 1.0), Term::default()], threshold: 5.0 };
    TreeDocument {
        nodes: vec![
            node(1, 5, Some(first)),
            node(1, 2, None),
            node(3, 3, Some(second)),
            node(3, 1, None),
            node(4, 2, None),
        ],
    }
}

#[test]
fn a_small_tree_gives_the_scores_worked_out_by_hand() {
    let document =
        ForestDocument { sample_rows: 5, medians: vec![0.0, 1.0], trees: vec![small_tree()] };
    let forest = FittedExtendedForest::new(document).unwrap();
    // 2·1 − 4 < 1; 2·4 − 4 ≥ 1 and 4 < 5; 2·4 − 7 ≥ 1 and 7 ≥ 5.
    let rows = matrix(vec![vec![1.0, 4.0, 4.0], vec![4.0, 4.0, 7.0]]);
    let c5 = average_path_length(5);
    let expected = [1.0 + 1.0, 2.0, 2.0 + 1.0].map(|h: f64| (-h / c5).exp2());
    assert_eq!(forest.score(&rows), expected);

    // Row 3: parts of the first split |2·4| and |−1·6|; the second split is x1's alone.
    let parts = forest.contributions(&[4.0, 7.0]);
    let (first, second) = (c5 - 1.0 - average_path_length(3), average_path_length(3) - 2.0);
    assert!((parts[0] - first * 8.0 / 14.0).abs() < 1e-14);
    assert!((parts[1] - (first * 6.0 / 14.0 + second)).abs() < 1e-14);
}

#[test]
fn a_tree_that_could_lead_astray_is_refused() {
    small_tree().check(5, 2).unwrap();
    for break_it in [
        (|tree: &mut TreeDocument| tree.nodes.clear()) as fn(&mut TreeDocument),
        |tree| tree.nodes[2].child = 0,
        |tree| tree.nodes[2].child = 4,
        |tree| tree.nodes[2].split = None,
        |tree| tree.nodes[1].split = Some(Split::default()),
        |tree| tree.nodes[0].split.as_mut().unwrap().terms[1].feature = 2,
        |tree| tree.nodes[0].split.as_mut().unwrap().terms[0].coefficient = f64::NAN,
        |tree| tree.nodes[0].split.as_mut().unwrap().threshold = f64::INFINITY,
        |tree| tree.nodes[1].rows = 0,
    ] {
        let mut tree = small_tree();
        break_it(&mut tree);
        assert!(tree.check(5, 2).is_err(), "{tree:?}");
    }
}

#[test]
fn a_row_off_the_common_line_scores_highest() {
    // Within the range of each column, but off the dependency that every other row keeps.
    let x: Vec<f64> = (0..200).map(f64::from).collect();
    let mut y: Vec<f64> = x.iter().map(|x| 1e6 * x + f64::from((*x as i32 * 7) % 5)).collect();
    y[20] = 180e6;
    let features = matrix(vec![x, y]);
    let forest = ExtendedIsolationForest { trees: 100, sample_rows: 256 };
    let scores = forest.fit(&features, 1, &Cancellation::default()).unwrap().score(&features);
    let highest = (0..200).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
    assert_eq!(highest, 20);
}

pub(in crate::detector) fn columns() -> impl Strategy<Value = FeatureMatrix> {
    (1_usize..150, 1_usize..5).prop_flat_map(|(rows, features)| {
        let value = prop_oneof![(-5_i32..5).prop_map(f64::from), -1e3..1e3];
        prop::collection::vec(prop::collection::vec(value, rows), features).prop_map(matrix)
    })
}

/// Node by node.
pub(in crate::detector) fn slow_score(
    trees: &[TreeDocument],
    sample_rows: u32,
    row: &[f64],
) -> f64 {
    let mut sum = 0.0;
    for tree in trees {
        let (mut at, mut depth) = (0, 0.0);
        while let Some(split) = &tree.nodes[at].split {
            let right = split.project(|feature| row[feature]) >= split.threshold;
            at = tree.nodes[at].child as usize + usize::from(right);
            depth += 1.0;
        }
        sum += depth + average_path_length(tree.nodes[at].rows);
    }
    score_of_mean_path(sum / trees.len() as f64, sample_rows)
}

proptest! {
    #[test]
    fn blocks_score_as_a_walk_node_by_node(features in columns(), seed in 0_u64..50) {
        let sample_rows = features.rows().min(64) as u32;
        let trees = (0..20).map(|tree| grow::grow(&features, sample_rows, seed, tree)).collect();
        let medians = vec![0.0; features.features()];
        let forest =
            FittedExtendedForest::new(ForestDocument { sample_rows, medians, trees }).unwrap();
        let scores = forest.score(&features);
        let mut row = Vec::new();
        for (index, score) in scores.iter().enumerate() {
            features.copy_row(index, &mut row);
            prop_assert_eq!(*score, slow_score(&forest.document.trees, sample_rows, &row));
        }
    }

    #[test]
    fn contributions_sum_to_the_path_saved(features in columns(), seed in 0_u64..50) {
        let forest = FOREST.fit(&features, seed, &Cancellation::default()).unwrap();
        let normal = average_path_length(features.rows().min(64) as u32);
        prop_assume!(normal > 0.0);
        let mut row = Vec::new();
        for (index, score) in forest.score(&features).iter().enumerate() {
            features.copy_row(index, &mut row);
            let saved: f64 = forest.contributions(&row).iter().sum();
            prop_assert!((saved - normal * (1.0 + score.log2())).abs() < 1e-9);
        }
    }
}
