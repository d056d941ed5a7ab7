//! Rules suggested from what one table holds, each with its evidence.
//!
//! A rule is suggested where the values speak for it, and allows as many rows to break it as break it
//! here, with some slack: the table itself keeps its contract, and the rows that break a rule (see
//! `--failed-rows`) are the odd ones. What breaks is counted by the rule itself and not guessed.
//!
//! Everything comes from one summary of each column. Rules about single texts need all different
//! values of a column, which the summary has of up to 8,192 of them.

mod column;
mod history;
mod misspelt;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod writing;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel_domain::Result;
use shared_kernel_domain::scan::{ScanOutcome, ScanPlan, Slot};
use shared_kernel_domain::summary::ColumnProfileSummary;
use shared_kernel_domain::table::{ColumnType, Field, TableSchema};

use crate::check::duplicate_rows::tells_apart;
use crate::check::number;
use crate::name;
use crate::rule::LogicalType;

pub use history::{MOST_VERSIONS, OnEarlierVersions, TriedVersions, UnreadVersion};
pub use writing::{contract_text, table_text};

/// With fewer values than this, a column says nothing about the next ones.
pub(crate) const FEWEST: u64 = 20;
/// In a table of so many rows, rows that all differ do so for a reason.
const MANY: u64 = 1_000;
/// A table of which a larger share repeats other rows holds them rightly.
const MOST_REPEATED: f64 = 0.01;
/// With fewer earlier versions, nothing is known of how the number of rows changes.
const FEWEST_VERSIONS: usize = 3;
/// At most so many columns are counted exactly, to see whether they tell rows apart.
const KEY_PASSES: usize = 4;

/// A rule that a table speaks for.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Suggestion {
    /// The column; `null` for the whole table.
    pub column: Option<String>,
    /// The kind of rule, such as `in_set`.
    pub rule: &'static str,
    /// What speaks for it.
    pub evidence: String,
    /// Rows that were looked at.
    pub rows: u64,
    /// Those of them that break it: the contract allows them.
    pub broken: u64,
    /// What it would have come to on earlier versions, of a dataset that has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<OnEarlierVersions>,
    /// How the contract says it.
    #[serde(skip)]
    pub(crate) entry: Entry,
}

impl Suggestion {
    /// The id of the rule in the contract that is suggested.
    pub fn id(&self) -> String {
        match &self.column {
            Some(column) => format!("{column}.{}", self.rule),
            None => self.rule.to_owned(),
        }
    }
}

/// How a contract says a rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// `logicalType` of the property.
    Type(LogicalType),
    /// `required: true`.
    Required,
    /// `unique: true`.
    Unique,
    /// An entry under `quality`, but for its id and description: keys and values as YAML.
    Quality(Vec<(&'static str, String)>),
}

/// What is known of a table beside the summaries of its columns.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The columns that tell all rows apart.
    pub unique: BTreeSet<String>,
    /// Rows that repeat another in all columns, where they were counted.
    pub repeated: Option<u64>,
    /// The rows of earlier versions whose gate was open.
    pub earlier: Vec<u64>,
    /// Whether the source has types of its own, and is not text.
    pub typed: bool,
}

/// Where the summaries of the columns will be found.
pub struct SuggestSlots {
    columns: Vec<(Field, Slot<ColumnProfileSummary>)>,
}

/// Adds to a scan what suggestions need.
pub fn add_columns(plan: &mut ScanPlan, schema: &TableSchema) -> SuggestSlots {
    let slot = |field: &Field| {
        (field.clone(), plan.add(&[field.name.as_str()], ColumnProfileSummary::new()))
    };
    SuggestSlots { columns: schema.fields.iter().map(slot).collect() }
}

impl SuggestSlots {
    /// The columns that may tell all rows apart, named ones first; a pass over each settles it.
    pub fn key_candidates(&self, outcome: &ScanOutcome) -> Result<Vec<String>> {
        /// Three standard errors of an estimated number, with a little room.
        const ROOM: f64 = 0.97;
        let mut found = Vec::new();
        for (field, slot) in &self.columns {
            let column = outcome.get(*slot)?;
            let values = column.counts().values();
            let is_kind = matches!(field.column_type, ColumnType::Integer | ColumnType::Text);
            let distinct = column.distinct().value as f64;
            if is_kind
                && column.counts().nulls == 0
                && values >= FEWEST
                && distinct >= ROOM * values as f64
            {
                found.push(field.name.clone());
            }
        }
        found.sort_by_key(|column| !name::identifies(column));
        found.truncate(KEY_PASSES);
        Ok(found)
    }

    /// The rules that the table speaks for, in the order of the columns; those of the table come
    /// last.
    pub fn suggest(&self, outcome: &ScanOutcome, known: &Known) -> Result<Vec<Suggestion>> {
        let mut all = Vec::new();
        for (field, slot) in &self.columns {
            let mut column = column::Board::of(&field.name);
            column::suggest(field, outcome.get(*slot)?, known.typed, &mut column);
            if known.unique.contains(&field.name) {
                let evidence = format!("{} rows, all different", number(outcome.rows));
                column.add("unique", evidence, (outcome.rows, 0), Entry::Unique);
            }
            all.extend(column.found);
        }
        all.extend(known.repeated.and_then(|repeated| self.rows_differ(outcome.rows, repeated)));
        all.extend(row_count(outcome.rows, &known.earlier));
        Ok(all)
    }

    /// Nearly all rows differ, in a table in which that is no chance. As a few may agree by chance, as many
    /// may as do here and a quarter more, and a thousandth in any case.
    fn rows_differ(&self, rows: u64, repeated: u64) -> Option<Suggestion> {
        let tells = self.columns.iter().any(|(field, _)| tells_apart(field));
        let is_no_chance = rows >= MANY || (rows >= FEWEST && tells);
        if !is_no_chance || repeated as f64 > MOST_REPEATED * rows as f64 {
            return None;
        }
        let evidence = match repeated {
            0 => format!("{} rows, all different", number(rows)),
            _ => format!("{} repeat an earlier one", column::of(repeated, rows)),
        };
        let mut entry = vec![
            ("type", "custom".to_owned()),
            ("engine", "pynomaly".to_owned()),
            ("implementation", "{rule: unique}".to_owned()),
        ];
        entry.extend(column::with_slack(rows, repeated));
        Some(Suggestion {
            column: None,
            rule: "unique",
            evidence,
            rows,
            broken: repeated,
            history: None,
            entry: Entry::Quality(entry),
        })
    }
}

/// Half to twice the rows: one table says little about how large the next one is. Several versions say
/// more: from the smallest of them to the largest, and a quarter beyond.
fn row_count(rows: u64, earlier: &[u64]) -> Option<Suggestion> {
    let all = || earlier.iter().copied().chain([rows]);
    let (low, high) = (all().min().unwrap_or(rows), all().max().unwrap_or(rows));
    let (evidence, least, most) = if earlier.len() < FEWEST_VERSIONS {
        let evidence = format!("{} rows; half to twice as many are allowed", number(rows));
        (evidence, rows / 2, rows.saturating_mul(2))
    } else {
        let evidence = format!(
            "{} to {} rows in {} versions; a quarter beyond is allowed",
            number(low),
            number(high),
            earlier.len() + 1
        );
        (evidence, low - low.div_ceil(4).min(low), high.saturating_add(high.div_ceil(4)))
    };
    (rows >= FEWEST).then(|| Suggestion {
        column: None,
        rule: "row_count",
        evidence,
        rows,
        broken: 0,
        history: None,
        entry: Entry::Quality(vec![
            ("metric", "rowCount".to_owned()),
            ("mustBeBetween", format!("[{least}, {most}]")),
        ]),
    })
}
