//! Rules that hold a version of a dataset against the one before.

use data_quality_application::{ContractRequest, check_data};
use data_quality_domain::QualityReport;
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::DatasetUploaded;
use shared_kernel_domain::table::ContentDigest;
use testkit::{MemoryTable, flights_version};

use crate::analyze::handle;
use crate::contracts::told;
use crate::world::World;

const RULES: &str = "rules:
  - {distribution: kind, distance: total_variation, to: previous_version, less_than: 0.1}
  - {tie_out: row_count, to: previous_version, at_most: 20 %}
  - {tie_out: row_count, to: previous_version, signed: true, at_least: 0}
  - {tie_out: sum, column: id, to: previous_version, factor: 2, is: 0}
  - {reference: id, to: previous_version}
  - {same_rows: id, to: previous_version, differences: [changed, missing]}
";

/// So many rows, of which some are of the kind `b`.
fn table(rows: i64, others: usize) -> MemoryTable {
    let kind = |row: i64| Some(if (row as usize) < others { "b" } else { "a" });
    MemoryTable::named("flights")
        .integers("id", (0..rows).map(Some))
        .texts("kind", (0..rows).map(kind))
}

/// The rules on the newest version, or on a file.
fn report(world: &World, data: &str) -> QualityReport {
    world.files.put("rules.yaml", RULES);
    let request = DataRequest { data: data.to_owned(), ..DataRequest::default() };
    let files = vec!["rules.yaml".to_owned()];
    let wanted = ContractRequest { files, contract_only: true, ..ContractRequest::default() };
    let ready = Cancellation::default();
    check_data(&world.container, &request, &wanted, &|_, _| (), &ready).unwrap()
}

/// What the rules come to.
fn checked(world: &World, data: &str) -> Vec<String> {
    report(world, data).results.iter().map(told).collect()
}

/// A version arrives and is judged; unreadable records close its gate.
pub(crate) fn arrives(world: &World, number: u32, table: Option<&MemoryTable>, bad_rows: u64) {
    if let Some(table) = table {
        let table = world.scanner.add(table);
        world.fakes.catalog.add(flights_version(number), table);
    }
    let payload = DatasetUploaded {
        dataset: flights_version(number),
        digest: ContentDigest::from_hex("00"),
        rows: 10,
        columns: world.table.schema.clone(),
        bad_rows,
        blank_rows: 0,
        bad_row_examples: Vec::new(),
        typed: false,
        contract: None,
    };
    handle(world, &testkit::delivery("data_quality.analyze", number, &payload));
}

#[test]
fn a_version_is_held_against_the_newest_one_before_whose_gate_was_open() {
    let world = World::of(&table(10, 5));
    arrives(&world, 1, None, 0);
    let all = |why: &str| vec![format!("? {why}"); 6];
    assert_eq!(checked(&world, "flights"), all("there is no version before this one"));

    // 5 of 10 are b; then 5 of 12; sums are 45 and 66
    arrives(&world, 2, Some(&table(12, 5)), 0);
    assert_eq!(
        checked(&world, "flights"),
        ["+ 0.083333333", "+ 20", "+ 2", "- 24", "- 2 of 12, 0 unknown", "+ 0 of 12, 0 unknown"]
    );
    let report = report(&world, "flights");
    let notes: Vec<&str> =
        report.results[1].evidence.iter().filter_map(|it| it.note.as_deref()).collect();
    assert_eq!(notes, ["here", "in the version before"]);
    // a closed gate: the one before that is the reference still
    arrives(&world, 3, Some(&table(2, 2)), 50);
    arrives(&world, 4, Some(&table(9, 0)), 0);
    assert_eq!(
        checked(&world, "flights"),
        ["- 0.416666667", "- 25", "- -3", "- 96", "+ 0 of 9, 0 unknown", "- 8 of 12, 0 unknown"]
    );
    // the same table again: nothing differs, and that is known
    arrives(&world, 5, Some(&table(9, 0)), 0);
    assert_eq!(checked(&world, "flights")[..3], ["+ 0", "+ 0", "+ 0"]);
}

#[test]
fn without_a_version_to_compare_with_nothing_is_evaluated() {
    let world = World::of(&table(10, 5));
    let all = |why: &str| vec![format!("? {why}"); 6];
    arrives(&world, 1, None, 50);
    arrives(&world, 2, Some(&table(12, 5)), 0);
    let closed = "the gate was closed for every version before this one";
    assert_eq!(checked(&world, "flights"), all(closed));
    let file = world.scanner.add(&table(3, 1));
    world.fakes.ingest.put("file.csv", file, crate::contracts::evidence());
    let no_version = "the table is no version of a dataset, and has none before it";
    assert_eq!(checked(&world, "file.csv"), all(no_version));
}
