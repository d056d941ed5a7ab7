//! Rule files of other tools as contracts and back, by whole commands: what fails is what would fail
//! there.

use crate::pynomaly::Pynomaly;

/// Twenty rows: one carrier is missing, one is wrong; a delay stands for none.
fn table() -> String {
    let mut text = "id,carrier,dep,arr,day\n".to_owned();
    for row in 0..20 {
        let carrier = match row {
            3 => "",
            7 => "XX",
            _ => "UA",
        };
        let arr = if row == 11 { String::new() } else { (row + 5).to_string() };
        let id = if row == 19 { 18 } else { row };
        text.push_str(&format!("{id},{carrier},{row},{arr},2024-01-{:02}\n", row + 1));
    }
    text
}

/// Imports, and asserts that the contract has no problems; gives what standard error told.
fn imported(pynomaly: &Pynomaly, file: &str, code: i32) -> String {
    let made = pynomaly.run(&["contract", "import", file, "--output", "made.yaml"]);
    assert_eq!(made.code, code, "{}", made.stderr);
    let linted = pynomaly.run(&["contract", "lint", "made.yaml"]);
    assert_eq!((linted.code, linted.stdout.as_str()), (0, "made.yaml: nothing is wrong\n"));
    made.stderr
}

/// The rows that break the contract, as `row,rule`.
fn failing(pynomaly: &Pynomaly, table: &str, code: i32) -> Vec<String> {
    let check = ["check", table, "--contract", "made.yaml", "--contract-only"];
    let checked = pynomaly.run(&[&check[..], &["--failed-rows", "failed.csv"]].concat());
    assert_eq!(checked.code, code, "{}{}", checked.stdout, checked.stderr);
    let failed = std::fs::read_to_string(pynomaly.folder().join("failed.csv")).unwrap();
    let rule = |line: &str| line.split(',').take(2).collect::<Vec<_>>().join(",");
    failed.lines().skip(1).map(rule).collect()
}

fn suite(mostly: &str) -> String {
    format!(
        r#"{{"name": "flights", "expectations": [
  {{"type": "expect_column_values_to_be_in_set", "kwargs": {{"column": "carrier", "value_set": ["UA"], "mostly": {mostly}}}}},
  {{"type": "expect_column_pair_values_a_to_be_greater_than_b", "kwargs": {{"column_A": "arr", "column_B": "dep"}}}},
  {{"type": "expect_column_values_to_be_unique", "kwargs": {{"column": "id"}}, "severity": "warning"}},
  {{"type": "expect_column_values_to_not_be_null", "kwargs": {{"column": "carrier", "row_condition": "dep > 3", "condition_parser": "pandas"}}}}
]}}"#
    )
}

#[test]
fn a_suite_fails_for_the_rows_that_fail_it_there() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("flights.csv", table());
    // 18 of the 19 rows with a value are as they should be: 94.7 percent
    pynomaly.file("suite.json", suite("0.95"));
    assert_eq!(
        imported(&pynomaly, "suite.json", 0),
        "suite.json: Great Expectations: 4 imported, 0 not\n"
    );
    let strict = failing(&pynomaly, "flights.csv", 1);
    // of two columns, one without a value breaks the rule there
    assert_eq!(strict, ["7,carrier.in_set", "11,arr+dep.expression", "19,id.unique"]);
    let report =
        pynomaly.run(&["check", "flights.csv", "--contract", "made.yaml", "--contract-only"]);
    assert!(report.stdout.contains("carrier"), "{}", report.stdout);
    let verdicts = |mostly: &str| {
        pynomaly.file("suite.json", suite(mostly));
        imported(&pynomaly, "suite.json", 0);
        let check = ["check", "flights.csv", "--contract", "made.yaml", "--contract-only"];
        let document = pynomaly.run(&[&check[..], &["--format", "json"]].concat()).document();
        let checks = document["results"].as_array().unwrap().clone();
        checks
            .iter()
            .filter(|check| check["check"] == "in_set")
            .map(|check| check["verdict"].to_string())
            .collect::<Vec<_>>()
    };
    assert_ne!(verdicts("0.95"), verdicts("0.94"));
}

#[test]
fn what_is_not_taken_over_is_told_with_its_line() {
    let pynomaly = Pynomaly::new();
    pynomaly.file(
        "schema.yml",
        "models:
  - name: orders
    columns:
      - name: id
        tests:
          - unique
          - dbt_expectations.expect_column_values_to_be_increasing
          - not_null: {config: {where: \"dep in ('a', 1\"}}
  - name: customers
    columns: [{name: id, data_tests: [not_null]}]
",
    );
    insta::assert_snapshot!(imported(&pynomaly, "schema.yml", 4), @r#"
    schema.yml:7:13: not imported: id: dbt_expectations.expect_column_values_to_be_increasing: rows are in the order of a column there, and of the table here
    schema.yml:8:13: not imported: id: not_null {"config": {"where": "dep in ('a', 1"}}: the condition is not understood here: expected ,, but found it ends, at character 15 of "dep in ('a', 1"
    schema.yml: dbt: 2 imported, 2 not
    "#);
    // what was left out is told however quiet it is
    let quiet =
        pynomaly.run(&["contract", "import", "schema.yml", "--quiet", "--output", "q.yaml"]);
    let lines: Vec<&str> = quiet.stderr.lines().collect();
    assert_eq!((quiet.code, lines.len()), (4, 2), "{}", quiet.stderr);
    assert!(lines.iter().all(|line| line.contains(": not imported: ")), "{}", quiet.stderr);
    let document = pynomaly.run(&[
        "contract",
        "import",
        "schema.yml",
        "--table",
        "customers",
        "--format",
        "json",
    ]);
    assert_eq!(document.code, 0, "{}", document.stderr);
    assert_eq!(document.document()["mapped"][0]["table"], "customers");
    pynomaly.file("broken.json", "{\"expectations\": [\n  {\"type\" 5}]}");
    let broken = pynomaly.run(&["contract", "import", "broken.json"]);
    assert_eq!((broken.code, broken.stdout.as_str()), (2, ""), "{}", broken.stderr);
    assert!(broken.stderr.contains("broken.json, line 2"), "{}", broken.stderr);
    let unknown = pynomaly.run(&["contract", "import", "made.yaml"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
}

#[test]
fn checks_of_soda_count_the_rows_that_fail_there() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("flights.csv", table());
    pynomaly.file(
        "checks.yml",
        "checks for flights:
  - row_count between 10 and 20
  - missing_count(carrier) = 0:
      missing values: [XX]
  - invalid_percent(carrier) <= 5 %:
      valid values: [UA]
  - max(dep) < 20
  - failed rows:
      fail condition: dep > 17
",
    );
    imported(&pynomaly, "checks.yml", 0);
    let rows = failing(&pynomaly, "flights.csv", 1);
    // one row of twenty is within five percent, and listed
    assert_eq!(
        rows,
        [
            "3,carrier.expression",
            "7,carrier.expression",
            "7,carrier.in_set",
            "18,dep.expression",
            "19,dep.expression"
        ]
    );
}

#[test]
fn a_contract_is_written_for_other_tools() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("suite.json", suite("0.95"));
    imported(&pynomaly, "suite.json", 0);
    for tool in ["gx", "dbt"] {
        let export = ["contract", "export", "made.yaml", "--to", tool];
        let made = pynomaly.run(&[&export[..], &["--output", "there"]].concat());
        assert!(made.code == 0 || made.code == 4, "{}", made.stderr);
        let back =
            pynomaly.run(&["contract", "import", "there", "--from", tool, "--output", "back.yaml"]);
        assert_eq!(back.code, 0, "{}", back.stderr);
        let document = pynomaly.run(&[&export[..], &["--format", "json"]].concat()).document();
        assert_eq!(document["schema"], "pynomaly.contract_export/1");
    }
}

#[test]
fn a_file_of_another_tool_is_written_as_that_tool_reads_it_whatever_its_ending() {
    let pynomaly = Pynomaly::new();
    let contract = "apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema:\n  - name: t\n    quality:\n      - {metric: rowCount, mustBeGreaterThan: 3}\n";
    pynomaly.file("c.yaml", contract);
    let export = ["contract", "export", "c.yaml", "--to", "gx", "--output", "suite.json"];
    assert_eq!(pynomaly.run(&export).code, 0);
    let back = pynomaly.run(&["contract", "import", "suite.json"]);
    assert_eq!(back.code, 0, "{}", back.stderr);
    let asked = pynomaly.run(&[&export[..5], &["--format", "json"]].concat());
    assert_eq!(asked.document()["schema"], "pynomaly.contract_export/1");
}
