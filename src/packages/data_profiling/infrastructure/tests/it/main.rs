//! The profile repository over a real store.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use data_profiling_domain::testing::{MemoryProfiles, profile_repository_conformance};
use data_profiling_infrastructure::{SqlProfileRepository, migrations};
use shared_kernel_domain::Result;
use shared_kernel_domain::clock::{Clock, Timestamp};
use shared_kernel_domain::event::Context;
use shared_kernel_domain::identity::IdGenerator;
use shared_kernel_infrastructure::store::{Signal, Store};
use uuid::Uuid;

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

struct Counting(AtomicU64);

impl IdGenerator for Counting {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

fn repository(folder: &Path) -> Result<SqlProfileRepository> {
    let store = Store::open_sqlite(
        &folder.join("data_profiling.db"),
        Context::DataProfiling,
        migrations(),
        Arc::new(Still),
        Arc::new(Counting(AtomicU64::new(1))),
        Arc::new(Signal::default()),
    )?;
    Ok(SqlProfileRepository::new(store))
}

#[test]
fn profiles_are_kept_as_the_port_promises() {
    let folder = tempfile::tempdir().unwrap();
    profile_repository_conformance(
        &repository(folder.path()).unwrap(),
        &Counting(AtomicU64::new(1)),
    );
    // Another process, another dataset: what was kept is still there and in nobody's way.
    profile_repository_conformance(
        &repository(folder.path()).unwrap(),
        &Counting(AtomicU64::new(1_000)),
    );
}

#[test]
fn the_fake_keeps_the_same_promises() {
    profile_repository_conformance(&MemoryProfiles::default(), &Counting(AtomicU64::new(1)));
}
