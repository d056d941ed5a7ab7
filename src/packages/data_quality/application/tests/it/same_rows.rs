//! Rows of a table against those of another one, by key.

use std::collections::BTreeMap;

use data_quality_application::{ContractRequest, QuarantineRequest, check_data};
use data_quality_domain::{Severity, contract};
use proptest::prelude::*;
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use testkit::MemoryTable;

use crate::contracts::{HEAD, checked, evidence, told, world};
use crate::world::World;

/// Of the keys 1 to 5, each once and one twice, and one row without.
fn table() -> MemoryTable {
    MemoryTable::named("flights")
        .integers("id", [Some(1), Some(2), Some(3), Some(4), Some(4), None, Some(5)])
        .texts("kind", ["a", "b", "c", "d", "d", "e", "f"].map(Some))
        .floats("amount", [Some(1.0), Some(2.0), None, Some(4.0), Some(4.0), Some(9.0), Some(5.0)])
}

/// 2 differs in both columns, 3 is as it was, 5 stands twice, 7 and 8 are new.
fn other() -> MemoryTable {
    MemoryTable::named("raw")
        .floats(
            "number",
            [
                Some(8.0),
                Some(1.0),
                Some(2.0),
                Some(3.0),
                Some(4.0),
                Some(5.0),
                Some(5.0),
                None,
                Some(7.0),
            ],
        )
        .texts("kind", ["h", "a", "B", "c", "d", "f", "f", "x", "g"].map(Some))
        .floats(
            "amount",
            [
                Some(0.0),
                Some(1.0),
                Some(2.25),
                None,
                Some(4.0),
                Some(5.0),
                Some(5.0),
                None,
                Some(7.0),
            ],
        )
}

fn of_both(rules: &[&str], batch_rows: usize) -> World {
    let world = world(&table(), batch_rows, rules);
    let there = world.scanner.add(&other());
    world.fakes.ingest.put("raw.csv", there, evidence());
    world
}

const CASES: &[(&str, &str)] = &[
    // 2 differs, the second 4 and 5 have keys that stand twice, 7 and 8 are missing
    (
        "implementation: {rule: same_rows, key: id, to_key: number, to: raw.csv}",
        "- 5 of 9, 1 unknown",
    ),
    (
        "implementation: {rule: same_rows, key: id, to_key: number, to: raw.csv}, mustBeLessThan: 60, unit: percent",
        "+ 5 of 9, 1 unknown",
    ),
    (
        "implementation: {rule: same_rows, key: id, to_key: number, to: raw.csv, differences: [changed]}, mustBe: 3",
        "+ 3 of 7, 1 unknown",
    ),
    (
        "implementation: {rule: same_rows, key: id, to_key: number, to: raw.csv, differences: missing, filter: id < 4, to_filter: number <= 3}",
        "+ 0 of 3, 0 unknown",
    ),
    (
        "implementation: {rule: same_rows, key: [id], to_key: [number], to: raw.csv, columns: amount, tolerance: 0.25, filter: id < 4, to_filter: number < 5}",
        "- 1 of 4, 0 unknown",
    ),
    (
        "implementation: {rule: same_rows, key: [id], to_key: [number], to: raw.csv, columns: amount, tolerance: 0.2, filter: id < 4, to_filter: number < 4}",
        "- 1 of 3, 0 unknown",
    ),
    (
        "implementation: {rule: same_rows, key: [id], to_key: [number], to: raw.csv, columns: amount, tolerance: 0.25, filter: id < 4, to_filter: number < 4}",
        "+ 0 of 3, 0 unknown",
    ),
    (
        "implementation: {rule: same_rows, key: [id], to_key: [number], to: raw.csv, columns: kind, filter: id != 2 and id < 4, to_filter: \"number in (1, 3)\"}",
        "+ 0 of 2, 0 unknown",
    ),
    // by texts: e is not there, B and x and h and g are missing, d here and f there are repeated
    (
        "implementation: {rule: same_rows, key: [kind], to: raw.csv, columns: amount}",
        "- 8 of 11, 0 unknown",
    ),
    (
        "implementation: {rule: same_rows, key: id, to_key: number, to: raw.csv, filter: id is null, differences: [added]}",
        "? in no row are all its values there",
    ),
    (
        "implementation: {rule: same_rows, key: id, to_key: kind, to: raw.csv}",
        "? id is integer here, but text there",
    ),
    (
        "implementation: {rule: same_rows, key: id, to: raw.csv}",
        "? raw.csv: the table has no column id",
    ),
    (
        "implementation: {rule: same_rows, key: id, to_key: number, columns: gone, to: raw.csv}",
        "? the table has no column gone",
    ),
    (
        "implementation: {rule: same_rows, key: id, to: flights.csv}",
        "? flights.csv is the table itself",
    ),
];

#[test]
fn rows_are_those_of_another_table_or_it_is_told_which_are_not() {
    let rules: Vec<&str> = CASES.iter().map(|(rule, _)| *rule).collect();
    for batch_rows in [1, 3, 64] {
        let report = checked(&of_both(&rules, batch_rows), true, None).unwrap();
        for ((rule, expected), result) in CASES.iter().zip(&report.results) {
            assert_eq!(told(result), *expected, "{rule}");
        }
        let first = &report.results[0];
        assert_eq!(
            first.sentence,
            "5 rows break the rule, of 9 (55.6 %): the rows are those of raw.csv by id: 0 not there, \
             2 missing here, 1 changed (kind in 1, amount in 1), 2 with a key that is repeated, \
             1 there without a key left out"
        );
        let examples: Vec<String> = first
            .evidence
            .iter()
            .map(|it| format!("{:?} {} {}", it.row, it.value, it.note.clone().unwrap()))
            .collect();
        assert_eq!(
            examples,
            [
                "Some(1) 2 kind is b here and B there, amount is 2 here and 2.25 there",
                "Some(4) 4 its key stands more than once",
                "Some(6) 5 its key stands more than once",
                "None 8 row 0 of raw.csv is missing here",
                "None 7 row 8 of raw.csv is missing here",
            ]
        );
    }
}

#[test]
fn every_row_that_differs_is_written_with_both_values_and_set_aside() {
    let rules =
        ["id: raw, implementation: {rule: same_rows, key: id, to_key: number, to: raw.csv}"];
    let world = of_both(&rules, 2);
    checked(&world, true, Some("failed.csv")).unwrap();
    let rows = world.failing.of("failed.csv").unwrap();
    let found: Vec<String> = rows
        .iter()
        .map(|row| format!("{:?} {}: {}", row.row, row.column, row.value.clone().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            "Some(1) kind: b here, B there",
            "Some(1) amount: 2 here, 2.25 there",
            "Some(4) id: 4 here, and repeated",
            "Some(6) id: 5 here, and repeated",
            "None id: missing here, 8 there",
            "None id: missing here, 7 there",
        ]
    );
    let request = DataRequest { data: "flights.csv".to_owned(), ..DataRequest::default() };
    let folder = "parted".to_owned();
    let wanted = ContractRequest {
        files: vec!["c.yaml".to_owned()],
        contract_only: true,
        quarantine: Some(QuarantineRequest { folder, replace: false, level: Severity::Error }),
        ..ContractRequest::default()
    };
    let ready = Cancellation::default();
    check_data(&world.container, &request, &wanted, &|_, _| (), &ready).unwrap();
    let aside: Vec<u64> =
        world.quarantine.of("parted").unwrap().iter().map(|row| row.row).collect();
    assert_eq!(aside, [1, 4, 6]);
}

/// By kind and amount: b and e are not there, d stands twice here and once there; h, B, x and g are not
/// here, and f stands once here and twice there.
const WITHOUT_KEY: &[(&str, &str)] = &[
    (
        "implementation: {rule: same_rows, to: raw.csv, columns: [kind, amount]}",
        "- 8 of 12, 0 unknown",
    ),
    (
        "implementation: {rule: same_rows, to: raw.csv, columns: [kind, amount], differences: added}, mustBe: 3",
        "+ 3 of 7, 0 unknown",
    ),
    (
        "implementation: {rule: same_rows, to: raw.csv, columns: amount, filter: \"kind in ('a', 'c')\", to_filter: \"kind in ('a', 'c')\"}",
        "+ 0 of 2, 0 unknown",
    ),
    (
        "implementation: {rule: same_rows, to: raw.csv, columns: id, to_columns: number, filter: id > 3, to_filter: number = 4}",
        "- 2 of 3, 0 unknown",
    ),
    ("implementation: {rule: same_rows, to: raw.csv}", "? raw.csv: the table has no column id"),
    (
        "implementation: {rule: same_rows, to: raw.csv, columns: id, to_columns: kind}",
        "? id is integer here, but text there",
    ),
    (
        "implementation: {rule: same_rows, to: raw.csv, columns: kind, filter: id > 9, to_filter: number > 9}",
        "? there are no rows to look at",
    ),
    ("implementation: {rule: same_rows, to: flights.csv}", "? flights.csv is the table itself"),
];

#[test]
fn rows_without_a_key_stand_as_often_in_another_table_or_it_is_told_which_do_not() {
    let rules: Vec<&str> = WITHOUT_KEY.iter().map(|(rule, _)| *rule).collect();
    for batch_rows in [1, 3, 64] {
        let world = of_both(&rules, batch_rows);
        let report = checked(&world, true, Some("failed.csv")).unwrap();
        for ((rule, expected), result) in WITHOUT_KEY.iter().zip(&report.results) {
            assert_eq!(told(result), *expected, "{rule}");
        }
        let first = &report.results[0];
        assert_eq!(
            first.sentence,
            "8 rows break the rule, of 12 (66.7 %): the rows are those of raw.csv in kind, amount: \
             2 not there, 1 more often here than there, 5 missing here"
        );
        let examples: Vec<String> =
            first.evidence.iter().map(|it| it.note.clone().unwrap()).collect();
        assert_eq!(
            examples,
            [
                "not in raw.csv",
                "stands 1 time in raw.csv, and more often here",
                "not in raw.csv",
                "row 0 of raw.csv is missing here",
                "row 2 of raw.csv is missing here",
            ]
        );
        let rows = world.failing.of("failed.csv").unwrap();
        let of_first: Vec<String> = rows
            .iter()
            .filter(|row| row.rule == first.contract.as_ref().unwrap().rule)
            .map(|row| format!("{:?} {}: {}", row.row, row.column, row.value.clone().unwrap()))
            .collect();
        assert_eq!(
            of_first,
            [
                "Some(1) kind, amount: b, 2 here, not there",
                "Some(4) kind, amount: d, 4 here, less often there",
                "Some(5) kind, amount: e, 9 here, not there",
                "None kind, amount: missing here, h, 0 there",
                "None kind, amount: missing here, B, 2.25 there",
                "None kind, amount: missing here, f, 5 there",
                "None kind, amount: missing here, x,  there",
                "None kind, amount: missing here, g, 7 there",
            ]
        );
    }
}

#[test]
fn rows_that_do_not_fit_are_not_evaluated() {
    let rule = "implementation: {rule: same_rows, key: id, to_key: number, to: raw.csv}";
    let mut world = of_both(&[rule, rule], 2);
    // seven keys of 96 bytes and two compared columns, one of them repeated; then what differs
    world.container.policy.held_bytes = 7 * 112 + 16;
    let report = checked(&world, true, None).unwrap();
    assert_eq!(told(&report.results[0]), "- 5 of 9, 1 unknown");
    assert_eq!(
        told(&report.results[1]),
        "? raw.csv: its rows do not fit into the memory for rows of all rules together; name fewer \
         `columns`, or compare parts with `filter` and `to_filter`"
    );
}

#[test]
fn what_is_wrong_with_the_rule_is_told() {
    let problem = |rule: &str| {
        let text = format!("{HEAD}      - {{type: custom, engine: pynomaly, {rule}}}\n");
        let problem = contract::read(&text).problems.into_iter().next().unwrap();
        format!("{}; {}", problem.what, problem.hint.unwrap_or_default())
    };
    for (rule, expected) in [
        ("implementation: {rule: same_rows, key: a}", "the rule has no to; "),
        (
            "implementation: {rule: same_rows, to: x, to_key: b}",
            "there is no key here to be called otherwise there; name the columns that tell rows apart with `key: [id]`",
        ),
        (
            "implementation: {rule: same_rows, to: x, tolerance: 1}",
            "rows without a key are the same or not, without a tolerance; name the columns that tell rows apart with `key: [id]`",
        ),
        (
            "implementation: {rule: same_rows, to: x, differences: [added, changed]}",
            "rows without a key are there or not, and are not changed; name the columns that tell rows apart with `key: [id]`",
        ),
        (
            "implementation: {rule: same_rows, to: x, key: [a, b], to_key: [a]}",
            "2 columns here and 1 there; ",
        ),
        (
            "implementation: {rule: same_rows, to: x, key: a, to_columns: [b]}",
            "which columns here are these compared with?; name them with `columns`",
        ),
        (
            "implementation: {rule: same_rows, to: x, key: a, differences: [chnged]}",
            "there is no difference chnged; did you mean changed?",
        ),
        (
            "implementation: {rule: same_rows, to: x, key: a, tolerance: -1}",
            "a tolerance is from 0; ",
        ),
        (
            "implementation: {rule: same_rows, to: x, key: a, segment: b}",
            "same_rows is about the whole table and has no segments; leave `segment` out",
        ),
    ] {
        assert_eq!(problem(rule), expected, "{rule}");
    }
}

type Row = (Option<i64>, Option<i64>);

proptest! {
    /// Whatever the rows and the batches are, the counts are those of a comparison of two maps.
    #[test]
    fn counts_agree_with_a_slow_oracle(
        here in prop::collection::vec((prop::option::of(0_i64..9), prop::option::of(0_i64..3)), 1..40),
        there in prop::collection::vec((prop::option::of(0_i64..9), prop::option::of(0_i64..3)), 1..40),
        batch_rows in 1_usize..9,
    ) {
        let memory = |name: &str, rows: &[Row]| {
            MemoryTable::named(name)
                .integers("k", rows.iter().map(|row| row.0))
                .integers("v", rows.iter().map(|row| row.1))
        };
        let rules = ["id: r, implementation: {rule: same_rows, key: k, to: raw.csv}"];
        let world = world(&memory("flights", &here), batch_rows, &rules);
        let other = world.scanner.add(&memory("raw", &there));
        world.fakes.ingest.put("raw.csv", other, evidence());
        let mut known: BTreeMap<i64, Vec<Option<i64>>> = BTreeMap::new();
        for (key, value) in &there {
            if let Some(key) = key {
                known.entry(*key).or_default().push(*value);
            }
        }
        let mut seen = Vec::new();
        let mut broken = Vec::new();
        for (row, (key, value)) in here.iter().enumerate() {
            let Some(key) = key else { continue };
            let breaks = match known.get(key).map(Vec::as_slice) {
                Some([only]) => seen.contains(key) || only != value,
                None | Some(_) => true,
            };
            seen.push(*key);
            if breaks {
                broken.push(row as u64);
            }
        }
        let missing: usize =
            known.iter().filter(|(key, _)| !seen.contains(key)).map(|(_, rows)| rows.len()).sum();
        let report = checked(&world, true, Some("failed.csv")).unwrap();
        let result = &report.results[0];
        if here != there && !(seen.is_empty() && missing == 0) {
            let failed = result.failed.map(|failed| failed.value);
            prop_assert_eq!(failed, Some((broken.len() + missing) as u64), "{}", result.sentence);
            let rows = world.failing.of("failed.csv").unwrap();
            let mut found: Vec<u64> = rows.iter().filter_map(|row| row.row).collect();
            found.dedup();
            prop_assert_eq!(found, broken);
            prop_assert_eq!(rows.iter().filter(|row| row.row.is_none()).count(), missing);
        }
    }
}

proptest! {
    /// Without a key, the counts are those of two multisets, and the rows of failing ones are as many.
    #[test]
    fn rows_without_a_key_agree_with_two_multisets(
        here in prop::collection::vec((prop::option::of(0_i64..4), prop::option::of(0_i64..3)), 1..40),
        there in prop::collection::vec((prop::option::of(0_i64..4), prop::option::of(0_i64..3)), 0..40),
        batch_rows in 1_usize..9,
    ) {
        // In memory a table with the same values is the same table, and no reference for itself.
        prop_assume!(here != there);
        let memory = |name: &str, rows: &[Row]| {
            MemoryTable::named(name)
                .integers("k", rows.iter().map(|row| row.0))
                .integers("v", rows.iter().map(|row| row.1))
        };
        let world = world(&memory("flights", &here), batch_rows, &["implementation: {rule: same_rows, to: raw.csv}"]);
        let other = world.scanner.add(&memory("raw", &there));
        world.fakes.ingest.put("raw.csv", other, evidence());
        let mut left: BTreeMap<Row, u64> = BTreeMap::new();
        for row in &there {
            *left.entry(*row).or_default() += 1;
        }
        let mut broken = Vec::new();
        for (number, row) in here.iter().enumerate() {
            match left.get_mut(row).filter(|left| **left > 0) {
                Some(left) => *left -= 1,
                None => broken.push(number as u64),
            }
        }
        let missing: u64 = left.values().sum();
        let report = checked(&world, true, Some("failed.csv")).unwrap();
        let result = &report.results[0];
        let failed = result.failed.map(|failed| failed.value);
        prop_assert_eq!(failed, Some(broken.len() as u64 + missing), "{}", result.sentence);
        if failed > Some(0) {
            let rows = world.failing.of("failed.csv").unwrap();
            let found: Vec<u64> = rows.iter().filter_map(|row| row.row).collect();
            prop_assert_eq!(found, broken);
            prop_assert_eq!(rows.iter().filter(|row| row.row.is_none()).count() as u64, missing);
        }
    }
}
