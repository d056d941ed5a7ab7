//! From stamps to a regular grid.

use std::collections::BTreeMap;

/// How far a difference may be from whole steps, in steps: months and changes of the clock are
/// nearer.
const OFF_STEP: f64 = 0.25;

/// The share of differences that may be further.
const MOST_OFF: f64 = 0.05;

/// The share of rows that may have the stamp of another row.
const MOST_REPEATED: f64 = 0.01;

/// Where the rows of a series lie on a grid of equal steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    /// In ticks of the stamps.
    pub(super) step: u64,
    /// The place of each row, in the order of the stamps.
    pub(super) places: Vec<usize>,
    /// Places, from the first to the last row's.
    pub(super) len: usize,
    /// Rows that have the stamp of an earlier row.
    pub(super) repeated: usize,
}

impl Grid {
    /// Places without a row.
    pub(super) fn missing(&self) -> usize {
        self.len + self.repeated - self.places.len()
    }

    /// The grid of ascending stamps, or why there is none.
    ///
    /// The step is the most frequent difference when at least half of the differences are that,
    /// else the median one. A stamp lies as many steps after the one before as their difference is
    /// nearest to, so that an inexact step adds up to nothing.
    pub(super) fn of(stamps: &[i64]) -> Result<Self, String> {
        let differences: Vec<u64> =
            stamps.windows(2).map(|pair| pair[1].abs_diff(pair[0])).collect();
        let repeated = differences.iter().filter(|&&difference| difference == 0).count();
        if repeated as f64 > (MOST_REPEATED * stamps.len() as f64).max(1.0) {
            return Err(format!(
                "{repeated} of {} rows have the stamp of another row: if they are of several \
                 series, name the column that tells these apart by --by",
                stamps.len()
            ));
        }
        let step = step(&differences).ok_or("all rows have one stamp")?;
        let mut places = vec![0; stamps.len().min(1)];
        let (mut place, mut off) = (0_usize, 0_usize);
        for &difference in &differences {
            let steps = difference as f64 / step as f64;
            let whole = steps.round().max(if difference == 0 { 0.0 } else { 1.0 });
            off += usize::from((steps - whole).abs() > OFF_STEP);
            place = place.saturating_add(whole as usize);
            places.push(place);
        }
        let grid = Self { step, places, len: place.saturating_add(1), repeated };
        let distinct = stamps.len() - repeated;
        if off as f64 > (MOST_OFF * differences.len() as f64).max(1.0) {
            return Err(format!(
                "its stamps are too irregular: {off} of {} differences are no multiple of the \
                 usual one; take one value per hour or day first",
                differences.len()
            ));
        }
        if grid.len > 2 * distinct {
            return Err(format!(
                "more than half of its stamps are missing: {distinct} of {} are there; take \
                 coarser steps, or a column that counts the rows as --time",
                grid.len
            ));
        }
        Ok(grid)
    }
}

fn step(differences: &[u64]) -> Option<u64> {
    let mut ascending: Vec<u64> =
        differences.iter().copied().filter(|&difference| difference > 0).collect();
    ascending.sort_unstable();
    let median = *ascending.get(ascending.len() / 2)?;
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for &difference in &ascending {
        *counts.entry(difference).or_default() += 1;
    }
    // Of equally frequent ones the shortest.
    let (&frequent, &count) = counts.iter().rev().max_by_key(|&(_, &count)| count)?;
    Some(if 2 * count >= ascending.len() { frequent } else { median })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gaps_are_places_without_rows() {
        let grid = Grid::of(&[100, 160, 220, 400, 460, 520]).unwrap();
        assert_eq!(grid.places, [0, 1, 2, 5, 6, 7]);
        assert_eq!((grid.step, grid.len, grid.missing()), (60, 8, 2));
    }

    #[test]
    fn months_and_jitter_are_steps() {
        let months = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
        let grid = Grid::of(&months).unwrap();
        assert_eq!(grid.places, (0..13).collect::<Vec<_>>());
        let jitter: Vec<i64> = (0..200).map(|at| at * 1_000 + (at * 7_919) % 97).collect();
        let grid = Grid::of(&jitter).unwrap();
        assert_eq!(grid.missing(), 0);
        assert!(grid.step.abs_diff(1_000) < 40);
    }

    #[test]
    fn a_repeated_stamp_is_one_place_and_many_are_several_series() {
        let mut stamps: Vec<i64> = (0..50).collect();
        stamps.insert(20, 20);
        let grid = Grid::of(&stamps).unwrap();
        assert_eq!((grid.repeated, grid.len, grid.missing()), (1, 50, 0));
        assert_eq!(grid.places[19..23], [19, 20, 20, 21]);
        let twice: Vec<i64> = (0..50).flat_map(|at| [at, at]).collect();
        assert!(Grid::of(&twice).unwrap_err().contains("--by"));
    }

    #[test]
    fn what_has_no_step_says_so() {
        let squares: Vec<i64> = (0..60).map(|at| at * at * at).collect();
        assert!(Grid::of(&squares).unwrap_err().contains("irregular"));
        let far: Vec<i64> = (0..40).chain([1_000]).collect();
        assert!(Grid::of(&far).unwrap_err().contains("missing"));
        assert!(Grid::of(&[7, 7]).unwrap_err().contains("one stamp"));
        assert!(Grid::of(&[7]).is_err() && Grid::of(&[]).is_err());
        assert!(Grid::of(&[i64::MIN, 0, i64::MAX]).is_ok());
    }

    proptest! {
        #[test]
        fn any_stamps_are_places_in_order_or_a_reason(
            mut stamps in prop::collection::vec(any::<i64>(), 0..40),
            small in prop::collection::vec(0_i64..60, 0..60),
        ) {
            for stamps in [&mut stamps, &mut small.clone()] {
                stamps.sort_unstable();
                if let Ok(grid) = Grid::of(stamps) {
                    prop_assert_eq!(grid.places.len(), stamps.len());
                    prop_assert!(grid.places.is_sorted());
                    prop_assert_eq!(grid.places.last().map(|last| last + 1), Some(grid.len));
                    prop_assert!(grid.len <= 2 * stamps.len());
                }
            }
        }
    }
}
