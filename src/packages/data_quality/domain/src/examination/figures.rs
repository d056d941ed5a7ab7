//! Figures of columns: what the one scan computes of them, and the second scan that quantiles take
//! where the first was not exact.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::{
    Extremes, FrequentValues, Moments, OrderedValues, Quantiles, RankSelection, Summary,
    TextLengths,
};
use shared_kernel_domain::table::{Batch, ColumnType};

use super::TableSide;
use super::correlation::Correlation;
use super::masked::{Filter, Masked};
use super::mutual_information::PairCounts;
use crate::expression::{Condition, Expression, no_column};
use crate::rule::{AgeOf, Figure, Rule};

/// Why a figure of no values is none.
pub(super) const NO_VALUES: &str = "there are no values to look at";

/// A figure and the number of values it is of, or why there is none.
pub(super) type Found = std::result::Result<(Measured<f64>, u64), String>;

/// Where the one scan leaves what a figure is made of.
#[derive(Clone, Copy)]
pub(super) enum FigureSlot {
    Moments(Slot<Masked<Moments>>),
    Quantile(Slot<Masked<Quantiles>>),
    Lengths(Slot<Masked<TextLengths>>),
    Ages(Slot<Masked<Extremes>>, Timestamp),
    Frequent(Slot<Masked<FrequentValues>>),
    Correlation(Slot<Correlation>),
    Pairs(Slot<PairCounts>),
}

impl FigureSlot {
    /// What a scan must compute for a figure of a rule's column.
    ///
    /// # Errors
    /// Why it cannot be told of such a table.
    pub(super) fn add(
        figure: Figure,
        rule: &Rule,
        table: TableSide<'_>,
        scan: &mut ScanPlan,
    ) -> std::result::Result<Self, String> {
        let (columns, filter) = masked_columns(rule, table)?;
        if rule.columns.is_empty() {
            return Err("the rule has no column".to_owned());
        }
        for field in rule.columns.iter().filter_map(|name| table.schema.field(name)) {
            if !figure.fits(field.column_type) && field.column_type != ColumnType::Null {
                let (wanted, name) = (figure.wanted(), &field.name);
                let found = field.column_type.name();
                return Err(format!("the figure is of {wanted}, but {name} is {found}"));
            }
        }
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        Ok(match figure {
            Figure::Quantile(_) | Figure::InterquartileRange | Figure::MedianDeviation(_) => {
                let masked = Masked::new(Quantiles::new(), filter).around(figure.centre());
                Self::Quantile(scan.add(&columns, masked))
            }
            Figure::Age(_) => {
                let slot = scan.add(&columns, Masked::new(Extremes::new(), filter));
                Self::Ages(slot, table.now)
            }
            Figure::MutualInformation => Self::Pairs(scan.add(&columns, PairCounts::new(filter))),
            Figure::Correlation => Self::Correlation(scan.add(&columns, Correlation::new(filter))),
            Figure::Entropy => {
                Self::Frequent(scan.add(&columns, Masked::new(FrequentValues::new(), filter)))
            }
            _ if figure.is_of_texts() => {
                Self::Lengths(scan.add(&columns, Masked::new(TextLengths::new(), filter)))
            }
            _ => Self::Moments(scan.add(&columns, Masked::new(Moments::new(), filter))),
        })
    }

    /// What the scan found.
    pub(super) fn value(self, figure: Figure, outcome: &ScanOutcome) -> Result<Found> {
        let none = || NO_VALUES.to_owned();
        Ok(match self {
            Self::Moments(slot) => of_moments(figure, outcome.get(slot)?.inner()),
            Self::Quantile(slot) => {
                let quantiles = outcome.get(slot)?.inner();
                let found = of_quantiles(figure, &quantiles.ordered());
                found.map(|value| (value, quantiles.count())).ok_or_else(none)
            }
            Self::Ages(slot, now) => {
                let extremes = outcome.get(slot)?.inner();
                let Figure::Age(age) = figure else { return Ok(Err(none())) };
                let value = match age.of {
                    AgeOf::Newest => extremes.max(),
                    AgeOf::Oldest => extremes.min(),
                };
                let age = value.and_then(|value| age.of_value(&value, now));
                age.map(|age| (Measured::exact(age), 1)).ok_or_else(none)
            }
            Self::Lengths(slot) => {
                let lengths = outcome.get(slot)?.inner();
                let value = match figure {
                    Figure::ShortestLength => lengths.min().map(|length| length as f64),
                    Figure::LongestLength => lengths.max().map(|length| length as f64),
                    _ => lengths.mean(),
                };
                value.map(|value| (Measured::exact(value), lengths.count())).ok_or_else(none)
            }
            Self::Frequent(slot) => entropy(outcome.get(slot)?.inner()),
            Self::Pairs(slot) => {
                let found = outcome.get(slot)?.information();
                found.map(|(value, rows)| (Measured::exact(value), rows))
            }
            Self::Correlation(slot) => {
                let pairs = outcome.get(slot)?;
                let why =
                    if pairs.count() == 0 { NO_VALUES } else { "one of the columns has no spread" };
                let found = pairs.value().map(|value| (Measured::exact(value), pairs.count()));
                found.ok_or_else(|| why.to_owned())
            }
        })
    }
}

fn of_moments(figure: Figure, moments: &Moments) -> Found {
    let count = moments.count();
    let population = || match count {
        1 => Some(0.0),
        _ => moments.variance().map(|variance| variance * (count - 1) as f64 / count as f64),
    };
    let value = match figure {
        Figure::Minimum => moments.min(),
        Figure::Maximum => moments.max(),
        Figure::Range => moments.min().zip(moments.max()).map(|(min, max)| max - min),
        Figure::Mean => moments.mean(),
        Figure::Sum => moments.sum(),
        Figure::Variance => moments.variance(),
        Figure::PopulationVariance => population(),
        Figure::PopulationStandardDeviation => population().map(f64::sqrt),
        Figure::Skewness => moments.skewness(),
        Figure::Kurtosis => moments.kurtosis(),
        _ => moments.standard_deviation(),
    };
    let why = || match count {
        0 => NO_VALUES,
        1 => "of one value there is no such figure",
        _ if moments.variance() == Some(0.0) => "all values are the same, so that it has no shape",
        _ => "it is beyond the range of numbers",
    };
    value.map(|value| (Measured::exact(value), count)).ok_or_else(|| why().to_owned())
}

fn of_quantiles(figure: Figure, ordered: &OrderedValues) -> Option<Measured<f64>> {
    let at = |share: f64| ordered.value(share);
    match figure {
        Figure::Quantile(share) => at(share),
        Figure::MedianDeviation(_) => at(0.5),
        Figure::InterquartileRange => {
            let (low, high) = (at(0.25)?, at(0.75)?);
            let value = high.value - low.value;
            Some(match error(low) + error(high) {
                error if error > 0.0 => Measured::approximate(value, error),
                _ => Measured::exact(value),
            })
        }
        _ => None,
    }
}

/// By how much a figure may be wrong.
pub(super) fn error(measured: Measured<f64>) -> f64 {
    match measured.exactness {
        Exactness::Exact => 0.0,
        Exactness::Approximate { error } => error,
        Exactness::Sampled { .. } => f64::INFINITY,
    }
}

/// −Σ p ln p over the shares p of the different values, in nats (Shannon 1948).
fn entropy(values: &FrequentValues) -> Found {
    let total = values.values();
    if total == 0 {
        return Err(NO_VALUES.to_owned());
    }
    if !values.is_exact() {
        return Err("it has too many different values to count each".to_owned());
    }
    // in a fixed order: sums of floats depend on it
    let mut counts = values.counts().to_vec();
    counts.sort_unstable();
    let share = |count: u64| count as f64 / total as f64;
    let entropy: f64 = counts.iter().map(|&count| -share(count) * share(count).ln()).sum();
    Ok((Measured::exact(entropy.max(0.0)), total))
}

/// Exact quantiles in a second scan.
#[derive(Default)]
pub struct SecondScan {
    /// What it computes.
    pub plan: ScanPlan,
    /// Columns that it reads.
    pub columns: u32,
    slots: BTreeMap<usize, Slot<Keyed>>,
}

impl SecondScan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Adds what the figure of a rule needs, unless the one scan was exact.
    pub(super) fn add(
        &mut self,
        (index, rule): (usize, &Rule),
        (figure, slot): (Figure, FigureSlot),
        outcome: &ScanOutcome,
        table: TableSide<'_>,
    ) -> Result<()> {
        let FigureSlot::Quantile(slot) = slot else { return Ok(()) };
        let ordered = outcome.get(slot)?.inner().ordered();
        let shares = figure.shares();
        let is_exact = |share: &f64| ordered.value(*share).is_none_or(|value| value.is_exact());
        if shares.iter().all(is_exact) {
            return Ok(());
        }
        let Ok((columns, filter)) = masked_columns(rule, table) else { return Ok(()) };
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let selection = RankSelection::for_shares(&ordered, &shares);
        let masked = Masked::new(selection, filter).around(figure.centre());
        let slot = self.plan.add(&columns, Keyed { rule: index, masked });
        self.columns += columns.len() as u32;
        self.slots.insert(index, slot);
        Ok(())
    }

    /// The figure of a rule; `None` when the scan was not for it, or could not tell.
    pub(super) fn value(
        &self,
        index: usize,
        figure: Figure,
        outcome: &ScanOutcome,
    ) -> Result<Option<(Measured<f64>, u64)>> {
        let Some(slot) = self.slots.get(&index) else { return Ok(None) };
        let ordered = outcome.get(*slot)?.masked.inner().ordered(&figure.shares());
        Ok(ordered.and_then(|ordered| Some((of_quantiles(figure, &ordered)?, ordered.count()))))
    }
}

/// A selection for one rule: two of them with the same key need not be equal.
struct Keyed {
    rule: usize,
    masked: Masked<RankSelection>,
}

impl Summary for Keyed {
    fn key(&self) -> String {
        format!("{} of rule {}", self.masked.key(), self.rule)
    }

    fn fresh(&self) -> Box<dyn Summary> {
        let fresh: Box<dyn std::any::Any> = self.masked.fresh();
        match fresh.downcast::<Masked<RankSelection>>() {
            Ok(masked) => Box::new(Self { rule: self.rule, masked: *masked }),
            Err(_) => self.masked.fresh(),
        }
    }

    fn update(&mut self, batch: &Batch<'_>) -> Result<()> {
        self.masked.update(batch)
    }

    fn merge_bytes(&mut self, later: &[u8]) -> Result<()> {
        self.masked.merge_bytes(later)
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        self.masked.to_bytes()
    }

    fn memory_bytes(&self) -> usize {
        self.masked.memory_bytes()
    }
}

/// The columns of a figure's batches: the one it is of, then those of its filter.
pub(super) fn masked_columns(
    rule: &Rule,
    table: TableSide<'_>,
) -> std::result::Result<(Vec<String>, Option<Arc<Filter>>), String> {
    let schema = table.schema;
    let mut columns = rule.columns.clone();
    for name in &columns {
        schema.field(name).ok_or_else(|| no_column(name, schema))?;
    }
    let known = match (rule.test.figure(), columns.first()) {
        (Some(Figure::Age(age)), Some(column)) => age.condition(column, table.now),
        _ => None,
    };
    let filter = match (rule.filter.clone(), known) {
        (Some(filter), Some(known)) => Some(Expression::And(vec![filter, known])),
        (filter, known) => filter.or(known),
    };
    let filter = match filter {
        None => None,
        Some(filter) => {
            let condition = Condition::compile(&filter, schema, &mut columns)?;
            Some(Arc::new(Filter { condition, text: filter.to_string() }))
        }
    };
    Ok((columns, filter))
}
