#![expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]

use crate::detector::extended_isolation_forest::TERMS;
use crate::detector::extended_isolation_forest::forest::Walked;
use crate::detector::extended_isolation_forest::tree::{NodeDocument, TreeDocument};
use crate::detector::isolation_forest::shape::{LANES, average_path_length, depths};

/// A node as it is walked; a leaf leads to itself whatever the row holds.
struct Node {
    /// Where each term's feature begins in a block of rows.
    offsets: [u32; TERMS],
    coefficients: [f64; TERMS],
    threshold: f64,
    child: u32,
}

/// A tree of any height for scoring many rows.
pub(super) struct WalkedTree {
    nodes: Vec<Node>,
    /// `h` by node, meaningful at leaves.
    path_lengths: Vec<f64>,
}

impl WalkedTree {
    /// Of a checked tree, for blocks of `rows` rows.
    pub(super) fn new(tree: &TreeDocument, rows: usize) -> Self {
        let node = |node: &NodeDocument| match &node.split {
            Some(split) => Node {
                offsets: split.terms.map(|term| term.feature * rows as u32),
                coefficients: split.terms.map(|term| term.coefficient),
                threshold: split.threshold,
                child: node.child,
            },
            // Zero is never at or above infinity, so a walk stays here.
            None => Node {
                offsets: [0; TERMS],
                coefficients: [0.0; TERMS],
                threshold: f64::INFINITY,
                child: node.child,
            },
        };
        let path_length =
            |(node, depth): (&NodeDocument, u32)| f64::from(depth) + average_path_length(node.rows);
        Self {
            nodes: tree.nodes.iter().map(node).collect(),
            path_lengths: tree.nodes.iter().zip(depths(&tree.shapes())).map(path_length).collect(),
        }
    }
}

impl Walked for WalkedTree {
    #[inline(always)]
    fn add_path_lengths(&self, block: &[f64], sums: &mut [f64]) {
        for (group, sums) in sums.chunks_exact_mut(LANES).enumerate() {
            let values = &block[group * LANES..];
            let mut at = [0_u32; LANES];
            // Children stand behind their parents, so that every lane comes to a leaf.
            loop {
                let mut moved = false;
                for (lane, at) in at.iter_mut().enumerate() {
                    let node = &self.nodes[*at as usize];
                    let mut projection = 0.0;
                    for term in 0..TERMS {
                        projection +=
                            node.coefficients[term] * values[node.offsets[term] as usize + lane];
                    }
                    let next = node.child + u32::from(projection >= node.threshold);
                    moved |= next != *at;
                    *at = next;
                }
                if !moved {
                    break;
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += self.path_lengths[at as usize];
            }
        }
    }
}
