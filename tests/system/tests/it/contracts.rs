//! Tables against data contracts, by whole commands.

use std::time::Duration;

use serde_json::Value;
use shared_kernel_infrastructure::step::Step;

use crate::pynomaly::{Finished, Pynomaly, example, small_table};
use crate::serving::Serving;

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
fn a_file_that_is_scanned_once_tells_the_digest_of_its_table() {
    let pynomaly = Pynomaly::new();
    let (data, contract) = (example("flights.csv"), example(EXAMPLE));
    let (data, contract) = (data.to_str().unwrap(), contract.to_str().unwrap());
    let more = ["--format", "json", "--contract-only", "--quarantine", "parted"];
    let read = check(&pynomaly, data, contract, &more).document();
    assert_eq!(read["quarantine"]["invalid"]["rows"], 0);
    for more in [&["--contract-only"][..], &[]] {
        let more = [&["--format", "json", "--table", "flights"], more].concat();
        let scanned = check(&pynomaly, "parted/valid.parquet", contract, &more).document();
        assert_eq!(scanned["table"]["digest"], read["table"]["digest"]);
        let repeated = |pass: &Value| pass["purpose"] == "repeated rows";
        assert!(!scanned["passes"].as_array().unwrap().iter().any(repeated));
    }
}

#[test]
fn a_file_is_no_reference_for_itself_though_its_digest_comes_later() {
    let pynomaly = Pynomaly::new();
    let (data, contract) = (example("flights.csv"), example(EXAMPLE));
    let (data, contract) = (data.to_str().unwrap(), contract.to_str().unwrap());
    check(&pynomaly, data, contract, &["--contract-only", "--quarantine", "parted"]);
    pynomaly.file(
        "itself.odcs.yaml",
        "apiVersion: v3.1.0\nkind: DataContract\nid: itself\nversion: 1.0.0\nstatus: active\n\
         schema:\n  - name: valid\n    quality:\n\
         \x20     - {type: custom, engine: pynomaly, mustBeLessThan: 0.1, implementation: {rule: \
         distribution, column: distance, distance: kolmogorov_smirnov, to: parted/valid.parquet}}\n\
         \x20     - {type: custom, engine: pynomaly, implementation: {rule: same_rows, \
         key: [flight], to: parted/valid.parquet}}\n",
    );
    let more = ["--contract-only", "--format", "json"];
    let finished = check(&pynomaly, "parted/valid.parquet", "itself.odcs.yaml", &more);
    assert_eq!(finished.code, 4, "{}", finished.stderr);
    let report = finished.document();
    let results = report["results"].as_array().unwrap();
    let itself = |result: &&Value| {
        result["reason"].as_str().is_some_and(|reason| reason.contains("is the table itself"))
    };
    assert_eq!(results.iter().filter(itself).count(), 2, "{report}");
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
    pynomaly.file("data.csv", rows_of_things());
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
      - {id: sql, type: sql, query: select null, mustBe: 1}
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

const ATTACHED: &str = "apiVersion: v3.1.0
kind: DataContract
id: small
version: 1.0.0
schema:
  - name: table
    properties:
      - name: amount
        quality:
          - {id: amounts, type: custom, engine: pynomaly, implementation: {rule: between, minimum: 0, maximum: 100000}}
      - name: kind
        quality:
          - {id: kinds, type: custom, engine: pynomaly, implementation: {rule: reference, column: kind, to: kinds.csv}}
";

/// `pynomaly.check/1` and the event that came of it.
fn judged(pynomaly: &Pynomaly) -> Vec<Value> {
    let listed = pynomaly.json(&["events", "list", "--type", "quality."]);
    let events = listed["events"].as_array().unwrap();
    events.iter().map(|event| event["data"].clone()).collect()
}

#[test]
fn a_batch_that_breaks_its_contract_never_teaches_the_model() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("kinds.csv", "kind\nred\ngreen\nblue\n");
    pynomaly.file("contract.yaml", ATTACHED);
    pynomaly.file("table.csv", small_table(200, 1));
    let first = pynomaly.json(&["run", "table.csv", "--contract", "contract.yaml"]);
    assert_eq!(first["training"]["outcome"], "trained");
    assert_eq!(first["quality"]["contracts"][0]["id"], "small");

    // the next version is held against the same text, whatever its file says by now
    pynomaly.file("contract.yaml", "nothing");
    pynomaly.file("table.csv", small_table(300, 2).replace("red", "rot"));
    let second = pynomaly.run(&["run", "table.csv", "--format", "json"]);
    assert_eq!(second.code, 1, "{}", second.stderr);
    let document = second.document();
    assert_eq!(document["training"]["outcome"], "declined");
    let reasons = document["quality"]["gate"]["reasons"].to_string();
    assert!(reasons.contains("kind stands in kind of kinds.csv"), "{reasons}");
    let model = pynomaly.json(&["model", "show", "table"]);
    assert_eq!(model.pointer("/version/number").or(model.pointer("/number")).unwrap(), 1);
    let events = judged(&pynomaly);
    let kept: Vec<&Value> = events.iter().map(|event| &event["contract"]["kept"]).collect();
    assert_eq!(kept, [true, false]);
    assert_eq!(events[1]["contract"]["rules"]["errors"], 1);
    assert_eq!(events[0]["contract"]["contract"], events[1]["contract"]["contract"]);

    // the same values without it are another version
    let third = pynomaly.json(&["run", "table.csv", "--no-contract"]);
    assert_eq!((&third["dataset"]["version"], &third["recognised"]), (&3.into(), &false.into()));
    assert_eq!(third["training"]["outcome"], "trained");
    let versions = pynomaly.json(&["dataset", "show", "table"]).to_string();
    assert!(versions.contains("contract.yaml"), "{versions}");
}

#[test]
fn a_backup_takes_the_contract_along() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("kinds.csv", "kind\nred\ngreen\nblue\n");
    pynomaly.file("contract.yaml", ATTACHED);
    pynomaly.file("table.csv", small_table(200, 1));
    pynomaly.json(&["run", "table.csv", "--contract", "contract.yaml"]);
    let backup = pynomaly.folder().join("backup");
    let backup = backup.to_str().unwrap();
    pynomaly.json(&["store", "backup", backup]);
    let elsewhere = Pynomaly::new();
    elsewhere.json(&["store", "restore", backup]);
    elsewhere.file("table.csv", small_table(300, 2).replace("red", "rot"));
    let broken = elsewhere.run(&["run", "table.csv"]);
    assert_eq!(broken.code, 1, "{}{}", broken.stdout, broken.stderr);
    assert_eq!(judged(&elsewhere)[1]["contract"]["kept"], false);
}

#[test]
fn a_wrong_contract_stores_nothing() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("contract.yaml", ATTACHED.replace("between", "betwen"));
    pynomaly.file("table.csv", small_table(200, 1));
    let refused = pynomaly.run(&["run", "table.csv", "--contract", "contract.yaml"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("there is no rule betwen"), "{}", refused.stderr);
    assert!(refused.stderr.contains("line 10, column"), "{}", refused.stderr);
    assert!(pynomaly.json(&["dataset", "list"])["datasets"].as_array().unwrap().is_empty());
}

/// Killed at each step of its way, a version is judged by its contract all the same.
#[test]
fn a_contract_outlives_a_kill_at_any_step() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("kinds.csv", "kind\nred\ngreen\nblue\n");
    pynomaly.file("contract.yaml", ATTACHED);
    for (number, step) in Step::ALL.into_iter().enumerate() {
        let table = small_table(60, number as u64).replace("blue", "blau");
        pynomaly.file("table.csv", table);
        let mut command = pynomaly.command();
        command.args(["run", "table.csv", "--name", "killed", "--quiet"]);
        if number == 0 {
            command.args(["--contract", "contract.yaml"]);
        }
        command.env("PYNOMALY_STOP_AT", format!("{}:1", step.name()));
        let doomed = Serving::spawn(&mut command);
        doomed.stands_still(Duration::from_mins(1));
        doomed.kill();
        let mut again = vec!["run", "table.csv", "--name", "killed"];
        if number == 0 {
            again.extend(["--contract", "contract.yaml"]);
        }
        let finished = pynomaly.run(&again);
        assert_eq!(finished.code, 1, "{}: {}", step.name(), finished.stderr);
    }
    let events = judged(&pynomaly);
    assert_eq!(events.len(), Step::ALL.len());
    assert!(events.iter().all(|event| event["contract"]["kept"] == false), "{events:?}");
    let models = pynomaly.json(&["model", "list"]);
    assert!(models["models"].as_array().unwrap().is_empty(), "{models}");
}

/// 30,000 rows, of which every third has an odd kind, and one an id that is there before.
fn things(pynomaly: &Pynomaly) {
    pynomaly.file("data.csv", rows_of_things());
    pynomaly.file("contract.yaml", THINGS);
}

/// Every third kind is odd, and the last identifier stands there twice.
fn rows_of_things() -> String {
    let mut data = "id,kind,amount\n".to_owned();
    for row in 0..30_000 {
        let kind = if row % 3 == 0 { "odd" } else { "red" };
        data += &format!("{},{kind},{}\n", if row == 29_999 { 5 } else { row }, row % 7);
    }
    data
}

const THINGS: &str = "apiVersion: v3.1.0
kind: DataContract
id: things
schema:
  - name: things
    properties:
      - {name: id, primaryKey: true}
      - name: kind
        quality:
          - {metric: invalidValues, arguments: {validValues: [red]}, mustBe: 0}
    quality:
      - {metric: rowCount, mustBeLessThan: 5}
";

#[test]
fn a_split_holds_every_row_once() {
    let pynomaly = Pynomaly::new();
    things(&pynomaly);
    let more = ["--contract-only", "--quarantine", "parted", "--format", "json"];
    let finished = check(&pynomaly, "data.csv", "contract.yaml", &more);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    let report = finished.document();
    let split = &report["quarantine"];
    assert_eq!(split["all"]["rows"], 30_000);
    assert_eq!(
        (&split["valid"]["rows"], &split["invalid"]["rows"]),
        (&19_999.into(), &10_001.into())
    );
    let number =
        |part: &str| u128::from_str_radix(split[part]["digest"].as_str().unwrap(), 16).unwrap();
    assert_eq!(number("all"), number("valid").wrapping_add(number("invalid")));
    assert_eq!(split["decided_by"].as_array().unwrap().len(), 2);
    assert_eq!(split["not_decided_by"][0]["rule"], "row_count");

    // what is left keeps the rules of rows, and what was set aside names its row
    let valid = check(&pynomaly, "parted/valid.parquet", "contract.yaml", &["--format", "json"]);
    let again = valid.document();
    assert_eq!(rule(&again, "kind.invalid_values"), ("passed", Some(0), Some(0)));
    assert_eq!(rule(&again, "id.primary_key"), ("passed", Some(0), Some(0)));
    let invalid = pynomaly.json(&["profile", "parted/invalid.parquet"]);
    assert_eq!(invalid["rows"], 10_001);
    let names: Vec<&str> = invalid["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["id", "kind", "amount", "pynomaly_row", "pynomaly_rules"]);

    // nothing is overwritten unasked, and what is no split never
    let again = check(&pynomaly, "data.csv", "contract.yaml", &more);
    assert_eq!(again.code, 2, "{}", again.stderr);
    assert!(again.stderr.contains("--overwrite"), "{}", again.stderr);
    let asked = [&more[..], &["--overwrite"]].concat();
    assert_eq!(check(&pynomaly, "data.csv", "contract.yaml", &asked).code, 1);
    std::fs::write(pynomaly.folder().join("parted/notes.txt"), "mine").unwrap();
    assert_eq!(check(&pynomaly, "data.csv", "contract.yaml", &asked).code, 2);
    let shown = ["--quarantine", "other"];
    let shown = check(&pynomaly, "data.csv", "contract.yaml", &shown).stdout;
    assert!(shown.contains("19,999 valid and 10,001 invalid rows in other"), "{shown}");
}

/// A disk without room, simulated by the largest size that a file may have.
#[test]
fn a_split_without_room_leaves_nothing() {
    let pynomaly = Pynomaly::new();
    let mut data = "id,kind\n".to_owned();
    let mut noise = 1_u64;
    for row in 0..120_000 {
        noise =
            noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        data += &format!("x{noise:016x},{}\n", ["odd", "red", "red"][row % 3]);
    }
    pynomaly.file("data.csv", data);
    pynomaly.file("contract.yaml", THINGS);
    std::fs::create_dir(pynomaly.folder().join("place")).unwrap();
    // a Parquet file needs no snapshot, so that the split alone is large
    check(&pynomaly, "data.csv", "contract.yaml", &["--quarantine", "first"]);
    let valid = pynomaly.folder().join("first/valid.parquet");
    std::fs::rename(valid, pynomaly.folder().join("data.parquet")).unwrap();
    let mut command = std::process::Command::new("bash");
    command
        .current_dir(pynomaly.folder())
        .env("PYNOMALY_HOME", pynomaly.home())
        .args(["-c", "trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\""])
        .arg(crate::pynomaly::binary())
        .args(["check", "data.parquet", "--contract", "contract.yaml", "--contract-only"])
        .args(["--quarantine", "place/parted"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("the split table cannot be written"), "{said}");
    let left: Vec<_> = std::fs::read_dir(pynomaly.folder().join("place")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_changed_between_contracts_is_told_with_its_effect() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("1.yaml", ATTACHED);
    let second = ATTACHED.replace("maximum: 100000", "maximum: 200000");
    pynomaly.file("2.yaml", second.replace("1.0.0", "2.0.0"));
    let same = pynomaly.run(&["contract", "diff", "1.yaml", "1.yaml"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, "nothing changed that is promised\n"));
    let shown = pynomaly.run(&["contract", "diff", "1.yaml", "2.yaml"]);
    assert_eq!(shown.code, 1, "{}", shown.stderr);
    let told = "2.yaml:10:13: breaking: table, amounts: it allows more";
    assert!(shown.stdout.contains(told), "{}", shown.stdout);
    assert!(shown.stdout.ends_with("1 breaking, 0 stricter, 1 compatible\n"), "{}", shown.stdout);
    let back = ["contract", "diff", "2.yaml", "1.yaml", "--format", "json"];
    let finished = pynomaly.run(&back);
    assert_eq!(finished.code, 0);
    let document = finished.document();
    assert_eq!(document["schema"], "pynomaly.contract_diff/1");
    assert_eq!((&document["breaking"], &document["stricter"]), (&0.into(), &1.into()));
    assert_eq!(document["before"]["version"], "2.0.0");
    assert_eq!(pynomaly.run(&[&back[..], &["--fail-on", "stricter"]].concat()).code, 1);
    assert_eq!(pynomaly.run(&["contract", "diff", "1.yaml", "no.yaml"]).code, 2);
}

#[test]
fn a_contract_without_rules_never_looks_as_if_all_were_well() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("flights.csv", "a,b\n1,2\n3,4\n");
    let head = "apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema:\n  - name: flights\n";
    pynomaly.file("c.yaml", head);
    for (format, told) in [
        ("table", "contract c: 0 rules, nothing was evaluated"),
        ("json", "\"not_evaluated\""),
        ("junit", "<error"),
        ("sarif", "\"kind\": \"open\""),
        ("markdown", "the contract has no rules about flights"),
        ("openlineage", "not_evaluated"),
    ] {
        for more in [&["--format", format][..], &["--contract-only", "--format", format]] {
            let finished = check(&pynomaly, "flights.csv", "c.yaml", more);
            assert_eq!(finished.code, 4, "{format}: {}", finished.stderr);
            assert!(finished.stdout.contains(told), "{format}: {}", finished.stdout);
        }
    }
    let run = pynomaly.run(&["run", "flights.csv", "--contract", "c.yaml"]);
    assert_eq!(run.code, 4, "{}{}", run.stdout, run.stderr);
}

#[test]
fn rules_whose_rows_do_not_fit_into_memory_are_not_evaluated() {
    let pynomaly = Pynomaly::new();
    let rows: Vec<String> = (0..1_000_000).map(|row| row.to_string()).collect();
    pynomaly.file("rows.csv", format!("id\n{}\n", rows.join("\n")));
    pynomaly.file("r.rules.yaml", "rules:\n  - sequential: id\n  - increasing: id\n");
    let check = ["check", "rows.csv", "--contract", "r.rules.yaml", "--contract-only"];
    let small = pynomaly.run(&[&check[..], &["--memory", "64M", "--format", "json"]].concat());
    assert_eq!(small.code, 4, "{}", small.stderr);
    let report = small.document();
    assert_eq!(rule(&report, "id.sequential").0, "not_evaluated");
    assert_eq!(rule(&report, "id.increasing").0, "passed");
    let whole = pynomaly.run(&check);
    assert_eq!(whole.code, 0, "{}{}", whole.stdout, whole.stderr);
}

const QUERIES: &str = "apiVersion: v3.1.0
kind: DataContract
id: q
schema:
  - name: flights
    properties:
      - name: dep_delay
        quality:
          - {id: highest, type: sql, query: 'SELECT max({property}) FROM {object}', mustBeLessThan: 100}
    quality:
      - {id: true enough, type: sql, query: SELECT count(*) > 3 FROM flights}
      - id: late
        type: custom
        engine: pynomaly
        implementation: {rule: failing_rows, column: dep_delay, query: SELECT * FROM flights WHERE dep_delay > 50}
      - id: known carriers
        type: sql
        query: SELECT count(*) FROM flights f LEFT JOIN carriers c ON c.code = f.carrier WHERE c.code IS NULL
        mustBe: 1
      - {id: gone, type: sql, query: SELECT max(nothing) FROM flights, mustBe: 1}
      - id: late carriers
        type: custom
        engine: pynomaly
        implementation: {rule: same_answers, query: SELECT carrier FROM flights WHERE dep_delay > 0;, to_query: SELECT code FROM carriers}
      - id: counts
        type: custom
        engine: pynomaly
        implementation:
          rule: same_answers
          query: SELECT carrier, count(*) FROM {object} GROUP BY carrier -- of each
          to_query: WITH n AS (SELECT 'UA' AS c, 2 AS n UNION ALL SELECT 'B6', 2 UNION ALL SELECT 'XX', 1) SELECT * FROM n ORDER BY n
      - id: missing ones
        type: custom
        engine: pynomaly
        implementation: {rule: same_answers, query: SELECT dep_delay FROM flights WHERE carrier = 'B6', to_query: SELECT 77 UNION ALL SELECT NULL}
      - id: other columns
        type: custom
        engine: pynomaly
        implementation: {rule: same_answers, query: SELECT * FROM flights, to_query: SELECT code FROM carriers}
      - id: repeated ones
        type: custom
        engine: pynomaly
        implementation: {rule: same_answers, query: SELECT carrier FROM flights, to_query: SELECT DISTINCT carrier FROM flights}
        mustBeLessOrEqualTo: 40
        unit: percent
  - name: carriers
    physicalName: carriers.csv
";

#[test]
fn rules_in_sql_are_evaluated_and_name_their_rows() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("carriers.csv", "code,name\nUA,United\nB6,Jet Blue\n");
    let table = "carrier,dep_delay\nUA,1\nB6,77\nUA,-3\nXX,120\nB6,\n";
    pynomaly.file("flights.csv", table);
    pynomaly.file("q.yaml", QUERIES);
    let more =
        ["--table", "flights", "--contract-only", "--format", "json", "--failed-rows", "late.csv"];
    let finished = check(&pynomaly, "flights.csv", "q.yaml", &more);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    let report = finished.document();
    assert_eq!(rule(&report, "highest").0, "failed");
    assert_eq!(rule(&report, "true enough").0, "passed");
    assert_eq!(rule(&report, "late"), ("failed", Some(2), Some(0)));
    assert_eq!(rule(&report, "known carriers").0, "passed");
    assert_eq!(rule(&report, "gone").0, "not_evaluated");
    assert_eq!(rule(&report, "late carriers"), ("failed", Some(1), Some(0)));
    assert_eq!(rule(&report, "counts"), ("passed", Some(0), Some(0)));
    assert_eq!(rule(&report, "missing ones"), ("passed", Some(0), Some(0)));
    assert_eq!(rule(&report, "other columns").0, "not_evaluated");
    assert_eq!(rule(&report, "repeated ones"), ("passed", Some(2), Some(0)));
    let is_late = |result: &&Value| result["contract"]["rule"] == "late carriers";
    let result = report["results"].as_array().unwrap().iter().find(is_late).unwrap();
    assert_eq!(
        result["sentence"],
        "1 row breaks the rule, of 3 (33.3 %): the rows of SELECT carrier FROM flights WHERE dep_delay > 0; are those of \
         SELECT code FROM carriers: 1 only in the first, 0 only in the second"
    );
    assert_eq!(result["evidence"][0]["value"], "XX", "{result}");
    assert_eq!(result["evidence"][0]["note"], "1 time more in the answer of the first query");
    let late = std::fs::read_to_string(pynomaly.folder().join("late.csv")).unwrap();
    assert_eq!(late, "row,rule,column,value\n1,late,dep_delay,77\n3,late,dep_delay,120\n");
    let parted =
        ["--table", "flights", "--contract-only", "--quarantine", "parted", "--format", "json"];
    let parted = check(&pynomaly, "flights.csv", "q.yaml", &parted).document();
    assert_eq!(parted["quarantine"]["invalid"]["rows"], 2);
}

#[test]
fn a_contract_whose_sql_does_more_than_read_is_refused_before_anything_runs() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("flights.csv", "carrier,dep_delay\nUA,1\n");
    for (sql, told) in [
        ("DROP TABLE flights", "only a query that reads"),
        ("COPY flights TO 'stolen.csv'", "only a query that reads"),
        ("SELECT count(*) FROM read_csv('flights.csv')", "is not a table of the contract"),
        ("SELECT count(*) FROM \"flights.csv\"", "no table of the contract"),
        ("SELECT read_text('flights.csv') FROM flights", "there is no function read_text()"),
        ("SELECT 1; DELETE FROM flights", "more than one statement"),
    ] {
        let contract = format!(
            "apiVersion: v3.1.0\nkind: DataContract\nid: q\nschema:\n  - name: flights\n    quality:\n      - type: sql\n        mustBe: 1\n        query: |\n          {sql}\n"
        );
        let rule = |first: &str, second: &str| {
            format!("{{same_answers: '{first}', to_query: '{second}'}}")
        };
        let sql_quoted = sql.replace('\'', "''");
        for text in [rule(&sql_quoted, "SELECT 1"), rule("SELECT 1", &sql_quoted)] {
            pynomaly.file("q.rules.yaml", format!("table: flights\nrules:\n  - {text}\n"));
            let refused = check(&pynomaly, "flights.csv", "q.rules.yaml", &[]);
            assert_eq!(refused.code, 2, "{text}: {}", refused.stderr);
        }
        pynomaly.file("q.yaml", contract);
        let refused = check(&pynomaly, "flights.csv", "q.yaml", &[]);
        assert_eq!(refused.code, 2, "{sql}: {}", refused.stderr);
        assert!(refused.stderr.contains(told), "{sql}: {}", refused.stderr);
        let linted = pynomaly.run(&["contract", "lint", "q.yaml"]);
        assert_eq!(linted.code, 2, "{sql}");
        assert!(
            linted.stdout.contains("is refused") || linted.stdout.contains(told),
            "{}",
            linted.stdout
        );
    }
}

#[test]
fn columns_are_held_against_reference_distributions() {
    let pynomaly = Pynomaly::new();
    let flights = std::fs::read_to_string(example("flights.csv")).unwrap();
    let lines: Vec<&str> = flights.lines().collect();
    pynomaly.file("flights.csv", &flights);
    pynomaly.file("first.csv", lines[..4_001].join("\n") + "\n");
    let rule = |name: &str, arguments: &str, most: f64| {
        format!(
            "      - {{name: {name}, type: custom, engine: pynomaly, implementation: {{rule: distribution, {arguments}}}, mustBeLessThan: {most}}}\n"
        )
    };
    let given = "column: origin, distance: population_stability_index, values: [EWR, JFK, LGA], shares: [0.36, 0.33, 0.31]";
    let rules = [
        rule("shares", given, 0.1),
        rule("carriers", "column: carrier, distance: total_variation, to: first.csv", 0.03),
        rule("delays", "column: dep_delay, distance: kolmogorov_smirnov, to: first.csv", 0.1),
        rule("texts", "column: carrier, distance: kolmogorov_smirnov, to: first.csv", 0.1),
    ];
    let head = "apiVersion: v3.1.0\nkind: DataContract\nid: flights\nschema:\n  - name: flights\n    quality:\n";
    let contract = pynomaly.file("contract.yaml", head.to_owned() + &rules.concat());
    let contract = contract.to_str().unwrap();
    let arguments = ["--contract-only", "--format", "json"];
    let finished = check(&pynomaly, "flights.csv", contract, &arguments);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    let report = finished.document();
    let results = report["results"].as_array().unwrap();
    // computed by a script over the same rows with Python's csv module
    let expected =
        [0.001_172_021_729_545_577_5, 0.038_703_636_498_296_55, 0.096_096_675_140_057_39];
    for (result, expected) in results.iter().zip(expected) {
        let figure = &result["contract"]["figure"];
        let value = figure["value"].as_f64().unwrap();
        assert!((value - expected).abs() < 1e-12, "{value}, and not {expected}");
        assert_eq!(figure["exactness"], "exact");
    }
    let verdicts: Vec<&str> =
        results.iter().map(|result| result["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["passed", "failed", "passed", "not_evaluated"]);
    assert_eq!(results[1]["contract"]["distribution"]["bins"], 16);
    assert_eq!(results[1]["evidence"].as_array().unwrap().len(), 5);
    let lint = pynomaly.run(&["contract", "lint", contract]);
    assert_eq!(lint.code, 0, "{}", lint.stdout);
}

#[test]
fn a_latency_between_two_columns_is_held_row_by_row() {
    let pynomaly = Pynomaly::new();
    pynomaly.file(
        "trips.csv",
        "id,made,loaded\n1,2026-01-01 00:00:00,2026-01-01 04:00:00\n\
         2,2026-01-01 00:00:00,2026-01-01 04:00:01\n3,,2026-01-01 09:00:00\n\
         4,2026-01-02 08:00:00,2026-01-02 08:30:00\n",
    );
    let contract = |hours: u32| {
        let text = format!(
            "apiVersion: v3.1.0\nkind: DataContract\nid: trips\nversion: 1.0.0\nstatus: active\n\
             schema: [{{name: trips}}]\nslaProperties:\n\
             \x20 - {{property: latency, value: {hours}, unit: h, element: 'trips.made, trips.loaded'}}\n"
        );
        pynomaly.file("trips.odcs.yaml", text);
    };
    for (hours, code, verdict, failed) in [(4, 1, "failed", 1), (5, 0, "passed", 0)] {
        contract(hours);
        let more = ["--contract-only", "--format", "json"];
        let finished = check(&pynomaly, "trips.csv", "trips.odcs.yaml", &more);
        assert_eq!(finished.code, code, "{}", finished.stderr);
        let report = finished.document();
        let (told, broken, unknown) = rule(&report, "loaded+made.latency");
        assert_eq!((told, broken, unknown), (verdict, Some(failed), Some(1)));
    }
}
