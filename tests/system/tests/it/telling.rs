//! Webhooks: others are told when an incident opens and closes, once each.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::pynomaly::{Place, Pynomaly};
use crate::watching::batch;

/// A call that came: its id, its event, and what it was answered.
#[derive(Clone, Debug, PartialEq)]
struct Call {
    id: String,
    signature: String,
    event: Value,
    answer: u16,
}

/// Somebody who is told, and does not listen the first time that something opens.
struct Receiver {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// Somebody who takes the first call and never answers it, and answers those after it.
struct Hung {
    url: String,
    /// When the first call came.
    first: Arc<Mutex<Option<Instant>>>,
    /// The ids of all calls.
    ids: Arc<Mutex<Vec<String>>>,
}

impl Hung {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let hung = Self { url, first: Arc::default(), ids: Arc::default() };
        let (first, ids) = (Arc::clone(&hung.first), Arc::clone(&hung.ids));
        std::thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (head, _) = read(&mut stream);
                let id = head.lines().find_map(|line| line.strip_prefix("webhook-id: "));
                ids.lock().unwrap().push(id.unwrap().to_owned());
                if held.is_empty() {
                    *first.lock().unwrap() = Some(Instant::now());
                    held.push(stream);
                } else {
                    stream.write_all(b"HTTP/1.1 204 So\r\n\r\n").unwrap();
                }
            }
        });
        hung
    }
}

impl Receiver {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook/s3cret", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&calls);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), &kept);
            }
        });
        Self { url, calls }
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, calls: &Mutex<Vec<Call>>) {
    let (head, event) = read(&mut stream);
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        line.unwrap_or_else(|| panic!("no {name}: {head}")).to_owned()
    };
    let mut calls = calls.lock().unwrap();
    let opens = event["data"]["change"] == "opened";
    let before = calls.iter().any(|call| call.event["data"]["change"] == "opened");
    let answer = if opens && !before { 503 } else { 204 };
    let call =
        Call { id: header("webhook-id"), signature: header("webhook-signature"), event, answer };
    calls.push(call);
    stream.write_all(format!("HTTP/1.1 {answer} So\r\n\r\n").as_bytes()).unwrap();
}

fn read(stream: &mut TcpStream) -> (String, Value) {
    let mut bytes = Vec::new();
    let mut part = [0; 4096];
    loop {
        let length = stream.read(&mut part).unwrap();
        assert_ne!(length, 0, "half a call");
        bytes.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && let Ok(event) = serde_json::from_str(body)
        {
            return (head.to_owned(), event);
        }
    }
}

#[test]
fn others_are_told_once_when_an_incident_opens_and_closes() {
    for place in [Place::Sqlite, Place::Postgres, Place::RabbitMq] {
        let receiver = Receiver::start();
        let mut pynomaly = Pynomaly::on(place);
        let add = ["webhook", "add", "alerts", &receiver.url];
        let refused = pynomaly.run(&add);
        assert_eq!(refused.code, 2, "not without --private");
        let added = pynomaly.run(&[&add[..], &["--private"]].concat());
        assert_eq!(added.code, 0, "{}", added.stderr);
        let without_secret = pynomaly.run(&["webhook", "test", "alerts"]);
        assert_eq!(without_secret.code, 2, "{}", without_secret.stderr);
        pynomaly.set("PYNOMALY_WEBHOOK_SECRET", "whsec_c2l4dGVlbiBieXRlcyBvciBtb3Jl");
        assert_eq!(pynomaly.run(&["webhook", "test", "alerts"]).code, 0);

        for (day, missing, code) in [(1, 2, 0), (2, 250, 1), (3, 2, 0)] {
            pynomaly.file("feed.csv", batch(day, 300, missing));
            let ran = pynomaly.run(&["run", "feed.csv"]);
            assert_eq!(ran.code, code, "day {day}: {}{}", ran.stdout, ran.stderr);
            let strict = ["gate", "set", "feed", "--least", "completeness=0.99"];
            assert_eq!(pynomaly.run(&strict).code, 0);
        }
        let calls = receiver.calls();
        let told: Vec<(&str, u16)> = calls
            .iter()
            .map(|call| (call.event["data"]["change"].as_str().unwrap_or("test"), call.answer))
            .collect();
        let expected = [("test", 204), ("opened", 503), ("opened", 204), ("closed", 204)];
        assert_eq!(told, expected, "{place:?}");
        assert_eq!(calls[1].id, calls[2].id, "one call, tried twice");
        assert_eq!(calls[1].event, calls[2].event);
        assert_ne!(calls[2].id, calls[3].id);
        assert!(calls.iter().all(|call| call.signature.starts_with("v1,")));
        let summary = calls[3].event["data"]["summary"].as_str().unwrap();
        assert_eq!(summary, "feed version 3 is good again after 1 bad version");

        for command in [["webhook", "list"], ["events", "list"], ["events", "status"]] {
            let shown = pynomaly.run(&[&command[..], &["--format", "json"]].concat());
            assert_eq!(shown.code, 0);
            assert!(!shown.stdout.contains("s3cret"), "{command:?}: {}", shown.stdout);
            assert!(!shown.stdout.contains("c2l4dGVlbi"), "{command:?}: {}", shown.stdout);
        }
        let parked = pynomaly.json(&["events", "dead-letters"]);
        assert_eq!(parked["parked"], Value::Array(Vec::new()));
        assert_eq!(pynomaly.run(&["webhook", "remove", "alerts"]).code, 0);
        assert_eq!(pynomaly.run(&["webhook", "remove", "alerts"]).code, 2);
    }
}

#[test]
fn nobody_waits_long_for_a_receiver_that_does_not_answer() {
    let receiver = Hung::start();
    let mut pynomaly = Pynomaly::on(Place::Sqlite);
    pynomaly.set("PYNOMALY_WEBHOOK_SECRET", "whsec_c2l4dGVlbiBieXRlcyBvciBtb3Jl");
    let add = ["webhook", "add", "alerts", &receiver.url, "--private"];
    assert_eq!(pynomaly.run(&add).code, 0);
    pynomaly.file("feed.csv", batch(1, 300, 2));
    assert_eq!(pynomaly.run(&["run", "feed.csv"]).code, 0);
    let strict = ["gate", "set", "feed", "--least", "completeness=0.99"];
    assert_eq!(pynomaly.run(&strict).code, 0);

    pynomaly.file("feed.csv", batch(2, 300, 250));
    assert_eq!(pynomaly.run(&["run", "feed.csv"]).code, 1);
    let called = receiver.first.lock().unwrap().expect("it was called");
    assert!(called.elapsed() < Duration::from_secs(8), "{:?}", called.elapsed());

    // whoever runs the flow next calls again, as the same call
    for day in 3..8 {
        pynomaly.file("feed.csv", batch(day, 300, 250));
        pynomaly.run(&["run", "feed.csv"]);
        let ids = receiver.ids.lock().unwrap().clone();
        if ids[1..].contains(&ids[0]) {
            return;
        }
    }
    panic!("it was called once: {:?}", receiver.ids.lock().unwrap());
}
