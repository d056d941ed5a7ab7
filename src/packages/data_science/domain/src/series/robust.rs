//! Medians and spreads that a few wild values don't move.

/// What makes a median absolute deviation a standard deviation of normal numbers.
const NORMAL_MAD: f64 = 1.482_602_218_505_602;

/// What makes a mean absolute deviation one.
const NORMAL_MEAN: f64 = 1.253_314_137_315_5;

/// The median of numbers, of which none is NaN; reorders. `None` of none.
pub(super) fn median(numbers: &mut [f64]) -> Option<f64> {
    let count = numbers.len();
    if count == 0 {
        return None;
    }
    let (below, &mut upper, _) = numbers.select_nth_unstable_by(count / 2, f64::total_cmp);
    if count % 2 == 1 {
        return Some(upper);
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(0.5 * lower + 0.5 * upper)
}

/// The median of those that are not NaN.
pub(super) fn known_median(values: &[f64]) -> Option<f64> {
    let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    median(&mut known)
}

/// A robust standard deviation around 0 of those that are not NaN: by the median of their
/// distances, where most are 0 by their mean. 0 where all are.
pub(super) fn spread(residuals: &[f64]) -> f64 {
    let mut distances: Vec<f64> =
        residuals.iter().filter(|residual| !residual.is_nan()).map(|value| value.abs()).collect();
    let middle = median(&mut distances).unwrap_or(0.0);
    if middle > 0.0 {
        return NORMAL_MAD * middle;
    }
    NORMAL_MEAN * distances.iter().sum::<f64>() / (distances.len() as f64).max(1.0)
}

/// The mean distance from 0 of those that are not NaN, but for the largest fiftieth of them.
pub(super) fn trimmed_mean_distance(residuals: &[f64]) -> f64 {
    let mut distances: Vec<f64> =
        residuals.iter().filter(|residual| !residual.is_nan()).map(|value| value.abs()).collect();
    let kept = distances.len() - distances.len() / 50;
    distances.sort_unstable_by(f64::total_cmp);
    distances.iter().take(kept).sum::<f64>() / (kept as f64).max(1.0)
}

/// Counts by rank, with sums of the first ones in logarithmic time (Fenwick 1994).
pub(super) struct RankCounts {
    tree: Vec<u32>,
}

impl RankCounts {
    /// No counts of so many ranks.
    pub(super) fn new(ranks: usize) -> Self {
        Self { tree: vec![0; ranks.next_power_of_two() + 1] }
    }

    /// Adds to the count of a rank; `u32::MAX` takes one away.
    pub(super) fn change(&mut self, rank: usize, by: u32) {
        let mut node = rank + 1;
        while let Some(count) = self.tree.get_mut(node) {
            *count = count.wrapping_add(by);
            node += node & node.wrapping_neg();
        }
    }

    /// The median of what is counted, at least one, by the value of a rank.
    pub(super) fn median(&self, counted: u32, value: impl Fn(usize) -> f64) -> f64 {
        let (lower, upper) = (self.nth((counted - 1) / 2), self.nth(counted / 2));
        0.5 * value(lower) + 0.5 * value(upper)
    }

    /// The rank of the `nth` lowest, from 0.
    fn nth(&self, nth: u32) -> usize {
        let (mut node, mut left) = (0, nth);
        let mut step = self.tree.len() - 1;
        while step > 0 {
            if let Some(&count) = self.tree.get(node + step).filter(|&&count| count <= left) {
                node += step;
                left -= count;
            }
            step /= 2;
        }
        node
    }
}

/// The known values in ascending order, and the rank of each place that has one.
pub(super) fn ranked(values: &[f64]) -> (Vec<f64>, Vec<Option<usize>>) {
    let mut order: Vec<usize> = (0..values.len()).filter(|&at| !values[at].is_nan()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![None; values.len()];
    for (rank, &at) in order.iter().enumerate() {
        ranks[at] = Some(rank);
    }
    (order.into_iter().map(|at| values[at]).collect(), ranks)
}

/// The median of the known values among so many around each place, at the ends among the first or
/// the last so many; NaN where none of them is known. With `others`, without the value at the place
/// itself: along a steep trend the median would be that value, whatever it is.
pub(super) fn running_median(values: &[f64], window: usize, others: bool) -> Vec<f64> {
    let window = window.clamp(1, values.len().max(1));
    let (ascending, ranks) = ranked(values);
    let mut counts = RankCounts::new(ascending.len());
    let (mut inside, mut first, mut next) = (0_u32, 0, 0);
    let mut medians = Vec::with_capacity(values.len());
    for at in 0..values.len() {
        let start = at.saturating_sub(window / 2).min(values.len() - window);
        for entering in ranks[next..start + window].iter().flatten() {
            counts.change(*entering, 1);
            inside += 1;
        }
        for leaving in ranks[first..start].iter().flatten() {
            counts.change(*leaving, u32::MAX);
            inside -= 1;
        }
        (first, next) = (start, start + window);
        let own = if others { ranks[at] } else { None };
        let known = inside - u32::from(own.is_some());
        if let Some(rank) = own {
            counts.change(rank, u32::MAX);
        }
        medians.push(if known == 0 {
            f64::NAN
        } else {
            counts.median(known, |rank| ascending[rank])
        });
        if let Some(rank) = own {
            counts.change(rank, 1);
        }
    }
    medians
}

/// The known values with straight lines over the gaps between them; beyond the first and the last
/// one, these. All 0 where nothing is known.
pub(super) fn filled(values: &[f64]) -> Vec<f64> {
    let mut filled = values.to_vec();
    let known: Vec<usize> = (0..values.len()).filter(|&at| !values[at].is_nan()).collect();
    let (Some(&first), Some(&last)) = (known.first(), known.last()) else {
        filled.fill(0.0);
        return filled;
    };
    filled[..first].fill(values[first]);
    filled[last..].fill(values[last]);
    for pair in known.windows(2) {
        let &[from, to] = pair else { continue };
        let length = (to - from) as f64;
        for (step, value) in filled[from..to].iter_mut().enumerate().skip(1) {
            let part = step as f64 / length;
            *value = values[from] * (1.0 - part) + values[to] * part;
        }
    }
    filled
}

/// A line through values by medians: its value at place 0 and its slope. The slope is the median
/// of those over half of the length (Theil 1950, the incomplete method).
pub(super) fn line(values: &[f64]) -> Option<(f64, f64)> {
    let half = values.len() / 2;
    let pairs = values.iter().zip(values.get(half..)?);
    let mut slopes: Vec<f64> =
        pairs.map(|(from, to)| (to - from) / half as f64).filter(|slope| !slope.is_nan()).collect();
    if slopes.len() < 3 {
        return None;
    }
    let slope = median(&mut slopes)?;
    let level: Vec<f64> =
        values.iter().enumerate().map(|(at, value)| value - slope * at as f64).collect();
    Some((known_median(&level)?, slope))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_running_median_is_the_median_of_each_window(
            values in prop::collection::vec(
                prop_oneof![4 => (-9_i8..9).prop_map(f64::from), 1 => Just(f64::NAN)], 0..60,
            ),
            window in 1_usize..70,
            others: bool,
        ) {
            let length = window.min(values.len());
            for (at, &told) in running_median(&values, window, others).iter().enumerate() {
                let start = at.saturating_sub(length / 2).min(values.len() - length);
                let mut inside = values[start..start + length].to_vec();
                if others {
                    inside.remove(at - start);
                }
                let expected = known_median(&inside).unwrap_or(f64::NAN);
                prop_assert!(told == expected || told.is_nan() && expected.is_nan());
            }
        }
    }

    #[test]
    fn gaps_are_filled_by_straight_lines() {
        let nan = f64::NAN;
        assert_eq!(filled(&[nan, 1.0, nan, nan, 4.0, nan]), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
        assert_eq!(filled(&[nan, nan]), [0.0, 0.0]);
        assert!(filled(&[]).is_empty());
    }

    #[test]
    fn wild_values_move_neither_lines_nor_spreads() {
        let mut values: Vec<f64> = (0..40).map(|at| 3.0 + 0.5 * f64::from(at)).collect();
        values[7] = 1e9;
        values[30] = -1e9;
        let (level, slope) = line(&values).unwrap();
        assert!((level - 3.0).abs() < 1e-9 && (slope - 0.5).abs() < 1e-9);
        assert!((spread(&[1.0, -1.0, 1.0, 1e9]) - NORMAL_MAD).abs() < 1e-9);
        assert!(spread(&[0.0, 0.0, 0.0, 4.0]) > 0.0, "few values differ, but they do");
        assert_eq!(spread(&[0.0, f64::NAN]), 0.0);
    }
}
