//! Several processes on one database (F16, F12): when one is killed or falls asleep, another takes
//! over what it held, soon; when it wakes up, its commit is refused.
//!
//! `PYNOMALY_TEST_LONG=1` kills for ten minutes, and lets processes sleep for one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use shared_kernel_infrastructure::step::Step;

use crate::once::{GROUPS, LOOK, Uploads, assert_once, await_finished};
use crate::pynomaly::{Place, Pynomaly, small_table};
use crate::scale::{long, within};
use crate::serving::{PATIENCE, Serving};

/// A process is killed so often.
const BETWEEN_KILLS: Duration = Duration::from_secs(2);
/// What a process held is somebody else's within this time.
const TAKEOVER: Duration = Duration::from_secs(5);
/// Between two uploads.
const BETWEEN_UPLOADS: Duration = Duration::from_millis(150);
/// Rows that keep every group busy for long enough to be caught at it.
const LARGE: u64 = 40_000;

/// Two processes of data quality, one of the rest.
const TRIO: [&[&str]; 3] = [
    &["--contexts", "data_quality"],
    &["--contexts", "data_quality"],
    &["--contexts", "data_science,data_profiling,mlops"],
];

#[test]
fn chains_complete_while_one_of_three_processes_is_killed_every_two_seconds() {
    let pynomaly = Pynomaly::on(Place::RabbitMq);
    assert_eq!(pynomaly.run(&["doctor"]).code, 0, "the databases are set up");
    let began = Instant::now();
    let duration = long(Duration::from_secs(20), Duration::from_mins(10));
    let is_over = AtomicBool::new(false);
    let (uploads, watched, kills) = std::thread::scope(|scope| {
        let uploading = scope.spawn(|| upload_all_the_time(&pynomaly, &is_over));
        let watching = scope.spawn(|| watch(&pynomaly, &is_over));
        let kills = kill_in_turn(&pynomaly, began + duration);
        is_over.store(true, Ordering::Relaxed);
        (uploading.join().unwrap(), watching.join().unwrap(), kills)
    });
    let chains: usize = uploads.values().sum();
    let survivors = TRIO.map(|contexts| Serving::start(&pynomaly, contexts));
    await_finished(&pynomaly, chains);
    for survivor in survivors {
        survivor.stop();
    }
    let attempts = assert_once(&pynomaly, &uploads);
    println!(
        "three processes over RabbitMQ: {chains} chains, {kills} kills in {:.0} s; longest in the \
         hands of a dead process: {:.1} s; longest standstill of a group: {:.1} s; tried again: \
         {}, attempts at most: {}; 0 lost, 0 doubled, 0 turned round",
        duration.as_secs_f64(),
        watched.longest_held.as_secs_f64(),
        watched.longest_standstill.as_secs_f64(),
        attempts.repeated,
        attempts.most,
    );
    assert!(watched.longest_held <= within(TAKEOVER), "{watched:?}");
    assert!(watched.longest_standstill <= within(TAKEOVER), "{watched:?}");
}

/// Kills one after the other, and starts another one in its place.
fn kill_in_turn(pynomaly: &Pynomaly, until: Instant) -> usize {
    let mut serving = TRIO.map(|contexts| Serving::start(pynomaly, contexts));
    let mut kills = 0;
    while Instant::now() < until {
        std::thread::sleep(BETWEEN_KILLS);
        let victim = kills % TRIO.len();
        let next = Serving::start(pynomaly, TRIO[victim]);
        std::mem::replace(&mut serving[victim], next).kill();
        kills += 1;
    }
    kills
}

/// Two versions of one dataset after the other.
fn upload_all_the_time(pynomaly: &Pynomaly, is_over: &AtomicBool) -> Uploads {
    let mut uploads = Uploads::new();
    for chain in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let (name, file) = (format!("d{}", chain / 2), format!("d{}.csv", chain / 2));
        pynomaly.file(&file, small_table(60, chain));
        let uploaded = pynomaly.run(&["dataset", "upload", &file]);
        assert_eq!(uploaded.code, 0, "{}", uploaded.stderr);
        *uploads.entry(name).or_default() += 1;
        std::thread::sleep(BETWEEN_UPLOADS);
    }
    uploads
}

#[derive(Debug, Default)]
struct Watched {
    /// The longest that one attempt at one delivery was open.
    longest_held: Duration,
    /// The longest that a group had something to do and ended nothing.
    longest_standstill: Duration,
}

/// Looks at every group all the time.
fn watch(pynomaly: &Pynomaly, is_over: &AtomicBool) -> Watched {
    let mut databases: Vec<_> =
        GROUPS.iter().map(|(context, ..)| pynomaly.witness(context)).collect();
    let mut held: HashMap<[String; 2], Instant> = HashMap::new();
    let mut ended: Vec<(i64, Instant)> = vec![(0, Instant::now()); GROUPS.len()];
    let mut watched = Watched::default();
    while !is_over.load(Ordering::Relaxed) {
        let now = Instant::now();
        let mut holding = Vec::new();
        for (index, (_, group, ..)) in GROUPS.iter().enumerate() {
            let sql = format!(
                "SELECT COUNT(CASE WHEN state = 'done' THEN 1 END),
                        COUNT(CASE WHEN state IN ('ready', 'handling') THEN 1 END)
                 FROM inbox WHERE group_name = '{group}'"
            );
            let [[done, open]] = &databases[index].rows::<2>(&sql)[..] else { panic!("{sql}") };
            let done = done.parse().unwrap();
            if done != ended[index].0 || open == "0" {
                ended[index] = (done, now);
            }
            let standstill = now.duration_since(ended[index].1);
            watched.longest_standstill = watched.longest_standstill.max(standstill);
            let sql = "SELECT event_id, attempts FROM inbox WHERE state = 'handling'";
            holding.extend(databases[index].rows::<2>(sql));
        }
        held.retain(|attempt, _| holding.contains(attempt));
        for attempt in holding {
            let since = held.entry(attempt).or_insert(now);
            watched.longest_held = watched.longest_held.max(now.duration_since(*since));
        }
        std::thread::sleep(LOOK);
    }
    watched
}

#[test]
fn a_process_that_sleeps_while_it_handles_is_replaced_and_its_commit_refused() {
    std::thread::scope(|scope| {
        for group in GROUPS {
            scope.spawn(move || fall_asleep_in(group));
        }
    });
}

/// A process is put to sleep while it handles an event of the group; another one takes over; the
/// sleeper wakes up and must not do it again, but be of use again.
fn fall_asleep_in((context, group, ..): (&str, &str, &str, &str)) {
    let pynomaly = Pynomaly::on(Place::RabbitMq);
    pynomaly.file("large.csv", small_table(LARGE, 7));
    assert_eq!(pynomaly.run(&["dataset", "upload", "large.csv"]).code, 0);
    let mut consumer = pynomaly.witness(context);
    let state = format!("SELECT COALESCE(MAX(state), '') FROM inbox WHERE group_name = '{group}'");
    let sleeper = Serving::start(&pynomaly, &[]);
    let began = Instant::now();
    while consumer.rows(&state) != [["handling".to_owned()]] {
        assert!(began.elapsed() < PATIENCE, "{group} was not caught at work");
    }
    sleeper.signal("STOP");
    let asleep = Instant::now();
    assert_eq!(consumer.rows(&state), [["handling".to_owned()]], "{group} was asleep too late");
    let other = Serving::start(&pynomaly, &[]);
    let attempts = format!("SELECT MAX(attempts) FROM inbox WHERE group_name = '{group}'");
    while consumer.number(&attempts) == 1 {
        assert!(asleep.elapsed() < PATIENCE, "nobody takes over in {group}");
        std::thread::sleep(LOOK);
    }
    let taken_over = asleep.elapsed();
    await_finished(&pynomaly, 1);
    let sleep = long(Duration::ZERO, Duration::from_mins(1));
    std::thread::sleep(sleep.saturating_sub(asleep.elapsed()));
    sleeper.signal("CONT");
    other.stop();
    pynomaly.file("small.csv", small_table(60, 8));
    assert_eq!(pynomaly.run(&["dataset", "upload", "small.csv"]).code, 0);
    await_finished(&pynomaly, 2);
    sleeper.stop();
    let uploads = Uploads::from([("large".to_owned(), 1), ("small".to_owned(), 1)]);
    let attempts = assert_once(&pynomaly, &uploads);
    assert_eq!((attempts.repeated, attempts.most), (1, 2), "one was tried again, once");
    println!("asleep in {group}: taken over after {:.1} s", taken_over.as_secs_f64());
    // one that fell asleep within a transaction is waited for twice: first the database ends that
    assert!(taken_over <= within(2 * TAKEOVER), "{group}: {taken_over:?}");
}

/// A process that stands still in the middle of a transaction has everybody's lock.
#[test]
fn a_process_that_sleeps_in_a_transaction_does_not_hold_up_the_others_for_long() {
    let pynomaly = Pynomaly::on(Place::Postgres);
    assert_eq!(pynomaly.run(&["doctor"]).code, 0, "the databases are set up");
    let sleeper = Serving::start_doomed(&pynomaly, Step::AfterOutbox, 1);
    sleeper.address();
    pynomaly.file("small.csv", small_table(60, 1));
    assert_eq!(pynomaly.run(&["dataset", "upload", "small.csv"]).code, 0);
    assert!(sleeper.stands_still(PATIENCE));
    let began = Instant::now();
    let other = Serving::start(&pynomaly, &[]);
    await_finished(&pynomaly, 1);
    let took = began.elapsed();
    other.stop();
    sleeper.kill();
    assert_once(&pynomaly, &Uploads::from([("small".to_owned(), 1)]));
    println!("asleep in a transaction: the chain ended after {:.1} s", took.as_secs_f64());
    assert!(took <= within(2 * TAKEOVER), "{took:?}");
}
