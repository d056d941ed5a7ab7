//! Columns that identify a row.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::scan::Duplicates;
use shared_kernel_domain::table::ColumnType;

use super::ColumnFacts;
use super::grouping::Grouper;
use super::sampled_table::SampledTable;
use super::work::{WorkBudget, WorkMeter};

/// At most so many keys are listed.
const LISTED_KEYS: usize = 20;

/// A key has at most so many columns.
const MOST_COLUMNS: usize = 3;

/// A column set with at most so large a share of duplicates is nearly a key.
const NEARLY: f64 = 0.01;

/// What identifies a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CandidateKey {
    /// The columns, in the order of the table; without any of them rows repeat.
    pub columns: Vec<String>,
    /// Rows that repeat an earlier row in these columns: none, of all rows or of a sample.
    pub duplicate_rows: Measured<u64>,
}

/// Columns that identify a row, alone or up to three together. Columns with missing values, floats,
/// lists, records and bytes are not looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CandidateKeys {
    /// The keys: those of fewer columns first, then those that are more usual as keys by their type
    /// and place.
    pub keys: Vec<CandidateKey>,
    /// Keys found beyond those listed.
    pub unlisted_keys: u64,
    /// Keys of a sample that all rows have shown to be none, though at most 1 % of them repeat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub near_keys: Vec<CandidateKey>,
    /// Column sets not looked at, for want of budget: those of columns far behind in the table.
    pub left_out_sets: u64,
}

impl CandidateKeys {
    /// The keys that are known from a sample only, to be counted by `TableScanner::duplicates`.
    pub fn to_verify(&self, most: usize) -> Vec<Vec<String>> {
        let sampled = self.keys.iter().filter(|key| !key.duplicate_rows.is_exact());
        sampled.take(most).map(|key| key.columns.clone()).collect()
    }

    /// The keys, now that the duplicates of one of them in a table of `rows` rows are known.
    #[must_use]
    pub fn verified(mut self, columns: &[String], found: &Duplicates, rows: u64) -> Self {
        let Some(place) = self.keys.iter().position(|key| key.columns == columns) else {
            return self;
        };
        // A key has no missing values, so that every row is compared.
        let repeated = found.duplicate_rows + rows.saturating_sub(found.evaluated_rows);
        let duplicate_rows = Measured::exact(repeated);
        if repeated == 0 {
            if let Some(key) = self.keys.get_mut(place) {
                key.duplicate_rows = duplicate_rows;
            }
            return self;
        }
        let key = self.keys.remove(place);
        if repeated as f64 <= NEARLY * rows as f64 {
            self.near_keys.push(CandidateKey { duplicate_rows, ..key });
        }
        self
    }
}

/// Finds keys: single columns by the exact figures of the profile or on the sample, sets of two and
/// three on the sample, level by level (a set that holds a key is passed over, as in the apriori
/// search of Agrawal and Srikant 1994), and only sets whose columns have together enough different
/// values for all rows.
pub(super) fn candidate_keys(
    table: &SampledTable,
    facts: &[ColumnFacts],
    rows: u64,
    budget: WorkBudget,
) -> CandidateKeys {
    let mut search = Search {
        table,
        facts,
        rows,
        columns: eligible(table, facts),
        meter: budget.meter(),
        grouper: Grouper::default(),
        found: Vec::new(),
        left_out: 0,
    };
    if rows > 1 {
        search.singles();
        search.sets();
    }
    let Search { found, left_out, .. } = search;
    let unlisted = found.len().saturating_sub(LISTED_KEYS);
    let keys = found.into_iter().take(LISTED_KEYS).map(|(mut places, duplicate_rows)| {
        places.sort_unstable();
        let names = places.iter().filter_map(|&place| facts.get(place));
        CandidateKey { columns: names.map(|facts| facts.name.clone()).collect(), duplicate_rows }
    });
    CandidateKeys {
        keys: keys.collect(),
        unlisted_keys: unlisted as u64,
        near_keys: Vec::new(),
        left_out_sets: left_out,
    }
}

/// Columns that may be part of a key, the most usual types first, then by place.
fn eligible(table: &SampledTable, facts: &[ColumnFacts]) -> Vec<usize> {
    let rank = |column_type| match column_type {
        ColumnType::Integer | ColumnType::Text => Some(0),
        ColumnType::Date | ColumnType::Timestamp => Some(1),
        ColumnType::Boolean | ColumnType::Time | ColumnType::Decimal => Some(2),
        ColumnType::Duration => Some(3),
        ColumnType::Null
        | ColumnType::Float
        | ColumnType::Binary
        | ColumnType::List
        | ColumnType::Struct => None,
    };
    let mut ranked: Vec<(u8, usize)> = Vec::new();
    for (place, (facts, column)) in facts.iter().zip(&table.columns).enumerate() {
        let is_varied = facts.highest_distinct() > 1 && (column.distinct > 1 || !table.is_whole);
        if let Some(rank) = rank(facts.column_type).filter(|_| facts.nulls == 0 && is_varied) {
            ranked.push((rank, place));
        }
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, place)| place).collect()
}

struct Search<'a> {
    table: &'a SampledTable,
    facts: &'a [ColumnFacts],
    rows: u64,
    columns: Vec<usize>,
    meter: WorkMeter,
    grouper: Grouper,
    found: Vec<(Vec<usize>, Measured<u64>)>,
    left_out: u64,
}

impl Search<'_> {
    fn singles(&mut self) {
        for place in self.columns.clone() {
            let (Some(facts), Some(column)) =
                (self.facts.get(place), self.table.columns.get(place))
            else {
                continue;
            };
            if matches!(facts.distinct.exactness, Exactness::Exact) {
                if facts.distinct.value == self.rows {
                    self.found.push((vec![place], Measured::exact(0)));
                }
            } else if column.distinct == self.table.rows && facts.highest_distinct() >= self.rows {
                self.found.push((vec![place], self.table.measured(0, self.table.rows)));
            }
        }
        let found = &self.found;
        self.columns.retain(|&place| !found.iter().any(|(key, _)| key.contains(&place)));
    }

    /// Sets of two, then of three, each among the first columns before further ones.
    fn sets(&mut self) {
        for size in 2..=MOST_COLUMNS {
            let count = self.columns.len();
            for last in 0..count {
                if self.meter.is_spent() {
                    let (all, seen) = (sets_of(count, size), sets_of(last, size));
                    self.left_out += all - seen;
                    break;
                }
                match size {
                    2 => (0..last).for_each(|first| self.look_at(&[first, last])),
                    _ => (0..last).for_each(|second| {
                        (0..second).for_each(|first| self.look_at(&[first, second, last]));
                    }),
                }
            }
        }
    }

    fn look_at(&mut self, places: &[usize]) {
        if self.meter.is_spent() {
            self.left_out += 1;
            return;
        }
        self.meter.spend(1 + self.found.len());
        let set: Vec<usize> =
            places.iter().filter_map(|&place| self.columns.get(place)).copied().collect();
        let most: u128 = set
            .iter()
            .filter_map(|&place| self.facts.get(place))
            .map(|facts| u128::from(facts.highest_distinct()))
            .product();
        let holds_key = self.found.iter().any(|(key, _)| key.iter().all(|part| set.contains(part)));
        if most >= u128::from(self.rows) && !holds_key && self.is_unique(&set) {
            self.found.push((set, self.table.measured(0, self.table.rows)));
        }
    }

    /// Whether no two rows of the sample agree in all of the set; given up at the first two.
    fn is_unique(&mut self, set: &[usize]) -> bool {
        let columns: Vec<_> =
            set.iter().filter_map(|&place| self.table.columns.get(place)).collect();
        self.grouper.clear(self.table.rows);
        for row in 0..self.table.rows {
            // At most 10,000 rows, so that three codes fit one word.
            let key = columns.iter().fold(0_u64, |key, column| {
                key * column.distinct as u64 + u64::from(column.codes[row])
            });
            if (self.grouper.group(key) as usize) < row {
                self.meter.spend((row + 1) * columns.len());
                return false;
            }
        }
        self.meter.spend(self.table.rows * columns.len());
        true
    }
}

/// How many sets of a size there are.
fn sets_of(columns: usize, size: usize) -> u64 {
    let columns = columns as u64;
    match size {
        2 => columns * columns.saturating_sub(1) / 2,
        _ => columns * columns.saturating_sub(1) * columns.saturating_sub(2) / 6,
    }
}
