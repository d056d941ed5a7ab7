//! The gates of datasets: their policies, and decisions that people take in their place.

use std::collections::BTreeMap;

use data_quality_domain::{Dimension, Gate, GatePolicy, Severity, StoredReport};
use serde_json::json;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::upload_of_version;
use shared_kernel_domain::catalog::CatalogEntry;
use shared_kernel_domain::event::{GateDecision, GateOverride, NewEvent};
use shared_kernel_domain::identity::{CorrelationId, DatasetId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};

use crate::DataQualityContainer;
use crate::analyze::analyzed;
use crate::incidents::USER;

/// The gate of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetGate {
    /// The dataset's name.
    pub dataset: String,
    /// Its policy.
    pub policy: GatePolicy,
    /// Whether that is its own, and not the one of all datasets.
    pub own: bool,
    /// The newest version that was judged, and what was decided.
    pub newest: Option<(u32, GateDecision)>,
}

/// What is to change of a policy; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GateChange {
    /// The lowest overall score.
    pub least_score: Option<f64>,
    /// The lowest scores of dimensions.
    pub least_of_dimension: BTreeMap<Dimension, f64>,
    /// The level at which a failed check closes it; `Some(None)`: none does.
    pub fail_on: Option<Option<Severity>>,
    /// Checks and rules to require.
    pub require: Vec<String>,
    /// Checks and rules to tolerate.
    pub tolerate: Vec<String>,
    /// Checks, rules and dimensions to treat as all others again.
    pub forget: Vec<String>,
    /// Whether what could not be evaluated closes it.
    pub gaps_close: Option<bool>,
}

/// The gate that a version of a dataset is judged by.
pub(crate) fn gate_of(container: &DataQualityContainer, dataset: &DatasetId) -> Result<Gate> {
    let own = container.gates.policy_of(dataset)?;
    Ok(own.map_or_else(|| container.gate.clone(), |policy| Gate { policy }))
}

/// The gate of a dataset by name.
///
/// # Errors
/// A usage error when there is no such dataset.
pub fn dataset_gate(container: &DataQualityContainer, name: &str) -> Result<DatasetGate> {
    let entry = entry_of(container, name)?;
    let own = container.gates.policy_of(&entry.dataset_id)?;
    let newest = container.reports.history(&entry.dataset_id)?.into_iter().next();
    Ok(DatasetGate {
        dataset: entry.dataset_name,
        own: own.is_some(),
        policy: own.unwrap_or_else(|| container.gate.policy.clone()),
        newest: newest.map(|stored| (stored.dataset.version, stored.report.gate)),
    })
}

/// Changes the policy of a dataset; it counts from the next version on.
///
/// # Errors
/// A usage error when there is no such dataset, or a score is not from 0 to 1.
pub fn change_gate(
    container: &DataQualityContainer,
    name: &str,
    change: &GateChange,
) -> Result<DatasetGate> {
    let entry = entry_of(container, name)?;
    let before = gate_of(container, &entry.dataset_id)?.policy;
    let policy = changed(before.clone(), change)?;
    let detail = json!({ "before": before, "after": policy });
    let unit = UnitOfWork::of_command().audit(audit("gate.policy.changed", &entry, detail));
    container.gates.set_policy(&entry.dataset_id, Some(&policy), unit)?;
    dataset_gate(container, name)
}

/// Gives a dataset the policy of all datasets again.
///
/// # Errors
/// A usage error when there is no such dataset.
pub fn reset_gate(container: &DataQualityContainer, name: &str) -> Result<DatasetGate> {
    let entry = entry_of(container, name)?;
    let before = container.gates.policy_of(&entry.dataset_id)?;
    let detail = json!({ "before": before, "after": null });
    let unit = UnitOfWork::of_command().audit(audit("gate.policy.reset", &entry, detail));
    container.gates.set_policy(&entry.dataset_id, None, unit)?;
    dataset_gate(container, name)
}

fn changed(mut policy: GatePolicy, change: &GateChange) -> Result<GatePolicy> {
    let scores = change.least_score.iter().chain(change.least_of_dimension.values());
    if let Some(wrong) = scores.copied().find(|score| !(0.0..=1.0).contains(score)) {
        return Err(Error::usage(format!("a score is from 0 to 1, and not {wrong}"))
            .hint("write 0.9 for ninety percent"));
    }
    for name in &change.forget {
        policy.required.remove(name);
        policy.tolerated.remove(name);
        policy.least_of_dimension.retain(|dimension, _| dimension.name() != name);
    }
    policy.least_score = change.least_score.unwrap_or(policy.least_score);
    policy.least_of_dimension.extend(&change.least_of_dimension);
    policy.fail_on = change.fail_on.unwrap_or(policy.fail_on);
    policy.gaps_close = change.gaps_close.unwrap_or(policy.gaps_close);
    for name in &change.require {
        policy.tolerated.remove(name);
        policy.required.insert(name.clone());
    }
    for name in &change.tolerate {
        policy.required.remove(name);
        policy.tolerated.insert(name.clone());
    }
    Ok(policy)
}

/// Opens the gate for the newest version of a dataset, which was closed: a model may learn from it
/// all the same. The decision is published again, so that the steps behind it go on.
///
/// # Errors
/// A usage error when there is no such dataset, its newest version was not judged yet or has an open
/// gate, or there is no reason.
pub fn override_gate(
    container: &DataQualityContainer,
    name: &str,
    reason: &str,
) -> Result<(StoredReport, Option<CorrelationId>)> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::usage("an override needs a reason")
            .hint("write --reason 'why a model may learn from it all the same'"));
    }
    let entry = entry_of(container, name)?;
    let version = entry.version;
    let mut stored = container.reports.of_version(&entry.version_id)?.ok_or_else(|| {
        Error::usage(format!("version {version} of {name} has not been judged yet"))
            .hint("run `pynomaly run DATA`, or `pynomaly serve`, first")
    })?;
    if stored.report.gate.passed {
        return Err(Error::usage(format!("the gate is open for version {version} of {name}"))
            .hint("`pynomaly gate show` tells what was decided"));
    }
    let closed_for = std::mem::take(&mut stored.report.gate.reasons);
    let taken = GateOverride {
        reason: reason.to_owned(),
        by: USER.to_owned(),
        at: container.shared.clock.now(),
        closed_for,
    };
    let detail = json!({
        "dataset_version_id": entry.version_id,
        "reason": reason,
        "closed_for": taken.closed_for,
    });
    stored.report.gate =
        GateDecision { passed: true, reasons: Vec::new(), overridden: Some(taken) };
    let event = analyzed(&stored, entry.contract.as_ref());
    let events = container.shared.events.as_ref();
    let upload = upload_of_version(events, &entry.dataset_id, &entry.version_id)?;
    let event = match &upload {
        Some(upload) => NewEvent::caused_by(&event, upload)?,
        None => NewEvent::beginning(&event)?,
    };
    let unit = UnitOfWork::of_command().publish(event).audit(audit(
        "gate.decision.overridden",
        &entry,
        detail,
    ));
    container.gates.decide_again(&stored, unit)?;
    Ok((stored, upload.map(|upload| upload.correlation_id)))
}

pub(crate) fn entry_of(container: &DataQualityContainer, name: &str) -> Result<CatalogEntry> {
    container.shared.catalog.newest(name)?.ok_or_else(|| {
        Error::usage(format!("there is no dataset called {name:?}"))
            .hint("`pynomaly dataset list` shows all datasets")
    })
}

fn audit(action: &str, entry: &CatalogEntry, detail: serde_json::Value) -> AuditEntry {
    AuditEntry::new(USER, action, entry.dataset_id, detail)
}
