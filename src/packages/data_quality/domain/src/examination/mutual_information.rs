//! How much two columns say of one another.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::summary::{RowHashes, Summary};
use shared_kernel_domain::table::{Batch, Column, Values};

use super::masked::Filter;
use crate::expression::TRUE;
use crate::summary::{decode, encode};

/// Most different pairs of values that are counted.
const MOST_PAIRS: usize = 262_144;

/// Counts of the pairs of values of the first two columns of its batches, over the rows of a filter in
/// which both are there; the other columns are the filter's. Values are told apart by 128-bit digests.
pub(super) struct PairCounts {
    filter: Option<Arc<Filter>>,
    pairs: HashMap<(u128, u128), u64>,
    /// There were more than are counted.
    beyond: bool,
}

/// As it travels.
type Bytes = (bool, Vec<((u128, u128), u64)>);

impl PairCounts {
    pub(super) fn new(filter: Option<Arc<Filter>>) -> Self {
        Self { filter, pairs: HashMap::new(), beyond: false }
    }

    /// Σ p(x, y) ln (p(x, y) / (p(x) p(y))), in nats (Shannon 1948), and the rows that it is of.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn information(&self) -> std::result::Result<(f64, u64), String> {
        if self.beyond {
            return Err(format!("there are more than {MOST_PAIRS} different pairs of values"));
        }
        let total: u64 = self.pairs.values().sum();
        if total == 0 {
            return Err(super::figures::NO_VALUES.to_owned());
        }
        let (mut first, mut second) = (HashMap::new(), HashMap::new());
        for ((x, y), count) in &self.pairs {
            *first.entry(*x).or_insert(0_u64) += count;
            *second.entry(*y).or_insert(0_u64) += count;
        }
        let of = |counts: &HashMap<u128, u64>, value: &u128| {
            counts.get(value).copied().unwrap_or_default() as f64
        };
        // in a fixed order: sums of floats depend on it
        let ordered: BTreeMap<_, _> = self.pairs.iter().collect();
        let information: f64 = ordered
            .into_iter()
            .map(|((x, y), count)| {
                let (count, total) = (*count as f64, total as f64);
                count / total * (count * total / (of(&first, x) * of(&second, y))).ln()
            })
            .sum();
        Ok((information.max(0.0), total))
    }

    fn add(&mut self, pair: (u128, u128), count: u64) {
        if !self.beyond {
            *self.pairs.entry(pair).or_insert(0) += count;
            if self.pairs.len() > MOST_PAIRS {
                self.beyond = true;
                self.pairs = HashMap::new();
            }
        }
    }
}

/// Whether a row has a value; NaN is none.
fn is_there(column: &Column<'_>, row: usize) -> bool {
    let is_number = match column.values {
        Values::Float(values) => values.get(row).is_some_and(|value| !value.is_nan()),
        _ => true,
    };
    is_number && column.is_valid(row)
}

impl Summary for PairCounts {
    fn key(&self) -> String {
        let filter = self.filter.as_ref().map_or("", |filter| filter.text.as_str());
        format!("quality.pairs where {filter}")
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
        let hashes = |column| RowHashes::of(&Batch { rows: batch.rows, columns: &[column] });
        let (first, second) = (hashes(*x), hashes(*y));
        for row in 0..batch.len() {
            let is_kept = truths.as_ref().is_none_or(|truths| truths.get(row) == Some(&TRUE));
            if is_kept
                && is_there(x, row)
                && is_there(y, row)
                && let (Some(x), Some(y)) = (first.get(row), second.get(row))
            {
                self.add((x, y), 1);
            }
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let (beyond, pairs): Bytes = decode(later)?;
        for (pair, count) in pairs {
            self.add(pair, count);
        }
        if beyond {
            self.beyond = true;
            self.pairs = HashMap::new();
        }
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut pairs: Vec<_> = self.pairs.iter().map(|(pair, count)| (*pair, *count)).collect();
        pairs.sort_unstable();
        encode(&(self.beyond, pairs))
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.pairs.len() * size_of::<((u128, u128), u64)>()
    }
}
