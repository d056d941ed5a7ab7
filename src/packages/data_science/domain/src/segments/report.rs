//! What is told of the segments of a table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::judged::Judged;
use super::reader::Place;
use super::{MIN_SEGMENT_ROWS, SMALL_SEGMENTS};
use crate::decision::Decision;
use crate::model::{AnomalyModel, CalibrationSummary};
use crate::series::SkippedRows;

/// Segments told one by one.
const TOLD_SEGMENTS: usize = 100;

/// Reasons told one by one why rows were not judged.
const TOLD_SKIPPED: usize = 100;

/// What a segment's model is like.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnedSegment {
    /// Rows it learned from.
    pub training_rows: u64,
    /// The columns it reads.
    pub columns: Vec<String>,
    /// Columns that say nothing in the segment, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// What the detector chose there.
    pub choices: Vec<String>,
}

impl LearnedSegment {
    /// Of a model.
    pub fn of(model: &AnomalyModel) -> Self {
        Self {
            training_rows: model.training_rows(),
            columns: model.encoder().columns(),
            left_out: model.encoder().left_out().clone(),
            choices: model.choices(),
        }
    }
}

/// What is told of a segment.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SegmentSummary {
    /// Its name: columns with their values; `small segments` for those that are judged together.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Rows that were learned from.
    pub training_rows: u64,
    /// What its p-values are counted against.
    pub calibration: CalibrationSummary,
    /// Its rows called anomalies.
    pub anomalies: u64,
    /// Columns that say nothing in it, with the reason.
    pub left_out: BTreeMap<String, String>,
    /// What the detector chose in it, a line each.
    pub choices: Vec<String>,
}

/// The segments of a table, and what was not judged.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SegmentReport {
    /// The columns that make the segments; a missing value is a value.
    pub columns: Vec<String>,
    /// Segments judged by themselves.
    pub segments: u64,
    /// Segments judged together, because each has fewer than 50 rows.
    pub pooled_segments: u64,
    /// The rows of these.
    pub pooled_rows: u64,
    /// Rows that were not judged: their score is −1.
    pub not_looked_at: Vec<SkippedRows>,
    /// The first hundred segments by rows, then by name.
    pub first: Vec<SegmentSummary>,
}

impl SegmentReport {
    /// The report of judged segments; `learned` is what came of each, or why nothing did.
    pub fn of(
        judged: &Judged,
        learned: &[Result<LearnedSegment, String>],
        decision: &Decision,
    ) -> Self {
        let segments = judged.segments();
        let mut anomalies = vec![0_u64; segments.len()];
        for own in decision.rows.iter().filter_map(|&row| segments.of(row as usize)) {
            anomalies[usize::from(own)] += 1;
        }
        let mut report = Self {
            columns: segments.columns().to_vec(),
            segments: 0,
            pooled_segments: 0,
            pooled_rows: 0,
            not_looked_at: Vec::new(),
            first: Vec::new(),
        };
        if let Some((rows, first_row)) = segments.left_out() {
            let reason = format!(
                "their segments have fewer than {MIN_SEGMENT_ROWS} rows, also all together"
            );
            report.not_looked_at.push(SkippedRows { reason, rows, first_row });
        }
        for ((place, learned), anomalies) in (0..).zip(learned).zip(anomalies) {
            report.add(judged, place, learned, anomalies);
        }
        report.first.sort_by(|a, b| b.rows.cmp(&a.rows).then_with(|| a.name.cmp(&b.name)));
        report.first.truncate(TOLD_SEGMENTS);
        report
    }

    fn add(
        &mut self,
        judged: &Judged,
        place: Place,
        learned: &Result<LearnedSegment, String>,
        anomalies: u64,
    ) {
        let segments = judged.segments();
        let (rows, name) = (segments.rows(place), segments.name(place));
        let name = name.map_or_else(String::new, ToString::to_string);
        match (learned, judged.calibration(place)) {
            (Ok(learned), Some(calibration)) => {
                if name == SMALL_SEGMENTS {
                    self.pooled_segments = segments.pooled();
                    self.pooled_rows = rows;
                } else {
                    self.segments += 1;
                }
                self.first.push(SegmentSummary {
                    name,
                    rows,
                    training_rows: learned.training_rows,
                    calibration: calibration.summary(),
                    anomalies,
                    left_out: learned.left_out.clone(),
                    choices: learned.choices.clone(),
                });
            }
            (learned, _) => {
                let why = learned.as_ref().err().map_or("it was not learned", String::as_str);
                let is_own = |row: &usize| segments.of(*row) == Some(place);
                let first_row = (0..segments.table_rows()).find(is_own).unwrap_or_default() as u64;
                self.skip(SkippedRows { reason: format!("{name}: {why}"), rows, first_row });
            }
        }
    }

    fn skip(&mut self, skipped: SkippedRows) {
        if self.not_looked_at.len() < TOLD_SKIPPED {
            self.not_looked_at.push(skipped);
            return;
        }
        if let Some(last) = self.not_looked_at.last_mut() {
            "nothing could be learned in several segments".clone_into(&mut last.reason);
            last.rows += skipped.rows;
        }
    }

    /// What the rows were judged by, a line each.
    pub fn lines(&self) -> Vec<String> {
        let of = self.columns.join(", ");
        let mut lines = vec![format!("{} segments of {of} judged by themselves", self.segments)];
        if self.pooled_segments > 0 {
            lines.push(format!(
                "{} segments with fewer than {MIN_SEGMENT_ROWS} rows judged together ({} rows)",
                self.pooled_segments, self.pooled_rows
            ));
        }
        lines
    }
}
