//! Databases on the shared PostgreSQL, and a private one.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use ::postgres::error::SqlState;
use ::postgres::{Client, NoTls};
use testkit::servers::{Postgres, PrivatePostgres};

use crate::wait_until;

fn connect(url: &str) -> Client {
    Client::connect(url, NoTls).expect("the server accepts")
}

fn count(client: &mut Client) -> i64 {
    client.query_one("SELECT count(*) FROM kept", &[]).expect("the table is there").get(0)
}

#[test]
fn a_database_can_be_made_and_used_and_is_gone_with_its_value() {
    let [one, other] = [Postgres::shared().database(), Postgres::shared().database()];
    let url = one.url().to_owned();
    let mut client = connect(&url);
    client.batch_execute("CREATE TABLE kept (number BIGINT)").expect("an empty database");
    connect(other.url()).batch_execute("CREATE TABLE kept (word TEXT)").expect("one of its own");

    drop(one);

    assert!(client.batch_execute("SELECT 1").is_err(), "whoever was connected is sent away");
    let refused = Client::connect(&url, NoTls).err().expect("nothing to connect to");
    assert_eq!(refused.code(), Some(&SqlState::UNDEFINED_DATABASE));
    assert_eq!(count(&mut connect(other.url())), 0, "the other one is still there");
}

#[test]
fn a_private_server_keeps_its_data_when_it_is_killed_and_when_it_is_stopped() {
    let server = PrivatePostgres::start();
    let database = server.database();
    let mut client = connect(database.url());
    client.batch_execute("CREATE TABLE kept (number BIGINT)").expect("a table");

    let endings = [PrivatePostgres::kill, PrivatePostgres::stop];
    for (kept, end) in (1..).zip(endings) {
        client.batch_execute("INSERT INTO kept VALUES (1)").expect("committed");
        end(&server);
        assert!(client.batch_execute("SELECT 1").is_err(), "the connection is broken");
        assert!(TcpStream::connect(server.address()).is_err(), "nobody listens");

        server.start_again();
        client = connect(database.url());
        assert_eq!(count(&mut client), kept);
    }
}

#[test]
fn a_paused_server_answers_when_it_is_resumed() {
    let server = PrivatePostgres::start();
    let mut client = connect(server.url());
    server.pause();
    let (answered, answer) = mpsc::channel();
    let asking =
        std::thread::spawn(move || answered.send(client.batch_execute("SELECT 1").is_ok()));
    let silence = answer.recv_timeout(Duration::from_millis(100));
    assert_eq!(silence, Err(RecvTimeoutError::Timeout));

    server.resume();

    assert_eq!(answer.recv_timeout(Duration::from_secs(10)), Ok(true));
    asking.join().expect("it ends").expect("somebody listened");
}

/// A shell stands for the test's process: it has a server held, and is killed.
#[test]
fn a_private_server_dies_with_the_process_that_wanted_it() {
    let hold = concat!(env!("CARGO_MANIFEST_DIR"), "/../servers/hold");
    let script = format!(
        "coproc {{ exec setsid '{hold}' postgres; }}
         read -r word url <&\"${{COPROC[0]}}\"; echo \"$word $url\"; read -r forever"
    );
    let mut test = Command::new("bash")
        .args(["-c", &script])
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("bash");
    let mut line = String::new();
    let output = test.stdout.take().expect("a pipe");
    BufReader::new(output).read_line(&mut line).expect("the server's URL");
    let url = line.trim().strip_prefix("ready ").expect("it is ready");
    connect(url).batch_execute("SELECT 1").expect("it answers");

    test.kill().expect("it runs");
    test.wait().expect("it has ended");

    wait_until("the server is gone", || Client::connect(url, NoTls).is_err());
}
