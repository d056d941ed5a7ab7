//! Homes that move to PostgreSQL, and backups taken while everything goes on, restored elsewhere
//! (F25): nothing is lost, and nothing happens twice.

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;
use testkit::servers::Postgres;

use crate::once::{Uploads, assert_once, await_finished};
use crate::pynomaly::{Place, Pynomaly, small_table};
use crate::serving::Serving;

/// Chains that have come to their end before.
const DONE: usize = 6;
/// Uploads nobody has looked at yet.
const OPEN: usize = 4;

#[test]
fn a_home_moves_to_postgres_in_the_middle_of_its_work() {
    let mut pynomaly = Pynomaly::new();
    let mut uploads = Uploads::new();
    upload(&pynomaly, &mut uploads, 0..DONE);
    let serving = Serving::start(&pynomaly, &[]);
    await_finished(&pynomaly, DONE);
    let refused = pynomaly.run(&["store", "move", "--to", "postgres://nobody@127.0.0.1:9/none"]);
    assert_eq!(refused.code, 5, "somebody works in it: {}", refused.stderr);
    assert!(refused.stderr.contains("another pynomaly process"), "{}", refused.stderr);
    serving.stop();
    upload(&pynomaly, &mut uploads, DONE..DONE + OPEN);
    let before = all_documents(&pynomaly);

    let database = Postgres::shared().database();
    assert_eq!(pynomaly.run(&["store", "move", "--to", database.url()]).code, 2, "a password");
    let (url, password) = without_password(database.url());
    pynomaly.set("PYNOMALY_STORE_PASSWORD", &password);
    let moving = ["store", "move", "--to", &url];
    let moved = pynomaly.json(&moving);
    assert!(moved["tables"].as_array().unwrap().len() > 20, "{moved}");
    assert_eq!(moved["altered_values"], 0);
    let again = pynomaly.run(&moving);
    assert_eq!(again.code, 2, "it holds data now: {}", again.stderr);
    assert_eq!(all_documents(&pynomaly), before, "the home is as it was");

    pynomaly.work_on(&url, database);
    assert_eq!(all_documents(&pynomaly), before, "and so is its copy");
    let serving = Serving::start(&pynomaly, &[]);
    await_finished(&pynomaly, DONE + OPEN);
    upload(&pynomaly, &mut uploads, 0..2);
    await_finished(&pynomaly, DONE + OPEN + 2);
    serving.stop();
    assert_once(&pynomaly, &uploads);
}

#[test]
fn a_backup_of_a_busy_home_goes_on_elsewhere() {
    for (from, to) in [
        (Place::Sqlite, Place::Sqlite),
        (Place::Postgres, Place::Sqlite),
        (Place::Sqlite, Place::Postgres),
    ] {
        back_up_in_the_middle(from, to);
    }
}

fn back_up_in_the_middle(from: Place, to: Place) {
    let pynomaly = Pynomaly::on(from);
    let mut uploads = Uploads::new();
    upload(&pynomaly, &mut uploads, 0..DONE + OPEN);
    let serving = Serving::start(&pynomaly, &[]);
    await_finished(&pynomaly, 2);
    let backup = pynomaly.folder().join("backup");
    let command = ["store", "backup", backup.to_str().unwrap()];
    let made = pynomaly.json(&command);
    assert_eq!(made["elsewhere"].as_array().unwrap().len(), 0);
    assert_eq!(pynomaly.run(&command).code, 2, "a backup is never overwritten");
    let mut all = uploads.clone();
    upload(&pynomaly, &mut all, 0..2);
    await_finished(&pynomaly, DONE + OPEN + 2);
    serving.stop();
    assert_once(&pynomaly, &all);
    std::fs::remove_dir_all(pynomaly.home()).unwrap();

    let elsewhere = Pynomaly::on(to);
    let restore = ["store", "restore", backup.to_str().unwrap()];
    elsewhere.json(&restore);
    assert_eq!(elsewhere.run(&restore).code, 2, "it holds data now");
    let serving = Serving::start(&elsewhere, &[]);
    await_finished(&elsewhere, DONE + OPEN);
    upload(&elsewhere, &mut uploads, 0..2);
    await_finished(&elsewhere, DONE + OPEN + 2);
    serving.stop();
    assert_once(&elsewhere, &uploads);
}

#[test]
fn a_backup_that_was_changed_is_refused() {
    let pynomaly = Pynomaly::new();
    let mut uploads = Uploads::new();
    upload(&pynomaly, &mut uploads, 0..1);
    let backup = pynomaly.folder().join("backup");
    pynomaly.json(&["store", "backup", backup.to_str().unwrap()]);
    for file in files(&backup) {
        let intact = std::fs::read(&file).unwrap();
        let mut changed = intact.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        let elsewhere = Pynomaly::new();
        let refused = elsewhere.run(&["store", "restore", backup.to_str().unwrap()]);
        assert!(matches!(refused.code, 2 | 5), "{}: {}", file.display(), refused.stderr);
        assert!(elsewhere.json(&["dataset", "list"])["datasets"].as_array().unwrap().is_empty());
        std::fs::write(&file, intact).unwrap();
    }
    let elsewhere = Pynomaly::new();
    elsewhere.json(&["store", "restore", backup.to_str().unwrap()]);
    assert_eq!(elsewhere.json(&["dataset", "list"])["datasets"].as_array().unwrap().len(), 1);
}

fn without_password(url: &str) -> (String, String) {
    let (login, server) = url.split_once('@').unwrap();
    let (user, password) = login.rsplit_once(':').unwrap();
    (format!("{user}@{server}"), password.to_owned())
}

/// Uploads another version of each of these datasets.
fn upload(pynomaly: &Pynomaly, uploads: &mut Uploads, datasets: Range<usize>) {
    for dataset in datasets {
        let name = format!("d{dataset}");
        let versions = uploads.entry(name.clone()).or_default();
        *versions += 1;
        let file = format!("{name}.csv");
        pynomaly.file(&file, small_table(60, (100 * *versions + dataset) as u64));
        let uploaded = pynomaly.run(&["dataset", "upload", &file]);
        assert_eq!(uploaded.code, 0, "{}", uploaded.stderr);
    }
}

/// What users see of a store.
fn all_documents(pynomaly: &Pynomaly) -> Vec<Value> {
    let lists = [&["dataset", "list"][..], &["model", "list"], &["pipeline", "list"]];
    let mut documents: Vec<_> = lists.iter().map(|list| pynomaly.json(list)).collect();
    documents.push(pynomaly.json(&["dataset", "show", "d0"]));
    documents.push(pynomaly.json(&["events", "list"]));
    documents
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}
