use serde::{Deserialize, Serialize};

use super::kind::{ValueKind, float_cell};
use super::support::{
    Present, PresentValues, join_kinds, number_of_decimal, single_column_summary, wrong_type,
};
use crate::Result;
use crate::measured::Measured;
use crate::table::Cell;

/// A level that holds so many keys is compacted. Even.
const LEVEL_KEYS: usize = 1_024;

/// Quantiles of the finite values of a column of numbers, dates or times.
///
/// Level h holds keys that stand for 2^h values each. A full level is sorted and every other key
/// goes up (Manku, Rajagopalan, Lindsay 1998; Karnin, Lang, Liberty 2016). Which half goes up is
/// not drawn by lot but alternates, so results repeat, and the rank error is known and not only
/// probable: a compaction at level h moves the rank of any value by at most 2^h, and the next one
/// at that level in the opposite direction. The sum of these moves is kept and reported. It stays
/// below log₂(n / 1024) / 2048 of the count: 0.65 % for ten million values; nothing for 1,023.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    kind: Option<ValueKind>,
    count: u64,
    levels: Vec<Level>,
    /// By how much the rank of any value may be wrong.
    rank_error: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Level {
    keys: Vec<i64>,
    /// Which half goes up next.
    odd: bool,
}

impl Quantiles {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Finite values.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The quantile at a share from 0 to 1; see [`OrderedValues::value`].
    pub fn value(&self, share: f64) -> Option<Measured<f64>> {
        self.ordered().value(share)
    }

    /// The quantile at a share from 0 to 1, for people; see [`OrderedValues::cell`].
    pub fn cell(&self, share: f64) -> Option<Measured<Cell>> {
        self.ordered().cell(share)
    }

    /// The values in order, to ask for many quantiles.
    pub fn ordered(&self) -> OrderedValues {
        let weighted =
            self.levels.iter().enumerate().flat_map(|(height, level)| {
                level.keys.iter().map(move |&key| (key, 1_u64 << height))
            });
        OrderedValues::new(self.kind, weighted.collect(), self.rank_error)
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
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

    fn take_keys(&mut self, keys: impl Iterator<Item = i64>) {
        for key in keys {
            self.count += 1;
            self.push(0, key);
        }
    }

    /// Takes in a value `count` times: a key at every level whose bit is set in the count, so that
    /// nothing is rounded.
    pub(super) fn take_counted(&mut self, kind: ValueKind, key: i64, count: u64) {
        self.kind = Some(kind);
        self.count += count;
        for height in 0..64 {
            if count >> height & 1 == 1 {
                self.push(height, key);
            }
        }
    }

    fn level(&mut self, height: usize) -> &mut Level {
        if self.levels.len() <= height {
            self.levels.resize_with(height + 1, Level::default);
        }
        &mut self.levels[height]
    }

    #[inline]
    fn push(&mut self, height: usize, key: i64) {
        let level = self.level(height);
        level.keys.push(key);
        if level.keys.len() >= LEVEL_KEYS {
            self.compact(height);
        }
    }

    /// Sorts a level and moves every other key up; an odd key out stays.
    fn compact(&mut self, height: usize) {
        let level = self.level(height);
        level.keys.sort_unstable();
        let mut keys = std::mem::take(&mut level.keys);
        if keys.len() % 2 == 1 {
            level.keys.extend(keys.pop());
        }
        let odd = level.odd;
        level.odd = !odd;
        // The second of a pair of compactions moves ranks back, not further.
        if !odd {
            self.rank_error += 1 << height;
        }
        let above = self.level(height + 1);
        above.keys.extend(keys.iter().skip(usize::from(odd)).step_by(2));
        let full = above.keys.len() >= LEVEL_KEYS;
        // The emptied vector goes on serving its level.
        let level = self.level(height);
        if level.keys.is_empty() {
            keys.clear();
            level.keys = keys;
        }
        if full {
            self.compact(height + 1);
        }
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.kind = join_kinds(self.kind, later.kind)?;
        self.count += later.count;
        self.rank_error += later.rank_error;
        for (height, level) in later.levels.into_iter().enumerate() {
            for key in level.keys {
                self.push(height, key);
            }
        }
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.levels.iter().map(|level| level.keys.capacity() * size_of::<i64>()).sum()
    }
}

single_column_summary!(Quantiles, "quantiles");

/// Values in ascending order, each with how many it stands for.
#[derive(Clone, Debug)]
pub struct OrderedValues {
    kind: Option<ValueKind>,
    /// Keys, ascending, and how many values there are up to and with each.
    ranks: Vec<(i64, u64)>,
    rank_error: u64,
}

impl OrderedValues {
    pub(super) fn new(
        kind: Option<ValueKind>,
        mut weighted: Vec<(i64, u64)>,
        rank_error: u64,
    ) -> Self {
        weighted.sort_unstable();
        let mut total = 0;
        for (_, rank) in &mut weighted {
            total += *rank;
            *rank = total;
        }
        Self { kind, ranks: weighted, rank_error }
    }

    /// What the values are.
    pub fn kind(&self) -> Option<ValueKind> {
        self.kind
    }

    /// By how many values a rank may be wrong; nothing where every value is counted.
    pub fn rank_error(&self) -> u64 {
        self.rank_error
    }

    /// Values, ascending, as numbers (dates in days, times in the column's unit), each with how
    /// many it stands for.
    pub fn weighted(&self) -> impl Iterator<Item = (f64, u64)> + Clone + '_ {
        let mut before = 0;
        self.ranks.iter().map(move |&(key, up_to)| {
            let weight = up_to - before;
            before = up_to;
            (self.number(key), weight)
        })
    }

    /// How many values are below a number, and how many are not above it.
    pub fn ranks_of(&self, number: f64) -> (u64, u64) {
        let up_to = |places: usize| {
            places.checked_sub(1).and_then(|last| self.ranks.get(last)).map_or(0, |&(_, rank)| rank)
        };
        let below = self.ranks.partition_point(|&(key, _)| self.number(key) < number);
        let not_above = self.ranks.partition_point(|&(key, _)| self.number(key) <= number);
        (up_to(below), up_to(not_above))
    }

    fn number(&self, key: i64) -> f64 {
        match self.kind {
            Some(ValueKind::Float | ValueKind::Decimal { .. }) => float_of_key(key),
            _ => key as f64,
        }
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.ranks.last().map_or(0, |&(_, rank)| rank)
    }

    /// The quantile at a share from 0 to 1 as a number: dates in days, times in the column's unit.
    ///
    /// Between two values it is interpolated (Hyndman and Fan 1996, definition 7). When
    /// approximate, the error bounds the share of values by which its rank may be wrong.
    pub fn value(&self, share: f64) -> Option<Measured<f64>> {
        let (low, high, fraction) = self.neighbours(share)?;
        let value = match self.kind? {
            ValueKind::Float | ValueKind::Decimal { .. } => {
                let (low, high) = (float_of_key(low), float_of_key(high));
                if low == high { low } else { low * (1.0 - fraction) + high * fraction }
            }
            _ => low as f64 + (i128::from(high) - i128::from(low)) as f64 * fraction,
        };
        Some(self.measured(value))
    }

    /// The quantile at a share from 0 to 1 as people read it. Dates and times are not
    /// interpolated but rounded down to a value; so are whole numbers between equal neighbours.
    pub fn cell(&self, share: f64) -> Option<Measured<Cell>> {
        let kind = self.kind?;
        let (low, high, fraction) = self.neighbours(share)?;
        match kind {
            ValueKind::Float | ValueKind::Decimal { .. } => {
                Some(self.value(share)?.map(float_cell))
            }
            ValueKind::Integer if low != high && fraction > 0.0 => {
                Some(self.value(share)?.map(float_cell))
            }
            kind => Some(self.measured(kind.integer_cell(low))),
        }
    }

    fn neighbours(&self, share: f64) -> Option<(i64, i64, f64)> {
        let ([rank, next], fraction) = self.ranks_at(share)?;
        Some((self.at(rank)?, self.at(next)?, fraction))
    }

    /// The ranks, from 0, between which a quantile lies, and how far it is from the first.
    pub(super) fn ranks_at(&self, share: f64) -> Option<([u64; 2], f64)> {
        let last = self.count().checked_sub(1)?;
        let position = share.clamp(0.0, 1.0) * last as f64;
        let rank = (position.floor() as u64).min(last);
        Some(([rank, (rank + 1).min(last)], position - position.floor()))
    }

    /// Keys between which both neighbours of a quantile surely lie, and how many values at most lie
    /// between them.
    pub(super) fn key_bounds(&self, share: f64) -> Option<(i64, i64, u64)> {
        let ([rank, next], _) = self.ranks_at(share)?;
        let error = self.rank_error;
        let low = rank.checked_sub(error).and_then(|rank| self.at(rank)).unwrap_or(i64::MIN);
        let high = self.at(next.saturating_add(error)).unwrap_or(i64::MAX);
        let below = self.ranks.partition_point(|&(key, _)| key < low);
        let up_to = self.ranks.partition_point(|&(key, _)| key <= high);
        let rank_of = |places: usize| {
            places.checked_sub(1).and_then(|last| self.ranks.get(last)).map_or(0, |&(_, rank)| rank)
        };
        let between = rank_of(up_to) - rank_of(below);
        Some((low, high, between + 2 * error))
    }

    /// The value of a rank, from 0.
    fn at(&self, rank: u64) -> Option<i64> {
        let place = self.ranks.partition_point(|&(_, up_to)| up_to <= rank);
        self.ranks.get(place).map(|&(key, _)| key)
    }

    fn measured<T>(&self, value: T) -> Measured<T> {
        if self.rank_error == 0 {
            return Measured::exact(value);
        }
        Measured::approximate(value, self.rank_error as f64 / self.count() as f64)
    }
}

/// A whole number that is ordered as the floats are.
pub(super) fn key_of_float(value: f64) -> i64 {
    let bits = (value + 0.0).to_bits() as i64;
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

pub(super) fn float_of_key(key: i64) -> f64 {
    f64::from_bits((key ^ ((key >> 63) as u64 >> 1) as i64) as u64)
}

/// The key of a decimal, by the nearest float.
pub(super) fn key_of_decimal(value: i128, kind: ValueKind) -> i64 {
    key_of_float(number_of_decimal(value, kind.decimal_unit()))
}
