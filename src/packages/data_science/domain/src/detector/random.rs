//! Random draws that depend on a seed and a stream's number only.
//!
//! Each tree, start or projection has a stream of its own, so that they can be made anywhere and
//! in any order.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The stream of a number.
pub(super) fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number);
    random
}

/// `count` different numbers below `population`, ascending (Floyd's algorithm).
pub(super) fn sample(random: &mut ChaCha8Rng, population: u64, count: u64) -> Vec<usize> {
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
pub(super) fn below(random: &mut ChaCha8Rng, bound: u64) -> u64 {
    loop {
        let product = u128::from(random.next_u64()) * u128::from(bound);
        let low = product as u64;
        if low >= bound || low >= bound.wrapping_neg() % bound {
            return (product >> 64) as u64;
        }
    }
}

/// A uniform number in [0, 1) with 53 random bits.
pub(super) fn unit(random: &mut ChaCha8Rng) -> f64 {
    (random.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

/// A standard normal number (Box and Muller 1958).
pub(super) fn normal(random: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * (1.0 - unit(random)).ln()).sqrt();
    radius * (std::f64::consts::TAU * unit(random)).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_holds_different_rows_and_reaches_every_row() {
        let mut random = stream(7, 0);
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
        assert_eq!(sample(&mut stream(7, 0), 5, 5), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn normal_numbers_have_mean_zero_and_variance_one() {
        let mut random = stream(7, 0);
        let drawn: Vec<f64> = (0..20_000).map(|_| normal(&mut random)).collect();
        let mean = drawn.iter().sum::<f64>() / 20_000.0;
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
        // Standard errors 0.007 and 0.01.
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
    }
}
