//! Figures of a table against those of another one.

use data_quality_domain::contract;
use testkit::MemoryTable;

use crate::contracts::{HEAD, checked, evidence, told, world};

fn table() -> MemoryTable {
    MemoryTable::named("flights")
        .integers("id", [Some(1), Some(2), Some(2), Some(4), None])
        .floats("delay", [Some(1.5), Some(f64::NAN), Some(-2.0), None, Some(4.5)])
        .texts("kind", [Some("red"), Some("blue"), Some(""), None, Some("green")])
        .texts("empty", [None; 5])
}

/// Eight rows; the delays add up to 5, and to 4 where they are not of the kind `late`.
fn ledger() -> MemoryTable {
    MemoryTable::named("ledger")
        .integers("number", [Some(1), Some(2), Some(4), Some(4), Some(9), None, None, None])
        .floats("delay", [Some(2.0), Some(1.0), Some(1.0), Some(1.0), None, None, None, None])
        .texts("kind", ["a", "a", "a", "late", "a", "a", "a", "a"].map(Some))
        .floats("zero", [Some(0.0), None, None, None, None, None, None, None])
        .floats("none", [None; 8])
}

/// Rules on [`table`] and what they come to; the figures were worked out by hand.
const CASES: &[(&str, &str)] = &[
    // 5 rows here, 8 there
    ("implementation: {rule: tie_out, figure: row_count, to: ledger.csv}", "- 3"),
    ("implementation: {rule: tie_out, figure: row_count, to: ledger.csv}, mustBe: 3", "+ 3"),
    (
        "implementation: {rule: tie_out, figure: row_count, to: ledger.csv}, mustBeLessThan: 38, unit: percent",
        "+ 37.5",
    ),
    (
        "implementation: {rule: tie_out, figure: row_count, to: ledger.csv, signed: true}, mustBeLessThan: 0",
        "+ -3",
    ),
    (
        "implementation: {rule: tie_out, figure: row_count, to: ledger.csv, factor: 0.5}, mustBeLessOrEqualTo: 1",
        "+ 1",
    ),
    // of other rows, on either side
    (
        "implementation: {rule: tie_out, figure: row_count, filter: id = 2, to: ledger.csv, to_filter: number = 4}",
        "+ 0",
    ),
    (
        "implementation: {rule: tie_out, figure: row_count, filter: id = 2, to: ledger.csv, to_filter: gone = 4}",
        "? ledger.csv: the table has no column gone (did you mean none?)",
    ),
    // 4 here, 5 there
    ("implementation: {rule: tie_out, figure: sum, column: delay, to: ledger.csv}", "- 1"),
    (
        "implementation: {rule: tie_out, figure: sum, column: delay, to: ledger.csv, to_filter: kind != 'late'}",
        "+ 0",
    ),
    (
        "implementation: {rule: tie_out, figure: sum, column: delay, to: ledger.csv}, mustBeLessThan: 20, unit: percent",
        "- 20",
    ),
    (
        "implementation: {rule: tie_out, figure: maximum, column: id, to: ledger.csv, to_figure: distinct_count, to_columns: number}",
        "+ 0",
    ),
    (
        "implementation: {rule: tie_out, figure: median, column: id, to: ledger.csv, to_columns: [number]}, mustBe: 2",
        "+ 2",
    ),
    // a share of nothing
    (
        "implementation: {rule: tie_out, figure: sum, column: delay, to: ledger.csv, to_columns: zero}, mustBeLessThan: 100, unit: percent",
        "- 1 of 3, - unknown",
    ),
    (
        "implementation: {rule: tie_out, figure: sum, column: delay, filter: delay < -3, to: ledger.csv}",
        "? there are no values to look at",
    ),
    (
        "implementation: {rule: tie_out, figure: sum, column: delay, to: ledger.csv, to_columns: none}",
        "? ledger.csv: there are no values to look at",
    ),
    (
        "implementation: {rule: tie_out, figure: mean, column: kind, to: ledger.csv, to_columns: zero}",
        "? the figure is of numbers, but kind is text",
    ),
    (
        "implementation: {rule: tie_out, figure: mean, column: delay, to: ledger.csv, to_columns: kind}",
        "? ledger.csv: the figure is of numbers, but kind is text",
    ),
    ("implementation: {rule: tie_out, figure: column_count, to: ledger.csv}, mustBe: 1", "+ 1"),
    (
        "implementation: {rule: tie_out, figure: distinct_count, column: id, to: ledger.csv, to_columns: number}, mustBe: 1",
        "+ 1",
    ),
    // against itself, when something differs
    (
        "implementation: {rule: tie_out, figure: row_count, to: flights.csv}",
        "? flights.csv is the table itself",
    ),
    (
        "implementation: {rule: tie_out, figure: row_count, filter: delay is null, to: flights.csv, to_filter: kind is null}, mustBe: 1",
        "+ 1",
    ),
];

#[test]
fn figures_tie_out_with_those_of_another_table() {
    let mut rules: Vec<&str> = CASES.iter().map(|(rule, _)| *rule).collect();
    rules.push("implementation: {rule: tie_out, figure: row_count, to: nowhere.csv}");
    for batch_rows in [1, 64] {
        let world = world(&table(), batch_rows, &rules);
        let there = world.scanner.add(&ledger());
        world.fakes.ingest.put("ledger.csv", there, evidence());
        let report = checked(&world, true, None).unwrap();
        for ((rule, expected), result) in CASES.iter().zip(&report.results) {
            assert_eq!(told(result), *expected, "{rule}");
        }
        let last = told(report.results.last().unwrap());
        assert!(last.starts_with("? no file and no dataset is called \"nowhere.csv\""), "{last}");
        let sentence = &report.results[9].sentence;
        assert_eq!(
            sentence,
            "the sum of delay is 4, and the sum of delay in ledger.csv 5; the difference is 20 percent, and must be less than 20 percent"
        );
        // one scan of the other table for all of its figures, and a pass for different values
        let passes =
            |what: &str| report.passes.iter().filter(|pass| pass.purpose.starts_with(what)).count();
        assert_eq!(passes("figures of ledger.csv"), 1, "{:?}", report.passes);
        assert_eq!(passes("repeated values of number of ledger.csv"), 1, "{:?}", report.passes);
        assert_eq!(passes("the contract's rules"), 1);
    }
}

#[test]
fn what_is_wrong_with_a_tie_out_is_told_with_its_place() {
    let problems = |rule: &str| {
        let text = format!("{HEAD}      - {{type: custom, engine: pynomaly, {rule}}}\n");
        let reading = contract::read(&text);
        let told = |it: &data_quality_domain::Problem| {
            format!("{}; {}", it.what, it.hint.clone().unwrap_or_default())
        };
        reading.problems.iter().map(told).collect::<Vec<_>>().join("\n")
    };
    for (rule, expected) in [
        ("implementation: {rule: tie_out, to: x}", "the rule has no figure; "),
        (
            "implementation: {rule: tie_out, figure: summ, column: a, to: x}",
            "there is no figure summ; did you mean sum?",
        ),
        ("implementation: {rule: tie_out, figure: row_count}", "the rule has no to; "),
        (
            "implementation: {rule: tie_out, figure: sum, to: x}",
            "the sum is of one column, and 0 are named; name it with `column: NAME`",
        ),
        (
            "implementation: {rule: tie_out, figure: row_count, to: x, to_figure: sum}",
            "the sum is of one column, and 0 are named; name it with `to_columns: NAME`",
        ),
        (
            "implementation: {rule: tie_out, figure: row_count, to: x, segment: a}",
            "tie_out is about the whole table and has no segments; leave `segment` out",
        ),
        (
            "implementation: {rule: tie_out, figure: distinct_count, column: a, to: x, to_filter: a > 1}",
            "a count of different values takes no filter; ",
        ),
        (
            "implementation: {rule: tie_out, figure: row_count, to: x, factor: 0}",
            "a factor is above 0; ",
        ),
        (
            "implementation: {rule: tie_out, figure: quantile, column: a, to: x}",
            "a quantile has a share from 0 to 1; write `share: 0.95`",
        ),
        (
            "implementation: {rule: column_count, filter: a > 1}, mustBe: 3",
            "columns are there in all rows or in none; ",
        ),
        (
            "implementation: {rule: column_count}",
            "nothing says what the number of columns must be; write `mustBeBetween: [LOW, HIGH]` or another bound",
        ),
        (
            "implementation: a > 1, mustBeLessThan: 120, unit: percent",
            "a share is between 0 and 100 percent; ",
        ),
        // a difference may be any share
        (
            "implementation: {rule: tie_out, figure: row_count, to: x}, mustBeLessThan: 120, unit: percent",
            "",
        ),
    ] {
        assert_eq!(problems(rule), expected, "{rule}");
    }
}
