//! **bad_rows** (conformity, the source): records that could not be read as rows.
//!
//! Records with too few or too many fields, or that can't be decoded, are set aside while the
//! table is read, never dropped in silence; their lines are named. Any is a warning, more than
//! 1 % of all records an error. Not evaluated when the table was read by somebody else and its
//! reading left no record.

use shared_kernel_domain::table::Cell;

use super::{counted, number, percent};
use crate::ingest::IngestFacts;
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Unit};
use crate::verdict::{Dimension, Severity};

/// The check's name.
pub const NAME: &str = "bad_rows";

/// Judges the reading of the source.
pub fn judge(rows: u64, ingest: Option<&IngestFacts>, policy: &CheckPolicy) -> CheckResult {
    let subject = Subject {
        check: NAME,
        columns: &[],
        dimension: Dimension::Conformity,
        severity: Severity::Warning,
        unit: Unit::Records,
        threshold: policy.bad_rows,
    };
    let Some(ingest) = ingest else {
        return subject.not_evaluated("nothing is known about how the table was read");
    };
    let records = rows + ingest.bad_rows.saturating_sub(ingest.blank_rows);
    let sentence = if ingest.bad_rows == 0 {
        "every record of the source could be read as a row".to_owned()
    } else {
        format!(
            "{} of {} ({}) could not be read as {}",
            counted(ingest.bad_rows, "record", "records"),
            number(records),
            percent(ingest.bad_rows, records),
            if ingest.bad_rows == 1 { "a row" } else { "rows" }
        )
    };
    let evidence = ingest
        .examples
        .iter()
        .take(policy.examples)
        .map(|line| Evidence { row: None, value: Cell::Text(line.clone()), note: None })
        .collect();
    subject.judge(records, ingest.bad_rows, evidence, sentence)
}
