//! What CI servers read: JUnit XML, SARIF and Markdown, by whole commands.

use serde_json::Value;

use crate::pynomaly::{Finished, Pynomaly, repository};
use crate::xml::Element;

/// Names and values that nobody should take for mark-up.
const DATA: &str = "id,\"a<b>&\"\"|`@x](http://evil)\"\n1,fine\n2,\"]]>\u{1b}[2J\u{0}\"\n3,\n";

const CONTRACT: &str = "apiVersion: v3.1.0
kind: DataContract
id: '<odd> & \"quoted\"'
schema:
  - name: data
    properties:
      - {name: id, unique: true}
      - name: 'a<b>&\"|`@x](http://evil)'
        quality:
          - {id: set, metric: invalidValues, arguments: {validValues: [fine]}, mustBe: 0}
          - {id: gaps, metric: nullValues, mustBe: 0, severity: warning}
          - {id: sql, type: sql, query: select null, mustBe: 1}
";

fn check(pynomaly: &Pynomaly, format: &str, more: &[&str]) -> Finished {
    let arguments = ["check", "data.csv", "--contract", "c o/ntract.yaml", "--contract-only"];
    pynomaly.run(&[&arguments, &["--format", format][..], more].concat())
}

fn with_data() -> Pynomaly {
    let pynomaly = Pynomaly::new();
    pynomaly.file("data.csv", DATA);
    std::fs::create_dir(pynomaly.folder().join("c o")).unwrap();
    pynomaly.file("c o/ntract.yaml", CONTRACT);
    pynomaly
}

fn number(element: &Element, name: &str) -> usize {
    element.attributes[name].parse().unwrap()
}

/// The structure that JUnit readers agree on, with counts that add up.
fn assert_junit(root: &Element) {
    assert_eq!(root.name, "testsuites");
    for suite in &root.children {
        assert_eq!(suite.name, "testsuite");
        assert_eq!(suite.children[0].name, "properties");
        let cases = &suite.children[1..];
        for case in cases {
            assert_eq!(case.name, "testcase");
            assert!(
                case.attributes.contains_key("name") && case.attributes.contains_key("classname")
            );
            assert!(case.children.len() <= 1);
        }
        let with = |kind: &str| {
            cases.iter().filter(|case| case.children.iter().any(|it| it.name == kind)).count()
        };
        assert_eq!(number(suite, "tests"), cases.len());
        assert_eq!(number(suite, "failures"), with("failure"));
        assert_eq!(number(suite, "errors"), with("error"));
        assert_eq!(number(suite, "skipped"), with("skipped"));
    }
    for count in ["tests", "failures", "errors", "skipped"] {
        let sum: usize = root.children.iter().map(|suite| number(suite, count)).sum();
        assert_eq!(number(root, count), sum, "{count}");
    }
}

#[test]
fn junit_says_what_the_exit_code_says() {
    let pynomaly = with_data();
    let finished = check(&pynomaly, "junit", &[]);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    let root = Element::read(&finished.stdout);
    assert_junit(&root);
    let case = |name: &str| {
        let all = root.children.iter().flat_map(|suite| &suite.children);
        all.into_iter()
            .find(|case| case.attributes.get("name").is_some_and(|it| it == name))
            .unwrap()
    };
    assert_eq!(case("set").children[0].name, "failure");
    assert_eq!(case("set").attributes["file"], "c o/ntract.yaml");
    assert_eq!(case("set").attributes["line"], "10");
    assert_eq!(case("gaps").children[0].name, "skipped");
    assert_eq!(case("sql").children[0].name, "error");
    assert!(case("columns").children.is_empty());
    let strict = Element::read(&check(&pynomaly, "junit", &["--fail-on", "warning"]).stdout);
    assert_junit(&strict);
    assert_eq!(number(&strict, "skipped"), 0);
    // without a contract, and by the ending of the file
    let built_in = pynomaly.run(&["check", "data.csv", "--output", "checks.xml"]);
    let text = std::fs::read_to_string(pynomaly.folder().join("checks.xml")).unwrap();
    let root = Element::read(&text);
    assert_junit(&root);
    let red = number(&root, "failures") > 0;
    assert_eq!(
        (built_in.code == 1, built_in.code == 4),
        (red, !red && number(&root, "errors") > 0)
    );
}

#[test]
fn sarif_fits_the_schema_of_the_standard() {
    let pynomaly = with_data();
    let schema = repository().join("tests/system/golden/sarif-2.1.0.schema.json");
    // one pattern, of languages, is no regular expression
    let text = std::fs::read_to_string(schema).unwrap().replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let finished = check(&pynomaly, "sarif", &[]);
    assert_eq!(finished.code, 1, "{}", finished.stderr);
    let log = finished.document();
    let built_in = pynomaly.run(&["check", "data.csv", "--format", "sarif"]).document();
    for log in [&log, &built_in] {
        let errors: Vec<String> = validator
            .iter_errors(log)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["exitCode"], 1);
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let results = run["results"].as_array().unwrap();
    let told: Vec<(&str, &str, &str)> = results
        .iter()
        .map(|result| {
            let text = |key: &str| result[key].as_str().unwrap();
            (text("ruleId"), text("kind"), text("level"))
        })
        .collect();
    let expected = [("set", "fail", "error"), ("gaps", "fail", "warning"), ("sql", "open", "none")];
    assert_eq!(told, expected);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 5, "what passed is listed: {rules:?}");
    for result in results {
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "c%20o/ntract.yaml");
    assert_eq!(place["region"]["startLine"], 10);
    let row = &results[0]["relatedLocations"][0];
    assert_eq!(row["physicalLocation"]["artifactLocation"]["uri"], "data.csv");
    assert!(row["message"]["text"].as_str().unwrap().starts_with("row 1: "), "{row}");
}

#[test]
fn markdown_tells_failures_first_and_calls_nobody() {
    let pynomaly = with_data();
    let text = check(&pynomaly, "markdown", &[]).stdout;
    let at = |what: &str| text.find(what).unwrap_or_else(|| panic!("no {what} in {text}"));
    assert!(at("| **error** | `set` |") < at("| **warning** | `gaps` |"));
    assert!(at("| **warning** | `gaps` |") < at("| not evaluated | `sql` |"));
    assert!(at("| not evaluated | `sql` |") < at("<details><summary>2 passed</summary>"));
    for line in text.lines().filter(|line| line.starts_with("| **")) {
        let bars = line.matches('|').count() - line.matches("\\|").count();
        assert_eq!(bars, 5, "{line}");
        // outside of code spans, nobody is called and nothing is linked
        let plain: String = line.split('`').step_by(2).collect();
        assert!(!plain.contains("@x"), "{line}");
        assert!(!plain.contains("](http://"), "{line}");
    }
}

#[test]
fn openlineage_tells_each_assertion_and_never_passes_a_gap() {
    let pynomaly = with_data();
    let events = ["first", "second"].map(|namespace| {
        let finished = check(&pynomaly, "openlineage", &["--lineage-namespace", namespace]);
        assert_eq!(finished.code, 1, "{}", finished.stderr);
        finished.document()
    });
    let [first, second] = &events;
    let schema = repository().join("tests/system/golden/openlineage-run-event.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    for event in &events {
        let errors: Vec<String> = validator
            .iter_errors(event)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    // it is one that something can break
    let mut broken = first.clone();
    broken["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"][0]["success"] =
        "yes".into();
    assert!(!validator.is_valid(&broken));
    assert_ne!(first["run"]["runId"], second["run"]["runId"], "each run is one of its own");
    for (event, namespace) in [(first, "first"), (second, "second")] {
        assert_eq!(event["eventType"], "COMPLETE");
        assert_eq!(event["job"]["namespace"], namespace);
        assert_eq!(event["inputs"][0]["namespace"], namespace);
        assert_eq!(event["inputs"][0]["name"], "data.csv");
    }
    let facets = &first["inputs"][0]["inputFacets"];
    for facet in ["dataQualityMetrics", "dataQualityAssertions"] {
        let schema = facets[facet]["_schemaURL"].as_str().unwrap();
        assert!(schema.starts_with("https://openlineage.io/spec/facets/"), "{schema}");
        assert!(facets[facet]["_producer"].as_str().unwrap().starts_with("https://"), "{facet}");
    }
    let assertions = facets["dataQualityAssertions"]["assertions"].as_array().unwrap();
    let success = |name: &str| {
        let found = assertions.iter().find(|it| it["assertion"] == name);
        found.unwrap_or_else(|| panic!("no {name}: {assertions:#?}"))["success"].clone()
    };
    assert_eq!(success("set"), false);
    assert_eq!(success("gaps"), true, "a warning does not fail the check");
    assert_eq!(success("sql"), false, "it could not be evaluated");
    assert_eq!(success("columns"), true);
    let strict = check(&pynomaly, "openlineage", &["--fail-on", "warning"]).document();
    let strict = &strict["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"];
    let gaps = strict.as_array().unwrap().iter().find(|it| it["assertion"] == "gaps").unwrap();
    assert_eq!((&gaps["success"], &gaps["verdict"]), (&false.into(), &"failed".into()));
}
