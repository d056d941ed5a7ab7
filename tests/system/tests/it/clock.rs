//! The time of day may be wrong, jump and run backwards (F15): nothing stalls, nothing is done
//! twice, the order stays, and no process takes over from one that lives (guarantee G14).
//!
//! libfaketime tells a process another time of day. The clock that only counts on is left alone:
//! nobody can set that one, and the waits of every program hang on it.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::once::{Attempts, Uploads, assert_once, finished};
use crate::pynomaly::{Place, Pynomaly, small_table};
use crate::serving::Serving;

/// How long a chain may take: a process that is silent for so long is taken for dead.
const LEASE: Duration = Duration::from_secs(4);

const HOUR: f64 = 3600.0;
const DAY: f64 = 24.0 * HOUR;
/// Seconds by which the time of day is wrong, one after the other.
const JUMPS: [f64; 6] = [0.0, HOUR, -HOUR, DAY, -DAY, 0.0];

#[test]
fn a_clock_that_jumps_or_runs_backwards_stalls_and_doubles_nothing() {
    let pynomaly = Pynomaly::new();
    let clock = FakeClock::of(&pynomaly, "clock");
    let serving = Serving::spawn(clock.told_to(pynomaly.command().args(SERVE)));
    serving.address();
    let mut chains = Chains::of(&pynomaly);
    for seconds in JUMPS {
        clock.is_wrong_by(seconds);
        let upload = chains.next_upload();
        chains.uploads(clock.told_to(pynomaly.command().args(upload.arguments())), &upload);
        chains.await_all();
    }
    // One second back in each second: it is set back all the time while the chains go on.
    let mut back = 0.0;
    for _ in 0..3 {
        let upload = chains.next_upload();
        chains.uploads(clock.told_to(pynomaly.command().args(upload.arguments())), &upload);
        let begins = Instant::now();
        while !chains.are_finished() {
            assert!(begins.elapsed() < LEASE, "it stalls: {}", serving.said());
            std::thread::sleep(Duration::from_millis(50));
            back += 0.1;
            clock.is_wrong_by(-back);
        }
    }
    serving.stop();
    chains.assert_once();
}

#[test]
fn processes_whose_clocks_disagree_take_nothing_from_each_other() {
    let pynomaly = Pynomaly::on(Place::Postgres);
    let clocks = ["early", "late"].map(|name| FakeClock::of(&pynomaly, name));
    let [early, late] = &clocks;
    early.is_wrong_by(-DAY);
    late.is_wrong_by(DAY);
    let serving = clocks.each_ref().map(|clock| {
        let serving = Serving::spawn(clock.told_to(pynomaly.command().args(SERVE)));
        serving.address();
        serving
    });
    let mut chains = Chains::of(&pynomaly);
    for seconds in [DAY, HOUR, -HOUR] {
        for _ in 0..4 {
            let upload = chains.next_upload();
            chains.uploads(pynomaly.command().args(upload.arguments()), &upload);
        }
        early.is_wrong_by(-seconds);
        late.is_wrong_by(seconds);
        chains.await_all();
    }
    for process in serving {
        process.stop();
    }
    chains.assert_once();
}

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// What was uploaded so far: versions of two datasets.
struct Chains<'a> {
    pynomaly: &'a Pynomaly,
    uploads: Uploads,
}

struct Upload {
    name: String,
    file: String,
}

impl Upload {
    fn arguments(&self) -> [&str; 3] {
        ["dataset", "upload", &self.file]
    }
}

impl<'a> Chains<'a> {
    fn of(pynomaly: &'a Pynomaly) -> Self {
        Self { pynomaly, uploads: Uploads::new() }
    }

    fn next_upload(&self) -> Upload {
        let total = self.total();
        let (name, file) = (format!("d{}", total % 2), format!("d{}.csv", total % 2));
        self.pynomaly.file(&file, small_table(60, total as u64));
        Upload { name, file }
    }

    fn uploads(&mut self, command: &mut Command, upload: &Upload) {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        *self.uploads.entry(upload.name.clone()).or_insert(0) += 1;
    }

    fn total(&self) -> usize {
        self.uploads.values().sum()
    }

    fn are_finished(&self) -> bool {
        finished(&mut self.pynomaly.witness("data_science")) == self.total()
    }

    fn await_all(&self) {
        let begins = Instant::now();
        while !self.are_finished() {
            assert!(begins.elapsed() < LEASE, "it stalls");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Everything is done once and in order, and at the first attempt.
    fn assert_once(&self) {
        let attempts = assert_once(self.pynomaly, &self.uploads);
        assert_eq!(attempts, Attempts { repeated: 0, most: 1 });
    }
}

/// A time of day that is wrong by as much as stands in a file.
pub(crate) struct FakeClock {
    library: PathBuf,
    file: PathBuf,
}

impl FakeClock {
    pub(crate) fn of(pynomaly: &Pynomaly, name: &str) -> Self {
        let library = std::fs::read_dir("/usr/lib")
            .unwrap()
            .map(|entry| entry.unwrap().path().join("faketime/libfaketimeMT.so.1"))
            .find(|library| library.exists());
        let library = library
            .expect("this test needs libfaketime: run ./test as root on Debian, or install it");
        let clock = Self { library, file: pynomaly.folder().join(name) };
        clock.is_wrong_by(0.0);
        clock
    }

    pub(crate) fn is_wrong_by(&self, seconds: f64) {
        // Whole at any moment: the process reads it again for every look at the clock.
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{seconds:+.3}\n")).unwrap();
        std::fs::rename(&new, &self.file).unwrap();
    }

    pub(crate) fn told_to<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("FAKETIME_DONT_RESET", "1")
    }
}
