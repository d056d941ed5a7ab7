//! Small dense linear algebra: dot products, covariances, Cholesky factors, symmetric eigenvalues.
//!
//! Matrices are square and row-major; sizes are numbers of features, so tens to a few thousands.
//! Every sum has one fixed order, so the same numbers give the same bits on every machine. (Why
//! not `faer`: 130 CPU seconds to compile, for two factorisations.)

mod cholesky;
mod eigen;

use crate::matrix::FeatureMatrix;

pub(super) use cholesky::Cholesky;
pub(super) use eigen::symmetric_eigen;

/// Partial sums of a [`dot`]: what two vector registers hold.
const LANES: usize = 8;

/// Rows that [`covariance`] centres at a time.
const BLOCK_ROWS: usize = 64;

/// `Σ aᵢ bᵢ` over the shorter of two slices, in a fixed order.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, a_rest) = a[..length].as_chunks::<LANES>();
    let (b, b_rest) = b[..length].as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// `Σ (aᵢ − bᵢ)²` over the shorter of two slices, in a fixed order.
#[inline]
pub(super) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    let length = a.len().min(b.len());
    let (a, a_rest) = a[..length].as_chunks::<LANES>();
    let (b, b_rest) = b[..length].as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += (a[lane] - b[lane]) * (a[lane] - b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| (a - b) * (a - b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// `target += factor · source`, over the shorter of two slices.
#[inline]
pub(super) fn add_scaled(target: &mut [f64], factor: f64, source: &[f64]) {
    for (target, source) in target.iter_mut().zip(source) {
        *target += factor * source;
    }
}

/// A square matrix, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SquareMatrix {
    size: usize,
    entries: Vec<f64>,
}

impl SquareMatrix {
    /// All zero.
    pub(super) fn zeros(size: usize) -> Self {
        Self { size, entries: vec![0.0; size * size] }
    }

    /// For tests: from its `size × size` entries, row by row.
    #[cfg(test)]
    pub(super) fn from_entries(size: usize, entries: Vec<f64>) -> Self {
        assert_eq!(entries.len(), size * size);
        Self { size, entries }
    }

    /// Rows, and columns.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Row `index`.
    pub(super) fn row(&self, index: usize) -> &[f64] {
        &self.entries[index * self.size..][..self.size]
    }

    /// Row `index`, to be changed.
    pub(super) fn row_mut(&mut self, index: usize) -> &mut [f64] {
        &mut self.entries[index * self.size..][..self.size]
    }

    /// All entries, row by row.
    pub(super) fn entries(&self) -> &[f64] {
        &self.entries
    }

    /// Multiplies every entry.
    pub(super) fn scale(&mut self, factor: f64) {
        for entry in &mut self.entries {
            *entry *= factor;
        }
    }

    /// Copies what lies below the diagonal above it.
    fn mirror_lower(&mut self) {
        for row in 0..self.size {
            for column in 0..row {
                self.entries[column * self.size + row] = self.entries[row * self.size + column];
            }
        }
    }
}

/// The mean of each column.
pub(super) fn column_means(features: &FeatureMatrix) -> Vec<f64> {
    let rows = features.rows().max(1) as f64;
    features.columns().iter().map(|column| column.iter().sum::<f64>() / rows).collect()
}

/// `Σ (x − center)(x − center)ᵀ / divisor` over all rows; divide by n for the maximum-likelihood
/// covariance, by n − 1 for the unbiased one.
pub(super) fn covariance(features: &FeatureMatrix, center: &[f64], divisor: f64) -> SquareMatrix {
    let mut sums = SquareMatrix::zeros(features.features());
    let mut block = vec![[0.0; BLOCK_ROWS]; features.features()];
    for start in (0..features.rows()).step_by(BLOCK_ROWS) {
        let length = BLOCK_ROWS.min(features.rows() - start);
        for ((centred, column), center) in block.iter_mut().zip(features.columns()).zip(center) {
            centred[length..].fill(0.0);
            for (centred, value) in centred.iter_mut().zip(&column[start..start + length]) {
                *centred = value - center;
            }
        }
        for (index, left) in block.iter().enumerate() {
            for (sum, right) in sums.row_mut(index)[..=index].iter_mut().zip(&block) {
                *sum += dot(left, right);
            }
        }
    }
    sums.mirror_lower();
    sums.scale(1.0 / divisor);
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn dots_and_covariances_are_their_sums(
            columns in (1_usize..200, 1_usize..6).prop_flat_map(|(rows, features)| {
                prop::collection::vec(prop::collection::vec(-9.0..9.0_f64, rows), features)
            }),
        ) {
            let rows = columns[0].len();
            let features = FeatureMatrix::from_columns(rows, columns.clone()).unwrap();
            let means = column_means(&features);
            let found = covariance(&features, &means, rows as f64);
            for (i, a) in columns.iter().enumerate() {
                for (j, b) in columns.iter().enumerate() {
                    let slow: f64 =
                        a.iter().zip(b).map(|(x, y)| (x - means[i]) * (y - means[j])).sum();
                    prop_assert!((found.row(i)[j] - slow / rows as f64).abs() < 1e-12);
                    let plain: f64 = a.iter().zip(b).map(|(x, y)| x * y).sum();
                    prop_assert!((dot(a, b) - plain).abs() < 1e-9);
                    let apart = dot(a, a) + dot(b, b) - 2.0 * plain;
                    prop_assert!((squared_distance(a, b) - apart).abs() < 1e-9);
                }
            }
        }
    }
}
