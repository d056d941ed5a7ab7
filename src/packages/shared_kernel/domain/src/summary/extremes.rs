use serde::{Deserialize, Serialize};

use super::kind::{ValueKind, bytes_cell, decimal_cell, float_cell};
use super::quantiles::float_of_key;
use super::support::{Present, PresentValues, Texts, join_kinds, single_column_summary};
use crate::table::Cell;
use crate::{Error, Result};

/// How many bytes of the smallest and largest text are kept. Cutting keeps the order, so the cut
/// of the smallest text is the smallest of the cuts.
pub(super) const TEXT_BYTES: usize = 256;

/// The smallest and the largest value of a column of any type, exactly.
///
/// Text is ordered by its bytes (which is the order of its Unicode scalar values); `false` comes
/// before `true`; NaN, infinities and nulls are left out; whole numbers are never rounded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extremes {
    kind: Option<ValueKind>,
    range: Range,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Range {
    #[default]
    Empty,
    Integers(i64, i64),
    Floats(f64, f64),
    Decimals(i128, i128),
    Texts(Vec<u8>, Vec<u8>),
}

impl Extremes {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The smallest value; `None` without one.
    pub fn min(&self) -> Option<Cell> {
        self.cell(true)
    }

    /// The largest value; `None` without one.
    pub fn max(&self) -> Option<Cell> {
        self.cell(false)
    }

    fn cell(&self, smallest: bool) -> Option<Cell> {
        let kind = self.kind?;
        Some(match &self.range {
            Range::Empty => return None,
            Range::Integers(min, max) => kind.integer_cell(if smallest { *min } else { *max }),
            Range::Floats(min, max) => float_cell(if smallest { *min } else { *max }),
            Range::Decimals(min, max) => {
                let ValueKind::Decimal { scale } = kind else { return None };
                decimal_cell(if smallest { *min } else { *max }, scale)
            }
            Range::Texts(min, max) => cut_cell(kind, if smallest { min } else { max }),
        })
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        let kind = join_kinds(self.kind, present.values.kind())?;
        self.kind = kind;
        match &present.values {
            PresentValues::Nothing => Ok(()),
            PresentValues::Booleans(values) => {
                let all = values.iter().all(|&value| value);
                let any = values.iter().any(|&value| value);
                self.join(Range::Integers(i64::from(all), i64::from(any)))
            }
            PresentValues::Integers(values, _) => self
                .join(range(values).map_or(Range::Empty, |(min, max)| Range::Integers(min, max))),
            PresentValues::Decimals(values, _) => self
                .join(range(values).map_or(Range::Empty, |(min, max)| Range::Decimals(min, max))),
            PresentValues::Floats { all, finite } => {
                self.join(float_range(finite.as_deref().unwrap_or(all)))
            }
            PresentValues::Texts(texts, _) => self.join(text_range(texts)),
        }
    }

    /// Takes in one text of a text or binary column.
    pub(super) fn take_text(&mut self, kind: ValueKind, text: &[u8]) {
        self.kind = Some(kind);
        let text = cut(text);
        match &mut self.range {
            Range::Texts(min, max) => widen(min, max, text, text),
            range => *range = Range::Texts(text.to_vec(), text.to_vec()),
        }
    }

    /// Takes in the bounds of numbers by the keys of their order.
    pub(super) fn take_keys(&mut self, kind: ValueKind, min: i64, max: i64) {
        self.kind = Some(kind);
        self.range = match kind {
            ValueKind::Float => Range::Floats(float_of_key(min), float_of_key(max)),
            _ => Range::Integers(min, max),
        };
    }

    /// Takes in the bounds of unscaled decimals.
    pub(super) fn take_decimals(&mut self, kind: ValueKind, min: i128, max: i128) {
        self.kind = Some(kind);
        self.range = Range::Decimals(min, max);
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.kind = join_kinds(self.kind, later.kind)?;
        self.join(later.range)
    }

    fn join(&mut self, later: Range) -> Result<()> {
        match (&mut self.range, later) {
            (_, Range::Empty) => {}
            (range @ Range::Empty, later) => *range = later,
            (Range::Integers(min, max), Range::Integers(later_min, later_max)) => {
                *min = (*min).min(later_min);
                *max = (*max).max(later_max);
            }
            (Range::Decimals(min, max), Range::Decimals(later_min, later_max)) => {
                *min = (*min).min(later_min);
                *max = (*max).max(later_max);
            }
            (Range::Floats(min, max), Range::Floats(later_min, later_max)) => {
                *min = min.min(later_min);
                *max = max.max(later_max);
            }
            (Range::Texts(min, max), Range::Texts(later_min, later_max)) => {
                widen(min, max, &later_min, &later_max);
            }
            _ => return Err(Error::internal("a column changed its type within a scan")),
        }
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match &self.range {
            Range::Texts(min, max) => min.capacity() + max.capacity(),
            _ => 0,
        }
    }
}

single_column_summary!(Extremes, "extremes");

fn range<T: Copy + Ord>(values: &[T]) -> Option<(T, T)> {
    Some((*values.iter().min()?, *values.iter().max()?))
}

fn float_range(values: &[f64]) -> Range {
    if values.is_empty() {
        return Range::Empty;
    }
    // Adding zero makes the negative zero a plain one, so that no order of rows shows.
    let min = values.iter().copied().fold(f64::INFINITY, f64::min) + 0.0;
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max) + 0.0;
    Range::Floats(min, max)
}

fn text_range(texts: &Texts<'_>) -> Range {
    let mut range: Option<(&[u8], &[u8])> = None;
    texts.each(|text| {
        range = Some(match range {
            None => (text, text),
            Some((min, max)) if text < min => (text, max),
            Some((min, max)) if text > max => (min, text),
            Some(range) => range,
        });
    });
    range.map_or(Range::Empty, |(min, max)| Range::Texts(cut(min).to_vec(), cut(max).to_vec()))
}

pub(super) fn cut(text: &[u8]) -> &[u8] {
    text.get(..TEXT_BYTES).unwrap_or(text)
}

fn widen(min: &mut Vec<u8>, max: &mut Vec<u8>, later_min: &[u8], later_max: &[u8]) {
    if later_min < min.as_slice() {
        later_min.clone_into(min);
    }
    if later_max > max.as_slice() {
        later_max.clone_into(max);
    }
}

/// A text that may have been cut in the middle of a character.
pub(super) fn cut_cell(kind: ValueKind, text: &[u8]) -> Cell {
    if text.len() < TEXT_BYTES || kind == ValueKind::Binary {
        return bytes_cell(kind, text);
    }
    let whole = text.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    Cell::Text(format!("{whole}…"))
}
