//! Keys to dense numbers, over and over: the inner loop of the searches on a sample.

/// Numbers the different keys it is given in the order they come, by open addressing. Clearing
/// costs nothing: a slot counts only if it was filled since.
#[derive(Debug, Default)]
pub(super) struct Grouper {
    slots: Vec<Slot>,
    generation: u32,
    groups: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: u64,
    generation: u32,
    group: u32,
}

impl Grouper {
    /// Forgets all keys and makes room for `keys` of them.
    pub(super) fn clear(&mut self, keys: usize) {
        let size = (keys.max(4) * 2).next_power_of_two();
        if self.slots.len() < size || self.generation == u32::MAX {
            self.slots = vec![Slot::default(); size.max(self.slots.len())];
            self.generation = 0;
        }
        self.generation += 1;
        self.groups = 0;
    }

    /// The number of a key; a new key gets the next number. No more keys than room was made for.
    #[inline]
    pub(super) fn group(&mut self, key: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut place = mixed(key) as usize & mask;
        loop {
            let slot = &mut self.slots[place];
            if slot.generation != self.generation {
                *slot = Slot { key, generation: self.generation, group: self.groups };
                self.groups += 1;
                return self.groups - 1;
            }
            if slot.key == key {
                return slot.group;
            }
            place = (place + 1) & mask;
        }
    }

    /// Different keys so far.
    pub(super) fn groups(&self) -> usize {
        self.groups as usize
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): one to one, every bit reaches every bit.
#[inline]
pub(super) fn mixed(word: u64) -> u64 {
    let mut mixed = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
