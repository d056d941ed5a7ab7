//! Versions of a dataset that grows at its end, and the history of one.

use std::sync::Arc;

use data_profiling_application::{history_of_dataset, profile_of_version};
use data_profiling_domain::testing::MemoryProfiles;
use data_profiling_domain::{
    ChangeKind, Compatibility, Figure, Profile, ProfileRecord, ProfileRepository,
};
use shared_kernel_domain::ErrorKind;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use testkit::{MemoryArtifacts, MemoryTable, flights_version as version};

use crate::handling::handle;
use crate::world::World;

fn carrier(row: u64) -> Option<&'static str> {
    [Some("UA"), Some("B6"), None, Some("not applicable"), Some("n/a")][(row % 5) as usize]
}

/// As many rows as the parts have; every table is the beginning of any larger one.
fn flights(parts: &[u64]) -> MemoryTable {
    let rows = parts.iter().sum::<u64>();
    let scattered = |row: u64| (row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as i64;
    let days = (0..rows).map(|row| Some(15_706 + (row / 100) as i32 + i32::from(row % 977 == 3)));
    MemoryTable::named("flights")
        .integers("number", (0..rows).map(|row| Some(row as i64)))
        .integers("delay", (0..rows).map(|row| (row % 13 > 0).then(|| scattered(row))))
        .floats("share", (0..rows).map(|row| Some(scattered(row) as f64 / 8.0)))
        .texts("carrier", (0..rows).map(carrier))
        .dates("day", days)
        .in_parts(parts)
}

fn profile(world: &World, number: u32) -> Profile {
    let record = profile_of_version(&world.container, &version(number).version_id).unwrap();
    record.unwrap().profile
}

/// What a scan of all rows makes of the last version.
fn from_all_rows(tables: Vec<MemoryTable>) -> Profile {
    let number = tables.len() as u32;
    let world = World::of(tables);
    handle(&world, number).unwrap();
    profile(&world, number)
}

/// Moments are rounded, in another order where rows came in parts.
fn close(left: &Figure<f64>, right: &Figure<f64>) {
    let (left, right) = (*left.value().unwrap(), *right.value().unwrap());
    assert!((left - right).abs() <= 1e-12 * right.abs().max(1.0), "{left} {right}");
}

#[test]
fn a_version_that_grew_reads_only_its_new_parts_and_says_the_same() {
    // More rows than are sampled, more different values than are counted one by one.
    let parts: [&[u64]; 3] = [&[30_000], &[30_000, 400], &[30_000, 400, 5_000, 1]];
    let tables = || parts.iter().map(|parts| flights(parts)).collect::<Vec<_>>();
    let world = World::of(tables());
    for (number, rows) in [(1, 30_000), (2, 30_400), (3, 35_401)] {
        handle(&world, number).unwrap();
        assert_eq!(world.scanner.summarized_rows(), rows, "no row is read twice");
    }
    let (grown, whole) = (profile(&world, 3), from_all_rows(tables()));
    for (grown, whole) in grown.columns.iter().zip(&whole.columns) {
        assert_eq!(grown.order, whole.order);
        if let (Some(grown), Some(whole)) = (&grown.numbers, &whole.numbers) {
            assert_eq!(
                (grown.zeros, grown.negatives, &grown.sum),
                (whole.zeros, whole.negatives, &whole.sum)
            );
            close(&grown.mean, &whole.mean);
            close(&grown.standard_deviation, &whole.standard_deviation);
            close(&grown.skewness, &whole.skewness);
        }
        assert_eq!(grown.smallest_values, whole.smallest_values);
        assert_eq!(grown.histogram, whole.histogram);
        assert_eq!(grown.distinct, whole.distinct);
        assert_eq!(grown.texts, whole.texts);
        assert_eq!(grown.semantic, whole.semantic);
    }
    assert_eq!(grown.structure, whole.structure);
    assert_eq!((grown.rows, &grown.overview), (35_401, &whole.overview));
}

#[test]
fn a_version_whose_earlier_rows_changed_is_read_anew() {
    let other =
        MemoryTable::named("trains").integers("number", (0..50).map(Some)).in_parts(&[30, 20]);
    let world = World::of(vec![flights(&[300]), flights(&[200, 100]), other]);
    for number in 1..=3 {
        handle(&world, number).unwrap();
    }
    assert_eq!(world.scanner.summarized_rows(), 300 + 300 + 50);
}

#[test]
fn without_the_state_of_the_version_before_all_rows_are_read() {
    let mut world = World::of(vec![flights(&[300]), flights(&[300, 100])]);
    handle(&world, 1).unwrap();
    world.container.shared.artifacts = Arc::new(MemoryArtifacts::default());
    handle(&world, 2).unwrap();
    assert_eq!(world.scanner.summarized_rows(), 300 + 400);
    assert_eq!(profile(&world, 2).rows, 400);
}

#[test]
fn a_state_whose_figures_cannot_be_read_does_no_harm() {
    let world = World::of(vec![flights(&[300]), flights(&[300, 100])]);
    handle(&world, 1).unwrap();
    let record = profile_of_version(&world.container, &version(1).version_id).unwrap().unwrap();
    let artifacts = &world.container.shared.artifacts;
    let mut state = artifacts.get(&record.state.unwrap()).unwrap();
    let figures = state.len() - 40;
    state[figures..].fill(0xff);
    let damaged = ProfileRecord { state: Some(artifacts.put(&state).unwrap()), ..record };

    let mut world = World { profiles: Arc::new(MemoryProfiles::default()), ..world };
    world.container.profiles = world.profiles.clone();
    world.profiles.save(&damaged, UnitOfWork::of_command()).unwrap();
    handle(&world, 2).unwrap();
    assert_eq!(world.scanner.summarized_rows(), 300 + 100 + 400, "all rows, once it is known");
    assert_eq!(profile(&world, 2).rows, 400);
}

#[test]
fn a_table_that_was_text_keeps_no_state() {
    let world = World::of(vec![flights(&[])]);
    handle(&world, 1).unwrap();
    let record = profile_of_version(&world.container, &version(1).version_id).unwrap().unwrap();
    assert_eq!(record.state, None);
}

#[test]
fn the_history_tells_what_each_version_changed_for_readers() {
    let first = MemoryTable::named("flights").integers("delay", (0..50).map(Some));
    let second = MemoryTable::named("flights")
        .floats("delay", (0..50).map(|row| Some(f64::from(row) + 0.5)))
        .texts("carrier", [Some("UA"); 50]);
    let third = MemoryTable::named("flights").texts("carrier", [Some("UA"); 60]);
    let world = World::of(vec![first, second, third]);
    for number in 1..=3 {
        handle(&world, number).unwrap();
    }
    let history = history_of_dataset(&world.container, "flights", 2).unwrap();
    let numbers: Vec<u32> = history.versions.iter().map(|it| it.version).collect();
    assert_eq!((numbers, history.unlisted_versions), (vec![3, 2], 1));
    let told = |index: usize| {
        let version = &history.versions[index];
        let kinds: Vec<_> = version.schema_changes.iter().map(|change| change.kind).collect();
        (kinds, version.compatibility, version.rows)
    };
    assert_eq!(told(0), (vec![ChangeKind::ColumnRemoved], Some(Compatibility::Breaking), 60));
    let widened = vec![ChangeKind::TypeChanged, ChangeKind::ColumnAdded];
    assert_eq!(told(1), (widened, Some(Compatibility::Widening), 50));

    let all = history_of_dataset(&world.container, "flights", 20).unwrap();
    assert_eq!((all.versions.len(), all.unlisted_versions), (3, 0));
    assert_eq!(all.versions[2].compatibility, None);
    let unknown = history_of_dataset(&world.container, "trains", 20).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::Input);
}
