use std::sync::Arc;

use data_profiling_domain::{ProfileRecord, ProfileRepository};
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::{Store, Value};

/// Profiles in the store of data profiling, one JSON document each.
pub struct SqlProfileRepository {
    store: Arc<Store>,
}

impl SqlProfileRepository {
    /// A repository over the context's store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    fn one(&self, sql: &str, params: &[Value]) -> Result<Option<ProfileRecord>> {
        self.store.read(|transaction| {
            transaction.query_one(sql, params)?.map(|row| row.json(0)).transpose()
        })
    }
}

impl ProfileRepository for SqlProfileRepository {
    fn save(&self, record: &ProfileRecord, unit: UnitOfWork) -> Result<()> {
        let document = serde_json::to_string(record)
            .map_err(|cause| Error::internal("a profile does not serialise").caused_by(cause))?;
        let params: Vec<Value> = vec![
            record.dataset.version_id.to_string().into(),
            record.id.to_string().into(),
            record.dataset.dataset_id.to_string().into(),
            record.dataset.version.into(),
            record.created_at.to_string().into(),
            document.into(),
        ];
        self.store.commit(unit, move |transaction| {
            transaction.execute(
                "INSERT INTO profile
                     (version_id, profile_id, dataset_id, version, created_at, document)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (version_id) DO NOTHING",
                &params,
            )?;
            Ok(())
        })
    }

    fn by_version(&self, version: &DatasetVersionId) -> Result<Option<ProfileRecord>> {
        let params = [version.to_string().into()];
        self.one("SELECT document FROM profile WHERE version_id = $1", &params)
    }

    fn previous(&self, dataset: &DatasetId, version: u32) -> Result<Option<ProfileRecord>> {
        let params = [dataset.to_string().into(), version.into()];
        self.one(
            "SELECT document FROM profile WHERE dataset_id = $1 AND version < $2
             ORDER BY version DESC LIMIT 1",
            &params,
        )
    }
}
