use std::collections::BTreeMap;

use data_science_application::Detection;
use data_science_domain::anomaly::{Anomaly, ScoreHistogram};
use data_science_domain::decision::DecisionRule;
use data_science_domain::feedback::{FeedbackEffect, FeedbackMark};
use data_science_domain::metrics::Estimate;
use data_science_domain::model::CalibrationSummary;
use data_science_domain::reason::Reason;
use data_science_domain::segments::SegmentReport;
use data_science_domain::series::SeriesReport;
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
    /// Rows called anomalies: by the rule, and after feedback.
    pub anomalies: Measured<u64>,
}

/// How well scores agree with labels, which no detector saw.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EvaluationDocument {
    /// The label column; null when there is none.
    pub label: Option<String>,
    /// Area under the ROC curve, ties counting half; null with a reason.
    pub auroc: Option<Measured<f64>>,
    /// Its 95 % confidence interval (DeLong, DeLong, Clarke-Pearson 1988).
    pub auroc_interval: Option<[f64; 2]>,
    /// Average precision as scikit-learn defines it; null with a reason.
    pub average_precision: Option<Measured<f64>>,
    /// Its 95 % confidence interval (Boyd, Eng, Page 2013).
    pub average_precision_interval: Option<[f64; 2]>,
    /// The share of anomalies among the rows with the highest scores: among 10, 100 and as many as
    /// are labelled.
    pub precision_at: Vec<PrecisionDocument>,
    /// Rows with a label.
    pub labelled_rows: u64,
    /// Rows labelled as anomalies.
    pub labelled_anomalies: u64,
    /// Why there are no figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The share of labelled anomalies among the rows with the highest scores.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PrecisionDocument {
    /// How many rows with a label; of equal scores at the border the first rows.
    pub rows: u64,
    /// The share of anomalies among them.
    pub precision: Measured<f64>,
    /// Its 95 % confidence interval (Wilson 1927).
    pub precision_interval: [f64; 2],
}

/// A row, why it is unusual, and what stands in it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AnomalyDocument {
    /// The row's number, from 0.
    pub row: u64,
    /// Higher is more anomalous; comparable within one model. With `--segment` how surprising the row
    /// is among those of its segment, −ln of its p-value.
    pub score: f64,
    /// The share of calibration scores that are not higher, in percent.
    pub percentile: Measured<f64>,
    /// How likely a row like the calibration rows scores at least so high, above 0 and at most 1.
    pub p_value: Option<f64>,
    /// Whether it is called an anomaly: by the decision rule, and after feedback.
    pub anomaly: bool,
    /// The piece of feedback that it is most like; null when it is like none.
    pub feedback: Option<FeedbackMark>,
    /// The segment among whose rows it was judged; null without `--segment`, and where it was not
    /// judged.
    pub segment: Option<String>,
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
    /// What the detector chose and why, a line each: of `auto`, every member. Empty where there was
    /// nothing to choose.
    pub choices: Vec<String>,
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
    /// What percentiles and p-values are counted against.
    pub calibration: CalibrationSummary,
    /// What is called an anomaly.
    pub decision: DecisionDocument,
    /// What the feedback of the pipeline did; null without feedback.
    pub feedback: Option<FeedbackEffect>,
    /// All scores.
    pub histogram: ScoreHistogram,
    /// How well scores agree with labels.
    pub evaluation: EvaluationDocument,
    /// The segments, and what was not judged; null without `--segment`.
    pub segments: Option<SegmentReport>,
    /// The time series, what was chosen for them and what was not looked at; null without `--time`.
    pub series: Option<SeriesReport>,
    /// The most anomalous rows, most anomalous first, as feedback ranks them.
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
            choices: detection.choices.clone(),
            pipeline,
            pipeline_revision,
            training_rows: detection.training_rows,
            columns: detection.columns.clone(),
            left_out: detection.left_out.clone(),
            calibration: detection.calibration,
            decision: DecisionDocument {
                rule: detection.decision.rule,
                words: detection.decision_words.clone(),
                threshold: detection.decision.threshold,
                anomalies: Measured::exact(detection.decision.rows.len() as u64),
            },
            feedback: detection.feedback.clone(),
            histogram: detection.histogram.clone(),
            evaluation: evaluation(detection),
            segments: detection.segments.clone(),
            series: detection.series.clone(),
            most_anomalous: detection
                .anomalies
                .iter()
                .map(|anomaly| anomaly_document(detection, anomaly))
                .collect(),
        }
    }
}

fn evaluation(detection: &Detection) -> EvaluationDocument {
    let evaluation = detection.evaluation.as_ref();
    let reason = match (&detection.label, evaluation) {
        (_, Some(_)) => None,
        (None, None) => Some("no column of labels was named".to_owned()),
        (Some(_), None) => Some("the labels do not hold both anomalies and normal rows".to_owned()),
    };
    let auroc = evaluation.map(|evaluation| evaluation.auroc);
    let average_precision = evaluation.map(|evaluation| evaluation.average_precision);
    let precision_at =
        evaluation.map_or_else(Vec::new, |evaluation| evaluation.precision_at.clone());
    EvaluationDocument {
        label: detection.label.clone(),
        auroc: auroc.map(|estimate| Measured::exact(estimate.value)),
        auroc_interval: auroc.map(interval),
        average_precision: average_precision.map(|estimate| Measured::exact(estimate.value)),
        average_precision_interval: average_precision.map(interval),
        precision_at: precision_at
            .into_iter()
            .map(|at| PrecisionDocument {
                rows: at.rows,
                precision: Measured::exact(at.precision.value),
                precision_interval: interval(at.precision),
            })
            .collect(),
        labelled_rows: evaluation.map_or(0, |evaluation| evaluation.rows),
        labelled_anomalies: evaluation.map_or(0, |evaluation| evaluation.anomalies),
        reason,
    }
}

fn interval(estimate: Estimate) -> [f64; 2] {
    [estimate.low, estimate.high]
}

fn anomaly_document(detection: &Detection, anomaly: &Anomaly) -> AnomalyDocument {
    let cells = detection.cell_columns.iter().zip(&anomaly.cells);
    AnomalyDocument {
        row: anomaly.row,
        score: anomaly.score,
        percentile: Measured {
            value: anomaly.percentile,
            exactness: detection.calibration.exactness,
        },
        p_value: anomaly.p_value,
        anomaly: anomaly.anomaly,
        feedback: anomaly.feedback.clone(),
        segment: anomaly.segment.clone(),
        reasons: anomaly.reasons.clone(),
        cells: cells
            .map(|(column, cell)| {
                (column.clone(), serde_json::to_value(cell).unwrap_or(Value::Null))
            })
            .collect(),
    }
}
