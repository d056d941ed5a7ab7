//! Isolation by nearest neighbour ensembles: rows outside of all spheres around a few sampled rows
//! are anomalous.
//!
//! Bandaragoda, Ting, Albrecht, Liu, Zhu, Wells: "Isolation-Based Anomaly Detection Using
//! Nearest-Neighbor Ensembles" (Computational Intelligence 2018). Each estimator draws ψ rows; the
//! sphere around a drawn row c reaches to the nearest other one, η. A row in no sphere has isolation
//! 1, otherwise, with c the row of the smallest sphere that covers it, `1 − τ(η) / τ(c)` of the
//! radii τ. The score is the mean over the estimators, from 0 to 1.
//!
//! Distances need one scale for all features: the range of their middle 90 %.
#![expect(clippy::inline_always, reason = "compiled for vectors only where inlined")]

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::neighbours::squared_distance;
use super::random::sample;
use super::scaling::{LIMIT, Scaler};
use super::vectors::{VectorLoop, widest};
use super::{Algorithm, Cost, Detector, DetectorDescription, Parameter};
use crate::matrix::FeatureMatrix;

/// The share of values at each end of a feature that does not count for its scale.
const TAIL: f64 = 0.05;

/// Centres whose distances are worked out together.
const LANES: usize = 8;

/// Rows scored together: few enough to stay in the first-level cache beside an estimator.
const BLOCK_ROWS: usize = 64;

/// Estimators, and rows drawn for each, that a stored model may have.
const MAX_ESTIMATORS: usize = 100_000;

/// The algorithm and its parameters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Inne {
    /// Sets of spheres.
    pub estimators: u32,
    /// Rows drawn for each (ψ).
    pub sample_rows: u32,
}

/// Sets of spheres.
pub struct FittedInne {
    document: InneDocument,
    estimators: Vec<Estimator>,
}

#[derive(Serialize, Deserialize)]
struct InneDocument {
    scaler: Scaler,
    sample_rows: u32,
    /// Drawn rows, scaled, by estimator, row-major.
    centres: Vec<f64>,
}

/// The spheres of one estimator.
struct Estimator {
    /// By radius, equal ones in the order drawn: the first that covers a row is its smallest.
    spheres: Vec<Sphere>,
    /// Blocks of `LANES` centres, feature by feature; infinite where there is none.
    centres: Vec<f64>,
    blocks: Vec<Block>,
}

/// What is asked of `LANES` spheres.
struct Block {
    /// Squared radii, below 0 where there is no sphere.
    radii: [f64; LANES],
    /// The isolation of a row whose smallest sphere each is, and of one in none of them.
    isolations: [f64; LANES + 1],
}

struct Sphere {
    squared_radius: f64,
    /// Of a row whose smallest sphere this is.
    isolation: f64,
    centre: Vec<f64>,
}

impl Algorithm for Inne {
    fn name(&self) -> &'static str {
        "inne"
    }

    fn describe(&self) -> DetectorDescription {
        DetectorDescription {
            name: self.name().to_owned(),
            summary: "spheres around random rows; rows outside of all are anomalous".to_owned(),
            good_for: "many rows, and anomalies near the border of normal rows or between \
                       clusters, where isolation_forest is weak"
                .to_owned(),
            parameters: vec![
                Parameter::whole(
                    "estimators",
                    self.estimators,
                    1..=1_000,
                    "sets of spheres; more are steadier",
                ),
                Parameter::whole(
                    "sample_rows",
                    self.sample_rows,
                    2..=256,
                    "rows drawn for each; more see finer",
                ),
            ],
            cost: "score: n × estimators × sample_rows × d, whatever was learned from; the model \
                   keeps estimators × sample_rows training rows, scaled by the range of the \
                   middle 90 % of each column"
                .to_owned(),
            contribution: "the column's part in the squared distance to the nearest centre, times \
                           the isolation, averaged over the estimators; a row's contributions sum \
                           to its score, less what estimators that drew the row itself add"
                .to_owned(),
            reference: "Bandaragoda et al.: Isolation-Based Anomaly Detection Using \
                        Nearest-Neighbor Ensembles, Computational Intelligence 2018"
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
        let sample_rows = self.sample_rows.min(u32::try_from(features.rows()).unwrap_or(u32::MAX));
        let mut centres = Vec::new();
        let mut row = Vec::new();
        for index in 0..u64::from(self.estimators) {
            cancellation.check()?;
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(index);
            for drawn in sample(&mut random, features.rows() as u64, u64::from(sample_rows)) {
                features.copy_row(drawn, &mut row);
                centres.extend(scaler.apply_row(&row));
            }
        }
        Ok(Box::new(FittedInne::new(InneDocument { scaler, sample_rows, centres })))
    }

    fn cost(&self, rows: usize, features: usize) -> Cost {
        let kept = f64::from(self.estimators) * f64::from(self.sample_rows) * features as f64;
        Cost { operations: rows as f64 * kept, bytes: 24.0 * kept }
    }

    fn restore(&self, bytes: &[u8], features: usize) -> Result<Box<dyn Detector>> {
        let document: InneDocument = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the INNE state in the model cannot be read").caused_by(cause)
        })?;
        document.scaler.check(features)?;
        let estimator = document.sample_rows as usize * features;
        let sound = estimator > 0
            && !document.centres.is_empty()
            && document.centres.len().is_multiple_of(estimator)
            && document.centres.len() / estimator <= MAX_ESTIMATORS
            && document.centres.iter().all(|value| value.abs() <= LIMIT);
        if !sound {
            return Err(Error::input("the spheres in the INNE state in the model are broken"));
        }
        Ok(Box::new(FittedInne::new(document)))
    }
}

impl Estimator {
    /// The spheres around drawn rows.
    fn new(centres: &[f64], features: usize) -> Self {
        let rows: Vec<&[f64]> = centres.chunks_exact(features).collect();
        let nearest = |index: usize| {
            let others = rows.iter().enumerate().filter(|&(other, _)| other != index);
            let distances = others.map(|(other, row)| (squared_distance(rows[index], row), other));
            distances.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((0.0, index))
        };
        let neighbours: Vec<(f64, usize)> = (0..rows.len()).map(nearest).collect();
        let sphere = |(row, &(squared_radius, other)): (&&[f64], &(f64, usize))| {
            let ratio = (neighbours[other].0 / squared_radius).sqrt();
            // A radius of zero: the row is there more than once.
            let isolation = if squared_radius > 0.0 { 1.0 - ratio } else { 0.0 };
            Sphere { squared_radius, isolation, centre: row.to_vec() }
        };
        let mut spheres: Vec<Sphere> = rows.iter().zip(&neighbours).map(sphere).collect();
        spheres.sort_by(|a, b| a.squared_radius.total_cmp(&b.squared_radius));
        let mut columns = Vec::new();
        let mut blocks = Vec::new();
        for block in spheres.chunks(LANES) {
            for feature in 0..features {
                let mut column = [f64::INFINITY; LANES];
                column.iter_mut().zip(block).for_each(|(to, sphere)| *to = sphere.centre[feature]);
                columns.extend(column);
            }
            let mut radii = [-1.0; LANES];
            radii.iter_mut().zip(block).for_each(|(to, from)| *to = from.squared_radius);
            let mut isolations = [1.0; LANES + 1];
            isolations.iter_mut().zip(block).for_each(|(to, from)| *to = from.isolation);
            blocks.push(Block { radii, isolations });
        }
        Self { spheres, centres: columns, blocks }
    }

    /// The isolation of a scaled row.
    #[inline(always)]
    fn isolation(&self, row: &[f64]) -> f64 {
        let (columns, _) = self.centres.as_chunks::<LANES>();
        let last = self.blocks.len() - 1;
        for (index, (columns, block)) in columns.chunks(row.len()).zip(&self.blocks).enumerate() {
            let mut sums = [0.0; LANES];
            for (column, value) in columns.iter().zip(row) {
                for (sum, centre) in sums.iter_mut().zip(column) {
                    let difference = centre - value;
                    *sum += difference * difference;
                }
            }
            // A bit for each sphere that covers the row and one behind them: no branch to guess.
            let mut covered = 1_u32 << LANES;
            for (lane, (sum, radius)) in sums.iter().zip(&block.radii).enumerate() {
                covered |= u32::from(sum <= radius) << lane;
            }
            let first = covered.trailing_zeros() as usize;
            if index == last || first < LANES {
                return block.isolations[first % (LANES + 1)];
            }
        }
        1.0
    }
}

/// One block of scaled rows, row-major, and all estimators.
struct BlockOfRows<'a> {
    estimators: &'a [Estimator],
    block: &'a [f64],
    scores: &'a mut [f64],
}

impl VectorLoop for BlockOfRows<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = self.block.len() / self.scores.len().max(1);
        for estimator in self.estimators {
            for (score, row) in self.scores.iter_mut().zip(self.block.chunks_exact(width)) {
                *score += estimator.isolation(row);
            }
        }
    }
}

impl FittedInne {
    fn new(document: InneDocument) -> Self {
        let features = document.scaler.features();
        let estimators = document
            .centres
            .chunks(document.sample_rows as usize * features)
            .map(|centres| Estimator::new(centres, features))
            .collect();
        Self { document, estimators }
    }
}

impl Detector for FittedInne {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut scores = vec![0.0; features.rows()];
        let mut block = Vec::new();
        for (index, scores) in scores.chunks_mut(BLOCK_ROWS).enumerate() {
            let start = index * BLOCK_ROWS;
            self.document.scaler.apply_block(features, start..start + scores.len(), &mut block);
            widest(BlockOfRows {
                estimators: &self.estimators,
                block: &block,
                scores: &mut *scores,
            });
            for score in scores.iter_mut() {
                *score /= self.estimators.len() as f64;
            }
        }
        scores
    }

    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let row = self.document.scaler.apply_row(row);
        let mut contributions = vec![0.0; row.len()];
        for estimator in &self.estimators {
            let distance = |sphere: &Sphere| squared_distance(&sphere.centre, &row);
            let nearest =
                estimator.spheres.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
            let Some(nearest) = nearest else { continue };
            let (total, isolation) = (distance(nearest), estimator.isolation(&row));
            if total > 0.0 {
                let parts = contributions.iter_mut().zip(row.iter().zip(&nearest.centre));
                for (part, (value, centre)) in parts {
                    *part += isolation * (value - centre).powi(2) / total;
                }
            }
        }
        for part in &mut contributions {
            *part /= self.estimators.len() as f64;
        }
        contributions
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([
            ("estimators".to_owned(), json!(self.estimators.len())),
            ("sample_rows".to_owned(), json!(self.document.sample_rows)),
        ])
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        postcard::to_allocvec(&self.document)
            .map_err(|cause| Error::internal("spheres do not serialise").caused_by(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper's definition with every distance, on the rows that were drawn.
    fn slow_score(fitted: &FittedInne, row: &[f64]) -> f64 {
        let width = row.len();
        let row = fitted.document.scaler.apply_row(row);
        let distance = |a: &[f64], b: &[f64]| squared_distance(a, b).sqrt();
        let mut sum = 0.0;
        let drawn = fitted.document.sample_rows as usize * width;
        for centres in fitted.document.centres.chunks(drawn) {
            let centres: Vec<&[f64]> = centres.chunks(width).collect();
            let others = |c: usize| (0..centres.len()).filter(move |&other| other != c);
            let nearest = |c: usize| {
                others(c)
                    .min_by(|&a, &b| {
                        distance(centres[c], centres[a])
                            .total_cmp(&distance(centres[c], centres[b]))
                    })
                    .unwrap()
            };
            let radius = |c: usize| distance(centres[c], centres[nearest(c)]);
            let covers = |&c: &usize| distance(centres[c], &row) <= radius(c);
            let smallest =
                (0..centres.len()).filter(covers).min_by(|&a, &b| radius(a).total_cmp(&radius(b)));
            sum += smallest.map_or(1.0, |c| {
                if radius(c) > 0.0 { 1.0 - radius(nearest(c)) / radius(c) } else { 0.0 }
            });
        }
        sum / fitted.estimators.len() as f64
    }

    #[test]
    fn agrees_with_the_definition_for_any_number_of_drawn_rows() {
        let column = |step: f64| (0..200).map(|i| (f64::from(i) * step).sin()).collect();
        let columns = vec![column(1.3), column(2.9), column(0.7)];
        let features = FeatureMatrix::from_columns(200, columns).unwrap();
        for sample_rows in [2, 7, 8, 19, 200] {
            let inne = Inne { estimators: 20, sample_rows };
            let fitted = inne.fit(&features, 3, &Cancellation::default()).unwrap();
            let scores = fitted.score(&features);
            let bytes = fitted.to_bytes().unwrap();
            let fitted = FittedInne::new(postcard::from_bytes(&bytes).unwrap());
            let mut row = Vec::new();
            for (index, score) in scores.iter().enumerate() {
                features.copy_row(index, &mut row);
                let slow = slow_score(&fitted, &row);
                assert!((score - slow).abs() < 1e-9, "{sample_rows}: {score} is not {slow}");
            }
        }
    }
}
