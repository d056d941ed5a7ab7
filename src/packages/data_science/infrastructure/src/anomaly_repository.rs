use std::sync::Arc;

use data_science_domain::anomaly::{AnomalyReport, AnomalyRepository};
use shared_kernel_domain::Result;
use shared_kernel_domain::identity::DatasetVersionId;
use shared_kernel_infrastructure::store::{Store, Transaction, Value};

use crate::document::{all, document, first};

/// What pipelines found, in the store of data science: a report, and a row per anomaly.
pub struct SqlAnomalyRepository {
    store: Arc<Store>,
}

impl SqlAnomalyRepository {
    /// A repository over the context's store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl AnomalyRepository for SqlAnomalyRepository {
    fn of_version(&self, version: &DatasetVersionId) -> Result<Option<AnomalyReport>> {
        let version = version.to_string();
        self.store.read(|transaction| {
            let reports = transaction.query(
                "SELECT document FROM anomaly_report WHERE version_id = $1",
                &[(&version).into()],
            )?;
            let Some(mut report) = first::<AnomalyReport>(&reports)? else { return Ok(None) };
            report.anomalies = all(&transaction.query(
                "SELECT document FROM anomaly WHERE version_id = $1 ORDER BY place",
                &[(&version).into()],
            )?)?;
            Ok(Some(report))
        })
    }
}

/// A report, ready to be stored.
pub(crate) struct NewReport {
    version_id: String,
    report: Vec<Value>,
    anomalies: Vec<Vec<Value>>,
}

impl NewReport {
    /// The rows a report is stored as.
    pub(crate) fn of(report: &AnomalyReport) -> Result<Self> {
        let version_id = report.version_id.to_string();
        let without_anomalies = AnomalyReport { anomalies: Vec::new(), ..report.clone() };
        let mut anomalies = Vec::with_capacity(report.anomalies.len());
        for (place, anomaly) in report.anomalies.iter().enumerate() {
            anomalies.push(vec![
                (&version_id).into(),
                place.into(),
                anomaly.row.into(),
                anomaly.score.into(),
                document(anomaly)?.into(),
            ]);
        }
        let report = vec![
            (&version_id).into(),
            report.pipeline_id.to_string().into(),
            document(&without_anomalies)?.into(),
        ];
        Ok(Self { version_id, report, anomalies })
    }

    /// Stores the report in place of an earlier one on the same version.
    pub(crate) fn replace(&self, transaction: &mut dyn Transaction) -> Result<()> {
        for statement in [
            "DELETE FROM anomaly WHERE version_id = $1",
            "DELETE FROM anomaly_report WHERE version_id = $1",
        ] {
            transaction.execute(statement, &[(&self.version_id).into()])?;
        }
        transaction.execute(
            "INSERT INTO anomaly_report (version_id, pipeline_id, document) VALUES ($1, $2, $3)",
            &self.report,
        )?;
        for anomaly in &self.anomalies {
            transaction.execute(
                "INSERT INTO anomaly (version_id, place, row_number, score, document)
                 VALUES ($1, $2, $3, $4, $5)",
                anomaly,
            )?;
        }
        Ok(())
    }
}
