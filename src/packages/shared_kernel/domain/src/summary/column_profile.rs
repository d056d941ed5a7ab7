use serde::{Deserialize, Serialize};

use super::calendar::Calendar;
use super::counts::ColumnCounts;
use super::distinct::Distinct;
use super::extreme_values::ExtremeValues;
use super::extremes::Extremes;
use super::frequent_values::{FrequentValues, Held};
use super::hash::hashes;
use super::histogram::BinaryHistogram;
use super::kind::ValueKind;
use super::moments::Moments;
use super::number_forms::NumberForms;
use super::quantiles::{OrderedValues, Quantiles, float_of_key, key_of_decimal, key_of_float};
use super::row_order::RowOrder;
use super::support::{Present, PresentValues, number_of_decimal, single_column_summary};
use super::text_bytes::scan;
use super::text_kinds::TextKinds;
use super::text_lengths::TextLengths;
use super::text_shapes::TextShapes;
use crate::Result;
use crate::measured::Measured;

/// So many bytes at the beginning of a byte string tell what it is.
const PREFIX_BYTES: usize = 4;

/// Everything a profile says about one column of any type, in one summary.
///
/// Values are resolved and hashed once for all parts. While a column has few different values
/// (see [`FrequentValues`]) only these are counted, and what follows from them (distinct values,
/// quantiles, extreme values, how numbers, dates and texts are written) is worked out when asked
/// for, from each different value once: exactly, and for less. When they become too many, they are
/// poured into the sketches, which go on from there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ColumnProfileSummary {
    counts: ColumnCounts,
    frequent: FrequentValues,
    moments: Moments,
    histogram: BinaryHistogram,
    order: RowOrder,
    /// Empty while `frequent` is exact.
    sketches: Sketches,
}

/// What takes over when there are too many different values to count each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Sketches {
    distinct: Distinct,
    quantiles: Quantiles,
    extremes: ExtremeValues,
    forms: NumberForms,
    calendar: Calendar,
    lengths: TextLengths,
    kinds: TextKinds,
    shapes: TextShapes,
    prefixes: FrequentValues,
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

    /// In what order the values stand.
    pub fn order(&self) -> &RowOrder {
        &self.order
    }

    /// Different values; see [`Distinct::count`].
    pub fn distinct(&self) -> Measured<u64> {
        self.frequent.distinct().map_or_else(|| self.sketches.distinct.count(), Measured::exact)
    }

    /// The smallest and the largest values.
    pub fn extreme_values(&self) -> ExtremeValues {
        self.part(&self.sketches.extremes, take_extreme)
    }

    /// The smallest and the largest value.
    pub fn extremes(&self) -> Extremes {
        self.extreme_values().extremes()
    }

    /// How numbers are written, and the means that only positive ones have.
    pub fn forms(&self) -> NumberForms {
        self.part(&self.sketches.forms, take_form)
    }

    /// How dates and times lie in the week, the year and the day.
    pub fn calendar(&self) -> Calendar {
        self.part(&self.sketches.calendar, take_time)
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
        self.part(&self.sketches.lengths, |lengths, kind, value, count| {
            if let Some(text) = text_of(kind, value) {
                take_length(lengths, kind, text, count);
            }
        })
    }

    /// What texts look like.
    pub fn kinds(&self) -> TextKinds {
        self.part(&self.sketches.kinds, |kinds, kind, value, count| {
            if let (ValueKind::Text, Held::Bytes(text)) = (kind, value) {
                kinds.take_text(text, count);
            }
        })
    }

    /// How texts are written.
    pub fn shapes(&self) -> Result<TextShapes> {
        let mut taken = Ok(());
        let mut shapes = self.part(&self.sketches.shapes, |shapes, kind, value, count| {
            if let (ValueKind::Text, Held::Bytes(text), Ok(())) = (kind, value, &taken) {
                taken = shapes.take_text(text, count);
            }
        });
        shapes.settle();
        taken.map(|()| shapes)
    }

    /// The most frequent beginnings of byte strings, of four bytes.
    pub fn prefixes(&self) -> Result<FrequentValues> {
        let mut taken = Ok(());
        let mut prefixes = self.part(&self.sketches.prefixes, |prefixes, kind, value, count| {
            if let (ValueKind::Binary, Held::Bytes(bytes), Ok(())) = (kind, value, &taken) {
                taken = prefixes.take_bytes(kind, prefix(bytes), count);
            }
        });
        prefixes.settle();
        taken.map(|()| prefixes)
    }

    /// A part of the sketches, from the counted values while all are counted.
    fn part<T: Clone>(
        &self,
        part: &T,
        mut take: impl FnMut(&mut T, ValueKind, Held<'_>, u64),
    ) -> T {
        let mut part = part.clone();
        if let (true, Some(kind)) = (self.frequent.is_exact(), self.kind()) {
            for (value, count) in self.frequent.held() {
                take(&mut part, kind, value, count);
            }
        }
        part
    }

    fn take(&mut self, present: &Present<'_>) -> Result<()> {
        let values = &present.values;
        self.counts.take(present)?;
        self.order.take(present)?;
        if let PresentValues::Integers(..)
        | PresentValues::Floats { .. }
        | PresentValues::Decimals(..) = values
        {
            self.moments.take(present)?;
            self.histogram.take(present)?;
        }
        let hashes = hashes(values);
        let counted = self.frequent.is_exact();
        self.frequent.take_hashed(present, &hashes)?;
        if counted { self.pour_when_full() } else { self.sketches.take(present, &hashes) }
    }

    /// Moves what was counted value by value into the sketches, once there are too many values.
    fn pour_when_full(&mut self) -> Result<()> {
        if self.frequent.is_full() {
            self.sketches.pour(&self.frequent)?;
            self.frequent.settle();
        }
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.counts.merge(later.counts)?;
        self.moments.merge(later.moments)?;
        self.histogram.merge(later.histogram)?;
        self.order.merge(later.order)?;
        match (self.frequent.is_exact(), later.frequent.is_exact()) {
            (true, true) => {
                self.frequent.merge_unsettled(later.frequent)?;
                return self.pour_when_full();
            }
            (true, false) => self.sketches.pour(&self.frequent)?,
            (false, true) => self.sketches.pour(&later.frequent)?,
            (false, false) => {}
        }
        self.frequent.merge(later.frequent)?;
        self.sketches.merge(later.sketches)
    }

    fn heap_bytes(&self) -> usize {
        self.frequent.heap_bytes()
            + self.histogram.heap_bytes()
            + self.order.heap_bytes()
            + self.sketches.heap_bytes()
    }
}

single_column_summary!(ColumnProfileSummary, "column_profile");

impl Sketches {
    fn take(&mut self, present: &Present<'_>, hashes: &[u64]) -> Result<()> {
        self.distinct.take_hashes(hashes)?;
        self.extremes.take(present)?;
        match &present.values {
            PresentValues::Nothing | PresentValues::Booleans(_) => Ok(()),
            PresentValues::Integers(..)
            | PresentValues::Floats { .. }
            | PresentValues::Decimals(..) => {
                self.forms.take(present)?;
                self.calendar.take(present)?;
                self.quantiles.take(present)
            }
            PresentValues::Texts(texts, ValueKind::Binary) => {
                self.lengths.take(present)?;
                let mut taken = Ok(());
                texts.each(|bytes| {
                    if taken.is_ok() {
                        taken = self.prefixes.take_bytes(ValueKind::Binary, prefix(bytes), 1);
                    }
                });
                self.prefixes.settle();
                taken
            }
            PresentValues::Texts(texts, _) => {
                let mut taken = Ok(());
                texts.each(|text| {
                    let scan = scan(text);
                    self.lengths.take_length(scan.characters, 1);
                    self.kinds.take_text(text, 1);
                    if taken.is_ok() {
                        taken = self.shapes.take_row(text, &scan);
                    }
                });
                taken
            }
        }
    }

    /// Takes in every value that was counted, as often as it was counted.
    fn pour(&mut self, counted: &FrequentValues) -> Result<()> {
        let Some(kind) = counted.kind() else { return Ok(()) };
        self.distinct.take_counted(counted.held_hashes(), counted.values())?;
        for (value, count) in counted.held() {
            take_extreme(&mut self.extremes, kind, value, count);
            if let Some(text) = text_of(kind, value) {
                take_length(&mut self.lengths, kind, text, count);
                if kind == ValueKind::Text {
                    self.kinds.take_text(text, count);
                    self.shapes.take_text(text, count)?;
                } else {
                    self.prefixes.take_bytes(kind, prefix(text), count)?;
                }
                continue;
            }
            take_form(&mut self.forms, kind, value, count);
            take_time(&mut self.calendar, kind, value, count);
            if let Some(key) = key(kind, value) {
                self.quantiles.take_counted(kind, key, count);
            }
        }
        self.shapes.settle();
        self.prefixes.settle();
        Ok(())
    }

    fn merge(&mut self, later: Self) -> Result<()> {
        self.distinct.merge(later.distinct)?;
        self.quantiles.merge(later.quantiles)?;
        self.extremes.merge(later.extremes)?;
        self.forms.merge(later.forms)?;
        self.calendar.merge(later.calendar)?;
        self.lengths.merge(later.lengths)?;
        self.kinds.merge(later.kinds)?;
        self.shapes.merge(later.shapes)?;
        self.prefixes.merge(later.prefixes)
    }

    fn heap_bytes(&self) -> usize {
        self.distinct.heap_bytes()
            + self.quantiles.heap_bytes()
            + self.extremes.heap_bytes()
            + self.calendar.heap_bytes()
            + self.lengths.heap_bytes()
            + self.kinds.heap_bytes()
            + self.shapes.heap_bytes()
            + self.prefixes.heap_bytes()
    }
}

fn is_text(kind: ValueKind) -> bool {
    matches!(kind, ValueKind::Text | ValueKind::Binary)
}

/// The text or bytes of a value that is one.
fn text_of(kind: ValueKind, value: Held<'_>) -> Option<&[u8]> {
    match value {
        Held::Bytes(text) if is_text(kind) => Some(text),
        _ => None,
    }
}

fn prefix(bytes: &[u8]) -> &[u8] {
    bytes.get(..PREFIX_BYTES).unwrap_or(bytes)
}

fn take_extreme(extremes: &mut ExtremeValues, kind: ValueKind, value: Held<'_>, _: u64) {
    match (kind, value) {
        (ValueKind::Text | ValueKind::Binary, Held::Bytes(text)) => extremes.take_text(kind, text),
        (ValueKind::Decimal { .. }, Held::Bytes(bytes)) => {
            if let Ok(bytes) = bytes.try_into() {
                extremes.take_decimal(kind, i128::from_le_bytes(bytes));
            }
        }
        (ValueKind::Boolean, Held::Word(word)) => extremes.take_key(kind, word),
        (_, value) => {
            if let Some(key) = key(kind, value) {
                extremes.take_key(kind, key);
            }
        }
    }
}

fn take_form(forms: &mut NumberForms, kind: ValueKind, value: Held<'_>, count: u64) {
    match (kind, value) {
        (ValueKind::Decimal { scale }, Held::Bytes(bytes)) => {
            if let Ok(bytes) = bytes.try_into() {
                let value = i128::from_le_bytes(bytes);
                let number = number_of_decimal(value, kind.decimal_unit());
                forms.take_decimal(value, scale, number, count);
            }
        }
        (ValueKind::Float, value) => {
            if let Some(key) = key(kind, value) {
                forms.take_float(float_of_key(key), count);
            }
        }
        (ValueKind::Boolean, _) | (_, Held::Bytes(_)) => {}
        (_, Held::Word(word)) => forms.take_integer(word, count),
    }
}

fn take_time(calendar: &mut Calendar, kind: ValueKind, value: Held<'_>, count: u64) {
    if let Held::Word(word) = value {
        calendar.take_value(kind, word, count);
    }
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
