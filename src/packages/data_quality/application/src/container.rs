use std::sync::Arc;

use data_quality_domain::contract::ContractFiles;
use data_quality_domain::examination::{FailingRowsWriter, QuarantineWriter};
use data_quality_domain::{
    CheckPolicy, Gate, GateRepository, IncidentRepository, QualityReportRepository,
    WebhookRepository,
};
use shared_kernel_application::SharedContainer;

/// What the use cases of data quality stand on; built once by the composition root.
#[derive(Clone)]
pub struct DataQualityContainer {
    /// The kernel's ports.
    pub shared: SharedContainer,
    /// The quality reports.
    pub reports: Arc<dyn QualityReportRepository>,
    /// The incidents.
    pub incidents: Arc<dyn IncidentRepository>,
    /// The gates of datasets.
    pub gates: Arc<dyn GateRepository>,
    /// Who is told of incidents.
    pub webhooks: Arc<dyn WebhookRepository>,
    /// Where contracts are read from.
    pub contracts: Arc<dyn ContractFiles>,
    /// Where rows that break a contract go.
    pub failing_rows: Arc<dyn FailingRowsWriter>,
    /// Where rows that break a contract are parted from those that do not.
    pub quarantine: Arc<dyn QuarantineWriter>,
    /// Thresholds of the built-in checks.
    pub policy: CheckPolicy,
    /// The gate of datasets that have none of their own.
    pub gate: Gate,
}

impl DataQualityContainer {
    /// A container with the default thresholds over one repository of everything.
    pub fn new<R>(
        shared: SharedContainer,
        repository: Arc<R>,
        contracts: Arc<dyn ContractFiles>,
        failing_rows: Arc<dyn FailingRowsWriter>,
        quarantine: Arc<dyn QuarantineWriter>,
    ) -> Self
    where
        R: QualityReportRepository
            + IncidentRepository
            + GateRepository
            + WebhookRepository
            + 'static,
    {
        Self {
            shared,
            reports: repository.clone(),
            incidents: repository.clone(),
            gates: repository.clone(),
            webhooks: repository,
            contracts,
            failing_rows,
            quarantine,
            policy: CheckPolicy::default(),
            gate: Gate::default(),
        }
    }
}
