//! Versions of a dataset beside the ones before it: monitors, and the incidents that bad ones make.

use std::fmt::Write as _;

use crate::pynomaly::{Place, Pynomaly};

/// A batch of so many rows, a little different each day; `missing` of them have no amount.
pub(crate) fn batch(day: u32, rows: u32, missing: u32) -> String {
    let mut text = "id,amount,kind\n".to_owned();
    for row in 0..rows {
        let amount = f64::from((row * 7 + day * 13) % 101) / 4.0;
        let amount = if row < missing { String::new() } else { format!("{amount:.2}") };
        let kind = ["red", "green", "blue"][(row % 3) as usize];
        writeln!(text, "{},{amount},{kind}", day * 10_000 + row).unwrap();
    }
    text
}

#[test]
fn a_cut_feed_is_one_incident_until_it_is_whole_again() {
    for place in [Place::Sqlite, Place::Postgres] {
        let pynomaly = Pynomaly::on(place);
        let run = |day: u32, rows: u32, missing: u32| {
            pynomaly.file("feed.csv", batch(day, rows, missing));
            pynomaly.run(&["run", "feed.csv"])
        };
        for day in 1..=9 {
            assert_eq!(run(day, 300 + day % 4, 2).code, 0);
        }
        assert_eq!(pynomaly.run(&["incident", "list"]).code, 0, "nothing is wrong yet");
        let usual = pynomaly.json(&["check", "history", "feed"]);
        assert_eq!(usual["earlier_versions"].as_array().unwrap().len(), 8);

        let cut = run(10, 90, 40);
        assert!(cut.stdout.contains("the number of rows is 90, usually "), "{}", cut.stdout);
        let listed = pynomaly.run(&["incident", "list"]);
        assert_eq!(listed.code, 1, "an open incident asks for attention: {}", listed.stdout);
        let incident = pynomaly.json(&["incident", "show", "feed"]);
        let causes: Vec<&str> = incident["causes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|cause| cause["check"].as_str().unwrap())
            .collect();
        assert!(
            causes.contains(&"volume_change") && causes.contains(&"missing_change"),
            "{causes:?}"
        );
        let failing = ["check", "history", "feed", "--fail-on", "warning"];
        assert_eq!(pynomaly.run(&failing).code, 1);
        assert_eq!(pynomaly.run(&["check", "feed", "--fail-on", "warning"]).code, 1);

        pynomaly.json(&["incident", "acknowledge", "feed", "--note", "the feed was cut"]);
        assert_eq!(pynomaly.run(&["incident", "list"]).code, 0, "somebody knows of it");
        assert_eq!(pynomaly.run(&["incident", "snooze", "feed", "--for", "soon"]).code, 2);

        assert_eq!(run(11, 302, 2).code, 0);
        let id = incident["id"].as_str().unwrap();
        let closed = pynomaly.json(&["incident", "show", id]);
        assert_eq!(closed["closed_by"], 11);
        assert_eq!(closed["acknowledgement"]["note"], "the feed was cut");
        assert_eq!(pynomaly.run(&["incident", "show", "feed"]).code, 2, "none is open any more");
    }
}

#[test]
fn a_model_learns_from_a_bad_version_only_when_somebody_answers_for_it() {
    for place in [Place::Sqlite, Place::Postgres] {
        let pynomaly = Pynomaly::on(place);
        pynomaly.file("feed.csv", batch(1, 300, 2));
        assert_eq!(pynomaly.run(&["run", "feed.csv"]).code, 0);
        let set = ["gate", "set", "feed", "--least", "completeness=0.99", "--format", "json"];
        assert_eq!(pynomaly.run(&set).document()["own_policy"], true);
        assert_eq!(pynomaly.run(&["gate", "set", "feed"]).code, 2, "nothing to change");
        assert_eq!(pynomaly.run(&["gate", "set", "feed", "--least", "beauty=1"]).code, 2);
        let early = ["gate", "override", "feed", "--reason", "why not"];
        assert_eq!(pynomaly.run(&early).code, 2, "its gate is open");

        pynomaly.file("feed.csv", batch(2, 300, 150));
        assert_eq!(pynomaly.run(&["run", "feed.csv"]).code, 1, "no model learned");
        let shown = pynomaly.run(&["gate", "show", "feed"]);
        assert_eq!(shown.code, 1);
        assert!(shown.stdout.contains("the score of completeness"), "{}", shown.stdout);

        let reason = ["gate", "override", "feed", "--reason", "half a day of <b>outage</b>"];
        let overridden = pynomaly.run(&reason);
        assert_eq!(overridden.code, 0, "{}", overridden.stderr);
        assert!(overridden.stdout.contains("version 2: open by override"), "{}", overridden.stdout);
        let history = pynomaly.json(&["model", "show", "feed"]);
        assert!(history.to_string().contains("half a day of"), "the lineage tells: {history}");
        let again = pynomaly.run(&["run", "feed.csv"]);
        assert_eq!(again.code, 0, "{}", again.stdout);
        assert!(again.stdout.contains("let pass by override"), "{}", again.stdout);
        assert_eq!(pynomaly.run(&reason).code, 2, "there is nothing more to override");
        assert_eq!(pynomaly.run(&["gate", "show", "feed"]).code, 0);
        assert_eq!(pynomaly.run(&["gate", "show", "nothing"]).code, 2);
    }
}
