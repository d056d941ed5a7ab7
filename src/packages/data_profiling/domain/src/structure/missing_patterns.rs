//! Which columns are missing together, row by row.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::Batch;
use shared_kernel_domain::{Error, Result};

use super::grouping::mixed;
use crate::state::{damaged, decode, encode, plain_words};

/// The patterns kept take at most so many words, of 64 columns each.
const MOST_WORDS: usize = 1 << 17;

/// At most and, whatever the width of the table, at least so many patterns are kept.
const PATTERNS: (usize, usize) = (64, 4_096);

/// How often which columns are missing in the same row.
///
/// Exact while there are few enough different combinations (4,096 up to 2,048 columns). Beyond that
/// the summary of Misra and Gries (1982) in the mergeable form of Agarwal et al., "Mergeable
/// summaries" (2012), which holds the same counts as space saving (Metwally et al. 2005) after
/// its smallest is taken off: counts are too low by at most `error`, itself at most rows divided by
/// the patterns kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MissingPatterns {
    columns: usize,
    rows: u64,
    complete: u64,
    /// In the order they came; as bytes, sorted, so that equal contents are equal bytes.
    patterns: Vec<Pattern>,
    /// What any count may be too low by; `None` while exact.
    error: Option<u64>,
    /// Where each pattern stands, by its hash.
    #[serde(skip)]
    places: HashMap<u64, usize>,
}

/// A combination of missing columns and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pattern {
    /// Column `i` is missing where bit `i % 64` of word `i / 64` is set.
    #[serde(with = "plain_words")]
    words: Vec<u64>,
    pub(super) count: u64,
}

impl Pattern {
    /// Whether a column is missing.
    pub(super) fn misses(&self, column: usize) -> bool {
        self.words.get(column / 64).is_some_and(|word| word >> (column % 64) & 1 == 1)
    }

    fn set(&mut self, column: usize) {
        if let Some(word) = self.words.get_mut(column / 64) {
            *word |= 1 << (column % 64);
        }
    }

    fn hash(&self) -> u64 {
        let mut hash = 0;
        for (place, &word) in self.words.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                hash ^= tag(place * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
        hash
    }
}

/// Patterns are told apart by the sum without carry of their columns' tags (Zobrist 1970).
fn tag(column: usize) -> u64 {
    mixed(column as u64 ^ 0x6a09_e667_f3bc_c908)
}

impl MissingPatterns {
    /// Nothing taken in yet, of a table of so many columns.
    pub fn new(columns: usize) -> Self {
        Self {
            columns,
            rows: 0,
            complete: 0,
            patterns: Vec::new(),
            error: None,
            places: HashMap::new(),
        }
    }

    /// Rows taken in.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows in which no column is missing; always exact.
    pub fn complete_rows(&self) -> u64 {
        self.complete
    }

    /// What any count may be too low by; `None` while exact.
    pub(super) fn error(&self) -> Option<u64> {
        self.error
    }

    /// The patterns with a missing column, the most frequent first.
    pub(super) fn by_count(&self) -> Vec<&Pattern> {
        let mut patterns: Vec<&Pattern> = self.patterns.iter().collect();
        patterns.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.words.cmp(&b.words)));
        patterns
    }

    fn capacity(&self) -> usize {
        (MOST_WORDS / self.columns.div_ceil(64).max(1)).clamp(PATTERNS.0, PATTERNS.1)
    }

    fn take(&mut self, batch: &Batch<'_>) -> Result<()> {
        if batch.columns.len() != self.columns {
            return Err(Error::internal("patterns of missing columns are those of all columns"));
        }
        self.rows += batch.len() as u64;
        let gappy: Vec<usize> =
            (0..self.columns).filter(|&place| batch.columns[place].null_count > 0).collect();
        if gappy.is_empty() {
            self.complete += batch.len() as u64;
            return Ok(());
        }
        let mut hashes = vec![0_u64; batch.len()];
        for &place in &gappy {
            let (column, tag) = (&batch.columns[place], tag(place));
            for (row, hash) in hashes.iter_mut().enumerate() {
                *hash ^= if column.is_valid(row) { 0 } else { tag };
            }
        }
        // Neighbouring rows often agree.
        let mut row = 0;
        for run in hashes.chunk_by(|a, b| a == b) {
            let Some(&hash) = run.first() else { continue };
            let count = run.len() as u64;
            match (hash, self.places.get(&hash)) {
                (0, _) => self.complete += count,
                (_, Some(&known)) => self.patterns[known].count += count,
                (_, None) => {
                    let mut pattern = self.empty_pattern();
                    for &place in gappy.iter().filter(|&&place| !batch.columns[place].is_valid(row))
                    {
                        pattern.set(place);
                    }
                    self.insert(hash, Pattern { count, ..pattern });
                }
            }
            row += run.len();
        }
        self.settle();
        Ok(())
    }

    fn empty_pattern(&self) -> Pattern {
        Pattern { words: vec![0; self.columns.div_ceil(64)], count: 0 }
    }

    fn insert(&mut self, hash: u64, pattern: Pattern) {
        self.places.insert(hash, self.patterns.len());
        self.patterns.push(pattern);
        // Within a batch there may be as many patterns as rows.
        if self.error.is_some() && self.patterns.len() > 2 * self.capacity() {
            self.keep_most_frequent();
        }
    }

    /// Becomes approximate, between batches only, when there are too many patterns.
    fn settle(&mut self) {
        if self.patterns.len() > self.capacity() {
            self.keep_most_frequent();
        }
    }

    /// Keeps the most frequent patterns and takes the count of the next one off all.
    fn keep_most_frequent(&mut self) {
        let capacity = self.capacity();
        let mut counts: Vec<u64> = self.patterns.iter().map(|pattern| pattern.count).collect();
        let taken_off = if counts.len() > capacity {
            *counts.select_nth_unstable_by(capacity, |a, b| b.cmp(a)).1
        } else {
            0
        };
        self.patterns.retain_mut(|pattern| {
            pattern.count = pattern.count.saturating_sub(taken_off);
            pattern.count > 0
        });
        self.error = Some(self.error.unwrap_or(0).saturating_add(taken_off));
        self.index();
    }

    fn index(&mut self) {
        let hashed = self.patterns.iter().enumerate();
        self.places = hashed.map(|(place, pattern)| (pattern.hash(), place)).collect();
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        if !later.is_sound(self.columns) {
            return Err(damaged("patterns of missing columns"));
        }
        self.rows = self.rows.saturating_add(later.rows);
        self.complete = self.complete.saturating_add(later.complete);
        if let Some(error) = later.error {
            self.error = Some(self.error.unwrap_or(0).saturating_add(error));
        }
        for pattern in later.patterns {
            let hash = pattern.hash();
            match self.places.get(&hash).and_then(|&known| self.patterns.get_mut(known)) {
                Some(known) => known.count = known.count.saturating_add(pattern.count),
                None => self.insert(hash, pattern),
            }
        }
        self.settle();
        Ok(())
    }

    /// Whether the parts can be those of a table of so many columns.
    fn is_sound(&self, columns: usize) -> bool {
        let words = columns.div_ceil(64);
        let beyond = if columns.is_multiple_of(64) { 0 } else { u64::MAX << (columns % 64) };
        let incomplete = self.patterns.iter().try_fold(0_u64, |sum, pattern| {
            let fits = pattern.words.len() == words
                && pattern.words.last().is_some_and(|last| last & beyond == 0)
                && pattern.words.iter().any(|&word| word != 0)
                && pattern.count > 0;
            if fits { sum.checked_add(pattern.count) } else { None }
        });
        let counted = incomplete.and_then(|incomplete| incomplete.checked_add(self.complete));
        self.columns == columns
            && self.patterns.len() <= 2 * self.capacity() + 1
            && match self.error {
                None => counted == Some(self.rows),
                Some(_) => counted.is_some_and(|counted| counted <= self.rows),
            }
    }
}

impl Summary for MissingPatterns {
    fn key(&self) -> String {
        format!("missing_patterns({})", self.columns)
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::new(self.columns))
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        self.take(batch)
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        self.merge(decode(later)?)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut sorted = self.clone();
        sorted.patterns.sort_by(|a, b| a.words.cmp(&b.words));
        encode(&sorted)
    }

    fn memory_bytes(&self) -> usize {
        let pattern = size_of::<Pattern>() + self.columns.div_ceil(64) * size_of::<u64>();
        size_of::<Self>() + self.patterns.len() * (pattern + 2 * size_of::<u64>())
    }
}
