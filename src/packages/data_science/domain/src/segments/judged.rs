use std::sync::Arc;

use super::NOT_JUDGED;
use super::reader::{Place, Segments};
use crate::decision::{Decision, DecisionRule};
use crate::model::{Calibration, SMALLEST_P};

/// What the models of all segments say of the rows of a table.
pub struct Judged {
    segments: Arc<Segments>,
    /// By row, in the unit of its segment's model.
    raw: Vec<f64>,
    /// By segment; `None` where nothing could be learned.
    calibrations: Vec<Option<Calibration>>,
    /// By row, [`NOT_JUDGED`] where there is none.
    scores: Vec<f64>,
}

impl Judged {
    /// The judgement by the models' scores of all rows and their calibrations, by segment. Rows of
    /// segments without a calibration are not judged, whatever their score.
    pub fn of(
        segments: Arc<Segments>,
        raw: Vec<f64>,
        calibrations: Vec<Option<Calibration>>,
    ) -> Self {
        let mut judged = Self { segments, raw, calibrations, scores: Vec::new() };
        judged.scores = (0..judged.raw.len()).map(|row| judged.surprise(row)).collect();
        judged
    }

    fn calibrated(&self, row: usize) -> Option<(&Calibration, f64)> {
        let place = self.segments.of(row)?;
        let calibration = self.calibrations.get(usize::from(place))?.as_ref()?;
        Some((calibration, *self.raw.get(row)?))
    }

    /// `−ln` of a row's p-value; beyond the smallest p-value told, what the tail goes on with.
    fn surprise(&self, row: usize) -> f64 {
        let Some((calibration, raw)) = self.calibrated(row) else { return NOT_JUDGED };
        let p_value = calibration.p_value(raw);
        // From the p-value itself, so that of two rows the one with the smaller never scores less.
        let told = -p_value.ln() + 0.0;
        if p_value > SMALLEST_P { told } else { calibration.surprise(raw).max(told) }
    }

    /// One score per row: how surprising it is among the rows of its segment, in nats, at least 0;
    /// [`NOT_JUDGED`] where there is none.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// Whether a row was judged.
    pub fn is_judged(&self, row: usize) -> bool {
        self.scores.get(row).is_some_and(|&score| score >= 0.0)
    }

    /// How likely a row of its segment is at least so unusual; 1 where it was not judged.
    pub fn p_value(&self, row: usize) -> f64 {
        self.calibrated(row).map_or(1.0, |(calibration, raw)| calibration.p_value(raw))
    }

    /// The share of its segment's calibration rows that are not more unusual, in percent; 0 where it
    /// was not judged.
    pub fn percentile(&self, row: usize) -> f64 {
        self.calibrated(row).map_or(0.0, |(calibration, raw)| calibration.percentile(raw))
    }

    /// The name of a row's segment; `None` where it was not judged.
    pub fn segment_of(&self, row: usize) -> Option<&Arc<str>> {
        self.segments
            .of(row)
            .filter(|_| self.is_judged(row))
            .and_then(|own| self.segments.name(own))
    }

    /// The calibration of a segment; `None` where nothing could be learned.
    pub fn calibration(&self, place: Place) -> Option<&Calibration> {
        self.calibrations.get(usize::from(place)).and_then(Option::as_ref)
    }

    /// The segments.
    pub fn segments(&self) -> &Segments {
        &self.segments
    }

    /// Applies a rule to all rows that were judged, whatever their segment: a segment has no more
    /// say than its rows' p-values.
    pub fn decide(&self, rule: DecisionRule) -> Decision {
        let rows: Vec<u64> = (0..self.scores.len())
            .filter(|&row| self.is_judged(row))
            .map(|row| row as u64)
            .collect();
        let scores: Vec<f64> = rows.iter().map(|&row| self.scores[row as usize]).collect();
        let p_values: Vec<f64> = rows.iter().map(|&row| self.p_value(row as usize)).collect();
        let mut decision = rule.decide_by_p_values(&scores, &p_values);
        for row in &mut decision.rows {
            *row = rows[*row as usize];
        }
        decision
    }
}
