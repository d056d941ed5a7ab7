//! The binary under test, each time with a home of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use testkit::servers::{Database, Postgres, rabbitmq};

use crate::witness::Witness;

/// Where processes keep their state, and how events travel between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Files in the home folder; one process runs the flow.
    Sqlite,
    /// A database that processes share.
    Postgres,
    /// The same, with RabbitMQ between the contexts.
    RabbitMq,
}

/// A home folder and the binary that works in it.
pub(crate) struct Pynomaly {
    folder: TempDir,
    settings: Vec<(&'static str, String)>,
    database: Option<Database>,
}

impl Pynomaly {
    pub(crate) fn new() -> Self {
        Self::on(Place::Sqlite)
    }

    /// A home whose state lies in a database of its own at this place.
    pub(crate) fn on(place: Place) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Vec::new();
        let database = (place != Place::Sqlite).then(|| Postgres::shared().database());
        if let Some(database) = &database {
            settings.push(("PYNOMALY_STORE", database.url().to_owned()));
        }
        if place == Place::RabbitMq {
            let broker = rabbitmq();
            settings.push(("PYNOMALY_BROKER", broker.url().to_owned()));
            settings.push(("PYNOMALY_BROKER_NAMESPACE", broker.namespace().to_owned()));
        }
        Self { folder, settings, database }
    }

    /// Sets a variable of the environment from now on.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    /// From now on its state lies in this database.
    pub(crate) fn work_on(&mut self, url: &str, database: Database) {
        self.set("PYNOMALY_STORE", url);
        self.database = Some(database);
    }

    /// A look into a context's database, which some command has set up.
    pub(crate) fn witness(&self, context: &str) -> Witness {
        match &self.database {
            None => Witness::of_file(&self.home().join(format!("{context}.sqlite"))),
            Some(database) => Witness::of_schema(database.url(), context),
        }
    }

    /// A folder for the test's files; the home lies in it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file for the test and gives its path.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PYNOMALY_HOME", self.home())
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(std::process::Stdio::null());
        command
    }

    /// Runs a command line.
    pub(crate) fn run(&self, arguments: &[&str]) -> Finished {
        let output = self.command().args(arguments).output().unwrap();
        Finished::of(output)
    }

    /// Runs a command line that must succeed and answer in JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let finished = self.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(finished.code, 0, "{arguments:?}: {}", finished.stderr);
        finished.document()
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    fn of(output: Output) -> Self {
        let finished = Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
        finished
    }

    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("not a JSON document ({error}): {}\n{}", self.stdout, self.stderr)
        })
    }
}

/// The binary that cargo built beside this test.
pub(crate) fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let binary = folder.join("pynomaly");
    assert!(
        binary.exists(),
        "build the binary first: cargo build -p pynomaly --features failpoints (./test does)"
    );
    binary
}

/// A file of the repository's examples.
pub(crate) fn example(name: &str) -> PathBuf {
    repository().join("examples").join(name)
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A table that passes the gate: `rows` rows, of which `seed` decides the values.
pub(crate) fn small_table(rows: u64, seed: u64) -> String {
    let mut text = "id,amount,kind,day\n".to_owned();
    for row in 0..rows {
        let noise = (row * 7919 + seed * 104_729) % 1000;
        let amount = if row == rows / 2 { 90_000 } else { 100 + noise };
        let kind = ["red", "green", "blue"][(noise % 3) as usize];
        let day = noise % 28 + 1;
        writeln!(text, "{},{amount}.5,{kind},2024-03-{day:02}", row + 1).unwrap();
    }
    text
}
