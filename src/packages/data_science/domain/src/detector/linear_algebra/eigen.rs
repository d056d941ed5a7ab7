use shared_kernel_domain::{Error, Result};

use super::{SquareMatrix, add_scaled, dot};

/// Sweeps of plane rotations that are gathered before they are applied.
const GATHERED_SWEEPS: usize = 16;

/// Columns that gathered rotations are applied to at a time: a strip that stays in the cache.
const STRIP: usize = 32;

/// Iterations that one eigenvalue may take; three are usual.
const MAX_ITERATIONS: usize = 100;

/// `A = Vᵀ diag(λ) V` of a symmetric matrix `A`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Eigen {
    /// λ, largest first.
    pub(crate) values: Vec<f64>,
    /// V: row `k` is the unit eigenvector of value `k`, its largest component positive (the first
    /// of equals), as scikit-learn turns it.
    pub(crate) vectors: SquareMatrix,
}

/// Eigenvalues and eigenvectors of a symmetric matrix, of which the lower triangle is read, by
/// Householder reflections and implicit QL (Bowdler, Martin, Reinsch, Wilkinson 1968; EISPACK's
/// `tred2` and `tql2`). Takes about 9 n³ operations. A matrix with a value that is not finite is
/// refused.
pub(crate) fn symmetric_eigen(matrix: &SquareMatrix) -> Result<Eigen> {
    let size = matrix.size();
    let largest = matrix.entries.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
    if matrix.entries.iter().any(|entry| !entry.is_finite()) {
        return Err(Error::internal("a matrix with infinite entries has no eigenvalues"));
    }
    // Scaled so that nothing overflows.
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let mut work = matrix.clone();
    for entry in &mut work.entries {
        *entry /= scale;
    }
    let (mut diagonal, mut beside, mut vectors) = tridiagonalise(work);
    diagonalise(&mut diagonal, &mut beside, &mut vectors)?;

    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| diagonal[b].total_cmp(&diagonal[a]));
    let mut sorted = SquareMatrix::zeros(size);
    for (target, &source) in order.iter().enumerate() {
        let vector = vectors.row(source);
        let heaviest = vector.iter().fold(0.0, |heaviest: f64, component| {
            if component.abs() > heaviest.abs() { *component } else { heaviest }
        });
        let sign = 1.0_f64.copysign(heaviest);
        for (entry, component) in sorted.row_mut(target).iter_mut().zip(vector) {
            *entry = sign * component;
        }
    }
    let values = order.iter().map(|&place| diagonal[place] * scale).collect();
    Ok(Eigen { values, vectors: sorted })
}

/// `A = Qᵀ T Q` with `T` tridiagonal: its diagonal, what stands beside it (entry `i` left of
/// diagonal entry `i`; entry 0 is 0) and `Q`.
fn tridiagonalise(mut a: SquareMatrix) -> (Vec<f64>, Vec<f64>, SquareMatrix) {
    let size = a.size();
    let mut beside = vec![0.0; size];
    // h of the reflection I − u uᵀ / h that row i holds as its first i entries; 0 for none.
    let mut halves = vec![0.0; size];
    for i in (1..size).rev() {
        let (leading, row) = a.entries.split_at_mut(i * size);
        let u = &mut row[..i];
        let scale: f64 = u[..i - 1].iter().map(|entry| entry.abs()).sum();
        let last = u[i - 1];
        if scale == 0.0 {
            beside[i] = last;
            continue;
        }
        let scale = scale + last.abs();
        for entry in &mut *u {
            *entry /= scale;
        }
        let squares = dot(u, u);
        let target = -squares.sqrt().copysign(u[i - 1]);
        beside[i] = scale * target;
        halves[i] = squares - u[i - 1] * target;
        u[i - 1] -= target;
        reflect(leading, size, u, halves[i]);
    }
    let diagonal = (0..size).map(|i| a.row(i)[i]).collect();
    (diagonal, beside, accumulate(&a, &halves))
}

/// `A ← H A H` on the lower triangle of the leading block, with `H = I − u uᵀ / h`.
fn reflect(leading: &mut [f64], stride: usize, u: &[f64], h: f64) {
    let size = u.len();
    let mut p = vec![0.0; size];
    for j in 0..size {
        let row = &leading[j * stride..][..=j];
        p[j] += dot(row, &u[..=j]);
        add_scaled(&mut p[..j], u[j], &row[..j]);
    }
    for entry in &mut p {
        *entry /= h;
    }
    let half = dot(&p, u) / (2.0 * h);
    add_scaled(&mut p, -half, u);
    for j in 0..size {
        let row = &mut leading[j * stride..][..=j];
        let (of_u, of_p) = (u[j], p[j]);
        for ((entry, p), u) in row.iter_mut().zip(&p).zip(u) {
            *entry -= of_u * p + of_p * u;
        }
    }
}

/// The product of the reflections, first the one of the smallest block.
fn accumulate(a: &SquareMatrix, halves: &[f64]) -> SquareMatrix {
    let mut product = SquareMatrix::zeros(a.size());
    for i in 0..a.size() {
        product.row_mut(i)[i] = 1.0;
    }
    for (i, &half) in halves.iter().enumerate() {
        if half == 0.0 {
            continue;
        }
        let u = &a.row(i)[..i];
        for row in 0..i {
            let row = &mut product.row_mut(row)[..i];
            let along = dot(row, u) / half;
            add_scaled(row, -along, u);
        }
    }
    product
}

/// A rotation of rows `upper` and `upper + 1`.
struct Rotation {
    upper: usize,
    cosine: f64,
    sine: f64,
}

/// Applies rotations in order, strip by strip.
fn rotate(vectors: &mut SquareMatrix, rotations: &mut Vec<Rotation>) {
    let size = vectors.size();
    for start in (0..size).step_by(STRIP) {
        let end = (start + STRIP).min(size);
        for &Rotation { upper, cosine, sine } in rotations.iter() {
            let (head, tail) = vectors.entries.split_at_mut((upper + 1) * size);
            let above = &mut head[upper * size..][start..end];
            for (above, below) in above.iter_mut().zip(&mut tail[start..end]) {
                let old = *below;
                *below = sine * *above + cosine * old;
                *above = cosine * *above - sine * old;
            }
        }
    }
    rotations.clear();
}

/// QL iterations with implicit shifts until nothing stands beside the diagonal; the rows of
/// `vectors` turn with it.
fn diagonalise(d: &mut [f64], beside: &mut [f64], vectors: &mut SquareMatrix) -> Result<()> {
    let size = d.len();
    let e = beside;
    if !e.is_empty() {
        e.rotate_left(1);
    }
    let mut rotations = Vec::new();
    let (mut shift, mut largest) = (0.0, 0.0_f64);
    for l in 0..size {
        largest = largest.max(d[l].abs() + e[l].abs());
        let negligible = f64::EPSILON * largest;
        let end = (l..size - 1).find(|&m| e[m].abs() <= negligible).unwrap_or(size - 1);
        let mut iterations = 0;
        while end > l && e[l].abs() > negligible {
            iterations += 1;
            if iterations > MAX_ITERATIONS {
                return Err(Error::internal("the eigenvalues of a matrix do not settle"));
            }
            shift += shift_start(d, e, l);
            sweep(d, e, l, end, &mut rotations);
            if rotations.len() >= GATHERED_SWEEPS * size {
                rotate(vectors, &mut rotations);
            }
        }
        d[l] += shift;
        e[l] = 0.0;
    }
    rotate(vectors, &mut rotations);
    Ok(())
}

/// Moves the diagonal from `l` on by an eigenvalue of the block at `l`; returns by how much.
fn shift_start(d: &mut [f64], e: &[f64], l: usize) -> f64 {
    let first = d[l];
    let p = (d[l + 1] - first) / (2.0 * e[l]);
    let r = p.hypot(1.0).copysign(p);
    d[l] = e[l] / (p + r);
    d[l + 1] = e[l] * (p + r);
    let moved = first - d[l];
    for value in &mut d[l + 2..] {
        *value -= moved;
    }
    moved
}

/// One implicit QL sweep over the block `l..=end`.
fn sweep(d: &mut [f64], e: &mut [f64], l: usize, end: usize, rotations: &mut Vec<Rotation>) {
    let (next_d, next_e) = (d[l + 1], e[l + 1]);
    let mut p = d[end];
    let (mut cosine, mut cosine2, mut cosine3) = (1.0, 1.0, 1.0);
    let (mut sine, mut sine2) = (0.0, 0.0);
    for i in (l..end).rev() {
        cosine3 = cosine2;
        cosine2 = cosine;
        sine2 = sine;
        let g = cosine * e[i];
        let h = cosine * p;
        let r = p.hypot(e[i]);
        e[i + 1] = sine * r;
        sine = e[i] / r;
        cosine = p / r;
        p = cosine * d[i] - sine * g;
        d[i + 1] = h + sine * (cosine * g + sine * d[i]);
        rotations.push(Rotation { upper: i, cosine, sine });
    }
    p = -sine * sine2 * cosine3 * next_e * e[l] / next_d;
    e[l] = sine * p;
    d[l] = cosine * p;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn symmetric(size: usize, entry: impl Fn(usize, usize) -> f64) -> SquareMatrix {
        let mut matrix = SquareMatrix::zeros(size);
        for i in 0..size {
            for j in 0..size {
                matrix.row_mut(i)[j] = entry(i.max(j), i.min(j));
            }
        }
        matrix
    }

    /// `A v = λ v` for every pair, vectors orthonormal, values in order and summing to the trace.
    fn check(matrix: &SquareMatrix, tolerance: f64) {
        let size = matrix.size();
        let eigen = symmetric_eigen(matrix).unwrap();
        let norm = dot(&matrix.entries, &matrix.entries).sqrt().max(f64::MIN_POSITIVE);
        for k in 0..size {
            let v = eigen.vectors.row(k);
            for (i, component) in v.iter().enumerate() {
                let off = dot(matrix.row(i), v) - eigen.values[k] * component;
                assert!(off.abs() <= tolerance * norm, "{off} of {norm}");
            }
            for other in 0..size {
                let expected = if other == k { 1.0 } else { 0.0 };
                assert!((dot(v, eigen.vectors.row(other)) - expected).abs() < tolerance);
            }
            let heaviest = v.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap();
            assert!(heaviest > 0.0 || v.iter().any(|&other| (other + heaviest).abs() < 1e-12));
        }
        assert!(eigen.values.is_sorted_by(|a, b| a >= b));
        let trace: f64 = (0..size).map(|i| matrix.row(i)[i]).sum();
        assert!((eigen.values.iter().sum::<f64>() - trace).abs() <= tolerance * norm * size as f64);
    }

    proptest! {
        #[test]
        fn pairs_are_eigenpairs(
            entries in (1_usize..9).prop_flat_map(|size| {
                let entry = prop_oneof![Just(0.0), -4.0..4.0_f64, (-2_i32..3).prop_map(f64::from)];
                prop::collection::vec(entry, size * size)
            }),
        ) {
            let size = entries.len().isqrt();
            check(&symmetric(size, |i, j| entries[i * size + j]), 1e-12);
        }
    }

    #[test]
    fn known_spectra_are_found() {
        // The second difference matrix has the eigenvalues 2 − 2 cos(k π / (n + 1)).
        let size = 120;
        let matrix = symmetric(size, |i, j| match i - j {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        });
        check(&matrix, 1e-11);
        for (k, value) in symmetric_eigen(&matrix).unwrap().values.iter().enumerate() {
            let angle = (size - k) as f64 * std::f64::consts::PI / (size + 1) as f64;
            assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-12);
        }
    }

    #[test]
    fn degenerate_and_extreme_matrices_are_no_trouble() {
        assert!(symmetric_eigen(&SquareMatrix::zeros(0)).unwrap().values.is_empty());
        check(&SquareMatrix::zeros(4), 1e-12);
        check(&symmetric(5, |_, _| 1.0), 1e-12);
        check(&symmetric(3, |i, j| if i == j { 7.0 } else { 0.0 }), 1e-12);
        // Eigenvalues of [[a, b], [b, a]] are a + b and a − b, at any scale.
        for scale in [1e-300, 1e300] {
            let matrix = symmetric(2, |i, j| if i == j { 2.0 * scale } else { scale });
            let values = symmetric_eigen(&matrix).unwrap().values;
            assert!((values[0] / scale - 3.0).abs() < 1e-14);
            assert!((values[1] / scale - 1.0).abs() < 1e-14);
        }
        // Graded over thirty powers of ten.
        let grade = |i: usize| 10_f64.powi(-3 * i as i32);
        check(&symmetric(10, |i, j| grade(i) * grade(j) * if i == j { 2.0 } else { 1.0 }), 1e-12);
        assert!(symmetric_eigen(&symmetric(2, |_, _| f64::NAN)).is_err());
        assert!(symmetric_eigen(&symmetric(2, |_, _| f64::INFINITY)).is_err());
    }
}
