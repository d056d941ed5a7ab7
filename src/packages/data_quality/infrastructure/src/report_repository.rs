use std::sync::Arc;

use data_quality_domain::monitor::VersionMetrics;
use data_quality_domain::{Incident, QualityReportRepository, StoredReport, VersionBefore};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::{Row, Store, Value};

use crate::incident_repository::IncidentRow;

/// Quality reports and incidents in the store of data quality, one JSON document each.
pub struct SqlQualityReportRepository {
    pub(crate) store: Arc<Store>,
}

impl SqlQualityReportRepository {
    /// A repository over the context's store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl QualityReportRepository for SqlQualityReportRepository {
    fn save(
        &self,
        report: &StoredReport,
        incident: Option<&Incident>,
        unit: UnitOfWork,
    ) -> Result<()> {
        let incident = incident.map(IncidentRow::of).transpose()?;
        let document = serde_json::to_string(report).map_err(does_not_serialise)?;
        let metrics = report.metrics.as_ref().map(serde_json::to_string);
        let metrics = metrics.transpose().map_err(does_not_serialise)?;
        let params: Vec<Value> = vec![
            report.dataset.version_id.to_string().into(),
            report.id.to_string().into(),
            report.dataset.dataset_id.to_string().into(),
            report.dataset.version.into(),
            report.created_at.to_string().into(),
            document.into(),
            metrics.into(),
            gate_open(report),
        ];
        self.store.commit(unit, move |transaction| {
            transaction.execute(
                "INSERT INTO quality_report
                     (version_id, report_id, dataset_id, version, created_at, document, metrics,
                      gate_open)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                 ON CONFLICT (version_id) DO NOTHING",
                &params,
            )?;
            incident.as_ref().map_or(Ok(()), |incident| incident.write(transaction))
        })
    }

    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<StoredReport>> {
        let version = version.to_string();
        self.store.read(|transaction| {
            transaction
                .query_one(
                    "SELECT document, metrics FROM quality_report WHERE version_id = $1",
                    &[version.into()],
                )?
                .as_ref()
                .map(stored)
                .transpose()
        })
    }

    fn metrics_before(
        &self,
        dataset: &DatasetId,
        version: u32,
        most: usize,
    ) -> Result<Vec<VersionMetrics>> {
        let params: [Value; 3] = [dataset.to_string().into(), version.into(), (most as u64).into()];
        self.store.read(|transaction| {
            let rows = transaction.query(
                "SELECT metrics FROM quality_report
                 WHERE dataset_id = $1 AND version < $2 AND metrics IS NOT NULL
                 ORDER BY version DESC LIMIT $3",
                &params,
            )?;
            rows.iter().rev().map(|row| row.json(0)).collect()
        })
    }

    fn open_before(&self, dataset: &DatasetId, version: u32) -> Result<VersionBefore> {
        let params: [Value; 2] = [dataset.to_string().into(), version.into()];
        self.store.read(|transaction| {
            let row = transaction.query_one(
                "SELECT version_id, gate_open FROM quality_report
                 WHERE dataset_id = $1 AND version < $2
                 ORDER BY gate_open DESC, version DESC LIMIT 1",
                &params,
            )?;
            let Some(row) = row else { return Ok(VersionBefore::None) };
            if row.integer(1)? == 0 {
                return Ok(VersionBefore::AllClosed);
            }
            Ok(VersionBefore::Open(row.id(0)?))
        })
    }

    fn history(&self, dataset: &DatasetId) -> Result<Vec<StoredReport>> {
        let dataset = dataset.to_string();
        self.store.read(|transaction| {
            transaction
                .query(
                    "SELECT document, metrics FROM quality_report WHERE dataset_id = $1
                     ORDER BY version DESC",
                    &[dataset.into()],
                )?
                .iter()
                .map(stored)
                .collect()
        })
    }
}

/// Whether the gate lets a version pass.
pub(crate) fn gate_open(report: &StoredReport) -> Value {
    u32::from(report.report.gate.passed).into()
}

fn stored(row: &Row) -> Result<StoredReport> {
    let metrics = row.opt_text(1)?.map(|_| row.json(1)).transpose()?;
    Ok(StoredReport { metrics, ..row.json(0)? })
}

pub(crate) fn does_not_serialise(cause: serde_json::Error) -> Error {
    Error::internal("a quality report or incident does not serialise").caused_by(cause)
}
