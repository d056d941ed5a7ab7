use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use shared_kernel_domain::identity::IdGenerator;
use uuid::Uuid;

/// Ids that count.
#[derive(Debug)]
pub struct CountingIds(AtomicU64);

impl CountingIds {
    /// Ids that count from `first`, which is at least 1.
    pub fn from(first: u64) -> Self {
        Self(AtomicU64::new(first.max(1)))
    }
}

impl Default for CountingIds {
    fn default() -> Self {
        Self::from(1)
    }
}

impl IdGenerator for CountingIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(self.0.fetch_add(1, Ordering::Relaxed).into())
    }
}

/// What every source of ids must do: never repeat one, whatever the thread, and give each thread
/// ids that sort by creation.
pub fn id_generator_conformance(ids: &dyn IdGenerator) {
    const PER_THREAD: usize = 1_000;
    let take = || -> Vec<Uuid> { (0..PER_THREAD).map(|_| ids.next()).collect() };
    let taken: Vec<Vec<Uuid>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a thread")).collect()
    });
    for own in &taken {
        assert!(own.is_sorted(), "ids sort by creation");
    }
    let different: BTreeSet<Uuid> = taken.into_iter().flatten().collect();
    assert_eq!(different.len(), 4 * PER_THREAD, "an id was repeated");
    assert!(!different.contains(&Uuid::nil()), "the nil id names nothing");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_count_are_ids() {
        id_generator_conformance(&CountingIds::default());
    }

    #[test]
    #[should_panic(expected = "an id was repeated")]
    fn one_id_for_everything_is_found_out() {
        struct One;
        impl IdGenerator for One {
            fn next(&self) -> Uuid {
                Uuid::from_u128(1)
            }
        }
        id_generator_conformance(&One);
    }
}
