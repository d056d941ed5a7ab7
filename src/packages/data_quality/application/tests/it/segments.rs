//! Rules that are evaluated for each value of a column by itself.

use data_quality_application::lint_contract;
use data_quality_domain::QualityReport;
use testkit::MemoryTable;

use crate::contracts::{checked, told, world};

/// Nine rows: weights of letters, crates and, without a kind, others.
fn table() -> MemoryTable {
    let kinds = ["letter", "letter", "letter", "crate", "crate", "crate", "missing"].map(Some);
    let weights = [0.1, 0.2, 25.0, 20.0, 25.0, 30.0, 1.0, 2.0, 3.0];
    MemoryTable::named("flights")
        .texts("kind", kinds.into_iter().chain([None, None]))
        .floats("weight", weights.map(Some))
        .integers("depot", [1, 1, 1, 2, 2, 2, 10, 10, 10].map(Some))
        .integers("id", (0..9).map(Some))
        .booleans("open", [true, false, true, true, true, true, true, true, true].map(Some))
}

/// The results of one rule: what tells each apart, and what it came to.
fn results(rule: &str) -> Vec<String> {
    let report = checked(&world(&table(), 4, &[rule]), true, None).unwrap();
    report
        .results
        .iter()
        .map(|result| {
            let rule = &result.contract.as_ref().unwrap().rule;
            format!("{rule} {}", told(result))
        })
        .collect()
}

#[test]
fn a_rule_is_one_result_for_each_value_and_one_for_rows_without() {
    assert_eq!(
        results(
            "id: light, implementation: {rule: between, column: weight, maximum: 24, segment: kind}"
        ),
        [
            "light[crate] - 2 of 3, 0 unknown",
            "light[letter] - 1 of 3, 0 unknown",
            "light[\"missing\"] + 0 of 1, 0 unknown",
            "light[missing] + 0 of 2, 0 unknown",
        ]
    );
    // numbers in their order, figures, a filter, and a limit for each
    assert_eq!(
        results(
            "id: mean, implementation: {rule: mean, column: weight, segment: depot, filter: open}, mustBeBetween: [1, 20]"
        ),
        ["mean[1] + 12.55", "mean[2] - 25", "mean[10] + 2"]
    );
    assert_eq!(
        results("id: rows, implementation: {rule: row_count, segment: open}, mustBeGreaterThan: 1"),
        ["rows[false] - 1", "rows[true] + 8"]
    );
    assert_eq!(
        results(
            "id: few, implementation: {rule: between, column: weight, maximum: 24, segment: depot}, mustBeLessThan: 40, unit: percent"
        ),
        ["few[1] + 1 of 3, 0 unknown", "few[2] - 2 of 3, 0 unknown", "few[10] + 0 of 3, 0 unknown"]
    );
}

#[test]
fn segments_take_one_look_and_say_where_a_result_belongs() {
    let rules = [
        "id: light, implementation: {rule: between, column: weight, maximum: 24, segment: kind}",
        "id: known, implementation: {rule: not_null, column: kind}",
        "id: heavy, implementation: {rule: between, column: weight, minimum: 0, segment: depot}",
    ];
    let report = checked(&world(&table(), 2, &rules), true, None).unwrap();
    let purposes: Vec<&str> = report.passes.iter().map(|pass| pass.purpose.as_str()).collect();
    assert_eq!(purposes, ["segments of rules", "the contract's rules"]);
    assert_eq!((report.passes[0].columns, report.contracts[0].rules), (2, 8));
    let crates = &report.results[0];
    assert_eq!(
        crates.sentence,
        "2 rows break the rule, of 3 (66.7 %): weight is at most 24 where kind is crate"
    );
    assert_eq!(crates.evidence[0].row, Some(4));
}

#[test]
fn what_has_no_segments_is_not_evaluated_and_says_why() {
    let told = |segment: &str| {
        let rule = format!(
            "id: a, implementation: {{rule: between, column: id, minimum: 0, segment: {segment}}}"
        );
        results(&rule)
    };
    assert_eq!(told("gone"), ["a ? the table has no column gone"]);
    assert_eq!(
        told("weight"),
        ["a ? segments are made of texts, whole numbers or truth values, but weight is float"]
    );
    let many = MemoryTable::named("flights").integers("id", (0..101).map(Some));
    let rule = "id: a, implementation: {rule: between, column: id, minimum: 0, segment: id}";
    let report: QualityReport = checked(&world(&many, 50, &[rule]), true, None).unwrap();
    assert_eq!(
        crate::contracts::told(&report.results[0]),
        "? id has more than 100 different values, and a rule has at most so many segments"
    );
}

#[test]
fn a_rule_about_the_whole_table_has_none() {
    for rule in ["unique, column: id", "distinct_count, column: id"] {
        let rule = format!("implementation: {{rule: {rule}, segment: kind}}, mustBe: 0");
        let world = world(&table(), 4, &[&rule]);
        let linted = lint_contract(&world.container, "c.yaml").unwrap();
        let found: Vec<&str> =
            linted.problems.iter().map(|problem| problem.what.as_str()).collect();
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert!(only.ends_with("is about the whole table and has no segments"), "{only}");
    }
}
