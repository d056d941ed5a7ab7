use std::sync::Arc;

use data_science_domain::anomaly::AnomalyReport;
use data_science_domain::pipeline::{Pipeline, PipelineRepository, PipelineRevision};
use shared_kernel_domain::identity::{DatasetId, PipelineId};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::{Store, Transaction, Value};

use crate::anomaly_repository::NewReport;
use crate::document::{all, document, first};

/// Pipelines and their revisions in the store of data science, one JSON document each.
pub struct SqlPipelineRepository {
    store: Arc<Store>,
}

impl SqlPipelineRepository {
    /// A repository over the context's store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

fn insert(transaction: &mut dyn Transaction, pipeline: &[Value], revision: &[Value]) -> Result<()> {
    transaction.execute(
        "INSERT INTO pipeline (id, dataset_id, name, document) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET document = excluded.document",
        pipeline,
    )?;
    transaction.execute(
        "INSERT INTO pipeline_revision (pipeline_id, number, document) VALUES ($1, $2, $3)
         ON CONFLICT (pipeline_id, number) DO NOTHING",
        revision,
    )?;
    Ok(())
}

impl PipelineRepository for SqlPipelineRepository {
    fn list(&self) -> Result<Vec<Pipeline>> {
        self.store.read(|transaction| {
            all(&transaction.query("SELECT document FROM pipeline ORDER BY name, id", &[])?)
        })
    }

    fn by_name(&self, name: &str) -> Result<Option<Pipeline>> {
        self.store.read(|transaction| {
            first(
                &transaction
                    .query("SELECT document FROM pipeline WHERE name = $1", &[name.into()])?,
            )
        })
    }

    fn of_dataset(&self, dataset: &DatasetId) -> Result<Option<Pipeline>> {
        self.store.read(|transaction| {
            first(&transaction.query(
                "SELECT document FROM pipeline WHERE dataset_id = $1",
                &[dataset.to_string().into()],
            )?)
        })
    }

    fn history(&self, pipeline: &PipelineId) -> Result<Vec<PipelineRevision>> {
        self.store.read(|transaction| {
            all(&transaction.query(
                "SELECT document FROM pipeline_revision WHERE pipeline_id = $1 ORDER BY number",
                &[pipeline.to_string().into()],
            )?)
        })
    }

    fn save(&self, pipeline: &Pipeline, report: &AnomalyReport, unit: UnitOfWork) -> Result<()> {
        let pipeline_row: Vec<Value> = vec![
            pipeline.id.to_string().into(),
            pipeline.dataset_id.to_string().into(),
            (&pipeline.name).into(),
            document(pipeline)?.into(),
        ];
        let revision_row: Vec<Value> = vec![
            pipeline.id.to_string().into(),
            pipeline.current.number.into(),
            document(&pipeline.current)?.into(),
        ];
        let report = NewReport::of(report)?;
        let dataset_id: Value = pipeline.dataset_id.to_string().into();
        self.store.commit(unit, move |transaction| {
            let dataset =
                transaction.query("SELECT 1 FROM dataset WHERE id = $1", &[dataset_id])?;
            if dataset.is_empty() {
                return Err(Error::unavailable("the dataset was deleted meanwhile"));
            }
            insert(transaction, &pipeline_row, &revision_row)?;
            report.replace(transaction)
        })
    }

    fn acknowledge(&self, unit: UnitOfWork) -> Result<()> {
        self.store.commit(unit, |_| Ok(()))
    }
}
