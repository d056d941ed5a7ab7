use std::collections::HashMap;
use std::sync::Arc;

use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{Batch, Column, TextValues, Values};
use shared_kernel_domain::{Error, Result};

use crate::summary::{decode, encode};

/// What values are counted by; every value is in one of them.
#[derive(Clone, Debug)]
pub(super) enum Bins {
    /// Numbers between boundaries, ascending; below the first and above the last are two more.
    Numbers(Vec<Boundary>),
    /// Texts or truth values by their place, and one more for all others.
    Texts(HashMap<String, usize>),
}

/// What parts numbers: those below `at`, and `at` itself when it lies before the boundary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Boundary {
    pub(super) at: f64,
    /// Whether the number itself lies below the boundary.
    pub(super) after: bool,
}

impl Boundary {
    /// A boundary just before a number.
    pub(super) fn before(at: f64) -> Self {
        Self { at, after: false }
    }

    /// A boundary just after a number.
    pub(super) fn after(at: f64) -> Self {
        Self { at, after: true }
    }
}

impl Bins {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Numbers(boundaries) => boundaries.len() + 1,
            Self::Texts(places) => places.len() + 1,
        }
    }

    /// The bin of a number.
    pub(super) fn place_of(&self, number: f64) -> usize {
        let Self::Numbers(boundaries) = self else { return self.len() - 1 };
        boundaries.partition_point(|it| it.at < number || (it.at == number && !it.after))
    }

    /// The bin of a text.
    pub(super) fn place_of_text(&self, text: &str) -> usize {
        match self {
            Self::Texts(places) => places.get(text).copied().unwrap_or(places.len()),
            Self::Numbers(boundaries) => boundaries.len(),
        }
    }

    /// Whether a bin is a single number.
    pub(super) fn is_point(&self, bin: usize) -> bool {
        let Self::Numbers(boundaries) = self else { return true };
        let lower = bin.checked_sub(1).and_then(|lower| boundaries.get(lower));
        lower.zip(boundaries.get(bin)).is_some_and(|(lower, upper)| lower.at == upper.at)
    }
}

/// How many values of a column are in each bin, exactly; missing ones and NaN are in none.
#[derive(Clone)]
pub(crate) struct BinCounts {
    bins: Arc<Bins>,
    /// What tells the bins from others.
    identity: Arc<str>,
    counts: Vec<u64>,
}

impl BinCounts {
    /// Nothing counted yet.
    pub(super) fn of(bins: Arc<Bins>, identity: Arc<str>) -> Self {
        let counts = vec![0; bins.len()];
        Self { bins, identity, counts }
    }

    /// The counts, in the order of the bins.
    pub(super) fn counts(&self) -> &[u64] {
        &self.counts
    }

    fn add(&mut self, bin: usize) {
        if let Some(count) = self.counts.get_mut(bin) {
            *count += 1;
        }
    }

    fn numbers<T: Copy>(&mut self, column: &Column<'_>, values: &[T], number: impl Fn(T) -> f64) {
        for (row, value) in values.iter().enumerate().take(column.len) {
            let number = number(*value);
            if column.is_valid(row) && !number.is_nan() {
                self.add(self.bins.place_of(number));
            }
        }
    }

    fn texts(&mut self, column: &Column<'_>, values: TextValues<'_>) {
        for row in (0..column.len).filter(|row| column.is_valid(*row)) {
            self.add(self.bins.place_of_text(values.get(row)));
        }
    }
}

impl Summary for BinCounts {
    fn key(&self) -> String {
        format!("quality.bins: {}", self.identity)
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::of(Arc::clone(&self.bins), Arc::clone(&self.identity)))
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let column = batch
            .columns
            .first()
            .ok_or_else(|| Error::internal("a distribution was given no column"))?;
        match column.values {
            Values::Integer(values) => self.numbers(column, values, |value| value as f64),
            Values::Float(values) => self.numbers(column, values, |value| value),
            Values::Decimal { values, scale } => {
                let unit = 10_f64.powi(i32::from(scale));
                self.numbers(column, values, |value| value as f64 / unit);
            }
            // points in time are seconds
            Values::Date(values) => {
                self.numbers(column, values, |days| f64::from(days) * 86_400.0);
            }
            Values::Timestamp { values, unit } => {
                let second = unit.per_second() as f64;
                self.numbers(column, values, |ticks| ticks as f64 / second);
            }
            Values::Text(values) => self.texts(column, values),
            Values::Boolean(bits) => {
                for row in (0..column.len).filter(|row| column.is_valid(*row)) {
                    let text = if bits.get(row) { "true" } else { "false" };
                    self.add(self.bins.place_of_text(text));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Vec<u64> = decode(later)?;
        if later.len() != self.counts.len() {
            return Err(Error::internal("two distributions do not have the same bins"));
        }
        for (count, more) in self.counts.iter_mut().zip(later) {
            *count += more;
        }
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(&self.counts)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.counts.len() * size_of::<u64>()
    }
}
