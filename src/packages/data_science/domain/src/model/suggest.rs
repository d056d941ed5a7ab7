//! A usual value for a column of an unusual row, found by asking the model itself: of the values
//! that many training rows have, the one that makes this row least anomalous. That is faithful to
//! any detector, and follows the row's other columns where the detector does.

use super::AnomalyModel;
use crate::encoder::{Place, UsualValue};
use crate::matrix::FeatureMatrix;
use crate::reason::Reason;

/// Reasons of a row that get a value of their own.
const SUGGESTED: usize = 3;

/// A score this likely among usual rows is usual enough.
const USUAL_P: f64 = 0.1;

/// Numbers tried on each side of the best one when none is usual enough.
const FINER: usize = 4;

impl AnomalyModel {
    /// Puts the usual values of the heaviest columns into their reasons.
    pub(super) fn suggest(&self, row: &[f64], reasons: &mut [Reason]) {
        for reason in reasons.iter_mut().take(SUGGESTED) {
            let place = self.encoder.place_of(&reason.column);
            let found = place.and_then(|place| Some((place, self.usual_value(row, place)?)));
            if let Some((place, value)) = found {
                reason.expected = place.expected(value);
            }
        }
    }

    fn usual_value(&self, row: &[f64], place: Place<'_>) -> Option<UsualValue> {
        let usual = place.usual_values();
        let (best, score) = self.least_anomalous(row, place, &usual)?;
        if self.calibration.p_value(score) >= USUAL_P {
            return Some(best);
        }
        let finer = place.between_neighbours(best, FINER);
        match self.least_anomalous(row, place, &finer) {
            Some((finer, lower)) if lower < score => Some(finer),
            _ => Some(best),
        }
    }

    /// The value that makes a row least anomalous, the first of equal ones, with the row's score.
    fn least_anomalous(
        &self,
        row: &[f64],
        place: Place<'_>,
        values: &[UsualValue],
    ) -> Option<(UsualValue, f64)> {
        let mut columns: Vec<Vec<f64>> = row.iter().map(|&own| vec![own; values.len()]).collect();
        for (index, &value) in values.iter().enumerate() {
            for (feature, number) in place.features(value) {
                *columns.get_mut(feature)?.get_mut(index)? = number;
            }
        }
        let scores = self.detector.score(&FeatureMatrix::from_columns(values.len(), columns).ok()?);
        let pairs = values.iter().copied().zip(scores);
        pairs.reduce(|best, other| if other.1 < best.1 { other } else { best })
    }
}
