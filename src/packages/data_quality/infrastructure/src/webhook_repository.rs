use data_quality_domain::{Webhook, WebhookRepository};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::Value;

use crate::SqlQualityReportRepository;

impl WebhookRepository for SqlQualityReportRepository {
    fn webhooks(&self) -> Result<Vec<Webhook>> {
        self.store.read(|transaction| {
            let all = transaction.query("SELECT document FROM webhook ORDER BY name", &[])?;
            all.iter().map(|row| row.json(0)).collect()
        })
    }

    fn webhook(&self, name: &str) -> Result<Option<Webhook>> {
        self.store.read(|transaction| {
            transaction
                .query_one("SELECT document FROM webhook WHERE name = $1", &[name.into()])?
                .map(|row| row.json(0))
                .transpose()
        })
    }

    fn keep(&self, webhook: &Webhook, unit: UnitOfWork) -> Result<()> {
        let document = serde_json::to_string(webhook)
            .map_err(|cause| Error::internal("a webhook does not serialise").caused_by(cause))?;
        let params: [Value; 2] = [webhook.name.as_str().into(), document.into()];
        self.store.commit(unit, move |transaction| {
            transaction.execute(
                "INSERT INTO webhook (name, document) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET document = excluded.document",
                &params,
            )?;
            Ok(())
        })
    }

    fn forget(&self, name: &str, unit: UnitOfWork) -> Result<()> {
        let name: Value = name.into();
        self.store.commit(unit, move |transaction| {
            transaction
                .execute("DELETE FROM webhook WHERE name = $1", std::slice::from_ref(&name))?;
            Ok(())
        })
    }

    fn hand_out(&self, unit: UnitOfWork) -> Result<()> {
        self.store.commit(unit, |_| Ok(()))
    }
}
