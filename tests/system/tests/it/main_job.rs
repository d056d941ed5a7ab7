//! The main job on real tables: the first time, again, changed, and damaged.

use serde_json::Value;

use crate::pynomaly::{Pynomaly, example, repository, small_table};

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}: {value}"))
}

#[test]
fn the_example_is_fit_for_use_and_a_model_watches_it() {
    let pynomaly = Pynomaly::new();
    let data = example("flights.csv");
    let document = pynomaly.json(&["run", data.to_str().unwrap()]);
    assert_eq!(document["dataset"]["version"], 1);
    assert_eq!(document["quality"]["gate"]["passed"], true);
    assert_eq!(document["training"]["outcome"], "trained");
    assert_eq!(document["steps"].as_array().unwrap().len(), 5);
    let anomalies = document["anomalies"]["anomalies"].as_array().unwrap();
    assert!(!anomalies.is_empty());
    assert!(anomalies.iter().all(|row| !row["reasons"].as_array().unwrap().is_empty()));
    let report = std::fs::read_to_string(text(&document, "/report")).unwrap();
    assert!(report.starts_with("<!doctype html>") || report.starts_with("<!DOCTYPE html>"));
    for section in ["id=\"quality\"", "id=\"anomalies\"", "id=\"steps\""] {
        assert!(report.contains(section), "{section}");
    }
    assert!(!report.contains("http://") || !report.contains("src=\"http"), "no outside request");
    let pipeline = pynomaly.json(&["pipeline", "list"]);
    assert_eq!(pipeline["pipelines"].as_array().unwrap().len(), 1);
}

#[test]
fn the_same_table_again_is_recognised_and_nothing_is_done_twice() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("table.csv", small_table(200, 1));
    let first = pynomaly.json(&["run", "table.csv"]);
    let events = pynomaly.json(&["events", "list"]);
    let again = pynomaly.json(&["run", "table.csv"]);
    assert_eq!(first["recognised"], false);
    assert_eq!(again["recognised"], true);
    for same in ["/dataset", "/digest", "/chain", "/quality", "/profile", "/training", "/anomalies"]
    {
        assert_eq!(first.pointer(same), again.pointer(same), "{same}");
    }
    assert_eq!(events, pynomaly.json(&["events", "list"]));
}

#[test]
fn a_changed_table_becomes_version_two_and_says_what_changed() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("table.csv", small_table(200, 1));
    pynomaly.json(&["run", "table.csv"]);
    pynomaly.file("table.csv", small_table(300, 2));
    let second = pynomaly.json(&["run", "table.csv"]);
    assert_eq!(second["dataset"]["version"], 2);
    assert_eq!(second["changes"]["rows_before"], 200);
    assert_eq!(second["changes"]["rows_after"], 300);
    assert_eq!(second.pointer("/training/version/number").unwrap(), 2);
    let shown = pynomaly.run(&["run", "table.csv"]);
    assert!(shown.stdout.contains("What changed"), "{}", shown.stdout);
}

#[test]
fn a_version_that_fails_the_gate_never_teaches_the_model() {
    let pynomaly = Pynomaly::new();
    let good = example("flights.csv");
    pynomaly.json(&["run", good.to_str().unwrap(), "--name", "flights"]);
    let damaged = example("flights-damaged.csv");
    let arguments = ["run", damaged.to_str().unwrap(), "--name", "flights"];
    let finished = pynomaly.run(&arguments);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    assert!(finished.stdout.contains("model declined: "), "{}", finished.stdout);
    let again = pynomaly.run(&arguments);
    assert_eq!(again.code, 1, "recognised, and still declined");
    let model = pynomaly.json(&["model", "show", "flights"]);
    assert_eq!(
        model.pointer("/version/number").or(model.pointer("/number")).unwrap(),
        1,
        "{model}"
    );
    let events = pynomaly.json(&["events", "list", "--type", "model."]);
    let types: Vec<&str> =
        events["events"].as_array().unwrap().iter().map(|event| text(event, "/type")).collect();
    assert_eq!(types, ["io.pynomaly.model.trained.v1", "io.pynomaly.model.declined.v1"]);
}

/// The README prints what its first command prints; times and folders differ.
#[test]
fn the_readme_tells_the_truth() {
    let pynomaly = Pynomaly::new();
    let printed = pynomaly.run(&["run", example("flights.csv").to_str().unwrap()]).stdout;
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let told = readme.split("```").nth(3).unwrap();
    let lasting = |text: &str| -> Vec<String> {
        text.trim()
            .lines()
            .take_while(|line| !line.starts_with("model trained"))
            .filter(|line| !line.contains("dates judged on"))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(lasting(told), lasting(&printed));
}
