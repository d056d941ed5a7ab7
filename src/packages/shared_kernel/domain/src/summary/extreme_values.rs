use std::borrow::Borrow;
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::bounds::Bounds;
use super::extremes::{Extremes, TEXT_BYTES, cut, cut_cell};
use super::kind::{ValueKind, decimal_cell, float_cell};
use super::quantiles::{float_of_key, key_of_float};
use super::support::{Present, PresentValues, join_kinds, single_column_summary};
use crate::Result;
use crate::table::Cell;

/// How many values are kept on either side.
const KEPT: usize = 10;

/// The ten smallest and the ten largest different values of a column of any type, exactly.
///
/// They are ordered and left out as [`Extremes`] orders and leaves out; texts count as different
/// when their first 256 bytes are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExtremeValues {
    kind: Option<ValueKind>,
    /// Whole numbers, floats by the key of their order, truth values.
    numbers: TwoSides<i64>,
    decimals: TwoSides<i128>,
    texts: TwoSides<Vec<u8>>,
}

/// The smallest, ascending, and the largest, descending.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct TwoSides<T> {
    smallest: Vec<T>,
    largest: Vec<T>,
}

impl<T> Default for TwoSides<T> {
    fn default() -> Self {
        Self { smallest: Vec::new(), largest: Vec::new() }
    }
}

impl ExtremeValues {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The smallest values, ascending.
    pub fn smallest(&self) -> Vec<Cell> {
        self.cells(true)
    }

    /// The largest values, descending.
    pub fn largest(&self) -> Vec<Cell> {
        self.cells(false)
    }

    /// The smallest and the largest value.
    pub fn extremes(&self) -> Extremes {
        let mut extremes = Extremes::new();
        let Some(kind) = self.kind else { return extremes };
        if let Some((&min, &max)) = self.numbers.ends() {
            extremes.take_keys(kind, min, max);
        }
        if let Some((&min, &max)) = self.decimals.ends() {
            extremes.take_decimals(kind, min, max);
        }
        if let Some((min, max)) = self.texts.ends() {
            extremes.take_text(kind, min);
            extremes.take_text(kind, max);
        }
        extremes
    }

    fn cells(&self, smallest: bool) -> Vec<Cell> {
        let Some(kind) = self.kind else { return Vec::new() };
        match kind {
            ValueKind::Decimal { scale } => {
                let values = self.decimals.side(smallest).iter();
                values.map(|&value| decimal_cell(value, scale)).collect()
            }
            ValueKind::Text | ValueKind::Binary => {
                self.texts.side(smallest).iter().map(|text| cut_cell(kind, text)).collect()
            }
            ValueKind::Float => {
                let keys = self.numbers.side(smallest).iter();
                keys.map(|&key| float_cell(float_of_key(key))).collect()
            }
            _ => self.numbers.side(smallest).iter().map(|&key| kind.integer_cell(key)).collect(),
        }
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        self.kind = join_kinds(self.kind, present.values.kind())?;
        match (&present.values, present.bounds()) {
            (PresentValues::Booleans(values), _) => {
                let values = [false, true].into_iter().filter(|value| values.contains(value));
                values.for_each(|value| self.numbers.offer(&i64::from(value)));
            }
            (PresentValues::Integers(values, _), Bounds::Integers(min, max)) => {
                self.numbers.offer_all(values, (min, max), |value| value);
            }
            (PresentValues::Floats { all, finite }, Bounds::Floats(min, max)) => {
                let bounds = (key_of_float(min), key_of_float(max));
                self.numbers.offer_all(finite.as_deref().unwrap_or(all), bounds, key_of_float);
            }
            (PresentValues::Decimals(values, _), Bounds::Decimals(min, max)) => {
                self.decimals.offer_all(values, (min, max), |value| value);
            }
            (PresentValues::Texts(texts, _), _) => {
                texts.each(|text| self.texts.offer(cut(text)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes in one text of a text or binary column.
    pub(super) fn take_text(&mut self, kind: ValueKind, text: &[u8]) {
        self.kind = Some(kind);
        self.texts.offer(cut(text));
    }

    /// Takes in a value by the key of its order.
    pub(super) fn take_key(&mut self, kind: ValueKind, key: i64) {
        self.kind = Some(kind);
        self.numbers.offer(&key);
    }

    /// Takes in an unscaled decimal.
    pub(super) fn take_decimal(&mut self, kind: ValueKind, value: i128) {
        self.kind = Some(kind);
        self.decimals.offer(&value);
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.kind = join_kinds(self.kind, later.kind)?;
        self.numbers.merge(&later.numbers);
        self.decimals.merge(&later.decimals);
        self.texts.merge(&later.texts);
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let texts = self.texts.smallest.len() + self.texts.largest.len();
        2 * KEPT * size_of::<i64>() + texts * (size_of::<Vec<u8>>() + TEXT_BYTES)
    }
}

single_column_summary!(ExtremeValues, "extreme_values");

impl<T> TwoSides<T> {
    fn side(&self, smallest: bool) -> &[T] {
        if smallest { &self.smallest } else { &self.largest }
    }

    /// The smallest and the largest.
    fn ends(&self) -> Option<(&T, &T)> {
        self.smallest.first().zip(self.largest.first())
    }

    #[inline]
    fn offer<Q>(&mut self, value: &Q)
    where
        T: Borrow<Q>,
        Q: Ord + ToOwned<Owned = T> + ?Sized,
    {
        insert(&mut self.smallest, value, Ordering::Less);
        insert(&mut self.largest, value, Ordering::Greater);
    }
}

impl<T: Clone + Ord> TwoSides<T> {
    fn merge(&mut self, later: &Self) {
        for value in later.smallest.iter().chain(&later.largest) {
            self.offer(value);
        }
    }
}

impl<T: Copy + Ord> TwoSides<T> {
    /// Takes in values whose images lie between the bounds. The last come first: of values in
    /// ascending or descending order these are the extreme ones, and the others are passed by.
    fn offer_all<V: Copy>(&mut self, values: &[V], bounds: (T, T), image: impl Fn(V) -> T) {
        if is_wanted(&self.smallest, &bounds.0, Ordering::Less) {
            for &value in values.iter().rev() {
                insert(&mut self.smallest, &image(value), Ordering::Less);
            }
        }
        if is_wanted(&self.largest, &bounds.1, Ordering::Greater) {
            for &value in values.iter().rev() {
                insert(&mut self.largest, &image(value), Ordering::Greater);
            }
        }
    }
}

/// Whether a value has a place among those kept, if it is not one of them.
#[inline]
fn is_wanted<T, Q>(kept: &[T], value: &Q, side: Ordering) -> bool
where
    T: Borrow<Q>,
    Q: Ord + ?Sized,
{
    match kept.last() {
        Some(last) if kept.len() == KEPT => value.cmp(last.borrow()) == side,
        _ => true,
    }
}

#[inline]
fn insert<T, Q>(kept: &mut Vec<T>, value: &Q, side: Ordering)
where
    T: Borrow<Q>,
    Q: Ord + ToOwned<Owned = T> + ?Sized,
{
    if !is_wanted(kept, value, side) {
        return;
    }
    let order = |known: &T| {
        let order = known.borrow().cmp(value);
        if side == Ordering::Less { order } else { order.reverse() }
    };
    if let Err(place) = kept.binary_search_by(order) {
        kept.truncate(KEPT - 1);
        kept.insert(place, value.to_owned());
    }
}
