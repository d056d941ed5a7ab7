use shared_kernel_domain::{Error, Result};

use super::Algorithm;
use super::copod::Copod;
use super::ecod::Ecod;
use super::hbos::{Bins, Hbos};
use super::isolation_forest::IsolationForest;
use super::loda::Loda;
use super::mcd::Mcd;
use super::pca::{Pca, PcaScore};

/// The detector that is taken when nobody chose one: the most robust single choice.
pub const DEFAULT_DETECTOR: &str = "isolation_forest";

static ALGORITHMS: [&dyn Algorithm; 7] = [
    &IsolationForest { trees: 100, sample_rows: 256 },
    &Ecod,
    &Copod,
    &Hbos { kind: Bins::Static, bins: 10, alpha: 0.1, tolerance: 0.5 },
    &Loda { cuts: 100, bins: 10 },
    &Pca { score: PcaScore::EigenvectorDistances, trimmed: 0.0 },
    &Mcd { support: 0.0 },
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
