use serde::{Deserialize, Serialize};

use super::kind::ValueKind;
use super::quantiles::key_of_float;
use super::support::{Present, PresentValues, Texts, single_column_summary};
use crate::Result;
use crate::measured::Measured;

/// So many steps between texts are compared in any case.
const COMPARED_STEPS: u64 = 4_096;

/// Beyond these, once texts neither only rise nor only fall, one of so many steps is.
const SAMPLED_STEP: usize = 16;

/// In what order the values of a column stand from row to row; nulls, NaN and infinities are left
/// out, and what stands before and after them are neighbours.
///
/// Whether a column rises or falls is exact. So are the numbers of steps, except of long columns of
/// texts in no order: there, one of 16 is compared. Bytes have no order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowOrder {
    values: u64,
    ends: Option<(End, End)>,
    compared: u64,
    rising: u64,
    falling: u64,
}

/// A value at the end of a part, to be compared with that of the next part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum End {
    /// Whole numbers, floats by the key of their order, truth values.
    Number(i64),
    Decimal(i128),
    Text(Vec<u8>),
}

impl RowOrder {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Values in this order.
    pub fn values(&self) -> u64 {
        self.values
    }

    /// From one value to the next.
    pub fn steps(&self) -> u64 {
        self.values.saturating_sub(1)
    }

    /// Whether no value is below the one before; `None` with fewer than two values.
    pub fn is_ascending(&self) -> Option<bool> {
        (self.steps() > 0).then_some(self.falling == 0)
    }

    /// Whether every value is above the one before.
    pub fn is_strictly_ascending(&self) -> Option<bool> {
        (self.steps() > 0).then_some(self.rising == self.steps())
    }

    /// Whether no value is above the one before.
    pub fn is_descending(&self) -> Option<bool> {
        (self.steps() > 0).then_some(self.rising == 0)
    }

    /// Whether every value is below the one before.
    pub fn is_strictly_descending(&self) -> Option<bool> {
        (self.steps() > 0).then_some(self.falling == self.steps())
    }

    /// The share of steps to a larger value.
    pub fn rising_share(&self) -> Option<Measured<f64>> {
        self.share(self.rising)
    }

    /// The share of steps to a smaller value.
    pub fn falling_share(&self) -> Option<Measured<f64>> {
        self.share(self.falling)
    }

    fn share(&self, steps: u64) -> Option<Measured<f64>> {
        if self.compared == 0 {
            return None;
        }
        let share = steps as f64 / self.compared as f64;
        let all = self.compared == self.steps();
        Some(if all { Measured::exact(share) } else { Measured::sampled(share, self.compared) })
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `take` may refuse a column")]
    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        match &present.values {
            PresentValues::Nothing | PresentValues::Texts(_, ValueKind::Binary) => {}
            PresentValues::Booleans(values) => {
                self.append(of_slice(values, |&value| End::Number(i64::from(value))));
            }
            PresentValues::Integers(values, _) => {
                self.append(of_slice(values, |&value| End::Number(value)));
            }
            PresentValues::Decimals(values, _) => {
                self.append(of_slice(values, |&value| End::Decimal(value)));
            }
            PresentValues::Floats { all, finite } => {
                let values = finite.as_deref().unwrap_or(all);
                self.append(of_slice(values, |&value| End::Number(key_of_float(value))));
            }
            PresentValues::Texts(texts, _) => self.take_texts(texts, present.rows - present.nulls),
        }
        Ok(())
    }

    /// Whether it is known that values neither only rise nor only fall.
    fn is_broken(&self) -> bool {
        self.rising > 0 && self.falling > 0
    }

    fn take_texts(&mut self, texts: &Texts<'_>, values: u64) {
        if !self.is_broken() || self.compared < COMPARED_STEPS {
            self.append(of_texts(texts, values));
            return;
        }
        for row in (1..texts.rows()).step_by(SAMPLED_STEP) {
            if let (Some(before), Some(text)) = (texts.get(row - 1), texts.get(row)) {
                self.compared += 1;
                self.rising += u64::from(before < text);
                self.falling += u64::from(before > text);
            }
        }
        let last = (0..texts.rows()).rev().find_map(|row| texts.get(row));
        if let (Some(last), Some((_, End::Text(end)))) = (last, &mut self.ends) {
            last.clone_into(end);
        }
        self.values += values;
    }

    /// Takes in what comes after all that was taken in.
    fn append(&mut self, later: Self) {
        let Some((later_first, later_last)) = later.ends else { return };
        match &mut self.ends {
            None => self.ends = Some((later_first, later_last)),
            Some((_, last)) => {
                let step = last.step(&later_first);
                self.compared += 1;
                self.rising += u64::from(step.is_lt());
                self.falling += u64::from(step.is_gt());
                *last = later_last;
            }
        }
        self.values += later.values;
        self.compared += later.compared;
        self.rising += later.rising;
        self.falling += later.falling;
    }

    #[expect(clippy::unnecessary_wraps, reason = "every summary's `merge` may refuse a part")]
    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.append(later);
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let bytes = |end: &End| if let End::Text(text) = end { text.capacity() } else { 0 };
        self.ends.as_ref().map_or(0, |(first, last)| bytes(first) + bytes(last))
    }
}

single_column_summary!(RowOrder, "row_order");

impl End {
    /// How this value compares with the next one.
    fn step(&self, next: &Self) -> std::cmp::Ordering {
        match (self, next) {
            (Self::Number(value), Self::Number(next)) => value.cmp(next),
            (Self::Decimal(value), Self::Decimal(next)) => value.cmp(next),
            (Self::Text(value), Self::Text(next)) => value.cmp(next),
            // A column has one kind of values.
            _ => std::cmp::Ordering::Equal,
        }
    }
}

fn of_slice<T: Copy + PartialOrd>(values: &[T], end: impl Fn(&T) -> End) -> RowOrder {
    let (Some(first), Some(last)) = (values.first(), values.last()) else {
        return RowOrder::default();
    };
    let (mut rising, mut falling) = (0, 0);
    for (before, value) in values.iter().zip(values.iter().skip(1)) {
        rising += u64::from(before < value);
        falling += u64::from(before > value);
    }
    RowOrder {
        values: values.len() as u64,
        ends: Some((end(first), end(last))),
        compared: values.len() as u64 - 1,
        rising,
        falling,
    }
}

fn of_texts(texts: &Texts<'_>, values: u64) -> RowOrder {
    let mut order = RowOrder::default();
    let mut ends: Option<(&[u8], &[u8])> = None;
    texts.each(|text| {
        if let Some((_, last)) = &mut ends {
            order.compared += 1;
            order.rising += u64::from(*last < text);
            order.falling += u64::from(*last > text);
            *last = text;
        } else {
            ends = Some((text, text));
        }
    });
    order.values = values;
    order.ends = ends.map(|(first, last)| (End::Text(first.to_vec()), End::Text(last.to_vec())));
    order
}
