//! The event bus: transactional outbox and inbox on every context's own database.
//!
//! A group's events travel outbox → [`Transport`] → inbox → handler. The attempt is committed
//! before the handler runs (G7); the handler's changes, its events and the end of the delivery
//! commit together (G4); events of one subject are handled in the order they were committed, one
//! at a time, and a failing event holds back only its own subject (G5, G6).

mod group;
pub(crate) mod inbox;
mod log;
pub(crate) mod outbox;
mod retention;
mod tables;
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use shared_kernel_domain::bus::Subscription;
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::{Error, Result};

pub use log::Log;
pub(crate) use tables::MIGRATIONS;
pub use transport::{InProcess, Sink, Transport};

use crate::store::Store;
use group::Group;

/// The stores of the contexts that run in this process.
pub type Stores = BTreeMap<Context, Arc<Store>>;

/// How patient the bus is.
#[derive(Clone, Copy, Debug)]
pub struct BusConfig {
    /// Handlers of one group that run at the same time, on different subjects.
    pub workers_per_group: usize,
    /// Attempts before an event is parked.
    pub max_attempts: u32,
    /// Longest wait before the second attempt; doubled for each further one, with full jitter.
    pub first_retry: Duration,
    /// Longest wait at all.
    pub longest_retry: Duration,
    /// Ready events a group holds before its transport waits.
    pub ready_limit: usize,
    /// Events of a context, and handled deliveries of a group, that are kept for looking back.
    pub keep: u64,
}

impl Default for BusConfig {
    fn default() -> Self {
        Self {
            workers_per_group: 2,
            max_attempts: 8,
            first_retry: Duration::from_millis(100),
            longest_retry: Duration::from_mins(5),
            ready_limit: 1_000,
            keep: 100_000,
        }
    }
}

/// The running consumer groups of this process.
pub struct Bus {
    groups: Vec<Arc<Group>>,
    threads: Vec<std::thread::JoinHandle<()>>,
    stop: Cancellation,
}

impl Bus {
    /// Starts the groups; what an earlier process left behind is taken up first.
    pub fn start(
        stores: &Stores,
        subscriptions: Vec<Subscription>,
        transport: Arc<dyn Transport>,
        config: BusConfig,
    ) -> Result<Self> {
        retention::apply(stores, &subscriptions, config.keep)?;
        let mut bus =
            Self { groups: Vec::new(), threads: Vec::new(), stop: Cancellation::default() };
        for subscription in subscriptions {
            let consumer = store_of(stores, subscription.consumer)?;
            let source = store_of(stores, subscription.source)?;
            let group =
                Arc::new(Group::new(subscription, consumer, &source, config, bus.stop.clone())?);
            for _ in 0..config.workers_per_group {
                let worker = Arc::clone(&group);
                bus.spawn(move || worker.work())?;
            }
            let (carried, transport) = (Arc::clone(&group), Arc::clone(&transport));
            bus.spawn(move || carried.carry(transport.as_ref(), &source))?;
            bus.groups.push(group);
        }
        Ok(bus)
    }

    fn spawn(&mut self, work: impl FnOnce() + Send + 'static) -> Result<()> {
        let thread = std::thread::Builder::new().name("bus".to_owned()).spawn(work);
        self.threads.push(thread.map_err(|cause| {
            Error::unavailable("cannot start a thread of the event bus").caused_by(cause)
        })?);
        Ok(())
    }

    /// What a store has been refusing for at least so long: full, locked, out of reach.
    pub fn trouble(&self, at_least: Duration) -> Option<String> {
        self.groups.iter().find_map(|group| group.trouble(at_least))
    }

    /// Stops: no event is taken any more, running handlers are asked to hand theirs back. Returns
    /// whether all ended within `patience`; a handler that did not is counted as a failed attempt
    /// when the process ends (G16).
    pub fn stop(self, patience: Duration) -> bool {
        self.stop.cancel();
        for group in &self.groups {
            group.wake();
        }
        let deadline = Instant::now() + patience;
        while self.threads.iter().any(|thread| !thread.is_finished()) {
            if Instant::now() >= deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }
}

fn store_of(stores: &Stores, context: Context) -> Result<Arc<Store>> {
    stores
        .get(&context)
        .cloned()
        .ok_or_else(|| Error::internal(format!("no store of {context} is open")))
}
