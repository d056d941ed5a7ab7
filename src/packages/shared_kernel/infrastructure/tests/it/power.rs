//! Power loss (F3), and that nothing is acknowledged before it is on the medium (F4).
//!
//! A process that commits is recorded by strace: its writes, its syncs, and what it acknowledges.
//! From the recording, disks are made as a power loss at any moment may leave them: what was synced
//! is there, and of the rest a random part, down to single sectors. Each of them must open, have
//! all that was acknowledged, and let the flow go on to its end with nothing lost or doubled.
//!
//! `PYNOMALY_TEST_POWER="1000 10000"` looks at so many disks and acknowledgements.

mod disk;
mod random;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use shared_kernel_domain::Result as Outcome;
use shared_kernel_domain::bus::{Delivery, EventHandler};
use shared_kernel_domain::cancellation::Cancellation;
use shared_kernel_domain::event::Context;
use shared_kernel_infrastructure::bus::InProcess;
use shared_kernel_infrastructure::store::Store;
use tempfile::TempDir;
use testkit::servers::StorePlace;
use testkit::syscalls::{SystemCall, recorded, under_strace};

use self::disk::Disk;
use self::random::Random;
use crate::world::{Counting, Home, record};

/// Disks to look at, and commits whose acknowledgements are compared with the syncs.
const SIZES: [usize; 2] = [100, 1_000];
/// Other sizes, in the environment.
const WANTED_SIZES: &str = "PYNOMALY_TEST_POWER";

const SEED: u64 = 20_240_317;
const ROUNDS: usize = 3;
const PUBLISHERS: usize = 4;
const EVENTS: usize = 12;

/// What the recorded process is to do, in its environment.
const ROLE: &str = "PYNOMALY_TEST_ROLE";
const CALLS: &str = "trace=openat,unlink,unlinkat,pwrite64,ftruncate,fsync,fdatasync,write";
/// The longest write of which every byte is wanted: a page of a database.
const WHOLE_PAGES: &str = "70000";

#[test]
fn what_was_acknowledged_survives_a_power_loss_at_any_moment() {
    let (calls, folder) = recording("flow", WHOLE_PAGES);
    let written = |name: &str| {
        let path = folder.join(name);
        let is = |call: &&SystemCall| call.name == "pwrite64" && call.file().1 == path;
        calls.iter().filter(is).map(|call| call.number(3)).collect::<Vec<_>>()
    };
    let beginnings = written("data_science.sqlite-wal").iter().filter(|at| **at == 0).count();
    assert!(beginnings > 1, "the log was begun anew: {beginnings}");
    assert!(written("data_science.sqlite").len() > 10, "and moved into the database");

    let moments = moments(&calls, &folder);
    let mut random = Random(SEED);
    let (mut images, mut acknowledged) = (0, 0);
    after_power_losses(&moments, &folder, true, |disk, promises| {
        let image = tempfile::tempdir().unwrap();
        disk.image(&mut random, image.path());
        if let Err(lost) = promises.check(image.path()) {
            panic!("image {images}: {lost}");
        }
        goes_on(image);
        images += 1;
        acknowledged += promises.published.len();
        true
    });
    assert_eq!(images, sizes()[0]);
    println!("{images} images of {} calls, {acknowledged} acknowledgements kept", calls.len());

    // The test would notice: a disk that only says that it has synced loses something.
    let mut noticed = false;
    after_power_losses(&moments, &folder, false, |disk, promises| {
        let image = tempfile::tempdir().unwrap();
        disk.image(&mut random, image.path());
        noticed = promises.check(image.path()).is_err();
        !noticed
    });
    assert!(noticed, "a disk that lies was not noticed");
}

#[test]
fn no_commit_is_acknowledged_before_it_is_synced() {
    let (calls, folder) = recording("commits", "64");
    let log = folder.join("data_science.sqlite-wal");
    let (mut unsynced, mut syncs, mut acknowledged) = (Vec::new(), 0, 0);
    let mut syncs_before = 0;
    for moment in moments(&calls, &folder) {
        match moment.what {
            What::Happens(call) if call.file().1 != log => {}
            What::Happens(call) if call.name == "pwrite64" => unsynced.push(call.ended),
            What::Happens(call) => {
                unsynced.retain(|ended| *ended > call.began);
                syncs += 1;
            }
            What::IsTold(_) => {
                assert!(unsynced.is_empty(), "commit {acknowledged} was told before its sync");
                assert!(syncs > syncs_before, "commit {acknowledged} had no sync of its own");
                syncs_before = syncs;
                acknowledged += 1;
            }
        }
    }
    assert_eq!(acknowledged, sizes()[1]);
    println!("{acknowledged} acknowledgements, each after its sync");
}

/// The process that is recorded; by itself this test does nothing.
#[test]
fn the_process_that_is_recorded() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let home = Home::on_sqlite();
    say(&format!("works in {}", Path::new(&home.place.of("x")).parent().unwrap().display()));
    match role.as_str() {
        "flow" => flow(&home),
        _ => {
            for number in 1..=sizes()[1] {
                home.publish("a");
                say(&format!("published a {number}"));
            }
        }
    }
    say("done");
}

/// Publishes from several threads while a bus handles; between the rounds the log is moved into
/// the database.
fn flow(home: &Home) {
    let bus = home.start(Arc::new(Telling(home.store(Context::DataQuality))), InProcess);
    for round in 0..ROUNDS {
        let database = home.place.of(Context::DataScience);
        let modified = || std::fs::metadata(&database).unwrap().modified().unwrap();
        let before = modified();
        std::thread::scope(|scope| {
            for publisher in 0..PUBLISHERS {
                scope.spawn(move || {
                    for number in 0..EVENTS {
                        let subject = format!("{publisher}-{}", number % 2);
                        home.publish(&subject);
                        say(&format!(
                            "published {subject} {}",
                            round * EVENTS / 2 + number / 2 + 1
                        ));
                    }
                });
            }
        });
        let handled = (round + 1) * PUBLISHERS * EVENTS;
        home.wait_until("all is handled", || home.effects().len() == handled);
        let deadline = Instant::now() + Duration::from_secs(30);
        while modified() == before {
            assert!(Instant::now() < deadline, "the log is not moved into the database");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    assert!(bus.stop(Duration::from_secs(10)));
}

/// Handles, and says so when it is committed.
struct Telling(Arc<Store>);

impl EventHandler for Telling {
    fn handle(&self, delivery: &Delivery, _: &Cancellation) -> Outcome<()> {
        record(&self.0, delivery)?;
        say(&format!("handled {} {}", delivery.envelope.subject, delivery.envelope.sequence));
        Ok(())
    }
}

fn sizes() -> [usize; 2] {
    let wanted = std::env::var(WANTED_SIZES).unwrap_or_default();
    let wanted: Vec<usize> = wanted.split_whitespace().map(|it| it.parse().unwrap()).collect();
    wanted.try_into().unwrap_or(SIZES)
}

/// In one call, so that nothing comes in between.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Records this test program in a role; its calls, and the folder it worked in.
fn recording(role: &str, longest: &str) -> (Vec<SystemCall>, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", "power::the_process_that_is_recorded", "--nocapture"]);
    process.env(ROLE, role).env("TMPDIR", folder.path());
    process.env(WANTED_SIZES, sizes().map(|size| size.to_string()).join(" "));
    let log = folder.path().join("strace.log");
    let output = under_strace(&process, &["-s", longest, "-e", CALLS], &log).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let calls = recorded(&log);
    let works_in = calls.iter().filter_map(told).find_map(|line| {
        line.strip_prefix("works in ").map(|folder| PathBuf::from(folder.trim_end()))
    });
    (calls, works_in.expect("it says where it works"))
}

fn told(call: &SystemCall) -> Option<String> {
    (call.name == "write" && call.file().0 == 2)
        .then(|| String::from_utf8_lossy(&call.bytes(1)).into_owned())
}

/// Something that changes what a disk has, or what it owes.
struct Moment<'a> {
    line: usize,
    what: What<'a>,
}

enum What<'a> {
    Happens(&'a SystemCall),
    IsTold(String),
}

/// What happened in the folder until the process was done: writes when they began, syncs when they
/// ended, acknowledgements when they began.
fn moments<'a>(calls: &'a [SystemCall], folder: &Path) -> Vec<Moment<'a>> {
    let mut moments = Vec::new();
    for call in calls {
        let is_sync = call.name.ends_with("sync");
        if let Some(line) = told(call) {
            if line.starts_with("done") {
                break;
            }
            if line.starts_with("published") || line.starts_with("handled") {
                moments.push(Moment { line: call.began, what: What::IsTold(line) });
            }
        } else if call.succeeded() {
            assert!(
                call.name != "write" || !call.file().1.starts_with(folder),
                "a file is written in a way that is not understood: {call:?}"
            );
            let line = if is_sync { call.ended } else { call.began };
            moments.push(Moment { line, what: What::Happens(call) });
        }
    }
    moments.sort_by_key(|moment| moment.line);
    moments
}

/// Takes the power away at random moments, until the visitor has seen enough.
fn after_power_losses(
    moments: &[Moment<'_>],
    folder: &Path,
    disk_is_honest: bool,
    mut visit: impl FnMut(&Disk, &Promises) -> bool,
) {
    let mut random = Random(SEED);
    let mut losses: Vec<usize> = (0..sizes()[0]).map(|_| random.below(moments.len())).collect();
    losses.sort_unstable();
    let mut losses = losses.into_iter().peekable();
    let (mut disk, mut promises) = (Disk::of(folder), Promises::default());
    for (index, moment) in moments.iter().enumerate() {
        match &moment.what {
            What::Happens(call) if !disk_is_honest && call.name.ends_with("sync") => {}
            What::Happens(call) => disk.see(call),
            What::IsTold(line) => promises.add(line),
        }
        while losses.next_if_eq(&index).is_some() {
            if !visit(&disk, &promises) {
                return;
            }
        }
    }
}

/// What was acknowledged: subjects and sequences.
#[derive(Default)]
struct Promises {
    published: Vec<(String, i64)>,
    handled: Vec<(String, i64)>,
}

impl Promises {
    fn add(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [verb, subject, sequence] = words[..] else { panic!("{line}") };
        let promise = (subject.to_owned(), sequence.parse().unwrap());
        match verb {
            "published" => self.published.push(promise),
            _ => self.handled.push(promise),
        }
    }

    /// What is wrong with a folder after the power came back.
    fn check(&self, folder: &Path) -> Result<(), String> {
        let published = outbox(&folder.join("data_science.sqlite"))?;
        let consumer = folder.join("data_quality.sqlite");
        let answers = outbox(&consumer)?;
        let effects = pairs(&consumer, "SELECT subject, sequence FROM effect")?;
        for promise in &self.published {
            if !published.contains(promise) {
                return Err(format!("{promise:?} was acknowledged and is lost"));
            }
        }
        for (subject, sequence) in &self.handled {
            let handled = (subject.clone(), *sequence);
            if !effects.contains(&handled) || !answers.contains(&handled) {
                return Err(format!("{handled:?} was handled and is lost"));
            }
        }
        let taken_in = pairs(&consumer, "SELECT source, position FROM inbox_position")?;
        match taken_in.first() {
            Some((_, position)) if *position > published.len() as i64 => {
                Err(format!("position {position} was taken in of {}", published.len()))
            }
            _ => Ok(()),
        }
    }
}

/// The subjects and sequences of an outbox, which must have no gap; none where there is none yet.
fn outbox(path: &Path) -> Result<Vec<(String, i64)>, String> {
    let said = query(path, "PRAGMA integrity_check", |row| row.get::<_, String>(0))?;
    if !said.is_empty() && said != ["ok"] {
        return Err(format!("{}: {said:?}", path.display()));
    }
    let sql = "SELECT position FROM outbox ORDER BY position";
    let positions = query(path, sql, |row| row.get::<_, i64>(0))?;
    if !positions.iter().copied().eq(1..=positions.len() as i64) {
        return Err(format!("positions have a gap: {positions:?}"));
    }
    let events = pairs(path, "SELECT subject, sequence FROM outbox ORDER BY position")?;
    each_in_order(&events)?;
    Ok(events)
}

fn each_in_order(all: &[(String, i64)]) -> Result<(), String> {
    let mut newest: BTreeMap<&str, i64> = BTreeMap::new();
    for (subject, sequence) in all {
        let newest = newest.entry(subject).or_default();
        *newest += 1;
        if *newest != *sequence {
            return Err(format!("{subject} has {sequence} where {newest} was to come"));
        }
    }
    Ok(())
}

fn pairs(path: &Path, sql: &str) -> Result<Vec<(String, i64)>, String> {
    query(path, sql, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// What a query finds; nothing where the power went before the table was made.
fn query<T>(
    path: &Path,
    sql: &str,
    read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, String> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let run = || {
        let connection = Connection::open(path)?;
        let mut statement = match connection.prepare(sql) {
            Err(error) if error.to_string().contains("no such table") => return Ok(Vec::new()),
            prepared => prepared?,
        };
        statement.query_map([], |row| read(row))?.collect()
    };
    run().map_err(|error: rusqlite::Error| format!("{}: {error}", path.display()))
}

/// The flow goes on with what is there, to its end: nothing lost, doubled or turned round.
fn goes_on(image: TempDir) {
    let home = Home::at(Arc::new(StorePlace::Folder(image)));
    let outbox_of = |context| outbox(Path::new(&home.place.of(context))).unwrap();
    let published = outbox_of(Context::DataScience);
    let bus = home.start(Counting::new(&home), InProcess);
    home.wait_until("all is handled", || home.effects().len() >= published.len());
    assert!(bus.stop(Duration::from_secs(10)));
    let (mut effects, mut published) = (home.effects(), published);
    each_in_order(&effects).unwrap();
    assert_eq!(outbox_of(Context::DataQuality).len(), effects.len());
    effects.sort();
    published.sort();
    assert_eq!(effects, published);
}
