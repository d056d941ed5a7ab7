//! What isolation trees have in common, whatever they split on: nodes that share their rows among
//! two children, path lengths, scores, and the complete binary tree that many rows are walked in.

use shared_kernel_domain::{Error, Result};

use crate::detector::Parameter;
use crate::portable::{Combination, Formula, ScoreForm, SplitNode, SplitTree, not_portable};

/// Euler's constant γ.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// The height of a complete tree: its positions fit into a byte.
pub(in crate::detector) const HEIGHT: u32 = 8;

/// Places for nodes in a complete tree.
pub(in crate::detector) const PLACES: usize = 1 << HEIGHT;

/// Rows walked down a tree at the same time, so that one row's late compare does not hold up the
/// others.
pub(in crate::detector) const LANES: usize = 16;

/// `c(n)`: the average path length of an unsuccessful search in a binary search tree of `n` rows
/// (2008, equation 1, with `H(i) ≈ ln i + γ` as the paper and its implementations take it).
pub fn average_path_length(rows: u32) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let n = f64::from(rows);
            2.0 * ((n - 1.0).ln() + EULER_GAMMA) - 2.0 * (n - 1.0) / n
        }
    }
}

/// `s = 2^(−E[h] / c(ψ))`.
pub(in crate::detector) fn score_of_mean_path(mean_path: f64, sample_rows: u32) -> f64 {
    let normal = average_path_length(sample_rows);
    // One training row tells nothing: every row is as odd as any other.
    if normal == 0.0 { 0.5 } else { (-mean_path / normal).exp2() }
}

/// The height limit `l = ⌈log₂ ψ⌉`.
pub(in crate::detector) fn height_limit(sample_rows: u32) -> u32 {
    sample_rows.max(1).next_power_of_two().ilog2()
}

/// What a node says about the form of its tree. Children stand behind their parent, the root
/// first.
#[derive(Clone, Copy)]
pub(in crate::detector) struct Shape {
    /// The left child; the right one is next to it. A leaf has itself as its child.
    pub(in crate::detector) child: u32,
    /// Sampled rows that reached the node.
    pub(in crate::detector) rows: u32,
}

/// The error for a node that could send a walk astray.
pub(in crate::detector) fn broken(index: usize, why: &str) -> Error {
    Error::input(format!("node {index} of an isolation tree in the model {why}"))
}

/// Refuses a child that does not exist or stands before its parent, and counts that do not add up.
pub(in crate::detector) fn check(shapes: &[Shape], sample_rows: u32) -> Result<()> {
    if shapes.first().is_none_or(|root| root.rows != sample_rows || sample_rows == 0) {
        return Err(broken(0, "is missing or does not hold the sample"));
    }
    check_links(shapes)?;
    for (index, node) in shapes.iter().enumerate() {
        let child = node.child as usize;
        if child != index {
            let (left, right) = (shapes[child].rows, shapes[child + 1].rows);
            if left == 0 || right == 0 || left.checked_add(right) != Some(node.rows) {
                return Err(broken(index, "does not share its rows among its children"));
            }
        }
    }
    Ok(())
}

/// Refuses a tree without a root, and a child that does not exist or stands before its parent.
pub(in crate::detector) fn check_links(shapes: &[Shape]) -> Result<()> {
    if shapes.is_empty() {
        return Err(broken(0, "is missing"));
    }
    for (index, node) in shapes.iter().enumerate() {
        let child = node.child as usize;
        if child < index {
            return Err(broken(index, "points backwards"));
        }
        if child > index && child + 1 >= shapes.len() {
            return Err(broken(index, "has no children"));
        }
    }
    Ok(())
}

/// The depth of each node of a checked tree.
pub(in crate::detector) fn depths(shapes: &[Shape]) -> Vec<u32> {
    let mut depths = vec![0; shapes.len()];
    for (index, node) in shapes.iter().enumerate() {
        let child = node.child as usize;
        if child != index {
            depths[child] = depths[index] + 1;
            depths[child + 1] = depths[index] + 1;
        }
    }
    depths
}

/// Where the nodes of a checked tree stand in a complete one, and `h` by position after the last
/// step. Split `i` has the children `2i` and `2i + 1`; positions after the last step begin again
/// at 0; a leaf higher up stands for all places below it. `None` when the tree is higher than 8.
pub(in crate::detector) fn complete(shapes: &[Shape]) -> Option<(Vec<usize>, [f64; PLACES])> {
    let depths = depths(shapes);
    if depths.iter().any(|&depth| depth > HEIGHT) {
        return None;
    }
    let mut path_lengths = [0.0; PLACES];
    let mut positions = vec![1_usize; shapes.len()];
    for (index, (node, &depth)) in shapes.iter().zip(&depths).enumerate() {
        let position = positions[index];
        if node.child as usize == index {
            let below = HEIGHT - depth;
            let path_length = f64::from(depth) + average_path_length(node.rows);
            for leaf in position << below..(position + 1) << below {
                path_lengths[leaf % PLACES] = path_length;
            }
        } else {
            positions[node.child as usize] = 2 * position;
            positions[node.child as usize + 1] = 2 * position + 1;
        }
    }
    Some((positions, path_lengths))
}

/// A checked tree in terms that other programs know, with `h` at its leaves; `split` tells of an
/// inner node what its threshold is compared with.
pub(in crate::detector) fn portable(
    shapes: &[Shape],
    split: impl Fn(usize) -> (Combination, f64),
) -> SplitTree {
    let node = |(index, (shape, depth)): (usize, (&Shape, u32))| {
        let left = shape.child as usize;
        if left == index {
            return SplitNode::Leaf(f64::from(depth) + average_path_length(shape.rows));
        }
        let (input, threshold) = split(index);
        SplitNode::Split { input, threshold, left, right: left + 1 }
    };
    SplitTree { nodes: shapes.iter().zip(depths(shapes)).enumerate().map(node).collect() }
}

/// The score of a forest in terms that other programs know.
pub(in crate::detector) fn forest_formula(
    trees: Vec<SplitTree>,
    sample_rows: u32,
) -> Result<Formula> {
    let normal = average_path_length(sample_rows);
    if normal == 0.0 {
        return Err(not_portable("it learned from one row, so every row scores the same"));
    }
    Ok(Formula { scaler: None, score: ScoreForm::Forest { trees, normal } })
}

/// Walks some rows down a complete tree and adds their path lengths to `sums`; `goes_right` tells
/// at a position for a lane.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the loop must know the step to be fast")]
pub(in crate::detector) fn walk(
    path_lengths: &[f64; PLACES],
    sums: &mut [f64],
    goes_right: impl Fn(usize, usize) -> bool,
) {
    let mut positions = [1_u8; LANES];
    for _ in 0..HEIGHT {
        for (lane, position) in positions.iter_mut().enumerate() {
            let right = goes_right(usize::from(*position), lane);
            *position = (*position << 1) | u8::from(right);
        }
    }
    for (sum, position) in sums.iter_mut().zip(positions) {
        *sum += path_lengths[usize::from(position)];
    }
}

/// Moves the rows that go left to the front; returns how many there are.
pub(in crate::detector) fn partition(rows: &mut [u32], goes_left: impl Fn(u32) -> bool) -> usize {
    let mut left = 0;
    for index in 0..rows.len() {
        if goes_left(rows[index]) {
            rows.swap(left, index);
            left += 1;
        }
    }
    left
}

/// The parameter of forests that says how many trees are grown.
pub(in crate::detector) fn trees_parameter(default: u32) -> Parameter {
    Parameter::whole("trees", default, 1..=1_000, "trees to grow; more make scores steadier")
}

/// The parameter of forests that says how many rows a tree sees.
pub(in crate::detector) fn sample_rows_parameter(default: u32, most: u32) -> Parameter {
    Parameter::whole("sample_rows", default, 2..=most, "rows each tree sees at most")
}
