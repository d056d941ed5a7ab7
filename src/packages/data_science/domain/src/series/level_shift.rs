//! Where the level changes: the median after a place against the median before it.

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::robust::{RankCounts, known_median, ranked, spread};
use super::seasonal_residual::season_of;
use super::shadow::shadows;
use super::{SeriesAlgorithm, SeriesSettings, Verdict, parameter};
use crate::detector::DetectorDescription;

/// The shortest and the longest window that is taken without a period.
const WINDOW: (usize, usize) = (10, 100);

/// Values that a window must hold.
const MIN_KNOWN: usize = 3;

/// Changes of level.
pub struct LevelShift;

impl SeriesAlgorithm for LevelShift {
    fn name(&self) -> &'static str {
        "level_shift"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "time series: median of a window after against that of one before".to_owned(),
            good_for:
                "the moment from which on a series stands higher or lower than before; single \
                       outliers do not count, and a season is taken away first. One row is told of \
                       each change: the first at the new level, those near it score low. Needs \
                       --time"
                    .to_owned(),
            parameters: vec![
                parameter("period", "found", "steps after which the series repeats"),
                parameter(
                    "window",
                    "the period",
                    "rows on each side of a place; without a period a twentieth of the rows, \
                     between 10 and 100",
                ),
            ],
            cost: "time O(n log n), memory O(n) for n rows".to_owned(),
            contribution: super::finding::CONTRIBUTION.to_owned(),
            reference: "two windows and their medians; peaks told once".to_owned(),
        }
    }

    fn judge(
        &self,
        values: &[f64],
        settings: SeriesSettings,
        cancellation: &Cancellation,
    ) -> Result<Verdict> {
        let season = season_of(values, settings.period)?;
        cancellation.check()?;
        let (shortest, longest) = WINDOW;
        let period = season.as_ref().map(|&(period, _)| period);
        let window = settings.window.unwrap_or_else(|| match period {
            Some(period) => period * shortest.div_ceil(period),
            None => (values.len() / 20).clamp(shortest, longest),
        });
        if values.len() / 2 < window {
            return Err(Error::input(format!(
                "its {} stamps do not hold two windows of {window}",
                values.len()
            )));
        }
        let added = season.map_or_else(|| vec![0.0; values.len()], |(_, season)| season);
        let level: Vec<f64> =
            values.iter().zip(&added).map(|(value, added)| value - added).collect();
        let (before, after) = medians_around(&level, window);
        let shifts: Vec<f64> =
            after.iter().zip(&before).map(|(after, before)| after - before).collect();
        // A steady trend is no shift.
        let usual = known_median(&shifts).unwrap_or(0.0);
        let shifts: Vec<f64> = shifts.iter().map(|shift| shift - usual).collect();
        let whole = spread(&shifts);
        let deviation = |at: usize| match shifts[at] {
            _ if values[at].is_nan() => f64::NAN,
            0.0 => 0.0,
            shift => shift.abs() / whole,
        };
        let mut deviations: Vec<f64> = (0..values.len()).map(deviation).collect();
        let moved = |top: usize| first_of_new_level(&level, window, top, before[top], after[top]);
        let shadowed = shadows(&mut deviations, window, moved);
        let noise: Vec<f64> =
            level.iter().zip(&before).map(|(value, before)| value - before).collect();
        let expected = before.iter().zip(&added).map(|(before, added)| before + usual + added);
        Ok(Verdict {
            deviations,
            expected: expected.collect(),
            spread: vec![spread(&noise); values.len()],
            of_values: false,
            shadowed,
            chosen: SeriesSettings { period, window: Some(window) },
        })
    }
}

/// The place that parts a window on each side of `top` best: the sum of distances to the old
/// level before it and to the new one from it on is the least. Medians alone move little while
/// less than half of a window is of another level.
fn first_of_new_level(level: &[f64], window: usize, top: usize, old: f64, new: f64) -> usize {
    let start = top.saturating_sub(window / 2);
    let (mut sum, mut least, mut best) = (0.0, f64::INFINITY, top);
    for (at, value) in level.iter().enumerate().take(top + window / 2 + 1).skip(start) {
        if value.is_nan() {
            continue;
        }
        if sum < least {
            (least, best) = (sum, at);
        }
        sum += (value - old).abs() - (value - new).abs();
    }
    best
}

/// The medians of the known ones of so many values before and from each place on; NaN where there
/// are too few: the first and the last places of a series cannot be judged.
fn medians_around(values: &[f64], window: usize) -> (Vec<f64>, Vec<f64>) {
    let (ascending, ranks) = ranked(values);
    let mut counts = RankCounts::new(ascending.len());
    // The median of the values from each place on; before a place it is that of one window ago.
    let mut from = vec![f64::NAN; values.len() + 1];
    let mut known = 0_u32;
    for start in (0..values.len()).rev() {
        if let Some(rank) = ranks[start] {
            counts.change(rank, 1);
            known += 1;
        }
        if let Some(rank) = ranks.get(start + window).copied().flatten() {
            counts.change(rank, u32::MAX);
            known -= 1;
        }
        if known as usize >= MIN_KNOWN.min(window) && start + window <= values.len() {
            from[start] = counts.median(known, |rank| ascending[rank]);
        }
    }
    let before = (0..values.len()).map(|at| at.checked_sub(window).map_or(f64::NAN, |at| from[at]));
    (before.collect(), from.iter().take(values.len()).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{noise, seasonal};
    use super::*;

    fn judge(values: &[f64], window: Option<usize>) -> Verdict {
        let settings = SeriesSettings { period: None, window };
        LevelShift.judge(values, settings, &Cancellation::default()).unwrap()
    }

    fn highest(verdict: &Verdict) -> usize {
        let known = (0..verdict.deviations.len()).filter(|&at| !verdict.deviations[at].is_nan());
        known.max_by(|&a, &b| verdict.deviations[a].total_cmp(&verdict.deviations[b])).unwrap()
    }

    #[test]
    fn medians_are_those_of_the_two_windows() {
        let mut values = noise(1, 90);
        values[20..27].fill(f64::NAN);
        values[60] = f64::NAN;
        let (before, after) = medians_around(&values, 7);
        for at in 0..90_usize {
            let told = |from: usize| {
                let window = values.get(from..from + 7)?;
                let known = window.iter().filter(|value| !value.is_nan()).count();
                if known < MIN_KNOWN { None } else { known_median(window) }
            };
            let same = |told: Option<f64>, is: f64| told.map_or(is.is_nan(), |told| told == is);
            assert!(same(at.checked_sub(7).and_then(told), before[at]), "before {at}");
            assert!(same(told(at), after[at]), "after {at}");
        }
    }

    #[test]
    fn a_shift_is_told_once_at_its_first_row_and_outliers_are_not() {
        for (period, shift) in [(None, 3.0), (Some(24), 3.0), (None, -50.0)] {
            let mut values = match period {
                Some(period) => seasonal(period, 960, 0.4),
                None => noise(2, 960),
            };
            values[500..].iter_mut().for_each(|value| *value += shift);
            for at in [100, 101, 300, 700, 899] {
                values[at] += 1e4;
            }
            let verdict = judge(&values, None);
            assert_eq!(verdict.chosen.period, period);
            let told = highest(&verdict);
            assert!(told.abs_diff(500) <= 2, "{told}");
            assert!((verdict.expected[told] - values[300]).abs() > 100.0);
            let near = (450..550).filter(|&at| verdict.deviations[at] > 4.0).count();
            assert_eq!(near, 1);
        }
    }

    #[test]
    fn a_clean_step_is_told_at_the_step() {
        let values: Vec<f64> = (0..200).map(|at| f64::from(at >= 90)).collect();
        assert_eq!(highest(&judge(&values, Some(20))), 90);
    }

    #[test]
    fn a_steady_trend_is_no_shift_and_short_series_say_so() {
        let noise = noise(3, 600);
        let values: Vec<f64> =
            noise.iter().enumerate().map(|(at, noise)| at as f64 + noise).collect();
        assert!(judge(&values, None).deviations.iter().all(|&d| d.is_nan() || d < 6.0));
        let settings = SeriesSettings { period: None, window: Some(400) };
        let error = LevelShift.judge(&values, settings, &Cancellation::default()).err().unwrap();
        assert!(error.what().contains("two windows of 400"));
    }
}
