//! The correlation of two columns.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::summary::Summary;
use shared_kernel_domain::table::Batch;

use super::masked::Filter;
use crate::expression::TRUE;
use crate::summary::{decode, encode, number};

/// Pearson's correlation of the first two columns of its batches, over the rows of a filter in which
/// both have a finite number; the other columns are the filter's.
///
/// Each batch is taken in two passes and joined with what was there by the update formulas of
/// P. Pébay (SAND2008-6212), eqs. 1.3 and 3.3. Numbers are floating-point numbers.
pub(super) struct Correlation {
    filter: Option<Arc<Filter>>,
    sums: Sums,
}

/// Means, and sums of products of deviations from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    count: u64,
    mean_x: f64,
    mean_y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Sums {
    fn of(pairs: &[(f64, f64)]) -> Self {
        let count = pairs.len() as f64;
        if pairs.is_empty() {
            return Self::default();
        }
        let mean_x = pairs.iter().map(|pair| pair.0).sum::<f64>() / count;
        let mean_y = pairs.iter().map(|pair| pair.1).sum::<f64>() / count;
        let mut sums = Self { count: pairs.len() as u64, mean_x, mean_y, ..Self::default() };
        for (x, y) in pairs {
            let (x, y) = (x - mean_x, y - mean_y);
            sums.xx += x * x;
            sums.yy += y * y;
            sums.xy += x * y;
        }
        sums
    }

    fn merge(&mut self, later: &Self) {
        if self.count == 0 || later.count == 0 {
            if self.count == 0 {
                *self = *later;
            }
            return;
        }
        let (before, after) = (self.count as f64, later.count as f64);
        let share = after / (before + after);
        let (x, y) = (later.mean_x - self.mean_x, later.mean_y - self.mean_y);
        self.xx += later.xx + x * x * before * share;
        self.yy += later.yy + y * y * before * share;
        self.xy += later.xy + x * y * before * share;
        self.mean_x += x * share;
        self.mean_y += y * share;
        self.count += later.count;
    }
}

impl Correlation {
    pub(super) fn new(filter: Option<Arc<Filter>>) -> Self {
        Self { filter, sums: Sums::default() }
    }

    /// Rows with both numbers.
    pub(super) fn count(&self) -> u64 {
        self.sums.count
    }

    /// From -1 to 1; none where a column has no spread.
    pub(super) fn value(&self) -> Option<f64> {
        let Sums { xx, yy, xy, .. } = self.sums;
        let value = xy / (xx.sqrt() * yy.sqrt());
        (xx > 0.0 && yy > 0.0 && value.is_finite()).then(|| value.clamp(-1.0, 1.0))
    }
}

impl Summary for Correlation {
    fn key(&self) -> String {
        let filter = self.filter.as_ref().map_or("", |filter| filter.text.as_str());
        format!("quality.correlation where {filter}")
    }

    fn fresh(&self) -> Box<dyn Summary> {
        Box::new(Self::new(self.filter.clone()))
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let [x, y, ..] = batch.columns else { return Ok(()) };
        let truths = match &self.filter {
            Some(filter) => Some(filter.condition.truths(batch)?),
            None => None,
        };
        let mut pairs = Vec::with_capacity(batch.len());
        for row in 0..batch.len() {
            if truths.as_ref().is_some_and(|truths| truths.get(row) != Some(&TRUE)) {
                continue;
            }
            let finite = |column| number(column, row).filter(|number| number.is_finite());
            if let (Some(x), Some(y)) = (finite(x), finite(y)) {
                pairs.push((x, y));
            }
        }
        self.sums.merge(&Sums::of(&pairs));
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        self.sums.merge(&decode(later)?);
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(&self.sums)
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>()
    }
}
