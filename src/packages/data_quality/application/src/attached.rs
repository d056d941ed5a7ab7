//! Contracts that stay with a dataset: kept by content, so that every later version, in whatever
//! process, is held against the same text.

use data_quality_domain::contract::ContractFile;
use data_quality_domain::{CheckResult, QualityReport, Severity, Verdict};
use shared_kernel_domain::event::{ContractDecision, ContractReference, IssueCounts};
use shared_kernel_domain::{Error, Result};

use crate::DataQualityContainer;
use crate::contract::{UsableContract, object_for, usable_text};

/// Keeps a contract in the artifact store, for a dataset to be held against. `table` names the
/// dataset's table in it; without it, it is the only one, the one called as `data` are, or the only
/// one with rules.
///
/// # Errors
/// A usage error when the contract cannot be used or does not say which table is meant.
pub fn keep_contract(
    container: &DataQualityContainer,
    path: &str,
    table: Option<&str>,
    data: &str,
) -> Result<ContractReference> {
    let file = container.contracts.read(path)?;
    let text = file.text.clone();
    let contract = usable_text(container, file)?;
    let object = object_for(&contract, table, data)?.name.clone();
    let artifact = container.shared.artifacts.put(text.as_bytes())?;
    Ok(ContractReference { artifact, file: contract.path, object })
}

/// A kept contract, as it was when it was kept.
///
/// # Errors
/// When the store does not have it, or this version of the program cannot read it any more: then
/// nothing is judged without it.
pub(crate) fn kept(
    container: &DataQualityContainer,
    reference: &ContractReference,
) -> Result<UsableContract> {
    let bytes = container.shared.artifacts.get(&reference.artifact)?;
    let text = String::from_utf8(bytes)
        .map_err(|cause| Error::internal("a kept contract is not text").caused_by(cause))?;
    usable_text(container, ContractFile { path: reference.file.clone(), text })
}

/// What a contract's rules said of a version, from its report.
pub(crate) fn decision(report: &QualityReport, reference: &ContractReference) -> ContractDecision {
    let mut rules = IssueCounts::default();
    for result in report.results.iter().filter(|result| result.contract.is_some()) {
        *count_of(result, &mut rules) += 1;
    }
    let facts = report.contracts.first();
    ContractDecision {
        contract: reference.clone(),
        id: facts.map_or_else(String::new, |facts| facts.id.clone()),
        version: facts.and_then(|facts| facts.version.clone()),
        kept: rules.errors == 0 && rules.not_evaluated == 0,
        rules,
    }
}

/// What fails as information is told nowhere else, and counts as passed.
fn count_of<'a>(result: &CheckResult, counts: &'a mut IssueCounts) -> &'a mut u32 {
    match (&result.verdict, result.severity) {
        (Verdict::NotEvaluated { .. }, _) => &mut counts.not_evaluated,
        (Verdict::Failed, Severity::Error) => &mut counts.errors,
        (Verdict::Failed, Severity::Warning) => &mut counts.warnings,
        (Verdict::Passed, _) | (Verdict::Failed, Severity::Info) => &mut counts.passed,
    }
}
