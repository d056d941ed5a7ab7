use std::sync::Arc;

use data_quality_domain::{Incident, IngestFacts, StoredReport};
use shared_kernel_domain::Result;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::{Delivery, EventHandler, PoisonPolicy, StartAt, Subscription};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{
    Context, ContractReference, DatasetUploaded, EventPayload, NewEvent, QualityAnalyzed,
};
use shared_kernel_domain::identity::{IncidentId, QualityReportId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::attached::{decision, kept};
use crate::contract_check::check_version;
use crate::gates::gate_of;
use crate::other_tables::VersionOf;
use crate::watched::Watched;
use crate::{DataQualityContainer, TableToCheck, webhooks};

/// The consumer group that analyses uploaded datasets.
pub const GROUP: &str = "data_quality.analyze";

/// What data quality listens to.
pub fn subscriptions(container: &DataQualityContainer) -> Vec<Subscription> {
    let analyze = Subscription {
        group: GROUP,
        consumer: Context::DataQuality,
        source: Context::DataScience,
        types: &[DatasetUploaded::TYPE],
        // The report of a version needs no report of an earlier one.
        policy: PoisonPolicy::SkipEvent,
        start: StartAt::default(),
        shadow: false,
        handler: Arc::new(AnalyzeDataset { container: container.clone() }),
    };
    vec![analyze, webhooks::subscription(container)]
}

/// Checks an uploaded version, keeps the report and tells what the gate decided, in one commit.
/// A version that has a report keeps it; then only the event is published again.
pub struct AnalyzeDataset {
    container: DataQualityContainer,
}

impl EventHandler for AnalyzeDataset {
    fn handle(&self, delivery: &Delivery, cancellation: &Cancellation) -> Result<()> {
        let uploaded: DatasetUploaded = delivery.envelope.payload()?;
        let mut unit = UnitOfWork::completing(delivery.receipt());
        let known = self.container.reports.of_version(&uploaded.dataset.version_id)?;
        let contract = uploaded.contract.clone();
        let (stored, incident) = if let Some(stored) = known {
            (stored, None)
        } else {
            let stored = self.analyze(uploaded, delivery.envelope.time, cancellation)?;
            unit = unit.audit(audit_entry(&stored, contract.as_ref()));
            let open = self.container.incidents.open_of(&stored.dataset.dataset_id)?;
            let was_open = open.is_some();
            let id = IncidentId::generate(self.container.shared.ids.as_ref());
            let incident = Incident::after(open, &stored, id);
            if let Some(incident) = &incident {
                let changed = incident.changed_by(&stored.dataset, was_open);
                unit = unit.publish(NewEvent::caused_by(&changed, &delivery.envelope)?);
            }
            (stored, incident)
        };
        let analyzed = analyzed(&stored, contract.as_ref());
        let event = NewEvent::caused_by(&analyzed, &delivery.envelope)?;
        self.container.reports.save(&stored, incident.as_ref(), unit.publish(event))
    }
}

impl AnalyzeDataset {
    fn analyze(
        &self,
        uploaded: DatasetUploaded,
        arrived_at: Timestamp,
        cancellation: &Cancellation,
    ) -> Result<StoredReport> {
        let shared = &self.container.shared;
        let entry = shared.catalog.version(&uploaded.dataset.version_id)?;
        let subject = TableToCheck {
            name: &uploaded.dataset.dataset_name,
            table: &entry.table,
            ingest: Some(IngestFacts::new(
                uploaded.bad_rows,
                uploaded.blank_rows,
                &uploaded.bad_row_examples,
            )),
        };
        let container = &self.container;
        let reference = uploaded.contract.as_ref();
        let contract = reference.map(|reference| kept(container, reference)).transpose()?;
        let contract = contract.as_ref().zip(reference.map(|it| it.object.as_str()));
        let version = &uploaded.dataset;
        let watched =
            Watched::arriving(container, &version.dataset_id, version.version, arrived_at)?;
        let gate = gate_of(container, &version.dataset_id)?;
        let number = VersionOf { dataset: version.dataset_id, version: version.version };
        let of = (number, uploaded.typed);
        let (report, metrics) =
            check_version(container, subject, contract, of, (watched, gate), cancellation)?;
        Ok(StoredReport {
            id: QualityReportId::generate(shared.ids.as_ref()),
            dataset: uploaded.dataset,
            created_at: shared.clock.now(),
            report,
            metrics,
        })
    }
}

/// What other contexts hear of a report.
pub(crate) fn analyzed(
    stored: &StoredReport,
    contract: Option<&ContractReference>,
) -> QualityAnalyzed {
    let report = &stored.report;
    let dimensions = report
        .score
        .dimensions
        .iter()
        .map(|score| (score.dimension.name().to_owned(), score.score.value));
    QualityAnalyzed {
        dataset: stored.dataset.clone(),
        report_id: stored.id,
        score: report.score.overall.map(|score| score.value),
        dimensions: dimensions.collect(),
        checks: report.checks.issues(),
        gate: report.gate.clone(),
        contract: contract.map(|contract| decision(report, contract)),
    }
}

fn audit_entry(stored: &StoredReport, contract: Option<&ContractReference>) -> AuditEntry {
    let detail = serde_json::json!({
        "dataset_version_id": stored.dataset.version_id,
        "score": stored.report.score.overall.map(|score| score.value),
        "gate_passed": stored.report.gate.passed,
        "contract": contract,
    });
    AuditEntry::new(GROUP, "quality.report.created", stored.id, detail)
}
