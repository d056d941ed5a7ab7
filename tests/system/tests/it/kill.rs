//! The kill test: `run` is killed at each named step of the flow, again and again; after a restart
//! every chain completes, and nothing is lost or doubled (guarantees G1–G7).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rusqlite::Connection;
use shared_kernel_infrastructure::step::Step;

use crate::pynomaly::{Pynomaly, small_table};

const CHAINS: usize = 54;
const KILLS_PER_CHAIN: usize = 6;

#[test]
fn chains_killed_at_every_step_complete_with_nothing_lost_or_doubled() {
    let pynomaly = Pynomaly::new();
    let mut kills = BTreeMap::new();
    for chain in 0..CHAINS {
        let data = format!("chain{chain}.csv");
        pynomaly.file(&data, small_table(60, chain as u64));
        for kill in 0..KILLS_PER_CHAIN {
            // Every step; and, so that a chain does not end before its kills, deep into it only
            // with the last one.
            let number = chain * KILLS_PER_CHAIN + kill;
            let step = Step::ALL[number % Step::ALL.len()];
            let deep = if kill + 1 == KILLS_PER_CHAIN { 1 + chain % 6 } else { 1 + chain % 2 };
            let occurrence = if kill == 0 { 1 } else { deep };
            if kill_at(&pynomaly, &data, step, occurrence) {
                *kills.entry(step.name()).or_insert(0) += 1;
            }
        }
        let finished = pynomaly.run(&["run", &data]);
        assert_eq!(finished.code, 0, "chain {chain}: {}", finished.stderr);
    }
    assert_eq!(kills.len(), Step::ALL.len(), "a kill at every step: {kills:?}");
    let total: usize = kills.values().sum();
    assert!(total >= 200, "only {total} kills: {kills:?}");
    assert_once(&pynomaly);
}

/// Runs until a step is reached for the n-th time and kills the process there; false when the run
/// ended before.
fn kill_at(pynomaly: &Pynomaly, data: &str, step: Step, occurrence: usize) -> bool {
    let mut child = pynomaly
        .command()
        .args(["run", data, "--quiet"])
        .env("PYNOMALY_STOP_AT", format!("{}:{occurrence}", step.name()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let stopped = lines.any(|line| line.unwrap() == format!("stopped at {}", step.name()));
    if stopped {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    stopped
}

/// One version, report, profile, run, model version, pipeline revision and set of anomalies per
/// chain; one event of each kind; one audit record per thing done; every delivery done.
fn assert_once(pynomaly: &Pynomaly) {
    let chains = CHAINS as i64;
    let count = |context: &str, sql: &str| -> i64 {
        let path = pynomaly.home().join(format!("{context}.sqlite"));
        let connection = Connection::open(path).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let check = |context: &str, sql: &str, expected: i64| {
        assert_eq!(count(context, sql), expected, "{context}: {sql}");
    };
    let contexts = [
        ("data_science", 3, 1, "io.pynomaly.dataset.uploaded.v1"),
        ("data_quality", 1, 1, "io.pynomaly.quality.analyzed.v1"),
        ("data_profiling", 1, 1, "io.pynomaly.profile.generated.v1"),
        ("mlops", 1, 1, "io.pynomaly.model.trained.v1"),
    ];
    for (context, events_per_chain, deliveries_per_chain, event_type) in contexts {
        check(context, "SELECT COUNT(*) FROM outbox", chains * events_per_chain);
        check(
            context,
            &format!(
                "SELECT COUNT(DISTINCT subject) FROM outbox WHERE event_type = '{event_type}'"
            ),
            chains,
        );
        check(context, "SELECT MAX(position) FROM outbox", chains * events_per_chain);
        check(
            context,
            "SELECT COUNT(*) FROM inbox WHERE state = 'done'",
            chains * deliveries_per_chain,
        );
        check(context, "SELECT COUNT(*) FROM inbox WHERE state <> 'done'", 0);
        check(context, "SELECT COUNT(*) - COUNT(DISTINCT action || ' ' || subject) FROM audit", 0);
        check(context, "SELECT MAX(position) - COUNT(*) FROM audit", 0);
    }
    check("data_science", "SELECT COUNT(*) FROM dataset", chains);
    check("data_science", "SELECT COUNT(*) FROM dataset_version", chains);
    check("data_science", "SELECT COUNT(*) FROM pipeline", chains);
    check("data_quality", "SELECT COUNT(*) FROM quality_report", chains);
    check("data_profiling", "SELECT COUNT(*) FROM profile", chains);
    check("mlops", "SELECT COUNT(*) FROM model_version", chains);
    assert_eq!(pynomaly.json(&["events", "dead-letters"])["parked"].as_array().unwrap().len(), 0);
    assert_eq!(pynomaly.run(&["doctor"]).code, 0);
}
