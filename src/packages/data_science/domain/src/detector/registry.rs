use shared_kernel_domain::{Error, Result};

use super::Algorithm;
use super::abod::Abod;
use super::auto::Auto;
use super::cblof::Cblof;
use super::cof::Cof;
use super::copod::Copod;
use super::ecod::Ecod;
use super::extended_isolation_forest::ExtendedIsolationForest;
use super::fair_cut_forest::FairCutForest;
use super::gmm::GaussianMixture;
use super::half_space_trees::HalfSpaceTrees;
use super::hbos::{Bins, Hbos};
use super::inne::Inne;
use super::isolation_forest::IsolationForest;
use super::kde::KernelDensity;
use super::knn::{Aggregation, Knn};
use super::loda::Loda;
use super::lof::Lof;
use super::mcd::Mcd;
use super::one_class_svm::OneClassSvm;
use super::parameter::read_parameters;
use super::pca::{Pca, PcaScore};
use super::robust_random_cut_forest::RobustRandomCutForest;
use crate::series::series_algorithms;

/// The detector that is taken when nobody chose one: the most robust single choice.
pub const DEFAULT_DETECTOR: &str = "isolation_forest";

static ALGORITHMS: [&dyn Algorithm; 21] = [
    &Auto { budget_seconds: 60.0 },
    &IsolationForest { trees: 100, sample_rows: 256 },
    &ExtendedIsolationForest { trees: 100, sample_rows: 256 },
    &FairCutForest { trees: 100, sample_rows: 256, candidates: 10 },
    &Ecod,
    &Copod,
    &Hbos { kind: Bins::Static, bins: 10, alpha: 0.1, tolerance: 0.5 },
    &Loda { cuts: 100, bins: 10 },
    &Pca { score: PcaScore::EigenvectorDistances, trimmed: 0.0 },
    &Mcd { support: 0.0 },
    &Knn { neighbours: 20, aggregation: Aggregation::Largest },
    &Lof { neighbours: 50 },
    &Cof { neighbours: 20 },
    &Abod { neighbours: 10 },
    &Inne { estimators: 200, sample_rows: 8 },
    &Cblof { clusters: 8, large_share: 0.9, size_drop: 5.0 },
    &GaussianMixture { components: 1 },
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
        if series_algorithms().iter().any(|algorithm| algorithm.name() == name) {
            return Error::usage(format!(
                "{name} judges time series and learns no model that could watch a dataset"
            ))
            .hint(format!("use `pynomaly detect DATA --time COLUMN --detector {name}`"));
        }
        let names: Vec<_> = ALGORITHMS.iter().map(|algorithm| algorithm.name()).collect();
        Error::usage(format!("there is no detector called {name:?}"))
            .hint(format!("choose one of {}; see `pynomaly detector list`", names.join(", ")))
    })
}

/// The detector that a user named, with the parameters set behind its name: `knn`, or
/// `knn:neighbours=10,aggregation=mean`.
pub fn configured_algorithm(text: &str) -> Result<Box<dyn Algorithm>> {
    let (name, parameters) = match text.split_once(':') {
        Some((name, parameters)) => (name, Some(parameters)),
        None => (text, None),
    };
    let algorithm = algorithm(name)?;
    let parameters = parameters.map(|text| read_parameters(algorithm, text)).transpose()?;
    algorithm.configured(parameters.unwrap_or_default())
}
