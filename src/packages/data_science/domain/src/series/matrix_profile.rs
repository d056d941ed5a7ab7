//! How far each stretch of a series is from the one most like it.
//!
//! The exact matrix profile of a series with itself, under the z-normalised Euclidean distance, by
//! diagonals: along one the covariance of two stretches follows from that of the pair before in a
//! few operations (Zimmerman et al. 2019, equations 3 to 6). Time O(n²), memory O(n).

use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::robust::{filled, known_median, spread};
use super::seasonal_residual::season_of;
use super::shadow::shadows;
use super::{SeriesAlgorithm, SeriesSettings, Verdict, parameter};
use crate::detector::DetectorDescription;

/// The shortest and the longest stretch that is taken without a period.
const WINDOW: (usize, usize) = (8, 100);

/// The shortest stretch that has a shape.
const SHORTEST: usize = 4;

/// One over the share of a stretch that may be filled in.
const FILLED: usize = 4;

/// Spreads from the median where values are cut off: a spike is as much a spike there, and larger
/// ones would cost the covariances their digits.
const CUT_OFF: f64 = 1e4;

/// The share of its values' size below which a stretch's variation is rounding.
const FLAT: f64 = 1e-12;

/// Diagonals that are followed together.
const TOGETHER: usize = 8;

/// The matrix profile.
pub struct MatrixProfile;

impl SeriesAlgorithm for MatrixProfile {
    fn name(&self) -> &'static str {
        "matrix_profile"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "time series: how unlike each stretch is to the one most like it".to_owned(),
            good_for:
                "odd shapes whose single values are usual: a heartbeat, a cycle, a ramp unlike \
                       all others. Stretches are compared whatever their level and amplitude; what \
                       happens twice alike is not odd. One row is told of each: where it departs \
                       most from the stretch most like it. Needs --time"
                    .to_owned(),
            parameters: vec![
                parameter("period", "found", "steps after which the series repeats"),
                parameter(
                    "window",
                    "the period",
                    "rows of a stretch, at least 4; without a period a twentieth of the rows, \
                     between 8 and 100",
                ),
            ],
            cost: "time O(n²), memory O(n) for n rows: refused above about 240,000 stamps"
                .to_owned(),
            contribution: super::finding::CONTRIBUTION.to_owned(),
            reference: "Yeh et al.: Matrix Profile I, ICDM 2016; Zimmerman et al.: Matrix Profile \
                        XIV, SoCC 2019"
                .to_owned(),
        }
    }

    fn operations(&self, places: usize) -> f64 {
        0.5 * places as f64 * places as f64
    }

    fn judge(
        &self,
        values: &[f64],
        settings: SeriesSettings,
        cancellation: &Cancellation,
    ) -> Result<Verdict> {
        let (shortest, longest) = WINDOW;
        let period = season_of(values, settings.period)?.map(|(period, _)| period);
        let window = settings.window.unwrap_or_else(|| match period {
            Some(period) => period * shortest.div_ceil(period),
            None => (values.len() / 20).clamp(shortest, longest),
        });
        if window < SHORTEST || values.len() / 3 < window {
            return Err(Error::input(format!(
                "its {} stamps do not hold three stretches of {window}, or these are shorter than \
                 {SHORTEST}",
                values.len()
            )));
        }
        let stretches = Stretches::of(values, window);
        let profile = profile(&stretches, cancellation)?;
        let chosen = SeriesSettings { period, window: Some(window) };
        Ok(stretches.verdict(values, &profile, chosen))
    }
}

/// The stretches of a series.
struct Stretches {
    /// Without gaps, around 0.
    values: Vec<f64>,
    /// What was taken away for that.
    level: f64,
    window: usize,
    means: Vec<f64>,
    /// The length of a stretch less its mean: 0 of a flat one, NaN of one that is mostly filled in.
    norms: Vec<f64>,
}

/// For each stretch its highest correlation with another that overlaps it less than half, and
/// where that begins; −∞ without any.
struct Profile {
    correlations: Vec<f64>,
    neighbours: Vec<usize>,
}

impl Stretches {
    fn of(raw: &[f64], window: usize) -> Self {
        let level = known_median(raw).unwrap_or(0.0);
        let distances: Vec<f64> = raw.iter().map(|value| value - level).collect();
        let limit = CUT_OFF * spread(&distances);
        let values: Vec<f64> =
            filled(&distances).iter().map(|value| value.clamp(-limit, limit)).collect();
        let mut missing = raw.iter().take(window).filter(|value| value.is_nan()).count();
        let (mut means, mut norms) = (Vec::new(), Vec::new());
        for (start, stretch) in values.windows(window).enumerate() {
            let mean = stretch.iter().sum::<f64>() / window as f64;
            let square: f64 = stretch.iter().map(|value| (value - mean) * (value - mean)).sum();
            let size: f64 = stretch.iter().map(|value| value * value).sum();
            means.push(mean);
            norms.push(match square.sqrt() {
                _ if missing > window / FILLED => f64::NAN,
                norm if norm <= FLAT * size.sqrt() => 0.0,
                norm => norm,
            });
            missing -= usize::from(raw[start].is_nan());
            missing += usize::from(raw.get(start + window).is_some_and(|value| value.is_nan()));
        }
        Self { values, level, window, means, norms }
    }

    fn count(&self) -> usize {
        self.means.len()
    }

    /// How far apart two stretches must begin.
    fn apart(&self) -> usize {
        self.window.div_ceil(2)
    }

    /// The stretch around a place, and the place's index in it.
    fn around(&self, place: usize) -> (usize, usize) {
        let start = place.saturating_sub(self.window / 2).min(self.count() - 1);
        (start, place - start)
    }

    /// What a stretch would be at an index if it were like its neighbour.
    fn expected(&self, profile: &Profile, start: usize, index: usize) -> f64 {
        let neighbour = profile.neighbours[start];
        let (own, other) = (self.norms[start], self.norms[neighbour]);
        let shape = if other > 0.0 {
            (self.values[neighbour + index] - self.means[neighbour]) / other
        } else {
            0.0
        };
        self.level + self.means[start] + own * shape
    }

    fn verdict(&self, raw: &[f64], profile: &Profile, chosen: SeriesSettings) -> Verdict {
        let length = self.window as f64;
        let distances: Vec<f64> = profile
            .correlations
            .iter()
            .zip(&self.norms)
            .map(|(&correlation, norm)| {
                if norm.is_nan() || correlation == f64::NEG_INFINITY {
                    return f64::NAN;
                }
                (2.0 * length * (1.0 - correlation)).max(0.0).sqrt()
            })
            .collect();
        let typical = known_median(&distances).unwrap_or(0.0);
        let at = |place: usize| self.around(place);
        let mut deviations: Vec<f64> = (0..raw.len()).map(|place| distances[at(place).0]).collect();
        let departure = |place: usize, start: usize| {
            (raw[place] - self.expected(profile, start, place - start)).abs()
        };
        let moved = |top: usize| {
            let start = at(top).0;
            let known = (start..start + self.window).filter(|&place| !raw[place].is_nan());
            known
                .max_by(|&a, &b| {
                    departure(a, start).total_cmp(&departure(b, start)).then(b.cmp(&a))
                })
                .unwrap_or(top)
        };
        let shadowed = shadows(&mut deviations, self.window, moved);
        let expected = (0..raw.len()).map(|place| {
            let (start, index) = at(place);
            self.expected(profile, start, index)
        });
        let spread = (0..raw.len())
            .map(|place| self.norms[at(place).0] / length.sqrt() * typical / length.sqrt());
        Verdict {
            expected: expected.collect(),
            spread: spread.collect(),
            deviations,
            of_values: false,
            shadowed,
            chosen,
        }
    }
}

/// The highest correlation of each stretch.
fn profile(stretches: &Stretches, cancellation: &Cancellation) -> Result<Profile> {
    let count = stretches.count();
    let mut profile =
        Profile { correlations: vec![f64::NEG_INFINITY; count], neighbours: vec![0; count] };
    let window = stretches.window;
    let values = &stretches.values;
    // A flat stretch correlates with none: 0. One that is filled in gives NaN, never the highest.
    let inverse: Vec<f64> =
        stretches.norms.iter().map(|&norm| if norm == 0.0 { 0.0 } else { 1.0 / norm }).collect();
    // df and dg of the paper.
    let mut half_step = vec![0.0; count];
    let mut around_means = vec![0.0; count];
    for at in 1..count {
        let (first, last) = (values[at - 1], values[at + window - 1]);
        half_step[at] = 0.5 * (last - first);
        around_means[at] = (last - stretches.means[at]) + (first - stretches.means[at - 1]);
    }
    let covariance = |start: usize| -> f64 {
        let (own, other) = (&values[..window], &values[start..start + window]);
        let pairs = own.iter().zip(other);
        pairs.map(|(a, b)| (a - stretches.means[0]) * (b - stretches.means[start])).sum()
    };
    let mut lag = stretches.apart();
    while lag < count {
        cancellation.check()?;
        let together = TOGETHER.min(count - lag);
        let mut covariances = [0.0; TOGETHER];
        for (lane, own) in covariances.iter_mut().enumerate().take(together) {
            *own = covariance(lag + lane);
        }
        let diagonals =
            Diagonals { half_step: &half_step, around_means: &around_means, inverse: &inverse };
        diagonals.follow(lag, together, &mut covariances, &mut profile);
        lag += together;
    }
    flat_ones_are_alike(stretches, &mut profile);
    Ok(profile)
}

/// What is needed along diagonals.
struct Diagonals<'a> {
    half_step: &'a [f64],
    around_means: &'a [f64],
    inverse: &'a [f64],
}

impl Diagonals<'_> {
    /// Follows some neighbouring diagonals from the first stretch on.
    fn follow(
        &self,
        lag: usize,
        together: usize,
        covariances: &mut [f64; TOGETHER],
        profile: &mut Profile,
    ) {
        let count = self.inverse.len();
        let whole =
            if together == TOGETHER { (count - lag).saturating_sub(TOGETHER - 1) } else { 0 };
        for at in 0..count - lag {
            let other = at + lag;
            let lanes = if at < whole { TOGETHER } else { together.min(count - other) };
            let (step, mean, inverse) =
                (self.half_step[at], self.around_means[at], self.inverse[at]);
            let steps = &self.half_step[other..other + lanes];
            let means = &self.around_means[other..other + lanes];
            let inverses = &self.inverse[other..other + lanes];
            let mut correlations = [f64::NEG_INFINITY; TOGETHER];
            for lane in 0..lanes {
                covariances[lane] += step * means[lane] + steps[lane] * mean;
                correlations[lane] = covariances[lane] * inverse * inverses[lane];
            }
            for (lane, &correlation) in correlations.iter().enumerate().take(lanes) {
                if correlation > profile.correlations[at] {
                    profile.correlations[at] = correlation;
                    profile.neighbours[at] = other + lane;
                }
                if correlation > profile.correlations[other + lane] {
                    profile.correlations[other + lane] = correlation;
                    profile.neighbours[other + lane] = at;
                }
            }
        }
    }
}

/// Flat stretches are alike: each has a neighbour if there is one far enough away.
fn flat_ones_are_alike(stretches: &Stretches, profile: &mut Profile) {
    let flat: Vec<usize> =
        (0..stretches.count()).filter(|&at| stretches.norms[at] == 0.0).collect();
    let (Some(&first), Some(&last)) = (flat.first(), flat.last()) else { return };
    for at in flat {
        let neighbour = if at - first >= stretches.apart() { first } else { last };
        if at.abs_diff(neighbour) >= stretches.apart() {
            profile.correlations[at] = 1.0;
            profile.neighbours[at] = neighbour;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{noise, seasonal};
    use super::*;

    fn told(values: &[f64], window: usize) -> (Stretches, Profile) {
        let stretches = Stretches::of(values, window);
        let profile = profile(&stretches, &Cancellation::default()).unwrap();
        (stretches, profile)
    }

    /// The highest correlation of each stretch by its definition, O(n²m).
    fn naive(values: &[f64], window: usize) -> Vec<f64> {
        let normal: Vec<Option<Vec<f64>>> = values
            .windows(window)
            .map(|stretch| {
                let mean = stretch.iter().sum::<f64>() / window as f64;
                let norm = stretch.iter().map(|value| (value - mean).powi(2)).sum::<f64>().sqrt();
                (norm > 1e-9).then(|| stretch.iter().map(|v| (v - mean) / norm).collect())
            })
            .collect();
        let correlation = |a: &Option<Vec<f64>>, b: &Option<Vec<f64>>| match (a, b) {
            (Some(a), Some(b)) => a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>(),
            (None, None) => 1.0,
            _ => 0.0,
        };
        let apart = |a: usize, b: usize| a.abs_diff(b) >= window.div_ceil(2);
        (0..normal.len())
            .map(|own| {
                let others = (0..normal.len()).filter(|&other| apart(own, other));
                others
                    .map(|other| correlation(&normal[own], &normal[other]))
                    .fold(f64::NEG_INFINITY, f64::max)
            })
            .collect()
    }

    #[test]
    fn the_profile_is_that_of_the_definition() {
        for (count, window, seed) in [(60, 4, 1), (101, 9, 2), (300, 24, 3), (47, 15, 4)] {
            let mut values = noise(seed, count);
            values[10..10 + window / 2].fill(0.5);
            let (_, profile) = told(&values, window);
            for (told, expected) in profile.correlations.iter().zip(naive(&values, window)) {
                assert!((told - expected).abs() < 1e-9, "{told} {expected}");
            }
        }
    }

    #[test]
    fn flat_stretches_and_huge_spikes_keep_the_others_exact() {
        let mut values = seasonal(12, 240, 0.2);
        values[50..70].fill(7.0);
        values[150..170].fill(9.0);
        values[100] = 1e4;
        let (_, profile) = told(&values, 12);
        for (told, expected) in profile.correlations.iter().zip(naive(&values, 12)) {
            assert!((told - expected).abs() < 1e-6, "{told} {expected}");
        }
    }

    #[test]
    fn an_odd_shape_of_usual_values_stands_out() {
        let mut values = seasonal(24, 960, 0.15);
        // One cycle backwards: every value is usual, also for a place near it.
        values[480..504].reverse();
        values[300] = f64::NAN;
        values[700..730].fill(f64::NAN);
        let settings = SeriesSettings { period: None, window: None };
        let verdict = MatrixProfile.judge(&values, settings, &Cancellation::default()).unwrap();
        assert_eq!(verdict.chosen, SeriesSettings { period: Some(24), window: Some(24) });
        let known = (0..960).filter(|&at| !verdict.deviations[at].is_nan());
        let top = known.max_by(|&a, &b| verdict.deviations[a].total_cmp(&verdict.deviations[b]));
        assert!((456..528).contains(&top.unwrap()), "{top:?}");
        assert!(verdict.deviations[712].is_nan(), "nothing is known of what is filled in");
    }
}
