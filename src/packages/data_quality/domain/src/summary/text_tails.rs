use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{Batch, Values};

use super::{KEPT, decode, encode, only_column, row_number, shorten};

/// Longer texts are counted as this long; bounds the number of different lengths.
const LONGEST: u64 = 65_535;

/// One end of the lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// The shortest texts.
    Short,
    /// The longest texts.
    Long,
}

/// How long the texts of a column are, in characters (Unicode scalar values), exactly, and which
/// are the shortest and the longest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TextTails {
    lengths: BTreeMap<u64, u64>,
    shortest: Vec<Example>,
    longest: Vec<Example>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Example {
    length: u64,
    row: u64,
    text: String,
}

impl TextTails {
    /// Texts taken in.
    pub fn values(&self) -> u64 {
        self.lengths.values().sum()
    }

    /// The (lower) median length.
    pub fn median(&self) -> Option<u64> {
        median(&self.lengths)
    }

    /// The (lower) median of the distances from `center`: the MAD when `center` is the median.
    pub fn median_distance(&self, center: u64) -> Option<u64> {
        let mut distances = BTreeMap::new();
        for (length, count) in &self.lengths {
            *distances.entry(length.abs_diff(center)).or_insert(0) += count;
        }
        median(&distances)
    }

    /// Texts whose length satisfies a condition.
    pub fn count_where(&self, condition: impl Fn(u64) -> bool) -> u64 {
        self.lengths.iter().filter(|(length, _)| condition(**length)).map(|(_, count)| count).sum()
    }

    /// The most extreme texts of one end: length, row, text.
    pub fn extremes(&self, tail: Tail) -> impl Iterator<Item = (u64, u64, &str)> {
        let examples = match tail {
            Tail::Short => &self.shortest,
            Tail::Long => &self.longest,
        };
        examples.iter().map(|example| (example.length, example.row, example.text.as_str()))
    }

    fn offer(&mut self, tail: Tail, length: u64, row: u64, text: &str) {
        let examples = match tail {
            Tail::Short => &mut self.shortest,
            Tail::Long => &mut self.longest,
        };
        let beats = |other: &Example| match tail {
            Tail::Short => length < other.length,
            Tail::Long => length > other.length,
        };
        if examples.len() >= KEPT && !examples.last().is_some_and(beats) {
            return;
        }
        // Rows come in ascending order, so a tie goes behind the earlier row.
        let at = examples.iter().position(beats).unwrap_or(examples.len());
        examples.insert(at, Example { length, row, text: shorten(text) });
        examples.truncate(KEPT);
    }
}

/// The smallest key at which at least half of the counts are reached.
fn median(counts: &BTreeMap<u64, u64>) -> Option<u64> {
    let total: u64 = counts.values().sum();
    let mut seen = 0;
    for (&key, count) in counts {
        seen += count;
        if seen * 2 >= total {
            return Some(key);
        }
    }
    None
}

/// Unicode scalar values of valid UTF-8: every byte but the continuation bytes.
fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as u64
}

impl Summary for TextTails {
    fn key(&self) -> String {
        "quality.text_tails".to_owned()
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::default())
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let column = only_column(batch)?;
        let Values::Text(texts) = column.values else { return Ok(()) };
        for (index, &row) in batch.rows.iter().enumerate() {
            if !column.is_valid(index) {
                continue;
            }
            let length = characters(texts.bytes_at(index)).min(LONGEST);
            *self.lengths.entry(length).or_insert(0) += 1;
            let full = self.longest.len() >= KEPT;
            if !full || self.longest.last().is_some_and(|last| length > last.length) {
                self.offer(Tail::Long, length, row_number(row), texts.get(index));
            }
            if !full || self.shortest.last().is_some_and(|last| length < last.length) {
                self.offer(Tail::Short, length, row_number(row), texts.get(index));
            }
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Self = decode(later)?;
        for (length, count) in later.lengths {
            *self.lengths.entry(length).or_insert(0) += count;
        }
        for example in later.shortest {
            self.offer(Tail::Short, example.length, example.row, &example.text);
        }
        for example in later.longest {
            self.offer(Tail::Long, example.length, example.row, &example.text);
        }
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.lengths.len() * 48 + 2 * KEPT * 160
    }
}
