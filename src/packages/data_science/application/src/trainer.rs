use std::collections::BTreeMap;
use std::sync::Arc;

use data_science_domain::dataset::DatasetRepository;
use data_science_domain::metrics::separation_of_labelled;
use shared_kernel_domain::Result;
use shared_kernel_domain::artifact::ArtifactStore;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::scan::TableScanner;
use shared_kernel_domain::training::{ModelTrainer, TrainedModel, TrainingRequest};

use crate::catalog::find_version;
use crate::learn::{Learned, Lesson, learn};

/// Trains detectors for MLOps.
pub struct DetectorTrainer {
    datasets: Arc<dyn DatasetRepository>,
    scanner: Arc<dyn TableScanner>,
    artifacts: Arc<dyn ArtifactStore>,
    memory_bytes: u64,
}

impl DetectorTrainer {
    /// A trainer over data science's datasets that may take so much memory.
    pub fn new(
        datasets: Arc<dyn DatasetRepository>,
        scanner: Arc<dyn TableScanner>,
        artifacts: Arc<dyn ArtifactStore>,
        memory_bytes: u64,
    ) -> Self {
        Self { datasets, scanner, artifacts, memory_bytes }
    }
}

impl ModelTrainer for DetectorTrainer {
    fn train(
        &self,
        request: &TrainingRequest,
        cancellation: &Cancellation,
    ) -> Result<TrainedModel> {
        let (_, version) = find_version(self.datasets.as_ref(), &request.dataset_version_id)?;
        let lesson = Lesson {
            table: &version.table,
            label: version.label.as_deref(),
            detector: request.detector.as_deref().unwrap_or(&version.detector),
            seed: request.seed,
            memory_bytes: self.memory_bytes,
        };
        let learned = learn(self.scanner.as_ref(), &lesson, cancellation)?;
        let bytes = learned.model.to_bytes()?;
        let artifact = self.artifacts.put(&bytes)?;
        let model = &learned.model;
        Ok(TrainedModel {
            artifact,
            artifact_bytes: bytes.len() as u64,
            detector: model.detector_name().to_owned(),
            parameters: model.parameters(),
            metrics: metrics(&learned),
            columns: model.encoder().columns(),
            left_out: model.encoder().left_out().clone(),
            training_rows: model.training_rows(),
        })
    }
}

/// What was measured on the rows that were read, score quantiles on those that calibrate; sampled
/// when they are not all rows.
fn metrics(learned: &Learned) -> BTreeMap<String, Measured<f64>> {
    let model = &learned.model;
    let calibration = model.calibration();
    let read = learned.scores.len() as u64;
    let measured = |value: f64, rows: u64| {
        if learned.all_rows && rows == read {
            Measured::exact(value)
        } else {
            Measured::sampled(value, rows)
        }
    };
    let mut metrics = BTreeMap::new();
    let mut tell = |name: &str, value: Option<f64>, rows: u64| {
        if let Some(value) = value {
            metrics.insert(name.to_owned(), measured(value, rows));
        }
    };
    for (name, share) in
        [("score_median", 0.5), ("score_p90", 0.9), ("score_p99", 0.99), ("score_max", 1.0)]
    {
        tell(name, calibration.quantile(share), calibration.rows());
    }
    let decision = model.decision_rule().decide(&learned.scores, calibration);
    tell("threshold", (!decision.rows.is_empty()).then_some(decision.threshold), read);
    let separation = separation_of_labelled(&learned.scores, &learned.labels);
    tell("auroc", separation.map(|separation| separation.auroc), read);
    tell("average_precision", separation.map(|separation| separation.average_precision), read);
    metrics
}
