//! Scoring many rows fast: the same paths as a walk node by node, found with small integers.
//!
//! A row's value matters only by how many of the forest's thresholds on its feature are not above
//! it: its rank. Ranks are found once per value and walked with; `value ≥ threshold` is exactly
//! `rank(value) ≥ rank(threshold)`. A tree of height `l ≤ 8` fills a complete binary tree whose
//! split `i` has the children `2i` and `2i + 1`, so that a node is four bytes, a position one, and
//! no step needs a child's address or a check of bounds.
//!
//! The upper levels have so few splits that all of them are compared with 16 rows at a time, of which
//! each then takes the one on its path: a comparison, a selection and no address for 16 rows.
#![expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]

use super::shape::{HEIGHT, LANES, PLACES, complete};
use super::tree::TreeDocument;
use crate::detector::vectors::{VectorLoop, widest};

/// Rows scored together at most.
const MAX_ROWS: usize = 256;

/// Ranks in a block of rows: few enough to stay in the first-level cache beside a tree.
const BLOCK_RANKS: usize = 8_192;

/// Ranks that an offset of 16 bits and a row within the block can reach.
const REACH: usize = (1 << 16) + MAX_ROWS;

/// Ranks that an offset of 16 bits and a lane can reach.
const LANE_REACH: usize = (1 << 16) + LANES;

/// Levels of which all splits are compared: below, one visit costs less than half a level.
const UPPER_LEVELS: usize = 5;

/// Thresholds that a search for a rank compares at once, without a branch.
const COMPARED: usize = 4;

/// For each lane all bits or none.
type Mask = [u16; LANES];

/// A split: in the low half where the ranks of its feature begin in a block, in the high half the
/// rank below which rows go left.
#[derive(Clone, Copy, Default)]
struct Split(u32);

impl Split {
    fn new(offset: u16, rank: u16) -> Self {
        Self(u32::from(rank) << 16 | u32::from(offset))
    }

    #[inline]
    fn offset(self) -> usize {
        usize::from(self.0 as u16)
    }

    #[inline]
    fn rank(self) -> u16 {
        (self.0 >> 16) as u16
    }
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
        let too_many =
            rankings.iter().any(|it| it.thresholds.len() - COMPARED > usize::from(u16::MAX));
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
                let rank = self.rankings[feature].rank(node.threshold);
                splits[position] = Split::new((feature * self.rows) as u16, rank);
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
            widest(BlockWalk { trees: &self.trees, ranks: &ranks, sums });
        }
        sums.truncate(rows);
        sums
    }
}

impl CompleteTree {
    #[inline(always)]
    fn add_path_lengths(&self, ranks: &[u16], sums: &mut [f64]) {
        for (group, sums) in sums.chunks_exact_mut(LANES).enumerate() {
            let Some(ranks) = ranks[group * LANES..].first_chunk::<LANE_REACH>() else { return };
            let mut positions = self.upper_levels(ranks);
            for _ in UPPER_LEVELS..HEIGHT as usize {
                for (lane, position) in positions.iter_mut().enumerate() {
                    let split = self.splits[usize::from(*position) % PLACES];
                    let right = ranks[split.offset() + lane % LANES] >= split.rank();
                    *position = *position << 1 | u16::from(right);
                }
            }
            for (sum, position) in sums.iter_mut().zip(positions) {
                *sum += self.path_lengths[usize::from(position) % PLACES];
            }
        }
    }

    /// The positions of some rows after the upper levels.
    #[inline(always)]
    fn upper_levels(&self, ranks: &[u16; LANE_REACH]) -> [u16; LANES] {
        let first = self.goes_right(ranks, 1);
        let second = self.second(ranks, 1, first);
        let third = self.third(ranks, 1, [first, second]);
        let fourth = self.fourth(ranks, 1, [first, second, third]);
        let fifth = self.fifth(ranks, [first, second, third, fourth]);
        let mut positions = [1 << UPPER_LEVELS; LANES];
        for (lane, position) in positions.iter_mut().enumerate() {
            *position |= first[lane] & 16
                | second[lane] & 8
                | third[lane] & 4
                | fourth[lane] & 2
                | fifth[lane] & 1;
        }
        positions
    }

    /// What the split at a position says of some rows.
    #[inline(always)]
    fn goes_right(&self, ranks: &[u16; LANE_REACH], position: usize) -> Mask {
        let split = self.splits[position];
        let mut right = [0; LANES];
        for (lane, right) in right.iter_mut().enumerate() {
            *right = if ranks[split.offset() + lane] >= split.rank() { u16::MAX } else { 0 };
        }
        right
    }

    /// What the splits below a position say, each row having gone where `went` tells.
    #[inline(always)]
    fn second(&self, ranks: &[u16; LANE_REACH], position: usize, went: Mask) -> Mask {
        let [left, right] = [2 * position, 2 * position + 1].map(|it| self.goes_right(ranks, it));
        select(went, right, left)
    }

    /// What the splits two levels below a position say.
    #[inline(always)]
    fn third(&self, ranks: &[u16; LANE_REACH], position: usize, went: [Mask; 2]) -> Mask {
        let [first, rest] = went;
        let left = self.second(ranks, 2 * position, rest);
        select(first, self.second(ranks, 2 * position + 1, rest), left)
    }

    /// What the splits three levels below a position say.
    #[inline(always)]
    fn fourth(&self, ranks: &[u16; LANE_REACH], position: usize, went: [Mask; 3]) -> Mask {
        let [first, rest @ ..] = went;
        let left = self.third(ranks, 2 * position, rest);
        select(first, self.third(ranks, 2 * position + 1, rest), left)
    }

    /// What the splits four levels below the root say.
    #[inline(always)]
    fn fifth(&self, ranks: &[u16; LANE_REACH], went: [Mask; 4]) -> Mask {
        let [first, rest @ ..] = went;
        let left = self.fourth(ranks, 2, rest);
        select(first, self.fourth(ranks, 3, rest), left)
    }
}

/// Of each lane what `yes` or what `no` has.
#[inline(always)]
fn select(mask: Mask, yes: Mask, no: Mask) -> Mask {
    let mut taken = [0; LANES];
    for (lane, taken) in taken.iter_mut().enumerate() {
        *taken = yes[lane] & mask[lane] | no[lane] & !mask[lane];
    }
    taken
}

/// One block of rows in all trees.
struct BlockWalk<'a> {
    trees: &'a [CompleteTree],
    ranks: &'a [u16],
    sums: &'a mut [f64],
}

impl VectorLoop for BlockWalk<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for tree in self.trees {
            tree.add_path_lengths(self.ranks, self.sums);
        }
    }
}

/// The thresholds on one feature, and a table of where to look for a value among them.
struct Ranking {
    /// Different thresholds, ascending, followed by [`COMPARED`] infinities.
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
        ranking.thresholds.extend([f64::INFINITY; COMPARED]);
        ranking
    }

    /// How many thresholds are not above a value. A threshold in an earlier cell is less than the
    /// value, because cells never descend.
    fn rank(&self, value: f64) -> u16 {
        let cell = cell(self.low, self.scale, self.before.len() - 2, value);
        let (start, end) = (self.before[cell], self.before[cell + 1]);
        let near = &self.thresholds[usize::from(start)..];
        match near.first_chunk::<COMPARED>() {
            // Thresholds of later cells are above the value, so comparing a few of them too counts none.
            Some(near) if usize::from(end - start) <= COMPARED => {
                start + near.iter().map(|&threshold| u16::from(threshold <= value)).sum::<u16>()
            }
            _ => {
                let near = &near[..usize::from(end - start)];
                start + near.partition_point(|&threshold| threshold <= value) as u16
            }
        }
    }
}

/// The cell of a value; casts take what lies outside to the first and last cell.
fn cell(low: f64, scale: f64, cells: usize, value: f64) -> usize {
    (((value - low) * scale) as usize).min(cells)
}
