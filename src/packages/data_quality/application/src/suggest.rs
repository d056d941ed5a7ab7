use std::collections::BTreeSet;

use data_quality_domain::TableFacts;
use data_quality_domain::suggest::{Suggestion, add_columns, contract_text};
use shared_kernel_application::{DataRequest, resolve_table_to_scan, summarize_with_digest};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::ScanPlan;
use shared_kernel_domain::table::TableReference;

use crate::DataQualityContainer;
use crate::check::duplicates_or_reason;

/// A contract that a table speaks for.
#[derive(Clone, Debug)]
pub struct SuggestedContract {
    /// The table.
    pub table: TableFacts,
    /// Its rules with what speaks for them.
    pub suggestions: Vec<Suggestion>,
    /// The contract's YAML.
    pub contract: String,
}

/// Suggests a contract for what a user calls DATA: one scan of all columns, and one more of each of
/// a few columns that may tell all rows apart.
pub fn suggest_contract(
    container: &DataQualityContainer,
    request: &DataRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<SuggestedContract> {
    let shared = &container.shared;
    let resolved = resolve_table_to_scan(shared, request, progress, cancellation)?;
    let typed = resolved.evidence.as_ref().is_some_and(|evidence| evidence.format.is_typed());
    suggest_for(container, &resolved.name, &resolved.table, typed, cancellation)
}

/// Suggests a contract for a table that is called so; `typed` says whether its source has types of its
/// own.
pub(crate) fn suggest_for(
    container: &DataQualityContainer,
    name: &str,
    table: &TableReference,
    typed: bool,
    cancellation: &Cancellation,
) -> Result<SuggestedContract> {
    let mut plan = ScanPlan::default();
    let slots = add_columns(&mut plan, &table.schema);
    let (outcome, digest) = summarize_with_digest(&container.shared, table, plan, cancellation)?;
    let mut unique = BTreeSet::new();
    for column in slots.key_candidates(&outcome)? {
        let columns = [column.clone()];
        // one that cannot be counted is not promised
        if let Ok(found) = duplicates_or_reason(container, table, &columns, cancellation)?
            && found.duplicate_rows == 0
            && found.evaluated_rows == table.rows
        {
            unique.insert(column);
        }
    }
    let suggestions = slots.suggest(&outcome, &unique, typed)?;
    let facts = TableFacts { digest, ..TableFacts::of(name, table) };
    let columns: Vec<&str> = table.schema.names().collect();
    let contract = contract_text(&facts, &columns, &suggestions);
    Ok(SuggestedContract { table: facts, suggestions, contract })
}
