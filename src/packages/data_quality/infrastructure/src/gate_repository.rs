use data_quality_domain::{GatePolicy, GateRepository, StoredReport};
use shared_kernel_domain::Result;
use shared_kernel_domain::identity::DatasetId;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::store::Value;

use crate::SqlQualityReportRepository;
use crate::report_repository::{does_not_serialise, gate_open};

impl GateRepository for SqlQualityReportRepository {
    fn policy_of(&self, dataset: &DatasetId) -> Result<Option<GatePolicy>> {
        let dataset = dataset.to_string();
        self.store.read(|transaction| {
            transaction
                .query_one(
                    "SELECT document FROM gate_policy WHERE dataset_id = $1",
                    &[dataset.into()],
                )?
                .map(|row| row.json(0))
                .transpose()
        })
    }

    fn set_policy(
        &self,
        dataset: &DatasetId,
        policy: Option<&GatePolicy>,
        unit: UnitOfWork,
    ) -> Result<()> {
        let dataset: Value = dataset.to_string().into();
        let document = policy.map(serde_json::to_string).transpose().map_err(does_not_serialise)?;
        self.store.commit(unit, move |transaction| {
            match &document {
                Some(document) => transaction.execute(
                    "INSERT INTO gate_policy (dataset_id, document) VALUES ($1, $2)
                     ON CONFLICT (dataset_id) DO UPDATE SET document = excluded.document",
                    &[dataset.clone(), document.clone().into()],
                )?,
                None => transaction.execute(
                    "DELETE FROM gate_policy WHERE dataset_id = $1",
                    std::slice::from_ref(&dataset),
                )?,
            };
            Ok(())
        })
    }

    fn decide_again(&self, report: &StoredReport, unit: UnitOfWork) -> Result<()> {
        let document = serde_json::to_string(report).map_err(does_not_serialise)?;
        let version = report.dataset.version_id.to_string();
        let params: [Value; 3] = [version.into(), document.into(), gate_open(report)];
        self.store.commit(unit, move |transaction| {
            transaction.execute(
                "UPDATE quality_report SET document = $2, gate_open = $3 WHERE version_id = $1",
                &params,
            )?;
            Ok(())
        })
    }
}
