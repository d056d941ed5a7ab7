use shared_kernel_domain::{Error, Result};

use super::Algorithm;
use super::cblof::Cblof;
use super::ecod::Ecod;
use super::extended_isolation_forest::ExtendedIsolationForest;
use super::gmm::GaussianMixture;
use super::half_space_trees::HalfSpaceTrees;
use super::isolation_forest::IsolationForest;
use super::kde::KernelDensity;
use super::one_class_svm::OneClassSvm;
use super::robust_random_cut_forest::RobustRandomCutForest;

/// The detector that is taken when nobody chose one: the most robust single choice.
pub const DEFAULT_DETECTOR: &str = "isolation_forest";

static ALGORITHMS: [&dyn Algorithm; 9] = [
    &IsolationForest { trees: 100, sample_rows: 256 },
    &Ecod,
    &ExtendedIsolationForest { trees: 100, sample_rows: 256 },
    &GaussianMixture { components: 1 },
    &Cblof { clusters: 8, large_share: 0.9, size_drop: 5.0 },
    &KernelDensity { reference_rows: 2_048 },
    &OneClassSvm { fourier_features: 256, outside_share: 0.5 },
    &HalfSpaceTrees { trees: 25, height: 15, window: 250 },
    &RobustRandomCutForest { trees: 100, sample_rows: 256 },
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
