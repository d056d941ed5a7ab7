//! What forests of hyperplanes share, however their trees are grown and walked.
#![expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]

use shared_kernel_domain::{Error, Result};

use super::tree::{MAX_ROWS, TreeDocument, block_rows};
use crate::detector::isolation_forest::shape::{LANES, score_of_mean_path};
use crate::detector::vectors::{VectorLoop, widest};
use crate::matrix::FeatureMatrix;

/// Trees that a stored forest may have at most.
const MAX_TREES: usize = 10_000;

/// A tree that is walked by many rows at a time.
pub(in crate::detector) trait Walked {
    /// Adds `h(x)` of each row of a column-major block.
    fn add_path_lengths(&self, block: &[f64], sums: &mut [f64]);
}

/// The score of every row by trees that each saw `sample_rows` rows.
pub(in crate::detector) fn scores(
    features: &FeatureMatrix,
    trees: &[impl Walked],
    sample_rows: u32,
) -> Vec<f64> {
    let tree_count = trees.len() as f64;
    let rows = block_rows(features.features());
    let mut block = vec![0.0; features.features() * rows + MAX_ROWS];
    let mut scores = vec![0.0; features.rows().next_multiple_of(LANES)];
    for (index, scores) in scores.chunks_mut(rows).enumerate() {
        let start = index * rows;
        let end = (start + rows).min(features.rows());
        for (column, values) in features.columns().iter().zip(block.chunks_exact_mut(rows)) {
            values[..end - start].copy_from_slice(&column[start..end]);
        }
        widest(BlockWalk { trees, block: &block, scores: &mut *scores });
        for score in scores.iter_mut() {
            *score = score_of_mean_path(*score / tree_count, sample_rows);
        }
    }
    scores.truncate(features.rows());
    scores
}

/// One block of rows in all trees.
struct BlockWalk<'a, T> {
    trees: &'a [T],
    block: &'a [f64],
    scores: &'a mut [f64],
}

impl<T: Walked> VectorLoop for BlockWalk<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for tree in self.trees {
            tree.add_path_lengths(self.block, self.scores);
        }
    }
}

/// What each feature of a row contributes on average over trees.
pub(in crate::detector) fn contributions(
    row: &[f64],
    trees: &[TreeDocument],
    medians: &[f64],
) -> Vec<f64> {
    let mut contributions = vec![0.0; row.len()];
    for tree in trees {
        tree.add_contributions(row, medians, &mut contributions);
    }
    for part in &mut contributions {
        *part /= trees.len() as f64;
    }
    contributions
}

/// Refuses a stored forest that cannot be one of so many features; `name` says which it is.
pub(in crate::detector) fn check(
    name: &str,
    trees: &[TreeDocument],
    sample_rows: u32,
    medians: &[f64],
    features: usize,
) -> Result<()> {
    if medians.len() != features || medians.iter().any(|median| !median.is_finite()) {
        return Err(Error::input(format!("the {name} in the model lacks medians")));
    }
    if trees.is_empty() || trees.len() > MAX_TREES {
        return Err(Error::input(format!("the {name} in the model has {} trees", trees.len())));
    }
    trees.iter().try_for_each(|tree| tree.check(sample_rows, features))
}

/// The lower median of each feature.
pub(in crate::detector) fn medians(features: &FeatureMatrix) -> Vec<f64> {
    features.columns().iter().map(|column| median(column)).collect()
}

fn median(column: &[f64]) -> f64 {
    let mut values = column.to_vec();
    let middle = values.len().saturating_sub(1) / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f64::total_cmp).1 }
}
