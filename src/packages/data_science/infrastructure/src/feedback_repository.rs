use std::sync::Arc;

use data_science_domain::feedback::{Feedback, FeedbackRepository, RowOfVersion};
use shared_kernel_domain::identity::PipelineId;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::store::{Store, Value};

use crate::document::{all, document};

/// Feedback in the store of data science, one JSON document for each row it was given on.
pub struct SqlFeedbackRepository {
    store: Arc<Store>,
}

impl SqlFeedbackRepository {
    /// A repository over the context's store.
    pub fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl FeedbackRepository for SqlFeedbackRepository {
    fn of_pipeline(&self, pipeline: &PipelineId) -> Result<Vec<Feedback>> {
        self.store.read(|transaction| {
            all(&transaction.query(
                "SELECT document FROM feedback WHERE pipeline_id = $1
                 ORDER BY version, row_number",
                &[pipeline.to_string().into()],
            )?)
        })
    }

    fn give(&self, feedback: &[Feedback], unit: UnitOfWork) -> Result<()> {
        let mut rows: Vec<[Value; 5]> = Vec::with_capacity(feedback.len());
        for given in feedback {
            rows.push([
                given.pipeline_id.to_string().into(),
                given.version_id.to_string().into(),
                given.row.into(),
                given.version.into(),
                document(given)?.into(),
            ]);
        }
        self.store.commit(unit, move |transaction| {
            for row in &rows {
                let [pipeline, ..] = row;
                let known = transaction.query(
                    "SELECT 1 FROM pipeline WHERE id = $1",
                    std::slice::from_ref(pipeline),
                )?;
                if known.is_empty() {
                    return Err(Error::unavailable("the pipeline was deleted meanwhile"));
                }
                transaction.execute(
                    "INSERT INTO feedback (pipeline_id, version_id, row_number, version, document)
                     VALUES ($1, $2, $3, $4, $5)
                     ON CONFLICT (pipeline_id, version_id, row_number)
                     DO UPDATE SET document = excluded.document",
                    row,
                )?;
            }
            Ok(())
        })
    }

    fn withdraw(
        &self,
        pipeline: &PipelineId,
        rows: &[RowOfVersion],
        unit: UnitOfWork,
    ) -> Result<()> {
        let pipeline: Value = pipeline.to_string().into();
        let keys: Vec<[Value; 3]> = rows
            .iter()
            .map(|key| [pipeline.clone(), key.version_id.to_string().into(), key.row.into()])
            .collect();
        self.store.commit(unit, move |transaction| {
            for key in &keys {
                transaction.execute(
                    "DELETE FROM feedback
                     WHERE pipeline_id = $1 AND version_id = $2 AND row_number = $3",
                    key,
                )?;
            }
            Ok(())
        })
    }
}
