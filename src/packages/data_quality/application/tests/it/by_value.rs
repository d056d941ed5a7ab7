//! Rules of rows in the order of their values.

use std::collections::BTreeMap;

use proptest::prelude::*;
use testkit::{Cells, MemoryTable};

use crate::contracts::{checked, told, world};

/// Ten rows out of order.
fn table() -> MemoryTable {
    let at = |row: i64| Some((19_723 + row) * 86_400 + row * 3_600);
    let numbers = [3, 1, 2, 5, 4, 6, 7, 9, 8, 10].map(Some);
    let holes = [Some(1), Some(2), None, Some(4), Some(4), Some(5), None, None, None, None];
    // 31 January, 29 February, 31 March 2024 …
    let months = [Some(19_753), Some(19_782), Some(19_813)].into_iter().chain([None; 7]);
    // Monday 1 to Friday 5 January 2024 without Wednesday, Monday 8, Wednesday 10
    let days = [19_723, 19_724, 19_726, 19_727, 19_730, 19_732].map(Some);
    MemoryTable::new(vec![("at", Cells::Timestamp((0..10).map(at).collect()))])
        .integers("number", numbers)
        .integers("hole", holes)
        .floats("tenth", (0..10).map(|row| Some(f64::from(9 - row) * 0.1)))
        // thousands of millions that repeat and leave one out
        .floats(
            "large",
            [0, 1, 2, 2, 3, 4, 5, 7, 8, 9].map(|it| Some(20_130_000_001.5 + f64::from(it))),
        )
        .floats("low", (0..10).map(|row| Some(if row == 1 { 0.0 } else { f64::from(row) - 1.0 })))
        .floats("high", (0..10).map(|row| Some(if row == 0 { -0.0 } else { f64::from(row) })))
        .dates("month_end", months)
        .dates("day", days.into_iter().chain([None; 4]))
        .texts("kind", ["a", "b", "a", "a", "b", "a", "a", "b", "b", "b"].map(Some))
        .integers("from", [1, 5, 9, 2, 20, 30, 31, 40, 40, 50].map(Some))
        .integers("to", [5, 9, 12, 3, 25, 30, 29, 41, 41, 60].map(Some))
}

/// Rules on [`table`], and what they come to.
const CASES: &[(&str, &str)] = &[
    ("{rule: sequential, column: number}", "+ 0 of 10, 0 unknown"),
    ("{rule: sequential, column: number, interval: 2}", "- 9 of 10, 0 unknown"),
    // a: 2 3 5 6 7; b: 1 4 8 9 10
    ("{rule: sequential, column: number, by: kind}", "- 3 of 10, 0 unknown"),
    ("{rule: sequential, column: number, filter: number > 4}", "+ 0 of 6, 0 unknown"),
    // 4 comes after 2, and again
    ("{rule: sequential, column: hole}", "- 2 of 10, 5 unknown"),
    ("{rule: sequential, column: tenth, interval: 0.1}", "+ 0 of 10, 0 unknown"),
    ("{rule: sequential, column: tenth, interval: 0.11}", "- 9 of 10, 0 unknown"),
    ("{rule: sequential, column: large}", "- 2 of 10, 0 unknown"),
    ("{rule: ranges_apart, columns: [low, high], gaps: forbidden}", "+ 0 of 10, 0 unknown"),
    // 29 February is a month after 31 January, and 31 March is none after 29 February
    ("{rule: sequential, column: month_end, in: months}", "- 1 of 10, 7 unknown"),
    ("{rule: sequential, column: at, interval: 25, in: hours}", "+ 0 of 10, 0 unknown"),
    ("{rule: sequential, column: at}", "- 9 of 10, 0 unknown"),
    (
        "{rule: sequential, column: kind}",
        "? the rule is about numbers, dates or points in time, but kind is text",
    ),
    (
        "{rule: sequential, column: number, in: days}",
        "? the rule is about dates or points in time, but number is integer",
    ),
    (
        "{rule: sequential, column: day, in: hours}",
        "? day holds dates, which have no minutes and hours",
    ),
    ("{rule: no_gaps, column: day}", "- 3 of 10, 4 unknown"),
    ("{rule: no_gaps, column: day, weekdays: true}", "- 2 of 10, 4 unknown"),
    // pairs of days from the first one: 0, 0, 1, 2, 3, 4
    ("{rule: no_gaps, column: day, interval: 2}", "+ 0 of 10, 4 unknown"),
    ("{rule: no_gaps, column: day, interval: 2, filter: number != 5}", "- 1 of 9, 4 unknown"),
    ("{rule: no_gaps, column: day, in: weeks}", "+ 0 of 10, 4 unknown"),
    ("{rule: no_gaps, column: at}", "+ 0 of 10, 0 unknown"),
    ("{rule: no_gaps, column: at, in: hours}", "- 9 of 10, 0 unknown"),
    ("{rule: no_gaps, column: month_end, in: months}", "+ 0 of 10, 7 unknown"),
    (
        "{rule: no_gaps, column: number}",
        "? the rule is about dates or points in time, but number is integer",
    ),
    // 2-3 lies in 1-5; 30-30 is empty, 31-29 turned round; 40-41 is there twice
    ("{rule: ranges_apart, columns: [from, to]}", "- 4 of 10, 0 unknown"),
    ("{rule: ranges_apart, columns: [from, to], empty: true}", "- 3 of 10, 0 unknown"),
    (
        "{rule: ranges_apart, columns: [from, to], filter: to < 13 and to != 3, gaps: forbidden}",
        "+ 0 of 3, 0 unknown",
    ),
    (
        "{rule: ranges_apart, columns: [from, to], filter: to < 13 and to != 3, gaps: required}",
        "- 2 of 3, 0 unknown",
    ),
    (
        "{rule: ranges_apart, columns: [from, to], filter: to > 12, gaps: forbidden, empty: true}",
        "- 5 of 6, 0 unknown",
    ),
    // 1-1, 5-2, 20-4
    ("{rule: ranges_apart, columns: [from, hole], filter: number < 5}", "- 3 of 4, 1 unknown"),
    // of 3 1 2 5 4 6 7 9 8 10 each with the two before it, 5 and 9 are more than 3 deviations above
    (
        "{rule: moving_z_score, column: number, order: at, window: 2, maximum: 3}",
        "- 2 of 10, 2 unknown",
    ),
    (
        "{rule: moving_z_score, column: number, order: at, window: 2, minimum: -1, exclusiveMaximum: 5}",
        "+ 0 of 10, 2 unknown",
    ),
    // of 30 41 41 60 the two before the last are the same, and have no deviation
    (
        "{rule: moving_z_score, column: to, order: at, window: 2, minimum: -9, maximum: 1, filter: to > 40 or number = 6}",
        "+ 0 of 4, 3 unknown",
    ),
    (
        "{rule: moving_z_score, column: hole, order: month_end, window: 2, maximum: 1}",
        "? in no row are all its values there",
    ),
    (
        "{rule: moving_z_score, column: number, order: kind, window: 2, maximum: 1}",
        "? the rule is about numbers, dates or points in time, but kind is text",
    ),
    (
        "{rule: moving_z_score, column: day, order: number, window: 2, maximum: 1}",
        "? the rule is about numbers, but day is date",
    ),
    (
        "{rule: moving_z_score, column: number, order: gone, window: 2, maximum: 1}",
        "? the table has no column gone (did you mean hole?)",
    ),
    ("{rule: ranges_apart, columns: [from, day]}", "? from and day are not of one type"),
];

#[test]
fn rows_are_looked_at_in_the_order_of_their_values() {
    let rules: Vec<String> =
        CASES.iter().map(|(rule, _)| format!("implementation: {rule}")).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    for batch_rows in [1, 3, 10] {
        let report = checked(&world(&table(), batch_rows, &rules), true, None).unwrap();
        for ((rule, expected), result) in CASES.iter().zip(&report.results) {
            assert_eq!(told(result), *expected, "{rule}");
        }
        let in_order = report.passes.iter().filter(|it| it.purpose == "rows in their order");
        assert_eq!(in_order.count(), 1, "one pass for all");
    }
}

#[test]
fn rules_share_the_memory_for_their_rows_and_those_of_all_rows_are_given_up_first() {
    let rules = [
        "implementation: {rule: sequential, column: number}",
        "implementation: {rule: increasing, column: number, by: kind}",
        "implementation: {rule: ranges_apart, columns: [from, to]}",
        "implementation: {rule: between, column: number, minimum: 1}",
    ];
    let no_room = "? its rows do not fit into the memory for rows of all rules together";
    let found = ["+ 0 of 10, 0 unknown", "- 2 of 10, 0 unknown", "- 4 of 10, 0 unknown"];
    // ten rows of 72 bytes, two groups of 112, and ten rows
    let all = [true; 3];
    for (held_bytes, evaluated) in [
        (2_000, all),
        (1_664, all),
        (1_663, [true, true, false]),
        (944, [true, true, false]),
        (943, [false, true, false]),
        (224, [false, true, false]),
        (223, [false; 3]),
    ] {
        for batch_rows in [1, 3, 64] {
            let mut world = world(&table(), batch_rows, &rules);
            world.container.policy.held_bytes = held_bytes;
            let report = checked(&world, true, Some("failed.csv")).unwrap();
            let told: Vec<String> = report.results.iter().map(told).collect();
            for (place, found) in found.iter().enumerate() {
                let expected = if evaluated[place] { found } else { &no_room };
                assert_eq!(&told[place], expected, "{held_bytes} {batch_rows}");
            }
            assert_eq!(told[3], "+ 0 of 10, 0 unknown");
        }
    }
}

proptest! {
    /// Whatever the values, groups and batches are, the rows are those of a loop over sorted ones.
    #[test]
    fn rows_that_do_not_follow_are_those_of_a_slow_oracle(
        rows in prop::collection::vec((prop::option::of(0_i64..9), 0_i64..3), 1..40),
        batch_rows in 1_usize..9,
        interval in 1_i64..3,
    ) {
        let table = MemoryTable::named("flights")
            .integers("v", rows.iter().map(|row| row.0))
            .integers("g", rows.iter().map(|row| Some(row.1)));
        let rule = format!(
            "id: r, implementation: {{rule: sequential, column: v, by: [g], interval: {interval}}}"
        );
        let world = world(&table, batch_rows, &[&rule]);
        let report = checked(&world, true, Some("failed.csv")).unwrap();
        let mut groups: BTreeMap<i64, Vec<(i64, u64)>> = BTreeMap::new();
        for (row, (value, group)) in rows.iter().enumerate() {
            if let Some(value) = value {
                groups.entry(*group).or_default().push((*value, row as u64));
            }
        }
        let mut broken = Vec::new();
        for values in groups.values_mut() {
            values.sort_unstable();
            for pair in values.windows(2) {
                if pair[1].0 != pair[0].0 + interval {
                    broken.push(pair[1].1);
                }
            }
        }
        broken.sort_unstable();
        let found = world.failing.of("failed.csv").unwrap();
        let found: Vec<u64> = found.iter().filter_map(|row| row.row).collect();
        prop_assert_eq!(found, broken, "{}", told(&report.results[0]));
    }
    /// The rows that lie 1.37 deviations from the mean of those before them are those of whole numbers:
    /// with the sum S and the squares Q of w values, |x - S/w| > b s where (wx - S)^2 (w - 1) > b^2 w (wQ - S^2).
    #[test]
    fn moving_scores_are_those_of_whole_numbers(
        rows in prop::collection::vec((-5_i64..5, 0_i64..6, 0_i64..2), 1..40),
        batch_rows in 1_usize..9,
        window in 2_usize..5,
    ) {
        let table = MemoryTable::named("flights")
            .integers("v", rows.iter().map(|row| Some(row.0)))
            .integers("o", rows.iter().map(|row| Some(row.1)))
            .integers("g", rows.iter().map(|row| Some(row.2)));
        let rule = format!(
            "id: r, implementation: {{rule: moving_z_score, column: v, order: o, by: g, window: {window}, minimum: -1.37, maximum: 1.37}}"
        );
        let world = world(&table, batch_rows, &[&rule]);
        let report = checked(&world, true, Some("failed.csv")).unwrap();
        let (mut broken, mut unknown) = (Vec::new(), 0);
        for group in 0..2 {
            let of_group = rows.iter().enumerate().filter(|(_, row)| row.2 == group);
            let mut sorted: Vec<(i64, usize, i64)> =
                of_group.map(|(number, row)| (row.1, number, row.0)).collect();
            sorted.sort_unstable();
            for (at, &(_, number, x)) in sorted.iter().enumerate() {
                let before = if at < window { &[] } else { &sorted[at - window..at] };
                let sum: i64 = before.iter().map(|it| it.2).sum();
                let squares: i64 = before.iter().map(|it| it.2 * it.2).sum();
                let w = window as i64;
                let spread = w * squares - sum * sum;
                if before.is_empty() || spread == 0 {
                    unknown += 1;
                } else if 10_000 * (w * x - sum).pow(2) * (w - 1) > 18_769 * w * spread {
                    broken.push(number as u64);
                }
            }
        }
        broken.sort_unstable();
        let result = &report.results[0];
        if unknown < rows.len() {
            let contract = result.contract.as_ref().unwrap();
            prop_assert_eq!(contract.unknown, Some(unknown as u64));
            let found = world.failing.of("failed.csv").unwrap();
            let found: Vec<u64> = found.iter().filter_map(|row| row.row).collect();
            prop_assert_eq!(found, broken, "{}", told(result));
        }
    }
}
