//! **duplicate_rows** (uniqueness, the table): rows that repeat an earlier row in every column.
//!
//! Counted exactly, in a second pass over the table; that pass is left out when a column was
//! found to be a key, for then no two rows can be equal. In a table that tells its rows apart, by
//! a date, a time, a key-like column or one named like an identifier, any repeated row is a
//! warning and more than 5 % are an error: a batch was probably loaded twice. Other tables, of a
//! few categories or measurements, may rightly hold equal rows; there it is information.

use shared_kernel_domain::scan::Duplicates;
use shared_kernel_domain::table::{Cell, Field, TableSchema};

use super::{counted, number, percent};
use crate::name;
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Threshold, Unit};
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "duplicate_rows";

/// Whether a table tells its rows apart by what its columns are.
pub fn tells_rows_apart(schema: &TableSchema) -> bool {
    schema.fields.iter().any(tells_apart)
}

/// Whether a column tells rows apart: dates and times, and what is called like an identifier.
pub(crate) fn tells_apart(field: &Field) -> bool {
    field.column_type.is_temporal() || name::identifies(&field.name)
}

fn subject(rows_differ: bool, policy: &CheckPolicy) -> Subject<'static> {
    let error = policy.duplicate_rows.error.filter(|_| rows_differ);
    Subject {
        check: NAME,
        columns: &[],
        dimension: Dimension::Uniqueness,
        severity: if rows_differ { Severity::Warning } else { Severity::Info },
        unit: Unit::Rows,
        threshold: Threshold { error, ..policy.duplicate_rows },
    }
}

/// Judges what the second pass counted; `rows_differ`: whether the table tells its rows apart.
pub fn judge(rows_differ: bool, duplicates: &Duplicates, policy: &CheckPolicy) -> CheckResult {
    let (rows, repeated) = (duplicates.evaluated_rows, duplicates.duplicate_rows);
    let evidence = duplicates
        .groups
        .iter()
        .take(policy.examples)
        .map(|group| {
            Evidence::at(group.first_row, Cell::Null)
                .noting(format!("this row stands {} times", number(group.count)))
        })
        .collect();
    let sentence = if repeated == 0 {
        "no row repeats another".to_owned()
    } else {
        format!(
            "{} of {} ({}) {} an earlier row",
            counted(repeated, "row", "rows"),
            number(rows),
            percent(repeated, rows),
            if repeated == 1 { "repeats" } else { "repeat" }
        )
    };
    subject(rows_differ, policy).judge(rows, repeated, evidence, sentence)
}

/// The result when a column is known to tell all rows apart.
pub fn excluded_by_key(key: &str, rows: u64, policy: &CheckPolicy) -> CheckResult {
    let sentence = format!("no row repeats another, because {key} is different in every row");
    subject(true, policy).judge(rows, 0, Vec::new(), sentence)
}

/// The result when the second pass could not be made.
pub fn not_evaluated(rows_differ: bool, reason: &str, policy: &CheckPolicy) -> CheckResult {
    subject(rows_differ, policy).not_evaluated(reason)
}
