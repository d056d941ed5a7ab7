//! The storm (F1): many uploads, while the processes that handle them, and some of those that
//! upload, are killed at random times. Nothing that was acknowledged is lost, nothing is doubled
//! and nothing is turned round.
//!
//! `PYNOMALY_TEST_STORM="10000 500"` makes it as large as that (chains, kills); `tests/storm` runs
//! it so.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::once::{LOOK, STANDSTILL, Uploads, assert_once, finished};
use crate::pynomaly::{Place, Pynomaly, small_table};
use crate::random::Random;
use crate::serving::Serving;
use crate::witness::Witness;

const UPLOADERS: usize = 2;
/// Versions of each dataset: so there is an order that could be turned round.
const VERSIONS: usize = 4;
/// One upload in so many is killed.
const KILLED_UPLOADS: usize = 20;
/// How long an upload takes at most; it is killed within this time.
const UPLOAD: Duration = Duration::from_millis(60);
/// A process is killed within this time after a moment was reached.
const MOMENT: Duration = Duration::from_millis(50);

#[test]
fn a_storm_over_sqlite_loses_and_doubles_nothing() {
    Storm::sized(Place::Sqlite, 1_000, 50).run();
}

#[test]
fn a_storm_over_postgres_loses_and_doubles_nothing() {
    Storm::sized(Place::Postgres, 120, 10).run();
}

#[test]
fn a_storm_over_rabbitmq_loses_and_doubles_nothing() {
    Storm::sized(Place::RabbitMq, 120, 10).run();
}

struct Storm {
    place: Place,
    pynomaly: Pynomaly,
    chains: usize,
    kills: usize,
    seed: u64,
    acknowledged: AtomicUsize,
    killed_uploads: AtomicUsize,
}

impl Storm {
    fn sized(place: Place, chains: usize, kills: usize) -> Self {
        let size = std::env::var("PYNOMALY_TEST_STORM").unwrap_or_default();
        let wanted: Vec<usize> = size.split_whitespace().map(|it| it.parse().unwrap()).collect();
        let (chains, kills) = match wanted[..] {
            [chains, kills] => (chains, kills),
            _ => (chains, kills),
        };
        let seed = std::env::var("PYNOMALY_TEST_SEED").ok();
        Self {
            place,
            pynomaly: Pynomaly::on(place),
            chains,
            kills,
            seed: seed.map_or(1, |seed| seed.parse().unwrap()),
            acknowledged: AtomicUsize::new(0),
            killed_uploads: AtomicUsize::new(0),
        }
    }

    fn run(&self) {
        let (place, chains, kills, seed) = (self.place, self.chains, self.kills, self.seed);
        println!("storm over {place:?}: {chains} chains, {kills} kills, seed {seed}");
        assert_eq!(self.pynomaly.run(&["doctor"]).code, 0, "the databases are set up");
        let mut science = self.pynomaly.witness("data_science");
        let began = Instant::now();
        let uploads = std::thread::scope(|scope| {
            let uploading: Vec<_> =
                (0..UPLOADERS).map(|uploader| scope.spawn(move || self.upload(uploader))).collect();
            self.kill_and_start_again(&mut science);
            let uploaded = uploading.into_iter().map(|uploader| uploader.join().unwrap());
            uploaded.flatten().collect::<Uploads>()
        });
        let took = began.elapsed();
        let attempts = assert_once(&self.pynomaly, &uploads);
        println!(
            "storm over {place:?}: {chains} chains ended in {:.1} s ({:.1} chains/s) with {kills} \
             kills of consumers and {} of uploaders; tried again: {}, attempts at most: {}; \
             0 lost, 0 doubled, 0 turned round",
            took.as_secs_f64(),
            chains as f64 / took.as_secs_f64(),
            self.killed_uploads.load(Ordering::Relaxed),
            attempts.repeated,
            attempts.most,
        );
    }

    /// One uploader's datasets, version after version; an upload that was killed is repeated.
    fn upload(&self, uploader: usize) -> Uploads {
        let mut random = Random::new(self.seed + 1 + uploader as u64);
        let mut uploads = Uploads::new();
        for first in (uploader * VERSIONS..self.chains).step_by(UPLOADERS * VERSIONS) {
            let (name, file) = (format!("d{first}"), format!("d{first}.csv"));
            for chain in first..self.chains.min(first + VERSIONS) {
                self.pynomaly.file(&file, small_table(60, chain as u64));
                let upload = ["dataset", "upload", &file];
                if random.once_in(KILLED_UPLOADS) {
                    let killed = Serving::spawn(self.pynomaly.command().args(upload));
                    std::thread::sleep(random.within(UPLOAD));
                    killed.kill();
                    self.killed_uploads.fetch_add(1, Ordering::Relaxed);
                }
                let uploaded = self.pynomaly.run(&upload);
                assert_eq!(uploaded.code, 0, "{}", uploaded.stderr);
                self.acknowledged.fetch_add(1, Ordering::Relaxed);
                *uploads.entry(name.clone()).or_default() += 1;
            }
        }
        uploads
    }

    /// Kills processes at random times, which are spread over the whole work, and waits for the
    /// end of all chains.
    fn kill_and_start_again(&self, science: &mut Witness) {
        let mut random = Random::new(self.seed);
        let all = 2 * self.chains;
        let mut moments: Vec<usize> = (0..self.kills).map(|_| random.below(all)).collect();
        moments.sort_unstable();
        let processes = if self.place == Place::Sqlite { 1 } else { 2 };
        let mut serving: Vec<Serving> =
            (0..processes).map(|_| Serving::start(&self.pynomaly, &[])).collect();
        for moment in moments {
            self.await_progress(science, &mut serving, moment);
            std::thread::sleep(random.within(MOMENT));
            serving.swap_remove(random.below(processes)).kill();
            serving.push(Serving::start(&self.pynomaly, &[]));
        }
        self.await_progress(science, &mut serving, all);
        for process in serving {
            process.stop();
        }
    }

    /// Waits until so many uploads were acknowledged and chains ended, taken together.
    fn await_progress(&self, science: &mut Witness, serving: &mut [Serving], moment: usize) {
        let (mut reached, mut since) = (0, Instant::now());
        loop {
            let progress = self.acknowledged.load(Ordering::Relaxed) + finished(science);
            if progress >= moment {
                return;
            }
            if progress > reached {
                (reached, since) = (progress, Instant::now());
            }
            for process in &mut *serving {
                assert!(process.is_running(), "it ended by itself: {}", process.said());
            }
            assert!(since.elapsed() < STANDSTILL, "it stands still at {progress} of {moment}");
            std::thread::sleep(LOOK);
        }
    }
}
