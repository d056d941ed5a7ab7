//! Feedback on what a pipeline told: previewed, given, applied to what comes later, and taken back.

use std::fmt::Write as _;

use serde_json::Value;

use crate::documents::fits;
use crate::pynomaly::{Place, Pynomaly};

/// Deliveries of about 20 minutes; rows 30, 130 and 230 took 500, 480 and 510 more, and row 430 is of a
/// carrier of its own. Another `day` gives other usual values.
fn deliveries(day: u64) -> String {
    let mut text = "minutes,distance,carrier\n".to_owned();
    for row in 0_u64..600 {
        let noise = |of: u64| (row * 7_919 + (day + of) * 104_729) % 1_000;
        let late = match row {
            30 => 500,
            130 => 480,
            230 => 510,
            _ => 0,
        };
        let carrier = if row == 430 { "ZZ" } else { ["A", "B"][(noise(2) % 2) as usize] };
        let usual = if late == 0 { (noise(0) + noise(1)) as f64 / 500.0 } else { 0.0 };
        let minutes = 20.0 + f64::from(late) + usual;
        writeln!(text, "{minutes:.3},{:.1},{carrier}", noise(3) as f64 / 10.0).unwrap();
    }
    text
}

fn called(run: &Value) -> Vec<u64> {
    let anomalies = run["anomalies"]["anomalies"].as_array().unwrap().iter();
    let called = anomalies.filter(|row| row["anomaly"] == true);
    let mut rows: Vec<u64> = called.map(|row| row["row"].as_u64().unwrap()).collect();
    rows.sort_unstable();
    rows
}

fn scores(pynomaly: &Pynomaly, threads: &str) -> String {
    let done = pynomaly.run(&[
        "detect",
        "deliveries",
        "--pipeline",
        "deliveries",
        "--explain",
        "--threads",
        threads,
        "--output",
        "scores.csv",
    ]);
    assert_eq!(done.code, 0, "{done:?}");
    std::fs::read_to_string(pynomaly.folder().join("scores.csv")).unwrap()
}

#[test]
fn what_people_say_of_rows_holds_until_it_is_withdrawn() {
    for place in [Place::Sqlite, Place::Postgres] {
        let pynomaly = Pynomaly::on(place);
        pynomaly.file("deliveries.csv", deliveries(1));
        let run = || pynomaly.json(&["run", "deliveries.csv", "--report", "report.html"]);
        let before = run();
        let found = called(&before);
        assert!([30, 130, 230].iter().all(|row| found.contains(row)), "{found:?}");
        let scores_before = scores(&pynomaly, "2");

        let dismiss =
            ["feedback", "dismiss", "deliveries", "--row", "30", "--reason", "a <strike>"];
        let previewed = pynomaly.json(&[&dismiss[..], &["--dry-run"]].concat());
        fits("pynomaly.feedback_change.1", &previewed);
        assert_eq!(run()["anomalies"], before["anomalies"], "nothing was kept");
        let told = pynomaly.run(&dismiss);
        assert_eq!(told.code, 0, "{told:?}");
        for words in ["row 30 of version 1 dismissed", "like dismissed ones", "minutes", "yes → no"]
        {
            assert!(told.stdout.contains(words), "{words}: {}", told.stdout);
        }
        let row = |row: u64| {
            previewed["changes"].as_array().unwrap().iter().find(|change| change["row"] == row)
        };
        assert_eq!(row(130).unwrap()["anomaly_after"], false, "{previewed}");
        assert!(row(230).is_none(), "more than what was dismissed: {previewed}");

        let listed = pynomaly.json(&["feedback", "list", "deliveries"]);
        fits("pynomaly.feedback.1", &listed);
        assert_eq!(listed["feedback"][0]["reason"], "a <strike>");
        assert_ne!(scores(&pynomaly, "2"), scores_before);
        let withdraw = ["feedback", "withdraw", "deliveries", "--row", "30"];
        assert_eq!(pynomaly.run(&withdraw).code, 0);
        assert_eq!(run()["anomalies"].to_string(), before["anomalies"].to_string());
        assert_eq!(scores(&pynomaly, "2"), scores_before);

        assert_eq!(pynomaly.run(&dismiss).code, 0);
        applies_to_later_versions(&pynomaly, &found);
        assert_eq!(pynomaly.run(&withdraw).code, 2, "it was given on version 1");
        let withdrawn = pynomaly.json(&[&withdraw[..], &["--version", "1"]].concat());
        assert_eq!(withdrawn["action"], "withdrawn");
        let audit = "SELECT action FROM audit WHERE action LIKE 'feedback.%' ORDER BY position";
        let audit = pynomaly.witness("data_science").rows::<1>(audit).concat();
        let [given, taken] = ["feedback.dismissed", "feedback.withdrawn"];
        assert_eq!(audit, [given, taken, given, taken]);
    }
}

/// The next version is told, ranked and scored by what was said of the first.
fn applies_to_later_versions(pynomaly: &Pynomaly, found: &[u64]) {
    pynomaly.file("deliveries.csv", deliveries(9));
    let run = ["run", "deliveries.csv", "--report", "report.html"];
    let later = pynomaly.run(&run);
    assert_eq!(later.code, 0, "{later:?}");
    assert!(later.stdout.contains("feedback on 1 row (0 confirmed, 1 dismissed)"), "{later:?}");
    let later = pynomaly.json(&run);
    fits("pynomaly.run.1", &later);
    let called = called(&later);
    assert!(called.contains(&230) && !called.contains(&30) && !called.contains(&130), "{called:?}");
    assert!(called.len() < found.len(), "{called:?} of {found:?}");
    let page = std::fs::read_to_string(pynomaly.folder().join("report.html")).unwrap();
    for words in
        ["feedback on 1 row", "row 130: ", "like dismissed row 30 of version 1, by minutes"]
    {
        assert!(page.contains(words), "{words} is not on the page");
    }

    let one = scores(pynomaly, "1");
    assert_eq!(one, scores(pynomaly, "4"));
    assert!(one.starts_with("row,score,percentile,p_value,anomaly,feedback,reasons\n"));
    let row = |row: usize| one.lines().nth(row + 1).unwrap();
    assert!(row(30).contains(",false,\"{\"\"verdict\"\":\"\"dismissed\"\""), "{}", row(30));
    assert!(row(230).contains(",true,,\"["), "{}", row(230));
    let detect = ["detect", "deliveries", "--pipeline", "deliveries"];
    let detected = pynomaly.json(&detect);
    fits("pynomaly.detect.1", &detected);
    assert_eq!(detected["decision"]["anomalies"]["value"], called.len());
    let shown = pynomaly.json(&["pipeline", "show", "deliveries"]);
    fits("pynomaly.pipeline.1", &shown);
    assert_eq!(shown["newest_anomalies"]["value"], called.len());
}

#[test]
fn feedback_that_cannot_be_is_refused() {
    let pynomaly = Pynomaly::new();
    let dismiss = ["feedback", "dismiss", "deliveries"];
    let refused = |arguments: &[&str]| {
        let refused = pynomaly.run(&[&dismiss[..], arguments].concat());
        assert_eq!(refused.code, 2, "{refused:?}");
        refused.stderr
    };
    assert!(refused(&["--row", "1"]).contains("no pipeline called"));
    pynomaly.file("deliveries.csv", deliveries(1));
    assert_eq!(pynomaly.run(&["dataset", "upload", "deliveries.csv"]).code, 0);
    assert!(refused(&["--row", "30"]).contains("no pipeline called"));
    assert_eq!(pynomaly.run(&["run", "deliveries.csv"]).code, 0);
    for rows in ["600", "18446744073709551615"] {
        let said = refused(&["--row", rows]);
        assert!(said.contains("is not among the rows told of version 1"), "{said}");
        assert!(said.contains("such as"), "{said}");
    }
    assert!(refused(&["--row", "-1"]).contains("--row"));
    assert!(refused(&[]).contains("--row"));
    assert!(refused(&["--row", "30", "--version", "2"]).contains("no version 2"));
    let empty = pynomaly.run(&["feedback", "list", "deliveries"]);
    assert!(empty.stdout.contains("no feedback on what deliveries told"), "{empty:?}");
}
