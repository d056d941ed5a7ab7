use super::tree::Node;
use super::*;

/// Three rows on a line, 0, 1 and 10, cut at 5 and then at 0.5.
fn small_tree() -> TreeDocument {
    let node = |cut, child, rows| Node { cut, feature: 0, child, rows };
    TreeDocument {
        nodes: vec![
            node(5.0, 1, 3),
            node(0.5, 3, 2),
            node(0.0, 2, 1),
            node(0.0, 3, 1),
            node(0.0, 4, 1),
        ],
        points: vec![10.0, 0.0, 1.0],
    }
}

#[test]
fn a_small_tree_gives_the_displacement_worked_out_by_hand() {
    small_tree().check(3, 1).unwrap();
    let tree = BoxedTree::new(&small_tree(), 1);
    // 30 is 20 outside the box of 10: cut off at the root with 2/3, beside 3 rows; else at the
    // leaf 10, beside 1 row, or 2 rows beside it and that one: 2/2.
    assert!((tree.displacement(&[30.0], None) - (2.0 / 3.0 * 3.0 + 1.0 / 3.0)).abs() < 1e-15);
    // 10 is kept: 2 rows beside 1.
    assert_eq!(tree.displacement(&[10.0], None), 2.0);
    // 0.2 goes to the leaf 0: beside 1 row at the leaf; above, 1/3 and 1/2.
    assert_eq!(tree.displacement(&[0.2], None), 1.0);
}

/// Puts a row into a tree by drawing cuts as the paper does; returns its collusive displacement.
fn insert_and_displace(
    tree: &TreeDocument,
    low_high: &dyn Fn(usize) -> (f64, f64),
    row: f64,
    mut draw: impl FnMut() -> f64,
) -> f64 {
    let (mut at, mut greatest) = (0, 0.0_f64);
    loop {
        let node = tree.nodes[at];
        let (low, high) = low_high(at);
        let cut = row.min(low) + draw() * (row.max(high) - row.min(low));
        if cut <= low && row <= cut || cut >= high && row > cut {
            return greatest.max(f64::from(node.rows));
        }
        let right = usize::from(row >= node.cut);
        let next = node.child as usize + right;
        let beside = f64::from(tree.nodes[node.child as usize + 1 - right].rows);
        greatest = greatest.max(beside / f64::from(tree.nodes[next].rows + 1));
        at = next;
    }
}

#[test]
fn the_expected_displacement_is_the_mean_over_insertions() {
    let tree = small_tree();
    let ends = [(0.0, 10.0), (0.0, 1.0), (10.0, 10.0), (0.0, 0.0), (1.0, 1.0)];
    let boxed = BoxedTree::new(&tree, 1);
    let mut random = stream(5, 0);
    for row in [-7.0, 0.2, 3.0, 12.0] {
        let draw = |_| {
            let unit = || crate::detector::random::unit(&mut random);
            insert_and_displace(&tree, &|at| ends[at], row, unit)
        };
        let mean = (0..20_000).map(draw).sum::<f64>() / 20_000.0;
        let expected = boxed.displacement(&[row], None);
        assert!((mean - expected).abs() < 0.05, "{row}: {mean} is not {expected}");
    }
}

#[test]
fn contributions_sum_to_the_score() {
    let columns: Vec<Vec<f64>> =
        (1..4).map(|step| (0..80).map(|row| f64::from((row * step * 7) % 31)).collect()).collect();
    let features = FeatureMatrix::from_columns(80, columns).unwrap();
    let forest = RobustRandomCutForest { trees: 20, sample_rows: 64 };
    let fitted = forest.fit(&features, 1, &Cancellation::default()).unwrap();
    let rows = FeatureMatrix::from_columns(2, vec![vec![7.0, 90.0], vec![3.0; 2], vec![1.5; 2]]);
    let rows = rows.unwrap();
    let mut row = Vec::new();
    for (index, score) in fitted.score(&rows).iter().enumerate() {
        rows.copy_row(index, &mut row);
        assert!((fitted.contributions(&row).iter().sum::<f64>() - score).abs() < 1e-9);
    }
}
