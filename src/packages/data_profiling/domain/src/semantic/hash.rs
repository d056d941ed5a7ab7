//! 64-bit hashes of values, the same on every machine, and a table of them.

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FIRST: u64 = 0xbf58_476d_1ce4_e5b9;
const SECOND: u64 = 0x94d0_49bb_1331_11eb;

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one to one, every bit reaches every bit.
#[inline]
pub(super) fn hash_word(word: u64) -> u64 {
    let mut mixed = word.wrapping_add(SEED);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(FIRST);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(SECOND);
    mixed ^ (mixed >> 31)
}

/// Multiplies to 128 bits and folds the halves.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// A hash of bytes, sixteen at a time, as wyhash (Wang Yi 2019) does it; the rest is read by two
/// overlapping words, as the length tells texts apart that agree in them.
#[inline]
pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    let length = bytes.len() as u64;
    let mut state = SEED ^ length.wrapping_mul(SECOND);
    let (pairs, rest) = bytes.as_chunks::<16>();
    for pair in pairs {
        let pair = u128::from_le_bytes(*pair);
        state = fold(pair as u64 ^ FIRST, (pair >> 64) as u64 ^ state);
    }
    let (low, high) = tail(rest);
    hash_word(fold(low ^ SECOND, high ^ state))
}

/// At most fifteen bytes as two words.
#[inline]
fn tail(rest: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        return (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
    }
    match *rest {
        [first] => (u64::from(first), 0),
        [first, second] => (u64::from(first) << 8 | u64::from(second), 0),
        [first, second, third] => {
            (u64::from(first) << 16 | u64::from(second) << 8 | u64::from(third), 0)
        }
        _ => (0, 0),
    }
}

/// A set of hashes that numbers them in the order they came, by open addressing.
#[derive(Clone, Debug, Default)]
pub(super) struct HashTable {
    hashes: Vec<u64>,
    /// One more than an index into `hashes`; 0 where free. A power of two, at most half full.
    slots: Vec<u32>,
}

impl HashTable {
    pub(super) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// The number of a hash, and whether it is new.
    #[inline]
    pub(super) fn find_or_insert(&mut self, hash: u64) -> (usize, bool) {
        if self.hashes.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        // The sample keeps the smallest hashes, so that only their low bits differ enough.
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

    #[cold]
    fn grow(&mut self) {
        let size = (self.hashes.len() * 4).next_power_of_two().max(16);
        let mut slots = vec![0_u32; size];
        for (number, &hash) in (1..).zip(&self.hashes) {
            let mut slot = hash as usize & (size - 1);
            while slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            slots[slot] = number;
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
    fn texts_of_every_length_have_hashes_of_their_own() {
        let mut hashes = HashSet::new();
        for length in 0..80 {
            assert!(hashes.insert(hash_bytes(&vec![0; length])));
            for place in 0..length {
                let mut bytes = vec![0; length];
                bytes[place] = 1;
                assert!(hashes.insert(hash_bytes(&bytes)), "{length} {place}");
            }
        }
    }

    #[test]
    fn small_hashes_are_as_frequent_as_they_should_be() {
        let below = |hash: u64| hash < u64::MAX / 100;
        let texts = (0..100_000).filter(|id| below(hash_bytes(format!("id-{id}").as_bytes())));
        assert!((900..1_100).contains(&texts.count()));
        let numbers = (0..100_000).filter(|&number| below(hash_word(number)));
        assert!((900..1_100).contains(&numbers.count()));
    }

    #[test]
    fn a_table_numbers_hashes_as_they_come() {
        let mut table = HashTable::default();
        for round in 0..2 {
            for number in 0..1_000_u64 {
                let (place, new) = table.find_or_insert(number << 40);
                assert_eq!((place, new), (number as usize, round == 0));
            }
        }
    }
}
