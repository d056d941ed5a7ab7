use shared_kernel_domain::table::{Column, Values};
use shared_kernel_domain::{Error, Result};

use super::order::at_places;

/// Seconds of a day.
pub(super) const DAY: f64 = 86_400.0;

/// Reads a column as numbers, NaN where there is none: dates and points in time as seconds since
/// 1970, times of day and lengths of time as seconds, truth values as 0 and 1.
pub(crate) fn read_numbers(column: &Column<'_>) -> Result<Vec<f64>> {
    let mut numbers = Vec::with_capacity(column.len);
    append_numbers(column, &mut numbers)?;
    Ok(numbers)
}

/// [`read_numbers`] behind others.
pub(super) fn append_numbers(column: &Column<'_>, numbers: &mut Vec<f64>) -> Result<()> {
    let first = numbers.len();
    match column.values {
        Values::Null => numbers.resize(first + column.len, f64::NAN),
        Values::Boolean(bits) => {
            numbers.extend((0..column.len).map(|row| f64::from(u8::from(bits.get(row)))));
        }
        Values::Integer(values) => numbers.extend(values.iter().map(|&value| value as f64)),
        // Adding zero makes −0 a 0: they are one value.
        Values::Float(values) => numbers.extend(values.iter().map(|value| value + 0.0)),
        Values::Decimal { values, scale } => {
            let unit = 10_f64.powi(i32::from(scale));
            numbers.extend(values.iter().map(|&value| value as f64 / unit));
        }
        Values::Date(days) => numbers.extend(days.iter().map(|&day| f64::from(day) * DAY)),
        Values::Time { values, unit }
        | Values::Timestamp { values, unit }
        | Values::Duration { values, unit } => {
            let per_second = unit.per_second() as f64;
            numbers.extend(values.iter().map(|&value| value as f64 / per_second));
        }
        Values::Text(_) | Values::Binary(_) => {
            return Err(Error::internal("texts were to be read as numbers"));
        }
    }
    if column.null_count > 0 {
        for (row, number) in numbers[first..].iter_mut().enumerate() {
            if !column.is_valid(row) {
                *number = f64::NAN;
            }
        }
    }
    Ok(())
}

/// The hour of the day, 0 to 23, of seconds since 1970.
pub(super) fn hour_of_day(seconds: f64) -> f64 {
    (seconds.rem_euclid(DAY) / 3_600.0).floor().min(23.0)
}

/// The weekday, 0 for Monday to 6 for Sunday, of seconds since 1970 (a Thursday).
pub(super) fn weekday(seconds: f64) -> f64 {
    ((seconds / DAY).floor() + 3.0).rem_euclid(7.0)
}

/// Quantiles of a column's numbers that are kept at most.
const QUANTILES: usize = 19;

/// What is typical of a column's numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Typical {
    /// The lower median.
    pub(super) median: f64,
    /// The smallest and the largest within three robust standard deviations of the median.
    pub(super) low: f64,
    pub(super) high: f64,
    /// Where infinities are moved: one spread beyond the finite numbers.
    pub(super) lowest: f64,
    pub(super) highest: f64,
    /// Different numbers from low to high, each the middle of a nineteenth of the finite ones.
    pub(super) quantiles: Vec<f64>,
    /// Numbers that are there.
    pub(super) present: usize,
}

/// What one pass over a column's numbers counts.
struct Counted {
    present: usize,
    finite: usize,
    /// Negative infinities.
    below: usize,
    /// Of the finite numbers.
    least: f64,
    most: f64,
}

impl Counted {
    fn of(numbers: &[f64]) -> Self {
        let nothing =
            Self { present: 0, finite: 0, below: 0, least: f64::INFINITY, most: f64::NEG_INFINITY };
        numbers.iter().fold(nothing, |counted, &number| {
            let is_finite = number.is_finite();
            Self {
                present: counted.present + usize::from(!number.is_nan()),
                finite: counted.finite + usize::from(is_finite),
                below: counted.below + usize::from(number == f64::NEG_INFINITY),
                least: if is_finite { counted.least.min(number) } else { counted.least },
                most: if is_finite { counted.most.max(number) } else { counted.most },
            }
        })
    }
}

impl Typical {
    /// Of numbers where NaN means missing; `None` when all are missing.
    pub(super) fn of(numbers: &[f64]) -> Option<Self> {
        let Counted { present, finite, below, mut least, mut most } = Counted::of(numbers);
        let middle = present.checked_sub(1)? / 2;
        if finite == 0 {
            (least, most) = (0.0, 0.0);
        }
        // Halved before subtracting, so that the widest column does not overflow.
        let spread = (most / 2.0 - least / 2.0).max(f64::MIN_POSITIVE);
        // Never within the finite numbers, however large these are.
        let lowest = ((least / 2.0 - spread).max(f64::MIN / 4.0) * 2.0).min(least);
        let highest = ((most / 2.0 + spread).min(f64::MAX / 4.0) * 2.0).max(most);
        let chosen = QUANTILES.min(finite);
        let mut places: Vec<usize> =
            (0..chosen).map(|index| below + (2 * index + 1) * finite / (2 * chosen)).collect();
        let at_middle = places.partition_point(|&place| place < middle);
        let is_quantile = places.get(at_middle) == Some(&middle);
        if !is_quantile {
            places.insert(at_middle, middle);
        }
        let mut quantiles = at_places(numbers, |number| number, &places);
        let median = clamp_infinity(quantiles[at_middle], lowest, highest);
        if !is_quantile {
            quantiles.remove(at_middle);
        }
        quantiles.dedup();
        let deviation =
            |number| (clamp_infinity(number, lowest, highest) / 2.0 - median / 2.0).abs();
        let deviations = at_places(numbers, deviation, &[middle]);
        let reach = 3.0 * 1.482_602_218_505_602 * deviations[0] * 2.0;
        Some(Self {
            median,
            low: (median - reach).max(least).min(median),
            high: (median + reach).min(most).max(median),
            lowest,
            highest,
            quantiles,
            present,
        })
    }
}

/// Finite numbers as they are, infinities at the ends given.
pub(super) fn clamp_infinity(number: f64, lowest: f64, highest: f64) -> f64 {
    if number.is_finite() { number } else { number.clamp(lowest, highest) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn infinities_move_beyond_the_largest_numbers_there_are() {
        for numbers in [
            [f64::MAX, f64::INFINITY, f64::MAX],
            [f64::MIN, f64::NEG_INFINITY, f64::INFINITY],
            [1.7e308, 1.6e308, f64::NEG_INFINITY],
            [f64::INFINITY, f64::NEG_INFINITY, f64::NAN],
        ] {
            let Typical { median, low, high, lowest, highest, .. } = Typical::of(&numbers).unwrap();
            let ordered = [lowest, low, median, high, highest];
            assert!(ordered.is_sorted() && ordered.iter().all(|it| it.is_finite()), "{ordered:?}");
        }
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_sorted_numbers(
            numbers in prop::collection::vec(prop_oneof![(0_u8..9).prop_map(f64::from), -9.0..9.0_f64, Just(f64::NAN)], 0..300),
        ) {
            let mut sorted: Vec<f64> = numbers.iter().copied().filter(|it| it.is_finite()).collect();
            sorted.sort_by(f64::total_cmp);
            let (count, chosen) = (sorted.len(), QUANTILES.min(sorted.len()));
            let mut slow: Vec<f64> =
                (0..chosen).map(|index| sorted[(2 * index + 1) * count / (2 * chosen)]).collect();
            slow.dedup();
            let found = Typical::of(&numbers).map(|typical| typical.quantiles);
            prop_assert_eq!(found.unwrap_or_default(), slow);
        }
    }
}
