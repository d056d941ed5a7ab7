use data_science_domain::anomaly::ScoreHistogram;
use data_science_domain::reason::{Aspect, Expected, Reason};
use shared_kernel_domain::identity::{DatasetVersionId, ModelVersionId, PipelineId};

use super::*;

fn id<T: std::str::FromStr<Err = shared_kernel_domain::Error>>() -> T {
    "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap()
}

pub(crate) fn report() -> AnomalyReport {
    let reason = Reason {
        column: "dep <delay>".to_owned(),
        aspect: Aspect::Value,
        contribution: 1.25,
        value: Cell::Integer(1301),
        expected: Expected::Range {
            typical: Cell::Integer(-2),
            low: Cell::Integer(-20),
            high: Cell::Integer(16),
        },
        missing_share: 0.0,
    };
    let anomaly = |row, score, anomaly| Anomaly {
        row,
        score,
        percentile: 99.5,
        p_value: Some(0.004_2),
        anomaly,
        feedback: None,
        segment: None,
        reasons: if anomaly { vec![reason.clone()] } else { Vec::new() },
        cells: vec![Cell::Integer(1301), Cell::Null],
    };
    AnomalyReport {
        version_id: id::<DatasetVersionId>(),
        pipeline_id: id::<PipelineId>(),
        model_version_id: id::<ModelVersionId>(),
        detector: "isolation_forest".to_owned(),
        rows: 1_000,
        anomaly_count: 10,
        threshold: 0.6123,
        decision_rule: "score of at least 0.6123".to_owned(),
        histogram: ScoreHistogram::of(&[0.4, 0.45, 0.5, 0.72]),
        columns: vec!["dep <delay>".to_owned(), "carrier".to_owned()],
        created_at: "2026-11-23T12:00:00Z".parse().unwrap(),
        feedback: None,
        anomalies: vec![anomaly(41, 0.72, true), anomaly(7, 0.5, false)],
    }
}

#[test]
fn a_section_tells_figures_scores_and_rows_with_reasons() {
    let section = section(&report());
    assert_eq!((section.id.as_str(), section.aside.as_str()), ("anomalies", "10"));
    let html = section.html.as_str();
    for expected in [
        "1 % of all rows",
        "0.6123",
        "<svg class=\"histogram",
        "Row 41",
        "score 0.7200, percentile 99.50, p-value 0.0042",
        "dep &lt;delay&gt; is 1301 (usually -20 to 16, here about -2)",
        "No column stands out.",
        "the whole row",
    ] {
        assert!(html.contains(expected), "{expected} is not in {html}");
    }
    assert!(!html.contains("<delay>"));
}

#[test]
fn a_version_without_rows_has_a_section_too() {
    let empty = AnomalyReport {
        rows: 0,
        anomaly_count: 0,
        histogram: ScoreHistogram::default(),
        anomalies: Vec::new(),
        ..report()
    };
    let html = section(&empty).html;
    assert!(html.as_str().contains("There are no rows."), "{html}");
    assert!(!html.as_str().contains("NaN"), "{html}");
}
