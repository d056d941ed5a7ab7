use data_quality_domain::check::{bad_rows, duplicate_keys, duplicate_rows};
use data_quality_domain::{CheckResult, IngestFacts, KeyCandidate, LeftOut, Pass, Slots};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::{Duplicates, ScanOutcome};
use shared_kernel_domain::table::{Cell, TableReference};
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::DataQualityContainer;

/// A table and what is known about it before it is scanned.
#[derive(Clone, Debug)]
pub struct TableToCheck<'a> {
    /// What the report calls it.
    pub name: &'a str,
    /// The table.
    pub table: &'a TableReference,
    /// What could not be read; `None` when nothing is known of the reading.
    pub ingest: Option<IngestFacts>,
}

/// What the built-in checks found, and the passes that they made after the one scan.
pub(crate) struct BuiltIn {
    pub(crate) results: Vec<CheckResult>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) passes: Vec<Pass>,
}

/// Judges the built-in checks after the one scan, in further passes where they need them; `repeated` are
/// the repeated rows, where the scan compared them.
pub(crate) fn built_in(
    container: &DataQualityContainer,
    subject: &TableToCheck<'_>,
    slots: &Slots,
    (outcome, repeated): (&ScanOutcome, Option<&Duplicates>),
    cancellation: &Cancellation,
) -> Result<BuiltIn> {
    let policy = &container.policy;
    let table = subject.table;
    let findings = slots.judge(outcome, policy)?;
    let mut examination = Examination {
        container,
        table,
        repeated,
        cancellation,
        results: findings.results,
        left_out: findings.left_out,
        passes: Vec::new(),
    };
    let mut key = None;
    for candidate in &findings.keys {
        if examination.count_keys(candidate)? && key.is_none() {
            key = Some(candidate.column.as_str());
        }
    }
    examination.count_rows(key)?;
    let Examination { mut results, left_out, passes, .. } = examination;
    results.push(bad_rows::judge(table.rows, subject.ingest.as_ref(), policy));
    Ok(BuiltIn { results, left_out, passes })
}

/// Exact duplicates, or why they could not be counted: what is too large for this machine is not
/// evaluated, and the rest of the report still stands.
pub(crate) fn duplicates_or_reason(
    container: &DataQualityContainer,
    table: &TableReference,
    columns: &[String],
    cancellation: &Cancellation,
) -> Result<Result<Duplicates, String>> {
    let scanner = &container.shared.scanner;
    match scanner.duplicates(table, columns, container.policy.examples, cancellation) {
        Ok(duplicates) => Ok(Ok(duplicates)),
        Err(error) if is_lack_of_resources(&error) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

/// The second passes, and what has been found so far.
struct Examination<'a> {
    container: &'a DataQualityContainer,
    table: &'a TableReference,
    repeated: Option<&'a Duplicates>,
    cancellation: &'a Cancellation,
    results: Vec<CheckResult>,
    left_out: Vec<LeftOut>,
    passes: Vec<Pass>,
}

impl Examination<'_> {
    /// Counts repeated values of a key-like column; whether it is a key of the whole table.
    fn count_keys(&mut self, candidate: &KeyCandidate) -> Result<bool> {
        let policy = &self.container.policy;
        let columns = [candidate.column.clone()];
        let duplicates = match self.duplicates(&columns)? {
            Ok(duplicates) => duplicates,
            Err(reason) => {
                self.results.push(duplicate_keys::not_evaluated(candidate, &reason, policy));
                return Ok(false);
            }
        };
        self.note_pass(format!("repeated values of {}", candidate.column), 1);
        let values = self.values(&columns, &duplicates)?;
        match duplicate_keys::judge(candidate, &duplicates, &values, policy) {
            Some(result) => self.results.push(result),
            None => self.left_out.push(duplicate_keys::not_a_key(candidate)),
        }
        Ok(duplicates.duplicate_rows == 0 && duplicates.evaluated_rows == self.table.rows)
    }

    /// Counts repeated rows, unless a key says that there are none.
    fn count_rows(&mut self, key: Option<&str>) -> Result<()> {
        let policy = &self.container.policy;
        let schema = &self.table.schema;
        if let Some(key) = key {
            self.results.push(duplicate_rows::excluded_by_key(key, self.table.rows, policy));
            return Ok(());
        }
        let has_keys = self.results.iter().any(|result| result.check == duplicate_keys::NAME);
        let rows_differ = has_keys || duplicate_rows::tells_rows_apart(schema);
        if let Some(duplicates) = self.repeated {
            self.results.push(duplicate_rows::judge(rows_differ, duplicates, policy));
            return Ok(());
        }
        let result = match self.duplicates(&[])? {
            Ok(duplicates) => {
                self.note_pass("repeated rows".to_owned(), schema.fields.len() as u32);
                duplicate_rows::judge(rows_differ, &duplicates, policy)
            }
            Err(reason) => duplicate_rows::not_evaluated(rows_differ, &reason, policy),
        };
        self.results.push(result);
        Ok(())
    }

    fn duplicates(&self, columns: &[String]) -> Result<Result<Duplicates, String>> {
        duplicates_or_reason(self.container, self.table, columns, self.cancellation)
    }

    /// The values in the groups' first rows.
    fn values(&self, columns: &[String], duplicates: &Duplicates) -> Result<Vec<Cell>> {
        if duplicates.groups.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<u64> = duplicates.groups.iter().map(|group| group.first_row).collect();
        let cells = self.container.shared.scanner.rows(self.table, columns, &rows)?;
        Ok(cells.into_iter().map(|row| row.into_iter().next().unwrap_or(Cell::Null)).collect())
    }

    fn note_pass(&mut self, purpose: String, columns: u32) {
        self.passes.push(Pass { purpose, columns, rows: self.table.rows });
    }
}

fn is_lack_of_resources(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::NotEvaluated)
}
