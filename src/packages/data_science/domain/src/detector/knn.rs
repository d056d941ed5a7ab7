//! k nearest neighbours: rows far from their neighbours are anomalous.
//!
//! Ramaswamy, Rastogi, Shim: "Efficient Algorithms for Mining Outliers from Large Data Sets"
//! (SIGMOD 2000): the score is the distance to the k-th neighbour; with [`Aggregation::Mean`] the
//! mean distance to all k (Angiulli, Pizzuti 2002), with [`Aggregation::Median`] the median.
//! Features are scaled by the range of their middle 90 %. A row is never its own neighbour.

use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use super::neighbours::{
    FittedNeighbours, Neighbour, NeighbourScore, Neighbourhood, ReferenceRows, cost_of_neighbours,
    neighbours_parameter, reference_rows_parameter,
};
use super::scaling::Scaler;
use super::{Algorithm, Cost, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;

/// The share of values at each end of a feature that does not count for its scale.
const TAIL: f64 = 0.05;

/// What is made of the distances to the neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// The largest: the distance to the k-th.
    Largest,
    /// Their mean.
    Mean,
    /// Their median, the mean of the middle two for an even number.
    Median,
}

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Knn {
    /// Neighbours looked at (k).
    pub neighbours: u32,
    /// What is made of their distances.
    pub aggregation: Aggregation,
}

impl Algorithm for Knn {
    fn name(&self) -> &'static str {
        "knn"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "distance to the k-th nearest neighbour".to_owned(),
            good_for: "rows far from all others, in any direction; not for anomalies that lie \
                       together in groups of more than k, nor for tables whose normal rows are \
                       dense in one place and scattered in another (lof)"
                .to_owned(),
            parameters: vec![
                neighbours_parameter(self.neighbours),
                Parameter::word(
                    "aggregation",
                    self.aggregation,
                    &["largest", "mean", "median"],
                    "what is made of the distances",
                ),
                reference_rows_parameter(),
            ],
            cost: "a search per row, log n at best and the rows kept at worst; the model keeps \
                   up to 100,000 training rows, scaled by the range of the middle 90 % of each \
                   column"
                .to_owned(),
            contribution: "how far the score would fall if the column had a usual value".to_owned(),
            reference: "Ramaswamy, Rastogi, Shim: Efficient Algorithms for Mining Outliers from \
                        Large Data Sets, SIGMOD 2000"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let scaler = Scaler::central(features, TAIL);
        Ok(Box::new(FittedNeighbours::fit(*self, scaler, features, seed, cancellation)?))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        cost_of_neighbours(rows, features, self.neighbours as usize)
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        Ok(Box::new(FittedNeighbours::<Self>::restore(bytes, features)?))
    }
}

impl NeighbourScore for Knn {
    fn learn(&mut self, _rows: &ReferenceRows, _graph: &[Neighbour]) {}

    fn neighbours(&self) -> usize {
        self.neighbours as usize
    }

    fn score(&self, Neighbourhood { neighbours, .. }: Neighbourhood<'_>) -> f64 {
        let count = neighbours.len();
        let middle = |place: usize| neighbours.get(place).map_or(0.0, Neighbour::distance);
        match self.aggregation {
            Aggregation::Largest => middle(count.saturating_sub(1)),
            Aggregation::Median => {
                f64::midpoint(middle(count.saturating_sub(1) / 2), middle(count / 2))
            }
            Aggregation::Mean => {
                neighbours.iter().map(Neighbour::distance).sum::<f64>() / count.max(1) as f64
            }
        }
    }

    fn check(&self, _rows: &ReferenceRows) -> Result<()> {
        Ok(())
    }

    fn parameters(&self) -> std::collections::BTreeMap<String, serde_json::Value> {
        [
            ("neighbours".to_owned(), json!(self.neighbours)),
            ("aggregation".to_owned(), json!(self.aggregation)),
        ]
        .into()
    }
}
