//! Rules of rows that depend on the rows before.

use std::collections::HashMap;

use proptest::prelude::*;
use testkit::MemoryTable;

use crate::contracts::{checked, told, world};

#[test]
fn texts_that_differ_in_capitals_alone_are_written_as_the_first() {
    let names = [
        Some("Rome"),
        Some("rome"),
        None,
        Some("Oslo"),
        Some("ROME"),
        Some("Rome"),
        Some("\u{c4}A"),
        Some("\u{e4}a"),
    ];
    let table = MemoryTable::named("flights").texts("name", names).integers("id", (0..8).map(Some));
    let rules = [
        "implementation: {rule: consistent_casing, column: name}",
        "implementation: {rule: consistent_casing, column: name, filter: id > 0}, mustBeLessThan: 4",
    ];
    for batch_rows in [1, 3, 64] {
        let world = world(&table, batch_rows, &rules);
        let report = checked(&world, true, Some("failed.csv")).unwrap();
        let all: Vec<String> = report.results.iter().map(told).collect();
        assert_eq!(all, ["- 3 of 8, 1 unknown", "+ 3 of 7, 1 unknown"]);
        let rows = world.failing.of("failed.csv").unwrap();
        let first: Vec<(u64, &str)> = rows
            .iter()
            .filter(|row| row.rule == "name.consistent_casing")
            .map(|row| (row.row.unwrap(), row.value.as_deref().unwrap()))
            .collect();
        assert_eq!(first, [(1, "rome"), (4, "ROME"), (7, "\u{e4}a")]);
        let order: Vec<_> =
            report.passes.iter().filter(|pass| pass.purpose == "rows in their order").collect();
        assert_eq!(order.len(), 1, "one pass for both: {:?}", report.passes);
    }
}

#[test]
fn segments_and_groups_are_looked_at_by_themselves() {
    let table = MemoryTable::named("flights")
        .integers("at", [1, 9, 2, 8, 3, 9].map(Some))
        .texts("kind", ["a", "b", "a", "b", "a", "b"].map(Some));
    let rules = [
        "implementation: {rule: increasing, column: at}",
        "implementation: {rule: increasing, column: at, by: [kind]}",
        "implementation: {rule: increasing, column: at, segment: kind}",
        "implementation: {rule: z_score, column: at, maximum: 1, segment: kind}",
    ];
    let report = checked(&world(&table, 2, &rules), true, None).unwrap();
    let all: Vec<String> = report.results.iter().map(told).collect();
    assert_eq!(
        all,
        [
            "- 2 of 6, 0 unknown",
            "- 1 of 6, 0 unknown",
            "+ 0 of 3, 0 unknown",
            "- 1 of 3, 0 unknown",
            // 2 and 1, 8.67 and 0.577
            "+ 0 of 3, 0 unknown",
            "+ 0 of 3, 0 unknown",
        ]
    );
}

proptest! {
    /// Whatever the values, groups and batches are, the rows are those of a loop over them.
    #[test]
    fn rows_out_of_order_are_those_of_a_slow_oracle(
        rows in prop::collection::vec((prop::option::of(0_i64..5), prop::option::of(0_i64..3)), 1..50),
        batch_rows in 1_usize..9,
        strictly: bool,
    ) {
        let table = MemoryTable::named("flights")
            .integers("v", rows.iter().map(|row| row.0))
            .integers("g", rows.iter().map(|row| row.1));
        let rule = format!("id: r, implementation: {{rule: increasing, column: v, by: g, strictly: {strictly}}}");
        let world = world(&table, batch_rows, &[&rule]);
        let report = checked(&world, true, Some("failed.csv")).unwrap();
        let mut last: HashMap<Option<i64>, i64> = HashMap::new();
        let mut broken = Vec::new();
        for (row, (value, group)) in rows.iter().enumerate() {
            let Some(value) = value else { continue };
            let before = last.insert(*group, *value);
            if before.is_some_and(|before| *value < before || (strictly && *value == before)) {
                broken.push(row as u64);
            }
        }
        let found = world.failing.of("failed.csv").unwrap();
        let found: Vec<u64> = found.iter().filter_map(|row| row.row).collect();
        prop_assert_eq!(found, broken, "{}", told(&report.results[0]));
    }
}
