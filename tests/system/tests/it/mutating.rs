//! Contracts tested by corruptions, by whole commands.

use serde_json::Value;

use crate::clock::FakeClock;
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

/// A batch of a day: so many days ago its dates were those of the day before and the four before that.
fn daily(days_ago: i64) -> String {
    let second = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let today = (second.as_secs() / 86_400) as i64 - days_ago;
    let mut text = "id,amount,kind,day\n".to_owned();
    for row in 0..(300 + days_ago % 4) {
        let amount = ((row * 7 + days_ago * 13) % 101) as f64 / 4.0;
        let kind = ["red", "green", "blue"][(row % 3) as usize];
        let day = jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(today - 1 - row % 5);
        text += &format!("{},{amount:.2},{kind},{day}\n", 10_000 * (days_ago + 1) + row);
    }
    text
}

#[test]
fn monitors_go_by_seven_stored_versions_and_assume_fewer() {
    let pynomaly = Pynomaly::new();
    let clock = FakeClock::of(&pynomaly, "clock");
    let contract = "apiVersion: v3.1.0
kind: DataContract
id: feed
schema:
  - name: feed
    properties:
      - {name: id, unique: true, required: true}
";
    pynomaly.file("contract.yaml", contract);
    let run = |days_ago: i64| {
        pynomaly.file("feed.csv", daily(days_ago));
        clock.is_wrong_by(days_ago as f64 * -86_400.0);
        let mut command = pynomaly.command();
        let ran = clock.told_to(&mut command).args(["run", "feed.csv"]).output().unwrap();
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    };
    let tested = || pynomaly.json(&["contract", "test", "contract.yaml", "feed"]);
    let catches = |report: &Value, name: &str| -> Vec<String> {
        let corruptions = report["corruptions"].as_array().unwrap();
        let found = corruptions.iter().find(|it| it["corruption"] == name).unwrap();
        let monitors = found["attempts"][0]["monitors"].as_array().unwrap();
        monitors.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    for days_ago in (1..8).rev() {
        run(days_ago);
    }
    // six versions before the newest are too few: it is as if there had been two weeks of it
    let assumed = tested();
    assert_eq!(
        (&assumed["monitored"]["assumed"], &assumed["monitored"]["versions"]),
        (&true.into(), &14.into())
    );
    run(0);
    let report = tested();
    assert_eq!(
        (&report["monitored"]["assumed"], &report["monitored"]["versions"]),
        (&false.into(), &7.into())
    );
    for report in [&assumed, &report] {
        assert_eq!(catches(report, "stale_batch"), ["freshness_change"]);
        assert_eq!(catches(report, "truncated_file"), ["volume_change"]);
        assert_eq!(catches(report, "null_burst"), ["missing_change"]);
        assert_eq!(catches(report, "column_renamed"), ["schema_change"]);
        assert_eq!(catches(report, "new_category"), ["distribution_change"]);
        assert_eq!(catches(report, "key_collision"), [""; 0], "the contract's");
    }
    let shown = pynomaly.run(&["contract", "test", "contract.yaml", "feed"]);
    assert!(shown.stdout.contains("monitors by 7 earlier versions"), "{}", shown.stdout);
    // what was corrupted is no version, and no incident
    let history = pynomaly.json(&["check", "history", "feed"]);
    assert_eq!(history["version"], 8);
    assert_eq!(pynomaly.run(&["incident", "list"]).code, 0);
}
