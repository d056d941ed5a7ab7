use std::any::Any;
use std::sync::Arc;

use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::{Batch, Bits, Column, Values};
use shared_kernel_domain::{Error, Result};

use crate::expression::{Condition, TRUE};
use crate::summary::number;

/// A summary of a column in which the rows that a filter leaves out count as missing; or of how far its
/// numbers are from one.
///
/// The first column of its batches is the summarised one, the others are the filter's.
pub(super) struct Masked<S> {
    inner: S,
    filter: Option<Arc<Filter>>,
    centre: Option<f64>,
}

/// A filter, and how it is written.
pub(super) struct Filter {
    pub(super) condition: Condition,
    pub(super) text: String,
}

impl<S: Summary + Clone> Masked<S> {
    pub(super) fn new(inner: S, filter: Option<Arc<Filter>>) -> Self {
        Self { inner, filter, centre: None }
    }

    /// The same of the absolute differences from a number, if there is one.
    pub(super) fn around(self, centre: Option<f64>) -> Self {
        Self { centre, ..self }
    }

    pub(super) fn inner(&self) -> &S {
        &self.inner
    }
}

impl<S: Summary + Clone> Summary for Masked<S> {
    fn key(&self) -> String {
        let filter = self.filter.as_ref().map_or("", |filter| filter.text.as_str());
        let around = self.centre.map_or_else(String::new, |centre| format!(" around {centre:?}"));
        format!("quality.masked: {}{around} where {filter}", self.inner.key())
    }

    fn fresh(&self) -> Box<dyn Summary> {
        let fresh: Box<dyn Any> = self.inner.fresh();
        let inner = fresh.downcast::<S>().map_or_else(|_| self.inner.clone(), |inner| *inner);
        Box::new(Self { inner, filter: self.filter.clone(), centre: self.centre })
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let column =
            batch.columns.first().ok_or_else(|| Error::internal("a figure was given no column"))?;
        let distances: Vec<f64>;
        let column = match self.centre {
            None => *column,
            Some(centre) => {
                let distance = |row| number(column, row).map_or(f64::NAN, |it| (it - centre).abs());
                distances = (0..column.len).map(distance).collect();
                Column { values: Values::Float(&distances), ..*column }
            }
        };
        let Some(filter) = &self.filter else {
            return self.inner.update(&Batch { rows: batch.rows, columns: &[column] });
        };
        let truths = filter.condition.truths(batch)?;
        let mut bytes = vec![0_u8; truths.len().div_ceil(8)];
        let mut values = 0;
        for (row, truth) in truths.iter().enumerate() {
            if *truth == TRUE
                && column.is_valid(row)
                && let Some(byte) = bytes.get_mut(row / 8)
            {
                *byte |= 1 << (row % 8);
                values += 1;
            }
        }
        let validity = Bits::new(&bytes, 0, truths.len());
        let masked = Column { validity, null_count: column.len - values, ..column };
        self.inner.update(&Batch { rows: batch.rows, columns: &[masked] })
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        self.inner.merge_bytes(later)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        self.inner.to_bytes()
    }

    fn memory_bytes(&self) -> usize {
        self.inner.memory_bytes()
    }
}
