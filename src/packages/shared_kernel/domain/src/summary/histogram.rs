use serde::{Deserialize, Serialize};

use super::bounds::Bounds;
use super::kind::ValueKind;
use super::support::{Present, PresentValues, join_kinds, single_column_summary, wrong_type};
use crate::Result;

/// At most so many bins are kept.
const MOST_BINS: i64 = 128;

/// The narrowest width of a bin is 2^this, far below anything measured.
const FINEST: i32 = -900;

/// The widest width of a bin is 2^this: four of them cover all floats.
const WIDEST: i32 = 1_023;

/// A bin: values from `lower` (included) to `upper` (not included).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistogramBin {
    /// Lower edge; dates in days, times in the column's unit.
    pub lower: f64,
    /// Upper edge.
    pub upper: f64,
    /// Values in it, exactly.
    pub count: u64,
}

/// A histogram of the finite values of a column of numbers, dates or times.
///
/// Bins are 2^e wide and begin at multiples of 2^e, with the smallest e at which at most 128 bins
/// cover the values; when the range grows, pairs of neighbours are joined. So the counts are exact
/// and depend neither on the order of the values nor on how they were grouped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BinaryHistogram {
    kind: Option<ValueKind>,
    bins: Option<Bins>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Bins {
    /// Bins are 2^exponent wide.
    exponent: i32,
    /// The first bin begins at first × 2^exponent.
    first: i64,
    counts: Vec<u64>,
    /// The largest magnitude seen, which bounds how narrow bins of floats may be.
    magnitude: f64,
}

impl BinaryHistogram {
    /// Nothing taken in yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the values are.
    pub fn kind(&self) -> Option<ValueKind> {
        self.kind
    }

    /// The bins without gaps, joined pairwise until there are at most `limit` (at least four).
    pub fn bins(&self, limit: usize) -> Vec<HistogramBin> {
        let Some(bins) = &self.bins else { return Vec::new() };
        let mut bins = bins.clone();
        while bins.counts.len() > limit.max(4) && bins.exponent < WIDEST {
            bins.widen_to(bins.exponent + 1);
        }
        let width = 2_f64.powi(bins.exponent);
        bins.counts
            .iter()
            .enumerate()
            .map(|(place, &count)| {
                let place = (bins.first + place as i64) as f64;
                let edge = |place: f64| (place * width).clamp(f64::MIN, f64::MAX);
                HistogramBin { lower: edge(place), upper: edge(place + 1.0), count }
            })
            .collect()
    }

    pub(super) fn take(&mut self, present: &Present<'_>) -> Result<()> {
        self.kind = join_kinds(self.kind, present.values.kind())?;
        match &present.values {
            PresentValues::Nothing => {}
            PresentValues::Integers(values, _) => self.take_integers(values, present.bounds()),
            PresentValues::Floats { all, finite } => {
                self.take_floats(finite.as_deref().unwrap_or(all), present.bounds());
            }
            PresentValues::Decimals(..) => {
                let values = present.decimal_numbers();
                self.take_floats(values, Bounds::of_floats(values));
            }
            PresentValues::Booleans(_) | PresentValues::Texts(..) => {
                return Err(wrong_type("histograms", &present.values));
            }
        }
        Ok(())
    }

    fn take_integers(&mut self, values: &[i64], bounds: Bounds) {
        let Bounds::Integers(min, max) = bounds else { return };
        let bins = self.bins.get_or_insert_with(|| Bins::at(0, min));
        let place = |value: i64, exponent: i32| value >> exponent.min(63);
        let lowest = bins.first.checked_shl(bins.exponent as u32).unwrap_or(0);
        let highest = bins.last().checked_shl(bins.exponent as u32).unwrap_or(0);
        let (low, high) = (min.min(lowest), max.max(highest));
        let mut exponent = bins.exponent;
        while !fits(place(low, exponent), place(high, exponent)) {
            exponent += 1;
        }
        bins.widen_to(exponent);
        bins.cover(place(min, exponent), place(max, exponent));
        let (first, shift) = (bins.first, exponent.min(63));
        for &value in values {
            bins.count((value >> shift) - first);
        }
    }

    fn take_floats(&mut self, values: &[f64], bounds: Bounds) {
        let (Some(&any), Bounds::Floats(min, max)) = (values.first(), bounds) else { return };
        let magnitude = min.abs().max(max.abs());
        let finest = finest_exponent(magnitude);
        let bins = self.bins.get_or_insert_with(|| Bins::at(finest, place_of(any, finest)));
        bins.magnitude = bins.magnitude.max(magnitude);
        let mut exponent = bins.exponent.max(finest_exponent(bins.magnitude));
        bins.widen_to(exponent);
        loop {
            let low = place_of(min, exponent).min(bins.first);
            let high = place_of(max, exponent).max(bins.last());
            if fits(low, high) {
                break;
            }
            exponent += 1;
            bins.widen_to(exponent);
        }
        bins.cover(place_of(min, exponent), place_of(max, exponent));
        let (first, scale) = (bins.first, 2_f64.powi(-exponent));
        for &value in values {
            bins.count(floor_scaled(value, scale) - first);
        }
    }

    pub(super) fn merge(&mut self, later: Self) -> Result<()> {
        self.kind = join_kinds(self.kind, later.kind)?;
        let Some(mut later) = later.bins else { return Ok(()) };
        let Some(bins) = &mut self.bins else {
            self.bins = Some(later);
            return Ok(());
        };
        bins.magnitude = bins.magnitude.max(later.magnitude);
        let mut exponent = bins.exponent.max(later.exponent);
        if bins.magnitude > 0.0 {
            exponent = exponent.max(finest_exponent(bins.magnitude));
        }
        loop {
            bins.widen_to(exponent);
            later.widen_to(exponent);
            if fits(bins.first.min(later.first), bins.last().max(later.last())) {
                break;
            }
            exponent += 1;
        }
        bins.cover(later.first, later.last());
        let offset = (later.first - bins.first) as usize;
        for (count, later) in bins.counts.iter_mut().skip(offset).zip(later.counts) {
            *count += later;
        }
        Ok(())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bins.as_ref().map_or(0, |bins| bins.counts.capacity() * size_of::<u64>())
    }
}

single_column_summary!(BinaryHistogram, "binary_histogram");

impl Bins {
    fn at(exponent: i32, first: i64) -> Self {
        Self { exponent, first, counts: vec![0], magnitude: 0.0 }
    }

    fn last(&self) -> i64 {
        self.first.saturating_add(self.counts.len() as i64 - 1)
    }

    /// Joins neighbours until bins are 2^exponent wide.
    fn widen_to(&mut self, exponent: i32) {
        let steps = (exponent - self.exponent).clamp(0, 63);
        if steps == 0 {
            return;
        }
        let first = self.first >> steps;
        let mut counts = vec![0; ((self.last() >> steps) - first + 1) as usize];
        for (place, &count) in self.counts.iter().enumerate() {
            let joined = ((self.first + place as i64) >> steps) - first;
            if let Some(joined) = counts.get_mut(joined as usize) {
                *joined += count;
            }
        }
        *self = Self { exponent, first, counts, magnitude: self.magnitude };
    }

    /// Adds empty bins so that both places have one; the span was found to fit.
    fn cover(&mut self, low: i64, high: i64) {
        if low < self.first {
            let missing = (self.first - low) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = low;
        }
        if high > self.last() {
            self.counts.resize((high - self.first + 1) as usize, 0);
        }
    }

    #[inline]
    fn count(&mut self, place: i64) {
        if let Some(count) = self.counts.get_mut(place as usize) {
            *count += 1;
        }
    }
}

fn fits(low: i64, high: i64) -> bool {
    high.checked_sub(low).is_some_and(|span| span < MOST_BINS)
}

/// The finest bins that a float of this magnitude can be put into exactly: 2⁵² of them below it.
fn finest_exponent(magnitude: f64) -> i32 {
    let biased = (magnitude.to_bits() >> 52) as i32;
    (biased - 1_023 - 52).max(FINEST)
}

/// Scaling by a power of two is exact, so only the floor decides the bin.
fn place_of(value: f64, exponent: i32) -> i64 {
    floor_scaled(value, 2_f64.powi(-exponent))
}

/// The floor of value × scale; a negative value so small that the product is zero is below it.
#[inline]
fn floor_scaled(value: f64, scale: f64) -> i64 {
    let scaled = value * scale;
    let toward_zero = scaled as i64;
    let vanished = scaled == 0.0 && value < 0.0;
    toward_zero - i64::from((toward_zero as f64) > scaled || vanished)
}
