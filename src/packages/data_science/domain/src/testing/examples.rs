use std::str::FromStr;

use shared_kernel_domain::Error;
use shared_kernel_domain::artifact::ArtifactDigest;
use shared_kernel_domain::clock::Timestamp;
use shared_kernel_domain::event::ModelVersionRef;
use shared_kernel_domain::ingest::{IngestEvidence, TableFormat};
use shared_kernel_domain::table::{
    Cell, ColumnType, ContentDigest, Field, TableReference, TableSchema,
};

use crate::anomaly::{Anomaly, AnomalyReport, ScoreHistogram};
use crate::dataset::{Dataset, DatasetName, DatasetVersion};
use crate::feedback::{Feedback, Verdict, judged_columns};
use crate::pipeline::{Pipeline, PipelineRevision};
use crate::reason::{Aspect, Expected, Reason};

/// The id of a number.
pub fn example_id<T: FromStr<Err = Error>>(number: u32) -> T {
    format!("01890a5d-ac96-774b-bcce-{number:012}").parse().expect("an id")
}

/// Dataset `number`, called `table-NUMBER`.
pub fn dataset(number: u32) -> Dataset {
    Dataset {
        id: example_id(number),
        name: DatasetName::new(&format!("table-{number}")).expect("a name"),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

/// Version `number` of a dataset.
pub fn version(of: &Dataset, dataset: u32, number: u32) -> DatasetVersion {
    let field = Field { name: "x".to_owned(), column_type: ColumnType::Float };
    DatasetVersion {
        id: example_id(1_000 * dataset + number),
        dataset_id: of.id,
        number,
        table: TableReference {
            parts: Vec::new(),
            schema: TableSchema { fields: vec![field] },
            rows: 10,
            digest: ContentDigest::from_hex(format!("{number:064}")),
        },
        evidence: IngestEvidence::of_self_describing(TableFormat::Parquet),
        source: "x.parquet".to_owned(),
        label: None,
        detector: "isolation_forest".to_owned(),
        contract: None,
        created_at: Timestamp::UNIX_EPOCH,
    }
}

/// The pipeline of a dataset at a revision whose champion learned from the version of that number.
pub fn pipeline(of: &Dataset, dataset: u32, revision: u32) -> Pipeline {
    Pipeline {
        id: example_id(1_000_000 + dataset),
        dataset_id: of.id,
        name: of.name.to_string(),
        current: PipelineRevision {
            number: revision,
            champion: ModelVersionRef {
                model_id: example_id(2_000_000),
                model_name: of.name.to_string(),
                model_version_id: example_id(2_000_000 + revision),
                model_version: revision,
            },
            artifact: ArtifactDigest::of(&revision.to_le_bytes()),
            detector: "isolation_forest".to_owned(),
            version_id: example_id(1_000 * dataset + revision),
            version: revision,
            created_at: Timestamp::UNIX_EPOCH,
        },
    }
}

/// What the pipeline's champion found in the version it learned from: `count` anomalies.
pub fn report(pipeline: &Pipeline, count: u64) -> AnomalyReport {
    let reason = Reason {
        column: "x".to_owned(),
        aspect: Aspect::Value,
        contribution: 0.5,
        value: Cell::Float(9.0),
        expected: Expected::Range {
            typical: Cell::Float(1.0),
            low: Cell::Float(0.0),
            high: Cell::Float(2.0),
        },
        missing_share: 0.0,
    };
    let anomaly = |row: u64| Anomaly {
        row,
        score: 1.0 / (row + 1) as f64,
        percentile: 100.0,
        p_value: Some(1e-6),
        anomaly: true,
        feedback: None,
        segment: None,
        reasons: vec![reason.clone()],
        cells: vec![Cell::Float(9.0)],
    };
    AnomalyReport {
        version_id: pipeline.current.version_id,
        pipeline_id: pipeline.id,
        model_version_id: pipeline.current.champion.model_version_id,
        detector: pipeline.current.detector.clone(),
        rows: 10,
        anomaly_count: count,
        threshold: 0.5,
        decision_rule: "score of at least 0.5".to_owned(),
        histogram: ScoreHistogram::of(&[0.1, 0.9]),
        columns: vec!["x".to_owned()],
        created_at: Timestamp::UNIX_EPOCH,
        feedback: None,
        anomalies: (0..count).map(anomaly).collect(),
    }
}

/// Feedback on a row of what the pipeline's champion found in the version it learned from.
pub fn feedback(pipeline: &Pipeline, row: u64, verdict: Verdict) -> Feedback {
    let told = report(pipeline, 1);
    Feedback {
        pipeline_id: pipeline.id,
        version_id: pipeline.current.version_id,
        version: pipeline.current.version,
        row,
        verdict,
        by: "user".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        reason: Some(format!("row {row}, as \"always\"")),
        columns: told.anomalies.iter().flat_map(judged_columns).collect(),
    }
}
