use jiff::{Timestamp, ToSpan};
use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::ColumnType;

use super::*;

const FIRST: &str = "2026-03-02T04:00:00Z";

/// A column of numbers whose mean and missing values come with the version.
fn numbers(name: &str, mean: f64, missing: u64) -> ColumnMetrics {
    ColumnMetrics {
        name: name.to_owned(),
        column_type: ColumnType::Float,
        missing,
        distinct: Measured::exact(500),
        mean: Some(mean),
        standard_deviation: Some(10.0),
        kurtosis: Some(0.0),
        newest: None,
    }
}

/// A daily version.
fn version(number: u32, rows: u64, columns: Vec<ColumnMetrics>) -> VersionMetrics {
    let first: Timestamp = FIRST.parse().unwrap();
    let arrived_at = first + (24 * i64::from(number)).hours();
    VersionMetrics { version: number, arrived_at, rows, columns }
}

/// Small deviations that come again in no simple way.
fn wobble(number: u32, column: u32) -> f64 {
    let mixed = (number.wrapping_mul(2_654_435_761) ^ column.wrapping_mul(40_503))
        .wrapping_mul(2_246_822_519);
    f64::from(mixed >> 8) / f64::from(1 << 24) - 0.5
}

fn usual(number: u32) -> VersionMetrics {
    let rows = (10_000.0 + 200.0 * wobble(number, 0)) as u64;
    let columns = (1..=5).map(|column| {
        let missing = if column == 1 { 0 } else { (100.0 + 10.0 * wobble(number, column)) as u64 };
        numbers(&format!("c{column}"), 50.0 + wobble(number, 10 + column), missing)
    });
    version(number, rows, columns.collect())
}

fn judged(version: &VersionMetrics, earlier: u32) -> Judgement {
    let earlier: Vec<VersionMetrics> = (1..=earlier).map(usual).collect();
    judge(version, &earlier, &CheckPolicy::default())
}

/// The monitors that warn, with what they say.
fn warnings(judgement: &Judgement) -> Vec<(&str, &str)> {
    let failed = judgement.results.iter().filter(|result| result.has_failed());
    failed.map(|result| (result.check.as_str(), result.sentence.as_str())).collect()
}

#[test]
fn a_version_like_the_others_is_as_usual() {
    let judgement = judged(&usual(31), 30);
    assert_eq!(warnings(&judgement), []);
    let checks: Vec<&str> = judgement.results.iter().map(|it| it.check.as_str()).collect();
    assert_eq!(checks, [SCHEMA, VOLUME, MISSING, DISTRIBUTION, FRESHNESS]);
    assert!(judgement.left_out.is_empty());
}

#[test]
fn too_few_rows_are_told_with_what_is_usual() {
    let mut short = usual(31);
    short.rows = 6_000;
    for column in &mut short.columns {
        column.missing = column.missing * 6 / 10;
    }
    let judgement = judged(&short, 30);
    assert_eq!(warnings(&judgement).len(), 1);
    let (check, sentence) = warnings(&judgement)[0];
    assert_eq!(check, VOLUME);
    assert!(sentence.starts_with("the number of rows is 6,000, usually 9,"), "{sentence}");
    let result = judgement.results.iter().find(|it| it.check == VOLUME).unwrap();
    assert_eq!(result.severity, Severity::Warning);
    assert_eq!(result.failed_share(), Some(1.0));
}

#[test]
fn missing_values_where_there_were_none_are_told() {
    let mut holes = usual(31);
    holes.columns[0].missing = 25;
    let judgement = judged(&holes, 30);
    let [(MISSING, sentence)] = warnings(&judgement)[..] else { panic!("{judgement:?}") };
    assert!(
        sentence.starts_with("1 of 5 figures unusual: the missing share of c1 is 0.25 %"),
        "{sentence}"
    );
}

#[test]
fn a_mean_that_moved_is_told_and_the_others_are_not() {
    let mut moved = usual(31);
    moved.columns[2].mean = Some(500.0);
    let judgement = judged(&moved, 30);
    let [(DISTRIBUTION, sentence)] = warnings(&judgement)[..] else { panic!("{judgement:?}") };
    assert!(sentence.starts_with("1 of 10 figures unusual: the mean of c3 is 500.0"), "{sentence}");
}

#[test]
fn columns_that_go_or_change_warn_and_new_ones_inform() {
    let mut changed = usual(31);
    changed.columns[0].column_type = ColumnType::Text;
    changed.columns.remove(4);
    let judgement = judged(&changed, 30);
    let schema = judgement.results.iter().find(|it| it.check == SCHEMA).unwrap();
    assert_eq!(schema.sentence, "since version 30: c1 was float, and is text, c5 is gone");
    assert_eq!((schema.has_failed(), schema.severity), (true, Severity::Warning));

    let mut more = usual(31);
    more.columns.push(numbers("c6", 1.0, 0));
    let judgement = judged(&more, 30);
    let schema = judgement.results.iter().find(|it| it.check == SCHEMA).unwrap();
    assert_eq!(schema.sentence, "since version 30: c6 is new");
    assert_eq!((schema.has_failed(), schema.severity), (true, Severity::Info));
    let reading = judgement.readings.iter().find(|it| it.column.as_deref() == Some("c6"));
    assert_eq!(reading.unwrap().usual, None, "a new column has no usual figures");
}

#[test]
fn a_version_that_comes_late_is_told_and_an_early_one_is_not() {
    let mut late = usual(31);
    late.arrived_at += 40.hours();
    let judgement = judged(&late, 30);
    let [(FRESHNESS, sentence)] = warnings(&judgement)[..] else { panic!("{judgement:?}") };
    assert!(sentence.starts_with("the time in hours since the version before is 64"), "{sentence}");
    let mut early = usual(31);
    early.arrived_at -= 20.hours();
    assert_eq!(warnings(&judged(&early, 30)), []);
}

#[test]
fn versions_that_come_by_hand_are_not_held_to_a_clock() {
    let minutes: Vec<VersionMetrics> = (1..=12)
        .map(|number| {
            let mut version = usual(number);
            version.arrived_at = FIRST.parse::<Timestamp>().unwrap() + i64::from(number).minutes();
            version
        })
        .collect();
    let mut later = usual(13);
    later.arrived_at = minutes[11].arrived_at + 200.hours();
    let judgement = judge(&later, &minutes, &CheckPolicy::default());
    assert_eq!(warnings(&judgement), []);
    let left: Vec<&str> = judgement.left_out.iter().map(|it| it.check.as_str()).collect();
    assert_eq!(left, [FRESHNESS]);
    assert_eq!(judgement.left_out[0].reason, "versions do not come regularly");
}

#[test]
fn with_few_earlier_versions_nothing_is_called_unusual_and_it_is_said() {
    let mut odd = usual(4);
    odd.rows = 3;
    let judgement = judged(&odd, 3);
    assert_eq!(warnings(&judgement), []);
    let left: Vec<&str> = judgement.left_out.iter().map(|it| it.reason.as_str()).collect();
    assert_eq!(left[0], "there are 3 earlier versions, and what is usual is known from 7 on");
    let first = judged(&usual(1), 0);
    assert!(first.results.is_empty());
    assert_eq!(first.left_out.len(), 5);
}

#[test]
fn the_judged_version_is_not_in_its_own_baseline() {
    let earlier: Vec<VersionMetrics> = (1..=10).map(usual).collect();
    let mut odd = usual(11);
    odd.rows = 1_000_000;
    let usual_range = |rows: u64| {
        let version = VersionMetrics { rows, ..odd.clone() };
        let judgement = judge(&version, &earlier, &CheckPolicy::default());
        let reading = judgement.readings.into_iter().find(|it| it.figure == WatchedFigure::Rows);
        reading.unwrap().usual.unwrap().expected
    };
    assert_eq!(usual_range(1_000_000), usual_range(5));
}

/// Versions of two hundred columns that are like one another warn as rarely as those of two.
#[test]
fn many_columns_make_no_more_alarms() {
    let wide = |number: u32| {
        let columns = (1..=200).map(|column| {
            // a sum of uniform deviations is about normal
            let noise: f64 = (0..6).map(|part| wobble(number, column * 31 + part * 7_919)).sum();
            numbers(&format!("c{column}"), 50.0 + noise, 100)
        });
        version(number, 10_000, columns.collect())
    };
    let versions: Vec<VersionMetrics> = (1..=80).map(wide).collect();
    let alarms = (20..80).step_by(3).filter(|&at| {
        let judgement = judge(&versions[at], &versions[..at], &CheckPolicy::default());
        judgement.results.iter().any(|it| it.check == DISTRIBUTION && it.has_failed())
    });
    let alarms = alarms.count();
    assert!(alarms <= 1, "{alarms} of 20 versions");
}
