use rand_chacha::ChaCha8Rng;

use super::shape::{height_limit, partition};
use super::tree::{NodeDocument, TreeDocument};
use crate::detector::random::{below, sample, stream, unit};
use crate::matrix::FeatureMatrix;

/// Grows tree `index` of a forest from `sample_rows` rows drawn without replacement.
///
/// The random stream depends on the seed and the tree's index only, so trees can grow anywhere
/// and in any order.
pub(super) fn grow(
    features: &FeatureMatrix,
    sample_rows: u32,
    seed: u64,
    index: u64,
) -> TreeDocument {
    let mut random = stream(seed, index);
    let rows = sample(&mut random, features.rows() as u64, u64::from(sample_rows));
    let mut grower = Grower {
        sampled: features
            .columns()
            .iter()
            .map(|column| rows.iter().map(|&row| column[row]).collect())
            .collect(),
        candidates: (0..features.features()).collect(),
        height_limit: height_limit(sample_rows),
        random,
    };
    grower.tree(sample_rows)
}

struct Grower {
    /// The sampled rows, by column.
    sampled: Vec<Vec<f64>>,
    /// All features, in an order that draws keep shuffling.
    candidates: Vec<usize>,
    /// `l = ⌈log₂ ψ⌉`.
    height_limit: u32,
    random: ChaCha8Rng,
}

struct Split {
    feature: usize,
    threshold: f64,
}

impl Grower {
    fn tree(&mut self, sample_rows: u32) -> TreeDocument {
        let leaf = |index: usize, rows: usize| NodeDocument {
            feature: 0,
            threshold: 0.0,
            child: index as u32,
            rows: rows as u32,
        };
        let mut rows: Vec<u32> = (0..sample_rows).collect();
        let mut nodes = vec![leaf(0, rows.len())];
        // Nodes still to be split: index, their rows as a range of `rows`, depth.
        let mut open = vec![(0_usize, 0_usize, rows.len(), 0_u32)];
        while let Some((index, start, end, depth)) = open.pop() {
            if end - start < 2 || depth >= self.height_limit {
                continue;
            }
            let Some(split) = self.draw_split(&rows[start..end]) else { continue };
            let values = &self.sampled[split.feature];
            let middle = start
                + partition(&mut rows[start..end], |row| values[row as usize] < split.threshold);
            let child = nodes.len();
            nodes[index] = NodeDocument {
                feature: split.feature as u32,
                threshold: split.threshold,
                child: child as u32,
                rows: (end - start) as u32,
            };
            nodes.push(leaf(child, middle - start));
            nodes.push(leaf(child + 1, end - middle));
            open.push((child + 1, middle, end, depth + 1));
            open.push((child, start, middle, depth + 1));
        }
        TreeDocument { nodes }
    }

    /// A random feature that is not constant in `rows`, and a threshold that parts them; `None`
    /// when all features are constant.
    fn draw_split(&mut self, rows: &[u32]) -> Option<Split> {
        let count = self.candidates.len();
        for drawn in 0..count {
            let chosen = drawn + below(&mut self.random, (count - drawn) as u64) as usize;
            self.candidates.swap(drawn, chosen);
            let feature = self.candidates[drawn];
            let (low, high) = range(&self.sampled[feature], rows);
            if low < high {
                let u = unit(&mut self.random);
                // Written so that it cannot overflow; both sides get a row because low < t ≤ high.
                let threshold = low * (1.0 - u) + high * u;
                let parts = threshold > low && threshold <= high;
                return Some(Split { feature, threshold: if parts { threshold } else { high } });
            }
        }
        None
    }
}

fn range(values: &[f64], rows: &[u32]) -> (f64, f64) {
    let mut low = f64::INFINITY;
    let mut high = f64::NEG_INFINITY;
    for &row in rows {
        let value = values[row as usize];
        low = low.min(value);
        high = high.max(value);
    }
    (low, high)
}
