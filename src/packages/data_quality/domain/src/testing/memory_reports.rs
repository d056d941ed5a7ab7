use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Mutex;

use shared_kernel_domain::Result;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, IncidentId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::incident::{Handling, Incident, IncidentRepository};
use crate::monitor::VersionMetrics;
use crate::{
    GatePolicy, GateRepository, QualityReportRepository, StoredReport, VersionBefore, Webhook,
    WebhookRepository,
};

/// Reports kept in memory, with the units of work they were committed with.
#[derive(Debug, Default)]
pub struct MemoryReports {
    saved: Mutex<Vec<StoredReport>>,
    incidents: Mutex<Vec<Incident>>,
    units: Mutex<Vec<UnitOfWork>>,
    policies: Mutex<BTreeMap<String, GatePolicy>>,
    webhooks: Mutex<BTreeMap<String, Webhook>>,
}

impl MemoryReports {
    /// The number of reports.
    pub fn count(&self) -> usize {
        self.saved.lock().expect("a lock").len()
    }

    /// Takes the units of work committed so far.
    pub fn take_units(&self) -> Vec<UnitOfWork> {
        std::mem::take(&mut self.units.lock().expect("a lock"))
    }
}

impl QualityReportRepository for MemoryReports {
    fn save(
        &self,
        report: &StoredReport,
        incident: Option<&Incident>,
        unit: UnitOfWork,
    ) -> Result<()> {
        if let Some(incident) = incident {
            let mut incidents = self.incidents.lock().expect("a lock");
            match incidents.iter_mut().find(|known| known.id == incident.id) {
                Some(known) => {
                    let (acknowledgement, snoozed_until) =
                        (known.acknowledgement.take(), known.snoozed_until);
                    *known = Incident { acknowledgement, snoozed_until, ..incident.clone() };
                }
                None => incidents.push(incident.clone()),
            }
        }
        let mut saved = self.saved.lock().expect("a lock");
        if saved.iter().all(|known| known.dataset.version_id != report.dataset.version_id) {
            saved.push(report.clone());
        }
        self.units.lock().expect("a lock").push(unit);
        Ok(())
    }

    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<StoredReport>> {
        let saved = self.saved.lock().expect("a lock");
        Ok(saved.iter().find(|report| report.dataset.version_id == *version).cloned())
    }

    fn metrics_before(
        &self,
        dataset: &DatasetId,
        version: u32,
        most: usize,
    ) -> Result<Vec<VersionMetrics>> {
        let newest_first = self.history(dataset)?.into_iter().filter_map(|report| report.metrics);
        let before = newest_first.filter(|metrics| metrics.version < version).take(most);
        let mut metrics: Vec<VersionMetrics> = before.collect();
        metrics.reverse();
        Ok(metrics)
    }

    fn open_before(&self, dataset: &DatasetId, version: u32) -> Result<VersionBefore> {
        let reports = self.history(dataset)?;
        let mut earlier =
            reports.iter().filter(|report| report.dataset.version < version).peekable();
        if earlier.peek().is_none() {
            return Ok(VersionBefore::None);
        }
        let open = earlier.find(|report| report.report.gate.passed);
        Ok(open.map_or(VersionBefore::AllClosed, |report| {
            VersionBefore::Open(report.dataset.version_id)
        }))
    }

    fn history(&self, dataset: &DatasetId) -> Result<Vec<StoredReport>> {
        let saved = self.saved.lock().expect("a lock");
        let own = saved.iter().filter(|report| report.dataset.dataset_id == *dataset);
        let mut reports: Vec<StoredReport> = own.cloned().collect();
        reports.sort_by_key(|report| Reverse(report.dataset.version));
        Ok(reports)
    }
}

impl IncidentRepository for MemoryReports {
    fn open_of(&self, dataset: &DatasetId) -> Result<Option<Incident>> {
        let incidents = self.incidents.lock().expect("a lock");
        let open = |incident: &&Incident| incident.dataset_id == *dataset && incident.is_open();
        Ok(incidents.iter().find(open).cloned())
    }

    fn incident(&self, id: &IncidentId) -> Result<Option<Incident>> {
        let incidents = self.incidents.lock().expect("a lock");
        Ok(incidents.iter().find(|incident| incident.id == *id).cloned())
    }

    fn incidents(&self, all: bool, most: usize) -> Result<Vec<Incident>> {
        let incidents = self.incidents.lock().expect("a lock");
        let wanted = incidents.iter().filter(|incident| all || incident.is_open());
        let mut found: Vec<Incident> = wanted.cloned().collect();
        found.sort_by_key(|incident| Reverse(incident.id));
        found.truncate(most);
        Ok(found)
    }

    fn handle(&self, id: &IncidentId, handling: &Handling, unit: UnitOfWork) -> Result<()> {
        let mut incidents = self.incidents.lock().expect("a lock");
        if let Some(incident) = incidents.iter_mut().find(|incident| incident.id == *id) {
            match handling.clone() {
                Handling::Acknowledge(said) => incident.acknowledgement = Some(said),
                Handling::Snooze(until) => incident.snoozed_until = Some(until),
            }
        }
        self.units.lock().expect("a lock").push(unit);
        Ok(())
    }
}

impl GateRepository for MemoryReports {
    fn policy_of(&self, dataset: &DatasetId) -> Result<Option<GatePolicy>> {
        Ok(self.policies.lock().expect("a lock").get(&dataset.to_string()).cloned())
    }

    fn set_policy(
        &self,
        dataset: &DatasetId,
        policy: Option<&GatePolicy>,
        unit: UnitOfWork,
    ) -> Result<()> {
        let mut policies = self.policies.lock().expect("a lock");
        match policy {
            Some(policy) => policies.insert(dataset.to_string(), policy.clone()),
            None => policies.remove(&dataset.to_string()),
        };
        self.units.lock().expect("a lock").push(unit);
        Ok(())
    }

    fn decide_again(&self, report: &StoredReport, unit: UnitOfWork) -> Result<()> {
        let mut saved = self.saved.lock().expect("a lock");
        let version = report.dataset.version_id;
        if let Some(known) = saved.iter_mut().find(|known| known.dataset.version_id == version) {
            known.report.gate = report.report.gate.clone();
        }
        self.units.lock().expect("a lock").push(unit);
        Ok(())
    }
}

impl WebhookRepository for MemoryReports {
    fn webhooks(&self) -> Result<Vec<Webhook>> {
        Ok(self.webhooks.lock().expect("a lock").values().cloned().collect())
    }

    fn webhook(&self, name: &str) -> Result<Option<Webhook>> {
        Ok(self.webhooks.lock().expect("a lock").get(name).cloned())
    }

    fn keep(&self, webhook: &Webhook, unit: UnitOfWork) -> Result<()> {
        self.webhooks.lock().expect("a lock").insert(webhook.name.clone(), webhook.clone());
        self.hand_out(unit)
    }

    fn forget(&self, name: &str, unit: UnitOfWork) -> Result<()> {
        self.webhooks.lock().expect("a lock").remove(name);
        self.hand_out(unit)
    }

    fn hand_out(&self, unit: UnitOfWork) -> Result<()> {
        self.units.lock().expect("a lock").push(unit);
        Ok(())
    }
}
