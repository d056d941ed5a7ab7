//! Columns that determine others.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::Measured;

use super::grouping::Grouper;
use super::sampled_table::SampledTable;
use super::statistics::highest_share;
use super::work::{WorkBudget, WorkMeter};

/// At most so many dependencies are listed.
const LISTED_DEPENDENCIES: usize = 100;

/// A dependency may fail for at most one in so many of the rows that can show it.
const ALLOWED_ONE_IN: usize = 100;

/// At least so many rows, and one in so many of all, must be able to show a dependency.
const EVIDENCE: (usize, usize) = (10, 20);

/// Rows that agree in some columns agree in another one too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionalDependency {
    /// One or two columns, in the order of the table; none can be left out.
    pub determinants: Vec<String>,
    /// The column they determine.
    pub dependent: String,
    /// The share of rows to be taken away for it to hold without exception (g3, Kivinen and
    /// Mannila, "Approximate inference of functional dependencies from relations", 1995).
    pub error: Measured<f64>,
    /// Rows to be taken away.
    pub exceptions: u64,
    /// Rows that can show an exception: those beyond the first with the same determinants.
    pub evidence: u64,
    /// The highest share of exceptions among such rows that is not ruled out with 95 % confidence
    /// (Clopper and Pearson 1934); the share itself when the sample is the whole table.
    pub highest_error: f64,
}

/// Columns that determine others, alone or two together.
///
/// A missing value counts as a value like any other. Left out as trivial: determinants that are
/// keys, or so nearly that less than 5 % of the rows could show an exception; dependents that are
/// constant in 99 % of the rows; what follows from fewer determinants, or from those of which one
/// is only another name of a column before it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionalDependencies {
    /// The dependencies: fewer determinants first, then in the order of the table.
    pub dependencies: Vec<FunctionalDependency>,
    /// Dependencies found beyond those listed.
    pub unlisted_dependencies: u64,
    /// Sets of determinants not looked at, for want of budget: those of columns far behind in the
    /// table.
    pub left_out_sets: u64,
}

/// Finds dependencies with at most 1 % of exceptions on a sample.
pub(super) fn dependencies(table: &SampledTable, budget: WorkBudget) -> FunctionalDependencies {
    let varied: Vec<usize> = (0..table.columns.len())
        .filter(|&place| !table.columns[place].is_nearly_constant())
        .collect();
    let mut search = Search {
        table,
        varied,
        meter: budget.meter(),
        groups: Grouper::default(),
        pairs: Grouper::default(),
        counts: Vec::new(),
        kept: Vec::new(),
        found: Vec::new(),
        of_one: HashSet::new(),
        left_out: 0,
    };
    search.of_one();
    search.of_two();
    let Search { mut found, left_out, .. } = search;
    found.sort_by(|a, b| a.determinants.len().cmp(&b.determinants.len()).then(a.cmp(b)));
    let unlisted = found.len().saturating_sub(LISTED_DEPENDENCIES);
    found.truncate(LISTED_DEPENDENCIES);
    FunctionalDependencies {
        dependencies: found.iter().map(|found| found.described(table)).collect(),
        unlisted_dependencies: unlisted as u64,
        left_out_sets: left_out,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    determinants: Vec<usize>,
    dependent: usize,
    exceptions: usize,
    evidence: usize,
}

impl Found {
    fn described(&self, table: &SampledTable) -> FunctionalDependency {
        let name = |&place: &usize| {
            table.columns.get(place).map(|column| column.field.name.clone()).unwrap_or_default()
        };
        let (exceptions, evidence) = (self.exceptions as u64, self.evidence as u64);
        let share = exceptions as f64 / evidence as f64;
        FunctionalDependency {
            determinants: self.determinants.iter().map(name).collect(),
            dependent: name(&self.dependent),
            error: table.measured(exceptions as f64 / table.rows as f64, table.rows),
            exceptions,
            evidence,
            highest_error: if table.is_whole { share } else { highest_share(exceptions, evidence) },
        }
    }
}

struct Search<'a> {
    table: &'a SampledTable,
    /// Columns that are not nearly constant.
    varied: Vec<usize>,
    meter: WorkMeter,
    groups: Grouper,
    pairs: Grouper,
    counts: Vec<u32>,
    kept: Vec<u32>,
    found: Vec<Found>,
    /// Determinant and dependent of those found that have one determinant.
    of_one: HashSet<(usize, usize)>,
    left_out: u64,
}

impl Search<'_> {
    fn of_one(&mut self) {
        for (looked_at, place) in self.varied.clone().into_iter().enumerate() {
            if self.meter.is_spent() {
                self.left_out += (self.varied.len() - looked_at) as u64;
                return;
            }
            let Some(column) = self.table.columns.get(place) else { continue };
            self.dependents(&[place], &column.codes, column.distinct);
        }
    }

    /// Pairs of columns that can be told apart from either alone: neither determines the other.
    fn of_two(&mut self) {
        let columns: Vec<usize> = self
            .varied
            .iter()
            .copied()
            .filter(|&place| self.has_evidence(place) && !self.is_renamed(place))
            .collect();
        let mut codes = vec![0_u32; self.table.rows];
        for (second, &right) in columns.iter().enumerate() {
            for (first, &left) in columns.iter().enumerate().take(second) {
                if self.meter.is_spent() {
                    let all = columns.len() * (columns.len() - 1) / 2;
                    let looked_at = second * (second - 1) / 2 + first;
                    self.left_out += (all - looked_at) as u64;
                    return;
                }
                self.meter.spend(1);
                if self.of_one.contains(&(left, right)) || self.of_one.contains(&(right, left)) {
                    continue;
                }
                if let Some(groups) = self.combine(left, right, &mut codes) {
                    let mut determinants = [left, right];
                    determinants.sort_unstable();
                    self.dependents(&determinants, &codes, groups);
                }
            }
        }
    }

    fn has_evidence(&self, place: usize) -> bool {
        let distinct = self.table.columns.get(place).map(|column| column.distinct);
        distinct.is_some_and(|distinct| self.evidence(distinct).is_some())
    }

    /// The rows that can show an exception, when they are enough.
    fn evidence(&self, groups: usize) -> Option<usize> {
        let evidence = self.table.rows - groups;
        (evidence >= EVIDENCE.0 && evidence * EVIDENCE.1 >= self.table.rows).then_some(evidence)
    }

    /// Whether a column stands for nothing that one before it does not.
    fn is_renamed(&self, place: usize) -> bool {
        self.varied.iter().take_while(|&&before| before < place).any(|&before| {
            self.of_one.contains(&(before, place)) && self.of_one.contains(&(place, before))
        })
    }

    /// Numbers the pairs of values; `None` when there are too many for evidence.
    fn combine(&mut self, left: usize, right: usize, codes: &mut [u32]) -> Option<usize> {
        let (left, right) = (self.table.columns.get(left)?, self.table.columns.get(right)?);
        self.groups.clear(self.table.rows);
        for ((code, &x), &y) in codes.iter_mut().zip(&left.codes).zip(&right.codes) {
            *code = self.groups.group(u64::from(x) << 32 | u64::from(y));
        }
        self.meter.spend(2 * self.table.rows);
        self.evidence(self.groups.groups())?;
        Some(self.groups.groups())
    }

    /// Looks at every column that could depend on the groups that `codes` name.
    fn dependents(&mut self, determinants: &[usize], codes: &[u32], groups: usize) {
        let Some(evidence) = self.evidence(groups) else { return };
        let allowed = evidence / ALLOWED_ONE_IN;
        for dependent in self.varied.clone() {
            self.meter.spend(1);
            let Some(column) = self.table.columns.get(dependent) else { continue };
            let follows = determinants.iter().any(|&one| {
                one == dependent
                    || determinants.len() > 1 && self.of_one.contains(&(one, dependent))
            });
            // Each group keeps one value, and every further value is an exception at least.
            if follows || column.distinct > groups + allowed {
                continue;
            }
            if let Some(exceptions) = self.exceptions(codes, groups, &column.codes, allowed) {
                if let [one] = determinants {
                    self.of_one.insert((*one, dependent));
                }
                let determinants = determinants.to_vec();
                self.found.push(Found { determinants, dependent, exceptions, evidence });
            }
        }
    }

    /// Rows that do not hold the most frequent value of their group, if at most `allowed`. The
    /// number over some rows is never larger than over more, so that it can give up early.
    fn exceptions(
        &mut self,
        codes: &[u32],
        groups: usize,
        values: &[u32],
        allowed: usize,
    ) -> Option<usize> {
        self.pairs.clear(codes.len());
        self.counts.clear();
        self.kept.clear();
        self.kept.resize(groups, 0);
        let mut exceptions = 0;
        for (row, (&code, &value)) in codes.iter().zip(values).enumerate() {
            let pair = self.pairs.group(u64::from(code) << 32 | u64::from(value)) as usize;
            if pair == self.counts.len() {
                self.counts.push(0);
            }
            self.counts[pair] += 1;
            let kept = &mut self.kept[code as usize];
            if self.counts[pair] > *kept {
                *kept += 1;
            } else {
                exceptions += 1;
                if exceptions > allowed {
                    self.meter.spend(2 * (row + 1));
                    return None;
                }
            }
        }
        self.meter.spend(2 * codes.len());
        Some(exceptions)
    }
}
