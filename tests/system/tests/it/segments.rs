//! Segments from a file to scores.

use std::fmt::Write as _;

use crate::pynomaly::Pynomaly;

/// Letters weigh about 10, crates about 100; row 246 is a letter of 100.
fn parcels() -> String {
    let mut text = "kind,weight,speed\n".to_owned();
    for row in 0_u64..600 {
        let noise = |of: u64| ((row * 7_919 + of * 104_729) % 1_000) as f64 / 1_000.0;
        let is_letter = row % 2 == 0;
        let level = if is_letter && row != 246 { 10.0 } else { 100.0 };
        let weight = level + noise(1) + noise(2) - 1.0;
        let kind = if is_letter { "letter" } else { "crate" };
        writeln!(text, "{kind},{weight:.3},{:.3}", noise(3) + noise(4)).unwrap();
    }
    text
}

#[test]
fn a_letter_as_heavy_as_a_crate_is_found_among_letters_only() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("parcels.csv", parcels());
    let found = pynomaly.json(&["detect", "parcels.csv", "--segment", "kind"]);
    let first = &found["most_anomalous"][0];
    assert_eq!((&first["row"], &first["segment"]), (&246.into(), &"kind=letter".into()));
    assert_eq!(first["reasons"][0]["column"], "weight");
    assert!(first["reasons"][0]["expected"]["high"].as_f64().unwrap() < 20.0, "{first}");
    assert_eq!(found["segments"]["segments"], 2);
    assert_eq!(found["parameters"]["segment"][0], "kind");
    let without = pynomaly.json(&["detect", "parcels.csv"]);
    assert!(without["segments"].is_null());
    let rows = without["most_anomalous"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["row"] != 246), "{without}");

    let told = pynomaly.run(&["detect", "parcels.csv", "--segment", "kind", "--top", "1"]);
    assert!(told.stdout.contains("2 segments of kind judged by themselves"), "{told:?}");
    assert!(told.stdout.contains("kind=letter") && told.stdout.contains("weight is"), "{told:?}");
}

#[test]
fn scores_of_segments_do_not_depend_on_the_number_of_threads() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("parcels.csv", parcels());
    let scores = ["1", "4"].map(|threads| {
        let file = format!("scores-{threads}.csv");
        let done = pynomaly.run(&[
            "detect",
            "parcels.csv",
            "--segment",
            "kind",
            "--explain",
            "--threads",
            threads,
            "--output",
            &file,
        ]);
        assert_eq!(done.code, 0, "{done:?}");
        std::fs::read_to_string(pynomaly.folder().join(file)).unwrap()
    });
    assert_eq!(scores[0], scores[1]);
    assert!(scores[0].starts_with("row,score,percentile,p_value,anomaly,segment,reasons\n"));
    assert_eq!(scores[0].lines().filter(|line| line.contains(",\"kind=letter\",")).count(), 300);
}

#[test]
fn segments_go_neither_with_pipelines_nor_with_time() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("parcels.csv", parcels());
    for other in [["--pipeline", "parcels"], ["--time", "speed"]] {
        let refused =
            pynomaly.run(&[&["detect", "parcels.csv", "--segment", "kind"][..], &other].concat());
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("cannot be used with"), "{refused:?}");
    }
}
