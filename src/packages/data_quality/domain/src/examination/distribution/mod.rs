//! Distributions that columns are compared with: what they are counted by, and how far a column is
//! from one.

mod bins;
mod reading;

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::{Cell, ColumnType};

pub(super) use bins::BinCounts;
use bins::{Bins, Boundary};
pub use reading::{DistributionReading, ReadDistribution, SecondReading};

use crate::check::percent_of;
use crate::expression::Expression;
use crate::result::Evidence;
use crate::rule::{Against, Distance};
use crate::summary::{KEPT, shorten};

/// The shares of a reference, and what values are counted by to be compared with it.
#[derive(Debug)]
pub struct ReferenceDistribution {
    kind: Kind,
    bins: Arc<Bins>,
    /// What tells the bins from others.
    identity: Arc<str>,
    /// The group that each bin belongs to: single numbers have all that lies between in common.
    groups: Vec<usize>,
    /// The share of each group in the reference.
    shares: Vec<f64>,
    /// What the groups are called.
    labels: Vec<String>,
}

/// What can be compared with a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Texts,
    Booleans,
    Numbers,
    Times,
}

impl Kind {
    fn of(column: ColumnType) -> Option<Self> {
        match column {
            ColumnType::Text => Some(Self::Texts),
            ColumnType::Boolean => Some(Self::Booleans),
            column if column.is_numeric() => Some(Self::Numbers),
            ColumnType::Date | ColumnType::Timestamp => Some(Self::Times),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Texts => "texts",
            Self::Booleans => "truth values",
            Self::Numbers => "numbers",
            Self::Times => "dates and points in time",
        }
    }
}

/// How far a column is from a reference.
pub(super) struct ComparedShares {
    pub(super) distance: Measured<f64>,
    /// Values that were compared.
    pub(super) values: u64,
    /// Bins or values that they were compared over.
    pub(super) bins: u64,
    /// The groups that differ most.
    pub(super) evidence: Vec<Evidence>,
}

impl ReferenceDistribution {
    /// The reference that a contract gives; `None` when it is in another table.
    pub(super) fn given(against: &Against) -> Option<Self> {
        match against {
            Against::Values(values, shares) => Some(Self::of_values(values, shares)),
            Against::Bins(edges, shares) => Some(Self::of_edges(edges, shares)),
            Against::Periods(edges, shares) => {
                let of_numbers = Self::of_edges(edges, shares);
                let labels = (0..of_numbers.labels.len()).map(|bin| period(edges, bin)).collect();
                Some(Self { kind: Kind::Times, labels, ..of_numbers })
            }
            Against::Column(_) => None,
        }
    }

    /// Values that are counted by themselves, and all others together.
    pub(super) fn listed(values: &[Expression]) -> Self {
        let share = 1.0 / values.len().max(1) as f64;
        Self::of_values(values, &vec![share; values.len()])
    }

    /// How often each of the listed values occurs, and how often others do.
    pub(super) fn occurrences(&self, found: &BinCounts) -> (Vec<(&str, u64)>, u64) {
        let mut counts = vec![0_u64; self.labels.len()];
        for (count, group) in found.counts().iter().zip(&self.groups) {
            if let Some(sum) = counts.get_mut(*group) {
                *sum += count;
            }
        }
        let others = counts.pop().unwrap_or_default();
        (self.labels.iter().map(String::as_str).zip(counts).collect(), others)
    }

    fn of_values(values: &[Expression], shares: &[f64]) -> Self {
        let identity = format!("{values:?}");
        let mut listed: Vec<(String, f64, f64)> = Vec::with_capacity(values.len());
        let mut kind = Kind::Texts;
        for (value, share) in values.iter().zip(shares) {
            let (of, label, number) = match value {
                Expression::Number(number) => (Kind::Numbers, number.to_string(), number.float),
                Expression::Boolean(value) => (Kind::Booleans, value.to_string(), 0.0),
                Expression::Text(text) => (Kind::Texts, text.clone(), 0.0),
                other => (Kind::Texts, other.to_string(), 0.0),
            };
            kind = of;
            listed.push((label, *share, number));
        }
        if kind == Kind::Numbers {
            listed.sort_by(|one, other| one.2.total_cmp(&other.2));
        }
        let others = listed.len();
        let (bins, groups) = if kind == Kind::Numbers {
            let points =
                listed.iter().flat_map(|(_, _, at)| [Boundary::before(*at), Boundary::after(*at)]);
            let groups = (0..=2 * others).map(|bin| if bin % 2 == 1 { bin / 2 } else { others });
            (Bins::Numbers(points.collect()), groups.collect())
        } else {
            let places: HashMap<String, usize> =
                listed.iter().enumerate().map(|(place, it)| (it.0.clone(), place)).collect();
            (Bins::Texts(places), (0..=others).collect())
        };
        let shares = listed.iter().map(|(_, share, _)| *share).chain([0.0]).collect();
        let labels =
            listed.into_iter().map(|(label, ..)| label).chain(["others".to_owned()]).collect();
        Self { kind, bins: Arc::new(bins), identity: identity.into(), groups, shares, labels }
    }

    fn of_edges(edges: &[f64], shares: &[f64]) -> Self {
        let last = edges.len().saturating_sub(1);
        let boundaries: Vec<Boundary> = edges
            .iter()
            .enumerate()
            .map(|(place, &at)| Boundary { at, after: place == last })
            .collect();
        let identity = format!("{edges:?}");
        Self::of_boundaries(boundaries, shares.to_vec(), identity)
    }

    fn of_boundaries(boundaries: Vec<Boundary>, shares: Vec<f64>, identity: String) -> Self {
        let labels = (0..=boundaries.len()).map(|bin| label(&boundaries, bin)).collect();
        let groups = (0..=boundaries.len()).collect();
        let bins = Arc::new(Bins::Numbers(boundaries));
        Self { kind: Kind::Numbers, bins, identity: identity.into(), groups, shares, labels }
    }

    /// Why a column of a type cannot be compared with it.
    pub(super) fn misfit(&self, name: &str, column: ColumnType) -> Option<String> {
        let fits = column == ColumnType::Null || Kind::of(column) == Some(self.kind);
        let told =
            || format!("the reference is of {}, but {name} is {}", self.kind.name(), column.name());
        (!fits).then(told)
    }

    /// What a scan must count.
    pub(super) fn counts(&self) -> BinCounts {
        BinCounts::of(Arc::clone(&self.bins), Arc::clone(&self.identity))
    }

    /// How far values are from it; `None` when there are none.
    pub(super) fn compare(&self, distance: Distance, found: &BinCounts) -> Option<ComparedShares> {
        let values: u64 = found.counts().iter().sum();
        if values == 0 {
            return None;
        }
        let mut counts = vec![0_u64; self.shares.len()];
        for (count, group) in found.counts().iter().zip(&self.groups) {
            if let Some(sum) = counts.get_mut(*group) {
                *sum += count;
            }
        }
        let observed = counts.iter().map(|count| *count as f64 / values as f64);
        let pairs: Vec<(f64, f64)> = self.shares.iter().copied().zip(observed).collect();
        let value = distance.of(&pairs);
        let hidden = match distance {
            Distance::KolmogorovSmirnov if self.is_of_points() => self.hidden(&pairs) - value,
            _ => 0.0,
        };
        Some(ComparedShares {
            // what is below is rounding of the sums
            distance: if hidden > 1e-9 {
                Measured::approximate(value, hidden)
            } else {
                Measured::exact(value)
            },
            values,
            bins: pairs.iter().filter(|pair| **pair != (0.0, 0.0)).count() as u64,
            evidence: self.furthest(&pairs),
        })
    }

    /// Whether the bins were made of values, so that what lies between two of them matters.
    fn is_of_points(&self) -> bool {
        (0..self.bins.len()).any(|bin| self.bins.is_point(bin))
    }

    /// The most that two cumulative distributions can be apart anywhere: between two boundaries
    /// each goes up from one to the other.
    fn hidden(&self, pairs: &[(f64, f64)]) -> f64 {
        let mut sums = (0.0_f64, 0.0_f64);
        let mut most = 0.0_f64;
        for (bin, (reference, observed)) in pairs.iter().enumerate() {
            let before = sums;
            sums = (sums.0 + reference, sums.1 + observed);
            let ends = (sums.0 - sums.1).abs();
            most = most.max(ends);
            if !self.bins.is_point(bin) {
                most = most.max(sums.0 - before.1).max(sums.1 - before.0);
            }
        }
        most
    }

    /// The groups whose shares differ most.
    fn furthest(&self, pairs: &[(f64, f64)]) -> Vec<Evidence> {
        let apart = |pair: &(f64, f64)| (pair.1 - pair.0).abs();
        let mut order: Vec<(&String, &(f64, f64))> = self.labels.iter().zip(pairs).collect();
        order.retain(|(_, pair)| apart(pair) > 0.0);
        order.sort_by(|one, other| apart(other.1).total_cmp(&apart(one.1)));
        let told = |(label, (reference, observed)): (&String, &(f64, f64))| Evidence {
            row: None,
            value: Cell::Text(shorten(label)),
            note: Some(format!(
                "{} here, {} in the reference",
                percent_of(*observed),
                percent_of(*reference)
            )),
        };
        order.into_iter().take(KEPT).map(told).collect()
    }
}

/// What a bin of points in time is called.
fn period(edges: &[f64], bin: usize) -> String {
    let told = |at: &f64| {
        let nanoseconds = ((at - at.floor()) * 1e9).round() as i32;
        let point = Timestamp::new(at.floor() as i64, nanoseconds).unwrap_or_default();
        let text = point.to_string();
        text.strip_suffix("T00:00:00Z").unwrap_or(&text).to_owned()
    };
    let lower = bin.checked_sub(1).and_then(|lower| edges.get(lower)).map(told);
    match (lower, edges.get(bin).map(told)) {
        (None, None) => "all".to_owned(),
        (None, Some(upper)) => format!("before {upper}"),
        (Some(lower), None) => format!("after {lower}"),
        (Some(lower), Some(upper)) => format!("from {lower} to {upper}"),
    }
}

/// What a bin of numbers is called.
fn label(boundaries: &[Boundary], bin: usize) -> String {
    let lower = bin.checked_sub(1).and_then(|lower| boundaries.get(lower));
    match (lower, boundaries.get(bin)) {
        (None, None) => "all".to_owned(),
        (None, Some(upper)) => {
            format!("{} {}", if upper.after { "up to" } else { "below" }, upper.at)
        }
        (Some(lower), None) => {
            format!("{} {}", if lower.after { "above" } else { "from" }, lower.at)
        }
        (Some(lower), Some(upper)) if lower.at == upper.at => lower.at.to_string(),
        (Some(lower), Some(upper)) => {
            let from = if lower.after { "above" } else { "from" };
            let to = if upper.after { "to" } else { "to below" };
            format!("{from} {} {to} {}", lower.at, upper.at)
        }
    }
}
