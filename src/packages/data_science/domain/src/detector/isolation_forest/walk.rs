//! Scoring many rows fast: the same paths as a walk node by node, found with small integers.
//!
//! A row's value matters only by how many of the forest's thresholds on its feature are not above
//! it: its rank. Ranks are found once per value and walked with; `value ≥ threshold` is exactly
//! `rank(value) ≥ rank(threshold)`. A tree of height `l ≤ 8` fills a complete binary tree whose
//! split `i` has the children `2i` and `2i + 1`, so that a node is four bytes, a position one, and
//! no step needs a child's address or a check of bounds.

use super::shape::{LANES, PLACES, complete, walk};
use super::tree::TreeDocument;

/// Rows scored together at most.
const MAX_ROWS: usize = 256;

/// Ranks in a block of rows: few enough to stay in the first-level cache beside a tree.
const BLOCK_RANKS: usize = 8_192;

/// Ranks that an offset of 16 bits and a row within the block can reach.
const REACH: usize = (1 << 16) + MAX_ROWS;

#[derive(Clone, Copy, Default)]
struct Split {
    /// Where the ranks of the feature begin in a block.
    offset: u16,
    /// Rows whose rank is below it go left.
    rank: u16,
}

struct CompleteTree {
    splits: [Split; PLACES],
    path_lengths: [f64; PLACES],
}

/// A forest that scores blocks of rows.
pub(super) struct RankedForest {
    rankings: Vec<Ranking>,
    trees: Vec<CompleteTree>,
    /// Rows of a block.
    rows: usize,
}

impl RankedForest {
    /// A forest of checked trees; `None` when a tree is higher than 8, or features or thresholds
    /// are more than 16 bits can tell apart.
    pub(super) fn new(trees: &[TreeDocument]) -> Option<Self> {
        let splits = || trees.iter().flat_map(TreeDocument::splits);
        let width = splits().map(|(feature, _)| feature + 1).max().unwrap_or(0);
        let mut thresholds = vec![Vec::new(); width];
        for (feature, threshold) in splits() {
            thresholds[feature].push(threshold);
        }
        let rankings: Vec<_> = thresholds.into_iter().map(Ranking::new).collect();
        let rows = (BLOCK_RANKS / width.max(1)).clamp(LANES, MAX_ROWS) / LANES * LANES;
        let too_many = rankings.iter().any(|it| it.thresholds.len() > usize::from(u16::MAX));
        if too_many || width * rows > 1 << 16 {
            return None;
        }
        let mut forest = Self { rankings, trees: Vec::new(), rows };
        for tree in trees {
            let complete = forest.complete(tree)?;
            forest.trees.push(complete);
        }
        Some(forest)
    }

    fn complete(&self, tree: &TreeDocument) -> Option<CompleteTree> {
        let (positions, path_lengths) = complete(&tree.shapes())?;
        let mut splits = [Split::default(); PLACES];
        for (index, (node, position)) in tree.nodes.iter().zip(positions).enumerate() {
            if node.child as usize != index {
                let feature = node.feature as usize;
                splits[position] = Split {
                    offset: (feature * self.rows) as u16,
                    rank: self.rankings[feature].rank(node.threshold),
                };
            }
        }
        Some(CompleteTree { splits, path_lengths })
    }

    /// Adds up `h(x)` over the trees, tree by tree, of each row; `columns` are the features.
    pub(super) fn path_sums(&self, rows: usize, columns: &[Vec<f64>]) -> Vec<f64> {
        let mut sums = vec![0.0; rows.next_multiple_of(LANES)];
        let mut ranks = vec![0_u16; REACH];
        for (block, sums) in sums.chunks_mut(self.rows).enumerate() {
            let start = block * self.rows;
            let end = (start + self.rows).min(rows);
            let places = ranks.chunks_exact_mut(self.rows);
            for ((ranking, column), places) in self.rankings.iter().zip(columns).zip(places) {
                for (place, &value) in places.iter_mut().zip(&column[start..end]) {
                    *place = ranking.rank(value);
                }
            }
            for tree in &self.trees {
                tree.add_path_lengths(&ranks, sums);
            }
        }
        sums.truncate(rows);
        sums
    }
}

impl CompleteTree {
    fn add_path_lengths(&self, ranks: &[u16], sums: &mut [f64]) {
        for (group, sums) in sums.chunks_exact_mut(LANES).enumerate() {
            let Some(ranks) = ranks[group * LANES..].first_chunk::<{ (1 << 16) + LANES }>() else {
                return;
            };
            walk(&self.path_lengths, sums, |position, lane| {
                let split = self.splits[position % PLACES];
                ranks[usize::from(split.offset) + lane % LANES] >= split.rank
            });
        }
    }
}

/// The thresholds on one feature, and a table of where to look for a value among them.
struct Ranking {
    /// Different thresholds, ascending.
    thresholds: Vec<f64>,
    low: f64,
    /// Cells per unit.
    scale: f64,
    /// How many thresholds lie in the cells before each.
    before: Vec<u16>,
}

impl Ranking {
    fn new(mut thresholds: Vec<f64>) -> Self {
        thresholds.sort_unstable_by(f64::total_cmp);
        thresholds.dedup();
        let low = thresholds.first().copied().unwrap_or(0.0);
        let high = thresholds.last().copied().unwrap_or(0.0);
        let cells = 2 * thresholds.len();
        let scale = cells as f64 / (high - low);
        let scale = if scale.is_finite() { scale } else { 0.0 };
        let mut ranking = Self { thresholds, low, scale, before: vec![0; cells + 2] };
        for &threshold in &ranking.thresholds {
            let count = &mut ranking.before[cell(low, scale, cells, threshold) + 1];
            *count = count.saturating_add(1);
        }
        for index in 1..ranking.before.len() {
            ranking.before[index] = ranking.before[index].saturating_add(ranking.before[index - 1]);
        }
        ranking
    }

    /// How many thresholds are not above a value. A threshold in an earlier cell is less than the
    /// value, because cells never descend.
    fn rank(&self, value: f64) -> u16 {
        let cell = cell(self.low, self.scale, self.before.len() - 2, value);
        let (start, end) = (self.before[cell], self.before[cell + 1]);
        let near = &self.thresholds[usize::from(start)..usize::from(end)];
        start + near.partition_point(|&threshold| threshold <= value) as u16
    }
}

/// The cell of a value; casts take what lies outside to the first and last cell.
fn cell(low: f64, scale: f64, cells: usize, value: f64) -> usize {
    (((value - low) * scale) as usize).min(cells)
}
