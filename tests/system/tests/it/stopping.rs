//! SIGTERM (F23, G16): a process that is asked to stop ends or hands back its work in time, and
//! nothing is handled twice.
//!
//! `PYNOMALY_TEST_LONG=1` stops 100 times.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use shared_kernel_infrastructure::step::Step;

use crate::once::{Attempts, Uploads, assert_once, await_finished};
use crate::pynomaly::{Place, Pynomaly, small_table};
use crate::random::Random;
use crate::scale::long;
use crate::serving::{PATIENCE, Serving};

/// A process that is asked to stop has ended within this time.
const LIMIT: Duration = Duration::from_secs(10);
/// A process works for so long at most before it is asked to stop.
const WORK: Duration = Duration::from_millis(400);
/// Uploads that may be ahead of the handling: there is always something to do.
const BACKLOG: usize = 30;

#[test]
fn a_process_over_sqlite_that_is_asked_to_stop_does_nothing_twice() {
    stop_under_load(Place::Sqlite, long(10, 100));
}

#[test]
fn a_process_over_postgres_that_is_asked_to_stop_does_nothing_twice() {
    stop_under_load(Place::Postgres, long(10, 100));
}

#[test]
fn a_process_over_rabbitmq_that_is_asked_to_stop_does_nothing_twice() {
    stop_under_load(Place::RabbitMq, long(10, 100));
}

fn stop_under_load(place: Place, stops: usize) {
    let pynomaly = Pynomaly::on(place);
    assert_eq!(pynomaly.run(&["doctor"]).code, 0, "the databases are set up");
    let (is_over, stopped) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (uploads, longest) = std::thread::scope(|scope| {
        let uploading = scope.spawn(|| upload_ahead(&pynomaly, &is_over, &stopped));
        let mut random = Random::new(stops as u64);
        let mut longest = Duration::ZERO;
        for _ in 0..stops {
            let serving = Serving::start(&pynomaly, &[]);
            serving.address();
            std::thread::sleep(random.within(WORK));
            longest = longest.max(serving.stop());
            stopped.fetch_add(1, Ordering::Relaxed);
        }
        is_over.store(true, Ordering::Relaxed);
        (uploading.join().unwrap(), longest)
    });
    let last = Serving::start(&pynomaly, &[]);
    await_finished(&pynomaly, uploads.len());
    last.stop();
    let attempts = assert_once(&pynomaly, &uploads);
    println!(
        "stops over {place:?}: {stops}, the longest took {:.2} s; {} chains",
        longest.as_secs_f64(),
        uploads.len()
    );
    assert!(longest <= LIMIT, "{longest:?}");
    assert_eq!(attempts, Attempts { repeated: 0, most: 1 }, "no redelivery");
}

/// Uploads a little more than is handled meanwhile.
fn upload_ahead(pynomaly: &Pynomaly, is_over: &AtomicBool, stopped: &AtomicUsize) -> Uploads {
    let mut uploads = Uploads::new();
    while !is_over.load(Ordering::Relaxed) {
        if uploads.len() > BACKLOG * (1 + stopped.load(Ordering::Relaxed)) {
            std::thread::sleep(Duration::from_millis(10));
            continue;
        }
        let (name, file) = (format!("d{}", uploads.len()), format!("d{}.csv", uploads.len()));
        pynomaly.file(&file, small_table(2_000, uploads.len() as u64));
        let uploaded = pynomaly.run(&["dataset", "upload", &file]);
        assert_eq!(uploaded.code, 0, "{}", uploaded.stderr);
        uploads.insert(name, 1);
    }
    uploads
}

/// A handler that does not hear keeps the process from ending at once. Meanwhile it is not ready,
/// though it lives; then it ends all the same, and the next process does the work.
#[test]
fn a_process_that_is_stopping_says_that_it_is_not_ready_and_ends_in_time() {
    let pynomaly = Pynomaly::on(Place::Postgres);
    pynomaly.file("table.csv", small_table(60, 1));
    assert_eq!(pynomaly.run(&["dataset", "upload", "table.csv"]).code, 0);
    let stopping = Serving::start_doomed(&pynomaly, Step::AfterAttempt, 1);
    assert!(stopping.stands_still(PATIENCE));
    assert_eq!(stopping.get("/health/ready").0, 200, "it is ready while it works");
    let asked = Instant::now();
    stopping.signal("TERM");
    let mut answer = stopping.get("/health/ready");
    while answer.0 == 200 {
        assert!(asked.elapsed() < LIMIT, "{}", answer.1);
        answer = stopping.get("/health/ready");
    }
    assert_eq!(answer.0, 503, "{}", answer.1);
    assert!(answer.1.contains("stopping"), "{}", answer.1);
    assert_eq!(stopping.get("/health/live").0, 200);
    let (code, said) = stopping.ended(PATIENCE);
    assert_eq!(code, 0, "{said}");
    assert!(asked.elapsed() <= LIMIT, "{:?}", asked.elapsed());
    let freed = Instant::now();
    let next = Serving::start(&pynomaly, &[]);
    await_finished(&pynomaly, 1);
    assert!(freed.elapsed() < Duration::from_secs(3), "it was handed back: {:?}", freed.elapsed());
    next.stop();
    let attempts = assert_once(&pynomaly, &Uploads::from([("table".to_owned(), 1)]));
    assert_eq!(attempts, Attempts { repeated: 1, most: 2 });
}
