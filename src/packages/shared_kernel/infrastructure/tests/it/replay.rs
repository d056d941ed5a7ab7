//! Replay, new groups and retention (`spec/events.md` G3, G9, G10, G17): what was handled is handled
//! again in order and publishes nothing; a group begins where it is told to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use shared_kernel_domain::bus::{
    Delivery, DeliveryState, EventFilter, EventHandler, EventLog, ParkedFilter, PoisonPolicy,
    Replay, StartAt, Subscription,
};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::{Context, Envelope};
use shared_kernel_domain::identity::EventId;
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_domain::{Error, ErrorKind, Result};
use shared_kernel_infrastructure::bus::{Bus, BusConfig, InProcess};
use shared_kernel_infrastructure::store::Store;
use testkit::event_log_conformance;

use crate::world::{ANALYZED, Counting, Home, UPLOADED, counting, event, in_order, on_every_store};

on_every_store! {
    handled_events_are_handled_again_in_order_and_publish_nothing
    a_replay_begins_where_it_is_told_to
    newer_events_wait_behind_a_replay
    a_replay_that_fails_is_parked_and_stays_a_replay
    a_new_group_begins_where_it_is_told_to
    a_new_group_gets_what_is_kept_when_older_events_are_gone
    a_shadow_group_builds_the_same_state_and_publishes_nothing
    a_group_is_known_before_it_begins
    what_any_group_or_relay_has_not_passed_is_kept
    old_events_go_while_the_bus_runs
}

const GROUP: &str = "data_quality.count";

fn start(home: &Home, subscription: Subscription) -> Bus {
    start_keeping(home, subscription, BusConfig::default().keep)
}

fn start_keeping(home: &Home, subscription: Subscription, keep: u64) -> Bus {
    let config = BusConfig { max_attempts: 1, keep, ..BusConfig::default() };
    Bus::start(&home.stores, vec![subscription], Arc::new(InProcess), config).unwrap()
}

fn stop(bus: &Bus) {
    assert!(bus.stop(Duration::from_secs(10)));
}

fn count(handler: Arc<Counting>) -> Subscription {
    counting(handler, PoisonPolicy::BlockSubject)
}

fn published(home: &Home, event_type: &str) -> Vec<Envelope> {
    let filter = EventFilter { event_type: Some(event_type.to_owned()), ..EventFilter::default() };
    home.log().events(&filter).unwrap()
}

/// Publishes so many events to each subject, in turn, and lets them be handled.
fn handled(home: &Home, subjects: &[&str], each: usize) {
    for _ in 0..each {
        for subject in subjects {
            home.publish(subject);
        }
    }
    let bus = start(home, count(Counting::new(home)));
    let all = subjects.len() * each;
    home.wait_until("all are handled", || home.effects().len() == all);
    stop(&bus);
}

fn handled_events_are_handled_again_in_order_and_publish_nothing(home: Home) {
    handled(&home, &["a", "b", "c"], 10);
    let log = home.log();
    let newest = log.newest().unwrap();
    assert_eq!(published(&home, ANALYZED).len(), 30);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let replays = Arc::clone(&seen);
    let handler = Counting::failing(&home, move |delivery| {
        replays.lock().unwrap().push((delivery.replay, delivery.attempt));
        Ok(())
    });
    let bus = start(&home, count(handler));
    assert_eq!(log.replay(GROUP, &Replay::All, "tester").unwrap(), 30);
    home.wait_until("all are handled again", || home.effects().len() == 60);
    home.publish("a");
    home.wait_until("a new one is handled", || home.effects().len() == 61);
    stop(&bus);
    in_order(&home.effects()[..30], 3, 10);
    in_order(&home.effects()[30..60], 3, 10);
    assert_eq!(home.effects()[60], ("a".to_owned(), 11));
    let mut expected = vec![(true, 1); 30];
    expected.push((false, 1));
    assert_eq!(*seen.lock().unwrap(), expected, "only what was handled before is a replay");
    assert_eq!(published(&home, ANALYZED).len(), 31, "no replay publishes");
    assert_eq!(log.newest().unwrap().of(Context::DataQuality), newest.of(Context::DataQuality) + 1);
    let status = log.status().unwrap().remove(0);
    assert_eq!((status.handled, status.lag_events, status.parked), (31, 0, 0));
    let in_histogram: u64 = status.end_to_end_ms.iter().map(|(_, count)| count).sum();
    assert_eq!(in_histogram, 1, "replays say nothing of how long handling takes");
    let audit = home.store(Context::DataQuality).read(|transaction| {
        transaction.query("SELECT actor, subject FROM audit WHERE action = 'group.replayed'", &[])
    });
    let audit = audit.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!(
        (audit[0].text(0).unwrap().as_str(), audit[0].text(1).unwrap().as_str()),
        ("tester", GROUP)
    );
    event_log_conformance(&log);
}

fn a_replay_begins_where_it_is_told_to(home: Home) {
    handled(&home, &["a", "b"], 10);
    let uploads = published(&home, UPLOADED);
    let sixteenth = &uploads[15];
    let log = home.log();
    let mut before = home.effects().len();
    for (which, events) in [
        (Replay::FromPosition(16), 5),
        (Replay::FromEvent(sixteenth.id), 5),
        (Replay::Subject("b".to_owned()), 10),
        (Replay::Subject("nobody".to_owned()), 0),
        (Replay::Since(uploads[0].time), 20),
        (Replay::Since("9999-01-01T00:00:00Z".parse().unwrap()), 0),
        (Replay::FromPosition(-5), 20),
        (Replay::FromPosition(21), 0),
    ] {
        assert_eq!(log.replay(GROUP, &which, "tester").unwrap(), events, "{which:?}");
        assert_eq!(log.replay(GROUP, &which, "tester").unwrap(), 0, "they are on their way");
        let bus = start(&home, count(Counting::new(&home)));
        home.wait_until("they are handled", || home.effects().len() == before + events as usize);
        stop(&bus);
        before += events as usize;
    }
    let since = log.replay(GROUP, &Replay::Since(sixteenth.time), "tester").unwrap();
    assert!((5..=20).contains(&since), "several may be of the same moment: {since}");
    let unknown = Replay::FromEvent(EventId::new(uuid::Uuid::max()));
    assert_eq!(log.replay(GROUP, &unknown, "tester").unwrap_err().kind(), ErrorKind::Usage);
    let nobody = log.replay("data_quality.nobody", &Replay::All, "tester").unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::Usage);
}

fn newer_events_wait_behind_a_replay(home: Home) {
    handled(&home, &["a"], 5);
    let log = home.log();
    assert_eq!(log.replay(GROUP, &Replay::FromPosition(3), "tester").unwrap(), 3);
    for event_type in [UPLOADED, "io.pynomaly.test.other.v1", UPLOADED] {
        let unit = UnitOfWork::of_command().publish(event(event_type, "a"));
        home.store(Context::DataScience).commit(unit, |_| Ok(())).unwrap();
    }
    // The earlier ones come to those that are on their way.
    let bus = start(&home, count(Counting::failing(&home, |_| Err(Error::input("not yet")))));
    home.wait_until("the first of them is parked", || home.parked().len() == 1);
    assert_eq!(log.replay(GROUP, &Replay::All, "tester").unwrap(), 2);
    home.wait_until("the first of all is parked", || home.parked().len() == 2);
    stop(&bus);
    assert_eq!(home.requeue(&home.parked()[0]), 1);
    assert_eq!(home.requeue(&home.parked()[0]), 1);
    let bus = start(&home, count(Counting::new(&home)));
    home.wait_until("all are handled", || home.effects().len() == 12);
    stop(&bus);
    let again: Vec<i64> = home.effects()[5..].iter().map(|(_, sequence)| *sequence).collect();
    assert_eq!(again, [1, 2, 3, 4, 5, 6, 8]);
}

fn a_replay_that_fails_is_parked_and_stays_a_replay(home: Home) {
    handled(&home, &["a"], 3);
    let log = home.log();
    assert_eq!(log.replay(GROUP, &Replay::All, "tester").unwrap(), 3);
    let healed = Arc::new(AtomicBool::new(false));
    let is_healed = Arc::clone(&healed);
    let handler = Counting::failing(&home, move |delivery| {
        assert!(delivery.replay);
        if delivery.envelope.sequence != 2 || is_healed.load(Ordering::SeqCst) {
            return Ok(());
        }
        Err(Error::input("no longer there"))
    });
    let bus = start(&home, count(handler));
    home.wait_until("it is parked", || home.parked().len() == 1);
    assert_eq!(home.effects().len(), 4, "its subject waits");
    assert!(home.parked()[0].replay);
    healed.store(true, Ordering::SeqCst);
    assert_eq!(home.requeue(&home.parked()[0]), 1);
    home.wait_until("all are handled", || home.effects().len() == 6);
    stop(&bus);
    in_order(&home.effects()[3..], 1, 3);
    assert_eq!(published(&home, ANALYZED).len(), 3);
    let parked = log.parked(&ParkedFilter::default()).unwrap();
    assert!(parked.is_empty());
}

fn beginning(home: &Home, group: &'static str, start: StartAt) -> Subscription {
    Subscription { group, start, ..count(Counting::new(home)) }
}

fn a_new_group_begins_where_it_is_told_to(home: Home) {
    for _ in 0..5 {
        home.publish("a");
        home.publish("b");
    }
    let mut expected = 0;
    for (group, at, gets) in [
        ("data_quality.earliest", StartAt::Earliest, 11),
        ("data_quality.now", StartAt::Now, 1),
        ("data_quality.at", StartAt::Position(8), 6),
        ("data_quality.beyond", StartAt::Position(1_000), 1),
        ("data_quality.before", StartAt::Position(-3), 15),
    ] {
        let bus = start(&home, beginning(&home, group, at));
        home.publish("a");
        expected += gets;
        home.wait_until(group, || home.effects().len() == expected);
        stop(&bus);
    }
    // Where it has begun, it goes on from where it is.
    let bus = start(&home, beginning(&home, "data_quality.now", StartAt::Now));
    home.wait_until("the others too", || home.effects().len() == expected + 3);
    stop(&bus);
}

fn a_new_group_gets_what_is_kept_when_older_events_are_gone(home: Home) {
    for number in 0..30 {
        home.publish(["a", "b", "gone"][if number < 10 { 2 } else { number % 2 }]);
    }
    let bus = start_keeping(&home, count(Counting::new(&home)), 10);
    home.wait_until("all are handled", || home.effects().len() == 30);
    home.publish("a");
    home.wait_until("old ones go", || published(&home, UPLOADED).len() == 10);
    stop(&bus);
    let bus = start(&home, beginning(&home, "data_quality.late", StartAt::Earliest));
    home.wait_until("it gets what is kept", || home.effects().len() == 31 + 10);
    home.publish("gone");
    home.wait_until("and what follows", || home.effects().len() == 31 + 11);
    stop(&bus);
    assert_eq!(home.effects().last().unwrap(), &("gone".to_owned(), 11));
}

/// Builds one row per subject out of all its events, and publishes an event for each.
struct Projecting {
    store: Arc<Store>,
}

impl EventHandler for Projecting {
    fn handle(&self, delivery: &Delivery, _: &Cancellation) -> Result<()> {
        let (group, envelope) = (delivery.group.clone(), delivery.envelope.clone());
        let unit =
            UnitOfWork::completing(delivery.receipt()).publish(event(ANALYZED, &envelope.subject));
        self.store.commit(unit, move |transaction| {
            let key = [group.into(), (&envelope.subject).into()];
            let sql = "SELECT history FROM projection WHERE group_name = $1 AND subject = $2";
            let known = transaction.query_one(sql, &key)?;
            let known = known.map_or(Ok(String::new()), |row| row.text(0))?;
            let history = format!("{known}{}{}", envelope.sequence, envelope.data);
            let history = blake3::hash(history.as_bytes()).to_string();
            let [group, subject] = key;
            transaction.execute(
                "INSERT INTO projection (group_name, subject, history) VALUES ($1, $2, $3)
                 ON CONFLICT (group_name, subject) DO UPDATE SET history = excluded.history",
                &[group, subject, history.into()],
            )?;
            Ok(())
        })
    }
}

/// Events in the projection, how many are published in one commit, and of how many subjects.
const PROJECTED: usize = 1_000;
const TOGETHER: usize = 100;
const SUBJECTS: usize = 100;

fn a_shadow_group_builds_the_same_state_and_publishes_nothing(home: Home) {
    let table = "CREATE TABLE projection (group_name TEXT, subject TEXT, history TEXT,
                                          PRIMARY KEY (group_name, subject))";
    let store = home.store(Context::DataQuality);
    let unit = UnitOfWork::of_command;
    store.commit(unit(), |transaction| transaction.execute_script(table)).unwrap();
    for commit in 0..PROJECTED / TOGETHER {
        let events = (0..TOGETHER)
            .map(|number| event(UPLOADED, &format!("{}", (commit * TOGETHER + number) % SUBJECTS)));
        let unit = events.fold(unit(), UnitOfWork::publish);
        home.store(Context::DataScience).commit(unit, |_| Ok(())).unwrap();
    }
    let group = |group, shadow| Subscription {
        group,
        shadow,
        handler: Arc::new(Projecting { store: Arc::clone(&store) }),
        ..count(Counting::new(&home))
    };
    let done = |group: &str| {
        let status = home.log().status().unwrap();
        status.iter().any(|it| it.group == group && it.handled == PROJECTED as u64)
    };
    let live = start(&home, group("data_quality.live", false));
    home.wait_until("the live one is done", || done("data_quality.live"));
    stop(&live);
    let published_live = published(&home, ANALYZED).len();
    assert_eq!(published_live, PROJECTED);
    let shadow = start(&home, group("data_quality.shadow", true));
    home.wait_until("the shadow is done", || done("data_quality.shadow"));
    stop(&shadow);
    let rows = |group: &str| {
        let sql = "SELECT subject, history FROM projection WHERE group_name = $1 ORDER BY subject";
        store.read(|transaction| transaction.query(sql, &[group.into()])).unwrap()
    };
    assert_eq!(rows("data_quality.live").len(), SUBJECTS);
    assert_eq!(rows("data_quality.live"), rows("data_quality.shadow"));
    assert_eq!(published(&home, ANALYZED).len(), published_live, "a shadow publishes nothing");
}

fn a_group_is_known_before_it_begins(home: Home) {
    for _ in 0..3 {
        home.publish("a");
    }
    let known = vec![
        (GROUP, Context::DataScience),
        ("data_science.later", Context::DataQuality),
        ("mlops.elsewhere", Context::DataScience),
    ];
    let log = || home.log().with_groups(known.clone());
    let lags = || -> Vec<(String, u64)> {
        let status = log().status().unwrap();
        status.into_iter().map(|it| (it.group, it.lag_events)).collect()
    };
    let named = |group: &str, lag| (group.to_owned(), lag);
    assert_eq!(lags(), [named("data_science.later", 0), named(GROUP, 3)]);
    let bus = start(&home, count(Counting::new(&home)));
    home.wait_until("all are handled", || home.effects().len() == 3);
    stop(&bus);
    assert_eq!(lags(), [named("data_science.later", 3), named(GROUP, 0)]);
    assert!(log().deliveries(None).unwrap().iter().all(|it| it.state == DeliveryState::Done));
}

/// Has somebody who does not run here stand at a position.
fn stand(home: &Home, context: Context, sql: &'static str) {
    let unit = UnitOfWork::of_command();
    home.store(context).commit(unit, move |it| it.execute(sql, &[]).map(drop)).unwrap();
}

fn what_any_group_or_relay_has_not_passed_is_kept(home: Home) {
    for _ in 0..30 {
        home.publish("a");
    }
    stand(
        &home,
        Context::DataQuality,
        "INSERT INTO inbox_position (group_name, source, position)
         VALUES ('data_quality.elsewhere', '/pynomaly/data_science', 7)",
    );
    stand(&home, Context::DataScience, "INSERT INTO relay (name, position) VALUES ('it', 4)");
    let kept = || published(&home, UPLOADED).len();
    let bus = start_keeping(&home, count(Counting::new(&home)), 10);
    home.wait_until("all are handled", || home.effects().len() == 30);
    home.publish("a");
    home.wait_until("what the relay has passed goes", || kept() == 31 - 4);
    stand(&home, Context::DataScience, "UPDATE relay SET position = 31");
    home.publish("a");
    home.wait_until("what the group has passed goes", || kept() == 32 - 7);
    stand(
        &home,
        Context::DataQuality,
        "UPDATE inbox_position SET position = 32 WHERE position = 7",
    );
    home.publish("a");
    home.wait_until("what is too old goes", || kept() == 10);
    stop(&bus);
}

fn old_events_go_while_the_bus_runs(home: Home) {
    let bus = start_keeping(&home, count(Counting::new(&home)), 20);
    publish_many(&home, 1_500);
    home.wait_until("all are handled", || {
        home.log().status().unwrap().iter().any(|it| it.lag_events == 0)
    });
    home.publish("last");
    home.wait_until("old ones go", || {
        published(&home, UPLOADED).len() <= 21 && home.log().deliveries(None).unwrap().len() <= 21
    });
    stop(&bus);
    assert!(published(&home, UPLOADED).len() >= 20);
}

fn publish_many(home: &Home, events: usize) {
    let unit = (0..events)
        .map(|number| event(UPLOADED, &number.to_string()))
        .fold(UnitOfWork::of_command(), UnitOfWork::publish);
    home.store(Context::DataScience).commit(unit, |_| Ok(())).unwrap();
}
