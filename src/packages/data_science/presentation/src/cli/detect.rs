//! `detect`.

use clap::Args;
use data_science_application::{
    DataScienceContainer, DetectRequest, Detection, Method, ScoresOutput, detect,
};
use data_science_domain::decision::DecisionRule;
use data_science_domain::detector::DEFAULT_DETECTOR;
use data_science_domain::metrics::{Estimate, Evaluation};
use data_science_domain::scores::ScoresFormat;
use data_science_domain::series::{
    DEFAULT_SERIES_DETECTOR, Picture, SeriesColumns, SeriesSettings,
};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::Result;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_presentation::cli::{
    Console, Format, Outcome, Palette, json_document, text_histogram, text_sparkline,
};
use shared_kernel_presentation::{Tone, format};

use super::{InputArguments, anomalies_text, paragraph};
use crate::document::DetectDocument;
use crate::sentence;

/// Finds the most unusual rows of a table and says why they are.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  pynomaly detect flights.csv
  pynomaly detect flights.csv --explain --output scores.parquet
  pynomaly detect tomorrow.csv --pipeline flights
  pynomaly detect labelled.parquet --label is_fraud --format json
  pynomaly detect flights.csv --segment carrier
  pynomaly detect weather.csv --time time_hour --by origin --column temp

A p-value says how likely a row like the others scores at least so high. It is counted among rows
that were not learned from, and beyond them extrapolated. When nobody says what is an anomaly,
as many rows are called one as keep the share of false ones expected among them at 10 % (--fdr 0.1):
none or few of a clean table. A pipeline whose model is older uses that model's threshold.

With --time, rows are judged along time: each number against what is normal for its place in the
series, by seasonal_residual unless --detector names another detector of time series. Stamps may be
missing (they are filled for the model only, where it needs that) and need not be sorted; their step
is the most frequent difference. Every series is judged by itself; no model is kept, so these
detectors are not for run or pipelines. A row without a stamp or without a number scores -1: it was
not looked at.

With --segment, each segment learns a model of its own, which no pipeline can keep, and its rows are
compared with each other: what is usual over all may be wrong there. A missing value is a value. The
score is how surprising a row is in its segment (-ln of its p-value), and the rule decides over the
rows of all. Segments of fewer than 50 rows are judged together; when these have fewer than 50 rows
in all, they score -1: they were not looked at. At most 1000 segments.

With --contamination, equal scores at the border stay together: all of them count when that makes
at most twice as many as asked for, else none.

A file named by --output that ends in .parquet or .csv gets one row per input row, in input order:
row (from 0), score, percentile, p_value, anomaly, with --segment its name, and with --explain the
reasons of the anomalies (of the 10,000 most anomalous ones) as JSON; the summary then goes to standard error.

Where feedback was given on what a pipeline told, --pipeline ranks rows by it, anomaly is the decision
after it, and the file has a column feedback (JSON). Scores and p-values stay those of the model.")]
pub struct Command {
    /// A path, a glob, a folder of Parquet files, - for standard input, or a dataset's name
    #[arg(value_name = "DATA")]
    pub data: String,

    /// The detector, see `pynomaly detector list`, with parameters as in
    /// knn:neighbours=10,aggregation=mean; auto combines several [default: isolation_forest, with
    /// --time seasonal_residual]
    #[arg(long, value_name = "NAME[:PARAMETERS]", conflicts_with = "pipeline")]
    pub detector: Option<String>,

    /// Score with the champion of this pipeline instead of learning from DATA
    #[arg(long, value_name = "NAME")]
    pub pipeline: Option<String>,

    /// Judge rows along time: the column of their stamps, points in time or numbers
    #[arg(long, value_name = "COLUMN", conflicts_with = "pipeline")]
    pub time: Option<String>,

    /// Judge each row among those of its segment: the rows with the same value of this column; may be
    /// repeated
    #[arg(long = "segment", value_name = "COLUMN", conflicts_with_all = ["pipeline", "time"])]
    pub segments: Vec<String>,

    /// With --time: one series for each value of this column [default: the table is one series]
    #[arg(long, value_name = "COLUMN", requires = "time")]
    pub by: Option<String>,

    /// With --time: judge this column of numbers; may be repeated [default: all]
    #[arg(long = "column", value_name = "COLUMN", requires = "time")]
    pub columns: Vec<String>,

    /// With --time: steps after which a series repeats [default: found from the data]
    #[arg(long, value_name = "STEPS", requires = "time")]
    pub period: Option<usize>,

    /// With --time: steps looked at together by matrix_profile, and on each side by level_shift
    /// [default: the period]
    #[arg(long, value_name = "STEPS", requires = "time")]
    pub window: Option<usize>,

    /// The column that says which rows are known anomalies: only to evaluate, never learned from
    #[arg(long, value_name = "COLUMN")]
    pub label: Option<String>,

    /// Call as many rows anomalies as keep this share of false ones expected among them [default: 0.1]
    #[arg(long, value_name = "SHARE", group = "decision")]
    pub fdr: Option<f64>,

    /// Call exactly this many rows anomalies: the most surprising
    #[arg(long, value_name = "ROWS", group = "decision")]
    pub budget: Option<u64>,

    /// Call this share of the rows anomalies, above 0 and at most 0.5
    #[arg(long, value_name = "SHARE", group = "decision")]
    pub contamination: Option<f64>,

    /// Call rows anomalies that score beyond what a usual row reaches with this probability
    #[arg(long, value_name = "RISK", group = "decision")]
    pub pot: Option<f64>,

    /// Tell all reasons of the rows shown, and write them to a file of scores
    #[arg(long)]
    pub explain: bool,

    /// How many of the most anomalous rows to show
    #[arg(long, value_name = "ROWS", default_value_t = 20)]
    pub top: usize,

    /// The seed of the detector's random choices
    #[arg(long, value_name = "NUMBER", default_value_t = 0, conflicts_with = "pipeline")]
    pub seed: u64,

    /// How DATA is to be read.
    #[command(flatten)]
    pub input: InputArguments,
}

/// Reasons told of a row without `--explain`.
const SHORT_REASONS: usize = 2;
/// Reasons told of a row with `--explain`.
const ALL_REASONS: usize = 8;

/// Runs the command: writes the most anomalous rows, or the file of all scores.
pub fn run(
    command: &Command,
    container: &DataScienceContainer,
    console: &Console,
    cancellation: &Cancellation,
) -> Result<Outcome> {
    let format = console.format(&[Format::Table, Format::Json])?;
    let file = console.output().map(|path| path.to_string_lossy().into_owned());
    let scores = file.as_deref().and_then(ScoresFormat::of_name);
    let request = request(command)?;
    let output = scores.map(|format| ScoresOutput {
        format,
        explain: command.explain,
        sink: Box::new(|bytes| console.result_bytes(bytes)),
    });
    let step = console.progress().step("detect");
    let progress = |done, total| step.bytes(done, total);
    let detection = detect(container, &request, output, &progress, cancellation)?;
    step.done(&format::plural(detection.rows, "row", "rows"));
    let text = match format {
        _ if scores.is_some() => {
            console.note(&summary(&detection, Palette::default()));
            return Ok(Outcome::Done);
        }
        Format::Json => json_document(&DetectDocument::of(&detection))?,
        _ => {
            let reasons = if command.explain { ALL_REASONS } else { SHORT_REASONS };
            let (width, palette) = (console.width(), console.palette());
            let table = anomalies_text(&detection.anomalies, reasons, width, palette);
            format!("{}\n{table}", summary(&detection, palette))
        }
    };
    console.result(&text)?;
    Ok(Outcome::Done)
}

fn request(command: &Command) -> Result<DetectRequest> {
    let decision = match (command.fdr, command.budget, command.contamination, command.pot) {
        (Some(share), ..) => Some(DecisionRule::fdr(share)?),
        (_, Some(rows), ..) => Some(DecisionRule::Budget { rows }),
        (_, _, Some(share), _) => Some(DecisionRule::contamination(share)?),
        (.., Some(risk)) => Some(DecisionRule::pot(risk)?),
        _ => None,
    };
    let detector = |default: &str| command.detector.clone().unwrap_or_else(|| default.to_owned());
    let method = match (&command.pipeline, &command.time) {
        (Some(pipeline), _) => Method::Pipeline(pipeline.clone()),
        (None, Some(time)) => Method::Series {
            detector: detector(DEFAULT_SERIES_DETECTOR),
            columns: SeriesColumns {
                time: time.clone(),
                by: command.by.clone(),
                values: command.columns.clone(),
            },
            settings: SeriesSettings { period: command.period, window: command.window },
        },
        (None, None) if !command.segments.is_empty() => Method::Segments {
            detector: detector(DEFAULT_DETECTOR),
            seed: command.seed,
            columns: command.segments.clone(),
        },
        (None, None) => Method::Detector { name: detector(DEFAULT_DETECTOR), seed: command.seed },
    };
    Ok(DetectRequest {
        data: DataRequest {
            data: command.data.clone(),
            format: command.input.format(),
            sheet: command.input.sheet.clone(),
        },
        method,
        label: command.label.clone(),
        decision,
        told: command.top,
    })
}

/// What was found, in a few lines.
fn summary(detection: &Detection, palette: Palette) -> String {
    let count = detection.decision.rows.len() as u64;
    let found = format!(
        "{} of {} called anomalies",
        format::count(count),
        format::plural(detection.rows, "row is", "rows are")
    );
    let by = match &detection.pipeline {
        Some((name, revision)) => {
            format!("pipeline {name} revision {revision}, {}", detection.detector)
        }
        None => detection.detector.clone(),
    };
    let mut lines = vec![format!(
        "{}: {} ({by}: {})",
        format::printable(&detection.name),
        palette.paint(Tone::Strong, &found),
        detection.decision_words
    )];
    lines.extend(detection.feedback.as_ref().map(sentence::effect));
    if let Some(evaluation) = &detection.evaluation {
        lines.push(against_labels(detection.label.as_deref().unwrap_or_default(), evaluation));
    } else if let Some(label) = &detection.label {
        lines.push(format!(
            "not evaluated: label {} does not hold both anomalies and normal rows",
            format::printable(label)
        ));
    }
    let histogram = &detection.histogram;
    if !histogram.counts.is_empty() {
        lines.push(format!(
            "scores {:.4} {} {:.4}",
            histogram.low,
            text_histogram(&histogram.counts),
            histogram.high
        ));
    }
    lines.extend(detection.picture.iter().flat_map(picture_lines));
    lines.extend(detection.choices.iter().map(|line| palette.paint(Tone::Muted, line)));
    for (column, reason) in detection.left_out.iter().take(8) {
        let line = format!("not looked at: {column} ({reason})");
        lines.push(palette.paint(Tone::Muted, &line));
    }
    if detection.left_out.len() > 8 {
        lines.push(format!("and {} other columns", detection.left_out.len() - 8));
    }
    let of_series = detection.series.iter().flat_map(|series| &series.not_looked_at);
    let of_segments = detection.segments.iter().flat_map(|segments| &segments.not_looked_at);
    for skipped in of_series.chain(of_segments).take(8) {
        let rows = format::plural(skipped.rows, "row", "rows");
        let (first, reason) = (skipped.first_row, format::printable(&skipped.reason));
        let line = format!("not looked at: {rows}, the first is row {first} ({reason})");
        lines.push(palette.paint(Tone::Muted, &line));
    }
    paragraph(&lines)
}

/// The series of the most anomalous row, and under it where rows are called anomalies.
fn picture_lines(picture: &Picture) -> [String; 2] {
    let of = match &picture.series {
        Some(series) => format!("{} of {series}", picture.column),
        None => picture.column.clone(),
    };
    let of = format::shorten(&format::printable(&of), 40);
    let marks: String =
        picture.marked.iter().map(|&called| if called { '^' } else { ' ' }).collect();
    let line = text_sparkline(&picture.values);
    [format!("{of} {line}"), format!("{} {}", " ".repeat(of.chars().count()), marks.trim_end())]
}

/// How well scores agree with labels, in a line; intervals are of 95 %.
fn against_labels(label: &str, evaluation: &Evaluation) -> String {
    let told = |estimate: Estimate| {
        format!("{:.3} ({:.3} to {:.3})", estimate.value, estimate.low, estimate.high)
    };
    let precisions: Vec<String> = evaluation
        .precision_at
        .iter()
        .map(|at| format!("precision at {} {}", format::count(at.rows), told(at.precision)))
        .collect();
    format!(
        "against label {} ({} labelled anomalies): AUROC {}, average precision {}, {}",
        format::printable(label),
        format::count(evaluation.anomalies),
        told(evaluation.auroc),
        told(evaluation.average_precision),
        precisions.join(", ")
    )
}
