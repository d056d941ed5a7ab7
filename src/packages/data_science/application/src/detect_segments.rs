use std::collections::BTreeMap;
use std::sync::Arc;

use data_science_domain::anomaly::{Anomaly, ScoreHistogram};
use data_science_domain::decision::{Decision, most_anomalous};
use data_science_domain::detector::configured_algorithm;
use data_science_domain::metrics::evaluation_of_labelled;
use data_science_domain::model::{Calibration, CalibrationSummary};
use data_science_domain::reason::Reason;
use data_science_domain::segments::{
    Judged, LearnedSegment, Place, SegmentModel, SegmentReport, SegmentScorer,
};
use serde_json::Value;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::RowFunction;
use shared_kernel_domain::table::{Cell, TableReference};
use shared_kernel_domain::{Error, ErrorKind, Result};

use crate::DataScienceContainer;
use crate::detect::{DetectRequest, Detection};
use crate::explain::cell_columns;
use crate::learn_segments::{SegmentLesson, SegmentLessons};
use crate::write_scores::{ScoredRows, ScoresOutput, Standing, write_scores};

/// Models that are held at a time.
const HELD_MODELS: usize = 64;

/// What came of learning, by segment: a segment that says nothing keeps its reason.
type Outcomes = Vec<std::result::Result<LearnedSegment, String>>;

/// Judges every row of a table, which is called `name`, among the rows of its segment, tells the most
/// anomalous ones and writes the scores of all.
pub(crate) fn detect_in_segments(
    container: &DataScienceContainer,
    (name, lesson): (&str, &SegmentLesson<'_>),
    request: &DetectRequest,
    output: Option<ScoresOutput<'_>>,
    cancellation: &Cancellation,
) -> Result<Detection> {
    let table = lesson.table;
    let scanner = container.shared.scanner.as_ref();
    let lessons = SegmentLessons::read(scanner, lesson, cancellation)?;
    let study = Study { container, table, lessons, cancellation };
    let (judged, outcomes) = study.judge()?;
    let rule = request.decision.unwrap_or_default();
    let decision = judged.decide(rule);
    let report = SegmentReport::of(&judged, &outcomes, &decision);
    let tell = |rows: &[u64]| study.tell(&judged, &decision, rows);
    let looked_at = looked_at(&judged);
    let told = most_anomalous(judged.scores(), request.told.min(looked_at.len()));
    let anomalies = tell(&told)?;
    if let Some(output) = output {
        let scored = ScoredRows {
            scores: judged.scores(),
            decision: &decision,
            standings: &|rows| rows.map(|row| standing(&judged, row as u64)).collect(),
            segments: true,
            marks: None,
            tell: &tell,
        };
        write_scores(container, output, &scored, cancellation)?;
    }
    let labels = labels_looked_at(&study, &judged);
    let (columns, left_out) = columns_read(&study, &outcomes);
    Ok(Detection {
        name: name.to_owned(),
        rows: judged.scores().len() as u64,
        detector: configured_algorithm(lesson.detector)?.name().to_owned(),
        parameters: parameters(lesson)?,
        choices: report.lines(),
        pipeline: None,
        training_rows: outcomes.iter().flatten().map(|learned| learned.training_rows).sum(),
        columns,
        left_out,
        calibration: calibration(&judged)?,
        decision_words: rule.words(),
        histogram: ScoreHistogram::of(&looked_at),
        cell_columns: cell_columns(table),
        anomalies,
        evaluation: evaluation_of_labelled(judged.scores(), &labels),
        label: lesson.label.map(str::to_owned),
        segments: Some(report),
        series: None,
        picture: None,
        decision,
        feedback: None,
    })
}

fn looked_at(judged: &Judged) -> Vec<f64> {
    judged.scores().iter().copied().filter(|&score| score >= 0.0).collect()
}

fn labels_looked_at(study: &Study<'_>, judged: &Judged) -> Vec<Option<bool>> {
    let labels = study.lessons.labels.iter().enumerate();
    labels.map(|(row, label)| label.filter(|_| judged.is_judged(row))).collect()
}

fn standing(judged: &Judged, row: u64) -> Standing {
    let row = row as usize;
    Standing {
        percentile: judged.percentile(row),
        p_value: judged.p_value(row),
        segment: judged.segment_of(row).cloned(),
    }
}

/// The parameters that segments start with: each is a table of its own.
fn parameters(lesson: &SegmentLesson<'_>) -> Result<BTreeMap<String, Value>> {
    let given = configured_algorithm(lesson.detector)?.describe().parameters.into_iter();
    let mut parameters: BTreeMap<String, Value> =
        given.map(|parameter| (parameter.name, parameter.default)).collect();
    parameters.insert("seed".to_owned(), lesson.seed.into());
    parameters.insert("segment".to_owned(), lesson.columns.into());
    Ok(parameters)
}

/// The columns that some segment reads, and why no segment reads others.
fn columns_read(study: &Study<'_>, outcomes: &Outcomes) -> (Vec<String>, BTreeMap<String, String>) {
    let learned = || outcomes.iter().flatten();
    let is_read = |name: &String| learned().any(|learned| learned.columns.contains(name));
    let columns: Vec<String> =
        study.lessons.learner.columns().into_iter().filter(is_read).collect();
    let mut left_out = BTreeMap::new();
    for (name, reason) in learned().flat_map(|learned| &learned.left_out) {
        if !columns.contains(name) {
            left_out.entry(name.clone()).or_insert_with(|| reason.clone());
        }
    }
    (columns, left_out)
}

fn calibration(judged: &Judged) -> Result<CalibrationSummary> {
    let places = 0..judged.segments().len() as Place;
    let each = places.filter_map(|place| judged.calibration(place)).map(Calibration::summary);
    each.reduce(CalibrationSummary::and)
        .ok_or_else(|| Error::internal("no segment was judged and none was missed"))
}

/// A table whose segments are being judged.
struct Study<'a> {
    container: &'a DataScienceContainer,
    table: &'a TableReference,
    lessons: SegmentLessons,
    cancellation: &'a Cancellation,
}

impl Study<'_> {
    /// Learns each segment and scores its rows, a few segments at a time: no more models are held.
    fn judge(&self) -> Result<(Judged, Outcomes)> {
        let segments = &self.lessons.segments;
        let mut raw = vec![0.0; segments.table_rows()];
        let (mut calibrations, mut outcomes) = (Vec::new(), Vec::new());
        let places: Vec<Place> = (0..segments.len() as Place).collect();
        for places in places.chunks(HELD_MODELS) {
            let mut models = BTreeMap::new();
            for &place in places {
                let (model, scores) = match self.lessons.learn(place, self.cancellation) {
                    Err(error) if error.kind() == ErrorKind::Input => {
                        outcomes.push(Err(error.what().to_owned()));
                        calibrations.push(None);
                        continue;
                    }
                    learned => learned?,
                };
                outcomes.push(Ok(LearnedSegment::of(&model)));
                calibrations.push(Some(model.calibration().clone()));
                if self.lessons.has_all_rows(place) {
                    for (&row, score) in self.lessons.rows(place).iter().zip(scores) {
                        raw[row as usize] = score;
                    }
                } else {
                    models.insert(place, SegmentModel::new(model, &self.lessons.read_columns())?);
                }
            }
            self.score(models, &mut raw)?;
        }
        if calibrations.iter().all(Option::is_none) {
            let why = outcomes.into_iter().find_map(std::result::Result::err).unwrap_or_default();
            return Err(Error::input(format!("no segment can be judged: {why}"))
                .hint("judge the rows without --segment, or by other columns"));
        }
        Ok((Judged::of(segments.clone(), raw, calibrations), outcomes))
    }

    /// Scores the rows of segments that did not learn from all of theirs.
    fn score(&self, models: BTreeMap<Place, SegmentModel>, raw: &mut [f64]) -> Result<()> {
        if models.is_empty() {
            return Ok(());
        }
        let columns = self.lessons.read_columns();
        let scorer = Arc::new(SegmentScorer::new(self.lessons.segments.clone(), models, columns));
        let function: Arc<dyn RowFunction> = scorer.clone();
        let scanner = self.container.shared.scanner.as_ref();
        scanner.evaluate(self.table, function, self.cancellation, &mut |rows, values| {
            for (&row, &value) in rows.iter().zip(values) {
                let row = row as usize;
                if scorer.scores(row) {
                    raw[row] = value;
                }
            }
            Ok(())
        })
    }

    /// Tells some rows with reasons and cells, in the order asked for.
    fn tell(&self, judged: &Judged, decision: &Decision, rows: &[u64]) -> Result<Vec<Anomaly>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let shown = cell_columns(self.table);
        let mut columns = shown.clone();
        let read = self.lessons.read_columns();
        columns.extend(read.into_iter().filter(|name| !shown.contains(name)));
        let cells = self.container.shared.scanner.rows(self.table, &columns, rows)?;
        let mut reasons = self.reasons(judged, &columns, rows, &cells)?;
        let mut told = Vec::with_capacity(rows.len());
        for (&row, mut cells) in rows.iter().zip(cells) {
            let score = *judged.scores().get(row as usize).ok_or_else(|| no_such_row(row))?;
            let Standing { percentile, p_value, segment } = standing(judged, row);
            cells.truncate(shown.len());
            told.push(Anomaly {
                row,
                score,
                percentile,
                p_value: Some(p_value),
                anomaly: decision.calls(row, score),
                feedback: None,
                segment: segment.map(|name| name.to_string()),
                reasons: reasons.remove(&row).unwrap_or_default(),
                cells,
            });
        }
        Ok(told)
    }

    /// The reasons of some rows, by what is usual in their segments: those learn again, the same
    /// models as before.
    fn reasons(
        &self,
        judged: &Judged,
        columns: &[String],
        rows: &[u64],
        cells: &[Vec<Cell>],
    ) -> Result<BTreeMap<u64, Vec<Reason>>> {
        let mut cells_of: BTreeMap<Place, BTreeMap<u64, &Vec<Cell>>> = BTreeMap::new();
        for (&row, cells) in rows.iter().zip(cells) {
            let judged_row = Some(row as usize).filter(|&row| judged.is_judged(row));
            if let Some(place) = judged_row.and_then(|row| self.lessons.segments.of(row)) {
                cells_of.entry(place).or_default().insert(row, cells);
            }
        }
        let mut reasons = BTreeMap::new();
        let places: Vec<Place> = cells_of.keys().copied().collect();
        for places in places.chunks(HELD_MODELS) {
            let mut models = BTreeMap::new();
            for &place in places {
                let (model, _) = self.lessons.learn(place, self.cancellation)?;
                models.insert(place, SegmentModel::new(model, &self.lessons.read_columns())?);
            }
            let wanted = places.iter().filter_map(|place| cells_of.get(place));
            let wanted: BTreeMap<u64, &Vec<Cell>> =
                wanted.flatten().map(|(&row, &cells)| (row, cells)).collect();
            for (row, features) in self.encoded(&models, &wanted)? {
                let model = self.lessons.segments.of(row as usize).and_then(|own| models.get(&own));
                let (Some(model), Some(cells)) = (model, wanted.get(&row)) else {
                    return Err(no_such_row(row));
                };
                let by_column: BTreeMap<&str, &Cell> =
                    columns.iter().map(String::as_str).zip(cells.iter()).collect();
                reasons.insert(row, model.model().reasons(&features, &by_column));
            }
        }
        Ok(reasons)
    }

    /// The features of some rows, each as its segment's model reads it.
    fn encoded(
        &self,
        models: &BTreeMap<Place, SegmentModel>,
        wanted: &BTreeMap<u64, &Vec<Cell>>,
    ) -> Result<Vec<(u64, Vec<f64>)>> {
        let columns = self.lessons.read_columns();
        let scanner = self.container.shared.scanner.as_ref();
        let mut found = Vec::with_capacity(wanted.len());
        scanner.stream(self.table, &columns, self.cancellation, &mut |batch| {
            let (Some(&first), Some(&last)) = (batch.rows.first(), batch.rows.last()) else {
                return Ok(());
            };
            for (&row, _) in wanted.range(first as u64..=last as u64) {
                let Ok(index) = batch.rows.binary_search(&(row as i64)) else { continue };
                let place = self.lessons.segments.of(row as usize);
                let Some(model) = place.and_then(|place| models.get(&place)) else { continue };
                let mut features = Vec::new();
                model.encode(batch, &[index])?.copy_row(0, &mut features);
                found.push((row, features));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

fn no_such_row(row: u64) -> Error {
    Error::internal(format!("row {row} was judged and is not in the table"))
}
