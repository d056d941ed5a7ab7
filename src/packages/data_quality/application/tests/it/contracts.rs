//! Tables against data contracts: verdicts and counts, what takes a further pass, failing rows.

use data_quality_application::{ContractRequest, QuarantineRequest, check_data, keep_contract};
use data_quality_domain::{CheckResult, QualityReport, Severity, Verdict};
use proptest::prelude::*;
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{IngestEvidence, TableFormat};
use shared_kernel_domain::sql::SqlAnswer;
use shared_kernel_domain::table::Cell;
use shared_kernel_domain::{ErrorKind, Result};
use testkit::MemoryTable;

use crate::vocabulary::table;
use crate::world::World;

pub(crate) const HEAD: &str =
    "apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema:\n  - name: t\n    quality:\n";

pub(crate) fn evidence() -> IngestEvidence {
    IngestEvidence::of_self_describing(TableFormat::Csv)
}

/// A world with the file `flights.csv` and a contract of these rules, one a line.
pub(crate) fn world(table: &MemoryTable, batch_rows: usize, rules: &[&str]) -> World {
    let world = World::with_batches(table, batch_rows, evidence());
    let rule = |rule: &&str| format!("      - {{type: custom, engine: pynomaly, {rule}}}\n");
    let text: String = rules.iter().map(rule).collect();
    world.files.put("c.yaml", &format!("{HEAD}{text}"));
    world
}

pub(crate) fn checked(
    world: &World,
    contract_only: bool,
    failed_rows: Option<&str>,
) -> Result<QualityReport> {
    let request = DataRequest { data: "flights.csv".to_owned(), ..DataRequest::default() };
    let wanted = ContractRequest {
        files: vec!["c.yaml".to_owned()],
        table: None,
        no_contract: false,
        contract_only,
        failed_rows: failed_rows.map(str::to_owned),
        quarantine: None,
    };
    let ready = Cancellation::default();
    check_data(&world.container, &request, &wanted, &|_, _| (), &ready)
}

/// `+`, `-` or `?`, then what breaks, was looked at, and is unknown.
pub(crate) fn told(result: &CheckResult) -> String {
    let verdict = match &result.verdict {
        Verdict::Passed => "+",
        Verdict::Failed => "-",
        Verdict::NotEvaluated { reason } => return format!("? {reason}"),
    };
    let contract = result.contract.as_ref().unwrap();
    if let Some(figure) = contract.figure {
        return format!("{verdict} {}", (figure.value * 1e9).round() / 1e9);
    }
    let count = |count: Option<u64>| count.map_or("-".to_owned(), |count| count.to_string());
    let failed = count(result.failed.map(|failed| failed.value));
    let (rows, unknown) = (count(contract.rows), count(contract.unknown));
    format!("{verdict} {failed} of {rows}, {unknown} unknown")
}

#[test]
fn an_empty_table_keeps_nothing() {
    let empty = MemoryTable::named("flights").integers("id", []).texts("kind", []);
    let rules = [
        "implementation: {rule: not_null, column: id}",
        "implementation: {rule: unique, column: id}",
        "implementation: {rule: mean, column: id}, mustBe: 0",
        "implementation: {rule: row_count}, mustBeGreaterThan: 0",
    ];
    let report = checked(&world(&empty, 4, &rules), true, None).unwrap();
    let told: Vec<String> = report.results.iter().map(told).collect();
    assert_eq!(
        told,
        [
            "? there are no rows to look at",
            "? there are no rows to look at",
            "? there are no values to look at",
            "- 0"
        ]
    );
}

#[test]
fn values_must_stand_in_another_table() {
    let rules = [
        "implementation: {rule: reference, column: kind, to: kinds.csv, to_columns: name}",
        "implementation: {rule: reference, column: hour, to: kinds.csv, to_columns: name}",
        "implementation: {rule: reference, column: kind, to: kinds.csv, to_columns: gone}",
        "implementation: {rule: reference, column: kind, to: nowhere}",
        "implementation: {rule: reference, columns: [id, kind], to: kinds.csv, to_columns: [number, name]}",
    ];
    let world = world(&table(), 2, &rules);
    let kinds = MemoryTable::named("kinds")
        .texts("name", [Some("red"), Some("green"), Some("green"), None])
        .floats("number", [Some(1.0), Some(2.0), Some(3.0), None]);
    let kinds = world.scanner.add(&kinds);
    world.fakes.ingest.put("kinds.csv", kinds, evidence());
    let report = checked(&world, true, Some("failed.csv")).unwrap();
    let told: Vec<String> = report.results.iter().map(told).collect();
    assert_eq!(told[0], "- 2 of 5, 1 unknown");
    assert_eq!(told[1], "? the columns are integer here, but text there");
    assert_eq!(told[2], "? kinds.csv has no column gone");
    assert!(told[3].starts_with("? no file and no dataset is called \"nowhere\""), "{}", told[3]);
    assert_eq!(told[4], "- 2 of 5, 2 unknown");
    let rows = world.failing.of("failed.csv").unwrap();
    let found: Vec<(u64, &str)> =
        rows.iter().map(|row| (row.row.unwrap(), row.value.as_deref().unwrap())).collect();
    assert_eq!(found, [(1, "blue"), (1, "2, blue"), (2, ""), (2, "2, ")]);
}

#[test]
fn examples_show_rows_with_their_values_and_the_place_in_the_contract() {
    let rules = ["id: hours, implementation: {rule: between, column: hour, maximum: 6}"];
    let report = checked(&world(&table(), 2, &rules), true, None).unwrap();
    let result = &report.results[0];
    let examples: Vec<(Option<u64>, &Cell)> =
        result.evidence.iter().map(|example| (example.row, &example.value)).collect();
    assert_eq!(
        examples,
        [(Some(1), &Cell::Integer(24)), (Some(3), &Cell::Integer(7)), (Some(4), &Cell::Integer(7))]
    );
    let contract = result.contract.as_ref().unwrap();
    assert_eq!((contract.rule.as_str(), contract.place.line), ("hours", 7));
    assert_eq!(result.sentence, "3 rows break the rule, of 5 (60.0 %): hour is at most 6");
}

#[test]
fn built_in_checks_inform_and_the_contract_decides() {
    let world = world(&table(), 2, &["implementation: {rule: not_null, column: open}"]);
    let report = checked(&world, false, None).unwrap();
    assert_eq!(report.checks.errors, 1);
    assert_eq!(report.checks.warnings, 0);
    assert_eq!(report.checks.not_evaluated, 0, "built-in checks that could not look are left out");
    assert!(report.results[0].contract.is_some());
    assert!(report.results[1..].iter().all(|result| result.contract.is_none()));
    assert!(!report.gate.passed);
    let scans = report.passes.iter().filter(|pass| pass.purpose.contains("summaries"));
    assert_eq!(scans.count(), 1, "one scan for both");
}

#[test]
fn too_little_memory_for_duplicates_is_not_evaluated() {
    let world = world(&table(), 2, &["implementation: {rule: unique, column: id}"]);
    world.scanner.run_short_of_memory();
    let report = checked(&world, true, None).unwrap();
    assert_eq!(told(&report.results[0]), "? not enough memory to compare rows");
}

#[test]
fn a_wrong_contract_is_a_usage_error_with_its_place() {
    let world = world(&table(), 2, &["implementation: {rule: betwen}", "implementation: 'a >'"]);
    let error = checked(&world, true, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.location(), Some("c.yaml, line 7, column 59"));
    assert!(error.hint_text().unwrap().ends_with("tells all 2 errors"));
    world.files.put(
        "c.yaml",
        "apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema: [{name: a}, {name: b}]\n",
    );
    let error = checked(&world, true, None).unwrap_err();
    assert_eq!(error.hint_text(), Some("name one with --table: a, b"));
    let ending = checked(&world, true, Some("failed.txt")).unwrap_err();
    assert_eq!(ending.what(), "failing rows are written as Parquet or CSV");
}

/// Splits the table, and gives the rows that were set aside with their rules.
fn split(world: &World, level: Severity, folder: &str) -> Result<(QualityReport, Vec<String>)> {
    let request = DataRequest { data: "flights.csv".to_owned(), ..DataRequest::default() };
    let wanted = ContractRequest {
        files: vec!["c.yaml".to_owned()],
        contract_only: true,
        quarantine: Some(QuarantineRequest { folder: folder.to_owned(), replace: false, level }),
        ..ContractRequest::default()
    };
    let ready = Cancellation::default();
    let report = check_data(&world.container, &request, &wanted, &|_, _| (), &ready)?;
    let rows = world.quarantine.of(folder).unwrap();
    let told = rows.iter().map(|row| format!("{} {}", row.row, row.rules.join(", "))).collect();
    Ok((report, told))
}

#[test]
fn rows_that_break_a_failed_rule_are_set_aside_and_no_others() {
    let rules = [
        "id: same, implementation: {rule: unique, columns: [id]}",
        "id: hours, implementation: {rule: between, column: hour, maximum: 23}",
        "id: allowed, implementation: {rule: not_null, column: delay}, mustBeLessThan: 3",
        "id: colours, implementation: {rule: in_set, column: kind, values: [red, blue]}, severity: warning",
        "id: mean, implementation: {rule: mean, column: delay}, mustBeGreaterThan: 100",
        "id: gone, implementation: nowhere > 1",
        "id: kept, implementation: {rule: not_null, column: day}, mustBeLessThan: 2, unit: rows",
    ];
    for batch_rows in [1, 2, 7] {
        let world = world(&table(), batch_rows, &rules);
        let (report, rows) = split(&world, Severity::Error, "parted").unwrap();
        assert_eq!(rows, ["1 hours", "2 same"]);
        let facts = report.quarantine.unwrap();
        assert_eq!(facts.decided_by, ["same", "hours"]);
        let rest: Vec<String> =
            facts.not_decided_by.iter().map(|it| format!("{}: {}", it.rule, it.reason)).collect();
        assert_eq!(rest.len(), 5, "{rest:?}");
        assert_eq!(rest[0], "allowed: it is kept: so many rows may break it");
        assert_eq!(rest[1], "colours: it failed at warning level only");
        assert_eq!(rest[2], "mean: it failed, and is about the table and no single row");
        assert!(rest[3].starts_with("gone: it was not evaluated: "), "{rest:?}");
        assert_eq!((facts.all.rows, facts.valid.rows, facts.invalid.rows), (5, 3, 2));
        let (_, rows) = split(&world, Severity::Warning, "stricter").unwrap();
        assert_eq!(rows, ["1 hours", "2 same, colours", "4 colours"]);
        assert_eq!(split(&world, Severity::Error, "parted").unwrap_err().kind(), ErrorKind::Usage);
    }
}

#[test]
fn a_table_that_keeps_its_contract_is_valid_as_a_whole() {
    let world = world(&table(), 7, &["implementation: {rule: between, column: hour, maximum: 24}"]);
    let (report, rows) = split(&world, Severity::Warning, "parted").unwrap();
    assert!(rows.is_empty());
    let facts = report.quarantine.unwrap();
    assert_eq!((facts.valid.rows, facts.invalid.rows), (5, 0));
    assert!(facts.decided_by.is_empty() && facts.not_decided_by.is_empty());
}

proptest! {
    /// Counts, first rows and failing rows are those of a loop over the rows, whatever the batches.
    #[test]
    fn counts_and_failing_rows_agree_with_a_slow_oracle(
        rows in prop::collection::vec(
            (prop::option::of(0_i64..6), prop::option::of(prop::sample::select(vec!["a", "b", "c"]))),
            1..60,
        ),
        batch_rows in 1_usize..9,
    ) {
        let table = MemoryTable::named("flights")
            .integers("n", rows.iter().map(|row| row.0))
            .texts("k", rows.iter().map(|row| row.1));
        let world = world(&table, batch_rows, &[
            "id: r, implementation: {rule: between, column: n, minimum: 2, filter: \"k in ('a', 'b')\"}",
            "id: u, implementation: {rule: unique, columns: [n, k]}",
        ]);
        let report = checked(&world, true, Some("failed.csv")).unwrap();
        let chosen = |row: &(Option<i64>, Option<&str>)| matches!(row.1, Some("a" | "b"));
        let breaks = |row: &(Option<i64>, Option<&str>)| chosen(row) && row.0.is_some_and(|n| n < 2);
        let looked_at = rows.iter().filter(|row| chosen(row)).count();
        let unknown = rows.iter().filter(|row| chosen(row) && row.0.is_none()).count();
        let broken: Vec<u64> =
            (0..rows.len()).filter(|&row| breaks(&rows[row])).map(|row| row as u64).collect();
        if looked_at > unknown {
            let expected = format!(
                "{} {} of {looked_at}, {unknown} unknown",
                if broken.is_empty() { "+" } else { "-" },
                broken.len()
            );
            prop_assert_eq!(told(&report.results[0]), expected);
            let first: Vec<u64> = report.results[0].evidence.iter().filter_map(|it| it.row).collect();
            prop_assert_eq!(&first, &broken.iter().copied().take(5).collect::<Vec<_>>());
        }
        let repeats: Vec<u64> = (0..rows.len())
            .filter(|&row| rows[row] != (None, None) && rows[..row].contains(&rows[row]))
            .map(|row| row as u64)
            .collect();
        let found = world.failing.of("failed.csv").unwrap();
        let of = |rule: &str| -> Vec<u64> {
            found.iter().filter(|row| row.rule == rule).map(|row| row.row.unwrap()).collect()
        };
        prop_assert_eq!(of("r"), broken);
        prop_assert_eq!(of("u"), repeats);
        prop_assert!(found.is_sorted_by_key(|row| row.row));
    }
}

#[test]
fn a_dataset_is_checked_against_the_contract_it_was_stored_with() {
    let rules = ["id: hours, implementation: {rule: between, column: hour, maximum: 23}"];
    let world = world(&table(), 4, &rules);
    let check = |wanted: &ContractRequest| {
        let request = DataRequest { data: "flights".to_owned(), ..DataRequest::default() };
        let ready = Cancellation::default();
        check_data(&world.container, &request, wanted, &|_, _| (), &ready)
    };
    let of_rules = |report: &QualityReport| {
        report
            .results
            .iter()
            .filter(|result| result.contract.is_some())
            .map(told)
            .collect::<Vec<_>>()
    };
    let plain = check(&ContractRequest::default()).unwrap();
    assert_eq!(of_rules(&plain), [""; 0]);
    let kept = keep_contract(&world.container, "c.yaml", None, "flights").unwrap();
    world.files.put("c.yaml", "changed");
    let table = world.table.clone();
    world.fakes.catalog.add_held_against(testkit::flights_version(2), table, Some(kept));

    let report = check(&ContractRequest::default()).unwrap();
    assert_eq!(of_rules(&report), ["- 1 of 5, 1 unknown"]);
    // the built-in checks keep their say
    let counted =
        |report: &QualityReport| report.results.iter().filter(|it| it.counts_in_score()).count();
    assert_eq!(counted(&report), counted(&plain) + 1);
    let without = ContractRequest { no_contract: true, ..ContractRequest::default() };
    assert_eq!(check(&without).unwrap(), plain);
    let only = ContractRequest { contract_only: true, ..ContractRequest::default() };
    assert_eq!(check(&only).unwrap().results.len(), 1);
}

#[test]
fn what_only_a_contract_can_give_is_refused_without_one() {
    let world = world(&table(), 4, &[]);
    let request = DataRequest { data: "flights".to_owned(), ..DataRequest::default() };
    let wanted = ContractRequest { contract_only: true, ..ContractRequest::default() };
    let ready = Cancellation::default();
    let error = check_data(&world.container, &request, &wanted, &|_, _| (), &ready).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(error.what(), "--contract-only is about the rules of a contract, and there is none");
}

/// A world whose queries have these answers.
fn world_of_queries(rules: &[&str], answers: &[(&str, SqlAnswer)]) -> World {
    let world = World::with_batches(&table(), 2, evidence());
    for (sql, answer) in answers {
        world.fakes.queries.tell(sql, &["t"], answer.clone());
    }
    let rule = |rule: &&str| format!("      - {{{rule}}}\n");
    let rules: String = rules.iter().map(rule).collect();
    world.files.put("c.yaml", &format!("{HEAD}{rules}"));
    world
}

fn one(cell: Cell) -> SqlAnswer {
    let columns = vec!["a".to_owned()];
    SqlAnswer { columns, rows: 1, first: vec![cell], ..SqlAnswer::default() }
}

fn numbered(rows: &[i64]) -> SqlAnswer {
    let columns = vec!["row_number".to_owned()];
    SqlAnswer { columns, rows: 9, row_numbers: Some(rows.to_vec()), ..SqlAnswer::default() }
}

#[test]
fn the_answer_to_a_query_is_judged() {
    let sql = |query: &str, more: &str| format!("type: sql, query: {query}{more}");
    let rows = |query: &str, more: &str| {
        let rule = format!("{{rule: failing_rows, query: {query}}}");
        format!("type: custom, engine: pynomaly, implementation: {rule}{more}")
    };
    let two = SqlAnswer { rows: 2, ..one(Cell::Integer(1)) };
    let cases: Vec<(String, SqlAnswer, &str)> = vec![
        (sql("n", ", mustBe: 3"), one(Cell::Integer(3)), "+ 3"),
        (sql("n2", ", mustBeLessThan: 3"), one(Cell::Text("3.50".to_owned())), "- 3.5"),
        (sql("void", ", mustBe: 3"), one(Cell::Null), "? the query gives no value"),
        (
            sql("text", ", mustBe: 3"),
            one(Cell::Text("x".to_owned())),
            "? the query gives no number",
        ),
        (
            sql("nan", ", mustBe: 3"),
            one(Cell::Text("NaN".to_owned())),
            "? the query gives no number",
        ),
        (
            sql("bool", ", mustBe: 1"),
            one(Cell::Boolean(true)),
            "? the query gives true or false, and no number: leave mustBe out",
        ),
        (
            sql("rows", ", mustBe: 1"),
            two,
            "? a query gives one value, and this one has 2 rows and 1 columns",
        ),
        (sql("yes", ""), one(Cell::Boolean(true)), "+ 0 of 5, - unknown"),
        (sql("no", ""), one(Cell::Boolean(false)), "- 1 of 5, - unknown"),
        (sql("bare", ""), one(Cell::Integer(1)), "? nothing says what the query's answer must be"),
        (rows("none", ""), numbered(&[]), "+ 0 of 5, 0 unknown"),
        (rows("some", ""), numbered(&[1, 4]), "- 2 of 5, 0 unknown"),
        (rows("few", ", mustBeLessThan: 50, unit: percent"), numbered(&[1]), "+ 1 of 5, 0 unknown"),
        (rows("beyond", ""), numbered(&[5]), "? the table has no row 5"),
        (rows("below", ""), numbered(&[-1]), "? the table has no row -1"),
        (
            rows("unnamed", ""),
            SqlAnswer { rows: 2, ..SqlAnswer::default() },
            "? the query does not say which rows it gives: let it select row_number too",
        ),
    ];
    let rules: Vec<&str> = cases.iter().map(|(rule, ..)| rule.as_str()).collect();
    let query = |rule: &str| {
        let (_, rest) = rule.split_once("query: ").unwrap();
        rest.split([',', '}']).next().unwrap().to_owned()
    };
    let texts: Vec<String> = rules.iter().map(|rule| query(rule)).collect();
    let answers: Vec<(&str, SqlAnswer)> =
        texts.iter().map(String::as_str).zip(cases.iter().map(|case| case.1.clone())).collect();
    let report = checked(&world_of_queries(&rules, &answers), true, None).unwrap();
    let found: Vec<String> = report.results.iter().map(told).collect();
    let expected: Vec<&str> = cases.iter().map(|case| case.2).collect();
    assert_eq!(found, expected);
}

#[test]
fn rows_that_a_query_names_are_written_and_set_aside() {
    let rule = "type: custom, engine: pynomaly, implementation: {rule: failing_rows, query: q, column: id}";
    let world = world_of_queries(&[rule], &[("q", numbered(&[0, 3]))]);
    let report = checked(&world, true, Some("failing.csv")).unwrap();
    let evidence = &report.results[0].evidence;
    assert_eq!(evidence[1].value, Cell::Integer(4), "the value of the rule's column is shown");
    let rows = world.failing.of("failing.csv").unwrap();
    let rows: Vec<(u64, &str)> =
        rows.iter().map(|row| (row.row.unwrap(), row.value.as_deref().unwrap())).collect();
    assert_eq!(rows, [(0, "1"), (3, "4")]);
}

#[test]
fn a_query_that_is_refused_makes_the_contract_unusable() {
    let world = world_of_queries(&["type: sql, query: DROP TABLE t, mustBe: 0"], &[]);
    let error = checked(&world, true, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.what().contains("the query of sql is refused"), "{error}");
    let other = world_of_queries(&["type: sql, query: q, mustBe: 0"], &[]);
    other.fakes.queries.tell("q", &["secrets"], one(Cell::Integer(0)));
    let error = checked(&other, true, None).unwrap_err();
    assert!(error.what().contains("reads secrets, no table of the contract"), "{error}");
}

#[test]
fn dates_in_texts_are_held_against_their_format_row_by_row() {
    let days = [Some("31.01.2013"), Some("30.02.2013"), None, Some("2013-01-31"), Some("1.2.2013")];
    let table = MemoryTable::named("flights").texts("day", days).integers("id", (1..=5).map(Some));
    let rule = "implementation: {rule: has_time_format, column: day, format: '%d.%m.%Y'}";
    let world = world(&table, 2, &[rule]);
    let report = checked(&world, true, Some("failed.csv")).unwrap();
    assert_eq!(told(&report.results[0]), "- 2 of 5, 1 unknown");
    let rows = world.failing.of("failed.csv").unwrap();
    let found: Vec<(u64, &str)> =
        rows.iter().map(|row| (row.row.unwrap(), row.value.as_deref().unwrap())).collect();
    assert_eq!(found, [(1, "30.02.2013"), (3, "2013-01-31")]);
    // the standard's own words, where the source has no types
    let contract = "apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema:\n  - name: t\n    properties:\n      - {name: day, logicalType: date, logicalTypeOptions: {format: dd.MM.yyyy}}\n";
    world.files.put("c.yaml", contract);
    let report = checked(&world, true, None).unwrap();
    let all: Vec<String> = report.results.iter().map(told).collect();
    assert_eq!(all, ["+ 0 of -, - unknown", "+ 0 of -, - unknown", "- 3 of 5, 1 unknown"]);
}

#[test]
fn a_table_that_rules_only_refer_to_is_not_held_against_nothing() {
    let world = world(&table(), 3, &[]);
    let file = "tables: {flights: flights.csv}\nrules: [id < 0]\n";
    world.files.put("c.yaml", file);
    let error = checked(&world, false, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(
        error.what(),
        "the contract has no rules about flights, which flights.csv seems to be"
    );
    assert_eq!(error.hint_text(), Some("if its rules are about these data: --table data"));
}

#[test]
fn a_contract_without_any_rule_is_not_evaluated_and_never_passes() {
    let world = world(&table(), 3, &[]);
    for object in ["{name: t}", "{name: t, quality: [{type: text, description: all is well}]}"] {
        let head = "apiVersion: v3.1.0\nkind: DataContract\nid: c\nschema:\n  - ";
        world.files.put("c.yaml", &format!("{head}{object}\n"));
        let report = checked(&world, true, None).unwrap();
        let [result] = report.results.as_slice() else { panic!("{:?}", report.results) };
        assert_eq!(told(result), "? the contract has no rules about t, so nothing was looked at");
        assert_eq!((report.contracts[0].rules, report.checks.not_evaluated), (0, 1));
        assert_eq!(report.score.overall, None);
        let place = result.contract.as_ref().unwrap().place;
        assert_eq!((place.line, place.column), (5, 5));
    }
}
