use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::summary::RowHashes;
use shared_kernel_domain::table::{Batch, TableSchema};

use super::ReferenceSet;
use crate::expression::{Condition, Expression, FALSE, TRUE, UNKNOWN, no_column};

/// A row is left out by the rule's filter.
pub const EXCLUDED: u8 = 3;

/// What is asked of every row, ready for a table.
pub struct RowTest {
    /// The columns that batches must have, in this order.
    pub columns: Vec<String>,
    question: Question,
    filter: Option<Condition>,
    /// What tells it from other tests.
    pub(super) key: String,
}

enum Question {
    Holds(Condition),
    /// Whether the first so many columns, taken together, are in the set.
    StandsIn(Arc<ReferenceSet>, usize),
}

impl RowTest {
    /// Whether a condition holds for the rows of a filter.
    ///
    /// # Errors
    /// Why it cannot be evaluated on such a table.
    pub fn of_condition(
        condition: &Expression,
        filter: Option<&Expression>,
        schema: &TableSchema,
    ) -> std::result::Result<Self, String> {
        let mut columns = Vec::new();
        let question = Question::Holds(Condition::compile(condition, schema, &mut columns)?);
        Self::new(columns, question, condition.to_string(), filter, schema)
    }

    /// Whether columns, taken together, stand in another table.
    ///
    /// # Errors
    /// Why it cannot be evaluated on such a table.
    pub fn of_reference(
        columns: &[String],
        set: &Arc<ReferenceSet>,
        filter: Option<&Expression>,
        schema: &TableSchema,
    ) -> std::result::Result<Self, String> {
        let mut types = Vec::new();
        for name in columns {
            let field = schema.field(name).ok_or_else(|| no_column(name, schema))?;
            types.push(field.column_type);
        }
        if !set.fits(&types) {
            let names = |types: &[shared_kernel_domain::table::ColumnType]| {
                types.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
            };
            let (here, there) = (names(&types), names(&set.types));
            return Err(format!("the columns are {here} here, but {there} there"));
        }
        let key = format!("{} in {}", columns.join(", "), set.identity);
        let question = Question::StandsIn(Arc::clone(set), columns.len());
        Self::new(columns.to_vec(), question, key, filter, schema)
    }

    fn new(
        mut columns: Vec<String>,
        question: Question,
        mut key: String,
        filter: Option<&Expression>,
        schema: &TableSchema,
    ) -> std::result::Result<Self, String> {
        let filter = match filter {
            None => None,
            Some(filter) => {
                key = format!("{key} where {filter}");
                Some(Condition::compile(filter, schema, &mut columns)?)
            }
        };
        Ok(Self { columns, question, filter, key })
    }

    /// For each row [`TRUE`] (it keeps the rule), [`FALSE`], [`UNKNOWN`] or [`EXCLUDED`].
    pub fn outcomes(&self, batch: &Batch<'_>) -> Result<Vec<u8>> {
        let mut outcomes = match &self.question {
            Question::Holds(condition) => condition.truths(batch)?,
            Question::StandsIn(set, columns) => stands_in(set, *columns, batch),
        };
        if let Some(filter) = &self.filter {
            for (outcome, truth) in outcomes.iter_mut().zip(filter.truths(batch)?) {
                if truth != TRUE {
                    *outcome = EXCLUDED;
                }
            }
        }
        Ok(outcomes)
    }
}

fn stands_in(set: &ReferenceSet, columns: usize, batch: &Batch<'_>) -> Vec<u8> {
    let columns = batch.columns.get(..columns).unwrap_or_default();
    let hashes = RowHashes::of(&Batch { rows: batch.rows, columns });
    let outcome = |row: usize| match hashes.get(row) {
        Some(_) if columns.iter().any(|column| !column.is_valid(row)) => UNKNOWN,
        Some(hash) if set.contains(hash) => TRUE,
        Some(_) => FALSE,
        None => UNKNOWN,
    };
    (0..batch.len()).map(outcome).collect()
}
