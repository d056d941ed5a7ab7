//! Same input, same seed: the same bytes, whatever the number of threads.

use crate::pynomaly::{Pynomaly, example};

#[test]
fn profile_check_and_scores_do_not_depend_on_the_number_of_threads() {
    let pynomaly = Pynomaly::new();
    let data = example("flights.csv");
    let data = data.to_str().unwrap();
    let mut answers = Vec::new();
    for threads in ["1", "4"] {
        let profile = pynomaly.run(&["profile", data, "--format", "json", "--threads", threads]);
        let check = pynomaly.run(&["check", data, "--format", "json", "--threads", threads]);
        let detect = pynomaly.run(&["detect", data, "--format", "json", "--threads", threads]);
        for detector in ["isolation_forest", "ecod", "auto"] {
            let file = format!("{detector}-{threads}.csv");
            let scored = pynomaly.run(&[
                "detect",
                data,
                "--detector",
                detector,
                "--explain",
                "--threads",
                threads,
                "--output",
                &file,
            ]);
            assert_eq!(scored.code, 0, "{scored:?}");
        }
        let scores = ["isolation_forest", "ecod", "auto"].map(|detector| {
            std::fs::read(pynomaly.folder().join(format!("{detector}-{threads}.csv"))).unwrap()
        });
        answers.push((profile.stdout, check.stdout, detect.stdout, scores));
    }
    let (four, one) = (answers.pop().unwrap(), answers.pop().unwrap());
    assert!(one.0 == four.0, "profile");
    assert!(one.1 == four.1, "check");
    assert!(one.2 == four.2, "detect");
    assert!(one.3 == four.3, "scores");
    assert!(one.3[0].len() > 100_000, "the scores are there");
}
