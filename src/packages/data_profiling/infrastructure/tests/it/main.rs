//! The profile repository over a real store, and profiles in real files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use data_profiling_domain::Profile;
use data_profiling_domain::testing::{
    MemoryProfiles, portable_profile_of, profile_files_conformance, profile_of,
    profile_repository_conformance,
};
use data_profiling_infrastructure::{LocalProfileFiles, SqlProfileRepository, migrations};
use shared_kernel_domain::Result;
use shared_kernel_domain::event::Context;
use shared_kernel_infrastructure::store::{Location, Signal, Store};
use testkit::servers::StorePlace;
use testkit::{CountingIds, FixedClock, MemoryScanner, MemoryTable, on_every_store};

on_every_store! { profiles_are_kept_as_the_port_promises }

fn repository(place: &StorePlace) -> Result<SqlProfileRepository> {
    let store = Store::open(
        &Location::parse(&place.of(Context::DataProfiling))?,
        Context::DataProfiling,
        migrations(),
        Arc::new(FixedClock::default()),
        Arc::new(CountingIds::default()),
        Arc::new(Signal::default()),
    )?;
    Ok(SqlProfileRepository::new(store))
}

/// A profile with what is hard to keep: figures that are missing, large or not finite, other scripts.
fn example() -> Profile {
    let table = MemoryTable::named("flights")
        .integers("delay", (0..10).map(|row| (row % 4 > 0).then_some(row)))
        .floats("share", [0.1, f64::NAN, 1e300].map(Some).into_iter().cycle().take(10))
        .texts("carrier", ["UA", "NA", "ü"].map(Some).into_iter().cycle().take(10));
    let scanner = MemoryScanner::default();
    profile_of("flights", &scanner.add(&table), &scanner).unwrap()
}

fn profiles_are_kept_as_the_port_promises(place: StorePlace) {
    // Another process, another dataset: what was kept is still there and in nobody's way.
    for first in [1, 1_000] {
        let repository = repository(&place).unwrap();
        profile_repository_conformance(&repository, &CountingIds::from(first), &example());
    }
}

#[test]
fn the_fake_keeps_the_same_promises() {
    let profiles = MemoryProfiles::default();
    profile_repository_conformance(&profiles, &CountingIds::default(), &example());
}

#[test]
fn profiles_are_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let table = MemoryTable::named("flights").integers("delay", (0..10).map(Some));
    let scanner = MemoryScanner::default();
    let example = portable_profile_of("flights", &scanner.add(&table), &scanner).unwrap();
    profile_files_conformance(&LocalProfileFiles, &example, &|name, bytes| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    });
}
