use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::{Value, json};
use shared_kernel_domain::bus::GroupStatus;
use shared_kernel_domain::{Error, ErrorKind, Result};

use super::http::Limits;
use super::http::{Health, Server};
use super::readiness::{Dependency, Probe};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

const ANY_PORT: &str = "127.0.0.1:0";

fn measured() -> PrometheusHandle {
    PrometheusBuilder::new().build_recorder().handle()
}

fn health(probes: Vec<Probe>) -> Health {
    Health { probes, groups: Arc::new(|| Ok(Vec::new())), metrics: measured() }
}

fn start(health: Health) -> Server {
    Server::start(ANY_PORT.parse().unwrap(), health).unwrap()
}

fn start_within(limits: Limits, health: Health) -> Server {
    Server::start_within(limits, ANY_PORT.parse().unwrap(), health).unwrap()
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends bytes and reads until the server closes.
fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    // A server that closes without having read everything resets the connection.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn request(address: SocketAddr, line: &str, host: &str) -> Answer {
    let text = exchange(address, format!("{line} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    }
}

fn get(server: &Server, path: &str) -> Answer {
    request(server.address(), &format!("GET {path}"), &server.address().to_string())
}

fn wait_until(condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < LONG, "it never came to be");
        std::thread::yield_now();
    }
}

/// A dependency that is there or away.
fn switched(name: &str, there: Arc<AtomicBool>) -> Probe {
    Probe::one(name, move || {
        if there.load(Ordering::SeqCst) {
            return Ok("is connected".to_owned());
        }
        Err(Error::unavailable("the broker is away").at("rabbit.example"))
    })
}

/// A dependency that answers when it is let.
#[derive(Default)]
struct Gate {
    open: Mutex<bool>,
    changed: Condvar,
}

impl Gate {
    fn open(&self) {
        *self.open.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn pass(&self) {
        let mut open = self.open.lock().unwrap();
        while !*open {
            open = self.changed.wait(open).unwrap();
        }
    }
}

#[test]
fn it_lives_even_when_it_cannot_work() {
    let server = start(health(vec![Probe::one("broker", || Err(Error::unavailable("gone")))]));
    let answer = get(&server, "/health/live");
    assert_eq!((answer.status, answer.body.as_str()), (200, "alive\n"));
    for header in
        ["connection: close", "cache-control: no-store", "x-content-type-options: nosniff"]
    {
        assert!(answer.head.contains(header), "{}", answer.head);
    }
    assert_eq!(get(&server, "/health/ready").status, 503);
    assert!(server.stop(LONG));
}

#[test]
fn it_is_ready_when_every_dependency_is() {
    let broker = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&broker);
    let server = start_within(
        Limits { age: Duration::ZERO, ..Limits::default() },
        health(vec![
            Probe::one("store mlops", || Ok("answers in 1 ms".to_owned())),
            switched("broker", asked),
            Probe::some("groups", || {
                vec![Dependency {
                    name: "group mlops.train".to_owned(),
                    ok: true,
                    message: "has no trouble".to_owned(),
                }]
            }),
        ]),
    );
    let mut expected = json!({ "ready": true, "dependencies": [
        { "name": "store mlops", "ok": true, "message": "answers in 1 ms" },
        { "name": "broker", "ok": true, "message": "is connected" },
        { "name": "group mlops.train", "ok": true, "message": "has no trouble" },
    ]});
    let answer = get(&server, "/health/ready");
    assert_eq!((answer.status, answer.json()), (200, expected.clone()));
    assert!(answer.head.contains("content-type: application/json"));

    broker.store(false, Ordering::SeqCst);
    expected["ready"] = json!(false);
    expected["dependencies"][1] = json!({
        "name": "broker", "ok": false, "message": "the broker is away (rabbit.example)",
    });
    let answer = get(&server, "/health/ready");
    assert_eq!((answer.status, answer.json()), (503, expected));

    broker.store(true, Ordering::SeqCst);
    assert_eq!(get(&server, "/health/ready").status, 200);
}

#[test]
fn an_answer_is_not_older_than_a_second() {
    let up = Arc::new(AtomicBool::new(true));
    let asked = Arc::clone(&up);
    let server = start(health(vec![switched("broker", asked)]));
    assert_eq!(get(&server, "/health/ready").status, 200);
    up.store(false, Ordering::SeqCst);
    let since = Instant::now();
    wait_until(|| get(&server, "/health/ready").status == 503);
    // A second, and some more on a busy machine.
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
}

#[test]
fn a_storm_of_probes_asks_once() {
    let (asked, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Gate::default()));
    let (counted, passed) = (Arc::clone(&asked), Arc::clone(&gate));
    let limits = Limits { age: LONG, answer: LONG, connection: LONG, ..Limits::default() };
    let server = start_within(
        limits,
        health(vec![Probe::one("store", move || {
            counted.fetch_add(1, Ordering::SeqCst);
            passed.pass();
            Ok("answers".to_owned())
        })]),
    );
    // One client that goes away while it waits undoes nothing.
    let mut gone = TcpStream::connect(server.address()).unwrap();
    gone.write_all(b"GET /health/ready HTTP/1.0\r\n\r\n").unwrap();
    wait_until(|| asked.load(Ordering::SeqCst) == 1);
    drop(gone);
    std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..50).map(|_| scope.spawn(|| get(&server, "/health/ready").status)).collect();
        gate.open();
        for answer in asking {
            assert_eq!(answer.join().unwrap(), 200);
        }
    });
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(server.stop(LONG));
}

#[test]
fn a_dependency_that_hangs_is_told_and_not_asked_again() {
    let (asked, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Gate::default()));
    let (counted, passed) = (Arc::clone(&asked), Arc::clone(&gate));
    let limits =
        Limits { age: Duration::ZERO, answer: Duration::from_secs(1), ..Limits::default() };
    let server = start_within(
        limits,
        health(vec![
            Probe::some("store", move || {
                counted.fetch_add(1, Ordering::SeqCst);
                passed.pass();
                Vec::new()
            }),
            Probe::one("broker", || Ok("is connected".to_owned())),
        ]),
    );
    let since = Instant::now();
    for _ in 0..20 {
        let answer = get(&server, "/health/ready");
        assert_eq!(answer.status, 503);
        let dependencies = answer.json()["dependencies"].clone();
        assert_eq!(dependencies[0]["name"], "store");
        let message = dependencies[0]["message"].as_str().unwrap();
        assert!(message.starts_with("did not answer within "), "{message}");
        assert_eq!(dependencies[1]["ok"], true);
    }
    assert!(since.elapsed() < Duration::from_secs(10), "it was waited for once");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    gate.open();
    wait_until(|| get(&server, "/health/ready").status == 200);
    assert!(asked.load(Ordering::SeqCst) > 1);
}

#[test]
fn a_dependency_whose_asking_breaks_is_told_each_time() {
    let limits =
        Limits { age: Duration::ZERO, answer: LONG, connection: LONG, ..Limits::default() };
    let server = start_within(limits, health(vec![Probe::one("broker", || panic!("planted"))]));
    for _ in 0..2 {
        let answer = get(&server, "/health/ready");
        let message = &answer.json()["dependencies"][0]["message"];
        assert_eq!((answer.status, message), (503, &json!("failed while it was asked")));
    }
}

fn group(name: &str, lag_events: u64) -> GroupStatus {
    GroupStatus {
        group: name.to_owned(),
        lag_events,
        lag_seconds: 1.5,
        retries: 0,
        parked: 2,
        handled: 7,
        end_to_end_ms: Vec::new(),
    }
}

#[test]
fn metrics_tell_what_was_measured_and_how_groups_stand_now() {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || metrics::counter!("pynomaly_things").increment(3));
    let known = Arc::new(Mutex::new(Ok(vec![group("mlops.train", 4), group("odd\"name", 0)])));
    let told = Arc::clone(&known);
    let groups = move || -> Result<Vec<GroupStatus>> {
        told.lock().unwrap().clone().map_err(|()| Error::unavailable("the store is away"))
    };
    let server = start_within(
        Limits { age: Duration::ZERO, ..Limits::default() },
        Health { probes: Vec::new(), groups: Arc::new(groups), metrics: recorder.handle() },
    );
    let answer = get(&server, "/metrics");
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
    for line in [
        "pynomaly_things 3",
        "# TYPE pynomaly_events_lag gauge",
        "pynomaly_events_readable 1",
        "pynomaly_events_lag{group=\"mlops.train\"} 4",
        "pynomaly_events_lag{group=\"odd\\\"name\"} 0",
        "pynomaly_events_lag_seconds{group=\"mlops.train\"} 1.5",
        "pynomaly_events_parked{group=\"mlops.train\"} 2",
    ] {
        assert!(answer.body.lines().any(|found| found == line), "{line} in\n{}", answer.body);
    }
    *known.lock().unwrap() = Ok(vec![group("mlops.train", 5)]);
    assert!(get(&server, "/metrics").body.contains("pynomaly_events_lag{group=\"mlops.train\"} 5"));
    *known.lock().unwrap() = Err(());
    let answer = get(&server, "/metrics");
    assert!(answer.body.contains("pynomaly_events_readable 0"), "{}", answer.body);
    assert!(answer.body.contains("pynomaly_things 3"));
    assert!(!answer.body.contains("group="), "an old number would lie: {}", answer.body);
}

#[test]
fn all_else_is_a_problem_document() {
    let server = start(health(Vec::new()));
    for (line, status, title) in [
        ("GET /", 404, "Not Found"),
        ("GET /health", 404, "Not Found"),
        ("GET /health/ready/", 404, "Not Found"),
        ("GET /%2e%2e/%00/../etc/passwd", 404, "Not Found"),
        ("POST /metrics", 405, "Method Not Allowed"),
        ("DELETE /nothing", 404, "Not Found"),
    ] {
        let answer = request(server.address(), line, "localhost");
        assert_eq!((answer.status, &answer.json()["title"]), (status, &json!(title)), "{line}");
        assert_eq!(answer.json()["status"], status);
        assert!(answer.head.contains("content-type: application/problem+json"), "{line}");
    }
    let answer = request(server.address(), "HEAD /health/live", "localhost");
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(get(&server, "/health/ready").json(), json!({ "ready": true, "dependencies": [] }));
}

#[test]
fn only_a_loopback_host_is_answered() {
    let server = start(health(Vec::new()));
    for host in ["localhost:8750", "LOCALHOST", "127.0.0.1", "127.8.9.1:80", "[::1]:8750", "[::1]"]
    {
        assert_eq!(request(server.address(), "GET /health/live", host).status, 200, "{host}");
    }
    for host in ["", "evil.example", "localhost.evil.example:8750", "10.0.0.1", "127.0.0.1:x", "ä"]
    {
        let answer = request(server.address(), "GET /metrics", host);
        assert_eq!(answer.status, 421, "{host}");
    }
    let old = exchange(server.address(), b"GET /health/live HTTP/1.0\r\n\r\n");
    assert!(old.starts_with("HTTP/1.0 200"), "{old}");
}

#[test]
fn garbage_is_refused_and_hurts_nobody() {
    let server = start(health(Vec::new()));
    let long_header = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(10_000));
    for garbage in [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no TLS here\r\n\r\n".as_slice(),
        b"\0\0\0\0\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        long_header.as_bytes(),
        many.as_bytes(),
    ] {
        let answer = exchange(server.address(), garbage);
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused, "{:?} got {answer:?}", &garbage[..garbage.len().min(60)]);
    }
    let smuggled = b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\
        Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answer = exchange(server.address(), smuggled);
    assert!(answer.matches("HTTP/1.1").count() <= 1 && !answer.contains("alive"), "{answer}");
    assert_eq!(get(&server, "/health/live").status, 200);
}

#[test]
fn half_requests_hold_up_nobody() {
    let server = start(health(Vec::new()));
    let half: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: local").unwrap();
            stream
        })
        .collect();
    let since = Instant::now();
    assert_eq!(get(&server, "/health/live").status, 200);
    assert!(since.elapsed() < Duration::from_secs(2), "{:?}", since.elapsed());
    drop(half);
}

#[test]
fn a_place_is_free_again_when_its_time_is_over() {
    let limits =
        Limits { connections: 2, connection: Duration::from_millis(300), ..Limits::default() };
    let server = start_within(limits, health(Vec::new()));
    let half: Vec<TcpStream> = (0..2)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address()).unwrap();
            stream.set_read_timeout(Some(LONG)).unwrap();
            stream.write_all(b"GET / HT").unwrap();
            stream
        })
        .collect();
    let since = Instant::now();
    assert_eq!(get(&server, "/health/live").status, 200);
    assert!(since.elapsed() > Duration::from_millis(100), "a third connection was let in");
    for mut stream in half {
        let mut rest = Vec::new();
        let closed = stream.read_to_end(&mut rest);
        assert!(closed.is_err() || rest.is_empty() || rest.starts_with(b"HTTP/1.1 4"));
    }
}

#[test]
fn a_stop_lets_requests_end() {
    let (entered, gate) = (Arc::new(AtomicBool::new(false)), Arc::new(Gate::default()));
    let (told, passed) = (Arc::clone(&entered), Arc::clone(&gate));
    let server = start_within(
        Limits { answer: LONG, connection: LONG, ..Limits::default() },
        health(vec![Probe::one("store", move || {
            told.store(true, Ordering::SeqCst);
            passed.pass();
            Ok("answers".to_owned())
        })]),
    );
    let address = server.address();
    std::thread::scope(|scope| {
        let asking = scope.spawn(move || request(address, "GET /health/ready", "localhost").status);
        wait_until(|| entered.load(Ordering::SeqCst));
        let stopping = scope.spawn(move || server.stop(LONG));
        wait_until(|| TcpStream::connect(address).is_err());
        gate.open();
        assert_eq!(asking.join().unwrap(), 200);
        assert!(stopping.join().unwrap());
    });
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let (entered, gate) = (Arc::new(AtomicBool::new(false)), Arc::new(Gate::default()));
    let (told, passed) = (Arc::clone(&entered), Arc::clone(&gate));
    let server = start_within(
        Limits { answer: LONG, connection: LONG, ..Limits::default() },
        health(vec![Probe::one("store", move || {
            told.store(true, Ordering::SeqCst);
            passed.pass();
            Ok(String::new())
        })]),
    );
    let mut asking = TcpStream::connect(server.address()).unwrap();
    asking.write_all(b"GET /health/ready HTTP/1.0\r\n\r\n").unwrap();
    wait_until(|| entered.load(Ordering::SeqCst));
    let since = Instant::now();
    assert!(!server.stop(Duration::from_millis(50)));
    assert!(since.elapsed() < Duration::from_secs(5));
    gate.open();
}

#[test]
fn an_address_must_be_free_and_of_this_machine() {
    let taken = TcpListener::bind(ANY_PORT).unwrap();
    let address = taken.local_addr().unwrap();
    let error = Server::start(address, health(Vec::new())).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(error.what(), format!("another program listens on {address}"));
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = Server::start(listen.parse().unwrap(), health(Vec::new())).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Usage, "{listen}");
    }
    drop(taken);
    // What one server left another takes at once.
    let server = Server::start(address, health(Vec::new())).unwrap();
    assert_eq!(get(&server, "/health/live").status, 200);
    assert!(server.stop(LONG));
    assert!(Server::start(address, health(Vec::new())).is_ok());
}
