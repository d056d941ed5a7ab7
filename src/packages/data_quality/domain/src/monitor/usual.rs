//! What a figure usually is, from what it was in earlier versions.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::student::{critical, two_sided};

/// A figure at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub at: Timestamp,
    pub value: f64,
}

/// How a figure is expected from earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// It is as it was: the median of all.
    Level,
    /// It goes on as it went: from the last three, by the median step.
    Growth,
    /// It is as it was on that day of the week: the median of those.
    Weekday,
    /// It is as it was seven versions before, and seven before that: the median of those.
    Seventh,
}

/// What is expected of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Expectation {
    pub value: f64,
    /// The standard deviation of what comes from it.
    pub scale: f64,
    pub degrees: u32,
    pub method: Method,
}

/// A simpler method is left only for one whose errors are so much smaller.
const CLEARLY_BETTER: f64 = 0.6;
/// Robust standard deviations beyond which an earlier figure may be an anomaly itself.
const FAR: f64 = 5.0;
/// The share of earlier figures that may be.
const FEW: usize = 10;

impl Expectation {
    /// What is expected after `history`, which has at least two points, in the order of time. The
    /// point that is judged is not among them.
    pub(super) fn after(history: &[Point], at: Timestamp) -> Self {
        let mut best = level(history);
        let others = [growth(history), weekday(history, at), seventh(history)];
        for other in others.into_iter().flatten() {
            if other.scale < CLEARLY_BETTER * best.scale {
                best = other;
            }
        }
        best
    }

    /// The probability of a figure so far away, when `error` is the standard error of the figure
    /// itself.
    pub(super) fn p_value(&self, value: f64, error: f64) -> f64 {
        let away = value - self.value;
        let scale = self.scale.hypot(error);
        if away == 0.0 {
            return 1.0;
        }
        if scale == 0.0 { 0.0 } else { two_sided(away / scale, self.degrees) }
    }

    /// Where a figure lies but with a probability.
    pub(super) fn range(&self, probability: f64, error: f64) -> (f64, f64) {
        let reach = critical(probability, self.degrees) * self.scale.hypot(error);
        (self.value - reach, self.value + reach)
    }
}

fn level(history: &[Point]) -> Expectation {
    let values: Vec<f64> = history.iter().map(|point| point.value).collect();
    let value = median(values.clone());
    let residuals = values.into_iter().map(|it| it - value).collect();
    // the variance of a median is that of the figures by 2 n / pi
    let own = std::f64::consts::FRAC_PI_2 / history.len() as f64;
    let scale = spread(residuals) * (1.0 + own).sqrt();
    Expectation { value, scale, degrees: degrees(history.len(), 1), method: Method::Level }
}

fn growth(history: &[Point]) -> Option<Expectation> {
    /// Fewer points tell a way from chance too rarely.
    const LEAST: usize = 8;
    if history.len() < LEAST {
        return None;
    }
    let values: Vec<f64> = history.iter().map(|point| point.value).collect();
    let steps = values.windows(2).map(|pair| match pair {
        &[before, after] => after - before,
        _ => 0.0,
    });
    let step = median(steps.collect());
    let next = |three: &[f64]| {
        let steps = (1..=3).rev().map(f64::from);
        median(three.iter().zip(steps).map(|(value, ahead)| value + ahead * step).collect())
    };
    let errors: Vec<f64> = values
        .windows(4)
        .filter_map(|four| {
            let (&last, three) = four.split_last()?;
            Some(last - next(three))
        })
        .collect();
    let degrees = degrees(errors.len(), 1);
    let value = next(values.get(values.len() - 3..)?);
    Some(Expectation { value, scale: spread(errors), degrees, method: Method::Growth })
}

/// Days of a week.
const WEEK: usize = 7;

/// As on the same day of the week.
fn weekday(history: &[Point], at: Timestamp) -> Option<Expectation> {
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).weekday().to_monday_zero_offset() as usize;
    let days: Vec<usize> = history.iter().map(|point| day(point.at)).collect();
    recurring(history, &days, day(at), Method::Weekday)
}

/// As seven versions before: daily versions that were stored at another time.
fn seventh(history: &[Point]) -> Option<Expectation> {
    let places: Vec<usize> = (0..history.len()).map(|index| index % WEEK).collect();
    recurring(history, &places, history.len() % WEEK, Method::Seventh)
}

/// As the points of the same place in a week; `places` are those of the history.
fn recurring(
    history: &[Point],
    places: &[usize],
    place: usize,
    method: Method,
) -> Option<Expectation> {
    /// Values that a place needs.
    const LEAST: usize = 3;
    if history.len() < LEAST * WEEK {
        return None;
    }
    let others = |place: usize, but: Option<usize>| -> Vec<f64> {
        let all = history.iter().zip(places).enumerate();
        let same = all.filter(|(index, (_, its))| Some(*index) != but && **its == place);
        same.map(|(_, (point, _))| point.value).collect()
    };
    let same = others(place, None);
    if same.len() < LEAST {
        return None;
    }
    let mut errors = Vec::with_capacity(history.len());
    for (index, (point, its)) in history.iter().zip(places).enumerate() {
        let others = others(*its, Some(index));
        if others.len() + 1 >= LEAST {
            errors.push(point.value - median(others));
        }
    }
    let degrees = degrees(errors.len(), WEEK);
    Some(Expectation { value: median(same), scale: spread(errors), degrees, method })
}

fn degrees(values: usize, parameters: usize) -> u32 {
    values.saturating_sub(parameters).max(1) as u32
}

/// The standard deviation of errors around 0, but for at most a tenth of them that lie far away: what
/// was an anomaly must not hide the next one.
fn spread(errors: Vec<f64>) -> f64 {
    let mut sizes: Vec<f64> = errors.into_iter().map(f64::abs).collect();
    sizes.sort_by(f64::total_cmp);
    let robust = 1.4826 * median(sizes.clone());
    for _ in 0..sizes.len() / FEW {
        if sizes.last().is_some_and(|last| *last > FAR * robust) {
            sizes.pop();
        }
    }
    let others = sizes.len().saturating_sub(1).max(1) as f64;
    (sizes.iter().map(|size| size * size).sum::<f64>() / others).sqrt()
}

/// The median; 0 of nothing.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.get(middle), middle.checked_sub(1).and_then(|below| values.get(below))) {
        (Some(above), Some(below)) if values.len().is_multiple_of(2) => {
            f64::midpoint(*below, *above)
        }
        (Some(middle), _) => *middle,
        (None, _) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;

    fn daily(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
        let first: Timestamp = "2026-01-05T06:00:00Z".parse().unwrap();
        let at = |day: usize| first + (24 * day as i64).hours();
        values.into_iter().enumerate().map(|(day, value)| Point { at: at(day), value }).collect()
    }

    /// Normal numbers: sums of twelve from a plain congruential generator.
    fn noise(seed: u64) -> impl FnMut() -> f64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move || {
            let mut uniform = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1_u64 << 53) as f64
            };
            (0..12).map(|_| uniform()).sum::<f64>() - 6.0
        }
    }

    fn judged(history: &[Point], value: f64) -> (f64, Method) {
        let at = history.last().unwrap().at + 24.hours();
        let expected = Expectation::after(history, at);
        (expected.p_value(value, 0.0), expected.method)
    }

    /// The share of pure noise that is called an anomaly, at several lengths of history.
    #[test]
    fn noise_is_rarely_called_an_anomaly() {
        for length in [7, 10, 20, 30, 60] {
            let mut random = noise(length as u64);
            let rounds = 4_000;
            let alarms = (0..rounds).filter(|_| {
                let history = daily((0..length).map(|_| random()));
                judged(&history, random()).0 < 0.01
            });
            let share = alarms.count() as f64 / f64::from(rounds);
            assert!(share < 0.02, "{length} versions: {share}");
        }
    }

    #[test]
    fn a_figure_far_away_is_an_anomaly_although_there_was_one_before() {
        let mut random = noise(3);
        let mut history = daily((0..20).map(|_| 100.0 + random()));
        assert!(judged(&history, 92.0).0 < 1e-4);
        history[10].value = 10.0;
        assert!(judged(&history, 92.0).0 < 1e-4, "what was odd once does not hide the next");
        assert!(judged(&history, 101.0).0 > 0.05);
    }

    #[test]
    fn what_grows_is_expected_to_go_on() {
        let mut random = noise(5);
        let history = daily((0..30).map(|day| 50.0 * f64::from(day) + random()));
        let (usual, method) = judged(&history, 1_500.0);
        assert_eq!(method, Method::Growth);
        assert!(usual > 0.01);
        assert!(judged(&history, 1_450.0).0 < 1e-6, "it stopped");
    }

    #[test]
    fn weekends_are_held_against_weekends() {
        let mut random = noise(7);
        let week = [100.0, 100.0, 100.0, 100.0, 100.0, 20.0, 18.0];
        // 34 days from a Monday: the next day is a Sunday
        let history = daily((0..34).map(|day| week[day % 7] + random()));
        let (usual, method) = judged(&history, 18.5);
        assert_eq!(method, Method::Weekday);
        assert!(usual > 0.05);
        assert!(judged(&history, 100.0).0 < 1e-4, "a weekday's figure on a Sunday");
        // the same, stored within an hour
        let first = history[0].at;
        let at_once: Vec<Point> =
            history.iter().map(|point| Point { at: first, ..*point }).collect();
        let expected = Expectation::after(&at_once, first);
        assert_eq!(expected.method, Method::Seventh);
        assert!(expected.p_value(18.5, 0.0) > 0.05 && expected.p_value(100.0, 0.0) < 1e-4);
    }

    #[test]
    fn what_never_changed_is_held_against_its_own_error_alone() {
        let history = daily(vec![7.0; 10]);
        let expected = Expectation::after(&history, history[9].at);
        assert_eq!(expected.p_value(7.0, 0.0), 1.0);
        assert_eq!(expected.p_value(7.1, 0.0), 0.0);
        assert!(expected.p_value(7.1, 0.1) > 0.3);
        let (low, high) = expected.range(0.01, 0.1);
        assert!(low > 6.6 && low < 6.7 && high > 7.3 && high < 7.4, "{low} {high}");
    }
}
