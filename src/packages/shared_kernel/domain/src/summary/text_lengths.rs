use serde::{Deserialize, Serialize};

use super::support::{Present, PresentValues, single_column_summary, wrong_type};
use crate::Result;
use crate::measured::Measured;

/// Texts below this length are counted by length, others by powers of two.
const COUNTED_LENGTHS: usize = 1_024;

/// Lengths of texts in characters (Unicode scalar values), of byte strings in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextLengths {
    count: u64,
    total: u64,
    min: u64,
    max: u64,
    /// Texts by length.
    counts: Vec<u64>,
    /// Longer texts by the floor of the logarithm to base 2 of their length, less ten.
    longer: Vec<u64>,
    /// Squares of the lengths of longer texts.
    longer_squares: u128,
}

impl TextLengths {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Texts taken in.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest text's length.
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The longest text's length.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The mean length.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.total as f64 / self.count as f64)
    }

    /// The sample standard deviation of the lengths (n - 1), from two texts on. It comes from exact
    /// sums of whole numbers.
    pub fn standard_deviation(&self) -> Option<f64> {
        let others = self.count.checked_sub(1).filter(|&others| others > 0)?;
        let square = |(length, count): (u64, u64)| u128::from(length * length) * u128::from(count);
        let squares = self.counts().map(square).sum::<u128>() + self.longer_squares;
        // n Σx² - (Σx)², which is never below zero.
        let scaled = u128::from(self.count).checked_mul(squares)?;
        let scaled = scaled.checked_sub(u128::from(self.total).checked_mul(self.total.into())?)?;
        Some((scaled as f64 / self.count as f64 / others as f64).sqrt())
    }

    /// Characters in all.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The length of the text at a share (0 to 1) of all texts in order of length, the lower of
    /// two. Exact below 1,024 characters; above, the error bounds how much longer it may be.
    pub fn quantile(&self, share: f64) -> Option<Measured<u64>> {
        let last = self.count.checked_sub(1)?;
        let rank = (share.clamp(0.0, 1.0) * last as f64).floor() as u64;
        let mut up_to = 0;
        for (length, count) in self.counts() {
            up_to += count;
            if rank < up_to {
                return Some(Measured::exact(length));
            }
        }
        let first = COUNTED_LENGTHS as u64;
        for (octave, &count) in self.longer.iter().enumerate() {
            up_to += count;
            if rank < up_to {
                let lower = first << octave;
                let upper = self.max.min((lower - 1).saturating_add(lower));
                return Some(Measured::approximate(lower, (upper - lower) as f64));
            }
        }
        None
    }

    /// Lengths that occur, ascending, and how many texts have each, up to 1,023 characters.
    pub fn counts(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let texts = self.counts.iter().enumerate();
        texts.filter(|&(_, &count)| count > 0).map(|(length, &count)| (length as u64, count))
    }

    /// Texts of 1,024 characters and more.
    pub fn longer_texts(&self) -> u64 {
        self.longer.iter().sum()
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        match &present.values {
            PresentValues::Nothing => {}
            PresentValues::Texts(texts, super::kind::ValueKind::Binary) => {
                texts.each(|bytes| self.take_length(bytes.len(), 1));
            }
            PresentValues::Texts(texts, _) => texts.each(|text| self.take_text(text, 1)),
            _ => return Err(wrong_type("text lengths", &present.values)),
        }
        Ok(())
    }

    /// Takes in a text `count` times.
    #[inline]
    pub(super) fn take_text(&mut self, text: &[u8], count: u64) {
        self.take_length(characters(text), count);
    }

    #[inline]
    pub(super) fn take_length(&mut self, length: usize, count: u64) {
        if length < COUNTED_LENGTHS {
            if self.counts.len() <= length {
                self.counts.resize(length + 1, 0);
            }
            self.counts[length] += count;
        } else {
            let octave = (length / COUNTED_LENGTHS).ilog2() as usize;
            if self.longer.len() <= octave {
                self.longer.resize(octave + 1, 0);
            }
            self.longer[octave] += count;
            let square = (length as u128).saturating_mul(length as u128);
            let squares = square.saturating_mul(u128::from(count));
            self.longer_squares = self.longer_squares.saturating_add(squares);
        }
        let length = length as u64;
        self.min = if self.count == 0 { length } else { self.min.min(length) };
        self.max = self.max.max(length);
        self.count += count;
        self.total += length * count;
    }

    #[expect(clippy::unnecessary_wraps, reason = "the form every summary has")]
    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        if later.count > 0 {
            self.min = if self.count == 0 { later.min } else { self.min.min(later.min) };
            self.max = self.max.max(later.max);
        }
        self.count += later.count;
        self.total += later.total;
        add(&mut self.counts, &later.counts);
        add(&mut self.longer, &later.longer);
        self.longer_squares = self.longer_squares.saturating_add(later.longer_squares);
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        (self.counts.capacity() + self.longer.capacity()) * size_of::<u64>()
    }
}

single_column_summary!(TextLengths, "text_lengths");

fn add(counts: &mut Vec<u64>, later: &[u64]) {
    if counts.len() < later.len() {
        counts.resize(later.len(), 0);
    }
    for (count, later) in counts.iter_mut().zip(later) {
        *count += later;
    }
}

/// Unicode scalar values: every byte that does not continue one begins one.
#[inline]
fn characters(text: &[u8]) -> usize {
    text.iter().map(|&byte| usize::from(byte & 0xc0 != 0x80)).sum()
}
