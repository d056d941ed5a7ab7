use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::{FrequentValues, Quantiles};
use shared_kernel_domain::table::{Cell, TableReference};

use super::bins::{BinCounts, Bins, Boundary};
use super::{Kind, ReferenceDistribution};
use crate::expression::{Expression, no_column};
use crate::rule::ReferenceColumn;

/// Longest value that is told from others, in bytes.
const MOST_BYTES: usize = 200;

/// Parts of a column of too many different numbers, at whose ends it is compared at least.
const PARTS: u32 = 1_000;

/// What a scan of the reference's table computes, so that it becomes a [`ReferenceDistribution`].
pub struct DistributionReading {
    kind: Kind,
    column: String,
    identity: String,
    bins: Option<u32>,
    frequent: Slot<FrequentValues>,
    quantiles: Option<Slot<Quantiles>>,
}

/// What the first scan of a reference gave.
pub enum ReadDistribution {
    /// All that is needed.
    Known(ReferenceDistribution),
    /// What values are to be counted by, in a second scan.
    ToCount(SecondReading),
}

/// A second scan of the reference's table, and what becomes of it.
pub struct SecondReading {
    /// What it computes.
    pub plan: ScanPlan,
    slot: Slot<BinCounts>,
    boundaries: Vec<Boundary>,
    identity: String,
}

impl DistributionReading {
    /// Adds to `plan` what a column must be looked at for.
    ///
    /// # Errors
    /// Why such a column is no reference.
    pub fn begin(
        table: &TableReference,
        column: &ReferenceColumn,
        plan: &mut ScanPlan,
    ) -> std::result::Result<Self, String> {
        let name = column.of.columns.first().map_or("", String::as_str);
        let schema = &table.schema;
        let field = schema.field(name).ok_or_else(|| no_column(name, schema))?;
        let found = field.column_type.name();
        let kind = match Kind::of(field.column_type) {
            Some(Kind::Times) => {
                return Err(format!(
                    "{name} is {found}: of dates and points in time, the reference is `edges` with `shares`"
                ));
            }
            Some(kind) => kind,
            None => {
                return Err(format!(
                    "distributions are of texts, truth values and numbers, but {name} is {found}"
                ));
            }
        };
        if kind != Kind::Numbers && column.bins.is_none() {
            let found = field.column_type.name();
            return Err(format!("this distance is of numbers, but {name} is {found}"));
        }
        let numbers = kind == Kind::Numbers;
        Ok(Self {
            kind,
            column: name.to_owned(),
            identity: format!("{name} of {} {}, {:?}", column.of.table, table.digest, column.bins),
            bins: column.bins,
            frequent: plan.add(&[name], FrequentValues::new()),
            quantiles: numbers.then(|| plan.add(&[name], Quantiles::new())),
        })
    }

    /// What the scan gave.
    ///
    /// # Errors
    /// The inner one: why the column is no reference.
    pub fn read(
        self,
        outcome: &ScanOutcome,
    ) -> Result<std::result::Result<ReadDistribution, String>> {
        let frequent = outcome.get(self.frequent)?;
        let Some(quantiles) = self.quantiles else {
            let known = of_texts(self.kind, self.identity, frequent);
            return Ok(known.map(ReadDistribution::Known));
        };
        let quantiles = outcome.get(quantiles)?;
        let counted = if frequent.is_exact() { numbers(frequent) } else { Vec::new() };
        let boundaries = match self.bins {
            None if frequent.is_exact() => points(counted.iter().map(|(at, _)| *at)),
            None => points(edges(quantiles, PARTS)),
            Some(bins) if frequent.is_exact() && counted.len() <= bins as usize => {
                counted.iter().skip(1).map(|(at, _)| Boundary::before(*at)).collect()
            }
            Some(bins) => edges(quantiles, bins).map(Boundary::before).collect(),
        };
        if frequent.is_exact() {
            let known = of_numbers(boundaries, &counted, self.identity);
            return Ok(known.map(ReadDistribution::Known));
        }
        let bins = Arc::new(Bins::Numbers(boundaries.clone()));
        let mut plan = ScanPlan::default();
        let counts = BinCounts::of(bins, self.identity.as_str().into());
        let slot = plan.add(&[&self.column], counts);
        let identity = self.identity;
        Ok(Ok(ReadDistribution::ToCount(SecondReading { plan, slot, boundaries, identity })))
    }
}

impl SecondReading {
    /// The reference, after the scan of [`Self::plan`].
    ///
    /// # Errors
    /// The inner one: why the column is no reference.
    pub fn read(
        self,
        outcome: &ScanOutcome,
    ) -> Result<std::result::Result<ReferenceDistribution, String>> {
        let counts = outcome.get(self.slot)?.counts();
        Ok(of_counts(self.boundaries, counts, self.identity))
    }
}

const NO_VALUES: &str = "the reference has no values";

fn of_texts(
    kind: Kind,
    identity: String,
    frequent: &FrequentValues,
) -> std::result::Result<ReferenceDistribution, String> {
    let total = frequent.values();
    if total == 0 {
        return Err(NO_VALUES.to_owned());
    }
    let Some(different) = frequent.distinct() else {
        return Err("the reference has too many different values to count each".to_owned());
    };
    let mut shares = Vec::new();
    let mut values = Vec::new();
    for value in frequent.top(different as usize) {
        let text = value.value.to_string();
        if text.len() >= MOST_BYTES {
            return Err(format!("the reference has values of {MOST_BYTES} bytes and more"));
        }
        shares.push(value.count.value as f64 / total as f64);
        values.push(match kind {
            Kind::Booleans => Expression::Boolean(text == "true"),
            _ => Expression::Text(text),
        });
    }
    let known = ReferenceDistribution::of_values(&values, &shares);
    Ok(ReferenceDistribution { identity: identity.into(), ..known })
}

fn of_numbers(
    boundaries: Vec<Boundary>,
    counted: &[(f64, u64)],
    identity: String,
) -> std::result::Result<ReferenceDistribution, String> {
    let bins = Bins::Numbers(boundaries.clone());
    let mut counts = vec![0; bins.len()];
    for (at, count) in counted {
        if let Some(sum) = counts.get_mut(bins.place_of(*at)) {
            *sum += count;
        }
    }
    of_counts(boundaries, &counts, identity)
}

fn of_counts(
    boundaries: Vec<Boundary>,
    counts: &[u64],
    identity: String,
) -> std::result::Result<ReferenceDistribution, String> {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return Err(NO_VALUES.to_owned());
    }
    let shares = counts.iter().map(|count| *count as f64 / total as f64).collect();
    Ok(ReferenceDistribution::of_boundaries(boundaries, shares, identity))
}

/// All numbers and how often each occurs, ascending; NaN is none.
fn numbers(frequent: &FrequentValues) -> Vec<(f64, u64)> {
    let different = frequent.distinct().unwrap_or_default() as usize;
    let mut counted: Vec<(f64, u64)> = Vec::with_capacity(different);
    for value in frequent.top(different) {
        let number = match value.value {
            Cell::Integer(number) => number as f64,
            Cell::Float(number) => number,
            Cell::Text(text) => text.parse().unwrap_or(f64::NAN),
            Cell::Boolean(_) | Cell::Null => f64::NAN,
        };
        if !number.is_nan() {
            // zero has no sign here
            counted.push((number + 0.0, value.count.value));
        }
    }
    counted.sort_by(|one, other| one.0.total_cmp(&other.0));
    counted.dedup_by(|later, first| {
        let same = later.0 == first.0;
        first.1 += if same { later.1 } else { 0 };
        same
    });
    counted
}

/// Numbers, each in a bin of its own.
fn points(numbers: impl Iterator<Item = f64>) -> Vec<Boundary> {
    numbers.flat_map(|at| [Boundary::before(at), Boundary::after(at)]).collect()
}

/// Different numbers that part a column into as many values each, as nearly as its summary tells;
/// none is its smallest.
fn edges(quantiles: &Quantiles, parts: u32) -> impl Iterator<Item = f64> {
    let ordered = quantiles.ordered();
    let at = |part: u32| Some(ordered.value(f64::from(part) / f64::from(parts))?.value);
    let least = at(0);
    let mut edges: Vec<f64> = (1..parts).filter_map(at).collect();
    edges.retain(|edge| least.is_none_or(|least| *edge > least));
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    edges.into_iter()
}
