//! 64-bit hashes of values: fast, the same on every machine, equal for equal values.
//!
//! Different values share a hash with a chance of about n²/2⁶⁵ among n of them (10⁻⁹ among
//! 200,000), which counts as never where summaries identify values by their hash. For numbers of
//! 64 bits the hash is one to one. Not for places where somebody gains by collisions.

use super::support::PresentValues;

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FIRST: u64 = 0xbf58_476d_1ce4_e5b9;
const SECOND: u64 = 0x94d0_49bb_1331_11eb;

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one to one, every bit reaches every bit.
#[inline]
pub fn hash_word(word: u64) -> u64 {
    let mut mixed = word.wrapping_add(SEED);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(FIRST);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(SECOND);
    mixed ^ (mixed >> 31)
}

/// The bits of a float that stand for its value: one zero, one NaN.
#[inline]
pub(super) fn float_bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

/// Multiplies to 128 bits and folds the halves.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// A hash of bytes: eight at a time, folded as wyhash does.
#[inline]
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    // The length reaches every bit: xored into the first bytes it made "a" and "b\0" equal.
    let mut state = SEED.wrapping_mul(bytes.len() as u64 + 1);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), FIRST);
    }
    let mut last = 0_u64;
    for (place, &byte) in rest.iter().enumerate() {
        last |= u64::from(byte) << (8 * place);
    }
    hash_word(fold(state ^ last, SECOND))
}

/// The hash of every value that is there, in row order.
pub(super) fn hashes(values: &PresentValues<'_>) -> Vec<u64> {
    match values {
        PresentValues::Nothing => Vec::new(),
        PresentValues::Booleans(values) => {
            values.iter().map(|&value| hash_word(u64::from(value))).collect()
        }
        PresentValues::Integers(values, _) => {
            values.iter().map(|&value| hash_word(value as u64)).collect()
        }
        PresentValues::Floats { all, .. } => {
            all.iter().map(|&value| hash_word(float_bits(value))).collect()
        }
        PresentValues::Decimals(values, _) => {
            values.iter().map(|value| hash_bytes(&value.to_le_bytes())).collect()
        }
        PresentValues::Texts(texts, _) => {
            let mut hashes = Vec::new();
            texts.each(|text| hashes.push(hash_bytes(text)));
            hashes
        }
    }
}

/// A set of hashes that numbers them in the order they came, by open addressing.
#[derive(Clone, Debug, Default)]
pub(super) struct HashIndex {
    hashes: Vec<u64>,
    /// One more than an index into `hashes`; 0 where free. A power of two, at most half full.
    slots: Vec<u32>,
}

impl HashIndex {
    /// The set of `hashes`, which are all different.
    pub(super) fn of(hashes: Vec<u64>) -> Self {
        let mut index = Self { hashes, slots: Vec::new() };
        index.grow();
        index
    }

    /// The hashes in the order they came.
    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// The number of a hash, and whether it is new.
    #[inline]
    pub(super) fn find_or_insert(&mut self, hash: u64) -> (usize, bool) {
        if self.hashes.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot] as usize;
            if found == 0 {
                self.hashes.push(hash);
                self.slots[slot] = self.hashes.len() as u32;
                return (self.hashes.len() - 1, true);
            }
            if self.hashes[found - 1] == hash {
                return (found - 1, false);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = (self.hashes.len() * 4).next_power_of_two().max(16);
        let mut slots = vec![0_u32; size];
        for (index, &hash) in self.hashes.iter().enumerate() {
            let mut slot = hash as usize & (size - 1);
            while slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            slots[slot] = index as u32 + 1;
        }
        self.slots = slots;
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.hashes.capacity() * size_of::<u64>() + self.slots.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn equal_values_have_equal_hashes() {
        assert_eq!(float_bits(-0.0), float_bits(0.0));
        assert_eq!(float_bits(-f64::NAN), float_bits(f64::NAN));
        assert_ne!(hash_bytes(b"a\0"), hash_bytes(b"a"));
        assert_ne!(hash_bytes(b""), hash_bytes(b"\0"));
    }

    #[test]
    fn no_two_short_byte_strings_share_a_hash() {
        let mut strings: Vec<Vec<u8>> = vec![Vec::new()];
        for first in 0..=255 {
            strings.push(vec![first]);
            strings.extend((0..=255).map(|second| vec![first, second]));
            for zeros in 2..18 {
                strings.push([vec![first], vec![0; zeros]].concat());
                strings.push([b"a whole ".as_slice(), &[first], &vec![0; zeros]].concat());
            }
        }
        let hashes: HashSet<u64> = strings.iter().map(|bytes| hash_bytes(bytes)).collect();
        assert_eq!(hashes.len(), strings.len());
    }

    #[test]
    fn similar_texts_have_different_hashes() {
        let texts = (0..200_000).map(|number| format!("customer-{number:09}-x"));
        let hashes: HashSet<u64> = texts.map(|text| hash_bytes(text.as_bytes())).collect();
        assert_eq!(hashes.len(), 200_000);
    }

    #[test]
    fn an_index_numbers_hashes_as_they_come() {
        let mut index = HashIndex::default();
        for round in 0..2 {
            for number in 0..1_000_u64 {
                // Many share their low bits, so that probing is tried.
                let (place, new) = index.find_or_insert(number << 40);
                assert_eq!((place, new), (number as usize, round == 0));
            }
        }
        assert_eq!(index.len(), 1_000);
        let mut copy = HashIndex::of(index.hashes().to_vec());
        assert_eq!(copy.find_or_insert(999 << 40), (999, false));
    }
}
