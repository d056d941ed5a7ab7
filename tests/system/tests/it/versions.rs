//! Binaries, databases and events of different versions: a newer binary goes on with what an older
//! one left in the middle of its work, an older one refuses a database that a newer one has changed
//! (F24) and reads its events, of which it keeps what it does not know (F19).

use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};
use shared_kernel_domain::event::{Envelope, contracts};

use crate::once::{Uploads, assert_once, await_finished};
use crate::pynomaly::{Place, Pynomaly, repository, small_table};
use crate::serving::Serving;

/// A home of an older version, with one chain that has ended and two that have not begun.
const OLD_HOME: &str = "tests/system/fixtures/home-of-schema-1";
const CONTEXTS: [&str; 4] = ["data_science", "data_quality", "data_profiling", "mlops"];

#[test]
fn a_newer_binary_goes_on_where_an_older_one_stopped() {
    let pynomaly = Pynomaly::new();
    lay_out_old_home(&pynomaly.home());
    let mut uploads = Uploads::from([("d0".to_owned(), 2), ("d1".to_owned(), 1)]);
    goes_on(&pynomaly, &mut uploads);
}

#[test]
fn an_older_home_moves_to_postgres() {
    let pynomaly = Pynomaly::new();
    lay_out_old_home(&pynomaly.home());
    let backup = pynomaly.folder().join("backup");
    pynomaly.json(&["store", "backup", backup.to_str().unwrap()]);
    let elsewhere = Pynomaly::on(Place::Postgres);
    elsewhere.json(&["store", "restore", backup.to_str().unwrap()]);
    let mut uploads = Uploads::from([("d0".to_owned(), 2), ("d1".to_owned(), 1)]);
    goes_on(&elsewhere, &mut uploads);
}

#[test]
fn an_older_binary_refuses_a_newer_database() {
    for place in [Place::Sqlite, Place::Postgres] {
        let pynomaly = Pynomaly::on(place);
        assert_eq!(pynomaly.run(&["doctor"]).code, 0, "the databases are set up");
        let future = "INSERT INTO schema_migration (component, version) VALUES ('bus', 9999)";
        pynomaly.witness("mlops").execute(future);
        pynomaly.file("table.csv", small_table(60, 1));
        for command in [&["dataset", "upload", "table.csv"][..], &["serve"], &["run", "table.csv"]]
        {
            let refused = pynomaly.run(command);
            assert_eq!(refused.code, 5, "{command:?} over {place:?}: {}", refused.stderr);
            let reason = "the store was written by a newer pynomaly: bus is at schema 9999";
            assert!(refused.stderr.contains(reason), "{}", refused.stderr);
        }
        let doctor = pynomaly.run(&["doctor"]);
        assert_eq!(doctor.code, 5, "{}", doctor.stdout);
        assert!(doctor.stderr.contains("newer pynomaly"), "{doctor:?}");
        assert_eq!(pynomaly.witness("data_science").number("SELECT COUNT(*) FROM dataset"), 0);
    }
}

#[test]
fn events_with_what_later_versions_add_are_read_and_kept_as_they_came() {
    for contract in contracts() {
        let golden = format!("tests/system/golden/events/{}.json", contract.event_type);
        let text = std::fs::read_to_string(repository().join(golden)).unwrap();
        let mut event: Value = serde_json::from_str(&text).unwrap();
        for part in ["", "/data", "/data/dataset"] {
            // calls of webhooks are about no dataset
            if let Some(object) = event.pointer_mut(part) {
                object["addedlater"] = json!({ "by": ["a", "newer", 1] });
            }
        }
        let read: Envelope = serde_json::from_value(event.clone()).unwrap();
        (contract.reads)(&read.data).unwrap();
        // The same moment can be written in more than one way.
        event["time"] = json!(read.time);
        assert_eq!(serde_json::to_value(&read).unwrap(), event, "{}", contract.event_type);
    }
}

/// Lets the flow come to its end, uploads more, and looks at everything.
fn goes_on(pynomaly: &Pynomaly, uploads: &mut Uploads) {
    let serving = Serving::start(pynomaly, &[]);
    await_finished(pynomaly, 3);
    for name in ["d0", "d2"] {
        let file = format!("{name}.csv");
        pynomaly.file(&file, small_table(60, 77));
        assert_eq!(pynomaly.run(&["dataset", "upload", &file]).code, 0);
        *uploads.entry(name.to_owned()).or_default() += 1;
    }
    await_finished(pynomaly, 5);
    serving.stop();
    assert_once(pynomaly, uploads);
    takes_feedback(pynomaly);
}

/// What the older version told can be judged.
fn takes_feedback(pynomaly: &Pynomaly) {
    let told = "SELECT a.row_number FROM anomaly a
                JOIN dataset_version v ON v.id = a.version_id JOIN dataset d ON d.id = v.dataset_id
                WHERE d.name = 'd0' AND v.number = 1 ORDER BY a.place LIMIT 1";
    let row = pynomaly.witness("data_science").number(told).to_string();
    let dismiss = ["feedback", "dismiss", "d0", "--version", "1", "--row", &row];
    let dismissed = pynomaly.json(&dismiss);
    assert_eq!(dismissed["feedback"][0]["version"], 1, "{dismissed}");
    assert!(!dismissed["feedback"][0]["columns"].as_array().unwrap().is_empty(), "{dismissed}");
}

fn lay_out_old_home(home: &Path) {
    let kept = repository().join(OLD_HOME);
    copy_folder(&kept, home);
    for context in CONTEXTS {
        let database = Connection::open(home.join(format!("{context}.sqlite"))).unwrap();
        let sql = std::fs::read_to_string(kept.join(format!("{context}.sql"))).unwrap();
        database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF").unwrap();
        database.execute_batch(&sql).unwrap();
    }
}

/// Copies folders of files; the databases' SQL is not part of a home.
fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else if path.extension().is_none_or(|ending| ending != "sql") {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
