use proptest::prelude::*;
use shared_kernel_domain::clock::Timestamp;

use super::likeness::likeness;
use super::*;
use crate::anomaly::{AnomalyReport, ScoreHistogram};
use crate::reason::{CommonValue, Reason};
use crate::testing::{dataset, example_id, pipeline, report};

const COLUMNS: [&str; 4] = ["delay", "distance", "carrier", "origin"];

fn number(column: &str, contribution: f64, value: f64) -> Reason {
    let expected = Expected::Range {
        typical: Cell::Float(10.0),
        low: Cell::Float(0.0),
        high: Cell::Float(20.0),
    };
    let value = Cell::Float(value);
    let (column, aspect) = (column.to_owned(), Aspect::Value);
    Reason { column, aspect, contribution, value, expected, missing_share: 0.0 }
}

fn category(column: &str, contribution: f64, value: &str) -> Reason {
    let common = CommonValue { value: Cell::Text("AA".to_owned()), share: 0.5 };
    Reason {
        aspect: Aspect::Rarity,
        value: Cell::Text(value.to_owned()),
        expected: Expected::Common { values: vec![common] },
        ..number(column, contribution, 0.0)
    }
}

/// A report whose rows, most anomalous first, are unusual for these reasons; all are called
/// anomalies but the last.
fn told(rows: &[Vec<Reason>]) -> AnomalyReport {
    let example = report(&pipeline(&dataset(1), 1, 1), rows.len() as u64);
    let last = rows.len().saturating_sub(1) as u64;
    let anomalies = example.anomalies.iter().zip(rows).map(|(anomaly, reasons)| Anomaly {
        p_value: Some(1e-9 * (anomaly.row + 1) as f64),
        anomaly: anomaly.row < last,
        reasons: reasons.clone(),
        cells: Vec::new(),
        ..anomaly.clone()
    });
    AnomalyReport {
        anomaly_count: last,
        rows: 1_000,
        histogram: ScoreHistogram::default(),
        columns: Vec::new(),
        anomalies: anomalies.collect(),
        ..example.clone()
    }
}

fn given(report: &AnomalyReport, row: u64, verdict: Verdict) -> Feedback {
    let anomaly = report.anomalies.iter().find(|anomaly| anomaly.row == row).unwrap();
    Feedback {
        pipeline_id: report.pipeline_id,
        version_id: report.version_id,
        version: 1,
        row,
        verdict,
        by: "user".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        reason: None,
        columns: judged_columns(anomaly),
    }
}

fn like(feedback: &Feedback, reasons: &[Reason]) -> f64 {
    likeness(feedback, &RowFacts { reasons, columns: &[], cells: &[] }).value
}

fn rows(report: &AnomalyReport) -> Vec<(u64, bool)> {
    report.anomalies.iter().map(|anomaly| (anomaly.row, anomaly.anomaly)).collect()
}

#[test]
fn rows_like_a_dismissed_one_are_no_longer_called_and_others_are() {
    let late = |delay| vec![number("delay", 4.0, delay), number("distance", 0.5, 11.0)];
    let report = told(&[
        late(1_000.0),
        late(980.0),
        late(1_001.0),
        late(600.0),
        vec![number("delay", 4.0, 990.0), category("carrier", 3.0, "ZZ")],
        late(12.0),
    ]);
    let after = review(&report, &[given(&report, 0, Verdict::Dismissed)]);
    let effect = after.feedback.clone().unwrap();
    assert_eq!(rows(&after), [(2, true), (4, true), (3, true), (5, false), (1, false), (0, false)]);
    assert_eq!((after.anomaly_count, effect.no_longer_called, effect.lowered), (3, 2, 4));
    let marks: Vec<_> = after.anomalies.iter().map(|it| it.feedback.clone()).collect();
    assert_eq!(marks[0], None, "1001 is more than what was dismissed");
    let partly = marks[2].clone().unwrap();
    assert!((partly.likeness - 590.0 / 990.0).abs() < 1e-12 && !partly.itself, "{partly:?}");
    assert_eq!(partly.column.as_deref(), Some("delay"));
    assert!(marks[1].clone().unwrap().likeness < 0.6, "nobody dismissed its carrier");
    assert!(marks[5].clone().unwrap().itself);
}

#[test]
fn rows_like_a_confirmed_one_are_raised_and_called() {
    let report = told(&[
        vec![number("distance", 3.0, 800.0)],
        vec![category("carrier", 2.0, "ZZ")],
        vec![number("delay", 3.0, 500.0)],
        vec![number("delay", 3.0, 700.0)],
    ]);
    let after = review(&report, &[given(&report, 2, Verdict::Confirmed)]);
    assert_eq!(rows(&after), [(2, true), (3, true), (0, true), (1, true)]);
    let effect = after.feedback.unwrap();
    assert_eq!((effect.also_called, effect.raised, after.anomaly_count), (1, 2, 4));
}

#[test]
fn the_nearest_feedback_counts_and_of_equally_near_the_confirming_one() {
    let late = |delay| vec![number("delay", 4.0, delay)];
    let report = told(&[late(1_000.0), late(950.0), late(940.0), late(940.0), late(900.0)]);
    let dismissed = given(&report, 0, Verdict::Dismissed);
    let confirmed = given(&report, 1, Verdict::Confirmed);
    let after = review(&report, &[dismissed, confirmed]);
    assert_eq!(rows(&after)[0], (1, true));
    assert_eq!(rows(&after)[4], (0, false));
    let others = after.anomalies.iter().filter(|anomaly| anomaly.row > 1);
    assert!(others.clone().all(|anomaly| anomaly.anomaly), "{:?}", rows(&after));
    let equal = [given(&report, 2, Verdict::Dismissed), given(&report, 3, Verdict::Confirmed)];
    let after = review(&report, &equal);
    let of = |row| after.anomalies.iter().find(|anomaly| anomaly.row == row).unwrap();
    assert_eq!(of(2).feedback.as_ref().unwrap().verdict, Verdict::Dismissed, "said of itself");
    assert_eq!(of(4).feedback.as_ref().unwrap().verdict, Verdict::Confirmed);
}

#[test]
fn a_row_in_which_no_column_stood_out_speaks_of_itself_only() {
    let report = told(&[Vec::new(), Vec::new(), vec![number("delay", 1.0, 50.0)]]);
    let after = review(&report, &[given(&report, 0, Verdict::Dismissed)]);
    assert_eq!(rows(&after), [(1, true), (2, false), (0, false)]);
    assert_eq!(after.anomalies[2].feedback.as_ref().unwrap().column, None);
}

#[test]
fn feedback_on_another_version_speaks_of_its_like_and_not_of_its_row_number() {
    let report = told(&[vec![number("delay", 1.0, 50.0)], vec![number("delay", 1.0, 49.0)]]);
    let other = Feedback { version_id: example_id(77), ..given(&report, 1, Verdict::Dismissed) };
    let after = review(&report, &[other]);
    assert_eq!(rows(&after), [(0, true), (1, false)]);
    let mark = after.anomalies[1].feedback.clone().unwrap();
    assert_eq!((mark.itself, mark.likeness), (false, 1.0));
    let gone = Feedback {
        columns: judged_columns(&Anomaly {
            reasons: vec![number("gone", 1.0, 50.0)],
            ..report.anomalies[0].clone()
        }),
        version_id: example_id(77),
        ..given(&report, 0, Verdict::Dismissed)
    };
    assert_eq!(rows(&review(&report, &[gone])), rows(&report), "a column that is gone");
}

#[test]
fn a_report_without_p_values_is_reviewed_too() {
    let mut report = told(&[vec![number("delay", 1.0, 50.0)], vec![number("delay", 1.0, 49.0)]]);
    for anomaly in &mut report.anomalies {
        anomaly.p_value = None;
    }
    let after = review(&report, &[given(&report, 0, Verdict::Dismissed)]);
    assert_eq!(rows(&after), [(1, false), (0, false)]);
    assert_eq!(review(&report, &[]), report);
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        4 => (-30.0..60.0_f64).prop_map(Cell::Float),
        1 => (-3..6_i64).prop_map(|number| Cell::Integer(number * 10)),
        1 => Just(Cell::Null),
        1 => Just(Cell::Boolean(true)),
        1 => prop_oneof!["NaN", "inf", "-inf", "2024-03-01", "1e308", "AA"].prop_map(Cell::Text),
        1 => prop_oneof![Just(1.7e308), Just(-1.7e308), Just(5e-324)].prop_map(Cell::Float),
    ]
}

fn any_reason() -> impl Strategy<Value = Reason> {
    let aspect = prop_oneof![
        4 => Just(Aspect::Value),
        1 => Just(Aspect::Missing),
        1 => Just(Aspect::Rarity),
        1 => Just(Aspect::HourOfDay),
        1 => Just(Aspect::Weekday),
    ];
    let contribution = prop_oneof![0.01..5.0_f64, Just(1.0), Just(1e-300), Just(1e300)];
    (0..COLUMNS.len(), aspect, contribution, any_cell(), any_cell()).prop_map(
        |(column, aspect, contribution, value, typical)| {
            let (low, high) = (Cell::Null, Cell::Null);
            let expected = Expected::Range { typical, low, high };
            Reason { aspect, value, expected, ..number(COLUMNS[column], contribution, 0.0) }
        },
    )
}

fn any_row() -> impl Strategy<Value = Vec<Reason>> {
    prop::collection::vec(any_reason(), 0..4).prop_map(|mut reasons| {
        let mut seen = Vec::new();
        reasons.retain(|reason| {
            let is_new = !seen.contains(&reason.column);
            seen.push(reason.column.clone());
            is_new
        });
        reasons.sort_by(|a, b| b.contribution.total_cmp(&a.contribution));
        reasons
    })
}

fn any_feedback(most: usize) -> impl Strategy<Value = Vec<(usize, bool)>> {
    prop::collection::vec((0..12_usize, any::<bool>()), 0..most)
}

fn all_given(report: &AnomalyReport, choices: &[(usize, bool)]) -> Vec<Feedback> {
    let mut rows: Vec<u64> = Vec::new();
    let mut all = Vec::new();
    for &(place, confirms) in choices {
        let row = (place % report.anomalies.len()) as u64;
        if !rows.contains(&row) {
            let verdict = if confirms { Verdict::Confirmed } else { Verdict::Dismissed };
            all.push(given(report, row, verdict));
            rows.push(row);
        }
    }
    all
}

proptest! {
    #[test]
    fn likeness_is_a_share_and_a_row_is_wholly_like_itself(one in any_row(), other in any_row()) {
        let report = told(&[one.clone(), other.clone()]);
        for verdict in [Verdict::Confirmed, Verdict::Dismissed] {
            let feedback = given(&report, 0, verdict);
            let value = like(&feedback, &other);
            prop_assert!((0.0..=1.0).contains(&value), "{value}");
            let own = like(&feedback, &one);
            prop_assert!(own == 1.0 || one.is_empty(), "{own}");
        }
    }

    #[test]
    fn the_order_in_which_feedback_was_given_does_not_matter(
        rows in prop::collection::vec(any_row(), 1..12),
        choices in any_feedback(8),
        turn in 0..8_usize,
    ) {
        let report = told(&rows);
        let feedback = all_given(&report, &choices);
        let mut turned = feedback.clone();
        turned.rotate_left(turn.min(feedback.len()));
        turned.reverse();
        prop_assert_eq!(review(&report, &feedback), review(&report, &turned));
    }

    #[test]
    fn a_review_keeps_every_row_as_it_is_but_for_its_place_and_verdict(
        rows in prop::collection::vec(any_row(), 1..12),
        choices in any_feedback(8),
    ) {
        let report = told(&rows);
        let after = review(&report, &all_given(&report, &choices));
        let mut back: Vec<Anomaly> = after.anomalies.clone();
        back.sort_by_key(|anomaly| anomaly.row);
        for (was, is) in report.anomalies.iter().zip(&mut back) {
            if is.feedback.take().is_none() {
                prop_assert_eq!(is.anomaly, was.anomaly);
            }
            is.anomaly = was.anomaly;
        }
        prop_assert_eq!(&back, &report.anomalies);
        let called = after.anomalies.iter().filter(|anomaly| anomaly.anomaly).count();
        prop_assert_eq!(after.anomaly_count, called as u64);
        let unmarked: Vec<u64> = after.anomalies.iter()
            .filter(|anomaly| anomaly.feedback.is_none()).map(|anomaly| anomaly.row).collect();
        prop_assert!(unmarked.is_sorted(), "rows without a mark keep their order");
        prop_assert_eq!(review(&report, &[]), report);
    }

    #[test]
    fn a_row_that_is_more_extreme_than_a_dismissed_one_is_never_excused(
        one in any_row(),
        column in 0..4_usize,
        further in 1e-12..1e6_f64,
    ) {
        prop_assume!(!one.is_empty());
        let column = column % one.len();
        let heaviest = one[0].contribution;
        prop_assume!(one[column].contribution >= heaviest * MAIN_SHARE);
        let (Cell::Float(value), Expected::Range { typical: Cell::Float(usual), .. }) =
            (&one[column].value, &one[column].expected) else { return Ok(()) };
        prop_assume!(one[column].aspect == Aspect::Value && value != usual);
        let more = if value > usual { value + further } else { value - further };
        prop_assume!(more != *value && more.is_finite());
        let mut extreme = one.clone();
        extreme[column].value = Cell::Float(more);
        let report = told(&[one, extreme, Vec::new()]);
        let after = review(&report, &[given(&report, 0, Verdict::Dismissed)]);
        let extreme = after.anomalies.iter().find(|anomaly| anomaly.row == 1).unwrap();
        prop_assert!(extreme.anomaly, "{:?}", extreme.feedback);
    }
}
