//! Sorting of finite numbers by the digits of their bits: several times faster than comparing.

/// Bits of a digit: 2,048 counters fit the first-level cache.
const DIGIT_BITS: u32 = 11;

/// Digits of a key.
const DIGITS: usize = u64::BITS.div_ceil(DIGIT_BITS) as usize;

const BUCKETS: usize = 1 << DIGIT_BITS;

/// Shorter slices are sorted by comparing.
const SHORT: usize = 4_096;

/// Sorts numbers ascending, as `f64::total_cmp` orders them.
pub(in crate::detector) fn sort(numbers: &mut [f64]) {
    if numbers.len() < SHORT {
        numbers.sort_unstable_by(f64::total_cmp);
        return;
    }
    let mut keys: Vec<u64> = numbers.iter().map(|&number| key(number)).collect();
    let mut counts = vec![[0_u32; BUCKETS]; DIGITS];
    for &key in &keys {
        for (digit, counts) in counts.iter_mut().enumerate() {
            counts[bucket(key, digit)] += 1;
        }
    }
    let mut other = vec![0_u64; keys.len()];
    for (digit, counts) in counts.iter_mut().enumerate() {
        // Keys that agree in a digit are in order already.
        if counts.contains(&(keys.len() as u32)) {
            continue;
        }
        let mut next = 0;
        for count in counts.iter_mut() {
            (*count, next) = (next, next + *count);
        }
        for &key in &keys {
            let place = &mut counts[bucket(key, digit)];
            other[*place as usize] = key;
            *place += 1;
        }
        std::mem::swap(&mut keys, &mut other);
    }
    for (number, key) in numbers.iter_mut().zip(keys) {
        *number = from_key(key);
    }
}

fn bucket(key: u64, digit: usize) -> usize {
    (key >> (digit as u32 * DIGIT_BITS)) as usize & (BUCKETS - 1)
}

/// Bits in the order of the numbers: those of negative ones turned over, the sign of others set.
fn key(number: f64) -> u64 {
    let bits = number.to_bits();
    bits ^ (((bits as i64 >> 63) as u64) | (1 << 63))
}

fn from_key(key: u64) -> f64 {
    f64::from_bits(key ^ ((!(key as i64 >> 63)) as u64 | (1 << 63)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sorts_as_comparing_does(seed: u64, bits in 1_u32..64, rows in SHORT..SHORT + 2_000) {
            let mut state = seed;
            let mut numbers: Vec<f64> = (0..rows)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    f64::from_bits((state ^ (state >> 29)) << (64 - bits))
                })
                .filter(|number| number.is_finite())
                .collect();
            let mut slow = numbers.clone();
            slow.sort_by(f64::total_cmp);
            sort(&mut numbers);
            prop_assert!(numbers.iter().zip(&slow).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
    }

    #[test]
    fn keys_keep_order_and_turn_back() {
        let numbers = [f64::MIN, -1.5, -f64::MIN_POSITIVE, -0.0, 0.0, 5e-324, 1.0, f64::MAX];
        assert!(numbers.map(key).is_sorted_by(|a, b| a < b));
        for number in numbers {
            assert_eq!(from_key(key(number)).to_bits(), number.to_bits());
        }
    }
}
