//! How far values are from trend and season, both found by medians.
//!
//! In the spirit of robust STL (Cleveland et al. 1990; Wen et al., AAAI 2019): the trend is a
//! running median of the others over one and a half periods, straight at the ends; the season is, at each place,
//! the median of the same phase in the ten nearest *other* cycles, so that no value helps to make
//! what is expected of it, and the season may change slowly. Both are found in turn, twice.

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::period::likely_period;
use super::robust::{line, median, running_median, spread, trimmed_mean_distance};
use super::{SeriesAlgorithm, SeriesSettings, Verdict, parameter};
use crate::detector::DetectorDescription;

/// Cycles that a season is made of, besides the one that is judged.
const CYCLES: usize = 10;

/// Cycles that a period must have.
const MIN_CYCLES: usize = 3;

/// The share of the distances to the trend that a season must leave at most, to be believed.
const USEFUL: f64 = 0.85;

/// The shortest and the longest trend of a series without a season.
const TREND: (usize, usize) = (11, 101);

/// As many residuals of the whole series speak with those of a phase for its spread.
const SHARED: f64 = 20.0;

/// Distances below this share of the largest value are rounding.
const ROUNDING: f64 = 1e-10;

/// Distances to trend and season.
pub struct SeasonalResidual;

impl SeriesAlgorithm for SeasonalResidual {
    fn name(&self) -> &'static str {
        "seasonal_residual"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "time series: distance to trend and season, found by medians".to_owned(),
            good_for: "the first choice for a time series: values that are odd for their time of \
                       day or week, and for where the series stands now. After a change of level \
                       it calls the values until the trend has followed; for the change itself \
                       take level_shift. Needs --time"
                .to_owned(),
            parameters: vec![parameter(
                "period",
                "found",
                "steps after which the series repeats; found: the shortest of the highest peaks of \
                 the autocorrelation, if a season of that length leaves at most 85 % of the \
                 distances to the trend",
            )],
            cost: "time O(n log n), memory O(n) for n rows".to_owned(),
            contribution: super::finding::CONTRIBUTION.to_owned(),
            reference: "Cleveland, Cleveland, McRae, Terpenning: STL, Journal of Official \
                        Statistics 1990; Wen, Gao, Song, Sun, Xu, Zhu: RobustSTL, AAAI 2019"
                .to_owned(),
        }
    }

    fn judge(
        &self,
        values: &[f64],
        settings: SeriesSettings,
        cancellation: &Cancellation,
    ) -> Result<Verdict> {
        check_period(values, settings.period)?;
        cancellation.check()?;
        let (period, expected) = match settings.period {
            Some(period) => (Some(period), seasonal_model(values, period)),
            None => best_model(values),
        };
        let largest =
            values.iter().filter(|v| !v.is_nan()).fold(0.0, |most: f64, v| most.max(v.abs()));
        let residuals: Vec<f64> = values
            .iter()
            .zip(&expected)
            .map(|(value, expected)| {
                let residual = value - expected;
                if residual.abs() <= ROUNDING * largest { 0.0 } else { residual }
            })
            .collect();
        let spread = spreads(&residuals, period);
        let deviations = residuals
            .iter()
            .zip(&spread)
            .map(|(residual, spread)| if *residual == 0.0 { 0.0 } else { residual.abs() / spread })
            .collect();
        Ok(Verdict {
            deviations,
            expected,
            spread,
            of_values: true,
            shadowed: Vec::new(),
            chosen: SeriesSettings { period, window: None },
        })
    }
}

/// Refuses a period that a series is too short for.
pub(super) fn check_period(values: &[f64], period: Option<usize>) -> Result<()> {
    let stamps = values.len();
    match period {
        Some(period) if stamps / MIN_CYCLES < period => Err(Error::input(format!(
            "its {stamps} stamps are fewer than {MIN_CYCLES} periods of {period}"
        ))),
        _ => Ok(()),
    }
}

/// The period of a series that has one, and what the season adds at each place.
pub(super) fn season_of(values: &[f64], given: Option<usize>) -> Result<Option<(usize, Vec<f64>)>> {
    check_period(values, given)?;
    let period = given.or_else(|| best_model(values).0);
    Ok(period.map(|period| (period, trend_and_season(values, period).1)))
}

/// The model with the likely period if that is of use, else the one without a season.
fn best_model(values: &[f64]) -> (Option<usize>, Vec<f64>) {
    if let Some(period) = likely_period(values) {
        let seasonal = seasonal_model(values, period);
        let plain = trend(values, trend_window(period), true);
        if distance(values, &seasonal) <= USEFUL * distance(values, &plain) {
            return (Some(period), seasonal);
        }
    }
    let (shortest, longest) = TREND;
    (None, trend(values, (values.len() / 10).clamp(shortest, longest) | 1, true))
}

fn distance(values: &[f64], expected: &[f64]) -> f64 {
    let residuals: Vec<f64> = values.iter().zip(expected).map(|(value, at)| value - at).collect();
    trimmed_mean_distance(&residuals)
}

fn trend_window(period: usize) -> usize {
    (period + period / 2).max(TREND.0) | 1
}

fn seasonal_model(values: &[f64], period: usize) -> Vec<f64> {
    let (trend, season) = trend_and_season(values, period);
    trend.iter().zip(&season).map(|(trend, season)| trend + season).collect()
}

fn trend_and_season(values: &[f64], period: usize) -> (Vec<f64>, Vec<f64>) {
    let without = |part: &[f64]| -> Vec<f64> {
        values.iter().zip(part).map(|(value, part)| value - part).collect()
    };
    // Over whole periods a season does not move the median.
    let first = trend(values, period * TREND.0.div_ceil(period), false);
    let season = season(&without(&first), period);
    let slow = trend(&without(&season), trend_window(period), true);
    let season = self::season(&without(&slow), period);
    let slow = trend(&without(&season), trend_window(period), true);
    (slow, season)
}

/// The running median; with `straight_ends` that of other values, and where windows are not whole a
/// line through the first or last whole one. Where nothing is known nearby, what was last known.
fn trend(values: &[f64], window: usize, straight_ends: bool) -> Vec<f64> {
    let count = values.len();
    let mut trend = running_median(values, window, straight_ends);
    let (half, window) = (window / 2, window.min(count));
    if straight_ends {
        let end = half.min(count / 2);
        for (start, places) in [(0, 0..end), (count - window, count - end..count)] {
            let Some((level, slope)) = line(&values[start..start + window]) else { continue };
            for at in places {
                trend[at] = level + slope * (at - start) as f64;
            }
        }
    }
    let mut last = trend.iter().copied().find(|value| !value.is_nan()).unwrap_or(0.0);
    for value in &mut trend {
        if value.is_nan() {
            *value = last;
        }
        last = *value;
    }
    trend
}

/// At each place the median of the same phase in the nearest other cycles; 0 without any.
fn season(detrended: &[f64], period: usize) -> Vec<f64> {
    let mut season = vec![0.0; detrended.len()];
    let mut nearest = Vec::with_capacity(CYCLES);
    for phase in 0..period.min(detrended.len()) {
        let places: Vec<usize> = (phase..detrended.len()).step_by(period).collect();
        let known: Vec<usize> =
            places.iter().copied().filter(|&at| !detrended[at].is_nan()).collect();
        for &at in &places {
            let mut before = known.partition_point(|&other| other < at);
            let mut after = known.partition_point(|&other| other <= at);
            nearest.clear();
            while nearest.len() < CYCLES {
                let left = before.checked_sub(1).and_then(|index| known.get(index));
                let right = known.get(after);
                match (left, right) {
                    (Some(&left), right) if right.is_none_or(|&right| at - left <= right - at) => {
                        nearest.push(detrended[left]);
                        before -= 1;
                    }
                    (_, Some(&right)) => {
                        nearest.push(detrended[right]);
                        after += 1;
                    }
                    _ => break,
                }
            }
            season[at] = median(&mut nearest).unwrap_or(0.0);
        }
    }
    season
}

/// The spread at each place: that of its phase, with what the whole series says as so many more
/// residuals.
fn spreads(residuals: &[f64], period: Option<usize>) -> Vec<f64> {
    let whole = spread(residuals);
    let mut spreads = vec![whole; residuals.len()];
    let Some(period) = period else { return spreads };
    for phase in 0..period.min(residuals.len()) {
        let own: Vec<f64> = residuals
            .iter()
            .skip(phase)
            .step_by(period)
            .copied()
            .filter(|residual| !residual.is_nan())
            .collect();
        let count = own.len() as f64;
        let variance = (SHARED * whole * whole + count * spread(&own).powi(2)) / (SHARED + count);
        for place in spreads.iter_mut().skip(phase).step_by(period) {
            *place = variance.sqrt();
        }
    }
    spreads
}

#[cfg(test)]
mod tests {
    use super::super::testing::{noise, seasonal};
    use super::*;

    fn judge(values: &[f64], period: Option<usize>) -> Verdict {
        let settings = SeriesSettings { period, window: None };
        SeasonalResidual.judge(values, settings, &Cancellation::default()).unwrap()
    }

    fn highest(verdict: &Verdict) -> usize {
        let mut places: Vec<usize> =
            (0..verdict.deviations.len()).filter(|&at| !verdict.deviations[at].is_nan()).collect();
        places.sort_by(|&a, &b| verdict.deviations[b].total_cmp(&verdict.deviations[a]));
        places[0]
    }

    #[test]
    fn a_value_that_is_odd_only_for_its_phase_is_the_most_anomalous() {
        for at in [0, 7, 240, 479] {
            let mut values = seasonal(24, 480, 0.2);
            values[at] = 20.0 + if values[at] > 20.0 { -2.0 } else { 2.0 };
            let verdict = judge(&values, None);
            assert_eq!(verdict.chosen.period, Some(24));
            assert_eq!(highest(&verdict), at);
            let usual = seasonal(24, 480, 0.0)[at];
            assert!(
                (verdict.expected[at] - usual).abs() < 0.4,
                "{} of {usual}",
                verdict.expected[at]
            );
            assert!((verdict.spread[at] - 0.2).abs() < 0.08, "{}", verdict.spread[at]);
        }
    }

    #[test]
    fn outliers_do_not_hide_themselves_or_others() {
        let mut values = seasonal(24, 480, 0.2);
        let planted = [30, 31, 54, 78, 102, 300, 301, 420];
        for at in planted {
            values[at] += 1e7;
        }
        values[200] += 2.5;
        let verdict = judge(&values, Some(24));
        let mut order: Vec<usize> = (0..480).collect();
        order.sort_by(|&a, &b| verdict.deviations[b].total_cmp(&verdict.deviations[a]));
        let mut first = order[..8].to_vec();
        first.sort_unstable();
        assert_eq!(first, planted);
        assert_eq!(order[8], 200);
    }

    /// The season and the trend by their definitions, place by place.
    #[test]
    fn medians_are_those_of_the_definition() {
        let mut values = seasonal(7, 140, 1.0);
        values[33] = f64::NAN;
        values[20..24].fill(f64::NAN);
        let told = season(&values, 7);
        for (at, told) in told.into_iter().enumerate() {
            let mut others: Vec<(usize, usize)> = (at % 7..values.len())
                .step_by(7)
                .filter(|&other| other != at && !values[other].is_nan())
                .map(|other| (other.abs_diff(at), other))
                .collect();
            others.sort_unstable();
            let mut nearest: Vec<f64> =
                others.iter().take(CYCLES).map(|&(_, other)| values[other]).collect();
            assert_eq!(told, median(&mut nearest).unwrap());
        }
    }

    #[test]
    fn ends_of_a_steep_trend_are_not_anomalous() {
        let noise = noise(5, 400);
        let values: Vec<f64> =
            noise.iter().enumerate().map(|(at, noise)| 3.0 * at as f64 + noise).collect();
        let verdict = judge(&values, None);
        assert!(verdict.deviations.iter().all(|&deviation| deviation < 6.0));
        assert!((verdict.expected[399] - 1_197.0).abs() < 2.0, "{}", verdict.expected[399]);
    }

    #[test]
    fn a_wandering_series_has_no_season() {
        let mut found = 0;
        for seed in 0..20 {
            let mut level = 0.0;
            let walk: Vec<f64> = noise(seed, 600)
                .iter()
                .map(|step| {
                    level += step;
                    level
                })
                .collect();
            found += usize::from(judge(&walk, None).chosen.period.is_some());
        }
        assert!(found <= 2, "{found} of 20");
    }

    #[test]
    fn a_perfect_season_has_no_anomalies_and_too_short_ones_say_so() {
        let perfect: Vec<f64> = (0..60).map(|at| f64::from(at % 6)).collect();
        let verdict = judge(&perfect, Some(6));
        assert!(verdict.deviations.iter().all(|&deviation| deviation == 0.0));
        let settings = SeriesSettings { period: Some(30), window: None };
        let error = SeasonalResidual.judge(&perfect, settings, &Cancellation::default());
        assert!(error.err().unwrap().what().contains("fewer than 3 periods of 30"));
    }
}
