//! What is salient in a series: what its spectrum, smoothed, does not tell.

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::fourier::{Complex, back, complex, transform};
use super::robust::{filled, line, running_median, spread};
use super::{SeriesAlgorithm, SeriesSettings, Verdict};
use crate::detector::DetectorDescription;

/// Frequencies that the logarithm of the spectrum is smoothed over: q of the paper.
const SMOOTHED: usize = 3;

/// Places before one whose saliency is usual: z of the paper.
const BEFORE: usize = 21;

/// Places that a series must have.
const MIN_PLACES: usize = 3 * BEFORE;

/// Points that are estimated beyond the end, and from how many: κ and m of the paper.
const ESTIMATED: usize = 5;

/// Amplitudes below this share of the largest are none.
const NO_AMPLITUDE: f64 = 1e-12;

/// Places around one whose median is told as usual.
const AROUND: usize = 21;

/// The spectral residual.
pub struct SpectralResidual;

impl SeriesAlgorithm for SpectralResidual {
    fn name(&self) -> &'static str {
        "spectral_residual"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "time series: saliency, from what the smoothed spectrum does not tell"
                .to_owned(),
            good_for: "sudden spikes and breaks in long series of many frequencies, without a \
                       choice to make; slow changes and values that are odd only for their time \
                       of day are not salient. What is told as usual is the median of the 20 \
                       places around. The first 21 places have too few before them and are not \
                       looked at. A straight trend is taken away first; missing stamps are \
                       filled by straight lines. Needs --time"
                .to_owned(),
            parameters: Vec::new(),
            cost: "time O(n log n), memory O(n) for n rows".to_owned(),
            contribution: super::finding::CONTRIBUTION.to_owned(),
            reference: "Ren, Xu, Wang, Yi, Huang, Kou, Xing, Yang, Tong, Zhang: Time-Series \
                        Anomaly Detection Service at Microsoft, KDD 2019"
                .to_owned(),
        }
    }

    fn judge(
        &self,
        values: &[f64],
        _: SeriesSettings,
        cancellation: &Cancellation,
    ) -> Result<Verdict> {
        if values.len() < MIN_PLACES {
            return Err(Error::input(format!(
                "its {} stamps are fewer than {MIN_PLACES}, which a spectrum needs",
                values.len()
            )));
        }
        let (level, slope) = line(values).unwrap_or((0.0, 0.0));
        let mut series: Vec<f64> = filled(values)
            .iter()
            .enumerate()
            .map(|(at, value)| value - level - slope * at as f64)
            .collect();
        extend(&mut series);
        let saliency = saliency(&series);
        cancellation.check()?;
        let mut deviations = against_those_before(&saliency[..values.len()]);
        for (deviation, value) in deviations.iter_mut().zip(values) {
            if value.is_nan() {
                *deviation = f64::NAN;
            }
        }
        let around = filled(&running_median(values, AROUND, true));
        let distances: Vec<f64> =
            values.iter().zip(&around).map(|(value, at)| value - at).collect();
        Ok(Verdict {
            deviations,
            expected: around,
            spread: vec![spread(&distances); values.len()],
            of_values: false,
            shadowed: Vec::new(),
            chosen: SeriesSettings::default(),
        })
    }
}

/// Adds estimated points (equations 8 and 9), so that the last ones are not at the border: each is
/// the point m − 1 before the last, and m times the mean slope from the last to the m before it.
fn extend(series: &mut Vec<f64>) {
    let count = series.len();
    let Some((&last, before)) = series.split_last() else { return };
    let slopes = before.iter().rev().take(ESTIMATED).enumerate();
    let known = slopes.len();
    if known < ESTIMATED {
        return;
    }
    let slope = slopes.map(|(index, value)| (last - value) / (index + 1) as f64).sum::<f64>()
        / known as f64;
    let estimate = series[count - ESTIMATED] + slope * ESTIMATED as f64;
    series.extend([estimate; ESTIMATED]);
}

/// The saliency map (equations 1 to 6).
fn saliency(series: &[f64]) -> Vec<f64> {
    let spectrum = transform(&complex(series));
    let amplitudes: Vec<f64> = spectrum.iter().map(|number| number.magnitude()).collect();
    let floor = NO_AMPLITUDE * amplitudes.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let logarithms: Vec<f64> =
        amplitudes.iter().map(|amplitude| amplitude.max(floor).ln()).collect();
    let count = series.len();
    let residual = |at: usize| {
        // The spectrum goes round: after the last frequency comes the first.
        let near = (0..SMOOTHED).map(|step| logarithms[(at + count + step - SMOOTHED / 2) % count]);
        logarithms[at] - near.sum::<f64>() / SMOOTHED as f64
    };
    let flattened: Vec<Complex> = spectrum
        .iter()
        .enumerate()
        .map(|(at, number)| match amplitudes[at] {
            amplitude if amplitude <= floor => Complex::default(),
            amplitude => number.scaled(residual(at).exp() / amplitude),
        })
        .collect();
    back(&flattened).iter().map(|number| number.magnitude()).collect()
}

/// How many times as salient a place is as the 21 before it are on average (equation 7, plus 1);
/// NaN of the first places.
fn against_those_before(saliency: &[f64]) -> Vec<f64> {
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    // Where nothing before is salient, what is at all stands out against the whole.
    let least = (0.01 * mean(saliency)).max(f64::MIN_POSITIVE);
    let mut against = vec![f64::NAN; saliency.len().min(BEFORE)];
    let places = saliency.windows(BEFORE + 1).filter_map(|places| places.split_last());
    against.extend(places.map(|(own, before)| own / mean(before).max(least)));
    against
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::super::testing::{noise, seasonal};
    use super::*;

    fn judge(values: &[f64]) -> Verdict {
        SpectralResidual.judge(values, SeriesSettings::default(), &Cancellation::default()).unwrap()
    }

    /// The same by sums of sines and cosines.
    fn naive_saliency(series: &[f64]) -> Vec<f64> {
        let count = series.len();
        let turn = |product: usize| TAU * (product % count) as f64 / count as f64;
        let mut real = vec![0.0; count];
        let mut imaginary = vec![0.0; count];
        for k in 0..count {
            for (j, value) in series.iter().enumerate() {
                real[k] += value * turn(j * k).cos();
                imaginary[k] -= value * turn(j * k).sin();
            }
        }
        let log: Vec<f64> = (0..count).map(|k| real[k].hypot(imaginary[k]).ln()).collect();
        let mean = |k: usize| (log[(k + count - 1) % count] + log[k] + log[(k + 1) % count]) / 3.0;
        let part: Vec<(f64, f64)> =
            (0..count).map(|k| ((log[k] - mean(k)).exp(), imaginary[k].atan2(real[k]))).collect();
        (0..count)
            .map(|j| {
                let (mut x, mut y) = (0.0, 0.0);
                for (k, (amplitude, phase)) in part.iter().enumerate() {
                    x += amplitude * (phase + turn(j * k)).cos();
                    y += amplitude * (phase + turn(j * k)).sin();
                }
                x.hypot(y) / count as f64
            })
            .collect()
    }

    #[test]
    fn saliency_is_that_of_the_definition() {
        for count in [16_usize, 45, 101] {
            let mut series = noise(count as u64, count);
            series[count / 3] += 9.0;
            for (told, expected) in saliency(&series).iter().zip(naive_saliency(&series)) {
                assert!((told - expected).abs() < 1e-9, "{told} {expected}");
            }
        }
    }

    #[test]
    fn points_beyond_the_end_follow_the_slope() {
        let mut series: Vec<f64> = (0..10).map(f64::from).collect();
        extend(&mut series);
        assert_eq!(series[10..], [10.0; 5]);
    }

    #[test]
    fn a_spike_is_the_most_salient_also_at_the_end() {
        for at in [40, 400, 958] {
            let mut values = seasonal(24, 960, 0.3);
            values[at] += 6.0;
            values[700..705].fill(f64::NAN);
            let verdict = judge(&values);
            let known = (0..960).filter(|&at| !verdict.deviations[at].is_nan());
            let told =
                known.max_by(|&a, &b| verdict.deviations[a].total_cmp(&verdict.deviations[b]));
            assert_eq!(told, Some(at));
        }
    }
}
