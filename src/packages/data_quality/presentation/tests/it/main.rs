//! What a user sees of a quality report.

use data_quality_domain::yaml::Place;
use data_quality_domain::{
    CheckResult, ContractFacts, ContractRule, Dimension, Evidence, Gate, IngestFacts, Pass,
    QualityReport, Severity, TableFacts, Threshold, Unit, Verdict,
};
use data_quality_presentation::cli::{FailOn, junit, markdown, outcome, sarif, summary};
use data_quality_presentation::web;
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::{Cell, ContentDigest};
use shared_kernel_presentation::cli::{Outcome, Palette};

fn passed(check: &str, column: &str, dimension: Dimension, evaluated: u64) -> CheckResult {
    CheckResult {
        check: check.to_owned(),
        columns: vec![column.to_owned()],
        dimension,
        severity: Severity::Warning,
        verdict: Verdict::Passed,
        unit: Unit::Values,
        evaluated: Some(Measured::exact(evaluated)),
        failed: Some(Measured::exact(0)),
        threshold: Some(Threshold { warning: 0.0, error: Some(0.01) }),
        evidence: Vec::new(),
        sentence: format!("{column} is fine"),
        contract: None,
    }
}

fn failed(result: CheckResult, severity: Severity, count: u64, sentence: &str) -> CheckResult {
    CheckResult {
        severity,
        verdict: Verdict::Failed,
        failed: Some(Measured::exact(count)),
        sentence: sentence.to_owned(),
        ..result
    }
}

fn not_evaluated(result: CheckResult, reason: &str) -> CheckResult {
    CheckResult {
        columns: Vec::new(),
        verdict: Verdict::NotEvaluated { reason: reason.to_owned() },
        evaluated: None,
        failed: None,
        sentence: format!("not evaluated: {reason}"),
        ..result
    }
}

fn missing() -> CheckResult {
    let result = passed("null_share", "arr_delay", Dimension::Completeness, 4_144);
    let sentence = "arr_delay is missing in 427 rows of 4,144 (10.3 %)";
    CheckResult {
        evidence: [448, 454].map(|row| Evidence::at(row, Cell::Null)).to_vec(),
        ..failed(result, Severity::Warning, 427, sentence)
    }
}

fn mixed() -> CheckResult {
    let result = passed("mixed_types", "distance", Dimension::Consistency, 4_144);
    let sentence = "distance is mostly numbers, but 147 values of 4,144 (3.5 %) are not";
    CheckResult {
        evidence: vec![
            Evidence::at(8, Cell::Text("<b>\u{1b}[31mfar".to_owned())),
            Evidence::at(55, Cell::Text("approx. 1147".to_owned())).noting("a remark"),
        ],
        ..failed(result, Severity::Error, 147, sentence)
    }
}

fn report(results: Vec<CheckResult>) -> QualityReport {
    let table = TableFacts {
        name: "flights.csv".to_owned(),
        digest: ContentDigest::from_hex("00"),
        rows: 4_144,
        columns: 19,
    };
    let pass = Pass { purpose: "summaries of every column".to_owned(), columns: 19, rows: 4_144 };
    let day = jiff::civil::date(2026, 11, 23);
    let report =
        QualityReport::assemble(table, day, results, Vec::new(), vec![pass], &Gate::default());
    QualityReport { ingest: Some(IngestFacts::default()), ..report }
}

fn messy() -> QualityReport {
    report(vec![
        missing(),
        mixed(),
        passed("text_length", "carrier", Dimension::Conformity, 4_144),
        not_evaluated(
            passed("duplicate_rows", "", Dimension::Uniqueness, 1),
            "not enough memory to compare rows",
        ),
    ])
}

fn clean() -> QualityReport {
    report(vec![passed("null_share", "carrier", Dimension::Completeness, 4_144)])
}

#[test]
fn a_table_that_is_not_fit_fits_one_screen() {
    insta::assert_snapshot!(summary(&messy(), 100, Palette::new(false)));
}

#[test]
fn a_clean_table_is_told_in_a_few_lines() {
    insta::assert_snapshot!(summary(&clean(), 100, Palette::new(false)));
}

#[test]
fn markdown_holds_every_issue() {
    insta::assert_snapshot!(markdown(&messy()));
}

/// What nobody should call anything, in names and values.
const HOSTILE: &str = "a|b`c`` <i> \"&' @team #1 ](http://x) \u{1b}[2J\u{fffe}\r\n";

/// A report with a contract: a failed rule, a warning, one that could not be evaluated, one kept.
fn of_contract(name: &str) -> QualityReport {
    let rule = |rule: &str, result: CheckResult, line| CheckResult {
        contract: Some(ContractRule {
            rule: rule.to_owned(),
            contract: format!("contracts/{name}.yaml"),
            place: Place { line, column: 9 },
            requirement: format!("{name} has a value"),
            limit: "no row may break it".to_owned(),
            filter: None,
            figure: None,
            distribution: None,
            rows: Some(10),
            unknown: Some(0),
        }),
        columns: vec![name.to_owned()],
        threshold: None,
        sentence: format!("{name}: {}", result.sentence),
        ..result
    };
    let broken = CheckResult {
        evidence: vec![Evidence::at(3, Cell::Text(name.to_owned())).noting(name)],
        ..mixed()
    };
    let gap = not_evaluated(passed("sql", "", Dimension::Accuracy, 1), "the query gives no value");
    let results = vec![
        rule("kept", passed("not_null", name, Dimension::Completeness, 10), 4),
        rule("broken", broken, 7),
        rule("odd", missing(), 8),
        rule(name, gap, 9),
    ];
    let facts = ContractFacts {
        file: format!("contracts/{name}.yaml"),
        id: name.to_owned(),
        version: Some("1.0".to_owned()),
        object: name.to_owned(),
        rules: 4,
        warnings: Vec::new(),
    };
    let mut report = QualityReport { contracts: vec![facts], ..report(results) };
    report.table.name = format!("{name}.csv");
    report
}

#[test]
fn junit_fails_what_fails_skips_what_only_warns_and_never_passes_a_gap() {
    insta::assert_snapshot!(junit(&of_contract("flights"), FailOn::Error));
    let strict = junit(&of_contract("flights"), FailOn::Warning);
    assert!(strict.contains("tests=\"4\" failures=\"2\" errors=\"1\" skipped=\"0\""), "{strict}");
    let nothing = junit(&report(Vec::new()), FailOn::Error);
    assert!(nothing.contains("<error type=\"not evaluated\""), "{nothing}");
}

#[test]
fn sarif_tells_failures_and_gaps_at_their_lines() {
    let report = of_contract("flights");
    insta::assert_snapshot!(sarif(&report, outcome(&report, FailOn::Error)).expect("a log"));
    let log = sarif(&messy(), Outcome::Failed).expect("a log");
    assert!(log.contains("\"ruleId\": \"built-in/mixed_types\""), "{log}");
    assert!(log.contains("\"uri\": \"flights.csv\""), "{log}");
}

#[test]
fn screen_and_page_tell_what_became_of_a_contract() {
    let report = of_contract("flights");
    let line = "contract flights 1.0: 4 rules, 2 broken, 1 not evaluated";
    assert!(summary(&report, 100, Palette::new(false)).contains(line));
    assert!(web::section(&report).html.as_str().contains(line));
}

#[test]
fn markdown_of_a_contract_tells_failures_first() {
    insta::assert_snapshot!(markdown(&of_contract("flights")));
}

#[test]
fn hostile_names_and_values_stay_text_in_every_format() {
    let report = of_contract(HOSTILE);
    insta::assert_snapshot!(junit(&report, FailOn::Error));
    insta::assert_snapshot!(markdown(&report));
    let log = sarif(&report, Outcome::Failed).expect("a log");
    let mut messages = log.lines().filter(|line| line.trim_start().starts_with("\"text\":"));
    assert!(messages.all(|line| !line.contains("#1 ](")), "no link is made of data: {log}");
    assert!(log.contains("contracts/a%7Cb%60c%60%60%20%3Ci%3E"), "{log}");
}

#[test]
fn markdown_stays_within_a_comment() {
    let text = markdown(&report(vec![mixed(); 3_000]));
    assert!(text.chars().count() < 65_536, "{}", text.chars().count());
    assert!(text.contains(" more: `--format json` has all."), "{text}");
}

#[test]
fn hundreds_of_issues_still_fit_one_screen() {
    let text = summary(&report(vec![mixed(); 300]), 100, Palette::new(false));
    assert!(text.lines().count() < 60, "{text}");
    assert!(text.contains("290 more: --format json shows all"), "{text}");
}

#[test]
fn what_came_from_data_can_steer_neither_terminal_nor_page() {
    assert!(!summary(&messy(), 100, Palette::new(false)).contains('\u{1b}'));
    let page = web::section(&messy()).html;
    assert!(page.as_str().contains("&lt;b&gt;"), "{}", page.as_str());
    assert!(!page.as_str().contains("<b>\\u"), "{}", page.as_str());
    assert!(!page.as_str().contains('\u{1b}'));
}

#[test]
fn the_page_tells_verdict_issues_and_gaps() {
    let section = web::section(&messy());
    assert_eq!((section.id.as_str(), section.aside.as_str()), ("quality", "1 error"));
    for told in ["not fit for use", "distance is mostly numbers", "not enough memory"] {
        assert!(section.html.as_str().contains(told), "{told}");
    }
    assert_eq!(web::verdict(&clean()).word, "fit for use");
}

#[test]
fn failures_at_the_asked_level_fail_and_gaps_are_never_green() {
    let gap = || not_evaluated(passed("duplicate_rows", "", Dimension::Uniqueness, 1), "no memory");
    let fine = || passed("text_length", "carrier", Dimension::Conformity, 10);
    assert_eq!(outcome(&clean(), FailOn::Warning), Outcome::Done);
    assert_eq!(outcome(&messy(), FailOn::Error), Outcome::Failed);
    assert_eq!(outcome(&report(vec![missing(), fine()]), FailOn::Error), Outcome::Done);
    assert_eq!(outcome(&report(vec![missing(), fine()]), FailOn::Warning), Outcome::Failed);
    assert_eq!(outcome(&report(vec![fine(), gap()]), FailOn::Error), Outcome::NotEvaluated);
    assert_eq!(outcome(&report(vec![gap()]), FailOn::Error), Outcome::NotEvaluated);
    assert_eq!(outcome(&report(Vec::new()), FailOn::Error), Outcome::NotEvaluated);
    let poor = CheckResult { failed: Some(Measured::exact(4_000)), ..missing() };
    assert_eq!(outcome(&report(vec![poor]), FailOn::Error), Outcome::Failed);
}
