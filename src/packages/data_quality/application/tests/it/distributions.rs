//! Columns against reference distributions: given in the contract, and in other tables.

use data_quality_domain::Verdict;
use testkit::{Cells, MemoryTable};

use crate::contracts::{checked, evidence, told, world};

/// Ten rows: numbers 1 to 8, one NaN and one missing; letters a, a, a, a, b, b, c, c, one missing and d.
fn table() -> MemoryTable {
    let numbers = (1..=8).map(|number| Some(f64::from(number)));
    let letters = ["a", "a", "a", "a", "b", "b", "c", "c"].map(Some);
    let at = [0, 1_800, 3_599, 3_600, 7_200, 3_500].map(Some).into_iter().chain([None; 4]);
    MemoryTable::new(vec![("at", Cells::Timestamp(at.collect()))])
        .floats("number", numbers.chain([Some(f64::NAN), None]))
        .integers("whole", (1..=8).map(Some).chain([None, None]))
        .texts("letter", letters.into_iter().chain([None, Some("d")]))
        .booleans(
            "open",
            [true, true, true, false, true, false].map(Some).into_iter().chain([None; 4]),
        )
        .dates("day", (0..10).map(Some))
        .texts("empty", [None; 10])
}

/// Rules on [`table`], and what they come to. The distances were worked out by hand.
const CASES: &[(&str, &str)] = &[
    // letters of 9 values: a 4, b 2, c 2, d 1
    (
        "implementation: {rule: distribution, distance: total_variation, column: letter, values: [a, b, c, d], shares: [0.4, 0.2, 0.2, 0.2]}, mustBeLessThan: 0.1",
        "+ 0.088888889",
    ),
    (
        "implementation: {rule: distribution, distance: total_variation, column: letter, values: [a, b, c], shares: [0.4, 0.3, 0.3]}, mustBeLessThan: 0.1",
        "- 0.155555556",
    ),
    (
        "implementation: {rule: distribution, distance: total_variation, column: letter, values: [a, b], shares: [0.5, 0.5], filter: letter < 'c'}, mustBeLessThan: 0.2",
        "+ 0.166666667",
    ),
    // what the reference does not have is infinitely far
    (
        "implementation: {rule: distribution, distance: kullback_leibler, column: letter, values: [a, b, c], shares: [0.4, 0.3, 0.3]}, mustBeLessThan: 10",
        "- 1 of 9, - unknown",
    ),
    (
        "implementation: {rule: distribution, distance: kullback_leibler, column: open, values: [true, false], shares: [0.5, 0.5]}, mustBeLessOrEqualTo: 0.06",
        "+ 0.056633012",
    ),
    (
        "implementation: {rule: distribution, distance: jensen_shannon, column: open, values: [true, false], shares: [0, 1]}, mustBeGreaterThan: 0.6",
        "+ 0.677604543",
    ),
    (
        "implementation: {rule: distribution, distance: population_stability_index, column: open, values: [true, false], shares: [0.5, 0.5]}, mustBeLessThan: 0.1",
        "- 0.115524530",
    ),
    // single numbers: all that lies between is together
    (
        "implementation: {rule: distribution, distance: total_variation, column: whole, values: [8, 1], shares: [0.5, 0.5]}, mustBe: 0.75",
        "+ 0.75",
    ),
    // bins: [1, 3), [3, 8]; NaN is missing
    (
        "implementation: {rule: distribution, distance: total_variation, column: number, edges: [1, 3, 8], shares: [0.25, 0.75]}, mustBe: 0",
        "+ 0",
    ),
    // below 2, [2, 5), [5, 7], above 7
    (
        "implementation: {rule: distribution, distance: kolmogorov_smirnov, column: number, edges: [2, 5, 7], shares: [0.5, 0.25, 0.25, 0]}, mustBeLessThan: 0.3",
        "- 0.375",
    ),
    // days 0 to 9, of which 0 to 3, 4 to 7 and 8 and 9 lie before, between and after
    (
        "implementation: {rule: distribution, distance: total_variation, column: day, edges: ['1970-01-05', '1970-01-08'], shares: [0.4, 0.4, 0.2]}, mustBe: 0",
        "+ 0",
    ),
    (
        "implementation: {rule: distribution, distance: kolmogorov_smirnov, column: day, edges: ['1970-01-01', '1970-01-06'], shares: [1], filter: whole is not null}, mustBeLessThan: 0.25",
        "- 0.25",
    ),
    (
        "implementation: {rule: distribution, distance: population_stability_index, column: at, edges: ['1970-01-01T00:00:00Z', '1970-01-01T02:00:00+01:00', '1970-01-01 02:00'], shares: [0.5, 0.5]}, mustBeLessThan: 0.1",
        "- 0.115524530",
    ),
    (
        "implementation: {rule: distribution, distance: total_variation, column: whole, edges: ['1970-01-01', '1970-01-06'], shares: [1]}, mustBe: 0",
        "? the reference is of dates and points in time, but whole is integer",
    ),
    // nothing is compared
    (
        "implementation: {rule: distribution, distance: total_variation, column: empty, values: [a], shares: [1]}, mustBe: 0",
        "? there are no values to look at",
    ),
    (
        "implementation: {rule: distribution, distance: total_variation, column: day, edges: [0, 1], shares: [1]}, mustBe: 0",
        "? the reference is of numbers, but day is date",
    ),
    (
        "implementation: {rule: distribution, distance: total_variation, column: letter, edges: [0, 1], shares: [1]}, mustBe: 0",
        "? the reference is of numbers, but letter is text",
    ),
    (
        "implementation: {rule: distribution, distance: total_variation, column: gone, edges: [0, 1], shares: [1]}, mustBe: 0",
        "? the table has no column gone",
    ),
];

#[test]
fn a_column_is_compared_with_shares_of_the_contract_in_the_one_scan() {
    let rules: Vec<&str> = CASES.iter().map(|(rule, _)| *rule).collect();
    for batch_rows in [1, 3, 10] {
        let world = world(&table(), batch_rows, &rules);
        let report = checked(&world, true, None).unwrap();
        for ((rule, expected), result) in CASES.iter().zip(&report.results) {
            let told = told(result);
            assert!(
                told.starts_with(expected.trim_end_matches('0')),
                "{rule}: {told}, and not {expected}"
            );
        }
        assert_eq!(report.passes.len(), 1);
    }
}

#[test]
fn the_verdict_tells_measure_bins_and_exactness_and_what_differs_most() {
    let rule = "implementation: {rule: distribution, distance: total_variation, column: letter, values: [a, b, c], shares: [0.4, 0.3, 0.3]}, mustBeLessThan: 0.1";
    let report = checked(&world(&table(), 4, &[rule]), true, None).unwrap();
    let [result] = report.results.as_slice() else { panic!("{:?}", report.results) };
    assert_eq!(
        result.sentence,
        "the total variation distance of letter from the shares of its values is 0.1556 (exact, of \
         9 values over 4 bins); it must be less than 0.1"
    );
    let contract = result.contract.as_ref().unwrap();
    let distribution = contract.distribution.as_ref().unwrap();
    assert_eq!((distribution.distance.as_str(), distribution.bins), ("total_variation", 4));
    assert!(contract.figure.unwrap().is_exact());
    let first = result.evidence.first().unwrap();
    assert_eq!(first.value.to_string(), "others");
    assert_eq!(first.note.as_deref(), Some("11.1 % here, 0 % in the reference"));
}

#[test]
fn periods_that_differ_are_told_by_their_dates() {
    let rule = "implementation: {rule: distribution, distance: total_variation, column: day, edges: ['1970-01-05', '1970-01-08T12:00'], shares: [0, 1, 0]}, mustBeLessThan: 0.1";
    let report = checked(&world(&table(), 4, &[rule]), true, None).unwrap();
    let told = |it: &data_quality_domain::Evidence| it.value.to_string();
    let labels: Vec<String> = report.results[0].evidence.iter().map(told).collect();
    assert_eq!(
        labels,
        [
            "from 1970-01-05 to 1970-01-08T12:00:00Z",
            "before 1970-01-05",
            "after 1970-01-08T12:00:00Z"
        ]
    );
}

/// What rules on [`table`] come to against `base.csv`.
fn against(base: &MemoryTable, rules: &[&str]) -> (Vec<String>, Vec<String>) {
    let world = world(&table(), 3, rules);
    let base = world.scanner.add(base);
    world.fakes.ingest.put("base.csv", base, evidence());
    let report = checked(&world, true, None).unwrap();
    let passes = report.passes.iter().map(|pass| pass.purpose.clone()).collect();
    (report.results.iter().map(told).collect(), passes)
}

#[test]
fn a_column_is_compared_with_that_of_another_table() {
    let letters = ["a", "b", "c", "e"].map(Some).into_iter().chain([None; 4]);
    let base = MemoryTable::named("base")
        .texts("letter", letters)
        .integers("number", [4, 5, 6, 7, 8, 9, 10, 11].map(Some))
        .texts("nothing", [None; 8])
        .dates("day", (0..8).map(Some));
    let (told, passes) = against(
        &base,
        &[
            "implementation: {rule: distribution, distance: total_variation, column: letter, to: base.csv}, mustBeLessThan: 1",
            // 1..8 against 4..11: three of eight lie below
            "implementation: {rule: distribution, distance: kolmogorov_smirnov, column: number, to: base.csv}, mustBe: 0.375",
            "implementation: {rule: distribution, distance: kolmogorov_smirnov, column: whole, to: base.csv, to_columns: number}, mustBe: 0.375",
            // as many bins as values: 4 and below, 5, …, 11 and above
            "implementation: {rule: distribution, distance: total_variation, column: number, to: base.csv}, mustBe: 0.375",
            "implementation: {rule: distribution, distance: total_variation, column: letter, to: base.csv, to_columns: nothing}, mustBe: 0",
            "implementation: {rule: distribution, distance: total_variation, column: letter, to: base.csv, to_columns: number}, mustBe: 0",
            "implementation: {rule: distribution, distance: total_variation, column: day, to: base.csv}, mustBe: 0",
            "implementation: {rule: distribution, distance: kolmogorov_smirnov, column: letter, to: base.csv}, mustBe: 0",
            "implementation: {rule: distribution, distance: total_variation, column: letter, to: base.csv, to_columns: gone}, mustBe: 0",
            "implementation: {rule: distribution, distance: total_variation, column: letter, to: flights.csv}, mustBe: 0",
        ],
    );
    assert_eq!(told[0], "+ 0.305555556");
    assert_eq!(told[1..4], ["+ 0.375", "+ 0.375", "+ 0.375"]);
    assert_eq!(told[4], "? base.csv: the reference has no values");
    assert_eq!(told[5], "? the reference is of numbers, but letter is text");
    assert_eq!(
        told[6],
        "? base.csv: day is date: of dates and points in time, the reference is `edges` with `shares`"
    );
    assert_eq!(told[7], "? base.csv: this distance is of numbers, but letter is text");
    assert!(told[8].starts_with("? base.csv: the table has no column gone"), "{}", told[8]);
    assert_eq!(told[9], "? flights.csv is the table itself");
    assert!(passes.contains(&"distribution of letter of base.csv".to_owned()), "{passes:?}");
}

#[test]
fn too_many_numbers_to_hold_give_bounds_that_decide_where_they_can() {
    // 20,000 different numbers from 0 to 9; the table has a share of 2 / 8 below 3
    let base = MemoryTable::named("base")
        .floats("number", (0..20_000).map(|number| Some(f64::from(number) * 9.0 / 20_000.0)));
    let rule = |must: &str| {
        format!(
            "implementation: {{rule: distribution, distance: kolmogorov_smirnov, column: number, to: base.csv}}, {must}"
        )
    };
    let (near, clear) = (rule("mustBeLessThan: 0.1111"), rule("mustBeLessThan: 0.2"));
    let psi = "implementation: {rule: distribution, distance: population_stability_index, column: number, to: base.csv, bins: 2}, mustBeLessThan: 0.01";
    let world = world(&table(), 5, &[&clear, &near, psi]);
    let base = world.scanner.add(&base);
    world.fakes.ingest.put("base.csv", base, evidence());
    let report = checked(&world, true, None).unwrap();
    let [clear, near, psi] = report.results.as_slice() else { panic!("{:?}", report.results) };
    assert_eq!(clear.verdict, Verdict::Passed);
    let figure = clear.contract.as_ref().unwrap().figure.unwrap();
    assert!(!figure.is_exact() && (figure.value - 1.0 / 9.0).abs() < 0.002, "{figure:?}");
    assert!(clear.sentence.contains("at most 0.00"), "{}", clear.sentence);
    assert!(near.is_not_evaluated() && near.sentence.contains("too near its limit"), "{near:?}");
    // half of both lies below the middle
    let figure = psi.contract.as_ref().unwrap().figure.unwrap();
    assert!(figure.is_exact() && figure.value.abs() < 0.001, "{figure:?}");
}
