//! **constant_column** (coverage, every column with at least 20 values): one value throughout.
//!
//! A column that never changes tells no two rows apart. That is information, not a fault: an
//! extract of one year has a constant year. Nulls don't count as another value.

use shared_kernel_domain::summary::{Distinct, Extremes};

use super::counted;
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Threshold, Unit};
use crate::summary::MissingValues;
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "constant_column";

/// Judges a column.
pub(crate) fn judge(
    column: &str,
    missing: &MissingValues,
    distinct: &Distinct,
    extremes: &Extremes,
    policy: &CheckPolicy,
) -> CheckResult {
    let subject = Subject {
        check: NAME,
        columns: &[column],
        dimension: Dimension::Coverage,
        severity: Severity::Info,
        unit: Unit::Columns,
        threshold: Threshold { warning: 0.0, error: None },
    };
    if missing.values() == 0 {
        return subject.not_evaluated("there are no values to look at");
    }
    if distinct.count().value != 1 {
        let sentence = format!("{column} holds more than one value");
        return subject.judge(1, 0, Vec::new(), sentence);
    }
    let value = extremes.min();
    let shown = value.as_ref().map_or_else(|| "the same".to_owned(), ToString::to_string);
    let sentence = format!(
        "{column} is {shown} in all {}",
        counted(missing.values(), "row that has a value", "rows that have a value")
    );
    let evidence = value.map(|value| Evidence { row: None, value, note: None });
    subject.judge(1, 1, evidence.into_iter().take(policy.examples).collect(), sentence)
}
