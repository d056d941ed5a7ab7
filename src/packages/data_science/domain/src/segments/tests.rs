use std::sync::Arc;

use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::table::{
    Batch, Bits, Column, ColumnType, Field, TableSchema, TextValues, Values,
};

use super::*;
use crate::decision::DecisionRule;
use crate::detector::DEFAULT_DETECTOR;
use crate::encoder::Learner;
use crate::model::{AnomalyModel, Calibration, CalibrationSource};
use crate::sampling::RowSampler;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::scan::RowFunction;

fn field(name: &str, column_type: ColumnType) -> Field {
    Field { name: name.to_owned(), column_type }
}

fn schema() -> TableSchema {
    TableSchema {
        fields: vec![
            field("place", ColumnType::Text),
            field("line", ColumnType::Integer),
            field("x", ColumnType::Float),
        ],
    }
}

/// Calls `look` with a batch of a text, a whole number and a number a row.
fn with_batch<T>(
    rows: &[(Option<&str>, i64, f64)],
    first: i64,
    look: impl FnOnce(&Batch<'_>) -> T,
) -> T {
    let (mut offsets, mut bytes, mut valid) =
        (vec![0_i32], Vec::new(), vec![0_u8; rows.len() / 8 + 1]);
    for (row, (text, ..)) in rows.iter().enumerate() {
        bytes.extend_from_slice(text.unwrap_or_default().as_bytes());
        offsets.push(bytes.len() as i32);
        valid[row / 8] |= u8::from(text.is_some()) << (row % 8);
    }
    let null_count = rows.iter().filter(|(text, ..)| text.is_none()).count();
    let lines: Vec<i64> = rows.iter().map(|row| row.1).collect();
    let numbers: Vec<f64> = rows.iter().map(|row| row.2).collect();
    let numbered: Vec<i64> = (first..first + rows.len() as i64).collect();
    let len = rows.len();
    let columns = [
        Column {
            values: Values::Text(TextValues { offsets: &offsets, bytes: &bytes }),
            validity: Bits::new(&valid, 0, len),
            len,
            null_count,
        },
        Column { values: Values::Integer(&lines), validity: None, len, null_count: 0 },
        Column { values: Values::Float(&numbers), validity: None, len, null_count: 0 },
    ];
    look(&Batch { rows: &numbered, columns: &columns })
}

fn segments_of(rows: &[(Option<&str>, i64, f64)], columns: &[&str]) -> Result<Segments, String> {
    let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
    let mut reader = SegmentReader::new(&schema(), &columns, None).unwrap();
    let wanted = reader.columns().len();
    with_batch(rows, 0, |batch| {
        reader.take(&Batch { rows: batch.rows, columns: &batch.columns[..wanted] })
    })
    .unwrap();
    reader.finish().map_err(|error| error.to_string())
}

fn rows(of: &[(Option<&'static str>, i64, usize)]) -> Vec<(Option<&'static str>, i64, f64)> {
    let mut rows = Vec::new();
    for &(text, line, count) in of {
        for row in 0..count {
            let noise = ((row * 7_919 + 13 * line as usize) % 101) as f64;
            rows.push((text, line, noise));
        }
    }
    rows
}

#[test]
fn missing_values_are_a_segment_and_small_ones_are_judged_together() {
    let table = rows(&[
        (Some("a"), 1, 60),
        (None, 1, 50),
        (Some("b"), 1, 30),
        (Some(""), 1, 49),
        (Some("a"), 1, 5),
    ]);
    let segments = segments_of(&table, &["place"]).unwrap();
    let names: Vec<&str> = (0..3).map(|place| segments.name(place).unwrap().as_ref()).collect();
    assert_eq!(names, ["place=a", "place is missing", "small segments"]);
    assert_eq!([0, 1, 2].map(|place| segments.rows(place)), [65, 50, 79]);
    assert_eq!((segments.len(), segments.pooled(), segments.left_out()), (3, 2, None));
    assert_eq!([0, 60, 110, 140, 190].map(|row| segments.of(row)), [0, 1, 2, 2, 0].map(Some));
}

#[test]
fn too_few_rows_of_small_segments_are_not_judged() {
    let table = rows(&[(Some("b"), 1, 30), (Some("a"), 1, 60), (Some("c"), 1, 19)]);
    let segments = segments_of(&table, &["place"]).unwrap();
    assert_eq!((segments.len(), segments.pooled(), segments.left_out()), (1, 0, Some((49, 0))));
    assert_eq!([0, 30, 90].map(|row| segments.of(row)), [None, Some(0), None]);
    let error = segments_of(&rows(&[(Some("b"), 1, 30)]), &["place"]).unwrap_err();
    assert!(error.contains("no segment of \"place\" has 50 rows"), "{error}");
}

#[test]
fn several_columns_make_segments_together() {
    let table = rows(&[(Some("a"), 1, 50), (Some("a"), 2, 50), (None, 2, 50)]);
    let segments = segments_of(&table, &["place", "line", "place"]).unwrap();
    assert_eq!(segments.columns(), ["place", "line"]);
    let names: Vec<&str> = (0..3).map(|place| segments.name(place).unwrap().as_ref()).collect();
    assert_eq!(names, ["place=a, line=1", "place=a, line=2", "place is missing, line=2"]);
}

#[test]
fn columns_that_make_no_segments_are_refused() {
    let refused = |name: &str, label: Option<&str>| {
        let error = SegmentReader::new(&schema(), &[name.to_owned()], label).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Usage);
        error.to_string()
    };
    assert!(refused("nope", None).contains("names no column"));
    assert!(refused("x", None).contains("does not name segments"));
    assert!(refused("place", Some("place")).contains("is the label"));
    assert!(SegmentReader::new(&schema(), &[], None).is_err());
    let table: Vec<_> = (0..=MAX_SEGMENTS as i64).map(|line| (Some("a"), line, 0.0)).collect();
    let mut reader = SegmentReader::new(&schema(), &["line".to_owned()], None).unwrap();
    let error = with_batch(&table, 0, |batch| {
        reader.take(&Batch { rows: batch.rows, columns: &batch.columns[1..2] })
    })
    .unwrap_err();
    assert!(error.to_string().contains("makes more than 1000 segments"), "{error}");
}

#[test]
fn large_segments_are_sampled_and_small_ones_learned_whole() {
    let table = rows(&[(Some("a"), 1, 100), (Some("b"), 1, 5_000), (Some("c"), 1, 9_000)]);
    let segments = segments_of(&table, &["place"]).unwrap();
    assert!(segments.samplers(1, 3).iter().all(RowSampler::keeps_all));
    let samplers = segments.samplers_within(1, 3, 3 * 2_100);
    assert_eq!([0, 1, 2].map(|own| samplers[own].keeps_all()), [true, false, false]);
    for (own, rows) in [(1, 100..5_100_i64), (2, 5_100..14_100)] {
        let kept = rows.filter(|&row| samplers[own].keeps(row)).count();
        assert!((850..1_150).contains(&kept), "{kept}");
    }
}

fn model_of(learner: Learner) -> (AnomalyModel, Vec<f64>) {
    AnomalyModel::learn(learner, DEFAULT_DETECTOR, 1, &Cancellation::default()).unwrap()
}

fn learner_of(table: &[(Option<&str>, i64, f64)]) -> Learner {
    let mut learner = Learner::new(&schema(), None);
    with_batch(table, 0, |batch| learner.take(batch, None)).unwrap();
    learner
}

#[test]
fn a_part_of_the_rows_is_learned_from_as_if_there_were_no_others() {
    let table = rows(&[(Some("a"), 1, 70), (None, 2, 60), (Some("b"), 3, 80)]);
    let chosen: Vec<u32> = (0..table.len() as u32).filter(|row| row % 3 != 1).collect();
    let own: Vec<_> = chosen.iter().map(|&row| table[row as usize]).collect();
    let (part, scores) = model_of(learner_of(&table).subset(&chosen));
    let (alone, own_scores) = model_of(learner_of(&own));
    assert!(part.to_bytes().unwrap() == alone.to_bytes().unwrap());
    assert_eq!(scores, own_scores);
}

#[test]
fn rows_are_scored_by_the_model_of_their_segment_in_any_batch() {
    let table = rows(&[(Some("a"), 1, 60), (Some("b"), 2, 70), (Some("a"), 3, 10)]);
    let segments = Arc::new(segments_of(&table, &["place"]).unwrap());
    let learner = learner_of(&table).leaving_out(&["place".to_owned()], "it makes the segments");
    let columns = learner.columns();
    let of = |place| -> Vec<u32> {
        (0..140).filter(|&row| segments.of(row as usize) == Some(place)).collect()
    };
    let mut expected = vec![0.0; 140];
    let models = [0, 1].map(|place| {
        let (model, scores) = model_of(learner.subset(&of(place)));
        for (row, score) in of(place).into_iter().zip(scores) {
            expected[row as usize] = score;
        }
        assert_eq!(model.encoder().left_out()["place"], "it makes the segments");
        (place, SegmentModel::new(model, &columns).unwrap())
    });
    let scorer = SegmentScorer::new(segments.clone(), models.into(), columns);
    assert!(scorer.scores(0) && !scorer.scores(140));
    let score = |from: usize, to: usize| {
        with_batch(&table[from..to], from as i64, |batch| {
            scorer.evaluate(&Batch { rows: batch.rows, columns: &batch.columns[1..] }).unwrap()
        })
    };
    assert_eq!(score(0, 140), expected);
    assert_eq!([score(0, 57), score(57, 140)].concat(), expected);
}

/// A segment's calibration rows score 1 to 99 times a unit.
fn calibration(unit: f64) -> Calibration {
    let scores: Vec<f64> = (1..100).map(|row| unit * f64::from(row)).collect();
    Calibration::of(CalibrationSource::HeldBack, &scores)
}

#[test]
fn scores_of_segments_become_comparable_and_small_ones_are_not_favoured() {
    let table =
        rows(&[(Some("a"), 1, 60), (Some("b"), 1, 60), (Some("c"), 1, 60), (Some("d"), 1, 9)]);
    let segments = Arc::new(segments_of(&table, &["place"]).unwrap());
    let mut raw = vec![50.0; table.len()];
    raw[5] = 81.0;
    raw[70] = 81.0;
    raw[130] = 81.0;
    // A unit of 1000: 81 is nothing there. Of the third segment nothing could be learned.
    let calibrations = vec![Some(calibration(1.0)), Some(calibration(1_000.0)), None];
    let judged = Judged::of(segments, raw, calibrations);
    assert_eq!((judged.p_value(5), judged.p_value(70)), (0.2, 1.0));
    assert_eq!(judged.scores()[5], -0.2_f64.ln());
    assert_eq!(judged.scores()[70], 0.0);
    assert_eq!([130, 185].map(|row| judged.scores()[row]), [NOT_JUDGED; 2]);
    assert_eq!(judged.segment_of(70).map(AsRef::as_ref), Some("place=b"));
    assert!(judged.segment_of(130).is_none() && judged.segment_of(185).is_none());
    assert_eq!(judged.percentile(130), 0.0);
    let decision = judged.decide(DecisionRule::Budget { rows: 1 });
    assert_eq!((decision.rows.as_slice(), decision.threshold), (&[5][..], -0.2_f64.ln()));
    // 0.2 is not small among 120 rows, whatever the size of its segment.
    assert!(judged.decide(DecisionRule::fdr(0.5).unwrap()).rows.is_empty());

    let learned = [Ok(()), Ok(()), Err("no column varies".to_owned())].map(|outcome| {
        outcome.map(|()| LearnedSegment {
            training_rows: 60,
            columns: vec!["x".to_owned()],
            left_out: std::collections::BTreeMap::new(),
            choices: Vec::new(),
        })
    });
    let report = SegmentReport::of(&judged, &learned, &decision);
    assert_eq!((report.segments, report.pooled_segments), (2, 0));
    let told: Vec<(&str, u64)> =
        report.first.iter().map(|own| (own.name.as_str(), own.anomalies)).collect();
    assert_eq!(told, [("place=a", 1), ("place=b", 0)]);
    let skipped: Vec<(&str, u64, u64)> = report
        .not_looked_at
        .iter()
        .map(|own| (own.reason.as_str(), own.rows, own.first_row))
        .collect();
    assert_eq!(
        skipped,
        [
            ("their segments have fewer than 50 rows, also all together", 9, 180),
            ("place=c: no column varies", 60, 120),
        ]
    );
}
