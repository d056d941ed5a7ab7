use crate::detector::linear_algebra::{Cholesky, SquareMatrix, dot, symmetric_eigen};
use shared_kernel_domain::Result;

/// A direction with a smaller share of the widest one's variance has none but rounding.
const NO_VARIANCE: f64 = 1e-10;

/// Nor has one with a smaller variance, in squares of scaled units: distances stay finite.
const LEAST_VARIANCE: f64 = 1e-100;

/// Rows that a covariance centres at a time.
const BLOCK_ROWS: usize = 64;

/// A centre and a covariance, ready to measure squared Mahalanobis distances.
///
/// Directions without variance do not count: the distance is that of the pseudo-inverse.
#[derive(Clone, Debug)]
pub(super) struct Ellipsoid {
    pub(super) centre: Vec<f64>,
    /// `rank × features`, row-major: the squared length of `W (x − centre)` is the distance.
    pub(super) whitening: Vec<f64>,
    /// The logarithm of the product of the variances that count.
    pub(super) log_determinant: f64,
}

impl Ellipsoid {
    /// Mean and maximum-likelihood covariance of some rows of row-major data.
    pub(super) fn of(data: &[f64], width: usize, rows: &[u32]) -> Result<Self> {
        let centre = mean(data, width, rows);
        let covariance = covariance(data, width, rows, &centre);
        let varies = (0..width).all(|feature| covariance.row(feature)[feature] > LEAST_VARIANCE);
        if let Some(cholesky) = varies.then(|| Cholesky::of(&covariance)).flatten() {
            let log_determinant = cholesky.log_determinant();
            let whitening = cholesky.inverse_lower().entries().to_vec();
            return Ok(Self { centre, whitening, log_determinant });
        }
        let eigen = symmetric_eigen(&covariance)?;
        let least =
            (NO_VARIANCE * eigen.values.first().copied().unwrap_or(0.0)).max(LEAST_VARIANCE);
        let counts = |value: &f64| *value > least;
        let mut whitening = Vec::new();
        let mut log_determinant = 0.0;
        for (place, value) in eigen.values.iter().copied().take_while(counts).enumerate() {
            whitening.extend(eigen.vectors.row(place).iter().map(|entry| entry / value.sqrt()));
            log_determinant += value.ln();
        }
        Ok(Self { centre, whitening, log_determinant })
    }

    /// Directions that count.
    pub(super) fn rank(&self) -> usize {
        self.whitening.len() / self.centre.len().max(1)
    }

    /// The same ellipsoid with its covariance multiplied.
    pub(super) fn scaled(mut self, factor: f64) -> Self {
        self.log_determinant += factor.ln() * self.rank() as f64;
        for entry in &mut self.whitening {
            *entry /= factor.sqrt();
        }
        self
    }

    /// `(x − centre)ᵀ Σ⁻¹ (x − centre)`; `centred` is room for a row.
    pub(super) fn squared_distance(&self, row: &[f64], centred: &mut [f64]) -> f64 {
        for ((centred, value), centre) in centred.iter_mut().zip(row).zip(&self.centre) {
            *centred = value - centre;
        }
        let whitening = self.whitening.chunks_exact(centred.len().max(1));
        whitening.map(|direction| dot(direction, centred).powi(2)).sum()
    }

    /// Squared distances of all rows.
    pub(super) fn squared_distances(&self, data: &[f64]) -> Vec<f64> {
        let width = self.centre.len().max(1);
        let mut centred = vec![0.0; width];
        data.chunks_exact(width).map(|row| self.squared_distance(row, &mut centred)).collect()
    }
}

fn row_of(data: &[f64], width: usize, row: u32) -> &[f64] {
    &data[row as usize * width..][..width]
}

fn mean(data: &[f64], width: usize, rows: &[u32]) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    for &row in rows {
        for (sum, value) in sums.iter_mut().zip(row_of(data, width, row)) {
            *sum += value;
        }
    }
    for sum in &mut sums {
        *sum /= rows.len().max(1) as f64;
    }
    sums
}

fn covariance(data: &[f64], width: usize, rows: &[u32], centre: &[f64]) -> SquareMatrix {
    let mut sums = SquareMatrix::zeros(width);
    let mut block = vec![[0.0; BLOCK_ROWS]; width];
    for rows in rows.chunks(BLOCK_ROWS) {
        for (place, &row) in rows.iter().enumerate() {
            let row = row_of(data, width, row);
            for ((centred, value), centre) in block.iter_mut().zip(row).zip(centre) {
                centred[place] = value - centre;
            }
        }
        for (index, left) in block.iter().enumerate() {
            for (sum, right) in sums.row_mut(index)[..=index].iter_mut().zip(&block) {
                *sum += dot(&left[..rows.len()], &right[..rows.len()]);
            }
        }
    }
    sums.scale(1.0 / rows.len().max(1) as f64);
    sums
}
