use shared_kernel_domain::{Error, Result};

use super::Algorithm;
use super::abod::Abod;
use super::cof::Cof;
use super::ecod::Ecod;
use super::inne::Inne;
use super::isolation_forest::IsolationForest;
use super::knn::{Aggregation, Knn};
use super::lof::Lof;

/// The detector that is taken when nobody chose one: the most robust single choice.
pub const DEFAULT_DETECTOR: &str = "isolation_forest";

static ALGORITHMS: [&dyn Algorithm; 7] = [
    &IsolationForest { trees: 100, sample_rows: 256 },
    &Ecod,
    &Knn { neighbours: 20, aggregation: Aggregation::Largest },
    &Lof { neighbours: 50 },
    &Cof { neighbours: 20 },
    &Abod { neighbours: 10 },
    &Inne { estimators: 200, sample_rows: 8 },
];

/// All detectors, in the order users see them.
pub fn algorithms() -> &'static [&'static dyn Algorithm] {
    &ALGORITHMS
}

/// The detector of a name.
pub fn algorithm(name: &str) -> Result<&'static dyn Algorithm> {
    ALGORITHMS.iter().copied().find(|algorithm| algorithm.name() == name).ok_or_else(|| {
        let names: Vec<_> = ALGORITHMS.iter().map(|algorithm| algorithm.name()).collect();
        Error::usage(format!("there is no detector called {name:?}"))
            .hint(format!("choose one of {}; see `pynomaly detector list`", names.join(", ")))
    })
}
