use std::sync::Arc;

use data_quality_domain::{QualityReportRepository, StoredReport};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::{Store, Value};

/// Quality reports in the store of data quality, one JSON document each.
pub struct SqlQualityReportRepository {
    store: Arc<Store>,
}

impl SqlQualityReportRepository {
    /// A repository over the context's store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl QualityReportRepository for SqlQualityReportRepository {
    fn save(&self, report: &StoredReport, unit: UnitOfWork) -> Result<()> {
        let document = serde_json::to_string(report).map_err(|cause| {
            Error::internal("a quality report does not serialise").caused_by(cause)
        })?;
        let params: Vec<Value> = vec![
            report.dataset.version_id.to_string().into(),
            report.id.to_string().into(),
            report.dataset.dataset_id.to_string().into(),
            report.dataset.version.into(),
            report.created_at.to_string().into(),
            document.into(),
        ];
        self.store.commit(unit, move |transaction| {
            transaction.execute(
                "INSERT INTO quality_report
                     (version_id, report_id, dataset_id, version, created_at, document)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (version_id) DO NOTHING",
                &params,
            )?;
            Ok(())
        })
    }

    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<StoredReport>> {
        let version = version.to_string();
        self.store.read(|transaction| {
            transaction
                .query_one(
                    "SELECT document FROM quality_report WHERE version_id = $1",
                    &[version.into()],
                )?
                .map(|row| row.json(0))
                .transpose()
        })
    }

    fn history(&self, dataset: &DatasetId) -> Result<Vec<StoredReport>> {
        let dataset = dataset.to_string();
        self.store.read(|transaction| {
            transaction
                .query(
                    "SELECT document FROM quality_report WHERE dataset_id = $1
                     ORDER BY version DESC",
                    &[dataset.into()],
                )?
                .iter()
                .map(|row| row.json(0))
                .collect()
        })
    }
}
