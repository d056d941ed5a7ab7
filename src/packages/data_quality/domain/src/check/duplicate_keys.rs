//! **duplicate_keys** (uniqueness, key-like columns): values that repeat in a column that should
//! tell rows apart.
//!
//! Key-like is a column of whole numbers or text that is named like an identifier (`id`, `*_id`,
//! `key`, `uuid`, `code`…) with at least 80 % different values — with fewer, it refers to
//! something else — or, whatever its name, with at least 99 % different values. The scan
//! estimates that; repeated values are then counted exactly, in a second pass for each column, at
//! most four. In a column named like an identifier any is a warning and more than 1 % an error;
//! in another one it is information, as titles and names may repeat. Missing values are not
//! looked at here.

use shared_kernel_domain::scan::Duplicates;
use shared_kernel_domain::table::Cell;

use super::{counted, number, percent};
use crate::plan::{KeyCandidate, LeftOut};
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Threshold, Unit};
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "duplicate_keys";

fn judged<T>(
    candidate: &KeyCandidate,
    policy: &CheckPolicy,
    judge: impl FnOnce(&Subject<'_>) -> T,
) -> T {
    let severity = if candidate.named { Severity::Warning } else { Severity::Info };
    judge(&Subject {
        check: NAME,
        columns: &[&candidate.column],
        dimension: Dimension::Uniqueness,
        severity,
        unit: Unit::Values,
        threshold: Threshold {
            error: policy.duplicate_keys.error.filter(|_| candidate.named),
            ..policy.duplicate_keys
        },
    })
}

/// Judges what the second pass counted; `values` are those of the groups' first rows, in order.
/// `None` when the exact count shows that the column is no key after all.
pub fn judge(
    candidate: &KeyCandidate,
    duplicates: &Duplicates,
    values: &[Cell],
    policy: &CheckPolicy,
) -> Option<CheckResult> {
    let (evaluated, repeated) = (duplicates.evaluated_rows, duplicates.duplicate_rows);
    let least = candidate.least_distinct(policy);
    if ((evaluated - repeated.min(evaluated)) as f64) < least * evaluated as f64 {
        return None;
    }
    let column = &candidate.column;
    let evidence = duplicates
        .groups
        .iter()
        .zip(values)
        .take(policy.examples)
        .map(|(group, value)| {
            Evidence::at(group.first_row, value.clone())
                .noting(format!("stands {} times", number(group.count)))
        })
        .collect();
    let sentence = if repeated == 0 {
        format!("{column} is different in every row that has a value")
    } else {
        format!(
            "{column} looks like a key, but {} of {} ({}) {} an earlier one",
            counted(repeated, "value", "values"),
            number(evaluated),
            percent(repeated, evaluated),
            if repeated == 1 { "repeats" } else { "repeat" }
        )
    };
    Some(judged(candidate, policy, |subject| {
        subject.judge(evaluated, repeated, evidence, sentence)
    }))
}

/// What is said of a column that turned out to be no key.
pub fn not_a_key(candidate: &KeyCandidate) -> LeftOut {
    LeftOut {
        check: NAME.to_owned(),
        reason: "counted exactly, it has too few different values to be a key".to_owned(),
        columns: vec![candidate.column.clone()],
    }
}

/// The result when the second pass could not be made.
pub fn not_evaluated(candidate: &KeyCandidate, reason: &str, policy: &CheckPolicy) -> CheckResult {
    judged(candidate, policy, |subject| subject.not_evaluated(reason))
}
