//! Columns that say the same thing twice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::summary::ValueKind;

use super::sampled_table::{SampledColumn, SampledTable};
use super::work::{WorkBudget, WorkMeter};

/// At most so many pairs are listed.
const LISTED_PAIRS: usize = 100;

/// How two columns repeat each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repetition {
    /// At least 99 % of the rows in which either has a value hold equal values, and not because
    /// both are nearly constant.
    Equal,
    /// Each value of one stands beside one value of the other, and the other way round.
    OneToOne,
}

/// Two columns that repeat each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NearDuplicate {
    /// The column that stands first in the table.
    pub left: String,
    /// The other one.
    pub right: String,
    /// How.
    pub repetition: Repetition,
    /// The share of rows for which it is so, of those in which either has a value.
    pub share: Measured<f64>,
}

/// Columns that repeat one another. Missing values are equal to each other in a one-to-one pair and
/// count for nothing among equal values; constants and columns in which most values occur once are
/// no evidence of a one-to-one pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NearDuplicates {
    /// The pairs, in the order of the table.
    pub pairs: Vec<NearDuplicate>,
    /// Pairs found beyond those listed.
    pub unlisted_pairs: u64,
    /// Pairs not compared, for want of budget: those of columns far behind in the table.
    pub left_out_pairs: u64,
}

/// Compares all pairs, those among the first columns first.
pub(super) fn near_duplicates(table: &SampledTable, budget: WorkBudget) -> NearDuplicates {
    let mut meter = budget.meter();
    let mut found = Vec::new();
    let mut compared = 0;
    let mut partners = vec![0; table.rows + 1];
    for (place, right) in table.columns.iter().enumerate() {
        for (other, left) in table.columns.iter().enumerate().take(place) {
            if meter.is_spent() {
                break;
            }
            compared += 1;
            let repetition = equality(left, right, &mut meter)
                .or_else(|| one_to_one(left, right, &mut partners, &mut meter));
            if let Some((repetition, share, rows)) = repetition {
                let share = table.measured(share, rows);
                let (left, right) = (left.field.name.clone(), right.field.name.clone());
                found.push(((other, place), NearDuplicate { left, right, repetition, share }));
            }
        }
    }
    found.sort_by_key(|(places, _)| *places);
    let all = table.columns.len() * table.columns.len().saturating_sub(1) / 2;
    let unlisted = found.len().saturating_sub(LISTED_PAIRS);
    found.truncate(LISTED_PAIRS);
    NearDuplicates {
        pairs: found.into_iter().map(|(_, pair)| pair).collect(),
        unlisted_pairs: unlisted as u64,
        left_out_pairs: (all - compared) as u64,
    }
}

/// The share of equal rows, if it is high enough. It gives up at the first row that makes it
/// impossible.
fn equality(
    left: &SampledColumn,
    right: &SampledColumn,
    meter: &mut WorkMeter,
) -> Option<(Repetition, f64, usize)> {
    let same = comparison(left, right)?;
    let (mut compared, mut different) = (0_usize, 0_usize);
    let allowed = left.codes.len() / 100;
    for row in 0..left.codes.len() {
        let (no_left, no_right) = (left.nulls[row], right.nulls[row]);
        if no_left && no_right {
            continue;
        }
        compared += 1;
        different += usize::from(no_left != no_right || !same(row));
        if different > allowed {
            meter.spend(row + 1);
            return None;
        }
    }
    meter.spend(left.codes.len());
    let is_high = compared > 0 && different * 100 <= compared;
    if !is_high {
        return None;
    }
    meter.spend(left.codes.len());
    let telling = (compared - different).saturating_sub(rows_of_the_most_frequent(left));
    let by_chance = 2 * telling < different.max(1);
    let share = 1.0 - different as f64 / compared as f64;
    (!by_chance).then_some((Repetition::Equal, share, compared))
}

/// How many rows have the most frequent value. Where columns agree in little more than that, each
/// may be nearly constant on its own.
fn rows_of_the_most_frequent(column: &SampledColumn) -> usize {
    let mut counts = vec![0_usize; column.distinct];
    for (&code, _) in column.codes.iter().zip(&column.nulls).filter(|&(_, null)| !null) {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    counts.into_iter().max().unwrap_or(0)
}

/// How the values of a row are compared: numbers by value whatever their type, others within their
/// kind only.
fn comparison<'a>(
    left: &'a SampledColumn,
    right: &'a SampledColumn,
) -> Option<Box<dyn Fn(usize) -> bool + 'a>> {
    if left.kind? == right.kind? {
        return Some(Box::new(|row| left.words[row] == right.words[row]));
    }
    let is_number =
        |kind| matches!(kind, ValueKind::Integer | ValueKind::Float | ValueKind::Decimal { .. });
    if !is_number(left.kind?) || !is_number(right.kind?) {
        return None;
    }
    let (x, y) = (left.numbers.as_deref()?, right.numbers.as_deref()?);
    Some(Box::new(|row| x[row] == y[row]))
}

fn one_to_one(
    left: &SampledColumn,
    right: &SampledColumn,
    partners: &mut [u32],
    meter: &mut WorkMeter,
) -> Option<(Repetition, f64, usize)> {
    let rows = left.codes.len();
    meter.spend(1);
    if left.distinct != right.distinct || left.distinct < 2 || left.distinct * 2 > rows {
        return None;
    }
    // As there are equally many values on both sides, one direction is enough.
    let partners = partners.get_mut(..left.distinct)?;
    partners.fill(u32::MAX);
    meter.spend(left.distinct);
    for (row, (&code, &other)) in left.codes.iter().zip(&right.codes).enumerate() {
        let partner = &mut partners[code as usize];
        if *partner == u32::MAX {
            *partner = other;
        }
        if *partner != other {
            meter.spend(row + 1);
            return None;
        }
    }
    meter.spend(rows);
    Some((Repetition::OneToOne, 1.0, rows))
}
