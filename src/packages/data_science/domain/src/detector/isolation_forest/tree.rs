use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;

use super::shape::{self, LANES, Shape, average_path_length, broken};
use crate::portable::{Combination, SplitTree};

/// One node as it is stored. A leaf has itself as its child.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NodeDocument {
    /// The feature split on.
    pub(super) feature: u32,
    /// Rows below go to `child`, others to `child + 1`.
    pub(super) threshold: f64,
    /// The left child; the right one is next to it.
    pub(super) child: u32,
    /// Sampled rows that reached the node.
    pub(super) rows: u32,
}

/// A tree as it is stored: children always stand behind their parent, the root first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TreeDocument {
    pub(super) nodes: Vec<NodeDocument>,
}

impl TreeDocument {
    /// Refuses what could send a walk astray: a wrong feature, a child that does not exist or
    /// stands before its parent, counts that do not add up, a threshold that is not a number.
    pub(super) fn check(&self, sample_rows: u32, features: usize) -> Result<()> {
        shape::check(&self.shapes(), sample_rows)?;
        for (index, node) in self.nodes.iter().enumerate() {
            let is_split = node.child as usize != index;
            if is_split && (node.feature as usize >= features || !node.threshold.is_finite()) {
                return Err(broken(index, "splits on something that is not there"));
            }
        }
        Ok(())
    }

    /// The form of the tree.
    pub(super) fn shapes(&self) -> Vec<Shape> {
        self.nodes.iter().map(|node| Shape { child: node.child, rows: node.rows }).collect()
    }

    /// The tree in terms that other programs know, with `h` at its leaves.
    pub(super) fn portable(&self) -> SplitTree {
        shape::portable(&self.shapes(), |index| {
            let node = &self.nodes[index];
            (Combination::Feature(node.feature as usize), node.threshold)
        })
    }

    /// The splits: feature and threshold.
    pub(super) fn splits(&self) -> impl Iterator<Item = (usize, f64)> {
        let inner = self.nodes.iter().enumerate().filter(|(at, node)| node.child as usize != *at);
        inner.map(|(_, node)| (node.feature as usize, node.threshold))
    }
}

/// A node as it is walked: 16 bytes, a leaf leads to itself whatever the row holds.
#[derive(Clone, Copy)]
struct Node {
    threshold: f64,
    feature: u32,
    child: u32,
}

/// A tree of splits on single features that can be walked, with a value at each leaf.
pub(in crate::detector) struct AxisTree {
    nodes: Vec<Node>,
    /// By node, meaningful at leaves.
    values: Vec<f64>,
    /// Depth of the deepest leaf.
    height: u32,
}

impl AxisTree {
    /// Of checked nodes: feature, threshold, child; and a value for each.
    pub(in crate::detector) fn new(links: &[(u32, f64, u32)], values: Vec<f64>) -> Self {
        let shape = |&(_, _, child): &(u32, f64, u32)| Shape { child, rows: 0 };
        let depths = shape::depths(&links.iter().map(shape).collect::<Vec<_>>());
        let node = |(index, &(feature, threshold, child)): (usize, &(u32, f64, u32))| {
            if child as usize == index {
                // Finite numbers are never at or above infinity, so a walk stays here.
                Node { threshold: f64::INFINITY, feature: 0, child }
            } else {
                Node { threshold, feature, child }
            }
        };
        let nodes = links.iter().enumerate().map(node).collect();
        Self { nodes, values, height: depths.into_iter().max().unwrap_or(0) }
    }

    /// Adds the value of each row's leaf; `block` is row-major, `sums.len() × width` numbers.
    pub(in crate::detector) fn add_values(&self, block: &[f64], width: usize, sums: &mut [f64]) {
        let mut lanes = sums.chunks_exact_mut(LANES);
        let mut rows = block.chunks_exact(LANES * width);
        for (sums, rows) in (&mut lanes).zip(&mut rows) {
            let mut at = [0_u32; LANES];
            for _ in 0..self.height {
                for (lane, at) in at.iter_mut().enumerate() {
                    let node = self.nodes[*at as usize];
                    let value = rows[lane * width + node.feature as usize];
                    *at = node.child + u32::from(value >= node.threshold);
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += self.values[at as usize];
            }
        }
        let rest = rows.remainder().chunks_exact(width);
        for (sum, row) in lanes.into_remainder().iter_mut().zip(rest) {
            let mut at = 0_u32;
            for _ in 0..self.height {
                let node = self.nodes[at as usize];
                at = node.child + u32::from(row[node.feature as usize] >= node.threshold);
            }
            *sum += self.values[at as usize];
        }
    }
}

/// An isolation tree that can be walked: `h`, depth + c(rows), at its leaves.
pub(super) struct Tree {
    document: TreeDocument,
    walked: AxisTree,
}

impl Tree {
    /// Prepares a checked document for walking.
    pub(super) fn new(document: TreeDocument) -> Self {
        let depths = shape::depths(&document.shapes());
        let path_length =
            |(node, depth): (&NodeDocument, u32)| f64::from(depth) + average_path_length(node.rows);
        let path_lengths = document.nodes.iter().zip(depths).map(path_length).collect();
        let links: Vec<_> =
            document.nodes.iter().map(|node| (node.feature, node.threshold, node.child)).collect();
        let walked = AxisTree::new(&links, path_lengths);
        Self { document, walked }
    }

    /// The tree as it is stored.
    pub(super) fn document(&self) -> &TreeDocument {
        &self.document
    }

    /// Adds `h(x)` of each row of a row-major block of `sums.len() × width` numbers.
    pub(super) fn add_path_lengths(&self, block: &[f64], width: usize, sums: &mut [f64]) {
        self.walked.add_values(block, width, sums);
    }

    /// Adds each split's `c(n) − (1 + c(m))` to its feature, along the path of one row.
    pub(super) fn add_contributions(&self, row: &[f64], contributions: &mut [f64]) {
        let nodes = &self.document.nodes;
        let mut at = 0_usize;
        while nodes[at].child as usize != at {
            let node = &nodes[at];
            let next =
                node.child as usize + usize::from(row[node.feature as usize] >= node.threshold);
            contributions[node.feature as usize] +=
                average_path_length(node.rows) - (1.0 + average_path_length(nodes[next].rows));
            at = next;
        }
    }
}
