use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::measured::{Exactness, Measured};
use shared_kernel_domain::scan::{Duplicates, ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::table::{Cell, ColumnType, Field, TableSchema};
use shared_kernel_domain::{Error, Result};

use super::associations::{Associations, associations};
use super::dependencies::{FunctionalDependencies, dependencies};
use super::keys::{CandidateKeys, candidate_keys};
use super::missing::{MissingStructure, missing};
use super::missing_patterns::MissingPatterns;
use super::near_duplicates::{NearDuplicates, near_duplicates};
use super::row_sample::RowSample;
use super::sampled_table::SampledTable;
use super::sequences::{SequenceColumn, sequence};
use super::steps::StepSummary;
use super::time_columns::{TimeColumn, time_column};
use super::work::WorkBudget;
use crate::figure::Figure;

/// Most pairs of columns whose associations are computed, unless said otherwise.
const MOST_PAIRS: u64 = 500_000;

/// About how long structure is searched for, unless said otherwise.
const SECONDS: f64 = 1.0;

/// How the budget is divided, in percent: associations, near duplicates, keys, dependencies,
/// what is missing together.
const SHARES: [u64; 5] = [45, 10, 15, 25, 5];

/// What the profile knows about a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnFacts {
    /// The column.
    pub name: String,
    /// How it is stored.
    pub column_type: ColumnType,
    /// Rows without a value, exactly.
    pub nulls: u64,
    /// Different values; when approximate, the error bounds the relative deviation.
    pub distinct: Measured<u64>,
}

impl ColumnFacts {
    /// How many different values there can be.
    pub(super) fn highest_distinct(&self) -> u64 {
        match self.distinct.exactness {
            Exactness::Exact => self.distinct.value,
            Exactness::Approximate { error } => {
                (self.distinct.value as f64 * (1.0 + error)).ceil() as u64
            }
            Exactness::Sampled { .. } => u64::MAX,
        }
    }
}

/// How far structure is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructureOptions {
    /// How much may be computed.
    pub budget: WorkBudget,
    /// Most pairs of columns whose associations are computed.
    pub most_pairs: u64,
    /// Seconds since 1970-01-01T00:00:00 UTC after which a time is in the future; without it
    /// nothing is said about the future.
    pub as_of: Option<i64>,
}

impl StructureOptions {
    /// As much as about so many seconds allow, nothing about the future.
    pub fn within_seconds(seconds: f64) -> Self {
        Self { budget: WorkBudget::seconds(seconds), most_pairs: MOST_PAIRS, as_of: None }
    }
}

impl Default for StructureOptions {
    fn default() -> Self {
        Self::within_seconds(SECONDS)
    }
}

/// Where the results of [`add_structure`] will be found.
pub struct StructureSlots {
    fields: Vec<Field>,
    sample: Slot<RowSample>,
    missing: Slot<MissingPatterns>,
    /// Of columns of whole numbers, dates and points in time, by place.
    steps: Vec<(usize, Slot<StepSummary>)>,
}

/// Adds to a scan what the structure of a table needs. `rows` is the number of rows, if it is known
/// before the scan: then no more rows are held than the sample needs.
pub fn add_structure(
    plan: &mut ScanPlan,
    schema: &TableSchema,
    rows: Option<u64>,
    options: StructureOptions,
) -> StructureSlots {
    let names: Vec<&str> = schema.names().collect();
    let sample = plan.add(&names, RowSample::new(names.len(), rows));
    let missing = plan.add(&names, MissingPatterns::new(names.len()));
    let mut steps = Vec::new();
    for (place, field) in schema.fields.iter().enumerate() {
        let as_of = options.as_of.filter(|_| field.column_type.is_temporal());
        if field.column_type.is_temporal() || field.column_type == ColumnType::Integer {
            steps.push((place, plan.add(&[field.name.as_str()], StepSummary::new(as_of))));
        }
    }
    StructureSlots { fields: schema.fields.clone(), sample, missing, steps }
}

/// What the columns of a table have to do with one another and with time.
///
/// Counts that are bare numbers are exact; every other figure says how far it can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TableStructure {
    /// Rows of the table.
    pub rows: u64,
    /// Rows of the sample that associations, keys and dependencies were searched on; exact when it
    /// is the whole table.
    pub sample_rows: Measured<u64>,
    /// Which columns tell something about one another.
    pub associations: Associations,
    /// Columns that say the same thing twice.
    pub near_duplicates: NearDuplicates,
    /// Columns that identify a row.
    pub keys: CandidateKeys,
    /// Columns that determine others.
    pub dependencies: FunctionalDependencies,
    /// What is missing together.
    pub missing: MissingStructure,
    /// Columns of dates and points in time.
    pub times: Vec<TimeColumn>,
    /// Columns that count.
    pub sequences: Vec<SequenceColumn>,
}

impl TableStructure {
    /// The structure of a table from the scan of its plan and the profile's figures, one per column
    /// in the order of the table.
    pub fn from_outcome(
        slots: &StructureSlots,
        outcome: &ScanOutcome,
        facts: &[ColumnFacts],
        options: StructureOptions,
    ) -> Result<Self> {
        if !facts.iter().map(|facts| &facts.name).eq(slots.fields.iter().map(|field| &field.name)) {
            return Err(Error::internal("the profile has other columns than the table"));
        }
        let sample = outcome.get(slots.sample)?;
        let table = SampledTable::of(sample, &slots.fields, usize::MAX)?;
        let [to_associate, to_compare, to_identify, to_determine, to_miss] =
            SHARES.map(|percent| options.budget.share(percent));
        let mut structure = Self {
            rows: outcome.rows,
            sample_rows: table.measured(table.rows as u64, table.rows),
            associations: associations(sample, &slots.fields, options.most_pairs, to_associate)?,
            near_duplicates: near_duplicates(&table, to_compare),
            keys: candidate_keys(&table, facts, outcome.rows, to_identify),
            dependencies: dependencies(&table, to_determine),
            missing: missing(outcome.get(slots.missing)?, facts, &table, to_miss),
            times: Vec::new(),
            sequences: Vec::new(),
        };
        for &(place, slot) in &slots.steps {
            let steps = outcome.get(slot)?;
            let (Some(facts), Some(sampled)) = (facts.get(place), table.columns.get(place)) else {
                continue;
            };
            if facts.column_type.is_temporal() {
                structure.times.extend(time_column(facts, steps, sampled, &table));
            } else {
                structure.sequences.extend(sequence(&facts.name, steps));
            }
        }
        Ok(structure)
    }

    /// The structure, now that the duplicates of a key from [`CandidateKeys::to_verify`] are known.
    #[must_use]
    pub fn with_verified_key(mut self, columns: &[String], found: &Duplicates) -> Self {
        self.keys = self.keys.verified(columns, found, self.rows);
        self
    }

    /// The structure without a value of the columns that are to be redacted.
    #[must_use]
    pub fn redacted(mut self, is_redacted: impl Fn(&str) -> bool) -> Self {
        for time in self.times.iter_mut().filter(|time| is_redacted(&time.column)) {
            time.earliest = Cell::Null;
            time.latest = Cell::Null;
            time.longest_step = Figure::missing("the values are redacted");
            time.daylight_saving = None;
            time.default_dates.clear();
        }
        self.sequences.retain(|sequence| !is_redacted(&sequence.column));
        self
    }
}
