//! What a detector computes, in terms that other programs know too: sums of steps, trees, and
//! distances. Every number is the detector's own, so a formula gives the same scores but for the
//! rounding of sums.

use shared_kernel_domain::Error;

use super::steps::Steps;
use crate::detector::scaling::Scaler;

/// How a score is computed from a row's features.
#[derive(Clone, Debug)]
pub struct Formula {
    /// How features are scaled first; `None` takes them as they are.
    pub(crate) scaler: Option<Scaler>,
    /// The score of scaled features.
    pub(crate) score: ScoreForm,
}

/// A score as a function of features.
#[derive(Clone, Debug)]
pub(crate) enum ScoreForm {
    /// `Σ steps(input) / divisor`.
    Steps { terms: Vec<(Combination, Steps)>, divisor: f64 },
    /// `2^(−mean / normal)` of the mean over trees of the value at a row's leaf.
    Forest { trees: Vec<SplitTree>, normal: f64 },
    /// `Σ weight × (direction · (x − centre))²`.
    Squares { centre: Vec<f64>, directions: Vec<Weighted> },
    /// `Σ weight × ‖x − point‖`.
    Distances { points: Vec<Weighted> },
}

/// As many numbers as there are features, and what they count for.
#[derive(Clone, Debug)]
pub(crate) struct Weighted {
    pub(crate) weight: f64,
    pub(crate) entries: Vec<f64>,
}

/// One number of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Combination {
    /// A feature as it is.
    Feature(usize),
    /// `0 + coefficient × feature + …`, added in this order.
    Sum(Vec<(usize, f64)>),
}

/// A tree of splits; the root is the first node.
#[derive(Clone, Debug)]
pub(crate) struct SplitTree {
    pub(crate) nodes: Vec<SplitNode>,
}

/// A node of a tree.
#[derive(Clone, Debug)]
pub(crate) enum SplitNode {
    /// The value of rows that end here.
    Leaf(f64),
    /// Rows whose input is at least the threshold go right, all others left.
    Split { input: Combination, threshold: f64, left: usize, right: usize },
}

impl SplitTree {
    /// How often it asks.
    pub(crate) fn splits(&self) -> usize {
        self.nodes.iter().filter(|node| matches!(node, SplitNode::Split { .. })).count()
    }
}

impl Formula {
    /// Numbers and comparisons that it is made of.
    pub(crate) fn size(&self) -> usize {
        match &self.score {
            ScoreForm::Steps { terms, .. } => terms.iter().map(|(_, steps)| steps.len()).sum(),
            ScoreForm::Forest { trees, .. } => trees.iter().map(SplitTree::splits).sum(),
            ScoreForm::Squares { directions: rows, .. } | ScoreForm::Distances { points: rows } => {
                rows.iter().map(|row| row.entries.len()).sum()
            }
        }
    }
}

/// The error for a detector that other programs cannot compute.
pub(crate) fn not_portable(why: &str) -> Error {
    Error::usage(format!("this model cannot be exported: {why}")).hint(format!(
        "models of {} can; train one with `pynomaly run DATA --detector NAME`",
        PORTABLE.join(", ")
    ))
}

/// Detectors whose models other programs can compute.
pub const PORTABLE: [&str; 9] = [
    "isolation_forest",
    "extended_isolation_forest",
    "fair_cut_forest",
    "ecod",
    "copod",
    "hbos",
    "loda",
    "pca",
    "mcd",
];

#[cfg(test)]
impl Formula {
    /// The score of a row, the slow and plain way.
    pub(crate) fn evaluate(&self, row: &[f64]) -> f64 {
        let row = self.scaler.as_ref().map_or_else(|| row.to_vec(), |it| it.apply_row(row));
        match &self.score {
            ScoreForm::Steps { terms, divisor } => {
                let value = |(input, steps): &(Combination, Steps)| steps.of(input.of(&row));
                terms.iter().map(value).sum::<f64>() / divisor
            }
            ScoreForm::Forest { trees, normal } => {
                let sum: f64 = trees.iter().map(|tree| tree.of(&row)).sum();
                (-(sum / trees.len() as f64) / normal).exp2()
            }
            ScoreForm::Squares { centre, directions } => {
                let centred: Vec<f64> = row.iter().zip(centre).map(|(x, c)| x - c).collect();
                let part = |it: &Weighted| {
                    let pairs = it.entries.iter().zip(&centred);
                    it.weight * pairs.map(|(a, b)| a * b).sum::<f64>().powi(2)
                };
                directions.iter().map(part).sum()
            }
            ScoreForm::Distances { points } => {
                let part = |it: &Weighted| {
                    let squares = it.entries.iter().zip(&row).map(|(a, b)| (a - b).powi(2));
                    it.weight * squares.sum::<f64>().sqrt()
                };
                points.iter().map(part).sum()
            }
        }
    }
}

#[cfg(test)]
impl Combination {
    fn of(&self, row: &[f64]) -> f64 {
        match self {
            Self::Feature(feature) => row[*feature],
            Self::Sum(terms) => terms.iter().fold(0.0, |sum, &(at, factor)| sum + factor * row[at]),
        }
    }
}

#[cfg(test)]
impl SplitTree {
    pub(crate) fn of(&self, row: &[f64]) -> f64 {
        let mut at = 0;
        loop {
            match &self.nodes[at] {
                SplitNode::Leaf(value) => return *value,
                SplitNode::Split { input, threshold, left, right } => {
                    at = if input.of(row) >= *threshold { *right } else { *left };
                }
            }
        }
    }
}
