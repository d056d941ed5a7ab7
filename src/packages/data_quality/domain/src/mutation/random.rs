use shared_kernel_domain::summary::hash_word;

/// SplitMix64 (Steele, Lea and Flood 2014, fig. 14): the same numbers from the same seed everywhere.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Numbers that belong to a seed and some words, whatever else is drawn.
    pub(super) fn of(seed: u64, words: &[&str]) -> Self {
        /// FNV-1a (Fowler, Noll, Vo 1991), 64 bits.
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let mut state = OFFSET;
        let mut take = |byte: u8| state = (state ^ u64::from(byte)).wrapping_mul(PRIME);
        seed.to_le_bytes().into_iter().for_each(&mut take);
        for word in words {
            word.bytes().for_each(&mut take);
            take(0);
        }
        Self(state)
    }

    pub(super) fn next(&mut self) -> u64 {
        let number = hash_word(self.0);
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        number
    }

    /// Below `bound`; 0 when that is 0. The bias is below 2^-40 for what fits memory.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Some of `all`, each equally likely, in their order (Knuth, algorithm 3.4.2S).
    pub(super) fn some_of(&mut self, all: &[usize], count: usize) -> Vec<usize> {
        let mut chosen = Vec::with_capacity(count.min(all.len()));
        for (index, &row) in all.iter().enumerate() {
            let wanted = count.saturating_sub(chosen.len());
            if self.below(all.len() - index) < wanted {
                chosen.push(row);
            }
        }
        chosen
    }

    /// Puts a slice in a random order (Fisher and Yates; Knuth, algorithm 3.4.2P).
    pub(super) fn shuffle<T>(&mut self, all: &mut [T]) {
        for end in (1..all.len()).rev() {
            let other = self.below(end + 1);
            all.swap(end, other);
        }
    }
}
