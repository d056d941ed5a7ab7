#![expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;

use super::TERMS;
use super::forest::Walked;
use crate::detector::isolation_forest::shape::{
    self, LANES, PLACES, Shape, average_path_length, broken, complete, walk,
};
use crate::portable::{Combination, SplitTree};

/// Rows scored together at most.
pub(in crate::detector) const MAX_ROWS: usize = 256;

/// Numbers in a block of rows: few enough to stay in the first-level cache beside a tree.
const BLOCK_NUMBERS: usize = 3_072;

/// Rows scored together, for rows of so many features.
pub(in crate::detector) fn block_rows(features: usize) -> usize {
    (BLOCK_NUMBERS / features.max(1)).clamp(LANES, MAX_ROWS) / LANES * LANES
}

/// A coefficient for a feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::detector) struct Term {
    pub(in crate::detector) feature: u32,
    pub(in crate::detector) coefficient: f64,
}

/// Rows with `Σ coefficient × value < threshold` go left. Unused terms are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::detector) struct Split {
    pub(in crate::detector) terms: [Term; TERMS],
    pub(in crate::detector) threshold: f64,
}

impl Split {
    /// The projection of a row; not a number when terms overflow against each other.
    pub(in crate::detector) fn project(&self, value: impl Fn(usize) -> f64) -> f64 {
        let mut sum = 0.0;
        for term in &self.terms {
            sum += term.coefficient * value(term.feature as usize);
        }
        sum
    }
}

/// One node as it is stored; see [`Shape`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::detector) struct NodeDocument {
    pub(in crate::detector) child: u32,
    pub(in crate::detector) rows: u32,
    /// `None` in a leaf.
    pub(in crate::detector) split: Option<Split>,
}

/// A tree as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::detector) struct TreeDocument {
    pub(in crate::detector) nodes: Vec<NodeDocument>,
}

impl TreeDocument {
    pub(in crate::detector) fn shapes(&self) -> Vec<Shape> {
        self.nodes.iter().map(|node| Shape { child: node.child, rows: node.rows }).collect()
    }

    /// Refuses what could send a walk astray.
    pub(in crate::detector) fn check(&self, sample_rows: u32, features: usize) -> Result<()> {
        shape::check(&self.shapes(), sample_rows)?;
        for (index, node) in self.nodes.iter().enumerate() {
            if node.split.is_none() != (node.child as usize == index) {
                return Err(broken(index, "has children without a split or a split without them"));
            }
            let Some(split) = &node.split else { continue };
            let exists =
                |term: &Term| (term.feature as usize) < features && term.coefficient.is_finite();
            if !split.terms.iter().all(exists) || !split.threshold.is_finite() {
                return Err(broken(index, "splits on something that is not there"));
            }
        }
        Ok(())
    }

    /// The tree in terms that other programs know, with `h` at its leaves.
    pub(in crate::detector) fn portable(&self) -> SplitTree {
        shape::portable(&self.shapes(), |index| {
            let split = self.nodes[index].split.unwrap_or_default();
            let terms = split.terms.iter().filter(|term| term.coefficient != 0.0);
            let terms = terms.map(|term| (term.feature as usize, term.coefficient));
            (Combination::Sum(terms.collect()), split.threshold)
        })
    }

    /// Adds each split's `c(n) − (1 + c(m))` to its features by their parts in the projection.
    pub(in crate::detector) fn add_contributions(
        &self,
        row: &[f64],
        medians: &[f64],
        contributions: &mut [f64],
    ) {
        let mut at = 0;
        while let Some(split) = &self.nodes[at].split {
            let next = self.nodes[at].child as usize
                + usize::from(split.project(|feature| row[feature]) >= split.threshold);
            let saved = average_path_length(self.nodes[at].rows)
                - (1.0 + average_path_length(self.nodes[next].rows));
            let parts = split.terms.map(|Term { feature, coefficient }| {
                // Halved and capped, so that no part overflows.
                let deviation = row[feature as usize] / 2.0 - medians[feature as usize] / 2.0;
                (coefficient * deviation).abs().min(f64::MAX / 16.0)
            });
            let total: f64 = parts.iter().sum();
            for (term, part) in split.terms.iter().zip(parts) {
                let share = if total > 0.0 { part / total } else { 1.0 / TERMS as f64 };
                contributions[term.feature as usize] += saved * share;
            }
            at = next;
        }
    }
}

/// A tree for scoring many rows.
pub(super) struct CompleteTree {
    /// Where each term's feature begins in a block of rows.
    offsets: [[u32; TERMS]; PLACES],
    coefficients: [[f64; TERMS]; PLACES],
    thresholds: [f64; PLACES],
    path_lengths: [f64; PLACES],
}

impl CompleteTree {
    /// Of a checked tree, for blocks of `rows` rows; `None` when it is higher than 8.
    pub(in crate::detector) fn new(tree: &TreeDocument, rows: usize) -> Option<Self> {
        let (positions, path_lengths) = complete(&tree.shapes())?;
        let mut complete = Self {
            offsets: [[0; TERMS]; PLACES],
            coefficients: [[0.0; TERMS]; PLACES],
            thresholds: [0.0; PLACES],
            path_lengths,
        };
        for (node, position) in tree.nodes.iter().zip(positions) {
            let Some(split) = &node.split else { continue };
            complete.offsets[position] = split.terms.map(|term| term.feature * rows as u32);
            complete.coefficients[position] = split.terms.map(|term| term.coefficient);
            complete.thresholds[position] = split.threshold;
        }
        Some(complete)
    }
}

impl Walked for CompleteTree {
    #[inline(always)]
    fn add_path_lengths(&self, block: &[f64], sums: &mut [f64]) {
        for (group, sums) in sums.chunks_exact_mut(LANES).enumerate() {
            let values = &block[group * LANES..];
            walk(&self.path_lengths, sums, |position, lane| {
                let position = position % PLACES;
                let mut projection = 0.0;
                for term in 0..TERMS {
                    projection += self.coefficients[position][term]
                        * values[self.offsets[position][term] as usize + lane];
                }
                projection >= self.thresholds[position]
            });
        }
    }
}
