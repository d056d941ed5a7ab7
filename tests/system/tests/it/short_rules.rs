//! Short rule files, by whole commands: what they say is what a contract says.

use serde_json::Value;

use crate::pynomaly::{Finished, Pynomaly, example, small_table};

/// What each rule came to: its columns, verdict, failing rows, rows looked at, unknown ones and figure.
fn outcomes(finished: &Finished) -> Vec<String> {
    let report = finished.document();
    let outcome = |result: &Value| {
        let contract = &result["contract"];
        let (failed, evaluated) = (&result["failed"]["value"], &result["evaluated"]);
        let (unknown, figure) = (&contract["unknown"], &contract["figure"]["value"]);
        let (columns, verdict) = (&result["columns"], &result["verdict"]);
        format!("{columns} {verdict} {failed} of {evaluated}, {unknown} unknown, {figure}")
    };
    let results = report["results"].as_array().unwrap();
    let mut told: Vec<String> =
        results.iter().filter(|result| result["check"] != "columns").map(outcome).collect();
    told.sort();
    told
}

#[test]
fn the_example_says_of_tables_what_the_contract_says() {
    let pynomaly = Pynomaly::new();
    let path = |name: &str| example(name).to_str().unwrap().to_owned();
    for (data, code) in [("flights.csv", 0), ("flights-damaged.csv", 1)] {
        let check = |rules: &str| {
            let more = ["--contract-only", "--table", "flights", "--format", "json"];
            let (data, rules) = (path(data), path(rules));
            let arguments = ["check", data.as_str(), "--contract", rules.as_str()];
            let finished = pynomaly.run(&[&arguments[..], &more].concat());
            assert_eq!(finished.code, code, "{}", finished.stderr);
            outcomes(&finished)
        };
        let short = check("flights.rules.yaml");
        assert_eq!(short.len(), 30);
        assert_eq!(short, check("flights.odcs.yaml"), "{data}");
    }
}

#[test]
fn a_rule_file_stands_wherever_a_contract_does() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("data.csv", small_table(20, 1));
    pynomaly.file("wrong.rules.yaml", "rules:\n  - not_nul: a\n");
    let wrong = pynomaly.run(&["contract", "lint", "wrong.rules.yaml"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stdout.contains(
            "wrong.rules.yaml:2:5: error: there is no rule not_nul\n  try: did you mean not_null?"
        ),
        "{}",
        wrong.stdout
    );
    pynomaly.file("data.rules.yaml", "rules:\n  - row_count:\n    at_least: 1\n");
    pynomaly.file("firmer.rules.yaml", "rules:\n  - row_count:\n    at_least: 2\n");
    let changed = pynomaly.run(&["contract", "diff", "data.rules.yaml", "firmer.rules.yaml"]);
    assert!(changed.stdout.contains("1 stricter"), "{}", changed.stdout);
    let stored =
        ["dataset", "upload", "data.csv", "--name", "things", "--contract", "data.rules.yaml"];
    let stored = pynomaly.run(&stored);
    assert_eq!(stored.code, 0, "{}", stored.stderr);
    let checked = pynomaly.run(&["check", "things", "--format", "json"]).document();
    assert_eq!(checked["contracts"][0]["rules"], 1, "{checked}");
    let made = ["contract", "import", "data.rules.yaml", "--output", "data.odcs.yaml"];
    let made = pynomaly.run(&made);
    assert_eq!(
        (made.code, made.stderr.as_str()),
        (0, "data.rules.yaml: short rule file: 1 imported, 0 not\n")
    );
    let linted = pynomaly.run(&["contract", "lint", "data.odcs.yaml"]);
    assert_eq!(linted.stdout, "data.odcs.yaml: nothing is wrong\n");
    let changed = pynomaly.run(&["contract", "diff", "data.rules.yaml", "data.odcs.yaml"]);
    assert_eq!((changed.code, changed.stdout.as_str()), (0, "nothing changed that is promised\n"));
}
