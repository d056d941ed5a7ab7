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

use crate::check::number;
use crate::name;
use crate::rule::LogicalType;

pub use history::{MOST_VERSIONS, OnEarlierVersions, TriedVersions, UnreadVersion};
pub use writing::{contract_text, table_text};

/// With fewer values than this, a column says nothing about the next ones.
pub(crate) const FEWEST: u64 = 20;
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
    /// last. `unique` are the columns that tell all rows apart; `typed` says whether the source has
    /// types of its own, and is not text.
    pub fn suggest(
        &self,
        outcome: &ScanOutcome,
        unique: &BTreeSet<String>,
        typed: bool,
    ) -> Result<Vec<Suggestion>> {
        let mut all = Vec::new();
        for (field, slot) in &self.columns {
            let mut column = column::Board::of(&field.name);
            column::suggest(field, outcome.get(*slot)?, typed, &mut column);
            if unique.contains(&field.name) {
                let evidence = format!("{} rows, all different", number(outcome.rows));
                column.add("unique", evidence, (outcome.rows, 0), Entry::Unique);
            }
            all.extend(column.found);
        }
        all.extend(row_count(outcome.rows));
        Ok(all)
    }
}

/// Half to twice the rows: one table says little about how large the next one is.
fn row_count(rows: u64) -> Option<Suggestion> {
    (rows >= FEWEST).then(|| Suggestion {
        column: None,
        rule: "row_count",
        evidence: format!("{} rows; half to twice as many are allowed", number(rows)),
        rows,
        broken: 0,
        history: None,
        entry: Entry::Quality(vec![
            ("metric", "rowCount".to_owned()),
            ("mustBeBetween", format!("[{}, {}]", rows / 2, rows.saturating_mul(2))),
        ]),
    })
}
