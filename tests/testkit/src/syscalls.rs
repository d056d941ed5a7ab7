//! What a process asks the operating system for, as strace sees it: in which order it writes and
//! syncs its files, and what it says in between.
//!
//! ```text
//! let mut recording = under_strace(&command, &["-e", "trace=pwrite64,fsync,write"], &log);
//! recording.status();
//! for call in recorded(&log) { … }
//! ```

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A system call of any thread.
#[derive(Clone, Debug)]
pub struct SystemCall {
    /// Its name.
    pub name: String,
    /// What it answered; `None` when the process ended before it did.
    pub result: Option<i64>,
    /// The line of the log on which it began.
    pub began: usize,
    /// The line of the log on which it ended; nobody knew of its end before.
    pub ended: usize,
    arguments: Vec<String>,
}

/// The same command with every thread of it under strace, which writes `log`. `options` say what
/// is traced, and which calls shall fail. The command gets no other environment than its own.
pub fn under_strace(command: &Command, options: &[&str], log: &Path) -> Command {
    let is_there = Command::new("strace").arg("-V").output();
    assert!(
        is_there.is_ok(),
        "this test needs strace: run ./test as root on Debian, or install it"
    );
    let mut traced = Command::new("strace");
    // Paths instead of descriptors, and every text as hexadecimal digits.
    traced.args(["-f", "-y", "-xx", "-e", "signal=none", "-o"]).arg(log).args(options);
    traced.arg(command.get_program()).args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        traced.env(name, value.unwrap_or_default());
    }
    if let Some(folder) = command.get_current_dir() {
        traced.current_dir(folder);
    }
    traced
}

/// The calls of a log, in the order in which they began.
pub fn recorded(log: &Path) -> Vec<SystemCall> {
    let text = std::fs::read_to_string(log).expect("strace wrote its log");
    let mut calls = Vec::new();
    let mut unfinished: HashMap<&str, (usize, String)> = HashMap::new();
    for (line, said) in text.lines().enumerate() {
        let Some((thread, said)) = said.split_once(' ') else { continue };
        let said = said.trim_start();
        if let Some(begun) = said.strip_suffix(" <unfinished ...>") {
            unfinished.insert(thread, (calls.len(), begun.to_owned()));
            calls.extend(SystemCall::parse(begun, line));
        } else if let Some((_, rest)) = said.split_once(" resumed>") {
            let Some((place, begun)) = unfinished.remove(thread) else { continue };
            let whole = SystemCall::parse(&format!("{begun}{rest}"), line);
            if let (Some(known), Some(whole)) = (calls.get_mut(place), whole) {
                *known = SystemCall { began: known.began, ..whole };
            }
        } else {
            calls.extend(SystemCall::parse(said, line));
        }
    }
    calls
}

impl SystemCall {
    /// `name(argument, argument) = result`; a call that has not ended stops anywhere.
    fn parse(said: &str, line: usize) -> Option<Self> {
        let (name, rest) = said.split_once('(')?;
        let (arguments, result) = match rest.rsplit_once(" = ") {
            Some((arguments, result)) => (arguments.trim_end().strip_suffix(')')?, Some(result)),
            None => (rest, None),
        };
        let number = |text: &str| {
            let end = text.find(|it: char| it != '-' && !it.is_ascii_digit());
            text[..end.unwrap_or(text.len())].parse().ok()
        };
        Some(Self {
            name: name.to_owned(),
            result: result.and_then(number),
            began: line,
            ended: if result.is_some() { line } else { usize::MAX },
            arguments: arguments.split(", ").map(str::to_owned).collect(),
        })
    }

    /// Whether it did what it was asked for.
    pub fn succeeded(&self) -> bool {
        self.result.is_some_and(|result| result >= 0)
    }

    /// The descriptor that is its first argument, and the file behind it: nowhere when it was
    /// removed before.
    pub fn file(&self) -> (i32, PathBuf) {
        let (descriptor, path) = self.argument(0).split_once('<').unwrap_or((self.argument(0), ""));
        let path = path.strip_suffix('>').map(path_of).unwrap_or_default();
        (descriptor.parse().unwrap_or(-1), path)
    }

    /// The path at an argument; what stands before it says where a relative one begins.
    pub fn path(&self, index: usize) -> PathBuf {
        let path = path_of(self.argument(index).trim_matches('"'));
        match index.checked_sub(1).and_then(|before| self.argument(before).split_once('<')) {
            Some((_, folder)) => path_of(folder.trim_end_matches('>')).join(path),
            None => path,
        }
    }

    /// The bytes at an argument, as many as strace was told to write.
    pub fn bytes(&self, index: usize) -> Vec<u8> {
        let text = self.argument(index);
        bytes_of(text.trim_end_matches("...").trim_matches('"'))
    }

    /// The number at an argument.
    pub fn number(&self, index: usize) -> u64 {
        self.argument(index).parse().unwrap_or_else(|_| unreadable(self))
    }

    /// Whether an argument has a flag.
    pub fn has(&self, index: usize, flag: &str) -> bool {
        self.argument(index).split('|').any(|it| it == flag)
    }

    fn argument(&self, index: usize) -> &str {
        self.arguments.get(index).map_or("", String::as_str)
    }
}

#[expect(clippy::panic, reason = "a test that cannot read its log fails")]
fn unreadable(call: &SystemCall) -> ! {
    panic!("this call cannot be read: {call:?}");
}

fn path_of(digits: &str) -> PathBuf {
    String::from_utf8(bytes_of(digits)).expect("tests name their files in UTF-8").into()
}

/// Reads `\x41\x42`.
fn bytes_of(digits: &str) -> Vec<u8> {
    let digit = |it: u8| (it as char).to_digit(16).expect("a hexadecimal digit") as u8;
    digits.as_bytes().chunks_exact(4).map(|four| digit(four[2]) << 4 | digit(four[3])).collect()
}
