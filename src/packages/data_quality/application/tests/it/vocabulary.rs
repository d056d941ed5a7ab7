//! Each kind of rule on one table, and what it comes to.

use testkit::MemoryTable;

use crate::contracts::{checked, told, world};

pub(crate) fn table() -> MemoryTable {
    MemoryTable::named("flights")
        .integers("id", [Some(1), Some(2), Some(2), Some(4), None])
        .integers("hour", [Some(5), Some(24), None, Some(7), Some(7)])
        .floats("delay", [Some(1.5), Some(f64::NAN), Some(-2.0), None, Some(4.5)])
        .texts("kind", [Some("red"), Some("blue"), Some(""), None, Some("green")])
        .dates("day", [Some(0), Some(1), Some(2), Some(3), None])
        .booleans("open", [Some(true), Some(false), None, Some(true), Some(true)])
        // 2026-11-22, tomorrow as the clock stands, and 2024-10-04
        .dates("seen", [Some(20_779), Some(20_781), None, Some(20_000), Some(20_779)])
}

/// Each kind of rule on [`table`], and what it comes to.
const CASES: &[(&str, &str)] = &[
    ("implementation: {rule: not_null, column: id}", "- 1 of 5, 0 unknown"),
    (
        "implementation: {rule: not_null, column: delay}, mustBeLessOrEqualTo: 40, unit: percent",
        "+ 2 of 5, 0 unknown",
    ),
    ("implementation: {rule: is_null, column: id}, mustBe: 4", "+ 4 of 5, 0 unknown"),
    ("implementation: {rule: not_blank, column: kind}", "- 1 of 5, 1 unknown"),
    (
        "implementation: {rule: in_set, column: kind, values: [red, blue, green, '']}",
        "+ 0 of 5, 1 unknown",
    ),
    ("implementation: {rule: in_set, column: hour, values: [5, 7]}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: not_in_set, column: kind, values: [red]}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: in_set, column: open, values: [true]}", "- 1 of 5, 1 unknown"),
    (
        "implementation: {rule: between, column: hour, minimum: 0, maximum: 23}",
        "- 1 of 5, 1 unknown",
    ),
    ("implementation: {rule: between, column: hour, exclusiveMaximum: 24}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: between, column: day, maximum: '1970-01-03'}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: between, column: delay, minimum: -2}", "+ 0 of 5, 2 unknown"),
    (
        "implementation: {rule: matches, column: kind, pattern: '^r'}, mustBe: 3",
        "+ 3 of 5, 1 unknown",
    ),
    ("implementation: {rule: not_matches, column: kind, pattern: e}", "- 3 of 5, 1 unknown"),
    ("implementation: {rule: length_between, column: kind, minimum: 3}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: has_format, column: kind, format: uuid}", "- 4 of 5, 1 unknown"),
    (
        "implementation: {rule: has_time_format, column: kind, format: '%d.%m.%Y'}",
        "- 4 of 5, 1 unknown",
    ),
    (
        "implementation: {rule: matches_json_schema, column: hour, schema: {type: integer}}",
        "? a JSON Schema is for text, but hour is a number",
    ),
    // stored as dates, and so written
    (
        "implementation: {rule: has_time_format, column: day, format: yyyy-MM-dd}",
        "+ 0 of 5, 1 unknown",
    ),
    (
        "implementation: {rule: has_time_format, column: day, format: '%d.%m.%Y'}",
        "? a format of dates is for text, but day is a date or point in time",
    ),
    ("implementation: {rule: multiple_of, column: hour, of: 7}", "- 2 of 5, 1 unknown"),
    ("implementation: {rule: multiple_of, column: delay, of: 0.5}", "+ 0 of 5, 2 unknown"),
    ("implementation: id < hour", "+ 0 of 5, 2 unknown"),
    ("implementation: {rule: unique, column: id}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: unique, columns: [id, hour]}", "+ 0 of 5, 0 unknown"),
    ("implementation: {rule: unique}", "+ 0 of 5, 0 unknown"),
    (
        "implementation: {rule: between, column: hour, maximum: 6, filter: kind = 'red'}",
        "+ 0 of 1, 0 unknown",
    ),
    (
        "implementation: {rule: between, column: hour, maximum: 6, filter: id > 1}",
        "- 2 of 3, 1 unknown",
    ),
    ("implementation: {rule: minimum, column: delay}, mustBe: -2", "+ -2"),
    ("implementation: {rule: maximum, column: hour}, mustBeLessThan: 24", "- 24"),
    ("implementation: {rule: mean, column: hour}, mustBeBetween: [10, 11]", "+ 10.75"),
    (
        "implementation: {rule: mean, column: hour, filter: hour < 20}, mustBeLessThan: 7",
        "+ 6.333333333",
    ),
    ("implementation: {rule: sum, column: hour}, mustBe: 43", "+ 43"),
    ("implementation: {rule: median, column: hour}, mustBe: 7", "+ 7"),
    ("implementation: {rule: quantile, column: hour, share: 1}, mustBe: 24", "+ 24"),
    ("implementation: {rule: standard_deviation, column: id}, mustBeLessThan: 2", "+ 1.258305739"),
    ("implementation: {rule: variance, column: id}, mustBeLessThan: 2", "+ 1.583333333"),
    ("implementation: {rule: population_variance, column: id}, mustBeLessThan: 1.5", "+ 1.1875"),
    (
        "implementation: {rule: population_standard_deviation, column: id}, mustBeGreaterThan: 1.1",
        "- 1.089724736",
    ),
    (
        "implementation: {rule: population_variance, column: delay, filter: kind = 'red'}, mustBe: 0",
        "+ 0",
    ),
    (
        "implementation: {rule: variance, column: delay, filter: kind = 'red'}, mustBe: 0",
        "? of one value there is no such figure",
    ),
    ("implementation: {rule: range, column: hour}, mustBe: 19", "+ 19"),
    (
        "implementation: {rule: range, column: hour, filter: id > 9}, mustBe: 0",
        "? there are no values to look at",
    ),
    // 5, 7, 7, 24
    ("implementation: {rule: interquartile_range, column: hour}, mustBe: 4.75", "+ 4.75"),
    ("implementation: {rule: skewness, column: hour}, mustBeGreaterThan: 2", "- 1.114871319"),
    ("implementation: {rule: kurtosis, column: hour}, mustBeLessThan: 0", "+ -0.694165647"),
    (
        "implementation: {rule: kurtosis, column: hour, filter: hour = 7}, mustBeLessThan: 0",
        "? all values are the same, so that it has no shape",
    ),
    // once, twice, once
    ("implementation: {rule: entropy, column: id}, mustBeGreaterThan: 1.03", "+ 1.039720771"),
    ("implementation: {rule: entropy, column: kind, filter: id = 2}, mustBe: 0", "- 0.693147181"),
    (
        "implementation: {rule: entropy, column: open, filter: hour > 5}, mustBeLessThan: 1",
        "+ 0.636514168",
    ),
    ("implementation: {rule: column_count}, mustBe: 7", "+ 7"),
    // (1, 5), (2, 24), (4, 7); and with a NaN
    (
        "implementation: {rule: correlation, columns: [id, hour]}, mustBeGreaterThan: 0",
        "- -0.094056674",
    ),
    ("implementation: {rule: correlation, columns: [id, delay]}, mustBeLessThan: 0", "+ -1"),
    (
        "implementation: {rule: correlation, columns: [id, hour], filter: kind = 'red'}, mustBe: 1",
        "? one of the columns has no spread",
    ),
    (
        "implementation: {rule: correlation, columns: [id, hour], filter: id > 9}, mustBe: 1",
        "? there are no values to look at",
    ),
    (
        "implementation: {rule: correlation, columns: [id, kind]}, mustBe: 1",
        "? the figure is of numbers, but kind is text",
    ),
    // three different pairs, two, and three of which the truth value says less: H(2/3)
    ("implementation: {rule: mutual_information, columns: [id, hour]}, mustBe: 0", "- 1.098612289"),
    (
        "implementation: {rule: mutual_information, columns: [delay, id]}, mustBeLessThan: 1",
        "+ 0.693147181",
    ),
    (
        "implementation: {rule: mutual_information, columns: [kind, open]}, mustBeLessThan: 0.6",
        "- 0.636514168",
    ),
    (
        "implementation: {rule: mutual_information, columns: [id, hour], filter: kind = 'red'}, mustBe: 0",
        "+ 0",
    ),
    (
        "implementation: {rule: mutual_information, columns: [id, hour], filter: id > 9}, mustBe: 0",
        "? there are no values to look at",
    ),
    // 1, 2, 2, 4, missing
    ("implementation: {rule: increasing, column: id}", "+ 0 of 5, 1 unknown"),
    ("implementation: {rule: increasing, column: id, strictly: true}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: decreasing, column: id}", "- 2 of 5, 1 unknown"),
    ("implementation: {rule: decreasing, column: id, strictly: true}", "- 3 of 5, 1 unknown"),
    // 5, 24, missing, 7, 7; 1.5, NaN, -2, missing, 4.5
    ("implementation: {rule: increasing, column: hour}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: decreasing, column: delay}", "- 1 of 5, 2 unknown"),
    ("implementation: {rule: increasing, column: hour, by: open}", "+ 0 of 5, 1 unknown"),
    ("implementation: {rule: increasing, column: hour, filter: hour != 24}", "+ 0 of 3, 0 unknown"),
    ("implementation: {rule: decreasing, column: kind}", "- 1 of 5, 1 unknown"),
    ("implementation: {rule: increasing, column: day}", "+ 0 of 5, 1 unknown"),
    (
        "implementation: {rule: increasing, column: open}",
        "? the rule is about numbers, dates, times or texts, but open is boolean",
    ),
    ("implementation: {rule: increasing, column: id, by: gone}", "? the table has no column gone"),
    (
        "implementation: {rule: increasing, column: id, filter: id > 9}",
        "? there are no rows to look at",
    ),
    ("implementation: {rule: consistent_casing, column: kind}", "+ 0 of 5, 1 unknown"),
    (
        "implementation: {rule: consistent_casing, column: id}",
        "? the rule is about texts, but id is integer",
    ),
    // 10.75 and 8.8459
    ("implementation: {rule: z_score, column: hour, maximum: 1}", "- 1 of 5, 1 unknown"),
    (
        "implementation: {rule: z_score, column: hour, minimum: -1, maximum: 1.5}",
        "+ 0 of 5, 1 unknown",
    ),
    (
        "implementation: {rule: z_score, column: hour, exclusiveMaximum: 0, filter: hour < 9}",
        "- 2 of 3, 0 unknown",
    ),
    (
        "implementation: {rule: z_score, column: hour, maximum: 1, filter: hour = 7}",
        "? all values of hour are the same, and have no z-score",
    ),
    (
        "implementation: {rule: z_score, column: kind, maximum: 1}",
        "? the figure is of numbers, but kind is text",
    ),
    (
        "implementation: {rule: contains_set, column: kind, values: [red, blue]}",
        "+ 0 of 4, - unknown",
    ),
    (
        "implementation: {rule: contains_set, column: kind, values: [red, grey]}",
        "- 1 of 4, - unknown",
    ),
    (
        "implementation: {rule: contains_set, column: kind, values: [red, grey]}, mustBeLessOrEqualTo: 50, unit: percent",
        "+ 1 of 4, - unknown",
    ),
    (
        "implementation: {rule: contains_set, column: kind, values: [red, blue], exact: true}",
        "- 1 of 4, - unknown",
    ),
    (
        "implementation: {rule: contains_set, column: kind, values: [red, blue, green, ''], exact: true}",
        "+ 0 of 4, - unknown",
    ),
    (
        "implementation: {rule: contains_set, column: id, values: [4, 2, 1], exact: true}",
        "+ 0 of 4, - unknown",
    ),
    ("implementation: {rule: contains_set, column: open, values: [false]}", "+ 0 of 4, - unknown"),
    (
        "implementation: {rule: contains_set, column: kind, values: [red], filter: id > 9}",
        "? there are no values to look at",
    ),
    (
        "implementation: {rule: contains_set, column: day, values: ['1970-01-01']}",
        "? the listed values are of texts, but day is date",
    ),
    (
        "implementation: {rule: most_common_value, column: hour, values: [7, 5]}",
        "+ 0 of 4, - unknown",
    ),
    ("implementation: {rule: most_common_value, column: hour, values: [5]}", "- 1 of 4, - unknown"),
    (
        "implementation: {rule: most_common_value, column: open, values: [true]}",
        "+ 0 of 4, - unknown",
    ),
    (
        "implementation: {rule: most_common_value, column: kind, values: [red]}",
        "- 1 of 4, - unknown",
    ),
    (
        "implementation: {rule: most_common_value, column: kind, values: [red], ties: true}",
        "+ 0 of 4, - unknown",
    ),
    (
        "implementation: {rule: most_common_value, column: kind, values: [red], filter: kind is null}",
        "? there are no values to look at",
    ),
    ("implementation: {rule: has_format, column: kind, format: json}", "- 4 of 5, 1 unknown"),
    ("implementation: {rule: forbidden_columns, names: [secret]}", "+ 0 of -, - unknown"),
    ("implementation: {rule: forbidden_columns, names: [secret, id]}", "- 1 of -, - unknown"),
    ("implementation: {rule: column_count}, mustBeLessThan: 7", "- 7"),
    ("implementation: {rule: shortest_length, column: kind}, mustBeGreaterThan: 0", "- 0"),
    ("implementation: {rule: longest_length, column: kind}, mustBe: 5", "+ 5"),
    ("implementation: {rule: mean_length, column: kind}, mustBe: 3", "+ 3"),
    ("implementation: {rule: distinct_count, column: id}, mustBe: 3", "+ 3"),
    ("implementation: {rule: distinct_share, column: id}, mustBeLessThan: 0.7", "- 0.75"),
    ("implementation: {rule: freshness, column: seen}, mustBeLessThan: 24", "- 36"),
    (
        "implementation: {rule: freshness, column: seen, in: days}, mustBeLessOrEqualTo: 1.5",
        "+ 1.5",
    ),
    (
        "implementation: {rule: freshness, column: seen, in: d, filter: id = 4}, mustBeLessThan: 2",
        "- 780.5",
    ),
    (
        "implementation: {rule: freshness, column: seen, filter: hour = 24}, mustBeLessThan: 2",
        "? there are no values to look at",
    ),
    (
        "implementation: {rule: retention, column: seen, in: years}, mustBeLessThan: 3",
        "+ 2.136892539",
    ),
    (
        "implementation: {rule: freshness, column: kind}, mustBeLessThan: 2",
        "? the figure is of dates or points in time, but kind is text",
    ),
    ("implementation: {rule: row_count}, mustBe: 5", "+ 5"),
    ("implementation: {rule: row_count, filter: open}, mustBe: 3", "+ 3"),
    ("implementation: {rule: columns, names: [id, kind], ordered: true}", "+ 0 of -, - unknown"),
    ("implementation: {rule: columns, names: [kind, id], ordered: true}", "- 1 of -, - unknown"),
    ("implementation: {rule: columns, names: [id, gone]}", "- 1 of -, - unknown"),
    ("implementation: {rule: not_null, column: gone}", "? the table has no column gone"),
    (
        "implementation: {rule: mean, column: kind}, mustBe: 1",
        "? the figure is of numbers, but kind is text",
    ),
    (
        "implementation: {rule: matches, column: id, pattern: a}",
        "? a pattern is for text, but id is a number",
    ),
    ("implementation: {rule: unique, column: gone}", "? the table has no column gone"),
    (
        "implementation: {rule: between, column: hour, maximum: 6, filter: id > 9}",
        "? there are no rows to look at",
    ),
    (
        "implementation: {rule: between, column: hour, maximum: 6, filter: hour is null}",
        "? in no row are all its values there",
    ),
];

#[test]
fn each_kind_of_rule_passes_fails_and_knows_missing_values() {
    let rules: Vec<&str> = CASES.iter().map(|(rule, _)| *rule).collect();
    for batch_rows in [1, 2, 64] {
        let world = world(&table(), batch_rows, &rules);
        let report = checked(&world, true, None).unwrap();
        assert_eq!(report.results.len(), CASES.len());
        for ((rule, expected), result) in CASES.iter().zip(&report.results) {
            assert_eq!(told(result), *expected, "{rule}");
        }
    }
}

#[test]
fn documents_satisfy_a_schema_or_it_is_told_which_do_not() {
    let documents = [
        Some(r#"{"id": 1, "tags": []}"#),
        None,
        Some(r#"{"id": "1"}"#),
        Some("red"),
        Some(r#"{"tags": ["a"]}"#),
        Some(r#"{"id": 2}"#),
    ];
    let schema = "{type: object, required: [id], properties: {id: {type: integer}}}";
    let rule =
        format!("implementation: {{rule: matches_json_schema, column: doc, schema: {schema}}}");
    let rules: Vec<String> = vec![
        rule.clone(),
        format!("{rule}, mustBeLessOrEqualTo: 60, unit: percent"),
        "implementation: {rule: matches_json_schema, column: doc, schema: true, filter: row > 3}".to_owned(),
        r#"implementation: {rule: matches_json_schema, column: doc, schema: '{"type": "object"}', filter: row != 4}"#.to_owned(),
        r#"implementation: "row = 4 or matches_json_schema(doc, '{\"required\": [\"id\"]}')""#.to_owned(),
        "implementation: {rule: matches_json_schema, column: doc, schema: {}, filter: doc is null}".to_owned(),
    ];
    let table =
        MemoryTable::named("flights").texts("doc", documents).integers("row", (1..7).map(Some));
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let report = checked(&world(&table, 2, &rules), true, None).unwrap();
    let found: Vec<String> = report.results.iter().map(told).collect();
    assert_eq!(
        found,
        [
            "- 3 of 6, 1 unknown",
            "+ 3 of 6, 1 unknown",
            "- 1 of 3, 0 unknown",
            "+ 0 of 5, 1 unknown",
            "- 1 of 6, 1 unknown",
            "? in no row are all its values there",
        ]
    );
    let rows: Vec<Option<u64>> = report.results[0].evidence.iter().map(|it| it.row).collect();
    assert_eq!(rows, [Some(2), Some(3), Some(4)]);
}
