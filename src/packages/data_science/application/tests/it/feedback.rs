use data_science_application::{
    DetectRequest, FeedbackAction, FeedbackOutcome, FeedbackRequest, Method, ScoresOutput,
    anomalies_of_version, change_feedback, delete_dataset, detect, feedback_of_pipeline,
};
use data_science_domain::anomaly::AnomalyReport;
use data_science_domain::feedback::Verdict;
use data_science_domain::scores::ScoresFormat;
use serde_json::json;
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::{Error, ErrorKind};
use testkit::MemoryTable;

use crate::updating::{handle, trained, uploaded};
use crate::world::World;

/// 400 deliveries of about 20 minutes: rows 30, 130, 230 and 330 take 500, 480, 510 and 300 more, row
/// 70 is of a carrier of its own and row 170 of both kinds. Another `shift` gives other usual values.
fn deliveries(shift: i64) -> MemoryTable {
    let rows = 0..400_i64;
    let minutes = |row: i64| {
        20 + (row * 7 + shift) % 13
            + match row {
                30 => 500,
                130 => 480,
                230 => 510,
                330 => 300,
                170 => 490,
                _ => 0,
            }
    };
    let carrier =
        |row: i64| if matches!(row, 70 | 170) { "ZZ" } else { ["A", "B"][row as usize % 2] };
    MemoryTable::named("flights")
        .integers("minutes", rows.clone().map(|row| Some(minutes(row))))
        .floats("distance", rows.clone().map(|row| Some((row * 13 % 97) as f64)))
        .texts("carrier", rows.map(|row| Some(carrier(row))))
}

/// A world whose pipeline has scored the deliveries.
fn world() -> World {
    let world = World::new().without_label();
    world.put_file("flights.csv", &deliveries(0));
    let version = uploaded(&world);
    handle(&world, &trained(&world, &version, 1, true)).unwrap();
    world
}

fn request(rows: &[u64]) -> FeedbackRequest {
    FeedbackRequest {
        pipeline: "flights".to_owned(),
        version: None,
        rows: rows.to_vec(),
        dry_run: false,
    }
}

fn give(world: &World, verdict: Verdict, rows: &[u64]) -> FeedbackOutcome {
    let action = FeedbackAction::Give(verdict, Some("as always".to_owned()));
    change_feedback(&world.container, &request(rows), &action).unwrap()
}

fn newest(world: &World) -> AnomalyReport {
    let dataset = world.container.datasets.by_name("flights").unwrap().unwrap();
    let version = world.container.datasets.newest_version(&dataset.id).unwrap().unwrap();
    anomalies_of_version(&world.container, &version.id).unwrap().unwrap()
}

fn called(report: &AnomalyReport) -> Vec<u64> {
    let called = report.anomalies.iter().filter(|anomaly| anomaly.anomaly);
    let mut rows: Vec<u64> = called.map(|anomaly| anomaly.row).collect();
    rows.sort_unstable();
    rows
}

fn refused(world: &World, request: &FeedbackRequest, action: &FeedbackAction) -> Error {
    let commits = world.store.commits();
    let error = change_feedback(&world.container, request, action).unwrap_err();
    assert_eq!(world.store.commits(), commits, "nothing was kept");
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert!(error.hint_text().is_some(), "{error}");
    error
}

#[test]
fn what_is_dismissed_and_its_like_are_no_longer_told_until_it_is_withdrawn() {
    let world = world();
    let before = newest(&world);
    assert_eq!(called(&before), [30, 70, 130, 170, 230, 330], "{:?}", before.decision_rule);
    let outcome = give(&world, Verdict::Dismissed, &[30]);
    world.store.last_unit(|unit| {
        let [entry] = &unit.audit[..] else { panic!("{:?}", unit.audit) };
        assert_eq!((entry.action.as_str(), entry.actor.as_str()), ("feedback.dismissed", "user"));
        assert_eq!(
            entry.detail,
            json!({ "version": 1, "row": 30, "reason": "as always", "replaces": null })
        );
    });
    let after = newest(&world);
    assert_eq!(called(&after), [70, 170, 230, 330], "{:#?}", outcome.changes);
    assert_eq!(after.anomaly_count, 4);
    assert_eq!(after.feedback.as_ref().unwrap().no_longer_called, 2);
    let changed: Vec<u64> = outcome.changes.iter().map(|change| change.row).collect();
    assert!(changed.contains(&130) && changed.contains(&330), "{changed:?}");
    assert!(!changed.contains(&230), "530 minutes are more than what was dismissed");
    let like = outcome.changes.iter().find(|change| change.row == 130).unwrap();
    assert_eq!(like.feedback.as_ref().unwrap().column.as_deref(), Some("minutes"));

    change_feedback(&world.container, &request(&[30]), &FeedbackAction::Withdraw).unwrap();
    world.store.last_unit(|unit| assert_eq!(unit.audit[0].action, "feedback.withdrawn"));
    let text = |report: &AnomalyReport| serde_json::to_string(report).unwrap();
    assert_eq!(text(&newest(&world)), text(&before));
}

#[test]
fn a_dry_run_says_the_same_and_keeps_nothing() {
    let world = world();
    let commits = world.store.commits();
    let action = FeedbackAction::Give(Verdict::Dismissed, None);
    let dry = FeedbackRequest { dry_run: true, ..request(&[30]) };
    let previewed = change_feedback(&world.container, &dry, &action).unwrap();
    assert_eq!(world.store.commits(), commits);
    assert!(feedback_of_pipeline(&world.container, "flights").unwrap().1.is_empty());
    let done = give(&world, Verdict::Dismissed, &[30]);
    assert_eq!(previewed.changes, done.changes);
    assert_eq!(previewed.after, done.after);
}

#[test]
fn a_later_version_is_told_as_feedback_on_an_earlier_one_says() {
    let world = world();
    give(&world, Verdict::Dismissed, &[30]);
    give(&world, Verdict::Confirmed, &[70]);
    // With this shift no value of row 30 is more than what was dismissed.
    world.put_file("flights.csv", &deliveries(11));
    let version = uploaded(&world);
    handle(&world, &trained(&world, &version, 2, true)).unwrap();
    let report = newest(&world);
    assert_eq!(called(&report), [70, 170, 230, 330], "{:#?}", report.feedback);
    assert_eq!(report.anomalies[0].row, 70, "{:?}", report.anomalies[0].feedback);
    assert!((100..=200).contains(&report.anomalies.len()), "what was dismissed is told too");
    let of_first = FeedbackRequest { version: Some(1), ..request(&[30, 70]) };
    change_feedback(&world.container, &of_first, &FeedbackAction::Withdraw).unwrap();
    let report = newest(&world);
    assert_eq!(called(&report), [30, 70, 130, 170, 230, 330]);
    assert_eq!((report.feedback, report.anomalies.len()), (None, 100));
}

#[test]
fn scores_by_the_pipeline_are_those_of_the_model_and_decisions_those_after_feedback() {
    let world = world();
    let lines = |world: &World, name: &str| {
        let mut bytes = Vec::new();
        let sink = Box::new(|piece: &[u8]| {
            bytes.extend_from_slice(piece);
            Ok(())
        });
        let output = ScoresOutput { format: ScoresFormat::Csv, explain: true, sink };
        let data = DataRequest { data: name.to_owned(), format: None, sheet: None };
        let method = Method::Pipeline("flights".to_owned());
        let request = DetectRequest { data, method, label: None, decision: None, told: 5 };
        let (progress, cancellation) = (|_: u64, _: Option<u64>| {}, Cancellation::default());
        let found = detect(&world.container, &request, Some(output), &progress, &cancellation);
        let text = String::from_utf8(bytes).unwrap();
        (text.lines().map(str::to_owned).collect::<Vec<_>>(), found.unwrap())
    };
    let (plain, found) = lines(&world, "flights");
    assert_eq!((found.feedback, found.decision.rows.len()), (None, 6));
    give(&world, Verdict::Dismissed, &[30]);
    for name in ["flights", "flights.csv"] {
        let (after, found) = lines(&world, name);
        assert_eq!(found.decision.rows.len(), 4);
        assert_eq!(found.feedback.unwrap().no_longer_called, 2);
        assert!(found.anomalies.iter().all(|anomaly| anomaly.row != 30));
        assert!(after[30].starts_with("30 false 0 ") && after[30].ends_with(" Dismissed"));
        assert!(after[230].starts_with("230 true ") && !after[230].contains("Dismissed"));
        for (plain, after) in plain.iter().zip(&after) {
            let score = |line: &str| line.split(' ').skip(3).take(3).collect::<String>();
            assert_eq!(score(plain), score(after));
        }
    }
    change_feedback(&world.container, &request(&[30]), &FeedbackAction::Withdraw).unwrap();
    assert_eq!(lines(&world, "flights").0, plain);
}

#[test]
fn the_newer_feedback_on_a_row_takes_the_place_of_the_older() {
    let world = world();
    give(&world, Verdict::Dismissed, &[30, 30]);
    let outcome = give(&world, Verdict::Confirmed, &[30]);
    assert_eq!(outcome.replaced[0].verdict, Verdict::Dismissed);
    world.store.last_unit(|unit| assert_eq!(unit.audit[0].detail["replaces"], "dismissed"));
    let (_, kept) = feedback_of_pipeline(&world.container, "flights").unwrap();
    assert_eq!(kept.iter().map(|given| given.verdict).collect::<Vec<_>>(), [Verdict::Confirmed]);
    assert_eq!(newest(&world).anomalies[0].row, 30);
}

#[test]
fn what_was_not_told_is_refused_with_a_hint() {
    let world = World::new().without_label();
    let dismiss = FeedbackAction::Give(Verdict::Dismissed, None);
    refused(&world, &request(&[30]), &dismiss);
    let version = uploaded(&world);
    handle(&world, &trained(&world, &version, 1, true)).unwrap();
    let error = refused(&world, &request(&[123, 4_000]), &dismiss);
    assert!(error.to_string().contains("row 4000 is not among the rows told of version 1"));
    assert!(error.hint_text().unwrap().contains("such as 123, "), "{error}");
    let of = |version| FeedbackRequest { version: Some(version), ..request(&[123]) };
    refused(&world, &of(7), &dismiss);
    refused(&world, &request(&[123]), &FeedbackAction::Withdraw);
    give(&world, Verdict::Dismissed, &[123]);
    world.put_file("flights.csv", &deliveries(1));
    uploaded(&world);
    refused(&world, &of(2), &dismiss);
    let outcome = give(&world, Verdict::Confirmed, &[123]);
    assert_eq!(outcome.previewed_version, 1, "the newest one that was scored");
    let error = refused(&world, &of(2), &FeedbackAction::Withdraw);
    assert!(error.hint_text().unwrap().contains("add --version 1"), "{error}");
}

#[test]
fn too_much_feedback_is_refused() {
    let world = world();
    let told = || -> Vec<u64> {
        newest(&world).anomalies.iter().take(100).map(|anomaly| anomaly.row).collect()
    };
    for number in 2..=11 {
        assert_eq!(give(&world, Verdict::Dismissed, &told()).feedback.len(), 100);
        world.put_file("flights.csv", &deliveries(number));
        let version = uploaded(&world);
        handle(&world, &trained(&world, &version, number.try_into().unwrap(), true)).unwrap();
    }
    let action = FeedbackAction::Give(Verdict::Dismissed, None);
    let error = refused(&world, &request(&told()[..1]), &action);
    assert!(error.to_string().contains("1000 rows at most"), "{error}");
}

#[test]
fn a_deleted_dataset_has_no_feedback() {
    let world = world();
    give(&world, Verdict::Dismissed, &[30]);
    delete_dataset(&world.container, "flights").unwrap();
    assert!(feedback_of_pipeline(&world.container, "flights").is_err());
}

/// 3,000 deliveries, 120 of which took exactly 500 minutes; the others differ by `shift`.
fn many_alike(shift: i64) -> MemoryTable {
    let rows = 0..3_000_i64;
    let minutes = |row: i64| if row % 25 == 3 { 500 } else { 20 + (row * 7 + shift) % 13 };
    let carrier = |row: i64| ["A", "B"][row as usize % 2];
    MemoryTable::named("flights")
        .integers("minutes", rows.clone().map(|row| Some(minutes(row))))
        .texts("carrier", rows.map(|row| Some(carrier(row))))
}

#[test]
fn what_comes_behind_many_rows_like_a_dismissed_one_is_told() {
    let world = World::new().without_label();
    world.put_file("flights.csv", &many_alike(0));
    let version = uploaded(&world);
    handle(&world, &trained(&world, &version, 1, true)).unwrap();
    let is_late = |row: &u64| row % 25 == 3;
    let rows = |report: &AnomalyReport| -> Vec<u64> {
        report.anomalies.iter().map(|anomaly| anomaly.row).collect()
    };
    let told = rows(&newest(&world));
    assert!(told.iter().all(is_late), "{told:?}");
    give(&world, Verdict::Dismissed, &told[..1]);
    let effect = newest(&world).feedback.unwrap();
    assert_eq!((effect.compared, effect.lowered), (100, 100), "it keeps no others");

    let data = DataRequest { data: "flights".to_owned(), format: None, sheet: None };
    let method = Method::Pipeline("flights".to_owned());
    let request = DetectRequest { data, method, label: None, decision: None, told: 50 };
    let found =
        detect(&world.container, &request, None, &|_, _| {}, &Cancellation::default()).unwrap();
    assert_eq!(found.anomalies.len(), 50);
    assert!(found.anomalies.iter().all(|anomaly| !is_late(&anomaly.row)));
    assert_eq!(found.feedback.unwrap().lowered, 120);

    world.put_file("flights.csv", &many_alike(5));
    let version = uploaded(&world);
    handle(&world, &trained(&world, &version, 2, true)).unwrap();
    let report = newest(&world);
    assert!(!rows(&report)[..100].iter().any(is_late), "others take their place");
    assert!(rows(&report)[100..].iter().all(is_late), "and they are told last");
}
