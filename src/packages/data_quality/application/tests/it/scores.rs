//! Scores from the median and the quartiles, against arithmetic of their own.

use testkit::MemoryTable;

use crate::contracts::{checked, told, world};

/// A quantile between sorted numbers, interpolated.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// How many values lie outside of -3 to 3 robust deviations, beyond 2 interquartile ranges from the median,
/// and outside of the fences.
fn outside(values: &[f64]) -> [usize; 3] {
    let ordered = sorted(values.iter().copied());
    let median = quantile(&ordered, 0.5);
    let deviation = 1.4826 * quantile(&sorted(values.iter().map(|it| (it - median).abs())), 0.5);
    let (low, high) = (quantile(&ordered, 0.25), quantile(&ordered, 0.75));
    let count =
        |is_outside: &dyn Fn(f64) -> bool| values.iter().filter(|it| is_outside(**it)).count();
    [
        count(&|it| ((it - median) / deviation).abs() > 3.0),
        count(&|it| (it - median).abs() >= 2.0 * (high - low)),
        count(&|it| it < low - 1.5 * (high - low) || it > high + 1.5 * (high - low)),
    ]
}

const RULES: [&str; 3] = [
    "implementation: {rule: robust_z_score, column: number, minimum: -3, maximum: 3}",
    "implementation: {rule: interquartile_score, column: number, exclusiveMinimum: -2, exclusiveMaximum: 2}",
    "implementation: {rule: quartile_score, column: number, minimum: -1.5, maximum: 1.5}",
];

#[test]
fn outliers_are_those_of_the_formulas() {
    // skewed, with a tail on one side, and more different numbers than one scan holds
    let skewed = |row: i32| ((f64::from(row) * 0.618_033_988_75).fract() * 7.0).exp();
    for rows in [50, 30_000] {
        let values: Vec<f64> = (0..rows).map(skewed).chain([-2_000.0]).collect();
        let cells = values.iter().copied().map(Some).chain([None, Some(f64::NAN)]);
        let table = MemoryTable::named("flights").floats("number", cells);
        let report = checked(&world(&table, 512, &RULES), true, None).unwrap();
        let expected = outside(&values);
        assert!(expected.iter().all(|count| *count > 0), "{expected:?}");
        let told: Vec<String> = report.results.iter().map(told).collect();
        let all = values.len();
        let wanted = expected.map(|count| format!("- {count} of {all}, 2 unknown"));
        assert_eq!(
            told,
            wanted.map(|it| it.replace(&format!("of {all}"), &format!("of {}", all + 2))),
            "{rows}"
        );
    }
}

#[test]
fn a_score_is_of_the_rows_that_are_looked_at_and_has_a_unit() {
    let number = [1, 2, 3, 4, 100, 7, 7, 7, 7, 9].map(Some);
    let kind = ["a", "a", "a", "a", "a", "b", "b", "b", "b", "b"].map(Some);
    let table = MemoryTable::named("flights").integers("number", number).texts("kind", kind);
    let rules = [
        // of 1, 2, 3, 4, 100: median 3, deviations 2, 1, 0, 1, 97 with the median 1
        "implementation: {rule: robust_z_score, column: number, maximum: 65, filter: kind = 'a'}",
        "implementation: {rule: robust_z_score, column: number, maximum: 66, filter: kind = 'a'}",
        // quartiles 2 and 4
        "implementation: {rule: quartile_score, column: number, maximum: 47, filter: kind = 'a'}",
        "implementation: {rule: quartile_score, column: number, maximum: 48, filter: kind = 'a'}",
        "implementation: {rule: quartile_score, column: number, minimum: -0.4, filter: kind = 'a'}",
        // 0 is all that lies between the quartiles: 1 is below, and 100 above
        "implementation: {rule: quartile_score, column: number, minimum: 0, filter: kind = 'a'}",
        "implementation: {rule: quartile_score, column: number, maximum: 0, filter: kind = 'a'}",
        "implementation: {rule: interquartile_score, column: number, maximum: 48, segment: kind}",
        "implementation: {rule: robust_z_score, column: kind, maximum: 1}",
        "implementation: {rule: robust_z_score, column: number, maximum: 1, filter: number > 1000}",
    ];
    let world = world(&table, 3, &rules);
    let report = checked(&world, true, Some("failed.csv")).unwrap();
    let told: Vec<String> = report.results.iter().map(told).collect();
    assert_eq!(
        told,
        [
            "- 1 of 5, 0 unknown",
            "+ 0 of 5, 0 unknown",
            "- 1 of 5, 0 unknown",
            "+ 0 of 5, 0 unknown",
            "- 1 of 5, 0 unknown",
            "- 1 of 5, 0 unknown",
            "- 1 of 5, 0 unknown",
            "- 1 of 5, 0 unknown",
            "? half of the values of number are the same, and have no interquartile score",
            "? the figure is of numbers, but kind is text",
            "? there are no values to look at",
        ]
    );
}
