//! Rule files of other tools: every name of theirs, and what becomes of it. `PYNOMALY_UPDATE=1` writes
//! what is expected anew.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail by panicking")]

use std::fmt::Write;
use std::path::Path;

use data_quality_domain::contract;
use data_quality_domain::contract::Contract;
use data_quality_domain::exchange::{Exported, Imported, Tool, export, import};
use data_quality_domain::rule::Rule;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchange").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Asserts that what was written is what is expected in a file.
fn assert_written(name: &str, written: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchange").join(name);
    if std::env::var_os("PYNOMALY_UPDATE").is_some() {
        std::fs::write(&path, written).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == written, "{name} differs; PYNOMALY_UPDATE=1 writes it anew\n{written}");
}

/// Which tables a query reads: the word behind each FROM. Without one it is refused.
fn reads(query: &str) -> Result<Vec<String>, String> {
    let words: Vec<&str> = query.split_whitespace().collect();
    let from = words.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case("from"));
    let names: Vec<String> = from
        .map(|pair| pair[1].trim_matches(['"', ')']).to_owned())
        .filter(|name| name != "(")
        .collect();
    if names.is_empty() { Err("it reads no table".to_owned()) } else { Ok(names) }
}

/// Imports a file whose contract must have no problems.
fn imported(text: &str, tool: Tool) -> Imported {
    let imported = import(text, None, None, &reads).unwrap();
    assert_eq!(imported.tool, tool);
    let reading = contract::read(&imported.contract);
    assert_eq!(reading.problems, [], "{}", imported.contract);
    imported
}

/// Every rule by line, with what became of it, and the contract.
fn told(imported: &Imported) -> String {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for it in &imported.mapped {
        let note = it.note.as_deref().map_or_else(String::new, |note| format!(" (note: {note})"));
        lines.push((it.place.line, format!("{}{note} <- {}", it.rules.join(", "), it.what)));
    }
    for it in &imported.unmapped {
        lines.push((it.place.line, format!("NOT <- {}: {}", it.what, it.why)));
    }
    lines.sort();
    let mut text = String::new();
    for (line, told) in lines {
        writeln!(text, "{line}: {told}").unwrap();
    }
    text + "\n" + &imported.contract
}

#[test]
fn every_expectation_is_taken_over_or_listed() {
    let text = file("gx.json");
    let imported = imported(&text, Tool::GreatExpectations);
    let expectations = text.lines().filter(|line| line.contains("\"type\": \"")).count();
    assert_eq!(imported.mapped.len() + imported.unmapped.len(), expectations);
    for line in text.lines().filter(|line| line.contains("\"kwargs\"")) {
        let name = line.split('"').nth(3).unwrap();
        let unknown = imported.unmapped.iter().find(|it| {
            it.what.starts_with(name)
                && it.why.contains("not known here")
                && it.why.contains("name")
        });
        assert!(unknown.is_none() || name == "expect_our_own_thing", "{name}: {unknown:?}");
    }
    assert_written("gx.txt", &told(&imported));
}

#[test]
fn every_test_of_dbt_is_taken_over_or_listed() {
    let text = file("dbt.yml");
    let imported = imported(&text, Tool::Dbt);
    let unknown: Vec<&str> = imported
        .unmapped
        .iter()
        .filter(|it| it.why.contains("package that is not known"))
        .map(|it| it.what.as_str())
        .collect();
    assert_eq!(unknown, ["our_own_test"]);
    let names = |prefix: &str| {
        let words = text.split([' ', '\n', ':']).filter(|word| word.starts_with(prefix));
        words.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((names("dbt_utils."), names("dbt_expectations.")), (16, 65));
    assert_written("dbt.txt", &told(&imported));
}

#[test]
fn every_check_of_soda_is_taken_over_or_listed() {
    assert_written("sodacl.txt", &told(&imported(&file("sodacl.yml"), Tool::Soda)));
    assert_written("soda.txt", &told(&imported(&file("soda.yml"), Tool::Soda)));
}

#[test]
fn suites_of_older_versions_are_read_too() {
    let text = "{\"expectation_suite_name\": \"old\", \"expectations\": [{\"expectation_type\": \
                \"expect_column_values_to_not_be_null\", \"kwargs\": {\"column\": \"a\"}, \"meta\": {}}]}";
    let imported = imported(text, Tool::GreatExpectations);
    assert_eq!((imported.mapped.len(), imported.unmapped.len()), (1, 0));
    assert!(imported.contract.contains("metric: nullValues"), "{}", imported.contract);
}

#[test]
fn queries_are_taken_over_where_a_check_runs_them() {
    let soda = "filter orders [daily]:
  where: paid > 0
checks for orders:
  - late:
      fail query: SELECT 1
  - failed rows:
      name: no debts
      fail query: SELECT * FROM orders WHERE paid < 0;
  - open_orders between 1 and 5:
      open_orders query: SELECT count(*) FROM orders WHERE paid IS NULL
  - failed rows:
      fail query: SELECT * FROM secrets
  - failed rows:
      filter: total > 3
      fail query: SELECT * FROM orders
checks for orders [daily]:
  - failed rows:
      fail query: SELECT * FROM orders
";
    let imported = imported(soda, Tool::Soda);
    let mapped: Vec<u32> = imported.mapped.iter().map(|mapped| mapped.place.line).collect();
    assert_eq!(mapped, [6, 9], "{:?}", imported.unmapped);
    let why: Vec<&str> = imported.unmapped.iter().skip(1).map(|it| it.why.as_str()).collect();
    assert_eq!(
        why,
        [
            "its query reads secrets, which the file does not describe",
            "its filter would have to be written into the query",
            "its filter would have to be written into the query",
        ]
    );
    let rules = contract::read(&imported.contract).contract.unwrap().objects.remove(0).rules;
    let limits: Vec<String> = rules.iter().map(|rule| rule.limit.to_string()).collect();
    assert_eq!(limits, ["must be 0", "must be between 1 and 5"]);
}

#[test]
fn one_table_of_several_can_be_taken() {
    let text = file("dbt.yml");
    let customers = import(&text, None, Some("customers"), &reads).unwrap();
    let contract = contract::read(&customers.contract).contract.unwrap();
    assert_eq!(contract.objects.len(), 1);
    assert!(customers.mapped.iter().all(|mapped| mapped.table == "customers"));
    let problem = import(&text, None, Some("ordres"), &reads).unwrap_err();
    assert_eq!(problem.hint.as_deref(), Some("it is about orders, customers"));
    let suite = import(&file("gx.json"), None, Some("flights"), &reads).unwrap();
    assert_eq!(contract::read(&suite.contract).contract.unwrap().objects[0].name, "flights");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let refused = |text: &str, from| {
        let problem = import(text, from, None, &reads).unwrap_err();
        format!("{}: {}", problem.place, problem.what)
    };
    assert!(refused("{\"expectations\": [\n{\"type\" 5}", None).starts_with("line 2"));
    assert!(refused("a: 1", None).contains("no file of Great Expectations, Soda or dbt"));
    assert!(refused("a: 1", Some(Tool::GreatExpectations)).contains("no expectations"));
    for text in [
        "expectations: {}",
        "expectations: [5]",
        "models: 5",
        "models: [5]",
        "models: [{name: a, tests: [[]]}]",
        "models: [{name: a, columns: [{}]}]",
        "checks for a: {}",
        "checks for a: [[]]",
        "dataset: a\nchecks: 5",
        "dataset: a\ncolumns: [{name: a, checks: [[]]}]",
    ] {
        assert!(refused(text, None).starts_with("line "), "{text}");
    }
}

fn contract_of(text: &str) -> Contract {
    let reading = contract::read(text);
    reading.contract.unwrap_or_else(|| panic!("{:?}\n{text}", reading.problems))
}

fn exported(contract: &Contract, tool: Tool) -> Exported {
    let objects: Vec<_> = contract.objects.iter().collect();
    let exported = export(&objects, tool).unwrap();
    let rules: usize = objects.iter().map(|object| object.rules.len()).sum();
    assert_eq!(exported.exported.len() + exported.left.len(), rules, "no rule is lost");
    exported
}

/// What a rule means: its test, the rows it looks at, its limit and its severity.
fn meaning(rule: &Rule) -> String {
    let filter = rule.filter.as_ref().map(ToString::to_string);
    format!("{:?} {filter:?} {:?} {:?}", rule.test, rule.limit, rule.severity)
}

#[test]
fn what_great_expectations_says_comes_back_from_it() {
    let contract = contract_of(&imported(&file("gx.json"), Tool::GreatExpectations).contract);
    let there = exported(&contract, Tool::GreatExpectations);
    assert_written("gx-again.json", &there.text);
    let _: serde_json::Value = serde_json::from_str(&there.text).unwrap();
    let back = imported(&there.text, Tool::GreatExpectations);
    assert!(back.unmapped.is_empty(), "{:?}", back.unmapped);
    let again = contract_of(&back.contract);
    let known: Vec<String> = contract.objects[0].rules.iter().map(meaning).collect();
    let lost: Vec<&str> = there.left.iter().map(|left| left.what.as_str()).collect();
    let mut new = Vec::new();
    for rule in &again.objects[0].rules {
        if !known.contains(&meaning(rule)) {
            new.push(meaning(rule));
        }
    }
    // pairs are written as two columns and come back with the rows in which both are there
    let told = format!("not there:\n{}\nothers:\n{}\n", lost.join("\n"), new.join("\n"));
    assert_written("gx-again.txt", &told);
}

#[test]
fn tests_of_dbt_come_back_from_it() {
    let contract = contract_of(&imported(&file("dbt.yml"), Tool::Dbt).contract);
    let there = exported(&contract, Tool::Dbt);
    let back = imported(&there.text, Tool::Dbt);
    assert!(back.unmapped.is_empty(), "{:?}", back.unmapped);
    let mut told = String::new();
    for left in &there.left {
        writeln!(told, "NOT {}: {}", left.what, left.why).unwrap();
    }
    assert_written("dbt-again.txt", &format!("{told}\n{}", there.text));
}

proptest::proptest! {
    /// Whatever the names and arguments are, nothing panics, nothing is lost, and the contract is sound.
    #[test]
    fn any_arguments_are_taken_over_or_listed(
        form in 0_usize..60,
        key in "(column|value_set|min_value|max_value|mostly|regex|row_condition|column_list|strictly)",
        value in "([0-9.-]{1,6}|\"[ -~&&[^\"\\\\]]{0,12}\"|\\[[0-9]{0,2}\\]|\\{\\}|null|true)",
    ) {
        let text = file("gx.json");
        let line = text.lines().filter(|line| line.contains("\"kwargs\"")).nth(form).unwrap();
        let name = line.split('"').nth(3).unwrap();
        let suite = format!(
            "{{\"name\": \"s\", \"expectations\": [{{\"type\": \"{name}\", \"kwargs\": {{\"{key}\": {value}, \"other\": null}}}}]}}"
        );
        if let Ok(imported) = import(&suite, None, None, &reads) {
            proptest::prop_assert_eq!(imported.mapped.len() + imported.unmapped.len(), 1);
            proptest::prop_assert_eq!(contract::read(&imported.contract).problems, []);
        }
    }
}
