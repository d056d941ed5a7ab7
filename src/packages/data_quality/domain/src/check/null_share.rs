//! **null_share** (completeness, every column): how much of a column is missing.
//!
//! Counts nulls and, in columns of numbers, NaN. Up to 5 % missing passes; more is a warning.
//! Never an error, because sparse columns are usual: whether a column may have gaps is for a
//! contract to say. The examples are the first rows without a value.

use shared_kernel_domain::table::Cell;

use super::{counted, number, percent};
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Unit};
use crate::summary::MissingValues;
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "null_share";

/// Judges a column.
pub(crate) fn judge(column: &str, missing: &MissingValues, policy: &CheckPolicy) -> CheckResult {
    let subject = Subject {
        check: NAME,
        columns: &[column],
        dimension: Dimension::Completeness,
        severity: Severity::Warning,
        unit: Unit::Values,
        threshold: policy.null_share,
    };
    let evidence = missing
        .first
        .iter()
        .take(policy.examples)
        .map(|&row| Evidence::at(row, Cell::Null))
        .collect();
    let sentence = match missing.missing {
        0 => format!("{column} has a value in every row"),
        all if all == missing.rows => {
            format!("{column} holds no value at all; other checks have nothing to look at in it")
        }
        some => format!(
            "{column} is missing in {} of {} ({})",
            counted(some, "row", "rows"),
            number(missing.rows),
            percent(some, missing.rows)
        ),
    };
    subject.judge(missing.rows, missing.missing, evidence, sentence)
}
