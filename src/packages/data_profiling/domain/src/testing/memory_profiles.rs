use std::sync::{Mutex, MutexGuard, PoisonError};

use shared_kernel_domain::Result;
use shared_kernel_domain::identity::{DatasetId, DatasetVersionId};
use shared_kernel_domain::unit_of_work::UnitOfWork;

use crate::{ProfileRecord, ProfileRepository};

/// Profiles kept in memory, with the units of work that were committed.
#[derive(Debug, Default)]
pub struct MemoryProfiles {
    records: Mutex<Vec<ProfileRecord>>,
    units: Mutex<Vec<UnitOfWork>>,
}

impl MemoryProfiles {
    /// Takes the units of work committed so far.
    pub fn take_units(&self) -> Vec<UnitOfWork> {
        std::mem::take(&mut lock(&self.units))
    }
}

impl ProfileRepository for MemoryProfiles {
    fn save(&self, record: &ProfileRecord, unit: UnitOfWork) -> Result<()> {
        let mut records = lock(&self.records);
        let version = record.dataset.version_id;
        if records.iter().all(|known| known.dataset.version_id != version) {
            records.push(record.clone());
        }
        lock(&self.units).push(unit);
        Ok(())
    }

    fn by_version(&self, version: &DatasetVersionId) -> Result<Option<ProfileRecord>> {
        let records = lock(&self.records);
        Ok(records.iter().find(|record| record.dataset.version_id == *version).cloned())
    }

    fn previous(&self, dataset: &DatasetId, version: u32) -> Result<Option<ProfileRecord>> {
        let records = lock(&self.records);
        let earlier = records.iter().filter(|record| {
            record.dataset.dataset_id == *dataset && record.dataset.version < version
        });
        Ok(earlier.max_by_key(|record| record.dataset.version).cloned())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
