use super::{SquareMatrix, dot};

/// A pivot below this share of its diagonal entry is rounding: the matrix is singular.
const SINGULAR: f64 = 1e-12;

/// The lower triangle `L` with `A = L Lᵀ` of a symmetric positive definite matrix `A`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cholesky {
    lower: SquareMatrix,
}

impl Cholesky {
    /// Factors a matrix, of which the lower triangle is read; `None` when it is not positive
    /// definite, or so nearly not that a pivot is rounding.
    pub(crate) fn of(matrix: &SquareMatrix) -> Option<Self> {
        let mut lower = SquareMatrix::zeros(matrix.size());
        for row in 0..matrix.size() {
            let (above, current) = lower.entries.split_at_mut(row * matrix.size());
            for column in 0..=row {
                let upper_row = above.get(column * matrix.size()..).unwrap_or_default();
                let entry = matrix.row(row)[column];
                if column < row {
                    let rest = entry - dot(&current[..column], &upper_row[..column]);
                    current[column] = rest / upper_row[column];
                } else {
                    let pivot = entry - dot(&current[..row], &current[..row]);
                    // Written so that NaN is refused too.
                    if !(pivot > SINGULAR * entry && pivot.is_finite()) {
                        return None;
                    }
                    current[row] = pivot.sqrt();
                }
            }
        }
        Some(Self { lower })
    }

    /// `ln |A|`.
    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * (0..self.lower.size()).map(|row| self.lower.row(row)[row].ln()).sum::<f64>()
    }

    /// For tests: replaces `x` by `L⁻¹ x`; the squared length of that is `xᵀ A⁻¹ x`.
    #[cfg(test)]
    pub(crate) fn solve_lower(&self, x: &mut [f64]) {
        for row in 0..x.len() {
            let entries = self.lower.row(row);
            x[row] = (x[row] - dot(&entries[..row], &x[..row])) / entries[row];
        }
    }

    /// `L⁻¹`, lower triangular: its rows whiten.
    pub(crate) fn inverse_lower(&self) -> SquareMatrix {
        let size = self.lower.size();
        // Row by row: row i of L⁻¹ is (eᵢ − Σ_{k<i} Lᵢₖ row k) / Lᵢᵢ.
        let mut inverse = SquareMatrix::zeros(size);
        for row in 0..size {
            let factors = self.lower.row(row);
            let (above, current) = inverse.entries.split_at_mut(row * size);
            for (other, factor) in above.chunks_exact(size).zip(factors) {
                super::add_scaled(&mut current[..row], -factor, &other[..row]);
            }
            current[row] = 1.0;
            for entry in &mut current[..=row] {
                *entry /= factors[row];
            }
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn positive_definite() -> impl Strategy<Value = SquareMatrix> {
        (1_usize..7)
            .prop_flat_map(|size| prop::collection::vec(-3.0..3.0_f64, size * size))
            .prop_map(|square| {
                let size = square.len().isqrt();
                let mut product = SquareMatrix::zeros(size);
                for i in 0..size {
                    for j in 0..size {
                        product.row_mut(i)[j] =
                            dot(&square[i * size..][..size], &square[j * size..][..size])
                                + if i == j { 0.1 } else { 0.0 };
                    }
                }
                product
            })
    }

    proptest! {
        #[test]
        fn whitening_measures_the_quadratic_form(matrix in positive_definite(), seed in -2.0..2.0_f64) {
            let size = matrix.size();
            let cholesky = Cholesky::of(&matrix).unwrap();
            let x: Vec<f64> = (0..size).map(|place| seed + place as f64).collect();
            let b: Vec<f64> = (0..size).map(|row| dot(matrix.row(row), &x)).collect();
            // bᵀ A⁻¹ b two ways, and a third.
            let mut whitened = b.clone();
            cholesky.solve_lower(&mut whitened);
            let quadratic = dot(&b, &x);
            prop_assert!((dot(&whitened, &whitened) - quadratic).abs() < 1e-7 * quadratic.max(1.0));
            let inverse = cholesky.inverse_lower();
            for (row, whitened) in whitened.iter().enumerate() {
                prop_assert!((dot(inverse.row(row), &b) - whitened).abs() < 1e-7);
            }
        }
    }

    #[test]
    fn a_small_factor_is_the_one_worked_out_by_hand() {
        // [[4, 2], [2, 5]] = L Lᵀ with L = [[2, 0], [1, 2]]; the determinant is 16.
        let matrix = SquareMatrix::from_entries(2, vec![4.0, 2.0, 2.0, 5.0]);
        let cholesky = Cholesky::of(&matrix).unwrap();
        assert_eq!(cholesky.lower.entries(), [2.0, 0.0, 1.0, 2.0]);
        assert!((cholesky.log_determinant() - 16.0_f64.ln()).abs() < 1e-15);
    }

    #[test]
    fn a_singular_or_indefinite_matrix_has_no_factor() {
        for entries in [
            vec![1.0, 1.0, 1.0, 1.0],
            vec![1.0, 2.0, 2.0, 1.0],
            vec![0.0, 0.0, 0.0, 0.0],
            vec![1.0, 0.0, 0.0, f64::NAN],
            vec![f64::INFINITY, 0.0, 0.0, 1.0],
        ] {
            assert!(Cholesky::of(&SquareMatrix::from_entries(2, entries)).is_none());
        }
    }
}
