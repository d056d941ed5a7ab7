//! The bus keeps its promises (`spec/events.md` G1–G7, G10, G16, G17) on every store and through
//! every transport, also one that repeats and reorders.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared_kernel_domain::bus::{
    Delivery, DeliveryState, EventFilter, EventHandler, EventLog, PoisonPolicy, Subscription,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, Envelope};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, ErrorKind, Result};
use shared_kernel_infrastructure::bus::{Bus, BusConfig, InProcess, Sink, Transport};
use shared_kernel_infrastructure::store::{Signal, Store};
use testkit::event_log_conformance;

use crate::world::{
    Counting, Home, Patient, UPLOADED, counting, event, in_order, on_every_store, record,
};

on_every_store! {
    a_change_and_its_event_commit_together_or_not_at_all
    a_failing_change_leaves_those_committed_with_it_alone
    events_published_before_a_group_began_reach_it_in_order_and_once
    repeated_and_reordered_events_have_their_effect_once_and_in_order
    a_poisonous_event_is_tried_eight_times_and_holds_back_only_its_subject
    a_handler_may_say_how_often_it_is_tried
    a_parked_event_goes_on_when_a_person_says_so
    a_skipped_event_that_is_requeued_does_not_hold_back_the_later_ones
    a_stale_receipt_is_refused_and_its_changes_with_it
    stopping_hands_work_back_without_counting_the_attempt
    an_event_nobody_can_read_is_parked_and_others_are_passed_over
    old_events_go_when_every_group_has_passed_them
    a_slow_group_slows_nobody
    a_group_holds_no_more_ready_events_than_its_limit_in_memory
    long_events_travel_one_by_one_and_too_long_ones_are_refused
    the_log_of_what_was_handled_and_parked_is_a_log
}

fn a_change_and_its_event_commit_together_or_not_at_all(home: Home) {
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

fn a_failing_change_leaves_those_committed_with_it_alone(home: Home) {
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

fn events_published_before_a_group_began_reach_it_in_order_and_once(home: Home) {
    for _ in 0..20 {
        for subject in ["a", "b", "c"] {
            home.publish(subject);
        }
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
            fn group(&self) -> &'static str {
                self.0.group()
            }

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

fn repeated_and_reordered_events_have_their_effect_once_and_in_order(home: Home) {
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

fn a_poisonous_event_is_tried_eight_times_and_holds_back_only_its_subject(home: Home) {
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
    home.wait_until("it is parked", || home.parked().len() == 1);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(poisoned_calls.load(Ordering::SeqCst), 8);
    let parked = home.parked().remove(0);
    assert_eq!(parked.attempts, 8);
    assert_eq!(parked.last_error.as_deref(), Some("cannot digest this"));
    let status = home.log().status().unwrap().remove(0);
    assert_eq!((status.parked, status.handled, status.lag_events), (1, 40, 1));
}

/// A handler that never succeeds, and is tried three times.
struct Impatient;

impl EventHandler for Impatient {
    fn handle(&self, _delivery: &Delivery, _cancellation: &Cancellation) -> Result<()> {
        Err(Error::unavailable("nobody answers"))
    }

    fn most_attempts(&self) -> Option<u32> {
        Some(3)
    }
}

fn a_handler_may_say_how_often_it_is_tried(home: Home) {
    home.publish("a");
    let bus = home.start(Arc::new(Impatient), InProcess);
    home.wait_until("it is parked", || home.parked().len() == 1);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(home.parked().remove(0).attempts, 3);
}

fn a_parked_event_goes_on_when_a_person_says_so(home: Home) {
    home.publish("a");
    home.publish("a");
    let healed = Arc::new(AtomicU32::new(0));
    let is_healed = Arc::clone(&healed);
    let handler = Counting::failing(&home, move |_| {
        if is_healed.load(Ordering::SeqCst) == 1 { Ok(()) } else { Err(Error::input("broken")) }
    });
    let bus = home.start(handler, InProcess);
    home.wait_until("it is parked", || home.parked().len() == 1);
    healed.store(1, Ordering::SeqCst);
    let parked = home.parked().remove(0);
    assert_eq!(home.requeue(&parked), 1);
    home.wait_until("both are handled", || home.effects().len() == 2);
    assert!(bus.stop(Duration::from_secs(10)));
    in_order(&home.effects(), 1, 2);
    assert_eq!(home.requeue(&parked), 0);
}

fn a_skipped_event_that_is_requeued_does_not_hold_back_the_later_ones(home: Home) {
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
    let parked = home.parked().remove(0);
    healed.store(1, Ordering::SeqCst);
    assert_eq!(home.requeue(&parked), 1);
    home.wait_until("the first one passes", || home.effects().len() == 2);
    home.publish("a");
    home.wait_until("the third one passes", || home.effects().len() == 3);
    assert!(bus.stop(Duration::from_secs(10)));
    let sequences: Vec<i64> = home.effects().iter().map(|(_, sequence)| *sequence).collect();
    assert_eq!(sequences, [2, 1, 3]);
}

#[test]
fn an_attempt_counts_even_when_its_process_dies() {
    let mut home = Home::on_sqlite();
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
    home.wait_until("it is parked", || home.parked().len() == 1);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(handler.calls.load(Ordering::SeqCst), 0, "the ninth attempt is never made");
    let parked = home.parked().remove(0);
    assert_eq!(parked.last_error.as_deref(), Some("the process ended while handling it"));
}

fn a_stale_receipt_is_refused_and_its_changes_with_it(home: Home) {
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

fn stopping_hands_work_back_without_counting_the_attempt(home: Home) {
    home.publish("a");
    let handler = Arc::new(Patient(Signal::default()));
    let bus = home.start(Arc::clone(&handler) as Arc<dyn EventHandler>, InProcess);
    handler.0.wait_beyond(0, Duration::from_secs(30));
    assert!(bus.stop(Duration::from_secs(10)));
    let delivery = home.log().deliveries(None).unwrap().remove(0);
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Pending, 0));
}

fn an_event_nobody_can_read_is_parked_and_others_are_passed_over(home: Home) {
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
    let parked = home.parked();
    assert_eq!(parked.len(), 1);
    assert!(parked[0].last_error.as_deref().unwrap().contains("uploaded.v9"));
}

fn old_events_go_when_every_group_has_passed_them(home: Home) {
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
    assert!(uploads() >= 10, "the newest are kept");
    let bus = start();
    home.wait_until("old ones go", || {
        uploads() == 10 && home.log().deliveries(None).unwrap().len() == 10
    });
    assert!(bus.stop(Duration::from_secs(10)));
    home.publish("0");
    let bus = start();
    home.wait_until("order goes on", || home.effects().len() == 31);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(home.effects().last().unwrap(), &("0".to_owned(), 2));
}

fn a_slow_group_slows_nobody(home: Home) {
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

fn a_group_holds_no_more_ready_events_than_its_limit_in_memory(home: Home) {
    for subject in 0..600 {
        home.publish(&format!("{subject}"));
    }
    let config = BusConfig { ready_limit: 50, ..BusConfig::default() };
    let subscription = counting(Counting::new(&home), PoisonPolicy::BlockSubject);
    let bus = Bus::start(&home.stores, vec![subscription], Arc::new(InProcess), config).unwrap();
    home.wait_until("all pass", || home.effects().len() == 600);
    assert!(bus.stop(Duration::from_secs(10)));
}

/// Carries everything, and remembers the most events that came together.
#[derive(Clone, Default)]
struct Measuring(Arc<AtomicUsize>);

impl Transport for Measuring {
    fn carry(&self, source: &Store, sink: &dyn Sink) -> Result<()> {
        struct Measured<'a>(&'a dyn Sink, &'a AtomicUsize);
        impl Sink for Measured<'_> {
            fn group(&self) -> &'static str {
                self.0.group()
            }

            fn position(&self) -> Result<i64> {
                self.0.position()
            }

            fn receive(&self, events: &[Envelope], position: Option<i64>) -> Result<()> {
                self.1.fetch_max(events.len(), Ordering::SeqCst);
                self.0.receive(events, position)
            }

            fn stop(&self) -> &Cancellation {
                self.0.stop()
            }
        }
        InProcess.carry(source, &Measured(sink, &self.0))
    }
}

fn long_events_travel_one_by_one_and_too_long_ones_are_refused(home: Home) {
    let publish = |bytes: usize| {
        let mut long = event(UPLOADED, "a");
        long.data = serde_json::json!({ "of": "a", "filler": "x".repeat(bytes) });
        let unit = UnitOfWork::of_command().publish(long);
        home.store(Context::DataScience).commit(unit, |_| Ok(()))
    };
    for bytes in [10 << 20, 10 << 20, 16 << 20, 10 << 20] {
        let published = publish(bytes);
        assert_eq!(published.is_ok(), bytes < 16 << 20);
        if let Err(refused) = published {
            assert_eq!(refused.kind(), ErrorKind::Input);
            assert!(refused.what().ends_with("of 16.0 MiB is too long"), "{refused}");
        }
    }
    let most = Measuring::default();
    let bus = home.start(Counting::new(&home), most.clone());
    home.wait_until("three pass", || home.effects().len() == 3);
    assert!(bus.stop(Duration::from_secs(10)));
    in_order(&home.effects(), 1, 3);
    assert_eq!(most.0.load(Ordering::SeqCst), 1, "events that came together");
}

fn the_log_of_what_was_handled_and_parked_is_a_log(home: Home) {
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
    home.wait_until("it is parked", || home.parked().len() == 1);
    assert!(bus.stop(Duration::from_secs(10)));
    assert_eq!(home.log().events(&EventFilter::default()).unwrap().len(), 7);
    event_log_conformance(&home.log());
}
