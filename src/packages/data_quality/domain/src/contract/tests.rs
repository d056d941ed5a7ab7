use proptest::prelude::*;

use super::*;
use crate::problem::{Problem, ProblemLevel};
use crate::rule::{Asks, Figure, Limit, LimitUnit, Operator, Rule, Test};
use crate::verdict::{Dimension, Severity};

const HEAD: &str =
    "apiVersion: v3.1.0\nkind: DataContract\nid: flights\nschema:\n  - name: flights\n";

fn contract(rest: &str) -> Contract {
    let reading = read(&format!("{HEAD}{rest}"));
    reading.contract.unwrap_or_else(|| panic!("{:?}", reading.problems))
}

fn rules(rest: &str) -> Vec<Rule> {
    contract(rest).objects.remove(0).rules
}

/// `level line:column what (hint)` of each problem.
fn problems(rest: &str) -> Vec<String> {
    let tell = |problem: Problem| {
        let hint = problem.hint.map_or_else(String::new, |hint| format!(" ({hint})"));
        let Place { line, column } = problem.place;
        format!("{} {line}:{column} {}{hint}", problem.level.name(), problem.what)
    };
    read(&format!("{HEAD}{rest}")).problems.into_iter().map(tell).collect()
}

#[test]
fn a_property_says_its_rules_in_flags_and_options() {
    let rules = rules(
        "    properties:
      - name: month
        physicalName: month_number
        logicalType: integer
        required: true
        logicalTypeOptions: {minimum: 1, maximum: 12}
      - name: carrier
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 2
        unique: true
        logicalTypeOptions: {minLength: 2, maxLength: 2, pattern: '^[A-Z0-9]+$'}
      - name: flight
        primaryKey: true
        primaryKeyPosition: 1
",
    );
    let told: Vec<(&str, &str)> =
        rules.iter().map(|rule| (rule.id.as_str(), rule.phrase.as_str())).collect();
    assert_eq!(
        told,
        [
            ("columns", "the table has the 3 named columns"),
            ("flight+carrier.primary_key", "flight, carrier together are different in every row"),
            ("month_number.not_null", "month_number has a value"),
            ("month_number.logical_type", "month_number is of the type integer"),
            ("month_number.between", "month_number is between 1 and 12"),
            ("carrier.not_null", "carrier has a value"),
            ("carrier.unique", "carrier is different in every row"),
            ("carrier.logical_type", "carrier is of the type string"),
            ("carrier.length_between", "carrier has 2 characters"),
            ("carrier.matches", "carrier matches ^[A-Z0-9]+$"),
            ("flight.not_null", "flight has a value"),
        ]
    );
    assert!(rules.iter().all(|rule| rule.severity == Severity::Error && rule.limit.is_none()));
    assert_eq!(rules[2].place, Place { line: 10, column: 9 });
}

#[test]
fn library_metrics_have_operators_units_and_arguments() {
    let rules = rules(
        "    properties:
      - name: tail
        quality:
          - {metric: nullValues, mustBeLessThan: 1, unit: percent, severity: warning, dimension: cp}
          - {id: gaps, metric: missingValues, arguments: {missingValues: [N/A, '', 0]}, mustBe: 0}
          - {metric: invalidValues, arguments: {validValues: [A, B], pattern: '^.$'}, mustBeBetween: [0, 5]}
          - {rule: duplicateCount, mustBeLessOrEqualTo: 3}
          - {type: text, description: nice}
          - {type: sql, query: SELECT 1, mustBe: 1}
          - {type: custom, engine: soda, implementation: 'checks:'}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 10}
      - {metric: duplicateValues, arguments: {properties: [tail]}, mustBe: 0}
",
    );
    let nulls = &rules[1];
    assert_eq!(
        nulls.limit,
        Limit { operators: vec![Operator::Less(1.0)], unit: LimitUnit::Percent }
    );
    assert_eq!((nulls.severity, nulls.dimension), (Severity::Warning, Dimension::Completeness));
    assert!(nulls.limit.holds_for(9, 1_000) && !nulls.limit.holds_for(10, 1_000));
    assert_eq!(rules[2].id, "gaps");
    assert!(
        matches!(&rules[2].test, Test::Missing(column, values) if column == "tail" && values.len() == 3)
    );
    assert_eq!(rules[3].phrase, "tail is one of A, B and matches ^.$");
    assert_eq!(rules[4].test, Test::Unique);
    let Test::Query(query) = &rules[5].test else { panic!("{:?}", rules[5]) };
    assert_eq!((query.text.as_str(), query.asks), ("SELECT 1", Asks::Number));
    assert_eq!(rules[6].test, Test::Unchecked("rules of soda are not run here".to_owned()));
    assert_eq!(rules[7].test, Test::RowCount);
    assert_eq!(rules[8].columns, ["tail"]);
    assert_eq!(rules.len(), 9, "text is no rule");
}

#[test]
fn queries_know_where_they_stand() {
    let rules = rules(
        "    properties:
      - name: tail
        physicalName: tailnum
        quality:
          - {type: sql, query: 'SELECT max({property}) > 3 FROM {object}'}
    quality:
      - {type: sql, query: 'SELECT count(*) FROM ${table}', mustBeGreaterThan: 3, severity: warning}
      - type: custom
        engine: pynomaly
        implementation: {rule: failing_rows, query: SELECT row_number FROM flights}
        mustBeLessThan: 2
        unit: percent
",
    );
    let query = |rule: &Rule| match &rule.test {
        Test::Query(query) => (query.text.clone(), query.asks),
        other => panic!("{other:?}"),
    };
    let text = "SELECT max(\"tailnum\") > 3 FROM \"flights\"".to_owned();
    assert_eq!(query(&rules[1]), (text, Asks::Truth));
    assert_eq!(
        (rules[1].id.as_str(), rules[1].columns.as_slice()),
        ("tail.sql", &["tailnum".to_owned()][..])
    );
    assert_eq!(query(&rules[2]), ("SELECT count(*) FROM \"flights\"".to_owned(), Asks::Number));
    assert_eq!(query(&rules[3]).1, Asks::FailingRows);
    assert!(rules[3].names_rows() && !rules[2].names_rows());
}

#[test]
fn our_engine_has_the_whole_vocabulary() {
    let rules = rules(
        "    properties:
      - name: delay
        physicalName: dep_delay
        quality:
          - {type: custom, engine: pynomaly, implementation: {rule: quantile, share: 0.95}, mustBeLessThan: 120}
          - {type: custom, engine: pynomaly, implementation: {rule: between, minimum: -60, filter: origin = 'EWR'}}
          - {type: custom, engine: pynomaly, implementation: 'dep_delay < 100 or carrier is null'}
    quality:
      - {type: custom, engine: pynomaly, implementation: {rule: unique, columns: [delay, flight]}}
      - {type: custom, engine: pynomaly, implementation: {rule: reference, column: dest, to: airports.csv, to_columns: faa}}
    relationships:
      - {from: [flights.delay], to: [airports.faa]}
",
    );
    assert_eq!(rules[1].test, Test::Figure(Figure::Quantile(0.95)));
    assert_eq!(rules[1].columns, ["dep_delay"]);
    assert_eq!(rules[2].filter.as_ref().unwrap().to_string(), "(origin = 'EWR')");
    assert_eq!(rules[3].columns, ["dep_delay", "carrier"]);
    assert_eq!(rules[4].columns, ["dep_delay", "flight"], "properties go by their own names");
    let Test::Reference(airports) = &rules[5].test else { panic!("{:?}", rules[5]) };
    assert_eq!(
        (airports.table.as_str(), airports.columns.as_slice()),
        ("airports.csv", &["faa".to_owned()][..])
    );
    assert!(matches!(&rules[6].test, Test::Reference(to) if to.table == "airports"));
}

#[test]
fn every_kind_of_rule_can_be_written() {
    let arguments = |name: &str| match name {
        "in_set" | "not_in_set" | "contains_set" | "most_common_value" => "values: [1]",
        "between" | "length_between" | "z_score" | "robust_z_score" | "interquartile_score" => {
            "minimum: 1"
        }
        "moving_z_score" => "order: b, window: 3, maximum: 2",
        "quartile_score" => "minimum: -1",
        "correlation" | "mutual_information" | "ranges_apart" => "columns: [a, b]",
        "matches" | "not_matches" => "pattern: a",
        "has_format" => "format: email",
        "has_time_format" => "format: '%d.%m.%Y'",
        "matches_json_schema" => "schema: {type: object, required: [a]}",
        "multiple_of" => "of: 5",
        "expression" => "expression: a = 1",
        "reference" => "to: b.csv",
        "quantile" => "share: 0.5",
        "distribution" => "distance: total_variation, to: b.csv",
        "tie_out" => "figure: sum, to: b.csv",
        "same_rows" => "key: k, to: b.csv",
        "same_answers" => "query: SELECT 1, to_query: SELECT 2",
        "columns" | "forbidden_columns" => "names: [a]",
        "failing_rows" => "query: SELECT row_number FROM t",
        "logical_type" => "type: integer",
        _ => "column: a",
    };
    for name in crate::rule::names() {
        let rest = format!(
            "    properties:\n      - name: a\n        quality:\n          - {{type: custom, engine: pynomaly, implementation: {{rule: {name}, {}}}, mustBe: 0}}\n",
            arguments(name)
        );
        let rules = rules(&rest);
        assert_eq!(rules.len(), 2, "{name}");
        assert!(!rules[1].phrase.is_empty(), "{name}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_a_suggestion() {
    let rest = "    properties:
      - name: a
        logicalType: strng
        requird: true
        logicalTypeOptions: {minimum: 5, maximum: 1, pattern: '(', minLength: x}
        quality:
          - {metric: nullValue, mustBe: 0}
          - {metric: nullValues, mustBeLesThan: 5}
          - {metric: nullValues, mustBeBetween: [5, 1]}
          - {metric: nullValues, mustBeLessThan: 500, unit: percent}
          - {metric: rowCount}
          - {type: custom, engine: pynomaly, implementation: {rule: betwen}}
          - {type: custom, engine: pynomaly, implementation: 'a >'}
          - {type: magic}
          - {type: custom, engine: pynomaly, implementation: {rule: distribution, distance: total_variation, edges: ['2024-01-01', soon], shares: [1]}}
          - {type: custom, engine: pynomaly, implementation: {rule: matches_json_schema}}
          - {type: custom, engine: pynomaly, implementation: {rule: matches_json_schema, schema: {$ref: 'file:///etc/passwd'}}}
          - {type: custom, engine: pynomaly, implementation: {rule: matches_json_schema, schema: {properties: {a: {type: strng}}}}}
          - {type: custom, engine: pynomaly, implementation: {rule: matches_json_schema, schema: '{\"pattern\": \"(?=a)\"}'}}
";
    assert_eq!(
        problems(rest),
        [
            "error 8:9 there is no logical type strng (did you mean string?)",
            "warning 9:9 a property has no key requird; it is kept, and means nothing (did you mean required?)",
            "error 10:30 nothing is between 5 and 1 (exchange minimum and maximum)",
            "error 10:63 \"(\" is no pattern: unclosed group (patterns have no back references and no look-around)",
            "error 10:79 minLength must be a number, and not text",
            "error 12:14 there is no metric nullValue (did you mean nullValues?)",
            "warning 13:34 a quality entry has no key mustBeLesThan; it is kept, and means nothing (did you mean mustBeLessThan?)",
            "error 14:49 nothing is between 5 and 1 (write the lower bound first)",
            "error 15:55 a share is between 0 and 100 percent",
            "error 16:13 nothing says what the number of rows must be (write `mustBeBetween: [LOW, HIGH]` or another bound)",
            "error 17:63 there is no rule betwen (did you mean between?)",
            "error 18:62 expected a column or a value, but found it ends, at character 4 of \"a >\"",
            "error 19:14 there is no type magic",
            "error 20:132 edges are all dates or points in time, or all numbers (write `edges: ['2024-01-01', '2024-02-01']`)",
            "error 21:62 there is no schema (write `schema: {type: object}`)",
            "error 22:98 this is no schema: its reference file:///etc/passwd is none to a part of it, such as `#/$defs/name`",
            "error 23:98 this is no schema: \"strng\" is not valid under any of the schemas listed in the 'anyOf' keyword, at /properties/a/type",
            "error 24:98 this is no schema: \"(?=a)\" is not a \"regex\", at /pattern",
        ]
    );
}

#[test]
fn wrong_shapes_are_told_and_nothing_panics() {
    for text in [
        "[]",
        "x",
        "schema: 5",
        "schema: [1, {properties: x}, {name: [], properties: [a, {name: {}}]}]",
        "apiVersion: v9\nkind: Other\nid: []\nschema: {a: b}",
        "schema: [{name: a, quality: [{type: custom, engine: pynomaly, implementation: []}]}]",
        "schema: [{name: a, relationships: [{to: []}, {from: a, to: b}, 5]}]",
    ] {
        let reading = read(text);
        assert!(reading.contract.is_none(), "{text}");
        assert!(reading.problems.iter().any(|problem| problem.level == ProblemLevel::Error));
    }
}

#[test]
fn unknown_parts_are_kept_in_the_document() {
    let contract =
        contract("x-ours: {a: 1}\nslaProperties: [{property: latency, value: 4, unit: d}]\n");
    assert!(contract.document.get("x-ours").is_some());
    assert_eq!(contract.service_levels[0].property, "latency");
    assert_eq!(contract.service_levels[0].value.as_deref(), Some("4"));
}

#[test]
fn freshness_and_retention_are_rules_of_the_column_that_they_name() {
    let rest = "    properties: [{name: at, physicalName: updated_at}]
slaProperties:
  - {property: freshness, value: 12, unit: h, element: flights.at}
  - {property: retention, value: 3, unit: y, element: tab1.at}
  - {property: latency, value: 4, unit: d, element: flights.at}
  - {property: latency, value: 4, unit: d, element: 'flights.made, flights.at'}
";
    let rules = rules(rest);
    let told: Vec<String> = rules
        .iter()
        .skip(1)
        .map(|rule| format!("{}: {} {}", rule.id, rule.phrase, rule.limit))
        .collect();
    assert_eq!(
        told,
        [
            "updated_at.freshness: the age in hours of the newest updated_at must be at most 12",
            "updated_at.retention: the age in years of the oldest updated_at must be at most 3",
            "updated_at+made.latency: updated_at is at most 4 days after made must be 0",
        ]
    );
    assert_eq!(problems(rest), [""; 0]);
}

#[test]
fn a_service_level_that_says_too_little_is_told_and_never_passes() {
    let rest = "slaProperties:\n  - {property: freshness, value: 12, unit: h}\n";
    assert!(matches!(rules(rest).last().map(|rule| &rule.test), Some(Test::Unchecked(_))));
    assert_eq!(
        problems(rest),
        ["warning 7:5 freshness is promised of no column, and cannot be evaluated \
             (write `element: TABLE.COLUMN`)"]
    );
    let rest = "  - name: planes\nslaProperties:\n  - {property: retention, value: 1, unit: lightyear, element: a.b}\n  - {property: freshness, value: soon, element: a.b}\n  - {property: freshness, value: 1, element: a.b}\n";
    assert_eq!(
        problems(rest),
        [
            "error 8:37 this is no unit of time (write m, h, d or y)",
            "error 9:34 value must be a number, and not text",
            "warning 10:37 the contract has no table a",
        ]
    );
    let rest =
        "slaProperties:\n  - {property: latency, value: 4, element: 'flights.made, planes.at'}\n";
    assert_eq!(
        problems(rest),
        [
            "error 7:35 both columns are of one table (write `element: TABLE.CREATED, TABLE.ARRIVED`)"
        ]
    );
}

#[test]
fn rules_with_the_same_name_are_told_apart() {
    let rest = "    properties:\n      - name: a\n        quality:\n          - {metric: nullValues, mustBe: 0}\n          - {metric: nullValues, mustBe: 1}\n";
    let ids: Vec<String> = rules(rest).into_iter().map(|rule| rule.id).collect();
    assert_eq!(ids, ["columns", "a.not_null", "a.not_null #2"]);
}

proptest! {
    /// No text makes the reader panic, and what is refused says why.
    #[test]
    fn any_text_is_read_or_refused(
        text in "(apiVersion: v3\\.1\\.0\n)?(id: a\n)?schema:\n( {1,6}(- )?(name|properties|quality|metric|mustBe|type): ?[a-z0-9\\[\\]{},]{0,8}\n){0,12}"
    ) {
        let reading = read(&text);
        prop_assert!(reading.contract.is_some() || !reading.problems.is_empty());
    }
}

#[test]
fn what_is_wrong_with_a_reference_distribution_is_told() {
    let rule = |arguments: &str| {
        format!(
            "          - {{type: custom, engine: pynomaly, implementation: {{rule: distribution, {arguments}}}, mustBeLessThan: 1}}\n"
        )
    };
    let wrong = [
        "distance: total_variaton, to: b.csv",
        "distance: total_variation",
        "distance: total_variation, to: b.csv, edges: [1, 2], shares: [1]",
        "distance: kolmogorov_smirnov, values: [a, b], shares: [0.5, 0.5]",
        "distance: total_variation, values: [a, b, a], shares: [0.5, 0.25, 0.25]",
        "distance: total_variation, values: [a, 1], shares: [0.5, 0.5]",
        "distance: total_variation, values: [a, b], shares: [0.5, 0.4]",
        "distance: total_variation, values: [a, b], shares: [1]",
        "distance: total_variation, edges: [2, 1], shares: [1]",
        "distance: total_variation, edges: [1, 2], shares: [0.5, 0.5]",
        "distance: total_variation, edges: [1, x], shares: [1]",
        "distance: total_variation, to: b.csv, bins: 1",
        "distance: total_variation, to: b.csv, to_columns: [a, b]",
    ];
    let rules: String = wrong.into_iter().map(rule).collect();
    let head = "    properties:\n      - name: a\n        quality:\n";
    let told = problems(&format!("{head}{rules}"));
    let expected = [
        "there is no distance total_variaton (did you mean total_variation?)",
        "a distribution is compared with one reference (give `values` or `edges` with their `shares`, or `to: TABLE`)",
        "a distribution is compared with one reference (give `values` or `edges` with their `shares`, or `to: TABLE`)",
        "this distance is of numbers in order, not of values (give `edges`, or take total_variation)",
        "the value 'a' is there twice",
        "the values are not of one kind",
        "the shares add up to 0.9, and not to 1 (shares are from 0 to 1; what is left is a value or bin too)",
        "1 shares for 2 (give each its share, up to 10000)",
        "edges are two and more, ascending (write `edges: [0, 10, 100]`)",
        "2 shares for 1 (or 3) (give each its share, up to 10000)",
        "edges is a list of numbers (write `edges: [0.2, 0.8]`)",
        "1 bins, where 2 to 1000 make sense",
        "a column is compared with one column",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (told, expected) in told.iter().zip(expected) {
        assert!(told.ends_with(expected), "{told}, and not {expected}");
    }
}

#[test]
fn formats_of_dates_are_read_and_wrong_ones_told_with_their_place() {
    let rest = "    properties:
      - name: day
        logicalType: date
        logicalTypeOptions: {format: dd.MM.yyyy}
      - {name: month, logicalType: date, logicalTypeOptions: {format: mmm}}
      - {name: year, logicalType: string, logicalTypeOptions: {format: '%Y'}}
      - name: hour
        quality:
          - {type: custom, engine: pynomaly, implementation: {rule: has_time_format, format: '%H:%Q'}}
";
    let told = problems(rest);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told[0].starts_with("warning 10:71 mmm is not known here"), "{}", told[0]);
    assert!(told[1].starts_with("error 14:94 %Q is not known here"), "{}", told[1]);
    let right = rest.replace("mmm", "MMM").replace("%Q", "%M");
    let kinds: Vec<&str> = rules(&right).iter().map(|rule| rule.kind).collect();
    assert_eq!(
        kinds,
        [
            "columns",
            "logical_type",
            "date_format",
            "logical_type",
            "date_format",
            "logical_type",
            "has_time_format",
            "has_time_format"
        ]
    );
}
