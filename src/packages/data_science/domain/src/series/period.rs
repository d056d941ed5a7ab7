//! After how many steps a series repeats.

use super::fourier::autocorrelation;
use super::robust::{filled, line, running_median, spread};

/// How often a period must be seen before it is believed.
const MIN_CYCLES: usize = 4;

/// What an autocorrelation must reach.
const LEAST_CORRELATION: f64 = 0.25;

/// How far it must rise above the lowest one before it.
const LEAST_RISE: f64 = 0.1;

/// Peaks this near to the highest are as good: of them the shortest period is meant, and the others
/// are multiples of it.
const AS_HIGH: f64 = 0.05;

/// Spreads beyond which values count as if they were there: no outlier decides.
const CLIPPED: f64 = 3.0;

/// The period that the autocorrelation speaks for most: the shortest of its highest peaks, first
/// without a straight trend, then without any slow one. `None` where nothing repeats.
pub(super) fn likely_period(values: &[f64]) -> Option<usize> {
    let (level, slope) = line(values)?;
    let straight: Vec<f64> = (0..values.len()).map(|at| level + slope * at as f64).collect();
    let found = peak(&without(values, &straight))
        .or_else(|| peak(&without(values, &running_median(values, values.len() / 8, false))))?;
    // Slow changes draw a peak towards shorter lags.
    let fast = without(values, &running_median(values, 2 * found + 1, false));
    let near = |lag: usize| if lag.abs_diff(found) <= found / 4 { Some(lag) } else { None };
    let nearby = correlations(&fast, found + found / 4);
    let nearby = nearby.iter().enumerate().filter_map(|(lag, height)| Some((near(lag)?, height)));
    nearby.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0))).map(|(lag, _)| lag).or(Some(found))
}

fn without(values: &[f64], slow: &[f64]) -> Vec<f64> {
    values.iter().zip(slow).map(|(value, slow)| value - slow).collect()
}

/// Autocorrelations that no outlier decides.
fn correlations(detrended: &[f64], max_lag: usize) -> Vec<f64> {
    let limit = CLIPPED * spread(detrended);
    let mut numbers: Vec<f64> =
        filled(detrended).iter().map(|number| number.clamp(-limit, limit)).collect();
    let mean = numbers.iter().sum::<f64>() / (numbers.len() as f64).max(1.0);
    for number in &mut numbers {
        *number -= mean;
    }
    autocorrelation(&numbers, max_lag)
}

fn peak(detrended: &[f64]) -> Option<usize> {
    let correlations = correlations(detrended, detrended.len() / MIN_CYCLES + 1);
    let mut lowest = f64::INFINITY;
    let mut peaks = Vec::new();
    for (lag, around) in correlations.windows(3).enumerate().skip(1) {
        let &[before, here, after] = around else { continue };
        lowest = lowest.min(before);
        let is_peak = here > before && here >= after;
        if is_peak && here >= LEAST_CORRELATION && here - lowest >= LEAST_RISE {
            peaks.push((lag + 1, here));
        }
    }
    let highest = peaks.iter().map(|&(_, height)| height).fold(f64::NEG_INFINITY, f64::max);
    let &(first, _) = peaks.iter().find(|&&(_, height)| height >= highest - AS_HIGH)?;
    // Noise makes small peaks on the slope of a broad one.
    let nearby = peaks.iter().filter(|&&(lag, _)| lag >= first && lag <= first + first / 4);
    nearby.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|&(lag, _)| lag)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{noise, seasonal};
    use super::*;

    #[test]
    fn a_period_is_found_under_noise_outliers_gaps_and_a_trend() {
        for period in [5_usize, 24, 96] {
            let mut values = seasonal(period, 12 * period, 0.3);
            for (at, value) in values.iter_mut().enumerate() {
                *value += 0.05 * at as f64;
            }
            values[3 * period] = 1e6;
            values[7 * period + 1..7 * period + 4].fill(f64::NAN);
            let told = likely_period(&values).unwrap();
            assert!(told.abs_diff(period) <= period / 48, "{told} of {period}");
        }
    }

    #[test]
    fn the_longer_period_is_told_where_it_says_clearly_more() {
        let week = |at: usize| if at % 168 < 120 { 1.0 } else { 0.2 };
        let values: Vec<f64> = (0..168 * 8)
            .map(|at| week(at) * (std::f64::consts::TAU * at as f64 / 24.0).sin())
            .collect();
        assert_eq!(likely_period(&values), Some(168));
        let daily: Vec<f64> =
            (0..168 * 8).map(|at| (std::f64::consts::TAU * f64::from(at) / 24.0).sin()).collect();
        assert_eq!(likely_period(&daily), Some(24));
    }

    #[test]
    fn a_slow_bend_hides_no_period() {
        let mut values = seasonal(12, 600, 0.2);
        for (at, value) in values.iter_mut().enumerate() {
            *value += 40.0 * (at as f64 / 300.0 - 1.0).powi(2);
        }
        assert_eq!(likely_period(&values), Some(12));
    }

    #[test]
    fn slow_changes_do_not_shorten_a_period() {
        let mut level = 0.0;
        let mut values = seasonal(24, 24 * 90, 0.2);
        for (value, step) in values.iter_mut().zip(noise(8, 24 * 90)) {
            level = 0.99 * level + 0.6 * step;
            *value += level;
        }
        assert_eq!(likely_period(&values), Some(24));
    }

    #[test]
    fn noise_has_no_period() {
        assert_eq!(likely_period(&noise(1, 500)), None);
        assert_eq!(likely_period(&[1.0; 50]), None);
        assert_eq!(likely_period(&[f64::NAN; 50]), None);
        assert_eq!(likely_period(&[]), None);
    }
}
