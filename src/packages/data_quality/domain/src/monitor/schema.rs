//! **schema_change** (consistency): columns that went, came or changed their type since the version
//! before. New columns alone are information.

use shared_kernel_domain::table::Cell;

use super::metrics::VersionMetrics;
use crate::policy::CheckPolicy;
use crate::result::{CheckResult, Evidence, Subject, Threshold, Unit};
use crate::verdict::{Dimension, Severity};

pub(super) const NAME: &str = "schema_change";

pub(super) fn judge(
    version: &VersionMetrics,
    before: &VersionMetrics,
    policy: &CheckPolicy,
) -> CheckResult {
    let mut changes: Vec<(&str, String)> = Vec::new();
    for column in &before.columns {
        match version.column(&column.name) {
            None => changes.push((&column.name, "is gone".to_owned())),
            Some(now) if now.column_type != column.column_type => {
                let (was, is) = (column.column_type.name(), now.column_type.name());
                changes.push((&column.name, format!("was {was}, and is {is}")));
            }
            Some(_) => {}
        }
    }
    let is_grave = !changes.is_empty();
    let new = version.columns.iter().filter(|column| before.column(&column.name).is_none());
    changes.extend(new.map(|column| (column.name.as_str(), "is new".to_owned())));
    let columns: Vec<&str> = changes.iter().map(|(column, _)| *column).collect();
    let subject = Subject {
        check: NAME,
        columns: &columns,
        dimension: Dimension::Consistency,
        severity: if is_grave { Severity::Warning } else { Severity::Info },
        unit: Unit::Columns,
        threshold: Threshold { warning: 0.0, error: None },
    };
    let all = version.columns.len().max(before.columns.len()).max(changes.len()) as u64;
    let evidence = changes.iter().take(policy.examples).map(|(column, what)| {
        Evidence { row: None, value: Cell::Text((*column).to_owned()), note: None }
            .noting(what.as_str())
    });
    let told = |(column, what): &(&str, String)| format!("{column} {what}");
    let sentence = match changes.len() {
        0 => format!("columns and types are those of version {}", before.version),
        count => {
            let named: Vec<String> = changes.iter().take(policy.examples).map(told).collect();
            let more = count.saturating_sub(policy.examples);
            let more = if more > 0 { format!(", and {more} more") } else { String::new() };
            format!("since version {}: {}{more}", before.version, named.join(", "))
        }
    };
    subject.judge(all, changes.len() as u64, evidence.collect(), sentence)
}
