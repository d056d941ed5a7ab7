use serde::{Deserialize, Serialize};

use super::distinct::EXACT_VALUES;
use super::hash::{HashIndex, hash_bytes, hashes};
use super::kind::{ValueKind, bytes_cell, decimal_cell, float_cell};
use super::support::{Present, PresentValues, join_kinds, single_column_summary};
use crate::measured::Measured;
use crate::table::Cell;
use crate::{Error, Result};

/// While exact, the values themselves take at most so many bytes.
const EXACT_BYTES: usize = 1 << 20;

/// Once approximate, so many values are kept when there are twice as many.
const KEPT_VALUES: usize = 1_024;

/// Once approximate, or for people, so many bytes of a text are kept.
const TEXT_BYTES: usize = 200;

/// A value and how often it occurs.
#[derive(Clone, Debug, PartialEq)]
pub struct FrequentValue {
    /// The value; long text is cut to 200 bytes and ends in `…`.
    pub value: Cell,
    /// How often. When approximate, a lower bound: the true count is at most `error` higher.
    pub count: Measured<u64>,
}

/// The most frequent values of a column of any type, nulls left out.
///
/// Exact while there are at most 8,192 different values of at most one MiB; beyond that the
/// summary of J. Misra and D. Gries, "Finding repeated elements" (1982), in the mergeable form of
/// Agarwal et al., "Mergeable summaries" (2012): of up to 2,048 counted values the 1,024 most
/// frequent stay, and all counts go down by the next one's. The sum of what was taken off is the
/// error, at most values / 1,024.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct FrequentValues {
    kind: Option<ValueKind>,
    values: u64,
    index: HashIndex,
    counts: Vec<u64>,
    payload: Payload,
    /// What any count may be too low by; `None` while exact.
    error: Option<u64>,
}

/// The values behind the hashes, in the same order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Payload {
    /// Whole numbers, bits of floats, truth values.
    Words(Vec<i64>),
    /// Text, bytes, decimals: value `i` ends at `ends[i]`.
    Bytes { ends: Vec<u32>, bytes: Vec<u8> },
}

impl Default for Payload {
    fn default() -> Self {
        Self::Words(Vec::new())
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    kind: Option<ValueKind>,
    values: u64,
    hashes: Vec<u64>,
    counts: Vec<u64>,
    payload: Payload,
    error: Option<u64>,
}

impl From<Stored> for FrequentValues {
    fn from(stored: Stored) -> Self {
        let Stored { kind, values, hashes, counts, payload, error } = stored;
        Self { kind, values, index: HashIndex::of(hashes), counts, payload, error }
    }
}

impl From<FrequentValues> for Stored {
    fn from(summary: FrequentValues) -> Self {
        let FrequentValues { kind, values, index, counts, payload, error } = summary;
        Self { kind, values, hashes: index.hashes().to_vec(), counts, payload, error }
    }
}

impl PartialEq for FrequentValues {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
            && self.index.hashes() == other.index.hashes()
            && self.counts == other.counts
            && self.payload == other.payload
            && self.error == other.error
    }
}

/// A value as the summary holds it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Held<'a> {
    Word(i64),
    Bytes(&'a [u8]),
}

impl FrequentValues {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Values taken in, nulls left out.
    pub fn values(&self) -> u64 {
        self.values
    }

    /// Whether every value and its count is known.
    pub fn is_exact(&self) -> bool {
        self.error.is_none()
    }

    /// By how much any count may be too low; nothing while exact.
    pub fn error(&self) -> u64 {
        self.error.unwrap_or(0)
    }

    /// The counts of the values held, in no order that means something.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The least frequent values, by count, then by value; `None` once approximate.
    pub fn rarest(&self, limit: usize) -> Option<Vec<FrequentValue>> {
        let kind = self.kind.filter(|_| self.is_exact())?;
        let mut order: Vec<usize> = (0..self.counts.len()).collect();
        let by_count = |a: &usize, b: &usize| {
            self.counts[*a].cmp(&self.counts[*b]).then_with(|| self.compare(kind, *a, *b))
        };
        if order.len() > limit && limit > 0 {
            order.select_nth_unstable_by(limit - 1, by_count);
            order.truncate(limit);
        }
        order.sort_by(by_count);
        Some(order.into_iter().filter_map(|place| self.value(kind, place)).collect())
    }

    /// How many different values there are, when known exactly.
    pub fn distinct(&self) -> Option<u64> {
        self.is_exact().then_some(self.index.len() as u64)
    }

    /// The most frequent values, by count, then by value. Once approximate, values whose place
    /// among the frequent ones is not certain (count not above the error) are left out.
    pub fn top(&self, limit: usize) -> Vec<FrequentValue> {
        let Some(kind) = self.kind else { return Vec::new() };
        let least = self.error.unwrap_or(0);
        let mut order: Vec<usize> =
            (0..self.counts.len()).filter(|&place| self.counts[place] > least).collect();
        let by_count = |a: &usize, b: &usize| {
            self.counts[*b].cmp(&self.counts[*a]).then_with(|| self.compare(kind, *a, *b))
        };
        // Of thousands of values few are asked for: only these are sorted.
        if order.len() > limit && limit > 0 {
            order.select_nth_unstable_by(limit - 1, by_count);
        }
        order.truncate(limit);
        order.sort_by(by_count);
        order.into_iter().filter_map(|place| self.value(kind, place)).collect()
    }

    fn value(&self, kind: ValueKind, place: usize) -> Option<FrequentValue> {
        let count = self.counts[place];
        Some(FrequentValue {
            value: cell(kind, self.payload.get(place)?),
            count: match self.error {
                None => Measured::exact(count),
                Some(error) => Measured::approximate(count, error as f64),
            },
        })
    }

    /// Takes in bytes `count` times, without settling.
    pub(super) fn take_bytes(&mut self, kind: ValueKind, bytes: &[u8], count: u64) -> Result<()> {
        self.adopt(Some(kind))?;
        self.add(hash_bytes(bytes), Held::Bytes(bytes), count);
        Ok(())
    }

    /// What the values are.
    pub(super) fn kind(&self) -> Option<ValueKind> {
        self.kind
    }

    /// The hashes of the values held.
    pub(super) fn held_hashes(&self) -> &[u64] {
        self.index.hashes()
    }

    /// The values held and their counts, in the order they first came.
    pub(super) fn held(&self) -> impl Iterator<Item = (Held<'_>, u64)> {
        self.counts
            .iter()
            .enumerate()
            .filter_map(|(place, &count)| Some((self.payload.get(place)?, count)))
    }

    fn compare(&self, kind: ValueKind, a: usize, b: usize) -> std::cmp::Ordering {
        match (self.payload.get(a), self.payload.get(b)) {
            (Some(Held::Word(a)), Some(Held::Word(b))) if kind == ValueKind::Float => {
                f64::from_bits(a as u64).total_cmp(&f64::from_bits(b as u64))
            }
            (Some(Held::Word(a)), Some(Held::Word(b))) => a.cmp(&b),
            (Some(Held::Bytes(a)), Some(Held::Bytes(b))) => {
                match (decimal_of(kind, a), decimal_of(kind, b)) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    _ => a.cmp(b),
                }
            }
            _ => std::cmp::Ordering::Equal,
        }
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        self.take_hashed(present, &hashes(&present.values))?;
        self.settle();
        Ok(())
    }

    /// Takes in a batch whose hashes are known, without settling: an exact summary stays exact.
    pub(super) fn take_hashed(&mut self, present: &Present<'_>, hashes: &[u64]) -> Result<()> {
        self.adopt(present.values.kind())?;
        match &present.values {
            PresentValues::Nothing => {}
            PresentValues::Booleans(values) => {
                self.take_words(hashes, values.iter().map(|&value| i64::from(value)));
            }
            PresentValues::Integers(values, _) => {
                self.take_words(hashes, values.iter().copied());
            }
            PresentValues::Floats { all, .. } => {
                let bits = all.iter().map(|&value| super::hash::float_bits(value) as i64);
                self.take_words(hashes, bits);
            }
            PresentValues::Decimals(values, _) => {
                for (&hash, value) in hashes.iter().zip(values.iter()) {
                    self.add(hash, Held::Bytes(&value.to_le_bytes()), 1);
                }
            }
            PresentValues::Texts(texts, _) => {
                let mut hashes = hashes.iter();
                texts.each(|text| {
                    if let Some(&hash) = hashes.next() {
                        self.add(hash, Held::Bytes(text), 1);
                    }
                });
            }
        }
        Ok(())
    }

    /// Neighbouring rows often agree, so runs are counted before they are looked up.
    fn take_words(&mut self, hashes: &[u64], words: impl Iterator<Item = i64>) {
        let mut run: Option<(u64, i64, u64)> = None;
        for (&hash, word) in hashes.iter().zip(words) {
            match &mut run {
                Some((running, _, count)) if *running == hash => *count += 1,
                run => {
                    if let Some((hash, word, count)) = run.replace((hash, word, 1)) {
                        self.add(hash, Held::Word(word), count);
                    }
                }
            }
        }
        if let Some((hash, word, count)) = run {
            self.add(hash, Held::Word(word), count);
        }
    }

    /// Takes on the kind of a later part.
    fn adopt(&mut self, kind: Option<ValueKind>) -> Result<()> {
        let joined = join_kinds(self.kind, kind)?;
        if self.kind.is_none()
            && let Some(kind) = joined
        {
            self.payload = Payload::for_kind(kind);
        }
        self.kind = joined;
        Ok(())
    }

    #[inline]
    fn add(&mut self, hash: u64, value: Held<'_>, count: u64) {
        self.values += count;
        let (place, new) = self.index.find_or_insert(hash);
        if !new {
            self.counts[place] += count;
            return;
        }
        self.counts.push(count);
        self.payload.push(value, self.error.is_some());
        if self.error.is_some() && self.index.len() > 2 * KEPT_VALUES {
            self.keep_most_frequent();
        }
    }

    /// Whether there is more than an exact summary may hold. It is settled between batches, so
    /// that whether a table is counted exactly does not depend on how its rows were grouped.
    pub(super) fn is_full(&self) -> bool {
        self.index.len() > EXACT_VALUES || self.payload.bytes() > EXACT_BYTES
    }

    /// Becomes approximate when it is full.
    pub(super) fn settle(&mut self) {
        if self.is_exact() && self.is_full() {
            self.error = Some(0);
            self.keep_most_frequent();
        }
    }

    fn keep_most_frequent(&mut self) {
        let mut descending = self.counts.clone();
        let taken_off = if descending.len() > KEPT_VALUES {
            *descending.select_nth_unstable_by(KEPT_VALUES, |a, b| b.cmp(a)).1
        } else {
            0
        };
        let mut hashes = Vec::with_capacity(2 * KEPT_VALUES);
        let mut counts = Vec::with_capacity(2 * KEPT_VALUES);
        let mut payload = self.payload.empty();
        for (place, &hash) in self.index.hashes().iter().enumerate() {
            let Some(count) = self.counts[place].checked_sub(taken_off).filter(|&left| left > 0)
            else {
                continue;
            };
            let Some(value) = self.payload.get(place) else { continue };
            hashes.push(hash);
            counts.push(count);
            payload.push(value, true);
        }
        self.index = HashIndex::of(hashes);
        self.counts = counts;
        self.payload = payload;
        self.error = Some(self.error.unwrap_or(0) + taken_off);
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.merge_unsettled(later)?;
        self.settle();
        Ok(())
    }

    /// Takes in a later part without settling: of two exact parts comes an exact one.
    pub(super) fn merge_unsettled(&mut self, later: Self) -> Result<()> {
        self.adopt(later.kind)?;
        let values = self.values + later.values;
        if let Some(error) = later.error {
            self.error = Some(self.error.unwrap_or(0) + error);
        }
        for (place, &hash) in later.index.hashes().iter().enumerate() {
            let value = later.payload.get(place);
            let (Some(value), Some(&count)) = (value, later.counts.get(place)) else {
                return Err(Error::internal("a summary of frequent values is damaged"));
            };
            self.add(hash, value, count);
        }
        self.values = values;
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.index.heap_bytes() + self.counts.capacity() * size_of::<u64>() + self.payload.bytes()
    }
}

single_column_summary!(FrequentValues, "frequent_values");

impl Payload {
    fn for_kind(kind: ValueKind) -> Self {
        match kind {
            ValueKind::Text | ValueKind::Binary | ValueKind::Decimal { .. } => {
                Self::Bytes { ends: Vec::new(), bytes: Vec::new() }
            }
            _ => Self::Words(Vec::new()),
        }
    }

    fn empty(&self) -> Self {
        match self {
            Self::Words(_) => Self::Words(Vec::new()),
            Self::Bytes { .. } => Self::Bytes { ends: Vec::new(), bytes: Vec::new() },
        }
    }

    fn push(&mut self, value: Held<'_>, cut: bool) {
        match (self, value) {
            (Self::Words(words), Held::Word(word)) => words.push(word),
            (Self::Bytes { ends, bytes }, Held::Bytes(value)) => {
                let kept = if cut { cut_bytes(value) } else { value };
                bytes.extend_from_slice(kept);
                ends.push(bytes.len() as u32);
            }
            // One kind per column, so one form; a hole would be left out of the results.
            (Self::Words(words), Held::Bytes(_)) => words.push(0),
            (Self::Bytes { ends, bytes }, Held::Word(_)) => ends.push(bytes.len() as u32),
        }
    }

    fn get(&self, place: usize) -> Option<Held<'_>> {
        match self {
            Self::Words(words) => words.get(place).map(|&word| Held::Word(word)),
            Self::Bytes { ends, bytes } => {
                let start = place.checked_sub(1).map_or(Some(&0), |before| ends.get(before))?;
                bytes.get(*start as usize..*ends.get(place)? as usize).map(Held::Bytes)
            }
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Words(words) => words.len() * size_of::<i64>(),
            Self::Bytes { ends, bytes } => ends.len() * size_of::<u32>() + bytes.len(),
        }
    }
}

/// One byte more than people are shown, so that it is known to have been longer.
fn cut_bytes(value: &[u8]) -> &[u8] {
    value.get(..=TEXT_BYTES).unwrap_or(value)
}

fn decimal_of(kind: ValueKind, bytes: &[u8]) -> Option<i128> {
    let ValueKind::Decimal { .. } = kind else { return None };
    bytes.try_into().ok().map(i128::from_le_bytes)
}

fn cell(kind: ValueKind, value: Held<'_>) -> Cell {
    match (kind, value) {
        (ValueKind::Float, Held::Word(bits)) => float_cell(f64::from_bits(bits as u64)),
        (kind, Held::Word(word)) => kind.integer_cell(word),
        (ValueKind::Decimal { scale }, Held::Bytes(bytes)) => {
            decimal_of(kind, bytes).map_or(Cell::Null, |value| decimal_cell(value, scale))
        }
        (kind, Held::Bytes(bytes)) if bytes.len() <= TEXT_BYTES => bytes_cell(kind, bytes),
        (ValueKind::Text, Held::Bytes(bytes)) => {
            let cut = &bytes[..TEXT_BYTES];
            let whole = cut.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            Cell::Text(format!("{whole}…"))
        }
        (kind, Held::Bytes(bytes)) => {
            Cell::Text(format!("{}…", bytes_cell(kind, &bytes[..TEXT_BYTES])))
        }
    }
}
