use std::path::Path;

use proptest::prelude::*;

use crate::contract::{Contract, read};
use crate::exchange::{Tool, import};
use crate::problem::Problem;
use crate::rule::{self, LimitUnit, Operator, Rule, Test};
use crate::verdict::Severity;
use crate::yaml::Place;

fn contract(text: &str) -> Contract {
    let reading = read(text);
    reading.contract.unwrap_or_else(|| panic!("{:?}", reading.problems))
}

fn rules(items: &str) -> Vec<Rule> {
    contract(&format!("rules:\n{items}")).objects.remove(0).rules
}

/// `level line:column what (hint)` of each problem.
fn problems(text: &str) -> Vec<String> {
    let tell = |problem: Problem| {
        let hint = problem.hint.map_or_else(String::new, |hint| format!(" ({hint})"));
        let (level, place) = (problem.level.name(), problem.place);
        format!("{level} {}:{} {}{hint}", place.line, place.column, problem.what)
    };
    read(text).problems.into_iter().map(tell).collect()
}

fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../examples").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn an_item_is_an_expression_or_a_rule_with_what_it_is_about() {
    let rules = rules(
        "  - month between 1 and 12
  - not_null: [year, month]
  - unique: [year, month]
  - unique:
  - {not_null: tail, less_than: 3 %, severity: warning, name: gaps, filter: year > 2000, segment: carrier}
  - {mean: air_time, between: [100, 200.5]}
  - row_count:
    at_least: 10
    at_most: 20
  - {tie_out: sum, column: distance, to: legs.csv, at_most: 150 %}
  - {same_rows: id, to: old.csv, columns: [a, b]}
  - {same_rows: , to: old.csv, columns: [a, b]}
  - {sql: 'SELECT count(*) FROM {object}', is_not: 3}
  - {columns: [a, b], exact: true}
  - {expression: a > b, dimension: accuracy}
",
    );
    let told: Vec<(&str, &str, u32)> =
        rules.iter().map(|it| (it.id.as_str(), it.phrase.as_str(), it.place.line)).collect();
    assert_eq!(
        told,
        [
            ("month.expression", "month between 1 and 12", 2),
            ("year.not_null", "year has a value", 3),
            ("month.not_null", "month has a value", 3),
            ("year+month.unique", "year, month together are different in every row", 4),
            ("unique", "every row is different", 5),
            ("gaps", "tail has a value", 6),
            ("air_time.mean", "the mean of air_time", 7),
            ("row_count", "the number of rows", 8),
            (
                "distance.tie_out",
                "the sum of distance ties out with the sum of distance in legs.csv",
                11
            ),
            ("id.same_rows", "the rows are those of old.csv by id", 12),
            ("a+b.same_rows", "the rows are those of old.csv in a, b", 13),
            ("sql", "the answer to SELECT count(*) FROM \"data\"", 14),
            ("columns", "the table has only the 2 named columns", 15),
            ("a+b.expression", "a > b", 16),
        ]
    );
    let gaps = &rules[5];
    assert_eq!((gaps.severity, gaps.segment.as_deref()), (Severity::Warning, Some("carrier")));
    assert_eq!(gaps.filter.as_ref().unwrap().to_string(), "(year > 2000)");
    assert_eq!(gaps.limit.operators, [Operator::Less(3.0)]);
    assert_eq!(gaps.limit.unit, LimitUnit::Percent);
    assert_eq!(rules[6].limit.operators, [Operator::Between(100.0, 200.5)]);
    assert_eq!(
        rules[7].limit.operators,
        [Operator::GreaterOrEqual(10.0), Operator::LessOrEqual(20.0)]
    );
    assert_eq!(rules[8].limit.unit, LimitUnit::Percent);
    assert_eq!(rules[11].limit.operators, [Operator::NotBe(3.0)]);
    assert!(matches!(&rules[9].test, Test::SameRows(_)));
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_a_suggestion() {
    let told = problems(
        "tabel: flights
rules:
  - not_nul: year
  - not_null year
  - {mean: air_time}
  - row_count: {between: [1, 2]}
  - {in_set: origin, valeus: [A]}
  - {column: year, not_null: x}
  - {not_null: tail, less_than: 3 %, at_least: 1}
  - {not_null: tail, columns: [a]}
  - in_set:
  - 5
  - {mean: air_time, between: [200, 100]}
  - {not_null: tail, less_than: few}
  - {between: month}
  - {not_null: a, less_than: 300 %}
",
    );
    assert_eq!(
        told,
        [
            "error 1:1 rules have no key tabel (did you mean table?)",
            "error 3:5 there is no rule not_nul (did you mean not_null?)",
            "error 4:5 expected the end, `and` or `or`, but found year, at character 10 of \"not_null year\" (write `- not_null: year`)",
            "error 5:5 nothing says what the mean of air_time must be (write `between: [LOW, HIGH]` or another bound)",
            "error 6:16 the arguments of row_count stand beside it (write `between` as far to the left as `row_count`)",
            "error 7:22 a rule has no key valeus (did you mean values?)",
            "error 8:6 there is no rule column (the name of the rule stands first: `- not_null: …`)",
            "error 9:22 one bound is in percent, and another is not (write `%` behind each of them, or behind none)",
            "error 10:22 the columns of not_null stand behind its name (write `- not_null: COLUMN`, or `[COLUMN, COLUMN]`)",
            "error 11:11 nothing says what in_set is about (write `- in_set: COLUMN`)",
            "error 12:5 a rule is an expression or has a name, and is not a number (write `- not_null: COLUMN`)",
            "error 13:31 nothing is between 200 and 100 (write the lower bound first)",
            "error 14:33 less_than must be a number, and not text",
            "error 15:6 there is no bound (write `minimum: 0`, `maximum: 9` or both)",
            "error 16:19 a share is between 0 and 100 percent",
        ]
    );
    assert_eq!(
        problems("rules: 3\n"),
        ["error 1:8 rules are a list, and not a number (write each behind `- `)"]
    );
    let of_tables = problems("rules: [a > 1]\ntables: [a.csv]\n");
    assert_eq!(
        of_tables[0],
        "error 2:9 tables are names with files, and not a list (write `tables: {planes: planes.csv}`)"
    );
    assert_eq!(
        problems("table: t\ntables: {t: t.csv}\nrules: []\n"),
        [
            "error 2:10 t is the checked table itself (give one of them another name)",
            "error 3:8 there are no rules (write each behind `- `)",
        ]
    );
    let neither = problems("rule: [a > 1]\n");
    assert!(neither.iter().any(|it| it.contains("or `rules:` for rules alone")), "{neither:?}");
}

#[test]
fn what_is_wrong_is_told_in_the_words_of_a_rule_file() {
    let bounds = ["is", "is_not", "more_than", "at_least", "less_than", "at_most"];
    for bound in bounds {
        let told = problems(&format!("rules:\n  - {{mean: x, {bound}: few}}\n"));
        let column = 15 + bound.len() + 2;
        assert_eq!(told, [format!("error 2:{column} {bound} must be a number, and not text")]);
    }
    for bound in ["between", "not_between"] {
        let told = problems(&format!("rules:\n  - {{mean: x, {bound}: 5}}\n"));
        assert!(told.len() == 1 && told[0].contains(&format!(" {bound} must be")), "{told:?}");
    }
    let told = problems(
        "rules:
  - not_null: []
  - {not_null: x, at_most: '%'}
  - {mean: x, less_than: 5 %}
  - {mutual_information: x, less_than: 5}
  - {between: x, row_count: }
",
    );
    assert_eq!(
        told,
        [
            "error 2:15 nothing says what not_null is about (write `- not_null: COLUMN`)",
            "error 3:28 at_most must be a number, and not text",
            "error 4:15 only failing rows have a share in percent (leave the `%` out)",
            "error 5:26 mutual_information is of two columns (write `[A, B]` behind the rule)",
            "error 6:18 a rule has no key row_count (a rule has one name: `- row_count: …` is another)",
        ]
    );
}

#[test]
fn every_rule_of_the_vocabulary_can_be_written() {
    for name in rule::names().chain(["sql"]) {
        let told = problems(&format!("rules:\n  - {{{name}: [a]}}\n"));
        let unknown = |it: &String| it.contains("there is no rule") || it.contains("has no key");
        assert!(!told.iter().any(unknown), "{name}: {told:?}");
    }
}

#[test]
fn the_example_holds_the_checks_of_the_contract() {
    // what is looked at, and what it must be
    let told = |text: &str| {
        let rules = contract(text).objects.remove(0).rules;
        let mut told: Vec<String> = rules
            .iter()
            .filter(|rule| rule.kind != "columns")
            .map(|it| format!("{:?} {:?} {:?} {:?}", it.columns, it.filter, it.limit, it.severity))
            .collect();
        told.sort();
        told
    };
    let short = told(&example("flights.rules.yaml"));
    assert_eq!(short.len(), 30);
    assert_eq!(short, told(&example("flights.odcs.yaml")));
}

#[test]
fn imported_it_is_a_contract_of_the_same_rules() {
    let text = example("flights.rules.yaml");
    let imported = import(&text, None, None, &|_| Ok(Vec::new())).unwrap();
    assert_eq!(imported.tool, Tool::Rules);
    assert!(imported.contract.starts_with("apiVersion: v3.1.0\n"), "{}", imported.contract);
    assert_eq!((imported.mapped.len(), imported.unmapped.len()), (30, 0));
    let without_places = |text: &str| {
        let mut objects = contract(text).objects;
        for object in &mut objects {
            object.place = Place::default();
            object.rules.iter_mut().for_each(|rule| rule.place = Place::default());
        }
        objects
    };
    assert_eq!(read(&imported.contract).problems, []);
    assert_eq!(without_places(&imported.contract), without_places(&text));
    let unnamed = import("rules: [a > 1]\n", None, Some("flights"), &|_| Ok(Vec::new())).unwrap();
    assert_eq!(contract(&unnamed.contract).objects[0].name, "flights");
    assert!(import(&text, None, Some("planes"), &|_| Ok(Vec::new())).is_err());
    assert!(import("rules: [a >]\n", None, None, &|_| Ok(Vec::new())).is_err());
}

proptest! {
    #[test]
    fn no_file_panics(items in "(  - [a-z_]{0,9}:? ?[a-z\\[\\]{}%0-9, ]{0,20}\n){0,5}", key in "[a-z_]{0,9}") {
        let _ = read(&format!("rules:\n{items}"));
        let _ = read(&format!("rules:\n  - {{not_null: a, {key}: 3 %}}\n"));
    }
}
