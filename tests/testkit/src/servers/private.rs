//! A server of a test's own, as `tests/servers/hold` starts and holds it.

use std::io::{BufRead, BufReader, Read, Write};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use super::address_of;

const HOLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../servers/hold");

/// What `tests/servers/hold` can start.
pub trait ServerKind {
    /// What `hold` calls it.
    const NAME: &str;
    /// Where it listens unless told otherwise.
    const PORT: u16;
}

/// A server that one test may kill. Its folder, port and password stay the same for as long as it
/// lives. Each method returns when what it asked for has happened, and panics with the end of the
/// server's log where it can't.
#[derive(Debug)]
pub struct PrivateServer<Kind> {
    url: String,
    holder: Mutex<Holder>,
    kind: PhantomData<Kind>,
}

/// The process that holds the server until its input ends.
#[derive(Debug)]
struct Holder {
    process: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl<Kind: ServerKind> PrivateServer<Kind> {
    /// Starts a server and waits until it accepts: half a second for PostgreSQL, some five for
    /// RabbitMQ.
    pub fn start() -> Self {
        let mut holder = Holder::of(Kind::NAME);
        let url = holder.answer("ready ");
        Self { url, holder: Mutex::new(holder), kind: PhantomData }
    }

    /// The superuser's URL, with the password in it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        address_of(&self.url, Kind::PORT)
    }

    /// Kills the server and all its processes (SIGKILL).
    pub fn kill(&self) {
        self.tell("kill");
    }

    /// Stops the server as an operator does: it sends its clients away and closes its files.
    pub fn stop(&self) {
        self.tell("stop");
    }

    /// Starts the server again after `kill` or `stop`, on the same port and data.
    pub fn start_again(&self) {
        self.tell("start");
    }

    /// Freezes the server and all its processes (SIGSTOP): connections stay, nothing answers.
    pub fn pause(&self) {
        self.tell("pause");
    }

    /// Goes on after `pause` (SIGCONT).
    pub fn resume(&self) {
        self.tell("resume");
    }

    pub(super) fn tell(&self, command: &str) {
        let mut holder = self.holder.lock().expect("no earlier command has failed");
        let commands = holder.commands.as_mut().expect("open until the value goes");
        writeln!(commands, "{command}").expect("tests/servers/hold is listening");
        holder.answer("ok");
    }
}

impl Holder {
    /// In a process group of its own, out of reach of Ctrl-C: it ends when its input does.
    fn of(kind: &str) -> Self {
        let mut process = Command::new(HOLD)
            .arg(kind)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/servers/hold can be run");
        let commands = process.stdin.take();
        let answers = process.stdout.take().expect("its output is a pipe");
        Self { process, commands, answers: BufReader::new(answers) }
    }

    /// Reads an answer that begins so, and gives the rest of its line. Any other answer is why it
    /// failed, up to the end.
    fn answer(&mut self, beginning: &str) -> String {
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer in UTF-8");
        if !answer.starts_with(beginning) {
            self.answers.read_to_string(&mut answer).expect("an answer in UTF-8");
        }
        let rest = answer.strip_prefix(beginning);
        assert!(rest.is_some(), "the private server failed: {answer}");
        rest.unwrap_or_default().trim_end().to_owned()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.commands = None;
        let _ = self.process.wait();
    }
}
