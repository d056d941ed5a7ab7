//! The bus keeps its promises (`spec/events.md` G1–G7, G10, G16, G17) on every store and through
//! every transport, also one that repeats and reorders.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use shared_kernel_domain::bus::{
    Delivery, DeliveryState, EventFilter, EventHandler, EventLog, PoisonPolicy, Subscription,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, Envelope, NewEvent};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, Result};
use shared_kernel_infrastructure::bus::{Bus, BusConfig, InProcess, Log, Sink, Stores, Transport};
use shared_kernel_infrastructure::store::{Migration, Signal, Store};
use shared_kernel_infrastructure::system::{SystemClock, UuidGenerator};
use testkit::event_log_conformance;

const UPLOADED: &str = "io.pynomaly.test.uploaded.v1";
const ANALYZED: &str = "io.pynomaly.test.analyzed.v1";
const EFFECTS: &[Migration] = &[Migration {
    version: 1,
    sql: "CREATE TABLE effect (arrival BIGINT PRIMARY KEY, subject TEXT NOT NULL, sequence BIGINT NOT NULL)",
}];

/// Two contexts in a folder of their own, and what a test needs to drive them.
struct Home {
    folder: tempfile::TempDir,
    activity: Arc<Signal>,
    stores: Stores,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let activity = Arc::new(Signal::default());
        let stores = Self::open(folder.path(), &activity);
        Self { folder, activity, stores }
    }

    fn open(folder: &std::path::Path, activity: &Arc<Signal>) -> Stores {
        [Context::DataScience, Context::DataQuality]
            .into_iter()
            .map(|context| {
                let path = folder.join(format!("{context}.sqlite"));
                let store = Store::open_sqlite(
                    &path,
                    context,
                    EFFECTS,
                    Arc::new(SystemClock),
                    Arc::new(UuidGenerator),
                    Arc::clone(activity),
                );
                (context, store.unwrap())
            })
            .collect()
    }

    /// The same databases as another process would open them.
    fn reopened(self) -> Self {
        let stores = Self::open(self.folder.path(), &self.activity);
        Self { stores, ..self }
    }

    fn store(&self, context: Context) -> Arc<Store> {
        Arc::clone(&self.stores[&context])
    }

    fn log(&self) -> Log {
        Log::new(self.stores.clone(), Arc::clone(&self.activity), Arc::new(SystemClock))
    }

    fn publish(&self, subject: &str) {
        let unit = UnitOfWork::of_command().publish(event(UPLOADED, subject));
        self.store(Context::DataScience).commit(unit, |_| Ok(())).unwrap();
    }

    fn start(&self, handler: Arc<dyn EventHandler>, transport: impl Transport + 'static) -> Bus {
        let config = BusConfig { first_retry: Duration::from_millis(2), ..BusConfig::default() };
        let subscription = counting(handler, PoisonPolicy::BlockSubject);
        Bus::start(&self.stores, vec![subscription], Arc::new(transport), config).unwrap()
    }

    fn effects(&self) -> Vec<(String, i64)> {
        let query = "SELECT subject, sequence FROM effect ORDER BY arrival";
        self.store(Context::DataQuality)
            .read(|transaction| {
                transaction
                    .query(query, &[])?
                    .iter()
                    .map(|row| Ok((row.text(0)?, row.integer(1)?)))
                    .collect()
            })
            .unwrap()
    }

    fn wait_until(&self, what: &str, reached: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let seen = self.activity.seen();
            if reached() {
                return;
            }
            assert!(Instant::now() < deadline, "never happened: {what}");
            self.activity.wait_beyond(seen, Duration::from_millis(50));
        }
    }
}

fn event(event_type: &str, subject: &str) -> NewEvent {
    NewEvent {
        event_type: event_type.to_owned(),
        subject: subject.to_owned(),
        data: serde_json::json!({ "of": subject }),
        correlation_id: None,
        causation_id: None,
        traceparent: None,
    }
}

fn counting(handler: Arc<dyn EventHandler>, policy: PoisonPolicy) -> Subscription {
    Subscription {
        group: "data_quality.count",
        consumer: Context::DataQuality,
        source: Context::DataScience,
        types: &[UPLOADED],
        policy,
        handler,
    }
}

/// Records each event it handles, and publishes one of its own, in one commit.
struct Counting {
    store: Arc<Store>,
    calls: AtomicUsize,
    fails: Box<Verdict>,
}

type Verdict = dyn Fn(&Delivery) -> Result<()> + Send + Sync;

impl Counting {
    fn new(home: &Home) -> Arc<Self> {
        Self::failing(home, |_| Ok(()))
    }

    fn failing(
        home: &Home,
        fails: impl Fn(&Delivery) -> Result<()> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            store: home.store(Context::DataQuality),
            calls: AtomicUsize::new(0),
            fails: Box::new(fails),
        })
    }
}

impl EventHandler for Counting {
    fn handle(&self, delivery: &Delivery, _: &Cancellation) -> Result<()> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        (self.fails)(delivery)?;
        record(&self.store, delivery)
    }
}

/// Handles nothing until it is asked to stop.
struct Patient(Signal);
impl EventHandler for Patient {
    fn handle(&self, _: &Delivery, cancellation: &Cancellation) -> Result<()> {
        self.0.notify();
        while !cancellation.is_cancelled() {
            std::thread::yield_now();
        }
        cancellation.check()
    }
}

fn record(store: &Store, delivery: &Delivery) -> Result<()> {
    let unit = UnitOfWork::completing(delivery.receipt())
        .publish(event(ANALYZED, &delivery.envelope.subject));
    let (subject, sequence) = (delivery.envelope.subject.clone(), delivery.envelope.sequence);
    store.commit(unit, move |transaction| {
        transaction.execute(
            "INSERT INTO effect (arrival, subject, sequence)
             VALUES ((SELECT COUNT(*) FROM effect), $1, $2)",
            &[subject.into(), sequence.into()],
        )?;
        Ok(())
    })
}

fn in_order(effects: &[(String, i64)], subjects: usize, each: i64) {
    let mut by_subject: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (subject, sequence) in effects {
        by_subject.entry(subject).or_default().push(*sequence);
    }
    assert_eq!(by_subject.len(), subjects);
    for (subject, sequences) in by_subject {
        assert_eq!(sequences, (1..=each).collect::<Vec<_>>(), "{subject}");
    }
}

#[test]
fn a_change_and_its_event_commit_together_or_not_at_all() {
    let home = Home::new();
    let unit = UnitOfWork::of_command().publish(event(UPLOADED, "a"));
    let refused = home.store(Context::DataScience).commit(unit, |transaction| {
        transaction
            .execute("INSERT INTO effect (arrival, subject, sequence) VALUES (0, 'a', 1)", &[])?;
        Err::<(), _>(Error::usage("changed my mind"))
    });
    assert_eq!(refused.unwrap_err().what(), "changed my mind");
    assert!(home.log().events(&EventFilter::default()).unwrap().is_empty());
    let rows = home
        .store(Context::DataScience)
        .read(|transaction| transaction.query("SELECT 1 FROM effect", &[]))
        .unwrap();
    assert!(rows.is_empty());
}

#[test]
fn a_failing_change_leaves_those_committed_with_it_alone() {
    let home = Home::new();
    let store = home.store(Context::DataScience);
    std::thread::scope(|scope| {
        for number in 0..64_i64 {
            let store = Arc::clone(&store);
            scope.spawn(move || {
                let unit = UnitOfWork::of_command().publish(event(UPLOADED, "a"));
                let outcome = store.commit(unit, move |_| {
                    if number % 2 == 0 { Ok(()) } else { Err(Error::usage("odd")) }
                });
                assert_eq!(outcome.is_ok(), number % 2 == 0);
            });
        }
    });
    let sequences: Vec<u64> = home
        .log()
        .events(&EventFilter::default())
        .unwrap()
        .iter()
        .map(|event| event.sequence)
        .collect();
    let mut sorted = sequences.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (1..=32).collect::<Vec<u64>>(), "no number is lost to a rolled-back change");
}

#[test]
fn events_published_before_a_group_began_reach_it_in_order_and_once() {
    let home = Home::new();
    for round in 0..20 {
        for subject in ["a", "b", "c"] {
            home.publish(subject);
        }
        assert!(round < 20);
    }
    let handler = Counting::new(&home);
    let bus = home.start(handler, InProcess);
    home.wait_until("60 effects", || home.effects().len() == 60);
    assert!(bus.stop(Duration::from_secs(10)));
    in_order(&home.effects(), 3, 20);
    let chain = home
        .log()
        .events(&EventFilter { event_type: Some("analyzed".to_owned()), ..EventFilter::default() });
    assert_eq!(chain.unwrap().len(), 60);
}

/// Carries everything, but each event up to five times and out of order within a window.
struct Unruly;

impl Transport for Unruly {
    fn carry(&self, source: &Store, sink: &dyn Sink) -> Result<()> {
        struct Shuffling<'a>(&'a dyn Sink);
        impl Sink for Shuffling<'_> {
            fn position(&self) -> Result<i64> {
                self.0.position()
            }

            fn receive(&self, events: &[Envelope], position: Option<i64>) -> Result<()> {
                let mut copies: Vec<Envelope> = events
                    .iter()
                    .enumerate()
                    .flat_map(|(index, event)| vec![event.clone(); 1 + index * 7 % 5])
                    .collect();
                let count = copies.len();
                for index in 0..count {
                    copies.swap(index, (index * 7919 + 13) % count);
                }
                for part in copies.chunks(3) {
                    self.0.receive(part, None)?;
                }
                self.0.receive(&copies, position)
            }

            fn stop(&self) -> &Cancellation {
                self.0.stop()
            }
        }
        InProcess.carry(source, &Shuffling(sink))
    }
}

#[test]
fn repeated_and_reordered_events_have_their_effect_once_and_in_order() {
    let home = Home::new();
    for _ in 0..30 {
        for subject in ["a", "b", "c", "d"] {
            home.publish(subject);
        }
    }
    let bus = home.start(Counting::new(&home), Unruly);
    home.wait_until("120 effects", || home.effects().len() >= 120);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(home.effects().len(), 120);
    in_order(&home.effects(), 4, 30);
}

#[test]
fn a_poisonous_event_is_tried_eight_times_and_holds_back_only_its_subject() {
    let home = Home::new();
    home.publish("poison");
    home.publish("poison");
    for subject in 0..40 {
        home.publish(&format!("healthy {subject}"));
    }
    let poisoned_calls = Arc::new(AtomicU32::new(0));
    let calls = Arc::clone(&poisoned_calls);
    let handler = Counting::failing(&home, move |delivery| {
        if delivery.envelope.subject == "poison" {
            calls.fetch_add(1, Ordering::SeqCst);
            return Err(Error::input("cannot digest this"));
        }
        Ok(())
    });
    let bus = home.start(handler, InProcess);
    home.wait_until("the others pass", || home.effects().len() == 40);
    home.wait_until("it is parked", || home.log().parked().unwrap().len() == 1);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(poisoned_calls.load(Ordering::SeqCst), 8);
    let parked = home.log().parked().unwrap().remove(0);
    assert_eq!(parked.attempts, 8);
    assert_eq!(parked.last_error.as_deref(), Some("cannot digest this"));
    let status = home.log().status().unwrap().remove(0);
    assert_eq!((status.parked, status.handled, status.lag_events), (1, 40, 1));
}

#[test]
fn a_parked_event_goes_on_when_a_person_says_so() {
    let home = Home::new();
    home.publish("a");
    home.publish("a");
    let healed = Arc::new(AtomicU32::new(0));
    let is_healed = Arc::clone(&healed);
    let handler = Counting::failing(&home, move |_| {
        if is_healed.load(Ordering::SeqCst) == 1 { Ok(()) } else { Err(Error::input("broken")) }
    });
    let bus = home.start(handler, InProcess);
    home.wait_until("it is parked", || home.log().parked().unwrap().len() == 1);
    healed.store(1, Ordering::SeqCst);
    let parked = home.log().parked().unwrap().remove(0);
    home.log().requeue(&parked.group, &parked.event_id, "tester").unwrap();
    home.wait_until("both are handled", || home.effects().len() == 2);
    assert!(bus.stop(Duration::from_secs(10)));
    in_order(&home.effects(), 1, 2);
    assert!(home.log().requeue(&parked.group, &parked.event_id, "tester").is_err());
}

#[test]
fn a_skipped_event_that_is_requeued_does_not_hold_back_the_later_ones() {
    let home = Home::new();
    home.publish("a");
    home.publish("a");
    let healed = Arc::new(AtomicU32::new(0));
    let is_healed = Arc::clone(&healed);
    let handler = Counting::failing(&home, move |delivery| {
        if delivery.envelope.sequence == 1 && is_healed.load(Ordering::SeqCst) == 0 {
            return Err(Error::input("broken"));
        }
        Ok(())
    });
    let config = BusConfig { first_retry: Duration::from_millis(2), ..BusConfig::default() };
    let subscription = counting(handler, PoisonPolicy::SkipEvent);
    let bus = Bus::start(&home.stores, vec![subscription], Arc::new(InProcess), config).unwrap();
    home.wait_until("the second one passes", || home.effects().len() == 1);
    let parked = home.log().parked().unwrap().remove(0);
    healed.store(1, Ordering::SeqCst);
    home.log().requeue(&parked.group, &parked.event_id, "tester").unwrap();
    home.wait_until("the first one passes", || home.effects().len() == 2);
    home.publish("a");
    home.wait_until("the third one passes", || home.effects().len() == 3);
    assert!(bus.stop(Duration::from_secs(10)));
    let sequences: Vec<i64> = home.effects().iter().map(|(_, sequence)| *sequence).collect();
    assert_eq!(sequences, [2, 1, 3]);
}

#[test]
fn an_attempt_counts_even_when_its_process_dies() {
    let mut home = Home::new();
    home.publish("a");
    let died = Arc::new(Signal::default());
    for attempt in 1..=8_u32 {
        // A handler that never returns stands for a process that was killed in it: its bus is
        // left behind, and another one opens the same databases.
        let signal = Arc::clone(&died);
        let handler = Counting::failing(&home, move |delivery| {
            assert_eq!(delivery.attempt, attempt);
            signal.notify();
            loop {
                std::thread::park();
            }
        });
        let seen = died.seen();
        let bus = home.start(handler, InProcess);
        died.wait_beyond(seen, Duration::from_secs(30));
        std::mem::forget(bus);
        home = home.reopened();
    }
    let handler = Counting::new(&home);
    let bus = home.start(Arc::clone(&handler) as Arc<dyn EventHandler>, InProcess);
    home.wait_until("it is parked", || home.log().parked().unwrap().len() == 1);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(handler.calls.load(Ordering::SeqCst), 0, "the ninth attempt is never made");
    let parked = home.log().parked().unwrap().remove(0);
    assert_eq!(parked.last_error.as_deref(), Some("the process ended while handling it"));
}

#[test]
fn a_stale_receipt_is_refused_and_its_changes_with_it() {
    let home = Home::new();
    home.publish("a");
    let first = Arc::new(Mutex::new(None::<Delivery>));
    let kept = Arc::clone(&first);
    let handler = Counting::failing(&home, move |delivery| {
        let mut first = kept.lock().unwrap();
        if first.is_none() {
            *first = Some(delivery.clone());
            return Err(Error::unavailable("try again"));
        }
        Ok(())
    });
    let bus = home.start(handler, InProcess);
    home.wait_until("the second attempt passes", || home.effects().len() == 1);
    let stale = first.lock().unwrap().clone().unwrap();
    assert!(record(&home.store(Context::DataQuality), &stale).is_err());
    assert_eq!(home.effects().len(), 1);
    assert!(bus.stop(Duration::from_secs(10)));
}

#[test]
fn stopping_hands_work_back_without_counting_the_attempt() {
    let home = Home::new();
    home.publish("a");
    let handler = Arc::new(Patient(Signal::default()));
    let bus = home.start(Arc::clone(&handler) as Arc<dyn EventHandler>, InProcess);
    handler.0.wait_beyond(0, Duration::from_secs(30));
    assert!(bus.stop(Duration::from_secs(10)));
    let delivery = home.log().deliveries(None).unwrap().remove(0);
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Pending, 0));
}

#[test]
fn an_event_nobody_can_read_is_parked_and_others_are_passed_over() {
    let home = Home::new();
    let store = home.store(Context::DataScience);
    for event_type in
        ["io.pynomaly.test.other.v1", UPLOADED, "io.pynomaly.test.uploaded.v9", UPLOADED]
    {
        let unit = UnitOfWork::of_command().publish(event(event_type, "a"));
        store.commit(unit, |_| Ok(())).unwrap();
    }
    let subscription = counting(Counting::new(&home), PoisonPolicy::SkipEvent);
    let transport = Arc::new(InProcess);
    let bus =
        Bus::start(&home.stores, vec![subscription], transport, BusConfig::default()).unwrap();
    home.wait_until("both readable ones pass", || home.effects().len() == 2);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(home.effects(), [("a".to_owned(), 2), ("a".to_owned(), 4)]);
    let parked = home.log().parked().unwrap();
    assert_eq!(parked.len(), 1);
    assert!(parked[0].last_error.as_deref().unwrap().contains("uploaded.v9"));
}

#[test]
fn old_events_go_when_every_group_has_passed_them_and_only_then() {
    let home = Home::new();
    for subject in 0..30 {
        home.publish(&format!("{subject}"));
    }
    let start = || {
        let config = BusConfig { keep: 10, ..BusConfig::default() };
        let subscription = counting(Counting::new(&home), PoisonPolicy::BlockSubject);
        Bus::start(&home.stores, vec![subscription], Arc::new(InProcess), config).unwrap()
    };
    let uploads = || {
        let filter =
            EventFilter { event_type: Some("uploaded".to_owned()), ..EventFilter::default() };
        home.log().events(&filter).unwrap().len()
    };
    let bus = start();
    home.wait_until("all pass", || home.effects().len() == 30);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(uploads(), 30, "nothing had been passed when the bus began");
    assert!(start().stop(Duration::from_secs(10)));
    assert_eq!(uploads(), 10);
    assert_eq!(home.log().deliveries(None).unwrap().len(), 10);
    home.publish("0");
    let bus = start();
    home.wait_until("order goes on", || home.effects().len() == 31);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(home.effects().last().unwrap(), &("0".to_owned(), 2));
}

#[test]
fn a_slow_group_slows_nobody() {
    let home = Home::new();
    for subject in 0..50 {
        home.publish(&format!("{subject}"));
    }
    let patient = Arc::new(Patient(Signal::default()));
    let slow = Subscription {
        group: "data_quality.slow",
        ..counting(Arc::clone(&patient) as Arc<dyn EventHandler>, PoisonPolicy::BlockSubject)
    };
    let quick = counting(Counting::new(&home), PoisonPolicy::BlockSubject);
    let config = BusConfig::default();
    let bus = Bus::start(&home.stores, vec![slow, quick], Arc::new(InProcess), config).unwrap();
    patient.0.wait_beyond(0, Duration::from_secs(30));
    home.wait_until("the quick group passes all", || home.effects().len() == 50);
    assert!(bus.stop(Duration::from_secs(10)));
    let slow = home.log().status().unwrap().remove(1);
    assert_eq!((slow.group.as_str(), slow.handled), ("data_quality.slow", 0));
}

#[test]
fn a_group_holds_no_more_ready_events_than_its_limit_in_memory() {
    let home = Home::new();
    for subject in 0..600 {
        home.publish(&format!("{subject}"));
    }
    let config = BusConfig { ready_limit: 50, ..BusConfig::default() };
    let subscription = counting(Counting::new(&home), PoisonPolicy::BlockSubject);
    let bus = Bus::start(&home.stores, vec![subscription], Arc::new(InProcess), config).unwrap();
    home.wait_until("all pass", || home.effects().len() == 600);
    assert!(bus.stop(Duration::from_secs(10)));
}

#[test]
fn the_log_of_what_was_handled_and_parked_is_a_log() {
    let home = Home::new();
    event_log_conformance(&home.log());
    for subject in ["a", "poison", "b", "a"] {
        home.publish(subject);
    }
    let handler = Counting::failing(&home, |delivery| match delivery.envelope.subject.as_str() {
        "poison" => Err(Error::input("cannot digest this")),
        _ => Ok(()),
    });
    let bus = home.start(handler, InProcess);
    home.wait_until("the others pass", || home.effects().len() == 3);
    home.wait_until("it is parked", || home.log().parked().unwrap().len() == 1);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(home.log().events(&EventFilter::default()).unwrap().len(), 7);
    event_log_conformance(&home.log());
}
