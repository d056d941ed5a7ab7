//! A `serve` process: what it says, what it answers, and how it is made to end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use shared_kernel_infrastructure::step::Step;

use crate::pynomaly::Pynomaly;

/// How long a process may take to say what it surely says.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A process that is killed when this goes.
pub(crate) struct Serving {
    child: Child,
    said: Arc<Said>,
}

/// What it wrote to standard error.
#[derive(Default)]
struct Said {
    lines: Mutex<(Vec<String>, bool)>,
    more: Condvar,
}

impl Serving {
    /// Starts `serve` with these arguments, on a port of its own.
    pub(crate) fn start(pynomaly: &Pynomaly, arguments: &[&str]) -> Self {
        Self::spawn(pynomaly.command().args(["serve", "--listen", "127.0.0.1:0"]).args(arguments))
    }

    /// The same; it stands still when it reaches a step for the n-th time.
    pub(crate) fn start_doomed(pynomaly: &Pynomaly, step: Step, occurrence: usize) -> Self {
        Self::spawn(
            pynomaly
                .command()
                .args(["serve", "--listen", "127.0.0.1:0"])
                .env("PYNOMALY_STOP_AT", format!("{}:{occurrence}", step.name())),
        )
    }

    /// Starts any command, to be watched in the same way.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let said = Arc::new(Said::default());
        let (hears, lines) = (Arc::clone(&said), BufReader::new(child.stderr.take().unwrap()));
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                hears.lines.lock().unwrap().0.push(line);
                hears.more.notify_all();
            }
            hears.lines.lock().unwrap().1 = true;
            hears.more.notify_all();
        });
        Self { child, said }
    }

    /// What is made of the first line that something can be made of; `None` when it does not come
    /// in time or the process ends before.
    fn hear<T>(&self, patience: Duration, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut lines = self.said.lines.lock().unwrap();
        loop {
            if let Some(found) = lines.0.iter().find_map(|line| find(line)) {
                return Some(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if lines.1 || left.is_zero() {
                return None;
            }
            lines = self.said.more.wait_timeout(lines, left).unwrap().0;
        }
    }

    /// Whether it says that it stands still, within a time.
    pub(crate) fn stands_still(&self, patience: Duration) -> bool {
        self.hear(patience, |line| line.starts_with("stopped at ").then_some(())).is_some()
    }

    /// Where it listens, as soon as it serves.
    pub(crate) fn address(&self) -> String {
        let address = |line: &str| {
            let (_, rest) = line.split_once(" on http://")?;
            rest.split(';').next().map(str::to_owned)
        };
        self.hear(PATIENCE, address).unwrap_or_else(|| panic!("it does not serve: {}", self.said()))
    }

    /// Status and body of what it answers.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    /// Everything it has said.
    pub(crate) fn said(&self) -> String {
        self.said.lines.lock().unwrap().0.join("\n")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal: TERM, STOP, CONT.
    pub(crate) fn signal(&self, name: &str) {
        let command = format!("kill -s {name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    /// Kills it (SIGKILL) and sees it gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end; its exit code and what it said.
    pub(crate) fn ended(mut self, patience: Duration) -> (i32, String) {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                // Its last words may still be on their way.
                self.hear(PATIENCE, |_| None::<()>);
                return (status.code().unwrap_or(-1), self.said());
            }
            assert!(Instant::now() < deadline, "it does not end: {}", self.said());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Asks it to stop (SIGTERM), which it must do with exit code 0; how long it took.
    pub(crate) fn stop(self) -> Duration {
        let began = Instant::now();
        self.signal("TERM");
        let (code, said) = self.ended(PATIENCE);
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("panicked"), "{said}");
        began.elapsed()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
