use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;

use crate::detector::isolation_forest::shape::{self, Shape, broken, partition};
use crate::detector::random::unit;
use crate::detector::scaling::LIMIT;

/// One node: rows below the cut go to `child`, others to `child + 1`; a leaf is its own child.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Node {
    pub(super) cut: f64,
    pub(super) feature: u32,
    pub(super) child: u32,
    pub(super) rows: u32,
}

/// A tree as it is stored: children stand behind their parent, the root first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TreeDocument {
    pub(super) nodes: Vec<Node>,
    /// The row of each leaf, in the order of the nodes, row-major.
    pub(super) points: Vec<f64>,
}

impl TreeDocument {
    /// Cuts rows, row-major, until those of a leaf are equal.
    pub(super) fn cut(points: &[f64], width: usize, random: &mut ChaCha8Rng) -> Self {
        let point = |row: u32| &points[row as usize * width..][..width];
        let leaf = |at: usize, rows: usize| Node {
            cut: 0.0,
            feature: 0,
            child: at as u32,
            rows: rows as u32,
        };
        let mut rows: Vec<u32> = (0..(points.len() / width) as u32).collect();
        let mut nodes = vec![leaf(0, rows.len())];
        let mut first_rows = vec![0];
        let mut open = vec![(0_usize, 0_usize, rows.len())];
        while let Some((at, start, end)) = open.pop() {
            first_rows[at] = rows[start];
            let Some((feature, cut)) = draw_cut(&rows[start..end], width, point, random) else {
                continue;
            };
            let left = partition(&mut rows[start..end], |row| point(row)[feature] < cut);
            let (child, middle) = (nodes.len(), start + left);
            nodes[at] = Node { cut, feature: feature as u32, child: child as u32, ..nodes[at] };
            nodes.push(leaf(child, middle - start));
            nodes.push(leaf(child + 1, end - middle));
            first_rows.resize(nodes.len(), 0);
            open.push((child + 1, middle, end));
            open.push((child, start, middle));
        }
        let is_leaf = |(at, node): &(usize, &Node)| node.child as usize == *at;
        let leaves = nodes.iter().enumerate().filter(is_leaf);
        let points = leaves.flat_map(|(at, _)| point(first_rows[at]).to_vec()).collect();
        Self { nodes, points }
    }

    /// Refuses what could send a walk astray.
    pub(super) fn check(&self, sample_rows: u32, features: usize) -> Result<()> {
        let shapes: Vec<_> =
            self.nodes.iter().map(|node| Shape { child: node.child, rows: node.rows }).collect();
        shape::check(&shapes, sample_rows)?;
        let mut leaves = 0;
        for (at, node) in self.nodes.iter().enumerate() {
            leaves += usize::from(node.child as usize == at);
            if node.feature as usize >= features || node.cut.is_nan() || node.cut.abs() > LIMIT {
                return Err(broken(at, "cuts something that is not there"));
            }
        }
        let inside = |value: &f64| value.abs() <= LIMIT;
        if self.points.len() != leaves * features || !self.points.iter().all(inside) {
            return Err(broken(0, "lacks the rows of its leaves"));
        }
        Ok(())
    }
}

/// A feature drawn in proportion to its range, and a cut that parts the rows; `None` when all rows
/// are equal.
fn draw_cut<'a>(
    rows: &[u32],
    width: usize,
    point: impl Fn(u32) -> &'a [f64],
    random: &mut ChaCha8Rng,
) -> Option<(usize, f64)> {
    let mut low = vec![f64::INFINITY; width];
    let mut high = vec![f64::NEG_INFINITY; width];
    for &row in rows {
        for ((low, high), value) in low.iter_mut().zip(&mut high).zip(point(row)) {
            *low = low.min(*value);
            *high = high.max(*value);
        }
    }
    let ranges = || high.iter().zip(&low).map(|(high, low)| high - low);
    let total: f64 = ranges().sum();
    if total <= 0.0 {
        return None;
    }
    let mut target = unit(random) * total;
    let drawn = ranges().position(|range| {
        target -= range;
        target < 0.0
    });
    // Rounding may leave the target just above the end.
    let feature = drawn.or_else(|| high.iter().zip(&low).rposition(|(high, low)| high > low))?;
    let u = unit(random);
    let cut = low[feature] * (1.0 - u) + high[feature] * u;
    let parts = cut > low[feature] && cut <= high[feature];
    Some((feature, if parts { cut } else { high[feature] }))
}

/// A tree with the box around the rows of each node.
pub(super) struct BoxedTree {
    nodes: Vec<Node>,
    /// Lowest values of each node, row-major; then the highest.
    low: Vec<f64>,
    high: Vec<f64>,
    /// The sum of the ranges of each node.
    lengths: Vec<f64>,
}

impl BoxedTree {
    /// Of a checked tree.
    pub(super) fn new(tree: &TreeDocument, width: usize) -> Self {
        let count = tree.nodes.len();
        let mut boxed = Self {
            nodes: tree.nodes.clone(),
            low: vec![f64::INFINITY; count * width],
            high: vec![f64::NEG_INFINITY; count * width],
            lengths: vec![0.0; count],
        };
        let mut points = tree.points.chunks_exact(width.max(1)).rev();
        for (at, node) in tree.nodes.iter().enumerate().rev() {
            if node.child as usize == at {
                let point = points.next().unwrap_or_default();
                boxed.low[at * width..][..point.len()].copy_from_slice(point);
                boxed.high[at * width..][..point.len()].copy_from_slice(point);
                continue;
            }
            for child in [node.child as usize, node.child as usize + 1] {
                for feature in 0..width {
                    let (own, below) = (at * width + feature, child * width + feature);
                    boxed.low[own] = boxed.low[own].min(boxed.low[below]);
                    boxed.high[own] = boxed.high[own].max(boxed.high[below]);
                }
            }
            let ends = boxed.low[at * width..][..width].iter().zip(&boxed.high[at * width..]);
            boxed.lengths[at] = ends.map(|(low, high)| high - low).sum();
        }
        boxed
    }

    /// The expected collusive displacement of a row's arrival; adds each feature's share to
    /// `contributions`.
    pub(super) fn displacement(
        &self,
        row: &[f64],
        mut contributions: Option<&mut Vec<f64>>,
    ) -> f64 {
        let width = row.len();
        let (mut at, mut expected, mut arrives) = (0, 0.0, 1.0);
        // The greatest ratio so far: when the row is one more, and when it is one that is kept.
        let (mut as_new, mut as_kept, mut kept_feature) = (0.0_f64, 0.0_f64, 0_usize);
        loop {
            let node = self.nodes[at];
            let low = &self.low[at * width..][..width];
            let high = &self.high[at * width..][..width];
            let outside = low.iter().zip(high).zip(row).map(outside);
            let reach: f64 = outside.clone().sum();
            if reach > 0.0 {
                let cut_off = reach / (reach + self.lengths[at]);
                let gain = arrives * cut_off * as_new.max(f64::from(node.rows));
                expected += gain;
                arrives *= 1.0 - cut_off;
                if let Some(contributions) = &mut contributions {
                    for (part, outside) in contributions.iter_mut().zip(outside) {
                        *part += gain * outside / reach;
                    }
                }
            }
            if node.child as usize == at {
                break;
            }
            let right = usize::from(row[node.feature as usize] >= node.cut);
            let next = node.child as usize + right;
            let beside = f64::from(self.nodes[node.child as usize + 1 - right].rows);
            let with = f64::from(self.nodes[next].rows);
            as_new = as_new.max(beside / (with + 1.0));
            if beside / with > as_kept {
                (as_kept, kept_feature) = (beside / with, node.feature as usize);
            }
            at = next;
        }
        // What is left reached a row that equals it, which no cut can part it from.
        if let Some(part) = contributions.and_then(|parts| parts.get_mut(kept_feature)) {
            *part += arrives * as_kept;
        }
        expected + arrives * as_kept
    }
}

/// How far a value lies outside the ends of a node's box.
fn outside(((low, high), value): ((&f64, &f64), &f64)) -> f64 {
    (low - value).max(value - high).max(0.0)
}
