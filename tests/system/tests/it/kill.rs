//! The kill test (F2): a process is killed at each named step of the flow, again and again; after
//! a restart every chain completes, and nothing is lost or doubled (guarantees G1–G7).
//!
//! `PYNOMALY_TEST_LONG=1` kills 200 times at each step.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use shared_kernel_infrastructure::step::Step;

use crate::once::{Attempts, Uploads, assert_once, await_finished};
use crate::pynomaly::{Place, Pynomaly, small_table};
use crate::random::Random;
use crate::scale::long;
use crate::serving::Serving;

const KILLS_PER_CHAIN: usize = 6;
/// Processes that are killed side by side where processes share a database.
const LANES: usize = 3;
/// The steps that an upload goes through.
const UPLOADING: [Step; 5] =
    [Step::BeforeBegin, Step::AfterState, Step::AfterOutbox, Step::BeforeCommit, Step::AfterCommit];
/// Nothing to do for so long: another chain is needed to reach a step.
const IDLE: Duration = Duration::from_secs(1);
/// A step that is not reached with so many chains more is not reached in this life.
const CHAINS_PER_LIFE: usize = 6;

/// One process at a time: `run` is killed, and the next one goes on.
#[test]
fn chains_on_sqlite_killed_at_every_step_complete_with_nothing_lost_or_doubled() {
    let pynomaly = Pynomaly::new();
    let chains = long(54, 300);
    let mut kills = Kills::default();
    for chain in 0..chains {
        let data = format!("chain{chain}.csv");
        pynomaly.file(&data, small_table(60, chain as u64));
        for kill in 0..KILLS_PER_CHAIN {
            // Every step; and, so that a chain does not end before its kills, deep into it only
            // with the last one.
            let number = chain * KILLS_PER_CHAIN + kill;
            let step = Step::ALL[number % Step::ALL.len()];
            let deep = if kill + 1 == KILLS_PER_CHAIN { 1 + chain % 6 } else { 1 + chain % 2 };
            let occurrence = if kill == 0 { 1 } else { deep };
            if is_killed_at(&pynomaly, &["run", &data, "--quiet"], step, occurrence) {
                *kills.entry(step.name()).or_default() += 1;
            }
        }
        let finished = pynomaly.run(&["run", &data]);
        assert_eq!(finished.code, 0, "chain {chain}: {}", finished.stderr);
    }
    let uploads = (0..chains).map(|chain| (format!("chain{chain}"), 1)).collect();
    report(Place::Sqlite, &kills, &uploads, assert_once(&pynomaly, &uploads));
    assert_killed_everywhere(&kills, &Step::ALL, 200);
}

#[test]
fn chains_on_postgres_killed_at_every_step_complete_with_nothing_lost_or_doubled() {
    Lives::new(Place::Postgres, Step::ALL.to_vec(), long(6, 200)).run();
}

#[test]
fn chains_on_rabbitmq_killed_at_every_step_complete_with_nothing_lost_or_doubled() {
    let steps = Step::ALL.into_iter().chain(Step::BROKER).collect();
    Lives::new(Place::RabbitMq, steps, long(4, 200)).run();
}

/// Kills at each step.
type Kills = BTreeMap<&'static str, usize>;

/// Starts a command that stands still when it reaches a step for the n-th time, and kills it
/// there; false when it ended before.
fn is_killed_at(pynomaly: &Pynomaly, arguments: &[&str], step: Step, occurrence: usize) -> bool {
    let mut command = pynomaly.command();
    command.args(arguments).env("PYNOMALY_STOP_AT", format!("{}:{occurrence}", step.name()));
    let doomed = Serving::spawn(&mut command);
    let stands_still = doomed.stands_still(Duration::from_mins(1));
    doomed.kill();
    stands_still
}

fn report(place: Place, kills: &Kills, uploads: &Uploads, attempts: Attempts) {
    println!(
        "kills over {place:?}: {} ({kills:?}); {} chains, tried again: {}, attempts at most: {}; \
         0 lost, 0 doubled, 0 turned round",
        kills.values().sum::<usize>(),
        uploads.len(),
        attempts.repeated,
        attempts.most,
    );
}

fn assert_killed_everywhere(kills: &Kills, steps: &[Step], at_least: usize) {
    assert_eq!(kills.len(), steps.len(), "a kill at every step: {kills:?}");
    let total: usize = kills.values().sum();
    assert!(total >= at_least, "only {total} kills: {kills:?}");
}

/// Several processes side by side, each of which is killed at its step; the next begins with a
/// chain of its own, whose upload is killed too.
struct Lives {
    place: Place,
    pynomaly: Pynomaly,
    steps: Vec<Step>,
    each: usize,
    uploads: Mutex<Uploads>,
    kills: Mutex<Kills>,
}

impl Lives {
    fn new(place: Place, steps: Vec<Step>, each: usize) -> Self {
        let pynomaly = Pynomaly::on(place);
        assert_eq!(pynomaly.run(&["doctor"]).code, 0, "the databases are set up");
        let (uploads, kills) = (Mutex::default(), Mutex::default());
        Self { place, pynomaly, steps, each, uploads, kills }
    }

    fn run(&self) {
        std::thread::scope(|scope| {
            for lane in 0..LANES {
                scope.spawn(move || self.live(lane));
            }
        });
        let uploads = self.uploads.lock().unwrap().clone();
        let survivor = Serving::start(&self.pynomaly, &[]);
        await_finished(&self.pynomaly, uploads.len());
        survivor.stop();
        let kills = self.kills.lock().unwrap();
        report(self.place, &kills, &uploads, assert_once(&self.pynomaly, &uploads));
        let planned = self.steps.len() * self.each;
        assert_killed_everywhere(&kills, &self.steps, planned * 9 / 10);
    }

    /// Every lane dies at each step, from another one on.
    fn live(&self, lane: usize) {
        let mut random = Random::new(lane as u64);
        for life in (lane..self.steps.len() * self.each).step_by(LANES) {
            let step = self.steps[(life + life / self.steps.len()) % self.steps.len()];
            self.upload(lane, life, &mut random);
            let doomed = Serving::start_doomed(&self.pynomaly, step, 1 + random.below(3));
            for _ in 0..CHAINS_PER_LIFE {
                if doomed.stands_still(IDLE) {
                    *self.kills.lock().unwrap().entry(step.name()).or_default() += 1;
                    break;
                }
                self.upload(lane, life, &mut random);
            }
            doomed.kill();
        }
    }

    /// Uploads another table; every other time the first attempt is killed.
    fn upload(&self, lane: usize, life: usize, random: &mut Random) {
        let known = self.uploads.lock().unwrap().len();
        let (name, file) = (format!("chain{lane}-{known}"), format!("chain{lane}-{known}.csv"));
        self.pynomaly.file(&file, small_table(60, life as u64));
        let upload = ["dataset", "upload", &file];
        if random.once_in(2) {
            let step = UPLOADING[random.below(UPLOADING.len())];
            is_killed_at(&self.pynomaly, &upload, step, 1 + random.below(2));
        }
        let uploaded = self.pynomaly.run(&upload);
        assert_eq!(uploaded.code, 0, "{}", uploaded.stderr);
        self.uploads.lock().unwrap().insert(name, 1);
    }
}
