//! The proxy in front of a server that says back what it hears.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use testkit::servers::Proxy;

/// A server for one connection, and how that ended.
fn echo() -> (SocketAddr, JoinHandle<std::io::Result<()>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept()?;
        let mut bytes = [0; 4096];
        loop {
            let read = client.read(&mut bytes)?;
            if read == 0 {
                return Ok(());
            }
            client.write_all(bytes.get(..read).expect("as many as were read"))?;
        }
    });
    (address, server)
}

fn connect(proxy: &Proxy) -> TcpStream {
    let client = TcpStream::connect(proxy.address()).expect("the proxy accepts");
    client.set_read_timeout(Some(Duration::from_secs(10))).expect("not zero");
    client
}

fn hears(client: &mut TcpStream, words: &[u8]) {
    let mut heard = vec![0; words.len()];
    client.read_exact(&mut heard).expect("an answer");
    assert_eq!(heard, words);
}

#[test]
fn a_healthy_proxy_carries_both_ways_and_hands_on_the_end() {
    let (address, server) = echo();
    let proxy = Proxy::to(address);
    let mut client = connect(&proxy);
    let words: Vec<u8> = (0..1_000_000_u32).map(|number| number as u8).collect();
    let mut sending = client.try_clone().expect("another handle");
    std::thread::scope(|scope| {
        scope.spawn(|| sending.write_all(&words).expect("sent"));
        hears(&mut client, &words);
    });

    drop((client, sending));

    assert!(server.join().expect("it ends").is_ok(), "the server sees an orderly end");
}

#[test]
fn a_black_hole_swallows_until_it_heals() {
    let (address, _server) = echo();
    let proxy = Proxy::to(address);
    let mut client = connect(&proxy);
    client.write_all(b"before").expect("sent");
    hears(&mut client, b"before");

    proxy.black_hole();
    client.write_all(b"into the dark").expect("nothing tells the client");
    let mut newcomer = connect(&proxy);
    newcomer.write_all(b"me too").expect("nothing tells it either");
    client.set_read_timeout(Some(Duration::from_millis(100))).expect("not zero");
    let silence = client.read(&mut [0; 1]).expect_err("nothing comes back");
    assert_eq!(silence.kind(), ErrorKind::WouldBlock);

    proxy.heal();
    client.set_read_timeout(Some(Duration::from_secs(10))).expect("not zero");
    hears(&mut client, b"into the dark");
}

#[test]
fn resetting_resets_both_sides() {
    let (address, server) = echo();
    let proxy = Proxy::to(address);
    let mut client = connect(&proxy);
    client.write_all(b"before").expect("sent");
    hears(&mut client, b"before");

    proxy.reset_all();

    let ended = client.read(&mut [0; 1]).expect_err("the connection is gone");
    assert_eq!(ended.kind(), ErrorKind::ConnectionReset);
    let ended = server.join().expect("it ends").expect_err("the server's too");
    assert_eq!(ended.kind(), ErrorKind::ConnectionReset);
}

#[test]
fn refusing_turns_new_connections_away_and_keeps_the_old() {
    let (address, _server) = echo();
    let proxy = Proxy::to(address);
    let mut client = connect(&proxy);
    client.write_all(b"before").expect("sent");
    hears(&mut client, b"before");

    proxy.refuse();
    let refused = TcpStream::connect(proxy.address()).expect_err("nobody accepts");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    client.write_all(b"still here").expect("sent");
    hears(&mut client, b"still here");

    proxy.heal();
    connect(&proxy);
}

#[test]
fn a_slow_network_takes_its_time() {
    let (address, _server) = echo();
    let proxy = Proxy::to(address);
    let mut client = connect(&proxy);
    proxy.throttle(1000);
    let start = Instant::now();

    client.write_all(&[7; 200]).expect("sent");
    hears(&mut client, &[7; 200]);

    let taken = start.elapsed();
    assert!(taken >= Duration::from_millis(200), "200 bytes took {taken:?}");
}

#[test]
fn a_url_leads_through_the_proxy() {
    let (address, _server) = echo();
    let proxy = Proxy::to(address);
    let url = proxy.url("amqp://pynomaly:secret@localhost:5672/%2f?heartbeat=1");
    assert_eq!(url, format!("amqp://pynomaly:secret@{}/%2f?heartbeat=1", proxy.address()));
}
