use std::sync::Arc;

use data_quality_domain::{CheckPolicy, Gate, QualityReportRepository};
use shared_kernel_application::SharedContainer;

/// What the use cases of data quality stand on; built once by the composition root.
#[derive(Clone)]
pub struct DataQualityContainer {
    /// The kernel's ports.
    pub shared: SharedContainer,
    /// The quality reports.
    pub reports: Arc<dyn QualityReportRepository>,
    /// Thresholds of the built-in checks.
    pub policy: CheckPolicy,
    /// The gate.
    pub gate: Gate,
}

impl DataQualityContainer {
    /// A container with the default thresholds.
    pub fn new(shared: SharedContainer, reports: Arc<dyn QualityReportRepository>) -> Self {
        Self { shared, reports, policy: CheckPolicy::default(), gate: Gate::default() }
    }
}
