//! The event bus: transactional outbox and inbox on every context's own database.
//!
//! A group's events travel outbox → [`Transport`] → inbox → handler. The attempt is committed
//! before the handler runs (G7); the handler's changes, its events and the end of the delivery
//! commit together (G4); events of one subject are handled in the order they were committed, one
//! at a time, and a failing event holds back only its own subject (G5, G6).

mod dead_letters;
mod group;
mod holder;
pub(crate) mod inbox;
mod log;
mod measure;
pub(crate) mod outbox;
mod rabbitmq;
mod replay;
mod retention;
mod start;
mod status;
mod subject_order;
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
pub use rabbitmq::RabbitMq;
pub(crate) use tables::{MIGRATIONS, PUBLISHED_TABLES};
pub use transport::{InProcess, Sink, Transport};

use crate::store::{Signal, Store};
use group::Group;
use holder::{Holder, Pulse};
use retention::Retention;

/// How long to wait before sending is tried again.
const SEND_AGAIN: Duration = Duration::from_secs(1);

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
    sources: Vec<Arc<Store>>,
    threads: Vec<std::thread::JoinHandle<()>>,
    pulse: Pulse,
    retention_wake: Arc<Signal>,
    stop: Cancellation,
}

impl Bus {
    /// Starts the groups, and sends what their contexts publish; what an earlier process left
    /// behind is taken up.
    pub fn start(
        stores: &Stores,
        subscriptions: Vec<Subscription>,
        transport: Arc<dyn Transport>,
        config: BusConfig,
    ) -> Result<Self> {
        measure::describe();
        let stop = Cancellation::default();
        let retention = Retention::new(stores, &subscriptions, config.keep, stop.clone());
        let mut holders: BTreeMap<Context, Arc<Holder>> = BTreeMap::new();
        let mut sources: BTreeMap<Context, Arc<Store>> = BTreeMap::new();
        let mut groups = Vec::new();
        for subscription in subscriptions {
            let (consumer, source) = (subscription.consumer, subscription.source);
            let store = store_of(stores, consumer)?;
            let holder = match holders.get(&consumer) {
                Some(holder) => Arc::clone(holder),
                None => Arc::new(Holder::register(Arc::clone(&store))?),
            };
            holders.insert(consumer, Arc::clone(&holder));
            let published = store_of(stores, source)?;
            start::begin(&subscription, &store, &published)?;
            sources.insert(source, Arc::clone(&published));
            let stop = stop.clone();
            groups.push(Arc::new(Group::new(
                subscription,
                store,
                &published,
                holder,
                config,
                stop,
            )));
        }
        for source in sources.values() {
            source.listen()?;
        }
        let woken = groups.clone();
        let pulse = Pulse::start(holders.values().cloned().collect(), move || {
            for group in &woken {
                group.look();
            }
        })?;
        let sources = sources.into_values().collect();
        let retention_wake = retention.wake();
        let mut bus = Self { groups, sources, threads: Vec::new(), pulse, retention_wake, stop };
        bus.start_threads(&transport, config)?;
        bus.spawn(move || retention.run())?;
        for context in holders.into_keys() {
            let (source, transport) = (store_of(stores, context)?, Arc::clone(&transport));
            let stop = bus.stop.clone();
            bus.spawn(move || send(transport.as_ref(), &source, &stop))?;
        }
        Ok(bus)
    }

    fn start_threads(&mut self, transport: &Arc<dyn Transport>, config: BusConfig) -> Result<()> {
        for group in self.groups.clone() {
            for _ in 0..config.workers_per_group {
                let worker = Arc::clone(&group);
                self.spawn(move || worker.work())?;
            }
            let transport = Arc::clone(transport);
            self.spawn(move || group.carry(transport.as_ref()))?;
        }
        Ok(())
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

    /// The trouble of each group that has some: what its store has been refusing.
    pub fn troubles(&self) -> Vec<(&'static str, String)> {
        let troubled = |group: &Arc<Group>| Some((group.name(), group.trouble(Duration::ZERO)?));
        self.groups.iter().filter_map(troubled).collect()
    }

    /// The names of the groups.
    pub fn groups(&self) -> Vec<&'static str> {
        self.groups.iter().map(|group| group.name()).collect()
    }

    /// Stops: no event is taken any more, running handlers are asked to hand theirs back. Returns
    /// whether all ended within `patience`; a handler that did not is counted as a failed attempt
    /// when the process ends (G16).
    pub fn stop(&self, patience: Duration) -> bool {
        self.stop.cancel();
        for group in &self.groups {
            group.wake();
        }
        for source in &self.sources {
            source.published().notify();
        }
        self.retention_wake.notify();
        let deadline = Instant::now() + patience;
        let ended = loop {
            if self.threads.iter().all(std::thread::JoinHandle::is_finished) {
                break true;
            }
            if Instant::now() >= deadline {
                break false;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        for group in &self.groups {
            // Where this fails, the next holder finds it.
            let _ = group.hand_back();
        }
        // What is still being handled is freed for others; a commit that comes later is refused.
        self.pulse.stop();
        ended
    }
}

/// Sends until the bus stops; a store or broker that fails is tried again.
fn send(transport: &dyn Transport, source: &Store, stop: &Cancellation) {
    while !stop.is_cancelled() {
        let seen = source.published().seen();
        match transport.send(source, stop) {
            Ok(()) => return,
            Err(_) => source.published().wait_beyond(seen, SEND_AGAIN),
        }
    }
}

fn store_of(stores: &Stores, context: Context) -> Result<Arc<Store>> {
    stores
        .get(&context)
        .cloned()
        .ok_or_else(|| Error::internal(format!("no store of {context} is open")))
}
