use std::collections::BTreeMap;
use std::str::FromStr;

use serde_json::json;
use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::{DatasetVersionRef, GateDecision};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::training::TrainedModel;

use crate::{AliasChange, CHAMPION, Lineage, Model, ModelVersion, Run, RunStatus};

/// An id of any kind; greater numbers give greater ids.
pub fn example_id<Id: FromStr>(number: u32) -> Id {
    let text = format!("01986f2a-0000-7000-8000-{number:012x}");
    text.parse().ok().expect("a UUID")
}

/// Version `version` of dataset number `dataset`, called `flights` (`flights-2`, …).
pub fn dataset_version(dataset: u32, version: u32) -> DatasetVersionRef {
    let name = if dataset == 1 { "flights".to_owned() } else { format!("flights-{dataset}") };
    DatasetVersionRef {
        dataset_id: example_id(dataset),
        dataset_name: name,
        version_id: example_id(1000 * dataset + version),
        version,
    }
}

/// The lineage of a run on a dataset version whose gate passed.
pub fn lineage(dataset: u32, version: u32) -> Lineage {
    Lineage {
        dataset: dataset_version(dataset, version),
        gate: GateDecision::by_reasons(Vec::new()),
        profile_id: example_id(10_000 + 1000 * dataset + version),
        cause: example_id(20_000 + 1000 * dataset + version),
    }
}

/// What a trainer returns.
pub fn trained() -> TrainedModel {
    TrainedModel {
        artifact: ArtifactDigest::of(b"a model"),
        artifact_bytes: 51_234,
        detector: "isolation_forest".to_owned(),
        parameters: BTreeMap::from([
            ("sample_size".to_owned(), json!(256)),
            ("trees".to_owned(), json!(100)),
        ]),
        metrics: BTreeMap::from([
            ("mean_score".to_owned(), Measured::exact(0.4375)),
            ("score_p99".to_owned(), Measured::sampled(0.625, 100_000)),
        ]),
        columns: vec!["dep_delay".to_owned(), "carrier".to_owned()],
        left_out: BTreeMap::from([(
            "tailnum".to_owned(),
            "4,043 different values: more like a name than a category".to_owned(),
        )]),
        training_rows: 336_776,
    }
}

/// The model of a dataset.
pub fn model(dataset: u32, now: Timestamp) -> Model {
    let reference = dataset_version(dataset, 1);
    Model {
        id: example_id(30_000 + dataset),
        name: reference.dataset_name,
        dataset_id: reference.dataset_id,
        created_at: now,
    }
}

/// Model version `number` of a dataset, trained on dataset version `number`, and its run.
pub fn version(dataset: u32, number: u32, now: Timestamp) -> (ModelVersion, Run) {
    let model_version_id = example_id(40_000 + 1000 * dataset + number);
    let run_id = example_id(50_000 + 1000 * dataset + number);
    let run = Run::begin(run_id, lineage(dataset, number), now)
        .ended(RunStatus::Finished { model_version_id }, now);
    let model = model(dataset, now);
    (ModelVersion::trained(model_version_id, &model, number, &run, trained(), now), run)
}

/// The change that made a version the champion.
pub fn alias_change(version: &ModelVersion, now: Timestamp) -> AliasChange {
    AliasChange {
        model_id: version.model_id,
        alias: CHAMPION.to_owned(),
        model_version_id: version.id,
        model_version: version.number,
        changed_at: now,
        actor: "mlops.train".to_owned(),
        reason: "the newest version".to_owned(),
    }
}
