//! Exact nearest neighbours among the rows that a detector keeps, by Euclidean distance.
//!
//! [`ReferenceRows`] is a balanced k-d tree (Bentley 1975; Friedman, Bentley, Finkel 1977) whose
//! leaves hold [`LEAF_ROWS`] rows each. A node knows the box around its rows. A leaf is scanned
//! twice: first in single precision relative to its centre, feature by feature, which the compiler
//! turns into vector instructions, and which is left as soon as no row can come near enough,
//! features of widest spread first; then the few rows that the first scan cannot exclude, by a
//! bound of its rounding errors, in double precision. In many dimensions, where boxes exclude
//! little, it is a blocked scan of all rows.
//!
//! Neighbours are ordered by distance, equally far ones by row number, and so is what the search
//! leaves out: results do not depend on the tree, and thousands of repeated rows cost no more than
//! different ones. A box is never farther than a row in it, rounding included: both sum the same
//! features in the same order, and rounding is monotone.
#![expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]

mod build;
mod fitted;
mod levels;
mod reference;

#[cfg(test)]
mod detector_tests;
#[cfg(test)]
mod tests;

pub use self::fitted::{FittedNeighbours, NeighbourScore, Neighbourhood};
pub(super) use self::fitted::{cost_of_neighbours, neighbours_parameter, reference_rows_parameter};
pub use self::levels::LocalLevels;
pub use self::reference::{Reference, reference_rows};

use super::vectors::{VectorLoop, widest};

/// Rows in a leaf.
pub const LEAF_ROWS: usize = 64;

/// Features after which a scan looks whether it can leave a leaf.
const FEATURES_BETWEEN_LOOKS: usize = 16;

/// The number of a row that is not there: what fills the last leaf, and what ends an open list.
const NO_ROW: u32 = u32::MAX;

/// A row and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    /// Euclidean distance, squared.
    pub squared_distance: f64,
    /// The row's number.
    pub row: u32,
}

impl Neighbour {
    /// Beyond every row.
    const FARTHEST: Self = Self { squared_distance: f64::INFINITY, row: NO_ROW };

    /// Euclidean distance.
    pub fn distance(&self) -> f64 {
        self.squared_distance.sqrt()
    }

    fn is_before(&self, other: &Self) -> bool {
        self.squared_distance < other.squared_distance
            || (self.squared_distance == other.squared_distance && self.row < other.row)
    }
}

/// Rows that are searched for neighbours.
pub struct ReferenceRows {
    rows: usize,
    /// Features by falling spread.
    order: Vec<u32>,
    /// All rows by place, row-major, features in `order`.
    values: Vec<f64>,
    /// Per leaf its centre, features in `order`.
    centres: Vec<f64>,
    /// Per leaf the diagonal of the box around its rows.
    diagonals: Vec<f64>,
    /// Per leaf, feature and row: the value less the centre; infinite where there is no row.
    offsets: Vec<f32>,
    /// The row in each place of the leaves.
    row_at: Vec<u32>,
    /// The place of each row.
    place_of: Vec<u32>,
    /// By node (children of `i` are `2i + 1` and `2i + 2`): the boxes around its two children,
    /// per feature the lows of both, then their highs.
    boxes: Vec<[f64; 4]>,
    /// By node: the lowest row number of each child.
    first_rows: Vec<[u32; 2]>,
}

/// A node on the way down.
#[derive(Clone, Copy)]
struct Visit {
    node: u32,
    /// Its leaves.
    start: u32,
    end: u32,
    /// No row in it comes before this.
    nearest: Neighbour,
}

/// What a search works with, kept from one search to the next.
#[derive(Default)]
pub struct Search {
    /// The row searched for, features in the order of the tree.
    query: Vec<f64>,
    /// The same less the centre of the leaf at hand.
    offset: Vec<f32>,
    stack: Vec<Visit>,
    found: Vec<Neighbour>,
}

/// One search.
struct Searched<'a> {
    rows: &'a ReferenceRows,
    row: &'a [f64],
    search: &'a mut Search,
}

impl VectorLoop for Searched<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.rows.search(self.row, self.search);
    }
}

impl ReferenceRows {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of features.
    pub fn features(&self) -> usize {
        self.order.len()
    }

    /// A row's numbers, into `row` (cleared first).
    pub fn copy_row(&self, index: u32, row: &mut Vec<f64>) {
        row.clear();
        row.resize(self.features(), 0.0);
        for (&value, &feature) in
            self.at(self.place_of[index as usize] as usize).iter().zip(&self.order)
        {
            row[feature as usize] = value;
        }
    }

    /// The row at a place, features in `order`.
    fn at(&self, place: usize) -> &[f64] {
        &self.values[place * self.features()..][..self.features()]
    }

    /// The `count` nearest rows (all, when there are fewer), nearest first.
    pub fn nearest<'a>(
        &self,
        row: &[f64],
        count: usize,
        search: &'a mut Search,
    ) -> &'a [Neighbour] {
        let count = count.min(self.rows);
        search.found.clear();
        search.found.resize(count, Neighbour::FARTHEST);
        if count > 0 {
            widest(Searched { rows: self, row, search: &mut *search });
        }
        &search.found
    }

    /// The first row whose distance is zero.
    pub fn find(&self, row: &[f64], search: &mut Search) -> Option<u32> {
        search.found.clear();
        search.found.push(Neighbour { squared_distance: 0.0, row: NO_ROW });
        widest(Searched { rows: self, row, search: &mut *search });
        search.found.first().map(|found| found.row).filter(|&row| row != NO_ROW)
    }

    /// Replaces what `search.found` holds, a list in order, by rows that come before.
    #[inline(always)]
    fn search(&self, row: &[f64], search: &mut Search) {
        let Search { query, offset, stack, found } = search;
        query.clear();
        query.extend(self.order.iter().map(|&feature| row[feature as usize]));
        let leaves = self.row_at.len() / LEAF_ROWS;
        let nearest = Neighbour { squared_distance: 0.0, row: 0 };
        stack.push(Visit { node: 0, start: 0, end: leaves as u32, nearest });
        while let Some(mut visit) = stack.pop() {
            loop {
                if !found.last().is_some_and(|last| visit.nearest.is_before(last)) {
                    break;
                }
                if visit.end - visit.start == 1 {
                    self.scan(visit.start as usize, query, offset, found);
                    break;
                }
                let [near, far] = self.children(visit, query);
                if found.last().is_some_and(|last| far.nearest.is_before(last)) {
                    stack.push(far);
                }
                visit = near;
            }
        }
    }

    /// The children of a node, the nearer one first.
    #[inline(always)]
    fn children(&self, parent: Visit, query: &[f64]) -> [Visit; 2] {
        let node = parent.node as usize;
        let boxes = &self.boxes[node * self.features()..][..self.features()];
        let mut sums = [0.0; 2];
        for (&[low_left, low_right, high_left, high_right], &value) in boxes.iter().zip(query) {
            let below = [low_left - value, low_right - value];
            let above = [value - high_left, value - high_right];
            for child in 0..2 {
                let outside = larger(larger(below[child], above[child]), 0.0);
                sums[child] += outside * outside;
            }
        }
        let [first_left, first_right] = self.first_rows[node];
        let middle = build::middle(parent.start, parent.end);
        let left = Visit {
            node: 2 * parent.node + 1,
            start: parent.start,
            end: middle,
            nearest: Neighbour { squared_distance: sums[0], row: first_left },
        };
        let right = Visit {
            node: 2 * parent.node + 2,
            start: middle,
            end: parent.end,
            nearest: Neighbour { squared_distance: sums[1], row: first_right },
        };
        if right.nearest.is_before(&left.nearest) { [right, left] } else { [left, right] }
    }

    /// Takes what comes before the last of `found` out of a leaf.
    #[inline(always)]
    fn scan(&self, leaf: usize, query: &[f64], offset: &mut Vec<f32>, found: &mut [Neighbour]) {
        let Some(last) = found.last() else { return };
        let border = self.screening_border(leaf, query, offset, last.distance());
        let mut sums = [0.0; LEAF_ROWS];
        if border < f32::MAX {
            let width = self.features() * LEAF_ROWS;
            let offsets = &self.offsets[leaf * width..][..width];
            let looks = offsets.chunks(FEATURES_BETWEEN_LOOKS * LEAF_ROWS);
            for (offsets, offset) in looks.zip(offset.chunks(FEATURES_BETWEEN_LOOKS)) {
                add_squares(offsets, offset, &mut sums);
                if !any_within(&sums, border) {
                    return;
                }
            }
        }
        let rows = &self.row_at[leaf * LEAF_ROWS..][..LEAF_ROWS];
        for (index, (&sum, &row)) in sums.iter().zip(rows).enumerate() {
            if sum <= border && row != NO_ROW {
                let values = self.at(leaf * LEAF_ROWS + index);
                insert(found, Neighbour { squared_distance: squared_distance(values, query), row });
            }
        }
    }

    /// What the single precision sum of a row at most `distance` away cannot exceed.
    ///
    /// With u = 2⁻²⁴, p the query and o a row, both less the centre, rounding both and their
    /// difference moves the difference by at most 2u (|p| + |o|), and summing d squares changes the
    /// sum by a factor within 1 ± (d + 2) u; twice of both is allowed. As a leaf is scanned only
    /// when its box is no farther than `distance`, |p| is at most that plus the box's diagonal.
    /// The smallest normal number covers what squares near zero lose. Where single precision could
    /// overflow there is no border.
    #[inline(always)]
    fn screening_border(
        &self,
        leaf: usize,
        query: &[f64],
        offset: &mut Vec<f32>,
        distance: f64,
    ) -> f32 {
        let centre = &self.centres[leaf * self.features()..][..self.features()];
        offset.clear();
        offset.extend(query.iter().zip(centre).map(|(value, centre)| (value - centre) as f32));
        let unit = f64::from(f32::EPSILON);
        let reach = distance + 2.0 * self.diagonals[leaf];
        let border = (distance + 2.0 * unit * reach) * (1.0 + unit * (query.len() + 2) as f64);
        if reach < 1e15 && border < 1e15 {
            ((border * border) as f32).next_up() + f32::MIN_POSITIVE
        } else {
            f32::INFINITY
        }
    }
}

/// Adds the squared differences between the rows of a leaf and a query, feature by feature.
#[inline(always)]
fn add_squares(offsets: &[f32], query: &[f32], sums: &mut [f32; LEAF_ROWS]) {
    let mut running = *sums;
    let (columns, _) = offsets.as_chunks::<LEAF_ROWS>();
    for (column, &value) in columns.iter().zip(query) {
        for (sum, other) in running.iter_mut().zip(column) {
            let difference = other - value;
            *sum += difference * difference;
        }
    }
    *sums = running;
}

/// Whether a sum is within the border; looks at all, which takes fewer instructions.
#[inline(always)]
fn any_within(sums: &[f32; LEAF_ROWS], border: f32) -> bool {
    sums.iter().fold(f32::INFINITY, |least, &sum| if sum < least { sum } else { least }) <= border
}

/// Squared Euclidean distance, summed in order.
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| {
        let difference = a - b;
        sum + difference * difference
    })
}

/// The larger of two numbers: `f64::max` without its care for NaN, one instruction.
#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Puts a row into its place in the list, whose last one goes.
#[inline(always)]
fn insert(found: &mut [Neighbour], candidate: Neighbour) {
    let mut place = found.len();
    while place > 0 && candidate.is_before(&found[place - 1]) {
        place -= 1;
        if place + 1 < found.len() {
            found[place + 1] = found[place];
        }
    }
    if place < found.len() {
        found[place] = candidate;
    }
}
