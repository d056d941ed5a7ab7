//! Each built-in check on small tables.

use data_quality_application::{TableToCheck, check_table};
use data_quality_domain::{CheckResult, IngestFacts, QualityReport, Severity, Verdict};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::summary::RowComparison;
use shared_kernel_domain::table::Cell;
use testkit::{Cells, MemoryTable};

use crate::world::World;

fn check(columns: Vec<(&str, Cells)>) -> QualityReport {
    check_in(&World::of(&MemoryTable::new(columns)))
}

fn check_in(world: &World) -> QualityReport {
    let subject =
        TableToCheck { name: "table", table: &world.table, ingest: Some(IngestFacts::default()) };
    check_table(&world.container, subject, &Cancellation::default()).expect("a report")
}

fn result<'a>(report: &'a QualityReport, check: &str, column: &str) -> &'a CheckResult {
    find(report, check, column).unwrap_or_else(|| panic!("no {check} of {column}"))
}

fn find<'a>(report: &'a QualityReport, check: &str, column: &str) -> Option<&'a CheckResult> {
    report.results.iter().find(|result| {
        result.check == check && result.columns.first().is_none_or(|name| name == column)
    })
}

fn failed_at(result: &CheckResult) -> Option<Severity> {
    result.has_failed().then_some(result.severity)
}

fn counts(result: &CheckResult) -> (u64, u64) {
    (result.failed.expect("failed").value, result.evaluated.expect("evaluated").value)
}

fn example_rows(result: &CheckResult) -> Vec<u64> {
    result.evidence.iter().filter_map(|example| example.row).collect()
}

#[test]
fn nulls_and_nan_are_missing_and_five_per_cent_pass() {
    let mut few: Vec<Option<f64>> = (0..100).map(|row| Some(f64::from(row))).collect();
    few[3] = None;
    few[50] = Some(f64::NAN);
    let many: Vec<Option<i64>> = (0..100).map(|row| (row % 4 > 0).then_some(row)).collect();
    let report = check(vec![("few", Cells::Float(few)), ("many", Cells::Integer(many))]);

    let few = result(&report, "null_share", "few");
    assert_eq!((failed_at(few), counts(few)), (None, (2, 100)));
    assert_eq!(example_rows(few), [3, 50]);
    let many = result(&report, "null_share", "many");
    assert_eq!((failed_at(many), counts(many)), (Some(Severity::Warning), (25, 100)));
    assert_eq!(many.sentence, "many is missing in 25 rows of 100 (25.0 %)");
    assert_eq!(example_rows(many), [0, 4, 8, 12, 16]);
}

#[test]
fn a_column_without_values_is_said_once_and_looked_at_no_further() {
    let report =
        check(vec![("empty", Cells::Text(vec![None; 50])), ("full", Cells::integers(0..50))]);
    let of_empty: Vec<&str> = report
        .results
        .iter()
        .filter(|result| result.columns == ["empty"])
        .map(|result| result.check.as_str())
        .collect();
    assert_eq!(of_empty, ["null_share"]);
    assert_eq!(failed_at(result(&report, "null_share", "empty")), Some(Severity::Warning));
    assert_eq!(report.checks.not_evaluated, 0);
}

#[test]
fn signs_for_missing_values_warn_and_words_are_a_note() {
    let signs = (0..40).map(|row| if row % 10 == 0 { "N/A" } else { "reading" });
    let words = (0..40).map(|row| if row % 2 == 0 { "None" } else { "Substantial" });
    let report = check(vec![("signs", Cells::texts(signs)), ("words", Cells::texts(words))]);

    let signs = result(&report, "disguised_nulls", "signs");
    assert_eq!((failed_at(signs), counts(signs)), (Some(Severity::Warning), (4, 40)));
    assert!(signs.sentence.contains("\"N/A\" × 4"), "{}", signs.sentence);
    let words = result(&report, "disguised_nulls", "words");
    assert_eq!((failed_at(words), counts(words)), (Some(Severity::Info), (20, 40)));
}

#[test]
fn text_among_numbers_is_an_error_beyond_one_per_cent_but_not_in_codes() {
    let with = |every: usize, odd: &'static str| {
        Cells::texts((0..200).map(move |row| {
            if row % every == 7 { odd.to_owned() } else { (1000 + row * 3).to_string() }
        }))
    };
    let report = check(vec![
        ("distance", with(20, "far")),
        ("once", with(200, "far")),
        ("postal_code", with(20, "K1A 0B1")),
        ("percent", with(20, "5 %")),
        ("name", Cells::texts((0..200).map(|row| format!("name {row}")))),
    ]);

    let distance = result(&report, "mixed_types", "distance");
    assert_eq!((failed_at(distance), counts(distance)), (Some(Severity::Error), (10, 200)));
    assert_eq!(distance.evidence[0].value, Cell::Text("far".to_owned()));
    assert_eq!(example_rows(distance), [7, 27, 47, 67, 87]);
    assert_eq!(failed_at(result(&report, "mixed_types", "once")), Some(Severity::Warning));
    assert_eq!(failed_at(result(&report, "mixed_types", "postal_code")), Some(Severity::Warning));
    assert_eq!(failed_at(result(&report, "mixed_types", "percent")), Some(Severity::Error));
    assert_eq!(failed_at(result(&report, "mixed_types", "name")), None);
}

#[test]
fn leading_zeros_beside_plain_numbers_are_one_kind() {
    let codes = (0..100).map(|row| format!("{:05}", row * 500));
    let report = check(vec![("zip", Cells::texts(codes))]);
    assert_eq!(failed_at(result(&report, "mixed_types", "zip")), None);
}

#[test]
fn missing_signs_are_no_foreign_kind() {
    let values = (0..100).map(|row| if row % 3 == 0 { "NA".to_owned() } else { row.to_string() });
    let report = check(vec![("speed", Cells::texts(values))]);
    let mixed = result(&report, "mixed_types", "speed");
    assert_eq!((failed_at(mixed), counts(mixed)), (None, (0, 66)));
    let disguised = result(&report, "disguised_nulls", "speed");
    assert_eq!(counts(disguised), (34, 100));
}

#[test]
fn a_constant_column_is_a_note_that_changes_neither_score_nor_gate() {
    let year = Cells::integers((0..60).map(|_| 2013));
    let report = check(vec![("year", year), ("day", Cells::integers(0..60))]);
    let constant = result(&report, "constant_column", "year");
    assert_eq!(failed_at(constant), Some(Severity::Info));
    assert_eq!(constant.sentence, "year is 2013 in all 60 rows that have a value");
    assert_eq!(report.score.overall.map(|score| score.value), Some(1.0));
    assert!(report.gate.passed);
}

#[test]
fn dates_out_of_the_domain_warn_and_impossible_ones_are_errors() {
    // 2013-01-01 is day 15,706; 1013-01-01 is day −349,537; 2030-01-01 is day 21,915.
    let days = |odd: i32, every: i32| {
        Cells::Date(
            (0..200).map(|row| Some(if row % every == 9 { odd } else { 15_706 + row })).collect(),
        )
    };
    let report = check(vec![
        ("usual", days(15_706, 10)),
        ("future", days(21_915, 10)),
        ("medieval", days(-349_537, 10)),
        ("placeholder", days(2_932_896, 20)),
        (
            "zero",
            Cells::Timestamp(
                (0..200)
                    .map(|row| Some(if row % 50 == 9 { 0 } else { 1_357_000_000 + row }))
                    .collect(),
            ),
        ),
        ("seventies", Cells::Date((0..200).map(|row| Some(row - 100)).collect())),
    ]);
    let level = |column| failed_at(result(&report, "date_domain", column));
    assert_eq!(level("usual"), None);
    assert_eq!(level("future"), Some(Severity::Warning));
    assert_eq!(level("medieval"), Some(Severity::Error));
    assert_eq!(level("placeholder"), Some(Severity::Error));
    assert_eq!(level("zero"), Some(Severity::Error));
    assert_eq!(level("seventies"), None);
    let medieval = result(&report, "date_domain", "medieval");
    assert_eq!(counts(medieval), (20, 200));
    assert_eq!(medieval.evidence[0].value, Cell::Text("1013-01-01".to_owned()));
}

#[test]
fn a_text_far_longer_than_the_rest_warns() {
    let texts = (0..100).map(|row| if row == 41 { "é".repeat(100) } else { format!("N{row:05}") });
    let tidy = (0..100).map(|row| "x".repeat(1 + row % 30));
    let report = check(vec![("tailnum", Cells::texts(texts)), ("tidy", Cells::texts(tidy))]);
    let long = result(&report, "text_length", "tailnum");
    assert_eq!((failed_at(long), counts(long)), (Some(Severity::Warning), (1, 100)));
    assert_eq!(example_rows(long), [41]);
    assert_eq!(long.evidence[0].note.as_deref(), Some("100 characters"));
    assert_eq!(failed_at(result(&report, "text_length", "tidy")), None);
}

#[test]
fn a_text_far_shorter_than_the_rest_warns() {
    let texts = (0..100).map(|row| if row == 5 { "x".to_owned() } else { format!("{row:036}") });
    let report = check(vec![("token", Cells::texts(texts))]);
    assert_eq!(counts(result(&report, "text_length", "token")), (1, 100));
}

#[test]
fn repeated_rows_are_an_error_where_rows_can_be_told_apart_and_a_note_elsewhere() {
    let categories = || Cells::integers((0..100).map(|row| row % 10));
    let report = check(vec![("shape", categories())]);
    let rows = result(&report, "duplicate_rows", "");
    assert_eq!((failed_at(rows), counts(rows)), (Some(Severity::Info), (90, 100)));
    assert_eq!(rows.threshold.and_then(|threshold| threshold.error), None);
    assert!(report.gate.passed);

    let times = Cells::Timestamp((0..100).map(|row| Some(1_357_000_000 + row % 90)).collect());
    let report = check(vec![("shape", categories()), ("time", times)]);
    let rows = result(&report, "duplicate_rows", "");
    assert_eq!((failed_at(rows), counts(rows)), (Some(Severity::Error), (10, 100)));
    assert_eq!(example_rows(rows), [0, 1, 2, 3, 4]);
    assert_eq!(rows.evidence[0].note.as_deref(), Some("this row stands 2 times"));
    assert_eq!(report.passes.len(), 1);
}

#[test]
fn keys_are_counted_exactly_and_a_key_saves_the_pass_over_whole_rows() {
    let world = World::of(&MemoryTable::new(vec![
        ("order_id", Cells::integers(0..200)),
        ("amount", Cells::integers((0..200).map(|row| row % 5))),
    ]));
    let report = check_in(&world);
    assert_eq!(counts(result(&report, "duplicate_keys", "order_id")), (0, 200));
    assert_eq!(counts(result(&report, "duplicate_rows", "")), (0, 200));
    assert_eq!(world.scanner.duplicate_passes(), 1);
    let passes: Vec<&str> = report.passes.iter().map(|pass| pass.purpose.as_str()).collect();
    // The rows of a small table are compared on the way.
    assert_eq!(passes, ["summaries of every column, repeated rows", "repeated values of order_id"]);
}

#[test]
fn repeated_keys_are_an_error_repeated_titles_a_note_and_references_are_left_out() {
    let broken = |from: i64, repeats: i64| {
        Cells::integers((0..1000).map(move |row| from + row.max(repeats)))
    };
    let report = check(vec![
        ("order_id", broken(0, 30)),
        ("title", Cells::texts((0..1000).map(|row| format!("title {}", row.max(5))))),
        ("customer_id", Cells::integers((0..1000).map(|row| row % 100))),
    ]);
    let key = result(&report, "duplicate_keys", "order_id");
    assert_eq!((failed_at(key), counts(key)), (Some(Severity::Error), (30, 1000)));
    assert_eq!(key.evidence[0].value, Cell::Integer(30));
    assert_eq!(key.evidence[0].note.as_deref(), Some("stands 31 times"));
    let title = result(&report, "duplicate_keys", "title");
    assert_eq!((failed_at(title), counts(title)), (Some(Severity::Info), (5, 1000)));
    assert!(find(&report, "duplicate_keys", "customer_id").is_none());
    let left_out = report.left_out.iter().find(|entry| entry.check == "duplicate_keys");
    assert_eq!(left_out.map(|entry| entry.columns.clone()), Some(vec!["customer_id".to_owned()]));
}

#[test]
fn more_key_like_columns_than_passes_are_said_to_be_left_out() {
    let names = ["a", "b", "c", "d", "e", "f_id"];
    let report = check(names.map(|name| (name, Cells::integers(0..100))).to_vec());
    let counted: Vec<&str> = report
        .results
        .iter()
        .filter(|result| result.check == "duplicate_keys")
        .map(|result| result.columns[0].as_str())
        .collect();
    assert_eq!(counted, ["f_id", "a", "b", "c"]);
    let left_out = report.left_out.iter().find(|entry| entry.check == "duplicate_keys");
    assert_eq!(left_out.map(|entry| entry.columns.len()), Some(2));
}

#[test]
fn what_this_machine_is_too_small_for_is_not_evaluated() {
    // More rows than are compared on the way.
    let rows = RowComparison::MOST_ROWS as i64 + 4;
    let table = MemoryTable::new([("shape", Cells::integers((0..rows).map(|row| row % 4)))]);
    let world = World::of(&table);
    world.scanner.run_short_of_memory();
    let report = check_in(&world);
    let rows = result(&report, "duplicate_rows", "");
    let reason = "not enough memory to compare rows".to_owned();
    assert_eq!(rows.verdict, Verdict::NotEvaluated { reason });
    assert_eq!((rows.evaluated, rows.failed), (None, None));
    assert_eq!(report.checks.not_evaluated, 1);
    assert_eq!(report.passes.len(), 1);
}
