use std::collections::BTreeMap;
use std::sync::Arc;

use data_science_domain::anomaly::{Anomaly, ScoreHistogram};
use data_science_domain::decision::{Decision, DecisionRule, most_anomalous};
use data_science_domain::detector::configured_algorithm;
use data_science_domain::feedback::{Feedback, FeedbackEffect};
use data_science_domain::label::read_labels;
use data_science_domain::metrics::{Evaluation, evaluation_of_labelled};
use data_science_domain::model::{AnomalyModel, CalibrationSummary};
use data_science_domain::pipeline::no_such_pipeline;
use data_science_domain::segments::SegmentReport;
use data_science_domain::series::{
    Picture, SeriesColumns, SeriesReport, SeriesSettings, series_algorithm,
};
use shared_kernel_application::{DataRequest, ResolvedTable, resolve_table_to_scan};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::TableReference;
use shared_kernel_domain::{Error, Result};

use crate::DataScienceContainer;
use crate::detect_segments::detect_in_segments;
use crate::detect_series::{JudgedSeries, detect_in_series};
use crate::explain::{Scored, cell_columns, score_all, tell};
use crate::learn::{Lesson, learn};
use crate::learn_segments::SegmentLesson;
use crate::review::{Reviewed, review_scored};
use crate::upload::check_label;
use crate::write_scores::{ScoredRows, ScoresOutput, Standing, write_scores};

/// What scores the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// A detector that learns from the same rows.
    Detector {
        /// Its name.
        name: String,
        /// The seed of its random choices.
        seed: u64,
    },
    /// A detector that learns from the rows of each segment by itself.
    Segments {
        /// Its name.
        detector: String,
        /// The seed of its random choices.
        seed: u64,
        /// The columns whose values make the segments.
        columns: Vec<String>,
    },
    /// The champion of a dataset's pipeline.
    Pipeline(String),
    /// A detector of time series, which judges each series by itself.
    Series {
        /// Its name.
        detector: String,
        /// What makes the series.
        columns: SeriesColumns,
        /// What the user set.
        settings: SeriesSettings,
    },
}

/// What to detect anomalies in, and how.
#[derive(Clone, Debug)]
pub struct DetectRequest {
    /// The table.
    pub data: DataRequest,
    /// What scores it.
    pub method: Method,
    /// The column with known anomalies: left out of learning, used to evaluate.
    pub label: Option<String>,
    /// What is called an anomaly; `None` takes the model's own decision: a false discovery rate
    /// of 0.1.
    pub decision: Option<DecisionRule>,
    /// How many of the most anomalous rows to tell with reasons and cells.
    pub told: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Detection {
    /// What the table is called.
    pub name: String,
    /// Rows scored.
    pub rows: u64,
    /// The detector.
    pub detector: String,
    /// Its parameters as used.
    pub parameters: BTreeMap<String, serde_json::Value>,
    /// What the detector chose and why, a line each.
    pub choices: Vec<String>,
    /// The pipeline and its revision, when one scored.
    pub pipeline: Option<(String, u32)>,
    /// Rows that were learned from.
    pub training_rows: u64,
    /// Columns that were read.
    pub columns: Vec<String>,
    /// Columns left out, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// The scores that percentiles and p-values are counted against.
    pub calibration: CalibrationSummary,
    /// What was called an anomaly: by the rule, and after feedback.
    pub decision: Decision,
    /// What the feedback of the pipeline did; `None` without feedback.
    pub feedback: Option<FeedbackEffect>,
    /// The rule in words.
    pub decision_words: String,
    /// All scores.
    pub histogram: ScoreHistogram,
    /// The columns of the cells of `anomalies`.
    pub cell_columns: Vec<String>,
    /// The most anomalous rows, most anomalous first.
    pub anomalies: Vec<Anomaly>,
    /// The label column, when there is one.
    pub label: Option<String>,
    /// How well scores agree with the labels; `None` without both kinds of labels.
    pub evaluation: Option<Evaluation>,
    /// The segments, where rows were judged each among those of its own.
    pub segments: Option<SegmentReport>,
    /// The time series, where rows were judged along time.
    pub series: Option<SeriesReport>,
    /// The series of the most anomalous row.
    pub picture: Option<Picture>,
}

/// A model and what it said of all rows.
struct ScoredTable {
    model: Arc<AnomalyModel>,
    pipeline: Option<(String, u32)>,
    /// On what the pipeline told.
    feedback: Vec<Feedback>,
    scores: Vec<f64>,
    labels: Vec<Option<bool>>,
}

/// Scores every row of a table, tells the most anomalous ones and writes the scores of all.
pub fn detect(
    container: &DataScienceContainer,
    request: &DetectRequest,
    output: Option<ScoresOutput<'_>>,
    progress: &dyn Fn(u64, Option<u64>),
    cancellation: &Cancellation,
) -> Result<Detection> {
    check_detector(&request.method)?;
    // What is found does not tell the table's digest.
    let resolved = resolve_table_to_scan(&container.shared, &request.data, progress, cancellation)?;
    let label = label_of(container, request, &resolved)?;
    let (table, memory_bytes) = (&resolved.table, container.memory_bytes);
    let scored = match &request.method {
        Method::Series { detector, columns, settings } => {
            let label = label.as_deref();
            let judged =
                JudgedSeries { resolved: &resolved, label, detector, columns, settings: *settings };
            return detect_in_series(container, &judged, request, output, cancellation);
        }
        Method::Segments { detector, seed, columns } => {
            let label = label.as_deref();
            let lesson =
                SegmentLesson { table, label, detector, seed: *seed, columns, memory_bytes };
            let name = &resolved.name;
            return detect_in_segments(container, (name, &lesson), request, output, cancellation);
        }
        Method::Detector { name, seed } => {
            let label = label.as_deref();
            let lesson = Lesson { table, label, detector: name, seed: *seed, memory_bytes };
            fit_and_score(container, &lesson, cancellation)?
        }
        Method::Pipeline(name) => {
            score_with_pipeline(container, name, table, label.as_deref(), cancellation)?
        }
    };
    let model = scored.model.as_ref();
    let rule = request.decision.unwrap_or_else(|| model.decision_rule());
    let decision = rule.decide(&scored.scores, model.calibration());
    let view = Scored { table, model, scores: &scored.scores, decision: &decision };
    let scanner = container.shared.scanner.as_ref();
    let version = resolved.entry.as_ref().map(|entry| &entry.version_id);
    let reviewed = (!scored.feedback.is_empty())
        .then(|| {
            let feedback = &scored.feedback;
            review_scored(scanner, &view, version, feedback, request.told, cancellation)
        })
        .transpose()?;
    let anomalies = told(&view, reviewed.as_ref(), request.told, container, cancellation)?;
    let decision = reviewed.as_ref().map_or_else(|| decision.clone(), |it| it.decision(&decision));
    if let Some(output) = output {
        let scored = ScoredRows {
            scores: &scored.scores,
            decision: &decision,
            standings: &|rows| Standing::among(model.calibration(), &scored.scores[rows]),
            segments: false,
            marks: reviewed.as_ref().map(Reviewed::marks),
            tell: &|rows| tell(scanner, &view, rows, cancellation),
        };
        write_scores(container, output, &scored, cancellation)?;
    }
    Ok(Detection {
        name: resolved.name.clone(),
        rows: scored.scores.len() as u64,
        detector: model.detector_name().to_owned(),
        parameters: model.parameters(),
        choices: model.choices(),
        pipeline: scored.pipeline.clone(),
        training_rows: model.training_rows(),
        columns: model.encoder().columns(),
        left_out: model.encoder().left_out().clone(),
        calibration: model.calibration().summary(),
        decision_words: match rule {
            DecisionRule::Threshold { .. } => model.decision_words(),
            _ => rule.words(),
        },
        histogram: ScoreHistogram::of(&scored.scores),
        cell_columns: cell_columns(table),
        anomalies,
        evaluation: evaluation_of_labelled(&scored.scores, &scored.labels),
        label,
        decision,
        feedback: reviewed.map(|reviewed| reviewed.effect),
        segments: None,
        series: None,
        picture: None,
    })
}

/// Tells the most anomalous rows, as feedback ranks them.
fn told(
    scored: &Scored<'_>,
    reviewed: Option<&Reviewed>,
    count: usize,
    container: &DataScienceContainer,
    cancellation: &Cancellation,
) -> Result<Vec<Anomaly>> {
    let rows = match reviewed {
        Some(reviewed) => reviewed.first(count),
        None => most_anomalous(scored.scores, count),
    };
    let mut anomalies = tell(container.shared.scanner.as_ref(), scored, &rows, cancellation)?;
    if let Some(reviewed) = reviewed {
        reviewed.mark(&mut anomalies);
    }
    Ok(anomalies)
}

/// Refuses a detector that there is not, before anything is read.
fn check_detector(method: &Method) -> Result<()> {
    match method {
        Method::Detector { name, .. } | Method::Segments { detector: name, .. } => {
            configured_algorithm(name).map(drop)
        }
        Method::Series { detector, settings, .. } => {
            series_algorithm(detector, *settings).map(drop)
        }
        Method::Pipeline(_) => Ok(()),
    }
}

/// The label the user names, or the one the dataset version has.
fn label_of(
    container: &DataScienceContainer,
    request: &DetectRequest,
    resolved: &ResolvedTable,
) -> Result<Option<String>> {
    if let Some(label) = &request.label {
        check_label(label, &resolved.table.schema)?;
        return Ok(Some(label.clone()));
    }
    let Some(entry) = &resolved.entry else { return Ok(None) };
    Ok(container.datasets.version(&entry.version_id)?.and_then(|version| version.label))
}

fn fit_and_score(
    container: &DataScienceContainer,
    lesson: &Lesson<'_>,
    cancellation: &Cancellation,
) -> Result<ScoredTable> {
    let scanner = container.shared.scanner.as_ref();
    let learned = learn(scanner, lesson, cancellation)?;
    let model = Arc::new(learned.model);
    let (scores, labels) = if learned.all_rows {
        (learned.scores, learned.labels)
    } else {
        let labels = read_all_labels(container, lesson.table, lesson.label, cancellation)?;
        (score_all(scanner, lesson.table, &model, cancellation)?, labels)
    };
    Ok(ScoredTable { model, pipeline: None, feedback: Vec::new(), scores, labels })
}

fn score_with_pipeline(
    container: &DataScienceContainer,
    name: &str,
    table: &TableReference,
    label: Option<&str>,
    cancellation: &Cancellation,
) -> Result<ScoredTable> {
    let pipeline = container.pipelines.by_name(name)?.ok_or_else(|| no_such_pipeline(name))?;
    let bytes = container.shared.artifacts.get(&pipeline.current.artifact)?;
    let model = Arc::new(AnomalyModel::from_bytes(&bytes)?);
    model.encoder().check_schema(&table.schema)?;
    if table.rows == 0 {
        return Err(Error::input("there are no rows to score"));
    }
    let scores = score_all(container.shared.scanner.as_ref(), table, &model, cancellation)?;
    let labels = read_all_labels(container, table, label, cancellation)?;
    let feedback = container.feedback.of_pipeline(&pipeline.id)?;
    let pipeline = Some((pipeline.name, pipeline.current.number));
    Ok(ScoredTable { model, pipeline, feedback, scores, labels })
}

fn read_all_labels(
    container: &DataScienceContainer,
    table: &TableReference,
    label: Option<&str>,
    cancellation: &Cancellation,
) -> Result<Vec<Option<bool>>> {
    let mut labels = Vec::new();
    let Some(label) = label else { return Ok(labels) };
    let columns = [label.to_owned()];
    container.shared.scanner.stream(table, &columns, cancellation, &mut |batch| {
        if let Some(column) = batch.columns.first() {
            labels.extend(read_labels(label, column)?);
        }
        Ok(())
    })?;
    Ok(labels)
}
