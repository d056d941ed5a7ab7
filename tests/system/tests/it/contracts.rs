//! Tables against data contracts, by whole commands.

use serde_json::Value;

use crate::pynomaly::{Finished, Pynomaly, example};

const EXAMPLE: &str = "flights.odcs.yaml";

fn check(pynomaly: &Pynomaly, data: &str, contract: &str, more: &[&str]) -> Finished {
    let arguments = ["check", data, "--contract", contract];
    pynomaly.run(&[&arguments, more].concat())
}

/// What a rule of a report came to: verdict, rows that break it, rows of which it is unknown.
fn rule<'a>(report: &'a Value, name: &str) -> (&'a str, Option<u64>, Option<u64>) {
    let results = report["results"].as_array().unwrap();
    let result = results
        .iter()
        .find(|result| result["contract"]["rule"] == name)
        .unwrap_or_else(|| panic!("no rule {name} in {report}"));
    let verdict = result["verdict"].as_str().unwrap();
    (verdict, result["failed"]["value"].as_u64(), result["contract"]["unknown"].as_u64())
}

#[test]
fn the_example_keeps_its_contract() {
    let pynomaly = Pynomaly::new();
    let (data, contract) = (example("flights.csv"), example(EXAMPLE));
    let (data, contract) = (data.to_str().unwrap(), contract.to_str().unwrap());
    let finished = check(&pynomaly, data, contract, &["--format", "json", "--contract-only"]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let report = finished.document();
    assert_eq!(report["contracts"][0]["id"], "nyc-flights");
    assert_eq!(report["checks"]["not_evaluated"], 0);
    // the 30 checks, and that the columns are there
    assert_eq!(report["results"].as_array().unwrap().len(), 31);
    // counted by a script over the same file with Python's csv module
    assert_eq!(rule(&report, "dep_time.not_null"), ("passed", Some(521), Some(0)));
    assert_eq!(rule(&report, "known plane"), ("passed", Some(4_324), Some(0)));
    assert_eq!(rule(&report, "tailnum.missing_values"), ("passed", Some(155), Some(0)));
    assert_eq!(rule(&report, "known destination"), ("passed", Some(680), Some(0)));
    assert_eq!(rule(&report, "delays go together"), ("passed", Some(0), Some(606)));
    let figure = |name: &str| {
        let results = report["results"].as_array().unwrap();
        let found = results.iter().find(|result| result["contract"]["rule"] == name).unwrap();
        (
            found["contract"]["figure"]["value"].as_f64().unwrap(),
            found["contract"]["figure"]["exactness"].clone(),
        )
    };
    assert_eq!(figure("usual delay"), (76.0, "exact".into()));
    let (mean, _) = figure("air_time.mean");
    assert!((mean - 154.187_400_560_648_54).abs() < 1e-9, "{mean}");
    let scans = report["passes"].as_array().unwrap();
    let of_rules = scans.iter().filter(|pass| pass["purpose"] == "the contract's rules");
    assert_eq!(of_rules.count(), 1, "one scan for all rules");
}

#[test]
fn every_failing_row_is_written_with_its_key() {
    let pynomaly = Pynomaly::new();
    let mut data = "id,kind,amount\n".to_owned();
    for row in 0..30_000 {
        let kind = if row % 3 == 0 { "odd" } else { "red" };
        data += &format!("{},{kind},{}\n", if row == 29_999 { 5 } else { row }, row % 7);
    }
    pynomaly.file("data.csv", data);
    pynomaly.file(
        "contract.yaml",
        "apiVersion: v3.1.0
kind: DataContract
id: things
schema:
  - name: things
    properties:
      - {name: id, primaryKey: true}
      - name: kind
        quality:
          - {metric: invalidValues, arguments: {validValues: [red]}, mustBe: 0}
      - name: amount
        logicalTypeOptions: {maximum: 5}
",
    );
    for (format, file) in [("csv", "failed.csv"), ("parquet", "failed.parquet")] {
        let more = ["--failed-rows", file, "--format", "json", "--contract-only"];
        let finished = check(&pynomaly, "data.csv", "contract.yaml", &more);
        assert_eq!(finished.code, 1, "{format}: {}", finished.stderr);
        let report = finished.document();
        assert_eq!(rule(&report, "kind.invalid_values"), ("failed", Some(10_000), Some(0)));
        assert_eq!(rule(&report, "id.primary_key"), ("failed", Some(1), Some(0)));
    }
    let text = std::fs::read_to_string(pynomaly.folder().join("failed.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "row,rule,column,value,key_id");
    assert_eq!(lines[1], "0,kind.invalid_values,kind,odd,0");
    assert_eq!(lines[3], "6,kind.invalid_values,kind,odd,6");
    assert_eq!(lines[4], "6,amount.between,amount,6,6");
    assert_eq!(*lines.last().unwrap(), "29999,id.primary_key,id,5,5");
    assert_eq!(lines.len(), 1 + 10_000 + 4_285 + 1);
    let profiled = pynomaly.json(&["profile", "failed.parquet"]);
    assert_eq!(profiled["rows"], 14_286);
}

#[test]
fn a_wrong_contract_ends_with_2_and_says_where() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("data.csv", "a\n1\n2\n");
    pynomaly.file(
        "wrong.yaml",
        "apiVersion: v3.1.0\nkind: DataContract\nid: x\nschema:\n  - name: x\n    properties:\n      - name: a\n        logicalType: intger\n",
    );
    let finished = check(&pynomaly, "data.csv", "wrong.yaml", &[]);
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("there is no logical type intger"), "{}", finished.stderr);
    assert!(finished.stderr.contains("wrong.yaml, line 8, column 9"), "{}", finished.stderr);
    let linted = pynomaly.run(&["contract", "lint", "wrong.yaml", "--format", "json"]);
    assert_eq!(linted.code, 2);
    let document = linted.document();
    assert_eq!(document["schema"], "pynomaly.contract_lint/1");
    assert_eq!(document["files"][0]["problems"][0]["line"], 8);
    let shown = pynomaly.run(&["contract", "lint", "wrong.yaml"]);
    assert!(shown.stdout.contains("wrong.yaml:8:9: error: there is no logical type intger"));
    assert!(shown.stdout.contains("did you mean integer?"));
    let contract = example(EXAMPLE);
    assert_eq!(pynomaly.run(&["contract", "lint", contract.to_str().unwrap()]).code, 0);
    assert_eq!(check(&pynomaly, "data.csv", "nowhere.yaml", &[]).code, 2);
}

#[test]
fn what_cannot_be_evaluated_ends_with_4_and_is_not_passed() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("data.csv", "a,b\n1,x\n2,y\n");
    pynomaly.file(
        "contract.yaml",
        "apiVersion: v3.1.0
kind: DataContract
id: x
schema:
  - name: x
    quality:
      - {id: sql, type: sql, query: select 1, mustBe: 1}
      - {id: gone, type: custom, engine: pynomaly, implementation: c > 1}
      - {id: types, type: custom, engine: pynomaly, implementation: b > 1}
      - {id: nowhere, type: custom, engine: pynomaly, implementation: {rule: reference, column: a, to: no.csv}}
      - {id: fine, type: custom, engine: pynomaly, implementation: a > 0}
",
    );
    let finished = check(&pynomaly, "data.csv", "contract.yaml", &["--format", "json"]);
    assert_eq!(finished.code, 4, "{}", finished.stderr);
    let report = finished.document();
    for name in ["sql", "gone", "types", "nowhere"] {
        assert_eq!(rule(&report, name).0, "not_evaluated", "{name}");
    }
    assert_eq!(rule(&report, "fine"), ("passed", Some(0), Some(0)));
    let shown = check(&pynomaly, "data.csv", "contract.yaml", &[]);
    assert!(shown.stdout.contains("the table has no column c"), "{}", shown.stdout);
}
