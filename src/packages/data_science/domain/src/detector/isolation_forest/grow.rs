use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::tree::{NodeDocument, TreeDocument};
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
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(index);
    let rows = sample(&mut random, features.rows() as u64, u64::from(sample_rows));
    let mut grower = Grower {
        sampled: features
            .columns()
            .iter()
            .map(|column| rows.iter().map(|&row| column[row]).collect())
            .collect(),
        candidates: (0..features.features()).collect(),
        height_limit: sample_rows.max(1).next_power_of_two().ilog2(),
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

/// Moves the rows that go left to the front; returns how many there are.
fn partition(rows: &mut [u32], goes_left: impl Fn(u32) -> bool) -> usize {
    let mut left = 0;
    for index in 0..rows.len() {
        if goes_left(rows[index]) {
            rows.swap(left, index);
            left += 1;
        }
    }
    left
}

/// `count` different numbers below `population`, ascending (Floyd's algorithm).
pub(in crate::detector) fn sample(
    random: &mut ChaCha8Rng,
    population: u64,
    count: u64,
) -> Vec<usize> {
    let mut chosen = BTreeSet::new();
    for upper in population - count.min(population)..population {
        let candidate = below(random, upper + 1);
        if !chosen.insert(candidate) {
            chosen.insert(upper);
        }
    }
    chosen.into_iter().map(|row| row as usize).collect()
}

/// A uniform number below `bound`, at least 1, without bias (Lemire 2019).
fn below(random: &mut ChaCha8Rng, bound: u64) -> u64 {
    loop {
        let product = u128::from(random.next_u64()) * u128::from(bound);
        let low = product as u64;
        if low >= bound || low >= bound.wrapping_neg() % bound {
            return (product >> 64) as u64;
        }
    }
}

/// A uniform number in [0, 1) with 53 random bits.
fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_holds_different_rows_and_reaches_every_row() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut seen = [0_u32; 20];
        for _ in 0..400 {
            let rows = sample(&mut random, 20, 8);
            assert_eq!(rows.len(), 8);
            assert!(rows.windows(2).all(|pair| pair[0] < pair[1]));
            for row in rows {
                seen[row] += 1;
            }
        }
        // Expected 160 each, standard deviation below 10.
        assert!(seen.iter().all(|&count| (110..=210).contains(&count)), "{seen:?}");
    }

    #[test]
    fn a_sample_of_everything_is_everything() {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        assert_eq!(sample(&mut random, 5, 5), [0, 1, 2, 3, 4]);
    }
}
