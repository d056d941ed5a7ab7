//! A sample of different values with their exact counts, the same for any grouping of the rows.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::{Error, Result};

use super::hash::HashTable;

/// At most so many different values are kept.
pub(super) const KEPT_VALUES: usize = 1_024;

/// At most so many bytes of values are kept.
pub(super) const KEPT_BYTES: usize = 128 << 10;

/// At most so many bytes of one value are kept.
pub(super) const VALUE_BYTES: usize = 256;

/// The different values with the smallest hashes: "bottom-k" sampling of distinct values (Cohen
/// and Kaplan, "Summarizing data using bottom-k sketches", 2007).
///
/// Of all values in the order of their hashes the longest start is kept that has at most
/// [`KEPT_VALUES`] values and [`KEPT_BYTES`] bytes. What belongs to it in the whole belongs to it
/// in every part, so it was counted from its first occurrence on: its count is exact, and the same
/// whatever the parts were. While nothing is left out the sample is all there is.
///
/// Values are told apart by 64-bit hashes; two of a thousand share one with a chance of 10⁻¹³.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    table: HashTable,
    counts: Vec<u64>,
    /// Where each value ends in `bytes`.
    ends: Vec<u32>,
    bytes: Vec<u8>,
    /// The smallest hash that was left out; `None` while none was.
    limit: Option<u64>,
}

/// A value of the sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sampled {
    pub(super) hash: u64,
    pub(super) count: u64,
    /// The value, cut to [`VALUE_BYTES`] bytes.
    pub(super) text: String,
}

/// A sample as it is moved: the values by ascending hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredSample {
    pub(super) limit: Option<u64>,
    pub(super) values: Vec<Sampled>,
}

impl Sample {
    pub(super) fn new() -> Self {
        Self {
            table: HashTable::default(),
            counts: Vec::new(),
            ends: Vec::new(),
            bytes: Vec::new(),
            limit: None,
        }
    }

    /// Whether a value with this hash is still of interest.
    #[inline]
    pub(super) fn admits(&self, hash: u64) -> bool {
        self.limit.is_none_or(|limit| hash < limit)
    }

    /// Counts a value that is admitted; `write` appends its bytes where it is new.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, count: u64, write: impl FnOnce(&mut Vec<u8>)) {
        let (place, new) = self.table.find_or_insert(hash);
        if let (false, Some(known)) = (new, self.counts.get_mut(place)) {
            *known = known.saturating_add(count);
            return;
        }
        self.push(count, write);
    }

    #[inline(never)]
    fn push(&mut self, count: u64, write: impl FnOnce(&mut Vec<u8>)) {
        self.counts.push(count);
        write(&mut self.bytes);
        self.ends.push(self.bytes.len() as u32);
        if self.counts.len() > 2 * KEPT_VALUES || self.bytes.len() > 2 * KEPT_BYTES {
            *self = Self::from_stored(self.stored());
        }
    }

    fn value(&self, place: usize) -> &[u8] {
        let start = place.checked_sub(1).and_then(|before| self.ends.get(before)).unwrap_or(&0);
        let end = self.ends.get(place).unwrap_or(start);
        self.bytes.get(*start as usize..*end as usize).unwrap_or_default()
    }

    /// The sample, by ascending hash.
    pub(super) fn stored(&self) -> StoredSample {
        let mut order: Vec<(u64, usize)> = self.table.hashes().iter().copied().zip(0..).collect();
        order.sort_unstable();
        let mut limit = self.limit;
        let mut bytes = 0;
        let mut values = Vec::with_capacity(order.len().min(KEPT_VALUES));
        for (hash, place) in order {
            let value = self.value(place);
            bytes += value.len();
            let fits = values.len() < KEPT_VALUES && bytes <= KEPT_BYTES;
            if limit.is_some_and(|limit| hash >= limit) || !fits {
                limit = Some(limit.map_or(hash, |limit| limit.min(hash)));
                break;
            }
            let text = valid_start(value).to_owned();
            values.push(Sampled { hash, count: self.counts.get(place).map_or(0, |&c| c), text });
        }
        StoredSample { limit, values }
    }

    fn from_stored(stored: StoredSample) -> Self {
        let mut sample = Self::new();
        for value in stored.values {
            sample.add(value.hash, value.count, |bytes| bytes.extend(value.text.as_bytes()));
        }
        sample.limit = stored.limit;
        sample
    }

    /// Takes in the sample of other rows.
    pub(super) fn merge(&mut self, other: StoredSample) {
        if let Some(limit) = other.limit {
            self.limit = Some(self.limit.map_or(limit, |own| own.min(limit)));
        }
        for value in other.values {
            if self.admits(value.hash) {
                self.add(value.hash, value.count, |bytes| bytes.extend(value.text.as_bytes()));
            }
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.table.heap_bytes()
            + self.counts.capacity() * size_of::<u64>()
            + self.ends.capacity() * size_of::<u32>()
            + self.bytes.capacity()
    }
}

impl StoredSample {
    /// Refuses what no sample of `values` values can be.
    pub(super) fn check(&self, values: u64) -> Result<()> {
        let hashes = self.values.iter().map(|value| value.hash);
        let ascending = hashes.clone().is_sorted_by(|before, after| before < after);
        let below = hashes.clone().next_back() < self.limit || self.limit.is_none();
        let bytes: usize = self.values.iter().map(|value| value.text.len()).sum();
        let short = self.values.iter().all(|value| value.text.len() <= VALUE_BYTES);
        let counted = self
            .values
            .iter()
            .try_fold(0_u64, |sum, value| sum.checked_add(value.count).filter(|_| value.count > 0));
        let whole = match (self.limit, counted) {
            (None, Some(sum)) => sum == values,
            (Some(_), Some(sum)) => sum < values,
            (_, None) => false,
        };
        let small = self.values.len() <= KEPT_VALUES && bytes <= KEPT_BYTES;
        if ascending && (below || self.values.is_empty()) && short && whole && small {
            return Ok(());
        }
        Err(Error::internal("the bytes of a semantic summary contradict themselves"))
    }
}

/// The longest start of `bytes` that is valid UTF-8.
pub(super) fn valid_start(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bytes
            .get(..error.valid_up_to())
            .and_then(|start| std::str::from_utf8(start).ok())
            .unwrap_or_default(),
    }
}

/// What is kept of a value.
#[inline]
pub(super) fn kept_start(value: &[u8]) -> &[u8] {
    match value.get(..VALUE_BYTES) {
        None => value,
        Some(start) => valid_start(start).as_bytes(),
    }
}
