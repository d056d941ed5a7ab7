//! TEMPORARY until testkit::servers is there.
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

pub(crate) struct Broker {
    url: String,
    held: Option<Mutex<(Child, ChildStdin, BufReader<ChildStdout>)>>,
}

impl Broker {
    pub(crate) fn shared() -> Self {
        Self { url: std::env::var("PYNOMALY_TEST_AMQP").unwrap(), held: None }
    }

    pub(crate) fn private() -> Self {
        let hold = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../../tests/servers/hold");
        let mut child = Command::new(hold)
            .arg("rabbitmq")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("ready ").unwrap().to_owned();
        Self { url, held: Some(Mutex::new((child, stdin, stdout))) }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn command(&self, command: &str) {
        let mut held = self.held.as_ref().unwrap().lock().unwrap();
        writeln!(held.1, "{command}").unwrap();
        let mut line = String::new();
        held.2.read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ok");
    }

    pub(crate) fn kill(&self) {
        self.command("kill");
    }
    pub(crate) fn start(&self) {
        self.command("start");
    }
    pub(crate) fn reset(&self) {
        self.command("reset");
    }
    pub(crate) fn block(&self) {
        self.command("block");
    }
    pub(crate) fn unblock(&self) {
        self.command("unblock");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(held) = self.held.take() {
            let (mut child, stdin, _) = held.into_inner().unwrap();
            drop(stdin);
            child.wait().unwrap();
        }
    }
}
