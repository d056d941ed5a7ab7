//! Series for tests.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Normal numbers (Box and Muller 1958).
pub(super) fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut unit = || (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    (0..count).map(|_| (-2.0 * (1.0 - unit()).ln()).sqrt() * (TAU * unit()).cos()).collect()
}

/// A season that is no sine, between 16 and 24, with noise of a standard deviation.
pub(super) fn seasonal(period: usize, count: usize, deviation: f64) -> Vec<f64> {
    let angle = |at: usize| TAU * (at % period) as f64 / period as f64;
    let shape = |at: usize| 3.0 * angle(at).sin() + (2.0 * angle(at)).cos();
    let noise = noise(period as u64, count).into_iter().enumerate();
    noise.map(|(at, noise)| 20.0 + shape(at) + deviation * noise).collect()
}
