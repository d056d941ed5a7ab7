//! A result is told only when all that it rests on is on the medium (F4): strace says in which
//! order a command wrote, synced and spoke. The same for thousands of commits of one process is in
//! the kernel's tests of power loss.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use testkit::syscalls::{SystemCall, recorded, under_strace};

use crate::pynomaly::{Pynomaly, small_table};

const CALLS: &str = "trace=openat,mkdir,rename,renameat2,link,linkat,unlink,unlinkat,write,\
                     pwrite64,ftruncate,fsync,fdatasync";
/// The longest write of which every byte is wanted: a page of a database.
const WHOLE_PAGES: &str = "5000";

/// The events of a chain, and whose log they stand in.
const EVENTS: [(&str, &str); 6] = [
    ("data_science", "io.pynomaly.dataset.uploaded.v1"),
    ("data_quality", "io.pynomaly.quality.analyzed.v1"),
    ("data_profiling", "io.pynomaly.profile.generated.v1"),
    ("mlops", "io.pynomaly.model.trained.v1"),
    ("data_science", "io.pynomaly.pipeline.updated.v1"),
    ("data_science", "io.pynomaly.anomalies.detected.v1"),
];

#[test]
fn an_upload_is_told_when_everything_is_synced() {
    let pynomaly = Pynomaly::new();
    for version in 1..=3 {
        pynomaly.file("table.csv", small_table(60, version));
        let mut owed = Owed::before(&pynomaly.home());
        let calls = calls_before_the_result(&pynomaly, &["dataset", "upload", "table.csv"]);
        owed.see(&calls);
        let mut unsynced = owed.unsynced();
        unsynced.retain(|path| !is_being_checkpointed(path));
        assert_eq!(unsynced, Vec::<PathBuf>::new(), "version {version}");
        event_is_synced(&calls, &pynomaly.home(), EVENTS[0]);
    }
}

#[test]
fn the_result_of_a_run_is_told_when_its_events_and_files_are_synced() {
    let pynomaly = Pynomaly::new();
    pynomaly.file("table.csv", small_table(60, 1));
    let mut owed = Owed::before(&pynomaly.home());
    let calls = calls_before_the_result(&pynomaly, &["run", "table.csv"]);
    for event in EVENTS {
        event_is_synced(&calls, &pynomaly.home(), event);
    }
    // Bookkeeping of deliveries may be lost with the power: it is done again. Reports are made anew.
    owed.see(&calls);
    let mut unsynced = owed.unsynced();
    unsynced.retain(|path| !path.to_string_lossy().ends_with("-wal"));
    unsynced.retain(|path| !path.starts_with(pynomaly.home().join("reports")));
    unsynced.retain(|path| !is_being_checkpointed(path));
    assert_eq!(unsynced, Vec::<PathBuf>::new());
}

/// A pause of the writer is used to copy its log into the database. The log, which is synced, stays
/// until that copy is synced too, so nothing is owed for it.
fn is_being_checkpointed(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "sqlite")
}

/// What a command asked for until it began to tell its result.
fn calls_before_the_result(pynomaly: &Pynomaly, arguments: &[&str]) -> Vec<SystemCall> {
    let mut command = pynomaly.command();
    command.args(arguments);
    let log = pynomaly.folder().join("strace.log");
    let options = ["-s", WHOLE_PAGES, "-e", CALLS];
    let output = under_strace(&command, &options, &log).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut calls = recorded(&log);
    let is_result = |call: &SystemCall| call.name == "write" && call.file().0 == 1;
    let result = calls.iter().find(|call| is_result(call)).expect("it tells its result").began;
    calls.retain(|call| call.began < result);
    for call in &mut calls {
        if call.ended > result {
            // Nobody knew yet whether it would succeed.
            call.result = None;
        }
    }
    calls
}

/// The first page with the event was written to its context's log, and the log synced after that.
fn event_is_synced(calls: &[SystemCall], home: &Path, (context, event): (&str, &str)) {
    let log = home.join(format!("{context}.sqlite-wal"));
    let written = calls.iter().find(|call| {
        call.name == "pwrite64" && call.file().1 == log && contains(&call.bytes(1), event)
    });
    let written = written.unwrap_or_else(|| panic!("{event} was not written to the log")).ended;
    let is_synced = calls.iter().any(|call| {
        is_sync(call) && call.succeeded() && call.file().1 == log && call.began > written
    });
    assert!(is_synced, "{event} was not synced before the result was told");
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn is_sync(call: &SystemCall) -> bool {
    matches!(call.name.as_str(), "fsync" | "fdatasync")
}

/// What a power loss may take from a home: contents of files, and names of files and folders.
struct Owed {
    home: PathBuf,
    known: BTreeSet<PathBuf>,
    contents: BTreeSet<PathBuf>,
    names: BTreeSet<PathBuf>,
}

impl Owed {
    /// Nothing: what is in the home has long been there.
    fn before(home: &Path) -> Self {
        let mut known = BTreeSet::new();
        everything_in(home, &mut known);
        Self { home: home.to_owned(), known, contents: BTreeSet::new(), names: BTreeSet::new() }
    }

    fn unsynced(&self) -> Vec<PathBuf> {
        let lasting = |path: &&PathBuf| {
            let name = path.to_string_lossy();
            // The memory that readers share and the lock are nothing without a process.
            path.starts_with(&self.home)
                && !path.starts_with(self.home.join("tmp"))
                && !name.ends_with("-shm")
                && !name.ends_with("flow.lock")
        };
        self.contents.union(&self.names).filter(lasting).cloned().collect()
    }

    fn see(&mut self, calls: &[SystemCall]) {
        for call in calls {
            // A write counts from its beginning, everything else when it has succeeded.
            if call.succeeded() || call.name.contains("write") {
                self.see_one(call);
            }
        }
    }

    fn see_one(&mut self, call: &SystemCall) {
        match call.name.as_str() {
            "write" | "pwrite64" | "ftruncate" => drop(self.contents.insert(call.file().1)),
            "openat" if call.has(2, "O_CREAT") => self.name(call.path(1)),
            "mkdir" => self.name(call.path(0)),
            "rename" | "link" => self.rename(&call.path(0), call.path(1)),
            "renameat2" | "linkat" => self.rename(&call.path(1), call.path(3)),
            "unlink" => self.forget(&call.path(0)),
            "unlinkat" => self.forget(&call.path(1)),
            _ if is_sync(call) => {
                let (_, path) = call.file();
                self.contents.remove(&path);
                self.names.retain(|name| name.parent() != Some(&path));
            }
            _ => {}
        }
    }

    fn name(&mut self, path: PathBuf) {
        if self.known.insert(path.clone()) {
            self.names.insert(path);
        }
    }

    fn rename(&mut self, from: &Path, to: PathBuf) {
        if self.contents.contains(from) {
            self.contents.insert(to.clone());
        }
        self.forget(from);
        self.known.remove(&to);
        self.name(to);
    }

    fn forget(&mut self, path: &Path) {
        self.contents.remove(path);
        self.names.remove(path);
        self.known.remove(path);
    }
}

fn everything_in(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        everything_in(&path, found);
        found.insert(path);
    }
    found.insert(folder.to_owned());
}
