use std::sync::Arc;

use mlops_domain::{
    AliasChange, CHAMPION, Model, ModelRepository, ModelVersion, Registration, Run,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId, EventId, ModelId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::{Store, Transaction, Value};

/// The registry in the store of MLOps.
pub struct SqlModelRepository {
    store: Arc<Store>,
}

impl SqlModelRepository {
    /// A registry over the context's store, opened with [`crate::migrations`].
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// The documents that a query finds in its first column.
    fn all<T: DeserializeOwned>(&self, sql: &str, params: &[Value]) -> Result<Vec<T>> {
        self.store.read(|transaction| {
            transaction.query(sql, params)?.iter().map(|row| row.json(0)).collect()
        })
    }

    /// The document that a query finds in the first column of its first row.
    fn first<T: DeserializeOwned>(&self, sql: &str, params: &[Value]) -> Result<Option<T>> {
        self.store.read(|transaction| {
            transaction.query_one(sql, params)?.map(|row| row.json(0)).transpose()
        })
    }
}

fn document(state: &impl Serialize) -> Result<Value> {
    serde_json::to_string(state)
        .map(Value::Text)
        .map_err(|cause| Error::internal("a state does not serialise").caused_by(cause))
}

/// Adds a run, or replaces its document; the schema refuses a second run of an event.
fn put_run(transaction: &mut dyn Transaction, run: &Run) -> Result<()> {
    let dataset = &run.lineage.dataset;
    transaction.execute(
        "INSERT INTO run (run_id, event_id, dataset_name, dataset_version_id, document)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (run_id) DO UPDATE SET document = excluded.document",
        &[
            run.id.to_string().into(),
            run.lineage.cause.to_string().into(),
            (&dataset.dataset_name).into(),
            dataset.version_id.to_string().into(),
            document(run)?,
        ],
    )?;
    Ok(())
}

fn put_model(transaction: &mut dyn Transaction, model: &Model) -> Result<()> {
    transaction.execute(
        "INSERT INTO model (model_id, name, dataset_id, document) VALUES ($1, $2, $3, $4)
         ON CONFLICT (model_id) DO NOTHING",
        &[
            model.id.to_string().into(),
            (&model.name).into(),
            model.dataset_id.to_string().into(),
            document(model)?,
        ],
    )?;
    Ok(())
}

fn add_version(transaction: &mut dyn Transaction, version: &ModelVersion) -> Result<()> {
    transaction.execute(
        "INSERT INTO model_version
             (model_version_id, model_id, version_number, dataset_version_id, document)
         VALUES ($1, $2, $3, $4, $5)",
        &[
            version.id.to_string().into(),
            version.model_id.to_string().into(),
            version.number.into(),
            version.lineage.dataset.version_id.to_string().into(),
            document(version)?,
        ],
    )?;
    Ok(())
}

fn add_alias_change(transaction: &mut dyn Transaction, change: &AliasChange) -> Result<()> {
    transaction.execute(
        "INSERT INTO alias_change (model_id, change_number, alias, model_version_id, document)
         SELECT $1, COALESCE(MAX(change_number), 0) + 1, $2, $3, $4
         FROM alias_change WHERE model_id = $1",
        &[
            change.model_id.to_string().into(),
            (&change.alias).into(),
            change.model_version_id.to_string().into(),
            document(change)?,
        ],
    )?;
    Ok(())
}

impl ModelRepository for SqlModelRepository {
    fn record_run(&self, run: &Run, unit: UnitOfWork) -> Result<()> {
        let run = run.clone();
        self.store.commit(unit, move |transaction| put_run(transaction, &run))
    }

    fn register(&self, registration: &Registration, unit: UnitOfWork) -> Result<()> {
        let Registration { model, run, version, promotion } = registration.clone();
        self.store.commit(unit, move |transaction| {
            put_run(transaction, &run)?;
            put_model(transaction, &model)?;
            add_version(transaction, &version)?;
            promotion.iter().try_for_each(|change| add_alias_change(transaction, change))
        })
    }

    fn acknowledge(&self, unit: UnitOfWork) -> Result<()> {
        self.store.commit(unit, |_| Ok(()))
    }

    fn models(&self) -> Result<Vec<Model>> {
        self.all("SELECT document FROM model ORDER BY name, model_id", &[])
    }

    fn model_of(&self, dataset: &DatasetId) -> Result<Option<Model>> {
        let sql = "SELECT document FROM model WHERE dataset_id = $1";
        self.first(sql, &[dataset.to_string().into()])
    }

    fn versions(&self, model: &ModelId) -> Result<Vec<ModelVersion>> {
        let sql = "SELECT document FROM model_version WHERE model_id = $1 ORDER BY version_number";
        self.all(sql, &[model.to_string().into()])
    }

    fn version_trained_on(
        &self,
        dataset_version: &DatasetVersionId,
    ) -> Result<Option<ModelVersion>> {
        let sql = "SELECT document FROM model_version WHERE dataset_version_id = $1
                   ORDER BY version_number DESC LIMIT 1";
        self.first(sql, &[dataset_version.to_string().into()])
    }

    fn champion(&self, model: &ModelId) -> Result<Option<ModelVersion>> {
        let sql = "SELECT model_version.document FROM alias_change
                   JOIN model_version USING (model_version_id)
                   WHERE alias_change.model_id = $1 AND alias = $2
                   ORDER BY change_number DESC LIMIT 1";
        self.first(sql, &[model.to_string().into(), CHAMPION.into()])
    }

    fn alias_history(&self, model: &ModelId) -> Result<Vec<AliasChange>> {
        let sql = "SELECT document FROM alias_change WHERE model_id = $1 ORDER BY change_number";
        self.all(sql, &[model.to_string().into()])
    }

    fn run_caused_by(&self, event: &EventId) -> Result<Option<Run>> {
        let sql = "SELECT document FROM run WHERE event_id = $1";
        self.first(sql, &[event.to_string().into()])
    }

    fn last_run_on(&self, dataset_version: &DatasetVersionId) -> Result<Option<Run>> {
        let sql = "SELECT document FROM run WHERE dataset_version_id = $1
                   ORDER BY run_id DESC LIMIT 1";
        self.first(sql, &[dataset_version.to_string().into()])
    }

    fn runs_of(&self, dataset_name: &str) -> Result<Vec<Run>> {
        let sql = "SELECT document FROM run WHERE dataset_name = $1 ORDER BY run_id";
        self.all(sql, &[dataset_name.into()])
    }
}
