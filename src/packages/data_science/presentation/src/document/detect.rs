use std::collections::BTreeMap;

use data_science_application::Detection;
use data_science_domain::anomaly::{Anomaly, ScoreHistogram};
use data_science_domain::decision::DecisionRule;
use data_science_domain::reason::Reason;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use shared_kernel_domain::measured::Measured;

/// What is called an anomaly.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DecisionDocument {
    /// The rule.
    pub rule: DecisionRule,
    /// The rule in words.
    pub words: String,
    /// The lowest anomalous score; above all scores when no row is anomalous.
    pub threshold: f64,
    /// Rows called anomalies.
    pub anomalies: Measured<u64>,
}

/// How well scores agree with labels, which no detector saw.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EvaluationDocument {
    /// The label column; null when there is none.
    pub label: Option<String>,
    /// Area under the ROC curve, ties counting half; null with a reason.
    pub auroc: Option<Measured<f64>>,
    /// Average precision as scikit-learn defines it; null with a reason.
    pub average_precision: Option<Measured<f64>>,
    /// Rows with a label.
    pub labelled_rows: u64,
    /// Rows labelled as anomalies.
    pub labelled_anomalies: u64,
    /// Why there are no figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A row, why it is unusual, and what stands in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AnomalyDocument {
    /// The row's number, from 0.
    pub row: u64,
    /// Higher is more anomalous; comparable within one model.
    pub score: f64,
    /// The share of calibration scores that are not higher, in percent.
    pub percentile: Measured<f64>,
    /// Whether the decision rule calls it an anomaly.
    pub anomaly: bool,
    /// Why, heaviest column first.
    pub reasons: Vec<Reason>,
    /// The row's cells by column, of at most 200 columns.
    pub cells: Map<String, Value>,
}

/// The answer of `detect`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DetectDocument {
    /// The schema's name.
    pub schema: &'static str,
    /// What the table is called.
    pub name: String,
    /// Rows scored.
    pub rows: Measured<u64>,
    /// The detector.
    pub detector: String,
    /// Its parameters as used.
    pub parameters: BTreeMap<String, Value>,
    /// The pipeline that scored; null when the detector learned from the same rows.
    pub pipeline: Option<String>,
    /// The pipeline's revision.
    pub pipeline_revision: Option<u32>,
    /// Rows that were learned from.
    pub training_rows: u64,
    /// Columns that were read.
    pub columns: Vec<String>,
    /// Columns left out, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// What is called an anomaly.
    pub decision: DecisionDocument,
    /// All scores.
    pub histogram: ScoreHistogram,
    /// How well scores agree with labels.
    pub evaluation: EvaluationDocument,
    /// The most anomalous rows, most anomalous first.
    pub most_anomalous: Vec<AnomalyDocument>,
}

impl DetectDocument {
    /// The schema's name.
    pub const SCHEMA: &str = "pynomaly.detect/1";

    /// The document of a detection.
    pub fn of(detection: &Detection) -> Self {
        let (pipeline, pipeline_revision) = detection.pipeline.clone().unzip();
        Self {
            schema: Self::SCHEMA,
            name: detection.name.clone(),
            rows: Measured::exact(detection.rows),
            detector: detection.detector.clone(),
            parameters: detection.parameters.clone(),
            pipeline,
            pipeline_revision,
            training_rows: detection.training_rows,
            columns: detection.columns.clone(),
            left_out: detection.left_out.clone(),
            decision: DecisionDocument {
                rule: detection.decision.rule,
                words: detection.decision_words.clone(),
                threshold: detection.decision.threshold,
                anomalies: Measured::exact(detection.decision.rows.len() as u64),
            },
            histogram: detection.histogram.clone(),
            evaluation: evaluation(detection),
            most_anomalous: detection
                .anomalies
                .iter()
                .map(|anomaly| anomaly_document(detection, anomaly))
                .collect(),
        }
    }
}

fn evaluation(detection: &Detection) -> EvaluationDocument {
    let separation = detection.separation;
    let reason = match (&detection.label, separation) {
        (_, Some(_)) => None,
        (None, None) => Some("no column of labels was named".to_owned()),
        (Some(_), None) => Some("the labels do not hold both anomalies and normal rows".to_owned()),
    };
    EvaluationDocument {
        label: detection.label.clone(),
        auroc: separation.map(|separation| Measured::exact(separation.auroc)),
        average_precision: separation
            .map(|separation| Measured::exact(separation.average_precision)),
        labelled_rows: separation.map_or(0, |separation| separation.rows),
        labelled_anomalies: separation.map_or(0, |separation| separation.anomalies),
        reason,
    }
}

fn anomaly_document(detection: &Detection, anomaly: &Anomaly) -> AnomalyDocument {
    let cells = detection.cell_columns.iter().zip(&anomaly.cells);
    AnomalyDocument {
        row: anomaly.row,
        score: anomaly.score,
        percentile: Measured {
            value: anomaly.percentile,
            exactness: detection.percentile_exactness,
        },
        anomaly: anomaly.anomaly,
        reasons: anomaly.reasons.clone(),
        cells: cells
            .map(|(column, cell)| {
                (column.clone(), serde_json::to_value(cell).unwrap_or(Value::Null))
            })
            .collect(),
    }
}
