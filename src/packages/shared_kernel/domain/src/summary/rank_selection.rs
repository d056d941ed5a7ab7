use serde::{Deserialize, Serialize};

use super::Summary;
use super::kind::ValueKind;
use super::quantiles::{OrderedValues, key_of_float};
use super::support::{Present, PresentValues, decode, encode, join_kinds, single, wrong_type};
use crate::table::Batch;
use crate::{Error, Result};

/// The exact quantiles of a column that was summarised before: a second pass keeps only the values
/// between the bounds that the first one gave for each (Munro and Paterson 1980, in two passes).
///
/// Memory grows with the values between the bounds: of `n` values at most `4 · e · n` for each
/// quantile, when the rank error of the first pass was the share `e`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankSelection {
    kind: Option<ValueKind>,
    expected: u64,
    /// Disjoint and ascending.
    intervals: Vec<Interval>,
    /// Values above the last interval.
    above: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Interval {
    low: i64,
    high: i64,
    /// Values below it and above the interval before.
    below: u64,
    keys: Vec<i64>,
}

impl RankSelection {
    /// Prepares for the quantiles at some shares, by what a first pass knows.
    pub fn for_shares(known: &OrderedValues, shares: &[f64]) -> Self {
        let mut bounds: Vec<(i64, i64, u64)> =
            shares.iter().filter_map(|&share| known.key_bounds(share)).collect();
        bounds.sort_unstable();
        let mut intervals: Vec<Interval> = Vec::new();
        let mut expected = 0;
        for (low, high, between) in bounds {
            expected += between;
            match intervals.last_mut() {
                Some(last) if low <= last.high => last.high = last.high.max(high),
                _ => intervals.push(Interval { low, high, below: 0, keys: Vec::new() }),
            }
        }
        Self { kind: known.kind(), expected, intervals, above: 0 }
    }

    /// About how many values it will hold, at most.
    pub fn expected_values(&self) -> u64 {
        self.expected
    }

    /// The values in order, exact at the shares it was prepared for; `None` where they cannot be
    /// told, because the column is not the one that the first pass saw.
    pub fn ordered(&self, shares: &[f64]) -> Option<OrderedValues> {
        let mut weighted = Vec::new();
        let mut told = Vec::new();
        let mut rank = 0;
        for interval in &self.intervals {
            if interval.below > 0 {
                weighted.push((interval.low.checked_sub(1)?, interval.below));
            }
            rank += interval.below;
            told.push(rank..rank + interval.keys.len() as u64);
            rank += interval.keys.len() as u64;
            weighted.extend(interval.keys.iter().map(|&key| (key, 1)));
        }
        if let Some(last) = self.intervals.last().filter(|_| self.above > 0) {
            weighted.push((last.high.checked_add(1)?, self.above));
        }
        let ordered = OrderedValues::new(self.kind, weighted, 0);
        let is_told = |&share: &f64| {
            let ranks = ordered.ranks_at(share).map(|(ranks, _)| ranks);
            ranks.is_some_and(|ranks| {
                ranks.iter().all(|rank| told.iter().any(|it| it.contains(rank)))
            })
        };
        shares.iter().all(is_told).then_some(ordered)
    }

    fn take_keys(&mut self, keys: impl Iterator<Item = i64>) {
        for key in keys {
            match self.intervals.iter_mut().find(|interval| key <= interval.high) {
                Some(interval) if key >= interval.low => interval.keys.push(key),
                Some(interval) => interval.below += 1,
                None => self.above += 1,
            }
        }
    }
}

impl Summary for RankSelection {
    fn key(&self) -> String {
        let bounds: Vec<(i64, i64)> = self.intervals.iter().map(|it| (it.low, it.high)).collect();
        format!("rank_selection {bounds:?}")
    }

    fn fresh(&self) -> Box<dyn Summary> {
        let empty = |interval: &Interval| Interval { below: 0, keys: Vec::new(), ..*interval };
        let intervals = self.intervals.iter().map(empty).collect();
        Box::new(Self { kind: self.kind, expected: self.expected, intervals, above: 0 })
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        let present = Present::of(single(batch)?);
        self.kind = join_kinds(self.kind, present.values.kind())?;
        match &present.values {
            PresentValues::Nothing => {}
            PresentValues::Integers(values, _) => self.take_keys(values.iter().copied()),
            PresentValues::Floats { all, finite } => {
                let values = finite.as_deref().unwrap_or(all);
                self.take_keys(values.iter().map(|&value| key_of_float(value)));
            }
            PresentValues::Decimals(..) => {
                let values = present.decimal_numbers();
                self.take_keys(values.iter().map(|&value| key_of_float(value)));
            }
            PresentValues::Booleans(_) | PresentValues::Texts(..) => {
                return Err(wrong_type("quantiles", &present.values));
            }
        }
        Ok(())
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        let later: Self = decode(later)?;
        let bounds =
            |it: &Self| it.intervals.iter().map(|it| (it.low, it.high)).collect::<Vec<_>>();
        if bounds(self) != bounds(&later) {
            return Err(Error::internal("selections between other bounds cannot be merged"));
        }
        self.kind = join_kinds(self.kind, later.kind)?;
        for (interval, later) in self.intervals.iter_mut().zip(later.intervals) {
            interval.below += later.below;
            interval.keys.extend(later.keys);
        }
        self.above += later.above;
        Ok(())
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    fn memory_bytes(&self) -> usize {
        let keys: usize = self.intervals.iter().map(|it| it.keys.capacity()).sum();
        size_of::<Self>() + keys * size_of::<i64>()
    }
}
