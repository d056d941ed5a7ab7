//! Whole reports: determinism, empty tables, bad rows, JSON.

use data_quality_application::{ContractRequest, TableToCheck, check_data, check_table};
use data_quality_domain::{IngestFacts, QualityReport, Severity};
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::ingest::{BadRow, IngestEvidence, TableFormat};
use testkit::{Cells, MemoryTable};

use crate::world::World;

fn messy() -> MemoryTable {
    MemoryTable::new(vec![
        ("id", Cells::integers((0..300).map(|row| row / 2))),
        (
            "delay",
            Cells::Float((0..300).map(|row| (row % 7 > 0).then(|| f64::from(row))).collect()),
        ),
        ("note", Cells::texts((0..300).map(|row| ["-", "x", "12"][row % 3]))),
        ("day", Cells::Date((0..300).map(|row| Some(row * 1000)).collect())),
    ])
}

fn check(world: &World, ingest: Option<IngestFacts>) -> QualityReport {
    let subject = TableToCheck { name: "messy", table: &world.table, ingest };
    check_table(&world.container, subject, &Cancellation::default()).expect("a report")
}

fn ragged() -> IngestEvidence {
    let bad =
        BadRow { line: 17, reason: "3 fields, expected 4".to_owned(), text: "a,b,c".to_owned() };
    IngestEvidence {
        bad_rows: 9,
        bad_row_examples: vec![bad],
        ..IngestEvidence::of_self_describing(TableFormat::Csv)
    }
}

fn data(name: &str) -> DataRequest {
    DataRequest { data: name.to_owned(), ..DataRequest::default() }
}

#[test]
fn the_parts_a_table_is_read_in_do_not_change_a_byte() {
    let of_parts = |rows| {
        let world = World::in_batches_of(rows, &messy());
        serde_json::to_string(&check(&world, Some(IngestFacts::default()))).expect("JSON")
    };
    let whole = of_parts(1000);
    for rows in [1, 3, 64, 299] {
        assert_eq!(of_parts(rows), whole, "parts of {rows} rows");
    }
}

#[test]
fn a_report_begins_with_its_schema_and_reads_back_as_it_was() {
    let report = check(&World::of(&messy()), Some(IngestFacts::default()));
    let json = serde_json::to_string(&report).expect("JSON");
    assert!(json.starts_with(r#"{"schema":"pynomaly.check/1","#), "{json}");
    assert_eq!(serde_json::from_str::<QualityReport>(&json).expect("a report"), report);
    assert!(!json.contains("NaN"));
}

#[test]
fn of_a_table_without_rows_nothing_is_evaluated_and_nothing_is_passed() {
    let world = World::of(&MemoryTable::new(vec![
        ("a", Cells::Text(Vec::new())),
        ("b", Cells::Date(Vec::new())),
    ]));
    let report = check(&world, Some(IngestFacts::default()));
    assert_eq!(report.checks.passed, 0);
    assert_eq!(report.checks.not_evaluated as usize, report.results.len());
    assert_eq!(report.score.overall, None);
    assert_eq!(report.score.reason.as_deref(), Some("nothing could be evaluated"));
    assert!(!report.gate.passed);
}

#[test]
fn bad_rows_are_judged_against_all_records_and_close_the_gate() {
    let world = World::with_evidence(&messy(), ragged());
    let report = check_data(
        &world.container,
        &data("flights.csv"),
        &ContractRequest::default(),
        &|_, _| {},
        &Cancellation::default(),
    )
    .expect("a report");
    let bad = report.results.last().expect("a result");
    assert_eq!(bad.check, "bad_rows");
    assert_eq!(bad.severity, Severity::Error);
    assert_eq!(bad.evaluated.map(|count| count.value), Some(309));
    assert_eq!(bad.evidence[0].value.to_string(), "line 17: 3 fields, expected 4");
    assert!(!report.gate.passed);
    assert!(report.gate.reasons.contains(&bad.sentence));
}

#[test]
fn a_dataset_whose_reading_is_unknown_says_so() {
    let world = World::of(&messy());
    let report = check_data(
        &world.container,
        &data("flights"),
        &ContractRequest::default(),
        &|_, _| {},
        &Cancellation::default(),
    )
    .expect("a report");
    assert_eq!(report.ingest, None);
    assert_eq!(report.checks.not_evaluated, 1);
    assert!(report.not_evaluated().all(|result| result.check == "bad_rows"));
}

#[test]
fn every_result_is_counted_once() {
    let report = check(&World::of(&messy()), None);
    let counts = report.checks;
    let sum = counts.passed + counts.infos + counts.warnings + counts.errors + counts.not_evaluated;
    assert_eq!(sum as usize, report.results.len());
}
