use std::sync::Arc;

use shared_kernel_domain::Result;
use shared_kernel_domain::scan::RowFunction;
use shared_kernel_domain::table::Batch;

use super::AnomalyModel;

/// A model as a function of rows: what a scan evaluates.
pub struct ModelScorer {
    model: Arc<AnomalyModel>,
    columns: Vec<String>,
}

impl ModelScorer {
    /// The scores of a model.
    pub fn new(model: Arc<AnomalyModel>) -> Self {
        let columns = model.encoder().columns();
        Self { model, columns }
    }
}

impl RowFunction for ModelScorer {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn evaluate(&self, batch: &Batch<'_>) -> Result<Vec<f64>> {
        Ok(self.model.score(&self.model.encoder().encode(batch)?))
    }
}
