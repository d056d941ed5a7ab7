//! Contracts tested by corruptions of a small table.

use data_quality_application::{ContractTest, test_contract};
use data_quality_domain::Verdict;
use data_quality_domain::mutation::{Attempt, CorruptionReport, MutationReport};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{IngestEvidence, TableFormat};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::{ErrorKind, Result};
use testkit::MemoryTable;

use crate::world::World;

/// 300 orders, one each hour.
fn orders() -> MemoryTable {
    let rows = || 0..300_i64;
    let kinds = ["red", "green", "blue"];
    MemoryTable::named("flights")
        .integers("id", rows().map(Some))
        .integers("amount", rows().map(|row| Some(20 + row * 7 % 100)))
        .floats("price", rows().map(|row| Some((row % 40) as f64 + 0.5)))
        .texts("kind", rows().map(|row| Some(kinds[row as usize % 3])))
        .dates("day", rows().map(|row| Some(20_000 + row as i32 / 24)))
}

fn contract(rules: &str) -> String {
    format!("apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema:\n  - name: flights\n{rules}")
}

fn world(table: &MemoryTable, batch_rows: usize, rules: &str) -> World {
    let evidence = IngestEvidence::of_self_describing(TableFormat::Parquet);
    let world = World::with_batches(table, batch_rows, evidence);
    world.files.put("c.yaml", &contract(rules));
    world
}

fn wanted() -> ContractTest {
    ContractTest { contract: "c.yaml".to_owned(), table: None, seed: 0, places: 2, rows: 1_000 }
}

fn tested(world: &World, wanted: &ContractTest) -> Result<MutationReport> {
    let request = DataRequest { data: "flights.csv".to_owned(), ..DataRequest::default() };
    let ready = Cancellation::default();
    test_contract(&world.container, &request, wanted, &|_, _| (), &|_| (), &ready)
}

fn corruption<'a>(report: &'a MutationReport, name: &str) -> &'a CorruptionReport {
    report.corruptions.iter().find(|it| it.corruption == name).expect("a corruption")
}

/// The rules that catch a corruption of some column or of the table.
fn rules<'a>(report: &'a MutationReport, name: &str, column: &str) -> Vec<&'a str> {
    let attempts = &corruption(report, name).attempts;
    let is_it = |it: &&Attempt| it.columns.first().is_none_or(|name| name == column);
    let attempt = attempts.iter().find(is_it).unwrap_or_else(|| panic!("{name} of {column}"));
    attempt.rules.iter().map(|catch| catch.name.as_str()).collect()
}

const RULES: &str = "    properties:
      - {name: id, unique: true, required: true}
      - name: amount
        logicalTypeOptions: {minimum: 0, maximum: 200}
      - {name: price}
      - name: kind
        required: true
        quality:
          - {metric: invalidValues, arguments: {validValues: [red, green, blue]}, mustBe: 0}
    quality:
      - {metric: rowCount, mustBeBetween: [250, 310]}
      - {id: never, type: custom, engine: pynomaly, implementation: gone > 0}
      - {id: broken, type: custom, engine: pynomaly, implementation: amount > 1000}
";

#[test]
fn rules_catch_what_they_are_about() {
    let world = world(&orders(), 64, RULES);
    let report = tested(&world, &ContractTest { places: 10, ..wanted() }).unwrap();
    assert_eq!(rules(&report, "null_burst", "id"), ["id.not_null"]);
    assert_eq!(rules(&report, "null_burst", "price"), [""; 0]);
    assert_eq!(rules(&report, "sign_flip", "amount"), ["amount.between"]);
    assert_eq!(rules(&report, "new_category", "kind"), ["kind.invalid_values"]);
    assert_eq!(rules(&report, "key_collision", "id"), ["id.unique"]);
    assert_eq!(rules(&report, "duplicated_batch", ""), ["id.unique", "row_count"]);
    assert_eq!(rules(&report, "truncated_file", ""), ["row_count"]);
    // the columns are those of the contract, and what is about them cannot be evaluated any more
    let dropped = rules(&report, "column_dropped", "amount");
    assert_eq!(dropped, ["columns", "amount.between", "broken"]);
    assert_eq!(rules(&report, "column_dropped", "day"), [""; 0]);
    // one that is broken anyway and one that is not evaluated catch nothing
    let of = |rule: &str| report.rules.iter().find(|it| it.rule == rule).expect("a rule");
    assert!(matches!(of("never").clean, Verdict::NotEvaluated { .. }));
    assert_eq!((of("never").caught, &of("broken").clean), (0, &Verdict::Failed));
    let tally = report.tally;
    assert!(tally.rules > 10 && tally.rules < tally.attempts, "{tally:?}");
    assert_eq!(report.rows, Measured::exact(300));
    let score = f64::from(tally.rules) / f64::from(tally.attempts);
    assert_eq!(report.score, Some(Measured::exact(score)));
}

#[test]
fn checks_and_monitors_are_told_beside_the_rules() {
    let report = tested(&world(&orders(), 64, RULES), &wanted()).unwrap();
    assert!(report.monitored.assumed);
    let truncated = &corruption(&report, "truncated_file").attempts[0];
    assert_eq!(truncated.monitors[0].name, "volume_change");
    let split = &corruption(&report, "category_split").attempts[0];
    assert_eq!((split.columns.join(""), split.built_in.len()), ("kind".to_owned(), 0));
    let stale = &corruption(&report, "stale_batch").attempts[0];
    let freshness: Vec<&str> = stale.monitors.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(freshness, ["freshness_change"]);
    let zone = corruption(&report, "zone_shift");
    assert_eq!(zone.attempts, []);
    assert_eq!(zone.not_applicable.as_deref(), Some("it needs a column of points in time"));
}

#[test]
fn suggested_rules_that_would_catch_more_can_be_pasted() {
    let none = "    properties:\n      - {name: id}\n";
    let world = world(&orders(), 64, none);
    let before = tested(&world, &wanted()).unwrap();
    assert!(!before.remedies.is_empty());
    let catches: u32 = before.remedies.iter().map(|remedy| remedy.catches).sum();
    world.files.put("c.yaml", &contract(&before.remedies_text));
    let after = tested(&world, &wanted()).unwrap();
    let caught = |report: &MutationReport| report.tally.rules;
    assert_eq!(caught(&after), caught(&before) + catches, "{}", before.remedies_text);
    assert_eq!(after.remedies, []);
}

#[test]
fn the_same_bytes_whatever_the_batches() {
    let told = |batch_rows: usize| {
        let report = tested(&world(&orders(), batch_rows, RULES), &wanted()).unwrap();
        let mut document = format!("{report:?}");
        document.retain(|letter| letter != '\n');
        document
    };
    assert!(told(7) == told(300));
    let world = world(&orders(), 64, RULES);
    let other = tested(&world, &ContractTest { seed: 1, ..wanted() }).unwrap();
    assert!(format!("{other:?}") != told(64));
}

/// 300 visits, one each hour: no column alone tells them apart.
fn visits(rows: i64) -> MemoryTable {
    MemoryTable::named("flights")
        .integers("hour", (0..rows).map(|row| Some(row % 24)))
        .integers("amount", (0..rows).map(|row| Some(20 + row * 7 % 100)))
        .dates("day", (0..rows).map(|row| Some(20_000 + row as i32 / 24)))
}

/// The suggested rules that catch a corruption.
fn suggested<'a>(report: &'a MutationReport, name: &str) -> Vec<&'a str> {
    let attempts = &corruption(report, name).attempts;
    attempts.iter().flat_map(|it| &it.suggested).map(String::as_str).collect()
}

#[test]
fn rows_that_differ_together_are_suggested_and_catch_a_batch_that_came_twice() {
    let found = |table: &MemoryTable| {
        let report =
            tested(&world(table, 64, "    properties: [{name: hour}]\n"), &wanted()).unwrap();
        suggested(&report, "duplicated_batch").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found(&visits(300)), ["unique"]);
    // rows of few categories may well be the same, and so may few rows of any kind
    let kinds = (0..300).map(|row| Some(["red", "blue"][row % 2]));
    assert_eq!(found(&MemoryTable::named("flights").texts("hour", kinds)), [""; 0]);
    assert_eq!(found(&visits(15)), [""; 0]);
}

#[test]
fn earlier_versions_bound_the_rows_of_the_next() {
    let suggested_of = |versions: &[i64]| {
        let world = World::of(&visits(300));
        world.files.put("c.yaml", &contract("    properties: [{name: hour}]\n"));
        crate::previous::arrives(&world, 1, None, 0);
        for (place, rows) in versions.iter().enumerate() {
            // one that was cut off did not pass, and is no measure
            let bad_rows = if *rows < 100 { 500 } else { 0 };
            let (number, table) = (place as u32 + 2, visits(*rows));
            crate::previous::arrives(&world, number, Some(&table), bad_rows);
        }
        let request = DataRequest { data: "flights".to_owned(), ..DataRequest::default() };
        let ready = Cancellation::default();
        let wanted = wanted();
        let report =
            test_contract(&world.container, &request, &wanted, &|_, _| (), &|_| (), &ready);
        let report = report.unwrap();
        suggested(&report, "truncated_file").contains(&"row_count")
    };
    assert!(suggested_of(&[310, 20, 290, 305]));
    assert!(!suggested_of(&[310, 290]), "two earlier versions say too little");
    assert!(!suggested_of(&[310, 150, 305, 300]), "such versions are usual");
}

#[test]
fn a_sample_says_so_and_lies_evenly() {
    let world = world(&orders(), 64, RULES);
    let report = tested(&world, &ContractTest { rows: 100, ..wanted() }).unwrap();
    assert_eq!(report.rows, Measured::sampled(100, 100));
    assert_eq!(report.table.rows, 300);
    // so few rows break the rule already
    let rows = report.rules.iter().find(|it| it.rule == "row_count").expect("a rule");
    assert_eq!((&rows.clean, rows.caught), (&Verdict::Failed, 0));
}

#[test]
fn nothing_to_try_is_no_score() {
    let empty = MemoryTable::named("flights").integers("id", []);
    let report = tested(&world(&empty, 64, RULES), &wanted()).unwrap();
    assert_eq!(report.score, None);
    assert_eq!(report.reason.as_deref(), Some("the table has no rows"));
    assert_eq!(report.tally.attempts, 0);
    let wrong = world(&orders(), 64, "    properties: [{name: id, requred: 1, required: 7}]\n");
    let refused = tested(&wrong, &wanted()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Usage);
}
