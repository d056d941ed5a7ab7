use proptest::prelude::*;
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::cancellation::Cancellation;
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
    AnomalyModel::learn(learner, detector, 7, &Cancellation::default()).unwrap()
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
        let decision = DecisionRule::Budget { rows: 1 }.decide(&scores, model.calibration());
        let calibration = model.calibration();
        let reasons = model.reasons(&[500.0, 2.0], &BTreeMap::new());
        assert_eq!(decision.rows, [42], "{}", detector.name());
        assert!(calibration.percentile(scores[42]) >= 99.0, "{}", detector.name());
        // Scores of few levels have a coarse tail.
        assert!(calibration.p_value(scores[42]) <= 0.02, "{}", detector.name());
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

/// Written by the last binary whose models were of version 1; these files stay as they are.
#[test]
fn models_of_version_1_are_read_and_say_how_they_were_calibrated() {
    let read = |bytes: &[u8]| AnomalyModel::from_bytes(bytes).unwrap();
    for (bytes, detector, rows) in [
        (include_bytes!("golden/ecod-1.model").as_slice(), "ecod", 300),
        (include_bytes!("golden/isolation_forest-1.model").as_slice(), "isolation_forest", 12),
    ] {
        let model = read(bytes);
        assert_eq!((model.detector_name(), model.training_rows()), (detector, rows));
        assert_eq!(model.calibration().source(), CalibrationSource::InSample);
        assert_eq!(model.calibration().rows(), rows);
        assert!(model.decision_words().contains("of training scores"));
        assert!(matches!(model.decision_rule(), DecisionRule::Threshold { .. }));
        let reasons = model.reasons(&[500.0, 2.0], &BTreeMap::new());
        assert_eq!(reasons[0].column, "x");
        let again = read(&model.to_bytes().unwrap());
        assert_eq!(again.calibration(), model.calibration());
        assert_eq!(again.decision_words(), model.decision_words());
    }
    let scorer = ModelScorer::new(read(include_bytes!("golden/ecod-1.model")).into());
    let scores = with_batch(&[500.0], &[2], |batch| scorer.evaluate(batch)).unwrap();
    assert_eq!(scores, [6.725_433_722_188_182], "as it was when the file was written");
}

/// Twelve rows, of which the last is odd.
fn dozen() -> (AnomalyModel, Vec<f64>) {
    let x: Vec<f64> =
        (0..12).map(|row| if row == 11 { 90.0 } else { f64::from(row % 5) }).collect();
    let y: Vec<i64> = (0..12).map(|row| row % 3).collect();
    let mut learner = Learner::new(&schema(), None);
    with_batch(&x, &y, |batch| learner.take(batch, None)).unwrap();
    AnomalyModel::learn(learner, "auto", 7, &Cancellation::default()).unwrap()
}

/// The ensemble's own document, as the first version that had it wrote it; the file stays as it is.
#[test]
fn an_ensemble_is_read_as_it_was_written() {
    let bytes = include_bytes!("golden/auto-2.model").as_slice();
    let model = AnomalyModel::from_bytes(bytes).unwrap();
    assert_eq!(model.to_bytes().unwrap(), bytes);
    assert_eq!((model.detector_name(), model.training_rows()), ("auto", 12));
    assert_eq!(model.choices().len(), 9);
    let scorer = ModelScorer::new(model.into());
    let scores = with_batch(&[90.0, 2.0], &[2, 1], |batch| scorer.evaluate(batch)).unwrap();
    assert_eq!(
        scores,
        [2.564_949_357_461_536_7, 0.104_687_457_556_571_37],
        "as it was when the file was written"
    );
    assert_eq!(dozen().1.len(), 12);
}

/// The bytes of a model of every detector.
fn every_model() -> &'static [Vec<u8>] {
    static MODELS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    MODELS.get_or_init(|| {
        let names = crate::detector::algorithms().iter().map(|algorithm| algorithm.name());
        names.map(|name| model(name).0.to_bytes().unwrap()).collect()
    })
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic_and_never_score_nonsense(
        detector in 0..crate::detector::algorithms().len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = every_model()[detector].clone();
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
