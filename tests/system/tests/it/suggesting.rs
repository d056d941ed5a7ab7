//! Contracts that tables speak for, by whole commands.

use std::fmt::Write as _;

use crate::pynomaly::{Pynomaly, example, small_table};

/// Suggests a contract for a table, and asserts that it can be used and that the table keeps it.
fn suggested(pynomaly: &Pynomaly, data: &str) -> String {
    let made = pynomaly.run(&["contract", "suggest", data, "--output", "suggested.yaml"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let linted = pynomaly.run(&["contract", "lint", "suggested.yaml"]);
    assert_eq!((linted.code, linted.stdout.as_str()), (0, "suggested.yaml: nothing is wrong\n"));
    let check = ["check", data, "--contract", "suggested.yaml", "--contract-only"];
    let checked = pynomaly.run(&[&check[..], &["--failed-rows", "odd.csv"]].concat());
    assert_eq!(checked.code, 0, "{data}: {}{}", checked.stdout, checked.stderr);
    std::fs::read_to_string(pynomaly.folder().join("suggested.yaml")).unwrap()
}

#[test]
fn tables_keep_the_contracts_that_they_speak_for() {
    let pynomaly = Pynomaly::new();
    for name in ["flights.csv", "flights-damaged.csv", "planes.csv", "airports.csv", "airlines.csv"]
    {
        let contract = suggested(&pynomaly, example(name).to_str().unwrap());
        assert!(contract.contains("apiVersion: v3.1.0"), "{name}: {contract}");
        let days = "implementation: {rule: between, minimum: 1, maximum: 31}";
        assert!(name != "flights.csv" || contract.contains(days), "{contract}");
    }
    pynomaly.file("small.csv", small_table(100, 1));
    let contract = suggested(&pynomaly, "small.csv");
    assert!(contract.contains("unique: true  # 100 rows, all different"), "{contract}");
    assert!(contract.contains("values: [\"blue\", \"green\", \"red\"]"), "{contract}");
    assert!(contract.contains("mustBeBetween: [50, 200]"), "{contract}");
    // too little to say anything but what the columns are
    pynomaly.file("tiny.csv", "a,b\n1,x\n2,y\n");
    let contract = suggested(&pynomaly, "tiny.csv");
    assert!(!contract.contains("quality"), "{contract}");
    let document = pynomaly.json(&["contract", "suggest", "small.csv"]);
    assert_eq!(document["schema"], "pynomaly.contract_suggest/1");
    assert!(document["suggestions"].as_array().unwrap().len() > 8);
}

#[test]
fn odd_cells_break_what_the_others_speak_for() {
    let pynomaly = Pynomaly::new();
    let mut data = "id,city,code,share,\"odd \"\"name\"\": [#]\"\n".to_owned();
    for row in 0..1_000 {
        let city = ["birmingham", "gadsden", "huntsville", "sheffield"][row % 4];
        let city = if row == 501 { "gxdsden" } else { city };
        let code = if row == 17 { "N1x234".to_owned() } else { format!("N{:05}", row * 7) };
        let share = if row % 10 == 3 { format!("{row}%") } else { row.to_string() };
        let odd = ["a: b", "- c", "{d}", "\"\"e\"\"\u{1b}"][row % 4];
        writeln!(data, "{row},{city},{code},{share},\"{odd}\"").unwrap();
    }
    pynomaly.file("data.csv", data);
    suggested(&pynomaly, "data.csv");
    let odd = std::fs::read_to_string(pynomaly.folder().join("odd.csv")).unwrap();
    let lines: Vec<&str> = odd.lines().skip(1).collect();
    assert_eq!(lines.len(), 102, "{odd}");
    assert!(lines.contains(&"501,city.in_set,city,gxdsden"), "{odd}");
    assert!(lines.contains(&"17,code.matches,code,N1x234"), "{odd}");
    assert!(lines.contains(&"3,share.has_format,share,3%"), "{odd}");
    // what keeps the contract here breaks it elsewhere
    pynomaly.file("later.csv", "id,city,code\nx,atlanta,7\n".repeat(20));
    let later = ["check", "later.csv", "--contract", "suggested.yaml", "--contract-only"];
    assert_eq!(pynomaly.run(&later).code, 1);
}

#[test]
fn earlier_versions_speak_for_and_against_rules() {
    let pynomaly = Pynomaly::new();
    let table = |colour: &str, rows: u32, more: &str| {
        let mut text = format!("id,colour{}\n", if more.is_empty() { "" } else { ",state" });
        for row in 0..rows {
            writeln!(text, "{row},{}{more}", if row % 2 == 0 { "red" } else { colour }).unwrap();
        }
        text
    };
    // the colours of the last version are those of one of three before; its state is new
    let versions = [("blue", 60, ""), ("green", 50, ""), ("black", 55, ""), ("blue", 52, ",open")];
    for (colour, rows, more) in versions {
        pynomaly.file("colours.csv", table(colour, rows, more));
        let stored = pynomaly.run(&["run", "colours.csv"]);
        assert!([0, 1].contains(&stored.code), "{}", stored.stderr);
    }
    let document = pynomaly.json(&["contract", "suggest", "colours"]);
    let history = &document["history"];
    assert_eq!(history["of_version"], 4);
    assert_eq!(history["tried"], serde_json::json!([3, 2, 1]));
    assert_eq!((&history["stored"], &history["unread"]), (&3.into(), &serde_json::json!([])));
    let of = |id: (&str, &str)| {
        let all = document["suggestions"].as_array().unwrap();
        let is_it = |it: &&serde_json::Value| it["column"] == id.0 && it["rule"] == id.1;
        all.iter().find(is_it).unwrap_or_else(|| panic!("{id:?} in {document}"))["history"].clone()
    };
    assert_eq!(
        of(("colour", "in_set")),
        serde_json::json!({"evaluated": 3, "broken_by": [3, 2], "left_out": true})
    );
    assert_eq!(
        of(("id", "unique")),
        serde_json::json!({"evaluated": 3, "broken_by": [], "left_out": false})
    );
    assert_eq!(
        of(("state", "in_set")),
        serde_json::json!({"evaluated": 0, "broken_by": [], "left_out": false})
    );
    let contract = document["contract"].as_str().unwrap();
    assert!(
        contract.contains("#   colour.in_set: broken by 2 of 3 earlier versions (3, 2)"),
        "{contract}"
    );
    assert!(!contract.contains("\"blue\""), "{contract}");
    assert!(contract.contains("all different; kept by 3 earlier versions"), "{contract}");
    suggested(&pynomaly, "colours");
    // a file has no versions
    let document = pynomaly.json(&["contract", "suggest", "colours.csv"]);
    assert!(document.get("history").is_none(), "{document}");
}
