//! Calls to servers of this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use shared_kernel_domain::ErrorKind;

use super::*;

/// Every process that runs these tests has one with more than sixteen bytes; nothing is set for one
/// test, since another could read it meanwhile.
const SECRET_VARIABLE: &str = "CARGO_MANIFEST_DIR";
const BODY: &str = r#"{"specversion":"1.0"}"#;

/// A server that gives one answer to one call; `None` is silence.
fn server(answer: Option<&'static str>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook/s3cret?token=s3cret", listener.local_addr().unwrap());
    let called = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = request(&mut stream);
        match answer {
            Some(answer) => stream.write_all(answer.as_bytes()).unwrap(),
            // until the caller hangs up
            None => drop(stream.read(&mut [0])),
        }
        request
    });
    (url, called)
}

fn request(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let mut length = 0;
    loop {
        length += stream.read(&mut bytes[length..]).unwrap();
        let text = std::str::from_utf8(&bytes[..length]).unwrap();
        if text.ends_with('}') {
            return text.to_owned();
        }
    }
}

fn send(url: &str, private: bool) -> Result<()> {
    let target = WebhookTarget { url, secret_variable: SECRET_VARIABLE, private };
    let at = "2026-01-30T06:00:00Z".parse().unwrap();
    let message = WebhookMessage { id: "call-1", at, body: BODY };
    HttpWebhooks { patience: Duration::from_millis(500) }.send(
        &target,
        &message,
        &Cancellation::default(),
    )
}

#[test]
fn calls_are_made_as_the_port_promises() {
    let (answering, _called) = server(Some("HTTP/1.1 204 No Content\r\n\r\n"));
    let (failing, _called) = server(None);
    let places = testkit::WebhookPlaces {
        answering: &answering,
        failing: &failing,
        refused: "gopher://example.org/s3cret",
        secret_variable: SECRET_VARIABLE,
    };
    let sender = HttpWebhooks { patience: Duration::from_millis(500) };
    testkit::webhook_sender_conformance(&sender, places);
}

#[test]
fn a_call_carries_the_event_and_its_signature() {
    let (url, called) = server(Some("HTTP/1.1 204 No Content\r\n\r\n"));
    send(&url, true).unwrap();
    let request = called.join().unwrap();
    let secret = Secret::of_variable(SECRET_VARIABLE).unwrap();
    let signature = secret.signature("call-1", "1769752800", BODY).unwrap();
    for line in [
        "POST /hook/s3cret?token=s3cret HTTP/1.1",
        "content-type: application/cloudevents+json",
        "webhook-id: call-1",
        "webhook-timestamp: 1769752800",
        &format!("webhook-signature: {signature}"),
    ] {
        assert!(request.lines().any(|found| found == line), "{line}\n{request}");
    }
}

#[test]
fn an_answer_that_is_no_success_is_told_without_secrets() {
    let (refusing, _called) = server(Some("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
    let (moved, _called) =
        server(Some("HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\n\r\n"));
    let (garbled, _called) = server(Some("not HTTP at all\r\n\r\n"));
    let (silent, _called) = server(None);
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/s3cret", listener.local_addr().unwrap())
    };
    for (url, said) in [
        (refusing, "answered 503 Service Unavailable"),
        (moved, "answered 302 Found"),
        (garbled, "could not be called: invalid HTTP version parsed"),
        (silent, "did not answer within 0.5 seconds"),
        (gone, "could not be called: Connection refused (os error 111)"),
    ] {
        let error = send(&url, true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.what().ends_with(said), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}

#[test]
fn what_is_not_public_is_refused_unless_it_may_be_private() {
    for (url, why) in [
        ("http://example.org/", "it is not encrypted"),
        ("https://127.1/", "127.0.0.1 is not a public address"),
        ("https://0x7f.1/", "127.0.0.1 is not a public address"),
        ("https://2130706433/", "127.0.0.1 is not a public address"),
        ("https://[::ffff:7f00:1]/", "::ffff:127.0.0.1 is not a public address"),
        ("https://169.254.169.254/latest", "169.254.169.254 is not a public address"),
        ("gopher://example.org/", "it is not https"),
        ("file:///etc/passwd", "it is not https"),
        ("https://me:s3cret@example.org/", "there is a user or password in it"),
        ("s3cret", "relative URL without a base"),
    ] {
        let error = send(url, false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{error}");
        assert!(error.what().ends_with(why), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
    // A name is looked at when it is resolved, and nothing is connected to.
    let error = send("https://localhost:9/", false).unwrap_err();
    assert!(error.what().ends_with("localhost has no public address"), "{error}");
}

#[test]
fn a_url_is_shown_without_what_may_be_secret() {
    let shown = |url| {
        let target = WebhookTarget { url, secret_variable: SECRET_VARIABLE, private: false };
        HttpWebhooks::default().checked(&target).unwrap()
    };
    assert_eq!(shown("https://hooks.example.org/T0/B0/s3cret"), "https://hooks.example.org/…");
    assert_eq!(shown("https://example.org:8443/?t=s3cret"), "https://example.org:8443/…");
    assert_eq!(shown("https://example.org"), "https://example.org/");
}
