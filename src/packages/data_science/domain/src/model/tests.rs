use proptest::prelude::*;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::scan::RowFunction;
use shared_kernel_domain::table::{Batch, Column, ColumnType, Field, TableSchema, Values};

use super::*;
use crate::encoder::Learner;

fn schema() -> TableSchema {
    let field = |name: &str, column_type| Field { name: name.to_owned(), column_type };
    TableSchema { fields: vec![field("x", ColumnType::Float), field("y", ColumnType::Integer)] }
}

fn with_batch<T>(x: &[f64], y: &[i64], look: impl FnOnce(&Batch<'_>) -> T) -> T {
    let column = |values| Column { values, validity: None, len: x.len(), null_count: 0 };
    let columns = [column(Values::Float(x)), column(Values::Integer(y))];
    let rows: Vec<i64> = (0..x.len() as i64).collect();
    look(&Batch { rows: &rows, columns: &columns })
}

fn model(detector: &str) -> (AnomalyModel, Vec<f64>) {
    let mut x: Vec<f64> = (0..300).map(|row| f64::from(row % 17)).collect();
    let y: Vec<i64> = (0..300).map(|row| row % 5).collect();
    x[42] = 500.0;
    let mut learner = Learner::new(&schema(), None);
    with_batch(&x, &y, |batch| learner.take(batch, None)).unwrap();
    let (encoder, features) = learner.finish().unwrap();
    AnomalyModel::learn(encoder, &features, detector, 7, 0.01, &Cancellation::default()).unwrap()
}

#[test]
fn bytes_restore_the_model_for_every_detector() {
    for detector in crate::detector::algorithms() {
        let (model, scores) = model(detector.name());
        let bytes = model.to_bytes().unwrap();
        let restored = AnomalyModel::from_bytes(&bytes).unwrap();
        assert_eq!(restored.to_bytes().unwrap(), bytes);
        assert_eq!(restored.parameters(), model.parameters());
        let scorer = ModelScorer::new(restored.into());
        assert_eq!(scorer.columns(), ["x", "y"]);
        let again = with_batch(&[500.0], &[2], |batch| scorer.evaluate(batch)).unwrap();
        assert_eq!(again, [scores[42]], "{}", detector.name());
    }
}

#[test]
fn the_planted_row_is_the_anomaly_and_its_column_the_reason() {
    for detector in crate::detector::algorithms() {
        let (model, scores) = model(detector.name());
        let decision = model.decision_rule().decide(&scores);
        assert_eq!(decision.rows[0], 42, "{}", detector.name());
        assert!(decision.rows.len() <= 6);
        assert_eq!(model.calibration().percentile(scores[42]), 100.0);
        let reasons = model.reasons(&[500.0, 2.0], &BTreeMap::new());
        assert_eq!(reasons[0].column, "x", "{}", detector.name());
    }
}

#[test]
fn strangers_bytes_are_refused_without_a_panic() {
    let (model, _) = model("isolation_forest");
    let bytes = model.to_bytes().unwrap();
    for cut in (0..bytes.len()).step_by(97).chain(0..40) {
        let error = AnomalyModel::from_bytes(&bytes[..cut]).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Input);
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(AnomalyModel::from_bytes(&longer).is_err());
    let mut newer = bytes;
    newer[14] = 9;
    let error = AnomalyModel::from_bytes(&newer).err().unwrap();
    assert!(error.what().contains("version 9"), "{error}");
}

#[test]
fn thinned_percentiles_are_within_their_bound() {
    let scores: Vec<f64> = (0..25_000).map(|row| f64::from(row).sqrt()).collect();
    let (exact, thinned) = (Calibration::exact(&scores), Calibration::thinned(&scores));
    for score in &scores {
        assert!((exact.percentile(*score) - thinned.percentile(*score)).abs() <= 0.010_01);
    }
    assert_eq!(thinned.quantile(0.0), Some(scores[0]));
    assert_eq!(thinned.quantile(1.0), scores.last().copied());
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic_and_never_score_nonsense(
        detector in 0_usize..crate::detector::algorithms().len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let name = crate::detector::algorithms()[detector].name();
        let mut bytes = model(name).0.to_bytes().unwrap();
        for (place, value) in damage {
            // The header is checked elsewhere; damage what lies behind it.
            let place = 16 + place.index(bytes.len() - 16);
            bytes[place] = value;
        }
        if let Ok(model) = AnomalyModel::from_bytes(&bytes) {
            let columns = model.encoder().columns().len();
            let scorer = ModelScorer::new(model.into());
            let scores = with_batch(&[1.0, 500.0], &[0, 4], |batch| {
                let columns = &batch.columns[..columns.min(2)];
                scorer.evaluate(&Batch { rows: batch.rows, columns })
            });
            if let Ok(scores) = scores {
                prop_assert!(scores.iter().all(|score| score.is_finite()));
            }
        }
    }
}
