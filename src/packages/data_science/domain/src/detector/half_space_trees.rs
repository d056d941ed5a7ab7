//! Half-space trees: rows where few rows of the last window fell are anomalous.
//!
//! Tan, Ting, Liu: "Fast Anomaly Detection for Streaming Data" (IJCAI 2011). Trees halve a random
//! feature of their work range at every node, before any row is seen; rows only change counts, so
//! that memory is bounded whatever the number of rows. In the paper's names: `t` trees, height `h`,
//! window ψ; `s` drawn per feature and tree makes its work range `s ± 2 max(s, 1 − s)` in units of
//! the feature's range.
//!
//! Rows are taken in row order: each full window of ψ rows becomes the reference that the next rows
//! are judged by, and the last full window (the only one, when there are fewer rows) is what a
//! model keeps and scores by. The paper's score, `Σ m × 2^k` over the trees with the mass `m` of
//! the node at depth `k` that ends the row's path, grows with normality; ours is
//! `log₂ ψ − log₂(mean + 1)`, which orders rows the other way round.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::isolation_forest::shape::{self, LANES, Shape};
use super::isolation_forest::tree::AxisTree;
use super::random::{below, stream, unit};
use super::{Algorithm, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;

/// The greatest height, and the most trees, of a stored model.
const MAX_HEIGHT: u32 = 16;
const MAX_TREES: usize = 1_000;

/// Numbers in a block of rows: few enough to stay in the first-level cache beside one tree.
const BLOCK_NUMBERS: usize = 2_560;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct HalfSpaceTrees {
    /// Trees (t).
    pub trees: u32,
    /// Height of the trees (h).
    pub height: u32,
    /// Rows of a window (ψ).
    pub window: u32,
}

/// Trees with the masses of the last window.
pub struct FittedHalfSpaceTrees {
    document: ForestDocument,
    trees: Vec<AxisTree>,
}

#[derive(Serialize, Deserialize)]
struct ForestDocument {
    height: u32,
    window: u32,
    /// Of each feature.
    medians: Vec<f64>,
    trees: Vec<TreeDocument>,
}

/// A node: where it halves, and how many rows of the window it held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    middle: f64,
    feature: u32,
    /// The left child; the right one is next to it. Where a path ends, the node itself.
    child: u32,
    mass: u32,
}

/// The nodes that paths can reach, the root first, children behind their parent: nothing is kept
/// below a node of little mass, because every path ends there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TreeDocument {
    nodes: Vec<Node>,
}

impl Algorithm for HalfSpaceTrees {
    fn name(&self) -> &'static str {
        "half_space_trees"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "how few rows of the last window fell into the row's corner of space"
                .to_owned(),
            good_for: "streams whose normal changes: rows count in row order and only the last \
                       window decides; takes raw values; coarse on tables without order"
                .to_owned(),
            parameters: vec![
                Parameter::whole("trees", self.trees, 1..=200, "trees"),
                Parameter::whole(
                    "height",
                    self.height,
                    1..=MAX_HEIGHT,
                    "how often a tree halves space",
                ),
                Parameter::whole(
                    "window",
                    self.window,
                    2..=1_000_000,
                    "rows, in row order, that become the reference",
                ),
            ],
            cost: "score: at most n × trees × height; the model keeps counts and no row".to_owned(),
            contribution: "how much the score would fall, in bits, if the column had its median"
                .to_owned(),
            reference: "Tan, Ting, Liu: Fast Anomaly Detection for Streaming Data, IJCAI 2011"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let height = self.height.clamp(1, MAX_HEIGHT);
        let rows = u32::try_from(features.rows()).unwrap_or(u32::MAX);
        let window = self.window.clamp(1, rows.max(1));
        let ranges: Vec<(f64, f64)> = features.columns().iter().map(|it| range(it)).collect();
        // Only the last full window is left in the end; earlier ones would be forgotten.
        let end = features.rows() - features.rows() % window as usize;
        let rows: Vec<usize> = (end - window as usize..end).collect();
        let tree = |index: u32| {
            cancellation.check()?;
            Ok(grow(features, &rows, &mut stream(seed, u64::from(index)), &ranges, height))
        };
        let trees: Vec<_> = (0..self.trees).into_par_iter().map(tree).collect::<Result<_>>()?;
        let medians = features.columns().iter().map(|it| super::kde::median(it, 1, 0)).collect();
        let document = ForestDocument { height, window, medians, trees };
        Ok(Box::new(FittedHalfSpaceTrees::new(document)))
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let document: ForestDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the half-space trees in the model cannot be read").caused_by(cause)
        })?;
        let sound = (1..=MAX_HEIGHT).contains(&document.height)
            && document.window > 0
            && (1..=MAX_TREES).contains(&document.trees.len())
            && document.medians.len() == features
            && document.medians.iter().all(|median| median.is_finite());
        if !sound {
            return Err(Error::input("the half-space trees in the model are broken"));
        }
        for tree in &document.trees {
            let shapes: Vec<_> =
                tree.nodes.iter().map(|it| Shape { child: it.child, rows: it.mass }).collect();
            shape::check_links(&shapes)?;
            let deep = shape::depths(&shapes).iter().any(|&depth| depth > document.height);
            let wrong = |node: &Node| {
                node.feature as usize >= features
                    || !node.middle.is_finite()
                    || node.mass > document.window
            };
            if deep || tree.nodes.iter().any(wrong) {
                return Err(Error::input("the half-space trees in the model are broken"));
            }
        }
        Ok(Box::new(FittedHalfSpaceTrees::new(document)))
    }
}

/// The least and the greatest value, halved twice so that work ranges cannot overflow.
fn range(column: &[f64]) -> (f64, f64) {
    let low = column.iter().copied().fold(f64::INFINITY, f64::min);
    let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (low.max(f64::MIN / 8.0), high.min(f64::MAX / 8.0))
}

/// Grows a tree. Halvings are drawn before rows are counted in the paper; drawing them only where
/// paths go on gives the same trees in distribution.
fn grow(
    features: &FeatureMatrix,
    rows: &[usize],
    random: &mut ChaCha8Rng,
    ranges: &[(f64, f64)],
    height: u32,
) -> TreeDocument {
    let work = ranges.iter().map(|&(low, high)| {
        let s = unit(random);
        let reach = 2.0 * s.max(1.0 - s);
        let width = high - low;
        (low + (s - reach) * width, low + (s + reach) * width)
    });
    let work: Vec<(f64, f64)> = work.collect();
    let little = rows.len() / 10;
    let leaf = |at: usize, mass: usize| Node {
        middle: 0.0,
        feature: 0,
        child: at as u32,
        mass: mass as u32,
    };
    let mut nodes = vec![leaf(0, rows.len())];
    let mut open = vec![(0_usize, rows.to_vec(), work, 0_u32)];
    while let Some((at, rows, mut work, depth)) = open.pop() {
        if depth == height || rows.len() <= little {
            continue;
        }
        let feature = below(random, work.len() as u64) as usize;
        let (low, high) = work[feature];
        let middle = low / 2.0 + high / 2.0;
        let column = &features.columns()[feature];
        let (left, right): (Vec<usize>, Vec<usize>) =
            rows.into_iter().partition(|&row| column[row] < middle);
        let child = nodes.len();
        nodes[at] = Node { middle, feature: feature as u32, child: child as u32, ..nodes[at] };
        nodes.push(leaf(child, left.len()));
        nodes.push(leaf(child + 1, right.len()));
        let mut half = work.clone();
        half[feature] = (low, middle);
        work[feature] = (middle, high);
        open.push((child + 1, right, work, depth + 1));
        open.push((child, left, half, depth + 1));
    }
    TreeDocument { nodes }
}

impl TreeDocument {
    /// For walking: `m × 2^k` at the nodes that end a path.
    fn walkable(&self) -> AxisTree {
        let links: Vec<_> = self.nodes.iter().map(|it| (it.feature, it.middle, it.child)).collect();
        let shapes: Vec<_> =
            self.nodes.iter().map(|it| Shape { child: it.child, rows: it.mass }).collect();
        let masses = shape::depths(&shapes).into_iter().zip(&self.nodes);
        let masses = masses.map(|(depth, node)| f64::from(node.mass) * (1_u64 << depth) as f64);
        AxisTree::new(&links, masses.collect())
    }
}

impl FittedHalfSpaceTrees {
    fn new(document: ForestDocument) -> Self {
        let trees = document.trees.iter().map(TreeDocument::walkable).collect();
        Self { document, trees }
    }

    /// Scores of a row-major block, whose sums begin at 0.
    fn score_block(&self, block: &[f64], width: usize, scores: &mut [f64]) {
        for tree in &self.trees {
            tree.add_values(block, width, scores);
        }
        let highest = f64::from(self.document.window).log2();
        for score in scores {
            *score = highest - (*score / self.trees.len() as f64 + 1.0).log2();
        }
    }
}

impl Detector for FittedHalfSpaceTrees {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let width = features.features();
        let block_rows = (BLOCK_NUMBERS / width.max(1)).clamp(LANES, 256);
        let mut scores = vec![0.0; features.rows()];
        let mut block = Vec::new();
        for (index, scores) in scores.chunks_mut(block_rows).enumerate() {
            let start = index * block_rows;
            features.copy_block(start, start + scores.len(), &mut block);
            self.score_block(&block, width, scores);
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let mut score = [0.0];
        self.score_block(row, row.len(), &mut score);
        let mut replaced = row.to_vec();
        let mut contributions = Vec::with_capacity(row.len());
        for (column, median) in self.document.medians.iter().enumerate() {
            replaced[column] = *median;
            let mut without = [0.0];
            self.score_block(&replaced, row.len(), &mut without);
            contributions.push(score[0] - without[0]);
            replaced[column] = row[column];
        }
        contributions
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("trees".to_owned(), json!(self.trees.len())),
            ("height".to_owned(), json!(self.document.height)),
            ("window".to_owned(), json!(self.document.window)),
        ])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(&self.document)
            .map_err(|cause| Error::internal("half-space trees do not serialise").caused_by(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_tree_gives_the_score_worked_out_by_hand() {
        let node = |feature, middle, child, mass| Node { middle, feature, child, mass };
        let nodes = vec![
            node(0, 2.0, 1, 40),
            node(0, 0.0, 1, 4),
            node(1, 5.0, 3, 36),
            node(0, 0.0, 3, 1),
            node(0, 0.0, 4, 35),
        ];
        let document = ForestDocument {
            height: 2,
            window: 40,
            medians: vec![3.0, 6.0],
            trees: vec![TreeDocument { nodes }],
        };
        let fitted = FittedHalfSpaceTrees::new(document);
        let rows = vec![vec![1.0, 3.0, 3.0], vec![0.0, 4.0, 5.0]];
        let rows = FeatureMatrix::from_columns(3, rows).unwrap();
        // m × 2^k: 4 × 2, 1 × 4, 35 × 4.
        let expected = [8.0, 4.0, 140.0].map(|mass: f64| 40_f64.log2() - (mass + 1.0).log2());
        assert_eq!(fitted.score(&rows), expected);
        // With its median, x1 of the second row takes it to the third row's place.
        assert_eq!(fitted.contributions(&[3.0, 4.0]), [0.0, expected[1] - expected[2]]);
    }

    #[test]
    fn only_the_last_full_window_counts() {
        let drifting: Vec<f64> =
            (0..750).map(|row| f64::from(row / 250 * 100 + row % 10)).collect();
        let features = FeatureMatrix::from_columns(750, vec![drifting]).unwrap();
        let trees = HalfSpaceTrees { trees: 25, height: 15, window: 250 };
        let fitted = trees.fit(&features, 1, &Cancellation::default()).unwrap();
        let scores = fitted.score(&features);
        assert!(scores[745] < scores[5], "what was normal once is odd now");
    }

    #[test]
    fn masses_of_children_sum_to_their_parents() {
        let column: Vec<f64> = (0..100).map(|row| f64::from((row * 37) % 101)).collect();
        let features = FeatureMatrix::from_columns(100, vec![column.clone(), column]).unwrap();
        let rows: Vec<usize> = (0..100).collect();
        let ranges = [(0.0, 100.0); 2];
        let tree = grow(&features, &rows, &mut stream(1, 0), &ranges, 6);
        for (index, node) in tree.nodes.iter().enumerate() {
            let child = node.child as usize;
            if child != index {
                assert_eq!(node.mass, tree.nodes[child].mass + tree.nodes[child + 1].mass);
                assert!(node.mass > 10);
            }
        }
    }
}
