//! Contracts tested by corruptions, by whole commands.

use serde_json::Value;

use crate::pynomaly::{Pynomaly, small_table};

const CONTRACT: &str = "apiVersion: v3.1.0
kind: DataContract
id: small
schema:
  - name: table
    properties:
      - {name: id, unique: true, required: true}
      - name: kind
        required: true
        quality:
          - {metric: invalidValues, arguments: {validValues: [red, green, blue]}, mustBe: 0}
    quality:
      - {metric: rowCount, mustBeBetween: [150, 210]}
";

fn small() -> Pynomaly {
    let pynomaly = Pynomaly::new();
    pynomaly.file("table.csv", small_table(200, 1));
    pynomaly.file("contract.yaml", CONTRACT);
    pynomaly
}

const TEST: [&str; 4] = ["contract", "test", "contract.yaml", "table.csv"];

#[test]
fn a_contract_is_tested_and_leaves_nothing() {
    let pynomaly = small();
    let shown = pynomaly.run(&TEST);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    for told in [
        "contract.yaml tested with table.csv\n",
        "mutation score ",
        "all 200 rows; monitors as if 14 versions before had been like this one; seed 0\n",
        "no rule of the contract catches\n",
        "for the contract's table:\n    properties:\n",
    ] {
        assert!(shown.stdout.contains(told), "{told}: {}", shown.stdout);
    }
    let left = std::fs::read_dir(pynomaly.home().join("tmp"));
    assert!(left.is_ok_and(|mut left| left.next().is_none()), "what was corrupted is gone");
    // the same bytes, whatever the threads
    let document = |threads: &str| {
        pynomaly.run(&[&TEST[..], &["--format", "json", "--threads", threads]].concat()).stdout
    };
    let (one, four) = (document("1"), document("4"));
    assert!(one == four);
    let report: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(report["schema"], "pynomaly.contract_test/1");
    assert_eq!(report["score"]["exactness"], "exact");
    let corruptions = report["corruptions"].as_array().unwrap();
    let caught = |name: &str| {
        let found = corruptions.iter().find(|it| it["corruption"] == name).unwrap();
        found["attempts"][0]["rules"][0]["name"].clone()
    };
    assert_eq!(caught("key_collision"), "id.unique");
    assert_eq!(caught("new_category"), "kind.invalid_values");
    assert_eq!(caught("truncated_file"), "row_count");
    let inapplicable = corruptions.iter().filter(|it| it["not_applicable"].is_string());
    assert!(inapplicable.clone().all(|it| it["attempts"].as_array().unwrap().is_empty()));
    assert!(inapplicable.count() > 0);
}

#[test]
fn a_share_that_is_asked_for_decides() {
    let pynomaly = small();
    let at_least = |share: &str| pynomaly.run(&[&TEST[..], &["--at-least", share]].concat());
    assert_eq!(at_least("0.1").code, 0);
    assert_eq!(at_least("0.99").code, 1);
    assert_eq!(at_least("2").code, 2);
    let sampled = pynomaly.run(&[&TEST[..], &["--rows", "50", "--places", "1"]].concat());
    assert_eq!(sampled.code, 0, "{}", sampled.stderr);
    assert!(sampled.stdout.contains("50 of 200 rows"), "{}", sampled.stdout);
    assert!(sampled.stdout.contains("not kept by the table as it is: row_count"));
}

#[test]
fn what_cannot_be_tested_says_why() {
    let pynomaly = small();
    pynomaly.file("wrong.yaml", CONTRACT.replace("rowCount", "rowCont"));
    let wrong = pynomaly.run(&["contract", "test", "wrong.yaml", "table.csv"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("wrong.yaml, line "), "{}", wrong.stderr);
    assert_eq!(pynomaly.run(&["contract", "test", "no.yaml", "table.csv"]).code, 2);
    assert_eq!(pynomaly.run(&["contract", "test", "contract.yaml", "no.csv"]).code, 3);
    pynomaly.file("broken.parquet", "PAR1 and nothing else");
    let broken = pynomaly.run(&["contract", "test", "contract.yaml", "broken.parquet"]);
    assert_eq!(broken.code, 3, "{}", broken.stderr);
    pynomaly.file("empty.csv", "id,kind\n");
    let empty = pynomaly.run(&["contract", "test", "contract.yaml", "empty.csv"]);
    assert_eq!(empty.code, 4, "{}{}", empty.stdout, empty.stderr);
    assert!(empty.stdout.contains("no score: the table has no rows"), "{}", empty.stdout);
}
