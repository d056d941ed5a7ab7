//! A table split by row: what breaks a failed rule is set aside.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::table::TableReference;

use super::FailingRow;
use crate::result::CheckResult;
use crate::rule::Rule;
use crate::verdict::{Severity, Verdict};

/// A row that is set aside, and the rules that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRow {
    /// The row, from 0.
    pub row: u64,
    /// The rules' ids, each once.
    pub rules: Vec<String>,
}

impl InvalidRow {
    /// The rows of failures that come in row order.
    pub fn of(failing: Vec<FailingRow>) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        for FailingRow { row, rule, .. } in failing {
            let Some(row) = row else { continue };
            match rows.last_mut() {
                Some(last) if last.row == row => {
                    if !last.rules.contains(&rule) {
                        last.rules.push(rule);
                    }
                }
                _ => rows.push(Self { row, rules: vec![rule] }),
            }
        }
        rows
    }
}

/// Some rows and what they hold, in whatever order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowSet {
    /// How many.
    pub rows: u64,
    /// The sum modulo 2^128 of a 128-bit digest of each row's values, in hexadecimal: the same
    /// whatever the order of the rows, and the sum of the parts' where a table is split.
    pub digest: String,
}

/// What a split made of a table; read back from the finished files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// The rows of the table.
    pub all: RowSet,
    /// Those that were kept.
    pub valid: RowSet,
    /// Those that were set aside.
    pub invalid: RowSet,
}

/// The files of a split being written. Dropped before its end, it leaves nothing behind.
pub trait QuarantineFiles {
    /// Takes the table's next rows; `invalid` are those of them that are set aside, in row order.
    fn take(&mut self, rows: u64, invalid: &[InvalidRow]) -> Result<()>;

    /// Ends the files, reads them back, and makes the folder visible under its name.
    ///
    /// # Errors
    /// When not all rows were taken, or the files do not hold each of them exactly once.
    fn finish(self: Box<Self>) -> Result<Split>;
}

/// Splits tables into a folder with `valid.parquet` and `invalid.parquet`. Both have the columns of
/// the table; the latter also `pynomaly_row`, from 0, and `pynomaly_rules`.
pub trait QuarantineWriter: Send + Sync {
    /// Begins a split.
    ///
    /// # Errors
    /// A usage error when something is in the folder, unless it is a split and to be replaced.
    fn begin(
        &self,
        folder: &str,
        table: &TableReference,
        replace: bool,
    ) -> Result<Box<dyn QuarantineFiles>>;
}

/// How a table was split, for the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuarantineFacts {
    /// The folder, with `valid.parquet` and `invalid.parquet`.
    pub folder: String,
    /// The rows of the table.
    pub all: RowSet,
    /// Those that were kept.
    pub valid: RowSet,
    /// Those that were set aside.
    pub invalid: RowSet,
    /// The failed rules whose rows were set aside.
    pub decided_by: Vec<String>,
    /// The rules that set no row aside though something is to be said of them.
    pub not_decided_by: Vec<Undecided>,
}

impl QuarantineFacts {
    /// The facts of a finished split.
    pub fn of(folder: &str, split: Split, decided_by: Vec<String>, rest: Vec<Undecided>) -> Self {
        let Split { all, valid, invalid } = split;
        Self { folder: folder.to_owned(), all, valid, invalid, decided_by, not_decided_by: rest }
    }
}

/// A rule that set no row aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Undecided {
    /// The rule.
    pub rule: String,
    /// Why, in a plain clause.
    pub reason: String,
}

/// Whether the rows that break a rule are set aside: it failed, at a level or above.
pub fn sets_aside(result: &CheckResult, level: Severity) -> bool {
    result.has_failed() && result.severity >= level
}

/// What a rule did for a split: `Ok` when it decided, `Err` why it did not, `None` when there is
/// nothing to say of it.
pub fn decision(
    rule: &Rule,
    result: &CheckResult,
    level: Severity,
) -> Option<std::result::Result<String, Undecided>> {
    let because = |reason: String| Some(Err(Undecided { rule: rule.id.clone(), reason }));
    let broken = result.failed.map_or(0, |failed| failed.value);
    match &result.verdict {
        Verdict::NotEvaluated { reason } => because(format!("it was not evaluated: {reason}")),
        Verdict::Failed if !rule.names_rows() => {
            because("it failed, and is about the table and no single row".to_owned())
        }
        Verdict::Failed if sets_aside(result, level) => Some(Ok(rule.id.clone())),
        Verdict::Failed => because(format!("it failed at {} level only", result.severity)),
        Verdict::Passed if rule.names_rows() && broken > 0 => {
            because("it is kept: so many rows may break it".to_owned())
        }
        Verdict::Passed => None,
    }
}
