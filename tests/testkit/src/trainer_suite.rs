use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::identity::DatasetVersionId;
use shared_kernel_domain::training::{ModelTrainer, TrainingRequest};

/// What every trainer must do with a version that it can learn from and with one that there is
/// not.
pub fn model_trainer_conformance(
    trainer: &dyn ModelTrainer,
    known: DatasetVersionId,
    unknown: DatasetVersionId,
) {
    let ready = Cancellation::default();
    let request =
        |dataset_version_id| TrainingRequest { dataset_version_id, detector: None, seed: 7 };
    let trained = trainer.train(&request(known), &ready).expect("a model");
    let again = trainer.train(&request(known), &ready).expect("the model again");
    assert_eq!(again, trained, "the same request gives the same model");
    assert!(trained.training_rows > 0, "a model learned from something");
    assert!(trained.artifact_bytes > 0);
    assert!(!trained.detector.is_empty());
    assert!(!trained.columns.is_empty(), "a model reads something");
    for column in &trained.columns {
        assert!(!trained.left_out.contains_key(column), "{column} is both read and left out");
    }

    let refused = trainer.train(&request(unknown), &ready).expect_err("nothing to learn from");
    assert_eq!(refused.kind(), ErrorKind::Input);

    let cancelled = Cancellation::default();
    cancelled.cancel();
    let stopped = trainer.train(&request(known), &cancelled).expect_err("no model");
    assert_eq!(stopped.kind(), ErrorKind::Interrupted);
}
