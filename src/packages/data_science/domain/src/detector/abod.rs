//! Angle-based outlier detection: rows that see their neighbours in one direction are anomalous.
//!
//! Kriegel, Schubert, Zimek: "Angle-Based Outlier Detection in High-dimensional Data" (KDD 2008),
//! the fast version, which takes the pairs of the k nearest neighbours. The angle-based outlier
//! factor of a row A is the variance, over the pairs B, C, of `⟨AB, AC⟩ / (|AB|² |AC|²)`, each
//! weighted by `1 / (|AB| |AC|)` (definition 1; PyOD leaves the weights out). Low factors are
//! anomalous, so the score is `−ln ABOF`.
//!
//! Features are scaled by the range of their middle 90 %. Neighbours that lie where the row lies
//! form no angle; a row with fewer than two others among its neighbours is as normal as can be.

use serde::{Deserialize, Serialize};
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;

use super::neighbours::{
    FittedNeighbours, Neighbour, NeighbourScore, Neighbourhood, ReferenceRows, cost_of_neighbours,
    neighbours_parameter, reference_rows_parameter,
};
use super::scaling::Scaler;
use super::{Algorithm, Cost, Detector, DetectorDescription};
use crate::matrix::FeatureMatrix;

/// The share of values at each end of a feature that does not count for its scale.
const TAIL: f64 = 0.05;

/// Factors are held between 1 over this and this.
const LARGEST_FACTOR: f64 = 1e300;

/// The algorithm and its parameter.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Abod {
    /// Neighbours whose pairs are looked at (k).
    pub neighbours: u32,
}

impl Algorithm for Abod {
    fn name(&self) -> &'static str {
        "abod"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "how little the directions to the neighbours vary".to_owned(),
            good_for: "many columns, rows at the border of the data; weak between clusters, and \
                       where rows repeat"
                .to_owned(),
            parameters: vec![neighbours_parameter(self.neighbours), reference_rows_parameter()],
            cost: "a search per row and k² angles; the model keeps up to 100,000 training rows, \
                   scaled by the range of the middle 90 % of each column"
                .to_owned(),
            contribution: "how far the score would fall if the column had a usual value".to_owned(),
            reference: "Kriegel, Schubert, Zimek: Angle-Based Outlier Detection in \
                        High-dimensional Data, KDD 2008"
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
        let search = cost_of_neighbours(rows, features, self.neighbours as usize);
        let angles = rows as f64 * f64::from(self.neighbours).powi(2) / 2.0 * features as f64;
        Cost { operations: search.operations + angles, ..search }
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        Ok(Box::new(FittedNeighbours::<Self>::restore(bytes, features)?))
    }
}

/// The angle-based outlier factor; the largest where there are no angles.
fn angle_based_outlier_factor(neighbourhood: Neighbourhood<'_>) -> f64 {
    let Neighbourhood { row, neighbours, rows } = neighbourhood;
    let mut directions: Vec<(Vec<f64>, f64)> = Vec::with_capacity(neighbours.len());
    for neighbour in neighbours.iter().filter(|neighbour| neighbour.squared_distance > 0.0) {
        let mut direction = Vec::new();
        rows.copy_row(neighbour.row, &mut direction);
        direction.iter_mut().zip(row).for_each(|(value, own)| *value -= own);
        directions.push((direction, neighbour.squared_distance));
    }
    let (mut weights, mut sum) = (0.0, 0.0);
    let mut angles = Vec::with_capacity(directions.len() * directions.len() / 2);
    for (index, (b, b_square)) in directions.iter().enumerate() {
        for (c, c_square) in &directions[index + 1..] {
            let product: f64 = b.iter().zip(c).map(|(b, c)| b * c).sum();
            let angle = product / b_square / c_square;
            let weight = 1.0 / b_square.sqrt() / c_square.sqrt();
            weights += weight;
            sum += weight * angle;
            angles.push((angle, weight));
        }
    }
    let mean = sum / weights;
    let squares: f64 = angles.iter().map(|(angle, weight)| weight * (angle - mean).powi(2)).sum();
    let factor = squares / weights;
    // Not a number: no pairs, or neighbours so near that angles overflow.
    if factor.is_nan() {
        LARGEST_FACTOR
    } else {
        factor.clamp(1.0 / LARGEST_FACTOR, LARGEST_FACTOR)
    }
}

impl NeighbourScore for Abod {
    fn learn(&mut self, _rows: &ReferenceRows, _graph: &[Neighbour]) {}

    fn neighbours(&self) -> usize {
        self.neighbours as usize
    }

    fn score(&self, neighbourhood: Neighbourhood<'_>) -> f64 {
        -angle_based_outlier_factor(neighbourhood).ln()
    }

    fn oddness(&self, neighbourhood: Neighbourhood<'_>) -> f64 {
        neighbourhood.mean_distance()
    }

    fn check(&self, _rows: &ReferenceRows) -> Result<()> {
        Ok(())
    }
}
