use serde::{Deserialize, Serialize};

use super::counts::ColumnCounts;
use super::distinct::Distinct;
use super::extremes::Extremes;
use super::frequent_values::{FrequentValues, Held};
use super::hash::hashes;
use super::histogram::BinaryHistogram;
use super::kind::ValueKind;
use super::moments::Moments;
use super::quantiles::{OrderedValues, Quantiles, key_of_decimal, key_of_float};
use super::support::{Present, PresentValues, single_column_summary};
use super::text_kinds::TextKinds;
use super::text_lengths::TextLengths;
use crate::Result;
use crate::measured::Measured;

/// Everything a profile says about one column of any type, in one summary.
///
/// Values are resolved and hashed once for all parts. While a column has few different values
/// (see [`FrequentValues`]) only these are counted, and what follows from them (distinct values,
/// quantiles, lengths and kinds of texts, the extreme texts) is worked out when asked for, from
/// each different value once: exactly, and for less. When they become too many, they are poured
/// into the sketches, which go on from there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ColumnProfileSummary {
    counts: ColumnCounts,
    frequent: FrequentValues,
    moments: Moments,
    histogram: BinaryHistogram,
    extremes: Extremes,
    /// Empty while `frequent` is exact.
    sketches: Sketches,
}

/// What takes over when there are too many different values to count each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Sketches {
    distinct: Distinct,
    quantiles: Quantiles,
    lengths: TextLengths,
    kinds: TextKinds,
}

impl ColumnProfileSummary {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the values are; `None` while there are none.
    pub fn kind(&self) -> Option<ValueKind> {
        self.frequent.kind()
    }

    /// How many of what.
    pub fn counts(&self) -> &ColumnCounts {
        &self.counts
    }

    /// Moments, of numbers, dates and times.
    pub fn moments(&self) -> &Moments {
        &self.moments
    }

    /// The histogram, of numbers, dates and times.
    pub fn histogram(&self) -> &BinaryHistogram {
        &self.histogram
    }

    /// The most frequent values.
    pub fn frequent(&self) -> &FrequentValues {
        &self.frequent
    }

    /// Different values; see [`Distinct::count`].
    pub fn distinct(&self) -> Measured<u64> {
        self.frequent.distinct().map_or_else(|| self.sketches.distinct.count(), Measured::exact)
    }

    /// The smallest and the largest value.
    pub fn extremes(&self) -> Extremes {
        let mut extremes = self.extremes.clone();
        if self.frequent.is_exact() {
            self.pour_texts(|kind, text, _| extremes.take_text(kind, text));
        }
        extremes
    }

    /// The finite values in order, for quantiles of numbers, dates and times.
    pub fn ordered(&self) -> OrderedValues {
        if !self.frequent.is_exact() {
            return self.sketches.quantiles.ordered();
        }
        let mut weighted = Vec::new();
        if let Some(kind) = self.kind() {
            let held = self.frequent.held();
            weighted.extend(held.filter_map(|(value, count)| Some((key(kind, value)?, count))));
        }
        OrderedValues::new(self.kind(), weighted, 0)
    }

    /// Lengths of texts.
    pub fn lengths(&self) -> TextLengths {
        let mut lengths = self.sketches.lengths.clone();
        if self.frequent.is_exact() {
            self.pour_texts(|kind, text, count| take_length(&mut lengths, kind, text, count));
        }
        lengths
    }

    /// What texts look like.
    pub fn kinds(&self) -> TextKinds {
        let mut kinds = self.sketches.kinds.clone();
        if self.frequent.is_exact() && self.kind() == Some(ValueKind::Text) {
            self.pour_texts(|_, text, count| kinds.take_text(text, count));
        }
        kinds
    }

    fn pour_texts(&self, mut take: impl FnMut(ValueKind, &[u8], u64)) {
        let Some(kind) = self.kind().filter(|&kind| is_text(kind)) else { return };
        for (value, count) in self.frequent.held() {
            if let Held::Bytes(text) = value {
                take(kind, text, count);
            }
        }
    }

    fn take(&mut self, present: &Present<'_>) -> Result<()> {
        let values = &present.values;
        self.counts.take(present)?;
        match values {
            PresentValues::Integers(..)
            | PresentValues::Floats { .. }
            | PresentValues::Decimals(..) => {
                self.moments.take(present)?;
                self.histogram.take(present)?;
                self.extremes.take(present)?;
            }
            PresentValues::Booleans(_) => self.extremes.take(present)?,
            PresentValues::Nothing | PresentValues::Texts(..) => {}
        }
        let hashes = hashes(values);
        let counted = self.frequent.is_exact();
        self.frequent.take_hashed(present, &hashes)?;
        if counted {
            return self.pour_when_full();
        }
        self.sketches.take(present, &hashes)?;
        match values {
            PresentValues::Texts(..) => self.extremes.take(present),
            _ => Ok(()),
        }
    }

    /// Moves what was counted value by value into the sketches, once there are too many values.
    fn pour_when_full(&mut self) -> Result<()> {
        if self.frequent.is_full() {
            self.sketches.pour(&self.frequent, &mut self.extremes)?;
            self.frequent.settle();
        }
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.counts.merge(later.counts)?;
        self.moments.merge(later.moments)?;
        self.histogram.merge(later.histogram)?;
        self.extremes.merge(later.extremes)?;
        match (self.frequent.is_exact(), later.frequent.is_exact()) {
            (true, true) => {
                self.frequent.merge_unsettled(later.frequent)?;
                return self.pour_when_full();
            }
            (true, false) => self.sketches.pour(&self.frequent, &mut self.extremes)?,
            (false, true) => self.sketches.pour(&later.frequent, &mut self.extremes)?,
            (false, false) => {}
        }
        self.frequent.merge(later.frequent)?;
        self.sketches.merge(later.sketches)
    }

    fn heap_bytes(&self) -> usize {
        self.frequent.heap_bytes()
            + self.histogram.heap_bytes()
            + self.extremes.heap_bytes()
            + self.sketches.heap_bytes()
    }
}

single_column_summary!(ColumnProfileSummary, "column_profile");

impl Sketches {
    fn take(&mut self, present: &Present<'_>, hashes: &[u64]) -> Result<()> {
        self.distinct.take_hashes(hashes)?;
        match &present.values {
            PresentValues::Nothing | PresentValues::Booleans(_) => Ok(()),
            PresentValues::Integers(..)
            | PresentValues::Floats { .. }
            | PresentValues::Decimals(..) => self.quantiles.take(present),
            PresentValues::Texts(_, kind) => {
                self.lengths.take(present)?;
                if *kind == ValueKind::Text { self.kinds.take(present) } else { Ok(()) }
            }
        }
    }

    /// Takes in every value that was counted, as often as it was counted.
    fn pour(&mut self, counted: &FrequentValues, extremes: &mut Extremes) -> Result<()> {
        let Some(kind) = counted.kind() else { return Ok(()) };
        self.distinct.take_counted(counted.held_hashes(), counted.values())?;
        for (value, count) in counted.held() {
            match value {
                Held::Bytes(text) if is_text(kind) => {
                    extremes.take_text(kind, text);
                    take_length(&mut self.lengths, kind, text, count);
                    if kind == ValueKind::Text {
                        self.kinds.take_text(text, count);
                    }
                }
                value => {
                    if let Some(key) = key(kind, value) {
                        self.quantiles.take_counted(kind, key, count);
                    }
                }
            }
        }
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.distinct.merge(later.distinct)?;
        self.quantiles.merge(later.quantiles)?;
        self.lengths.merge(later.lengths)?;
        self.kinds.merge(later.kinds)
    }

    fn heap_bytes(&self) -> usize {
        self.distinct.heap_bytes()
            + self.quantiles.heap_bytes()
            + self.lengths.heap_bytes()
            + self.kinds.heap_bytes()
    }
}

fn is_text(kind: ValueKind) -> bool {
    matches!(kind, ValueKind::Text | ValueKind::Binary)
}

/// Where a value stands in the order of [`Quantiles`]; `None` where it has no place in it.
fn key(kind: ValueKind, value: Held<'_>) -> Option<i64> {
    match (kind, value) {
        (ValueKind::Boolean, _) => None,
        (ValueKind::Float, Held::Word(bits)) => {
            Some(f64::from_bits(bits as u64)).filter(|value| value.is_finite()).map(key_of_float)
        }
        (_, Held::Word(word)) => Some(word),
        (ValueKind::Decimal { .. }, Held::Bytes(bytes)) => {
            Some(key_of_decimal(i128::from_le_bytes(bytes.try_into().ok()?), kind))
        }
        (_, Held::Bytes(_)) => None,
    }
}

fn take_length(lengths: &mut TextLengths, kind: ValueKind, text: &[u8], count: u64) {
    if kind == ValueKind::Binary {
        lengths.take_length(text.len(), count);
    } else {
        lengths.take_text(text, count);
    }
}
