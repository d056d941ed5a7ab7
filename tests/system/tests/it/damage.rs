//! Homes that are damaged or cannot be written (F18): it is told, nothing of it is served, and what
//! is whole goes on being used.

use std::path::Path;
use std::process::Command;

use crate::disk::surviving;
use crate::once::{Uploads, assert_once, await_finished};
use crate::pynomaly::{Finished, Pynomaly, small_table};
use crate::random::Random;
use crate::serving::Serving;

/// What a page of the databases has.
const PAGE: usize = 4096;

#[test]
fn damaged_pages_are_told_and_not_served() {
    let pynomaly = Pynomaly::new();
    fill(&pynomaly, 3);
    let path = pynomaly.home().join("data_science.sqlite");
    let mut database = std::fs::read(&path).unwrap();
    let mut random = Random::new(18);
    for page in database.chunks_mut(PAGE).skip(1).step_by(2) {
        page.fill_with(|| random.below(256) as u8);
    }
    std::fs::write(&path, database).unwrap();
    let commands = [
        &["dataset", "list"][..],
        &["dataset", "upload", "d0.csv"],
        &["pipeline", "list"],
        &["events", "status"],
        &["run", "d0.csv"],
        &["serve"],
    ];
    for command in commands {
        told(&pynomaly.run(command), "the store is damaged");
    }
    let doctor = pynomaly.run(&["doctor"]);
    told(&doctor, "the store is damaged");
    let line = |name: &str| doctor.stdout.lines().find(|line| line.contains(name)).unwrap();
    assert!(line("store data_science").contains("damaged"), "{}", doctor.stdout);
    assert!(line("store mlops").contains("sound"), "{}", doctor.stdout);
}

#[test]
fn a_file_that_is_no_database_is_told() {
    for garbage in [&b"this is no database, but long enough to be looked at"[..], &[0; 9000]] {
        let pynomaly = Pynomaly::new();
        fill(&pynomaly, 1);
        std::fs::write(pynomaly.home().join("mlops.sqlite"), garbage).unwrap();
        told(&pynomaly.run(&["model", "list"]), "damaged");
        told(&pynomaly.run(&["doctor"]), "damaged");
    }
}

/// The newest commits of a context are gone, and the others know of them.
#[test]
fn a_database_that_is_older_than_the_others_is_told_and_not_gone_on_with() {
    let pynomaly = Pynomaly::new();
    fill(&pynomaly, 1);
    let path = pynomaly.home().join("data_science.sqlite");
    let older = std::fs::read(&path).unwrap();
    fill(&pynomaly, 3);
    std::fs::write(&path, older).unwrap();
    for command in [&["serve"][..], &["run", "d2.csv"], &["events", "status"], &["doctor"]] {
        told(&pynomaly.run(command), "the database of data_science is older than the others");
    }
}

#[test]
fn a_home_that_cannot_be_written_is_told_and_goes_on_when_it_can() {
    let pynomaly = Pynomaly::new();
    let mut uploads = fill(&pynomaly, 2);
    pynomaly.file("d9.csv", small_table(60, 9));
    let home = pynomaly.home();
    let mounted = ReadOnly::mount(&home);
    for arguments in [&["dataset", "upload", "d9.csv"][..], &["run", "d9.csv"], &["serve"]] {
        let mut command = pynomaly.command();
        command.args(arguments);
        // Where nothing can be mounted, no file may grow.
        let mut command = if mounted.is_some() { command } else { surviving(&command, "0") };
        let refused = command.output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(5), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    drop(mounted);
    assert_eq!(pynomaly.run(&["dataset", "upload", "d9.csv"]).code, 0);
    uploads.insert("d9".to_owned(), 1);
    let serving = Serving::start(&pynomaly, &[]);
    await_finished(&pynomaly, 3);
    serving.stop();
    assert_once(&pynomaly, &uploads);
}

/// A home with so many datasets whose chains have ended; everything is in the database files.
fn fill(pynomaly: &Pynomaly, datasets: usize) -> Uploads {
    for number in 0..datasets {
        let file = format!("d{number}.csv");
        pynomaly.file(&file, small_table(60, number as u64));
        assert_eq!(pynomaly.run(&["run", &file]).code, 0);
    }
    for entry in std::fs::read_dir(pynomaly.home()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "sqlite") {
            let connection = rusqlite::Connection::open(&path).unwrap();
            connection.execute_batch("PRAGMA journal_mode = DELETE").unwrap();
        }
    }
    (0..datasets).map(|number| (format!("d{number}"), 1)).collect()
}

fn told(finished: &Finished, reason: &str) {
    assert_eq!(finished.code, 5, "{finished:?}");
    assert!(finished.stderr.contains(reason), "{}", finished.stderr);
}

/// A folder that is mounted over itself, not to be written, for as long as this lives.
struct ReadOnly<'a>(&'a Path);

impl<'a> ReadOnly<'a> {
    fn mount(folder: &'a Path) -> Option<Self> {
        let mount = |options: &[&str]| {
            let output = Command::new("mount").args(options).arg(folder).output();
            output.is_ok_and(|output| output.status.success())
        };
        mount(&["--bind", folder.to_str()?]).then_some(())?;
        let mounted = Self(folder);
        mount(&["-o", "remount,bind,ro"]).then_some(mounted)
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        // What a failed test leaves open must not keep it.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}
