//! Rows judged each among those of its segment.

use data_science_application::{DetectRequest, Detection, Method, ScoresOutput, detect};
use data_science_domain::decision::DecisionRule;
use data_science_domain::reason::Expected;
use data_science_domain::scores::ScoresFormat;
use shared_kernel_application::DataRequest;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::table::Cell;
use shared_kernel_domain::{ErrorKind, Result};
use testkit::MemoryTable;

use crate::world::World;

/// The row that is usual over all and not in its segment.
const ODD: u64 = 246;

fn request(detector: &str, segments: &[&str]) -> DetectRequest {
    let (name, seed) = (detector.to_owned(), 1);
    let method = if segments.is_empty() {
        Method::Detector { name, seed }
    } else {
        let columns = segments.iter().map(|&column| column.to_owned()).collect();
        Method::Segments { detector: name, seed, columns }
    };
    DetectRequest {
        data: DataRequest { data: "parcels.csv".to_owned(), ..DataRequest::default() },
        method,
        label: None,
        decision: None,
        told: 5,
    }
}

fn run(world: &World, request: &DetectRequest) -> Result<Detection> {
    detect(&world.container, request, None, &|_, _| {}, &Cancellation::default())
}

/// A number from 0 to 1 that looks random.
fn noise(row: i64, of: u64) -> f64 {
    let mixed = (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ (of * 0xBF58_476D));
    ((mixed ^ (mixed >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 11) as f64
        / (1_u64 << 53) as f64
}

/// About normal, with deviation 1.
fn bell(row: i64, of: u64) -> f64 {
    (0..12).map(|part| noise(row, of * 16 + part)).sum::<f64>() - 6.0
}

/// Letters weigh about 10 and crates about 100; one letter weighs as much as a crate. Rows 600 to 619
/// are of two rare kinds, rows 620 to 679 of no known kind.
fn parcels() -> MemoryTable {
    let kind = |row: i64| match row {
        600..610 => Some("tube"),
        610..620 => Some("drum"),
        620.. => None,
        _ if row % 2 == 0 => Some("letter"),
        _ => Some("crate"),
    };
    let weight = |row: i64| {
        let level = if kind(row) == Some("letter") && row != ODD as i64 { 10.0 } else { 100.0 };
        Some(level + bell(row, 1))
    };
    let rows = 0..680_i64;
    MemoryTable::named("parcels")
        .texts("kind", rows.clone().map(kind))
        .floats("weight", rows.clone().map(weight))
        .floats("speed", rows.clone().map(|row| Some(bell(row, 2))))
        .integers("odd", rows.map(|row| Some(i64::from(row == ODD as i64))))
}

fn world() -> World {
    let world = World::new();
    world.put_file("parcels.csv", &parcels());
    world
}

#[test]
fn what_is_usual_over_all_and_wrong_in_its_segment_is_found_with_segments_only() {
    let world = world();
    for detector in ["isolation_forest", "knn", "gmm"] {
        let label = Some("odd".to_owned());
        let with = DetectRequest { label: label.clone(), ..request(detector, &["kind"]) };
        let found = run(&world, &with).unwrap();
        let first = &found.anomalies[0];
        assert_eq!((first.row, first.segment.as_deref()), (ODD, Some("kind=letter")), "{detector}");
        assert!(first.p_value.unwrap() < 0.005 && first.percentile > 99.0, "{detector}: {first:?}");
        let reason = &first.reasons[0];
        let Expected::Range { low: Cell::Float(low), high: Cell::Float(high), .. } =
            reason.expected
        else {
            panic!("{detector}: {reason:?}")
        };
        assert_eq!(reason.column, "weight", "{detector}");
        assert!(low > 5.0 && high < 15.0, "{detector}: what is usual for letters: {reason:?}");
        assert_eq!(found.evaluation.unwrap().auroc.value, 1.0, "{detector}");

        let found = run(&world, &DetectRequest { label, ..request(detector, &[]) }).unwrap();
        assert!(found.anomalies.iter().all(|anomaly| anomaly.row != ODD), "{detector}");
        assert!(found.evaluation.unwrap().auroc.value < 0.95, "{detector}");
    }
}

#[test]
fn the_rule_decides_over_all_segments_and_scores_are_surprises() {
    let world = world();
    let found = run(&world, &request("knn", &["kind"])).unwrap();
    assert_eq!(found.decision.rows, [ODD]);
    for anomaly in &found.anomalies {
        let p_value = anomaly.p_value.unwrap();
        let told = -p_value.ln();
        // Beyond the smallest p-value told, scores go on telling rows apart.
        let goes_on = p_value == 1e-15 && anomaly.score > told;
        assert!((anomaly.score - told).abs() < 1e-9 || goes_on, "{anomaly:?}");
    }
    let decision = Some(DecisionRule::Budget { rows: 7 });
    let found = run(&world, &DetectRequest { decision, ..request("knn", &["kind"]) }).unwrap();
    assert_eq!((found.decision.rows.len(), found.decision.rows[0]), (7, ODD));
    assert!(found.columns == ["weight", "speed", "odd"] || found.columns == ["weight", "speed"]);
    assert_eq!(found.left_out["kind"], "it makes the segments");
}

#[test]
fn a_missing_value_is_a_segment_and_too_few_rows_are_told() {
    let world = world();
    let found = run(&world, &request("ecod", &["kind"])).unwrap();
    let report = found.segments.unwrap();
    let told: Vec<(&str, u64)> =
        report.first.iter().map(|own| (own.name.as_str(), own.rows)).collect();
    assert_eq!(told, [("kind=crate", 300), ("kind=letter", 300), ("kind is missing", 60)]);
    assert_eq!((report.segments, report.pooled_segments), (3, 0));
    let [skipped] = report.not_looked_at.as_slice() else { panic!("{report:?}") };
    assert_eq!((skipped.rows, skipped.first_row), (20, 600));
    assert_eq!(found.histogram.counts.iter().sum::<u64>(), 660, "rows that were judged");
    assert_eq!((found.rows, found.calibration.rows), (680, 660));
}

#[test]
fn a_segment_that_says_nothing_is_told_and_the_others_are_judged() {
    let world = World::new();
    let rows = 0..200_i64;
    let table = MemoryTable::named("parcels")
        .booleans("plain", rows.clone().map(|row| Some(row < 100)))
        .floats("weight", rows.map(|row| Some(if row < 100 { 3.0 } else { bell(row, 3) })));
    world.put_file("parcels.csv", &table);
    let found = run(&world, &request("ecod", &["plain"])).unwrap();
    let report = found.segments.unwrap();
    assert_eq!((report.segments, report.first[0].name.as_str()), (1, "plain=false"));
    let skipped = &report.not_looked_at[0];
    assert_eq!((skipped.rows, skipped.first_row), (100, 0));
    assert!(skipped.reason.starts_with("plain=true: no column says anything"), "{skipped:?}");
}

#[test]
fn a_clean_table_of_many_small_segments_has_few_anomalies() {
    let world = World::new();
    let rows = 0..3_000_i64;
    let table = MemoryTable::named("parcels")
        .integers("depot", rows.clone().map(|row| Some(row % 50)))
        .floats("weight", rows.clone().map(|row| Some((row % 50) as f64 + bell(row, 4))))
        .floats("speed", rows.map(|row| Some(bell(row, 5))));
    world.put_file("parcels.csv", &table);
    for detector in ["isolation_forest", "ecod", "knn"] {
        let found = run(&world, &request(detector, &["depot"])).unwrap();
        let report = found.segments.unwrap();
        assert_eq!((report.segments, report.first[0].rows), (50, 60));
        assert!(found.decision.rows.len() <= 15, "{detector}: {}", found.decision.rows.len());
        let decision = Some(DecisionRule::pot(0.05).unwrap());
        let wide = DetectRequest { decision, ..request(detector, &["depot"]) };
        let found = run(&world, &wide).unwrap();
        let share = found.decision.rows.len() as f64 / 3_000.0;
        // Rows that a model of few rows learned from look a little more usual to it than others.
        assert!((0.01..0.06).contains(&share), "{detector}: {share} at 0.05");
    }
}

#[test]
fn the_file_of_scores_names_the_segment_of_every_row() {
    let world = world();
    let mut written = Vec::new();
    let sink = Box::new(|bytes: &[u8]| {
        written.extend_from_slice(bytes);
        Ok(())
    });
    let output = ScoresOutput { format: ScoresFormat::Csv, explain: true, sink };
    let request = request("knn", &["kind"]);
    let nothing = Cancellation::default();
    detect(&world.container, &request, Some(output), &|_, _| {}, &nothing).unwrap();
    let text = String::from_utf8(written).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 680);
    assert!(
        lines[0].ends_with(" kind=letter") && lines[1].ends_with(" kind=crate"),
        "{}",
        lines[0]
    );
    assert_eq!(lines[605], "605 false 0 -1 0 1", "not judged: no segment");
    assert!(lines[650].ends_with(" kind is missing"));
    let odd: Vec<&str> = lines[ODD as usize].split(' ').collect();
    assert!(odd[1] == "true" && odd[2] != "0", "{odd:?}");
}

#[test]
fn columns_that_make_no_segments_are_refused() {
    let world = world();
    for (column, label) in [("nope", None), ("weight", None), ("odd", Some("odd".to_owned()))] {
        let error = run(&world, &DetectRequest { label, ..request("knn", &[column]) }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{column}: {error}");
    }
    let error = run(&world, &request("nope", &["kind"])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}
