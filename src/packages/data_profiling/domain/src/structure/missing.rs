//! What is missing together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;

use super::ColumnFacts;
use super::grouping::mixed;
use super::missing_patterns::{MissingPatterns, Pattern};
use super::sampled_table::SampledTable;
use super::statistics::phi;
use super::work::WorkBudget;

/// At most so many of each are listed.
const LISTED: usize = 50;

/// Of a pattern, so many columns are named.
const NAMED_COLUMNS: usize = 50;

/// Columns that are missing in the same rows, and no others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingPattern {
    /// The first 50 of the missing columns, in the order of the table.
    pub columns: Vec<String>,
    /// How many more are missing with them.
    pub further_columns: u64,
    /// In how many rows. When approximate, a lower bound: the true count is at most `error` higher.
    pub rows: Measured<u64>,
}

/// Columns of which all are missing or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingGroup {
    /// The columns, in the order of the table.
    pub columns: Vec<String>,
    /// In how many rows they are missing.
    pub rows: Measured<u64>,
}

/// How far two columns are missing in the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingAssociation {
    /// The column that stands first in the table.
    pub left: String,
    /// The other one.
    pub right: String,
    /// The correlation of being missing (phi), from -1 (never together) to 1 (always together).
    pub phi: Measured<f64>,
}

/// What is missing together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MissingStructure {
    /// Rows in which nothing is missing.
    pub complete_rows: u64,
    /// Different combinations of missing columns; a lower bound once there are too many to tell.
    pub patterns: u64,
    /// Whether all combinations were told apart.
    pub is_exact: bool,
    /// The most frequent combinations.
    pub most_frequent: Vec<MissingPattern>,
    /// Columns that are always missing together, columns without a single value left out.
    pub together: Vec<MissingGroup>,
    /// The strongest associations of being missing.
    pub associations: Vec<MissingAssociation>,
    /// Pairs of columns not computed, for want of budget: those far behind in the table.
    pub left_out_pairs: u64,
}

/// What is missing together, from all rows; associations from the sample when there are too many
/// combinations to tell.
pub(super) fn missing(
    patterns: &MissingPatterns,
    facts: &[ColumnFacts],
    table: &SampledTable,
    budget: WorkBudget,
) -> MissingStructure {
    let by_count = patterns.by_count();
    let measured = |count: u64| match patterns.error() {
        None => Measured::exact(count),
        Some(error) => Measured::approximate(count, error as f64),
    };
    let most_frequent = by_count.iter().take(LISTED).map(|pattern| {
        let missed = || (0..facts.len()).filter(|&place| pattern.misses(place));
        MissingPattern {
            columns: names(facts, missed().take(NAMED_COLUMNS)),
            further_columns: missed().count().saturating_sub(NAMED_COLUMNS) as u64,
            rows: measured(pattern.count),
        }
    });
    // Only columns that are missing in some rows and not in all.
    let gappy: Vec<usize> = (0..facts.len())
        .filter(|&place| {
            facts.get(place).is_some_and(|facts| facts.nulls > 0 && facts.nulls < patterns.rows())
        })
        .collect();
    let together = groups(&by_count, &gappy).into_iter().map(|(places, rows)| MissingGroup {
        columns: names(facts, places.into_iter()),
        rows: measured(rows),
    });
    let (associations, left_out_pairs) = match patterns.error() {
        None => of_patterns(patterns.rows(), &by_count, facts, &gappy, budget),
        Some(_) => of_sample(table, &gappy, budget),
    };
    MissingStructure {
        complete_rows: patterns.complete_rows(),
        patterns: by_count.len() as u64,
        is_exact: patterns.error().is_none(),
        most_frequent: most_frequent.collect(),
        together: together.take(LISTED).collect(),
        associations: strongest(associations, facts),
        left_out_pairs,
    }
}

fn names(facts: &[ColumnFacts], places: impl Iterator<Item = usize>) -> Vec<String> {
    places.filter_map(|place| facts.get(place)).map(|facts| facts.name.clone()).collect()
}

/// Columns that are missing in the same patterns, with the rows of these; the most rows first.
fn groups(patterns: &[&Pattern], gappy: &[usize]) -> Vec<(Vec<usize>, u64)> {
    let mut groups: BTreeMap<u64, (Vec<usize>, u64)> = BTreeMap::new();
    for &place in gappy {
        let missing = || patterns.iter().enumerate().filter(|(_, pattern)| pattern.misses(place));
        let signature = missing().fold(0, |sum, (number, _)| sum ^ mixed(number as u64));
        let rows = missing().map(|(_, pattern)| pattern.count).sum();
        groups.entry(signature).or_insert((Vec::new(), rows)).0.push(place);
    }
    let mut groups: Vec<_> =
        groups.into_values().filter(|(places, rows)| places.len() > 1 && *rows > 0).collect();
    groups.sort_by(|(places, rows), (other, others)| others.cmp(rows).then(places.cmp(other)));
    groups
}

type Phi = ((usize, usize), Measured<f64>);

/// The first columns whose pairs cost no more than the budget, and how many pairs are left out.
fn affordable(gappy: &[usize], steps_per_pair: usize, budget: WorkBudget) -> (&[usize], u64) {
    let pairs = |columns: usize| (columns * columns.saturating_sub(1) / 2) as u64;
    let is_affordable =
        |&columns: &usize| pairs(columns).saturating_mul(steps_per_pair as u64) <= budget.count();
    let columns = (0..=gappy.len()).rev().find(is_affordable).unwrap_or(0);
    (gappy.get(..columns).unwrap_or(gappy), pairs(gappy.len()) - pairs(columns))
}

fn of_patterns(
    rows: u64,
    patterns: &[&Pattern],
    facts: &[ColumnFacts],
    gappy: &[usize],
    budget: WorkBudget,
) -> (Vec<Phi>, u64) {
    let (columns, left_out) = affordable(gappy, patterns.len().max(1), budget);
    let mut both = vec![0_u64; columns.len() * columns.len()];
    for pattern in patterns {
        let missed: Vec<usize> =
            (0..columns.len()).filter(|&index| pattern.misses(columns[index])).collect();
        for (behind, &right) in missed.iter().enumerate() {
            for &left in missed.iter().take(behind) {
                both[left * columns.len() + right] += pattern.count;
            }
        }
    }
    let nulls = |place: usize| facts.get(place).map_or(0, |facts| facts.nulls);
    let phis = pairs_of(columns).filter_map(|((left, right), places)| {
        let together = both.get(left * columns.len() + right).copied()?;
        let phi = phi(rows, nulls(places.0), nulls(places.1), together)?;
        Some((places, Measured::exact(phi)))
    });
    (phis.collect(), left_out)
}

fn of_sample(table: &SampledTable, gappy: &[usize], budget: WorkBudget) -> (Vec<Phi>, u64) {
    let (columns, left_out) = affordable(gappy, table.rows.max(1), budget);
    let phis = pairs_of(columns).filter_map(|(_, places)| {
        let (left, right) = (table.columns.get(places.0)?, table.columns.get(places.1)?);
        let both = left.nulls.iter().zip(&right.nulls).filter(|&(&left, &right)| left && right);
        let (both, rows) = (both.count() as u64, table.rows as u64);
        let phi = phi(rows, left.null_count as u64, right.null_count as u64, both)?;
        Some((places, table.measured(phi, table.rows)))
    });
    (phis.collect(), left_out)
}

/// All pairs: their indexes in `columns`, and what stands there.
fn pairs_of(columns: &[usize]) -> impl Iterator<Item = ((usize, usize), (usize, usize))> {
    columns.iter().enumerate().flat_map(|(right, &second)| {
        columns
            .iter()
            .enumerate()
            .take(right)
            .map(move |(left, &first)| ((left, right), (first, second)))
    })
}

fn strongest(mut phis: Vec<Phi>, facts: &[ColumnFacts]) -> Vec<MissingAssociation> {
    phis.sort_by(|(places, phi), (other, others)| {
        others.value.abs().total_cmp(&phi.value.abs()).then(places.cmp(other))
    });
    let name = |place: usize| facts.get(place).map(|facts| facts.name.clone());
    phis.into_iter()
        .take(LISTED)
        .filter_map(|((left, right), phi)| {
            Some(MissingAssociation { left: name(left)?, right: name(right)?, phi })
        })
        .collect()
}
