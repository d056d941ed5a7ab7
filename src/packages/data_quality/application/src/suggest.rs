use data_quality_domain::contract::ContractFile;
use data_quality_domain::suggest::{
    Known, MOST_VERSIONS, Suggestion, TriedVersions, UnreadVersion, add_columns, contract_text,
};
use data_quality_domain::{CheckResult, StoredReport, TableFacts};
use shared_kernel_application::{DataRequest, resolve_table_to_scan, summarize_with_digest};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::catalog::CatalogEntry;
use shared_kernel_domain::event::DatasetVersionRef;
use shared_kernel_domain::scan::ScanPlan;
use shared_kernel_domain::table::TableReference;

use crate::check::duplicates_or_reason;
use crate::contract::{is_of_the_data, object_for, usable_text};
use crate::contract_check::{BuiltInRole, Chosen, ContractCheck, Further, side_of};
use crate::other_tables::VersionOf;
use crate::{DataQualityContainer, TableToCheck};

/// A contract that a table speaks for.
#[derive(Clone, Debug)]
pub struct SuggestedContract {
    /// The table.
    pub table: TableFacts,
    /// Its rules with what speaks for them.
    pub suggestions: Vec<Suggestion>,
    /// The earlier versions that they were tried on, of a dataset that has some.
    pub history: Option<TriedVersions>,
    /// The contract's YAML, without the rules that most of those break.
    pub contract: String,
}

/// Suggests a contract for what a user calls DATA: one scan of all columns, and one more of each of
/// a few columns that may tell all rows apart, or, where none does, of whole rows. Of a dataset, the rules are tried on the newest of the
/// versions before, a check of each; what most of them break is no rule of the contract.
pub fn suggest_contract(
    container: &DataQualityContainer,
    request: &DataRequest,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<SuggestedContract> {
    let shared = &container.shared;
    let resolved = resolve_table_to_scan(shared, request, progress, cancellation)?;
    let typed = resolved.evidence.as_ref().is_some_and(|evidence| evidence.format.is_typed());
    let earlier = match &resolved.entry {
        Some(entry) => earlier_rows(container, entry)?,
        None => Vec::new(),
    };
    let known = Known { earlier, typed, ..Known::default() };
    let found = suggest_for(container, &resolved.name, &resolved.table, known, cancellation)?;
    match &resolved.entry {
        Some(entry) => tried_on_history(container, entry, found, cancellation),
        None => Ok(found),
    }
}

/// The rows of the newest versions before one whose gate was open.
pub(crate) fn earlier_rows(
    container: &DataQualityContainer,
    entry: &CatalogEntry,
) -> Result<Vec<u64>> {
    let reports = container.reports.history(&entry.dataset_id)?;
    let is_good = |stored: &&StoredReport| {
        stored.dataset.version < entry.version && stored.report.gate.passed
    };
    let rows = reports.iter().filter(is_good).map(|stored| stored.report.table.rows);
    Ok(rows.take(MOST_VERSIONS).collect())
}

/// The same after the rules were tried on earlier versions.
fn tried_on_history(
    container: &DataQualityContainer,
    entry: &CatalogEntry,
    mut found: SuggestedContract,
    cancellation: &Cancellation,
) -> Result<SuggestedContract> {
    let reports = container.reports.history(&entry.dataset_id)?;
    let earlier: Vec<&DatasetVersionRef> = reports
        .iter()
        .map(|stored| &stored.dataset)
        .filter(|version| version.version < entry.version)
        .collect();
    if earlier.is_empty() {
        return Ok(found);
    }
    let text = ContractFile {
        path: "the suggested contract".to_owned(),
        text: std::mem::take(&mut found.contract),
    };
    let suggested = usable_text(container, text)?;
    let object = object_for(&suggested, None, "")?;
    let mut history = TriedVersions {
        of_version: entry.version,
        stored: earlier.len() as u32,
        ..TriedVersions::default()
    };
    let mut results = Vec::new();
    for version in earlier.into_iter().take(MOST_VERSIONS) {
        let number = version.version;
        match results_on(container, version, (&suggested, object), cancellation) {
            Ok(on_version) => {
                history.tried.push(number);
                results.push((number, on_version));
            }
            Err(error) if is_of_the_data(&error) => {
                history.unread.push(UnreadVersion { version: number, reason: error.to_string() });
            }
            Err(error) => return Err(error),
        }
    }
    for suggestion in &mut found.suggestions {
        suggestion.hold_against(&results);
    }
    let columns: Vec<&str> = entry.table.schema.names().collect();
    found.contract = contract_text(&found.table, &columns, &found.suggestions);
    found.history = Some(history);
    Ok(found)
}

/// What the rules of a contract come to on a stored version.
fn results_on(
    container: &DataQualityContainer,
    version: &DatasetVersionRef,
    contract: Chosen<'_>,
    cancellation: &Cancellation,
) -> Result<Vec<CheckResult>> {
    let entry = container.shared.catalog.version(&version.version_id)?;
    let table = &entry.table;
    let side = side_of(container, table, entry.typed);
    let gate = container.gate.clone();
    let version = Some(VersionOf::entry(&entry));
    let check = ContractCheck { container, table, side, version, cancellation, gate };
    let subject = TableToCheck { name: &entry.dataset_name, table, ingest: None };
    let (report, _) = check.run(subject, &[contract], BuiltInRole::None, Further::default())?;
    Ok(report.results)
}

/// Suggests a contract for a table that is called so; what tells its rows apart is found out here.
pub(crate) fn suggest_for(
    container: &DataQualityContainer,
    name: &str,
    table: &TableReference,
    mut known: Known,
    cancellation: &Cancellation,
) -> Result<SuggestedContract> {
    let mut plan = ScanPlan::default();
    let slots = add_columns(&mut plan, &table.schema);
    let (outcome, digest) = summarize_with_digest(&container.shared, table, plan, cancellation)?;
    for column in slots.key_candidates(&outcome)? {
        let columns = [column.clone()];
        // one that cannot be counted is not promised
        if let Ok(found) = duplicates_or_reason(container, table, &columns, cancellation)?
            && found.duplicate_rows == 0
            && found.evaluated_rows == table.rows
        {
            known.unique.insert(column);
        }
    }
    if known.unique.is_empty() {
        let found = duplicates_or_reason(container, table, &[], cancellation)?.ok();
        known.repeated = found.map(|found| found.duplicate_rows);
    }
    let suggestions = slots.suggest(&outcome, &known)?;
    let facts = TableFacts { digest, ..TableFacts::of(name, table) };
    let columns: Vec<&str> = table.schema.names().collect();
    let contract = contract_text(&facts, &columns, &suggestions);
    Ok(SuggestedContract { table: facts, suggestions, history: None, contract })
}
