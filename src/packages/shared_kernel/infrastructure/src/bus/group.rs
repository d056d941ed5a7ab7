//! One consumer group at work: its transport, its workers, its patience.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use shared_kernel_domain::bus::{Delivery, Receipt, Subscription};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Envelope;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, ErrorKind, Result};

use super::BusConfig;
use super::holder::Holder;
use super::inbox::{Inbox, Interest, Terms};
use super::measure;
use super::transport::{Sink, Transport};
use crate::step::{Step, reach};
use crate::store::{Durability, Signal, Store};

/// A net under the signals.
const NET: Duration = Duration::from_secs(1);
/// How long to wait after the store refused bookkeeping, before trying again.
const STORE_PATIENCE: Duration = Duration::from_millis(200);
/// Of so many looks for something to handle, one takes what was requeued or replayed first: it
/// gives way to live events, and still gets on where these never end.
const TURN: usize = 8;

/// What the workers of a group share.
#[derive(Default)]
struct Desk {
    /// Events being handled.
    busy: HashSet<String>,
    /// Events not to be tried before a moment (of the monotonic clock).
    not_before: HashMap<String, Instant>,
    /// Workers with nothing to do.
    idle: usize,
    /// Deliveries that were claimed for them as they came in.
    handed: VecDeque<Delivery>,
}

pub(super) struct Group {
    subscription: Subscription,
    store: Arc<Store>,
    source: String,
    holder: Arc<Holder>,
    config: BusConfig,
    stop: Cancellation,
    desk: Mutex<Desk>,
    ready: Signal,
    room: Signal,
    /// No more events than these are ready.
    at_most_ready: AtomicUsize,
    /// Looks for something to handle.
    looks: AtomicUsize,
    /// Since when the store refuses its work, and why.
    trouble: Mutex<Option<(Instant, String)>>,
    published: Arc<Store>,
}

impl Group {
    pub(super) fn new(
        subscription: Subscription,
        store: Arc<Store>,
        source: &Arc<Store>,
        holder: Arc<Holder>,
        config: BusConfig,
        stop: Cancellation,
    ) -> Self {
        Self {
            source: subscription.source.source(),
            subscription,
            store,
            holder,
            config,
            stop,
            desk: Mutex::default(),
            ready: Signal::default(),
            room: Signal::default(),
            // Unknown yet: the first events that come have it counted.
            at_most_ready: AtomicUsize::new(config.ready_limit),
            looks: AtomicUsize::default(),
            trouble: Mutex::default(),
            published: Arc::clone(source),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.subscription.group
    }

    fn max_attempts(&self) -> u32 {
        self.subscription.handler.most_attempts().unwrap_or(self.config.max_attempts)
    }

    /// Wakes everyone who waits, to see that the bus stops.
    pub(super) fn wake(&self) {
        self.ready.notify();
        self.room.notify();
    }

    /// Wakes the workers, to see what became ready elsewhere.
    pub(super) fn look(&self) {
        self.ready.notify();
    }

    /// Runs the transport until the bus stops; a store or broker that fails is tried again.
    pub(super) fn carry(&self, transport: &dyn Transport) {
        while !self.stop.is_cancelled() {
            if let Err(error) = transport.carry(&self.published, self) {
                self.patience(&error);
            }
        }
    }

    /// Handles events until the bus stops.
    pub(super) fn work(&self) {
        while !self.stop.is_cancelled() {
            let seen = self.ready.seen();
            match self.take() {
                Ok(Taken::Delivery(delivery)) => {
                    self.all_is_well();
                    self.handle(&delivery);
                }
                Ok(Taken::NothingBefore(wait)) => {
                    self.desk().idle += 1;
                    self.ready.wait_beyond(seen, wait);
                    self.desk().idle -= 1;
                }
                Err(error) => self.patience(&error),
            }
        }
    }

    /// Hands back what was claimed for workers that have stopped.
    pub(super) fn hand_back(&self) -> Result<()> {
        let handed: Vec<Receipt> = self.desk().handed.drain(..).map(|it| it.receipt()).collect();
        for receipt in &handed {
            self.store.end_handling(receipt);
        }
        self.store.write(Durability::Process, move |transaction| {
            handed
                .iter()
                .try_for_each(|receipt| Inbox::new(transaction, &receipt.group).hand_back(receipt))
        })
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the oldest event that nobody handles and whose time has come.
    fn take(&self) -> Result<Taken> {
        let handed = self.desk().handed.pop_front();
        if let Some(delivery) = handed {
            reach(Step::AfterAttempt);
            return Ok(Taken::Delivery(Box::new(delivery)));
        }
        let group = self.subscription.group;
        // A subject has one ready event at most, so among so many one is free if any is.
        let enough = self.taken_or_delayed() + 1;
        let again_first = self.looks.fetch_add(1, Ordering::Relaxed) % TURN == TURN - 1;
        let ready = self
            .store
            .read(|transaction| Inbox::new(transaction, group).ready(enough, again_first))?;
        let Some(event_id) = self.reserve(ready) else {
            return Ok(Taken::NothingBefore(self.next_moment()));
        };
        let claimed = self.claim(&event_id);
        match claimed {
            Ok(Some(delivery)) => Ok(Taken::Delivery(Box::new(delivery))),
            Ok(None) => {
                self.free(&event_id);
                Ok(Taken::NothingBefore(Duration::ZERO))
            }
            Err(error) => {
                self.free(&event_id);
                Err(error)
            }
        }
    }

    fn taken_or_delayed(&self) -> usize {
        let desk = self.desk();
        desk.busy.len() + desk.not_before.len()
    }

    fn reserve(&self, ready: Vec<String>) -> Option<String> {
        let now = Instant::now();
        let mut desk = self.desk();
        // Also of events that another process takes now.
        desk.not_before.retain(|_, moment| *moment > now);
        let event_id = ready.into_iter().find(|event_id| {
            !desk.busy.contains(event_id) && !desk.not_before.contains_key(event_id)
        })?;
        desk.busy.insert(event_id.clone());
        Some(event_id)
    }

    fn next_moment(&self) -> Duration {
        let now = Instant::now();
        let desk = self.desk();
        let waits = desk.not_before.values().map(|moment| moment.saturating_duration_since(now));
        waits.min().map_or(NET, |wait| wait.clamp(Duration::from_millis(1), NET))
    }

    fn free(&self, event_id: &str) {
        self.desk().busy.remove(event_id);
        self.ready.notify();
        self.room.notify();
    }

    /// Counts the attempt; parks the event instead when its attempts are used up (which happens
    /// here when the process died in the last one).
    fn claim(&self, event_id: &str) -> Result<Option<Delivery>> {
        let (group, now) = (self.subscription.group, self.store.now());
        let max_attempts = self.max_attempts();
        let (event_id, holder) = (event_id.to_owned(), Arc::clone(&self.holder));
        let delivery = self.store.write(Durability::Process, move |transaction| {
            let mut inbox = Inbox::new(transaction, group);
            let delivery = inbox.claim(&event_id, holder.id(), max_attempts, now)?;
            if delivery.is_none() {
                inbox.park(&event_id, max_attempts, None)?;
            }
            Ok(delivery)
        })?;
        match &delivery {
            Some(delivery) => self.store.begin_handling(&delivery.receipt()),
            None => self.store.activity().notify(),
        }
        reach(Step::AfterAttempt);
        Ok(delivery)
    }

    fn handle(&self, delivery: &Delivery) {
        let handler = self.subscription.handler.as_ref();
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| handler.handle(delivery, &self.stop)))
            .unwrap_or_else(|_| Err(Error::internal("the handler panicked")));
        reach(Step::AfterHandler);
        let now = self.store.now();
        measure::attempt(self.name(), delivery, outcome.is_ok(), began.elapsed(), now);
        let receipt = delivery.receipt();
        loop {
            let settled = match &outcome {
                Ok(()) => self.settle(&receipt),
                Err(error) => self.give_up_attempt(&receipt, error),
            };
            // A full or locked store is tried again until there is room; what is still open when
            // the process ends is recovered by the next one.
            match settled {
                Err(error) if error.kind() == ErrorKind::Unavailable => self.patience(&error),
                Err(_) => break,
                Ok(()) => {
                    self.all_is_well();
                    break;
                }
            }
            if self.stop.is_cancelled() {
                break;
            }
        }
        self.store.end_handling(&receipt);
        self.free(&delivery.envelope.id.to_string());
        self.store.activity().notify();
    }

    /// Ends a delivery whose handler had nothing to commit.
    fn settle(&self, receipt: &Receipt) -> Result<()> {
        if self.store.is_handling(receipt) {
            self.store.commit(UnitOfWork::completing(receipt.clone()), |_| Ok(()))?;
        }
        Ok(())
    }

    fn give_up_attempt(&self, receipt: &Receipt, error: &Error) -> Result<()> {
        let owned = receipt.clone();
        if error.kind() == ErrorKind::Interrupted && self.stop.is_cancelled() {
            return self.store.write(Durability::Process, move |transaction| {
                Inbox::new(transaction, &owned.group).hand_back(&owned)
            });
        }
        let text = error.to_string();
        let max_attempts = self.max_attempts();
        if receipt.attempt >= max_attempts {
            return self.store.write(Durability::Power, move |transaction| {
                let event_id = owned.event_id.to_string();
                let mut inbox = Inbox::new(transaction, &owned.group);
                inbox.park(&event_id, max_attempts, Some(&text)).map(drop)
            });
        }
        self.store.write(Durability::Process, move |transaction| {
            Inbox::new(transaction, &owned.group).fail(&owned, &text)
        })?;
        // The event is still busy, so no worker takes it before its moment is known.
        let moment = Instant::now() + self.backoff(receipt.attempt);
        let mut desk = self.desk();
        desk.not_before.insert(receipt.event_id.to_string(), moment);
        Ok(())
    }

    /// Waits a little after the store refused something, and remembers since when it does.
    fn patience(&self, error: &Error) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let since = trouble.as_ref().map_or_else(Instant::now, |(since, _)| *since);
        *trouble = Some((since, error.to_string()));
        drop(trouble);
        let seen = self.room.seen();
        self.room.wait_beyond(seen, STORE_PATIENCE);
    }

    fn all_is_well(&self) {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// What the store has been refusing for at least so long.
    pub(super) fn trouble(&self, at_least: Duration) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, error) = trouble.as_ref()?;
        (since.elapsed() >= at_least).then(|| error.clone())
    }

    /// Full jitter: anything from nothing to the doubled time.
    fn backoff(&self, attempt: u32) -> Duration {
        let doubled =
            self.config.first_retry.saturating_mul(1 << attempt.saturating_sub(1).min(20));
        let longest = doubled.min(self.config.longest_retry);
        let random = RandomState::new().hash_one(attempt);
        longest.mul_f64(random as f64 / u64::MAX as f64)
    }

    fn interest(&self, envelope: &Envelope) -> Interest {
        let wanted = &self.subscription.types;
        if wanted.contains(&envelope.event_type.as_str()) {
            return Interest::Wanted;
        }
        let same_event_other_major = wanted.iter().any(|known| {
            known.rsplit_once(".v").map(|(name, _)| name)
                == envelope.event_type.rsplit_once(".v").map(|(name, _)| name)
        });
        if same_event_other_major {
            let reason = format!("this version cannot read {}", envelope.event_type);
            return Interest::Unreadable(reason);
        }
        Interest::Unwanted
    }

    /// Gives claimed deliveries to the workers that wait.
    fn hand_over(&self, deliveries: Vec<Delivery>) {
        if deliveries.is_empty() {
            return;
        }
        for delivery in &deliveries {
            self.store.begin_handling(&delivery.receipt());
        }
        let mut desk = self.desk();
        desk.busy.extend(deliveries.iter().map(|delivery| delivery.envelope.id.to_string()));
        desk.handed.extend(deliveries);
    }

    /// Whether everything up to a position of the source came already.
    fn knows(&self, position: i64) -> bool {
        self.position().is_ok_and(|known| known >= position)
    }

    /// Waits while the group has more than enough ready events. What it has is counted anew only
    /// when so many came since that it could be too much.
    fn wait_for_room(&self, coming: usize) -> Result<()> {
        let (group, limit) = (self.subscription.group, self.config.ready_limit);
        if self.at_most_ready.fetch_add(coming, Ordering::Relaxed) + coming < limit {
            return Ok(());
        }
        while !self.stop.is_cancelled() {
            let seen = self.room.seen();
            let ready =
                self.store.read(|transaction| Inbox::new(transaction, group).count_ready(limit))?;
            if ready < limit {
                self.at_most_ready.store(ready + coming, Ordering::Relaxed);
                break;
            }
            self.room.wait_beyond(seen, NET);
        }
        Ok(())
    }
}

enum Taken {
    Delivery(Box<Delivery>),
    NothingBefore(Duration),
}

impl Sink for Group {
    fn group(&self) -> &'static str {
        self.subscription.group
    }

    fn position(&self) -> Result<i64> {
        let group = self.subscription.group;
        self.store.read(|transaction| Inbox::new(transaction, group).position(&self.source))
    }

    fn receive(&self, events: &[Envelope], position: Option<i64>) -> Result<()> {
        if self.store.is_shared() && position.is_some_and(|position| self.knows(position)) {
            // Another process took them in; its workers may be busy.
            self.ready.notify();
            return Ok(());
        }
        self.wait_for_room(events.len())?;
        let taken_in: Vec<(Envelope, Interest)> =
            events.iter().map(|event| (event.clone(), self.interest(event))).collect();
        let Subscription { group, policy, shadow, .. } = self.subscription;
        let terms = Terms { policy, shadow };
        let (source, holder) = (self.source.clone(), Arc::clone(&self.holder));
        let (hands, max_attempts) = (self.desk().idle, self.max_attempts());
        let now = self.store.now();
        let handed = self.store.write(Durability::Process, move |transaction| {
            let mut inbox = Inbox::new(transaction, group);
            let mut handed = Vec::new();
            for (event, interest) in &taken_in {
                let is_ready = inbox.receive(event, interest, terms)?;
                if is_ready && handed.len() < hands {
                    // One commit less before the handler of a worker that waits.
                    let event_id = event.id.to_string();
                    handed.extend(inbox.claim(&event_id, holder.id(), max_attempts, now)?);
                }
            }
            position.map_or(Ok(()), |position| inbox.set_position(&source, position))?;
            Ok(handed)
        })?;
        reach(Step::AfterReceive);
        self.all_is_well();
        self.hand_over(handed);
        self.ready.notify();
        Ok(())
    }

    fn stop(&self) -> &Cancellation {
        &self.stop
    }
}
