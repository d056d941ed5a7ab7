use serde::{Deserialize, Serialize};

use super::support::{Present, PresentValues, single_column_summary};
use crate::Result;

/// How many of what; for a column of any type. Every figure is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnCounts {
    /// Rows.
    pub rows: u64,
    /// Nulls.
    pub nulls: u64,
    /// NaN, which is a value and not a null.
    pub nan: u64,
    /// Positive infinities.
    pub positive_infinities: u64,
    /// Negative infinities.
    pub negative_infinities: u64,
    /// Numbers equal to zero.
    pub zeros: u64,
    /// Numbers below zero, negative infinity included.
    pub negatives: u64,
    /// True booleans.
    pub trues: u64,
    /// False booleans.
    pub falses: u64,
    /// Texts without characters.
    pub empty_texts: u64,
    /// Bytes of texts and byte strings.
    pub text_bytes: u64,
}

impl ColumnCounts {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows that have a value, NaN and infinities included.
    pub fn values(&self) -> u64 {
        self.rows - self.nulls
    }

    /// NaN and infinities.
    pub fn not_finite(&self) -> u64 {
        self.nan + self.positive_infinities + self.negative_infinities
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `take` may refuse a column")]
    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        self.rows += present.rows;
        self.nulls += present.nulls;
        match &present.values {
            PresentValues::Nothing => {}
            PresentValues::Booleans(values) => {
                let trues = count(values, |&value| value);
                self.trues += trues;
                self.falses += values.len() as u64 - trues;
            }
            PresentValues::Integers(values, _) => {
                self.zeros += count(values, |&value| value == 0);
                self.negatives += count(values, |&value| value < 0);
            }
            PresentValues::Decimals(values, _) => {
                self.zeros += count(values, |&value| value == 0);
                self.negatives += count(values, |&value| value < 0);
            }
            PresentValues::Floats { all, finite } => {
                self.zeros += count(all, |&value| value == 0.0);
                self.negatives += count(all, |&value| value < 0.0);
                if finite.is_some() {
                    self.nan += count(all, |value| value.is_nan());
                    self.positive_infinities += count(all, |&value| value == f64::INFINITY);
                    self.negative_infinities += count(all, |&value| value == f64::NEG_INFINITY);
                }
            }
            PresentValues::Texts(texts, _) => {
                let (mut empty, mut bytes) = (0, 0);
                texts.each(|text| {
                    empty += u64::from(text.is_empty());
                    bytes += text.len() as u64;
                });
                self.empty_texts += empty;
                self.text_bytes += bytes;
            }
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `merge` may refuse a part")]
    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.rows += later.rows;
        self.nulls += later.nulls;
        self.nan += later.nan;
        self.positive_infinities += later.positive_infinities;
        self.negative_infinities += later.negative_infinities;
        self.zeros += later.zeros;
        self.negatives += later.negatives;
        self.trues += later.trues;
        self.falses += later.falses;
        self.empty_texts += later.empty_texts;
        self.text_bytes += later.text_bytes;
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "the form every summary has")]
    fn heap_bytes(&self) -> usize {
        0
    }
}

single_column_summary!(ColumnCounts, "column_counts");

fn count<T>(values: &[T], counts: impl Fn(&T) -> bool) -> u64 {
    values.iter().map(|value| u64::from(counts(value))).sum()
}
