use std::sync::Arc;

use data_profiling_domain::ProfileRecord;
use shared_kernel_domain::Result;
use shared_kernel_domain::audit::AuditEntry;
use shared_kernel_domain::bus::{Delivery, EventHandler, PoisonPolicy, StartAt, Subscription};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{
    Context, DatasetVersionRef, EventPayload, NewEvent, ProfileGenerated, QualityAnalyzed,
};
use shared_kernel_domain::identity::ProfileId;
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::DataProfilingContainer;
use crate::profile_version::profile_version;

/// The consumer group that profiles analysed versions.
pub const GROUP: &str = "data_profiling.profile";

/// What data profiling listens to.
pub fn subscriptions(container: &DataProfilingContainer) -> Vec<Subscription> {
    vec![Subscription {
        group: GROUP,
        consumer: Context::DataProfiling,
        source: Context::DataQuality,
        types: &[QualityAnalyzed::TYPE],
        // The profile of a version needs no profile of an earlier one.
        policy: PoisonPolicy::SkipEvent,
        start: StartAt::default(),
        shadow: false,
        handler: Arc::new(ProfileVersion { container: container.clone() }),
    }]
}

/// Profiles a version once its quality was analysed, keeps the profile and passes the gate's
/// decision on, in one commit. A version that has a profile keeps it; then only the event is
/// published again.
pub struct ProfileVersion {
    container: DataProfilingContainer,
}

impl EventHandler for ProfileVersion {
    fn handle(&self, delivery: &Delivery, cancellation: &Cancellation) -> Result<()> {
        let analyzed: QualityAnalyzed = delivery.envelope.payload()?;
        let mut unit = UnitOfWork::completing(delivery.receipt());
        let known = self.container.profiles.by_version(&analyzed.dataset.version_id)?;
        let record = if let Some(record) = known {
            record
        } else {
            let record = self.profile(analyzed.dataset, delivery.envelope.time, cancellation)?;
            unit = unit.audit(audit_entry(&record));
            record
        };
        let generated = ProfileGenerated {
            dataset: record.dataset.clone(),
            profile_id: record.id,
            rows: record.profile.rows,
            columns: record.profile.columns.len() as u32,
            gate: analyzed.gate,
        };
        let event = NewEvent::caused_by(&generated, &delivery.envelope)?;
        self.container.profiles.save(&record, unit.publish(event))
    }
}

impl ProfileVersion {
    fn profile(
        &self,
        dataset: DatasetVersionRef,
        as_of: Timestamp,
        cancellation: &Cancellation,
    ) -> Result<ProfileRecord> {
        let shared = &self.container.shared;
        let entry = shared.catalog.version(&dataset.version_id)?;
        let (profile, state) =
            profile_version(&self.container, &dataset, &entry.table, as_of, cancellation)?;
        let state = state.map(|state| shared.artifacts.put(&state)).transpose()?;
        Ok(ProfileRecord {
            id: ProfileId::generate(shared.ids.as_ref()),
            dataset,
            created_at: shared.clock.now(),
            profile,
            state,
        })
    }
}

fn audit_entry(record: &ProfileRecord) -> AuditEntry {
    let detail = serde_json::json!({
        "dataset_version_id": record.dataset.version_id,
        "rows": record.profile.rows,
        "columns": record.profile.columns.len(),
        "findings": record.profile.findings.len(),
    });
    AuditEntry::new(GROUP, "profile.created", record.id, detail)
}
