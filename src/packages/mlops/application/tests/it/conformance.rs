//! The fake is what it stands for.

use mlops_domain::testing::dataset_version;
use testkit::model_trainer_conformance;

use crate::fixture::ScriptedTrainer;

#[test]
fn the_scripted_trainer_is_a_trainer() {
    let trainer = ScriptedTrainer::default();
    let (known, deleted) = (dataset_version(1, 1).version_id, dataset_version(1, 2).version_id);
    trainer.delete(deleted);
    model_trainer_conformance(&trainer, known, deleted);
}
