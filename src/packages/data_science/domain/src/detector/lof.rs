//! Local outlier factor: rows in sparser surroundings than their neighbours are anomalous.
//!
//! Breunig, Kriegel, Ng, Sander: "LOF: Identifying Density-Based Local Outliers" (SIGMOD 2000).
//! With the k nearest neighbours o of p, the reachability distance is the larger of the distance
//! from p to o and the distance from o to its own k-th neighbour; the local reachability density of
//! p is 1 over the mean of these, and the factor is the mean density of the neighbours over that of
//! p. Exactly k neighbours count, equally far ones by row number (as in scikit-learn; the paper
//! takes all equally far ones).
//!
//! Features are scaled by the range of their middle 98 %. Where k rows or more are the same, the
//! mean reachability distance is zero and the density infinite: no mean reachability distance counts
//! as less than the smallest one above zero among the training rows (1 if all are zero), so that a
//! factor stays finite.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use super::neighbours::{
    FittedNeighbours, LocalLevels, Neighbour, NeighbourScore, Neighbourhood, ReferenceRows,
    cost_of_neighbours, neighbours_parameter, reference_rows_parameter,
};
use super::scaling::Scaler;
use super::{Algorithm, Cost, Detector, DetectorDescription};
use crate::matrix::FeatureMatrix;

/// The share of values at each end of a feature that does not count for its scale.
const TAIL: f64 = 0.01;

/// The algorithm and its parameter.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Lof {
    /// Neighbours looked at (k).
    pub neighbours: u32,
}

/// What a row's factor is worked out from.
#[derive(Serialize, Deserialize)]
struct Reachability {
    neighbours: u32,
    /// By row, the distance to its k-th neighbour.
    reaches: Vec<f64>,
    /// Mean reachability distances.
    levels: LocalLevels,
}

impl Algorithm for Lof {
    fn name(&self) -> &'static str {
        "lof"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "density around a row against that around its neighbours".to_owned(),
            good_for: "rows that are odd only among their neighbours, in tables with dense and \
                       scattered parts; weak when anomalies lie together in groups of more than k \
                       rows, or far from everything (knn)"
                .to_owned(),
            parameters: vec![neighbours_parameter(self.neighbours), reference_rows_parameter()],
            cost: "a search per row, log n at best and the rows kept at worst; the model keeps \
                   up to 100,000 training rows, scaled by the range of the middle 98 % of each \
                   column"
                .to_owned(),
            contribution: "how far the score would fall if the column had a usual value".to_owned(),
            reference: "Breunig, Kriegel, Ng, Sander: LOF: Identifying Density-Based Local \
                        Outliers, SIGMOD 2000"
                .to_owned(),
        }
    }

    fn fit(
        &self,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Box<dyn Detector>> {
        let (scaler, empty) = (Scaler::central(features, TAIL), LocalLevels::default());
        let measure = Reachability { neighbours: self.neighbours, reaches: vec![], levels: empty };
        Ok(Box::new(FittedNeighbours::fit(measure, scaler, features, seed, cancellation)?))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        cost_of_neighbours(rows, features, self.neighbours as usize)
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        Ok(Box::new(FittedNeighbours::<Reachability>::restore(bytes, features)?))
    }
}

impl Reachability {
    fn mean(&self, neighbours: &[Neighbour]) -> f64 {
        let reachable = |neighbour: &Neighbour| {
            let reach = self.reaches.get(neighbour.row as usize).copied().unwrap_or(0.0);
            neighbour.distance().max(reach)
        };
        neighbours.iter().map(reachable).sum::<f64>() / neighbours.len().max(1) as f64
    }
}

impl NeighbourScore for Reachability {
    fn learn(&mut self, rows: &ReferenceRows, graph: &[Neighbour]) {
        let count = graph.len() / rows.rows();
        let of_row = |row: usize| &graph[row * count..][..count];
        let reach = |row| of_row(row).last().map_or(0.0, Neighbour::distance);
        self.reaches = (0..rows.rows()).map(reach).collect();
        let means = (0..rows.rows()).map(|row| self.mean(of_row(row))).collect();
        self.levels = LocalLevels::new(means);
    }

    fn neighbours(&self) -> usize {
        self.neighbours as usize
    }

    fn score(&self, Neighbourhood { neighbours, .. }: Neighbourhood<'_>) -> f64 {
        let own = self.levels.at_least(self.mean(neighbours));
        let densities = neighbours.iter().map(|neighbour| 1.0 / self.levels.of(neighbour.row));
        if neighbours.is_empty() {
            1.0
        } else {
            own * densities.sum::<f64>() / neighbours.len() as f64
        }
    }

    fn check(&self, rows: &ReferenceRows) -> Result<()> {
        LocalLevels::check_distances(&self.reaches, rows.rows())?;
        self.levels.check(rows.rows())
    }
}
