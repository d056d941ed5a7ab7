//! Student's distribution, for whole degrees of freedom.

use std::f64::consts::FRAC_2_PI;

/// The probability that a value of Student's distribution lies farther from 0 than `t`, by the finite
/// sums of Abramowitz and Stegun (1964), 26.7.3 and 26.7.4.
/// Below some units of 1e-16 it is 0.
pub(super) fn two_sided(t: f64, degrees: u32) -> f64 {
    let degrees = degrees.max(1);
    let t = t.abs();
    if t.is_nan() {
        return 1.0;
    }
    let angle = (t / f64::from(degrees).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let square = cosine * cosine;
    // the k-th term from the one before: times square * k / (k + 1), k = 1, 3, … or 2, 4, …
    let first = if degrees.is_multiple_of(2) { 1.0 } else { cosine };
    let (mut term, mut sum) = (first, 0.0);
    let mut step = degrees % 2;
    while step + 2 <= degrees {
        sum += term;
        term *= square * f64::from(step + 1) / f64::from(step + 2);
        step += 2;
    }
    let within =
        if degrees.is_multiple_of(2) { sine * sum } else { FRAC_2_PI * (angle + sine * sum) };
    (1.0 - within).clamp(0.0, 1.0)
}

/// The distance from 0 beyond which values lie with a probability, by bisection of its logarithm.
pub(super) fn critical(probability: f64, degrees: u32) -> f64 {
    let (mut low, mut high) = (-10.0_f64, 40.0_f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if two_sided(middle.exp(), degrees) > probability { low = middle } else { high = middle }
    }
    high.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_and_distances_are_those_of_scipy() {
        // SciPy 1.17: 2 * stats.t.sf(t, df)
        for (t, degrees, expected) in [
            (1.0, 1, 0.5),
            (2.0, 2, 0.183_503_419_072_273_9),
            (3.0, 3, 0.057_668_885_622_437_3),
            (2.5, 6, 0.046_528_232_284_167_3),
            (4.0, 7, 0.005_189_913_349_296_8),
            (5.0, 30, 0.000_023_296_685_467),
            (3.0, 59, 0.003_950_555_212_228),
        ] {
            let found = two_sided(t, degrees);
            assert!((found / expected - 1.0).abs() < 1e-9, "{t} {degrees}: {found} {expected}");
        }
        // SciPy 1.17: stats.t.isf(p / 2, df)
        for (probability, degrees, expected) in [
            (0.01, 6, 3.707_428_021_324_907),
            (0.000_2, 19, 4.589_864_596_755),
            (0.05, 1, 12.706_204_736),
        ] {
            let found = critical(probability, degrees);
            assert!((found / expected - 1.0).abs() < 1e-9, "{probability} {degrees}: {found}");
        }
    }

    #[test]
    fn nothing_is_certain_of_what_is_no_number() {
        assert_eq!(two_sided(f64::NAN, 5), 1.0);
        assert_eq!(two_sided(f64::INFINITY, 5), 0.0);
        assert_eq!(two_sided(0.0, 5), 1.0);
    }
}
