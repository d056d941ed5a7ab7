//! Several processes on one database: positions are never overtaken (F17), a dead holder's work is
//! taken over and its late commit refused (G15), a database that goes away comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use shared_kernel_domain::Error;
use shared_kernel_domain::bus::{DeliveryState, EventLog};
use shared_kernel_domain::event::{Context, Envelope};
use shared_kernel_domain::unit_of_work::UnitOfWork;
use shared_kernel_infrastructure::bus::InProcess;
use shared_kernel_infrastructure::store::{Location, Store};

use crate::world::{Counting, Home, UPLOADED, event, in_order, record};

/// Commits that are held back, by so many sessions, with so many events each.
const SESSIONS: usize = 16;
const COMMITS: usize = 40;
const EVENTS: usize = 10;

/// Reads the outbox as a relay does: what comes after the last position it has seen.
fn follow(store: &Store, everybody_is_done: &AtomicBool) -> Vec<(i64, Envelope)> {
    let mut seen: Vec<(i64, Envelope)> = Vec::new();
    loop {
        let is_last_look = everybody_is_done.load(Ordering::SeqCst);
        let after = seen.last().map_or(0, |(position, _)| *position);
        let new: Vec<(i64, Envelope)> = store
            .read(|transaction| {
                let sql =
                    "SELECT position, envelope FROM outbox WHERE position > $1 ORDER BY position";
                let rows = transaction.query(sql, &[after.into()])?;
                rows.iter().map(|row| Ok((row.integer(0)?, row.json(1)?))).collect()
            })
            .unwrap();
        seen.extend(new);
        if is_last_look {
            return seen;
        }
        std::thread::yield_now();
    }
}

#[test]
fn no_reader_misses_an_event_whose_commit_was_held_back() {
    let home = Home::on_postgres();
    let reader = home.store(Context::DataScience);
    let everybody_is_done = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let following = scope.spawn(|| follow(&reader, &everybody_is_done));
        let sessions: Vec<_> = (0..SESSIONS)
            .map(|session| {
                let store = home.reopened().store(Context::DataScience);
                scope.spawn(move || publish_slowly(&store, session))
            })
            .collect();
        let ended: Vec<_> = sessions.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        everybody_is_done.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(Result::is_ok));
        following.join().unwrap()
    });
    let positions: Vec<i64> = seen.iter().map(|(position, _)| *position).collect();
    let all = (SESSIONS * COMMITS * EVENTS) as i64;
    assert_eq!(positions, (1..=all).collect::<Vec<i64>>(), "none missed, none twice, in order");
    for session in 0..SESSIONS {
        let sequences: Vec<u64> = seen
            .iter()
            .filter(|(_, event)| event.subject == session.to_string())
            .map(|(_, event)| event.sequence)
            .collect();
        assert_eq!(sequences, (1..=(COMMITS * EVENTS) as u64).collect::<Vec<u64>>());
    }
}

/// Every commit is held back between the taking of its numbers and its end.
fn publish_slowly(store: &Store, session: usize) {
    for commit in 0..COMMITS {
        let mut unit = UnitOfWork::of_command();
        for _ in 0..EVENTS {
            unit = unit.publish(event(UPLOADED, &session.to_string()));
        }
        let held = Duration::from_micros(((session * 7919 + commit * 104_729) % 5_000) as u64);
        store
            .commit(unit, move |transaction| {
                let sql = "SELECT 1 FROM pg_sleep($1)";
                transaction.query(sql, &[held.as_secs_f64().into()]).map(drop)
            })
            .unwrap();
    }
}

#[test]
fn what_a_dead_process_held_is_taken_over_within_five_seconds_and_its_commit_is_refused() {
    let home = Home::on_postgres();
    home.publish("a");
    home.publish("a");
    let stopped = home.start(Counting::failing(&home, |_| Err(Error::input("later"))), InProcess);
    home.wait_until("an attempt was made", || {
        home.log().deliveries(None).unwrap().iter().any(|it| it.attempts > 0)
    });
    assert!(stopped.stop(Duration::from_secs(10)));
    // A process took the event, beat a few times and died: nothing beats for it any more.
    let zombie = home
        .store(Context::DataQuality)
        .commit(UnitOfWork::of_command(), |transaction| {
            transaction
                .execute("INSERT INTO holder (holder, beat) VALUES ('the dead one', 7)", &[])?;
            let row = transaction
                .query_one(
                    "UPDATE inbox SET state = 'handling', holder = 'the dead one',
                            attempts = attempts + 1
                     WHERE state = 'ready' RETURNING envelope, attempts",
                    &[],
                )?
                .ok_or_else(|| Error::internal("nothing is ready"))?;
            Ok((row.json::<Envelope>(0)?, row.integer(1)? as u32))
        })
        .unwrap();
    let began = Instant::now();
    let bus = home.start(Counting::new(&home), InProcess);
    home.wait_until("both are handled", || home.effects().len() == 2);
    assert!(began.elapsed() > Duration::from_secs(2), "nobody is declared dead at first sight");
    assert!(began.elapsed() < Duration::from_secs(5), "took {:?}", began.elapsed());
    let stale = shared_kernel_domain::bus::Delivery {
        group: "data_quality.count".to_owned(),
        envelope: zombie.0,
        round: 0,
        attempt: zombie.1,
        replay: false,
    };
    assert!(record(&home.store(Context::DataQuality), &stale).is_err());
    assert!(bus.stop(Duration::from_secs(10)));
    in_order(&home.effects(), 1, 2);
}

#[test]
fn two_processes_share_a_group_and_nothing_is_doubled() {
    let (home, other) = {
        let home = Home::on_postgres();
        let other = home.reopened();
        (home, other)
    };
    let (here, there) = (Counting::new(&home), Counting::new(&other));
    let buses = [home.start(here.clone(), InProcess), other.start(there.clone(), InProcess)];
    for number in 0..200 {
        home.publish(&format!("{}", number % 20));
    }
    home.wait_until("200 effects", || home.effects().len() >= 200);
    for bus in buses {
        assert!(bus.stop(Duration::from_secs(10)));
    }
    in_order(&home.effects(), 20, 10);
    let calls = [&here, &there].map(|handler| handler.calls.load(Ordering::SeqCst));
    assert_eq!(calls[0] + calls[1], 200, "each event is handled by one of them");
    assert!(calls.iter().all(|calls| *calls > 0), "both work: {calls:?}");
    let open = home.log().deliveries(None).unwrap();
    assert!(open.iter().all(|it| it.state == DeliveryState::Done && it.attempts == 1));
}

#[test]
fn a_database_that_was_cut_off_is_used_again_when_it_is_back() {
    let home = Home::on_postgres();
    let bus = home.start(Counting::new(&home), InProcess);
    home.publish("a");
    home.wait_until("the first is handled", || home.effects().len() == 1);
    for round in 2..=4 {
        cut_off_everybody(&home);
        home.publish("a");
        home.wait_until("the next is handled", || home.effects().len() == round);
    }
    assert!(bus.stop(Duration::from_secs(10)));
    in_order(&home.effects(), 1, 4);
}

fn cut_off_everybody(home: &Home) {
    let other: Arc<Store> = home.reopened().store(Context::DataScience);
    other
        .read(|transaction| {
            transaction.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()
                       AND application_name LIKE 'pynomaly%'",
                &[],
            )
        })
        .unwrap();
}

#[test]
fn a_process_with_a_login_of_one_context_works_as_a_guest_of_the_others_and_sees_no_more() {
    let home = Home::on_postgres();
    let address = home.place.of(Context::DataQuality);
    let database = address.rsplit('/').next().unwrap().replace('-', "_");
    let role = format!("login_{database}");
    let owner = home.store(Context::DataScience);
    owner
        .commit(UnitOfWork::of_command(), {
            let role = role.clone();
            move |transaction| {
                transaction.execute_script(&format!(
                    "DO $$ BEGIN CREATE ROLE pynomaly_reader; EXCEPTION WHEN others THEN NULL; END $$;
                     CREATE ROLE {role} LOGIN PASSWORD 'secret' IN ROLE pynomaly_reader;
                     DROP SCHEMA data_quality CASCADE;
                     CREATE SCHEMA data_quality AUTHORIZATION {role}"
                ))
            }
        })
        .unwrap();
    owner.publish_tables(&["effect"]).unwrap();
    let server = address.rsplit('@').next().unwrap();
    let login = format!("postgres://{role}:secret@{server}");
    let url = |context| match Location::parse(&login).unwrap() {
        Location::Postgres(url) if context == Context::DataScience => {
            Location::PostgresAsGuest(url)
        }
        own => own,
    };
    let limited = Home::at_locations(&home.place, url);
    let bus = limited.start(Counting::new(&limited), InProcess);
    home.publish("a");
    limited.wait_until("it is handled", || limited.effects().len() == 1);
    assert!(bus.stop(Duration::from_secs(10)));

    let guest = limited.store(Context::DataScience);
    let published = guest.read(|transaction| transaction.query("SELECT * FROM effect", &[]));
    assert!(published.is_ok(), "what is published can be read");
    let refused = |error: Error| assert!(error.what().contains("has not the rights"), "{error}");
    let state = guest.read(|transaction| transaction.query("SELECT * FROM audit", &[]));
    refused(state.unwrap_err());
    let unit = UnitOfWork::of_command().publish(event(UPLOADED, "a"));
    refused(guest.commit(unit, |_| Ok(())).unwrap_err());
    drop((bus, guest, limited));
    let farewell = format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}");
    owner
        .commit(UnitOfWork::of_command(), move |transaction| transaction.execute_script(&farewell))
        .unwrap();
}
