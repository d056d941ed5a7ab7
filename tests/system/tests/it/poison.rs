//! An event that kills whoever handles it (F11, G7): it is parked after eight attempts, and the
//! rest goes on.

use std::time::Duration;

use shared_kernel_infrastructure::step::Step;

use crate::once::{Uploads, await_finished};
use crate::pynomaly::{Place, Pynomaly, small_table};
use crate::serving::{PATIENCE, Serving};

const ATTEMPTS: usize = 8;

#[test]
fn an_event_that_kills_its_process_is_parked_and_the_rest_goes_on() {
    std::thread::scope(|scope| {
        for place in [Place::Sqlite, Place::Postgres] {
            scope.spawn(move || kill_with_every_attempt(place));
        }
    });
}

fn kill_with_every_attempt(place: Place) {
    let pynomaly = Pynomaly::on(place);
    let upload = |name: &str, seed: usize| {
        let file = format!("{name}.csv");
        pynomaly.file(&file, small_table(60, seed as u64));
        assert_eq!(pynomaly.run(&["dataset", "upload", &file]).code, 0);
    };
    upload("poison", 0);
    let mut uploads = Uploads::new();
    for attempt in 1..=ATTEMPTS {
        // The first event that it takes is the oldest one, which nobody could handle yet.
        let doomed = Serving::start_doomed(&pynomaly, Step::AfterAttempt, 1);
        assert!(doomed.stands_still(PATIENCE), "attempt {attempt}: {}", doomed.said());
        upload(&format!("healthy{attempt}"), attempt);
        uploads.insert(format!("healthy{attempt}"), 1);
        await_finished(&pynomaly, attempt);
        doomed.kill();
    }
    let mut quality = pynomaly.witness("data_quality");
    let tried = quality.rows("SELECT state, attempts FROM inbox WHERE state <> 'done'");
    assert_eq!(tried, [["handling".to_owned(), ATTEMPTS.to_string()]], "over {place:?}");
    let healthy = Serving::start(&pynomaly, &[]);
    let parked = loop {
        let listed = pynomaly.json(&["events", "dead-letters"]);
        if let Some(parked) = listed["parked"].as_array().unwrap().first() {
            break parked.clone();
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(parked["attempts"], ATTEMPTS);
    assert_eq!(parked["group"], "data_quality.analyze");
    let why = parked["last_error"].as_str().unwrap();
    assert_eq!(why, "the process ended while handling it");
    assert_eq!(pynomaly.run(&["doctor"]).code, 5, "somebody has to look at it");
    let event = parked["event_id"].as_str().unwrap();
    let requeue = ["events", "dead-letters", "requeue", event, "--group", "data_quality.analyze"];
    assert_eq!(pynomaly.run(&requeue).code, 0);
    uploads.insert("poison".to_owned(), 1);
    await_finished(&pynomaly, uploads.len());
    healthy.stop();
    let reports = quality.number("SELECT COUNT(*) FROM quality_report");
    assert_eq!(reports as usize, uploads.len(), "over {place:?}");
}
