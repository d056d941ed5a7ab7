//! Dead letters (`spec/events.md` G8): a person requeues or discards parked events, each leaves an
//! audit record, subjects keep their order, and what comes in meanwhile goes first (F26; the
//! times are measured by the bench `requeue_and_replay`).

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use shared_kernel_domain::Error;
use shared_kernel_domain::bus::{
    Delivery, DeliveryState, EventHandler, EventLog, ParkedFilter, PoisonPolicy,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::{Bus, BusConfig, InProcess};
use shared_kernel_infrastructure::store::Signal;

use crate::world::{Counting, Home, UPLOADED, counting, event, in_order, on_every_store, record};

on_every_store! {
    parked_events_are_requeued_by_filter_and_each_is_audited
    parked_events_of_one_subject_are_handled_in_order_when_they_are_requeued
    newer_events_wait_behind_requeued_ones
    a_requeued_event_does_not_overtake_one_that_is_open
    a_discarded_event_is_kept_and_its_subject_goes_on
    an_event_discarded_before_its_turn_is_passed_over
    an_attempt_from_before_a_requeue_is_refused
    a_requeue_stops_between_two_commits_when_asked_to
    live_events_go_before_requeued_ones_which_still_get_on
    a_requeue_is_no_faster_than_its_rate
}

/// Nobody reads this version: it is parked as it comes in.
const UNREADABLE: &str = "io.pynomaly.test.uploaded.v9";
const GROUP: &str = "data_quality.count";

fn going_on() -> Cancellation {
    Cancellation::default()
}

fn of_subject(subject: &str) -> ParkedFilter {
    ParkedFilter { subject: Some(subject.to_owned()), ..ParkedFilter::default() }
}

fn all() -> ParkedFilter {
    ParkedFilter::default()
}

fn at_once(home: &Home, which: &ParkedFilter) -> u64 {
    home.log().requeue(which, NonZeroU32::MAX, "tester", &going_on()).unwrap()
}

fn publish(home: &Home, event_type: &str, subject: &str) {
    let unit = UnitOfWork::of_command().publish(event(event_type, subject));
    home.store(Context::DataScience).commit(unit, |_| Ok(())).unwrap();
}

/// Fails until it is healed.
fn ailing(home: &Home) -> (Arc<AtomicBool>, Arc<Counting>) {
    let healed = Arc::new(AtomicBool::new(false));
    let is_healed = Arc::clone(&healed);
    let handler = Counting::failing(home, move |_| {
        if is_healed.load(Ordering::SeqCst) { Ok(()) } else { Err(Error::input("broken")) }
    });
    (healed, handler)
}

fn start(home: &Home, handler: Arc<dyn EventHandler>, policy: PoisonPolicy) -> Bus {
    let config = BusConfig { max_attempts: 1, ..BusConfig::default() };
    let subscription = counting(handler, policy);
    Bus::start(&home.stores, vec![subscription], Arc::new(InProcess), config).unwrap()
}

fn stop(bus: &Bus) {
    assert!(bus.stop(Duration::from_secs(10)));
}

fn audited(home: &Home, action: &str) -> Vec<(String, String, String)> {
    let sql = "SELECT actor, subject, detail FROM audit WHERE action = $1 ORDER BY position";
    home.store(Context::DataQuality)
        .read(|transaction| {
            let rows = transaction.query(sql, &[action.into()])?;
            rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.text(2)?))).collect()
        })
        .unwrap()
}

fn sequences(home: &Home) -> Vec<i64> {
    home.effects().into_iter().map(|(_, sequence)| sequence).collect()
}

fn parked_events_are_requeued_by_filter_and_each_is_audited(home: Home) {
    for subject in ["a", "b", "c", "d"] {
        home.publish(subject);
    }
    let (healed, handler) = ailing(&home);
    let bus = start(&home, handler, PoisonPolicy::BlockSubject);
    home.wait_until("all are parked", || home.parked().len() == 4);
    healed.store(true, Ordering::SeqCst);
    let nobody = ParkedFilter { group: Some("data_quality.other".to_owned()), ..all() };
    assert_eq!(at_once(&home, &nobody), 0);
    assert_eq!(at_once(&home, &of_subject("b")), 1);
    home.wait_until("it is handled", || home.effects().len() == 1);
    assert_eq!(home.effects(), [("b".to_owned(), 1)]);
    let parked = home.parked();
    assert_eq!(at_once(&home, &all()), 3);
    home.wait_until("all are handled", || home.effects().len() == 4);
    stop(&bus);
    assert!(home.parked().is_empty());
    let audited = audited(&home, "event.requeued");
    let ids: Vec<&str> = audited.iter().map(|(_, event, _)| event.as_str()).collect();
    let expected: Vec<String> = parked.iter().map(|it| it.event_id.to_string()).collect();
    assert_eq!(ids[1..], expected);
    assert!(audited.iter().all(|(actor, _, detail)| actor == "tester" && detail.contains(GROUP)));
    assert_eq!(at_once(&home, &all()), 0);
}

fn parked_events_of_one_subject_are_handled_in_order_when_they_are_requeued(home: Home) {
    for _ in 0..20 {
        home.publish("a");
        home.publish("b");
    }
    let (healed, handler) = ailing(&home);
    let bus = start(&home, Arc::clone(&handler) as Arc<dyn EventHandler>, PoisonPolicy::SkipEvent);
    home.wait_until("all are parked", || home.parked().len() == 40);
    healed.store(true, Ordering::SeqCst);
    assert_eq!(at_once(&home, &all()), 40);
    home.wait_until("all are handled", || home.effects().len() == 40);
    home.publish("a");
    home.publish("b");
    home.wait_until("newer ones are handled", || home.effects().len() == 42);
    stop(&bus);
    in_order(&home.effects(), 2, 21);
    assert_eq!(handler.calls.load(Ordering::SeqCst), 40 + 42);
}

fn newer_events_wait_behind_requeued_ones(home: Home) {
    for _ in 0..3 {
        home.publish("a");
    }
    let (healed, handler) = ailing(&home);
    let bus = start(&home, handler, PoisonPolicy::SkipEvent);
    home.wait_until("all are parked", || home.parked().len() == 3);
    stop(&bus);
    healed.store(true, Ordering::SeqCst);
    // The last one first: it is on its way when the earlier ones are requeued.
    let last = home.parked().remove(2);
    assert_eq!(home.requeue(&last), 1);
    assert_eq!(at_once(&home, &all()), 2);
    home.publish("a");
    publish(&home, "io.pynomaly.test.other.v1", "a");
    home.publish("a");
    let bus = start(&home, Counting::new(&home), PoisonPolicy::SkipEvent);
    home.wait_until("all are handled", || home.effects().len() == 5);
    stop(&bus);
    assert_eq!(sequences(&home), [3, 1, 2, 4, 6]);
}

fn a_requeued_event_does_not_overtake_one_that_is_open(home: Home) {
    home.publish("a");
    publish(&home, UNREADABLE, "a");
    home.publish("a");
    let (began, go) = (Arc::new(Signal::default()), Arc::new(AtomicBool::new(false)));
    let (signal, may_go) = (Arc::clone(&began), Arc::clone(&go));
    let handler = Counting::failing(&home, move |_| {
        signal.notify();
        while !may_go.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        Ok(())
    });
    let bus = start(&home, handler, PoisonPolicy::BlockSubject);
    began.wait_beyond(0, Duration::from_secs(30));
    home.wait_until("the second is parked", || home.parked().len() == 1);
    assert_eq!(at_once(&home, &all()), 1);
    let states: Vec<_> = home.log().deliveries(None).unwrap().iter().map(|it| it.state).collect();
    assert_eq!(states, [DeliveryState::Handling, DeliveryState::Waiting, DeliveryState::Waiting]);
    go.store(true, Ordering::SeqCst);
    home.wait_until("all are handled", || home.effects().len() == 3);
    stop(&bus);
    in_order(&home.effects(), 1, 3);
}

fn a_discarded_event_is_kept_and_its_subject_goes_on(home: Home) {
    home.publish("a");
    home.publish("a");
    let handler = Counting::failing(&home, |delivery| match delivery.envelope.sequence {
        1 => Err(Error::input("cannot digest this")),
        _ => Ok(()),
    });
    let bus = start(&home, handler, PoisonPolicy::BlockSubject);
    home.wait_until("it is parked", || home.parked().len() == 1);
    let parked = home.parked().remove(0);
    let log = home.log();
    assert_eq!(log.discard(&of_subject("b"), "wrong", "tester", &going_on()).unwrap(), 0);
    assert_eq!(log.discard(&all(), "not needed", "tester", &going_on()).unwrap(), 1);
    home.wait_until("the second is handled", || home.effects().len() == 1);
    stop(&bus);
    assert_eq!(sequences(&home), [2]);
    let kept = log.deliveries(None).unwrap().remove(0);
    assert_eq!((kept.event_id, kept.state), (parked.event_id, DeliveryState::Discarded));
    assert_eq!(kept.last_error.as_deref(), Some("cannot digest this"));
    let status = log.status().unwrap().remove(0);
    assert_eq!((status.parked, status.handled, status.lag_events), (0, 1, 0));
    let audited = audited(&home, "event.discarded");
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].1, parked.event_id.to_string());
    assert!(audited[0].2.contains("not needed"));
    assert_eq!(home.requeue(&parked), 0, "what is discarded stays so");
    assert_eq!(log.discard(&all(), "again", "tester", &going_on()).unwrap(), 0);
}

fn an_event_discarded_before_its_turn_is_passed_over(home: Home) {
    home.publish("a");
    publish(&home, UNREADABLE, "a");
    home.publish("a");
    let (healed, handler) = ailing(&home);
    let bus = start(&home, handler, PoisonPolicy::BlockSubject);
    home.wait_until("both are parked", || home.parked().len() == 2);
    let second = ParkedFilter { event_id: Some(home.parked()[1].event_id), ..all() };
    assert_eq!(home.log().discard(&second, "old", "tester", &going_on()).unwrap(), 1);
    assert!(home.effects().is_empty(), "the first one still holds the subject");
    healed.store(true, Ordering::SeqCst);
    assert_eq!(at_once(&home, &all()), 1);
    home.wait_until("the others are handled", || home.effects().len() == 2);
    stop(&bus);
    assert_eq!(sequences(&home), [1, 3]);
}

fn an_attempt_from_before_a_requeue_is_refused(home: Home) {
    home.publish("a");
    let before = Arc::new(Mutex::new(None::<Delivery>));
    let (kept, store) = (Arc::clone(&before), home.store(Context::DataQuality));
    let handler = Counting::failing(&home, move |delivery| {
        let mut before = kept.lock().unwrap();
        let Some(stale) = before.as_ref() else {
            *before = Some(delivery.clone());
            return Err(Error::unavailable("it hangs"));
        };
        assert_eq!((stale.attempt, delivery.attempt), (1, 1));
        assert!(record(&store, stale).is_err(), "its round is over");
        Ok(())
    });
    let bus = start(&home, handler, PoisonPolicy::BlockSubject);
    home.wait_until("it is parked", || home.parked().len() == 1);
    assert_eq!(at_once(&home, &all()), 1);
    home.wait_until("it is handled", || home.effects().len() == 1);
    stop(&bus);
    assert_eq!(home.effects().len(), 1);
}

fn a_requeue_stops_between_two_commits_when_asked_to(home: Home) {
    for subject in 0..50 {
        publish(&home, UNREADABLE, &subject.to_string());
    }
    let bus = start(&home, Counting::new(&home), PoisonPolicy::SkipEvent);
    home.wait_until("all are parked", || home.parked().len() == 50);
    stop(&bus);
    let (log, cancellation) = (home.log(), going_on());
    let slowly = NonZeroU32::new(20).unwrap();
    let requeued = std::thread::scope(|scope| {
        let requeuing = scope.spawn(|| log.requeue(&all(), slowly, "tester", &cancellation));
        home.wait_until("some are requeued", || home.parked().len() < 50);
        cancellation.cancel();
        requeuing.join().unwrap().unwrap()
    });
    assert!((1..50).contains(&requeued), "{requeued}");
    assert_eq!(home.parked().len() as u64, 50 - requeued);
    assert_eq!(audited(&home, "event.requeued").len() as u64, requeued);
}

/// So many parked events are requeued beside so many live ones.
const STORM: usize = 1_000;
const LIVE: usize = 40;

fn live_events_go_before_requeued_ones_which_still_get_on(home: Home) {
    let parked = (0..STORM).map(|number| event(UNREADABLE, &format!("parked {number}")));
    let parked = parked.fold(UnitOfWork::of_command(), UnitOfWork::publish);
    home.store(Context::DataScience).commit(parked, |_| Ok(())).unwrap();
    let (gate, order) = (Arc::new(Gate::default()), Arc::new(Mutex::new(Vec::new())));
    let (held, handled) = (Arc::clone(&gate), Arc::clone(&order));
    let handler = Counting::failing(&home, move |delivery| {
        held.pass();
        handled.lock().unwrap().push(delivery.envelope.event_type == UPLOADED);
        Ok(())
    });
    let bus = start(&home, handler, PoisonPolicy::SkipEvent);
    home.wait_until("all are parked", || home.parked().len() == STORM);
    assert_eq!(at_once(&home, &all()), STORM as u64);
    gate.wait_for(BusConfig::default().workers_per_group);
    for number in 0..LIVE {
        home.publish(&format!("live {number}"));
    }
    home.wait_until("the live ones wait too", || {
        home.log().deliveries(None).unwrap().len() == STORM + LIVE
    });
    gate.open();
    let handled = || order.lock().unwrap().clone();
    home.wait_until("the live ones are handled", || {
        handled().iter().filter(|is_live| **is_live).count() == LIVE
    });
    let handled = handled();
    let last = handled.iter().rposition(|is_live| *is_live).unwrap();
    let between = handled[..last].iter().filter(|is_live| !**is_live).count();
    assert!((3..LIVE / 2).contains(&between), "{between} requeued ones before the last live one");
    let rest = home.parked().len() + home.log().status().unwrap()[0].lag_events as usize;
    assert!(rest > STORM / 2, "the storm was not over: {rest}");
    assert!(bus.stop(Duration::from_secs(10)));
}

/// Holds handlers until it is opened.
#[derive(Default)]
struct Gate {
    held: AtomicUsize,
    is_open: AtomicBool,
    changed: Signal,
}

impl Gate {
    fn pass(&self) {
        self.held.fetch_add(1, Ordering::SeqCst);
        self.changed.notify();
        self.wait_until(|| self.is_open.load(Ordering::SeqCst));
    }

    fn wait_for(&self, held: usize) {
        self.wait_until(|| self.held.load(Ordering::SeqCst) == held);
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::SeqCst);
        self.changed.notify();
    }

    fn wait_until(&self, reached: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_mins(1);
        while !reached() {
            let seen = self.changed.seen();
            assert!(Instant::now() < deadline, "the gate stays as it is");
            if !reached() {
                self.changed.wait_beyond(seen, Duration::from_secs(1));
            }
        }
    }
}

fn a_requeue_is_no_faster_than_its_rate(home: Home) {
    const EVENTS: u32 = 45;
    for subject in 0..EVENTS {
        publish(&home, UNREADABLE, &subject.to_string());
    }
    let bus = start(&home, Counting::new(&home), PoisonPolicy::SkipEvent);
    home.wait_until("all are parked", || home.parked().len() == EVENTS as usize);
    let (rate, began) = (NonZeroU32::new(100).unwrap(), Instant::now());
    let requeued = home.log().requeue(&all(), rate, "tester", &going_on()).unwrap();
    assert_eq!(requeued, u64::from(EVENTS));
    // Five commits of ten, a tenth of a second apart.
    assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
    home.wait_until("all are handled", || home.effects().len() == EVENTS as usize);
    stop(&bus);
}
