use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::summary::{ColumnProfileSummary, FrequentValues};
use shared_kernel_domain::table::Cell;

use crate::distribution::ChiSquared;
use crate::figure::{Figure, NO_VALUES, TOO_MANY};

/// How many modes and antimodes are listed.
const LISTED: usize = 10;

/// How evenly the values of a column are spread over the different ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Frequencies {
    /// Values that occur once. When approximate, the error bounds by how many more or fewer there
    /// may be, with 99.7 % confidence.
    pub singletons: Figure<u64>,
    /// These as a share of the values.
    pub singleton_share: Figure<f64>,
    /// Different values as a share of the values: the cardinality ratio.
    pub distinct_share: Figure<f64>,
    /// The most frequent values where several share the first place, in the order of the values;
    /// at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modes: Vec<Cell>,
    /// How many values share the first place.
    pub mode_count: Figure<u64>,
    /// How often each of them occurs.
    pub mode_frequency: Figure<u64>,
    /// The least frequent values, in the order of the values; at most ten. None where every value
    /// is as frequent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub antimodes: Vec<Cell>,
    /// How many values share the last place.
    pub antimode_count: Figure<u64>,
    /// How often each of them occurs.
    pub antimode_frequency: Figure<u64>,
    /// Shannon's entropy in bits. When approximate, the error bounds the deviation, with 99.7 %
    /// confidence.
    pub entropy: Figure<f64>,
    /// The chance that two values, drawn with replacement, differ: 1 - Σ p². When approximate, the
    /// error bounds the deviation.
    pub gini_impurity: Figure<f64>,
    /// The chance that two different rows differ (Kader and Perry 2007).
    pub unalikeability: Figure<f64>,
    /// One less the entropy by the largest there could be with as many different values: 0 where
    /// all are as frequent, near 1 where one drowns the others.
    pub imbalance: Figure<f64>,
    /// How well the counts fit values that are all as frequent; while every value is counted.
    pub uniformity: Figure<ChiSquared>,
}

impl Frequencies {
    pub(crate) fn new(summary: &ColumnProfileSummary) -> Self {
        let frequent = summary.frequent();
        let distinct = summary.distinct();
        let values = frequent.values();
        if values == 0 {
            return Self::none();
        }
        let singletons = singletons(frequent, distinct);
        let per_value = |measured: Measured<u64>| scaled(measured, values as f64);
        let (least, greatest) = (frequent.counts().iter().min(), frequent.counts().iter().max());
        let modes = Places::of(frequent, greatest.copied(), true);
        let even = least == greatest;
        let antimodes = if even && frequent.is_exact() {
            Places::missing("all values are as frequent")
        } else {
            Places::of(frequent, least.copied(), false)
        };
        let entropy = entropy(frequent, distinct);
        let gini = gini(frequent);
        let pairs = values as f64 / (values as f64 - 1.0);
        Self {
            singletons: Figure::Known(singletons),
            singleton_share: Figure::Known(per_value(singletons)),
            distinct_share: Figure::Known(match distinct.exactness {
                // The error of an approximate count is relative to it.
                Exactness::Approximate { error } => {
                    let share = distinct.value as f64 / values as f64;
                    Measured::approximate(share, error * share)
                }
                _ => Measured::exact(distinct.value as f64 / values as f64),
            }),
            modes: modes.values,
            mode_count: modes.count,
            mode_frequency: modes.frequency,
            antimodes: antimodes.values,
            antimode_count: antimodes.count,
            antimode_frequency: antimodes.frequency,
            gini_impurity: Figure::Known(gini),
            unalikeability: if values > 1 {
                Figure::Known(rescaled(gini, pairs))
            } else {
                Figure::missing("there is one value")
            },
            imbalance: match distinct.value {
                0 | 1 => Figure::missing("all values are equal"),
                several => {
                    let most = (several as f64).log2();
                    Figure::Known(rescaled(entropy, 1.0 / most).map(|share| (1.0 - share).max(0.0)))
                }
            },
            entropy: Figure::Known(entropy),
            uniformity: uniformity(frequent),
        }
    }

    fn none() -> Self {
        let none = || Figure::missing(NO_VALUES);
        let no_count = || Figure::missing(NO_VALUES);
        Self {
            singletons: no_count(),
            singleton_share: none(),
            distinct_share: none(),
            modes: Vec::new(),
            mode_count: no_count(),
            mode_frequency: no_count(),
            antimodes: Vec::new(),
            antimode_count: no_count(),
            antimode_frequency: no_count(),
            entropy: none(),
            gini_impurity: none(),
            unalikeability: none(),
            imbalance: none(),
            uniformity: Figure::missing(NO_VALUES),
        }
    }
}

fn scaled(measured: Measured<u64>, whole: f64) -> Measured<f64> {
    match measured.exactness {
        Exactness::Approximate { error } => {
            Measured::approximate(measured.value as f64 / whole, error / whole)
        }
        _ => measured.map(|value| value as f64 / whole),
    }
}

fn rescaled(measured: Measured<f64>, factor: f64) -> Measured<f64> {
    match measured.exactness {
        Exactness::Approximate { error } => {
            Measured::approximate(measured.value * factor, error * factor)
        }
        _ => measured.map(|value| value * factor),
    }
}

/// A figure that lies between two.
fn between(low: f64, high: f64) -> Measured<f64> {
    Measured::approximate(low + (high - low) / 2.0, (high - low) / 2.0)
}

/// Values that share the first or the last place.
struct Places {
    values: Vec<Cell>,
    count: Figure<u64>,
    frequency: Figure<u64>,
}

impl Places {
    fn missing(reason: &str) -> Self {
        Self {
            values: Vec::new(),
            count: Figure::missing(reason),
            frequency: Figure::missing(reason),
        }
    }

    fn of(frequent: &FrequentValues, frequency: Option<u64>, first: bool) -> Self {
        let Some(frequency) = frequency else { return Self::missing(NO_VALUES) };
        if !frequent.is_exact() {
            return if first { Self::certain_mode(frequent) } else { Self::missing(TOO_MANY) };
        }
        let count = frequent.counts().iter().filter(|&&count| count == frequency).count();
        let listed = count.min(LISTED);
        let top = if first { Some(frequent.top(listed)) } else { frequent.rarest(listed) };
        Self {
            values: top.into_iter().flatten().map(|top| top.value).collect(),
            count: Figure::exact(count as u64),
            frequency: Figure::exact(frequency),
        }
    }

    /// The most frequent value, where it is so even if all others are as frequent as they may be.
    fn certain_mode(frequent: &FrequentValues) -> Self {
        let top = frequent.top(2);
        let error = frequent.error();
        match top.as_slice() {
            [first, rest @ ..]
                if first.count.value > rest.first().map_or(0, |next| next.count.value) + error =>
            {
                Self {
                    values: vec![first.value.clone()],
                    count: Figure::exact(1),
                    frequency: Figure::Known(first.count),
                }
            }
            _ => Self::missing(TOO_MANY),
        }
    }
}

/// With d different values among n, those that occur more often take at least two rows each, so at
/// least 2 d - n occur once.
fn singletons(frequent: &FrequentValues, distinct: Measured<u64>) -> Measured<u64> {
    if frequent.is_exact() {
        return Measured::exact(
            frequent.counts().iter().filter(|&&count| count == 1).count() as u64
        );
    }
    let error = if let Exactness::Approximate { error } = distinct.exactness { error } else { 0.0 };
    let values = frequent.values() as f64;
    let low = 2.0 * distinct.value as f64 * (1.0 - error) - values;
    let high = (distinct.value as f64 * (1.0 + error)).min(values);
    let range = between(low.max(0.0), high.max(0.0));
    range.map(|middle| middle.round() as u64)
}

/// 1 - Σ p². Values that are not counted occur at most as often as a count may be wrong by.
fn gini(frequent: &FrequentValues) -> Measured<f64> {
    let values = frequent.values() as f64;
    let squares = |more: f64| {
        let square =
            |&count: &u64| (count as f64 + more) / values * ((count as f64 + more) / values);
        frequent.counts().iter().map(square).sum::<f64>()
    };
    if frequent.is_exact() {
        return Measured::exact((1.0 - squares(0.0)).max(0.0));
    }
    let error = frequent.error() as f64;
    let counted: u64 = frequent.counts().iter().sum();
    let rest = (values - counted as f64).max(0.0) / values;
    let most = (squares(error) + rest * error / values).min(1.0);
    between(1.0 - most, 1.0 - squares(0.0))
}

/// Σ -p log₂ p. Of values that are not counted, the entropy is least if each is as frequent as may
/// be, and largest if all are as rare.
fn entropy(frequent: &FrequentValues, distinct: Measured<u64>) -> Measured<f64> {
    let values = frequent.values() as f64;
    let term = |share: f64| if share > 0.0 { -share * share.log2() } else { 0.0 };
    let counts = frequent.counts();
    if frequent.is_exact() {
        let sum: f64 = counts.iter().map(|&count| term(count as f64 / values)).sum();
        return Measured::exact(sum + 0.0);
    }
    // The term grows up to a share of 1 / e and falls from there.
    let peak = 1.0 / std::f64::consts::E;
    let (mut low, mut high) = (0.0, 0.0);
    let (mut least, mut most) = (0.0, 0.0);
    for &count in counts {
        let from = count as f64 / values;
        let to = ((count + frequent.error()) as f64 / values).min(1.0);
        low += term(from).min(term(to));
        high += if from < peak && peak < to { term(peak) } else { term(from).max(term(to)) };
        least += from;
        most += to;
    }
    let error = if let Exactness::Approximate { error } = distinct.exactness { error } else { 0.0 };
    let (rest_low, rest_high) = ((1.0 - most).max(0.0), (1.0 - least).max(0.0));
    low += rest_low * (values / (frequent.error() as f64).max(1.0)).log2();
    let others = (distinct.value as f64 * (1.0 + error) - counts.len() as f64).max(1.0);
    if rest_high > 0.0 {
        high += rest_high * (others / rest_high).log2().max(0.0);
    }
    let largest = values.log2();
    between(low.min(largest), high.min(largest).max(low.min(largest)))
}

fn uniformity(frequent: &FrequentValues) -> Figure<ChiSquared> {
    if !frequent.is_exact() {
        return Figure::missing(TOO_MANY);
    }
    let different = frequent.counts().len();
    if different < 2 {
        return Figure::missing("all values are equal");
    }
    let expected = frequent.values() as f64 / different as f64;
    if expected < 5.0 {
        return Figure::missing("there are too few values");
    }
    let cells = frequent.counts().iter().map(|&count| (count, expected));
    ChiSquared::of(cells).map_or_else(|| Figure::missing("there are too few values"), Figure::exact)
}
