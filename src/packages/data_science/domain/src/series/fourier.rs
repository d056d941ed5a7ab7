//! The discrete Fourier transform of any length, and what is computed with it.

use std::f64::consts::{PI, TAU};

/// A complex number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Complex {
    pub(super) real: f64,
    pub(super) imaginary: f64,
}

impl Complex {
    /// A number on the unit circle.
    fn at_angle(angle: f64) -> Self {
        Self { real: angle.cos(), imaginary: angle.sin() }
    }

    fn times(self, other: Self) -> Self {
        Self {
            real: self.real * other.real - self.imaginary * other.imaginary,
            imaginary: self.real * other.imaginary + self.imaginary * other.real,
        }
    }

    fn conjugate(self) -> Self {
        Self { real: self.real, imaginary: -self.imaginary }
    }

    /// Its distance from 0.
    pub(super) fn magnitude(self) -> f64 {
        self.real.hypot(self.imaginary)
    }

    /// The number this many times as far from 0.
    pub(super) fn scaled(self, by: f64) -> Self {
        Self { real: self.real * by, imaginary: self.imaginary * by }
    }
}

/// The transform in place of a length that is a power of two (Cooley and Tukey 1965).
fn transform_power_of_two(numbers: &mut [Complex]) {
    let length = numbers.len();
    if length < 2 {
        return;
    }
    let shift = usize::BITS - length.trailing_zeros();
    for at in 0..length {
        let mirrored = at.reverse_bits() >> shift;
        if mirrored > at {
            numbers.swap(at, mirrored);
        }
    }
    let roots: Vec<Complex> =
        (0..length / 2).map(|at| Complex::at_angle(-TAU * at as f64 / length as f64)).collect();
    let mut half = 1;
    while half < length {
        let stride = length / (2 * half);
        for block in numbers.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            let turned = roots.iter().step_by(stride);
            for ((low, high), &root) in low.iter_mut().zip(high).zip(turned) {
                let other = high.times(root);
                *high = Complex {
                    real: low.real - other.real,
                    imaginary: low.imaginary - other.imaginary,
                };
                low.real += other.real;
                low.imaginary += other.imaginary;
            }
        }
        half *= 2;
    }
}

/// The inverse of the above, but for a factor of the length.
fn back_power_of_two(numbers: &mut [Complex]) {
    for number in numbers.iter_mut() {
        *number = number.conjugate();
    }
    transform_power_of_two(numbers);
    for number in numbers.iter_mut() {
        *number = number.conjugate();
    }
}

/// The transform `X[k] = Σ x[j] e^(−2πi jk/n)` of any length n, by a convolution of a power of two
/// (Bluestein 1970).
pub(super) fn transform(numbers: &[Complex]) -> Vec<Complex> {
    let length = numbers.len();
    if length.is_power_of_two() || length == 0 {
        let mut out = numbers.to_vec();
        transform_power_of_two(&mut out);
        return out;
    }
    let padded = (2 * length).next_power_of_two();
    // The angle of k² repeats after 2n: reduced before it is a float, so that it stays exact.
    let chirp: Vec<Complex> = (0..length as u128)
        .map(|k| Complex::at_angle(-PI * (k * k % (2 * length as u128)) as f64 / length as f64))
        .collect();
    let mut left = vec![Complex::default(); padded];
    let mut right = vec![Complex::default(); padded];
    for (at, (&number, &turn)) in numbers.iter().zip(&chirp).enumerate() {
        left[at] = number.times(turn);
        right[at] = turn.conjugate();
        right[(padded - at) % padded] = turn.conjugate();
    }
    transform_power_of_two(&mut left);
    transform_power_of_two(&mut right);
    for (left, right) in left.iter_mut().zip(&right) {
        *left = left.times(*right);
    }
    back_power_of_two(&mut left);
    let one = 1.0 / padded as f64;
    left.iter().zip(&chirp).map(|(number, &turn)| number.times(turn).scaled(one)).collect()
}

/// The inverse of [`transform`].
pub(super) fn back(numbers: &[Complex]) -> Vec<Complex> {
    let mirrored: Vec<Complex> = numbers.iter().map(|number| number.conjugate()).collect();
    let one = 1.0 / (numbers.len() as f64).max(1.0);
    transform(&mirrored).into_iter().map(|number| number.conjugate().scaled(one)).collect()
}

/// Real numbers as complex ones.
pub(super) fn complex(numbers: &[f64]) -> Vec<Complex> {
    numbers.iter().map(|&real| Complex { real, imaginary: 0.0 }).collect()
}

/// The correlation of numbers of mean 0 with themselves that many steps later, for 0 to
/// `max_lag` steps; each sum is divided by its number of terms. Empty where all are 0.
pub(super) fn autocorrelation(numbers: &[f64], max_lag: usize) -> Vec<f64> {
    let length = numbers.len();
    let mut spectrum = complex(numbers);
    spectrum.resize((2 * length).next_power_of_two(), Complex::default());
    transform_power_of_two(&mut spectrum);
    for number in &mut spectrum {
        let power = number.times(number.conjugate()).real;
        *number = Complex { real: power, imaginary: 0.0 };
    }
    back_power_of_two(&mut spectrum);
    let Some(whole) = spectrum.first().map(|first| first.real).filter(|&sum| sum > 0.0) else {
        return Vec::new();
    };
    let lags = spectrum.iter().take(length.min(max_lag + 1)).enumerate();
    lags.map(|(lag, sum)| sum.real / whole * (length as f64 / (length - lag) as f64)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::noise;
    use super::*;

    fn naive(numbers: &[Complex]) -> Vec<Complex> {
        let length = numbers.len();
        (0..length)
            .map(|k| {
                let mut sum = Complex::default();
                for (j, &number) in numbers.iter().enumerate() {
                    let turn = Complex::at_angle(-TAU * ((j * k) % length) as f64 / length as f64);
                    let term = number.times(turn);
                    sum.real += term.real;
                    sum.imaginary += term.imaginary;
                }
                sum
            })
            .collect()
    }

    #[test]
    fn every_length_is_transformed_as_the_definition_says_and_back() {
        for length in [0_usize, 1, 2, 3, 5, 7, 8, 12, 31, 64, 97, 100] {
            let numbers = complex(&noise(length as u64, length));
            let told = transform(&numbers);
            for (told, expected) in told.iter().zip(naive(&numbers)) {
                assert!((told.real - expected.real).abs() < 1e-10, "{length}");
                assert!((told.imaginary - expected.imaginary).abs() < 1e-10, "{length}");
            }
            for (told, number) in back(&told).iter().zip(&numbers) {
                assert!((told.real - number.real).abs() < 1e-12, "{length}");
            }
        }
    }

    #[test]
    fn autocorrelations_are_sums_of_products() {
        let numbers = noise(3, 50);
        let whole: f64 = numbers.iter().map(|number| number * number).sum::<f64>() / 50.0;
        for (lag, told) in autocorrelation(&numbers, 20).into_iter().enumerate() {
            let pairs = numbers.iter().zip(&numbers[lag..]);
            let sum: f64 = pairs.map(|(a, b)| a * b).sum();
            assert!((told - sum / (50 - lag) as f64 / whole).abs() < 1e-12);
        }
        assert!(autocorrelation(&[0.0; 8], 4).is_empty());
    }
}
