//! Processes on one home of SQLite files (F18): one runs the flow, others share or refuse.

use std::time::Duration;

use shared_kernel_infrastructure::step::Step;

use crate::once::{Uploads, assert_once, await_finished, await_that, is_passed_over};
use crate::pynomaly::{Pynomaly, small_table};
use crate::serving::{PATIENCE, Serving};

#[test]
fn a_second_process_refuses_to_serve_and_says_why() {
    let pynomaly = Pynomaly::new();
    let first = Serving::start(&pynomaly, &[]);
    first.address();
    let second = Serving::start(&pynomaly, &[]);
    let (code, said) = second.ended(PATIENCE);
    assert_eq!(code, 5, "{said}");
    assert!(said.contains("another pynomaly process runs the event flow in this home"), "{said}");
    assert!(said.contains(pynomaly.home().to_str().unwrap()), "{said}");
    assert_eq!(first.get("/health/ready").0, 200, "the first one is not disturbed");
    first.stop();
    Serving::start(&pynomaly, &[]).address();
}

#[test]
fn runs_beside_a_serving_process_leave_the_flow_to_it() {
    let pynomaly = Pynomaly::new();
    let serving = Serving::start(&pynomaly, &[]);
    serving.address();
    let names: Vec<String> = (0..12).map(|number| format!("table{number}")).collect();
    std::thread::scope(|scope| {
        for (number, name) in names.iter().enumerate() {
            let pynomaly = &pynomaly;
            pynomaly.file(&format!("{name}.csv"), small_table(200, number as u64));
            scope.spawn(move || {
                let document = pynomaly.json(&["run", &format!("{name}.csv")]);
                assert_eq!(document["dataset"]["dataset_name"], *name);
                assert_eq!(document["training"]["outcome"], "trained");
            });
        }
    });
    assert_eq!(serving.get("/health/ready").0, 200);
    serving.stop();
    let uploads: Uploads = names.into_iter().map(|name| (name, 1)).collect();
    let attempts = assert_once(&pynomaly, &uploads);
    assert_eq!((attempts.repeated, attempts.most), (0, 1));
}

#[test]
fn a_run_goes_on_when_the_process_that_served_dies() {
    let pynomaly = Pynomaly::new();
    let doomed = Serving::start_doomed(&pynomaly, Step::AfterHandler, 1);
    doomed.address();
    pynomaly.file("table.csv", small_table(60, 1));
    let run = Serving::spawn(pynomaly.command().args(["run", "table.csv"]));
    assert!(doomed.stands_still(PATIENCE));
    doomed.kill();
    let (code, said) = run.ended(PATIENCE);
    assert_eq!(code, 0, "{said}");
    assert_once(&pynomaly, &Uploads::from([("table".to_owned(), 1)]));
}

/// Where nobody serves, runs at the same time take turns with the flow.
#[test]
fn runs_at_the_same_time_all_come_to_their_end() {
    let pynomaly = Pynomaly::new();
    assert_eq!(pynomaly.run(&["doctor"]).code, 0);
    let mut uploads = Uploads::new();
    let mut running = Vec::new();
    for number in 0..8 {
        let (name, file) = (format!("table{number}"), format!("table{number}.csv"));
        pynomaly.file(&file, small_table(200, number));
        running.push(Serving::spawn(pynomaly.command().args(["run", &file])));
        uploads.insert(name, 1);
    }
    for run in running {
        let (code, said) = run.ended(Duration::from_mins(1));
        assert_eq!(code, 0, "{said}");
    }
    await_finished(&pynomaly, uploads.len());
    // A run ends with its own chain: what it need not wait for is passed over by the next to come.
    let serving = Serving::start(&pynomaly, &[]);
    serving.address();
    await_that("the rest is passed over", PATIENCE, || is_passed_over(&pynomaly));
    serving.stop();
    assert_once(&pynomaly, &uploads);
}
