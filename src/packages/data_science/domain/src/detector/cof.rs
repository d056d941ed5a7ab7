//! Connectivity-based outlier factor: rows off the lines and sheets that their neighbours form are
//! anomalous.
//!
//! Tang, Chen, Fu, Cheung: "Enhancing Effectiveness of Outlier Detections for Low Density Patterns"
//! (PAKDD 2002). From p, its k neighbours are connected one by one, always the one nearest to those
//! connected so far (the set-based nearest path); with the costs `e₁ … e_k` of these steps the
//! average chaining distance is `Σ 2 (k + 1 − i) / (k (k + 1)) · eᵢ`, and the factor is that of p
//! over the mean of those of its neighbours. Of equally near ones the one
//! nearer to p is connected first. (PyOD connects in the order of the distance from p.)
//!
//! Features are scaled by the range of their middle 98 %. No chaining distance counts as less than
//! the smallest one above zero among the training rows (1 if all are zero), so that factors among
//! repeated rows stay finite.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use super::neighbours::{
    FittedNeighbours, LocalLevels, Neighbour, NeighbourScore, Neighbourhood, ReferenceRows,
    cost_of_neighbours, neighbours_parameter, reference_rows_parameter, squared_distance,
};
use super::scaling::Scaler;
use super::{Algorithm, Cost, Detector, DetectorDescription};
use crate::matrix::FeatureMatrix;

/// The share of values at each end of a feature that does not count for its scale.
const TAIL: f64 = 0.01;

/// The algorithm and its parameter.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cof {
    /// Neighbours looked at (k).
    pub neighbours: u32,
}

/// What a row's factor is worked out from.
#[derive(Serialize, Deserialize)]
struct Chaining {
    neighbours: u32,
    /// Average chaining distances.
    levels: LocalLevels,
}

impl Algorithm for Cof {
    fn name(&self) -> &'static str {
        "cof"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "how far a row is off the pattern its neighbours form".to_owned(),
            good_for: "normal rows along lines or sheets of low density, where lof takes the ends \
                       for anomalies; weak on groups of anomalies"
                .to_owned(),
            parameters: vec![neighbours_parameter(self.neighbours), reference_rows_parameter()],
            cost: "a search per row and k² distances; the model keeps up to 100,000 training \
                   rows, scaled by the range of the middle 98 % of each column"
                .to_owned(),
            contribution: "how far the score would fall if the column had a usual value".to_owned(),
            reference: "Tang, Chen, Fu, Cheung: Enhancing Effectiveness of Outlier Detections for \
                        Low Density Patterns, PAKDD 2002"
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
        let measure = Chaining { neighbours: self.neighbours, levels: LocalLevels::default() };
        Ok(Box::new(FittedNeighbours::fit(measure, scaler, features, seed, cancellation)?))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        let search = cost_of_neighbours(rows, features, self.neighbours as usize);
        let chains = rows as f64 * f64::from(self.neighbours).powi(2) * features as f64;
        Cost { operations: search.operations + chains, ..search }
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        Ok(Box::new(FittedNeighbours::<Chaining>::restore(bytes, features)?))
    }
}

/// The average chaining distance of a row.
fn average_chaining_distance(neighbourhood: Neighbourhood<'_>) -> f64 {
    let Neighbourhood { row, neighbours, rows } = neighbourhood;
    let mut members: Vec<Vec<f64>> = Vec::with_capacity(neighbours.len());
    for neighbour in neighbours {
        let mut member = Vec::new();
        rows.copy_row(neighbour.row, &mut member);
        members.push(member);
    }
    let count = members.len() as f64;
    // Prim's algorithm: how far each is from what is connected.
    let mut costs: Vec<f64> = members.iter().map(|member| squared_distance(member, row)).collect();
    let mut sum = 0.0;
    for step in 1..=members.len() {
        let nearest = (0..costs.len()).min_by(|&a, &b| costs[a].total_cmp(&costs[b])).unwrap_or(0);
        let (cost, connected) = (costs.remove(nearest), members.remove(nearest));
        sum += 2.0 * (count + 1.0 - step as f64) / (count * (count + 1.0)) * cost.sqrt();
        for (cost, member) in costs.iter_mut().zip(&members) {
            *cost = cost.min(squared_distance(member, &connected));
        }
    }
    sum
}

impl NeighbourScore for Chaining {
    fn learn(&mut self, rows: &ReferenceRows, graph: &[Neighbour]) {
        let count = graph.len() / rows.rows();
        let mut row = Vec::new();
        let mut distances = Vec::with_capacity(rows.rows());
        for index in 0..rows.rows() {
            rows.copy_row(index as u32, &mut row);
            let neighbours = &graph[index * count..][..count];
            distances.push(average_chaining_distance(Neighbourhood {
                row: &row,
                neighbours,
                rows,
            }));
        }
        self.levels = LocalLevels::new(distances);
    }

    fn neighbours(&self) -> usize {
        self.neighbours as usize
    }

    fn score(&self, neighbourhood: Neighbourhood<'_>) -> f64 {
        let neighbours = neighbourhood.neighbours;
        let own = self.levels.at_least(average_chaining_distance(neighbourhood));
        let sum: f64 = neighbours.iter().map(|neighbour| self.levels.of(neighbour.row)).sum();
        if neighbours.is_empty() { 1.0 } else { own * neighbours.len() as f64 / sum }
    }

    fn oddness(&self, neighbourhood: Neighbourhood<'_>) -> f64 {
        neighbourhood.mean_distance()
    }

    fn check(&self, rows: &ReferenceRows) -> Result<()> {
        self.levels.check(rows.rows())
    }
}
