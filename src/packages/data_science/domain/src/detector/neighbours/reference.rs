use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::{Neighbour, ReferenceRows, Search};
use crate::detector::random::sample;
use crate::detector::scaling::{LIMIT, Scaler};
use crate::detector::tails::sort;
use crate::matrix::FeatureMatrix;

/// Rows kept at most.
pub(super) const MAX_REFERENCE_ROWS: usize = 100_000;

/// Numbers read at most when each row kept is compared with each.
const MAX_COMPARED_NUMBERS: f64 = 2e11;

/// Bytes that kept rows take at most, in memory and in a model.
const MAX_REFERENCE_BYTES: usize = 128 << 20;

/// Usual values of a feature that are tried in its place.
const USUAL_VALUES: usize = 5;

/// Rows between two looks for a request to stop.
const ROWS_BETWEEN_LOOKS: usize = 256;

/// Rows whose neighbours are held before they are put where they belong.
const ROWS_TOGETHER: usize = 64 * ROWS_BETWEEN_LOOKS;

/// How many of `rows` training rows are kept to be searched: all up to 100,000; fewer when
/// comparing each with each would read more than 2 × 10¹¹ numbers, or when they would take more
/// than 128 MiB.
pub fn reference_rows(rows: usize, features: usize) -> usize {
    let features = features.max(1);
    let by_time = (MAX_COMPARED_NUMBERS / features as f64).sqrt() as usize;
    let by_memory = MAX_REFERENCE_BYTES / (features * size_of::<f64>());
    rows.min(MAX_REFERENCE_ROWS).min(by_time).min(by_memory).max(1)
}

/// The training rows that a detector keeps, and how rows are scaled to be compared with them.
pub struct Reference {
    scaler: Scaler,
    rows: ReferenceRows,
}

/// What is stored of a [`Reference`].
#[derive(Serialize, Deserialize)]
pub struct ReferenceDocument {
    scaler: Scaler,
    /// Scaled, row-major.
    values: Vec<f64>,
}

impl Reference {
    /// Keeps the rows of a matrix, or a random part of them, see [`reference_rows`].
    pub fn learn(features: &FeatureMatrix, scaler: Scaler, seed: u64) -> Self {
        let kept = reference_rows(features.rows(), features.features());
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut values = Vec::with_capacity(kept * features.features());
        let mut row = Vec::new();
        for index in sample(&mut random, features.rows() as u64, kept as u64) {
            features.copy_row(index, &mut row);
            values.extend(scaler.apply_row(&row));
        }
        let rows = ReferenceRows::new(&values, features.features());
        Self { scaler, rows }
    }

    /// The rows kept, scaled.
    pub fn rows(&self) -> &ReferenceRows {
        &self.rows
    }

    /// A row as it is compared.
    pub fn scaled(&self, row: &[f64]) -> Vec<f64> {
        self.scaler.apply_row(row)
    }

    /// Scaled values of each feature that many rows kept have: five, the middle of a fifth each.
    pub fn usual_values(&self) -> Vec<Vec<f64>> {
        let rows = self.rows.rows();
        let mut row = Vec::new();
        let mut columns = vec![Vec::with_capacity(rows); self.rows.features()];
        for index in 0..rows as u32 {
            self.rows.copy_row(index, &mut row);
            columns.iter_mut().zip(&row).for_each(|(column, &value)| column.push(value));
        }
        let usual = |mut column: Vec<f64>| {
            sort(&mut column);
            let mut usual: Vec<f64> = (0..USUAL_VALUES)
                .map(|part| column[(2 * part + 1) * rows / (2 * USUAL_VALUES)])
                .collect();
            usual.dedup();
            usual
        };
        columns.into_iter().map(usual).collect()
    }

    /// All rows of a matrix as they are compared, one after the other.
    pub fn each_scaled(&self, features: &FeatureMatrix, mut look: impl FnMut(&[f64])) {
        let mut block = Vec::new();
        for start in (0..features.rows()).step_by(ROWS_BETWEEN_LOOKS) {
            let end = (start + ROWS_BETWEEN_LOOKS).min(features.rows());
            self.scaler.apply_block(features, start..end, &mut block);
            block.chunks_exact(features.features().max(1)).for_each(&mut look);
        }
    }

    /// The `count` nearest neighbours of a scaled row, or all, nearest first; the first of the rows
    /// kept that lie where it lies is taken for the row itself and left out.
    pub fn neighbours<'a>(
        &self,
        row: &[f64],
        count: usize,
        search: &'a mut Search,
    ) -> &'a [Neighbour] {
        let nearest = self.rows.nearest(row, count + 1, search);
        match nearest.split_first() {
            Some((first, others)) if first.squared_distance == 0.0 => others,
            _ => &nearest[..nearest.len().min(count)],
        }
    }

    /// The neighbours of each row kept, by row: [`Reference::neighbours`], the same number for each.
    pub fn graph(&self, count: usize, cancellation: &Cancellation) -> Result<Vec<Neighbour>> {
        let count = count.min(self.rows.rows() - 1);
        let neighbours_of = |rows: &[u32]| {
            cancellation.check()?;
            let (mut search, mut row) = (Search::default(), Vec::new());
            let mut found = Vec::with_capacity(rows.len() * count);
            for &index in rows {
                self.rows.copy_row(index, &mut row);
                found.extend_from_slice(self.neighbours(&row, count, &mut search));
            }
            Ok(found)
        };
        let mut graph = vec![Neighbour::FARTHEST; self.rows.rows() * count];
        // In the order of the tree, so that a search finds in the cache what the last one read.
        for rows in self.rows.row_at[..self.rows.rows()].chunks(ROWS_TOGETHER) {
            let found = rows.par_chunks(ROWS_BETWEEN_LOOKS).map(neighbours_of);
            let found: Vec<_> = found.collect::<Result<_>>()?;
            for (&row, found) in
                rows.iter().zip(found.iter().flat_map(|it| it.chunks(count.max(1))))
            {
                graph[row as usize * count..][..count].copy_from_slice(found);
            }
        }
        Ok(graph)
    }

    /// What is stored.
    pub fn document(&self) -> ReferenceDocument {
        let mut values = Vec::with_capacity(self.rows.rows() * self.rows.features());
        let mut row = Vec::new();
        for index in 0..self.rows.rows() as u32 {
            self.rows.copy_row(index, &mut row);
            values.extend_from_slice(&row);
        }
        ReferenceDocument { scaler: self.scaler.clone(), values }
    }

    /// Restores what was stored; what could make a search fail is refused.
    pub fn restore(document: ReferenceDocument, features: usize) -> Result<Self> {
        let ReferenceDocument { scaler, values } = document;
        scaler.check(features)?;
        let rows = values.len() / features.max(1);
        let sound = features > 0
            && (1..=MAX_REFERENCE_ROWS).contains(&rows)
            && values.len() == rows * features
            && values.iter().all(|value| value.abs() <= LIMIT);
        if !sound {
            return Err(Error::input("the rows kept in the model are broken"));
        }
        Ok(Self { scaler, rows: ReferenceRows::new(&values, features) })
    }
}
