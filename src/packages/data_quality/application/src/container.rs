use std::sync::Arc;

use data_quality_domain::contract::ContractFiles;
use data_quality_domain::examination::{FailingRowsWriter, QuarantineWriter};
use data_quality_domain::{
    CheckPolicy, Gate, GateRepository, IncidentRepository, QualityReportRepository,
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
    /// A container with the default thresholds.
    pub fn new(
        shared: SharedContainer,
        reports: Arc<dyn QualityReportRepository>,
        incidents: Arc<dyn IncidentRepository>,
        gates: Arc<dyn GateRepository>,
        contracts: Arc<dyn ContractFiles>,
        failing_rows: Arc<dyn FailingRowsWriter>,
        quarantine: Arc<dyn QuarantineWriter>,
    ) -> Self {
        let (policy, gate) = (CheckPolicy::default(), Gate::default());
        Self {
            shared,
            reports,
            incidents,
            gates,
            contracts,
            failing_rows,
            quarantine,
            policy,
            gate,
        }
    }
}
