use std::sync::Arc;

use shared_kernel_domain::measured::Measured;
use shared_kernel_domain::table::{ColumnType, TimeUnit};

use super::sample::{Cells, SampleColumn};
use super::*;
use crate::result::{CheckResult, ContractRule, Unit};
use crate::verdict::{Dimension, Severity, Verdict};
use crate::yaml::Place as YamlPlace;

const ROWS: i64 = 400;

fn column(name: &str, column_type: ColumnType, cells: Cells) -> Arc<SampleColumn> {
    Arc::new(SampleColumn { name: name.to_owned(), column_type, cells })
}

fn texts(text: impl Fn(i64) -> &'static str) -> Cells {
    Cells::Text((0..ROWS).map(|row| Some(text(row).into())).collect())
}

/// A table of everything that corruptions are about.
fn orders() -> Sample {
    let integers =
        |value: fn(i64) -> i64| Cells::Integer((0..ROWS).map(|row| Some(value(row))).collect());
    let days = (0..ROWS).map(|row| Some(19_000 + (row / 20) as i32));
    let times = (0..ROWS).map(|row| Some(1_650_000_000 + row * 3_600));
    let prices = (0..ROWS).map(|row| Some((row % 37) as f64 + 0.25));
    let taxes = (0..ROWS).map(|row| Some(i128::from(row % 11) * 125));
    let cities = ["Zürich", "Genève", "Bern", "Basel"];
    Sample::of_columns(vec![
        column("id", ColumnType::Integer, integers(|row| 5_000 + row)),
        column("customer_id", ColumnType::Integer, integers(|row| 100 + row % 40)),
        column("grams", ColumnType::Integer, integers(|row| 500 + row % 90 * 10)),
        column("price", ColumnType::Float, Cells::Float(prices.collect())),
        column("tax", ColumnType::Decimal, Cells::Decimal { values: taxes.collect(), scale: 2 }),
        column("city", ColumnType::Text, texts(move |row| cities[row as usize % 4])),
        column("colour", ColumnType::Text, texts(|row| ["red", "green"][row as usize % 2])),
        column("day", ColumnType::Date, Cells::Date(days.collect())),
        column(
            "at",
            ColumnType::Timestamp,
            Cells::Timestamp { values: times.collect(), unit: TimeUnit::Second },
        ),
    ])
}

fn ground(seed: u64) -> Ground {
    Ground::of(orders(), seed, "2026-01-01T00:00:00Z".parse().unwrap())
}

/// All damages of a corruption, wherever it can be done.
fn damages(name: &str) -> Vec<Damage> {
    let ground = ground(0);
    let trials = ground.trials(100);
    let trial = trials.iter().find(|trial| trial.corruption.name == name).unwrap();
    ground.damages(trial).collect()
}

/// The damage of a corruption of one column.
fn damage(name: &str, column: &str) -> Damage {
    let mut found = damages(name);
    let place = found.iter().position(|it| it.columns.first().is_some_and(|name| name == column));
    found.swap_remove(place.unwrap_or_else(|| panic!("{name} is not done to {column}")))
}

fn cells(sample: &Sample, name: &str) -> Cells {
    let found = sample.columns.iter().find(|column| column.name == name);
    found.unwrap_or_else(|| panic!("no column {name}")).cells.clone()
}

fn integers(sample: &Sample, name: &str) -> Vec<Option<i64>> {
    match cells(sample, name) {
        Cells::Integer(values) | Cells::Timestamp { values, .. } => values,
        other => panic!("{other:?}"),
    }
}

fn words(sample: &Sample, name: &str) -> Vec<String> {
    match cells(sample, name) {
        Cells::Text(values) => values.into_iter().map(|it| it.unwrap().into()).collect(),
        other => panic!("{other:?}"),
    }
}

/// The rows in which two columns differ.
fn differing(before: &Cells, after: &Cells) -> Vec<usize> {
    let rows = before.len().max(after.len());
    (0..rows).filter(|&row| before.take(&[row]) != after.take(&[row])).collect()
}

#[test]
fn every_corruption_is_done_to_its_columns_and_nothing_else() {
    let clean = orders();
    let mut tried = 0;
    for corruption in &ALL {
        for damage in damages(corruption.name) {
            tried += 1;
            let told = format!("{} of {:?}", corruption.name, damage.columns);
            assert!(damage.rows > 0 && damage.rows <= ROWS as u64, "{told}");
            assert!(!damage.detail.is_empty(), "{told}");
            assert_ne!(damage.sample, clean, "{told}");
            let is_of_rows = damage.sample.rows() != clean.rows();
            assert_eq!(
                is_of_rows,
                ["duplicated_batch", "truncated_file"].contains(&corruption.name)
            );
            for column in &clean.columns {
                let is_meant = damage.columns.contains(&column.name) || damage.columns.is_empty();
                if !is_meant {
                    assert_eq!(cells(&damage.sample, &column.name), column.cells, "{told}");
                }
            }
        }
    }
    assert!(tried > 60, "{tried}");
}

#[test]
fn every_corruption_can_be_done_to_orders() {
    for corruption in &ALL {
        assert!(!damages(corruption.name).is_empty(), "{}", corruption.name);
    }
    let names: std::collections::BTreeSet<&str> = ALL.iter().map(|it| it.name).collect();
    assert_eq!(names.len(), ALL.len(), "each has a name of its own");
}

/// So many rows differ as are told, where a corruption is about single cells.
#[test]
fn the_rows_that_are_told_are_those_that_differ() {
    let clean = orders();
    for (name, column, rows) in [
        ("null_burst", "price", 20),
        ("disguised_nulls", "grams", 20),
        ("disguised_nulls", "colour", 20),
        ("unit_times_100", "grams", 40),
        ("unit_thousandth", "grams", 40),
        ("sign_flip", "grams", 20),
        ("outlier_spikes", "price", 3),
        ("category_split", "colour", 60),
        ("new_category", "colour", 12),
        ("typo_noise", "city", 8),
        ("zone_shift", "at", 80),
        ("future_dates", "day", 4),
        ("key_collision", "id", 4),
        ("orphan_reference", "customer_id", 4),
        ("encoding_damage", "city", 200),
        ("rounding", "price", 400),
    ] {
        let damage = damage(name, column);
        let changed = differing(&cells(&clean, column), &cells(&damage.sample, column));
        assert_eq!((changed.len(), damage.rows), (rows, rows as u64), "{name} of {column}");
    }
}

#[test]
fn values_become_what_is_told() {
    let run = differing(
        &cells(&orders(), "price"),
        &cells(&damage("null_burst", "price").sample, "price"),
    );
    assert!(run.windows(2).all(|pair| pair[1] == pair[0] + 1), "one run: {run:?}");
    let disguised = damage("disguised_nulls", "grams");
    assert_eq!(
        integers(&disguised.sample, "grams").iter().filter(|it| **it == Some(-999)).count(),
        20
    );
    assert!(words(&damage("disguised_nulls", "city").sample, "city").contains(&"N/A".to_owned()));
    let tax = cells(&damage("unit_times_100", "tax").sample, "tax");
    let Cells::Decimal { values, scale: 2 } = tax else { panic!("{tax:?}") };
    assert!(values.iter().flatten().any(|value| *value > 10_000), "{values:?}");
    let negative = integers(&damage("sign_flip", "grams").sample, "grams");
    assert_eq!(negative.iter().flatten().filter(|it| **it < 0).count(), 20);
    let colours = words(&damage("category_split", "colour").sample, "colour");
    assert_eq!(colours.iter().filter(|it| *it == "GREEN").count(), 60);
    let colours = words(&damage("new_category", "colour").sample, "colour");
    assert_eq!(colours.iter().filter(|it| *it == "hsffo").count(), 12);
    let cities = words(&damage("encoding_damage", "city").sample, "city");
    assert!(cities.contains(&"ZÃ¼rich".to_owned()) && cities.contains(&"Bern".to_owned()));
    let late = integers(&damage("zone_shift", "at").sample, "at");
    assert_eq!(late[399].unwrap() - 1_650_000_000, 399 * 3_600 + 5 * 3_600);
    let orphans = integers(&damage("orphan_reference", "customer_id").sample, "customer_id");
    assert_eq!(orphans.iter().flatten().filter(|it| **it > 139).count(), 4);
    let numbers = words(&damage("numbers_as_text", "id").sample, "id");
    assert_eq!(numbers[0], "5,000");
    let numbers = words(&damage("numbers_as_text", "price").sample, "price");
    assert_eq!(numbers[1], "1,25");
}

#[test]
fn dates_move_as_they_are_told() {
    let clean = orders();
    let day = |sample: &Sample| match cells(sample, "day") {
        Cells::Date(values) => values.into_iter().flatten().collect::<Vec<i32>>(),
        other => panic!("{other:?}"),
    };
    let stale = damages("stale_batch").remove(0);
    assert!(day(&stale.sample).iter().zip(day(&clean)).all(|(now, then)| now + 7 == then));
    let (before, after) = (integers(&clean, "at"), integers(&stale.sample, "at"));
    assert_eq!(before[3].unwrap() - after[3].unwrap(), 7 * 86_400);
    assert_eq!((stale.rows, stale.detail.as_str()), (400, "day, at"));
    let text = |days: i32| {
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        epoch.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
    };
    let swapped = damage("day_month_swap", "at");
    let all = differing(&cells(&clean, "at"), &cells(&swapped.sample, "at"));
    let at = |sample: &Sample, row: usize| {
        let seconds = integers(sample, "at")[row].unwrap();
        (text(seconds.div_euclid(86_400) as i32), seconds.rem_euclid(86_400))
    };
    for row in all {
        let ((before, time), (after, later)) = (at(&clean, row), at(&swapped.sample, row));
        let (month, date) = (&before[5..7], &before[8..10]);
        assert_eq!((after, later), (format!("{}-{date}-{month}", &before[..4]), time));
    }
    let ahead = day(&damage("future_dates", "day").sample);
    let today = 20_454;
    let future: Vec<i32> = ahead.into_iter().filter(|day| *day > today).collect();
    assert!(future.len() == 4 && future.iter().all(|day| *day < today + 3 * 365), "{future:?}");
}

#[test]
fn rows_and_columns_come_and_go_as_they_are_told() {
    let clean = orders();
    let twice = damages("duplicated_batch").remove(0);
    assert_eq!((twice.sample.rows(), twice.rows), (420, 20));
    let ids = integers(&twice.sample, "id");
    assert!(ids[400..].iter().all(|id| ids[..400].contains(id)));
    let cut = damages("truncated_file").remove(0);
    assert_eq!((cut.sample.rows(), cut.rows), (240, 160));
    assert_eq!(cut.sample, clean.take(&(0..240).collect::<Vec<_>>()));
    let renamed = damage("column_renamed", "price");
    assert_eq!(renamed.renamed, Some(("price_v2".to_owned(), "price".to_owned())));
    assert_eq!(cells(&renamed.sample, "price_v2"), cells(&clean, "price"));
    let names: Vec<String> = damage("column_dropped", "tax")
        .sample
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    assert_eq!((names.len(), names.contains(&"tax".to_owned())), (8, false));
    let stuck = integers(&damage("stuck_value", "grams").sample, "grams");
    assert!(stuck[280..].iter().all(|it| *it == stuck[279]));
    let mut shuffled = integers(&damage("shuffled_column", "id").sample, "id");
    assert_ne!(shuffled, integers(&clean, "id"));
    shuffled.sort_unstable();
    assert_eq!(shuffled, integers(&clean, "id"), "the same values");
    let swapped = damage("swapped_columns", "city");
    assert_eq!(swapped.columns, ["city", "colour"]);
    let (city, colour) = (words(&swapped.sample, "city"), words(&swapped.sample, "colour"));
    assert_eq!((city[399].as_str(), colour[399].as_str()), ("green", "Basel"));
    assert_eq!((city[0].as_str(), colour[0].as_str()), ("Zürich", "red"));
    assert_eq!(swapped.rows, 80);
}

/// What is done depends on the seed and the place, and not on what else is tried.
#[test]
fn the_same_seed_does_the_same() {
    let told = |seed: u64, most: usize| {
        let ground = ground(seed);
        let trials = ground.trials(most);
        let all: Vec<(String, Vec<String>, Sample)> = trials
            .iter()
            .flat_map(|trial| {
                let name = trial.corruption.name;
                ground.damages(trial).map(move |it| (name.to_owned(), it.columns, it.sample))
            })
            .collect();
        all
    };
    let (two, again, all) = (told(0, 2), told(0, 2), told(0, 100));
    assert!(two == again);
    assert!(two.iter().all(|one| all.contains(one)), "more places change none of the others");
    assert!(two.iter().all(|(name, ..)| two.iter().filter(|it| it.0 == *name).count() <= 2));
    assert!(two != told(1, 2));
}

#[test]
fn small_and_odd_tables_are_not_applicable_or_changed() {
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let null = column("nothing", ColumnType::Null, Cells::Null(1));
    let empty = column("n", ColumnType::Integer, Cells::Integer(Vec::new()));
    let nan = Cells::Float(vec![Some(f64::NAN), Some(f64::INFINITY), None, Some(i64::MAX as f64)]);
    let wide = Cells::Integer(vec![Some(i64::MAX), Some(i64::MIN), None, Some(0)]);
    let odd = Cells::Text(["", "é", "aaaa", " "].map(|it| Some(it.into())).to_vec());
    let far = Cells::Timestamp {
        values: vec![Some(i64::MAX), Some(i64::MIN), None, Some(0)],
        unit: TimeUnit::Nanosecond,
    };
    let days = Cells::Date(vec![Some(i32::MAX), Some(i32::MIN), None, Some(59)]);
    let cells = [
        column("f", ColumnType::Float, nan),
        column("i", ColumnType::Integer, wide),
        column("t", ColumnType::Text, odd),
        column("at", ColumnType::Timestamp, far),
        column("day", ColumnType::Date, days),
    ];
    for columns in [vec![null], vec![empty], Vec::new(), cells.to_vec()] {
        let sample = Sample::of_columns(columns);
        let ground = Ground::of(sample.clone(), 0, now);
        for trial in ground.trials(10) {
            for damage in ground.damages(&trial) {
                assert!(damage.rows > 0);
                assert!(
                    damage.sample.columns.iter().all(|it| it.cells.len() == damage.sample.rows())
                );
            }
        }
    }
}

fn result(check: &str, columns: &[&str], failed: u64, verdict: Verdict) -> CheckResult {
    CheckResult {
        check: check.to_owned(),
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
        dimension: Dimension::Accuracy,
        severity: Severity::Warning,
        verdict,
        unit: Unit::Rows,
        evaluated: Some(Measured::exact(100)),
        failed: Some(Measured::exact(failed)),
        threshold: None,
        evidence: Vec::new(),
        sentence: "told".to_owned(),
        contract: None,
    }
}

fn rule(id: &str, failed: u64, verdict: Verdict) -> CheckResult {
    let contract = ContractRule {
        rule: id.to_owned(),
        contract: "c.yaml".to_owned(),
        place: YamlPlace { line: 1, column: 1 },
        requirement: String::new(),
        limit: String::new(),
        filter: None,
        figure: None,
        distribution: None,
        rows: None,
        unknown: None,
    };
    CheckResult { contract: Some(contract), ..result("between", &["a"], failed, verdict) }
}

fn caught(before: CheckResult, after: CheckResult) -> Attempt {
    let mut attempt = Attempt::default();
    let renamed = Some(("a_v2".to_owned(), "a".to_owned()));
    caught_by(&[before], &[after], renamed.as_ref(), &mut attempt);
    attempt
}

#[test]
fn a_rule_catches_what_it_did_not_fail_on_before() {
    use Verdict::{Failed, Passed};
    let gone = || Verdict::NotEvaluated { reason: "gone".to_owned() };
    let how = |before: CheckResult, after: CheckResult| {
        caught(before, after).rules.first().map(|catch| catch.how)
    };
    assert_eq!(how(rule("r", 0, Passed), rule("r", 3, Failed)), Some(How::Fails));
    assert_eq!(how(rule("r", 3, Passed), rule("r", 9, Passed)), None, "it allows as many");
    assert_eq!(how(rule("r", 0, Passed), rule("r", 0, gone())), Some(How::NotEvaluated));
    assert_eq!(how(rule("r", 0, gone()), rule("r", 0, gone())), None);
    assert_eq!(how(rule("r", 0, gone()), rule("r", 3, Failed)), Some(How::Fails));
    assert_eq!(how(rule("r", 4, Failed), rule("r", 8, Failed)), None);
    assert_eq!(how(rule("r", 4, Failed), rule("r", 9, Failed)), Some(How::FailsMore));
    let info = CheckResult { severity: Severity::Info, ..rule("r", 3, Failed) };
    assert_eq!(how(rule("r", 0, Passed), info), None, "information fails nothing");
    let error = CheckResult { severity: Severity::Error, ..rule("r", 4, Failed) };
    assert_eq!(how(rule("r", 4, Failed), error), Some(How::FailsMore));
    let figure = |failed| CheckResult { unit: Unit::Figures, ..rule("r", failed, Failed) };
    assert_eq!(how(figure(1), figure(3)), None, "figures are not counted");
}

#[test]
fn checks_are_told_from_rules_and_monitors() {
    use Verdict::{Failed, Passed};
    let same =
        caught(result("null_share", &["a"], 5, Failed), result("null_share", &["a_v2"], 5, Failed));
    assert_eq!(same, Attempt::default(), "it failed under its old name");
    let other =
        caught(result("null_share", &["b"], 5, Failed), result("null_share", &["a"], 5, Failed));
    assert_eq!((other.built_in.len(), other.is_noticed()), (1, true));
    let volume =
        caught(result("volume_change", &[], 0, Passed), result("volume_change", &[], 1, Failed));
    assert_eq!((volume.monitors.len(), volume.built_in.len(), volume.rules.len()), (1, 0, 0));
    let lost = Verdict::NotEvaluated { reason: "too large".to_owned() };
    let unknown =
        caught(result("null_share", &["a"], 0, Passed), result("null_share", &["a"], 0, lost));
    assert!(!unknown.is_noticed());
}

#[test]
fn tallies_count_attempts_and_not_catches() {
    let catch = || Catch {
        name: "r".to_owned(),
        columns: Vec::new(),
        how: How::Fails,
        sentence: String::new(),
    };
    let all = [
        Attempt { rules: vec![catch(), catch()], monitors: vec![catch()], ..Attempt::default() },
        Attempt { built_in: vec![catch()], ..Attempt::default() },
        Attempt { suggested: vec!["r".to_owned()], ..Attempt::default() },
    ];
    let tally = Tally::of(&all);
    assert_eq!(tally, Tally { attempts: 3, rules: 1, built_in: 1, monitors: 1, any: 2 });
    let score = MutationReport::score_of(&tally, Measured::sampled(10, 10)).unwrap();
    assert_eq!(score, Measured::sampled(1.0 / 3.0, 10));
    assert_eq!(MutationReport::score_of(&Tally::default(), Measured::exact(0)), None);
}

#[test]
fn the_fewest_rules_that_catch_all_come_first() {
    let attempt = |rules: &[&str]| Attempt {
        columns: vec!["b".to_owned()],
        suggested: rules.iter().map(|&rule| rule.to_owned()).collect(),
        ..Attempt::default()
    };
    let attempts = vec![attempt(&["x", "y"]), attempt(&["y"]), attempt(&["columns"]), attempt(&[])];
    let report = CorruptionReport::of(&ALL[0], attempts);
    let remedies = Remedy::all(&[], std::slice::from_ref(&report));
    let told: Vec<(&str, u32)> = remedies.iter().map(|it| (it.rule.as_str(), it.catches)).collect();
    assert_eq!(told, [("y", 2), ("columns", 1)]);
    assert_eq!(Remedy::text(&remedies, &[], &[report]), "    properties:\n      - name: \"b\"\n");
    assert_eq!(Remedy::text(&[], &[], &[]), "");
}
