use super::*;
use crate::contract::read;

const HEAD: &str = "apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema:\n  - name: t\n";

/// `effect subject: what` of each change.
fn changes(before: &str, after: &str) -> Vec<String> {
    let contract = |rest: &str| {
        let reading = read(&format!("{HEAD}{rest}"));
        reading.contract.unwrap_or_else(|| panic!("{:?}", reading.problems))
    };
    let tell =
        |change: Change| format!("{} {}: {}", change.effect.name(), change.subject, change.what);
    difference(&contract(before), &contract(after)).into_iter().map(tell).collect()
}

/// The effects of a change of one property.
fn effects(before: &str, after: &str) -> Vec<&'static str> {
    let property = |text: &str| format!("    properties:\n      - {{name: a, {text}}}\n");
    let told = changes(&property(before), &property(after));
    told.iter()
        .map(|told| match told.split(' ').next() {
            Some("breaking") => "breaking",
            Some("stricter") => "stricter",
            _ => "compatible",
        })
        .collect()
}

#[test]
fn each_kind_of_change_has_its_effect() {
    let quality = |entry: &str| format!("quality: [{{{entry}}}]");
    let nulls = |limit: &str| quality(&format!("metric: nullValues, {limit}"));
    let rule = |text: &str| {
        quality(&format!("type: custom, engine: pynomaly, implementation: {{rule: {text}}}"))
    };
    let cases: Vec<(String, String, &[&str])> = vec![
        ("required: true".into(), "required: false".into(), &["breaking"]),
        ("required: false".into(), "required: true".into(), &["stricter"]),
        ("logicalType: integer".into(), "logicalType: number".into(), &["breaking"]),
        ("logicalType: number".into(), "logicalType: integer".into(), &["stricter"]),
        ("logicalType: string".into(), "logicalType: date".into(), &["breaking"]),
        (
            "logicalTypeOptions: {minimum: 1, maximum: 9}".into(),
            "logicalTypeOptions: {minimum: 0, maximum: 9}".into(),
            &["breaking"],
        ),
        (
            "logicalTypeOptions: {minimum: 1, maximum: 9}".into(),
            "logicalTypeOptions: {minimum: 2, maximum: 9}".into(),
            &["stricter"],
        ),
        (
            "logicalTypeOptions: {minimum: 1, maximum: 9}".into(),
            "logicalTypeOptions: {minimum: 2, maximum: 99}".into(),
            &["breaking"],
        ),
        (
            "logicalTypeOptions: {minimum: 1}".into(),
            "logicalTypeOptions: {exclusiveMinimum: 1}".into(),
            &["stricter"],
        ),
        (
            "logicalTypeOptions: {minLength: 2, maxLength: 5}".into(),
            "logicalTypeOptions: {minLength: 2, maxLength: 6}".into(),
            &["breaking"],
        ),
        (nulls("mustBe: 0"), nulls("mustBeLessThan: 1, unit: percent"), &["breaking"]),
        (
            nulls("mustBeLessThan: 5, unit: percent"),
            nulls("mustBeLessOrEqualTo: 3, unit: percent"),
            &["stricter"],
        ),
        (nulls("mustBeLessThan: 5"), nulls("mustBeLessThan: 5, unit: percent"), &["breaking"]),
        (nulls("mustBe: 0"), nulls("mustBe: 0, severity: warning"), &["breaking"]),
        (nulls("mustBe: 0, severity: info"), nulls("mustBe: 3, severity: info"), &["compatible"]),
        (rule("in_set, values: [a, b]"), rule("in_set, values: [b, a]"), &[]),
        (rule("in_set, values: [a, b]"), rule("in_set, values: [a, b, c]"), &["breaking"]),
        (rule("not_in_set, values: [a, b]"), rule("not_in_set, values: [a, b, c]"), &["stricter"]),
        (rule("between, minimum: 1"), rule("between, minimum: 1, filter: b = 1"), &["breaking"]),
        (rule("between, minimum: 1, filter: b = 1"), rule("between, minimum: 1"), &["stricter"]),
        (rule("between, minimum: 1"), rule("between, minimum: 1, segment: b"), &["breaking"]),
        (
            rule("between, minimum: 1, filter: b > 5"),
            rule("between, minimum: 1, filter: b > 3"),
            &["stricter"],
        ),
        (rule("matches, pattern: a"), rule("matches, pattern: b"), &["breaking"]),
        (rule("mean"), rule("mean"), &[]),
    ];
    for (before, after, expected) in cases {
        let (before, after) = if before.contains("rule: mean") {
            let with = |text: &str| text.replace("{rule: mean}", "{rule: mean}, mustBe: 3");
            (with(&before), with(&after))
        } else {
            (before, after)
        };
        assert_eq!(effects(&before, &after), *expected, "{before} -> {after}");
    }
}

#[test]
fn columns_tables_and_services_come_and_go() {
    let before = "    properties:\n      - {name: a, required: true}\n      - {name: b}\n  - name: old\nslaProperties: [{property: latency, value: 4, unit: h}, {property: retention, value: 1, unit: y}]\nversion: 1.0.0\n";
    let after = "    properties:\n      - {name: b}\n      - {name: c}\n  - name: new\nslaProperties: [{property: latency, value: 8, unit: h}, {property: frequency, value: 1, unit: d}]\nversion: 2.0.0\n";
    assert_eq!(
        changes(before, after),
        [
            "breaking latency: it was 4 h, and is 8 h",
            "breaking retention: it is promised no more",
            "breaking a: the column is promised no more",
            "breaking old: the table is promised no more",
            "stricter frequency: 1 d is promised anew",
            "stricter c: the column must be there now",
            "compatible version: it was 1.0.0, and is 2.0.0",
            "compatible new: the table is new",
        ]
    );
}

#[test]
fn a_contract_differs_in_nothing_from_itself_and_a_renamed_rule_is_the_same() {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../../examples/flights.odcs.yaml"
    ));
    let contract = read(&text.unwrap()).contract.unwrap();
    assert_eq!(difference(&contract, &contract), []);
    let named = |id: &str| {
        format!(
            "    properties:\n      - name: a\n        quality:\n          - {{id: {id}, metric: nullValues, mustBe: 0}}\n"
        )
    };
    assert_eq!(changes(&named("x"), &named("y")), Vec::<String>::new());
    let told = changes(&named("x"), "    properties:\n      - name: a\n");
    assert_eq!(told, ["breaking x: the rule is promised no more: a has a value"]);
}

/// What is firmer one way is weaker the other way.
#[test]
fn turned_around_a_change_has_the_opposite_effect() {
    let pairs = [
        ("required: true", "required: false"),
        ("logicalType: integer", "logicalType: number"),
        ("logicalTypeOptions: {maximum: 9}", "logicalTypeOptions: {maximum: 10}"),
        ("unique: true", "unique: false"),
    ];
    let rules = [
        ("increasing, strictly: true}", "increasing}"),
        ("z_score, maximum: 2}", "z_score, maximum: 3}"),
        ("z_score, exclusiveMaximum: 3}", "z_score, maximum: 3}"),
        ("contains_set, values: [a, b]}", "contains_set, values: [b]}"),
        ("forbidden_columns, names: [x, y]}", "forbidden_columns, names: [y]}"),
        ("same_rows, key: k, to: b, tolerance: 1}", "same_rows, key: k, to: b, tolerance: 2}"),
        ("same_rows, key: k, to: b}", "same_rows, key: k, to: b, differences: [added]}"),
        (
            "tie_out, figure: sum, to: b}, mustBeLessThan: 1, unit: percent",
            "tie_out, figure: sum, to: b}, mustBeLessThan: 2, unit: percent",
        ),
    ];
    let rule = |text: &str| {
        format!("quality: [{{type: custom, engine: pynomaly, implementation: {{rule: {text}}}]")
    };
    let rules = rules.map(|(firm, weak)| (rule(firm), rule(weak)));
    let pairs = pairs.map(|(firm, weak)| (firm.to_owned(), weak.to_owned()));
    for (firm, weak) in pairs.iter().chain(&rules) {
        assert_eq!(effects(firm, weak), ["breaking"], "{firm} -> {weak}");
        assert_eq!(effects(weak, firm), ["stricter"], "{weak} -> {firm}");
    }
}
