use std::collections::BTreeMap;
use std::sync::Arc;

use shared_kernel_domain::scan::RowFunction;
use shared_kernel_domain::table::{Batch, Column};
use shared_kernel_domain::{Error, Result};

use super::gather::GatheredRows;
use super::reader::{Place, Segments};
use crate::matrix::FeatureMatrix;
use crate::model::AnomalyModel;

/// A segment's model, for batches of the table's columns.
pub struct SegmentModel {
    model: AnomalyModel,
    /// Where in a batch the columns are that the model reads.
    places: Vec<usize>,
}

impl SegmentModel {
    /// A model for batches of some columns.
    pub fn new(model: AnomalyModel, columns: &[String]) -> Result<Self> {
        let place = |name: &String| {
            columns.iter().position(|column| column == name).ok_or_else(|| {
                Error::internal(format!("a segment's model reads {name:?}, which is not read"))
            })
        };
        let places = model.encoder().columns().iter().map(place).collect::<Result<_>>()?;
        Ok(Self { model, places })
    }

    /// The model.
    pub fn model(&self) -> &AnomalyModel {
        &self.model
    }

    /// The features of the rows at some places of a batch.
    pub fn encode(&self, batch: &Batch<'_>, rows: &[usize]) -> Result<FeatureMatrix> {
        let mut columns: Vec<Column<'_>> = Vec::with_capacity(self.places.len());
        for &place in &self.places {
            let column = batch.columns.get(place);
            columns.push(*column.ok_or_else(|| Error::internal("a segment lacks a column"))?);
        }
        let own = Batch { rows: batch.rows, columns: &columns };
        GatheredRows::of(&own, rows).view(|rows| self.model.encoder().encode(rows))
    }
}

/// The scores of some segments' models, each of its own rows; rows of other segments get 0.
pub struct SegmentScorer {
    segments: Arc<Segments>,
    models: BTreeMap<Place, SegmentModel>,
    columns: Vec<String>,
}

impl SegmentScorer {
    /// The scores by models that read batches of these columns.
    pub fn new(
        segments: Arc<Segments>,
        models: BTreeMap<Place, SegmentModel>,
        columns: Vec<String>,
    ) -> Self {
        Self { segments, models, columns }
    }

    /// Whether a row's segment has one of the models.
    pub fn scores(&self, row: usize) -> bool {
        self.segments.of(row).is_some_and(|place| self.models.contains_key(&place))
    }
}

impl RowFunction for SegmentScorer {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn evaluate(&self, batch: &Batch<'_>) -> Result<Vec<f64>> {
        let mut rows_of: BTreeMap<Place, Vec<usize>> = BTreeMap::new();
        for (index, &row) in batch.rows.iter().enumerate() {
            if let Some(place) = self.segments.of(row as usize) {
                rows_of.entry(place).or_default().push(index);
            }
        }
        let mut scores = vec![0.0; batch.len()];
        for (place, rows) in rows_of {
            let Some(model) = self.models.get(&place) else { continue };
            let found = model.model.score(&model.encode(batch, &rows)?);
            for (row, score) in rows.into_iter().zip(found) {
                scores[row] = score;
            }
        }
        Ok(scores)
    }
}
