use std::collections::BTreeMap;
use std::sync::OnceLock;

use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, Result};

use super::reference::{MAX_REFERENCE_ROWS, ReferenceDocument};
use super::{Neighbour, Reference, ReferenceRows, Search, reference_rows};
use crate::detector::scaling::Scaler;
use crate::detector::{Cost, Detector, Parameter};
use crate::matrix::FeatureMatrix;

/// Neighbours that a detector may look at.
const MAX_NEIGHBOURS: usize = 10_000;

/// A row among its neighbours.
#[derive(Clone, Copy)]
pub struct Neighbourhood<'a> {
    /// The row, scaled.
    pub row: &'a [f64],
    /// Its neighbours, nearest first, never itself; none when only one row was learned from.
    pub neighbours: &'a [Neighbour],
    /// The rows that the neighbours are of.
    pub rows: &'a ReferenceRows,
}

impl Neighbourhood<'_> {
    /// The mean distance to the neighbours; 0 without any.
    pub fn mean_distance(&self) -> f64 {
        let sum: f64 = self.neighbours.iter().map(Neighbour::distance).sum();
        sum / self.neighbours.len().max(1) as f64
    }
}

/// How odd a row is among its neighbours: what tells one detector of neighbours from another.
pub trait NeighbourScore: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Learns from each row's neighbours: `graph` has the same number of them for each row, by row.
    fn learn(&mut self, rows: &ReferenceRows, graph: &[Neighbour]);

    /// How many neighbours it looks at.
    fn neighbours(&self) -> usize;

    /// A finite score that depends on what it learned and on the neighbourhood only.
    fn score(&self, neighbourhood: Neighbourhood<'_>) -> f64;

    /// What a column is told to add to: the score, or what says the same of groups that the score takes
    /// for usual.
    fn oddness(&self, neighbourhood: Neighbourhood<'_>) -> f64 {
        self.score(neighbourhood)
    }

    /// Refuses what could make a score infinite or fail.
    fn check(&self, rows: &ReferenceRows) -> Result<()>;

    /// Its parameters by name, but for the rows kept.
    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        BTreeMap::from([("neighbours".to_owned(), json!(self.neighbours()))])
    }
}

/// A detector that scores a row by its neighbours among the training rows it keeps.
pub struct FittedNeighbours<S> {
    reference: Reference,
    measure: S,
    /// The scores of the rows kept, by row.
    scores: Vec<f64>,
    /// Usual values of each feature, scaled; worked out when a row is explained for the first time.
    usual: OnceLock<Vec<Vec<f64>>>,
}

#[derive(Serialize, Deserialize)]
struct NeighboursDocument<S> {
    reference: ReferenceDocument,
    measure: S,
    scores: Vec<f64>,
}

impl<S: NeighbourScore> FittedNeighbours<S> {
    /// Learns from a matrix: keeps rows, finds their neighbours, and scores them.
    pub(in crate::detector) fn fit(
        mut measure: S,
        scaler: Scaler,
        features: &FeatureMatrix,
        seed: u64,
        cancellation: &Cancellation,
    ) -> Result<Self> {
        let reference = Reference::learn(features, scaler, seed);
        let graph = reference.graph(measure.neighbours(), cancellation)?;
        let rows = reference.rows();
        measure.learn(rows, &graph);
        let count = graph.len() / rows.rows();
        let score = |row: &mut Vec<f64>, index: usize| {
            rows.copy_row(index as u32, row);
            let neighbours = &graph[index * count..][..count];
            measure.score(Neighbourhood { row, neighbours, rows })
        };
        let scores = (0..rows.rows()).into_par_iter().map_init(Vec::new, score).collect();
        Ok(Self { reference, measure, scores, usual: OnceLock::new() })
    }

    /// Restores what [`Detector::to_bytes`] wrote.
    pub(in crate::detector) fn restore(bytes: &[u8], features: usize) -> Result<Self> {
        let document: NeighboursDocument<S> = postcard::from_bytes(bytes).map_err(|cause| {
            Error::input("the neighbours in the model cannot be read").caused_by(cause)
        })?;
        let NeighboursDocument { reference, measure, scores } = document;
        let reference = Reference::restore(reference, features)?;
        let rows = reference.rows();
        measure.check(rows)?;
        let sound = (1..=MAX_NEIGHBOURS).contains(&measure.neighbours())
            && scores.len() == rows.rows()
            && scores.iter().all(|score| score.is_finite());
        if !sound {
            return Err(Error::input("the scores of the rows kept in the model are broken"));
        }
        Ok(Self { reference, measure, scores, usual: OnceLock::new() })
    }

    /// Without the scores kept: what they must equal.
    fn computed(&self, row: &[f64], search: &mut Search) -> f64 {
        let neighbours = self.reference.neighbours(row, self.measure.neighbours(), search);
        self.measure.score(Neighbourhood { row, neighbours, rows: self.reference.rows() })
    }

    fn oddness(&self, row: &[f64], search: &mut Search) -> f64 {
        let neighbours = self.reference.neighbours(row, self.measure.neighbours(), search);
        self.measure.oddness(Neighbourhood { row, neighbours, rows: self.reference.rows() })
    }
}

impl<S: NeighbourScore> Detector for FittedNeighbours<S> {
    fn score(&self, features: &FeatureMatrix) -> Vec<f64> {
        let mut search = Search::default();
        let mut scores = Vec::with_capacity(features.rows());
        self.reference.each_scaled(features, |row| {
            // A row that lies where one kept lies has its neighbours, and so its score.
            let kept = self.reference.rows().find(row, &mut search);
            let known = kept.and_then(|row| self.scores.get(row as usize)).copied();
            scores.push(known.unwrap_or_else(|| self.computed(row, &mut search)));
        });
        scores
    }

    /// By replacement: neighbours of an odd row may be odd in the same way, so that their distances
    /// would not tell.
    fn contributions(&self, row: &[f64]) -> Vec<f64> {
        let (mut row, mut search) = (self.reference.scaled(row), Search::default());
        let oddness = self.oddness(&row, &mut search);
        let usual = self.usual.get_or_init(|| self.reference.usual_values());
        let mut contributions = Vec::with_capacity(row.len());
        for (feature, usual) in usual.iter().enumerate() {
            let own = row[feature];
            let mut lowest = oddness;
            for &value in usual {
                row[feature] = value;
                lowest = lowest.min(self.oddness(&row, &mut search));
            }
            row[feature] = own;
            contributions.push(oddness - lowest);
        }
        contributions
    }

    fn parameters(&self) -> BTreeMap<String, serde_json::Value> {
        let mut parameters = self.measure.parameters();
        parameters.insert("reference_rows".to_owned(), json!(self.reference.rows().rows()));
        parameters
    }

    fn to_bytes(&self) -> Result<Vec<u8>> {
        #[derive(Serialize)]
        struct Borrowed<'a, S> {
            reference: ReferenceDocument,
            measure: &'a S,
            scores: &'a [f64],
        }
        let document = Borrowed {
            reference: self.reference.document(),
            measure: &self.measure,
            scores: &self.scores,
        };
        postcard::to_allocvec(&document)
            .map_err(|cause| Error::internal("neighbours do not serialise").caused_by(cause))
    }
}

/// What learning from and scoring all rows takes at most: each compared with each row kept.
pub(in crate::detector) fn cost_of_neighbours(
    rows: usize,
    features: usize,
    neighbours: usize,
) -> Cost {
    let kept = reference_rows(rows, features) as f64;
    // Rows kept as such and as offsets in half the bytes, and the graph.
    let bytes_per_row = 12.0 * features as f64 + (neighbours * size_of::<Neighbour>()) as f64;
    Cost { operations: rows as f64 * kept * features as f64, bytes: kept * bytes_per_row }
}

/// The parameter that says how many neighbours are looked at.
pub(in crate::detector) fn neighbours_parameter(default: u32) -> Parameter {
    Parameter::whole(
        "neighbours",
        default,
        2..=200,
        "neighbours looked at (k); anomalies in larger groups look normal",
    )
}

/// The parameter that says how many training rows are kept.
pub(in crate::detector) fn reference_rows_parameter() -> Parameter {
    Parameter::told(
        "reference_rows",
        MAX_REFERENCE_ROWS,
        "training rows kept at most, a random part of more; fewer for many columns, so that \
         comparing each with each reads at most 2 × 10¹¹ numbers",
    )
}
