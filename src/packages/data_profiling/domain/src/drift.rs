//! How far the distribution of a column moved from one profile to another, as effect sizes: how
//! much, not whether it could be chance.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::distribution;
use shared_kernel_domain::measured::Measured;

use crate::column::{ColumnProfile, Histogram};
use crate::figure::Figure;

/// How large an effect is, by the usual thresholds of each measure.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EffectSize {
    /// Not worth a look.
    Negligible,
    /// Small: |d| ≥ 0.2, distance ≥ 0.05, stability index ≥ 0.05.
    Small,
    /// Medium: |d| ≥ 0.5, distance ≥ 0.1, stability index ≥ 0.1.
    Medium,
    /// Large: |d| ≥ 0.8, distance ≥ 0.25, stability index ≥ 0.25.
    Large,
}

impl EffectSize {
    /// The name as users read it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Negligible => "negligible",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }

    fn of(value: f64, [small, medium, large]: [f64; 3]) -> Self {
        match value.abs() {
            value if value >= large => Self::Large,
            value if value >= medium => Self::Medium,
            value if value >= small => Self::Small,
            _ => Self::Negligible,
        }
    }
}

/// How far a column's values moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnDrift {
    /// The column.
    pub column: String,
    /// The largest of the effects below.
    pub effect: EffectSize,
    /// The share of missing values now less that before.
    pub null_share_difference: Figure<f64>,
    /// Of numbers: the difference of the means in pooled standard deviations (Cohen's d, 1988).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standardized_mean_difference: Option<Figure<f64>>,
    /// Of numbers, dates and times: the largest distance of the cumulative distributions
    /// (Kolmogorov–Smirnov), seen at the edges of bins that both histograms have; the error bounds
    /// by how much it may be larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kolmogorov_smirnov: Option<Figure<f64>>,
    /// Of all else: half the sum of the differences of the values' shares (total variation), where
    /// values that are not listed count together; the error bounds by how much it may be larger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_variation: Option<Figure<f64>>,
    /// The population stability index over the same bins or values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population_stability_index: Option<Figure<f64>>,
}

const NO_SPREAD: &str = "one of the two has no mean or no spread";
const NO_BINS: &str = "one of the two has no histogram";
const NO_VALUES: &str = "one of the two has no values";

/// How far a column moved, of two profiles of one type.
pub(crate) fn drift(before: &ColumnProfile, after: &ColumnProfile) -> ColumnDrift {
    let nulls = match (before.null_share.value(), after.null_share.value()) {
        (Some(before), Some(after)) => Figure::exact(after - before),
        _ => Figure::missing("one of the two has no rows"),
    };
    let is_ordered = before.histogram.is_some() || after.histogram.is_some();
    let has_mean = before.numbers.is_some() && after.numbers.is_some();
    let mean = has_mean.then(|| mean_difference(before, after));
    let distribution = if is_ordered { binned(before, after) } else { listed(before, after) };
    let (distance, stability) = match distribution {
        Ok(shares) => (shares.distance(is_ordered), shares.stability()),
        Err(reason) => (Figure::missing(reason), Figure::missing(reason)),
    };
    let effects = [
        nulls.value().map(|value| EffectSize::of(*value, [0.01, 0.05, 0.2])),
        mean.as_ref().and_then(Figure::value).map(|d| EffectSize::of(*d, [0.2, 0.5, 0.8])),
        distance.value().map(|value| EffectSize::of(*value, [0.05, 0.1, 0.25])),
        stability.value().map(|value| EffectSize::of(*value, [0.05, 0.1, 0.25])),
    ];
    let (kolmogorov_smirnov, total_variation) =
        if is_ordered { (Some(distance), None) } else { (None, Some(distance)) };
    ColumnDrift {
        column: after.name.clone(),
        effect: effects.into_iter().flatten().max().unwrap_or(EffectSize::Negligible),
        null_share_difference: nulls,
        standardized_mean_difference: mean,
        kolmogorov_smirnov,
        total_variation,
        population_stability_index: Some(stability),
    }
}

fn mean_difference(before: &ColumnProfile, after: &ColumnProfile) -> Figure<f64> {
    let moments = |column: &ColumnProfile| {
        let numbers = column.numbers.as_ref()?;
        Some((*numbers.mean.value()?, *numbers.variance.value()?))
    };
    let (Some((old, spread)), Some((new, other))) = (moments(before), moments(after)) else {
        return Figure::missing(NO_SPREAD);
    };
    let pooled = f64::midpoint(spread, other).sqrt();
    let difference = (new - old) / pooled;
    if difference.is_finite() { Figure::exact(difference) } else { Figure::missing(NO_SPREAD) }
}

/// The shares of two distributions over the same bins or values.
struct Shares {
    pairs: Vec<(f64, f64)>,
    /// The share that is not seen in detail.
    hidden: f64,
}

impl Shares {
    fn distance(&self, is_ordered: bool) -> Figure<f64> {
        let value = if is_ordered {
            distribution::kolmogorov_smirnov(&self.pairs)
        } else {
            distribution::total_variation(&self.pairs)
        };
        if self.hidden == 0.0 {
            return Figure::exact(value);
        }
        let error = self.hidden.min(1.0 - value).max(0.0);
        Figure::Known(Measured::approximate(value, error))
    }

    fn stability(&self) -> Figure<f64> {
        Figure::exact(distribution::population_stability_index(&self.pairs))
    }
}

/// Shares of the bins between edges that both histograms have.
fn binned(before: &ColumnProfile, after: &ColumnProfile) -> Result<Shares, &'static str> {
    let (Some(old), Some(new)) = (&before.histogram, &after.histogram) else { return Err(NO_BINS) };
    let edges = common_edges(old, new);
    let (old, new) = (between(old, &edges), between(new, &edges));
    let pairs: Vec<(f64, f64)> = old.into_iter().zip(new).collect();
    // Within a bin the two may lie anywhere.
    let hidden = pairs.iter().map(|(before, after)| before.max(*after)).fold(0.0, f64::max);
    Ok(Shares { pairs, hidden })
}

/// The edges at which both know how much lies below: those of either that no bin of the other
/// contains within it.
fn common_edges(first: &Histogram, second: &Histogram) -> Vec<f64> {
    let known = |histogram: &Histogram, edge: f64| {
        histogram.edges.contains(&edge)
            || histogram.edges.first().is_none_or(|first| edge < *first)
            || histogram.edges.last().is_none_or(|last| edge > *last)
    };
    let mut edges: Vec<f64> = first.edges.iter().chain(&second.edges).copied().collect();
    edges.retain(|edge| known(first, *edge) && known(second, *edge));
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    edges
}

/// Shares of a histogram below, between and above edges that it knows.
fn between(histogram: &Histogram, edges: &[f64]) -> Vec<f64> {
    let total: u64 = histogram.counts.iter().sum();
    let mut shares = vec![0.0; edges.len() + 1];
    for (lower, count) in histogram.edges.iter().zip(&histogram.counts) {
        let place = edges.partition_point(|edge| edge <= lower);
        if let Some(share) = shares.get_mut(place) {
            *share += *count as f64 / total.max(1) as f64;
        }
    }
    shares
}

/// Shares of the values whose share is known on both sides, and of all others together.
fn listed(before: &ColumnProfile, after: &ColumnProfile) -> Result<Shares, &'static str> {
    if before.values() == 0 || after.values() == 0 {
        return Err(NO_VALUES);
    }
    let (old, new) = (shares_by_value(before), shares_by_value(after));
    let share = |column: &ColumnProfile, shares: &BTreeMap<String, f64>, value: &String| {
        shares.get(value).copied().or_else(|| column.lists_every_value().then_some(0.0))
    };
    let values: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut pairs: Vec<(f64, f64)> = values
        .into_iter()
        .filter_map(|value| Some((share(before, &old, value)?, share(after, &new, value)?)))
        .collect();
    let known = pairs.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    let is_complete = before.lists_every_value() && after.lists_every_value();
    let rest = |known: f64| if is_complete { 0.0 } else { (1.0 - known).max(0.0) };
    let rest = (rest(known.0), rest(known.1));
    pairs.push(rest);
    // The others may be the same values or quite different ones.
    Ok(Shares { pairs, hidden: rest.0.min(rest.1) })
}

fn shares_by_value(column: &ColumnProfile) -> BTreeMap<String, f64> {
    column.top_values.iter().map(|top| (top.value.to_string(), top.share)).collect()
}
