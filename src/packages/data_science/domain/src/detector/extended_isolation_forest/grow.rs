use rand_chacha::ChaCha8Rng;

use super::TERMS;
use super::tree::{NodeDocument, Split, Term, TreeDocument};
use crate::detector::isolation_forest::shape::{height_limit, partition};
use crate::detector::random::{below, normal, sample, stream, unit};
use crate::matrix::FeatureMatrix;

/// Grows tree `index` of a forest from `sample_rows` rows drawn without replacement.
pub(super) fn grow(
    features: &FeatureMatrix,
    sample_rows: u32,
    seed: u64,
    index: u64,
) -> TreeDocument {
    let mut grower = Grower::new(features, sample_rows, seed, index);
    grower.tree(height_limit(sample_rows), Grower::draw_split)
}

/// Grows one tree: the rows it sees, and its random stream.
pub(in crate::detector) struct Grower {
    /// The sampled rows, by column.
    sampled: Vec<Vec<f64>>,
    /// All features, in an order that draws keep shuffling.
    candidates: Vec<usize>,
    random: ChaCha8Rng,
}

impl Grower {
    /// For tree `index` of a forest, with `sample_rows` rows drawn without replacement.
    pub(in crate::detector) fn new(
        features: &FeatureMatrix,
        sample_rows: u32,
        seed: u64,
        index: u64,
    ) -> Self {
        let mut random = stream(seed, index);
        let rows = sample(&mut random, features.rows() as u64, u64::from(sample_rows));
        let pick = |column: &Vec<f64>| rows.iter().map(|&row| column[row]).collect();
        Self {
            sampled: features.columns().iter().map(pick).collect(),
            candidates: (0..features.features()).collect(),
            random,
        }
    }

    /// The tree whose nodes above `height_limit` are split by what `find_split` finds for their rows,
    /// which must leave a row on either side.
    pub(in crate::detector) fn tree(
        &mut self,
        height_limit: u32,
        mut find_split: impl FnMut(&mut Self, &[u32]) -> Option<Split>,
    ) -> TreeDocument {
        let leaf = |index: usize, rows: usize| NodeDocument {
            child: index as u32,
            rows: rows as u32,
            split: None,
        };
        let sample_rows = self.sampled.first().map_or(0, Vec::len);
        let mut rows: Vec<u32> = (0..sample_rows as u32).collect();
        let mut nodes = vec![leaf(0, rows.len())];
        // Nodes still to be split: index, their rows as a range of `rows`, depth.
        let mut open = vec![(0_usize, 0_usize, rows.len(), 0_u32)];
        while let Some((index, start, end, depth)) = open.pop() {
            if end - start < 2 || depth >= height_limit {
                continue;
            }
            let Some(split) = find_split(self, &rows[start..end]) else { continue };
            let left =
                partition(&mut rows[start..end], |row| self.project(&split, row) < split.threshold);
            let (child, middle) = (nodes.len(), start + left);
            nodes[index].child = child as u32;
            nodes[index].split = Some(split);
            nodes.push(leaf(child, middle - start));
            nodes.push(leaf(child + 1, end - middle));
            open.push((child + 1, middle, end, depth + 1));
            open.push((child, start, middle, depth + 1));
        }
        TreeDocument { nodes }
    }

    /// The projection of one of the sampled rows.
    pub(in crate::detector) fn project(&self, split: &Split, row: u32) -> f64 {
        split.project(|feature| self.sampled[feature][row as usize])
    }

    /// A random direction across features that vary among the rows, still without a threshold; of no
    /// feature when none varies.
    pub(in crate::detector) fn draw_direction(&mut self, rows: &[u32]) -> Split {
        let mut split = Split::default();
        let (count, mut filled) = (self.candidates.len(), 0);
        for drawn in 0..count {
            if filled == TERMS {
                break;
            }
            let chosen = drawn + below(&mut self.random, (count - drawn) as u64) as usize;
            self.candidates.swap(drawn, chosen);
            let feature = self.candidates[drawn];
            let scale = 1.0 / standard_deviation(&self.sampled[feature], rows);
            if scale.is_finite() && scale > 0.0 {
                let coefficient = normal(&mut self.random) * scale;
                split.terms[filled] = Term { feature: feature as u32, coefficient };
                filled += 1;
            }
        }
        split
    }

    /// A random hyperplane that parts the rows; `None` when no feature varies among them.
    fn draw_split(&mut self, rows: &[u32]) -> Option<Split> {
        let mut split = self.draw_direction(rows);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for &row in rows {
            let projection = self.project(&split, row);
            low = low.min(projection);
            high = high.max(projection);
        }
        if !(low < high && low.is_finite() && high.is_finite()) {
            return None;
        }
        let u = unit(&mut self.random);
        // Written so that it cannot overflow; both sides get a row because low < t ≤ high.
        let threshold = low * (1.0 - u) + high * u;
        let parts = threshold > low && threshold <= high;
        split.threshold = if parts { threshold } else { high };
        Some(split)
    }
}

/// The standard deviation of a feature over some rows; 0 when it is constant.
fn standard_deviation(values: &[f64], rows: &[u32]) -> f64 {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for &row in rows {
        low = low.min(values[row as usize]);
        high = high.max(values[row as usize]);
    }
    // In units of half the range, so that squares neither overflow nor vanish.
    let unit = high / 2.0 - low / 2.0;
    if unit.is_nan() || unit <= 0.0 {
        return 0.0;
    }
    let (mut sum, mut squares) = (0.0, 0.0);
    for &row in rows {
        let scaled = (values[row as usize] / 2.0 - low / 2.0) / unit - 0.5;
        sum += scaled;
        squares += scaled * scaled;
    }
    let n = rows.len() as f64;
    let mean = sum / n;
    (squares / n - mean * mean).max(0.0).sqrt() * unit * 2.0
}
