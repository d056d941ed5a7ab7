use proptest::prelude::*;

use super::grow::{Cut, fairest_cut};
use super::*;
use crate::detector::extended_isolation_forest::tests::{columns, slow_score};
use crate::detector::isolation_forest::average_path_length;
use crate::detector::random::{normal, stream};

const FOREST: FairCutForest = FairCutForest { trees: 30, sample_rows: 64, candidates: 2 };

fn matrix(columns: Vec<Vec<f64>>) -> FeatureMatrix {
    FeatureMatrix::from_columns(columns[0].len(), columns).unwrap()
}

#[test]
fn the_cut_is_the_one_worked_out_by_hand() {
    // {0, 1} and {10, 11}: σₗ = σᵣ = 0.5, σ² = (5.5² + 4.5² + 4.5² + 5.5²) / 4.
    let found = fairest_cut(&[0.0, 1.0, 10.0, 11.0]).unwrap();
    let whole = 25.25_f64.sqrt();
    assert_eq!(found.threshold, 5.5);
    assert!((found.gain - (1.0 - 0.5 / whole)).abs() < 1e-14);

    // A group of two comes off as a whole, however far one of the others is from the next.
    let group = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 40.0, 41.0];
    assert_eq!(fairest_cut(&group).unwrap().threshold, 22.5);

    assert_eq!(fairest_cut(&[]), None);
    assert_eq!(fairest_cut(&[3.0]), None);
    assert_eq!(fairest_cut(&[3.0, 3.0]), None);
    assert_eq!(fairest_cut(&[3.0, f64::INFINITY]), None);
    assert_eq!(fairest_cut(&[3.0, f64::NAN]), None);
    assert_eq!(fairest_cut(&[f64::MIN, f64::MAX]), Some(Cut { gain: 1.0, threshold: 0.0 }));
    let next = 1.0_f64.next_up();
    assert_eq!(fairest_cut(&[1.0, next]), Some(Cut { gain: 1.0, threshold: next }));
}

/// Standard deviations from the definition, for each cut.
fn slow_gain(sorted: &[f64], left: usize) -> f64 {
    let deviation = |values: &[f64]| {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt()
    };
    let (n, whole) = (sorted.len() as f64, deviation(sorted));
    let (below, above) = sorted.split_at(left);
    let pooled = below.len() as f64 * deviation(below) + above.len() as f64 * deviation(above);
    (whole - pooled / n) / whole
}

#[test]
fn a_small_group_far_from_the_others_scores_highest() {
    // Ten of 500 rows lie together, between two clusters: within the range of each column.
    let mut random = stream(5, 0);
    let mut columns = vec![Vec::new(); 2];
    for row in 0..500 {
        let centre = match row {
            0..10 => [0.0, 0.0],
            _ if row % 2 == 0 => [-9.0, 9.0],
            _ => [9.0, -9.0],
        };
        for (column, centre) in columns.iter_mut().zip(centre) {
            let spread = if row < 10 { 0.2 } else { 1.0 };
            column.push(centre + spread * normal(&mut random));
        }
    }
    let features = matrix(columns);
    let forest = FairCutForest { trees: 100, sample_rows: 256, candidates: 1 };
    let scores = forest.fit(&features, 1, &Cancellation::default()).unwrap().score(&features);
    let mut order: Vec<usize> = (0..500).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    assert!(order[..10].iter().all(|&row| row < 10), "{:?}", &order[..12]);
}

#[test]
fn trees_grow_until_rows_are_alone_or_equal() {
    let values: Vec<f64> = (0..200).map(|row| f64::from(row).exp2()).chain([0.5; 3]).collect();
    let features = matrix(vec![values]);
    let tree = grow::grow(&features, 203, 1, 3, 0);
    let leaves = tree.nodes.iter().filter(|node| node.split.is_none());
    let mut rows: Vec<u32> = leaves.map(|node| node.rows).collect();
    rows.sort_unstable();
    assert_eq!(rows, [[1; 200].as_slice(), &[3]].concat());
    tree.check(203, 1).unwrap();
}

#[test]
fn more_candidates_gain_more() {
    let mut random = stream(5, 0);
    let mut columns = vec![Vec::new(); 6];
    for row in 0..256 {
        for (index, column) in columns.iter_mut().enumerate() {
            let group = if index == 0 { f64::from(row % 2) * 20.0 } else { 0.0 };
            column.push(group + normal(&mut random));
        }
    }
    let features = matrix(columns);
    let splits_on_the_group = |candidates| {
        let first = |index| grow::grow(&features, 256, candidates, 1, index).nodes[0].split;
        let splits = (0..40).filter_map(first);
        splits.filter(|split| split.terms.iter().any(|term| term.feature == 0)).count()
    };
    let (once, often) = (splits_on_the_group(1), splits_on_the_group(12));
    // Two of six columns are drawn, so a third of the directions see the groups; two in five of these
    // well enough to gain more than halving the noise does: one in seven, and five in six of twelve.
    assert!(once < 24 && often > 28, "{once} {often}");
}

#[test]
fn a_forest_that_could_lead_astray_is_refused() {
    let features = matrix(vec![(0..20).map(f64::from).collect(), vec![1.0; 20]]);
    let forest = || ForestDocument {
        sample_rows: 20,
        candidates: 1,
        medians: vec![9.0, 1.0],
        trees: vec![grow::grow(&features, 20, 1, 1, 0)],
    };
    let restored = |document: &ForestDocument| {
        FOREST.restore(&postcard::to_allocvec(document).unwrap(), 2).map(|_| ())
    };
    restored(&forest()).unwrap();
    for break_it in [
        (|forest: &mut ForestDocument| forest.trees.clear()) as fn(&mut ForestDocument),
        |forest| forest.medians[1] = f64::NAN,
        |forest| forest.medians.truncate(1),
        |forest| forest.sample_rows = 21,
        |forest| forest.trees[0].nodes[0].child = 0,
        |forest| forest.trees[0].nodes[0].split = None,
        |forest| forest.trees[0].nodes[0].split.as_mut().unwrap().threshold = f64::NAN,
        |forest| forest.trees[0].nodes[0].split.as_mut().unwrap().terms[0].feature = 2,
    ] {
        let mut document = forest();
        break_it(&mut document);
        assert!(restored(&document).is_err());
    }
}

proptest! {
    #[test]
    fn no_other_cut_gains_more(values in prop::collection::vec(
        prop_oneof![(-5_i32..5).prop_map(f64::from), -1e3..1e3], 2..60,
    )) {
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        let Some(cut) = fairest_cut(&sorted) else {
            prop_assert_eq!(sorted.first(), sorted.last());
            return Ok(());
        };
        let left = sorted.partition_point(|&value| value < cut.threshold);
        prop_assert!(0 < left && left < sorted.len());
        prop_assert!((slow_gain(&sorted, left) - cut.gain).abs() < 1e-7);
        for other in 1..sorted.len() {
            prop_assert!(slow_gain(&sorted, other) < cut.gain + 1e-7);
        }
    }

    #[test]
    fn blocks_score_as_a_walk_node_by_node(features in columns(), seed in 0_u64..50) {
        let sample_rows = features.rows().min(64) as u32;
        let trees = (0..20).map(|tree| grow::grow(&features, sample_rows, 1, seed, tree)).collect();
        let medians = vec![0.0; features.features()];
        let document = ForestDocument { sample_rows, candidates: 1, medians, trees };
        let forest = FittedFairCutForest::new(document);
        let mut row = Vec::new();
        for (index, score) in forest.score(&features).iter().enumerate() {
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
